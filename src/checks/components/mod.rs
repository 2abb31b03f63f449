//! Checks on components: where they come from, and what the manufacturer has decided on them.
//!
//! - [`classes`]: who carries the risk of each item (4.3); [`required`]: what is asked of those whose
//!   risks are settled before release, and of reviews (5.2.3)
//! - [`contents`]: what is inside: capabilities, unsafe code, build-time code, native and prebuilt code
//! - [`items`]: what cargo does not know: native libraries, systems, services; [`scans`]: what scanners say of it
//! - [`records`]: fields that a component list must have, and lacks
//! - [`registry`]: what the index says of their versions
//! - [`sources`]: where cargo takes them from, and whether they are what was locked
//! - [`support`]: how long others stand behind what ships
//! - [`vetting`]: who has read them; [`lists`]: what is allowed and denied; [`cryptography`]: who does the
//!   cryptographic work
//! - [`forks`], [`suppliers`]: copies of published packages, and what is made for the manufacturer
//! - [`names`]: names made to be mistaken; [`watch`]: who hears of faults

mod classes;
mod contents;
mod cryptography;
pub(super) mod forks;
mod items;
mod lists;
mod names;
mod records;
mod registry;
mod required;
mod scans;
mod sources;
mod suppliers;
mod support;
mod vetting;
mod watch;

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::facts::components::{Component, Origin, Ships};
use crate::finding::Findings;

use super::rules;

use classes::{class_contradictory, class_implausible, component_unclassified};
use contents::{
    build_code_differs, build_code_unlisted, capability_over_budget, native_code, prebuilt_code,
    unsafe_over_budget,
};
use cryptography::cryptography_duplicated;
use forks::fork_without_provenance;
use items::{item_unclassified, item_unused, native_library_unlisted};
use lists::{
    component_denied, component_not_allowed, licence_not_allowed, licence_undeclared, list_entry_unused,
};
use names::component_name_resembles;
use records::component_record_incomplete;
use registry::{checksum_not_published, component_quiet, component_too_young, component_yanked};
use required::{required_item_unassessed, review_outdated};
use scans::{item_unscanned, item_vulnerable};
use sources::{source_replaced, sources_changed};
use suppliers::{custom_evidence_outdated, custom_record_incomplete, custom_supplier_unrecorded};
use support::{support_ends_early, support_undecided};
use vetting::{component_unvetted, exemption_without_notes, trust_ends_soon, vetting_violation};
use watch::{component_unwatched, security_contact_missing};

pub(super) use suppliers::is_path;

rules!["components":
    component_unvetted, vetting_violation, exemption_without_notes, trust_ends_soon,
    component_denied, component_not_allowed, list_entry_unused, licence_undeclared, licence_not_allowed,
    cryptography_duplicated, fork_without_provenance, component_name_resembles,
    custom_supplier_unrecorded, custom_record_incomplete, custom_evidence_outdated,
    component_unwatched, security_contact_missing,
    component_outside_registry,
    component_without_checksum,
    component_patched,
    component_unclassified,
    class_implausible,
    class_contradictory,
    item_unclassified,
    item_unused,
    item_unscanned,
    item_vulnerable,
    native_library_unlisted,
    required_item_unassessed,
    review_outdated,
    support_undecided,
    support_ends_early,
    component_yanked,
    checksum_not_published,
    sources_changed,
    source_replaced,
    component_too_young,
    component_quiet,
    capability_over_budget,
    unsafe_over_budget,
    build_code_unlisted,
    build_code_differs,
    prebuilt_code,
    native_code,
    component_record_incomplete,
];

/// How many names a message lists.
const NAMES: usize = 5;

/// What runs in the product or while it is built; without a graph each component may.
fn counts(component: &Component) -> bool {
    component.ships >= Ships::Build
}

/// What is linked into the product; without a graph each component may be.
fn shipped(facts: &Facts) -> impl Iterator<Item = &Component> {
    facts.components.all.iter().filter(|component| component.ships >= Ships::Unknown)
}

/// The versions of a component that are linked into the product.
fn versions(facts: &Facts, name: &str) -> BTreeSet<String> {
    shipped(facts)
        .filter(|component| component.name == name)
        .map(|component| component.version.to_string())
        .collect()
}

fn component_outside_registry(facts: &Facts, found: &mut Findings<'_>) {
    let patched = |component: &Component| {
        facts.workspace.patches.iter().any(|patch| patch.package.value == component.name)
    };
    // A registry is one decision, and so is a state of a repository, however many components come from it.
    let mut decided: Vec<(&Origin, Vec<&Component>)> = Vec::new();
    for component in facts.components.all.iter().filter(|component| counts(component)) {
        let name = component.id();
        let folder = match &component.origin {
            Origin::CratesIo => continue,
            // A rule of its own tells of these, at the place of the decision.
            _ if patched(component) => continue,
            Origin::Registry { url } if sources::listed(facts, url) => continue,
            Origin::Registry { .. } | Origin::Git { .. } => {
                match decided.iter_mut().find(|(known, _)| **known == component.origin) {
                    Some((_, components)) => components.push(component),
                    None => decided.push((&component.origin, vec![component])),
                }
                continue;
            }
            Origin::Path { folder: Some(folder) } => format!("the folder {folder}, which"),
            Origin::Path { folder: None } => "a folder that".to_owned(),
        };
        let message = format!("`{name}` comes from {folder} is no member of the workspace");
        found
            .add(&component.at, message)
            .about(name)
            .help("make it a member, so that it is inspected like your own code, or use the published crate");
    }
    for (origin, components) in decided {
        let (first, verb) = match components.as_slice() {
            [one] => (format!("`{}`", one.id()), "comes"),
            _ => (list(&components), "come"),
        };
        let (place, url) = match origin {
            Origin::Git { url, .. } => (format!("the repository {url}"), url),
            Origin::Registry { url } => (format!("the registry {url}"), url),
            Origin::CratesIo | Origin::Path { .. } => continue,
        };
        let finding = found.add(&components[0].at, format!("{first} {verb} from {place}")).about(url);
        if let (Origin::Git { .. }, [one]) = (origin, components.as_slice()) {
            finding.about(one.id());
        }
        if components.iter().all(|component| forks::is_from_its_makers(facts, component)) {
            finding.help("it is the repository of its makers: this commit of theirs was not released");
        }
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
