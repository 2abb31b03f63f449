//! Official schemas of published formats, for tests.
//!
//! They are not ours to copy. Two come with crates that `cargo fetch` brings. For the others no crate was
//! found: `benches/validate_sbom.sh` takes them from packages of another registry, lays them into a folder
//! and names it in `OFFICIAL_SCHEMAS`, one file a schema: `cyclonedx-1.7.json`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::Value;

/// The schemas that crates carry, by name, with their place among the sources in cargo's home.
const CARRIED: &[(&str, &str)] = &[
    ("cyclonedx-1.6", "serde-cyclonedx-0.10.0/schemas/cyclonedx_1_6.json"),
    ("spdx-2.3", "serde-spdx-0.10.0/schemas/spdx_2_3.json"),
];

/// An official schema. What it says by naming other schemas is not looked at: lists of licences,
/// signatures.
///
/// `None` where it is not at hand: the test that asks for it is skipped, and says so past the harness,
/// which keeps to itself what a test prints. A schema that a crate carries is at hand wherever CI runs.
pub(super) fn official(name: &str) -> Option<Validator> {
    let carried = CARRIED.iter().find(|(carried, _)| *carried == name).map(|(_, path)| path);
    let at_hand = match std::env::var_os("OFFICIAL_SCHEMAS") {
        Some(folder) => Some(PathBuf::from(folder).join(format!("{name}.json"))),
        None => carried.and_then(|path| among_sources(path)),
    };
    let Some(path) = at_hand else {
        assert!(carried.is_none() || std::env::var_os("CI").is_none(), "run `cargo fetch` first");
        let bring =
            if carried.is_some() { "`cargo fetch` brings it" } else { "benches/validate_sbom.sh has it" };
        let _ = writeln!(std::io::stderr(), "SKIPPED: the schema of {name} is not at hand; {bring}");
        return None;
    };
    Some(read(&path))
}

/// What a schema finds wrong, each with its place.
pub(super) fn faults(schema: &Validator, document: &Value) -> Vec<String> {
    schema.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn among_sources(path: &str) -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")))?;
    let mut registries = std::fs::read_dir(home.join("registry/src")).ok()?.flatten();
    registries.find_map(|registry| Some(registry.path().join(path)).filter(|path| path.exists()))
}

fn read(path: &Path) -> Validator {
    fn closed(value: &mut Value) {
        match value {
            Value::Object(map) => {
                if map.get("$ref").and_then(Value::as_str).is_some_and(|to| !to.starts_with('#')) {
                    map.clear();
                }
                map.values_mut().for_each(closed);
            }
            Value::Array(items) => items.iter_mut().for_each(closed),
            _ => {}
        }
    }
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut schema: Value = serde_json::from_str(&text).expect("JSON");
    closed(&mut schema);
    jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema")
}
