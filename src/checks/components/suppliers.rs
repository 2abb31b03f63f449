//! Items that somebody makes for the manufacturer, and the records that go with them.

use std::collections::BTreeMap;

use crate::facts::Facts;
use crate::facts::components::{Component, Origin};
use crate::finding::Findings;
use crate::policy::{CustomRecord, Record};

use super::forks::is_published;
use super::{counts, list};

/// What is on record for components and other items, each with its name.
fn records(facts: &Facts) -> impl Iterator<Item = (&str, &Record)> {
    let components = facts.policy.components.iter().map(|entry| (entry.name.value.as_str(), &entry.record));
    components.chain(facts.policy.items.iter().map(|item| (item.name.value.as_str(), &item.record)))
}

/// Records of suppliers who make an item for the manufacturer.
fn customs(facts: &Facts) -> impl Iterator<Item = (&str, &CustomRecord)> {
    records(facts).filter_map(|(name, record)| Some((name, record.custom.as_ref()?)))
}

pub(super) fn custom_supplier_unrecorded(facts: &Facts, found: &mut Findings<'_>) {
    let mut registries: BTreeMap<&str, Vec<&Component>> = BTreeMap::new();
    for component in facts.components.all.iter().filter(|component| counts(component)) {
        let name = &component.name;
        let entry = facts.policy.component(name);
        let recorded = entry.is_some_and(|entry| entry.record.custom.is_some() || entry.fork.is_some());
        // Where the name is that of a published package, it is a copy, and another rule asks.
        if recorded || is_published(facts, name) {
            continue;
        }
        let whence = match &component.origin {
            Origin::CratesIo => continue,
            Origin::Registry { url } => {
                registries.entry(url).or_default().push(component);
                continue;
            }
            Origin::Git { url, .. } => format!("the repository {url}"),
            Origin::Path { folder } => {
                format!("the folder {}", folder.as_deref().unwrap_or("that a manifest names"))
            }
        };
        let id = component.id();
        found
            .add(&component.at, format!("`{id}` comes from {whence}, and nothing says who makes it and under which requirements"))
            .about(id)
            .help(format!("made for you: write [component.{name}.custom]; a copy of something public: [component.{name}.fork]"));
    }
    // A registry is most often one supplier.
    for (url, components) in registries {
        let verb = if components.len() == 1 { "comes" } else { "come" };
        let message = format!(
            "{} {verb} from the registry {url}, and nothing says who makes them and under which requirements",
            list(&components)
        );
        let finding = found.add(&components[0].at, message);
        finding
            .about(url)
            .help("made for you: write [component.NAME.custom] for each; public: [component.NAME.fork]");
        for component in &components {
            finding.about(component.id());
        }
    }
}

pub(super) fn custom_record_incomplete(facts: &Facts, found: &mut Findings<'_>) {
    for (name, custom) in customs(facts) {
        let texts = [
            ("requirements", &custom.requirements),
            ("agreement", &custom.agreement),
            ("evidence", &custom.evidence),
            ("contact", &custom.contact),
        ];
        let blank =
            texts.iter().filter(|(_, text)| text.as_ref().is_none_or(|text| text.value.trim().is_empty()));
        let dates = [("sent_on", &custom.sent_on), ("evidence_on", &custom.evidence_on)];
        let undated = dates.iter().filter(|(_, day)| day.is_none());
        let lacks: Vec<String> = blank
            .map(|(key, _)| format!("`{key}`"))
            .chain(undated.map(|(key, _)| format!("`{key}`")))
            .collect();
        if !lacks.is_empty() {
            found
                .add(
                    &custom.at,
                    format!("the record of the supplier of `{name}` has no {}", lacks.join(", ")),
                )
                .about(name);
        }
        let files =
            texts.iter().take(3).filter_map(|(_, text)| text.as_ref()).filter(|text| is_path(&text.value));
        for file in files.filter(|file| !facts.documents.present.contains(&file.value)) {
            found
                .add(
                    &file.at,
                    format!(
                        "the record of the supplier of `{name}` names `{}`, which is not there",
                        file.value
                    ),
                )
                .about(name);
        }
    }
}

/// True for what can only be a file of the workspace: the number of a document in another system has no folder.
pub(in crate::checks) fn is_path(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or_default();
    text.contains('/') && name.contains('.') && !text.contains("://") && !text.contains(char::is_whitespace)
}

pub(super) fn custom_evidence_outdated(facts: &Facts, found: &mut Findings<'_>) {
    for (name, custom) in customs(facts) {
        let Some(evidence) = &custom.evidence_on else { continue };
        if let Some(sent) = custom.sent_on.as_ref().filter(|sent| sent.value > evidence.value) {
            let message = format!(
                "the evidence of the supplier of `{name}` is of {}, before the requirements were sent on {}",
                evidence.value, sent.value
            );
            found.add(&evidence.at, message).about(name).with(&sent.at, "sent here");
            continue;
        }
        if let Some((component, on)) = changed_after(facts, name, evidence.value) {
            let message = format!(
                "the evidence of the supplier of `{name}` is of {}, and `{}` is of {on}",
                evidence.value,
                component.id()
            );
            found.add(&evidence.at, message).about(name).with(&component.at, "locked here");
        }
    }
}

/// A component of this name that is younger than a day: published later, or taken in after a release that is later.
fn changed_after<'a>(
    facts: &'a Facts,
    name: &str,
    day: jiff::civil::Date,
) -> Option<(&'a Component, jiff::civil::Date)> {
    facts.components.all.iter().enumerate().filter(|(_, component)| component.name == name).find_map(
        |(index, component)| {
            let published =
                facts.registry.of.get(&index).and_then(|published| published.on).filter(|on| *on > day);
            Some((component, published?))
        },
    )
}
