//! What could not be observed.

use super::Kind;
use crate::source::Location;

/// Something that could not be observed. A rule that needed it is undetermined.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The kind of fact that is incomplete.
    pub kind: Kind,
    /// What could not be looked at: a path relative to the root, a component, a triple.
    pub what: String,
    /// Why, in one sentence without a full stop.
    pub why: String,
    /// What mends it, as a command where there is one.
    pub remedy: String,
    /// Where, if there is a place.
    pub at: Option<Location>,
    /// True where it is at hand, and merely older than what the policy judges by.
    pub aged: bool,
}

impl Gap {
    /// A gap without a place.
    pub fn new(
        kind: Kind,
        what: impl Into<String>,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { kind, what: what.into(), why: why.into(), remedy: remedy.into(), at: None, aged: false }
    }

    /// The same gap at a place.
    #[must_use]
    pub fn at(mut self, at: Location) -> Self {
        self.at = Some(at);
        self
    }
}
