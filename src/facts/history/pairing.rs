//! Which component of then is which of now: a pure function of two lists.
//!
//! Components are paired in rounds, the surest first: the very same one, the same version from
//! another place, a compatible version from the same place, any version from there, and so on. In
//! each round what agrees is paired from the newest version down. What is left is gone, or new.
//! Sorted maps do the work, so that a hostile lock file with ten thousand versions of one name costs
//! no more than one with ten thousand names.

use std::collections::BTreeMap;

use semver::Version;

use crate::facts::components::Origin;

use super::{Change, ChangeKind};

/// What a component is told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key<'a> {
    /// The package name.
    pub name: &'a str,
    /// The version.
    pub version: &'a Version,
    /// Where it comes from.
    pub origin: &'a Origin,
    /// The checksum, if it is known.
    pub checksum: Option<&'a str>,
}

/// What two components must share to be paired in a round; what is `None` need not be shared.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Shared<'a> {
    name: &'a str,
    version: Option<&'a Version>,
    place: Option<(&'static str, &'a str)>,
    commit: Option<&'a str>,
    range: Option<[u64; 3]>,
}

impl<'a> Key<'a> {
    /// Registry, repository or folder, without version or commit.
    fn place(&self) -> (&'static str, &'a str) {
        match self.origin {
            Origin::CratesIo => ("crates.io", ""),
            Origin::Registry { url } => ("registry", url),
            Origin::Git { url, .. } => ("git", url),
            // The graph knows the folder, the lock file does not: a folder is a folder.
            Origin::Path { .. } => ("path", ""),
        }
    }

    fn commit(&self) -> Option<&'a str> {
        match self.origin {
            Origin::Git { commit, .. } => commit.as_deref(),
            _ => None,
        }
    }

    /// The numbers that two versions share when cargo takes one for the other.
    fn range(&self) -> [u64; 3] {
        match *self.version {
            Version { major: 0, minor: 0, patch, .. } => [0, 0, patch],
            Version { major: 0, minor, .. } => [0, minor, 0],
            Version { major, .. } => [major, 0, 0],
        }
    }
}

/// What each round asks for, the surest first.
const ROUNDS: [for<'a> fn(&Key<'a>) -> Shared<'a>; 7] = [
    |key| Shared { commit: key.commit(), ..same_version(key) },
    same_version,
    |key| Shared { place: None, ..same_version(key) },
    |key| Shared { place: Some(key.place()), range: Some(key.range()), ..same_name(key) },
    |key| Shared { place: Some(key.place()), ..same_name(key) },
    |key| Shared { range: Some(key.range()), ..same_name(key) },
    same_name,
];

fn same_name<'a>(key: &Key<'a>) -> Shared<'a> {
    Shared { name: key.name, version: None, place: None, commit: None, range: None }
}

fn same_version<'a>(key: &Key<'a>) -> Shared<'a> {
    Shared { version: Some(key.version), place: Some(key.place()), ..same_name(key) }
}

/// What has changed between two lists, ordered by name. Each component of either list is in at most
/// one change; one that is in none has stayed as it was.
#[must_use]
pub fn changes(before: &[Key<'_>], after: &[Key<'_>]) -> Vec<Change> {
    let mut open = [order(before), order(after)];
    let mut changes = Vec::new();
    for round in ROUNDS {
        let mut groups: BTreeMap<Shared<'_>, [Vec<usize>; 2]> = BTreeMap::new();
        for (side, keys) in [before, after].into_iter().enumerate() {
            for index in &open[side] {
                groups.entry(round(&keys[*index])).or_default()[side].push(*index);
            }
        }
        let mut paired = [Vec::new(), Vec::new()];
        for [then, now] in groups.into_values() {
            for (then, now) in then.into_iter().zip(now) {
                paired[0].push(then);
                paired[1].push(now);
                if let Some(kind) = difference(&before[then], &after[now]) {
                    changes.push(Change { kind, before: Some(then), after: Some(now) });
                }
            }
        }
        for (open, mut paired) in open.iter_mut().zip(paired) {
            paired.sort_unstable();
            open.retain(|index| paired.binary_search(index).is_err());
        }
    }
    let [gone, new] = open;
    changes.extend(gone.into_iter().map(|index| Change {
        kind: ChangeKind::Removed,
        before: Some(index),
        after: None,
    }));
    changes.extend(new.into_iter().map(|index| Change {
        kind: ChangeKind::Added,
        before: None,
        after: Some(index),
    }));
    let told_by = |change: &Change| {
        let now = change.after.and_then(|index| after.get(index));
        let then = change.before.and_then(|index| before.get(index));
        now.or(then).map(|key| (key.name, key.version, key.origin))
    };
    changes.sort_by(|a, b| (told_by(a), a.kind).cmp(&(told_by(b), b.kind)));
    changes
}

/// The indices, the newest version first.
fn order(keys: &[Key<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by(|a, b| {
        let newest_first = keys[*b].version.cmp(keys[*a].version);
        newest_first.then_with(|| keys[*a].cmp(&keys[*b]))
    });
    order
}

/// What differs between two components that are the same one at two times.
fn difference(then: &Key<'_>, now: &Key<'_>) -> Option<ChangeKind> {
    let other_commit = || matches!((then.commit(), now.commit()), (Some(a), Some(b)) if a != b);
    if then.place() != now.place() {
        Some(ChangeKind::Moved)
    } else if then.version != now.version || other_commit() {
        Some(ChangeKind::Updated)
    } else {
        match (then.checksum, now.checksum) {
            (Some(a), Some(b)) if !a.eq_ignore_ascii_case(b) => Some(ChangeKind::Replaced),
            _ => None,
        }
    }
}
