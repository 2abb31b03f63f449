//! The report for people: short, harmless, and honest about what it leaves out.

use std::time::Instant;

use super::*;
use crate::facts::{Gap, Kind};
use crate::report::{Verdict, fixture};
use crate::request::Level;

const USUAL: Style = Style { colour: false, width: 80, detail: Detail::Usual };

fn text(report: &Report, style: Style) -> String {
    let mut bytes = Vec::new();
    write(report, style, &mut bytes).expect("a report");
    String::from_utf8(bytes).expect("text")
}

fn all_styles() -> impl Iterator<Item = Style> {
    [Detail::Quiet, Detail::Usual, Detail::Verbose]
        .into_iter()
        .flat_map(|detail| [60, 80, 120].map(|width| Style { colour: false, width, detail }))
}

#[test]
fn what_inspected_files_say_can_not_reach_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = fixture::report(folder.path());
    for style in all_styles() {
        let text = text(&report, style);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        assert!(!text.contains('\u{202e}'), "{text:?}");
        // One word wider than the screen can't be broken; the hostile path and message have none such at 80.
        let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > style.width).collect();
        assert!(style.width < 80 || style.detail == Detail::Quiet || wide.is_empty(), "{wide:#?}");
    }
    let coloured = text(&report, Style { colour: true, ..USUAL });
    let plain = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(plain, text(&report, USUAL), "colours change nothing but colours");
}

#[test]
fn the_verdict_is_the_last_line_and_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut report = fixture::report(folder.path());
    for _ in 0..2 {
        for style in all_styles() {
            let text = text(&report, style);
            assert_eq!(text.lines().last(), Some(verdict(&report).as_str()));
            assert!(text.trim_end().ends_with(&format!("exit {}", report.exit_code())));
            assert!(!text.to_lowercase().contains("complian"), "{text}");
        }
        report.outcomes.iter_mut().for_each(|outcome| outcome.verdict = Verdict::Undetermined);
    }
    assert!(verdict(&report).starts_with("gate: COULD NOT TELL"), "{}", verdict(&report));
}

#[test]
fn a_hundred_thousand_findings_fold() {
    let folder = tempfile::tempdir().expect("a folder");
    let facts = fixture::workspace(folder.path(), None);
    // All on one line, as a generated file has them.
    let source = crate::source::Source::new("src/generated.rs", "unsafe{}é ".repeat(100_000));
    let places = (0..100_000).map(|index| source.at(index * 11..index * 11 + 8));
    let found = fixture::findings("waiver_unused", places);
    let start = Instant::now();
    let report = Report::new(&fixture::request(folder.path()), facts, found);
    let text = text(&report, USUAL);
    assert!(text.lines().count() < 60, "{text}");
    assert!(text.contains("and 99996 more in 1 file (-v shows all)"), "{text}");
    assert!(text.contains("(100000 findings)"), "{text}");
    let mut json = Vec::new();
    report.write(crate::report::Format::Json, USUAL, &mut json).expect("a report");
    assert!(json.len() > 100_000);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn every_finding_is_there_for_those_who_ask() {
    let folder = tempfile::tempdir().expect("a folder");
    let facts = fixture::workspace(folder.path(), None);
    let places = (0..50).map(|index| fixture::place(&format!("src/f{index}.rs"), "fn a() {}\n"));
    let report =
        Report::new(&fixture::request(folder.path()), facts, fixture::findings("waiver_unused", places));
    let verbose = text(&report, Style { detail: Detail::Verbose, ..USUAL });
    for index in 0..50 {
        assert!(verbose.contains(&format!("src/f{index}.rs:1:1")), "{index}: {verbose}");
    }
    assert!(text(&report, USUAL).contains("and 46 more in 46 files (-v shows all)"));
}

#[test]
fn gaps_of_one_sort_fold_and_name_what_mends_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut facts = fixture::workspace(folder.path(), None);
    for index in 0..200 {
        facts.gaps.push(Gap::new(
            Kind::Policy,
            format!("crate-{index:03}"),
            "it is not downloaded",
            "cargo fetch",
        ));
    }
    let report = Report::new(&fixture::request(folder.path()), facts, Vec::new());
    let text = text(&report, USUAL);
    assert_eq!(text.matches("crate-").count(), 3, "{text}");
    assert_eq!(text.matches("mend: cargo fetch").count(), 1, "{text}");
    assert!(text.contains("200 gaps") && text.contains("and 197 more"), "{text}");
    let (_, undetermined) = text.split_once("undetermined: ").expect("a list of rules");
    assert!(undetermined.contains("waiver_expired") && undetermined.contains("waiver_unused"), "{text}");
}

#[test]
fn undecided_rules_are_one_list_and_no_findings() {
    let folder = tempfile::tempdir().expect("a folder");
    let decided: Vec<_> = crate::checks::catalogue()
        .iter()
        .filter(|(rule, _)| rule.decided_by.is_some())
        .map(|(rule, _)| rule)
        .collect();
    let rule = decided.first().expect("a rule that compares with a decision");
    let found = || {
        let places = (0..300).map(|index| fixture::place(&format!("src/f{index}.rs"), "fn a() {}\n"));
        fixture::findings(rule.id, places)
    };
    let report =
        Report::new(&fixture::request(folder.path()), fixture::workspace(folder.path(), None), found());
    let shown = text(&report, USUAL);
    assert_eq!(shown.matches(rule.id).count(), 1, "{shown}");
    assert!(shown.contains(rule.decided_by.as_deref().expect("a command")), "{shown}");
    assert_eq!(report.exit_code(), 0, "{shown}");
    let mut request = fixture::request(folder.path());
    request.levels.push((rule.id.to_owned(), Level::Deny));
    let report = Report::new(&request, fixture::workspace(folder.path(), None), found());
    assert_eq!(report.exit_code(), 1, "whoever asks for the rule has it judged");
}

#[test]
fn nothing_to_inspect_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("Cargo.toml"), "[workspace]\n").expect("a file");
    let facts = crate::Facts::gather(&fixture::request(folder.path())).expect("facts");
    let report = Report::new(&fixture::request(folder.path()), facts, Vec::new());
    assert!(
        text(&report, USUAL).contains("a workspace without members: 0 members"),
        "{}",
        text(&report, USUAL)
    );
}

#[test]
fn a_linked_model_without_a_threat_is_judged_without_a_policy() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = folder.path().join("pump.toml");
    std::fs::write(&model, "format = \"health-sec/threats@1\"\n[model]\ntitle = \"Pump\"\n")
        .expect("a model");
    let exit_code = |linked: bool| {
        let mut facts = fixture::workspace(folder.path(), None);
        if linked {
            facts.threats = crate::facts::threats::look_at(&model, None).expect("a model");
        }
        let place = fixture::place("pump.toml", "title");
        let found = fixture::findings("threat_model_missing", std::iter::once(place));
        Report::new(&fixture::request(folder.path()), facts, found).exit_code()
    };
    assert_eq!([exit_code(false), exit_code(true)], [0, 1], "whoever links a model has decided to have one");
}
