//! The one shape that models of all formats are read into.
//!
//! Whatever a person wrote keeps its place. What a format can't say is absent, as is what its author left blank;
//! [`Format::can_say`] tells the two apart.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;

use crate::source::{Location, Placed, Source};

use super::format::Format;
use super::placeholders::{is_placeholder, says_nothing};
use super::protocols::{hides, protects};
use super::synonyms::Translated;

/// A text that may have been left out.
type Text = Option<Placed<String>>;

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
    /// What else it says of itself.
    pub head: Head,
    /// Who has reviewed it, where the format names people and no reviews.
    pub reviewers: Vec<Placed<String>>,
    /// What people call an object, by its id, where the id is made by a tool.
    pub names: BTreeMap<String, String>,
    /// Where the product is used (7.1.2).
    pub context: Option<Context>,
    /// Neighbouring systems.
    pub neighbours: Vec<Neighbour>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Assets.
    pub assets: Vec<Asset>,
    /// Zones.
    pub zones: Vec<Zone>,
    /// Lines across which trust changes, where the format draws them.
    pub boundaries: Vec<Boundary>,
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
    /// The views that it has for readers of a submission, by name.
    pub views: Vec<Placed<String>>,
    /// Every reference from one object to another, resolved or not.
    pub references: Vec<Reference>,
    /// What the model speaks of and what was not at hand: why, and where.
    pub unread: Vec<(String, Location)>,
    /// Words that the policy translates.
    pub translated: Vec<Translated>,
    /// True where an overlay adds what the format can't say.
    pub extended: bool,
    /// That overlay.
    pub overlay: Option<Arc<Source>>,
}

impl Model {
    /// A model that says nothing yet.
    pub(super) fn new(format: Format, at: Location, title: Placed<String>) -> Self {
        Self {
            format,
            at,
            title,
            owner: None,
            head: Head::default(),
            reviewers: Vec::new(),
            names: BTreeMap::new(),
            context: None,
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
            views: Vec::new(),
            references: Vec::new(),
            unread: Vec::new(),
            translated: Vec::new(),
            extended: false,
            overlay: None,
        }
    }

    /// What people call an object: its name, or its id where that is the name.
    #[must_use]
    pub fn called<'a>(&'a self, id: &'a str) -> &'a str {
        self.names.get(id).map_or(id, String::as_str)
    }

    /// The name that people see of a flow, if it has one: what a tool made is none.
    #[must_use]
    pub fn name_of<'a>(&'a self, flow: &'a Flow) -> Option<&'a str> {
        Some(self.called(&flow.id.value)).filter(|name| !is_made(name))
    }

    /// True where people gave the ids, and not a tool.
    #[must_use]
    pub fn has_own_ids(&self) -> bool {
        self.format == Format::Native
    }

    /// The ids of all that a threat can affect; no two are the same.
    #[must_use]
    pub fn things(&self) -> Vec<&str> {
        let neighbours = self.neighbours.iter().map(|neighbour| &neighbour.id);
        let assets = self.assets.iter().map(|asset| &asset.id);
        let zones = self.zones.iter().map(|zone| &zone.id);
        let boundaries = self.boundaries.iter().map(|boundary| &boundary.id);
        let parts = self.components.iter().map(|part| &part.id);
        let interfaces = self.interfaces.iter().map(|interface| &interface.id);
        let flows = self.flows.iter().map(|flow| &flow.id);
        let all = neighbours.chain(assets).chain(zones).chain(boundaries);
        all.chain(parts).chain(interfaces).chain(flows).map(|id| id.value.as_str()).collect()
    }

    /// What flows pass, found by id.
    #[must_use]
    pub fn ways(&self) -> Ways<'_> {
        let neighbours = self.neighbours.iter().map(|neighbour| (&neighbour.id, &neighbour.zone));
        let parts = self.components.iter().map(|part| (&part.id, &part.zone));
        Ways {
            zones: neighbours
                .chain(parts)
                .filter_map(|(id, zone)| Some((id.value.as_str(), zone.as_deref()?)))
                .collect(),
            interfaces: self
                .interfaces
                .iter()
                .map(|interface| (interface.id.value.as_str(), interface))
                .collect(),
        }
    }

    /// The mitigation with this id.
    #[must_use]
    pub fn mitigation(&self, id: &str) -> Option<&Mitigation> {
        let found = self.mitigations.binary_search_by(|mitigation| mitigation.id.value.as_str().cmp(id));
        found.ok().and_then(|at| self.mitigations.get(at))
    }

    /// The last review that says when it was and by whom; of those of one day the last in the file.
    #[must_use]
    pub fn last_review(&self, today: Date) -> Option<&Review> {
        let took_place = |review: &&Review| {
            review.on.as_ref().is_some_and(|on| on.value <= today) && !review.by.is_empty()
        };
        self.reviews.iter().filter(took_place).max_by_key(|review| {
            review
                .on
                .as_ref()
                .map(|on| (on.value, review.id.at.path() == self.at.path(), review.id.at.line()))
        })
    }

    /// The acceptances by somebody who owns a mitigation of a threat that they cover.
    #[must_use]
    pub fn own_acceptances(&self) -> Vec<&Acceptance> {
        let threats: BTreeMap<&str, &Threat> =
            self.threats.iter().map(|threat| (threat.id.value.as_str(), threat)).collect();
        let is_own = |acceptance: &&Acceptance| {
            let Some(by) = &acceptance.by else { return false };
            let covered = acceptance.covers.iter().filter_map(|id| threats.get(id.value.as_str()));
            let mut mitigations =
                covered.flat_map(|threat| &threat.by).filter_map(|id| self.mitigation(&id.value));
            mitigations.any(|mitigation| {
                mitigation.owner.as_ref().is_some_and(|owner| is_same(&owner.value, &by.value))
            })
        };
        self.acceptances.iter().filter(is_own).collect()
    }

    /// The acceptance with this id.
    #[must_use]
    pub fn acceptance(&self, id: &str) -> Option<&Acceptance> {
        let found = self.acceptances.binary_search_by(|acceptance| acceptance.id.value.as_str().cmp(id));
        found.ok().and_then(|at| self.acceptances.get(at))
    }
}

/// True where both words name one person: the same words, or the same address.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    let address = |words: &str| {
        let inner = words.split_once('<').map_or(words, |(_, rest)| rest.trim_end().trim_end_matches('>'));
        inner.trim().to_lowercase()
    };
    address(one) == address(other)
}

/// True for a UUID, which a tool made and nobody reads.
#[must_use]
pub fn is_made(id: &str) -> bool {
    let sign = |(at, c): (usize, char)| match at {
        8 | 13 | 18 | 23 => c == '-',
        _ => c.is_ascii_hexdigit(),
    };
    id.len() == 36 && id.chars().enumerate().all(sign)
}

/// What flows pass, found by id.
#[derive(Debug)]
pub struct Ways<'m> {
    zones: BTreeMap<&'m str, &'m str>,
    interfaces: BTreeMap<&'m str, &'m Interface>,
}

impl<'m> Ways<'m> {
    /// The interface that a flow passes.
    #[must_use]
    pub fn interface(&self, flow: &Flow) -> Option<&'m Interface> {
        self.interfaces.get(flow.via.as_ref()?.value.as_str()).copied()
    }

    /// How a flow is encrypted: what it says, or else what its interface says.
    #[must_use]
    pub fn encryption<'f>(&self, flow: &'f Flow) -> Option<&'f Placed<String>>
    where
        'm: 'f,
    {
        let of_interface = || self.interface(flow).and_then(|interface| interface.transport[0].as_ref());
        flow.encryption.as_ref().or_else(of_interface)
    }

    /// Whether a flow is encrypted, by what it or its interface says, or else by the protocol it names.
    #[must_use]
    pub fn hides(&self, flow: &Flow) -> Option<bool> {
        let of_interface = || self.interface(flow).and_then(|interface| interface.protocol.as_ref());
        let protocol = flow.protocol.as_ref().or_else(of_interface);
        let by_name = || protocol.and_then(|protocol| hides(&protocol.value));
        self.encryption(flow).and_then(|word| protects(&word.value)).or_else(by_name)
    }

    /// How the ends of a flow know each other: what it says, or else what its interface says.
    #[must_use]
    pub fn authentication<'f>(&self, flow: &'f Flow) -> Option<&'f Placed<String>>
    where
        'm: 'f,
    {
        let of_interface = || self.interface(flow).and_then(|interface| interface.transport[1].as_ref());
        flow.authentication.as_ref().or_else(of_interface)
    }

    /// The zones that a flow leaves and enters, where both are known and differ.
    #[must_use]
    pub fn crossing(&self, flow: &Flow) -> Option<(&'m str, &'m str)> {
        let zone = |end: &Text| self.zones.get(end.as_ref()?.value.as_str()).copied();
        let (from, to) = (zone(&flow.from)?, zone(&flow.to)?);
        (from != to).then_some((from, to))
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

/// What a model says of itself, beside title and owner.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Head {
    /// What the product is, in its own words.
    pub description: Text,
    /// The software item, as in the list of components.
    pub item: Text,
    /// `maintained`, `supported` or `required` (4.3).
    pub item_kind: Text,
    /// `in-development`, `released` or `end-of-support`.
    pub lifecycle: Text,
    /// The day of the release.
    pub released: Option<Placed<Date>>,
    /// Where it is written which risk is acceptable (4.2).
    pub policy: Text,
    /// The methods used.
    pub methods: Vec<Placed<String>>,
}

/// The security context: where and how the product is used (7.1.2).
#[derive(Debug, Clone, Serialize)]
pub struct Context {
    /// The table, or the text that tells it.
    #[serde(skip)]
    pub at: Location,
    /// Who can touch it.
    pub physical: Text,
    /// The network it stands in.
    pub network: Text,
    /// What keeps it apart.
    pub isolation: Text,
    /// Who runs what is around it.
    pub operators: Text,
    /// What a loss of security means for safety.
    pub degraded_safety: Text,
    /// Controls in hardware.
    pub hardware_controls: Vec<Placed<String>>,
    /// Uses that are ruled out.
    pub excluded: Vec<Placed<String>>,
    /// How many units are in use.
    pub fielded_units: Option<Placed<i64>>,
    /// What is taken for granted.
    pub assumptions: Vec<Assumption>,
}

impl Context {
    /// A context that says nothing yet.
    pub(super) fn new(at: Location) -> Self {
        Self {
            at,
            physical: None,
            network: None,
            isolation: None,
            operators: None,
            degraded_safety: None,
            hardware_controls: Vec::new(),
            excluded: Vec::new(),
            fielded_units: None,
            assumptions: Vec::new(),
        }
    }

    /// Its texts with the keys of the native format.
    #[must_use]
    pub fn texts(&self) -> [(&'static str, &Option<Placed<String>>); 5] {
        [
            ("physical", &self.physical),
            ("network", &self.network),
            ("isolation", &self.isolation),
            ("operators", &self.operators),
            ("degraded_safety", &self.degraded_safety),
        ]
    }
}

/// Something taken for granted.
#[derive(Debug, Clone, Serialize)]
pub struct Assumption {
    /// Its id.
    pub id: Placed<String>,
    /// What is taken for granted.
    pub text: Placed<String>,
    /// The threats that come back where it is false.
    pub if_false: Vec<Placed<String>>,
}

/// A neighbouring system or party.
#[derive(Debug, Clone, Serialize)]
pub struct Neighbour {
    /// Its id.
    pub id: Placed<String>,
    /// What it is.
    pub what: Text,
    /// Who runs it.
    pub run_by: Text,
    /// `none`, `partly`, `authenticated` or `full`.
    pub trust: Text,
    /// False where it exchanges no data, as a power supply.
    pub talks: Option<Placed<bool>>,
    /// True where it brings the product its updates.
    pub updates: Option<Placed<bool>>,
    /// The zone it stands in.
    pub zone: Option<String>,
    /// Why it is not looked at. Models without it have the fingerprint that they had before there was a place for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_scope: Text,
}

/// A role: who uses the product.
#[derive(Debug, Clone, Serialize)]
pub struct Role {
    /// Its id.
    pub id: Placed<String>,
    /// `human` or `machine`.
    pub kind: Text,
    /// What it may do.
    pub may: Vec<Placed<String>>,
}

/// Something of worth.
#[derive(Debug, Clone, Serialize)]
pub struct Asset {
    /// Its id.
    pub id: Placed<String>,
    /// `health-data`, `key`, `credential`, `executable`, ...
    pub class: Vec<Placed<String>>,
    /// Confidentiality, integrity and availability: `low`, `medium` or `high` each.
    pub needs: [Option<Placed<String>>; 3],
    /// True where safety depends on it.
    pub safety: Option<Placed<bool>>,
}

/// A zone of one trust.
#[derive(Debug, Clone, Serialize)]
pub struct Zone {
    /// Its id.
    pub id: Placed<String>,
    /// The zone around it.
    pub parent: Text,
    /// How far it is trusted.
    pub trust: Text,
}

/// A line across which trust changes.
#[derive(Debug, Clone, Serialize)]
pub struct Boundary {
    /// Its id.
    pub id: Placed<String>,
    /// The zones on its two sides, where the format says so.
    pub between: Vec<Placed<String>>,
}

/// A part of the architecture.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// Its id.
    pub id: Placed<String>,
    /// `process`, `store`, `hardware`, `external`.
    pub kind: Option<Placed<String>>,
    /// Crates it is made of.
    pub crates: Vec<Placed<String>>,
    /// The zone it stands in.
    pub zone: Option<String>,
    /// Assets it holds.
    pub holds: Vec<Placed<String>>,
    /// How what it holds is protected.
    pub at_rest: Text,
    /// Why it is not looked at.
    pub out_of_scope: Text,
}

impl Part {
    /// What stands in the place of a reason that nobody gave.
    pub const UNREASONED: &'static str = "(no reason)";

    /// A part of which nothing is known but what it is.
    pub(super) fn new(id: Placed<String>, kind: Option<Placed<String>>) -> Self {
        Self {
            id,
            kind,
            crates: Vec::new(),
            zone: None,
            holds: Vec::new(),
            at_rest: None,
            out_of_scope: None,
        }
    }
}

/// An interface: a way in or out.
#[derive(Debug, Clone, Serialize)]
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
    /// Whom it calls: `host:port`, or `config:key`.
    pub peers: Vec<Placed<String>>,
    /// The protocol.
    pub protocol: Text,
    /// Encryption, authentication and authorization.
    pub transport: [Option<Placed<String>>; 3],
    /// The acceptance of a connection in the clear.
    pub accepted_plain: Text,
    /// The setting that decides the address.
    pub config: Text,
    /// Why it is open.
    pub why_open: Text,
    /// What happens to what makes no sense.
    pub invalid_input: Text,
    /// The crate that opens it, where that is not the product's own code.
    pub by_crate: Text,
    /// True where one can touch it.
    pub physical: Option<Placed<bool>>,
    /// True where another language implements it.
    pub not_rust: Option<Placed<bool>>,
}

/// A data flow.
#[derive(Debug, Clone, Serialize)]
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
    /// How it is encrypted; `none` where it is not.
    pub encryption: Option<Placed<String>>,
    /// How the ends know each other.
    pub authentication: Text,
    /// True where data flows back as well.
    pub both_ways: Option<Placed<bool>>,
    /// Assets that flow.
    pub data: Vec<Placed<String>>,
    /// Why it is not looked at. Models without it have the fingerprint that they had before there was a place for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_scope: Text,
    /// The lines of trust that it cuts on a drawing, by id: where they run is not said in words.
    #[serde(skip)]
    pub cuts: Vec<String>,
}

impl Flow {
    /// A flow of which nothing is known but its ends.
    pub(super) fn new(id: Placed<String>, from: Text, to: Text) -> Self {
        Self {
            id,
            from,
            to,
            via: None,
            protocol: None,
            encryption: None,
            authentication: None,
            both_ways: None,
            data: Vec::new(),
            out_of_scope: None,
            cuts: Vec::new(),
        }
    }

    /// Whether it is encrypted, where it says so.
    #[must_use]
    pub fn encrypted(&self) -> Option<bool> {
        self.encryption.as_ref().and_then(|word| protects(&word.value))
    }
}

/// A threat.
#[derive(Debug, Clone, Serialize)]
pub struct Threat {
    /// Its id.
    pub id: Placed<String>,
    /// Its title.
    pub title: Placed<String>,
    /// What it is, at length.
    pub text: Text,
    /// `taxonomy:term`, or a term.
    pub category: Vec<Placed<String>>,
    /// Entries of public lists: CAPEC, CWE, ATT&CK, EMB3D.
    pub refs: Vec<Placed<String>>,
    /// Who carries it out.
    pub actor: Text,
    /// What it affects.
    pub affects: Vec<Placed<String>>,
    /// How grave it is before anything is done.
    pub before: Option<Rating>,
    /// How grave it is once its mitigations are there.
    pub after: Option<Rating>,
    /// What it does to people.
    pub harm: Option<Harm>,
    /// What is done about it.
    pub answer: Option<Placed<Answer>>,
    /// The mitigations.
    pub by: Vec<Placed<String>>,
    /// The acceptance.
    pub accepted: Option<Placed<String>>,
    /// The reason, where it is not applicable, transferred or avoided.
    pub reason: Option<Placed<String>>,
    /// Who found it, where that is said.
    pub origin: Option<Placed<Origin>>,
    /// True where a tool made it and nobody has judged it yet.
    pub untouched: bool,
}

impl Threat {
    /// A threat with its answer and nothing else.
    pub(super) fn new(id: Placed<String>, title: Placed<String>, answer: Option<Placed<Answer>>) -> Self {
        Self {
            id,
            title,
            text: None,
            category: Vec::new(),
            refs: Vec::new(),
            actor: None,
            affects: Vec::new(),
            before: None,
            after: None,
            harm: None,
            answer,
            by: Vec::new(),
            accepted: None,
            reason: None,
            origin: None,
            untouched: false,
        }
    }
}

/// How grave a threat is.
#[derive(Debug, Clone, Serialize)]
pub struct Rating {
    /// The table, or the word.
    #[serde(skip)]
    pub at: Location,
    /// `cvss:3.1`, `cvss:4.0`, or a scheme of one's own.
    pub scheme: Text,
    /// The vector.
    pub vector: Text,
    /// The score, as written.
    pub score: Text,
    /// The level, as written.
    pub level: Text,
    /// True where the answers of a rubric are given.
    pub rubric: bool,
}

impl Rating {
    /// A rating that says nothing yet.
    pub(super) fn new(at: Location) -> Self {
        Self { at, scheme: None, vector: None, score: None, level: None, rubric: false }
    }
}

/// What a threat does to people (ISO 14971).
#[derive(Debug, Clone, Serialize)]
pub struct Harm {
    /// The table.
    #[serde(skip)]
    pub at: Location,
    /// Why it does none.
    pub none: Text,
    /// How it comes about.
    pub path: Text,
    /// Entries of the product's risk management file.
    pub safety_file: Vec<Placed<String>>,
}

/// Who found a threat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Origin {
    /// A person.
    Human,
    /// A tool, by its rules.
    Generated,
}

impl Origin {
    /// The words used in models.
    pub const WORDS: &'static [(&'static str, Self)] =
        &[("human", Self::Human), ("generated", Self::Generated)];

    /// The word for this origin.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, origin)| *origin == self).map_or("", |(word, _)| word)
    }
}

/// What is done about a threat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, Serialize)]
pub struct Mitigation {
    /// Its id.
    pub id: Placed<String>,
    /// What it is.
    pub what: Placed<String>,
    /// Whether it is there.
    pub state: Placed<State>,
    /// Requirements that ask for it.
    pub requirement: Vec<Placed<String>>,
    /// `procedure`, where it is no code.
    pub kind: Text,
    /// Who answers for it.
    pub owner: Text,
    /// What new risk it brings (7.4).
    pub new_risk: Text,
    /// Paths of the functions that implement it.
    #[serde(serialize_with = "of_model")]
    pub code: Vec<Placed<String>>,
    /// Tests that it works.
    #[serde(serialize_with = "of_model")]
    pub tests: Vec<Placed<String>>,
    /// Tests that try to defeat it (5.7.2).
    pub thwart: Vec<Placed<String>>,
    /// Records outside the code that stand in for tests.
    pub evidence: Vec<Evidence>,
}

impl Mitigation {
    /// A mitigation of which nothing is known but what it is.
    pub(super) fn new(id: Placed<String>, what: Placed<String>, state: Placed<State>) -> Self {
        Self {
            id,
            what,
            state,
            requirement: Vec::new(),
            kind: None,
            owner: None,
            new_risk: None,
            code: Vec::new(),
            tests: Vec::new(),
            thwart: Vec::new(),
            evidence: Vec::new(),
        }
    }
}

/// What the model itself says: what comments in the code add is the code's.
fn of_model<S: serde::Serializer>(paths: &[Placed<String>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(paths.iter().filter(|path| !is_code(path)))
}

/// True for what a comment in the code says.
fn is_code(path: &Placed<String>) -> bool {
    std::path::Path::new(path.at.path()).extension().is_some_and(|extension| extension == "rs")
}

/// A record outside the code that stands in for tests, or tells of a decision.
#[derive(Debug, Clone, Serialize)]
pub struct Evidence {
    /// What it is, such as `pen-test`.
    pub kind: Placed<String>,
    /// Where it lies.
    pub file: Placed<String>,
    /// Who made it.
    pub by: Placed<String>,
    /// When.
    pub on: Placed<Date>,
    /// Its checksum.
    pub sha256: Text,
}

/// Whether a mitigation is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, Serialize)]
pub struct Acceptance {
    /// Its id.
    pub id: Placed<String>,
    /// The threats it covers.
    pub covers: Vec<Placed<String>>,
    /// Why the risk is acceptable.
    pub reason: Option<Placed<String>>,
    /// Who accepted it.
    pub by: Option<Placed<String>>,
    /// By which right.
    pub role: Text,
    /// When it was accepted.
    pub on: Option<Placed<Date>>,
    /// The last day on which it holds.
    pub until: Option<Placed<Date>>,
    /// That product risk management has seen it (7.4).
    pub safety: Text,
    /// Records of the decision. Models without them have the fingerprint that they had before there were any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

impl Acceptance {
    /// What it lacks to be a decision, by the keys of the native format: a reason, a person, an end.
    #[must_use]
    pub fn lacks(&self) -> Vec<&'static str> {
        let unsaid = |text: &Text, says: fn(&str) -> bool| text.as_ref().is_none_or(|text| says(&text.value));
        [
            ("reason", unsaid(&self.reason, says_nothing)),
            ("by", unsaid(&self.by, is_placeholder)),
            ("until", self.until.is_none()),
        ]
        .into_iter()
        .filter_map(|(key, absent)| absent.then_some(key))
        .collect()
    }

    /// True where it is a decision that holds on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.lacks().is_empty() && self.until.as_ref().is_some_and(|until| until.value >= day)
    }
}

/// A review of the model.
#[derive(Debug, Clone)]
pub struct Review {
    /// Its id.
    pub id: Placed<String>,
    /// When it took place.
    pub on: Option<Placed<Date>>,
    /// Who reviewed.
    pub by: Vec<Placed<String>>,
    /// The commit that was reviewed.
    pub commit: Text,
    /// The files that it covers.
    pub covers: Vec<Placed<String>>,
    /// The fingerprint of the attack surface at that time.
    pub surface: Text,
    /// The attack surface at that time, a line each.
    pub saw: Vec<Placed<String>>,
    /// The fingerprint of what the model said at that time.
    pub model: Text,
    /// What came of it.
    pub outcome: Text,
    /// What else is to say.
    pub notes: Text,
    /// True where the reviewers took no part in the work.
    pub independent: Option<Placed<bool>>,
}
