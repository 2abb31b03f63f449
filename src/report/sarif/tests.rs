//! SARIF against its rules: ours always, the official schema where it is at hand.

use serde_json::Value;

use super::*;
use crate::report::fixture;

fn sarif(report: &Report) -> Value {
    let mut bytes = Vec::new();
    write(report, &mut bytes).expect("a report");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// The official schema: named by `SARIF_SCHEMA`, or as the crate `serde-sarif` carries it into
/// cargo's home. It is not ours to copy here.
fn official_schema() -> Option<jsonschema::Validator> {
    let named = std::env::var_os("SARIF_SCHEMA").map(std::path::PathBuf::from);
    let home = std::env::var_os("CARGO_HOME").map(std::path::PathBuf::from);
    let home = home.or_else(|| Some(std::path::PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let carried = || {
        let registries = std::fs::read_dir(home?.join("registry/src")).ok()?;
        let crates = registries.flatten().filter_map(|entry| std::fs::read_dir(entry.path()).ok());
        let mut carried = crates
            .flatten()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("serde-sarif-"));
        carried.next().map(|entry| entry.path().join("src/schema.json"))
    };
    let text = std::fs::read_to_string(named.or_else(carried)?).ok()?;
    let mut schema: Value = serde_json::from_str(&text).expect("JSON");
    // Its pattern for languages has a bracket too many; no log of ours names a language.
    for owner in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{owner}/properties/language"));
        language.and_then(Value::as_object_mut).expect("a known schema").remove("pattern");
    }
    Some(jsonschema::validator_for(&schema).expect("a schema"))
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped must say so")]
fn reports_keep_to_the_official_schema() {
    let Some(schema) = official_schema() else {
        eprintln!("SKIPPED: no SARIF schema at hand; set SARIF_SCHEMA=sarif-schema-2.1.0.json");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut log = sarif(&fixture::report(folder.path()));
    let faults: Vec<String> =
        schema.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(faults, Vec::<String>::new());
    log["runs"][0]["results"][0]["level"] = "grave".into();
    assert!(!schema.is_valid(&log), "the schema sees faults");
}

#[test]
fn results_point_at_rules_and_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = fixture::report(folder.path());
    let log = sarif(&report);
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 3);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("an index");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().expect("an address");
        assert!(
            !uri.starts_with(['/', '.']) && uri.is_ascii() && !uri.contains([' ', '\n', '#', '?', ':']),
            "{uri}"
        );
        assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        for edge in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][edge].as_u64().expect("a number") >= 1, "{edge} counts from 1");
        }
        assert_eq!(result["partialFingerprints"]["healthSec/v1"].as_str().map(str::len), Some(32));
        assert!(result["suppressions"].is_array(), "what is not suppressed says so");
    }
    let region = &results[0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], &region["startColumn"]), (&3.into(), &7.into()));
    let [waived, hostile] = &results[1..] else { panic!("three results") };
    assert_eq!(
        waived["suppressions"][0]["justification"],
        "a reason (accepted by a.person until 2027-01-31)"
    );
    assert_eq!(hostile["relatedLocations"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_inspected_files_say_is_plain_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = sarif(&fixture::report(folder.path())).to_string();
    assert!(!text.contains("\\u001b") && !text.contains('\u{202e}') && !text.contains("\\u0007"));
    assert_eq!(
        message("see [here](https://example.org) {0}").text,
        "see \\[here\\](https://example.org) {{0}}"
    );
    assert_eq!(message("Vec<[u8; 4]> { .. }").text, "Vec<[u8; 4]> { .. }");
}

#[test]
fn the_run_says_how_it_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut report = fixture::report(folder.path());
    for sort in [1, 2, 0] {
        let invocation = &sarif(&report)["runs"][0]["invocations"][0];
        assert_eq!(invocation["exitCode"], sort);
        assert_eq!(invocation["executionSuccessful"], sort != 2);
        assert_eq!(invocation["toolExecutionNotifications"].as_array().map(Vec::len), Some(1));
        let verdict =
            if sort == 1 { super::super::Verdict::Undetermined } else { super::super::Verdict::Met };
        for outcome in &mut report.outcomes {
            outcome.findings.clear();
            outcome.verdict = verdict;
        }
    }
}

#[test]
fn rules_are_related_to_clauses_and_weaknesses() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = sarif(&fixture::report(folder.path()));
    let run = &log["runs"][0];
    let mut seen = std::collections::BTreeSet::new();
    for rule in run["tool"]["driver"]["rules"].as_array().expect("rules") {
        let relationships = rule["relationships"].as_array().expect("relationships");
        assert!(!relationships.is_empty(), "{}", rule["id"]);
        for relationship in relationships {
            let target = &relationship["target"];
            let component = &target["toolComponent"];
            let taxonomy =
                &run["taxonomies"][usize::try_from(component["index"].as_u64().unwrap_or(9)).unwrap_or(9)];
            assert_eq!(taxonomy["name"], component["name"]);
            let taxon =
                &taxonomy["taxa"][usize::try_from(target["index"].as_u64().unwrap_or(9999)).unwrap_or(9999)];
            assert_eq!(taxon["id"], target["id"]);
            seen.insert(component["name"].to_string());
        }
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
}

#[test]
fn what_is_beyond_the_limit_is_the_weakest() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = fixture::report(folder.path());
    let (all, none) = results(&report, 3);
    assert_eq!((all.len(), none), (3, 0));
    let (some, left_out) = results(&report, 1);
    assert_eq!((some.len(), left_out), (1, 2));
    assert!(some[0].suppressions.is_empty(), "an accepted finding goes first");
}
