//! Threat models: one shape for all formats, one reader a format.
//!
//! - `links`: where the workspace names its models, and how a link is followed;
//! - `native`: the reader of the project's own TOML format;
//! - `overlay`: what a team adds to a model in another tool's format;
//! - `references`: every id that one object uses for another, resolved or not;
//! - `foreign`: the readers of other tools' formats, told apart by content;
//! - `format`: what each format can say, so that what it cannot say is not held against its author;
//! - `listeners`: which calls open a way in, so that code can be held against the model.
//!
//! A model is read whole or not at all. Half a model would show interfaces as undeclared and
//! threats as closed that the unread half speaks of, so every fault of a file makes its link
//! [`Broken`] and leaves a gap.

mod foreign;
mod format;
mod links;
pub mod listeners;
mod native;
mod overlay;
mod references;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;

use crate::policy::Policy;
use crate::source::{Location, Placed, Source, Tree};

use super::workspace::Workspace;
use super::{Gap, Kind};

pub use format::{Aspect, Format};

/// The threat models linked by the workspace.
#[derive(Debug, Default)]
pub struct Threats {
    /// The models, in the order linked.
    pub models: Vec<Model>,
    /// Links to files that could not be read as a model.
    pub broken: Vec<Broken>,
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
}

/// A security context and threat model.
#[derive(Debug)]
pub struct Model {
    /// The format it was written in.
    pub format: Format,
    /// The file as a whole.
    pub at: Location,
    /// Its title.
    pub title: Placed<String>,
    /// Who owns it.
    pub owner: Option<Placed<String>>,
    /// Who has reviewed it, where the format names people and no reviews.
    pub reviewers: Vec<Placed<String>>,
    /// What people call an object, by its id, where the id is made by a tool.
    pub names: BTreeMap<String, String>,
    /// Neighbouring systems.
    pub neighbours: Vec<Placed<String>>,
    /// Roles.
    pub roles: Vec<Placed<String>>,
    /// Assets.
    pub assets: Vec<Placed<String>>,
    /// Zones.
    pub zones: Vec<Placed<String>>,
    /// Lines across which trust changes, where the format draws them.
    pub boundaries: Vec<Placed<String>>,
    /// Parts of the architecture.
    pub components: Vec<Part>,
    /// Interfaces.
    pub interfaces: Vec<Interface>,
    /// Data flows.
    pub flows: Vec<Flow>,
    /// Threats.
    pub threats: Vec<Threat>,
    /// Mitigations, by id.
    pub mitigations: Vec<Mitigation>,
    /// Acceptances, by id.
    pub acceptances: Vec<Acceptance>,
    /// Reviews.
    pub reviews: Vec<Review>,
    /// Every reference from one object to another, resolved or not.
    pub references: Vec<Reference>,
    /// What the model speaks of and what was not at hand: why, and where.
    pub unread: Vec<(String, Location)>,
    /// True where an overlay adds what the format can't say.
    pub extended: bool,
}

impl Model {
    /// A model that says nothing yet.
    fn new(format: Format, at: Location, title: Placed<String>) -> Self {
        Self {
            format,
            at,
            title,
            owner: None,
            reviewers: Vec::new(),
            names: BTreeMap::new(),
            neighbours: Vec::new(),
            roles: Vec::new(),
            assets: Vec::new(),
            zones: Vec::new(),
            boundaries: Vec::new(),
            components: Vec::new(),
            interfaces: Vec::new(),
            flows: Vec::new(),
            threats: Vec::new(),
            mitigations: Vec::new(),
            acceptances: Vec::new(),
            reviews: Vec::new(),
            references: Vec::new(),
            unread: Vec::new(),
            extended: false,
        }
    }

    /// What people call an object: its name, or its id where that is the name.
    #[must_use]
    pub fn called<'a>(&'a self, id: &'a str) -> &'a str {
        self.names.get(id).map_or(id, String::as_str)
    }

    /// The mitigation with this id.
    #[must_use]
    pub fn mitigation(&self, id: &str) -> Option<&Mitigation> {
        let found = self.mitigations.binary_search_by(|mitigation| mitigation.id.value.as_str().cmp(id));
        found.ok().and_then(|at| self.mitigations.get(at))
    }

    /// The acceptance with this id.
    #[must_use]
    pub fn acceptance(&self, id: &str) -> Option<&Acceptance> {
        let found = self.acceptances.binary_search_by(|acceptance| acceptance.id.value.as_str().cmp(id));
        found.ok().and_then(|at| self.acceptances.get(at))
    }
}

/// A reference by id.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The id as written.
    pub id: Placed<String>,
    /// Who refers, such as `threat.T-01`.
    pub from: String,
    /// What kind of object is meant, such as `mitigation`.
    pub wanted: &'static str,
    /// True when an object of that kind has this id.
    pub resolved: bool,
    /// Where it leads nowhere: "did you mean", if an id of that kind is close.
    pub near: Option<String>,
}

/// A part of the architecture.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its id.
    pub id: Placed<String>,
    /// `process`, `store`, `hardware`, `external`.
    pub kind: Option<Placed<String>>,
    /// Crates it is made of.
    pub crates: Vec<Placed<String>>,
    /// The zone it stands in.
    pub zone: Option<String>,
}

/// An interface: a way in or out.
#[derive(Debug, Clone)]
pub struct Interface {
    /// Its id.
    pub id: Placed<String>,
    /// The part it belongs to.
    pub on: Option<Placed<String>>,
    /// `tcp-listen`, `http-client`, `ble`, ...
    pub kind: Option<Placed<String>>,
    /// The port.
    pub port: Option<Placed<i64>>,
    /// `any`, `loopback`, an address or a network.
    pub bind: Option<Placed<String>>,
    /// Paths of the functions that implement it.
    pub code: Vec<Placed<String>>,
    /// Roles that use it.
    pub roles: Vec<Placed<String>>,
    /// `disabled-in-release`, if it says so.
    pub state: Option<Placed<String>>,
    /// Tests that prove what it says of itself.
    pub proof: Vec<Placed<String>>,
}

/// A data flow.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Its id.
    pub id: Placed<String>,
    /// Where it starts.
    pub from: Option<Placed<String>>,
    /// Where it ends.
    pub to: Option<Placed<String>>,
    /// The interface it passes.
    pub via: Option<Placed<String>>,
    /// The protocol.
    pub protocol: Option<Placed<String>>,
    /// Whether it is encrypted.
    pub encrypted: Option<Placed<bool>>,
}

/// A threat.
#[derive(Debug, Clone)]
pub struct Threat {
    /// Its id.
    pub id: Placed<String>,
    /// Its title.
    pub title: Placed<String>,
    /// What it affects.
    pub affects: Vec<Placed<String>>,
    /// What is done about it.
    pub answer: Option<Placed<Answer>>,
    /// The mitigations.
    pub by: Vec<Placed<String>>,
    /// The acceptance.
    pub accepted: Option<Placed<String>>,
    /// The reason, where it is not applicable, transferred or avoided.
    pub reason: Option<Placed<String>>,
    /// True where a tool made it and nobody has judged it yet.
    pub untouched: bool,
}

/// What is done about a threat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    Open,
    /// Mitigations.
    Mitigate,
    /// It is accepted.
    Accept,
    /// Somebody else deals with it.
    Transfer,
    /// The function is left out.
    Avoid,
    /// It does not apply.
    NotApplicable,
    /// Another tool's word for it, which means nothing here: never an answer.
    Unknown,
}

impl Answer {
    /// The words used in models.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("open", Self::Open),
        ("mitigate", Self::Mitigate),
        ("accept", Self::Accept),
        ("transfer", Self::Transfer),
        ("avoid", Self::Avoid),
        ("not-applicable", Self::NotApplicable),
    ];

    /// The word for this answer.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, answer)| *answer == self).map_or("", |(word, _)| word)
    }
}

/// A mitigation.
#[derive(Debug, Clone)]
pub struct Mitigation {
    /// Its id.
    pub id: Placed<String>,
    /// What it is.
    pub what: Placed<String>,
    /// Whether it is there.
    pub state: Placed<State>,
    /// Paths of the functions that implement it.
    pub code: Vec<Placed<String>>,
    /// Tests that it works.
    pub tests: Vec<Placed<String>>,
    /// Tests that try to defeat it (5.7.2).
    pub thwart: Vec<Placed<String>>,
    /// Records outside the code that stand in for tests: the kind of each, such as `pen-test`.
    pub evidence: Vec<Placed<String>>,
}

/// Whether a mitigation is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not yet.
    Planned,
    /// In the product.
    InPlace,
    /// No longer.
    Withdrawn,
}

impl State {
    /// The words used in models.
    pub const WORDS: &'static [(&'static str, Self)] =
        &[("planned", Self::Planned), ("in-place", Self::InPlace), ("withdrawn", Self::Withdrawn)];

    /// The word for this state.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, state)| *state == self).map_or("", |(word, _)| word)
    }
}

/// An accepted risk.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// Its id.
    pub id: Placed<String>,
    /// The threats it covers.
    pub covers: Vec<Placed<String>>,
    /// Why the risk is acceptable.
    pub reason: Option<Placed<String>>,
    /// Who accepted it.
    pub by: Option<Placed<String>>,
    /// The last day on which it holds.
    pub until: Option<Placed<Date>>,
}

/// A review of the model.
#[derive(Debug, Clone)]
pub struct Review {
    /// Its id.
    pub id: Placed<String>,
    /// When it took place.
    pub on: Option<Placed<Date>>,
}

/// Reads the linked threat models.
pub fn gather(tree: &Tree, workspace: &Workspace, policy: &Policy, gaps: &mut Vec<Gap>) -> Threats {
    let mut threats = Threats::default();
    let (links, faults) = links::find(workspace, policy);
    threats.broken.extend(faults);
    let mut seen = std::collections::BTreeSet::new();
    for link in links {
        match links::follow(tree, &link) {
            Ok(source) if !seen.insert(source.path().to_owned()) => {}
            Ok(source) => match read(tree, &link, &source) {
                Ok(model) => threats.models.push(model),
                Err(faults) => threats.broken.extend(faults.into_iter().map(|fault| fault.of(&link))),
            },
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

fn read(tree: &Tree, link: &links::Link, source: &Arc<Source>) -> Result<Model, Vec<Unread>> {
    let model = foreign::read(source, &|name| links::beside(tree, source, name))?;
    match links::overlay(tree, link) {
        Ok(None) => Ok(model),
        Ok(Some(overlay)) => overlay::extend(model, &overlay),
        Err(unread) => Err(vec![unread]),
    }
}

/// The files that links lead to, relative to the root, be they there or not.
pub(super) fn files(workspace: &Workspace, policy: &Policy) -> Vec<PathBuf> {
    let (links, _) = links::find(workspace, policy);
    links.iter().map(|link| link.folder.join(&link.written.value)).collect()
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
}

impl Unread {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), remedy: None, at: None }
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
        Broken { link: link.written.clone(), why: self.why, remedy: self.remedy, at: self.at }
    }
}
