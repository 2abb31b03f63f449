//! `cargo health-sec advisories`: look at the advisory data, pack it for a closed network, fetch it anew.

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::error::Error;
use crate::facts::advisories::{self, Data, update};

/// What to do with the advisory data; without a word, say what there is.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Action {
    /// Say which data there is on this machine, and how old it is
    Status {
        /// Look at this folder in RustSec layout, or at this pack; repeatable
        #[arg(long, value_name = "PATH")]
        advisory_db: Vec<PathBuf>,
    },
    /// Write the facts of a database into one file that can be carried into a closed network
    Pack {
        /// A folder in RustSec layout
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// The file to write
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Fetch the public database with git; the one action that uses the network
    Update {
        /// Another repository in RustSec layout
        #[arg(long, value_name = "URL", default_value = update::PUBLIC_DATABASE)]
        url: String,
    },
}

/// Does what was asked for; returns the exit code.
pub(super) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<u8, Error> {
    let today = super::subject::today(super::epoch().as_deref())?;
    match &arguments.action {
        None => status(&[], today, out)?,
        Some(Action::Status { advisory_db }) => status(advisory_db, today, out)?,
        Some(Action::Pack { folder, output }) => pack(folder, output, today, out)?,
        Some(Action::Update { url }) => fetch(url, today, out)?,
    }
    Ok(0)
}

/// Where advisory data may lie ready on this machine: what `update` fetched, and the clones of
/// cargo-audit and cargo-deny.
pub(super) fn usual_places() -> Vec<PathBuf> {
    let cache = crate::cache::default_folder();
    let own = cache.as_deref().map(update::kept_in);
    let mut places = Vec::new();
    let home = std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    if let Some(home) = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))) {
        places.push(home.join("advisory-db"));
        let clones = std::fs::read_dir(home.join("advisory-dbs")).into_iter().flatten().flatten();
        let mut clones: Vec<PathBuf> = clones.map(|entry| entry.path()).collect();
        clones.sort();
        places.extend(clones);
    }
    // Beside their clones, others keep files of their own, such as locks.
    places.retain(|place| place.join("crates").is_dir());
    places.splice(0..0, own.filter(|own| own.is_file() || own.join("crates").is_dir()));
    places
}

/// Says which data there is: what was named, else what lies ready and what comes with the tool.
fn status(named: &[PathBuf], as_of: Date, out: &mut dyn Write) -> Result<(), Error> {
    if !named.is_empty() {
        let mut gaps = Vec::new();
        for path in named {
            tell(&advisories::open(std::slice::from_ref(path), &mut gaps)?, as_of, out)?;
        }
        return gaps.iter().try_for_each(|gap| say(out, &format!("  {}: {}", gap.what, gap.why)));
    }
    for place in usual_places() {
        let mut gaps = Vec::new();
        match advisories::open(std::slice::from_ref(&place), &mut gaps) {
            Ok(data) => tell(&data, as_of, out)?,
            Err(error) => say(out, &format!("{}: {error}", place.display()))?,
        }
        gaps.iter().try_for_each(|gap| say(out, &format!("  {}: {}", gap.what, gap.why)))?;
    }
    tell(&advisories::embedded()?, as_of, out)?;
    say(out, "a run uses the newest of these, or what --advisory-db names")
}

/// Writes the facts of a database into one file.
fn pack(folder: &Path, output: &Path, as_of: Date, out: &mut dyn Write) -> Result<(), Error> {
    let mut gaps = Vec::new();
    let data = advisories::open(&[folder.to_owned()], &mut gaps)?;
    if let Some(gap) = gaps.first() {
        let place = gap.at.as_ref().map_or_else(|| gap.what.clone(), ToString::to_string);
        return Err(Error::Usage {
            message: format!(
                "{} file(s) of {} cannot be packed; {place}: {}",
                gaps.len(),
                folder.display(),
                gap.why
            ),
            help: "mend or delete the file, or fetch the database again".to_owned(),
        });
    }
    advisories::write_pack(&data, output)?;
    tell(&advisories::open(&[output.to_owned()], &mut gaps)?, as_of, out)
}

fn fetch(url: &str, as_of: Date, out: &mut dyn Write) -> Result<(), Error> {
    let cache = crate::cache::default_folder().ok_or_else(|| Error::Usage {
        message: "there is no cache folder to keep the data in".to_owned(),
        help: "set HOME or XDG_CACHE_HOME".to_owned(),
    })?;
    tell(&update::fetch(url, &cache)?, as_of, out)
}

fn tell(data: &Data, as_of: Date, out: &mut dyn Write) -> Result<(), Error> {
    let age = match data.age_on(as_of) {
        (Some(newest), Some(days)) => format!("newest of {newest}, {days} days old"),
        _ => "of unknown age".to_owned(),
    };
    let line =
        format!("{}: {} advisories, {age}, sha256 {}", data.origins.join(", "), data.count(), data.digest());
    say(out, &line)
}

fn say(out: &mut dyn Write, line: &str) -> Result<(), Error> {
    writeln!(out, "{line}").map_err(|source| Error::File {
        action: "write",
        path: "the output".into(),
        help: "check where the output goes".to_owned(),
        source,
    })
}
