//! A workspace around one hostile file, inspected as a user would.
//!
//! Every reader is reached through [`inspect`], the way a real file reaches it: a reader that is never called
//! from there is dead, and one that is called must neither panic, nor hang, nor grow without bounds.
//!
//! `cargo +nightly fuzz run --no-cfg-fuzzing source -- -max_total_time=3600 -rss_limit_mb=1024 -timeout=10`
//!
//! With `cfg(fuzzing)` the parser below us tells no places, and everything that counts bytes would go untried.

use std::path::Path;

use cargo_health_sec::{Facts, Request, checks};

const MANIFEST: &str = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\n";

/// A manifest that links a model and every kind of evidence.
pub const MODELLED: &[u8] = b"[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
    [package.metadata.health-sec]\nthreats = [\"docs/threats.toml\"]\n\
    [package.metadata.health-sec.evidence]\njunit = [\"evidence/junit.xml\"]\n\
    test-list = \"evidence/tests.json\"\nport-scan = \"evidence/scan.xml\"\nhazards = \"evidence/hazards.csv\"\n";

/// A model that asks for that evidence.
pub const MODEL: &[u8] = b"format = \"health-sec/threats@1\"\n[model]\ntitle = \"pump\"\n[component.api]\n\
    [interface.orders]\non = \"api\"\nkind = \"tcp-listen\"\nport = 8443\n\
    [mitigation.M]\nwhat = \"x\"\nstate = \"in-place\"\ntests = [\"pump::a\"]\nthwart = [\"pump::b\"]\n\
    [threat.T]\ntitle = \"x\"\naffects = [\"api\"]\nharm = { safety_file = [\"H-1\"], path = \"x\" }\n";

/// Inspects a workspace whose threat model begins with words that lead to one reader, and goes on with hostile ones.
pub fn model(head: &str, data: &[u8]) {
    let policy = b"[threats]\nmodels = [\"pump.threats\"]\n";
    inspect(&[("health-sec.toml", policy), ("pump.threats", &[head.as_bytes(), data].concat())]);
}

/// Inspects a small workspace in which these files stand in the place of, or beside, the plain ones.
pub fn inspect(files: &[(&str, &[u8])]) {
    inspect_with(files, |_, _| {});
}

/// The same, with a request of its own.
pub fn inspect_with(files: &[(&str, &[u8])], change: impl FnOnce(&Path, &mut Request)) {
    let Ok(folder) = tempfile::tempdir() else { return };
    let root = folder.path();
    let plain: [(&str, &[u8]); 3] =
        [("Cargo.toml", MANIFEST.as_bytes()), ("Cargo.lock", LOCK.as_bytes()), ("src/lib.rs", b"")];
    for (path, content) in plain.iter().chain(files) {
        let path = root.join(path);
        if let Some(parent) = path.parent() {
            let _ = std::fs::create_dir_all(parent);
        }
        let _ = std::fs::write(path, content);
    }
    // An empty database: reading the embedded one takes longer than everything else.
    let _ = std::fs::create_dir_all(root.join("advisories/crates"));
    let mut request = Request::new(root, jiff::civil::date(2026, 11, 22));
    request.resolve = false;
    request.advisory_dbs.push(root.join("advisories"));
    change(root, &mut request);
    if let Ok(facts) = Facts::gather(&request) {
        let _ = checks::run(&facts);
    }
}
