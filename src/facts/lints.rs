//! Lints: the effective level of each relevant lint for each member.

use crate::source::{Location, Tree};

use super::Gap;
use super::code::Code;
use super::workspace::Workspace;

/// Lint levels of the workspace.
#[derive(Debug, Default)]
pub struct Lints {
    /// `[workspace.lints]` of the root manifest, if there is one.
    pub workspace_table: Option<Location>,
    /// One entry a member, in the order of the members.
    pub members: Vec<MemberLints>,
}

/// Lint levels of one member.
#[derive(Debug)]
pub struct MemberLints {
    /// Index into the members.
    pub member: usize,
    /// True for `lints.workspace = true`.
    pub inherits: bool,
    /// Where `[lints]` stands, or else the package name.
    pub at: Location,
    /// Levels that hold for the whole crate, from the manifest, the crate's root attributes and
    /// rustflags, the last word first.
    pub levels: Vec<Level>,
}

/// A level given to a lint or a group.
#[derive(Debug, Clone)]
pub struct Level {
    /// The lint with its tool, such as `unsafe_code` or `clippy::unwrap_used`.
    pub lint: String,
    /// The level.
    pub level: LintLevel,
    /// Where it is given.
    pub at: Location,
}

/// A lint level. Ordered from the weakest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LintLevel {
    /// Silent.
    Allow,
    /// Silent, but must have something to be silent about.
    Expect,
    /// Said.
    Warn,
    /// Fails the build; source may lower it.
    Deny,
    /// Fails the build; source can't lower it.
    Forbid,
}

impl MemberLints {
    /// The level that holds for a lint in the whole crate, and where it was given; `None` is the
    /// compiler's default.
    #[must_use]
    pub fn level_of(&self, lint: &str) -> Option<&Level> {
        self.levels.iter().find(|level| level.lint == lint)
    }
}

/// Gathers the lint levels.
pub fn gather(tree: &Tree, workspace: &Workspace, code: &Code, gaps: &mut Vec<Gap>) -> Lints {
    let _ = (tree, workspace, code);
    gaps.push(Gap::new(super::Kind::Lints, "lints", "lint levels are not gathered yet", ""));
    Lints::default()
}
