//! Required items, whose risks are settled before release (5.2.3), and reviews on record.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::facts::components::Component;
use crate::finding::Findings;
use crate::policy::{Class, Record};

use super::{list, shipped, versions};

pub(super) fn required_item_unassessed(facts: &Facts, found: &mut Findings<'_>) {
    for item in &facts.policy.items {
        if item.record.class().is_some_and(|class| class.value == Class::Required) {
            let versions = item.version.iter().map(|version| version.value.clone()).collect();
            if let Some(open) = open_questions(&item.record, &versions) {
                let message = format!("`{}` is required, {open}", item.name.value);
                found.add(&item.name.at, message).about(&item.name.value);
            }
        }
    }
    let required =
        |name: &str| facts.policy.class_of(name).is_some_and(|class| class.value == Class::Required);
    for entry in facts.policy.components.iter().filter(|entry| required(&entry.name.value)) {
        let versions = versions(facts, &entry.name.value);
        if versions.is_empty() {
            continue;
        }
        if let Some(open) = open_questions(&entry.record, &versions) {
            let message = format!("`{}` is required, {open}", entry.name.value);
            found.add(&entry.name.at, message).about(&entry.name.value);
        }
    }
    let by_default: Vec<&Component> = shipped(facts)
        .filter(|component| required(&component.name) && facts.policy.component(&component.name).is_none())
        .collect();
    if let (Some(default), false) = (&facts.policy.default_class, by_default.is_empty()) {
        found
            .add(&default.at, format!("{} required by default, without a review", list(&by_default)))
            .about("classes.default");
    }
}

/// What is missing before the risks of an item are known.
fn open_questions(record: &Record, versions: &BTreeSet<String>) -> Option<String> {
    let mut missing = Vec::new();
    if record.reviewed_on.is_none() || record.reviewed_by.is_none() {
        missing.push("a review (`reviewed_on`, `reviewed_by`)".to_owned());
    }
    if record.risk.is_none() {
        missing.push("an entry in the risk file (`risk`)".to_owned());
    }
    match (&record.reviewed_version, one_of(versions)) {
        (Some(reviewed), Some(used)) if !versions.contains(&reviewed.value) => {
            missing.push(format!("a review of {used} (the last one was of {})", reviewed.value));
        }
        (None, Some(used)) if record.reviewed_on.is_some() => {
            missing.push(format!("the version that was reviewed (`reviewed_version`; {used} is used)"));
        }
        _ => {}
    }
    (!missing.is_empty()).then(|| format!("without {}", missing.join(" and ")))
}

pub(super) fn review_outdated(facts: &Facts, found: &mut Findings<'_>) {
    for entry in &facts.policy.components {
        let name = &entry.name.value;
        // A rule of its own asks more of what is required.
        if facts.policy.class_of(name).is_some_and(|class| class.value == Class::Required) {
            continue;
        }
        let used = versions(facts, name);
        if let (Some(reviewed), Some(version)) = (&entry.record.reviewed_version, one_of(&used))
            && !used.contains(&reviewed.value)
        {
            found
                .add(
                    &reviewed.at,
                    format!("`{name}` was reviewed as {}, and {version} is used", reviewed.value),
                )
                .about(name);
        }
    }
}

/// All versions as one text.
fn one_of(versions: &BTreeSet<String>) -> Option<String> {
    let names: Vec<&str> = versions.iter().map(String::as_str).collect();
    (!names.is_empty()).then(|| names.join(" or "))
}
