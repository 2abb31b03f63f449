//! What outsiders get into a pipeline: their code, and their texts.

use std::collections::HashMap;

use crate::facts::Facts;
use crate::facts::pipeline::{File, Job, Step};
use crate::finding::Findings;
use crate::source::Location;

use super::conditions::{Can, Deed, brought, can_hold};
use super::is_run;
use super::reach::Reach;

/// Events that outsiders cause and that run with the rights and secrets of the repository.
const PRIVILEGED: &[&str] = &["pull_request_target", "issue_comment", "workflow_run"];

/// What of a pull request a checkout names, as pieces of the expression. The name of a branch alone is one of a branch of the
/// repository itself.
const OF_OUTSIDERS: &[&str] = &[
    "github.event.pull_request.head.sha",
    "github.event.pull_request.head.repo.",
    "github.event.pull_request.merge_commit_sha",
    "github.event.pull_request.number",
    "github.event.issue.number",
    "github.event.number",
    "github.event.workflow_run.head_sha",
    "github.event.workflow_run.head_commit.id",
    "github.event.workflow_run.head_repository.",
    "refs/pull/",
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
    /// What nobody here can tell whose code it is, likewise: what names it comes out of another step.
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
                    format!("another step says what is checked out here, and whether `{event}` gives rights to code of whoever opened the pull request can't be judged"),
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
    let handed: Vec<Handed<'_>> = facts.pipeline.files.iter().map(Handed::of).collect();
    let mut entries = Vec::new();
    for (place, file, job) in jobs(facts) {
        let Some((index, at, origin)) = taken(&handed[place.0], job) else { continue };
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
            let all = flows.iter().filter(|flow| TEXTS.contains(&flow.name)).map(|flow| {
                let (events, _) = brought(flow.name).unwrap_or_default();
                let cans = events.iter().map(|event| {
                    let deed = Deed { event, text: Some(flow.name) };
                    let guards = flow.guards.iter().map(|guard| can_hold(guard, deed));
                    guards.fold(reach.job(place, deed).min(step_can(step, deed)), Can::min)
                });
                (cans.max().unwrap_or(Can::No), flow.name)
            });
            if let Some((can, text)) = all.reduce(|a, b| if b.0 > a.0 { b } else { a }) {
                entries.push(Entry { file, at: &insert.at, what: What::Text(text), can });
            }
        }
    }
    entries
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

/// Whose code a step fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    /// Nobody can tell here.
    Unknown,
    /// An outsider's.
    Outsider,
}

/// The step of a job that fetches what an outsider wrote, or may have written, and where it says so.
fn taken<'f>(handed: &Handed<'f>, job: &'f Job) -> Option<(usize, &'f Location, Origin)> {
    let steps = job.steps.iter().enumerate().filter_map(|(index, step)| {
        let told = step.takes.iter().filter_map(|taken| {
            let mut left = MOST_FOLLOWED;
            Some((&taken.at, handed.origin(job, &taken.value, &mut left)?))
        });
        let fetched = || {
            let fetch = step.commands.iter().find(|command| {
                let words = command.words.join(" ");
                words.contains("gh pr checkout") || (words.contains("git fetch") && words.contains("pull/"))
            });
            fetch.map(|command| (&command.at, Origin::Outsider))
        };
        let (at, origin) = told.reduce(|a, b| if b.1 > a.1 { b } else { a }).or_else(fetched)?;
        Some((index, at, origin))
    });
    steps.reduce(|a, b| if b.2 > a.2 { b } else { a })
}

/// How many outputs are followed from one reference, and how many values of one are looked at.
const MOST_FOLLOWED: usize = 100;

/// A longer text names no commit.
const LONGEST: usize = 4096;

/// What the jobs of a file hand to each other, and the steps of each to later ones.
struct Handed<'f> {
    jobs: HashMap<&'f str, &'f Job>,
    steps: HashMap<(&'f str, &'f str), &'f Step>,
}

impl<'f> Handed<'f> {
    fn of(file: &'f File) -> Self {
        let named = |job: &'f Job| {
            let steps = job.steps.iter().filter(|step| !step.id.is_empty());
            steps.map(move |step| ((job.name.as_str(), step.id.as_str()), step))
        };
        Self {
            jobs: file.jobs.iter().map(|job| (job.name.as_str(), job)).collect(),
            steps: file.jobs.iter().flat_map(named).collect(),
        }
    }

    /// Whose code a reference names; none where it is the repository's own. What a step or a job hands on is followed
    /// to where it is written out.
    fn origin(&self, job: &Job, text: &str, left: &mut usize) -> Option<Origin> {
        if text.len() > LONGEST {
            return Some(Origin::Unknown);
        }
        if OF_OUTSIDERS.iter().any(|piece| text.contains(piece)) {
            return Some(Origin::Outsider);
        }
        let mut worst = None;
        for (kind, from, name) in text.split("${{").skip(1).filter_map(output) {
            if *left == 0 {
                return worst.max(Some(Origin::Unknown));
            }
            *left -= 1;
            worst = worst.max(self.handed(job, (kind, from, name), left));
        }
        worst
    }

    fn handed(&self, job: &Job, (kind, from, name): (&str, &str, &str), left: &mut usize) -> Option<Origin> {
        let unknown = Some(Origin::Unknown);
        if kind == "needs" {
            let needed = self.jobs.get(from).and_then(|needed| Some((*needed, needed.outputs.get(name)?)));
            return needed.map_or(unknown, |(needed, said)| self.origin(needed, said, left));
        }
        let written = self.steps.get(&(job.name.as_str(), from)).and_then(|step| step.outputs.get(name));
        let Some(written) = written else { return unknown };
        let mut worst = unknown.filter(|_| written.len() > MOST_FOLLOWED);
        for value in written.iter().take(MOST_FOLLOWED) {
            worst = worst.max(self.origin(job, value, left).or_else(|| unclear(value)));
        }
        worst
    }
}

/// The output that the inside of `${{ .. }}` starts with a name of: of what kind, whose, and which.
fn output(inside: &str) -> Option<(&str, &str, &str)> {
    let inside = inside.split("}}").next()?;
    let start = ["steps.", "needs."].iter().filter_map(|start| inside.find(start)).min()?;
    let name = inside[start..].split(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).next()?;
    let mut parts = name.split('.');
    match (parts.next()?, parts.next()?, parts.next()?, parts.next()?) {
        (kind, from, "outputs", name) => Some((kind, from, name)),
        _ => None,
    }
}

/// What a shell puts together is not known here.
fn unclear(value: &str) -> Option<Origin> {
    value.replace("${{", "").contains(['$', '`']).then_some(Origin::Unknown)
}

/// Where a step runs what lies in the folder.
fn what_runs(step: &Step) -> Option<&Location> {
    let action = step.uses.as_ref().filter(|used| used.is_local()).map(|used| &used.at);
    action.or_else(|| step.commands.iter().find(|command| is_run(command)).map(|command| &command.at))
}
