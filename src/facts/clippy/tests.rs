//! Results as cargo prints them, and as nobody should.

use std::path::Path;

use super::messages::Taken;
use super::{LintResult, Standing};
use crate::facts::code::Scope;
use crate::facts::lints::LintLevel;
use crate::facts::{Facts, Gap, Kind};
use crate::request::{Clippy, Request};

const MANIFEST: &str = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[[bin]]\nname = \"trend\"\nrequired-features = [\"trend\"]\n[features]\ntrend = []\n[lints.clippy]\nunwrap_used = \"warn\"\n";

const LIB: &str = "mod net;\r\npub fn é(x: Option<u8>) -> u8 { x.unwrap() }\r\n#[cfg(test)]\r\nmod tests { fn t() { None::<u8>.unwrap(); } }\r\n";

const END: &str = "{\"reason\":\"compiler-artifact\",\"package_id\":\"path+file:///w/pump#0.1.0\",\"target\":{\"kind\":[\"lib\"],\"name\":\"pump\"},\"features\":[\"trend\"]}\n{\"reason\":\"build-finished\",\"success\":true}\n";

fn message(place: &str) -> String {
    format!(
        "{{\"reason\":\"compiler-message\",\"message\":{{\"code\":{{\"code\":\"clippy::unwrap_used\"}},\"level\":\"warning\",\"message\":\"used `unwrap()`\",\"spans\":[{place}],\"children\":[{{\"message\":\"requested on the command line with `--force-warn clippy::unwrap-used`\"}}]}}}}\n"
    )
}

fn place(file: &str, line: usize, columns: (usize, usize), text: &str) -> String {
    // A place without its text is taken as it stands.
    let text = if text.is_empty() { String::new() } else { format!("{{\"text\":{text:?}}}") };
    format!(
        "{{\"file_name\":{file:?},\"line_start\":{line},\"line_end\":{line},\"column_start\":{},\"column_end\":{},\"is_primary\":true,\"text\":[{text}]}}",
        columns.0, columns.1
    )
}

fn gather(root: &Path, json: &str) -> (Facts, Vec<Gap>) {
    for (path, text) in [
        ("Cargo.toml", MANIFEST),
        ("src/lib.rs", LIB),
        ("src/net.rs", "pub fn n(x: Option<u8>) -> u8 { x.unwrap() }\n"),
        ("src/bin/trend.rs", "fn main() {}\n"),
        ("clippy.json", json),
    ] {
        std::fs::create_dir_all(root.join(path).parent().expect("a folder")).expect("a folder");
        std::fs::write(root.join(path), text).expect("a file");
    }
    let request = Request {
        resolve: false,
        clippy: Clippy::Files(vec![root.join("clippy.json")]),
        ..Request::new(root, jiff::civil::date(2026, 11, 1))
    };
    let facts = Facts::gather(&request).expect("facts");
    let gaps = facts.gaps.iter().filter(|gap| gap.kind == Kind::Clippy).cloned().collect();
    (facts, gaps)
}

fn told(results: &[LintResult]) -> Vec<String> {
    results.iter().map(|result| format!("{} {}", result.at, result.at.snippet())).collect()
}

#[test]
fn results_are_found_again_in_the_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("a folder");
    let line = "pub fn é(x: Option<u8>) -> u8 { x.unwrap() }";
    let json = [
        message(&place("src/lib.rs", 2, (35, 43), line)),
        message(&place("src/lib.rs", 2, (35, 43), line)),
        message(&place(root.join("src/net.rs").to_str().expect("text"), 1, (35, 43), "")),
        message(&place("src/lib.rs", 4, (33, 41), "")),
        message(&place("/rustc/abc/library/core/src/option.rs", 1, (1, 2), "")),
        message(&place("../other/src/lib.rs", 1, (1, 2), "")),
        message(""),
        "warning: a build script says so\n".to_owned(),
        END.to_owned(),
    ]
    .concat();
    let (facts, gaps) = gather(&root, &json);
    assert!(gaps.is_empty(), "{gaps:?}");
    let clippy = &facts.clippy;
    assert_eq!(told(&clippy.results), ["src/lib.rs:2:35 unwrap()", "src/net.rs:1:35 unwrap()"]);
    assert_eq!((clippy.results[1].module.as_str(), clippy.results[1].scope), ("pump::net", Scope::Product));
    assert_eq!(clippy.results[0].standing, Standing::Open(LintLevel::Warn));
    assert_eq!(clippy.elsewhere, 4, "tests, the library, another package, nowhere");
    let run = &clippy.runs[0];
    assert!(run.forces("clippy::unwrap_used") && !run.forces("clippy::expect_used"));
    assert_eq!(run.features["pump"].iter().collect::<Vec<_>>(), ["trend"]);
}

#[test]
fn what_is_incomplete_is_a_gap() {
    let line = "pub fn é(x: Option<u8>) -> u8 { x.unwrap() }";
    let error = "{\"reason\":\"compiler-message\",\"message\":{\"code\":{\"code\":\"E0432\"},\"level\":\"error\",\"message\":\"unresolved\\nimport\",\"spans\":[]}}\n{\"reason\":\"build-finished\",\"success\":false}\n";
    for (json, why) in [
        (String::new(), "does not tell the end"),
        (error.to_owned(), "does not compile: unresolved"),
        ("{\"reason\":\"build-finished\",\"success\":false}\n".to_owned(), "the build failed"),
        ("{\"reason\":\"build-finished\",\"success\":true}\n".to_owned(), "no run of Clippy has compiled it"),
        (message(&place("src/lib.rs", 2, (35, 43), "another text")) + END, "has changed since"),
        (message(&place("src/lib.rs", 9, (35, 43), line)) + END, "has changed since"),
        (format!("{{\"{}\n{END}", "x".repeat(5 * 1024 * 1024)), "more than is read"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let (facts, gaps) = gather(folder.path(), &json);
        assert!(gaps.iter().any(|gap| gap.why.contains(why)), "{why}: {gaps:?}");
        assert!(facts.clippy.results.is_empty());
    }
}

#[test]
fn nothing_in_a_line_is_too_much() {
    let line = message(&place("src/lib.rs", 2, (35, 43), "x"));
    for end in 0..line.len() {
        assert!(Taken::read(&line.as_bytes()[..end]).is_ok());
    }
    let mut nested = "{\"span\":".repeat(100_000);
    nested.insert_str(
        0,
        "{\"reason\":\"compiler-message\",\"message\":{\"spans\":[{\"is_primary\":true,\"expansion\":",
    );
    for text in [nested.as_bytes(), b"\xff\xfe{\n{\xff}\n", b"{}\n{\"reason\":3}\n[]\n\0\0\0"] {
        assert!(Taken::read(text).expect("it is read").said.is_empty());
    }
}
