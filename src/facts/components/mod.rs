//! Components: third-party crates, from the lock file joined with the resolved graph.
//!
//! `lock` reads the lock file, `cargo` is the one place that starts cargo, `metadata` asks it,
//! `kept` keeps its answer between runs, `resolved` tells what of it is built, `graph` what ships and why, `links` who uses whom, `licence` reads licence
//! expressions. Without a graph the components of the lock file remain, and each of them may ship.

pub(super) mod cargo;
mod graph;
mod kept;
pub mod licence;
mod links;
mod lock;
mod metadata;
pub mod names;
mod resolved;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::policy::Policy;
use crate::request::{FeatureChoice, Request};
use crate::source::{LARGEST_FILE, Location, Source, Tree, read_limited};

use super::workspace::{EdgeKind, Workspace};
use super::{Gap, Kind};

use graph::{Graph, Reached};
use links::Met;
use lock::{Lock, Locked};
use resolved::Resolved;

pub use links::{Link, Node};

/// All components, by name and version.
#[derive(Debug, Default)]
pub struct Components {
    /// The components, sorted by name, version and origin.
    pub all: Vec<Component>,
    /// True when cargo resolved the graph, so that edges, features and shipping are known.
    pub resolved: bool,
    /// The targets the graph was resolved for; empty means every platform.
    pub targets: Vec<String>,
    /// The features it was resolved with.
    pub features: FeatureChoice,
    /// The version of the toolchain in use, where nothing pins one and cargo could be asked.
    pub toolchain: Option<semver::Version>,
    /// Who uses whom, members included; ordered.
    pub links: Vec<Link>,
    /// Whether each member in the graph ships, by index into the members of the workspace.
    pub members: BTreeMap<usize, Ships>,
    /// The members that the product starts from, by index: those with the shipped binaries, else all
    /// that are judged.
    pub product: Vec<usize>,
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
    /// What its manifest says of its maker; where the graph is not resolved, at most where a release is kept
    /// beside which there is a copy of that name.
    pub declared: Declared,
    /// Its entry in the lock file; for a component without one, its declaration.
    pub at: Location,
}

/// What a manifest says of a component and its maker, as written: nobody has checked it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// The licence expression; see [`licence::Licence::read`].
    pub licence: Option<String>,
    /// The file with the text of a licence of its own, relative to the component.
    pub licence_file: Option<String>,
    /// The authors, most often with an address.
    pub authors: Vec<String>,
    /// Where its source code is kept.
    pub repository: Option<String>,
    /// Its page.
    pub homepage: Option<String>,
    /// What it is, in a line or a few.
    pub description: Option<String>,
    /// The oldest compiler it is made for.
    pub rust_version: Option<String>,
    /// Its edition, such as `2021`.
    pub edition: Option<String>,
}

impl Component {
    /// What stands for its contents: the checksum, or the commit of a git repository.
    #[must_use]
    pub fn contents(&self) -> Option<&str> {
        match (&self.checksum, &self.origin) {
            (Some(checksum), _) => Some(checksum),
            (None, Origin::Git { commit, .. }) => commit.as_deref(),
            _ => None,
        }
    }

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

impl Origin {
    /// Reads a source as the lock file and cargo write it, such as `git+https://host/repo#commit`.
    fn read(source: &str) -> Option<Self> {
        let (kind, url) = source.split_once('+')?;
        match kind {
            "registry" | "sparse" => Some(match url.trim_end_matches('/') {
                "https://github.com/rust-lang/crates.io-index" | "https://index.crates.io" => Self::CratesIo,
                _ => Self::Registry { url: url.to_owned() },
            }),
            "git" => {
                let (url, commit) = match url.split_once('#') {
                    Some((url, commit)) => (url, Some(commit.to_owned())),
                    None => (url, None),
                };
                // Branch, tag and revision are how the commit was found; the commit is what it is.
                let url = url.split('?').next().unwrap_or_default().to_owned();
                Some(Self::Git { url, commit })
            }
            "local-registry" | "directory" => Some(Self::Registry { url: url.to_owned() }),
            "path" => Some(Self::Path { folder: None }),
            _ => None,
        }
    }

    /// True when both mean the same place, as far as each is told.
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Path { .. }, Self::Path { .. }) => true,
            (Self::Git { url: a, commit: x }, Self::Git { url: b, commit: y }) => {
                a == b && (x == y || x.is_none() || y.is_none())
            }
            _ => self == other,
        }
    }
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
    let in_use = OnceCell::new();
    let ask = || in_use.get_or_init(|| cargo::in_use(tree, workspace, request));
    let host = || ask().as_ref().map(|in_use| in_use.host.clone());
    let release = || ask().as_ref().and_then(|in_use| in_use.release.clone());
    let question = metadata::Question::new(request, policy, workspace, host);
    if request.fetch {
        metadata::fetch(tree, workspace, request, &question)?;
    }
    let lock = workspace.lock.as_ref().map(|source| Lock::read(source, gaps)).unwrap_or_default();
    let resolved = if request.resolve {
        metadata::resolve(tree, workspace, request, &question, policy, gaps)
    } else {
        None
    };
    let locked = links::Locked::new(&lock, workspace);
    let reached = resolved.as_ref().map(Resolved::reach);
    let mut met = match resolved.as_ref().zip(reached.as_ref()) {
        Some((resolved, reached)) => joined(tree, workspace, lock, resolved, reached),
        None => locked_only(workspace, lock),
    };
    let members = resolved.as_ref().zip(reached.as_ref());
    let members = members.map(|(resolved, reached)| resolved.members(workspace, reached)).unwrap_or_default();
    let order = |met: &Met| {
        let Component { name, version, origin, .. } = &met.component;
        (name.clone(), version.clone(), origin.clone())
    };
    met.sort_by_cached_key(order);
    Ok(Components {
        product: links::product(workspace, resolved.as_ref()),
        members,
        links: links::find(&met, &locked, resolved.as_ref(), workspace),
        all: met.into_iter().map(|met| met.component).collect(),
        resolved: resolved.is_some(),
        targets: question.targets,
        features: question.features,
        toolchain: if request.resolve && !pinned(workspace) { release() } else { None },
    })
}

/// The packages of another lock file, members included; each of them may ship.
pub(super) fn locked(source: &Arc<Source>, gaps: &mut Vec<Gap>) -> Vec<Component> {
    let lock = Lock::read(source, gaps);
    lock.packages.into_iter().map(|locked| Component::from_lock(locked, Ships::Unknown)).collect()
}

/// Where cargo has unpacked a component of crates.io on this machine.
pub(super) fn unpacked() -> impl Fn(&Component) -> Option<PathBuf> {
    let unpacked = cargo::Unpacked::find();
    move |component| unpacked.folder(component)
}

/// True where the toolchain file names a version: then the one in use says nothing more.
fn pinned(workspace: &Workspace) -> bool {
    let channel = workspace.toolchain.as_ref().and_then(|file| file.channel.as_ref());
    let name = channel.and_then(|channel| channel.value.split('-').next());
    name.is_some_and(|name| semver::Version::parse(name).is_ok())
}

/// The packages of the lock file, each with what the graph knows of it, and what the graph knows
/// beyond the lock file.
fn joined(
    tree: &Tree,
    workspace: &Workspace,
    lock: Lock,
    resolved: &Resolved,
    reached: &Reached,
) -> Vec<Met> {
    let mut nodes: BTreeMap<(&str, &semver::Version), Vec<usize>> = BTreeMap::new();
    for (index, package) in resolved.packages.iter().enumerate() {
        nodes.entry((&package.name, &package.version)).or_default().push(index);
    }
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut components = Vec::new();
    for (at, locked) in lock.packages.into_iter().enumerate() {
        let same = nodes.get(&(locked.name.as_str(), &locked.version)).map(Vec::as_slice).unwrap_or_default();
        let node = same.iter().copied().find(|node| resolved.packages[*node].origin.same(&locked.origin));
        seen.extend(node);
        if node.map_or_else(|| is_member(workspace, &locked), |node| resolved.packages[node].member) {
            continue;
        }
        let mut component = Component::from_lock(locked, Ships::Locked);
        if let Some(node) = node {
            component.learn(tree, resolved, reached, node);
        }
        components.push(Met { component, locked: Some(at), node });
    }
    for (index, package) in resolved.packages.iter().enumerate() {
        if !package.member && !seen.contains(&index) {
            let mut component = Component::unlocked(workspace, package);
            component.learn(tree, resolved, reached, index);
            components.push(Met { component, locked: None, node: Some(index) });
        }
    }
    components
}

/// The packages of the lock file alone: each may ship, and the path why is the shortest of any kind.
fn locked_only(workspace: &Workspace, lock: Lock) -> Vec<Met> {
    let names = lock.packages.iter().map(|package| format!("{} {}", package.name, package.version));
    let mut graph = Graph::new(names.collect());
    for (index, package) in lock.packages.iter().enumerate() {
        for dependency in &package.dependencies {
            graph.connect(index, *dependency, EdgeKind::Normal, Ships::Product);
        }
    }
    let roots: Vec<usize> =
        (0..lock.packages.len()).filter(|index| is_member(workspace, &lock.packages[*index])).collect();
    let reached = graph.reach(&graph::Roots { product: roots.clone(), ..graph::Roots::default() });
    let unpacked = cargo::Unpacked::find();
    let elsewhere = lock.packages.iter().filter(|locked| matches!(locked.origin, Origin::Git { .. }));
    let elsewhere: BTreeSet<String> = elsewhere.map(|locked| locked.name.clone()).collect();
    lock.packages
        .into_iter()
        .enumerate()
        .filter(|(index, _)| !roots.contains(index))
        .map(|(index, locked)| {
            let mut component = Component::from_lock(locked, Ships::Unknown);
            component.why = reached.why(&graph, index);
            component.folder = unpacked.folder(&component);
            if let Some(folder) = component.folder.as_deref().filter(|_| elsewhere.contains(&component.name))
            {
                component.declared.repository = repository(folder);
            }
            Met { component, locked: Some(index), node: None }
        })
        .collect()
}

/// The repository that the manifest in a folder names.
fn repository(folder: &Path) -> Option<String> {
    let manifest = read_limited(&folder.join("Cargo.toml"), LARGEST_FILE).ok()?;
    let manifest: toml::Table = toml::from_slice(&manifest).ok()?;
    Some(manifest.get("package")?.get("repository")?.as_str()?.to_owned())
}

/// True for the entry of a member. A member whose manifest is broken has no known version.
fn is_member(workspace: &Workspace, locked: &Locked) -> bool {
    let version = locked.version.to_string();
    matches!(locked.origin, Origin::Path { .. })
        && workspace
            .member(&locked.name)
            .is_some_and(|member| member.version.is_empty() || member.version == version)
}

impl Component {
    fn from_lock(locked: Locked, ships: Ships) -> Self {
        Self {
            name: locked.name,
            version: locked.version,
            origin: locked.origin,
            checksum: locked.checksum,
            ships,
            why: Vec::new(),
            edges: BTreeSet::new(),
            features: Vec::new(),
            folder: None,
            build_script: None,
            proc_macro: None,
            links: None,
            declared: Declared::default(),
            at: locked.at,
        }
    }

    /// A component that the lock file does not name; its place is where it is declared.
    fn unlocked(workspace: &Workspace, package: &resolved::Package) -> Self {
        let declared = workspace
            .members
            .iter()
            .flat_map(|member| &member.dependencies)
            .find(|dependency| dependency.package == package.name);
        Self::from_lock(
            Locked {
                name: package.name.clone(),
                version: package.version.clone(),
                origin: package.origin.clone(),
                checksum: None,
                dependencies: Vec::new(),
                at: declared.map_or_else(|| workspace.manifest.source.whole(), |found| found.at.clone()),
            },
            Ships::Locked,
        )
    }

    /// Takes over what the graph knows.
    fn learn(&mut self, tree: &Tree, resolved: &Resolved, reached: &Reached, node: usize) {
        let package = &resolved.packages[node];
        self.ships = reached.ships(node);
        self.why = reached.why(&resolved.graph, node);
        self.edges.clone_from(&resolved.uses[node]);
        self.features.clone_from(&package.features);
        self.build_script = Some(package.build_script);
        self.proc_macro = Some(package.proc_macro);
        self.links.clone_from(&package.links);
        self.declared.clone_from(&package.declared);
        if let Origin::Path { folder } = &mut self.origin {
            *folder = Some(tree.relative(&package.folder));
        }
        self.folder = Some(package.folder.clone()).filter(|folder| folder.is_dir());
    }
}

#[cfg(test)]
mod tests;
