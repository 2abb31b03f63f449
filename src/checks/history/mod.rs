//! Checks that compare the present with what was released: components then and now, the lists kept
//! with releases.
//!
//! - [`abilities`]: what an updated component is able to do and was not.
//! - [`commits`]: secrets that were committed once.
//! - [`origins`]: components that come from elsewhere, or are something else under the same version;
//!   components without a review.
//! - [`releases`]: the list of components kept with each release, and what is known of them today.
//! - [`updates`]: how fast vulnerabilities are mended, and whether an update was verified.
//! - [`control`]: changes that nobody has numbered, tags that were moved.
//!
//! Without a revision to compare with, all but those on commits are undecided.

mod abilities;
mod commits;
mod control;
mod origins;
mod releases;
mod updates;

use crate::facts::Facts;
use crate::facts::components::{Component, Ships};
use crate::facts::history::{Baseline, ChangeKind, Earlier};
use crate::facts::inventory::Seen;
use crate::finding::Findings;

use super::rules;

use abilities::{build_code_changed, build_code_gained, capability_gained, unsafe_grown};
use commits::secret_in_history;
use control::{change_without_id, release_tag_moved};
use origins::{checksum_changed, component_unreviewed, origin_changed};
use releases::{release_list_differs, release_list_missing, release_vulnerable};
use updates::{update_late, update_overdue, update_unverified};

pub(super) use updates::shipped;

rules!["history":
    checksum_changed, origin_changed, component_unreviewed,
    capability_gained, unsafe_grown, build_code_gained, build_code_changed,
    release_list_missing, release_list_differs, release_vulnerable,
    update_overdue, update_late, update_unverified, change_without_id, release_tag_moved,
    secret_in_history,
];

/// The earlier state that the present is compared with. Where none is named, the rule is undecided;
/// where one is named and can't be read, a gap says so.
fn baseline<'a>(facts: &'a Facts, found: &mut Findings<'_>) -> Option<&'a Baseline> {
    let baseline = facts.history.baseline.as_ref();
    if baseline.is_none() && facts.policy.releases.last.is_none() {
        found.undecided();
    }
    baseline
}

/// A component that is there then and now.
struct Pair<'a> {
    kind: ChangeKind,
    then: &'a Earlier,
    now: &'a Component,
    /// What was seen in its sources then and now, where both were looked at.
    seen: Option<(&'a Seen, &'a Seen)>,
}

/// The components that have changed since, and run in the product or while it is built.
fn pairs<'a>(facts: &'a Facts, baseline: &'a Baseline) -> impl Iterator<Item = Pair<'a>> {
    baseline.changes.iter().filter_map(|change| {
        let then = baseline.components.get(change.before?)?;
        let now = facts.components.all.get(change.after?)?;
        let seen = then.seen.as_ref().zip(facts.inventory.of.get(&change.after?));
        (now.ships >= Ships::Build).then_some(Pair { kind: change.kind, then, now, seen })
    })
}

impl Pair<'_> {
    /// `name from version to version`, as far as the versions differ.
    fn step(&self) -> String {
        if self.then.version == self.now.version {
            format!("`{}`", self.now.id())
        } else {
            format!("`{}` {} -> {}", self.now.name, self.then.version, self.now.version)
        }
    }
}
