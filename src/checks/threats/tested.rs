//! Mitigations against the tests that the code has.

use std::collections::BTreeSet;

use super::claims::{self, CodeIndex, Found};
use super::results::Told;
use crate::facts::Facts;
use crate::facts::code::Item;
use crate::facts::threats::{Aspect, ListedTest, Mitigation, State};
use crate::finding::Findings;
use crate::source::Placed;

fn in_place(facts: &Facts) -> impl Iterator<Item = &Mitigation> {
    let all = facts.threats.models.iter().flat_map(|model| &model.mitigations);
    all.filter(|mitigation| mitigation.state.value == State::InPlace)
}

/// The mitigations in place whose tests their model could name, and what to say of the other models: their
/// format can't name a test, so that one finding says it for all their mitigations.
fn testable<'f>(
    facts: &'f Facts,
    found: &mut Findings<'_>,
    bare: impl Fn(&Mitigation) -> bool,
    missing: &str,
) -> Vec<&'f Mitigation> {
    let mut testable = Vec::new();
    for model in &facts.threats.models {
        let in_place = model.mitigations.iter().filter(|mitigation| mitigation.state.value == State::InPlace);
        let bare: Vec<_> = in_place.filter(|mitigation| bare(mitigation)).collect();
        if model.extended || model.format.can_say(Aspect::Tests) {
            testable.extend(bare);
        } else if !bare.is_empty() {
            let (count, format) = (bare.len(), model.format.name());
            found
                .add(&model.title.at, format!("no test {missing} the mitigations of this model, {count} in number"))
                .about(&model.title.value)
                .help(format!(
                    "{format} can't name tests: add an overlay beside the model (`extend = \"...\"`) that does"
                ));
        }
    }
    testable
}

pub(super) fn mitigation_without_test(facts: &Facts, found: &mut Findings<'_>) {
    let bare = |mitigation: &Mitigation| mitigation.tests.is_empty() && mitigation.evidence.is_empty();
    for mitigation in testable(facts, found, bare, "tries") {
        let id = &mitigation.id.value;
        found
            .add(&mitigation.id.at, format!("no test or evidence shows that mitigation `{id}` works"))
            .about(id);
    }
}

pub(super) fn mitigation_not_attacked(facts: &Facts, found: &mut Findings<'_>) {
    let bare = |mitigation: &Mitigation| mitigation.thwart.is_empty() && mitigation.evidence.is_empty();
    for mitigation in testable(facts, found, bare, "tries to defeat") {
        let id = &mitigation.id.value;
        found.add(&mitigation.id.at, format!("no test tries to defeat mitigation `{id}`")).about(id);
    }
    for mitigation in in_place(facts) {
        let twice = |thwart: &&Placed<String>| mitigation.tests.iter().any(|test| test.value == thwart.value);
        for thwart in mitigation.thwart.iter().filter(twice) {
            let message = format!("`{}` stands both for the use and for the attack", thwart.value);
            found.add(&thwart.at, message).about(&mitigation.id.value);
        }
    }
}

/// Every test that a model names, with who names it; records outside the code are left out.
pub(super) fn named_tests(facts: &Facts) -> Vec<(&Placed<String>, &str)> {
    let mut named = Vec::new();
    for model in &facts.threats.models {
        for mitigation in &model.mitigations {
            let tests = mitigation.tests.iter().chain(&mitigation.thwart);
            named.extend(tests.map(|test| (test, mitigation.id.value.as_str())));
        }
        for interface in &model.interfaces {
            named.extend(interface.proof.iter().map(|test| (test, interface.id.value.as_str())));
        }
    }
    named.retain(|(test, _)| !claims::is_record(&test.value));
    named
}

/// The tests that a build lists, where one does.
fn listed<'f>(facts: &'f Facts, index: &CodeIndex<'_>) -> Option<Told<'f, ListedTest>> {
    let listed = facts.threats.listed.as_ref()?;
    Some(Told::of(listed, index, |test| test.name.as_str()))
}

pub(super) fn named_test_missing(facts: &Facts, found: &mut Findings<'_>) {
    let named = named_tests(facts);
    if named.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    let listed = listed(facts, &index);
    for (test, owner) in named {
        let name = &test.value;
        let known = listed.as_ref().map(|listed| !listed.look_up(&index, name).is_empty());
        let (message, near) = match (index.look_up(name), known) {
            // What a build lists is there, whatever makes it; what only it could list may be.
            (_, Some(true)) | (Found::InMacro | Found::Unseen, None) => continue,
            (Found::Items(items), _) if items.iter().any(|item| item.test) => continue,
            (Found::Items(_) | Found::Module, _) => (format!("`{name}` is there, but it is no test"), None),
            (Found::Gone(near), _) => (format!("there is no test `{name}`"), near),
            (Found::InMacro | Found::Unseen, Some(false)) => {
                (format!("there is no test `{name}` in the list of tests"), None)
            }
        };
        let finding = found.add(&test.at, message);
        finding.about(name).about(owner);
        if let Some(near) = near {
            finding.help(near);
        }
    }
}

pub(super) fn named_test_ignored(facts: &Facts, found: &mut Findings<'_>) {
    let named = named_tests(facts);
    if named.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    let listed = listed(facts, &index);
    for (test, owner) in named {
        let told = listed.as_ref().map(|listed| listed.look_up(&index, &test.value));
        // What macros make is in no other list.
        if let Some(first) =
            told.iter().flatten().next().filter(|_| told.iter().flatten().all(|test| test.ignored))
        {
            let message = format!("test `{}` is listed as ignored: it never runs by itself", test.value);
            found.add(&test.at, message).about(&test.value).about(owner).with(&first.at, "the list");
            continue;
        }
        let Found::Items(items) = index.look_up(&test.value) else { continue };
        let tests: Vec<_> = items.into_iter().filter(|item| item.test).collect();
        if let Some(first) = tests.first().filter(|_| told.as_ref().is_some_and(Vec::is_empty)) {
            let message =
                format!("test `{}` is not in the list of tests: the build leaves it out", test.value);
            found.add(&test.at, message).about(&test.value).about(owner).with(&first.site.at, "the test");
        } else if let Some(first) = tests.first().filter(|_| tests.iter().all(|item| item.ignored)) {
            found
                .add(&test.at, format!("test `{}` is ignored: it never runs by itself", test.value))
                .about(&test.value)
                .about(owner)
                .with(&first.site.at, "ignored here");
        }
    }
}

/// A test in which nothing is called and no macro stands can't fail. One that calls something may check what it
/// calls, so nothing is said of it.
pub(super) fn named_test_empty(facts: &Facts, found: &mut Findings<'_>) {
    let named = named_tests(facts);
    if named.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    let busy: BTreeSet<(usize, &str)> =
        facts.code.calls.iter().map(|call| (call.site.unit, call.site.within.as_str())).collect();
    for (test, owner) in named {
        let Found::Items(items) = index.look_up(&test.value) else { continue };
        let tests: Vec<_> = items.into_iter().filter(|item| item.test).collect();
        let empty = |item: &&Item| {
            let below = format!("{}::", item.path);
            let unit = item.site.unit;
            let inner = busy.range((unit, below.as_str())..).next();
            !busy.contains(&(unit, item.path.as_str()))
                && !inner.is_some_and(|(other, within)| *other == unit && within.starts_with(&below))
        };
        if let Some(first) = tests.iter().find(|item| empty(item)) {
            found
                .add(&test.at, format!("test `{}` is empty: it can't fail", test.value))
                .about(&test.value)
                .about(owner)
                .with(&first.site.at, "the test");
        }
    }
}
