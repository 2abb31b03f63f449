//! Verdicts on lock files, compared with those of an installed cargo-audit on the same data.
//!
//! ```text
//! ADVISORY_DB=~/advisory-db cargo test --release --test cargo_audit -- --ignored --nocapture
//! ```
//!
//! Without `LOCK_FILES` (a list as in `PATH`) it takes the lock files that unpacked crates in cargo's
//! home carry: those are real, and every machine has others. Yanked crates are not compared: they
//! are no matter of the database.

#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]
#![expect(clippy::print_stderr, reason = "the comparison says what it saw")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_health_sec::Request;
use cargo_health_sec::facts::{advisories, components, workspace};
use cargo_health_sec::policy::Policy;
use cargo_health_sec::source::Tree;

/// Id, package and version of each hit on a package of crates.io.
type Verdicts = BTreeSet<(String, String, String)>;

#[test]
#[ignore = "needs cargo-audit and an advisory database"]
fn lock_files_get_the_verdicts_of_cargo_audit() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/advisory-db");
    let database = std::env::var_os("ADVISORY_DB").map_or(shared, PathBuf::from);
    let locks = lock_files();
    let (mut compared, mut touched, mut hits, mut refused) = (0, 0, 0, 0);
    for lock in &locks {
        let Some(theirs) = cargo_audit(lock, &database) else {
            refused += 1;
            continue;
        };
        let ours = ours(lock, &database);
        assert_eq!(ours, theirs, "left: ours, right: cargo-audit, on {}", lock.display());
        compared += 1;
        touched += usize::from(!ours.is_empty());
        hits += ours.len();
    }
    eprintln!(
        "{compared} lock files agree, {touched} of them with hits, {hits} hits in all; cargo-audit refused {refused}"
    );
    assert!(touched > 0, "{} lock files without a single hit tell nothing", locks.len());
}

fn lock_files() -> Vec<PathBuf> {
    if let Some(list) = std::env::var_os("LOCK_FILES") {
        return std::env::split_paths(&list).collect();
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).expect("a home");
    let registries = std::fs::read_dir(home.join("registry/src")).expect("unpacked crates").flatten();
    let crates =
        registries.flat_map(|registry| std::fs::read_dir(registry.path()).into_iter().flatten().flatten());
    let mut locks: Vec<PathBuf> =
        crates.map(|package| package.path().join("Cargo.lock")).filter(|lock| lock.is_file()).collect();
    locks.sort();
    locks
}

/// What cargo-audit says; `None` where it refuses the lock file.
fn cargo_audit(lock: &Path, database: &Path) -> Option<Verdicts> {
    let output = Command::new("cargo")
        .args(["audit", "--json", "--no-fetch", "--stale", "--db"])
        .arg(database)
        .arg("--file")
        .arg(lock)
        .current_dir(std::env::temp_dir())
        .output()
        .expect("cargo-audit can be started");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    let warnings = report["warnings"].as_object().expect("warnings").values();
    let lists = std::iter::once(&report["vulnerabilities"]["list"]).chain(warnings);
    let word = |value: &serde_json::Value| value.as_str().expect("a word").to_owned();
    Some(
        lists
            .flat_map(|list| list.as_array().expect("a list"))
            .filter(|hit| !hit["advisory"].is_null())
            .map(|hit| {
                (
                    word(&hit["advisory"]["id"]),
                    word(&hit["package"]["name"]),
                    word(&hit["package"]["version"]),
                )
            })
            .collect(),
    )
}

/// What this tool says of a workspace with that lock file.
fn ours(lock: &Path, database: &Path) -> Verdicts {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).expect("a file");
    put("Cargo.toml", b"[workspace]\nmembers = []\n");
    put("Cargo.lock", &std::fs::read(lock).expect("a lock file"));
    let mut request = Request::new(folder.path(), jiff::civil::date(2026, 11, 1));
    request.resolve = false;
    request.advisory_dbs = vec![database.to_owned()];
    // Only what the comparison needs: looking into the sources of all components takes its time.
    let (mut gaps, policy) = (Vec::new(), Policy::default());
    let mut tree = Tree::new(folder.path()).expect("a tree");
    let workspace = workspace::gather(&mut tree, &request, &policy, &mut gaps).expect("a workspace");
    let components = components::gather(&tree, &workspace, &request, &policy, &mut gaps).expect("components");
    let advisories =
        advisories::gather(&request, &policy, &workspace, &components, &mut gaps).expect("advisories");
    let hits = advisories.hits.iter().filter(|hit| hit.same_origin);
    hits.map(|hit| {
        let component = &components.all[hit.component];
        (hit.advisory.id.clone(), component.name.clone(), component.version.to_string())
    })
    .collect()
}
