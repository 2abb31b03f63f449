//! What the sources of earlier components held: where cargo unpacked them on this machine, or where
//! the revision itself keeps them (a vendor folder, a folder beside the workspace's own).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::facts::components::{self, Component, Components, Origin, Ships};
use crate::facts::inventory;
use crate::facts::{Gap, Kind};
use crate::request::Request;
use crate::source::relative;

use super::{Baseline, ChangeKind};
use crate::facts::git::{Past, State};

/// Looks at the sources of the components that have changed or gone, and says which are missing.
pub(super) fn learn(
    past: &Past,
    state: &State,
    baseline: &mut Baseline,
    then: Vec<Component>,
    now: &Components,
    request: &Request,
    gaps: &mut Vec<Gap>,
) {
    let counts = |after: Option<usize>| {
        after.is_none_or(|index| now.all.get(index).is_some_and(|component| component.ships >= Ships::Build))
    };
    let wanted: BTreeSet<usize> = baseline
        .changes
        .iter()
        .filter(|change| counts(change.after))
        .filter_map(|change| change.before)
        .collect();
    if wanted.is_empty() {
        return;
    }
    // Sources whose checksum has changed without a new version are where cargo unpacks them now.
    let replaced: BTreeSet<usize> = baseline
        .changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Replaced)
        .filter_map(|change| change.before)
        .collect();
    let Ok(taken_out) = tempfile::tempdir() else { return gaps.extend(missing(baseline, &counts)) };
    let vendor = vendor_folders(past, now);
    let unpacked = components::unpacked();
    let mut looked = Vec::new();
    for (index, mut component) in then.into_iter().enumerate().filter(|(index, _)| wanted.contains(index)) {
        let to = taken_out.path().join(index.to_string());
        component.folder = from_revision(past, state, &component, &vendor, &to);
        if component.folder.is_none() && !replaced.contains(&index) {
            component.folder = unpacked(&component);
        }
        if component.folder.is_some() {
            looked.push((index, component));
        }
    }
    let (indices, all): (Vec<usize>, Vec<Component>) = looked.into_iter().unzip();
    let found = inventory::gather(&Components { all, ..Components::default() }, request, &mut Vec::new());
    for (place, seen) in found.of {
        // What was seen in part would make more of today's code look new than is.
        if let (Some(index), []) = (indices.get(place), seen.unread.as_slice()) {
            baseline.components[*index].seen = Some(seen);
        }
    }
    gaps.extend(missing(baseline, &counts));
}

/// The folder of the sources as the revision keeps them, taken out to a folder of ours.
fn from_revision(
    past: &Past,
    state: &State,
    component: &Component,
    vendor: &[PathBuf],
    to: &Path,
) -> Option<PathBuf> {
    let take = |from: &Path, to: PathBuf| past.take_out(state, from, &to).ok()?.then_some(to);
    match &component.origin {
        Origin::Path { folder } => take(&past.below.join(folder.as_deref()?), to.to_owned()),
        Origin::Git { .. } => None,
        Origin::CratesIo | Origin::Registry { .. } => {
            let names = [component.name.clone(), format!("{}-{}", component.name, component.version)];
            let places = vendor.iter().flat_map(|vendor| names.iter().map(|name| vendor.join(name)));
            places.enumerate().find_map(|(number, from)| {
                let manifest = past.text(state, &from.join("Cargo.toml")).ok()??;
                let version = version_in(&manifest)?;
                (version == component.version.to_string())
                    .then(|| take(&from, to.join(number.to_string())))?
            })
        }
    }
}

fn version_in(manifest: &str) -> Option<String> {
    let value = crate::document::parse(&crate::source::Source::new("Cargo.toml", manifest)).ok()?;
    Some(value.get(&["package", "version"])?.as_str()?.to_owned())
}

/// Folders of the repository that hold vendored sources: where today's lie, and the usual one.
fn vendor_folders(past: &Past, now: &Components) -> Vec<PathBuf> {
    let mut folders = BTreeSet::from([past.below.join("vendor")]);
    if let Some(top) = past.top() {
        let published =
            |component: &&Component| !matches!(component.origin, Origin::Path { .. } | Origin::Git { .. });
        let parents =
            now.all.iter().filter(published).filter_map(|component| component.folder.as_ref()?.parent());
        folders.extend(
            parents.filter(|parent| parent.starts_with(&top)).map(|parent| relative(&top, parent).into()),
        );
    }
    folders.into_iter().collect()
}

/// Many missing sources are one gap: one command mends them all.
fn missing(baseline: &Baseline, counts: &impl Fn(Option<usize>) -> bool) -> Option<Gap> {
    const NAMED: usize = 3;
    let pairs = baseline.changes.iter().filter(|change| change.after.is_some() && counts(change.after));
    let names: Vec<String> = pairs
        .filter_map(|change| baseline.components.get(change.before?))
        .filter(|earlier| earlier.seen.is_none())
        .map(super::Earlier::id)
        .collect();
    if names.is_empty() {
        return None;
    }
    let revision = &baseline.revision;
    let what = match names.len() {
        1 => format!("a component of {revision}"),
        count => format!("{count} components of {revision}"),
    };
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let first = names[..names.len().min(NAMED)].join(", ");
    let why = format!(
        "what they held then is not known, since their sources are not on this machine: {first}{more}"
    );
    let why =
        if names.len() == 1 { why.replace("they held", "it held").replace("their", "its") } else { why };
    let remedy = format!(
        "git worktree add ../released {revision} && cargo fetch --locked --manifest-path ../released/Cargo.toml"
    );
    Some(Gap::new(Kind::Earlier, what, why, remedy))
}
