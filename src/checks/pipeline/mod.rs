//! Checks on what builds and checks the product: workflows and actions of GitHub, pipelines of GitLab.
//!
//! - [`outsiders`]: what outsiders get into a pipeline; [`handed`]: whose code is fetched; [`reach`], [`conditions`]: whether
//!   what they do starts it
//! - [`downloads`]: what is run as it comes
//! - [`cargo`]: what is asked of cargo, and whether the gate is

mod cargo;
mod conditions;
mod downloads;
mod handed;
mod outsiders;
mod reach;

use std::collections::BTreeMap;
use std::path::Path;

use crate::facts::Facts;
use crate::facts::pipeline::{Command, File, FileKind, Flow, Job, Rights, Step};
use crate::finding::Findings;
use crate::source::Location;

use super::rules;

use cargo::{
    cargo_without_lock, check_may_fail, compiler_replaced_in_pipeline, flags_replaced_in_pipeline,
    gate_not_run,
};
use downloads::download_run_by_shell;
use outsiders::{outside_code_with_rights, outside_input_behind_condition, outside_text_in_script};

rules!["pipeline":
    outside_code_with_rights,
    outside_text_in_script,
    outside_input_behind_condition,
    download_run_by_shell,
    action_unpinned,
    pipeline_rights_unlimited,
    secret_in_script,
    signing_key_in_pipeline,
    cargo_without_lock,
    flags_replaced_in_pipeline,
    compiler_replaced_in_pipeline,
    check_may_fail,
    gate_not_run,
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

/// Every step with its job and file.
fn steps(facts: &Facts) -> impl Iterator<Item = (&File, &Job, &Step)> {
    let jobs = facts.pipeline.files.iter().flat_map(|file| file.jobs.iter().map(move |job| (file, job)));
    jobs.flat_map(|(file, job)| job.steps.iter().map(move |step| (file, job, step)))
}

/// True for a program that runs what lies in the folder, and for one that lies there.
fn is_run(command: &Command) -> bool {
    let Some((program, arguments)) = command.program() else { return false };
    let file = |word: &String| {
        !word.starts_with('-')
            && (word.contains('/') || Path::new(word).extension().is_some_and(|end| end == "sh"))
    };
    let written = command.words.iter().find(|word| word.ends_with(program));
    let here = written.is_some_and(|word| word.contains('/') && !word.starts_with(['/', '~', '$']));
    RUNNERS.contains(&program) || here || (SHELLS.contains(&program) && arguments.iter().any(file))
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
    let jobs = || facts.pipeline.files.iter().flat_map(|file| &file.jobs);
    let images = jobs().filter_map(|job| job.image.as_ref());
    for used in steps(facts).filter_map(|(_, _, step)| step.uses.as_ref()).chain(images) {
        if used.fixed {
            continue;
        }
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

/// Pieces of the names by which keys that sign are known.
const SIGNS: &[&str] = &[
    "SIGNING_KEY",
    "SIGN_KEY",
    "SIGNKEY",
    "CODESIGN_KEY",
    "SIGNING_CERT",
    "CODESIGN_CERT",
    "APPLE_CERTIFICATE",
    "MACOS_CERTIFICATE",
    "WINDOWS_CERTIFICATE",
    "GPG_KEY",
    "GPG_PRIVATE",
    "GPG_SECRET",
    "PGP_KEY",
    "PGP_PRIVATE",
    "PGP_SECRET",
    "COSIGN_KEY",
    "COSIGN_PRIVATE",
    "MINISIGN",
    "TAURI_PRIVATE_KEY",
    "KEYSTORE",
    "KEY_STORE",
    "_P12",
    "_PFX",
];

/// Pieces of the names of what belongs to a key and is none.
const BESIDE_KEYS: &[&str] = &[
    "PASS",
    "PWD",
    "PUBLIC",
    "ALIAS",
    "FINGERPRINT",
    "_ID",
    "IDENTITY",
    "NAME",
    "THUMBPRINT",
    "URL",
    "PATH",
    "DIR",
    "SERVER",
    "VERSION",
];

fn signing_key_in_pipeline(facts: &Facts, found: &mut Findings<'_>) {
    for secret in facts.pipeline.files.iter().flat_map(|file| &file.secrets) {
        let name = secret.value.to_ascii_uppercase();
        let is = |pieces: &[&str]| pieces.iter().any(|piece| name.contains(piece));
        if is(SIGNS) && !is(BESIDE_KEYS) {
            let message =
                format!("`{}`, by its name a key that signs, is handed to the pipeline", secret.value);
            found.add(&secret.at, message).about(&secret.value);
        }
    }
}

fn secret_in_script(facts: &Facts, found: &mut Findings<'_>) {
    for file in &facts.pipeline.files {
        let mut told: BTreeMap<&str, Vec<&Location>> = BTreeMap::new();
        let inserts = file.jobs.iter().flat_map(|job| &job.steps).flat_map(|step| &step.inserts);
        for insert in inserts {
            let flows = insert.value.flows();
            let is_secret = |flow: &&Flow<'_>| {
                let all = flow.whole && matches!(flow.name, "secrets" | "github");
                all || flow.name.starts_with("secrets.") || flow.name == "github.token"
            };
            if let Some(secret) = flows.iter().find(is_secret).map(|flow| flow.name) {
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
