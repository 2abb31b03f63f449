//! The list of components kept with each release, and what is known of them today.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::facts::Facts;
use crate::facts::advisories::AdvisoryKind;
use crate::facts::components::Ships;
use crate::facts::documents::{List, Package};
use crate::facts::history::{Release, Touched};
use crate::finding::Findings;
use crate::source::{Location, Source};

use super::updates::{key, overdue};

/// How many differences of one kind are told for a release: a list of another product differs in all.
const MOST: usize = 20;

/// The releases, and where the policy says that lists are kept.
fn releases<'a>(facts: &'a Facts, found: &mut Findings<'_>) -> Option<(&'a [Release], &'a Location)> {
    let named = facts.history.releases.as_deref().zip(facts.policy.releases.sboms.as_ref());
    if named.is_none() {
        found.undecided();
    }
    named.map(|(releases, kept)| (releases, &kept.at))
}

pub(super) fn release_list_missing(facts: &Facts, found: &mut Findings<'_>) {
    let Some((releases, kept)) = releases(facts, found) else { return };
    for release in releases {
        match &release.list {
            List::Read { .. } => {}
            List::Absent => {
                let message =
                    format!("the release {} has no list of components at {}", release.tag, release.path);
                found.add(kept, message).about(&release.tag).help(format!(
                    "make it from the release: `git worktree add ../released {}`, then there \
                     `cargo health-sec sbom -o FILE`",
                    release.tag
                ));
            }
            List::Foreign { source, why } => {
                let message = format!("the list of components of {} can't be read: {why}", release.tag);
                found.add(&source.whole(), message).about(&release.tag);
            }
        }
    }
}

pub(super) fn release_list_differs(facts: &Facts, found: &mut Findings<'_>) {
    let Some((releases, _)) = releases(facts, found) else { return };
    for release in releases {
        let List::Read { source, packages } = &release.list else { continue };
        let Some(locked) = &release.locked else {
            let message = format!("{} has no lock file, so its list can't be made again", release.tag);
            found.add(&source.whole(), message).about(&release.tag);
            continue;
        };
        compare(facts, release, (source, packages), locked, found);
    }
}

pub(super) fn release_vulnerable(facts: &Facts, found: &mut Findings<'_>) {
    let Some(releases) = &facts.history.releases else { return found.undecided() };
    let named = facts.policy.releases.tags.first().or(facts.policy.releases.last.as_ref());
    let Some(named) = named else { return };
    let harmful = |touched: &&Touched| {
        matches!(touched.advisory.kind, AdvisoryKind::Vulnerability | AdvisoryKind::Malicious)
    };
    // One component in many releases is one thing to decide on.
    let mut told: BTreeMap<(&str, &str), (&Touched, Vec<&str>)> = BTreeMap::new();
    for release in releases {
        for touched in release.touched.iter().filter(harmful) {
            let key = (touched.component.as_str(), touched.advisory.id.as_str());
            told.entry(key).or_insert_with(|| (touched, Vec::new())).1.push(&release.tag);
        }
    }
    // What takes longer than was promised is told by a rule of its own.
    let overdue: BTreeSet<(&str, &str)> = overdue(facts).map(|(update, ..)| key(update)).collect();
    for ((component, id), (touched, tags)) in told {
        if overdue.contains(&(component, id)) {
            continue;
        }
        let copy = if touched.same_origin { "" } else { ", a copy," };
        let severity = touched.advisory.severity.map(|word| format!(", {word}")).unwrap_or_default();
        let message = format!("`{component}`{copy} in {} is affected by {id}{severity}", released(&tags));
        let finding = found.add(&named.at, message);
        finding.about(id).about(format!("{id} {component}")).help(
            match touched.advisory.patched.as_slice() {
                [] => "it is mended in no version: tell the operators what to do until it is".to_owned(),
                patched => format!(
                    "it is mended in {}: release an update, or tell why it does not matter",
                    patched.join(" or ")
                ),
            },
        );
        for tag in tags {
            finding.about(tag);
        }
    }
}

/// How many releases, and the tags of the first.
fn released(tags: &[&str]) -> String {
    match tags {
        [tag] => format!("the release {tag}"),
        [first, rest @ ..] => {
            format!("{} releases from {} to {first}", tags.len(), rest.last().unwrap_or(first))
        }
        [] => String::new(),
    }
}

fn compare(
    facts: &Facts,
    release: &Release,
    (source, listed): (&Arc<Source>, &[Package]),
    locked: &[Package],
    found: &mut Findings<'_>,
) {
    let mut sums: BTreeMap<(&str, &str), BTreeSet<Option<String>>> = BTreeMap::new();
    for package in locked {
        let sum = package.sha256.as_ref().map(|sum| sum.to_ascii_lowercase());
        sums.entry((&package.name, &package.version)).or_default().insert(sum);
    }
    let tag = &release.tag;
    let (mut surplus, mut other) = (Vec::new(), Vec::new());
    for package in listed {
        let id = package.id();
        let sum = package.sha256.as_ref().map(|sum| sum.to_ascii_lowercase());
        match sums.get(&(package.name.as_str(), package.version.as_str())) {
            None => surplus.push((id, package, format!("is in the list of {tag} and not in its lock file"))),
            // What is locked without a checksum can't disagree with one.
            Some(sums) if sum.is_some() && !sums.contains(&None) && !sums.contains(&sum) => {
                other.push((
                    id,
                    package,
                    format!("has another checksum in the list of {tag} than in its lock file"),
                ));
            }
            Some(_) => {}
        }
    }
    for (id, package, what) in surplus.into_iter().take(MOST).chain(other.into_iter().take(MOST)) {
        found.add(&source.quoted(&package.name), format!("`{id}` {what}")).about(tag).about(id);
    }
    let named: BTreeSet<(&str, &str)> =
        listed.iter().map(|package| (package.name.as_str(), package.version.as_str())).collect();
    let ships: Vec<(String, String)> = facts
        .components
        .all
        .iter()
        .filter(|component| component.ships == Ships::Product)
        .map(|component| (component.name.clone(), component.version.to_string()))
        .collect();
    let missing = ships
        .iter()
        .map(|(name, version)| (name.as_str(), version.as_str()))
        .filter(|key| sums.contains_key(key) && !named.contains(key));
    for (name, version) in missing.take(MOST) {
        let id = format!("{name}@{version}");
        let message = format!("`{id}` ships, was locked in {tag}, and is not in the list of {tag}");
        found.add(&source.whole(), message).about(tag).about(id);
    }
}
