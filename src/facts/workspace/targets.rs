//! The targets of a member: those that its manifest names, and those that cargo finds by itself.

use std::path::{Path, PathBuf};

use crate::document::Value;

use super::root::{normal, package};
use super::{Target, TargetKind};

/// A kind of target that a package may have many of.
struct Many {
    kind: TargetKind,
    /// The manifest table, such as `bin`.
    table: &'static str,
    /// The switch in `[package]`, such as `autobins`.
    switch: &'static str,
    /// Where cargo looks, such as `src/bin`.
    folder: &'static str,
}

const MANY: &[Many] = &[
    Many { kind: TargetKind::Binary, table: "bin", switch: "autobins", folder: "src/bin" },
    Many { kind: TargetKind::Test, table: "test", switch: "autotests", folder: "tests" },
    Many { kind: TargetKind::Example, table: "example", switch: "autoexamples", folder: "examples" },
    Many { kind: TargetKind::Bench, table: "bench", switch: "autobenches", folder: "benches" },
];

/// More targets of one kind than any package in the field has.
const MOST_TARGETS: usize = 2_000;

/// Finds the targets of a package: library, binaries, tests, examples, benches, build script.
pub(super) fn find(manifest: &Value, package_name: &str, edition: &str, folder: &Path) -> Vec<Target> {
    let mut targets: Vec<Target> = library(manifest, package_name, folder).into_iter().collect();
    for many in MANY {
        targets.extend(many_of(many, manifest, package_name, edition, folder));
    }
    targets.extend(build_scripts(manifest, folder));
    targets
}

fn library(manifest: &Value, package_name: &str, folder: &Path) -> Option<Target> {
    let table = manifest.get(&["lib"]);
    let path = match table.and_then(|table| text(table, "path")) {
        Some(path) => normal(&folder.join(path)),
        None => folder.join("src/lib.rs"),
    };
    let wanted = table.is_some() || (switch(manifest, "autolib") != Some(false) && path.is_file());
    let name = table.and_then(|table| text(table, "name")).unwrap_or(package_name);
    wanted.then(|| target(name, TargetKind::Library, path))
}

fn many_of(many: &Many, manifest: &Value, package_name: &str, edition: &str, folder: &Path) -> Vec<Target> {
    let mut found = discovered(many, package_name, folder);
    let Some(tables) = manifest.get(&[many.table]) else {
        return if switch(manifest, many.switch) == Some(false) { Vec::new() } else { found };
    };
    let mut named = Vec::new();
    for table in tables.items().iter().take(MOST_TARGETS) {
        let Some(name) = text(table, "name") else { continue };
        let same_name = found.iter().find(|target| target.name == name.replace('-', "_"));
        let path = match (text(table, "path"), same_name) {
            (Some(path), _) => normal(&folder.join(path)),
            (None, Some(target)) => target.path.clone(),
            (None, None) => folder.join(many.folder).join(format!("{name}.rs")),
        };
        named.push(target(name, many.kind, path));
    }
    // Before the 2018 edition, naming one target of a kind ended the search for others.
    if switch(manifest, many.switch).unwrap_or(edition != "2015") {
        found.retain(|target| {
            !named.iter().any(|other| other.name == target.name || other.path == target.path)
        });
        named.extend(found);
    }
    named
}

/// What lies where cargo looks: `NAME.rs` and `NAME/main.rs`, and `src/main.rs` for binaries.
fn discovered(many: &Many, package_name: &str, folder: &Path) -> Vec<Target> {
    let mut targets = Vec::new();
    if many.kind == TargetKind::Binary && folder.join("src/main.rs").is_file() {
        targets.push(target(package_name, many.kind, folder.join("src/main.rs")));
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder.join(many.folder))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .take(MOST_TARGETS)
        .collect();
    entries.sort();
    for path in entries {
        let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.extension().is_some_and(|extension| extension == "rs") && path.is_file() {
            targets.extend(stem(&path).map(|name| target(&name, many.kind, path)));
        } else if path.join("main.rs").is_file() {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            targets.extend(name.map(|name| target(&name, many.kind, path.join("main.rs"))));
        }
    }
    targets
}

fn build_scripts(manifest: &Value, folder: &Path) -> Vec<Target> {
    let script =
        |path: &str| target("build_script_build", TargetKind::BuildScript, normal(&folder.join(path)));
    match package(manifest).and_then(|table| table.get(&["build"])) {
        Some(value) if value.as_bool() == Some(false) => Vec::new(),
        Some(value) if value.as_str().is_some() => value.as_str().map(script).into_iter().collect(),
        Some(value) if !value.items().is_empty() => {
            value.items().iter().filter_map(Value::as_str).map(script).collect()
        }
        Some(_) => vec![script("build.rs")],
        None if folder.join("build.rs").is_file() => vec![script("build.rs")],
        None => Vec::new(),
    }
}

fn switch(manifest: &Value, key: &str) -> Option<bool> {
    package(manifest)?.get(&[key])?.as_bool()
}

fn text<'a>(table: &'a Value, key: &str) -> Option<&'a str> {
    table.get(&[key])?.as_str()
}

fn target(name: &str, kind: TargetKind, path: PathBuf) -> Target {
    Target { name: name.replace('-', "_"), kind, path }
}
