//! What is so: the only floor that looks at the world.
//!
//! Each module gathers one kind of fact. What could not be read, parsed or resolved becomes a
//! [`Gap`]; no module keeps silent about a thing it did not look at. Types of other crates (`syn`,
//! `toml`, `cargo_metadata`, `rustsec`, `git2`) stop here.

pub mod advisories;
pub mod authors;
pub mod clippy;
pub mod clock;
pub mod code;
pub mod components;
mod configured;
pub mod deployment;
pub mod documents;
pub mod files;
mod gap;
pub mod git;
pub mod history;
pub mod integrity;
pub mod inventory;
pub mod known;
pub mod leftovers;
pub mod lints;
mod members;
mod part;
pub mod pipeline;
mod prints;
pub mod registry;
pub mod roots;
pub mod secrets;
pub mod threats;
pub mod vetting;
pub mod workspace;

use std::fmt;
use std::path::PathBuf;

use jiff::civil::Date;

use crate::error::Error;
use crate::policy::Policy;
use crate::request::{Request, Scope};
use crate::source::Tree;

use advisories::reach;
use clock::Clock;
use part::{Supply, touched, unlooked};

pub use advisories::Advisories;
pub use authors::Authors;
pub use clippy::Clippy;
pub use clock::Phase;
pub use code::Code;
pub use components::Components;
pub use deployment::Deployment;
pub use documents::Documents;
pub use files::Files;
pub use gap::Gap;
pub use history::History;
pub use integrity::Integrity;
pub use inventory::Inventory;
pub use leftovers::Leftovers;
pub use lints::Lints;
pub use pipeline::Pipeline;
pub use registry::Registry;
pub use roots::Roots;
pub use secrets::past::Commits;
pub use threats::Threats;
pub use vetting::Vetting;
pub use workspace::Workspace;

/// Everything that was observed.
#[derive(Debug)]
pub struct Facts {
    /// The day on which the inspection takes place.
    pub as_of: Date,
    /// What the manufacturer has decided.
    pub policy: Policy,
    /// Members, profiles, toolchain, cargo configuration.
    pub workspace: Workspace,
    /// Third-party crates in the graph.
    pub components: Components,
    /// Published records about components.
    pub advisories: Advisories,
    /// The workspace's own sources.
    pub code: Code,
    /// What was seen in the files that git tracks.
    pub files: Files,
    /// What was seen in the commits of the repository.
    pub commits: Commits,
    /// What stands at the start of crate roots.
    pub roots: Roots,
    /// What the sources of components hold.
    pub inventory: Inventory,
    /// What the registries' index says of components.
    pub registry: Registry,
    /// Whether the sources of components are what was locked.
    pub integrity: Integrity,
    /// Who has vetted components.
    pub vetting: Vetting,
    /// Documents that the policy names, and how to report a vulnerability.
    pub documents: Documents,
    /// How the product is run, as far as files say it.
    pub deployment: Deployment,
    /// What builds and checks the product, as far as files say it.
    pub pipeline: Pipeline,
    /// What was released before, from git.
    pub history: History,
    /// Who wrote the entries of the ledger, where the policy asks.
    pub authors: Authors,
    /// What the record of what is left over held before.
    pub leftovers: Leftovers,
    /// Effective lint levels of each member.
    pub lints: Lints,
    /// What the compiler and Clippy say, where somebody asked.
    pub clippy: Clippy,
    /// Threat models.
    pub threats: Threats,
    /// Kinds that were not looked at, since a change is judged without them. Rules that need them are not judged.
    pub unlooked: &'static [Kind],
    /// The kinds that the change which is judged can touch; `None` where no change is, or where it may be all of them.
    /// Rules that need none of them have nothing new to say.
    pub touched: Option<&'static [Kind]>,
    /// What could not be observed.
    pub gaps: Vec<Gap>,
    /// How long each kind took, in the order gathered.
    pub timings: Vec<Phase>,
}

/// A kind of fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Manifests, profiles, toolchain, cargo configuration.
    Workspace,
    /// The lock file and the resolved graph.
    Components,
    /// Advisory data.
    Advisories,
    /// The workspace's own sources.
    Code,
    /// The sources of components.
    Inventory,
    /// The registries' index: yanked versions, days of publication.
    Registry,
    /// The unpacked sources against what was locked.
    Integrity,
    /// Vetting records.
    Vetting,
    /// Lint levels.
    Lints,
    /// Results of Clippy.
    Clippy,
    /// Threat models.
    Threats,
    /// The policy and its waivers.
    Policy,
    /// Documents that the policy names, and those that say how to report a vulnerability.
    Documents,
    /// Files that say how the product is run: container files, services.
    Deployment,
    /// Files that say what builds and checks the product.
    Pipeline,
    /// The version of the toolchain.
    Toolchain,
    /// What git tracks.
    Tracked,
    /// The git repository.
    History,
    /// The sources of components as they were released before.
    Earlier,
    /// What the manufacturer had decided before; told, and no rule is judged by it.
    Decided,
    /// The files that git tracks.
    Files,
    /// The commits of the repository.
    Commits,
    /// What threat models said before: at their reviews, and in the revision that changes are judged against.
    Reviews,
    /// Who wrote what threat models rest on.
    Authors,
    /// Results of tests.
    Results,
    /// Lists of tests.
    Listed,
    /// Which code results of tests are of.
    Runs,
    /// Scans of ports.
    Scans,
    /// Lists of hazards of the product's risk management.
    Hazards,
    /// Files of settings that may say where the product listens.
    Configured,
}

impl Kind {
    /// The words used on pages and in reports.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("workspace", Self::Workspace),
        ("components", Self::Components),
        ("advisories", Self::Advisories),
        ("code", Self::Code),
        ("inventory", Self::Inventory),
        ("registry", Self::Registry),
        ("integrity", Self::Integrity),
        ("vetting", Self::Vetting),
        ("lints", Self::Lints),
        ("clippy", Self::Clippy),
        ("threats", Self::Threats),
        ("policy", Self::Policy),
        ("documents", Self::Documents),
        ("deployment", Self::Deployment),
        ("pipeline", Self::Pipeline),
        ("toolchain", Self::Toolchain),
        ("tracked", Self::Tracked),
        ("history", Self::History),
        ("earlier", Self::Earlier),
        ("decided", Self::Decided),
        ("files", Self::Files),
        ("commits", Self::Commits),
        ("reviews", Self::Reviews),
        ("authors", Self::Authors),
        ("results", Self::Results),
        ("listed", Self::Listed),
        ("runs", Self::Runs),
        ("scans", Self::Scans),
        ("hazards", Self::Hazards),
        ("configured", Self::Configured),
    ];

    /// The word for this kind.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Facts {
    /// True where a rule that looks at these kinds is judged: by everything it needs, of which something can be new.
    #[must_use]
    pub fn speak_of(&self, kinds: &[Kind]) -> bool {
        !kinds.iter().any(|kind| self.unlooked.contains(kind))
            && self.touched.is_none_or(|touched| kinds.iter().any(|kind| touched.contains(kind)))
    }

    /// What is inspected, by name: the product of the policy, else what the manifests call the workspace. Never a
    /// folder of this machine.
    #[must_use]
    pub fn subject(&self) -> &str {
        let product = self.policy.product.name.as_ref().map(|name| name.value.as_str());
        let unnamed = match self.workspace.members[..] {
            [] => "a workspace without members",
            _ => "a workspace without a name",
        };
        product.or_else(|| self.workspace.name()).unwrap_or(unnamed)
    }

    /// Looks at everything.
    ///
    /// # Errors
    /// When there is no workspace to look at, the policy is broken, or something asked for by name
    /// is not there. Everything else that fails is a [`Gap`].
    pub fn gather(request: &Request) -> Result<Self, Error> {
        let root = workspace::find_root(request)?;
        let mut tree = tree_below(root)?.listed(request.listing.clone());
        let mut policy = Policy::read(&tree, request.policy.as_deref())?;
        let mut gaps = unread_imports(&policy);
        let mut clock = Clock::default();
        let workspace =
            clock.time(Kind::Workspace, || workspace::gather(&mut tree, request, &policy, &mut gaps))?;
        let components = clock
            .time(Kind::Components, || components::gather(&tree, &workspace, request, &policy, &mut gaps))?;
        members::tighten(&mut policy, &members::read(&workspace)?, &components);
        let mut advisories = clock.time(Kind::Advisories, || {
            advisories::gather(request, &policy, &workspace, &components, &mut gaps)
        })?;
        let supply = Supply { tree: &tree, workspace: &workspace, components: &components, policy: &policy };
        let (inventory, registry, integrity, vetting) = supply.gather(request, &mut clock, &mut gaps);
        let documents = clock.time(Kind::Policy, || documents::gather(&tree, &workspace, &policy, &mut gaps));
        // What only the repository knows is no part of a change.
        let (mut history, mut authors, mut leftovers) = <(History, Authors, Leftovers)>::default();
        if request.change.is_none() {
            history = clock.time(Kind::History, || {
                git::reading(|| {
                    history::gather(&tree, &workspace, &components, &advisories, request, &policy, &mut gaps)
                })
            })?;
            authors = git::reading(|| authors::gather(&tree, &policy, &mut gaps));
            leftovers = git::reading(|| leftovers::gather(&tree, &policy, &mut gaps));
        }
        let (mut code, mut lints, mut threats) = (Code::default(), Lints::default(), Threats::default());
        let (mut deployment, mut pipeline) = (Deployment::default(), Pipeline::default());
        let (mut files, mut commits, mut clippy) = <(Files, Commits, Clippy)>::default();
        if request.scope == Scope::All {
            // Sources and prose say nothing of either.
            if touched(request).is_none() {
                deployment = clock
                    .time(Kind::Deployment, || deployment::gather(&tree, &components, &policy, &mut gaps));
                pipeline = clock.time(Kind::Pipeline, || pipeline::gather(&tree, &mut gaps));
            }
            let unread;
            (code, unread) =
                clock.time(Kind::Code, || configured::code(&tree, &workspace, &policy, request, &mut gaps));
            lints = clock.time(Kind::Lints, || lints::gather(&tree, &workspace, &code, &mut gaps));
            clippy = clock.time(Kind::Clippy, || {
                let question = clippy::Question {
                    tree: &tree,
                    workspace: &workspace,
                    components: &components,
                    code: &code,
                    lints: &lints,
                    policy: &policy,
                    toolchain: advisories.toolchain.as_ref(),
                };
                clippy::gather(&question, request, &mut gaps)
            });
            let question =
                threats::Question { tree: &tree, workspace: &workspace, code: &code, history: &history };
            threats = threats::whole(&question, request, &policy, &mut clock, &mut gaps);
            gaps.extend(unread.into_iter().filter(|_| !threats.models.is_empty()));
            files = clock.time(Kind::Files, || files::gather(&tree, &code, request, &mut gaps));
            if request.change.is_none() {
                commits = clock.time(Kind::Commits, || {
                    secrets::past::gather(&tree, &files, request, &policy, &mut gaps)
                });
            }
        }
        if touched(request).is_none() {
            let code = (request.scope == Scope::All).then_some(&code);
            let (workspace, components, inventory) = (&workspace, &components, &inventory);
            let question = reach::Question { workspace, components, inventory, code };
            clock.time(Kind::Advisories, || reach::grade(&mut advisories.hits, &question));
        }
        // Nothing of a change is judged by these.
        gaps.retain(|gap| !unlooked(request).contains(&gap.kind));
        gaps.sort();
        gaps.dedup();
        Ok(Self {
            as_of: request.as_of,
            policy,
            workspace,
            components,
            advisories,
            files,
            commits,
            roots: roots::gather(&code),
            code,
            inventory,
            registry,
            integrity,
            vetting,
            documents,
            deployment,
            pipeline,
            history,
            authors,
            leftovers,
            lints,
            clippy,
            threats,
            unlooked: unlooked(request),
            touched: touched(request),
            gaps,
            timings: clock.phases,
        })
    }
}

fn tree_below(root: PathBuf) -> Result<Tree, Error> {
    Tree::new(&root).map_err(|source| Error::File {
        action: "read",
        path: root,
        help: "name a folder inside a cargo workspace".to_owned(),
        source,
    })
}

/// What could not be read of the files that exceptions are taken from.
fn unread_imports(policy: &Policy) -> Vec<Gap> {
    let remedy = "mend the file, or take it out of `import` in [exceptions]";
    let unread =
        policy.imports.iter().flat_map(|import| import.unread.iter().map(move |entry| (import, entry)));
    unread
        .map(|(import, (at, why))| {
            Gap::new(Kind::Policy, import.path.value.as_str(), why.as_str(), remedy).at(at.clone())
        })
        .collect()
}
