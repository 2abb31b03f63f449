//! Starts the gateway: `sweetwater-gateway CONFIG`. The nurse types the code printed on the sensor's
//! box.

use std::fs::File;
use std::io::{self, Read as _};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

use sweetwater_gateway::config::Config;
use sweetwater_gateway::trend::Trend;
use sweetwater_gateway::{listen, radio};
use sweetwater_wearable::pair::Pairing;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            log::warn!("the gateway stops: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let path = std::env::args_os().nth(1).ok_or("name the configuration file")?;
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let config = Config::parse(&text).map_err(|refused| refused.0)?;
    let mut code = [0; 8];
    io::stdin().read_exact(&mut code).map_err(|error| error.to_string())?;
    let mut line = File::open(&config.radio).map_err(|error| error.to_string())?;
    let trend = Mutex::new(Trend::default());
    thread::scope(|scope| {
        scope.spawn(|| {
            if let Err(error) = radio::run(&mut line, &mut Pairing::new(code), &trend) {
                log::warn!("the wearable is lost: {error}");
            }
        });
        listen::serve(&config, &trend).map_err(|error| error.to_string())
    })
}
