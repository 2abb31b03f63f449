//! Whether the sources of components are what was locked.

use std::collections::BTreeMap;

use crate::request::Request;
use crate::source::Tree;

use super::Gap;
use super::components::Components;

/// Whether the sources of each component are what was locked.
#[derive(Debug, Default)]
pub struct Integrity {
    /// By index into the components; those without a checksum are missing.
    pub of: BTreeMap<usize, Verified>,
}

/// What was compared for one component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Whether the archive that cargo downloaded has the checksum of the lock file; `None` where
    /// there is no archive on this machine.
    pub archive: Option<bool>,
    /// SHA-512 of the archive, in hexadecimal digits.
    pub sha512: Option<String>,
    /// Files of the unpacked sources that are not what the archive holds, relative to their folder;
    /// `None` where there was nothing to compare with.
    pub changed: Option<Vec<String>>,
    /// The commit it was packaged from, as `.cargo_vcs_info.json` says.
    pub commit: Option<String>,
}

/// Compares the sources of all components with what was locked.
pub fn gather(_tree: &Tree, _components: &Components, _request: &Request, _gaps: &mut Vec<Gap>) -> Integrity {
    Integrity::default()
}
