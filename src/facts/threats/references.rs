//! Ids and what refers to them.

use std::collections::{BTreeMap, BTreeSet};

use crate::document;
use crate::source::Placed;

use super::{Model, Reference};

/// What an id can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Object {
    Neighbour,
    Role,
    Asset,
    Zone,
    Component,
    Interface,
    Flow,
    Threat,
    Mitigation,
    Acceptance,
    Assumption,
}

impl Object {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Neighbour => "neighbour",
            Self::Role => "role",
            Self::Asset => "asset",
            Self::Zone => "zone",
            Self::Component => "component",
            Self::Interface => "interface",
            Self::Flow => "flow",
            Self::Threat => "threat",
            Self::Mitigation => "mitigation",
            Self::Acceptance => "acceptance",
            Self::Assumption => "assumption",
        }
    }
}

/// What a reference may lead to: the words for it, and the kinds of object.
pub(super) type Wanted = (&'static str, &'static [Object]);

pub(super) const ASSET: Wanted = ("asset", &[Object::Asset]);
pub(super) const ROLE: Wanted = ("role", &[Object::Role]);
pub(super) const ZONE: Wanted = ("zone", &[Object::Zone]);
pub(super) const COMPONENT: Wanted = ("component", &[Object::Component]);
pub(super) const INTERFACE: Wanted = ("interface", &[Object::Interface]);
pub(super) const FLOW: Wanted = ("flow", &[Object::Flow]);
pub(super) const THREAT: Wanted = ("threat", &[Object::Threat]);
pub(super) const MITIGATION: Wanted = ("mitigation", &[Object::Mitigation]);
pub(super) const ACCEPTANCE: Wanted = ("acceptance", &[Object::Acceptance]);
pub(super) const ASSUMPTION: Wanted = ("assumption", &[Object::Assumption]);
/// Where a flow can end, and what can stand in a zone.
pub(super) const END: Wanted = ("component or neighbour", &[Object::Component, Object::Neighbour]);
/// Where a flow of a drawing can end: some draw them from zone to zone.
pub(super) const DRAWN_END: Wanted =
    ("component, neighbour or zone", &[Object::Component, Object::Neighbour, Object::Zone]);
/// What a threat can affect. One list names all of these, so their ids must differ.
pub(super) const AFFECTED: Wanted = (
    "component, interface, flow, asset, zone or neighbour",
    &[Object::Component, Object::Interface, Object::Flow, Object::Asset, Object::Zone, Object::Neighbour],
);

/// So many suggestions are made; each compares with every id.
const MOST_SUGGESTIONS: usize = 20;

/// The ids of a model and the references between its objects.
#[derive(Default)]
pub(super) struct References {
    ids: BTreeMap<Object, BTreeSet<String>>,
    pending: Vec<(Placed<String>, String, Wanted)>,
}

impl References {
    /// The ids of a model that was read, for what adds to it.
    pub(super) fn of(model: &Model) -> Self {
        let mut references = Self::default();
        for (object, id) in model.ids() {
            references.ids.entry(object).or_default().insert(id.value.clone());
        }
        references
    }

    /// Notes an id. Returns the kind of object that already has it, where one list could name both.
    pub(super) fn define(&mut self, object: Object, id: &str) -> Option<Object> {
        let taken = AFFECTED.1.iter().copied().find(|other| {
            AFFECTED.1.contains(&object) && self.ids.get(other).is_some_and(|ids| ids.contains(id))
        });
        self.ids.entry(object).or_default().insert(id.to_owned());
        taken
    }

    /// Notes references from one object.
    pub(super) fn refer<'a>(
        &mut self,
        from: &str,
        wanted: Wanted,
        ids: impl IntoIterator<Item = &'a Placed<String>>,
    ) {
        self.pending.extend(ids.into_iter().map(|id| (id.clone(), from.to_owned(), wanted)));
    }

    /// Resolves every reference, once all ids are known; in the order of places.
    pub(super) fn resolve(self) -> Vec<Reference> {
        let mut suggestions = 0;
        let mut references: Vec<Reference> = self
            .pending
            .into_iter()
            .map(|(id, from, (wanted, kinds))| {
                let ids = kinds.iter().filter_map(|kind| self.ids.get(kind));
                let resolved = ids.clone().any(|ids| ids.contains(&id.value));
                let mut near = None;
                if !resolved && suggestions < MOST_SUGGESTIONS {
                    suggestions += 1;
                    let known: Vec<&String> = ids.flatten().collect();
                    near = document::suggestion(&id.value, &known);
                }
                Reference { id, from, wanted, resolved, near }
            })
            .collect();
        references.sort_by(|a, b| a.id.at.cmp(&b.id.at));
        references
    }
}
