//! Lints: the effective level of each lint for each member and each of its targets.
//!
//! A level is given in up to four places: `[workspace.lints]`, a member's `[lints]`, rustflags of
//! the cargo configuration, and attributes of a crate root. The compiler hears them in this order
//! and the last word counts, unless an earlier one is `forbid`; a cap counts above all. Whether a
//! later word names the lint itself or only a group makes no difference.
//!
//! - `manifest`: `[lints]` tables in the order in which cargo hands them over
//! - `flags`: rustflags
//! - [`clippy`]: what a project bans by name, and where that is lost
//! - [`known`]: groups and default levels
//! - [`ages`]: since when a lint exists, and old names

pub mod ages;
pub mod clippy;
mod flags;
pub mod known;
mod manifest;

use std::fmt;

use crate::policy::standard::Required;
use crate::source::{Location, Tree};

use super::code::{Code, LintAttribute};
use super::workspace::Workspace;
use super::{Gap, Kind};

pub use clippy::ClippyFile;

/// Lint levels of the workspace.
#[derive(Debug, Default)]
pub struct Lints {
    /// `[workspace.lints]` of the root manifest, if there is one.
    pub workspace_table: Option<Location>,
    /// What `[workspace.lints]` says, in the order in which the compiler would hear it.
    pub workspace_levels: Vec<Level>,
    /// Levels given by rustflags of the workspace's cargo configuration, in order.
    pub flags: Vec<Level>,
    /// The level above which no lint rises, from `--cap-lints`.
    pub cap: Option<Level>,
    /// The configuration of Clippy in the root.
    pub clippy: Option<ClippyFile>,
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
    /// What the manifest says, its own or inherited, in the order in which the compiler hears it.
    pub manifest: Vec<Level>,
    /// The configuration that Clippy reads for it, unless the cargo configuration names another.
    pub clippy: Option<ClippyFile>,
    /// What holds for each target beside that: rustflags, then attributes of its crate root.
    pub units: Vec<UnitLints>,
}

/// What holds for one target beside the manifest.
#[derive(Debug)]
pub struct UnitLints {
    /// Index into the units of the code.
    pub unit: usize,
    /// Levels from attributes of the crate root, in order.
    pub attributes: Vec<Level>,
}

/// A level given to a lint or a group.
#[derive(Debug, Clone)]
pub struct Level {
    /// The lint or group with its tool, such as `unsafe_code` or `clippy::unwrap_used`.
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

impl LintLevel {
    /// The level with this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "allow" => Self::Allow,
            "expect" => Self::Expect,
            "warn" => Self::Warn,
            "deny" => Self::Deny,
            "forbid" => Self::Forbid,
            _ => return None,
        })
    }
}

impl From<Required> for LintLevel {
    fn from(required: Required) -> Self {
        match required {
            Required::Warn => Self::Warn,
            Required::Deny => Self::Deny,
            Required::Forbid => Self::Forbid,
        }
    }
}

impl fmt::Display for LintLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Allow => "allow",
            Self::Expect => "expect",
            Self::Warn => "warn",
            Self::Deny => "deny",
            Self::Forbid => "forbid",
        })
    }
}

impl Lints {
    /// The level that holds for a lint in a whole target, and where it was given; `None` is the
    /// compiler's default.
    #[must_use]
    pub fn level_in(&self, unit: usize, lint: &str) -> Option<&Level> {
        let (member, unit) = self
            .members
            .iter()
            .find_map(|member| Some((member, member.units.iter().find(|entry| entry.unit == unit)?)))?;
        let heard = member.manifest.iter().chain(&self.flags).chain(&unit.attributes);
        let word = last_word(heard, lint)?;
        Some(self.cap.as_ref().filter(|cap| cap.level < word.level).unwrap_or(word))
    }
}

impl MemberLints {
    /// The level that the manifest gives to a lint, and where; `None` where it says nothing.
    #[must_use]
    pub fn level_of(&self, lint: &str) -> Option<&Level> {
        last_word(self.manifest.iter(), lint)
    }
}

/// What counts of the levels heard in order: the last one that speaks of the lint, unless an
/// earlier one forbids it.
///
/// `warnings` changes whatever would warn, wherever it stands.
#[must_use]
pub fn last_word<'a>(heard: impl Iterator<Item = &'a Level>, lint: &str) -> Option<&'a Level> {
    let forbids = |level: Option<&Level>| level.is_some_and(|level| level.level == LintLevel::Forbid);
    let (mut word, mut warnings) = (None, None);
    for level in heard {
        let slot = match level.lint.as_str() {
            "warnings" => &mut warnings,
            named if known::speaks_of(named, lint) => &mut word,
            _ => continue,
        };
        if !forbids(*slot) {
            *slot = Some(level);
        }
    }
    if lint == "warnings" {
        return warnings;
    }
    match word.map_or_else(|| known::default_level(lint), |level| level.level) {
        LintLevel::Warn => warnings.or(word),
        _ => word,
    }
}

/// Gathers the lint levels.
pub fn gather(tree: &Tree, workspace: &Workspace, code: &Code, gaps: &mut Vec<Gap>) -> Lints {
    let (workspace_table, workspace_levels) =
        match workspace.manifest.value.get(&["workspace"]).and_then(|table| table.entry("lints")) {
            Some(entry) => (Some(entry.key_at.clone()), manifest::levels(&entry.value, gaps)),
            None => (None, Vec::new()),
        };
    let (flags, cap) = flags::read(&workspace.cargo_config);
    // One folder for all, named in the configuration: then the nearest file does not matter.
    let elsewhere = workspace.cargo_config.iter().any(|entry| entry.key.starts_with("env.CLIPPY_CONF_DIR"));
    let mut seen = clippy::Seen::new();
    let mut clippy = |folder| if elsewhere { None } else { clippy::nearest(tree, folder, &mut seen, gaps) };
    let in_root = clippy(tree.root());
    // Of members that are not judged nobody asks.
    let files = workspace.members.iter().map(|member| member.chosen.then(|| clippy(&member.folder))?);
    let files: Vec<_> = files.collect();
    let members = workspace.members.iter().zip(files).enumerate();
    let members = members
        .map(|(index, (member, clippy))| {
            let (inherits, at, own) = manifest::member(member, gaps);
            let manifest = if inherits { workspace_levels.clone() } else { own };
            MemberLints { member: index, inherits, at, manifest, clippy, units: units(index, code, gaps) }
        })
        .collect();
    Lints { workspace_table, workspace_levels, flags, cap, clippy: in_root, members }
}

fn units(member: usize, code: &Code, gaps: &mut Vec<Gap>) -> Vec<UnitLints> {
    let mut units = Vec::new();
    for (unit, target) in code.units.iter().enumerate().filter(|(_, target)| target.member == member) {
        if target.root.is_none() {
            let why = "the crate root could not be read, so its lint attributes are not known";
            gaps.push(Gap::new(Kind::Lints, &target.name, why, "see the gap about the file itself"));
        }
        let attributes = code
            .lint_attributes
            .iter()
            .filter(|attribute| attribute.crate_wide && attribute.site.unit == unit && holds(attribute))
            .map(|attribute| Level {
                lint: attribute.lint.clone(),
                level: attribute.level,
                at: attribute.site.at.clone(),
            })
            .collect();
        units.push(UnitLints { unit, attributes });
    }
    units
}

/// An attribute under a condition can lower a level, but nobody can rely on it to raise one, except
/// outside of tests: that is where the product is. What holds in tests only does neither.
fn holds(attribute: &LintAttribute) -> bool {
    let condition = attribute.condition.as_deref().unwrap_or("not(test)");
    let lowers = attribute.level < LintLevel::Warn && !attribute.in_tests_only();
    lowers || condition.split_whitespace().collect::<String>() == "not(test)"
}
