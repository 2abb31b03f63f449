//! The list of tests that a build has, as `cargo nextest list --message-format json` writes it.
//!
//! Only a build knows which tests macros make, and which it leaves out. Without the list such a test is not known to be
//! there: a gap.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::facts::code::{Callee, Code};
use crate::facts::{Gap, Kind};
use crate::source::{Location, Source};

use super::Threats;

/// A test that the build has.
#[derive(Debug, Clone)]
pub struct ListedTest {
    /// The binary and the path in it: `pump::tests::refuses`.
    pub name: String,
    /// True where an ordinary run leaves it out.
    pub ignored: bool,
    /// The list.
    pub at: Location,
}

#[derive(Deserialize)]
struct List {
    #[serde(rename = "rust-suites")]
    suites: BTreeMap<String, Suite>,
}

#[derive(Deserialize)]
struct Suite {
    #[serde(default)]
    testcases: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    ignored: bool,
}

/// Reads a list.
///
/// # Errors
/// Why it is none, in one sentence.
pub(super) fn read(source: &Arc<Source>) -> Result<Vec<ListedTest>, String> {
    let list: List = serde_json::from_str(source.text())
        .map_err(|error| format!("it is no list of tests as cargo-nextest writes it: {error}"))?;
    let tests = list.suites.into_iter().flat_map(|(binary, suite)| {
        suite.testcases.into_iter().map(move |(test, case)| (format!("{binary}::{test}"), case.ignored))
    });
    Ok(tests.map(|(name, ignored)| ListedTest { name, ignored, at: source.whole() }).collect())
}

/// Says which named tests only a list could show: those that a macro makes.
pub(super) fn miss(threats: &Threats, code: &Code, gaps: &mut Vec<Gap>) {
    let mitigations = threats.models.iter().flat_map(|model| &model.mitigations);
    let named = mitigations.flat_map(|mitigation| mitigation.tests.iter().chain(&mitigation.thwart));
    let last = |path: &str| path.rsplit("::").next().unwrap_or_default().to_owned();
    let mut sought: BTreeMap<String, _> =
        named.filter(|test| test.value.contains("::")).map(|test| (last(&test.value), test)).collect();
    sought.remove("*");
    for item in code.items.iter().filter(|item| item.test) {
        sought.remove(&last(&item.path));
    }
    if sought.is_empty() {
        return;
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    for call in code.calls.iter().filter(|call| matches!(call.callee, Callee::Macro(_))) {
        for word in call.site.at.snippet().split(|c| !is_word(c)) {
            let Some(test) = sought.remove(word) else { continue };
            let why = "a macro makes it, and nothing lists the tests that there are";
            let remedy = "cargo nextest list --message-format json > tests.json, and name that as `test-list` under `evidence`";
            gaps.push(
                Gap::new(Kind::Listed, format!("test `{}`", test.value), why, remedy).at(test.at.clone()),
            );
        }
        if sought.is_empty() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_nothing_else_is_taken_for_one() {
        let text = r#"{"rust-build-meta":{},"test-count":2,"rust-suites":{"pump::it":{"package-name":"pump",
            "testcases":{"case::a":{"kind":"test","ignored":false},"b":{"ignored":true}}},"pump":{"status":"skipped"}}}"#;
        let told = read(&Source::new("list.json", text)).expect("a list");
        let told: Vec<(&str, bool)> = told.iter().map(|test| (test.name.as_str(), test.ignored)).collect();
        assert_eq!(told, [("pump::it::b", true), ("pump::it::case::a", false)]);
        for other in
            ["", "{}", "[]", "{\"rust-suites\":[]}", "{\"rust-suites\":{\"a\":{\"testcases\":{\"b\":1}}}}"]
        {
            assert!(read(&Source::new("list.json", other)).is_err(), "{other}");
        }
        for end in 0..text.len() {
            let _ = read(&Source::new("list.json", &text[..end]));
        }
    }
}
