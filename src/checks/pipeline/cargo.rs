//! What a pipeline asks of cargo: by the lock file or not, and whether the answer counts.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::Facts;
use crate::facts::pipeline::{Command, FileKind, Job, Step, Then};
use crate::facts::workspace::flags::Flag;
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
        let free = once(file.jobs.iter().flat_map(unlocked));
        let Some(first) = free.first() else { continue };
        let what = of_cargo(first).map_or("", |(what, _)| what);
        let more = more(free.len() - 1, "call");
        let message = format!("`cargo {what}` may take other versions than the lock file names{more}");
        found.add(&first.at, message).about(file.at.path());
    }
}

/// The calls of a job that may change the lock file. Where one before, in the same folder, has ended well because the lock
/// file fits, it fits for those that follow.
fn unlocked(job: &Job) -> Vec<&Command> {
    let mut held: BTreeSet<&str> = BTreeSet::new();
    let mut free = Vec::new();
    for step in &job.steps {
        let moves = step.commands.iter().any(|command| command.words[0] == "cd");
        for command in &step.commands {
            let Some((what, words)) = of_cargo(command) else { continue };
            let elsewhere = what == "install" || own(words).any(|word| word.starts_with("--manifest-path"));
            let here = !moves && !elsewhere;
            let locked = own(words).any(|word| matches!(word.as_str(), "--locked" | "--frozen"));
            if what == "update" {
                held.clear();
            } else if is_unlocked(what, words) && !(here && held.contains(step.folder.as_str())) {
                free.push(command);
            } else if here && locked && RESOLVING.contains(&what) && command.then != Then::Or {
                held.insert(&step.folder);
            }
        }
    }
    free
}

/// What stands behind `--` is for the program.
fn own(words: &[String]) -> impl Iterator<Item = &String> {
    words.iter().take_while(|word| *word != "--")
}

/// Each place once: what is referred to in many jobs stands in one.
fn once<'f>(commands: impl Iterator<Item = &'f Command>) -> Vec<&'f Command> {
    let mut known = BTreeSet::new();
    commands.filter(|command| known.insert((&command.at, &command.words))).collect()
}

fn is_unlocked(what: &str, words: &[String]) -> bool {
    let own = || own(words);
    let locked = own().any(|word| matches!(word.as_str(), "--locked" | "--frozen" | "--offline"));
    // A list that is filled in elsewhere may hold the word.
    let elsewhere = own().any(|word| word.starts_with('$') || word.starts_with("--manifest-path=$"));
    let asks = own().any(|word| match word.as_str() {
        "--help" | "-h" | "--list" | "-V" => true,
        // Of a tool that is installed it is the one wanted.
        "--version" => what != "install",
        // Without the components there is nothing to resolve.
        "--no-deps" => what == "metadata",
        _ => false,
    });
    RESOLVING.contains(&what) && !locked && !elsewhere && !asks
}

pub(super) fn flags_replaced_in_pipeline(facts: &Facts, found: &mut Findings<'_>) {
    let configured = facts.workspace.flags();
    let decided: Vec<&Flag> = configured.iter().filter(|flag| flag.general && !flag.is_lint()).collect();
    let all = facts.pipeline.files.iter();
    for (file, set) in all.flat_map(|file| file.variables.flags.iter().map(move |set| (file, set))) {
        let is_set =
            |flag: &Flag| set.value.iter().any(|own| (own.linker, &own.text) == (flag.linker, &flag.text));
        let mut lost = decided.iter().filter(|flag| !is_set(flag));
        let Some(first) = lost.next() else { continue };
        let more = match lost.count() {
            0 => String::new(),
            more => format!(", and of {more} more"),
        };
        found
            .add(
                &set.at,
                format!(
                    "`RUSTFLAGS` takes the place of `{}` in the cargo configuration{more}",
                    first.written()
                ),
            )
            .about(file.at.path())
            .with(&first.at, "does not count there");
    }
}

pub(super) fn compiler_replaced_in_pipeline(facts: &Facts, found: &mut Findings<'_>) {
    for file in &facts.pipeline.files {
        let mut told: BTreeMap<&(String, String), Vec<&Location>> = BTreeMap::new();
        for set in &file.variables.compilers {
            told.entry(&set.value).or_default().push(&set.at);
        }
        for ((name, program), places) in told {
            let more = more(places.len() - 1, "place");
            found
                .add(places[0], format!("`{name}` puts `{program}` in the place of the compiler{more}"))
                .about(file.at.path());
        }
    }
}

pub(super) fn check_may_fail(facts: &Facts, found: &mut Findings<'_>) {
    let all =
        || steps(facts).flat_map(|(file, job, step)| checks(job, step).map(move |run| (file, job, run)));
    // Where the same is asked once more and counts, this time was for a report, or for a toolchain of tomorrow.
    let counts: BTreeSet<&str> = all()
        .filter(|(_, job, (.., ignored))| ignored.is_none() && !job.is_template())
        .map(|(_, _, (what, ..))| what)
        .collect();
    let mut told = BTreeSet::new();
    for (file, _, (what, command, ignored)) in all() {
        let Some(at) = ignored.filter(|_| !counts.contains(what)) else { continue };
        if told.insert((what, at, &command.at)) {
            found
                .add(at, format!("`cargo {what}` may fail here, and the pipeline goes on"))
                .about(file.at.path())
                .with(&command.at, "what may fail");
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
        // What is written down goes on to be read.
        let ignored = command.then == Then::Or
            && !command.captured
            && step.commands.get(index + 1).is_some_and(is_nothing);
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
