//! The workspace: members, targets, features, profiles, toolchain, cargo configuration.
//!
//! Everything here is read from files; no program is started.

use std::path::PathBuf;
use std::sync::Arc;

use crate::document::Value;
use crate::error::Error;
use crate::policy::Policy;
use crate::request::Request;
use crate::source::{Location, Placed, Source, Tree};

use super::Gap;

/// The inspected workspace.
#[derive(Debug)]
pub struct Workspace {
    /// The root folder, absolute.
    pub root: PathBuf,
    /// The root manifest.
    pub manifest: Manifest,
    /// Its members, by name.
    pub members: Vec<Member>,
    /// The lock file, if there is one that can be read.
    pub lock: Option<Arc<Source>>,
    /// Whether git tracks the lock file; `None` outside a repository or where git could not be asked.
    pub lock_committed: Option<bool>,
    /// The toolchain file.
    pub toolchain: Option<Toolchain>,
    /// Profiles as written in the root manifest.
    pub profiles: Vec<Profile>,
    /// Cargo configuration that applies, one entry a key, includes followed.
    pub cargo_config: Vec<ConfigEntry>,
    /// `[patch]` and `[replace]` entries of the root manifest and the cargo configuration.
    pub patches: Vec<Patch>,
}

/// A manifest with places.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The file.
    pub source: Arc<Source>,
    /// What it says; an empty table where it is not TOML (a gap says so).
    pub value: Value,
}

/// A workspace member.
#[derive(Debug)]
pub struct Member {
    /// The package name.
    pub name: String,
    /// Where the name stands in the manifest.
    pub name_at: Location,
    /// The version as written or inherited; empty where it can't be told.
    pub version: String,
    /// The folder, absolute.
    pub folder: PathBuf,
    /// The manifest.
    pub manifest: Manifest,
    /// Library, binaries, tests, examples, benches, build script.
    pub targets: Vec<Target>,
    /// Dependencies as declared.
    pub dependencies: Vec<Dependency>,
    /// Features and what they switch on.
    pub features: Vec<(String, Vec<String>)>,
    /// The edition; `2015` where none is written.
    pub edition: String,
    /// True for a procedural-macro crate.
    pub proc_macro: bool,
    /// True when the member is judged (`-p`, `--exclude`).
    pub chosen: bool,
}

/// A compilation target of a member.
#[derive(Debug, Clone)]
pub struct Target {
    /// The crate name, with underscores.
    pub name: String,
    /// What it is.
    pub kind: TargetKind,
    /// The root source file, absolute.
    pub path: PathBuf,
}

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKind {
    /// A library or a procedural macro.
    Library,
    /// A binary.
    Binary,
    /// A file below `tests/`.
    Test,
    /// An example.
    Example,
    /// A benchmark.
    Bench,
    /// `build.rs`.
    BuildScript,
}

/// A dependency as declared in a member's manifest.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// The name the code uses, with underscores: the key, which a rename changes.
    pub code_name: String,
    /// The package.
    pub package: String,
    /// Normal, build or dev.
    pub kind: EdgeKind,
    /// True for an optional dependency.
    pub optional: bool,
    /// Where it is declared.
    pub at: Location,
}

/// How one package uses another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EdgeKind {
    /// Linked into the product.
    Normal,
    /// Used by a build script.
    Build,
    /// Used by tests, examples and benches.
    Dev,
}

/// `rust-toolchain.toml` or `rust-toolchain`.
#[derive(Debug, Clone)]
pub struct Toolchain {
    /// The channel as written.
    pub channel: Placed<String>,
}

/// `[profile.NAME]` of the root manifest.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its name.
    pub name: Placed<String>,
    /// Its keys as written.
    pub value: Value,
}

/// One key of the cargo configuration.
#[derive(Debug, Clone)]
pub struct ConfigEntry {
    /// The key with dots, such as `build.rustc-wrapper`.
    pub key: String,
    /// The value and its place.
    pub value: Value,
    /// True when the file lies in the workspace; false for the user's or the machine's own.
    pub in_workspace: bool,
}

/// A component replaced by another copy.
#[derive(Debug, Clone)]
pub struct Patch {
    /// The package name.
    pub package: Placed<String>,
    /// The source that is patched, such as `crates-io`.
    pub patched: String,
    /// What replaces it, as written.
    pub value: Value,
}

/// Finds the workspace root from the request, as cargo does.
///
/// # Errors
/// When there is no manifest.
pub fn find_root(request: &Request) -> Result<PathBuf, Error> {
    let _ = request;
    Err(Error::Bug("workspace facts are not gathered yet".to_owned()))
}

/// Reads the workspace.
///
/// # Errors
/// When a member named on the command line does not exist.
pub fn gather(
    tree: &mut Tree,
    request: &Request,
    policy: &Policy,
    gaps: &mut Vec<Gap>,
) -> Result<Workspace, Error> {
    let _ = (tree, request, policy, gaps);
    Err(Error::Bug("workspace facts are not gathered yet".to_owned()))
}
