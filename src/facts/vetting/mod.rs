//! Who has vetted components: the records that `cargo vet` keeps in `supply-chain/`.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::request::Request;
use crate::source::{Location, Tree};

use super::Gap;
use super::components::Components;
use super::workspace::Workspace;

/// Who has vetted components.
#[derive(Debug, Default)]
pub struct Vetting {
    /// The folder of the records, relative to the root, where there is one.
    pub store: Option<String>,
    /// By index into the components.
    pub of: BTreeMap<usize, Vetted>,
}

/// How a component is vetted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vetted {
    /// How.
    pub how: How,
    /// The criteria that are met.
    pub criteria: Vec<String>,
    /// Who says so, and through which import.
    pub by: Vec<String>,
    /// Where it is written.
    pub at: Location,
}

/// How a component is vetted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// This version was read as a whole.
    Full,
    /// Another version was read, and the differences up to this one.
    Delta {
        /// The versions, the one that was read as a whole first.
        chain: Vec<String>,
    },
    /// Its publisher is trusted.
    Publisher {
        /// The last day of the trust.
        until: Option<Date>,
    },
    /// It is exempt.
    Exempt {
        /// Since when, by git.
        since: Option<Date>,
        /// True when the exemption carries notes.
        noted: bool,
    },
    /// Somebody has recorded that it violates the criteria.
    Violation,
    /// Nobody has.
    Unvetted,
}

/// Reads the vetting records.
pub fn gather(
    _tree: &Tree,
    _workspace: &Workspace,
    _components: &Components,
    _request: &Request,
    _gaps: &mut Vec<Gap>,
) -> Vetting {
    Vetting::default()
}
