//! Links, from a workspace on disk to models, broken links and gaps.

use std::path::Path;

use crate::facts::{Facts, Kind};
use crate::request::Request;

use super::Threats;

const MODEL: &str =
    "format = \"health-sec/threats@1\"\n[model]\ntitle = \"x\"\n[threat.T-01]\ntitle = \"y\"\n";

const PACKAGE: &str = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

/// The threats and the number of gaps of a workspace with these files.
fn gather(files: &[(&str, &str)]) -> (Threats, usize) {
    let outside = tempfile::tempdir().expect("a temporary folder");
    put(&outside.path().join("outside.toml"), MODEL);
    let root = outside.path().join("pump");
    put(&root.join("src/lib.rs"), "");
    for (path, text) in files {
        put(&root.join(path), text);
    }
    let mut request = Request::new(&root, jiff::civil::date(2026, 11, 1));
    request.resolve = false;
    let facts = Facts::gather(&request).expect("facts");
    let gaps = facts.gaps.iter().filter(|gap| gap.kind == Kind::Threats).count();
    (facts.threats, gaps)
}

fn manifest(links: &str) -> String {
    format!("{PACKAGE}[package.metadata.health-sec]\n{links}\n")
}

#[test]
fn links_are_relative_to_the_file_that_holds_them() {
    let root = "[workspace]\nmembers = [\"crates/pump\"]\nresolver = \"3\"\n\
                [workspace.metadata.health-sec]\nthreats = [\"docs/a.toml\"]\n";
    let (threats, gaps) = gather(&[
        ("Cargo.toml", root),
        ("docs/a.toml", MODEL),
        (
            "crates/pump/Cargo.toml",
            &manifest("[[package.metadata.health-sec.threat-model]]\nfile = \"b.toml\""),
        ),
        ("crates/pump/src/lib.rs", ""),
        ("crates/pump/b.toml", MODEL),
        ("health-sec.toml", "[threats]\nmodels = [\"docs/c.toml\", \"docs/a.toml\"]\n"),
        ("docs/c.toml", MODEL),
    ]);
    let paths: Vec<_> = threats.models.iter().map(|model| model.at.path()).collect();
    assert_eq!(paths, ["docs/a.toml", "crates/pump/b.toml", "docs/c.toml"], "each once, in the order linked");
    assert!(threats.broken.is_empty() && gaps == 0, "{:?}", threats.broken);
}

#[test]
fn a_link_that_leads_nowhere_is_broken_and_a_gap() {
    for (links, why) in [
        ("threats = [\"docs/absent.toml\"]", "there is no such file"),
        ("threats = [\"../outside.toml\"]", "its path leaves the inspected tree"),
        ("threats = [\"docs\"]", "it is not a regular file"),
        ("threats = [\"\"]", "it is not a regular file"),
        ("threats = \"docs/a.toml\"", "not a array of strings"),
        ("threats = [3]", "not a string"),
        ("threat = [\"docs/a.toml\"]", "has no key `threat`"),
        ("threat-model = { file = \"docs/a.toml\" }", "is no array of tables"),
        ("threat-model = [{ fil = \"docs/a.toml\" }]", "has no `file`"),
        ("threat-model = [{ file = \"docs/a.toml\", extend = \"b.toml\" }]", "extended by an overlay"),
    ] {
        let (threats, gaps) = gather(&[("Cargo.toml", &manifest(links)), ("docs/a.toml", MODEL)]);
        assert!(
            threats.broken.iter().any(|broken| broken.why.contains(why)),
            "{links}: {:?}",
            threats.broken
        );
        assert!(threats.models.is_empty() && gaps > 0, "{links}");
    }
}

#[test]
fn a_model_with_a_fault_is_not_read_in_part() {
    let fault = format!("{MODEL}anwser = \"open\"\n");
    let links = manifest("threats = [\"docs/a.toml\", \"docs/b.toml\"]");
    let (threats, gaps) = gather(&[("Cargo.toml", &links), ("docs/a.toml", &fault), ("docs/b.toml", MODEL)]);
    assert_eq!((threats.models.len(), threats.broken.len(), gaps), (1, 1, 1));
    assert_eq!(threats.broken[0].at.as_ref().expect("a place").line(), 6);
    assert_eq!(threats.broken[0].remedy.as_deref(), Some("did you mean `answer`?"));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_workspace_by_a_symbolic_link_is_broken() {
    let outside = tempfile::tempdir().expect("a temporary folder");
    put(&outside.path().join("outside.toml"), MODEL);
    let root = outside.path().join("pump");
    put(&root.join("src/lib.rs"), "");
    put(&root.join("Cargo.toml"), &manifest("threats = [\"model.toml\"]"));
    std::os::unix::fs::symlink(outside.path().join("outside.toml"), root.join("model.toml")).expect("a link");
    let mut request = Request::new(&root, jiff::civil::date(2026, 11, 1));
    request.resolve = false;
    let facts = Facts::gather(&request).expect("facts");
    assert!(facts.threats.models.is_empty());
    assert!(facts.threats.broken[0].why.contains("leaves the inspected tree"));
}

#[test]
fn the_models_of_the_examples_are_read() {
    for (path, complete) in [
        ("examples/glucose_gateway/docs/gateway.threats.toml", true),
        ("examples/infusion_pump/docs/pump.threats.toml", false),
    ] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path);
        let model = super::read_text(&text).expect(path);
        let dangling: Vec<_> = model.references.iter().filter(|reference| !reference.resolved).collect();
        assert_eq!(dangling.is_empty(), complete, "{path}: {dangling:?}");
    }
}

#[test]
fn a_model_as_large_as_may_be_is_read_in_seconds() {
    use std::fmt::Write as _;
    let mut text = String::from("format = \"health-sec/threats@1\"\n[model]\ntitle = \"x\"\n");
    for n in 0..10_000 {
        let _ =
            write!(text, "[threat.T{n}]\ntitle = \"t\"\nanswer = \"mitigate\"\nby = [\"M{n}\", \"N{n}\"]\n");
        let _ = write!(text, "[mitigation.M{n}]\nwhat = \"w\"\nstate = \"in-place\"\n");
    }
    let started = std::time::Instant::now();
    let model = super::read_text(&text).expect("a model");
    assert!(model.threats.iter().all(|threat| model.mitigation(&threat.by[0].value).is_some()));
    assert_eq!(model.references.iter().filter(|reference| !reference.resolved).count(), 10_000);
    assert!(started.elapsed().as_secs() < 30, "took {:?}", started.elapsed());
}
