//! Who carries the security risk of each item after release (4.3).

use crate::facts::Facts;
use crate::facts::components::{Component, Ships};
use crate::finding::Findings;
use crate::policy::{Class, ItemKind, Record};
use crate::source::Placed;

use super::{list, shipped};

pub(super) fn component_unclassified(facts: &Facts, found: &mut Findings<'_>) {
    let open: Vec<&Component> =
        shipped(facts).filter(|component| facts.policy.class_of(&component.name).is_none()).collect();
    if open.is_empty() {
        return;
    }
    let whole = facts.workspace.manifest.source.whole();
    found
        .add(facts.policy.at.as_ref().unwrap_or(&whole), format!("{} without a class", list(&open)))
        .help("set `default` in [classes], or a class for each in [component.NAME]")
        .about("classes");
}

pub(super) fn class_implausible(facts: &Facts, found: &mut Findings<'_>) {
    for entry in &facts.policy.components {
        let Some(class) = elsewhere(facts, &entry.record) else { continue };
        let name = entry.name.value.as_str();
        let what = match placed_in(facts, name) {
            Some(Ships::Product) => "is linked into the product",
            Some(Ships::Build) => "only runs while the product is built",
            _ => continue,
        };
        implausible(found, name, what, &entry.record, class, &format!("[component.{name}]"));
    }
    for item in facts.policy.items.iter().filter(|item| is_tool(item.kind.as_ref())) {
        let Some(class) = elsewhere(facts, &item.record) else { continue };
        let name = item.name.value.as_str();
        let what = "is a tool that only its manufacturer runs";
        implausible(found, name, what, &item.record, class, "the item");
    }
    by_default(facts, found);
}

pub(super) fn is_tool(kind: Option<&Placed<ItemKind>>) -> bool {
    kind.is_some_and(|kind| kind.value == ItemKind::Tool)
}

/// The class of a record, if it leaves the risk to others and nobody signs for that. A signature of
/// a shared policy does not stand for what the policy that builds upon it says otherwise.
fn elsewhere<'a>(facts: &Facts, record: &'a Record) -> Option<&'a Placed<Class>> {
    let class = record.class().filter(|class| class.value != Class::Maintained)?;
    let for_this = record
        .reason
        .as_ref()
        .is_some_and(|reason| reason.at.path() == class.at.path() || facts.policy.is_own(&reason.at));
    if record.signed() && for_this { None } else { Some(class) }
}

fn implausible(
    found: &mut Findings<'_>,
    name: &str,
    what: &str,
    record: &Record,
    class: &Placed<Class>,
    entry: &str,
) {
    let word = class.value.word();
    let how = if record.reason.is_some() { ", for a reason that nobody signs for it" } else { "" };
    found
        .add(&class.at, format!("`{name}` {what}, yet classed as {word}{how}"))
        .help(format!("class it as maintained, or give {entry} a `reason` and who signs it, `by`"))
        .about(name);
}

/// The strongest use of a component that is judged. A wrapper of a native library may stand for a library that
/// the operator's system brings; what only tests use is nobody's risk.
fn placed_in(facts: &Facts, name: &str) -> Option<Ships> {
    let all = facts.components.all.iter().filter(|component| component.name == name);
    all.filter(|component| component.links.is_none()).map(|component| component.ships).max()
}

/// Components that leave the risk to others because everything does.
fn by_default(facts: &Facts, found: &mut Findings<'_>) {
    let Some(default) = facts.policy.default_class.as_ref() else { return };
    let open: Vec<&Component> = shipped(facts)
        .filter(|component| component.ships == Ships::Product && component.links.is_none())
        .filter(|component| {
            facts.policy.component(&component.name).is_none_or(|entry| entry.record.class().is_none())
        })
        .collect();
    if default.value == Class::Maintained || open.is_empty() {
        return;
    }
    let word = default.value.word();
    found
        .add(&default.at, format!("{} linked into the product, yet classed as {word}", list(&open)))
        .help("class what is linked as maintained, and each exception in [component.NAME] with a reason")
        .about("classes.default");
}

pub(super) fn class_contradictory(facts: &Facts, found: &mut Findings<'_>) {
    let components = facts.policy.components.iter().map(|entry| (&entry.name, &entry.record));
    let items = facts.policy.items.iter().map(|item| (&item.name, &item.record));
    for (name, record) in components.chain(items) {
        let name = &name.value;
        if let (Some(updatable), Some(watched)) = (&record.updatable, &record.watched)
            && (updatable.value, watched.value) == (true, false)
        {
            found
                .add(&watched.at, format!("updates of `{name}` can be shipped, yet nobody watches it"))
                .help("watch it, or say that no update of it is shipped")
                .with(&updatable.at, "it can be updated")
                .about(name);
        }
        if let (Some(class), Some(derived)) = (&record.class, &record.derived)
            && class.value != derived.value
        {
            let (said, made) = (class.value.word(), derived.value.word());
            found
                .add(&class.at, format!("`{name}` is classed as {said}, and its two answers make it {made}"))
                .with(&derived.at, "the answers")
                .about(name);
        }
    }
}
