//! Components that come from elsewhere, or are something else under the same version; components
//! that nobody has reviewed.

use crate::facts::Facts;
use crate::facts::components::{Component, Origin, Ships};
use crate::facts::history::ChangeKind;
use crate::finding::Findings;
use crate::policy::ComponentEntry;

use super::{baseline, pairs};

pub(super) fn checksum_changed(facts: &Facts, found: &mut Findings<'_>) {
    let Some(baseline) = baseline(facts, found) else { return };
    for change in baseline.changes.iter().filter(|change| change.kind == ChangeKind::Replaced) {
        let now = change.after.and_then(|index| facts.components.all.get(index));
        let then = change.before.and_then(|index| baseline.components.get(index));
        let (Some(now), Some(then)) = (now, then) else { continue };
        let message = format!(
            "`{}` has another checksum than in {}: {} was {}",
            now.id(),
            baseline.revision,
            short(now.checksum.as_deref()),
            short(then.checksum.as_deref())
        );
        found.add(&now.at, message).about(now.id());
    }
}

/// The start of a checksum; what a hostile lock file holds in its place may be anything.
fn short(checksum: Option<&str>) -> String {
    let start: String = checksum.unwrap_or_default().chars().take(12).collect();
    format!("{}…", start.escape_debug())
}

pub(super) fn origin_changed(facts: &Facts, found: &mut Findings<'_>) {
    let Some(baseline) = baseline(facts, found) else { return };
    for pair in pairs(facts, baseline).filter(|pair| pair.kind == ChangeKind::Moved) {
        // A way back to the public registry is a way back to what everybody can look at.
        if pair.now.origin == Origin::CratesIo {
            continue;
        }
        let (from, to) = (place(&pair.then.origin), place(&pair.now.origin));
        let message =
            format!("{} comes from {to}, and came from {from} in {}", pair.step(), baseline.revision);
        found.add(&pair.now.at, message).about(pair.now.id());
    }
}

/// Where a component comes from, in words.
fn place(origin: &Origin) -> String {
    match origin {
        Origin::CratesIo => "crates.io".to_owned(),
        Origin::Registry { url } => format!("the registry {url}"),
        Origin::Git { url, .. } => format!("the repository {url}"),
        Origin::Path { folder: Some(folder) } => format!("the folder {folder}"),
        Origin::Path { folder: None } => "a folder".to_owned(),
    }
}

pub(super) fn component_unreviewed(facts: &Facts, found: &mut Findings<'_>) {
    match &facts.policy.supply.review_new {
        None => return found.undecided(),
        Some(demand) if !demand.value => return,
        Some(_) => {}
    }
    let Some(baseline) = baseline(facts, found) else { return };
    for change in &baseline.changes {
        let Some(now) = change.after.and_then(|index| facts.components.all.get(index)) else { continue };
        if now.ships < Ships::Build {
            continue;
        }
        let then = change.before.and_then(|index| baseline.components.get(index));
        let what = match (change.kind, then) {
            (ChangeKind::Updated, Some(then)) if then.version != now.version => {
                format!("was {} in {}", then.version, baseline.revision)
            }
            (ChangeKind::Added, _) | (_, None) => format!("was not in {}", baseline.revision),
            (ChangeKind::Moved, Some(then)) => {
                format!("came from {} in {}", place(&then.origin), baseline.revision)
            }
            _ => format!("was something else in {}", baseline.revision),
        };
        if let Some(lack) = lack(facts, now, facts.policy.component(&now.name)) {
            found.add(&now.at, format!("`{}` {what}, and {lack}", now.id())).about(now.id()).help(format!(
                "review it, and put `reviewed_on`, `reviewed_by` and `reviewed_version = \"{}\"` into [component.{}]",
                now.version, now.name
            ));
        }
    }
}

/// What a record of a review lacks to speak of a component.
fn lack(facts: &Facts, now: &Component, entry: Option<&ComponentEntry>) -> Option<String> {
    let Some(record) = entry.map(|entry| &entry.record) else {
        return Some("no review of it is on record".to_owned());
    };
    let Some(on) = &record.reviewed_on else { return Some("no day of a review is on record".to_owned()) };
    if on.value > facts.as_of {
        return Some(format!("its review is of {}, a day to come", on.value));
    }
    if record.reviewed_by.as_ref().is_none_or(|by| by.value.trim().is_empty()) {
        return Some("its review names nobody".to_owned());
    }
    let Some(versions) = &record.reviewed_version else {
        return Some("its review names no version".to_owned());
    };
    // Where several versions of a component are in the product, the record lists them.
    let of_version = versions.value.split(',').any(|version| version.trim() == now.version.to_string());
    (!of_version).then(|| format!("its review is of {}", versions.value))
}
