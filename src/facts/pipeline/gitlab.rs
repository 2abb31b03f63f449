//! Pipelines of GitLab.

use crate::document::{Entry, Value};
use crate::source::Location;

use super::script::{Shell, read};
use super::{File, FileKind, Job, Rights, Step, Used, allowed, is_commit};

/// Words at the top of a file that are no jobs.
const NO_JOBS: &[&str] =
    &["cache", "image", "include", "services", "spec", "stages", "variables", "workflow"];

/// Reads a pipeline, or a part of one.
pub(super) fn pipeline(root: &Value, at: Location) -> File {
    let entries = root.entries();
    let included = root.entry("include").map(|include| Job {
        name: include.key.clone(),
        at: include.key_at.clone(),
        rights: Rights::Unsaid,
        may_fail: None,
        steps: includes(&include.value),
    });
    let jobs = entries.iter().filter(|entry| !NO_JOBS.contains(&entry.key.as_str())).filter_map(job);
    // Before there were jobs, scripts stood at the top.
    let top = Job {
        name: String::new(),
        at: at.clone(),
        rights: Rights::Unsaid,
        may_fail: None,
        steps: scripts(root),
    };
    let top = Some(top).filter(|top| !top.steps.is_empty());
    let jobs = included.into_iter().chain(top).chain(jobs).collect();
    File { at, kind: FileKind::GitLab, triggers: Vec::new(), rights: Rights::Unsaid, jobs }
}

fn job(entry: &Entry) -> Option<Job> {
    let job = Some(&entry.value).filter(|job| job.is_table())?;
    Some(Job {
        name: entry.key.clone(),
        at: entry.key_at.clone(),
        rights: Rights::Unsaid,
        may_fail: allowed(job.get(&["allow_failure"])),
        steps: scripts(job),
    })
}

/// The scripts of a job, each line of them a step.
fn scripts(job: &Value) -> Vec<Step> {
    let scripts = ["before_script", "script", "after_script"].iter().filter_map(|key| job.get(&[key]));
    let mut steps = Vec::new();
    for script in scripts {
        lines(script, &mut steps);
    }
    steps
}

/// A script is a text, or a list of such; lists are joined where one is an alias.
fn lines(script: &Value, into: &mut Vec<Step>) {
    if script.as_str().is_some() {
        into.push(Step { commands: read(script, Shell::Posix), ..Step::default() });
    }
    for item in script.items() {
        lines(item, into);
    }
}

/// What of others becomes a part of the pipeline.
fn includes(include: &Value) -> Vec<Step> {
    let one = Some(include).filter(|include| include.items().is_empty());
    let uses = one.into_iter().chain(include.items()).filter_map(included);
    uses.map(|used| Step { uses: Some(used), ..Step::default() }).collect()
}

fn included(include: &Value) -> Option<Used> {
    let text = |key: &str| include.get(&[key]).and_then(Value::as_str);
    let local = |path: &str| format!("./{}", path.trim_start_matches('/'));
    if let Some(component) = include.get(&["component"]) {
        return Used::read(component);
    }
    let (name, revision) = if let Some(project) = text("project") {
        (project.to_owned(), text("ref").unwrap_or_default().to_owned())
    } else if let Some(remote) = text("remote").or(include.as_str().filter(|path| path.contains("://"))) {
        // A digest of what is there holds it as a commit does.
        (remote.to_owned(), text("integrity").unwrap_or_default().to_owned())
    } else if let Some(path) = text("local").or(include.as_str()) {
        (local(path), String::new())
    } else {
        // Templates are part of GitLab itself.
        return None;
    };
    let fixed = name.starts_with("./") || is_commit(&revision) || revision.starts_with("sha256-");
    Some(Used { name, revision, at: include.at(), fixed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse_yaml;
    use crate::source::Source;

    fn look(text: &str) -> File {
        let source = Source::new(".gitlab-ci.yml", text);
        pipeline(&parse_yaml(&source).expect("YAML"), source.whole())
    }

    #[test]
    fn jobs_run_their_scripts_in_order() {
        let file = look(
            "stages: [test]\nvariables: {A: b}\n.base: &base\n  before_script: [apt update]\ntest:\n  <<: *base\n  script:\n    - cargo test\n    - - cargo doc\n  after_script: echo done\n  allow_failure: true\nlint:\n  allow_failure: {exit_codes: 1}\n  script: cargo clippy\n",
        );
        let test = file.jobs.iter().find(|job| job.name == "test").expect("a job");
        let words: Vec<&str> = test
            .steps
            .iter()
            .flat_map(|step| &step.commands)
            .map(|command| command.words[0].as_str())
            .collect();
        assert_eq!(words, ["apt", "cargo", "cargo", "echo"]);
        assert!(test.may_fail.is_some());
        let names: Vec<&str> = file.jobs.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(names, [".base", "test", "lint"]);
    }

    #[test]
    fn what_is_included_is_fixed_by_a_commit_or_a_digest() {
        let commit = "9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0";
        let file = look(&format!(
            "include:\n  - local: /ci/lint.yml\n  - component: gitlab.com/a/b/c@{commit}\n  - component: gitlab.com/a/b/c@1.0\n  - project: a/b\n    ref: {commit}\n    file: c.yml\n  - project: a/b\n    file: c.yml\n  - remote: https://example.org/c.yml\n  - remote: https://example.org/c.yml\n    integrity: sha256-AAAA\n  - template: Jobs/SAST.gitlab-ci.yml\n  - https://example.org/d.yml\n"
        ));
        let fixed: Vec<bool> =
            file.jobs[0].steps.iter().filter_map(|step| step.uses.as_ref()).map(|used| used.fixed).collect();
        assert_eq!(fixed, [true, true, false, true, false, false, true, false]);
        assert!(look("include: ci/lint.yml\n").jobs[0].steps[0].uses.as_ref().is_some_and(|used| used.fixed));
    }
}
