//! The resolved graph, as `cargo metadata` prints it: only the fields that are needed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::document::Value;
use crate::error::Error;
use crate::policy::Policy;
use crate::request::{FeatureChoice, Request};
use crate::source::Tree;

use super::super::workspace::{EdgeKind, TargetKind, Workspace};
use super::graph::{Graph, Reached, Roots};
use super::kept::Kept;
use super::{Declared, Gap, Kind, Origin, Ships, cargo};

/// How long cargo may take to resolve; a thousand packages take about a second.
const RESOLVING: Duration = Duration::from_mins(2);

/// How long a download may take.
const FETCHING: Duration = Duration::from_mins(30);

/// The word for "every platform" among target triples, as `cargo tree` has it.
const ALL: &str = "all";

/// What the graph is resolved for.
pub(super) struct Question {
    /// Target triples; empty means every platform.
    pub(super) targets: Vec<String>,
    pub(super) features: FeatureChoice,
}

impl Question {
    /// The request decides, else the policy, else what `cargo build` would build for.
    pub(super) fn new(request: &Request, policy: &Policy, built_for: impl FnOnce() -> Vec<String>) -> Self {
        let product = &policy.product;
        let mut targets = request.targets.clone();
        if targets.is_empty() {
            targets = product.targets.iter().map(|target| target.value.clone()).collect();
        }
        if targets.is_empty() && request.resolve {
            targets = built_for();
        }
        if targets.iter().any(|target| target == ALL) {
            targets.clear();
        }
        targets.sort();
        targets.dedup();
        let features = request.features.clone().unwrap_or_else(|| FeatureChoice {
            features: product.features.iter().map(|feature| feature.value.clone()).collect(),
            all: false,
            no_default: policy.at.is_some() && !product.default_features,
        });
        Self { targets, features }
    }

    /// The arguments of `cargo metadata`. A value is never an argument of its own, so that none can
    /// be taken for an option.
    fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        arguments.extend(self.targets.iter().map(|target| format!("--filter-platform={target}")));
        arguments.extend(self.features.features.iter().map(|feature| format!("--features={feature}")));
        if self.features.all {
            arguments.push("--all-features".to_owned());
        }
        if self.features.no_default {
            arguments.push("--no-default-features".to_owned());
        }
        arguments
    }
}

/// What `cargo build` would build for: `build.target`, else this machine. A machine that builds the
/// product need not hold the crates of other platforms, and without a network it can't get them.
pub(super) fn built_for(workspace: &Workspace, host: impl FnOnce() -> Option<String>) -> Vec<String> {
    let configured = workspace.cargo_config.iter().find(|entry| entry.key == "build.target");
    let configured = configured.map(|entry| &entry.value);
    let one = configured.and_then(Value::as_str).into_iter();
    let many = configured.map(Value::items).unwrap_or_default().iter().filter_map(Value::as_str);
    // A path to a target specification is no triple.
    let triples = one.chain(many).filter(|triple| !triple.contains(['/', '\\', '.']));
    let triples: Vec<String> = triples.map(str::to_owned).collect();
    if triples.is_empty() { host().into_iter().collect() } else { triples }
}

/// The graph and what is known of each package; the index of a package is its node.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) packages: Vec<Package>,
    pub(super) graph: Graph,
    /// How each package is used by others.
    pub(super) uses: Vec<BTreeSet<EdgeKind>>,
}

/// A package of the graph.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: semver::Version,
    pub(super) origin: Origin,
    pub(super) folder: PathBuf,
    pub(super) features: Vec<String>,
    pub(super) build_script: bool,
    pub(super) proc_macro: bool,
    pub(super) links: Option<String>,
    pub(super) declared: Declared,
    pub(super) member: bool,
}

impl Resolved {
    /// The members that ship: those with the binaries of the policy, else all that are judged.
    pub(super) fn roots(&self, workspace: &Workspace, policy: &Policy) -> Roots {
        let bins: Vec<String> = policy.product.bins.iter().map(|bin| bin.value.replace('-', "_")).collect();
        let shipped = |package: &Package| {
            workspace.member(&package.name).is_some_and(|member| {
                member
                    .targets
                    .iter()
                    .any(|target| target.kind == TargetKind::Binary && bins.contains(&target.name))
            })
        };
        let judged: Vec<usize> = (0..self.packages.len())
            .filter(|index| {
                let package = &self.packages[*index];
                package.member && workspace.member(&package.name).is_none_or(|member| member.chosen)
            })
            .collect();
        let (product, dev): (Vec<_>, Vec<_>) =
            judged.iter().copied().partition(|index| shipped(&self.packages[*index]));
        if product.is_empty() { Roots { product: judged, dev: Vec::new() } } else { Roots { product, dev } }
    }

    /// Whether each member ships, by its index in the workspace.
    pub(super) fn members(&self, workspace: &Workspace, reached: &Reached) -> BTreeMap<usize, Ships> {
        let members = self.packages.iter().enumerate().filter(|(_, package)| package.member);
        members
            .filter_map(|(node, package)| {
                let index = workspace.members.iter().position(|member| member.name == package.name)?;
                Some((index, reached.ships(node)))
            })
            .collect()
    }
}

/// Asks cargo to download the locked components.
///
/// # Errors
/// When cargo could not: the user asked for it.
pub(super) fn fetch(
    tree: &Tree,
    workspace: &Workspace,
    request: &Request,
    question: &Question,
) -> Result<(), Error> {
    let failed = |message| Error::Program {
        program: "cargo fetch --locked".to_owned(),
        message,
        help: "run `cargo fetch --locked` in the workspace, then inspect it without --fetch".to_owned(),
    };
    let mut command = cargo::command(tree, workspace, request, "fetch").map_err(failed)?;
    command.arg("--locked").args(question.targets.iter().map(|target| format!("--target={target}")));
    cargo::run(command, tree.root(), FETCHING).map(|_| ()).map_err(failed)
}

/// Asks cargo for the graph, without a network; what fails is a gap.
pub(super) fn resolve(
    tree: &Tree,
    workspace: &Workspace,
    request: &Request,
    question: &Question,
    gaps: &mut Vec<Gap>,
) -> Option<Resolved> {
    let mut gap = |why: String, remedy: &str| {
        gaps.push(Gap::new(Kind::Components, "the resolved graph", why, remedy));
    };
    if workspace.lock.is_none() {
        gap("there is no lock file that can be read".to_owned(), "cargo generate-lockfile");
        return None;
    }
    let command = cargo::command(tree, workspace, request, "metadata").map(|mut command| {
        command.args(["--offline", "--locked", "--format-version=1"]).args(question.arguments());
        command
    });
    let kept = command.as_ref().ok().and_then(|command| Kept::open(tree, workspace, request, command));
    let known = kept.as_ref().and_then(Kept::get);
    let new = known.is_none();
    let output = match known {
        Some(output) => Ok(output),
        None => command.and_then(|command| cargo::run(command, tree.root(), RESOLVING)),
    };
    let output = match output {
        Ok(output) => output,
        Err(why) => {
            let remedy = remedy(&why);
            gap(why, remedy);
            return None;
        }
    };
    match read(&output) {
        Ok(resolved) => {
            let unread = unread_members(tree, workspace, &resolved);
            if let (Some(kept), true, []) = (kept, new, unread.as_slice()) {
                let others = resolved.packages.iter().filter(|package| !package.member);
                kept.put(&output, &others.map(|package| package.folder.as_path()).collect::<Vec<_>>());
            }
            gaps.extend(unread);
            Some(resolved)
        }
        Err(why) => {
            gap(why, "cargo metadata --offline --locked --format-version 1");
            None
        }
    }
}

/// Members that cargo knows of and that were not read as such.
fn unread_members(tree: &Tree, workspace: &Workspace, resolved: &Resolved) -> Vec<Gap> {
    let members = resolved.packages.iter().filter(|package| package.member);
    let unread = members.filter(|package| workspace.member(&package.name).is_none());
    let gap = |package: &Package| {
        let path = tree.relative(&package.folder.join("Cargo.toml"));
        let why = format!("cargo counts `{}` as a member, and it was not read as one", package.name);
        Gap::new(Kind::Workspace, path, why, "")
    };
    unread.map(gap).collect()
}

/// The command that mends what cargo complains about.
fn remedy(why: &str) -> &'static str {
    let known = [
        ("--locked was passed", "cargo update --workspace"),
        ("lock file", "cargo update --workspace"),
        ("--offline", "cargo health-sec --fetch"),
        ("offline mode", "cargo health-sec --fetch"),
        ("failed to download", "cargo health-sec --fetch"),
        ("failed to parse manifest", "mend the manifest"),
        ("failed to load manifest", "mend the manifest"),
        ("checksum", "restore Cargo.lock from version control"),
        ("toolchain", "rustup toolchain install"),
        ("rustc", "rustup toolchain install"),
        ("feature", "mend the features that were asked for"),
    ];
    known
        .iter()
        .find(|(part, _)| why.contains(part))
        .map_or("cargo metadata --offline --locked --format-version 1", |(_, remedy)| remedy)
}

#[derive(Deserialize)]
struct Output {
    packages: Vec<RawPackage>,
    workspace_members: Vec<String>,
    resolve: Option<RawResolve>,
}

#[derive(Deserialize)]
struct RawPackage {
    id: String,
    name: String,
    version: semver::Version,
    source: Option<String>,
    manifest_path: PathBuf,
    targets: Vec<RawTarget>,
    links: Option<String>,
    license: Option<String>,
    license_file: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
    repository: Option<String>,
    homepage: Option<String>,
    description: Option<String>,
    rust_version: Option<String>,
    edition: Option<String>,
}

#[derive(Deserialize)]
struct RawTarget {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct RawResolve {
    nodes: Vec<RawNode>,
}

#[derive(Deserialize)]
struct RawNode {
    id: String,
    deps: Vec<RawEdge>,
    #[serde(default)]
    features: Vec<String>,
}

#[derive(Deserialize)]
struct RawEdge {
    pkg: String,
    #[serde(default)]
    dep_kinds: Vec<RawKind>,
}

#[derive(Deserialize)]
struct RawKind {
    kind: Option<String>,
}

/// Reads what cargo printed. Packages that the graph does not hold are left out: they are locked
/// and not used.
fn read(output: &[u8]) -> Result<Resolved, String> {
    let output: Output = serde_json::from_slice(output)
        .map_err(|error| format!("what cargo metadata printed can't be read: {error}"))?;
    let resolve = output.resolve.ok_or("cargo metadata printed no graph")?;
    let nodes: HashMap<&str, usize> =
        resolve.nodes.iter().enumerate().map(|(index, node)| (node.id.as_str(), index)).collect();
    let members: BTreeSet<&str> = output.workspace_members.iter().map(String::as_str).collect();

    let mut packages: Vec<Option<Package>> = Vec::new();
    packages.resize_with(resolve.nodes.len(), || None);
    for raw in output.packages {
        if let Some(index) = nodes.get(raw.id.as_str()) {
            let member = members.contains(raw.id.as_str());
            packages[*index] = Some(package(raw, member, &resolve.nodes[*index].features)?);
        }
    }
    let packages: Option<Vec<Package>> = packages.into_iter().collect();
    let packages = packages.ok_or("cargo metadata printed a graph with an unknown package")?;

    let names = packages.iter().map(|package| format!("{} {}", package.name, package.version));
    let mut graph = Graph::new(names.collect());
    for (from, node) in resolve.nodes.iter().enumerate() {
        if packages[from].proc_macro {
            graph.mark_proc_macro(from);
        }
        for edge in &node.deps {
            let to = nodes.get(edge.pkg.as_str()).ok_or("cargo metadata printed an edge to nowhere")?;
            for kind in &edge.dep_kinds {
                graph.connect(from, *to, edge_kind(kind.kind.as_deref())?);
            }
        }
    }
    Ok(Resolved { uses: graph.uses(), packages, graph })
}

fn edge_kind(kind: Option<&str>) -> Result<EdgeKind, String> {
    match kind {
        None | Some("normal") => Ok(EdgeKind::Normal),
        Some("build") => Ok(EdgeKind::Build),
        Some("dev") => Ok(EdgeKind::Dev),
        Some(other) => Err(format!("cargo metadata printed an edge of the unknown kind `{other}`")),
    }
}

fn package(raw: RawPackage, member: bool, features: &[String]) -> Result<Package, String> {
    let is = |kind: &str| raw.targets.iter().flat_map(|target| &target.kind).any(|name| name == kind);
    let origin = match &raw.source {
        None => Origin::Path { folder: None },
        Some(source) => {
            Origin::read(source).ok_or_else(|| format!("`{}` has a source of an unknown kind", raw.name))?
        }
    };
    let mut features = features.to_vec();
    features.sort();
    Ok(Package {
        build_script: is("custom-build"),
        proc_macro: is("proc-macro"),
        folder: raw.manifest_path.parent().map(Path::to_path_buf).unwrap_or_default(),
        name: raw.name,
        version: raw.version,
        origin,
        features,
        links: raw.links,
        declared: Declared {
            licence: raw.license,
            licence_file: raw.license_file,
            authors: raw.authors,
            repository: raw.repository,
            homepage: raw.homepage,
            description: raw.description,
            rust_version: raw.rust_version,
            edition: raw.edition,
        },
        member,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"packages":[
        {"id":"a","name":"pump","version":"0.1.0","source":null,"manifest_path":"/w/Cargo.toml","links":null,
         "license":null,"license_file":"LICENSE","authors":[],"edition":"2024",
         "targets":[{"kind":["bin"]},{"kind":["custom-build"]}]},
        {"id":"b","name":"log","version":"0.4.1","source":"registry+https://github.com/rust-lang/crates.io-index",
         "manifest_path":"/r/log/Cargo.toml","links":"z","targets":[{"kind":["proc-macro"]}],
         "license":"MIT OR Apache-2.0","authors":["A. Person <a@example.org>"],"repository":"https://example.org/log"}],
        "workspace_members":["a"],
        "resolve":{"nodes":[{"id":"b","deps":[],"features":["std","alloc"]},
         {"id":"a","deps":[{"pkg":"b","dep_kinds":[{"kind":null,"target":null},{"kind":"dev","target":null}]}]}]}}"#;

    #[test]
    fn packages_and_edges_are_read() {
        let resolved = read(TEXT.as_bytes()).expect("metadata");
        let [log, pump] = &resolved.packages[..] else { panic!("{resolved:?}") };
        assert!(pump.member && pump.build_script && !pump.proc_macro);
        assert!(!log.member && log.proc_macro && log.origin == Origin::CratesIo);
        assert_eq!(log.features, ["alloc", "std"]);
        assert_eq!(log.declared.licence.as_deref(), Some("MIT OR Apache-2.0"));
        assert_eq!(log.declared.authors, ["A. Person <a@example.org>"]);
        assert_eq!(log.declared.repository.as_deref(), Some("https://example.org/log"));
        assert_eq!((&pump.declared.licence, pump.declared.licence_file.as_deref()), (&None, Some("LICENSE")));
        assert_eq!(pump.declared.edition.as_deref(), Some("2024"));
        assert_eq!(resolved.uses[0], BTreeSet::from([EdgeKind::Normal, EdgeKind::Dev]));
    }

    #[test]
    fn nothing_that_is_cut_or_changed_is_taken_for_a_graph() {
        for end in 0..TEXT.len() {
            assert!(read(&TEXT.as_bytes()[..end]).is_err(), "{end}");
        }
        for (from, to) in [
            ("\"pkg\":\"b\"", "\"pkg\":\"x\""),
            ("\"dev\"", "\"new\""),
            ("registry+", "odd+"),
            ("\"id\":\"b\",\"n", "\"id\":\"c\",\"n"),
        ] {
            assert!(TEXT.contains(from) && read(TEXT.replace(from, to).as_bytes()).is_err(), "{to}");
        }
    }

    #[test]
    fn values_are_never_options() {
        let mut request = Request::new(".", jiff::civil::date(2026, 11, 1));
        request.targets = vec!["--config=x".to_owned()];
        request.features =
            Some(FeatureChoice { features: vec!["-Zx".to_owned()], all: true, no_default: true });
        let arguments = Question::new(&request, &Policy::default(), Vec::new).arguments();
        assert_eq!(
            arguments,
            ["--filter-platform=--config=x", "--features=-Zx", "--all-features", "--no-default-features"]
        );
    }
}
