//! The same findings and the same exit code in every format.
//!
//! Each format is read back by a reader that knows nothing of its writer, down to what every format has to say: the
//! rule, the file and the line of each finding that people are to be told of.

#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]

use std::path::Path;

use cargo_health_sec::report::text::{Detail, Style};
use cargo_health_sec::report::{Format, Report, Verdict};
use cargo_health_sec::request::{Level, Verify};
use cargo_health_sec::rule::Tier;
use cargo_health_sec::{Request, inspect};
use serde_json::Value;

/// Rule, path and line of a finding.
type Seen = (String, String, usize);

/// Reads one format back.
type Reader = fn(&Report) -> Vec<Seen>;

fn report(example: &str, set: impl FnOnce(&mut Request)) -> Report {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let mut request = Request::new(root, jiff::civil::date(2026, 11, 22));
    set(&mut request);
    inspect(&request).expect("a report")
}

/// Runs that end in every way.
fn reports() -> Vec<(&'static str, Report)> {
    vec![
        ("flawed", report("infusion_pump", |_| {})),
        ("flawed and strict", report("infusion_pump", |request| request.strict = true)),
        ("done well", report("glucose_gateway", |_| {})),
        (
            "one rule moved",
            report("infusion_pump", |request| {
                request.levels = vec![("certificate_checks_off".to_owned(), Level::Warn)];
            }),
        ),
        ("could not tell", report("glucose_gateway", |request| request.verify = Verify::Nothing)),
    ]
}

fn written(report: &Report, format: Format) -> String {
    let style = Style { colour: false, width: 400, detail: Detail::Verbose };
    let mut bytes = Vec::new();
    report.write(format, style, &mut bytes).expect("a report");
    String::from_utf8(bytes).expect("text")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn word(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn line(value: &Value) -> usize {
    usize::try_from(value.as_u64().expect("a number")).expect("a line")
}

/// The path below the example, whatever folder of the repository the example lies in.
fn within(report: &Report, path: &str) -> String {
    let below = format!("{}/", report.facts.files.below);
    path.strip_prefix(&below).unwrap_or(path).to_owned()
}

/// A place written as `path:line` or `path:line:column`.
fn place(text: &str) -> Option<(String, usize)> {
    let (rest, last) = text.rsplit_once(':')?;
    match rest.rsplit_once(':') {
        Some((path, line)) if line.parse::<usize>().is_ok() => Some((path.to_owned(), line.parse().ok()?)),
        _ => Some((rest.to_owned(), last.parse().ok()?)),
    }
}

fn from_json(report: &Report) -> Vec<Seen> {
    let report = json(&written(report, Format::Json));
    let of_register = |rule: &Value| {
        let rules = report["rules"].as_array().expect("rules");
        rules.iter().any(|known| known["id"] == *rule && known["tier"] == "register")
    };
    let findings = report["findings"].as_array().expect("findings").iter();
    findings
        .filter(|finding| finding["waiver"].is_null() && !of_register(&finding["rule"]))
        .map(|finding| {
            (word(&finding["rule"]), word(&finding["place"]["path"]), line(&finding["place"]["start_line"]))
        })
        .collect()
}

fn from_sarif(report: &Report) -> Vec<Seen> {
    let log = json(&written(report, Format::Sarif));
    let results = log["runs"][0]["results"].as_array().expect("results").iter();
    results
        .filter(|result| {
            result["suppressions"].as_array().is_some_and(Vec::is_empty) && result["level"] != "note"
        })
        .map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            let path = word(&place["artifactLocation"]["uri"]);
            (word(&result["ruleId"]), path, line(&place["region"]["startLine"]))
        })
        .collect()
}

fn from_gitlab(report: &Report) -> Vec<Seen> {
    let entries = json(&written(report, Format::Gitlab));
    let entries = entries.as_array().expect("an array").iter();
    entries
        .map(|entry| {
            let path = within(report, &word(&entry["location"]["path"]));
            (word(&entry["check_name"]), path, line(&entry["location"]["lines"]["begin"]))
        })
        .collect()
}

fn from_github(report: &Report) -> Vec<Seen> {
    let command = |line: &str| {
        let (properties, _) = line.split_once(' ')?.1.split_once("::")?;
        let value = |name: &str| {
            let found = properties.split(',').find_map(|property| property.strip_prefix(&format!("{name}=")));
            found.map(|value| value.replace("%3A", ":").replace("%2C", ",").replace("%25", "%"))
        };
        let rule = value("title")?.split(' ').next()?.to_owned();
        Some((rule, within(report, &value("file")?), value("line")?.parse().ok()?))
    };
    let plain = |line: &str| {
        let (kind, rest) = line.split_once(": ")?;
        let (at, rest) = ["error", "warning"].contains(&kind).then(|| rest.split_once(": "))??;
        let (path, line) = place(at)?;
        Some((rest.split(": ").next()?.to_owned(), within(report, &path), line))
    };
    let text = written(report, Format::Github);
    text.lines().filter_map(|line| if line.starts_with("::") { command(line) } else { plain(line) }).collect()
}

fn from_markdown(report: &Report) -> Vec<Seen> {
    let (mut seen, mut rule) = (Vec::new(), String::new());
    for line in written(report, Format::Markdown).lines() {
        if let Some(name) = line.strip_prefix('`').and_then(|rest| rest.split_once("` · ")) {
            name.0.clone_into(&mut rule);
        }
        if let Some((at, _)) = line.strip_prefix("| `").and_then(|rest| rest.split_once("` |")) {
            let (path, line) = place(at).expect("a place");
            seen.push((rule.clone(), within(report, &path), line));
        }
    }
    seen
}

fn from_rustc(report: &Report) -> Vec<Seen> {
    let text = written(report, Format::Rustc);
    text.lines()
        .map(json)
        .map(|diagnostic| {
            let code = word(&diagnostic["code"]["code"]);
            let rule = code.strip_prefix("health_sec::").expect("a code of ours").to_owned();
            // Where it is anchored elsewhere, the words name the place.
            let message = word(&diagnostic["message"]);
            let named = message
                .strip_suffix(')')
                .and_then(|rest| place(rest.rsplit_once(" (")?.1))
                .filter(|_| word(&diagnostic["spans"][0]["file_name"]).ends_with("Cargo.toml"));
            let span = &diagnostic["spans"][0];
            let (path, line) = named.unwrap_or_else(|| (word(&span["file_name"]), line(&span["line_start"])));
            (rule, path, line)
        })
        .collect()
}

fn from_build_script(report: &Report) -> Vec<Seen> {
    let told = |line: &str| {
        let (kind, rest) = line.strip_prefix("cargo::")?.split_once('=')?;
        let (at, rest) = ["error", "warning"].contains(&kind).then(|| rest.split_once(": "))??;
        let (path, line) = place(at)?;
        Some((rest.split(": ").next()?.to_owned(), path, line))
    };
    written(report, Format::BuildScript).lines().filter_map(told).collect()
}

fn from_junit(report: &Report) -> Vec<Seen> {
    let text = written(report, Format::Junit);
    let document = roxmltree::Document::parse(&text).expect("XML");
    let mut seen = Vec::new();
    for case in document.descendants().filter(|node| node.has_tag_name("testcase")) {
        let rule = case.attribute("name").expect("a name");
        let said = case.children().find(|child| child.has_tag_name("system-out"));
        if said.and_then(|said| said.text()).is_some_and(|text| text.contains("; tier register;")) {
            continue;
        }
        let told =
            case.children().filter(|child| child.has_tag_name("failure") || child.has_tag_name("system-out"));
        for line in told.filter_map(|told| told.text()).flat_map(str::lines) {
            let Some((at, _)) = line.split_once(": ") else { continue };
            seen.extend(place(at).map(|(path, line)| (rule.to_owned(), path, line)));
        }
    }
    seen
}

fn from_text(report: &Report) -> Vec<Seen> {
    let (mut seen, mut rule) = (Vec::new(), String::new());
    for line in written(report, Format::Text).lines() {
        if let Some((_, rest)) = line.split_once(' ').filter(|(sign, _)| ["✗", "!"].contains(sign)) {
            rest.split(' ').next().expect("a word").clone_into(&mut rule);
        }
        if let Some((_, at)) = line.split_once("╭─[") {
            let (path, line) = place(at.trim_end_matches(']')).expect("a place");
            seen.push((rule.clone(), path, line));
        } else if let Some((at, _)) = line.strip_prefix("  ").and_then(|rest| rest.split_once(": "))
            && let Some((path, line)) = place(at).filter(|_| !at.contains(' '))
        {
            seen.push((rule.clone(), path, line));
        }
    }
    seen
}

#[test]
fn every_format_tells_the_same_findings() {
    for (name, report) in reports() {
        let mut expected: Vec<Seen> = report
            .told()
            .iter()
            .map(|told| {
                let at = &told.judged.finding.at;
                (told.rule().id.to_owned(), at.path().to_owned(), at.line())
            })
            .collect();
        expected.sort();
        let readers: [(&str, Reader); 9] = [
            ("json", from_json),
            ("sarif", from_sarif),
            ("gitlab", from_gitlab),
            ("github", from_github),
            ("markdown", from_markdown),
            ("rustc", from_rustc),
            ("build-script", from_build_script),
            ("junit", from_junit),
            ("text", from_text),
        ];
        for (format, read) in readers {
            let mut seen = read(&report);
            seen.sort();
            assert_eq!(seen, expected, "{format}, {name}");
        }
    }
}

#[test]
fn the_runs_end_in_every_way_a_report_can_tell() {
    let mut codes: Vec<u8> = reports().iter().map(|(_, report)| report.exit_code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes, [0, 1, 2]);
}

#[test]
fn a_build_script_fails_where_the_gate_is_not_open() {
    for (name, report) in reports() {
        let text = written(&report, Format::BuildScript);
        assert_eq!(text.contains("\ncargo::error="), report.exit_code() != 0, "{name}");
        let watched = |file: &str| {
            text.lines().any(|line| line.starts_with("cargo::rerun-if-changed=") && line.ends_with(file))
        };
        for file in ["/Cargo.toml", "/Cargo.lock", "/health-sec.toml", ".rs"] {
            assert!(watched(file), "{name}: {file}");
        }
    }
}

#[test]
fn a_rule_that_could_not_be_judged_never_passes_in_junit() {
    for (name, report) in reports() {
        let text = written(&report, Format::Junit);
        let document = roxmltree::Document::parse(&text).expect("XML");
        // The schema of Jenkins knows no sum of what was skipped at the root.
        let root = document.root_element();
        assert!(root.attribute("skipped").is_none() && root.attribute("tests").is_some(), "{name}");
        let passed = |rule: &str| {
            let mut cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
            let case = cases.find(|case| case.attribute("name") == Some(rule)).expect("a case");
            !case.children().any(|child| ["failure", "error", "skipped"].contains(&child.tag_name().name()))
        };
        for outcome in &report.outcomes {
            match outcome.verdict {
                Verdict::Met => assert!(passed(outcome.rule.id), "{name}: {}", outcome.rule.id),
                Verdict::Unmet => {
                    assert_eq!(
                        passed(outcome.rule.id),
                        !report.closes(outcome),
                        "{name}: {}",
                        outcome.rule.id
                    );
                }
                _ => assert!(!passed(outcome.rule.id), "{name}: {}", outcome.rule.id),
            }
        }
        assert!(report.outcomes.iter().any(|outcome| outcome.tier == Tier::Gate));
    }
}
