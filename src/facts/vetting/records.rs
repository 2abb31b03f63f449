//! What the records of a store say, one shape for each kind.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use semver::VersionReq;

use crate::source::Location;

/// Somebody has read something.
#[derive(Debug)]
pub(super) struct Audit {
    pub(super) kind: Kind,
    /// The criteria named.
    pub(super) named: Vec<String>,
    /// The criteria that hold, those implied among them.
    pub(super) criteria: BTreeSet<String>,
    pub(super) who: Vec<String>,
    pub(super) import: Option<Arc<str>>,
    pub(super) at: Location,
}

/// What somebody has read.
#[derive(Debug)]
pub(super) enum Kind {
    /// A version as a whole.
    Full(String),
    /// The differences between two versions.
    Delta(String, String),
    /// Enough to say that these versions do not meet the criteria.
    Violation(VersionReq),
}

/// Versions by a publisher are taken without reading them.
#[derive(Debug)]
pub(super) struct Trusted {
    pub(super) publisher: Publisher,
    pub(super) criteria: BTreeSet<String>,
    pub(super) start: Date,
    /// The first day after the trust.
    pub(super) end: Date,
    pub(super) who: Vec<String>,
    pub(super) import: Option<Arc<str>>,
    pub(super) at: Location,
}

/// Who publishes: an account, or a repository that the registry trusts.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Publisher {
    User(i64),
    Repository(String),
}

/// Who has published a version, and when.
#[derive(Debug)]
pub(super) struct Published {
    pub(super) version: String,
    pub(super) publisher: Publisher,
    pub(super) login: String,
    pub(super) when: Date,
}

/// A version of ours that is not published yet counts as one that is.
#[derive(Debug)]
pub(super) struct Unpublished {
    pub(super) version: String,
    pub(super) audited_as: String,
    pub(super) at: Location,
}

/// A version that was taken over unread.
#[derive(Debug)]
pub(super) struct Exemption {
    pub(super) version: String,
    pub(super) criteria: BTreeSet<String>,
    /// True when it carries notes.
    pub(super) noted: bool,
    pub(super) at: Location,
}

impl Audit {
    /// Who says so, and through which import.
    pub(super) fn by(&self) -> Vec<String> {
        through(&self.who, self.import.as_deref())
    }
}

impl Trusted {
    /// True where the trust covers a published version.
    pub(super) fn covers(&self, published: &Published) -> bool {
        self.publisher == published.publisher && self.start <= published.when && published.when < self.end
    }

    /// Who trusts whom.
    pub(super) fn by(&self, published: &Published) -> Vec<String> {
        let mut by = through(&self.who, self.import.as_deref());
        by.push(format!("published by {}", published.login));
        by
    }
}

fn through(who: &[String], import: Option<&str>) -> Vec<String> {
    match (import, who) {
        (None, who) => who.to_vec(),
        (Some(import), []) => vec![format!("somebody through {import}")],
        (Some(import), who) => who.iter().map(|name| format!("{name} through {import}")).collect(),
    }
}
