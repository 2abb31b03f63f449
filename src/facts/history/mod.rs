//! What was released before: the components of another git revision. Read only; the git program is not run.
//!
//! - `baseline`: the lock file, the policy and the manifest of a revision
//! - `pairing`: which component of then is which of now
//! - `sources`: what the sources of earlier components held
//! - `releases`: releases still supported, and the list kept with each
//! - `updates`: how long vulnerabilities stayed in them
//! - `commits`: what was changed since, and what was said of it
//! - `tags`: tags that the policy names one by one

mod baseline;
mod commits;
mod pairing;
mod releases;
mod sources;
mod tags;
#[cfg(test)]
mod tests;
mod updates;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::document::suggestion;
use crate::error::Error;
use crate::policy::Policy;
use crate::request::Request;
use crate::source::{Source, Tree};

use super::advisories::Advisories;
use super::components::{Components, Origin};
use super::git::{Past, State, Unfound};
use super::inventory::Seen;
use super::workspace::Workspace;
use super::{Gap, Kind};

pub use commits::Commit;
pub use pairing::{Key, changes};
pub use releases::{Release, Touched, matches};
pub use tags::Tag;
pub use updates::{Mended, Update};

/// What was released before.
#[derive(Debug, Default)]
pub struct History {
    /// The revision that changes are judged against, where one is named.
    pub baseline: Option<Baseline>,
    /// Releases still supported, the newest first; `None` where nobody has said which they are.
    pub releases: Option<Vec<Release>>,
    /// How long vulnerabilities stayed in them, where time frames are promised; by component, then by advisory.
    pub updates: Vec<Update>,
    /// The commits since the revision, the newest first; `None` where nobody asks for them or they can't be read.
    pub commits: Option<Vec<Commit>>,
    /// Those tags that the policy names one by one and that are there; `None` where git could not be asked.
    pub tags: Option<BTreeMap<String, Tag>>,
}

/// An earlier state of the workspace.
#[derive(Debug)]
pub struct Baseline {
    /// The revision as named: a tag, a branch, a commit.
    pub revision: String,
    /// The commit, in hexadecimal digits.
    pub commit: String,
    /// The day of the commit (UTC).
    pub on: Date,
    /// The root package's name and version, as far as the manifest of then says them.
    pub package: (Option<String>, Option<String>),
    /// Its lock file, if it had one.
    pub lock: Option<Arc<Source>>,
    /// Its policy, if it had one that can be read.
    pub policy: Option<Policy>,
    /// The packages of its lock file without the members, ordered by name, version and origin. Whether
    /// they shipped is not known: the graph of then is not resolved.
    pub components: Vec<Earlier>,
    /// What has changed since, ordered by name.
    pub changes: Vec<Change>,
}

/// A component as it was.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// The package name.
    pub name: String,
    /// The version.
    pub version: semver::Version,
    /// Where it came from.
    pub origin: Origin,
    /// The checksum, as written.
    pub checksum: Option<String>,
    /// What its sources held, where it has changed since; `None` where they are not on this machine.
    pub seen: Option<Seen>,
    /// Ids of today's advisories that touch it.
    pub advisories: Vec<String>,
}

impl Earlier {
    /// `name@version`, as waivers and messages name it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// One difference between then and now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind of difference it is.
    pub kind: ChangeKind,
    /// Index into the earlier components; `None` for one that is new.
    pub before: Option<usize>,
    /// Index into today's components; `None` for one that is gone.
    pub after: Option<usize>,
}

/// What kind of difference there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It was not there.
    Added,
    /// It is no longer there.
    Removed,
    /// Another version, or another commit, from the same place.
    Updated,
    /// It comes from another place, in whatever version.
    Moved,
    /// The same version from the same place, with another checksum.
    Replaced,
}

/// Reads the revision that changes are judged against.
///
/// # Errors
/// When a revision was asked for by name and is not there.
pub fn gather(
    tree: &Tree,
    workspace: &Workspace,
    components: &Components,
    advisories: &Advisories,
    request: &Request,
    policy: &Policy,
    gaps: &mut Vec<Gap>,
) -> Result<History, Error> {
    let (releases, updates) = releases::gather(tree, advisories, policy, gaps).unzip();
    let mut history = History {
        baseline: None,
        releases,
        updates: updates.unwrap_or_default(),
        commits: None,
        tags: tags::find(tree, policy, gaps),
    };
    let Some((past, state, revision)) = find(tree, request, policy, gaps)? else { return Ok(history) };
    history.commits = commits::since(&past, &state, tree, workspace, policy, gaps);
    let (mut baseline, then) = baseline::read(&past, state.clone(), revision, tree, components, policy, gaps);
    for (earlier, ids) in baseline.components.iter_mut().zip(advisories.ids_on(&then)) {
        earlier.advisories = ids;
    }
    sources::learn(&past, &state, &mut baseline, then, components, request, gaps);
    history.baseline = Some(baseline);
    Ok(history)
}

/// The revision that was asked for, else the one that the policy names.
fn find<'a>(
    tree: &Tree,
    request: &'a Request,
    policy: &'a Policy,
    gaps: &mut Vec<Gap>,
) -> Result<Option<(Past, State, &'a str)>, Error> {
    let named = policy.releases.last.as_ref().filter(|_| request.since.is_none());
    let Some(revision) = request.since.as_deref().or(named.map(|last| last.value.as_str())) else {
        return Ok(None);
    };
    let outside =
        || Unfound::Unreadable("the workspace is in no working copy of a git repository".to_owned());
    let found = match Past::open(tree.root()) {
        Ok(past) => {
            past.ok_or_else(outside).and_then(|past| past.resolve(revision).map(|state| (past, state)))
        }
        Err(why) => Err(Unfound::Unreadable(format!("the repository can't be read: {why}"))),
    };
    match (found, named) {
        (Ok((past, state)), _) => Ok(Some((past, state, revision))),
        (Err(why), None) => Err(usage(tree, revision, why)),
        (Err(why), Some(last)) => {
            let (why, remedy) = told(tree, revision, why);
            gaps.push(Gap::new(Kind::History, revision, why, remedy).at(last.at.clone()));
            Ok(None)
        }
    }
}

/// Why a revision is not found, for somebody who has asked for it.
fn usage(tree: &Tree, revision: &str, why: Unfound) -> Error {
    let (message, help) = told(tree, revision, why);
    Error::Usage { message: format!("`{}`: {message}", revision.escape_debug()), help }
}

/// Why a revision is not found, and what to do.
fn told(tree: &Tree, revision: &str, why: Unfound) -> (String, String) {
    let past = Past::open(tree.root()).ok().flatten();
    let fetch = "git fetch --tags --unshallow".to_owned();
    let shallow = past.as_ref().is_some_and(Past::is_shallow);
    match why {
        Unfound::Words(why) => ("it is no name of a revision".to_owned(), why.to_owned()),
        Unfound::Unreadable(why) if shallow => (format!("{why}; the clone is a shallow one"), fetch),
        Unfound::Unreadable(why) => (why, "git log --oneline".to_owned()),
        Unfound::Unknown if shallow => {
            ("the repository has no such revision; the clone is a shallow one".to_owned(), fetch)
        }
        Unfound::Unknown => {
            let tags = past.and_then(|past| past.tags().ok()).unwrap_or_default();
            let near = suggestion(revision, &tags);
            (
                "the repository has no such revision".to_owned(),
                near.unwrap_or_else(|| "`git tag` lists the releases".to_owned()),
            )
        }
    }
}
