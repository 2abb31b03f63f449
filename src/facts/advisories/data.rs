//! Which advisory data is used, and how old it is.
//!
//! What the user names is used, all of it together. Otherwise the newest of what lies ready is used
//! whole: what `advisories update` fetched, the clones that cargo-audit and cargo-deny keep, and the
//! data that comes with this tool. A clone that nobody has refreshed since this tool was built thus
//! never hides what the tool itself knows. Newest means the dates inside the data; the time of a
//! file or a fetch says nothing about what was published.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::facts::{Gap, Kind};
use crate::request::Request;
use crate::source::ReadError;

use super::{Advisory, database, pack};

/// The data that comes with this tool: facts of the `RustSec` database; see `rules/advisories.NOTICE`.
static EMBEDDED: &[u8] = include_bytes!("../../../rules/advisories.pack");

/// The name of the embedded data, in reports and where data is named.
const EMBEDDED_NAME: &str = "embedded";

/// Advisories from one place.
#[derive(Debug)]
pub(super) struct Database {
    /// Where they come from, for people.
    pub(super) name: String,
    /// Sorted by package, then by id.
    pub(super) advisories: Vec<Advisory>,
    /// SHA-256 of the facts.
    pub(super) digest: String,
}

impl Database {
    /// A database of these advisories.
    pub(super) fn new(name: String, mut advisories: Vec<Advisory>) -> Self {
        advisories.sort_by(|a, b| (&a.package, &a.id).cmp(&(&b.package, &b.id)));
        let digest = pack::digest(&advisories);
        Self { name, advisories, digest }
    }

    /// The newest date that is not after a day; where all are after it, the newest.
    fn newest_on(&self, day: Date) -> Option<Date> {
        // A mistyped date far ahead must not keep data fresh for ever.
        let dates = || self.advisories.iter().map(Advisory::newest_date);
        dates().filter(|date| *date <= day).max().or_else(|| dates().max())
    }
}

/// The advisory data of a run.
#[derive(Debug)]
pub struct Data {
    /// Where it comes from, for people.
    pub origins: Vec<String>,
    databases: Vec<Database>,
}

impl Data {
    fn new(databases: Vec<Database>) -> Self {
        Self { origins: databases.iter().map(|database| database.name.clone()).collect(), databases }
    }

    /// Every advisory, place by place.
    pub fn advisories(&self) -> impl Iterator<Item = &Advisory> {
        self.databases.iter().flat_map(|database| &database.advisories)
    }

    /// How many advisories on packages there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.advisories().filter(|advisory| !advisory.toolchain).count()
    }

    /// The newest date not after a day, and the days between the two.
    ///
    /// Where several databases are used together, the largest decides: a manufacturer's own few
    /// advisories may rest for years, and must not make an old public database look fresh.
    #[must_use]
    pub fn age_on(&self, day: Date) -> (Option<Date>, Option<i32>) {
        let largest = self.databases.iter().max_by_key(|database| database.advisories.len());
        let newest = largest.and_then(|database| database.newest_on(day));
        (newest, newest.and_then(|newest| day.since(newest).ok()).map(|span| span.get_days()))
    }

    /// SHA-256 of the facts, in hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        if let [only] = self.databases.as_slice() {
            return only.digest.clone();
        }
        let mut digests: Vec<_> = self.databases.iter().map(|database| database.digest.as_str()).collect();
        digests.sort_unstable();
        pack::hex(&Sha256::digest(digests.concat()))
    }
}

/// The data that comes with this tool.
///
/// # Errors
/// Never, as long as the tool was built from a whole source; a test reads it.
pub fn embedded() -> Result<Data, Error> {
    read_embedded().map(|database| Data::new(vec![database]))
}

fn read_embedded() -> Result<Database, Error> {
    pack::read(EMBEDDED_NAME, EMBEDDED)
        .map_err(|message| Error::Bug(format!("the embedded advisory data: {message}")))
}

/// Reads data that was named: folders in `RustSec` layout, packs, or `embedded`.
///
/// # Errors
/// When one of them is not there, is neither, or is damaged.
pub fn open(paths: &[PathBuf], gaps: &mut Vec<Gap>) -> Result<Data, Error> {
    paths.iter().map(|path| read(path, gaps)).collect::<Result<_, _>>().map(Data::new)
}

/// The data that a request asks for.
pub(super) fn choose(request: &Request, gaps: &mut Vec<Gap>) -> Result<Data, Error> {
    if !request.advisory_dbs.is_empty() {
        return open(&request.advisory_dbs, gaps);
    }
    let mut best = (read_embedded()?, Vec::new());
    for path in request.advisory_clones.iter().filter(|path| path.exists()) {
        let mut its_gaps = Vec::new();
        match read(path, &mut its_gaps) {
            Ok(database) if database.newest_on(request.as_of) > best.0.newest_on(request.as_of) => {
                best = (database, its_gaps);
            }
            Ok(_) => {}
            Err(error) => gaps.push(Gap::new(
                Kind::Advisories,
                path.display().to_string(),
                format!("{error}{}", because(&error)),
                "cargo health-sec advisories update, or delete it",
            )),
        }
    }
    gaps.append(&mut best.1);
    Ok(Data::new(vec![best.0]))
}

fn because(error: &Error) -> String {
    std::error::Error::source(error).map(|why| format!(": {why}")).unwrap_or_default()
}

fn read(path: &Path, gaps: &mut Vec<Gap>) -> Result<Database, Error> {
    if path == Path::new(EMBEDDED_NAME) && !path.exists() {
        return read_embedded();
    }
    let name = path.display().to_string();
    let failed = |why: std::io::Error, help: &str| Error::File {
        action: "read",
        path: path.to_owned(),
        help: help.to_owned(),
        source: why,
    };
    if path.is_dir() {
        return database::read(path, gaps)
            .map(|advisories| Database::new(name, advisories))
            .map_err(|why| failed(why, "name a folder that holds `crates/<package>/<id>.md`, or a pack"));
    }
    let bytes = crate::source::read_limited(path, pack::LARGEST).map_err(|why| match why {
        ReadError::System(why) => failed(why, "check the path given with --advisory-db"),
        why => failed(std::io::Error::other(why.to_string()), "check the path given with --advisory-db"),
    })?;
    pack::read(&name, &bytes).map_err(|why| {
        failed(
            std::io::Error::other(why),
            "copy the pack again, or make it anew: cargo health-sec advisories pack DIR -o FILE",
        )
    })
}
