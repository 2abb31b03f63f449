//! What outsiders get into a pipeline: their code, and their texts.

use crate::facts::Facts;
use crate::facts::pipeline::{File, Flow, Job, Step};
use crate::finding::Findings;
use crate::source::Location;

use super::conditions::{Can, Deed, brought, can_hold};
use super::handed::{Handed, Origin};
use super::is_run;
use super::reach::Reach;

/// Events that outsiders cause and that run with the rights and secrets of the repository.
const PRIVILEGED: &[&str] = &["pull_request_target", "issue_comment", "workflow_run"];

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
    "github.event.pull_request.head.repo.default_branch",
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
    "github.event.pages.*.page_name",
];

/// Something of an outsider that gets into a step, and whether what they do alone starts it.
struct Entry<'f> {
    file: &'f File,
    at: &'f Location,
    what: What<'f>,
    can: Can,
}

enum What<'f> {
    /// Code, with the event and the place that runs it.
    Code(&'static str, &'f Location),
    /// What nobody here can tell whose code it is, likewise: it is named elsewhere.
    Unknown(&'static str, &'f Location),
    /// A text by its path.
    Text(&'f str),
}

pub(super) fn outside_code_with_rights(facts: &Facts, found: &mut Findings<'_>) {
    for entry in codes(facts).iter().filter(|entry| entry.can == Can::Yes) {
        let What::Code(event, runs) = entry.what else { continue };
        let message = format!(
            "`{event}` gives the rights and secrets of the repository to code of whoever opened the pull request"
        );
        found.add(entry.at, message).about(entry.file.at.path()).with(runs, "runs what was checked out");
    }
}

pub(super) fn outside_text_in_script(facts: &Facts, found: &mut Findings<'_>) {
    for entry in texts(facts).iter().filter(|entry| entry.can == Can::Yes) {
        let What::Text(text) = entry.what else { continue };
        found
            .add(entry.at, format!("whoever writes `{text}` writes a part of this script"))
            .about(entry.file.at.path())
            .help(AS_VARIABLE);
    }
}

pub(super) fn outside_input_behind_condition(facts: &Facts, found: &mut Findings<'_>) {
    let all = texts(facts).into_iter().chain(codes(facts));
    for entry in all.filter(|entry| entry.can == Can::Unclear) {
        let path = entry.file.at.path();
        match entry.what {
            What::Text(text) => found
                .add(entry.at, format!("only a condition that can't be judged here keeps `{text}` out of this script"))
                .about(path)
                .help(AS_VARIABLE),
            What::Code(event, runs) => found
                .add(
                    entry.at,
                    format!("only a condition that can't be judged here keeps code of whoever opened the pull request from the rights of `{event}`"),
                )
                .about(path)
                .with(runs, "runs what was checked out"),
            What::Unknown(event, runs) => found
                .add(
                    entry.at,
                    format!("what is checked out here is named elsewhere, and whether `{event}` gives rights to code of whoever opened the pull request can't be judged"),
                )
                .about(path)
                .with(runs, "runs what was checked out"),
        };
    }
}

const AS_VARIABLE: &str = "give it to the step as a variable in `env`, and name that variable in the script";

/// The code of outsiders that jobs with rights check out and run.
fn codes(facts: &Facts) -> Vec<Entry<'_>> {
    let mut reach = Reach::of(&facts.pipeline.files);
    let handed = Handed::of(&facts.pipeline.files);
    let mut entries = Vec::new();
    for (place, file, job) in jobs(facts) {
        let Some((index, at, origin)) = handed.taken(place.0, job) else { continue };
        let after = job.steps[index + 1..].iter().filter_map(|step| Some((step, what_runs(step)?)));
        let here = job.steps[index].commands.iter().find(|command| is_run(command));
        let runs = after.chain(here.map(|command| (&job.steps[index], &command.at)));
        let steps: Vec<_> = runs.collect();
        let best = PRIVILEGED.iter().filter_map(|event| {
            let deed = Deed { event, text: None };
            let job_can = reach.job(place, deed).min(step_can(&job.steps[index], deed));
            let runs = steps.iter().map(|(step, runs)| (step_can(step, deed).min(job_can), *runs));
            let (can, runs) = runs.reduce(|a, b| if b.0 > a.0 { b } else { a })?;
            Some((can, *event, runs))
        });
        if let Some((can, event, runs)) = best.reduce(|a, b| if b.0 > a.0 { b } else { a }) {
            entries.push(match origin {
                Origin::Outsider => Entry { file, at, what: What::Code(event, runs), can },
                Origin::Unknown => {
                    Entry { file, at, what: What::Unknown(event, runs), can: can.min(Can::Unclear) }
                }
            });
        }
    }
    entries
}

/// The texts of outsiders that are written into scripts.
fn texts(facts: &Facts) -> Vec<Entry<'_>> {
    let mut reach = Reach::of(&facts.pipeline.files);
    let mut entries = Vec::new();
    for (place, file, job) in jobs(facts) {
        for (step, insert) in
            job.steps.iter().flat_map(|step| step.inserts.iter().map(move |one| (step, one)))
        {
            let flows = insert.value.flows();
            let named = flows.iter().flat_map(|flow| {
                let texts = TEXTS.iter().copied().filter(|text| writes(flow, text));
                texts.map(move |text| (flow, text))
            });
            let all = named.map(|(flow, text)| {
                let (events, _) = brought(text).unwrap_or_default();
                let cans = events.iter().map(|event| {
                    let deed = Deed { event, text: Some(text) };
                    let guards = flow.guards.iter().map(|guard| can_hold(guard, deed));
                    guards.fold(reach.job(place, deed).min(step_can(step, deed)), Can::min)
                });
                (cans.max().unwrap_or(Can::No), text)
            });
            if let Some((can, text)) = all.reduce(|a, b| if b.0 > a.0 { b } else { a }) {
                entries.push(Entry { file, at: &insert.at, what: What::Text(text), can });
            }
        }
    }
    entries
}

/// True where a text is written out: by its name, or with all that it is a part of.
fn writes(flow: &Flow<'_>, text: &str) -> bool {
    let part = text.strip_prefix(flow.name).is_some_and(|rest| rest.starts_with('.'));
    flow.name == text || (flow.whole && part)
}

fn step_can(step: &Step, deed: Deed<'_>) -> Can {
    step.condition.as_ref().map_or(Can::Yes, |condition| can_hold(condition, deed))
}

/// Every job with its file, and where both stand among the others.
fn jobs(facts: &Facts) -> impl Iterator<Item = ((usize, usize), &File, &Job)> {
    facts
        .pipeline
        .files
        .iter()
        .enumerate()
        .flat_map(|(at, file)| file.jobs.iter().enumerate().map(move |(index, job)| ((at, index), file, job)))
}

/// Where a step runs what lies in the folder.
fn what_runs(step: &Step) -> Option<&Location> {
    let action = step.uses.as_ref().filter(|used| used.is_local()).map(|used| &used.at);
    action.or_else(|| step.commands.iter().find(|command| is_run(command)).map(|command| &command.at))
}
