//! Components: third-party crates, from the lock file joined with the resolved graph.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::error::Error;
use crate::policy::Policy;
use crate::request::Request;
use crate::source::{Location, Tree};

use super::Gap;
use super::workspace::{EdgeKind, Workspace};

/// All components, by name and version.
#[derive(Debug, Default)]
pub struct Components {
    /// The components, sorted by name, version and origin.
    pub all: Vec<Component>,
    /// True when cargo resolved the graph, so that edges, features and shipping are known.
    pub resolved: bool,
    /// The targets the graph was resolved for; empty means every platform.
    pub targets: Vec<String>,
}

/// A third-party crate in the graph.
#[derive(Debug, Clone)]
pub struct Component {
    /// The package name.
    pub name: String,
    /// The version.
    pub version: semver::Version,
    /// Where it comes from.
    pub origin: Origin,
    /// The checksum in the lock file, as written.
    pub checksum: Option<String>,
    /// Whether it ships, and why.
    pub ships: Ships,
    /// The shortest path from a member to it, as `name version`, member first.
    pub why: Vec<String>,
    /// How it is used.
    pub edges: BTreeSet<EdgeKind>,
    /// Features switched on; empty where the graph is not resolved.
    pub features: Vec<String>,
    /// The unpacked sources, absolute, if they are on this machine.
    pub folder: Option<PathBuf>,
    /// True when it has a build script; `None` where that is not known.
    pub build_script: Option<bool>,
    /// True for a procedural macro; `None` where that is not known.
    pub proc_macro: Option<bool>,
    /// The native library it links, `links` in its manifest.
    pub links: Option<String>,
    /// Its entry in the lock file; for a component without one, its declaration.
    pub at: Location,
}

impl Component {
    /// `name@version`, as waivers and messages name it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// Where a component comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// crates.io, directly or by source replacement.
    CratesIo,
    /// Another registry.
    Registry {
        /// Its index.
        url: String,
    },
    /// A git repository.
    Git {
        /// The repository.
        url: String,
        /// The locked commit, if any.
        commit: Option<String>,
    },
    /// A folder on disk that is no member of the workspace.
    Path {
        /// The folder relative to the root; `None` where the graph is not resolved.
        folder: Option<String>,
    },
}

/// Whether a component ends up in the product. Ordered from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ships {
    /// In the lock file only: not used with these features and targets.
    Locked,
    /// Used by tests, examples or benches only.
    Dev,
    /// Runs while the product is built: build scripts, procedural macros and what they need.
    Build,
    /// The graph is not resolved: it may ship.
    Unknown,
    /// Linked into the product.
    Product,
}

/// Gathers the components.
///
/// # Errors
/// When `--fetch` was asked for and cargo could not fetch.
pub fn gather(
    tree: &Tree,
    workspace: &Workspace,
    request: &Request,
    policy: &Policy,
    gaps: &mut Vec<Gap>,
) -> Result<Components, Error> {
    let _ = (tree, workspace, request, policy);
    gaps.push(Gap::new(super::Kind::Components, "Cargo.lock", "components are not gathered yet", ""));
    Ok(Components::default())
}
