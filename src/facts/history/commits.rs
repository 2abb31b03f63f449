//! The commits since the last release: what they say, and which of the files they change that changes are
//! controlled for.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::civil::Date;

use crate::facts::git::{self, Past, State};
use crate::facts::threats;
use crate::facts::workspace::{Workspace, normal};
use crate::facts::{Gap, Kind};
use crate::policy::Policy;
use crate::source::Tree;

use super::baseline::LOCK;

/// How many commits are looked at, from the newest.
const MOST: usize = 10_000;

/// A commit since the last release.
#[derive(Debug, Clone)]
pub struct Commit {
    /// In hexadecimal digits.
    pub id: String,
    /// Its day (UTC).
    pub on: Date,
    /// What its author wrote.
    pub message: String,
    /// What stands at the end of that as `key: value`.
    pub trailers: Vec<(String, String)>,
    /// The controlled files that it changes, relative to the root: the lock file, manifests, the toolchain file,
    /// the policy and those it builds upon, threat models. Of a merge, those that are as in none of its parents.
    pub changed: BTreeSet<String>,
}

/// Reads the commits since a state; `None` where nobody asks for them.
pub(super) fn since(
    past: &Past,
    earlier: &State,
    tree: &Tree,
    workspace: &Workspace,
    policy: &Policy,
    gaps: &mut Vec<Gap>,
) -> Option<Vec<Commit>> {
    let marks = policy.disclosure.as_ref().is_some_and(|disclosure| disclosure.trailer.is_some());
    if policy.changes.is_none() && !marks {
        return None;
    }
    let controlled = controlled(past, tree, workspace, policy);
    read(past, earlier, &controlled)
        .map_err(|why| {
            let remedy = "git fetch --unshallow, or name a nearer release in `last` of [releases]";
            gaps.push(Gap::new(Kind::History, "the commits since the last release", why, remedy));
        })
        .ok()
}

/// A file: as it is shown, and as seen from the top of the working copy.
type File = (String, PathBuf);

fn controlled(past: &Past, tree: &Tree, workspace: &Workspace, policy: &Policy) -> Vec<File> {
    let shared = policy.shared.iter().filter_map(|shared| shared.source.as_ref());
    let sources = shared.chain(workspace.toolchain.as_ref().map(|toolchain| &toolchain.source));
    let manifests = workspace.members.iter().map(|member| &member.manifest).chain([&workspace.manifest]);
    let shown: BTreeSet<String> = sources
        .chain(manifests.map(|manifest| &manifest.source))
        .map(|source| source.path().to_owned())
        .chain(policy.at.as_ref().map(|at| at.path().to_owned()))
        .chain(
            threats::files(workspace, policy)
                .iter()
                .map(|file| tree.relative(&normal(&tree.root().join(file)))),
        )
        .chain([LOCK.to_owned()])
        .collect();
    let within = |shown: String| {
        let path = past.within(&normal(&tree.root().join(&shown)))?;
        Some((shown, path))
    };
    shown.into_iter().filter_map(within).collect()
}

fn read(past: &Past, earlier: &State, controlled: &[File]) -> Result<Vec<Commit>, String> {
    let Some(head) = past.head()? else { return Ok(Vec::new()) };
    let mut commits = Vec::new();
    for (count, commit) in past.between(earlier, &head)?.enumerate() {
        let commit = commit?;
        if count == MOST {
            return Err(format!("there are more than {MOST}"));
        }
        if commit.parents.is_empty() && past.is_shallow() {
            return Err("the clone is shallow, and they reach beyond its first commit".to_owned());
        }
        commits.push(told(past, commit, controlled)?);
    }
    Ok(commits)
}

fn told(past: &Past, commit: git::Commit, controlled: &[File]) -> Result<Commit, String> {
    let mut changed = BTreeSet::new();
    for (shown, path) in controlled {
        let now = past.contents(&commit.state, path)?;
        let mut as_before = false;
        for parent in &commit.parents {
            as_before |= past.contents(parent, path)? == now;
        }
        // The first commit of all changes what it brings.
        if !as_before && (!commit.parents.is_empty() || now.is_some()) {
            changed.insert(shown.clone());
        }
    }
    Ok(Commit {
        trailers: commit.trailers(),
        id: commit.state.commit,
        on: commit.state.on,
        message: commit.message,
        changed,
    })
}
