//! What outsiders get into a pipeline: their code, and their texts.

use crate::facts::Facts;
use crate::facts::pipeline::{Job, Step};
use crate::finding::Findings;
use crate::source::Location;

use super::{JUDGING, is_run, names, steps};

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

pub(super) fn outside_code_with_rights(facts: &Facts, found: &mut Findings<'_>) {
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

pub(super) fn outside_text_in_script(facts: &Facts, found: &mut Findings<'_>) {
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
