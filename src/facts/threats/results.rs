//! Results of tests in `JUnit` form, as cargo-nextest writes them.
//!
//! A test that is ignored, not compiled or a doctest is absent there: absent is never passed.
//!
//! `quick-junit` reads such files too; a test holds the two readings against each other. It tells no places, which
//! findings have to show, and it refuses files that begin with `<testsuite>`, as tools beside cargo-nextest write them.

use std::sync::Arc;

use jiff::Timestamp;
use roxmltree::{Document, Node, ParsingOptions};

use crate::source::{Location, Source};

/// More nodes than that are no results of tests.
const MOST_NODES: u32 = 2_000_000;

/// What became of a test.
#[derive(Debug, Clone)]
pub struct TestResult {
    /// The binary and the path in it: `pump::tests::refuses`.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Where it is written.
    pub at: Location,
}

/// What became of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It passed at once.
    Passed,
    /// It passed, but not the first time.
    Flaky,
    /// It failed.
    Failed,
    /// It did not run.
    Skipped,
}

/// The results of one run.
#[derive(Debug)]
pub(super) struct Results {
    /// When the run began, if it says so.
    pub(super) began: Option<Timestamp>,
    /// What became of each test.
    pub(super) tests: Vec<TestResult>,
}

/// Reads results.
///
/// # Errors
/// Why it is none, in one sentence.
pub(super) fn read(source: &Arc<Source>) -> Result<Results, String> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(source.text(), options)
        .map_err(|error| format!("it is no XML that is read: {error}"))?;
    let root = document.root_element();
    if !matches!(root.tag_name().name(), "testsuites" | "testsuite") {
        return Err("it is XML, but no results of tests in JUnit form".to_owned());
    }
    let cases = root.descendants().filter(|node| node.tag_name().name() == "testcase");
    let began = root.descendants().find_map(|node| node.attribute("timestamp")?.parse().ok());
    let tests = cases.map(|case| result(case, source).ok_or_else(|| "a test in it has no name".to_owned()));
    Ok(Results { began, tests: tests.collect::<Result<_, _>>()? })
}

fn result(case: Node<'_, '_>, source: &Arc<Source>) -> Option<TestResult> {
    let suite = case.parent().and_then(|suite| suite.attribute("name"));
    let binary = case.attribute("classname").or(suite).unwrap_or_default();
    let name = format!("{binary}::{}", case.attribute("name")?);
    let has = |names: &[&str]| case.children().any(|child| names.contains(&child.tag_name().name()));
    let outcome = match () {
        () if has(&["failure", "error"]) => Outcome::Failed,
        () if has(&["skipped"]) => Outcome::Skipped,
        () if has(&["flakyFailure", "flakyError", "rerunFailure", "rerunError"]) => Outcome::Flaky,
        () => Outcome::Passed,
    };
    Some(TestResult { name, outcome, at: source.at(case.range()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_told_apart_and_nothing_else_is_taken_for_them() {
        let text = r#"<testsuites><testsuite name="pump"><testcase name="a" classname="pump"/>
            <testcase name="b" classname="pump"><failure/></testcase>
            <testcase name="c" classname="pump"><flakyFailure/></testcase>
            <testcase name="d"><skipped/></testcase></testsuite></testsuites>"#;
        let read_text = |text: &str| read(&Source::new("junit.xml", text));
        let told: Vec<_> = read_text(text)
            .expect("results")
            .tests
            .into_iter()
            .map(|case| (case.name, case.outcome))
            .collect();
        let expected = [
            ("pump::a".to_owned(), Outcome::Passed),
            ("pump::b".to_owned(), Outcome::Failed),
            ("pump::c".to_owned(), Outcome::Flaky),
            ("pump::d".to_owned(), Outcome::Skipped),
        ];
        assert_eq!(told, expected);
        assert!(read_text("<html/>").is_err());
        assert!(read_text("<testsuites><testcase><failure/></testcase></testsuites>").is_err(), "which one?");
        assert!(read_text("<testsuites>").is_err());
        assert!(read_text("<!DOCTYPE a [<!ENTITY b \"c\">]><testsuites/>").is_err());
        for end in 0..text.len() {
            let _ = read_text(&text[..end]);
        }
    }

    /// Results as a run of cargo-nextest wrote them, read by those who keep it.
    #[test]
    fn another_reader_reads_the_same() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/glucose_gateway/docs/results/junit.xml");
        let text = std::fs::read_to_string(path).expect("results of the example");
        let theirs = quick_junit::Report::deserialize_from_str(&text).expect("results");
        let cases = theirs.test_suites.iter().flat_map(|suite| &suite.test_cases);
        let theirs: Vec<(String, bool)> = cases
            .map(|case| {
                let binary = case.classname.as_ref().map_or("", |name| name.as_str());
                let passed = matches!(&case.status, quick_junit::TestCaseStatus::Success { .. });
                (format!("{binary}::{}", case.name.as_str()), passed)
            })
            .collect();
        let ours = read(&Source::new("junit.xml", text)).expect("results");
        assert!(ours.began.is_some());
        let ours: Vec<(String, bool)> =
            ours.tests.into_iter().map(|case| (case.name, case.outcome == Outcome::Passed)).collect();
        assert_eq!(ours, theirs);
        assert_eq!(ours.len(), 21);
    }
}
