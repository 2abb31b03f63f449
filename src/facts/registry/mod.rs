//! What the registries' index says of components: yanked versions, days of publication.
//!
//! Read from cargo's own index cache, or from a folder of index files that the policy names; never
//! from a network.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::policy::Policy;
use crate::request::Request;
use crate::source::Tree;

use super::Gap;
use super::components::Components;

/// What the index says of each component.
#[derive(Debug, Default)]
pub struct Registry {
    /// By index into the components; those that no index at hand names are missing.
    pub of: BTreeMap<usize, Published>,
}

/// What the index says of one version of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// True when the version was taken back.
    pub yanked: bool,
    /// The day it was published; older entries of an index do not say.
    pub on: Option<Date>,
    /// The newest version in the index that is neither yanked nor a pre-release, and its day.
    pub newest: Option<(semver::Version, Option<Date>)>,
}

/// Reads the index entries of all components that come from a registry.
pub fn gather(
    _tree: &Tree,
    _components: &Components,
    _policy: &Policy,
    _request: &Request,
    _gaps: &mut Vec<Gap>,
) -> Registry {
    Registry::default()
}
