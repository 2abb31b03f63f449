//! Checks on what is inside of components: what they are able to do, unsafe code, code that runs while
//! the product is built, code that nobody can read.
//!
//! The facts are *at least* facts: a capability that was seen is there, one that was not seen may
//! be. So a budget can be found exceeded, and is never proved to be kept.

use std::collections::BTreeSet;

use crate::document::suggestion;
use crate::facts::Facts;
use crate::facts::components::{Component, Ships};
use crate::facts::inventory::{Capability, Carried, Prebuilt, Seen};
use crate::finding::Findings;
use crate::source::Placed;

/// Files named in a message.
const NAMED: usize = 3;

/// Components whose sources were read, with what was seen.
fn read(facts: &Facts, least: Ships) -> impl Iterator<Item = (&Component, &Seen)> {
    let all = facts.inventory.of.iter();
    all.filter_map(|(index, seen)| Some((facts.components.all.get(*index)?, seen)))
        .filter(move |(component, _)| component.ships >= least)
}

pub(super) fn capability_over_budget(facts: &Facts, found: &mut Findings<'_>) {
    let general = facts.policy.supply.capabilities.as_ref();
    let own = |name: &str| facts.policy.component(name).and_then(|entry| entry.capabilities.as_ref());
    let at_most = |name: &str| facts.policy.component(name).and_then(|entry| entry.at_most.as_ref());
    let entries = facts.policy.components.iter();
    let budgets: Vec<_> = entries.flat_map(|entry| entry.capabilities.iter().chain(&entry.at_most)).collect();
    if general.is_none() && budgets.is_empty() {
        return found.undecided();
    }
    for word in general.into_iter().chain(budgets).flat_map(|budget| &budget.value) {
        if Capability::read(&word.value).is_none() {
            let words: Vec<&str> = Capability::WORDS.iter().map(|(word, _)| *word).collect();
            let help =
                suggestion(&word.value, &words).unwrap_or_else(|| format!("one of: {}", words.join(", ")));
            found.add(&word.at, format!("`{}` is no capability", word.value)).help(help).about(&word.value);
        }
    }
    for (component, seen) in read(facts, Ships::Unknown) {
        let (own, at_most) = (own(&component.name), at_most(&component.name));
        if let Some(cut) = at_most {
            beyond_member(component, seen, cut, found);
        }
        if general.is_none() && own.is_none() {
            continue;
        }
        let allowed: BTreeSet<Capability> = general
            .into_iter()
            .chain(own)
            .flat_map(|budget| &budget.value)
            .filter_map(|word| Capability::read(&word.value))
            .collect();
        let beyond: Vec<Capability> = seen.library.capabilities.difference(&allowed).copied().collect();
        if beyond.is_empty() {
            continue;
        }
        let words: Vec<&str> = beyond.iter().map(|capability| capability.words()).collect();
        let message =
            format!("`{}` is able to {}, which its budget does not allow", component.id(), and(&words));
        let whole: BTreeSet<Capability> = own
            .into_iter()
            .flat_map(|budget| &budget.value)
            .filter_map(|word| Capability::read(&word.value))
            .chain(beyond)
            .collect();
        let whole: Vec<String> = whole.iter().map(|capability| format!("{:?}", capability.word())).collect();
        let finding = found.add(own.map_or(&component.at, |budget| &budget.at), message);
        finding.about(component.id()).help(format!(
            "find out what it does with it; if the product needs that, write `capabilities = [{}]` and a reason in [component.{}]",
            whole.join(", "),
            component.name
        ));
        if own.is_some() {
            finding.with(&component.at, "locked here");
        }
    }
}

/// A member that reaches the component allows less than the workspace.
fn beyond_member(
    component: &Component,
    seen: &Seen,
    cut: &Placed<Vec<Placed<String>>>,
    found: &mut Findings<'_>,
) {
    let allowed: BTreeSet<Capability> =
        cut.value.iter().filter_map(|word| Capability::read(&word.value)).collect();
    let beyond = seen.library.capabilities.difference(&allowed);
    let words: Vec<&str> = beyond.map(|capability| capability.words()).collect();
    if !words.is_empty() {
        let message = format!(
            "`{}` is able to {}, which a member that reaches it does not allow",
            component.id(),
            and(&words)
        );
        found
            .add(&cut.at, message)
            .help("use it from another member, or have this one allow it")
            .about(component.id())
            .with(&component.at, "the component");
    }
}

pub(super) fn unsafe_over_budget(facts: &Facts, found: &mut Findings<'_>) {
    if facts.policy.components.iter().all(|entry| entry.unsafe_limit.is_none()) {
        return found.undecided();
    }
    for (component, seen) in read(facts, Ships::Build) {
        let entry = facts.policy.component(&component.name);
        let Some(limit) = entry.and_then(|entry| entry.unsafe_limit.as_ref()) else { continue };
        let places = seen.library.unsafe_tokens.total();
        if i64::from(places) > limit.value {
            let noun = if places == 1 { "place" } else { "places" };
            let message = format!(
                "`{}` has {places} {noun} with unsafe code, and its limit is {}",
                component.id(),
                limit.value
            );
            found
                .add(&limit.at, message)
                .help("read what is new, then set the limit to what was read")
                .about(component.id())
                .with(&component.at, "locked here");
        }
    }
}

pub(super) fn build_code_unlisted(facts: &Facts, found: &mut Findings<'_>) {
    match &facts.policy.supply.build_code_listed {
        None => return found.undecided(),
        Some(listed) if !listed.value => return,
        Some(_) => {}
    }
    for (component, seen) in read(facts, Ships::Build) {
        let Some(digest) = &seen.build_code else { continue };
        if facts.policy.component(&component.name).is_some_and(|entry| !entry.build_code.is_empty()) {
            continue;
        }
        let message = format!("{} that nobody has listed{}", runs(component, seen), able_in_build(seen));
        found
            .add(&component.at, message)
            .help(format!(
                "read it, then write `build_code = \"{digest}\"` in [component.{}]",
                component.name
            ))
            .about(component.id());
    }
}

pub(super) fn build_code_differs(facts: &Facts, found: &mut Findings<'_>) {
    // Who asks for a list has decided, even while nothing in the graph needs to be on it.
    let asked = facts.policy.supply.build_code_listed.is_some();
    if !asked && facts.policy.components.iter().all(|entry| entry.build_code.is_empty()) {
        return found.undecided();
    }
    for (component, seen) in read(facts, Ships::Build) {
        let listed = facts.policy.component(&component.name).map_or(&[][..], |entry| &entry.build_code);
        let Some(first) = listed.first() else { continue };
        let is_listed = |digest: &str| listed.iter().any(|entry: &Placed<String>| entry.value == digest);
        let (message, help) = match &seen.build_code {
            Some(digest) if is_listed(digest) => continue,
            Some(digest) => (
                format!(
                    "{}, and it is not the one that was listed{}",
                    runs(component, seen),
                    able_in_build(seen)
                ),
                format!("read what has changed, then write `build_code = \"{digest}\"`"),
            ),
            None if seen.runs_in_build() => continue,
            None => (
                format!("`{}` runs no code in the build any more", component.id()),
                "take `build_code` out of its entry".to_owned(),
            ),
        };
        found.add(&first.at, message).help(help).about(component.id()).with(&component.at, "locked here");
    }
}

/// What of a component runs while the product is built.
fn runs(component: &Component, seen: &Seen) -> String {
    let id = component.id();
    match (seen.proc_macro, seen.build_script.is_some()) {
        (true, false) => format!("`{id}` is a procedural macro"),
        (true, true) => format!("`{id}` is a procedural macro with a build script"),
        _ => format!("`{id}` has a build script"),
    }
}

/// What the code that runs in the build is able to do, at least.
fn able_in_build(seen: &Seen) -> String {
    let macro_part = Some(&seen.library).filter(|_| seen.proc_macro);
    let able: BTreeSet<Capability> = macro_part
        .into_iter()
        .chain(&seen.build_script)
        .flat_map(|part| &part.capabilities)
        .copied()
        .collect();
    let words: Vec<&str> = able.iter().map(|capability| capability.words()).collect();
    if words.is_empty() { String::new() } else { format!("; it is able to {}", and(&words)) }
}

pub(super) fn prebuilt_code(facts: &Facts, found: &mut Findings<'_>) {
    for (component, seen) in read(facts, Ships::Build) {
        let carried = &seen.carried;
        // What lies among tests is out of reach for a library, and in reach of what runs in the build.
        let files: Vec<&Prebuilt> =
            carried.code().filter(|file| seen.runs_in_build() || !Carried::among_tests(&file.path)).collect();
        if files.is_empty() {
            continue;
        }
        let named: Vec<String> =
            files.iter().take(NAMED).map(|file| format!("{} {}", file.kind.word(), file.path)).collect();
        let more = match files.len().saturating_sub(NAMED) {
            0 => "",
            _ => ", ...",
        };
        let id = component.id();
        let message = format!("`{id}` carries code that is compiled already ({}{more})", named.join(", "));
        found.add(&component.at, message).about(id);
    }
}

pub(super) fn native_code(facts: &Facts, found: &mut Findings<'_>) {
    for (component, seen) in read(facts, Ships::Unknown) {
        let carried = &seen.carried;
        let counts = [(carried.native, "C or C++ source"), (carried.assembler, "assembler source")];
        let mut parts: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, noun)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
            .collect();
        parts.extend(seen.links.as_ref().map(|library| format!("a link to the native library {library}")));
        if !parts.is_empty() {
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            let message = format!("`{}` brings {}", component.id(), and(&parts));
            found.add(&component.at, message).about(component.id());
        }
    }
}

/// `a, b and c`.
fn and(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
