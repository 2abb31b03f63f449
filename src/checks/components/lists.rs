//! What the manufacturer's lists allow and deny: components, licences.

use std::collections::BTreeSet;

use crate::document::suggestion;
use crate::facts::Facts;
use crate::facts::components::licence::{Licence, is_licence};
use crate::facts::components::{Component, Node, Ships};
use crate::finding::Findings;
use crate::policy::ListEntry;

use super::{counts, cryptography};

pub(super) fn component_denied(facts: &Facts, found: &mut Findings<'_>) {
    for (index, component) in used(facts) {
        let denied =
            facts.policy.supply.deny.iter().filter(|entry| entry.denies(&component.name, &component.version));
        for entry in denied {
            let Some(beside) = not_spared(facts, entry, index) else { continue };
            let (id, reason) = (component.id(), entry.reason.value.trim_end_matches('.'));
            let finding = found.add(&component.at, format!("`{id}` is on the deny list{beside}: {reason}"));
            finding.about(id).with(&entry.component.at, "denied here");
            let by = match component.why.as_slice() {
                [.., before, _] if component.why.len() > 2 => format!("; it is here for {before}"),
                _ => String::new(),
            };
            match &entry.instead {
                Some(instead) => finding.help(format!("use {} in its place{by}", instead.value)),
                None => finding.help(format!("take it out{by}")),
            };
        }
    }
}

/// The components in use, each with its number. What only tests use runs on the machines of developers.
fn used(facts: &Facts) -> impl Iterator<Item = (usize, &Component)> {
    facts.components.all.iter().enumerate().filter(|(_, component)| component.ships >= Ships::Dev)
}

/// Why a denied component is not spared, in words behind it; `None` where it is.
fn not_spared(facts: &Facts, entry: &ListEntry, index: usize) -> Option<String> {
    let name = facts.components.all.get(index)?.name.as_str();
    if entry.several && used(facts).filter(|(_, other)| other.name == name).count() < 2 {
        return None;
    }
    let several = if entry.several { " in several versions" } else { "" };
    if entry.wrappers.is_empty() {
        return Some(several.to_owned());
    }
    let users = facts.components.used_by(index).map(|user| match user {
        Node::Member(member) => facts.workspace.members.get(member).map(|member| member.name.as_str()),
        Node::Component(other) => facts.components.all.get(other).map(|other| other.name.as_str()),
    });
    let users: Vec<&str> = users.map(|user| user.unwrap_or("an unknown package")).collect();
    let may = format!("where {} does not use it", entry.wrappers.join(" or "));
    match users.iter().find(|user| entry.wrappers.iter().all(|wrapper| wrapper != *user)) {
        Some(other) => Some(format!("{several} {may}, and `{other}` uses it")),
        // Who uses it is not known.
        None if users.is_empty() => Some(format!("{several} {may}")),
        None => None,
    }
}

pub(super) fn component_not_allowed(facts: &Facts, found: &mut Findings<'_>) {
    let Some(allow) = &facts.policy.supply.allow else { return found.undecided() };
    for component in facts.components.all.iter().filter(|component| counts(component)) {
        if !allow.iter().any(|entry| entry.allows(&component.name, &component.version)) {
            let id = component.id();
            let finding = found.add(&component.at, format!("`{id}` is not on the allow list"));
            finding.about(&id);
            if let Some(entry) = allow.iter().find(|entry| entry.name() == component.name) {
                finding.with(&entry.component.at, "other versions are allowed here");
            }
        }
    }
}

pub(super) fn list_entry_unused(facts: &Facts, found: &mut Findings<'_>) {
    let supply = &facts.policy.supply;
    for entry in supply.allow.iter().flatten() {
        let met = |component: &Component| entry.allows(&component.name, &component.version);
        if !facts.components.all.iter().any(met) {
            let message = format!("no component is `{}`, which the allow list names", entry.component.value);
            found
                .add(&entry.component.at, message)
                .about(&entry.component.value)
                .help("take the entry out, so that nothing new comes in by it");
        }
    }
    // A policy that several products share speaks of the components of all of them.
    let own = facts.policy.components.iter().filter(|entry| facts.policy.is_own(&entry.name.at));
    let names: BTreeSet<&str> =
        facts.components.all.iter().map(|component| component.name.as_str()).collect();
    for entry in own.filter(|entry| !names.contains(entry.name.value.as_str())) {
        let name = &entry.name.value;
        let known: Vec<&str> = names.iter().copied().collect();
        let near = suggestion(name, &known);
        let message = format!("no component is called `{name}`, of which [component.{name}] speaks");
        let help =
            near.unwrap_or_else(|| "take the entry out, or write it as the component is called".to_owned());
        found.add(&entry.name.at, message).about(name).help(help);
    }
    for chosen in supply.cryptography.iter().flatten() {
        if !facts.components.all.iter().any(|component| cryptography::is_of(component, &chosen.value)) {
            found
                .add(
                    &chosen.at,
                    format!("no component is of `{}`, which is chosen for cryptography", chosen.value),
                )
                .about(&chosen.value)
                .help("take the entry out, or write it as the component is called");
        }
    }
}

/// What is linked into the product, with what it declares; without a graph no manifest was read.
fn delivered(facts: &Facts) -> impl Iterator<Item = &Component> {
    let read = facts.components.resolved;
    facts.components.all.iter().filter(move |component| read && component.ships >= Ships::Unknown)
}

pub(super) fn licence_undeclared(facts: &Facts, found: &mut Findings<'_>) {
    for component in delivered(facts) {
        let id = component.id();
        let message = match Licence::read(component.declared.licence.as_deref()) {
            Licence::Parsed(_) => continue,
            Licence::Absent if component.declared.licence_file.is_some() => continue,
            Licence::Absent => format!("`{id}` is linked into the product and declares no licence"),
            Licence::Invalid(why) => format!("`{id}` declares a licence that is no SPDX expression: {why}"),
        };
        found
            .add(&component.at, message)
            .about(id)
            .help("ask its author, and keep the answer with the waiver");
    }
}

pub(super) fn licence_not_allowed(facts: &Facts, found: &mut Findings<'_>) {
    if facts.policy.supply.licences.is_none() {
        found.undecided();
    }
    let listed = facts.policy.supply.licences.iter().flatten();
    for entry in listed.filter(|entry| !is_licence(&entry.value)) {
        found
            .add(&entry.at, format!("`{}` is no SPDX identifier, so that it allows nothing", entry.value))
            .about(&entry.value)
            .help("the identifiers are listed at https://spdx.org/licenses");
    }
    for component in delivered(facts) {
        // A member that reaches the component may allow fewer.
        let Some(licences) = facts.policy.licences_of(&component.name) else { continue };
        let allowed = || licences.iter().map(|entry| entry.value.as_str());
        let id = component.id();
        let message = match Licence::read(component.declared.licence.as_deref()) {
            Licence::Parsed(expression) if expression.is_met_by(allowed()) => continue,
            Licence::Parsed(expression) => {
                format!("`{id}` comes under {}, which the allowed licences do not meet", expression.text())
            }
            Licence::Absent if component.declared.licence_file.is_some() => {
                format!(
                    "`{id}` comes under a licence of its own, which nothing can compare with the allowed ones"
                )
            }
            Licence::Absent | Licence::Invalid(_) => {
                format!("`{id}` names no licence that could be compared with the allowed ones")
            }
        };
        found.add(&component.at, message).about(id);
    }
}
