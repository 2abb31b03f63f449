//! The report for programs against its published schema.

use serde_json::Value;

use super::*;
use crate::report::fixture;

const SCHEMA: &str = include_str!("../../../schemas/report-1.schema.json");

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

fn bytes(report: &Report) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(report, &mut bytes).expect("a report");
    bytes
}

fn faults(report: &Value) -> Vec<String> {
    schema().iter_errors(report).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn reports_keep_to_the_published_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let report: Value = serde_json::from_slice(&bytes(&fixture::report(folder.path()))).expect("JSON");
    assert_eq!(faults(&report), Vec::<String>::new());
    assert_eq!(report["findings"][1]["message"], fixture::HOSTILE);
    assert_eq!(report["findings"][2]["place"]["path"], fixture::HOSTILE_PATH);
    assert_eq!(report["findings"][1]["waiver"]["by"], "a.person");
}

#[test]
fn a_field_more_or_less_breaks_the_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let report: Value = serde_json::from_slice(&bytes(&fixture::report(folder.path()))).expect("JSON");
    let mut objects = Vec::new();
    find_objects(&report, &mut String::new(), &mut objects);
    assert!(objects.len() > 10, "{objects:?}");
    for pointer in objects {
        let mut more = report.clone();
        let object = more.pointer_mut(&pointer).and_then(Value::as_object_mut).expect("an object");
        object.insert("surplus".to_owned(), Value::Null);
        assert!(!faults(&more).is_empty(), "{pointer} takes any field");
        let mut less = report.clone();
        let object = less.pointer_mut(&pointer).and_then(Value::as_object_mut).expect("an object");
        let key = object.keys().next().expect("a field").clone();
        object.remove(&key);
        assert!(!faults(&less).is_empty(), "{pointer} does without {key}");
    }
}

fn find_objects(value: &Value, pointer: &mut String, found: &mut Vec<String>) {
    let length = pointer.len();
    match value {
        Value::Object(object) => {
            found.push(pointer.clone());
            for (key, value) in object {
                pointer.push('/');
                pointer.push_str(key);
                find_objects(value, pointer, found);
                pointer.truncate(length);
            }
        }
        // One of each array is enough.
        Value::Array(items) => {
            if let Some(first) = items.first() {
                pointer.push_str("/0");
                find_objects(first, pointer, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_wherever_it_lies() {
    let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let told = |folder: &tempfile::TempDir| {
        let mut report = fixture::report(folder.path());
        let root = folder.path().canonicalize().expect("a folder");
        report.facts.gaps[0].why = format!("error in {}/Cargo.toml", root.display());
        bytes(&report)
    };
    let (first, second) = (told(&one), told(&two));
    assert_eq!(String::from_utf8_lossy(&first), String::from_utf8_lossy(&second));
    assert!(!String::from_utf8_lossy(&first).contains(&one.path().display().to_string()));
}
