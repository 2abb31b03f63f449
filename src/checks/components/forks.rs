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
            && !is_from_its_makers(facts, component)
    })
}

/// True for a commit in the repository that the published package names as its own: no copy, but a state of it
/// that was not released. Where no release is at hand to ask, the manifest of the commit is believed.
pub(super) fn is_from_its_makers(facts: &Facts, component: &Component) -> bool {
    let Origin::Git { url, .. } = &component.origin else { return false };
    let released =
        facts.components.all.iter().filter(|c| c.name == component.name && c.origin == Origin::CratesIo);
    let mut named = released.filter_map(|released| released.declared.repository.as_deref()).peekable();
    let is_this = |repository: &str| is_in(repository, url);
    if named.peek().is_some() {
        named.any(is_this)
    } else {
        component.declared.repository.as_deref().is_some_and(is_this)
    }
}

/// True where a manifest names this repository, or a folder in it.
fn is_in(named: &str, repository: &str) -> bool {
    let (named, repository) = (plain(named), plain(repository));
    let rest = named.strip_prefix(&repository);
    !repository.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Host and path of a repository: what is left of its address however it is reached.
fn plain(url: &str) -> String {
    let url = url.trim().split(['?', '#']).next().unwrap_or_default();
    let url = match url.split_once("://") {
        Some((_, rest)) => rest.to_owned(),
        // `git@host:owner/name`
        None => url.replacen(':', "/", 1),
    };
    let (host, path) = url.split_once('/').unwrap_or((&url, ""));
    let host = host.rsplit('@').next().unwrap_or_default();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    format!("{}/{path}", host.strip_prefix("www.").unwrap_or(host)).to_ascii_lowercase()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_known_however_it_is_reached() {
        for named in [
            "https://github.com/tokio-rs/tracing",
            "https://github.com/tokio-rs/tracing/",
            "http://www.GitHub.com/Tokio-rs/tracing.git",
            "ssh://git@github.com/tokio-rs/tracing.git",
            "git@github.com:tokio-rs/tracing.git",
            "https://github.com/tokio-rs/tracing/tree/main/tracing-core",
        ] {
            assert!(is_in(named, "https://github.com/tokio-rs/tracing"), "{named}");
        }
        for other in [
            "https://github.com/tokio-rs/tracing-extra",
            "https://github.com/somebody/tracing",
            "https://github.com/tokio-rs",
            "https://example.org/github.com/tokio-rs/tracing",
            "",
        ] {
            assert!(!is_in(other, "https://github.com/tokio-rs/tracing.git"), "{other}");
        }
        assert!(!is_in("https://example.org/x", ""));
    }
}
