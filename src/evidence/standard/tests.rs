//! The standard in every format, against its schema, and each result for its reason.

use std::path::Path;

use serde_json::Value;

use super::*;
use crate::facts::Facts;
use crate::report::text::Detail;
use crate::request::{Clippy, Request};
use crate::source::Source;
use crate::{checks, document};

const SCHEMA: &str = include_str!("../../../schemas/standard-1.schema.json");

const MANIFEST: &str = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lints.clippy]\nunwrap_used = \"deny\"\ntodo = \"warn\"\n";

const STANDARD: &str = r#"
id        = "SD-014"
title     = "=1+1 \u001b[2J | `<b>`"
version   = "3"
owner     = "t.lind"
builds_on = ["anssi"]

[rule.A-ON]
says  = "Failures are handled."
lints = ["clippy::unwrap_used"]
level = "deny"
cwe   = [248]

[rule.B-BELOW]
says  = "All is finished."
lints = ["clippy::todo"]
level = "deny"

[rule.C-RULE]
says  = "No mutable statics."
rules = ["static_mut"]

[rule.D-REVIEWED]
says   = "Alarms come first."
review = "alarm handlers"

[rule.E-LOST]
says   = "Names are spelled out."
review = "names"

[rule.F-UNKNOWN]
says  = "There is no such lint."
lints = ["clippy::unwrap_use"]

[rule.H-DEFAULTS]
says  = "What is on stays on."
lints = ["unconditional_panic", "clippy::all", "clippy::pedantic"]

[rule.G-OUT]
says  = "Foreign functions are wrapped."
rules = ["undocumented_unsafe"]

[[review]]
of     = "D-REVIEWED"
record = "docs/alarms.md"
by     = "a.person"
on     = 2026-10-01

[[review]]
of     = "E-LOST"
record = "docs/names.md"
by     = "a.person"
on     = 2026-10-01

[[exclude]]
of          = ["G-OUT", "FFI-*"]
reason      = "there are none"
approved_by = "h.okafor"
"#;

fn report(root: &Path, policy: &str, clippy: Option<&str>) -> Report {
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    put("Cargo.toml", MANIFEST);
    put("src/lib.rs", "pub static mut MOTOR: u32 = 0;\npub fn f(x: Option<u8>) -> u8 { x.unwrap() }\n");
    put("docs/alarms.md", "looked at\n");
    put("health-sec.standard.toml", STANDARD);
    put("health-sec.toml", policy);
    let mut request = Request { resolve: false, ..Request::new(root, jiff::civil::date(2026, 11, 1)) };
    if let Some(text) = clippy {
        put("clippy.json", text);
        request.clippy = Clippy::Files(vec![root.join("clippy.json")]);
    }
    let facts = Facts::gather(&request).expect("facts");
    let checked = checks::run(&facts);
    Report::new(&request, facts, checked)
}

const NAMED: &str = "[standard]\nfile = \"health-sec.standard.toml\"\n";

fn written(report: &Report, format: Format) -> String {
    let style = Style { colour: false, width: 80, detail: Detail::Verbose };
    let mut out = Vec::new();
    Results::new(report).write(format, style, &mut out).expect("written");
    String::from_utf8(out).expect("text")
}

fn outcome(report: &Report, id: &str) -> (Outcome, String) {
    let results = Results::new(report);
    let rows = results.rows();
    let row = rows.iter().find(|row| row.demand.id == id).expect("a rule");
    (row.outcome, row.because.join("; "))
}

#[test]
fn each_result_has_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = report(folder.path(), NAMED, None);
    for (id, expected, why) in [
        ("A-ON", Outcome::Met, ""),
        ("B-BELOW", Outcome::Unmet, "clippy::todo is below deny in pump"),
        ("C-RULE", Outcome::Unmet, "static_mut has 1 open findings"),
        ("D-REVIEWED", Outcome::Met, ""),
        ("E-LOST", Outcome::NeedsRecord, "the record docs/names.md is not there"),
        ("F-UNKNOWN", Outcome::Unmet, "there is no lint clippy::unwrap_use"),
        ("G-OUT", Outcome::NotApplicable, ""),
        ("FFI-NOENUM", Outcome::NotApplicable, ""),
        ("LANG-DROP", Outcome::NeedsRecord, "a person has to look at"),
        ("LIBS-VETTING-DIRECT", Outcome::CouldNotTell, "component_unvetted"),
        ("LIBS-AUDIT", Outcome::Unmet, "advisory_data_stale has 1 open findings"),
    ] {
        let (outcome, because) = outcome(&report, id);
        assert_eq!(outcome, expected, "{id}: {because}");
        assert!(because.contains(why), "{id}: {because}");
    }
}

#[test]
fn results_of_clippy_count() {
    let folder = tempfile::tempdir().expect("a folder");
    let json = r#"{"reason":"compiler-message","message":{"code":{"code":"clippy::unwrap_used"},"message":"m","spans":[{"file_name":"src/lib.rs","line_start":2,"line_end":2,"column_start":33,"column_end":43,"is_primary":true}]}}
{"reason":"compiler-artifact","package_id":"path+file:///w/pump#0.1.0","target":{"kind":["lib"],"name":"pump"}}
{"reason":"build-finished","success":true}
"#;
    let told = report(folder.path(), NAMED, Some(json));
    assert_eq!(outcome(&told, "A-ON"), (Outcome::Unmet, "Clippy has found 1 open places".to_owned()));
    let cut = report(folder.path(), NAMED, Some("{\"reason\":\"build-finished\",\"success\":true}\n"));
    assert_eq!(outcome(&cut, "A-ON").0, Outcome::CouldNotTell, "nothing was compiled");
}

#[test]
fn every_format_holds_the_standard_and_nothing_that_is_obeyed() {
    let folder = tempfile::tempdir().expect("a folder");
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    for policy in [NAMED, ""] {
        let report = report(folder.path(), policy, None);
        let json: Value = serde_json::from_str(&written(&report, Format::Json)).expect("JSON");
        let faults: Vec<_> = schema.iter_errors(&json).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        for format in [Format::Text, Format::Csv, Format::Markdown] {
            let text = written(&report, format);
            let plain = text.replace('\\', "");
            assert!(plain.contains("LANG-DROP-NO-PANIC"), "{text}");
            assert!(!text.contains('\u{1b}'), "{format:?} hands an escape on");
        }
    }
}

/// What is printed for the manifest sets every required lint that exists.
#[test]
fn the_lint_tables_set_what_is_required() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = report(folder.path(), NAMED, None);
    let tables = written(&told, Format::Lints);
    document::parse(&Source::new("Cargo.toml", tables.as_str())).expect("TOML");
    assert!(tables.contains("pedantic = { level = \"warn\", priority = -1 }"), "{tables}");
    assert!(!tables.contains("unwrap_use ="), "what does not exist is not set");
    assert!(tables.contains("unconditional_panic = \"deny\""), "no default is lowered: {tables}");
    assert!(!tables.contains("all ="), "what is on and would be lowered: {tables}");
    let manifest = MANIFEST.split("[lints.clippy]").next().expect("the package");
    std::fs::write(folder.path().join("Cargo.toml"), format!("{manifest}{tables}")).expect("a manifest");
    let request = Request { resolve: false, ..Request::new(folder.path(), jiff::civil::date(2026, 11, 1)) };
    let facts = Facts::gather(&request).expect("facts");
    let standard = facts.policy.standard.as_ref().expect("the standard");
    let below = checks::standard::below(&facts, standard);
    assert!(below.is_empty(), "{:?}", below.first());
}
