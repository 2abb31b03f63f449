//! What the compiler and Clippy say of the workspace: results of `cargo clippy`, taken in where somebody asks.
//!
//! Clippy compiles what it looks at, and so runs the build scripts and procedural macros of the workspace and of its
//! components: that is done on request alone (`--with-clippy`). Results of a run elsewhere are read from a file
//! (`--clippy-json`); a file executes nothing.
//!
//! One run with `--force-warn` shows what attributes hide too. Whether a result stands open or is hidden, and by
//! what, is told from the same words that the compiler hears: lint tables, flags, attributes. A result says something of
//! the code that was compiled, with its features and for its target; of other code it says nothing.
//!
//! An attribute that a procedural macro of another crate writes is in no source: what it keeps silent in a forced run is
//! told as if nobody kept it so.
//!
//! Seen with cargo 1.95: results of code that has not changed are replayed by cargo as they were; with other flags, or
//! another `clippy.toml`, the code is looked at anew. A required `deny` stops a normal run at the first crate;
//! `--force-warn` makes a warning of it, so that everything is looked at.
//!
//! - `run`: compiles
//! - `messages`: the lines that cargo prints
//! - `places`: where a result is, in the files that were read
//! - `standing`: whether it stands open

mod messages;
mod places;
mod run;
mod standing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::document::Value;
use crate::policy::{Policy, Standard};
use crate::request::{self, Request};
use crate::source::{Location, Tree};

use super::code::{Code, Scope};
use super::lints::ages::{self, Standing as Age};
use super::lints::{LintLevel, Lints};
use super::workspace::{Member, Target, TargetKind, Workspace};
use super::{Components, Gap, Kind};

use messages::Taken;

/// What Clippy and the compiler say.
#[derive(Debug, Default)]
pub struct Clippy {
    /// Runs whose results were taken in; none where nobody asked.
    pub runs: Vec<Run>,
    /// What they found, by place, in code that ships or builds it.
    pub results: Vec<LintResult>,
    /// Results in code for tests, in generated code, outside of the workspace: not judged.
    pub elsewhere: usize,
}

/// A run of Clippy.
#[derive(Debug, Clone)]
pub struct Run {
    /// The file it was read from; `None` where this tool has run it.
    pub file: Option<String>,
    /// The target it was compiled for, where that is known.
    pub target: Option<String>,
    /// The features of each member that was compiled, by its name.
    pub features: BTreeMap<String, BTreeSet<String>>,
    /// Lints and groups that were forced: of these, what attributes hide was seen too.
    pub forced: BTreeSet<String>,
}

/// A place where a lint is violated.
#[derive(Debug, Clone)]
pub struct LintResult {
    /// The lint.
    pub lint: String,
    /// What it says, in one line.
    pub message: String,
    /// Where.
    pub at: Location,
    /// Where the macro is called that holds the place.
    pub called_at: Option<Location>,
    /// The module that holds the place.
    pub module: String,
    /// Which code it is.
    pub scope: Scope,
    /// Whether it stands open.
    pub standing: Standing,
}

/// Whether a result stands open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The compiler says it, at this level.
    Open(LintLevel),
    /// An attribute keeps it silent: an index into the lint attributes of the code.
    Attribute(usize),
    /// A lint table or a flag keeps it silent, here.
    Level(Location),
    /// Nobody has switched the lint on.
    Off,
}

impl Run {
    /// True where the run shows what attributes hide of a lint.
    #[must_use]
    pub fn forces(&self, lint: &str) -> bool {
        self.forced.iter().any(|forced| super::lints::known::speaks_of(forced, lint))
    }
}

impl Clippy {
    /// True where results are there to be judged.
    #[must_use]
    pub fn was_run(&self) -> bool {
        !self.runs.is_empty()
    }

    /// The results that stand open.
    pub fn open(&self) -> impl Iterator<Item = &LintResult> {
        self.results.iter().filter(|result| matches!(result.standing, Standing::Open(_)))
    }
}

/// What results are held against.
pub(super) struct Question<'a> {
    pub(super) tree: &'a Tree,
    pub(super) workspace: &'a Workspace,
    pub(super) components: &'a Components,
    pub(super) code: &'a Code,
    pub(super) lints: &'a Lints,
    pub(super) policy: &'a Policy,
    pub(super) toolchain: Option<&'a semver::Version>,
}

/// Takes in the results that were asked for.
pub(super) fn gather(question: &Question<'_>, request: &Request, gaps: &mut Vec<Gap>) -> Clippy {
    let taken: Vec<Taken> = match &request.clippy {
        request::Clippy::No => return Clippy::default(),
        request::Clippy::Run => run::run(question, request, gaps),
        request::Clippy::Files(files) => {
            files.iter().filter_map(|file| messages::read_file(question.tree, file, gaps)).collect()
        }
    };
    let mut clippy = Clippy::default();
    let mut known = BTreeSet::new();
    for taken in &taken {
        take_in(question, taken, &mut clippy, &mut known, gaps);
    }
    clippy.results.sort_by(|a, b| (&a.at, &a.lint, &a.called_at).cmp(&(&b.at, &b.lint, &b.called_at)));
    if !clippy.runs.is_empty() {
        not_compiled(question, &taken, gaps);
    }
    clippy
}

/// The lints that are forced in a run: those that the standard requires, and the toolchain knows.
fn forced(policy: &Policy, toolchain: Option<&semver::Version>) -> Vec<String> {
    let shipped;
    let standard = if let Some(standard) = &policy.standard {
        standard
    } else {
        shipped = Standard::shipped();
        &shipped
    };
    let known = |lint: &&str| match ages::standing(lint) {
        Age::Lint(since) => since.zip(toolchain).is_none_or(|(since, version)| since <= version.minor),
        Age::Group => true,
        Age::Renamed(_) | Age::Removed | Age::Unknown => false,
    };
    standard.required_lints().into_keys().filter(known).map(str::to_owned).collect()
}

fn take_in(
    question: &Question<'_>,
    taken: &Taken,
    clippy: &mut Clippy,
    known: &mut BTreeSet<(String, Location, Option<Location>)>,
    gaps: &mut Vec<Gap>,
) {
    let run = Run {
        file: taken.file.clone(),
        target: taken.target.clone(),
        features: taken.features(),
        forced: taken.forced.clone(),
    };
    let places = places::Places::new(question);
    let words = standing::Words::new(question);
    let mut changed = BTreeSet::new();
    for said in &taken.said {
        let place = match places.find(said) {
            places::Found::At(place) => place,
            places::Found::Changed(path) => {
                changed.insert(path);
                continue;
            }
            places::Found::Elsewhere => {
                clippy.elsewhere += 1;
                continue;
            }
        };
        if place.scope == Scope::Test {
            clippy.elsewhere += 1;
            continue;
        }
        if !known.insert((said.lint.clone(), place.at.clone(), place.called_at.clone())) {
            continue;
        }
        let standing = words.standing(&said.lint, &place, run.forces(&said.lint));
        clippy.results.push(LintResult {
            lint: said.lint.clone(),
            message: said.message.clone(),
            at: place.at,
            called_at: place.called_at,
            module: place.module,
            scope: place.scope,
            standing,
        });
    }
    for path in changed {
        let why = "it has changed since Clippy looked at it, so its results are about another text";
        gaps.push(Gap::new(Kind::Clippy, path, why, "run Clippy again"));
    }
    clippy.runs.push(run);
}

/// Targets of the product that no run has compiled: of them nothing is known.
fn not_compiled(question: &Question<'_>, taken: &[Taken], gaps: &mut Vec<Gap>) {
    for member in question.workspace.members.iter().filter(|member| member.chosen) {
        for target in &member.targets {
            let kind = match target.kind {
                TargetKind::Library => "library",
                TargetKind::Binary => "binary",
                _ => continue,
            };
            let compiled = |taken: &Taken| taken.compiled(&member.name, target.kind, &target.name);
            // A binary that asks for features is built where these are on, and only there.
            if taken.iter().any(compiled) || asks_for_features(member, target) {
                continue;
            }
            let why = "no run of Clippy has compiled it, so nothing is known of its lints";
            let remedy = "run Clippy on every member, with the features that its targets require";
            gaps.push(Gap::new(
                Kind::Clippy,
                format!("{kind} {} of {}", target.name, member.name),
                why,
                remedy,
            ));
        }
    }
}

fn asks_for_features(member: &Member, target: &Target) -> bool {
    let binaries = member.manifest.value.get(&["bin"]).map(Value::items).unwrap_or_default();
    let named = |binary: &&Value| binary.get(&["name"]).and_then(Value::as_str) == Some(target.name.as_str());
    target.kind == TargetKind::Binary
        && binaries.iter().find(named).is_some_and(|binary| binary.get(&["required-features"]).is_some())
}
