//! Tests of `init`.

use std::path::Path;

use super::*;
use crate::facts::threats;
use crate::policy::Policy;
use crate::source::Source;

const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 1);

fn workspace(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

const MANIFEST: &str = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

fn pump() -> tempfile::TempDir {
    workspace(&[
        ("Cargo.toml", MANIFEST),
        ("src/lib.rs", "pub fn f(p: *const u8) -> u8 {\n    // SAFETY: a test\n    unsafe { *p }\n}\n"),
        ("src/main.rs", "fn main() {\n    let _ = std::net::TcpListener::bind(\"0.0.0.0:7070\");\n}\n"),
        (".cargo/config.toml", "[build]\ntarget = \"thumbv7em-none-eabihf\"\n"),
        (
            "Cargo.lock",
            "version = 4\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\ndependencies = [\"openssl-sys\"]\n\n\
             [[package]]\nname = \"openssl-sys\"\nversion = \"0.9.1\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\n",
        ),
    ])
}

fn arguments(threat_model: bool, stdout: bool) -> Arguments {
    Arguments { threat_model, standard: false, stdout, manifest_path: None }
}

fn started(folder: &Path, threat_model: bool) -> String {
    let mut out = Vec::new();
    start(Request::new(folder, TODAY), &arguments(threat_model, true), &mut out).expect("a text");
    String::from_utf8(out).expect("text")
}

/// Every proposal taken: lines lose a `#` that no blank follows.
fn accepted(text: &str) -> String {
    let take = |line: &str| match line.strip_prefix('#') {
        Some(proposal) if !proposal.starts_with(' ') && !proposal.is_empty() => proposal.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(|line| take(line) + "\n").collect()
}

/// As it is written it is read; so is every proposal in it.
#[test]
fn a_standard_is_one() {
    let folder = pump();
    let mut out = Vec::new();
    let words = Arguments { threat_model: false, standard: true, stdout: true, manifest_path: None };
    start(Request::new(folder.path(), TODAY), &words, &mut out).expect("a text");
    let text = String::from_utf8(out).expect("text");
    for text in [text.clone(), accepted(&text)] {
        let standard = crate::policy::Standard::parse(&Source::new(STANDARD_NAME, text.as_str()));
        let standard = standard.unwrap_or_else(|faults| panic!("{faults:?}\n{text}"));
        assert_eq!(standard.builds_on.len(), 2);
    }
    assert!(text.contains("\"FFI-*\"") && !text.contains("there is no unsafe code"), "{text}");
}

fn policy_of(text: &str) -> Policy {
    Policy::parse(&Source::new(FILE_NAME, text)).unwrap_or_else(|faults| panic!("{faults:?}\n{text}"))
}

#[test]
fn a_fresh_policy_is_one_and_so_is_every_proposal() {
    let folder = pump();
    let text = started(folder.path(), false);
    let policy = policy_of(&text);
    assert_eq!(policy.product.name.expect("a name").value, "pump");
    assert_eq!(policy.product.targets[0].value, "thumbv7em-none-eabihf");
    assert!(policy.default_class.is_none() && policy.unsafe_allowed.is_none() && policy.waivers.is_empty());
    let policy = policy_of(&accepted(&text));
    assert_eq!(policy.components[0].name.value, "openssl-sys");
    let library = policy.items.iter().find(|item| item.name.value == "openssl").expect("an item");
    assert_eq!(library.reached_by[0].value, "openssl-sys");
    assert!(policy.items.iter().all(|item| item.record.class().is_some()));
    assert!(policy.support_of("openssl-sys").is_some() && policy.support_plan_of("openssl-sys").is_some());
    assert_eq!(policy.product.support_end.expect("a day").value, jiff::civil::date(2036, 11, 1));
    assert_eq!(policy.waivers[0].until.as_ref().expect("an end").value, jiff::civil::date(2027, 4, 30));
    assert_eq!(policy.threat_models[0].value, MODEL_NAME);
    assert!(policy.default_class.is_some() && policy.unsafe_allowed.is_some());
}

#[test]
fn unsafe_code_is_proposed_with_its_place() {
    let policy = policy_of(&accepted(&started(pump().path(), false)));
    assert_eq!(policy.unsafe_allowed.expect("a list")[0].place.value, "src/lib.rs");
}

#[test]
fn a_fresh_threat_model_is_one_and_so_is_every_proposal() {
    let folder = pump();
    let text = started(folder.path(), true);
    for text in [text.clone(), accepted(&text)] {
        std::fs::write(folder.path().join(MODEL_NAME), &text).expect("a file");
        let link = format!("[threats]\nmodels = [\"{MODEL_NAME}\"]\n");
        std::fs::write(folder.path().join(FILE_NAME), link).expect("a file");
        let mut request = Request::new(folder.path(), TODAY);
        request.resolve = false;
        let threats: threats::Threats = Facts::gather(&request).expect("facts").threats;
        assert!(threats.broken.is_empty(), "{:?}\n{text}", threats.broken);
        let model = threats.models.first().expect("a model");
        assert!(model.components.iter().any(|part| part.id.value == "pump"));
        let interface = model.interfaces.first().expect("the listener in the code");
        assert_eq!(interface.on.as_ref().expect("a part").value, "pump");
        assert_eq!(interface.port.as_ref().expect("a port").value, 7070);
        assert_eq!(interface.bind.as_ref().expect("a host").value, "any");
        assert_eq!(interface.code[0].value, "pump::main");
        let dangling: Vec<_> = model.references.iter().filter(|reference| !reference.resolved).collect();
        assert!(dangling.is_empty(), "{dangling:?}\n{text}");
    }
}

const SERVER: &str = r#"
use axum::Router;
use axum::routing::get;

pub fn api(name: &str) -> Router {
    Router::new().route("/rate", get(read).post(write)).nest("/log", log()).route(name, get(read))
}

#[actix_web::get("/doses/{id}")]
async fn dose() {}

#[doc(alias = "/nothing")]
pub fn keep(path: &std::path::Path) -> std::io::Result<()> {
    std::fs::write("/var/lib/pump/rate", "1")?;
    std::fs::OpenOptions::new().append(true).open("/var/log/pump.log")?;
    std::fs::OpenOptions::new().read(true).open("/etc/pump.toml")?;
    std::fs::File::create(path).map(drop)
}

#[cfg(test)]
mod tests {
    fn writes() {
        std::fs::write("/tmp/test", "1");
    }
}
"#;

#[test]
fn a_fresh_threat_model_tells_what_is_answered_and_written() {
    let manifest =
        format!("{MANIFEST}\n[dependencies]\naxum = \"0.8\"\nactix-web = \"4\"\nsalvo = \"0.3\"\n");
    let folder = workspace(&[("Cargo.toml", &manifest), ("src/lib.rs", SERVER)]);
    let text = started(folder.path(), true);
    let lines: Vec<&str> = text.lines().collect();
    for told in [
        "#   GET, POST /rate (pump::api, src/lib.rs:6)",
        "#   below /log (pump::api, src/lib.rs:6)",
        "#   GET /doses/{id} (pump::dose, src/lib.rs:10)",
        "#   1 whose path the code does not name, in:",
        "#     pump::api",
        "# Look here yourself: no reader knows the routes of salvo.",
        "#   file /var/lib/pump/rate (pump::keep, src/lib.rs:14)",
        "#   file /var/log/pump.log (pump::keep, src/lib.rs:15)",
        "#   1 whose name the code does not show, in:",
        "#     pump::keep",
    ] {
        assert!(lines.contains(&told), "{told}\n{text}");
    }
    for left_out in ["/etc/pump.toml", "/tmp/test", "/nothing"] {
        assert!(!text.contains(left_out), "{left_out}\n{text}");
    }
}

#[test]
fn what_is_there_is_not_overwritten() {
    for (threat_model, name) in [(false, FILE_NAME), (true, MODEL_NAME)] {
        let folder = pump();
        let arguments = arguments(threat_model, false);
        let mut out = Vec::new();
        start(Request::new(folder.path(), TODAY), &arguments, &mut out).expect("a file");
        let written = std::fs::read_to_string(folder.path().join(name)).expect("the file");
        assert!(String::from_utf8_lossy(&out).starts_with(&format!("wrote {name}\n")));
        let error = start(Request::new(folder.path(), TODAY), &arguments, &mut out).expect_err("a refusal");
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().contains("not overwritten"), "{error}");
        assert_eq!(std::fs::read_to_string(folder.path().join(name)).expect("the file"), written);
        let left = std::fs::read_dir(folder.path()).expect("a folder").filter_map(Result::ok);
        assert!(
            left.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with(".health-sec"))
        );
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    let folder = pump();
    let outside = tempfile::tempdir().expect("a temporary folder");
    let target = outside.path().join("target");
    std::os::unix::fs::symlink(&target, folder.path().join(MODEL_NAME)).expect("a link");
    assert!(start(Request::new(folder.path(), TODAY), &arguments(true, false), &mut Vec::new()).is_err());
    assert!(!target.exists());
}

#[test]
fn a_hostile_name_stays_a_string() {
    let name = "a\\\"]\\n[[waiver]]\\u001b[2J\\u202e";
    let folder = workspace(&[
        ("Cargo.toml", &format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n")),
        ("src/main.rs", "fn main() {}\n"),
    ]);
    for threat_model in [false, true] {
        let text = started(folder.path(), threat_model);
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("[[waiver]]")), "{text}");
    }
    let policy = policy_of(&started(folder.path(), false));
    assert_eq!(policy.product.name.expect("a name").value, "a\"]\n[[waiver]]\u{1b}[2J\u{202e}");
}
