//! Tests that the model names against the results that were recorded.

use std::collections::{BTreeMap, BTreeSet};

use super::claims::CodeIndex;
use super::tested::named_tests;
use crate::facts::Facts;
use crate::facts::threats::{Outcome, TestResult};
use crate::finding::Findings;

/// Results by the full path of the test.
struct Results<'f> {
    by_path: BTreeMap<String, Vec<&'f TestResult>>,
}

impl<'f> Results<'f> {
    fn of(facts: &'f Facts, index: &CodeIndex<'_>) -> Self {
        let mut by_path: BTreeMap<String, Vec<&TestResult>> = BTreeMap::new();
        for result in &facts.threats.results {
            for (_, path) in index.meanings(&result.name) {
                by_path.entry(path).or_default().push(result);
            }
        }
        Self { by_path }
    }

    /// The results of a test, and of its cases: `::*` and tables of cases have several.
    fn look_up(&self, index: &CodeIndex<'_>, test: &str) -> Vec<&'f TestResult> {
        let mut found = Vec::new();
        for (_, path) in index.meanings(test) {
            let path = path.strip_suffix("::*").unwrap_or(&path);
            found.extend(self.by_path.get(path).into_iter().flatten().copied());
            let below = format!("{path}::");
            let cases = self.by_path.range(below.clone()..).take_while(|(own, _)| own.starts_with(&below));
            found.extend(cases.flat_map(|(_, results)| results.iter().copied()));
        }
        found
    }
}

pub(super) fn named_test_failed(facts: &Facts, found: &mut Findings<'_>) {
    let named = named_tests(facts);
    if named.is_empty() || facts.threats.results.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    let results = Results::of(facts, &index);
    for (test, owner) in named {
        let told = results.look_up(&index, &test.value);
        let of = |outcome: Outcome| told.iter().find(|result| result.outcome == outcome);
        let (result, message) = match (of(Outcome::Failed), of(Outcome::Flaky)) {
            (Some(failed), _) => (failed, format!("test `{}` failed", test.value)),
            (None, Some(flaky)) => {
                (flaky, format!("test `{}` passed only when it was run again", test.value))
            }
            (None, None) => continue,
        };
        found.add(&test.at, message).about(&test.value).about(owner).with(&result.at, "the result");
    }
}

pub(super) fn named_test_without_result(facts: &Facts, found: &mut Findings<'_>) {
    let named = named_tests(facts);
    if named.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    let results = Results::of(facts, &index);
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
