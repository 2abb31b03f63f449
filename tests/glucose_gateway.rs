//! The device done well: nothing closes its gate, nothing about it is unknown, its tests pass, and
//! each thing that its threat model promises is watched.

#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]

use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_health_sec::report::{Outcome, Report, Verdict};
use cargo_health_sec::{Request, inspect};

fn gateway() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/glucose_gateway")
}

fn report(root: &Path) -> Report {
    let mut request = Request::new(root, jiff::civil::date(2026, 11, 22));
    request.strict = true;
    inspect(&request).expect("a report")
}

/// The rules that are not met, with what was found.
fn unmet(report: &Report) -> Vec<(&str, String)> {
    let unmet = report.outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Unmet);
    unmet
        .flat_map(|outcome| outcome.findings.iter().map(|judged| (outcome.rule.id, judged)))
        .map(|(id, judged)| (id, format!("{}: {}", judged.finding.at, judged.finding.message)))
        .collect()
}

#[test]
fn it_passes_with_nothing_unknown_even_when_warnings_fail() {
    let report = report(&gateway());
    assert_eq!(unmet(&report), []);
    assert!(report.facts.gaps.is_empty(), "{:#?}", report.facts.gaps);
    assert_eq!(report.exit_code(), 0);
    // An example has no releases and no commits of its own to be compared with, and nobody has run Clippy.
    let kept = |outcome: &Outcome| match (outcome.rule.family, outcome.rule.id) {
        (_, id) if BY_CLIPPY.contains(&id) => outcome.verdict == Verdict::Undecided,
        ("history", _) | (_, "affected_release_left_out" | "risk_loosened_without_review") => {
            outcome.verdict == Verdict::Undecided
        }
        _ => outcome.verdict == Verdict::Met,
    };
    assert!(report.outcomes.iter().all(kept), "nothing is waived");
}

#[test]
fn it_passes_as_a_release() {
    let mut request = Request::new(gateway(), jiff::civil::date(2026, 11, 22));
    request.release = true;
    request.strict = true;
    let report = inspect(&request).expect("a report");
    assert_eq!(unmet(&report), []);
    assert_eq!(report.exit_code(), 0);
}

#[test]
fn its_tests_pass_without_a_network() {
    let output = Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--offline", "--locked"])
        .current_dir(gateway())
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("glucose_gateway"))
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What `check --with-clippy` says of a gateway, as JSON.
fn with_clippy(root: &Path) -> serde_json::Value {
    let version = Command::new("rustc").arg("-vV").output().expect("rustc can be started");
    let version = String::from_utf8(version.stdout).expect("text");
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a triple");
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-health-sec"))
        .args(["check", "--with-clippy", "--format", "json", "--target", host])
        .current_dir(root)
        .env("CARGO", env!("CARGO"))
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("glucose_gateway"))
        .output()
        .expect("the program can be started");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn its_standard_holds_where_clippy_looks() {
    let verdict = |report: &serde_json::Value, id: &str| {
        let rules = report["rules"].as_array().expect("a list");
        rules.iter().find(|rule| rule["id"] == id).expect("the rule")["verdict"].clone()
    };
    let report = with_clippy(&gateway());
    for rule in BY_CLIPPY {
        assert_eq!(verdict(&report, rule), "met", "{rule}: {:#}", report["gaps"]);
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy(&gateway(), folder.path());
    let file = folder.path().join("crates/wearable/src/lib.rs");
    let text = std::fs::read_to_string(&file).expect("a file of the gateway");
    let later = "/// Later.\npub fn later() {\n    todo!()\n}\n\n";
    let stated = "/// Later.\n#[expect(clippy::todo, reason = \"next year\")]\npub fn much_later() {\n    todo!()\n}\n";
    std::fs::write(&file, format!("{text}\n{later}{stated}")).expect("a changed file");
    let report = with_clippy(folder.path());
    assert_eq!(verdict(&report, "denied_lint_violated"), "unmet", "{:#}", report["gaps"]);
    assert_eq!(report["clippy"]["open"], 1);
    assert_eq!(report["clippy"]["silent"], 1);
}

/// Rules on results of Clippy, which is run on request alone.
const BY_CLIPPY: [&str; 3] = ["denied_lint_violated", "warned_lint_violated", "lint_suppressed"];

/// One change to the gateway, and the rule that has to notice.
const CHANGES: &[(&str, &str, &str, &str)] = &[
    ("docs/gateway.threats.toml", "listen::serve", "listen::answer", "undeclared_listener"),
    ("docs/gateway.threats.toml", "\"tcp-listen\"", "\"https-client\"", "undeclared_listener"),
    ("docs/gateway.threats.toml", "::replayed_frames", "::repeated_frames", "named_test_missing"),
    ("docs/gateway.threats.toml", "tls::admit", "tls::let_in", "named_code_missing"),
    ("docs/gateway.threats.toml", "[\"M-04\"]", "[\"M-40\"]", "threat_reference_dangling"),
    ("docs/gateway.threats.toml", "2036-02-20", "2026-03-20", "acceptance_expired"),
    ("docs/gateway.threats.toml", "[\"T-06\"]", "[\"T-05\"]", "threat_open"),
    ("docs/gateway.threats.toml", "state       = \"in-place\"", "state = \"planned\"", "threat_open"),
    ("docs/gateway.threats.toml", "[mitigation.M-01]", "[mitigation.M-01]]", "threat_model_unreadable"),
    ("Cargo.toml", "gateway.threats.toml", "gateway.toml", "threat_model_unreadable"),
    (
        "Cargo.toml",
        "[workspace.metadata.health-sec]\nthreats",
        "[workspace.metadata]\nt",
        "threat_model_missing",
    ),
    (
        "crates/gateway/src/listen.rs",
        "(config.address, config.port)",
        "(config.address, 9443)",
        "listener_contradicts_model",
    ),
    (
        "crates/gateway/src/trend.rs",
        "self.readings.push_back",
        "let _ = std::net::UdpSocket::bind(\"10.0.0.1:4444\");\n        self.readings.push_back",
        "undeclared_listener",
    ),
    ("crates/wearable/tests/attacks.rs", "#[test]\nfn replayed", "fn replayed", "named_test_missing"),
    (
        "crates/wearable/tests/attacks.rs",
        "#[test]\nfn replayed",
        "#[test]\n#[ignore]\nfn replayed",
        "named_test_ignored",
    ),
    ("crates/wearable/src/pair.rs", "bind_session", "bind_wearable", "named_code_missing"),
    ("docs/gateway.threats.toml", "\nisolation ", "\n#", "security_context_incomplete"),
    ("docs/gateway.threats.toml", "run_by = \"hospital\"\n", "", "neighbour_incomplete"),
    (
        "docs/gateway.threats.toml",
        "encryption = \"tls1.3\"",
        "encryption = \"none\"",
        "boundary_crossed_in_clear",
    ),
    ("docs/gateway.threats.toml", "/A:N\" }\nafter", "/A:Q\" }\nafter", "rating_contradictory"),
    ("docs/gateway.threats.toml", "harm     = { safety_file = [\"HAZ-014\"]", "#", "harm_unanswered"),
    (
        "docs/gateway.threats.toml",
        "[review.2026-11-21]\non = 2026",
        "[review.2026-11-21]\non = 2024",
        "threat_review_outdated",
    ),
    (
        "docs/gateway.threats.toml",
        "answer   = \"avoid\"",
        "answer   = \"transfer\"",
        "threat_review_outdated",
    ),
    (
        "crates/gateway/src/trend.rs",
        "self.readings.push_back",
        "let _ = std::net::UdpSocket::bind(\"10.0.0.1:4444\");\n        self.readings.push_back",
        "threat_review_outdated",
    ),
    ("docs/scans/ports.xml", "portid=\"8443\"", "portid=\"8080\"", "scanned_port_undeclared"),
    ("docs/scans/ports.xml", "state=\"open\"", "state=\"closed\"", "declared_port_closed"),
    ("docs/gateway.threats.toml", "on     = 2026-02-20\n", "", "acceptance_incomplete"),
    ("docs/gateway.threats.toml", "by     = \"h.okafor", "by     = \"t.lind", "acceptance_by_wrong_person"),
    ("docs/gateway.threats.toml", "if_false = [\"T-01\"]", "if_false = []", "assumption_without_consequence"),
    (
        "docs/gateway.threats.toml",
        "new_risk    = \"a lost box needs a new sensor\"\n",
        "",
        "new_risk_unanswered",
    ),
    ("docs/gateway.threats.toml", "\"rustls\"", "\"openssl\"", "modelled_crate_missing"),
    ("Cargo.toml", "\ntodo = \"deny\"", "\ntodo = \"warn\"", "required_lint_unset"),
    ("health-sec.standard.toml", "\napproved_on", "\n#approved_on", "standard_unapproved"),
    ("health-sec.standard.toml", "2026-10-code.md", "2026-11-code.md", "standard_record_missing"),
    ("health-sec.toml", "[standard]\nfile = ", "#", "standard_missing"),
];

#[test]
fn each_broken_promise_of_its_model_is_noticed() {
    for (file, from, to, rule) in CHANGES {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(&gateway(), folder.path());
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).expect("a file of the gateway");
        assert!(text.contains(from), "{file} has `{from}`");
        std::fs::write(&path, text.replacen(from, to, 1)).expect("a changed file");
        let report = report(folder.path());
        let unmet = unmet(&report);
        assert!(unmet.iter().any(|(id, _)| id == rule), "{file}, `{from}` -> `{to}`: {unmet:#?}");
        assert_eq!(report.exit_code(), 1);
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_name() == "target" {
            continue;
        }
        if entry.file_type().expect("a type").is_dir() {
            std::fs::create_dir(&target).expect("a folder");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
