//! Which code results of tests are of.
//!
//! Results in `JUnit` form name no commit. `cargo health-sec threats record` writes a file beside them, right after the
//! run: a checksum of the results, and a fingerprint of the sources and of what decides how they are built. Whatever is
//! committed meanwhile, results are of this code while that fingerprint is the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use sha2::{Digest as _, Sha256};

use crate::document::{self, Entry, Fields, Value};
use crate::facts::code::Code;
use crate::facts::git::Past as Repository;
use crate::facts::prints::hex;
use crate::facts::workspace::Workspace;
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

/// Tables of a manifest, of its package and of its workspace that decide nothing of what is built.
const BESIDE: &[&str] = &["metadata", "lints"];

/// A fingerprint of the sources of a workspace and of what decides how they are built: manifests, lock file, toolchain,
/// configuration of cargo. Comments and the order of keys are no part of it.
#[must_use]
pub fn print(code: &Code, workspace: &Workspace) -> String {
    let whole = |file: &Source| format!("{} {}", file.path(), file.sha256());
    let mut told: BTreeSet<String> = code.files.iter().map(|file| whole(&file.source)).collect();
    told.extend(workspace.lock.as_deref().map(whole));
    told.extend(workspace.toolchain.as_ref().map(|toolchain| whole(&toolchain.source)));
    let members = workspace.members.iter().map(|member| &member.manifest);
    for manifest in members.chain([&workspace.manifest]) {
        let decides = |entry: &&Entry| !BESIDE.contains(&entry.key.as_str());
        for table in manifest.value.entries().iter().filter(decides) {
            let path = format!("{} {:?}", manifest.source.path(), table.key);
            if matches!(table.key.as_str(), "package" | "project" | "workspace") {
                for entry in table.value.entries().iter().filter(decides) {
                    built(&entry.value, &format!("{path} {:?}", entry.key), &mut told);
                }
            } else {
                built(&table.value, &path, &mut told);
            }
        }
    }
    for entry in workspace.cargo_config.iter().filter(|entry| entry.in_workspace) {
        built(&entry.value, &format!("{} {}", entry.value.at().path(), entry.key), &mut told);
    }
    let told: Vec<String> = told.into_iter().collect();
    format!("hc2:{}", &hex(&Sha256::digest(told.join("\n")))[..32])
}

/// A value and all below it, each with its path.
fn built(value: &Value, path: &str, told: &mut BTreeSet<String>) {
    for entry in value.entries() {
        built(&entry.value, &format!("{path} {:?}", entry.key), told);
    }
    for (index, item) in value.items().iter().enumerate() {
        built(item, &format!("{path} {index}"), told);
    }
    if value.entries().is_empty() && value.items().is_empty() {
        told.insert(format!("{path} = {}", value.at().snippet()));
    }
}

/// The path of the file beside results.
#[must_use]
pub fn beside(results: &str) -> String {
    format!("{results}{ENDING}")
}

/// The text of the file beside results.
#[must_use]
pub fn record(results: &Source, code: &str, commit: Option<&str>, on: Date) -> String {
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
pub(super) fn miss(tree: &Tree, runs: &[Run], today: Date, gaps: &mut Vec<Gap>) {
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
            // Clocks of other places may be a day ahead.
            (_, Some(began)) if began.to_zoned(TimeZone::UTC).date() > today.saturating_add(1.day()) => {
                "they say that they ran after the day of this inspection"
            }
            _ => continue,
        };
        missed.push(Gap::new(Kind::Runs, run.at.path(), why, REMEDY).at(run.at.clone()));
    }
    gaps.extend(missed);
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::facts::workspace;
    use crate::policy::Policy;
    use crate::request::Request;

    /// The fingerprint of a package without sources, with this manifest and this configuration of cargo.
    fn of(manifest: &str, config: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join(".cargo")).expect("a folder");
        std::fs::write(folder.path().join("Cargo.toml"), manifest).expect("a file");
        std::fs::write(folder.path().join(".cargo/config.toml"), config).expect("a file");
        let mut tree = Tree::new(folder.path()).expect("a tree");
        let request = Request::new(folder.path(), date(2026, 11, 1));
        let workspace = workspace::gather(&mut tree, &request, &Policy::default(), &mut Vec::new());
        print(&Code::default(), &workspace.expect("a workspace"))
    }

    #[test]
    fn what_decides_the_build_is_part_of_what_was_tested() {
        let manifest = "[package]\nname = \"pump\"\nedition = \"2024\"\n[features]\ndefault = [\"tls\"]\ntls = []\n[dependencies]\nmetadata = \"1\"\n";
        let was = of(manifest, "");
        for same in [
            format!("# A remark.\n{manifest}"),
            format!(
                "{manifest}[package.metadata.health-sec]\nthreats = [\"a.toml\"]\n[lints.rust]\nunused = \"deny\"\n"
            ),
            manifest.replace("name = \"pump\"\nedition = \"2024\"", "edition = \"2024\"\nname = \"pump\""),
        ] {
            assert_eq!(of(&same, ""), was, "{same}");
        }
        for other in [
            manifest.replace("[\"tls\"]", "[]"),
            manifest.replace("metadata = \"1\"", "metadata = \"2\""),
            format!("{manifest}[profile.release]\noverflow-checks = false\n"),
        ] {
            assert_ne!(of(&other, ""), was, "{other}");
        }
        assert_ne!(of(manifest, "[build]\nrustflags = [\"--cfg\", \"unchecked\"]\n"), was);
    }

    #[test]
    fn results_of_tomorrow_are_of_no_known_code() {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = git2::Repository::init(folder.path()).expect("a repository");
        let tree = repository.treebuilder(None).and_then(|tree| tree.write()).expect("a tree");
        let tree = repository.find_tree(tree).expect("a tree");
        let day = git2::Time::new(1_790_000_000, 0);
        let who = git2::Signature::new("A", "a@b.example", &day).expect("a person");
        repository.commit(Some("HEAD"), &who, &who, "first", &tree, &[]).expect("a commit");
        let tree = Tree::new(folder.path()).expect("a tree");
        let missed = |began: &str, today: Date| {
            let at = Source::new("junit.xml", "").whole();
            let run = Run { at, began: Some(began.parse().expect("a moment")), code: None };
            let mut gaps = Vec::new();
            miss(&tree, &[run], today, &mut gaps);
            gaps.pop().map(|gap| gap.why)
        };
        let told = |began| missed(began, date(2026, 10, 1)).unwrap_or_default();
        assert_eq!(missed("2026-10-01T08:00:00Z", date(2026, 10, 1)), None);
        assert_eq!(
            missed("2026-10-02T01:00:00Z", date(2026, 10, 1)),
            None,
            "elsewhere it is tomorrow already"
        );
        assert!(told("2099-10-01T08:00:00Z").contains("after the day of this inspection"));
        assert!(told("2026-09-01T08:00:00Z").contains("older than the last commit"));
    }
}
