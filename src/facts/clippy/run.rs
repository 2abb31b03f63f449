//! Compiles the workspace with Clippy, when asked for.
//!
//! Cargo is started as its user would start it: in the workspace, with its toolchain, its configuration and its target
//! folder, and so with its build scripts. What it says is read; whatever levels the workspace gives its lints, those that
//! the standard requires are forced to be said.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::facts::components::cargo;
use crate::facts::{Gap, Kind};
use crate::request::Request;

use super::messages::Taken;
use super::{Question, forced};

/// How long one compilation may take: a large workspace on a slow machine takes half an hour.
const LONGEST: Duration = Duration::from_hours(4);

/// Runs Clippy once for each target of the product.
pub(super) fn run(question: &Question<'_>, request: &Request, gaps: &mut Vec<Gap>) -> Vec<Taken> {
    let host = cargo::in_use(question.tree, question.workspace, request).map(|in_use| in_use.host);
    let targets = &question.components.targets;
    // For this machine cargo is asked without a target, as its user does: what is compiled already stays so.
    let here = targets.is_empty() || targets.iter().any(|target| Some(target) == host.as_ref());
    let others =
        targets.iter().filter(|target| Some(*target) != host.as_ref()).map(|target| Some(target.as_str()));
    here.then_some(None)
        .into_iter()
        .chain(others)
        .filter_map(|target| {
            let mut taken = once(question, request, target, gaps)?;
            taken.target = target.map(str::to_owned).or_else(|| host.clone());
            Some(taken)
        })
        .collect()
}

fn once(
    question: &Question<'_>,
    request: &Request,
    target: Option<&str>,
    gaps: &mut Vec<Gap>,
) -> Option<Taken> {
    let what = target.map_or("cargo clippy".to_owned(), |target| format!("cargo clippy for {target}"));
    let command = command(question, request, target);
    let ended = match cargo::run_to_end(command, LONGEST) {
        Ok(ended) => ended,
        Err(why) => {
            gaps.push(Gap::new(Kind::Clippy, what, why, "rustup component add clippy"));
            return None;
        }
    };
    if ended.output.is_empty() && !ended.success {
        let why = ended.told(question.tree.root());
        gaps.push(Gap::new(Kind::Clippy, what, why, "run `cargo clippy` by hand: it tells more"));
        return None;
    }
    let mut taken = Taken::read(ended.output.as_slice()).ok()?;
    // A forced lint that is nowhere violated is told by no line.
    taken.forced.extend(forced(question.policy, question.toolchain));
    taken.gaps(&what, gaps);
    Some(taken)
}

fn command(question: &Question<'_>, request: &Request, target: Option<&str>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(question.tree.root()).stdin(Stdio::null());
    command.env("CARGO_TERM_COLOR", "never").env("CARGO_TERM_PROGRESS_WHEN", "never");
    command.args(["clippy", "--locked", "--no-deps", "--keep-going", "--message-format=json"]);
    if !request.fetch {
        command.arg("--offline");
    }
    for member in question.workspace.members.iter().filter(|member| member.chosen) {
        command.arg(format!("--package={}", member.name));
    }
    let features = &question.components.features;
    command.args(features.features.iter().map(|feature| format!("--features={feature}")));
    if features.all {
        command.arg("--all-features");
    }
    if features.no_default {
        command.arg("--no-default-features");
    }
    command.args(target.map(|target| format!("--target={target}")));
    command.arg("--");
    for lint in forced(question.policy, question.toolchain) {
        command.args(["--force-warn", &lint]);
    }
    command
}
