//! The register in every format, against its schema, with hostile texts.

use std::path::Path;

use serde_json::Value;

use super::*;
use crate::checks;
use crate::facts::Facts;
use crate::report::text::Detail;
use crate::request::{Clippy, Request};

const SCHEMA: &str = include_str!("../../../schemas/deviations-1.schema.json");

const MANIFEST: &str = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lints.clippy]\nunwrap_used = \"warn\"\ntodo = \"allow\"\n";

const LIB: &str = r#"#![allow(clippy::dbg_macro, reason = "=cmd|'/c calc'!A1 \u{1b}[2J")]

#[expect(clippy::unwrap_used, reason = "the caller has checked it")]
pub fn first(samples: &[u16]) -> u16 {
    *samples.first().unwrap()
}

#[allow(clippy::unwrap_used)]
pub fn second(samples: &[u16]) -> u16 {
    *samples.get(1).unwrap()
}

// health-sec: accept(static_mut) registers
pub static mut MOTOR: u32 = 0;

#[allow(clippy::too_many_lines)]
pub fn style() {}

#[cfg(test)]
mod tests {
    #[allow(clippy::unwrap_used)]
    fn t() {}
}
"#;

const POLICY: &str = "[[waiver]]\nrule = \"static_mut\"\nplace = \"src/lib.rs\"\nreason = \"one core\"\nby = \"h.okafor\"\nuntil = 2027-06-30\n";

const CLIPPY: &str = r#"{"reason":"compiler-message","message":{"code":{"code":"clippy::unwrap_used"},"message":"used `unwrap()`","spans":[{"file_name":"src/lib.rs","line_start":5,"line_end":5,"column_start":6,"column_end":30,"is_primary":true}],"children":[{"message":"requested on the command line with `--force-warn clippy::unwrap-used`"}]}}
{"reason":"compiler-artifact","package_id":"path+file:///w/pump#0.1.0","target":{"kind":["lib"],"name":"pump"}}
{"reason":"build-finished","success":true}
"#;

fn report(root: &Path, with_clippy: bool) -> Report {
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    put("Cargo.toml", MANIFEST);
    put("src/lib.rs", LIB);
    put("health-sec.toml", POLICY);
    put("clippy.json", CLIPPY);
    let clippy = if with_clippy { Clippy::Files(vec![root.join("clippy.json")]) } else { Clippy::No };
    let request = Request { resolve: false, clippy, ..Request::new(root, jiff::civil::date(2026, 11, 1)) };
    let facts = Facts::gather(&request).expect("facts");
    let checked = checks::run(&facts);
    Report::new(&request, facts, checked)
}

fn written(report: &Report, format: Format) -> String {
    let style = Style { colour: false, width: 80, detail: Detail::Verbose };
    let mut out = Vec::new();
    Register::new(report).write(format, style, &mut out).expect("written");
    String::from_utf8(out).expect("text")
}

/// Kind, rule and number of places of each.
fn told(report: &Report) -> Vec<(Kind, String, Option<usize>)> {
    let one = |one: &Deviation<'_>| (one.kind, one.rule.to_owned(), one.places.as_ref().map(Vec::len));
    Register::new(report).deviations.iter().filter(|one| one.kind != Kind::Default).map(one).collect()
}

#[test]
fn deviations_of_every_kind_are_told_with_what_they_keep_silent() {
    let folder = tempfile::tempdir().expect("a folder");
    let with = told(&report(folder.path(), true));
    let expected = [
        (Kind::Attribute, "clippy::dbg_macro", Some(0)),
        (Kind::Attribute, "clippy::unwrap_used", Some(1)),
        (Kind::Attribute, "clippy::unwrap_used", Some(0)),
        (Kind::Level, "clippy::todo", Some(0)),
        (Kind::Waiver, "static_mut", Some(1)),
        (Kind::Comment, "static_mut", Some(1)),
    ];
    let expected: Vec<_> = expected.map(|(kind, rule, places)| (kind, rule.to_owned(), places)).into();
    assert_eq!(with, expected);
    let without = report(folder.path(), false);
    assert!(told(&without).iter().filter(|one| one.0 < Kind::Waiver).all(|one| one.2.is_none()));
    let register = Register::new(&without);
    assert_eq!(register.unexplained(), 1);
    let comment = register.deviations.iter().find(|one| one.kind == Kind::Comment).expect("the comment");
    assert_eq!(
        (comment.by, comment.until.map(|day| day.to_string())),
        (Some("h.okafor"), Some("2027-06-30".into()))
    );
}

#[test]
fn every_format_holds_them_and_nothing_that_is_obeyed() {
    let folder = tempfile::tempdir().expect("a folder");
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    for with_clippy in [true, false] {
        let report = report(folder.path(), with_clippy);
        let json: Value = serde_json::from_str(&written(&report, Format::Json)).expect("JSON");
        let faults: Vec<_> = schema.iter_errors(&json).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        for format in [Format::Text, Format::Csv, Format::Markdown] {
            let text = written(&report, format);
            assert!(text.contains("static") && text.contains("h.okafor"), "{text}");
            assert!(!text.contains('\u{1b}'), "{format:?} hands an escape on");
        }
        assert!(written(&report, Format::Csv).contains("'=cmd"), "a formula is text");
    }
}
