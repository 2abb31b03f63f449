//! Checks on what builds and checks the product: workflows and actions of GitHub, pipelines of GitLab.

use std::collections::BTreeMap;

use crate::facts::Facts;
use crate::facts::pipeline::{Command, File, FileKind, Job, Rights, Step, Then};
use crate::finding::Findings;
use crate::source::Location;

use super::rules;

rules!["pipeline":
    outside_code_with_rights,
    outside_text_in_script,
    download_run_by_shell,
    action_unpinned,
    pipeline_rights_unlimited,
    secret_in_script,
    cargo_without_lock,
    check_may_fail,
    gate_not_run,
];

/// Events that outsiders cause and that run with the rights and secrets of the repository.
const PRIVILEGED: &[&str] = &["pull_request_target", "issue_comment", "workflow_run"];

/// What of a pull request a checkout names, as pieces of the expression.
const OF_OUTSIDERS: &[&str] = &[
    "github.event.pull_request.head.",
    "github.head_ref",
    "github.event.pull_request.number",
    "github.event.issue.number",
    "github.event.number",
    "github.event.workflow_run.head_",
    "refs/pull/",
];

/// Programs that run what lies in the folder: they build it, or their settings are read from there.
const RUNNERS: &[&str] = &[
    "cargo",
    "make",
    "cmake",
    "just",
    "npm",
    "npx",
    "yarn",
    "pnpm",
    "bun",
    "deno",
    "node",
    "python",
    "python3",
    "pip",
    "pip3",
    "uv",
    "poetry",
    "tox",
    "nox",
    "go",
    "gradle",
    "gradlew",
    "mvn",
    "mvnw",
    "bazel",
    "nix",
    "pre-commit",
    "prek",
    "docker",
    "ruby",
    "bundle",
    "dotnet",
    "earthly",
    "task",
    "ninja",
    "meson",
];

/// Programs that read commands.
const SHELLS: &[&str] =
    &["sh", "bash", "zsh", "dash", "ksh", "fish", "iex", "Invoke-Expression", "pwsh", "powershell"];

/// Interpreters that read a program where they are given nothing else.
const INTERPRETERS: &[&str] = &["python", "python3", "perl", "ruby", "node", "php"];

/// Programs that fetch a file.
const FETCHERS: &[&str] = &[
    "curl",
    "wget",
    "iwr",
    "irm",
    "Invoke-WebRequest",
    "Invoke-RestMethod",
    "aria2c",
    "fetch",
    "http",
    "https",
];

/// Texts that anybody may write, as GitHub names them.
const TEXTS: &[&str] = &[
    "github.head_ref",
    "github.event.issue.title",
    "github.event.issue.body",
    "github.event.pull_request.title",
    "github.event.pull_request.body",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.head.label",
    "github.event.pull_request.head.repo.description",
    "github.event.pull_request.head.repo.homepage",
    "github.event.comment.body",
    "github.event.review.body",
    "github.event.review_comment.body",
    "github.event.discussion.title",
    "github.event.discussion.body",
    "github.event.head_commit.message",
    "github.event.head_commit.author.email",
    "github.event.head_commit.author.name",
    "github.event.commits.*.message",
    "github.event.commits.*.author.email",
    "github.event.commits.*.author.name",
    "github.event.workflow_run.head_branch",
    "github.event.workflow_run.display_title",
    "github.event.workflow_run.head_commit.message",
    "github.event.workflow_run.pull_requests.*.head.ref",
];

/// Words of an expression that make a truth value or a digest of what they are given.
const JUDGING: &[&str] =
    &["contains(", "startsWith(", "endsWith(", "hashFiles(", "==", "!=", "toJSON(", "toJson("];

/// What cargo resolves versions for.
const RESOLVING: &[&str] = &[
    "build", "b", "check", "c", "test", "t", "run", "r", "clippy", "doc", "d", "bench", "rustc", "install",
    "fetch", "publish", "package", "nextest", "metadata", "tree",
];

/// What of cargo says whether the product is as it should be.
const CHECKS: &[&str] =
    &["health-sec", "test", "t", "nextest", "clippy", "audit", "deny", "vet", "miri", "check", "c"];

/// Every step with its job and file.
fn steps(facts: &Facts) -> impl Iterator<Item = (&File, &Job, &Step)> {
    let jobs = facts.pipeline.files.iter().flat_map(|file| file.jobs.iter().map(move |job| (file, job)));
    jobs.flat_map(|(file, job)| job.steps.iter().map(move |step| (file, job, step)))
}

fn outside_code_with_rights(facts: &Facts, found: &mut Findings<'_>) {
    for file in &facts.pipeline.files {
        let Some(event) = PRIVILEGED.iter().find(|event| file.triggers.iter().any(|known| known == *event))
        else {
            continue;
        };
        for job in &file.jobs {
            let Some((index, at)) = taken(job) else { continue };
            let runs = job.steps[index + 1..].iter().find_map(what_runs);
            if let Some(runs) = runs.or_else(|| {
                job.steps[index].commands.iter().find(|command| is_run(command)).map(|command| &command.at)
            }) {
                let message = format!(
                    "`{event}` gives the rights and secrets of the repository to code of whoever opened the pull request"
                );
                found.add(at, message).about(file.at.path()).with(runs, "runs what was checked out");
            }
        }
    }
}

/// The step of a job that fetches what an outsider wrote, and where it says so.
fn taken(job: &Job) -> Option<(usize, &Location)> {
    let outside = |text: &str| OF_OUTSIDERS.iter().any(|piece| text.contains(piece));
    job.steps.iter().enumerate().find_map(|(index, step)| {
        let checkout = step.takes.iter().find(|taken| outside(&taken.value)).map(|taken| &taken.at);
        let fetched = || {
            step.commands.iter().find(|command| {
                let words = command.words.join(" ");
                words.contains("gh pr checkout") || (words.contains("git fetch") && words.contains("pull/"))
            })
        };
        Some((index, checkout.or_else(|| fetched().map(|command| &command.at))?))
    })
}

/// Where a step runs what lies in the folder.
fn what_runs(step: &Step) -> Option<&Location> {
    let action = step.uses.as_ref().filter(|used| used.is_local()).map(|used| &used.at);
    action.or_else(|| step.commands.iter().find(|command| is_run(command)).map(|command| &command.at))
}

/// True for a program that runs what lies in the folder, and for one that lies there.
fn is_run(command: &Command) -> bool {
    let Some((program, arguments)) = command.program() else { return false };
    let file = |word: &String| !word.starts_with('-') && (word.contains('/') || word.ends_with(".sh"));
    let written = command.words.iter().find(|word| word.ends_with(program));
    let here = written.is_some_and(|word| word.contains('/') && !word.starts_with(['/', '~', '$']));
    RUNNERS.contains(&program) || here || (SHELLS.contains(&program) && arguments.iter().any(file))
}

fn outside_text_in_script(facts: &Facts, found: &mut Findings<'_>) {
    for (file, _, step) in steps(facts) {
        for insert in &step.inserts {
            let judged = JUDGING.iter().any(|word| insert.value.contains(word));
            if let Some(text) = names(&insert.value).find(|name| TEXTS.contains(name)).filter(|_| !judged) {
                let message = format!("whoever writes `{text}` writes a part of this script");
                found
                    .add(&insert.at, message)
                    .about(file.at.path())
                    .help("give it to the step as a variable in `env`, and name that variable in the script");
            }
        }
    }
}

/// The names in an expression, such as `github.head_ref`.
fn names(expression: &str) -> impl Iterator<Item = &str> {
    expression.split(|c: char| !(c.is_ascii_alphanumeric() || "_-.*".contains(c)))
}

fn download_run_by_shell(facts: &Facts, found: &mut Findings<'_>) {
    for (file, _, step) in steps(facts) {
        for (index, command) in step.commands.iter().enumerate() {
            let by = if is_fetch(command) { piped_into(&step.commands[index..]) } else { takes_in(command) };
            if let Some(by) = by {
                let message =
                    format!("what is downloaded here is run by `{by}` at once, and nobody has looked at it");
                found.add(&command.at, message).about(file.at.path());
            }
        }
    }
}

/// True for a command that fetches from another machine.
fn is_fetch(command: &Command) -> bool {
    let here = ["file://", "localhost", "127.0.0.1"];
    command.program().is_some_and(|(program, arguments)| {
        FETCHERS.contains(&program)
            && !arguments.is_empty()
            && !arguments.iter().any(|word| here.iter().any(|here| word.contains(here)))
    })
}

/// The shell at the end of a row of commands that each read what the one before writes.
fn piped_into(commands: &[Command]) -> Option<&str> {
    let row = commands.iter().zip(&commands[1..]).take_while(|(command, _)| command.then == Then::Pipe);
    row.filter_map(|(_, next)| next.program())
        .find(|(program, arguments)| reads(program, arguments))
        .map(|(program, _)| program)
}

/// True for a shell that reads its commands from the command before: it is given none, and no file.
fn reads(program: &str, arguments: &[String]) -> bool {
    let given = |word: &&String| {
        !word.starts_with('-') && !matches!(word.as_str(), ">" | ">>" | "2" | ">&" | "1" | "2>")
    };
    let command =
        || arguments.iter().any(|word| matches!(word.as_str(), "-c" | "-Command" | "-e" | "-m" | "-File"));
    let listens = || arguments.iter().any(|word| matches!(word.as_str(), "-s" | "-" | "--stdin"));
    if SHELLS.contains(&program) {
        !command() && (listens() || arguments.iter().find(given).is_none())
    } else {
        INTERPRETERS.contains(&program) && arguments.iter().all(|word| word == "-")
    }
}

/// A shell that is given the text of a download: `eval "$(curl ..)"`, `bash <(curl ..)`, `iex (irm ..)`.
fn takes_in(command: &Command) -> Option<&str> {
    let (program, arguments) = command.program()?;
    let downloads = |word: &String| {
        let inside = word.trim_start_matches(['"', '(']);
        let inside = ["$(", "<(", "`"].iter().find_map(|open| inside.strip_prefix(open)).map(str::trim_start);
        let fetches =
            |text: &str| text.split_whitespace().next().is_some_and(|first| FETCHERS.contains(&first));
        inside.is_some_and(|inside| fetches(inside) && !inside.contains("file://") && !inside.contains(" | "))
    };
    let by_shell = matches!(program, "eval" | "source" | ".")
        || (SHELLS.contains(&program)
            && arguments.iter().all(|word| word.starts_with('-') || downloads(word)));
    let by_name = matches!(program, "iex" | "Invoke-Expression")
        && arguments.iter().any(|word| {
            let word = word.trim_start_matches('(');
            word.contains("DownloadString") || FETCHERS.contains(&word)
        });
    ((by_shell && arguments.iter().any(downloads)) || by_name).then_some(program)
}

/// What is added to a message that stands for more than one place.
fn more(count: usize, what: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!(", and so in one more {what}"),
        _ => format!(", and so in {count} more {what}s"),
    }
}

fn action_unpinned(facts: &Facts, found: &mut Findings<'_>) {
    let mut told: Vec<(String, &Location, Vec<&Location>)> = Vec::new();
    for (_, _, step) in steps(facts) {
        let Some(used) = step.uses.as_ref().filter(|used| !used.fixed) else { continue };
        let name = match used.revision.as_str() {
            "" => used.name.clone(),
            revision => format!("{}@{revision}", used.name),
        };
        match told.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, _, others)) => others.push(&used.at),
            None => told.push((name, &used.at, Vec::new())),
        }
    }
    for (name, at, others) in told {
        let more = more(others.len(), "place");
        found.add(at, format!("`{name}` is whatever its makers put there tomorrow{more}")).about(name);
    }
}

fn pipeline_rights_unlimited(facts: &Facts, found: &mut Findings<'_>) {
    for file in facts.pipeline.files.iter().filter(|file| file.kind == FileKind::Workflow) {
        let all = file.jobs.iter().map(|job| &job.rights).chain([&file.rights]);
        for at in all.filter_map(|rights| if let Rights::All(at) = rights { Some(at) } else { None }) {
            found.add(at, "every right on the repository is given").about(file.at.path());
        }
        // A workflow that others call has at most what they give it.
        let called = file.triggers.iter().all(|event| event == "workflow_call");
        let unsaid = file.jobs.iter().find(|job| matches!(job.rights, Rights::Unsaid));
        if let Some(job) = unsaid.filter(|_| matches!(file.rights, Rights::Unsaid) && !called) {
            let message = format!("no `permissions` say what the job `{}` may do", job.name);
            found
                .add(&job.at, message)
                .about(file.at.path())
                .help("write `permissions: { contents: read }` at the top of the file");
        }
    }
}

fn secret_in_script(facts: &Facts, found: &mut Findings<'_>) {
    for file in &facts.pipeline.files {
        let mut told: BTreeMap<&str, Vec<&Location>> = BTreeMap::new();
        let inserts = file.jobs.iter().flat_map(|job| &job.steps).flat_map(|step| &step.inserts);
        for insert in inserts.filter(|insert| !JUDGING.iter().any(|word| insert.value.contains(word))) {
            let is_secret = |name: &&str| name.starts_with("secrets.") || *name == "github.token";
            if let Some(secret) = names(&insert.value).find(is_secret) {
                told.entry(secret).or_default().push(&insert.at);
            }
        }
        for (secret, places) in told {
            let more = more(places.len() - 1, "place");
            found
                .add(places[0], format!("`{secret}` is written into the text of a script{more}"))
                .about(file.at.path())
                .help("give it to the step as a variable in `env`, and name that variable in the script");
        }
    }
}

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

fn cargo_without_lock(facts: &Facts, found: &mut Findings<'_>) {
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

fn check_may_fail(facts: &Facts, found: &mut Findings<'_>) {
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

fn gate_not_run(facts: &Facts, found: &mut Findings<'_>) {
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
