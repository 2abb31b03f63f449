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
        ("threat-model = [{ file = \"docs/a.toml\", extend = \"b.toml\" }]", "there is no such file"),
        ("threat-model = [{ file = \"docs/a.toml\", extend = \"docs/a.toml\" }]", "and no overlay"),
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
        ("examples/infusion_pump/docs/pump.json", false),
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

/// A drawing with one answered and one open threat.
const DRAWING: &str = r#"{
  "version": "2.3.0", "summary": {"title": "Pump"}, "detail": {"diagrams": [{"cells": [
    {"id": "11", "shape": "actor", "data": {"name": "Station"}},
    {"id": "22", "shape": "process", "data": {"name": "API", "threats": [
      {"id": "aa", "title": "Forged rate", "status": "Mitigated", "mitigation": "Mutual TLS"},
      {"id": "bb", "title": "Read rate", "status": "Open", "mitigation": ""}]}},
    {"id": "33", "shape": "flow", "source": {"cell": "11"}, "target": {"cell": "22"},
     "data": {"name": "set", "protocol": "HTTPS", "isEncrypted": true}}]}]}}"#;

const OVERLAY: &str = r#"format = "health-sec/overlay@1"
[names]
api = "22"
forged = "aa"
[interface.rate]
on = "api"
kind = "tcp-listen"
port = 8443
code = ["pump::serve"]
[threat.forged]
by = ["M-01"]
[mitigation.M-01]
what = "Mutual TLS"
tests = ["pump::tests::accepts"]
thwart = ["pump::tests::refuses"]
"#;

fn extended(overlay: &str) -> Threats {
    let links = "threat-model = [{ file = \"docs/a.json\", extend = \"docs/b.toml\" }]";
    gather(&[("Cargo.toml", &manifest(links)), ("docs/a.json", DRAWING), ("docs/b.toml", overlay)]).0
}

#[test]
fn an_overlay_adds_what_a_drawing_cannot_hold() {
    let threats = extended(OVERLAY);
    let model = threats.models.first().unwrap_or_else(|| panic!("{:?}", threats.broken));
    assert!(model.extended && model.references.iter().all(|reference| reference.resolved), "{model:?}");
    assert_eq!(model.called("api"), "API");
    assert_eq!(model.flows[0].to.as_ref().map(|to| to.value.as_str()), Some("api"));
    let [mitigation] = &model.mitigations[..] else { panic!("the drawn one is replaced: {model:?}") };
    assert_eq!(mitigation.state.value, super::State::InPlace, "as the drawing says of its threat");
    assert_eq!(mitigation.tests.len() + mitigation.thwart.len(), 2);
    let answers: Vec<_> =
        model.threats.iter().map(|threat| threat.answer.as_ref().map(|a| a.value.word())).collect();
    assert_eq!(answers, [Some("mitigate"), Some("open")]);
}

#[test]
fn an_overlay_never_overrules_a_drawing() {
    for (added, why) in [
        ("[threat.bb]\nanswer = \"mitigate\"\nby = [\"M-01\"]\n", "what is done about this threat is stated"),
        ("[threat.bb]\ntitle = \"harmless\"\n", "the title of this threat is stated otherwise"),
        ("[flow.33]\nencryption = \"none\"\n", "whether this flow is encrypted is stated otherwise"),
        ("[component.api]\nkind = \"store\"\n", "the kind of this component is stated otherwise"),
        ("[model]\ntitle = \"x\"\n", "the title of this model is stated otherwise"),
        ("[model]\ntitel = \"Pump\"\n", "has no key `titel`"),
        ("[interface.22]\non = \"api\"\n[interface.api]\n", "is an id twice"),
        ("[flow.34]\nencryption = \"tls\"\n", "the model has no flow `34`"),
        ("[threat.ab]\nharm = { none = \"the pump keeps its rate\" }\n", "the model has no threat `ab`"),
        ("[mitigation.M-2]\ntests = [\"pump::tests::accepts\"]\n", "the model has no mitigation `M-2`"),
        ("[neighbour.ward]\ntrust = \"partly\"\n", "the model has no neighbour `ward`"),
    ] {
        let threats = extended(&format!("{OVERLAY}{added}"));
        let told = threats.broken.iter().any(|broken| broken.why.contains(why));
        assert!(threats.models.is_empty() && told, "{added}: {:?}", threats.broken);
    }
}

#[test]
fn a_mitigation_of_an_open_threat_is_not_in_place_for_want_of_a_word() {
    let overlay = OVERLAY.replace("[threat.forged]", "[threat.bb]");
    let threats = extended(&overlay);
    let model = threats.models.first().unwrap_or_else(|| panic!("{:?}", threats.broken));
    let added = model.mitigation("M-01").expect("a mitigation");
    assert_eq!(added.state.value, super::State::Planned);
}

#[test]
fn an_overlay_that_names_what_is_gone_says_so() {
    let threats = extended(&OVERLAY.replace("\"22\"", "\"99\""));
    let model = threats.models.first().unwrap_or_else(|| panic!("{:?}", threats.broken));
    let lost: Vec<_> = model.references.iter().filter(|r| !r.resolved).map(|r| r.id.value.as_str()).collect();
    assert_eq!(lost, ["99", "api"]);
}

#[test]
fn a_threagile_model_without_its_risks_is_not_known_whole() {
    let model = "threagile_version: 1.0.0\ntitle: Pump\ntechnical_assets:\n  API: {id: api, type: process}\n\
                 risk_tracking:\n  forged@api: {status: mitigated, justification: Mutual TLS}\n";
    let links = manifest("threats = [\"docs/pump.yaml\"]");
    let (threats, gaps) = gather(&[("Cargo.toml", &links), ("docs/pump.yaml", model)]);
    assert!(threats.models[0].threats.is_empty() && gaps == 1, "{gaps} gaps");
    let risks = r#"[{"category": "forged", "synthetic_id": "forged@api", "title": "<b>Forged</b> rate"},
                    {"category": "read", "synthetic_id": "read@api", "title": "Read rate"}]"#;
    let files = [("Cargo.toml", links.as_str()), ("docs/pump.yaml", model), ("docs/risks.json", risks)];
    let (threats, gaps) = gather(&files);
    let told: Vec<_> = threats.models[0]
        .threats
        .iter()
        .map(|threat| (threat.title.value.as_str(), threat.answer.is_some(), threat.untouched))
        .collect();
    assert_eq!((told, gaps), (vec![("Forged rate", true, false), ("Read rate", false, true)], 0));
}

#[test]
fn what_an_overlay_says_of_what_is_drawn_is_not_lost() {
    let model = "threagile_version: 1.0.0\ntitle: Pump\ndata_assets:\n  Rates: {id: rates}\ntechnical_assets:\n  \
                 API: {id: api, type: process}\ntrust_boundaries:\n  Ward: {id: ward, technical_assets_inside: [api]}\n  \
                 House: {id: house}\n";
    let links = manifest("threat-model = [{ file = \"a.yaml\", extend = \"b.toml\" }]");
    let extended = |overlay: &str| {
        let overlay = format!("format = \"health-sec/overlay@1\"\n{overlay}");
        gather(&[("Cargo.toml", &links), ("a.yaml", model), ("risks.json", "[]"), ("b.toml", &overlay)]).0
    };
    let added = "[asset.rates]\nclass = [\"health-data\"]\nneeds = { i = \"high\" }\nsafety = true\n\
                 [zone.ward]\nparent = \"house\"\ntrust = \"low\"\n";
    let threats = extended(added);
    let model = threats.models.first().unwrap_or_else(|| panic!("{:?}", threats.broken));
    let asset = &model.assets[0];
    assert_eq!((asset.class.len(), asset.needs[1].is_some(), asset.safety.is_some()), (1, true, true));
    let ward = model.zones.iter().find(|zone| zone.id.value == "ward").expect("a zone");
    assert!(ward.parent.is_some() && ward.trust.is_some());
    let threats = extended("[component.api]\nzone = \"house\"\n");
    assert!(
        threats.broken.iter().any(|broken| broken.why.contains("stands in zone `ward`")),
        "{:?}",
        threats.broken
    );
}

#[test]
fn what_tells_of_results_and_cannot_be_read_is_a_gap() {
    let links = "threats = [\"t.toml\"]\n[package.metadata.health-sec.evidence]\njunit = [\"junit.xml\"]\n";
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    put(&root.join("Cargo.toml"), &manifest(links));
    put(&root.join("src/lib.rs"), "");
    put(&root.join("t.toml"), MODEL);
    put(&root.join("junit.xml"), "<testsuites timestamp=\"2099-01-01T00:00:00Z\"></testsuites>");
    std::fs::write(root.join("junit.xml.run.toml"), b"\xff").expect("a file");
    let request = Request { resolve: false, ..Request::new(root, jiff::civil::date(2026, 11, 1)) };
    let facts = Facts::gather(&request).expect("facts");
    let told = facts.gaps.iter().any(|gap| gap.kind == Kind::Runs && gap.why.contains("it is not UTF-8"));
    assert!(told, "{:?}", facts.gaps);
}

#[test]
fn what_only_one_of_two_overlays_says_is_not_lost() {
    let link = |overlay: &str| format!("{{ file = \"docs/a.json\"{overlay} }}");
    let with = |first: &str, second: &str| {
        let links = manifest(&format!("threat-model = [{}, {}]", link(first), link(second)));
        let files = [("Cargo.toml", links.as_str()), ("docs/a.json", DRAWING), ("docs/b.toml", OVERLAY)];
        let other = OVERLAY.replace("M-01", "M-02");
        gather(&[&files[..], &[("docs/c.toml", other.as_str())]].concat()).0
    };
    let (none, b, c) = ("", ", extend = \"docs/b.toml\"", ", extend = \"docs/c.toml\"");
    for (first, second, broken) in [(none, none, 0), (b, b, 0), (b, none, 0), (none, b, 1), (b, c, 1)] {
        let threats = with(first, second);
        assert_eq!(
            (threats.models.len(), threats.broken.len()),
            (1, broken),
            "{first} {second}: {:?}",
            threats.broken
        );
    }
}
