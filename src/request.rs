//! What was asked for: the words typed, turned into meaning.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;

use crate::source::Listing;

/// Everything one inspection depends on, beside the inspected tree itself.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent wishes, each with its name")]
pub struct Request {
    /// The folder to start from; the workspace is found upward, as cargo does.
    pub start: PathBuf,
    /// The manifest to inspect instead (`--manifest-path`).
    pub manifest_path: Option<PathBuf>,
    /// Which members are judged.
    pub members: MemberChoice,
    /// Features to resolve with; `None` leaves them to the policy.
    pub features: Option<FeatureChoice>,
    /// Target triples to resolve for, `all` for every platform; empty leaves them to the policy.
    pub targets: Vec<String>,
    /// The policy file (`--policy`); `None` looks for one upward.
    pub policy: Option<PathBuf>,
    /// Folders with advisories in `RustSec` layout, or packs.
    pub advisory_dbs: Vec<PathBuf>,
    /// Where advisory data may lie ready on this machine: clones of peers, what `advisories update`
    /// fetched. Used only when none is named and newer than the embedded data.
    pub advisory_clones: Vec<PathBuf>,
    /// Levels changed on the command line, in the order typed.
    pub levels: Vec<(String, Level)>,
    /// Warnings and undetermined rules fail too.
    pub strict: bool,
    /// Judge as for a release: rules may be stricter then (`--release`).
    pub release: bool,
    /// The day on which the inspection takes place.
    pub as_of: Date,
    /// Ask cargo to download the locked components first (`--fetch`): the one use of the network.
    pub fetch: bool,
    /// Ask cargo to resolve the graph; without it only manifests and the lock file are read.
    pub resolve: bool,
    /// Where facts are kept between runs; `None` keeps nothing.
    pub cache: Option<PathBuf>,
    /// What is looked at.
    pub scope: Scope,
    /// How far the sources of components are compared with what was locked.
    pub verify: Verify,
    /// Where results of Clippy come from.
    pub clippy: Clippy,
    /// The git revision that changes are judged against (`--since`); `None` leaves it to the policy.
    pub since: Option<String>,
    /// Look for secrets in the commits of the repository too (`--history`); without it the policy decides.
    pub history: bool,
    /// What a change touches, where only that is judged; `None` judges everything.
    pub change: Option<Change>,
    /// What lies where the inspected state is laid out; `None` asks the system.
    pub listing: Option<Arc<Listing>>,
}

/// The files that a change touches. It is judged without asking cargo, and without what only the repository knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Paths as seen from the workspace root, with `/`; sorted.
    pub paths: Vec<String>,
}

/// Endings of files that say nothing about manifests, policy, threat models or how the product is run.
const PLAIN: &[&str] = &["rs", "md", "txt", "adoc", "rst", "png", "jpg", "svg", "css", "html"];

impl Change {
    /// True where nothing but sources and prose is touched: what is known of components, of the policy and of all
    /// other members is as it was.
    #[must_use]
    pub fn is_of_sources(&self) -> bool {
        let plain = |path: &String| {
            let name = path.rsplit('/').next().unwrap_or(path);
            let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
            let hidden = path.split('/').any(|part| part.starts_with('.') && part != "..");
            PLAIN.contains(&ending) && !hidden && name != "build.rs"
        };
        self.paths.iter().all(plain)
    }

    /// True where a file below a folder is touched; both as seen from the root.
    #[must_use]
    pub fn touches(&self, folder: &str) -> bool {
        let within = |path: &String| {
            folder == "." || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        self.paths.iter().any(within)
    }
}

/// Where results of Clippy come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Clippy {
    /// None are taken in.
    #[default]
    No,
    /// Clippy is run: it compiles the workspace, and so runs its build scripts.
    Run,
    /// Files with what `cargo clippy --message-format=json` printed elsewhere.
    Files(Vec<PathBuf>),
}

/// What is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// Everything a rule may ask for.
    #[default]
    All,
    /// Components and what is known of them; not the workspace's own code, lints and threat models.
    Components,
}

/// How far the sources of components are compared with what was locked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verify {
    /// Not at all; the rules that need it are undetermined.
    Nothing,
    /// Nothing anew: what earlier runs have compared, and is still as it was then.
    Kept,
    /// Archives, and what was unpacked from them.
    #[default]
    Sources,
    /// The SHA-512 of every archive is computed too, as some lists of components ask for.
    SourcesAndDigests,
}

impl Request {
    /// A request for the workspace around a folder, on a day, with everything else as by default:
    /// no cache, no changed levels, no advisory data but the embedded, cargo asked for the graph without a network.
    #[must_use]
    pub fn new(start: impl Into<PathBuf>, as_of: Date) -> Self {
        Self {
            start: start.into(),
            manifest_path: None,
            members: MemberChoice::Default,
            features: None,
            targets: Vec::new(),
            policy: None,
            advisory_dbs: Vec::new(),
            advisory_clones: Vec::new(),
            levels: Vec::new(),
            strict: false,
            release: false,
            as_of,
            fetch: false,
            resolve: true,
            cache: None,
            scope: Scope::All,
            verify: Verify::Sources,
            clippy: Clippy::No,
            since: None,
            history: false,
            change: None,
            listing: None,
        }
    }
}

/// Which members are judged: `-p`, `--workspace`, `--exclude`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MemberChoice {
    /// Every member. A gate that looks at less must be told to.
    #[default]
    Default,
    /// These members (`-p`).
    Only(Vec<String>),
    /// Every member but these (`--workspace --exclude`).
    AllBut(Vec<String>),
}

/// Features as cargo takes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeatureChoice {
    /// `--features`.
    pub features: Vec<String>,
    /// `--all-features`.
    pub all: bool,
    /// `--no-default-features`.
    pub no_default: bool,
}

/// A level given on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// `-A`: evidence only.
    Allow,
    /// `-W`: shown, does not fail the run.
    Warn,
    /// `-D`: fails the run.
    Deny,
}
