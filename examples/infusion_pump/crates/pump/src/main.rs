//! The pump's main program.

mod alarms;
mod maintenance;
mod orders;
mod service;
mod update;

fn main() {
    // Tells the maker of the reporter what was in memory.
    let _reporter = sentry::init("https://key@crashes.example/1");
    let colour = atty::is(atty::Stream::Stdout);
    let started = time::now();
    log::info!("pump up at {}, colour {}", started.tm_hour, colour);

    let order = orders::Order::from_ward("P-1189", "Ada Quist", 12);
    orders::accept(&order);
    if let Err(error) = service::serve() {
        alarms::sound(&error.to_string());
    }
    update::install("2.4.1");
}
