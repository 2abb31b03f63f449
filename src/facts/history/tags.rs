//! Tags that the policy names one by one: pinned ones, and those that issues speak of.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::facts::git::{Past, Unfound};
use crate::facts::{Gap, Kind};
use crate::policy::Policy;
use crate::source::Tree;

/// What a tag names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The commit, in hexadecimal digits.
    pub commit: String,
    /// The day of the commit (UTC).
    pub on: Date,
}

/// Looks the tags up; those that are not there are left out. Where git can't be asked, a gap says so, and `None`
/// is the answer.
pub(super) fn find(tree: &Tree, policy: &Policy, gaps: &mut Vec<Gap>) -> Option<BTreeMap<String, Tag>> {
    let pinned = policy.releases.pinned.iter().map(|pin| &pin.tag.value);
    let issues = policy.issues.iter();
    let named = issues.flat_map(|issue| issue.analysis.affected.iter().chain(&issue.answer.fixed_in));
    let wanted: BTreeSet<&String> = pinned.chain(named.map(|tag| &tag.value)).collect();
    if wanted.is_empty() {
        return Some(BTreeMap::new());
    }
    look_up(tree, &wanted)
        .map_err(|(why, remedy)| {
            gaps.push(Gap::new(Kind::History, "tags that the policy names", why, remedy));
        })
        .ok()
}

fn look_up(tree: &Tree, wanted: &BTreeSet<&String>) -> Result<BTreeMap<String, Tag>, (String, &'static str)> {
    let failed = |why: String| (format!("the repository can't be read: {why}"), "git status");
    let outside = || ("the workspace is in no working copy of a git repository".to_owned(), "git clone");
    let past = Past::open(tree.root()).map_err(failed)?.ok_or_else(outside)?;
    let known: BTreeSet<String> = past.tags().map_err(failed)?.into_iter().collect();
    let mut tags = BTreeMap::new();
    for tag in wanted.iter().filter(|tag| known.contains(**tag)) {
        let state = past.tag(tag).map_err(|why: Unfound| failed(format!("{tag}: {}", why.why())))?;
        tags.insert((*tag).clone(), Tag { commit: state.commit, on: state.on });
    }
    // A shallow clone leaves tags out, and nobody can tell which.
    match wanted.iter().find(|tag| past.is_shallow() && !known.contains(**tag)) {
        Some(tag) => {
            Err((format!("the clone is a shallow one without {tag}"), "git fetch --tags --unshallow"))
        }
        None => Ok(tags),
    }
}
