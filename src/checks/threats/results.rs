//! Tests that the model names against the results that were recorded.

use std::collections::{BTreeMap, BTreeSet};

use super::claims::CodeIndex;
use super::tested::named_tests;
use crate::facts::Facts;
use crate::facts::threats::{Outcome, TestResult};
use crate::finding::Findings;
use crate::source::Placed;

/// What is told of tests, by the full path of the test.
pub(super) struct Told<'f, T> {
    by_path: BTreeMap<String, Vec<&'f T>>,
}

impl<'f, T> Told<'f, T> {
    pub(super) fn of(all: &'f [T], index: &CodeIndex<'_>, name: impl Fn(&T) -> &str) -> Self {
        let mut by_path: BTreeMap<String, Vec<&T>> = BTreeMap::new();
        for told in all {
            for (_, path) in index.meanings(name(told)) {
                by_path.entry(path).or_default().push(told);
            }
        }
        Self { by_path }
    }

    /// What is told of a test, and of its cases: `::*` and tables of cases have several.
    pub(super) fn look_up(&self, index: &CodeIndex<'_>, test: &str) -> Vec<&'f T> {
        let mut found = Vec::new();
        for (_, path) in index.meanings(test) {
            let path = path.strip_suffix("::*").unwrap_or(&path);
            found.extend(self.by_path.get(path).into_iter().flatten().copied());
            let below = format!("{path}::");
            let cases = self.by_path.range(below.clone()..).take_while(|(own, _)| own.starts_with(&below));
            found.extend(cases.flat_map(|(_, told)| told.iter().copied()));
        }
        found
    }
}

/// The results of tests, by their path.
fn results<'f>(facts: &'f Facts, index: &CodeIndex<'_>) -> Told<'f, TestResult> {
    Told::of(&facts.threats.results, index, |result| result.name.as_str())
}

pub(super) fn named_test_failed(facts: &Facts, found: &mut Findings<'_>) {
    for (test, owner, result) in with_outcome(facts, Outcome::Failed) {
        let message = format!("test `{}` failed", test.value);
        found.add(&test.at, message).about(&test.value).about(owner).with(&result.at, "the result");
    }
}

pub(super) fn named_test_flaky(facts: &Facts, found: &mut Findings<'_>) {
    for (test, owner, result) in with_outcome(facts, Outcome::Flaky) {
        let message = format!("test `{}` passed only when it was run again", test.value);
        found.add(&test.at, message).about(&test.value).about(owner).with(&result.at, "the result");
    }
}

/// The named tests of which a result has this outcome, with who names them.
fn with_outcome(facts: &Facts, outcome: Outcome) -> Vec<(&Placed<String>, &str, &TestResult)> {
    let named = named_tests(facts);
    if named.is_empty() || facts.threats.results.is_empty() {
        return Vec::new();
    }
    let index = CodeIndex::new(facts);
    let results = results(facts, &index);
    let told = named.into_iter().filter_map(|(test, owner)| {
        let all = results.look_up(&index, &test.value);
        let result = all.into_iter().find(|result| result.outcome == outcome)?;
        Some((test, owner, result))
    });
    told.collect()
}

pub(super) fn named_test_without_result(facts: &Facts, found: &mut Findings<'_>) {
    let named = named_tests(facts);
    if named.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    let results = results(facts, &index);
    let mut seen = BTreeSet::new();
    for (test, owner) in named {
        let told = results.look_up(&index, &test.value);
        if told.iter().all(|result| result.outcome == Outcome::Skipped) && seen.insert(&test.value) {
            let finding = found.add(&test.at, format!("no result shows that test `{}` ran", test.value));
            finding.about(&test.value).about(owner);
            if facts.threats.results.is_empty() {
                finding.help(
                    "name the results of the tests: `junit = [\"...\"]` under [workspace.metadata.health-sec.evidence]",
                );
            }
        }
    }
}

pub(super) fn results_of_other_code(facts: &Facts, found: &mut Findings<'_>) {
    for run in &facts.threats.runs {
        if let Some(code) = run.code.as_ref().filter(|code| code.value != facts.threats.code) {
            let results = run.at.path();
            found
                .add(
                    &code.at,
                    format!("the code has changed since the tests ran whose results are in `{results}`"),
                )
                .about(results)
                .help("run them again, then `cargo health-sec threats record`");
        }
    }
}
