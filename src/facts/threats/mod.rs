//! Threat models: one shape for all formats, one reader a format.

use jiff::civil::Date;

use crate::policy::Policy;
use crate::source::{Location, Placed, Tree};

use super::Gap;
use super::workspace::Workspace;

/// The threat models linked by the workspace.
#[derive(Debug, Default)]
pub struct Threats {
    /// The models, in the order linked.
    pub models: Vec<Model>,
    /// Links to files that could not be read as a model.
    pub broken: Vec<Broken>,
}

/// A link that leads nowhere.
#[derive(Debug, Clone)]
pub struct Broken {
    /// The link, as written.
    pub link: Placed<String>,
    /// Why, in one sentence without a full stop.
    pub why: String,
    /// The place in the model where reading stopped, if it got that far.
    pub at: Option<Location>,
}

/// A security context and threat model.
#[derive(Debug)]
pub struct Model {
    /// The file as a whole.
    pub at: Location,
    /// Its title.
    pub title: Placed<String>,
    /// Neighbouring systems.
    pub neighbours: Vec<Placed<String>>,
    /// Roles.
    pub roles: Vec<Placed<String>>,
    /// Assets.
    pub assets: Vec<Placed<String>>,
    /// Zones.
    pub zones: Vec<Placed<String>>,
    /// Parts of the architecture.
    pub components: Vec<Part>,
    /// Interfaces.
    pub interfaces: Vec<Interface>,
    /// Data flows.
    pub flows: Vec<Flow>,
    /// Threats.
    pub threats: Vec<Threat>,
    /// Mitigations.
    pub mitigations: Vec<Mitigation>,
    /// Acceptances.
    pub acceptances: Vec<Acceptance>,
    /// Reviews.
    pub reviews: Vec<Review>,
    /// Every reference from one object to another, resolved or not.
    pub references: Vec<Reference>,
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
    /// `disabled-in-release`, if it says so.
    pub state: Option<Placed<String>>,
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
}

/// A mitigation.
#[derive(Debug, Clone)]
pub struct Mitigation {
    /// Its id.
    pub id: Placed<String>,
    /// What it is.
    pub what: Placed<String>,
    /// `planned`, `in-place`, `withdrawn`.
    pub state: Option<Placed<String>>,
    /// Paths of the functions that implement it.
    pub code: Vec<Placed<String>>,
    /// Tests that it works.
    pub tests: Vec<Placed<String>>,
    /// Tests that try to defeat it (5.7.2).
    pub thwart: Vec<Placed<String>>,
    /// True when recorded evidence outside the code stands in for tests.
    pub evidence: bool,
}

/// An accepted risk.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// Its id.
    pub id: Placed<String>,
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
    let _ = (tree, workspace, policy);
    gaps.push(Gap::new(super::Kind::Threats, "threat models", "threat models are not read yet", ""));
    Threats::default()
}
