//! Copies of published components: where each comes from, and what a record of that is worth.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::facts::advisories::Advisory;
use crate::facts::components::names::is_well_known;
use crate::facts::components::{Component, Origin};
use crate::finding::Findings;
use crate::policy::Fork;

use super::counts;

/// True for a name under which a package is known to be published: it replaces one in the graph, another
/// component of that name comes from crates.io, advisories speak of it, or many use it.
///
/// Advisories only add to it: without them a copy is asked about as something made for us, never passed.
pub(super) fn is_published(facts: &Facts, name: &str) -> bool {
    let patched = facts
        .workspace
        .patches
        .iter()
        .any(|patch| patch.package.value == name && patch.patched == "crates-io");
    let beside =
        || facts.components.all.iter().any(|other| other.name == name && other.origin == Origin::CratesIo);
    let advised = || facts.advisories.hits.iter().any(|hit| hit.advisory.package == name);
    patched || is_well_known(name) || advised() || beside()
}

/// Copies in a repository or a folder that bear the name of a published package.
fn copies(facts: &Facts) -> impl Iterator<Item = &Component> {
    facts.components.all.iter().filter(|component| {
        counts(component)
            && matches!(component.origin, Origin::Git { .. } | Origin::Path { .. })
            && is_published(facts, &component.name)
    })
}

pub(super) fn fork_without_provenance(facts: &Facts, found: &mut Findings<'_>) {
    let mut told = BTreeSet::new();
    for component in copies(facts) {
        let (id, name) = (component.id(), &component.name);
        let entry = facts.policy.component(name);
        if entry.is_some_and(|entry| entry.record.custom.is_some()) {
            continue;
        }
        let Some(fork) = entry.and_then(|entry| entry.fork.as_ref()) else {
            found
                .add(
                    &component.at,
                    format!(
                        "`{id}` is a copy of a published package, and nothing says of which version and why"
                    ),
                )
                .about(id)
                .help(format!("write [component.{name}.fork] with `of = \"{name}@VERSION\"` and `reason`"));
            continue;
        };
        if let Some(lack) = lack(fork).filter(|_| told.insert(name)) {
            found.add(&fork.at, format!("the record of the copy `{id}` {lack}")).about(id).help(
                "`of` names package and version, such as \"time@0.1.43\"; `reason` says what was changed and why",
            );
        }
    }
}

/// What a record of a copy lacks.
fn lack(fork: &Fork) -> Option<&'static str> {
    let of = fork.of.as_ref().map(|of| of.value.trim());
    let reason = fork.reason.as_ref().is_some_and(|reason| !reason.value.trim().is_empty());
    match of {
        None | Some("") => Some("does not say of which package and version"),
        Some(of) if origin_of(of).is_none() => Some("names no version that it was taken from"),
        Some(_) if !reason => Some("does not say why it was changed"),
        Some(_) => None,
    }
}

/// Package and version out of `time@0.1.43`.
fn origin_of(of: &str) -> Option<(&str, semver::Version)> {
    let (name, version) = of.trim().split_once('@')?;
    Some((name, semver::Version::parse(version.trim()).ok()?)).filter(|(name, _)| !name.is_empty())
}

/// True where the record of a copy shows that it mends an advisory: it was taken from a version that the
/// advisory is about, lists the advisory, and its proof is a file that is there.
pub(in crate::checks) fn mends(facts: &Facts, copy: &str, advisory: &Advisory) -> bool {
    let Some(fork) = facts.policy.component(copy).and_then(|entry| entry.fork.as_ref()) else { return false };
    let lists = fork.fixes.iter().any(|fixed| advisory.is_called(&fixed.value));
    let proved = fork.proof.as_ref().is_some_and(|proof| facts.documents.present.contains(&proof.value));
    let taken = fork.of.as_ref().and_then(|of| origin_of(&of.value));
    lists
        && proved
        && lack(fork).is_none()
        && taken.is_some_and(|(name, version)| name == advisory.package && advisory.affects(&version))
}

/// What a record of a copy that lists an advisory still lacks, where it does not show that it mends it.
pub(in crate::checks) fn unproved(facts: &Facts, copy: &str, advisory: &Advisory) -> Option<String> {
    let fork = facts.policy.component(copy)?.fork.as_ref()?;
    if !fork.fixes.iter().any(|fixed| advisory.is_called(&fixed.value)) {
        return None;
    }
    let lacks = match (&fork.proof, lack(fork)) {
        (_, Some(lack)) => format!("the record {lack}"),
        (None, None) => "the record names no proof".to_owned(),
        (Some(proof), None) if !facts.documents.present.contains(&proof.value) => {
            format!("its proof `{}` is not there", proof.value)
        }
        _ => format!("`of` names no version that {} is about", advisory.id),
    };
    Some(format!("[component.{copy}.fork] says that it mends {}, but {lacks}", advisory.id))
}
