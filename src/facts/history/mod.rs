//! What was released before: the components of another git revision. Read only; the git program is not run.
//!
//! - `pairing`: which component of then is which of now

mod pairing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::civil::Date;

use crate::error::Error;
use crate::policy::Policy;
use crate::request::Request;
use crate::source::{Source, Tree};

use super::Gap;
use super::advisories::Advisories;
use super::components::{Components, Origin};
use super::inventory::{Inventory, Seen};
use super::workspace::Workspace;

pub use pairing::{Key, changes};

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
    /// What its sources held; `None` where they are not on this machine.
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
#[expect(clippy::too_many_arguments, reason = "then is compared with everything known of now")]
pub fn gather(
    _tree: &Tree,
    _workspace: &Workspace,
    _components: &Components,
    _inventory: &Inventory,
    _advisories: &Advisories,
    _request: &Request,
    _policy: &Policy,
    _gaps: &mut Vec<Gap>,
) -> Result<History, Error> {
    Ok(History::default())
}
