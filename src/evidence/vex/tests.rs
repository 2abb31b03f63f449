//! Statements of a workspace with a hit of each sort: what they say, that they hold together, and that
//! what is written is read again as it was meant.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::*;
use crate::checks;
use crate::evidence::schemas::{faults, official};
use crate::facts::Facts;
use crate::request::Request;

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\ndependencies = [\"time\", \"smallvec\", \"chrono\"]\n
[[package]]\nname = \"time\"\nversion = \"0.1.43\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"ca8a50ef2360fbd1eeb0ecd46795a87a19024eb4b53c5dc916ca1fd95fe62438\"\n
[[package]]\nname = \"chrono\"\nversion = \"0.4.19\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"670ad68c9088c2a963aaa298cb369688cf3f9465ce5e2d4ca10e6e0098a1ce73\"\n
[[package]]\nname = \"smallvec\"\nversion = \"1.6.0\"\nsource = \"git+https://example.org/smallvec#0123456789012345678901234567890123456789\"\n";

const POLICY: &str = "[product]\nname = \"Sweetwater pump\"\n[manufacturer]\nname = \"Sweetwater\"\nurl = \"https://sweetwater.example\"\nemail = \"security@sweetwater.example\"\n
[component.smallvec.fork]\nof = \"smallvec@1.6.0\"\nreason = \"the patch came late\"\nfixes = [\"CVE-2021-25900\"]\nproof = \"forks/smallvec.patch\"\n
[[waiver]]\nrule = \"component_vulnerable\"\nplace = \"RUSTSEC-2020-0071 time@0.1.43\"\nstatus = \"not_affected\"\njustification = \"vulnerable_code_not_in_execute_path\"\nreason = \"local_offset is not called\"\nby = \"h.okafor\"\ncreated = 2026-10-02\nuntil = 2027-01-31\n";

fn report(root: &Path, policy: &str) -> Report {
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    put("Cargo.toml", "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    put("src/main.rs", "fn main() {}\n");
    put("Cargo.lock", LOCK);
    put("health-sec.toml", policy);
    let request = Request { resolve: false, ..Request::new(root, jiff::civil::date(2026, 11, 1)) };
    let facts = Facts::gather(&request).expect("facts");
    let checked = checks::run(&facts);
    Report::new(&request, facts, checked)
}

fn written(report: &Report, format: Format) -> (String, Value) {
    let mut text = Vec::new();
    write(report, format, &mut text).expect("statements");
    let text = String::from_utf8(text).expect("text");
    let value = serde_json::from_str(&text).expect("JSON");
    (text, value)
}

fn told(document: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let statements = document["statements"].as_array().expect("statements").iter();
    statements
        .map(|said| {
            let part = &said["products"][0]["subcomponents"][0]["@id"];
            format!("{} {} {}", word(&said["vulnerability"]["name"]), word(part), word(&said["status"]))
        })
        .collect()
}

#[test]
fn hits_are_joined_with_the_ledger() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, document) = written(&report(folder.path(), POLICY), Format::Openvex);
    assert_eq!(
        told(&document),
        [
            "RUSTSEC-2020-0071 pkg:cargo/time@0.1.43 not_affected",
            "RUSTSEC-2020-0159 pkg:cargo/chrono@0.4.19 under_investigation",
            "RUSTSEC-2021-0003 pkg:cargo/smallvec@1.6.0?vcs_url=git%2Bhttps:%2F%2Fexample.org%2Fsmallvec%400123456789012345678901234567890123456789 fixed",
        ]
    );
    let first = &document["statements"][0];
    assert_eq!(first["justification"], "vulnerable_code_not_in_execute_path");
    assert_eq!(first["status_notes"], "local_offset is not called");
    assert_eq!(first["timestamp"], "2026-10-02T00:00:00Z");
    assert_eq!(first["vulnerability"]["aliases"][0], "CVE-2020-26235");
    assert_eq!(first["products"][0]["@id"], "pkg:generic/Sweetwater%20pump@0.1.0");
    assert_eq!(document["author"], "Sweetwater <security@sweetwater.example>");
}

/// The policy with words that leave an advisory open, and with an entry without a justification.
fn policies() -> [String; 3] {
    [
        POLICY.to_owned(),
        POLICY.replace("justification = \"vulnerable_code_not_in_execute_path\"\n", ""),
        POLICY
            .replace("justification = \"vulnerable_code_not_in_execute_path\"\n", "")
            .replace("\"not_affected\"", "\"affected\""),
    ]
}

fn keeps_to(name: &str, format: Format, state: &str) {
    let Some(schema) = official(name) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for policy in policies() {
        let (_, mut document) = written(&report(folder.path(), &policy), format);
        assert_eq!(faults(&schema, &document), Vec::<String>::new());
        *document.pointer_mut(state).expect("a state") = "harmless".into();
        assert!(!schema.is_valid(&document), "the schema sees faults");
    }
}

#[test]
fn statements_keep_to_the_schema_of_cyclonedx() {
    keeps_to("cyclonedx-1.6", Format::Cyclonedx, "/vulnerabilities/0/analysis/state");
}

#[test]
fn statements_keep_to_the_schema_of_openvex() {
    keeps_to("openvex-0.2.0", Format::Openvex, "/statements/0/status");
}

/// Who holds a statement against the list of components finds its parts there by the same names.
#[test]
fn statements_name_the_parts_as_the_list_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = report(folder.path(), POLICY);
    let listed: Vec<String> =
        Listing::new(&report.facts, Extent::All).parts.into_iter().map(|part| part.purl).collect();
    let (_, open) = written(&report, Format::Openvex);
    let (_, list) = written(&report, Format::Cyclonedx);
    let open = open["statements"].as_array().expect("statements").iter().flat_map(|said| {
        let product = &said["products"][0];
        [&product["@id"], &product["identifiers"]["purl"], &product["subcomponents"][0]["@id"]]
    });
    let parts = list["components"].as_array().expect("a list").iter().map(|part| &part["purl"]);
    for name in open.chain(parts).chain([&list["metadata"]["component"]["purl"]]) {
        let name = name.as_str().expect("a name");
        assert!(listed.iter().any(|purl| purl == name), "{name} is not among {listed:?}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_and_another_another_name() {
    let folder = tempfile::tempdir().expect("a folder");
    for (format, name) in [(Format::Openvex, "@id"), (Format::Cyclonedx, "serialNumber")] {
        let (first, one) = written(&report(folder.path(), POLICY), format);
        assert_eq!(first, written(&report(folder.path(), POLICY), format).0);
        let other = POLICY.replace("local_offset is not called", "nobody calls it");
        assert_ne!(one[name], written(&report(folder.path(), &other), format).1[name]);
    }
}

/// What no schema asks: references lead somewhere, and each status has what it needs.
#[test]
fn statements_hold_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = report(folder.path(), POLICY);
    let (_, open) = written(&report, Format::Openvex);
    for said in open["statements"].as_array().expect("statements") {
        let why =
            ["justification", "impact_statement"].iter().filter(|key| said.get(**key).is_some()).count();
        assert_eq!(usize::from(said["status"] == "not_affected"), why, "one of both, never two: {said}");
        assert_eq!(said["status"] == "affected", said.get("action_statement").is_some(), "{said}");
    }
    let (_, list) = written(&report, Format::Cyclonedx);
    let refs: Vec<&str> = ["components", "vulnerabilities"]
        .iter()
        .flat_map(|key| list[key].as_array().expect("a list"))
        .map(|one| one["bom-ref"].as_str().expect("a name"))
        .chain(list["metadata"]["component"]["bom-ref"].as_str())
        .collect();
    assert_eq!(refs.iter().collect::<BTreeSet<_>>().len(), refs.len(), "each name once");
    for said in list["vulnerabilities"].as_array().expect("a list") {
        assert!(refs.contains(&said["affects"][0]["ref"].as_str().expect("a reference")), "{said}");
    }
    let states: Vec<&Value> = list["vulnerabilities"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|said| &said["analysis"]["state"])
        .collect();
    assert_eq!(states, ["not_affected", "in_triage", "resolved"]);
}

#[test]
fn a_harmless_one_without_a_justification_says_why_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = POLICY.replace("justification = \"vulnerable_code_not_in_execute_path\"\n", "");
    let (_, document) = written(&report(folder.path(), &policy), Format::Openvex);
    assert_eq!(document["statements"][0]["impact_statement"], "local_offset is not called");
    assert!(document["statements"][0].get("status_notes").is_none());
}

/// What stands in a document of each statement: who says what of which part, why and since when.
fn said(document: &Value) -> Vec<[Value; 7]> {
    let statements = document["statements"].as_array().expect("statements").iter();
    statements
        .map(|said| {
            [
                said["vulnerability"]["name"].clone(),
                said["products"][0]["subcomponents"][0]["@id"].clone(),
                said["status"].clone(),
                said["justification"].clone(),
                said["impact_statement"].clone(),
                said["status_notes"].clone(),
                said["timestamp"].clone(),
            ]
        })
        .collect()
}

#[test]
fn what_is_written_is_read_again_as_it_was_meant() {
    for (format, file) in [(Format::Openvex, "a.openvex.json"), (Format::Cyclonedx, "a.cdx.json")] {
        for policy in policies() {
            let folder = tempfile::tempdir().expect("a folder");
            let first = report(folder.path(), &policy);
            let (text, _) = written(&first, format);
            let (_, meant) = written(&first, Format::Openvex);
            std::fs::write(folder.path().join(file), text).expect("a file");
            // The entries of the ledger are gone: what was stated stands in for them.
            let (entries, _) = policy.split_once("[[waiver]]").expect("an entry");
            let import = format!("[exceptions]\nimport = [\"{file}\"]\nendless = \"honour\"\n");
            let again = report(folder.path(), &format!("{entries}{import}"));
            assert_eq!(again.facts.policy.imports[0].unread, [], "{file}");
            let (_, read) = written(&again, Format::Openvex);
            if meant["statements"][0]["status"] == "affected" {
                // It excepts nothing: only the copy that mends is told, and what is known stands.
                assert_eq!(again.facts.policy.waivers.len(), 1, "{file}");
                assert_eq!(read["statements"][0]["status"], "under_investigation", "{file}");
            } else {
                assert_eq!(said(&read), said(&meant), "{file}");
                assert!(again.facts.policy.waivers[0].by.value.starts_with("Sweetwater"), "{file}");
            }
        }
    }
}
