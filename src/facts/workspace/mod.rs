//! The workspace: members, targets, features, profiles, toolchain, cargo configuration.
//!
//! Everything here is read from files; no program is started. `root` finds the root and the
//! members as cargo does, `member` and `targets` read one manifest, `cargo_config` follows the
//! configuration, [`flags`] reads the compiler flags in it, `profiles` puts profiles together, `globs` matches
//! member patterns within limits, `commits` asks the git repository, `for_tests` tells members that do not ship,
//! `features` which features those that do are built with, `naming` what it is called.

mod cargo_config;
mod commits;
mod features;
pub mod flags;
mod for_tests;
mod globs;
mod member;
mod naming;
mod profiles;
mod root;
mod targets;
mod toolchain;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::{self, Value};
use crate::error::Error;
use crate::policy::Policy;
use crate::request::{Change, MemberChoice, Request};
use crate::source::{Location, Placed, ReadError, Source, Tree};

use super::{Gap, Kind};

pub(super) use cargo_config::cargo_home;
pub use globs::matches;
pub use profiles::{Setting, word};
pub use root::find_root;
pub(super) use root::normal;

/// The inspected workspace.
#[derive(Debug)]
pub struct Workspace {
    /// The root folder, absolute.
    pub root: PathBuf,
    /// The root manifest.
    pub manifest: Manifest,
    /// Its members, sorted by name.
    pub members: Vec<Member>,
    /// The lock file, if there is one that can be read.
    pub lock: Option<Arc<Source>>,
    /// Whether git tracks the lock file; `None` outside a repository or where git could not be asked.
    pub lock_committed: Option<bool>,
    /// The toolchain file.
    pub toolchain: Option<Toolchain>,
    /// Profiles as written in the root manifest.
    pub profiles: Vec<Profile>,
    /// Cargo configuration that applies, includes followed, the strongest first: of two entries
    /// with the same key the first wins, except for arrays, which cargo joins.
    pub cargo_config: Vec<ConfigEntry>,
    /// `[patch]` and `[replace]` entries of the root manifest and the cargo configuration.
    pub patches: Vec<Patch>,
    /// The names of the features that something of the product is built with.
    pub features: BTreeSet<String>,
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
    /// The oldest compiler that it promises to build with.
    pub rust_version: Option<String>,
    /// True for a procedural-macro crate.
    pub proc_macro: bool,
    /// True when the member is judged (`-p`, `--exclude`).
    pub chosen: bool,
    /// True when it serves tests only: nothing of it ships, and it is judged as tests are.
    pub for_tests: bool,
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
    /// Features that are asked of it, inherited ones included.
    pub features: Vec<Placed<String>>,
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
    /// The file.
    pub source: Arc<Source>,
    /// The channel as written.
    pub channel: Option<Placed<String>>,
    /// A folder with a toolchain, which stands instead of a channel.
    pub path: Option<Placed<String>>,
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
    /// The key in its parts: a part may hold dots itself.
    pub segments: Vec<String>,
    /// The value and its place.
    pub value: Value,
    /// True when the file lies in the workspace or its repository; false for the user's or the
    /// machine's own.
    pub in_workspace: bool,
    /// True when the file lies below the root: it applies only where cargo is started there.
    pub nested: bool,
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

impl Member {
    /// The first target of a kind.
    #[must_use]
    pub fn target(&self, kind: TargetKind) -> Option<&Target> {
        self.targets.iter().find(|target| target.kind == kind)
    }
}

impl Workspace {
    /// The member of this name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.position(name).and_then(|at| self.members.get(at))
    }

    /// Where the member of this name stands among the members.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        let at = self.members.partition_point(|member| member.name.as_str() < name);
        self.members.get(at).filter(|member| member.name == name).map(|_| at)
    }

    /// The members that are judged.
    pub fn chosen(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.chosen)
    }
}

/// Reads the workspace.
///
/// # Errors
/// When a member named on the command line, or a binary named in the policy, does not exist.
pub fn gather(
    tree: &mut Tree,
    request: &Request,
    policy: &Policy,
    gaps: &mut Vec<Gap>,
) -> Result<Workspace, Error> {
    let root = tree.root().to_owned();
    let manifest = read_manifest(tree, &root, gaps).unwrap_or_else(|| empty_manifest("Cargo.toml"));
    let folders = root::member_folders(tree, &manifest, gaps);
    for folder in folders.iter().map(|(folder, _)| folder).filter(|folder| !folder.starts_with(&root)) {
        tree.allow(folder);
    }
    let mut members: Vec<Member> = folders
        .into_iter()
        .filter_map(|(folder, own)| member::read(tree, &manifest, folder, own, gaps))
        .collect();
    members.sort_by(|a, b| (&a.name, &a.folder).cmp(&(&b.name, &b.folder)));
    choose(&mut members, &request.members)?;
    for_tests::mark(&mut members, &root, &policy.product.bins);
    if let Some(change) = request.change.as_ref().filter(|change| change.is_of_sources()) {
        keep_touched(tree, &mut members, change);
    }
    check_bins(&members, policy)?;

    let lock = read_lock(tree, gaps);
    let cargo_config = cargo_config::gather(tree, &members, gaps);
    let mut workspace = Workspace {
        lock_committed: lock.as_ref().and_then(|_| commits::lock_committed(&root, gaps)),
        lock,
        toolchain: toolchain::read(tree, gaps),
        profiles: profiles::read(&manifest),
        patches: patches(&manifest, &cargo_config),
        cargo_config,
        root,
        manifest,
        members,
        features: BTreeSet::new(),
    };
    workspace.features = workspace.features_of(&policy.product);
    Ok(workspace)
}

/// Reads the manifest in a folder; one that cannot be read or is not TOML leaves gaps for all that
/// would have been learnt from it.
fn read_manifest(tree: &Tree, folder: &Path, gaps: &mut Vec<Gap>) -> Option<Manifest> {
    let path = folder.join("Cargo.toml");
    let name = tree.relative(&path);
    let source = match tree.read(&path) {
        Ok(source) => source,
        Err(error) => {
            manifest_gap(gaps, &name, &error.to_string(), None);
            return None;
        }
    };
    let value = match document::parse(&source) {
        Ok(value) => value,
        Err(error) => {
            manifest_gap(gaps, &name, &format!("it is not TOML: {}", error.message), Some(&error.at));
            return Some(Manifest { value: empty_manifest(&name).value, source });
        }
    };
    Some(Manifest { source, value })
}

/// A manifest tells what the targets and the lint levels are: those facts suffer with it.
fn manifest_gap(gaps: &mut Vec<Gap>, name: &str, why: &str, at: Option<&Location>) {
    for kind in [Kind::Workspace, Kind::Code, Kind::Lints] {
        let mut gap = Gap::new(kind, name, one_line(why), "mend the manifest");
        gap.at = at.cloned();
        gaps.push(gap);
    }
}

fn empty_manifest(name: &str) -> Manifest {
    let source = Source::new(name, "");
    let value = Value::empty_table(&source);
    Manifest { source, value }
}

/// A message of several lines, told in one.
fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Leaves out the members that a change of sources does not touch.
fn keep_touched(tree: &Tree, members: &mut [Member], change: &Change) {
    let folders: Vec<String> = members.iter().map(|member| tree.relative(&member.folder)).collect();
    let owner = |path: &str| {
        let within = folders.iter().enumerate().filter(|(_, folder)| {
            *folder == "." || path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        });
        within.max_by_key(|(_, folder)| folder.len()).map(|(index, _)| index)
    };
    let owners: BTreeSet<usize> = change.paths.iter().filter_map(|path| owner(path)).collect();
    for (index, member) in members.iter_mut().enumerate() {
        member.chosen &= owners.contains(&index);
    }
}

/// Marks the members that are judged.
fn choose(members: &mut [Member], choice: &MemberChoice) -> Result<(), Error> {
    let (specs, listed) = match choice {
        MemberChoice::Default => return Ok(()),
        MemberChoice::Only(specs) => (specs, true),
        MemberChoice::AllBut(specs) => (specs, false),
    };
    for member in members.iter_mut() {
        member.chosen = !listed;
    }
    for spec in specs {
        let name = spec.split_once('@').map_or(spec.as_str(), |(name, _)| name);
        let mut hit = false;
        for member in members.iter_mut().filter(|member| globs::matches(name, &member.name)) {
            member.chosen = listed;
            hit = true;
        }
        if !hit {
            let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
            return Err(Error::Usage {
                message: format!("`{spec}` is no member of this workspace"),
                help: document::suggestion(name, &names)
                    .unwrap_or_else(|| format!("the members are: {}", names.join(", "))),
            });
        }
    }
    if members.iter().any(|member| member.chosen) || members.is_empty() {
        return Ok(());
    }
    Err(Error::Usage {
        message: "no member is left to inspect".to_owned(),
        help: "exclude fewer members".to_owned(),
    })
}

/// A binary that the policy ships must exist, or the wrong product would be inspected.
fn check_bins(members: &[Member], policy: &Policy) -> Result<(), Error> {
    let binaries =
        || members.iter().flat_map(|member| &member.targets).filter(|t| t.kind == TargetKind::Binary);
    let names: Vec<&str> = binaries().map(|target| target.name.as_str()).collect();
    let faults: Vec<_> = policy
        .product
        .bins
        .iter()
        .filter(|bin| !names.contains(&bin.value.replace('-', "_").as_str()))
        .map(|bin| {
            let help = document::suggestion(&bin.value.replace('-', "_"), &names);
            document::fault(&bin.at, format!("no member has a binary `{}`", bin.value), help)
        })
        .collect();
    match policy.product.bins.first() {
        Some(bin) if !faults.is_empty() => Err(Error::Policy { path: bin.at.path().to_owned(), faults }),
        _ => Ok(()),
    }
}

fn read_lock(tree: &Tree, gaps: &mut Vec<Gap>) -> Option<Arc<Source>> {
    match tree.read("Cargo.lock") {
        Ok(source) => Some(source),
        // Its absence is a finding, not a gap.
        Err(ReadError::Absent) => None,
        Err(error) => {
            let remedy = "put a regular lock file there: cargo generate-lockfile";
            for kind in [Kind::Workspace, Kind::Components] {
                gaps.push(Gap::new(kind, "Cargo.lock", error.to_string(), remedy));
            }
            None
        }
    }
}

fn patches(manifest: &Manifest, config: &[ConfigEntry]) -> Vec<Patch> {
    let mut patches = Vec::new();
    for source in manifest.value.get(&["patch"]).map(Value::entries).unwrap_or_default() {
        patches.extend(source.value.entries().iter().map(|entry| patch(entry, &source.key)));
    }
    for entry in manifest.value.get(&["replace"]).map(Value::entries).unwrap_or_default() {
        patches.push(patch(entry, "crates-io"));
    }
    patches.extend(config.iter().filter_map(config_patch));
    patches
}

fn patch(entry: &document::Entry, patched: &str) -> Patch {
    // `[replace]` names `name:version`, and `package` names what a renamed patch stands for.
    let renamed = entry.value.get(&["package"]).and_then(Value::as_str);
    let name = renamed.unwrap_or_else(|| entry.key.split(':').next().unwrap_or_default());
    Patch {
        package: Placed { value: name.to_owned(), at: entry.key_at.clone() },
        patched: patched.to_owned(),
        value: entry.value.clone(),
    }
}

/// `patch.SOURCE.NAME.path` or `.git` of the cargo configuration, which is flattened.
fn config_patch(entry: &ConfigEntry) -> Option<Patch> {
    let segments: Vec<&str> = entry.segments.iter().map(String::as_str).collect();
    let ["patch", patched, name, "path" | "git"] = segments[..] else { return None };
    Some(Patch {
        package: Placed { value: name.to_owned(), at: entry.value.at() },
        patched: patched.to_owned(),
        value: entry.value.clone(),
    })
}

#[cfg(test)]
mod tests;
