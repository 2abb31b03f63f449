//! Which code results of tests are of.
//!
//! Results in `JUnit` form name no commit. `cargo health-sec threats record` writes a file beside them, right after the
//! run: a checksum of the results, and a fingerprint of the sources and the lock file. Whatever is committed meanwhile,
//! results are of this code while that fingerprint is the same.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::document::{self, Fields};
use crate::facts::code::Code;
use crate::facts::git::Past as Repository;
use crate::facts::prints::hex;
use crate::facts::{Gap, Kind};
use crate::source::{Location, Placed, ReadError, Source, Tree};

/// The word that tells the format of the file beside results, and its version.
const FORMAT: &str = "health-sec/run@1";

/// What stands behind the name of the results.
const ENDING: &str = ".run.toml";

/// What mends it when nothing tells which code results are of.
const REMEDY: &str = "run the tests, then `cargo health-sec threats record`";

/// Results of one run.
#[derive(Debug, Clone)]
pub struct Run {
    /// The file with the results.
    pub at: Location,
    /// When the run began, as the results say it.
    pub began: Option<Timestamp>,
    /// The fingerprint of the code that the results are of, where it was recorded.
    pub code: Option<Placed<String>>,
}

/// A fingerprint of the sources and the lock file of a workspace.
#[must_use]
pub fn print(code: &Code, lock: Option<&Source>) -> String {
    let mut files: Vec<(&str, String)> =
        code.files.iter().map(|file| (file.source.path(), file.source.sha256())).collect();
    files.extend(lock.map(|lock| (lock.path(), lock.sha256())));
    files.sort();
    files.dedup();
    let mut told = String::new();
    for (path, sum) in files {
        let _ = writeln!(told, "{path} {sum}");
    }
    format!("hc1:{}", &hex(&Sha256::digest(told))[..32])
}

/// The path of the file beside results.
#[must_use]
pub fn beside(results: &str) -> String {
    format!("{results}{ENDING}")
}

/// The text of the file beside results.
#[must_use]
pub fn record(results: &Source, code: &str, commit: Option<&str>, on: jiff::civil::Date) -> String {
    let commit = commit.map(|commit| format!("commit = \"{commit}\"\n")).unwrap_or_default();
    format!(
        "# Written by `cargo health-sec threats record`.\nformat = \"{FORMAT}\"\nresults = \"{}\"\ncode = \"{code}\"\n{commit}on = {on}\n",
        results.sha256()
    )
}

/// Finds out which code results are of.
pub(super) fn read(tree: &Tree, results: &Arc<Source>, began: Option<Timestamp>, gaps: &mut Vec<Gap>) -> Run {
    let mut run = Run { at: results.whole(), began, code: None };
    let path = beside(results.path());
    let record = match tree.read(&path) {
        Ok(record) => record,
        Err(ReadError::Absent) => return run,
        Err(why) => {
            gaps.push(
                Gap::new(Kind::Runs, results.path(), format!("{path}: {why}"), REMEDY).at(results.whole()),
            );
            return run;
        }
    };
    match recorded(&record) {
        Ok((sum, code)) if sum.value == results.sha256() => run.code = Some(code),
        Ok((sum, _)) => {
            let why = format!("{path} was written for other results");
            gaps.push(Gap::new(Kind::Runs, results.path(), why, REMEDY).at(sum.at));
        }
        Err(why) => gaps.push(Gap::new(Kind::Runs, path, why, REMEDY).at(record.whole())),
    }
    run
}

/// The checksum of the results and the fingerprint of the code.
fn recorded(record: &Arc<Source>) -> Result<(Placed<String>, Placed<String>), String> {
    let value = document::parse(record).map_err(|error| format!("it is no TOML: {}", error.message))?;
    let mut faults = Vec::new();
    let mut fields = Fields::new(&value, "the record", &mut faults);
    let format = fields.required("format");
    let (results, code) = (fields.required("results"), fields.required("code"));
    fields.string("commit");
    fields.date("on");
    fields.finish();
    match (format, results, code, faults.first()) {
        (Some(format), Some(results), Some(code), None) if format.value == FORMAT => Ok((results, code)),
        (.., Some(fault)) => Err(fault.message.clone()),
        _ => Err("its format is not one that is read".to_owned()),
    }
}

/// Says where nothing tells which code results are of: nobody has recorded it, and the run is older than the last
/// commit, or something was changed after that.
pub(super) fn miss(tree: &Tree, runs: &[Run], gaps: &mut Vec<Gap>) {
    let unrecorded = |run: &&Run| {
        run.code.is_none() && !gaps.iter().any(|gap| gap.kind == Kind::Runs && gap.what == run.at.path())
    };
    let unknown: Vec<&Run> = runs.iter().filter(unrecorded).collect();
    if unknown.is_empty() {
        return;
    }
    let committed =
        Repository::open(tree.root()).ok().flatten().and_then(|repository| repository.last_change());
    let mut missed = Vec::new();
    for run in unknown {
        let why = match (&committed, run.began) {
            (None, _) => "nothing tells which code these results are of",
            (_, None) => "they say neither of which code they are nor when the tests ran",
            (Some(Err(())), _) => {
                "the working copy differs from the last commit, and nothing tells which of them was tested"
            }
            (Some(Ok(last)), Some(began)) if began < *last => "they are older than the last commit",
            _ => continue,
        };
        missed.push(Gap::new(Kind::Runs, run.at.path(), why, REMEDY).at(run.at.clone()));
    }
    gaps.extend(missed);
}
