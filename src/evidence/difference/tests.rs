//! A release of a small workspace against the next, from a real repository: every kind of change in every
//! format, and the format for programs against its schema.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::*;
use crate::checks;
use crate::evidence::changes::changes;
use crate::facts::Facts;
use crate::report::text::Detail;
use crate::request::{Request, Scope};

const SCHEMA: &str = include_str!("../../../schemas/changes-1.schema.json");

/// A workspace that uses these packages of the folder `sdk`, name and version each.
fn write_workspace(root: &Path, uses: &[(&str, &str)], class: &str) {
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    let _ = std::fs::remove_dir_all(root.join("sdk"));
    let mut manifest = "[package]\nname = \"pump\"\nversion = \"2.0.0\"\nedition = \"2024\"\n\n[workspace]\nexclude = [\"sdk\"]\n\n[dependencies]\n".to_owned();
    let mut lock = "version = 4\n".to_owned();
    let mut names = Vec::new();
    for (name, version) in uses {
        let _ = writeln!(manifest, "{name} = {{ path = \"sdk/{name}\" }}");
        let _ = writeln!(lock, "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"");
        put(
            &format!("sdk/{name}/Cargo.toml"),
            &format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\n"),
        );
        let code = if *version == "0.1.0" {
            "pub fn read() {}\n"
        } else {
            "pub fn read() { let _ = std::net::TcpStream::connect(\"gauge:1\"); }\n/// # Safety\n/// Never.\npub unsafe fn raw() {}\n"
        };
        put(&format!("sdk/{name}/src/lib.rs"), code);
        names.push(format!("\"{name}\""));
    }
    let names = names.join(", ");
    let _ = writeln!(lock, "\n[[package]]\nname = \"pump\"\nversion = \"2.0.0\"\ndependencies = [{names}]");
    put("Cargo.toml", &manifest);
    put("Cargo.lock", &lock);
    put("src/main.rs", "fn main() {}\n");
    put(
        "health-sec.toml",
        &format!(
            "[product]\nname = \"Pump\"\n\n[component.same]\nclass = \"{class}\"\nreason = \"r\"\nby = \"p\"\n"
        ),
    );
}

fn git(root: &Path, words: &[&str]) {
    let mut run = Command::new("git");
    run.args(["-c", "user.name=p", "-c", "user.email=p@example.org"]).args(words);
    let done = run.current_dir(root).output().expect("git");
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn report(root: &Path) -> Report {
    write_workspace(root, &[("gauge", "0.1.0"), ("old", "0.1.0"), ("same", "0.1.0")], "maintained");
    git(root, &["init", "--quiet"]);
    git(root, &["add", "-A"]);
    git(root, &["commit", "--quiet", "-m", "Release 1"]);
    git(root, &["tag", "v1"]);
    write_workspace(root, &[("flow", "0.1.0"), ("gauge", "0.2.0"), ("same", "0.1.0")], "supported");
    let request = Request {
        scope: Scope::Components,
        since: Some("v1".to_owned()),
        ..Request::new(root, jiff::civil::date(2026, 11, 1))
    };
    let facts = Facts::gather(&request).expect("facts");
    let checked = checks::run(&facts);
    Report::new(&request, facts, checked)
}

fn written(report: &Report, format: Format) -> String {
    let mut bytes = Vec::new();
    let style = Style { colour: false, width: 80, detail: Detail::Usual };
    let changes = changes(&report.facts).expect("a baseline");
    write(report, &changes, format, style, &mut bytes).expect("changes");
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn changes_keep_to_their_published_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = report(folder.path());
    let told: Value = serde_json::from_str(&written(&report, Format::Json)).expect("JSON");
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let schema = jsonschema::draft202012::new(&schema).expect("a schema");
    let faults = |value: &Value| -> Vec<String> {
        schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    };
    assert_eq!(faults(&told), Vec::<String>::new());
    assert_eq!(told["baseline"]["package"]["version"], "2.0.0");
    assert_eq!(told["updated"][0]["capabilities_gained"], serde_json::json!(["net", "unsafe"]));
    assert_eq!(told["updated"][0]["unsafe_delta"], 1);
    for pointer in
        ["", "/baseline", "/added/0", "/removed/0", "/updated/0", "/updated/0/after/seen", "/reclassed/0"]
    {
        let object = told.pointer(pointer).and_then(Value::as_object).unwrap_or_else(|| panic!("{pointer}"));
        for key in object.keys() {
            let mut less = told.clone();
            less.pointer_mut(pointer).and_then(Value::as_object_mut).expect("an object").remove(key);
            assert!(!faults(&less).is_empty(), "{pointer} does without {key}");
        }
        let mut more = told.clone();
        let object = more.pointer_mut(pointer).and_then(Value::as_object_mut).expect("an object");
        object.insert("surplus".to_owned(), Value::Null);
        assert!(!faults(&more).is_empty(), "{pointer} takes any field");
    }
}

#[test]
fn every_kind_of_change_is_told_to_everybody() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = report(folder.path());
    let text = written(&report, Format::Text);
    for line in [
        "1 added, 1 updated, 1 removed",
        "  flow 0.1.0 (product)",
        "    from sdk/flow",
        "  gauge 0.1.0 -> 0.2.0 (product)",
        "    newly able to, at least: net",
        "    at least 1 more place with unsafe code",
        "  old 0.1.0",
        "  same 0.1.0 (class supported)",
        "    class maintained before",
    ] {
        assert!(text.contains(line), "{line:?} in {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let csv = written(&report, Format::Csv);
    assert_eq!(csv.lines().count(), 5, "{csv}");
    assert!(csv.contains("\nupdated,gauge,0.1.0,0.2.0,product,,\"from sdk/gauge; "), "{csv}");
    let markdown = written(&report, Format::Markdown);
    assert!(markdown.contains("| gauge 0.1.0 -\\> 0.2.0 | product |  | from sdk/gauge<br>"), "{markdown}");
}

#[test]
fn what_could_not_be_compared_is_said_in_every_format_that_has_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut report = report(folder.path());
    report.facts.gaps =
        vec![Gap::new(Kind::Earlier, "a component of v1", "its sources are gone", "cargo fetch")];
    for format in [Format::Text, Format::Markdown, Format::Json] {
        assert!(written(&report, format).contains("its sources are gone"), "{format:?}");
    }
}
