//! Official schemas of published formats, for tests.
//!
//! They are not ours to copy: they come with two crates that `cargo fetch` brings.

use std::path::PathBuf;

use serde_json::Value;

/// A schema that a crate carries into cargo's home. What it says by naming other schemas is not
/// looked at: lists of licences, signatures.
#[expect(clippy::print_stderr, reason = "a test that is skipped must say so")]
pub(super) fn official(package: &str, file: &str) -> Option<jsonschema::Validator> {
    let schema = find(package, file);
    if schema.is_none() {
        eprintln!("SKIPPED: {package} is not at hand; `cargo fetch` brings it");
    }
    schema
}

fn find(package: &str, file: &str) -> Option<jsonschema::Validator> {
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
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")))?;
    let registries = std::fs::read_dir(home.join("registry/src")).ok()?.flatten();
    let mut found = registries.map(|registry| registry.path().join(package).join("schemas").join(file));
    let text = std::fs::read_to_string(found.find(|path| path.exists())?).ok()?;
    let mut schema: Value = serde_json::from_str(&text).expect("JSON");
    closed(&mut schema);
    Some(jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema"))
}
