//! Whose code a job fetches: what names it is followed through steps, jobs, variables and calls of other files.

use std::collections::HashMap;

use crate::facts::pipeline::{Expression, File, Job, Step};
use crate::source::Location;

use super::reach::called;

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

/// How many names are followed from one reference, and how many values of one are looked at.
const MOST_FOLLOWED: usize = 100;

/// A longer text names no commit.
const LONGEST: usize = 4096;

/// Whose code a step fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// Nobody can tell here.
    Unknown,
    /// An outsider's.
    Outsider,
}

/// What files call each other with, what their jobs hand to each other, and the steps of each to later ones.
pub(super) struct Handed<'f> {
    files: &'f [File],
    jobs: HashMap<(usize, &'f str), &'f Job>,
    steps: HashMap<(usize, &'f str, &'f str), &'f Step>,
    /// For each file: where it is called from.
    calls: HashMap<usize, Vec<Place<'f>>>,
}

/// A step of a job of a file.
#[derive(Clone, Copy)]
struct Place<'f> {
    file: usize,
    job: &'f Job,
    step: &'f Step,
}

impl<'f> Handed<'f> {
    pub(super) fn of(files: &'f [File]) -> Self {
        let all =
            || files.iter().enumerate().flat_map(|(at, file)| file.jobs.iter().map(move |job| (at, job)));
        let named = |(at, job): (usize, &'f Job)| {
            let steps = job.steps.iter().filter(|step| !step.id.is_empty());
            steps.map(move |step| ((at, job.name.as_str(), step.id.as_str()), step))
        };
        let mut calls: HashMap<usize, Vec<Place<'_>>> = HashMap::new();
        for call in called(files) {
            let job = &files[call.file].jobs[call.job];
            let from = Place { file: call.file, job, step: &job.steps[call.step] };
            calls.entry(call.called).or_default().push(from);
        }
        Self {
            files,
            jobs: all().map(|(at, job)| ((at, job.name.as_str()), job)).collect(),
            steps: all().flat_map(named).collect(),
            calls,
        }
    }

    /// The step of a job that fetches what an outsider wrote, or may have written, and where it says so.
    pub(super) fn taken(&self, file: usize, job: &'f Job) -> Option<(usize, &'f Location, Origin)> {
        let steps = job.steps.iter().enumerate().filter_map(|(index, step)| {
            let told = step.takes.iter().filter_map(|taken| {
                let mut left = MOST_FOLLOWED;
                Some((&taken.at, self.origin(Place { file, job, step }, &taken.value, &mut left)?))
            });
            let fetched = || {
                let fetch = step.commands.iter().find(|command| {
                    let words = command.words.join(" ");
                    words.contains("gh pr checkout")
                        || (words.contains("git fetch") && words.contains("pull/"))
                });
                fetch.map(|command| (&command.at, Origin::Outsider))
            };
            let (at, origin) = told.reduce(|a, b| if b.1 > a.1 { b } else { a }).or_else(fetched)?;
            Some((index, at, origin))
        });
        steps.reduce(|a, b| if b.2 > a.2 { b } else { a })
    }

    /// Whose code a reference in a step names; none where it is the repository's own. What is handed on is followed to
    /// where it is written out.
    fn origin(&self, from: Place<'f>, text: &str, left: &mut usize) -> Option<Origin> {
        if text.len() > LONGEST {
            return Some(Origin::Unknown);
        }
        if of_outsiders(text) {
            return Some(Origin::Outsider);
        }
        let mut worst = None;
        for inside in text.split("${{").skip(1).filter_map(|inside| inside.split("}}").next()) {
            let Some(read) = Expression::read(inside) else { return Some(Origin::Unknown) };
            for flow in read.flows() {
                worst = worst.max(self.named(from, flow.name, left));
            }
        }
        worst
    }

    /// Whose code a name of an expression names.
    fn named(&self, from: Place<'f>, name: &str, left: &mut usize) -> Option<Origin> {
        if of_outsiders(name) {
            return Some(Origin::Outsider);
        }
        let parts: Vec<&str> = name.split('.').collect();
        if !matches!(parts[..], ["steps" | "needs", _, "outputs", _] | ["env" | "inputs", _]) {
            return None;
        }
        let Some(fewer) = left.checked_sub(1) else { return Some(Origin::Unknown) };
        *left = fewer;
        match parts[..] {
            ["steps", id, "outputs", name] => self.output(from, id, name, left),
            ["needs", job, "outputs", name] => self.needed(from, job, name, left),
            ["env", name] => self.variable(from, name, left),
            ["inputs", name] => self.input(from, name, left),
            _ => None,
        }
    }

    /// The output of an earlier step.
    fn output(&self, from: Place<'f>, id: &str, name: &str, left: &mut usize) -> Option<Origin> {
        let step = self.steps.get(&(from.file, from.job.name.as_str(), id));
        let written = step.and_then(|step| Some((*step, step.outputs.get(name)?)));
        let Some((step, values)) = written else { return Some(Origin::Unknown) };
        self.any(Place { step, ..from }, values, left)
    }

    /// The output of a job that this one needs.
    fn needed(&self, from: Place<'f>, job: &str, name: &str, left: &mut usize) -> Option<Origin> {
        let needed = self.jobs.get(&(from.file, job));
        let said = needed.and_then(|needed| Some((*needed, needed.outputs.get(name)?)));
        said.map_or(Some(Origin::Unknown), |(job, said)| self.origin(Place { job, ..from }, said, left))
    }

    /// A variable of the step, the job or the file, unless a script has set it.
    fn variable(&self, from: Place<'f>, name: &str, left: &mut usize) -> Option<Origin> {
        let said = from.step.variables.get(name).or_else(|| from.job.variables.get(name));
        let set: Vec<Place<'f>> = from
            .job
            .steps
            .iter()
            .filter(|step| step.sets.contains_key(name))
            .map(|step| Place { step, ..from })
            .collect();
        if said.is_none() && set.is_empty() {
            return Some(Origin::Unknown);
        }
        let said = said.and_then(|said| self.origin(from, said, left));
        set.into_iter().fold(said, |worst, from| {
            let values = from.step.sets.get(name).map(Vec::as_slice).unwrap_or_default();
            worst.max(self.any(from, values, left))
        })
    }

    /// What the file is called with. Whoever starts it by hand is of the project.
    fn input(&self, from: Place<'f>, name: &str, left: &mut usize) -> Option<Origin> {
        let name = name.to_ascii_lowercase();
        let default = self.files.get(from.file).and_then(|file| file.inputs.get(&name));
        let mut worst = default.and_then(|default| self.origin(from, default, left));
        for caller in self.calls.get(&from.file).into_iter().flatten() {
            let given = caller.step.given.iter().find(|(given, _)| given.eq_ignore_ascii_case(&name));
            worst = worst.max(given.and_then(|(_, given)| self.origin(*caller, given, left)));
        }
        worst
    }

    /// The worst of what a script has written.
    fn any(&self, from: Place<'f>, values: &[String], left: &mut usize) -> Option<Origin> {
        let mut worst = (values.len() > MOST_FOLLOWED).then_some(Origin::Unknown);
        for value in values.iter().take(MOST_FOLLOWED) {
            worst = worst.max(self.origin(from, value, left).or_else(|| unclear(value)));
        }
        worst
    }
}

fn of_outsiders(text: &str) -> bool {
    OF_OUTSIDERS.iter().any(|piece| text.contains(piece))
}

/// What a shell puts together is not known here.
fn unclear(value: &str) -> Option<Origin> {
    value.replace("${{", "").contains(['$', '`']).then_some(Origin::Unknown)
}
