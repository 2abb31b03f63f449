//! One member: what its manifest says.

use std::path::{Path, PathBuf};

use crate::document::{Entry, Value};
use crate::source::{Placed, Tree};

use super::root::{normal, package};
use super::{Dependency, EdgeKind, Gap, Manifest, Member, manifest_gap, targets};

/// Tables of dependencies, with the old spellings that cargo still reads.
const TABLES: &[(&str, EdgeKind)] = &[
    ("dependencies", EdgeKind::Normal),
    ("build-dependencies", EdgeKind::Build),
    ("build_dependencies", EdgeKind::Build),
    ("dev-dependencies", EdgeKind::Dev),
    ("dev_dependencies", EdgeKind::Dev),
];

/// Reads a member. One whose manifest is broken is still a member, named after its folder, so that
/// its sources are looked at; the gaps say what is missing.
pub(super) fn read(
    tree: &Tree,
    root: &Manifest,
    folder: PathBuf,
    own: Option<Manifest>,
    gaps: &mut Vec<Gap>,
) -> Option<Member> {
    // What may be read the tree decides: the file may be a link.
    let stays = |_: &Manifest| {
        tree.resolve(&folder.join("Cargo.toml")).is_ok_and(|path| path.parent() == Some(&folder))
    };
    let manifest = match own.filter(stays) {
        Some(manifest) => manifest,
        None if folder == tree.root() => root.clone(),
        None => super::read_manifest(tree, &folder, gaps)?,
    };
    let table = package(&manifest.value);
    let name = table.and_then(|table| table.entry("name")).map(|entry| &entry.value);
    if table.is_some() && name.and_then(Value::as_str).is_none() {
        manifest_gap(gaps, manifest.source.path(), "the package has no name", None);
    }
    let inherited = |key| inherited(&manifest.value, &root.value, key);
    let edition = inherited("edition").unwrap_or_else(|| "2015".to_owned());
    let name_at = name.map_or_else(|| manifest.source.whole(), Value::at);
    let name = name.and_then(Value::as_str).map_or_else(|| folder_name(&folder), str::to_owned);
    let lib = manifest.value.get(&["lib"]);
    Some(Member {
        version: match table.and_then(|table| table.entry("version")) {
            Some(_) => inherited("version").unwrap_or_default(),
            None if table.is_some() => "0.0.0".to_owned(),
            None => String::new(),
        },
        targets: targets::find(tree, &manifest.value, &name, &edition, &folder),
        dependencies: dependencies(&manifest.value, &root.value),
        features: features(&manifest.value),
        proc_macro: lib.is_some_and(is_proc_macro),
        name,
        name_at,
        folder,
        edition,
        rust_version: inherited("rust-version"),
        chosen: true,
        for_tests: false,
        manifest,
    })
}

/// The folders of the path dependencies of a manifest, those inherited from the root included.
pub(super) fn path_dependencies(
    manifest: &Value,
    folder: &Path,
    root: &Value,
    root_folder: &Path,
) -> Vec<PathBuf> {
    let path = |value: &Value| value.get(&["path"]).and_then(Value::as_str).map(str::to_owned);
    declared(manifest)
        .into_iter()
        .filter_map(|(entry, _)| {
            if is_inherited(&entry.value) {
                path(root.get(&["workspace", "dependencies", &entry.key])?).map(|path| root_folder.join(path))
            } else {
                path(&entry.value).map(|path| folder.join(path))
            }
        })
        .map(|path| normal(&path))
        .collect()
}

/// A key of `[package]`, looked up in `[workspace.package]` where it says `workspace = true`.
fn inherited(manifest: &Value, root: &Value, key: &str) -> Option<String> {
    let value = package(manifest)?.get(&[key])?;
    let value = if is_inherited(value) { root.get(&["workspace", "package", key])? } else { value };
    value.as_str().map(str::to_owned)
}

fn is_inherited(value: &Value) -> bool {
    value.get(&["workspace"]).and_then(Value::as_bool) == Some(true)
}

fn is_proc_macro(lib: &Value) -> bool {
    let flag = |key| lib.get(&[key]).and_then(Value::as_bool) == Some(true);
    let types = lib.get(&["crate-type"]).or_else(|| lib.get(&["crate_type"]));
    flag("proc-macro")
        || flag("proc_macro")
        || types.map(Value::items).unwrap_or_default().iter().any(|item| item.as_str() == Some("proc-macro"))
}

/// Every declared dependency: of all platforms, then of each `[target.…]`.
fn declared(manifest: &Value) -> Vec<(&Entry, EdgeKind)> {
    let mut tables = vec![manifest];
    tables.extend(manifest.get(&["target"]).map(Value::entries).unwrap_or_default().iter().map(|e| &e.value));
    let mut declared = Vec::new();
    for table in tables {
        for (key, kind) in TABLES {
            let entries = table.get(&[key]).map(Value::entries).unwrap_or_default();
            declared.extend(entries.iter().map(|entry| (entry, *kind)));
        }
    }
    declared
}

fn dependencies(manifest: &Value, root: &Value) -> Vec<Dependency> {
    declared(manifest)
        .into_iter()
        .map(|(entry, kind)| {
            let inherited = root.get(&["workspace", "dependencies", &entry.key]);
            let definition =
                if is_inherited(&entry.value) { inherited.unwrap_or(&entry.value) } else { &entry.value };
            let package = definition.get(&["package"]).and_then(Value::as_str).unwrap_or(&entry.key);
            Dependency {
                code_name: entry.key.replace('-', "_"),
                package: package.to_owned(),
                kind,
                features: asked(&entry.value, definition),
                optional: entry.value.get(&["optional"]).and_then(Value::as_bool) == Some(true),
                at: entry.key_at.clone(),
            }
        })
        .collect()
}

/// The features that a declaration asks for, and those of the definition that it inherits.
fn asked(declared: &Value, definition: &Value) -> Vec<Placed<String>> {
    let of = |value: &Value| value.get(&["features"]).map(Value::items).unwrap_or_default().to_vec();
    let mut asked = of(declared);
    if is_inherited(declared) {
        asked.extend(of(definition));
    }
    let place = |item: &Value| Some(Placed { value: item.as_str()?.to_owned(), at: item.at() });
    asked.iter().filter_map(place).collect()
}

fn features(manifest: &Value) -> Vec<(String, Vec<String>)> {
    let strings =
        |value: &Value| value.items().iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
    let entries = manifest.get(&["features"]).map(Value::entries).unwrap_or_default();
    entries.iter().map(|entry| (entry.key.clone(), strings(&entry.value))).collect()
}

fn folder_name(folder: &Path) -> String {
    folder.file_name().map_or_else(|| "root".to_owned(), |name| name.to_string_lossy().into_owned())
}
