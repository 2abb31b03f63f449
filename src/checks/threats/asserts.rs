//! Tests that assert nothing.
//!
//! A test counts as one that asserts where it, or a function of the workspace that it calls, holds an assertion, a call
//! that panics on the wrong answer, or a macro that nobody knows here. Only what can be seen whole is judged: a test that
//! returns a result may end early, and one that calls into another crate may check there.

use std::collections::{BTreeMap, BTreeSet};

use super::claims::{CodeIndex, Found};
use super::tested::named_tests;
use crate::facts::Facts;
use crate::facts::code::{Call, Callee, Item, Name};
use crate::finding::Findings;

/// How many calls deep it is looked for assertions: into helpers, and into what they call.
const DEEPEST: usize = 2;

/// Macros that only show, make or mark something.
const HARMLESS: &[&str] = &[
    "print",
    "println",
    "eprint",
    "eprintln",
    "format",
    "vec",
    "dbg",
    "write",
    "writeln",
    "concat",
    "stringify",
    "include_str",
    "include_bytes",
    "env",
];

/// Methods that panic on the wrong answer.
const PANICKING: &[&str] = &["unwrap", "expect", "unwrap_err", "expect_err", "unwrap_none", "expect_none"];

pub(super) fn named_test_asserts_nothing(facts: &Facts, found: &mut Findings<'_>) {
    let named = named_tests(facts);
    if named.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    let calls = Calls::of(facts);
    for (test, owner) in named {
        let Found::Items(items) = index.look_up(&test.value) else { continue };
        for item in items.into_iter().filter(|item| item.test) {
            let within = calls.within(item);
            // One that calls nothing at all is a finding of another rule.
            if !within.is_empty()
                && !may_fail(item)
                && within.iter().all(|call| calls.is_silent(call, DEEPEST))
            {
                found
                    .add(
                        &test.at,
                        format!("test `{}` asserts nothing: only a panic makes it fail", test.value),
                    )
                    .about(&test.value)
                    .about(owner)
                    .with(&item.site.at, "the test");
                break;
            }
        }
    }
}

/// True for a test whose head says how it fails, or returns something.
fn may_fail(item: &Item) -> bool {
    let at = &item.site.at;
    let rest = at.source().text().get(at.bytes().end..).unwrap_or_default();
    let head = rest.split('{').next().unwrap_or_default();
    head.contains("->") || item.attributes.iter().any(|attribute| attribute.contains("should_panic"))
}

/// True for a macro that only shows, makes or logs something.
fn is_harmless(name: &Name) -> bool {
    let logs = |path: &str| ["log::", "tracing::"].iter().any(|logger| path.starts_with(logger));
    HARMLESS.contains(&last(&name.written)) || name.resolved.as_deref().is_some_and(logs)
}

/// The calls of the workspace by what encloses them.
struct Calls<'f> {
    facts: &'f Facts,
    by_function: BTreeMap<&'f str, Vec<&'f Call>>,
    /// Functions by their last name.
    by_name: BTreeMap<&'f str, BTreeSet<&'f str>>,
    /// Functions for any type, by their path: what they ask of it the compiler asserts.
    generic: BTreeSet<&'f str>,
}

impl<'f> Calls<'f> {
    fn of(facts: &'f Facts) -> Self {
        let mut by_function: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
        for call in &facts.code.calls {
            by_function.entry(call.site.within.as_str()).or_default().push(call);
        }
        let mut by_name: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut generic = BTreeSet::new();
        for item in &facts.code.items {
            by_name.entry(last(&item.path)).or_default().insert(&item.path);
            let at = &item.site.at;
            let rest = at.source().text().get(at.bytes().end..).unwrap_or_default();
            if rest.starts_with('<') {
                generic.insert(item.path.as_str());
            }
        }
        Self { facts, by_function, by_name, generic }
    }

    fn within(&self, item: &Item) -> Vec<&'f Call> {
        let calls = self.by_function.get(item.path.as_str()).into_iter().flatten().copied();
        calls.filter(|call| call.site.unit == item.site.unit).collect()
    }

    /// True where a call neither asserts nor panics on a wrong answer, as far as is seen so many calls deep.
    fn is_silent(&self, call: &Call, depth: usize) -> bool {
        match &call.callee {
            Callee::Macro(name) => is_harmless(name),
            Callee::Method { name, .. } => {
                !PANICKING.contains(&name.as_str()) && self.all_silent(self.by_name.get(name.as_str()), depth)
            }
            Callee::Path(name) => match name.resolved.as_deref() {
                Some(path) if path.starts_with("std::") => {
                    !path.contains("panic") && !path.contains("process")
                }
                Some(path) if self.is_own(path) => self.all_silent(self.by_name.get(last(path)), depth),
                // A tuple struct or variant of the prelude calls nothing; all else may check.
                _ => matches!(name.written.as_str(), "Some" | "Ok" | "Err" | "Box::new" | "String::from"),
            },
        }
    }

    /// True for a path into the workspace's own crates.
    fn is_own(&self, path: &str) -> bool {
        let first = path.split("::").next().unwrap_or_default();
        self.facts.code.units.iter().any(|unit| unit.name == first)
    }

    /// True where none of the functions that may be meant asserts.
    fn all_silent(&self, functions: Option<&BTreeSet<&'f str>>, depth: usize) -> bool {
        let Some(functions) = functions else { return true };
        functions.iter().all(|function| {
            let calls = self.by_function.get(function).into_iter().flatten();
            (calls.clone().next().is_none() && !self.generic.contains(function))
                || (depth > 0
                    && calls.clone().next().is_some()
                    && calls.copied().all(|call| self.is_silent(call, depth - 1)))
        })
    }
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}
