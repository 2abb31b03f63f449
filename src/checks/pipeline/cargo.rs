//! What a pipeline asks of cargo: by the lock file or not, and whether the answer counts.

use crate::facts::Facts;
use crate::facts::pipeline::{Command, FileKind, Job, Step, Then};
use crate::finding::Findings;
use crate::source::Location;

use super::{RUNNERS, is_run, more, steps};

/// What cargo resolves versions for.
const RESOLVING: &[&str] = &[
    "build", "b", "check", "c", "test", "t", "run", "r", "clippy", "doc", "d", "bench", "rustc", "install",
    "fetch", "publish", "package", "nextest", "metadata", "tree",
];

/// What of cargo says whether the product is as it should be.
const CHECKS: &[&str] =
    &["health-sec", "test", "t", "nextest", "clippy", "audit", "deny", "vet", "miri", "check", "c"];

/// What cargo is asked to do, and with which words.
fn of_cargo(command: &Command) -> Option<(&str, &[String])> {
    let (program, arguments) = command.program()?;
    let mut rest = arguments.iter().enumerate().filter(|(_, word)| !word.starts_with('+'));
    match program {
        "cargo" => {
            let (at, first) = rest.next().filter(|(_, word)| !word.starts_with('-'))?;
            Some((first, &arguments[at + 1..]))
        }
        // The gate by the name of its program, with the word for itself or without.
        "cargo-health-sec" => Some(("health-sec", arguments)),
        _ => None,
    }
}

pub(super) fn cargo_without_lock(facts: &Facts, found: &mut Findings<'_>) {
    for file in &facts.pipeline.files {
        let commands = file.jobs.iter().flat_map(|job| &job.steps).flat_map(|step| &step.commands);
        let free: Vec<&Command> = commands.filter(|command| is_unlocked(command)).collect();
        let Some(first) = free.first() else { continue };
        let what = of_cargo(first).map_or("", |(what, _)| what);
        let more = more(free.len() - 1, "call");
        let message = format!("`cargo {what}` may take other versions than the lock file names{more}");
        found.add(&first.at, message).about(file.at.path());
    }
}

fn is_unlocked(command: &Command) -> bool {
    let Some((what, words)) = of_cargo(command) else { return false };
    // What stands behind `--` is for the program, and a list that is filled in elsewhere may hold the word.
    let own = || words.iter().take_while(|word| *word != "--");
    let locked = own().any(|word| matches!(word.as_str(), "--locked" | "--frozen" | "--offline"));
    let elsewhere = own().any(|word| word.starts_with('$') || word.starts_with("--manifest-path=$"));
    let asks = own().any(|word| match word.as_str() {
        "--help" | "-h" | "--list" | "-V" => true,
        // Of a tool that is installed it is the one wanted.
        "--version" => what != "install",
        _ => false,
    });
    RESOLVING.contains(&what) && !locked && !elsewhere && !asks
}

pub(super) fn check_may_fail(facts: &Facts, found: &mut Findings<'_>) {
    for file in &facts.pipeline.files {
        for job in &file.jobs {
            let runs: Vec<(&str, &Command, Option<&Location>)> =
                job.steps.iter().flat_map(|step| checks(job, step)).collect();
            // Where the same is asked once more and counts, the first time was for a report.
            let counts =
                |what: &str| runs.iter().any(|(other, _, ignored)| *other == what && ignored.is_none());
            for (what, command, ignored) in &runs {
                if let Some(at) = ignored.filter(|_| !counts(what)) {
                    found
                        .add(at, format!("`cargo {what}` may fail here, and the pipeline goes on"))
                        .about(file.at.path())
                        .with(&command.at, "what may fail");
                }
            }
        }
    }
}

/// The checks that a step runs, each with where it is said that its result counts for nothing.
fn checks<'f>(
    job: &'f Job,
    step: &'f Step,
) -> impl Iterator<Item = (&'f str, &'f Command, Option<&'f Location>)> {
    step.commands.iter().enumerate().filter_map(move |(index, command)| {
        let (what, _) = of_cargo(command).filter(|(what, _)| CHECKS.contains(what))?;
        let ignored = command.then == Then::Or && step.commands.get(index + 1).is_some_and(is_nothing);
        let here = Some(&command.at).filter(|_| ignored);
        Some((what, command, here.or(step.may_fail.as_ref()).or(job.may_fail.as_ref())))
    })
}

/// True for a command that makes well of what failed.
fn is_nothing(command: &Command) -> bool {
    command.program().is_some_and(|(program, arguments)| match program {
        "true" | ":" | "echo" => true,
        "exit" => arguments.iter().all(|word| word == "0"),
        _ => false,
    })
}

pub(super) fn gate_not_run(facts: &Facts, found: &mut Findings<'_>) {
    // An action is started by somebody else's pipeline.
    let mut pipelines = facts.pipeline.files.iter().filter(|file| file.kind != FileKind::Action);
    let Some(first) = pipelines.next() else { return found.undecided() };
    let runs = |step: &Step| {
        let used = step.uses.as_ref().is_some_and(|used| used.name.contains("cargo-health-sec"));
        used || step.commands.iter().any(|command| command.words.iter().any(|word| is_gate(word)))
    };
    if steps(facts).any(|(_, _, step)| runs(step)) {
        return;
    }
    // What a script, a recipe or a workflow of somebody else does is not seen.
    let elsewhere = |step: &Step| {
        step.uses.as_ref().is_some_and(|used| used.name.contains(".github/workflows/") && !used.is_local())
            || step.commands.iter().any(delegates)
    };
    if steps(facts).any(|(_, _, step)| elsewhere(step)) {
        return found.undecided();
    }
    found
        .add(&first.at, "no file of the pipeline runs `cargo health-sec`")
        .about("pipeline")
        .help("`cargo health-sec check --frozen` as a step of its own, or the action of this tool, pinned by a commit");
}

fn is_gate(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    matches!(name, "health-sec" | "cargo-health-sec")
}

/// True for a command that runs what is written elsewhere.
fn delegates(command: &Command) -> bool {
    let Some((program, arguments)) = command.program() else { return false };
    let recipe = matches!(
        program,
        "make" | "just" | "task" | "nix" | "earthly" | "bazel" | "pre-commit" | "prek" | "nox" | "tox"
    ) || (program == "cargo"
        && arguments.iter().any(|word| matches!(word.as_str(), "xtask" | "make" | "xt")));
    recipe || (!RUNNERS.contains(&program) && is_run(command))
}
