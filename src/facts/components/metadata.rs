//! What cargo is asked for: the graph of the locked components, and their download.

use std::time::Duration;

use crate::document::Value;
use crate::error::Error;
use crate::policy::Policy;
use crate::request::{FeatureChoice, Request};
use crate::source::Tree;

use super::super::workspace::Workspace;
use super::kept::Kept;
use super::resolved::{Package, Resolved};
use super::{Gap, Kind, cargo};

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
    /// The triple of this machine, on which build scripts run; `None` where cargo does not tell, or was not
    /// to be asked.
    pub(super) host: Option<String>,
}

impl Question {
    /// The request decides, else the policy, else what `cargo build` would build for.
    pub(super) fn new(
        request: &Request,
        policy: &Policy,
        workspace: &Workspace,
        host: impl FnOnce() -> Option<String>,
    ) -> Self {
        let product = &policy.product;
        let host = if request.resolve { host() } else { None };
        let mut targets = request.targets.clone();
        if targets.is_empty() {
            targets = product.targets.iter().map(|target| target.value.clone()).collect();
        }
        if targets.is_empty() && request.resolve {
            targets = built_for(workspace, host.as_deref());
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
        Self { targets, features, host }
    }

    /// The triples that crates are needed for: the targets, and the machine that build scripts run on.
    fn machines(&self) -> impl Iterator<Item = &str> {
        let host = self.host.as_ref().filter(|host| !self.targets.is_empty() && !self.targets.contains(host));
        self.targets.iter().chain(host).map(String::as_str)
    }

    /// The arguments of `cargo metadata`. A value is never an argument of its own, so that none can
    /// be taken for an option.
    fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        arguments.extend(self.machines().map(|machine| format!("--filter-platform={machine}")));
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
fn built_for(workspace: &Workspace, host: Option<&str>) -> Vec<String> {
    let configured = workspace.cargo_config.iter().find(|entry| entry.key == "build.target");
    let configured = configured.map(|entry| &entry.value);
    let one = configured.and_then(Value::as_str).into_iter();
    let many = configured.map(Value::items).unwrap_or_default().iter().filter_map(Value::as_str);
    // A path to a target specification is no triple.
    let triples = one.chain(many).filter(|triple| !triple.contains(['/', '\\', '.']));
    let triples: Vec<String> = triples.map(str::to_owned).collect();
    if triples.is_empty() { host.map(str::to_owned).into_iter().collect() } else { triples }
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
    command.arg("--locked").args(question.machines().map(|machine| format!("--target={machine}")));
    cargo::run(command, tree.root(), FETCHING).map(|_| ()).map_err(failed)
}

/// Asks cargo for the graph, without a network; what fails is a gap.
pub(super) fn resolve(
    tree: &Tree,
    workspace: &Workspace,
    request: &Request,
    question: &Question,
    policy: &Policy,
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
    match Resolved::read(&output, question, workspace, policy) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_never_options() {
        let mut request = Request::new(".", jiff::civil::date(2026, 11, 1));
        request.targets = vec!["--config=x".to_owned()];
        request.features =
            Some(FeatureChoice { features: vec!["-Zx".to_owned()], all: true, no_default: true });
        let question = Question {
            targets: request.targets,
            features: request.features.unwrap_or_default(),
            host: Some("-h".to_owned()),
        };
        assert_eq!(
            question.arguments(),
            [
                "--filter-platform=--config=x",
                "--filter-platform=-h",
                "--features=-Zx",
                "--all-features",
                "--no-default-features"
            ]
        );
    }
}
