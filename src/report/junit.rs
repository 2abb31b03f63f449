//! The report as `JUnit`, which every continuous integration shows without a plugin: a suite for each family of rules,
//! a case for each rule. What was looked at and is as it ought to be is told too, as a case that passed.
//!
//! A case fails where its rule fails the run, and is an error where a gate rule could not be judged. What is accepted,
//! undecided or of no weight in this run is skipped, with the reason. A case that passes with warnings tells them in
//! its output.

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use crate::rule::Tier;

use super::text::{first_paragraph, verdict, visible};
use super::{Outcome, Report, Verdict};

/// Writes the report.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut junit = quick_junit::Report::new(format!("cargo health-sec: {}", visible(report.subject())));
    junit.set_time(Duration::ZERO);
    let mut suites: Vec<TestSuite> = Vec::new();
    for outcome in &report.outcomes {
        let family = outcome.rule.family;
        if suites.last().is_none_or(|suite| suite.name.as_str() != family) {
            suites.push(suite(report, family));
        }
        if let Some(suite) = suites.last_mut() {
            suite.add_test_case(case(report, outcome));
        }
    }
    junit.add_test_suites(suites);
    // A buffer of its own: the writer of XML wants to know its size.
    let text = junit.to_string().map_err(io::Error::other)?;
    out.write_all(without_sum(&text).as_bytes())
}

/// The text without the sum of what was skipped at its root, which the schema of Jenkins does not know; each suite
/// says its own.
fn without_sum(text: &str) -> String {
    let root = text.find("<testsuites").unwrap_or_default();
    let end = text[root..].find('>').map_or(text.len(), |end| root + end);
    let (head, rest) = text.split_at(end);
    match head.find(" skipped=\"") {
        Some(at) => {
            let value = at + " skipped=\"".len();
            let after = head[value..].find('"').map_or(head.len(), |quote| value + quote + 1);
            format!("{}{}{rest}", &head[..at], &head[after..])
        }
        None => text.to_owned(),
    }
}

fn suite(report: &Report, family: &str) -> TestSuite {
    let mut suite = TestSuite::new(family);
    // The time is left out: the same input gives the same bytes.
    suite.set_time(Duration::ZERO);
    suite.add_property(Property::new("verdict", verdict(report)));
    suite.add_property(Property::new("as-of", report.facts.as_of.to_string()));
    suite
}

fn case(report: &Report, outcome: &Outcome) -> TestCase {
    let rule = outcome.rule;
    let mut case = TestCase::new(rule.id, status(report, outcome));
    case.set_classname(format!("health-sec.{}", rule.family));
    case.set_time(Duration::ZERO);
    let clauses: Vec<String> = rule.clauses.iter().map(ToString::to_string).collect();
    // A property of a case is not known everywhere; what it says is.
    let clauses = clauses.join(", ");
    let (verdict, tier, severity) = (outcome.verdict, outcome.tier, rule.severity);
    let mut said = format!("{}; tier {tier}; severity {severity}; clauses {clauses}\n", verdict.word());
    if !report.closes(outcome) {
        said += &findings(outcome);
    }
    case.set_system_out(said);
    case
}

fn status(report: &Report, outcome: &Outcome) -> TestCaseStatus {
    let (rule, standing) = (outcome.rule, outcome.standing().count());
    let unsuccessful = |kind, kind_word: &str, message: String, description: String| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_type(kind_word).set_message(message).set_description(description);
        status
    };
    let skipped = |message: String| {
        let mut status = TestCaseStatus::skipped();
        status.set_message(visible(&message));
        status
    };
    match outcome.verdict {
        Verdict::Unmet if report.closes(outcome) => {
            let more = format!("fix: {}", first_paragraph(rule.remedy));
            let text = format!("{}{}", findings(outcome), visible(&more));
            let message = format!("{} ({standing} found)", rule.title);
            unsuccessful(NonSuccessKind::Failure, "finding", message, text)
        }
        Verdict::Undetermined if report.closes(outcome) || outcome.tier == Tier::Gate => {
            let message = "could not tell: something it needs could not be looked at".to_owned();
            unsuccessful(NonSuccessKind::Error, "undetermined", message, gaps(report, outcome))
        }
        Verdict::Undetermined => skipped(format!("could not tell: {}", gaps(report, outcome))),
        Verdict::Undecided => skipped("the manufacturer has not decided what it is compared with".to_owned()),
        Verdict::Accepted => skipped(accepted(outcome)),
        Verdict::Inherited => skipped("nothing new: what is wrong was so before".to_owned()),
        Verdict::Met | Verdict::Unmet => TestCaseStatus::success(),
    }
}

/// One line a finding.
fn findings(outcome: &Outcome) -> String {
    outcome.standing().fold(String::new(), |mut text, judged| {
        let finding = &judged.finding;
        let help = finding.help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
        let _ = writeln!(text, "{}", visible(&format!("{}: {}{help}", finding.at, finding.message)));
        text
    })
}

fn gaps(report: &Report, outcome: &Outcome) -> String {
    report.gaps_of(outcome.rule).into_iter().fold(String::new(), |mut text, gap| {
        let line = report.portable(&format!("{}: {}: {}; mend: {}", gap.kind, gap.what, gap.why, gap.remedy));
        let _ = writeln!(text, "{}", visible(&line));
        text
    })
}

fn accepted(outcome: &Outcome) -> String {
    let told: Vec<String> = outcome
        .waived()
        .map(|(judged, waiver)| {
            format!("{}: {} ({})", judged.finding.at, waiver.reason.value, waiver.by.value)
        })
        .collect();
    format!("accepted: {}", told.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn junit(report: &Report) -> String {
        let mut bytes = Vec::new();
        write(report, &mut bytes).expect("a report");
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn each_rule_is_a_case_and_counts_add_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let report = fixture::report(folder.path());
        let text = junit(&report);
        let document = roxmltree::Document::parse(&text).expect("XML");
        let cases: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
        assert_eq!(cases.len(), report.outcomes.len());
        let root = document.root_element();
        assert_eq!(root.attribute("tests"), Some(cases.len().to_string().as_str()));
        let failed = cases.iter().filter(|case| case.children().any(|child| child.has_tag_name("failure")));
        let closing = report
            .outcomes
            .iter()
            .filter(|outcome| outcome.verdict == Verdict::Unmet && report.closes(outcome));
        let closing = closing.count();
        assert_eq!(failed.count(), closing);
        assert_eq!(root.attribute("failures"), Some(closing.to_string().as_str()));
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    }

    #[test]
    fn the_same_report_is_the_same_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let report = fixture::report(folder.path());
        assert_eq!(junit(&report), junit(&report));
    }
}
