//! Which jobs an outsider starts: by an event, or by way of workflows and actions of the repository that call others.

use std::collections::{BTreeMap, HashMap};

use crate::facts::pipeline::{Expression, File, FileKind, Job};

use super::conditions::{Can, Deed, can_hold};

/// How many files may call each other in a row, as GitHub has it; so many jobs may need each other here.
const DEEPEST: usize = 10;

/// The files of the pipelines, and what an outsider starts in them.
pub(super) struct Reach<'f> {
    files: &'f [File],
    calls: Vec<Call>,
    /// For the event and text of a deed: each job of each file.
    known: BTreeMap<(&'f str, Option<&'f str>), Vec<Vec<Can>>>,
}

/// A step that is another file of the repository, each by its place among the others.
pub(super) struct Call {
    pub(super) file: usize,
    pub(super) job: usize,
    pub(super) step: usize,
    pub(super) called: usize,
}

/// The steps that are other files of the repository.
pub(super) fn called(files: &[File]) -> Vec<Call> {
    let paths: HashMap<&str, usize> =
        files.iter().enumerate().map(|(at, file)| (file.at.path(), at)).collect();
    let mut calls = Vec::new();
    for (at, file) in files.iter().enumerate() {
        for (job, steps) in file.jobs.iter().map(|job| &job.steps).enumerate() {
            for (step, used) in
                steps.iter().enumerate().filter_map(|(step, one)| Some((step, one.uses.as_ref()?)))
            {
                let called = used.name.strip_prefix("./").map(|path| path.trim_end_matches('/'));
                let called = called.and_then(|path| {
                    let names =
                        [path.to_owned(), format!("{path}/action.yml"), format!("{path}/action.yaml")];
                    names.iter().find_map(|name| paths.get(name.trim_start_matches('/')).copied())
                });
                calls.extend(called.map(|called| Call { file: at, job, step, called }));
            }
        }
    }
    calls
}

impl<'f> Reach<'f> {
    pub(super) fn of(files: &'f [File]) -> Self {
        Self { files, calls: called(files), known: BTreeMap::new() }
    }

    /// Whether an outsider who does this starts a job, given as its file and its place there.
    pub(super) fn job(&mut self, (file, job): (usize, usize), deed: Deed<'f>) -> Can {
        let Self { files, calls, known } = self;
        let jobs = known.entry((deed.event, deed.text)).or_insert_with(|| started(files, calls, deed));
        jobs[file][job]
    }
}

/// Whether an outsider who does this starts each job of each file.
fn started(files: &[File], calls: &[Call], deed: Deed<'_>) -> Vec<Vec<Can>> {
    let within: Vec<Vec<Can>> = files.iter().map(|file| within(&file.jobs, deed)).collect();
    let by_event = |(at, file): (usize, &File)| {
        let is_called =
            file.kind == FileKind::Action || file.triggers.iter().any(|event| event == "workflow_call");
        // What is called from nowhere here is called by somebody else; an action in the root is there for that.
        let by_others = is_called
            && deed.text.is_some()
            && (!file.at.path().contains('/') || calls.iter().all(|call| call.called != at));
        if by_others || file.triggers.iter().any(|event| event == deed.event) { Can::Yes } else { Can::No }
    };
    let mut starts: Vec<Can> = files.iter().enumerate().map(by_event).collect();
    for _ in 0..DEEPEST {
        for call in calls {
            let step = &files[call.file].jobs[call.job].steps[call.step];
            let step = step.condition.as_ref().map_or(Can::Yes, |condition| can_hold(condition, deed));
            let can = starts[call.file].min(within[call.file][call.job]).min(step);
            starts[call.called] = starts[call.called].max(can);
        }
    }
    let jobs = |(jobs, start): (Vec<Can>, Can)| jobs.into_iter().map(|job| job.min(start)).collect();
    within.into_iter().zip(starts).map(jobs).collect()
}

/// Whether each job runs where its file is started: by its own condition, and by those of the jobs that it needs. One that
/// asks how those went may run where they did not.
fn within(jobs: &[Job], deed: Deed<'_>) -> Vec<Can> {
    let names: HashMap<&str, usize> =
        jobs.iter().enumerate().map(|(at, job)| (job.name.as_str(), at)).collect();
    let own = |job: &Job| job.condition.as_ref().map_or(Can::Yes, |condition| can_hold(condition, deed));
    let mut cans: Vec<Can> = jobs.iter().map(own).collect();
    for _ in 0..DEEPEST {
        for (at, job) in jobs.iter().enumerate() {
            if job.condition.as_ref().is_some_and(Expression::asks_for_status) {
                continue;
            }
            let needed = job.needs.iter().filter_map(|name| Some(cans[*names.get(name.as_str())?]));
            cans[at] = needed.fold(cans[at], Can::min);
        }
    }
    cans
}
