//! Tests of the advisory data: what a run uses, what it makes of hostile files, and whether its
//! verdicts are those of other tools.

mod data;
mod hostile;
mod matching;
mod oracle;
mod reach;
mod update;

use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};

use crate::facts::Gap;
use crate::request::Request;

use super::{Advisory, Data, open};

/// The day on which the tests take place.
const DAY: Date = date(2026, 11, 1);

/// The text of an advisory file.
fn text(id: &str, package: &str, rest: &str, versions: &str) -> String {
    format!(
        "```toml\n[advisory]\nid = \"{id}\"\npackage = \"{package}\"\n{rest}\n\n[versions]\n{versions}\n```\n\n# A title\n\nA text.\n"
    )
}

/// Puts an advisory file into a database.
fn put(folder: &Path, id: &str, package: &str, rest: &str, versions: &str) {
    let file = folder.join("crates").join(package).join(format!("{id}.md"));
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    std::fs::write(file, text(id, package, rest, versions)).expect("a file");
}

/// A database with one advisory of a date.
fn database_of(date: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    put(
        folder.path(),
        "RUSTSEC-2026-9001",
        "framer",
        &format!("date = \"{date}\""),
        "patched = [\">= 1.2.3\"]",
    );
    folder
}

/// Reads a folder or a pack that is in order.
fn read(path: &Path) -> Data {
    let mut gaps: Vec<Gap> = Vec::new();
    let data = open(&[path.to_owned()], &mut gaps).expect("data");
    assert_eq!(gaps, [], "{}", path.display());
    data
}

fn only(data: &Data) -> &Advisory {
    let mut all = data.advisories();
    let first = all.next().expect("an advisory");
    assert!(all.next().is_none(), "one advisory");
    first
}

fn request() -> Request {
    Request::new(".", DAY)
}

/// The shared snapshot of the public database, where it is at hand.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn snapshot() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if folder.join("advisory-db/crates").is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is not here", folder.display());
    None
}
