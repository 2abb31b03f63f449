//! Checks on components: where they come from, and what the manufacturer has decided on them.

mod registry;

use crate::facts::Facts;
use crate::facts::components::{Component, Origin, Ships};
use crate::finding::Findings;
use crate::policy::{Class, ComponentEntry};

use super::rules;
use registry::{checksum_not_published, component_quiet, component_too_young, component_yanked};

rules!["components":
    component_outside_registry,
    component_without_checksum,
    component_patched,
    component_unclassified,
    class_implausible,
    component_yanked,
    checksum_not_published,
    component_too_young,
    component_quiet,
];

/// How many names a message lists.
const NAMES: usize = 5;

/// What runs in the product or while it is built; without a graph each component may.
fn counts(component: &Component) -> bool {
    component.ships >= Ships::Build
}

fn component_outside_registry(facts: &Facts, found: &mut Findings<'_>) {
    let patched = |component: &Component| {
        facts.workspace.patches.iter().any(|patch| patch.package.value == component.name)
    };
    let mut registries: Vec<(&str, Vec<&Component>)> = Vec::new();
    for component in facts.components.all.iter().filter(|component| counts(component)) {
        let name = component.id();
        let message = match &component.origin {
            Origin::CratesIo => continue,
            // A rule of its own tells of these, at the place of the decision.
            _ if patched(component) => continue,
            Origin::Registry { url } => {
                match registries.iter_mut().find(|(known, _)| known == url) {
                    Some((_, components)) => components.push(component),
                    None => registries.push((url, vec![component])),
                }
                continue;
            }
            Origin::Git { url, .. } => format!("`{name}` comes from the repository {url}"),
            Origin::Path { folder: Some(folder) } => {
                format!("`{name}` comes from the folder {folder}, which is no member of the workspace")
            }
            Origin::Path { folder: None } => {
                format!("`{name}` comes from a folder that is no member of the workspace")
            }
        };
        let finding = found.add(&component.at, message).about(name);
        if matches!(component.origin, Origin::Path { .. }) {
            finding.help(
                "make it a member, so that it is inspected like your own code, or use the published crate",
            );
        }
    }
    // A registry is one decision, however many components come from it.
    for (url, components) in registries {
        let verb = if components.len() == 1 { "comes" } else { "come" };
        let message = format!("{} {verb} from the registry {url}", list(&components));
        found.add(&components[0].at, message).about(url);
    }
}

fn component_without_checksum(facts: &Facts, found: &mut Findings<'_>) {
    for component in &facts.components.all {
        let published = matches!(component.origin, Origin::CratesIo | Origin::Registry { .. });
        if published && component.checksum.is_none() {
            found
                .add(&component.at, format!("`{}` is locked without a checksum", component.id()))
                .about(component.id());
        }
    }
}

fn component_patched(facts: &Facts, found: &mut Findings<'_>) {
    for patch in &facts.workspace.patches {
        let name = &patch.package.value;
        let copies = facts.components.all.iter().filter(|c| c.name == *name && counts(c));
        let copy = copies.clone().find(|c| !matches!(c.origin, Origin::CratesIo));
        let what = match copy.map(|component| &component.origin) {
            Some(Origin::Git { url, .. }) => format!("by a copy in the repository {url}"),
            Some(Origin::Path { folder: Some(folder) }) => format!("by a copy in the folder {folder}"),
            Some(_) => "by another copy".to_owned(),
            None if facts.workspace.member(name).is_some() => "by a member of this workspace".to_owned(),
            // A patch that nothing uses replaces nothing.
            None => continue,
        };
        let from = if patch.patched == "crates-io" { "crates.io" } else { &patch.patched };
        let finding = found.add(&patch.package.at, format!("`{name}` of {from} is replaced {what}"));
        finding.about(name);
        if let Some(component) = copy {
            finding.about(component.id()).with(&component.at, "locked here");
        }
    }
}

fn component_unclassified(facts: &Facts, found: &mut Findings<'_>) {
    let open: Vec<&Component> = facts
        .components
        .all
        .iter()
        .filter(|component| component.ships >= Ships::Unknown)
        .filter(|component| facts.policy.class_of(&component.name).is_none())
        .collect();
    if open.is_empty() {
        return;
    }
    let whole = facts.workspace.manifest.source.whole();
    found
        .add(facts.policy.at.as_ref().unwrap_or(&whole), format!("{} without a class", list(&open)))
        .help("set `default` in [classes], or a class for each in [component.NAME]")
        .about("classes");
}

fn class_implausible(facts: &Facts, found: &mut Findings<'_>) {
    // A wrapper of a native library may stand for a library that the operator's system brings.
    let linked = |component: &&Component| component.ships == Ships::Product && component.links.is_none();
    let shipped: Vec<&Component> = facts.components.all.iter().filter(linked).collect();
    let entry_of = |name: &str| facts.policy.components.iter().find(|entry| entry.name.value == name);
    let elsewhere = |class: Class| class != Class::Maintained;

    for entry in &facts.policy.components {
        let (Some(class), None) = (&entry.record.class, &entry.record.reason) else { continue };
        if elsewhere(class.value) && shipped.iter().any(|component| component.name == entry.name.value) {
            let (name, class_word) = (&entry.name.value, class.value.word());
            let message = format!("`{name}` is linked into the product, yet classed as {class_word}");
            found
                .add(&class.at, message)
                .help(format!("class it as maintained, or give [component.{name}] a reason"))
                .about(name);
        }
    }
    let Some(default) = facts.policy.default_class.as_ref().filter(|class| elsewhere(class.value)) else {
        return;
    };
    let decided = |entry: &ComponentEntry| entry.record.class.is_some();
    let by_default: Vec<&Component> =
        shipped.into_iter().filter(|component| !entry_of(&component.name).is_some_and(decided)).collect();
    if !by_default.is_empty() {
        let message =
            format!("{} linked into the product, yet classed as {}", list(&by_default), default.value.word());
        found
            .add(&default.at, message)
            .help("class what is linked as maintained, and each exception in [component.NAME] with a reason")
            .about("classes.default");
    }
}

/// How many components, and the names of the first.
fn list(components: &[&Component]) -> String {
    let mut names: Vec<String> =
        components.iter().take(NAMES).map(|component| format!("`{}`", component.id())).collect();
    if components.len() > NAMES {
        names.push("...".to_owned());
    }
    let noun = if components.len() == 1 { "component" } else { "components" };
    format!("{} {noun} ({})", components.len(), names.join(", "))
}
