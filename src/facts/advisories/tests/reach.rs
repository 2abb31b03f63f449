//! How near a hit is to code that ships, on workspaces resolved by the real cargo.

use std::path::Path;
use std::process::Command;

use crate::facts::Facts;
use crate::facts::advisories::Reach;
use crate::request::{Request, Scope};

use super::{DAY, put};

/// A product that uses `user`, which uses `flow`; `more` is what the product itself asks for.
fn graded(more: &str, ours: &str, theirs: &str, change: impl FnOnce(&mut Request)) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\n{rest}")
    };
    write(
        "w/Cargo.toml",
        &package("pump", &format!("[workspace]\n[dependencies]\nuser = {{ path = \"../user\" }}\n{more}")),
    );
    write("w/src/lib.rs", ours);
    write(
        "user/Cargo.toml",
        &package("user", "[dependencies]\nf = { package = \"flow\", path = \"../flow\" }"),
    );
    write("user/src/lib.rs", theirs);
    write("flow/Cargo.toml", &package("flow", ""));
    write("flow/src/lib.rs", "");
    let functions = "date = \"2026-01-01\"\n[affected]\nfunctions = { \"flow::sensor::open\" = [\"< 2\"] }";
    put(&folder.path().join("db"), "RUSTSEC-2026-9002", "flow", functions, "patched = []");
    let root = folder.path().join("w");
    lock(&root);
    let mut request = Request::new(&root, DAY);
    request.advisory_dbs.push(folder.path().join("db"));
    change(&mut request);
    let facts = Facts::gather(&request).expect("facts");
    let [hit] = facts.advisories.hits.as_slice() else { panic!("{:#?}", facts.advisories.hits) };
    match &hit.reach {
        Reach::NamedInOurCode { function, at } => format!("{function} at {at}"),
        Reach::NamedInComponent { function, component, file } => {
            format!("{function} by {} in {file}", facts.components.all[*component].id())
        }
        Reach::NotImported => "not imported".to_owned(),
        Reach::Unknown { why } => (*why).to_owned(),
    }
}

fn lock(root: &Path) {
    let status = Command::new("cargo")
        .args(["generate-lockfile", "--offline"])
        .current_dir(root)
        .output()
        .expect("cargo can be started")
        .status;
    assert!(status.success());
}

#[test]
fn each_grade_is_told() {
    const DIRECT: &str = "flow = { path = \"../flow\" }";
    for (more, ours, theirs, told) in [
        (DIRECT, "pub fn a() {\n    flow::sensor::open()\n}", "", "flow::sensor::open at src/lib.rs:2:5"),
        (DIRECT, "use flow::sensor::open as start;", "", "flow::sensor::open at src/lib.rs:1:11"),
        ("", "", "pub fn a() { f::sensor::open() }", "flow::sensor::open by user@1.0.0 in src/lib.rs"),
        ("", "pub fn flow() {}", "pub fn f() {}", "not imported"),
        (
            DIRECT,
            "pub use flow::Rate;",
            "",
            "the crate is imported, and no function of the advisory is named",
        ),
        (
            DIRECT,
            "#[cfg(test)]\nmod tests { fn a() { flow::sensor::open() } }",
            "use f::Rate;",
            "the crate is imported, and no function of the advisory is named",
        ),
        (
            DIRECT,
            "include!(concat!(env!(\"OUT_DIR\"), \"/x.rs\"));",
            "",
            "not all code that ships could be looked at",
        ),
    ] {
        assert_eq!(graded(more, ours, theirs, |_| ()), told, "{ours} {theirs}");
    }
}

#[test]
fn code_that_was_not_read_is_never_taken_for_code_that_does_not_name_it() {
    let only_components = |request: &mut Request| request.scope = Scope::Components;
    let told = graded("flow = { path = \"../flow\" }", "", "", only_components);
    assert_eq!(told, "not all code that ships could be looked at");
}
