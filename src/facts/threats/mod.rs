//! Threat models: one shape for all formats, one reader a format.
//!
//! - `model`: the one shape;
//! - `links`: where the workspace names its models, and how a link is followed;
//! - `native`: the reader of the project's own TOML format;
//! - `ids`: what each id names;
//! - `overlay`: what a team adds to a model in another tool's format;
//! - `placeholders`: words that stand where nothing is said;
//! - `pseudonyms`: people in what is handed on;
//! - `protocols`: which protocols encrypt by themselves;
//! - `rating`: what a CVSS vector comes to;
//! - `records`: records with a checksum;
//! - `references`: every id that one object uses for another, resolved or not;
//! - `results`: results of tests in `JUnit` form;
//! - `runs`: which code they are of;
//! - `comments`: links that comments of other tools make;
//! - `listed`: the list of tests that a build has;
//! - `scans`: scans of ports;
//! - `hazards`: lists of hazards of the product's risk management;
//! - `foreign`: the readers of other tools' formats, told apart by content;
//! - `format`: what each format can say, so that what it cannot say is not held against its author;
//! - `look`: models alone, for commands that show them;
//! - `told`: what a model says, without places, so that two states can be compared;
//! - `synonyms`: words that nobody knows, and those that the policy translates;
//! - `surface`: the attack surface, declared and found;
//! - `unlinked`: models that lie in the tree and that nothing links;
//! - `past`: what models said before;
//! - `hands`: who wrote what they rest on;
//! - `openings`: what the code opens, so that it can be held against the model; `listeners`: the ways in among it;
//! - `told_by_files`: what files of settings say of an address;
//! - `routes`: what the code answers over HTTP and what it writes, for lists.
//!
//! A model is read whole or not at all. Half a model would show interfaces as undeclared and
//! threats as closed that the unread half speaks of, so every fault of a file makes its link
//! [`Broken`] and leaves a gap.

mod comments;
mod filters;
mod foreign;
mod format;
mod hands;
mod hazards;
mod ids;
mod links;
mod listed;
pub mod listeners;
mod look;
mod model;
mod mounts;
mod native;
pub mod openings;
mod overlay;
mod past;
pub mod placeholders;
pub mod protocols;
mod pseudonyms;
mod rating;
mod records;
mod references;
mod results;
pub mod routes;
pub mod runs;
mod scans;
mod surface;
mod synonyms;
mod told;
pub mod told_by_files;
mod unlinked;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::policy::{Policy, Synonym};
use crate::request::Request;
use crate::source::{Location, Placed, Source, Tree};

use super::clock::Clock;
use super::workspace::Workspace;
use super::{Code, Gap, History, Kind, git};

pub use format::{Aspect, Format};
pub use hands::{Hands, Share};
pub use hazards::{Hazard, Hazards};
pub use links::are_linked;
pub use listed::ListedTest;
pub use look::{Looked, look, look_at, look_with_code};
pub use model::{
    Acceptance, Answer, Asset, Assumption, Boundary, Context, Evidence, Flow, Harm, Head, Interface,
    Mitigation, Model, Neighbour, Origin, Part, Rating, Reference, Review, Role, State, Threat, Ways, Zone,
    is_made, is_same,
};
pub use past::Past;
pub use rating::Worth;
pub use records::{Kept, Record};
pub use results::{Outcome, TestResult};
pub use runs::Run;
pub use scans::{Port, Scan};
pub use surface::Surface;
pub use synonyms::{KINDS, Translated, is_known};
pub use told::Told;
pub use unlinked::Unlinked;

/// The threat models linked by the workspace.
#[derive(Debug, Default)]
pub struct Threats {
    /// The models, in the order linked.
    pub models: Vec<Model>,
    /// Links to files that could not be read as a model.
    pub broken: Vec<Broken>,
    /// Results of tests that the workspace names as evidence.
    pub results: Vec<TestResult>,
    /// The runs that they are of, a file each.
    pub runs: Vec<Run>,
    /// The fingerprint of the code as it is, where there are runs to compare it with.
    pub code: String,
    /// The tests that a build has; `None` where nobody lists them.
    pub listed: Option<Vec<ListedTest>>,
    /// Scans of ports.
    pub scans: Vec<Scan>,
    /// Lists of hazards of the product's risk management.
    pub hazards: Vec<Hazards>,
    /// Records that models name with their checksum.
    pub records: Vec<Record>,
    /// What the repository knows of each model, in the same order; empty where nobody asked it.
    pub past: Vec<Past>,
    /// Who wrote what the models rest on.
    pub hands: Hands,
    /// Models in the tree that nothing links.
    pub unlinked: Vec<Unlinked>,
    /// What the policy says that words of models mean.
    pub(super) synonyms: Vec<Synonym>,
}

/// A link that leads nowhere, or to a file that can't be read as a model; one entry a fault.
#[derive(Debug, Clone)]
pub struct Broken {
    /// The link, as written.
    pub link: Placed<String>,
    /// Why, in one sentence without a full stop.
    pub why: String,
    /// How to mend it, where that is known.
    pub remedy: Option<String>,
    /// The place in the model where reading stopped, if it got that far.
    pub at: Option<Location>,
    /// True where the file is not there, and the link says that it is generated.
    pub unbuilt: bool,
}

/// What models are held against.
pub(super) struct Question<'a> {
    pub(super) tree: &'a Tree,
    pub(super) workspace: &'a Workspace,
    pub(super) code: &'a Code,
    pub(super) history: &'a History,
}

/// Reads the linked threat models, the evidence beside them, and what the repository knows of both. A change is judged
/// without the repository.
pub(super) fn whole(
    question: &Question<'_>,
    request: &Request,
    policy: &Policy,
    clock: &mut Clock,
    gaps: &mut Vec<Gap>,
) -> Threats {
    let Question { tree, workspace, code, history } = question;
    let mut threats = clock.time(Kind::Threats, || {
        let mut threats = gather(tree, workspace, policy, gaps);
        evidence(tree, workspace, policy, code, &mut threats, gaps);
        if request.change.is_none() {
            threats.unlinked = unlinked::find(tree, workspace, policy, gaps);
        }
        threats
    });
    if request.change.is_some() || threats.models.is_empty() {
        return threats;
    }
    threats.past = clock.time(Kind::Reviews, || {
        git::reading(|| {
            runs::miss(tree, &threats.runs, request.as_of, gaps);
            past::gather(tree, &threats, history, request.as_of, gaps)
        })
    });
    threats.hands =
        clock.time(Kind::Authors, || git::reading(|| hands::gather(tree, &threats, code, request, gaps)));
    threats
}

/// Reads the linked threat models.
pub fn gather(tree: &Tree, workspace: &Workspace, policy: &Policy, gaps: &mut Vec<Gap>) -> Threats {
    let mut threats = Threats { synonyms: policy.synonyms.clone(), ..Threats::default() };
    let links::Found { links, broken, .. } = links::find(workspace, policy);
    threats.broken.extend(broken);
    let mut seen: BTreeMap<String, Option<PathBuf>> = BTreeMap::new();
    for link in links {
        match links::follow(tree, &link) {
            Ok(source) if seen.contains_key(source.path()) => {
                // What only one of two overlays says would be lost.
                let overlay = link.overlay_file(tree);
                if overlay.is_some() && seen.get(source.path()) != Some(&overlay) {
                    let fault = Unread::new("it is linked already, without this overlay")
                        .remedy("link the model once, with all that is added to it in one overlay");
                    threats.broken.push(fault.of(&link));
                }
            }
            Ok(source) => {
                seen.insert(source.path().to_owned(), link.overlay_file(tree));
                match read(tree, &link, &source, &threats.synonyms) {
                    Ok(model) => threats.models.push(model),
                    Err(faults) => threats.broken.extend(faults.into_iter().map(|fault| fault.of(&link))),
                }
            }
            Err(fault) => threats.broken.push(fault.of(&link)),
        }
    }
    gaps.extend(threats.broken.iter().map(gap));
    for (model, (why, at)) in
        threats.models.iter().flat_map(|model| model.unread.iter().map(move |u| (model, u)))
    {
        let remedy = "put the file beside the model, or write the model as one";
        gaps.push(Gap::new(Kind::Threats, model.at.path(), why, remedy).at(at.clone()));
    }
    threats
}

/// Reads what the workspace names as evidence: results and lists of tests, scans of ports, lists of hazards. What is
/// named and not there is a gap, since it may say otherwise.
fn evidence(
    tree: &Tree,
    workspace: &Workspace,
    policy: &Policy,
    code: &Code,
    threats: &mut Threats,
    gaps: &mut Vec<Gap>,
) {
    let links::Found { results: links, lists, scans, hazards, .. } = links::find(workspace, policy);
    for link in &links {
        if let Some(source) = named(tree, link, Kind::Results, gaps)
            && let Some(read) = taken(&source, results::read(&source), Kind::Results, gaps)
        {
            threats.runs.push(runs::read(tree, &source, read.began, gaps));
            threats.results.extend(read.tests);
        }
    }
    for link in &lists {
        if let Some(source) = named(tree, link, Kind::Listed, gaps)
            && let Some(read) = taken(&source, listed::read(&source), Kind::Listed, gaps)
        {
            threats.listed.get_or_insert_default().extend(read);
        }
    }
    for link in &scans {
        if let Some(source) = named(tree, link, Kind::Scans, gaps) {
            threats.scans.extend(taken(&source, scans::read(&source), Kind::Scans, gaps));
        }
    }
    for link in &hazards {
        if let Some(source) = named(tree, link, Kind::Hazards, gaps) {
            threats.hazards.extend(taken(&source, hazards::read(&source), Kind::Hazards, gaps));
        }
    }
    threats.records = records::gather(tree, &threats.models, gaps);
    comments::join(&mut threats.models, code);
    if lists.is_empty() {
        listed::miss(threats, code, gaps);
    }
    if !threats.runs.is_empty() {
        threats.code = runs::print(code, workspace);
    }
}

/// The file that a link to evidence leads to.
fn named(tree: &Tree, link: &links::Link, kind: Kind, gaps: &mut Vec<Gap>) -> Option<Arc<Source>> {
    let missing = |unread: Unread| {
        let remedy = "make it anew, or mend the link to it";
        gaps.push(Gap::new(kind, &link.written.value, unread.why, remedy).at(link.written.at.clone()));
    };
    links::follow(tree, link).map_err(missing).ok()
}

/// What was read of a file of evidence.
fn taken<T>(source: &Source, read: Result<T, String>, kind: Kind, gaps: &mut Vec<Gap>) -> Option<T> {
    let unreadable =
        |why| gaps.push(Gap::new(kind, source.path(), why, "make it anew, or mend the link to it"));
    read.map_err(unreadable).ok()
}

fn read(
    tree: &Tree,
    link: &links::Link,
    source: &Arc<Source>,
    synonyms: &[Synonym],
) -> Result<Model, Vec<Unread>> {
    let model = foreign::read(source, &|name| links::beside(tree, source, name))?;
    match links::overlay(tree, link) {
        Ok(overlay) => extended(model, overlay.as_ref(), synonyms),
        Err(unread) => Err(vec![unread]),
    }
}

/// A model with what the policy says of its words, and with its overlay, if it has one.
fn extended(
    mut model: Model,
    overlay: Option<&Arc<Source>>,
    synonyms: &[Synonym],
) -> Result<Model, Vec<Unread>> {
    synonyms::translate(&mut model, synonyms);
    let Some(overlay) = overlay else { return Ok(model) };
    model = overlay::extend(model, overlay)?;
    synonyms::translate(&mut model, synonyms);
    Ok(model)
}

/// The files that links lead to, relative to the root, be they there or not.
pub(super) fn files(workspace: &Workspace, policy: &Policy) -> Vec<PathBuf> {
    let found = links::find(workspace, policy);
    found.links.iter().map(|link| link.folder.join(&link.written.value)).collect()
}

/// Reads a model from its text, for the tests of checks.
#[cfg(test)]
pub(crate) fn read_text(text: &str) -> Option<Model> {
    foreign::read(&crate::source::Source::new("docs/threats.toml", text), &|_| None).ok()
}

fn gap(broken: &Broken) -> Gap {
    let remedy = broken.remedy.clone().unwrap_or_else(|| "mend the file, or the link to it".to_owned());
    let at = broken.at.as_ref().unwrap_or(&broken.link.at);
    Gap::new(Kind::Threats, &broken.link.value, &broken.why, remedy).at(at.clone())
}

/// Why a file can't be read as a model, before it is known who linked it.
#[derive(Debug)]
struct Unread {
    why: String,
    remedy: Option<String>,
    at: Option<Location>,
    /// True where there is no such file.
    absent: bool,
}

impl Unread {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), remedy: None, at: None, absent: false }
    }

    fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    fn at(mut self, at: Location) -> Self {
        self.at = Some(at);
        self
    }

    fn of(self, link: &links::Link) -> Broken {
        let unbuilt = self.absent && link.optional;
        Broken { link: link.written.clone(), why: self.why, remedy: self.remedy, at: self.at, unbuilt }
    }
}
