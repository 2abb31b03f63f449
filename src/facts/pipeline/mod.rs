//! How the product is built and checked: workflows and actions of GitHub, the pipeline of GitLab.
//!
//! - `github`, `gitlab`: what their files say, job by job
//! - `script`: the commands of a shell script
//! - `expression`: what stands in `${{ .. }}` and after `if:`
//! - `variables`: what cargo is told by variables
//!
//! Only what these files say is told, and what they include of this repository. A script of the repository that a step
//! starts is not read: what it does nobody can tell here. Nothing is asked of GitHub or GitLab.

mod expression;
mod github;
mod gitlab;
mod script;
mod variables;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::{self, SyntaxError, Value};
use crate::source::{Location, Placed, Source, Tree};

use super::{Gap, Kind};

pub use expression::{Expression, Flow};
pub use script::{Command, Then};
pub use variables::Variables;

/// How many files of a folder are looked at.
const MOST: usize = 1_000;

/// What builds and checks the product, as far as files say it.
#[derive(Debug, Default)]
pub struct Pipeline {
    /// The files, sorted by path.
    pub files: Vec<File>,
}

/// A file that says what happens in a pipeline.
#[derive(Debug)]
pub struct File {
    /// The whole of it.
    pub at: Location,
    /// What reads it.
    pub kind: FileKind,
    /// What starts it: events of GitHub.
    pub triggers: Vec<String>,
    /// The rights that its jobs have unless they say otherwise.
    pub rights: Rights,
    /// What it does.
    pub jobs: Vec<Job>,
    /// What it may be called with: names, and what stands where nothing is given, as written.
    pub inputs: BTreeMap<String, String>,
    /// The secrets that it names, each at its first place: those of GitHub, and variables that no file of GitLab sets.
    pub secrets: Vec<Placed<String>>,
    /// What it tells cargo beside the configuration of the workspace.
    pub variables: Variables,
}

/// What reads a file of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A workflow of GitHub.
    Workflow,
    /// An action of GitHub, made of steps.
    Action,
    /// A pipeline of GitLab.
    GitLab,
}

/// What the token of a job may do.
#[derive(Debug, Clone)]
pub enum Rights {
    /// Whatever the settings of the repository give.
    Unsaid,
    /// What is listed; true where any of it is for writing.
    Listed(bool),
    /// Everything.
    All(Location),
}

/// Steps that share a machine.
#[derive(Debug)]
pub struct Job {
    /// Its name in the file.
    pub name: String,
    /// Where it stands.
    pub at: Location,
    /// What its token may do, where it says so itself.
    pub rights: Rights,
    /// When it runs, where that is said.
    pub condition: Option<Expression>,
    /// The jobs that have to go well before it.
    pub needs: Vec<String>,
    /// Where it is said that the pipeline goes on when it fails.
    pub may_fail: Option<Location>,
    /// The image in which it runs.
    pub image: Option<Used>,
    /// What it hands to the jobs that need it: names, and expressions as written.
    pub outputs: BTreeMap<String, String>,
    /// The variables of the file and its own: names, and values as written.
    pub variables: BTreeMap<String, String>,
    /// One after the other.
    pub steps: Vec<Step>,
}

impl Job {
    /// True for a job of GitLab that runs only as a part of others.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.name.starts_with('.')
    }

    /// A job of which nothing more is said.
    fn new(name: &str, at: Location, steps: Vec<Step>) -> Self {
        let (rights, needs) = (Rights::Unsaid, Vec::new());
        Self {
            name: name.to_owned(),
            at,
            rights,
            condition: None,
            needs,
            may_fail: None,
            image: None,
            outputs: BTreeMap::new(),
            variables: BTreeMap::new(),
            steps,
        }
    }
}

/// A step of a job.
#[derive(Debug, Default)]
pub struct Step {
    /// The name by which later steps ask for its outputs.
    pub id: String,
    /// Outputs that its script writes out word by word: names, and all values that each may get.
    pub outputs: BTreeMap<String, Vec<String>>,
    /// Variables that its script sets for later steps, likewise.
    pub sets: BTreeMap<String, Vec<String>>,
    /// Its own variables: names, and values as written.
    pub variables: BTreeMap<String, String>,
    /// What it gives to what it runs: names, and values as written.
    pub given: BTreeMap<String, String>,
    /// What of others it runs.
    pub uses: Option<Used>,
    /// When it runs, where that is said.
    pub condition: Option<Expression>,
    /// The folder in which it runs, as written.
    pub folder: String,
    /// What it checks out where that is not what started the pipeline: references and repositories as written.
    pub takes: Vec<Placed<String>>,
    /// Where it is said that the job goes on when it fails.
    pub may_fail: Option<Location>,
    /// The commands of its script; none where nobody here knows the language.
    pub commands: Vec<Command>,
    /// What GitHub writes into its script before it runs: the insides of `${{ .. }}`.
    pub inserts: Vec<Placed<Expression>>,
}

/// Something of others that a pipeline runs.
#[derive(Debug)]
pub struct Used {
    /// As written, without the revision.
    pub name: String,
    /// The revision, as written.
    pub revision: String,
    /// Where.
    pub at: Location,
    /// True where nobody can put something else in its place: a commit, a digest, a folder of this repository.
    pub fixed: bool,
}

impl Used {
    /// Reads `owner/name/path@revision`, `./path` or `docker://image@digest`.
    fn read(value: &Value) -> Option<Self> {
        let written = value.as_str()?.trim();
        let (name, revision) = written.split_once('@').unwrap_or((written, ""));
        let used =
            Self { name: name.to_owned(), revision: revision.to_owned(), at: value.at(), fixed: false };
        let fixed = used.is_local() || is_commit(revision) || revision.starts_with("sha256:");
        Some(Self { fixed, ..used })
    }

    /// Reads `image:tag`, `image@digest`, or such a `name` in a table; none where it is put together elsewhere.
    fn image(value: &Value) -> Option<Self> {
        let named = value.get(&["name"]).or(value.get(&["image"])).unwrap_or(value);
        Self::read(named).filter(|used| !used.name.contains('$') && !used.revision.contains('$'))
    }

    /// True for a folder or file of this repository.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.name.starts_with("./") || self.name.starts_with("$/")
    }
}

/// True for the whole hash of a commit.
fn is_commit(revision: &str) -> bool {
    matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Reads the files of pipelines below the root of the workspace.
pub fn gather(tree: &Tree, gaps: &mut Vec<Gap>) -> Pipeline {
    let root = tree.root();
    let mut found: Vec<(PathBuf, FileKind)> = Vec::new();
    let workflows = yaml_files(tree, ".github/workflows", gaps);
    found.extend(workflows.into_iter().map(|path| (path, FileKind::Workflow)));
    let mut actions = entries(tree, ".github/actions", gaps);
    actions.retain(|path| path.is_dir());
    for folder in [root.to_owned()].into_iter().chain(actions) {
        let names = ["action.yml", "action.yaml"].map(|name| folder.join(name));
        found.extend(names.into_iter().filter(|path| path.is_file()).map(|path| (path, FileKind::Action)));
    }
    let gitlab = [".gitlab-ci.yml", ".gitlab-ci.yaml"].map(|name| root.join(name));
    let parts = [".gitlab", ".gitlab/ci"].map(|name| yaml_files(tree, name, gaps));
    let gitlab = gitlab.into_iter().filter(|path| path.is_file()).chain(parts.into_iter().flatten());
    let mut files = Vec::new();
    for (path, kind) in found {
        let Some(root) = parsed(tree, &path, document::parse_yaml, gaps) else { continue };
        let at = root.at().source().whole();
        files.extend(match kind {
            FileKind::Action => github::action(&root, at, gaps),
            _ => Some(github::workflow(&root, at, gaps)),
        });
    }
    files.extend(gitlab::gather(tree, gitlab.collect(), gaps));
    files.sort_by(|a, b| Path::new(a.at.path()).cmp(Path::new(b.at.path())));
    Pipeline { files }
}

/// What stands in a file; none where nothing does, and where it can't be read.
fn parsed(tree: &Tree, path: &Path, parse: Parse, gaps: &mut Vec<Gap>) -> Option<Value> {
    try_parsed(tree, path, parse).unwrap_or_else(|gap| {
        gaps.push(*gap);
        None
    })
}

type Parse = fn(&Arc<Source>) -> Result<Value, SyntaxError>;

fn try_parsed(tree: &Tree, path: &Path, parse: Parse) -> Result<Option<Value>, Box<Gap>> {
    let gap = |what: &str, why: String| Gap::new(Kind::Pipeline, what, why, "mend the file");
    let source = tree.read(path).map_err(|why| Box::new(gap(&tree.relative(path), why.to_string())))?;
    let says_nothing = |line: &str| line.trim_start().is_empty() || line.trim_start().starts_with('#');
    if source.text().lines().all(says_nothing) {
        return Ok(None);
    }
    let root = parse(&source).map_err(|error| {
        let why = error.message.split_whitespace().collect::<Vec<_>>().join(" ");
        Box::new(gap(source.path(), format!("it can't be read as YAML: {why}")).at(error.at))
    })?;
    Ok(Some(root))
}

/// The YAML files of a folder; none where there is no such folder.
fn yaml_files(tree: &Tree, folder: &str, gaps: &mut Vec<Gap>) -> Vec<PathBuf> {
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|end| end == "yml" || end == "yaml");
    let mut files = entries(tree, folder, gaps);
    files.retain(|path| is_yaml(path) && path.is_file());
    files
}

/// What lies in a folder; a gap where it can't be listed as a whole.
fn entries(tree: &Tree, folder: &str, gaps: &mut Vec<Gap>) -> Vec<PathBuf> {
    let mut gap = |why: String, remedy: &str| gaps.push(Gap::new(Kind::Pipeline, folder, why, remedy));
    let listed = match std::fs::read_dir(tree.root().join(folder)) {
        Ok(listed) => listed.take(MOST + 1).map(|entry| Ok(entry?.path())).collect(),
        Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(why) => Err(why),
    };
    let mut found: Vec<PathBuf> = listed.unwrap_or_else(|why: std::io::Error| {
        gap(why.to_string(), "make the folder readable");
        Vec::new()
    });
    if found.len() > MOST {
        gap(format!("only {MOST} of its files are read"), "keep in it what the pipeline needs");
        found.truncate(MOST);
    }
    found
}

/// Where it is said that a failure counts for nothing.
fn allowed(value: Option<&Value>) -> Option<Location> {
    value.filter(|value| value.as_bool() == Some(true)).map(Value::at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(files: &[(&str, &str)]) -> (Pipeline, Vec<Gap>) {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(path, text).expect("a file");
        }
        let mut gaps = Vec::new();
        let pipeline = gather(&Tree::new(folder.path()).expect("a tree"), &mut gaps);
        (pipeline, gaps)
    }

    #[test]
    fn files_are_found_where_their_readers_look_for_them() {
        let (pipeline, gaps) = gathered(&[
            (".github/workflows/ci.yml", "on: push\njobs: {a: {steps: [{run: make}]}}\n"),
            (".github/workflows/notes.md", "no pipeline"),
            (".github/workflows/off.yml", "# on: push\n"),
            (".github/actions/setup/action.yaml", "runs: {using: composite, steps: [{run: make}]}\n"),
            (".github/actions/program/action.yml", "runs: {using: node24, main: x.js}\n"),
            (".github/labeler.yml", "a: b\n"),
            (".gitlab-ci.yml", "test: {script: make}\n"),
            (".gitlab/ci/lint.yml", "lint: {script: [make]}\n"),
            ("sub/.github/workflows/ci.yml", "on: push\n"),
        ]);
        let paths: Vec<&str> = pipeline.files.iter().map(|file| file.at.path()).collect();
        let expected = [
            ".github/actions/setup/action.yaml",
            ".github/workflows/ci.yml",
            ".gitlab/ci/lint.yml",
            ".gitlab-ci.yml",
        ];
        assert_eq!(paths, expected);
        let commands = pipeline
            .files
            .iter()
            .flat_map(|file| &file.jobs)
            .flat_map(|job| &job.steps)
            .map(|step| &step.commands);
        assert!(commands.map(|commands| commands[0].words[0].as_str()).eq(["make"; 4]));
        assert!(gaps.is_empty(), "{gaps:?}");
    }

    #[test]
    fn what_cannot_be_read_is_a_gap_with_its_place() {
        let (pipeline, gaps) = gathered(&[
            (".github/workflows/a.yml", "on: [push\n"),
            (".github/workflows/b.yml", "on: push\n"),
            (".gitlab-ci.yml", "test:\n  script: !mine [.base, script]\n"),
        ]);
        assert_eq!(pipeline.files.len(), 1);
        let told: Vec<(Kind, &str)> = gaps.iter().map(|gap| (gap.kind, gap.what.as_str())).collect();
        assert_eq!(told, [(Kind::Pipeline, ".github/workflows/a.yml"), (Kind::Pipeline, ".gitlab-ci.yml")]);
        assert!(gaps.iter().all(|gap| gap.at.is_some()));
    }

    #[test]
    fn a_folder_that_holds_too_much_is_a_gap() {
        let names: Vec<String> = (0..=MOST).map(|number| format!(".github/workflows/{number}.yml")).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "# nothing\n")).collect();
        let (_, gaps) = gathered(&files);
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert_eq!((gaps[0].kind, gaps[0].what.as_str()), (Kind::Pipeline, ".github/workflows"));
    }

    #[test]
    fn a_revision_is_fixed_where_nobody_can_move_it() {
        for (written, fixed) in [
            ("actions/checkout@v4", false),
            ("actions/checkout@main", false),
            ("actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0", true),
            ("actions/checkout@9c091bb", false),
            ("actions/checkout", false),
            ("./.github/actions/setup", true),
            ("$/.github/workflows/build.yml", true),
            ("docker://alpine:3.20", false),
            ("docker://alpine@sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d", true),
        ] {
            let source = crate::source::Source::new("t.yml", format!("uses: {written}\n"));
            let root = document::parse_yaml(&source).expect("YAML");
            let used = Used::read(root.get(&["uses"]).expect("a value")).expect("a use");
            assert_eq!(used.fixed, fixed, "{written}");
        }
    }
}
