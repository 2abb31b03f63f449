//! What is known of one component, joined from all facts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::facts::Facts;
use crate::facts::advisories::Hit;
use crate::facts::components::{Component, Node, Origin, Ships};
use crate::facts::integrity::Verified;
use crate::facts::inventory::{Capability, Seen};
use crate::facts::registry::Published;
use crate::facts::vetting::Vetted;
use crate::facts::workspace::EdgeKind;
use crate::policy::{Class, ComponentEntry, Status, Waiver};
use crate::report::Report;
use crate::rule::Tier;
use crate::source::{Location, Placed};

/// What is known of one component.
#[derive(Debug)]
pub struct Row<'a> {
    /// The component.
    pub component: &'a Component,
    /// What its sources hold; `None` where they were not read.
    pub seen: Option<&'a Seen>,
    /// What the index of its registry says; `None` where none at hand names it.
    pub published: Option<&'a Published>,
    /// What its sources were compared with.
    pub verified: Option<&'a Verified>,
    /// Who has vetted it; `None` where nobody keeps such records.
    pub vetted: Option<&'a Vetted>,
    /// Its class, with the place of the decision.
    pub class: Option<&'a Placed<Class>>,
    /// The decisions on this very component.
    pub entry: Option<&'a ComponentEntry>,
    /// The advisories that touch it, by id.
    pub advisories: Vec<Touch<'a>>,
    /// Who uses it.
    pub users: Vec<User>,
    /// The facts that could not be told, by the names of their fields in the formats for programs.
    pub could_not_tell: Vec<&'static str>,
}

/// A package that uses a component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct User {
    /// `name@version`.
    pub id: String,
    /// How; `None` where only the lock file knows of it.
    pub kind: Option<EdgeKind>,
    /// True for a member.
    pub member: bool,
}

/// An advisory that touches a component.
#[derive(Debug)]
pub struct Touch<'a> {
    /// The advisory, and how it touches.
    pub hit: &'a Hit,
    /// What has become of it.
    pub standing: Standing,
    /// The waiver that accepts it.
    pub waiver: Option<&'a Waiver>,
}

impl Touch<'_> {
    /// What the manufacturer says of it, in the words of VEX.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.waiver.and_then(|waiver| waiver.status.as_ref()).map(|status| status.value)
    }

    /// The last day on which it is accepted.
    #[must_use]
    pub fn until(&self) -> Option<Date> {
        self.waiver.and_then(|waiver| waiver.until.as_ref()).map(|until| until.value)
    }
}

/// What has become of an advisory in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// A rule tells of it, and nobody has accepted that.
    Open,
    /// A waiver accepts it.
    Accepted,
    /// It is evidence only: limited to other systems, not shipped, or left to the register.
    Noted,
}

impl Standing {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Noted => "noted",
        }
    }
}

/// Whether the sources of a component are what was locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Integrity {
    /// They were compared, and are the same.
    Verified,
    /// They are not.
    Changed,
    /// There was nothing to compare them with.
    NotVerified,
}

impl Integrity {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Changed => "changed",
            Self::NotVerified => "not-verified",
        }
    }
}

/// The rows of all components, in their order.
pub(super) fn all(report: &Report) -> Vec<Row<'_>> {
    let facts = &report.facts;
    let (mut touches, mut users) = (touches(report), users(facts));
    let components = facts.components.all.iter().enumerate();
    components
        .map(|(index, component)| {
            let mut row = Row {
                component,
                seen: facts.inventory.of.get(&index),
                published: facts.registry.of.get(&index),
                verified: facts.integrity.of.get(&index),
                vetted: facts.vetting.of.get(&index),
                class: facts.policy.class_of(&component.name),
                entry: facts.policy.component(&component.name),
                advisories: touches.remove(&index).unwrap_or_default(),
                users: users.remove(&index).unwrap_or_default().into_iter().collect(),
                could_not_tell: Vec::new(),
            };
            row.could_not_tell = row.unknown(facts);
            row
        })
        .collect()
}

/// The advisories that touch each component, with what the rules and the ledger make of them.
fn touches(report: &Report) -> BTreeMap<usize, Vec<Touch<'_>>> {
    let facts = &report.facts;
    let mut told: BTreeMap<(&str, &str, usize), Vec<Told<'_>>> = BTreeMap::new();
    let advisories = report.outcomes.iter().filter(|outcome| outcome.rule.family == "advisories");
    for (outcome, judged) in
        advisories.flat_map(|outcome| outcome.findings.iter().map(move |one| (outcome, one)))
    {
        for subject in &judged.finding.subjects {
            let key = place(subject, &judged.finding.at);
            told.entry(key).or_default().push((outcome.tier, judged.waiver.as_ref()));
        }
    }
    let mut touches: BTreeMap<usize, Vec<Touch<'_>>> = BTreeMap::new();
    for hit in &facts.advisories.hits {
        let Some(component) = facts.components.all.get(hit.component) else { continue };
        let told = told.get(&place(&hit.advisory.id, &component.at)).map(Vec::as_slice).unwrap_or_default();
        // Of several findings one that stands is what counts.
        let stands = |(tier, waiver): &Told<'_>| *tier > Tier::Register && waiver.is_none();
        let waiver = told.iter().find_map(|(_, waiver)| *waiver);
        let (standing, waiver) = match waiver {
            _ if told.iter().any(stands) => (Standing::Open, None),
            Some(waiver) => (Standing::Accepted, Some(waiver)),
            None => (Standing::Noted, None),
        };
        touches.entry(hit.component).or_default().push(Touch { hit, standing, waiver });
    }
    touches
}

/// A finding about an advisory: the tier of its rule, and the waiver that accepts it.
type Told<'a> = (Tier, Option<&'a Waiver>);

/// What tells a finding about an advisory on a component from all others.
fn place<'a>(advisory: &'a str, at: &'a Location) -> (&'a str, &'a str, usize) {
    (advisory, at.path(), at.bytes().start)
}

/// Who uses each component.
fn users(facts: &Facts) -> BTreeMap<usize, BTreeSet<User>> {
    let mut users: BTreeMap<usize, BTreeSet<User>> = BTreeMap::new();
    for link in &facts.components.links {
        if let Node::Component(index) = link.to {
            let member = matches!(link.from, Node::Member(_));
            let user = User { id: name_of(facts, link.from), kind: link.kind, member };
            users.entry(index).or_default().insert(user);
        }
    }
    users
}

/// `name@version` of a package of the graph.
pub(super) fn name_of(facts: &Facts, node: Node) -> String {
    match node {
        Node::Member(index) => facts
            .workspace
            .members
            .get(index)
            .map(|member| format!("{}@{}", member.name, member.version))
            .unwrap_or_default(),
        Node::Component(index) => facts.components.all.get(index).map(Component::id).unwrap_or_default(),
    }
}

impl Row<'_> {
    /// The facts that could not be told.
    fn unknown(&self, facts: &Facts) -> Vec<&'static str> {
        let component = self.component;
        let resolved = facts.components.resolved;
        let from_registry = matches!(component.origin, Origin::CratesIo | Origin::Registry { .. });
        // Cargo tells the edition of every package whose manifest it has read.
        let declared = component.declared.edition.is_some();
        let facts = [
            ("ships", component.ships == Ships::Unknown),
            ("edges", !resolved),
            ("features", !resolved),
            ("build_script", self.build_script().is_none()),
            ("proc_macro", component.proc_macro.is_none()),
            ("links", component.build_script.is_none() && self.seen.is_none()),
            ("supplier", self.supplier().is_none() && !declared),
            ("licence", self.licence().is_none() && !declared),
            ("inventory", self.seen.is_none_or(|seen| !seen.unread.is_empty())),
            ("advisories", facts.advisories.count == 0),
            ("yanked", from_registry && self.published.is_none()),
            ("published_on", from_registry && self.published.is_none_or(|entry| entry.on.is_none())),
            ("newest", from_registry && self.published.is_none_or(|entry| entry.newest.is_none())),
            ("integrity", self.integrity() == Integrity::NotVerified),
        ];
        facts.into_iter().filter(|(_, unknown)| *unknown).map(|(name, _)| name).collect()
    }

    /// Whether its sources are what was locked.
    #[must_use]
    pub fn integrity(&self) -> Integrity {
        match self.verified {
            Some(Verified { archive: Some(false), .. }) => Integrity::Changed,
            Some(Verified { changed: Some(files), .. }) if !files.is_empty() => Integrity::Changed,
            Some(Verified { changed: Some(_), .. }) => Integrity::Verified,
            _ => Integrity::NotVerified,
        }
    }

    /// True where the class was decided for this very component.
    #[must_use]
    pub fn classed_itself(&self) -> bool {
        self.entry.is_some_and(|entry| entry.record.class().is_some())
    }

    /// Whether it has a build script.
    #[must_use]
    pub fn build_script(&self) -> Option<bool> {
        self.component.build_script.or_else(|| self.seen.map(|seen| seen.build_script.is_some()))
    }

    /// Whether it is a procedural macro.
    #[must_use]
    pub fn proc_macro(&self) -> Option<bool> {
        self.component.proc_macro.or_else(|| self.seen.map(|seen| seen.proc_macro))
    }

    /// The native library it links.
    #[must_use]
    pub fn links(&self) -> Option<&str> {
        self.component.links.as_deref().or_else(|| self.seen.and_then(|seen| seen.links.as_deref()))
    }

    /// Places with unsafe code in what is linked, at least.
    #[must_use]
    pub fn unsafe_places(&self) -> Option<u32> {
        self.seen.map(|seen| seen.library.unsafe_tokens.total())
    }

    /// What its library is able to do, at least.
    #[must_use]
    pub fn capabilities(&self) -> Option<&BTreeSet<Capability>> {
        self.seen.map(|seen| &seen.library.capabilities)
    }

    /// What its build script is able to do, at least.
    #[must_use]
    pub fn build_capabilities(&self) -> Option<&BTreeSet<Capability>> {
        self.seen.and_then(|seen| seen.build_script.as_ref()).map(|part| &part.capabilities)
    }
}
