//! The targets of a member: those that its manifest names, and those that cargo finds by itself.

use std::path::{Path, PathBuf};

use crate::document::Value;
use crate::source::Tree;

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
pub(super) fn find(
    tree: &Tree,
    manifest: &Value,
    package_name: &str,
    edition: &str,
    folder: &Path,
) -> Vec<Target> {
    let package = Package { tree, manifest, name: package_name, edition, folder };
    let mut targets: Vec<Target> = package.library().into_iter().collect();
    for many in MANY {
        targets.extend(package.many_of(many));
    }
    targets.extend(package.build_scripts());
    targets
}

/// A package whose targets are looked for.
struct Package<'a> {
    tree: &'a Tree,
    manifest: &'a Value,
    name: &'a str,
    edition: &'a str,
    folder: &'a Path,
}

impl Package<'_> {
    fn library(&self) -> Option<Target> {
        let table = self.manifest.get(&["lib"]);
        let path = match table.and_then(|table| text(table, "path")) {
            Some(path) => normal(&self.folder.join(path)),
            None => self.folder.join("src/lib.rs"),
        };
        let wanted = table.is_some() || (self.switch("autolib") != Some(false) && self.tree.is_file(&path));
        let name = table.and_then(|table| text(table, "name")).unwrap_or(self.name);
        wanted.then(|| target(name, TargetKind::Library, path))
    }

    fn many_of(&self, many: &Many) -> Vec<Target> {
        let mut found = self.discovered(many);
        let Some(tables) = self.manifest.get(&[many.table]) else {
            return if self.switch(many.switch) == Some(false) { Vec::new() } else { found };
        };
        let mut named = Vec::new();
        for table in tables.items().iter().take(MOST_TARGETS) {
            let Some(name) = text(table, "name") else { continue };
            let same_name = found.iter().find(|target| target.name == name.replace('-', "_"));
            let path = match (text(table, "path"), same_name) {
                (Some(path), _) => normal(&self.folder.join(path)),
                (None, Some(target)) => target.path.clone(),
                (None, None) => self.folder.join(many.folder).join(format!("{name}.rs")),
            };
            named.push(target(name, many.kind, path));
        }
        // Before the 2018 edition, naming one target of a kind ended the search for others.
        if self.switch(many.switch).unwrap_or(self.edition != "2015") {
            found.retain(|target| {
                !named.iter().any(|other| other.name == target.name || other.path == target.path)
            });
            named.extend(found);
        }
        named
    }

    /// What lies where cargo looks: `NAME.rs` and `NAME/main.rs`, and `src/main.rs` for binaries.
    fn discovered(&self, many: &Many) -> Vec<Target> {
        let mut targets = Vec::new();
        let main = self.folder.join("src/main.rs");
        if many.kind == TargetKind::Binary && self.tree.is_file(&main) {
            targets.push(target(self.name, many.kind, main));
        }
        for path in self.tree.list(&self.folder.join(many.folder), MOST_TARGETS) {
            let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if hidden {
                continue;
            }
            if path.extension().is_some_and(|extension| extension == "rs") && self.tree.is_file(&path) {
                targets.extend(stem(&path).map(|name| target(&name, many.kind, path)));
            } else if self.tree.is_file(&path.join("main.rs")) {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                targets.extend(name.map(|name| target(&name, many.kind, path.join("main.rs"))));
            }
        }
        targets
    }

    fn build_scripts(&self) -> Vec<Target> {
        let script = |path: &str| {
            target("build_script_build", TargetKind::BuildScript, normal(&self.folder.join(path)))
        };
        match package(self.manifest).and_then(|table| table.get(&["build"])) {
            Some(value) if value.as_bool() == Some(false) => Vec::new(),
            Some(value) if value.as_str().is_some() => value.as_str().map(script).into_iter().collect(),
            Some(value) if !value.items().is_empty() => {
                value.items().iter().filter_map(Value::as_str).map(script).collect()
            }
            Some(_) => vec![script("build.rs")],
            None if self.tree.is_file(&self.folder.join("build.rs")) => vec![script("build.rs")],
            None => Vec::new(),
        }
    }

    /// A switch in `[package]`.
    fn switch(&self, key: &str) -> Option<bool> {
        package(self.manifest)?.get(&[key])?.as_bool()
    }
}

fn text<'a>(table: &'a Value, key: &str) -> Option<&'a str> {
    table.get(&[key])?.as_str()
}

fn target(name: &str, kind: TargetKind, path: PathBuf) -> Target {
    Target { name: name.replace('-', "_"), kind, path }
}
