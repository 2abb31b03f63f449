//! What a team adds to a model in another tool's format.
//!
//! A drawing has no place for a port, a function, a test, or the person who accepted a risk. An overlay
//! (`format = "health-sec/overlay@1"`) adds these in the native grammar, and may give short names to the ids
//! of the drawing. It fills what is blank and never overrules what is stated: the drawing and the gate must
//! not tell two stories.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::source::{Placed, Source};

use super::references::Object;
use super::{Answer, Flow, Mitigation, Model, Part, Reference, State, Threat, Unread, native};

/// Adds an overlay to a model.
///
/// # Errors
/// Every fault of the overlay, and every contradiction to what the model states.
pub(super) fn extend(mut model: Model, source: &Arc<Source>) -> Result<Model, Vec<Unread>> {
    let overlay = native::read_overlay(source, &mut model)?;
    let mut faults = Vec::new();
    for (own, added) in [
        (&mut model.neighbours, overlay.neighbours),
        (&mut model.roles, overlay.roles),
        (&mut model.assets, overlay.assets),
        (&mut model.zones, overlay.zones),
    ] {
        let known: BTreeSet<String> = own.iter().map(|id| id.value.clone()).collect();
        own.extend(added.into_iter().filter(|id| !known.contains(&id.value)));
    }
    join(
        &mut model.components,
        overlay.components,
        |part| &part.id,
        |own, added| part(own, added, &mut faults),
    );
    join(&mut model.flows, overlay.flows, |flow| &flow.id, |own, added| flow(own, added, &mut faults));
    join(
        &mut model.threats,
        overlay.threats,
        |threat| &threat.id,
        |own, added| {
            threat(own, added, &mut faults);
        },
    );
    mitigations(&mut model, overlay.mitigations, &mut faults);
    // Drawings hold no interfaces with ports, and no acceptances that end: these are new.
    model.interfaces.extend(overlay.interfaces);
    join(
        &mut model.acceptances,
        overlay.acceptances,
        |acceptance| &acceptance.id,
        |own, added| {
            own.reason = own.reason.take().or(added.reason);
            own.by = own.by.take().or(added.by);
            own.until = own.until.take().or(added.until);
            own.covers.extend(added.covers);
        },
    );
    model.acceptances.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    model.reviews.extend(overlay.reviews);
    model.references.extend(overlay.references);
    model.extended = true;
    if faults.is_empty() { Ok(model) } else { Err(faults) }
}

/// Joins what is added to what is there, by id.
fn join<T>(
    own: &mut Vec<T>,
    added: Vec<T>,
    id: impl Fn(&T) -> &Placed<String>,
    mut merge: impl FnMut(&mut T, T),
) {
    let known: BTreeMap<String, usize> =
        own.iter().enumerate().map(|(at, known)| (id(known).value.clone(), at)).collect();
    for new in added {
        match known.get(&id(&new).value).and_then(|at| own.get_mut(*at)) {
            Some(known) => merge(known, new),
            None => own.push(new),
        }
    }
}

/// Fills a blank; what is stated must not be said otherwise.
fn fill<T: PartialEq>(
    own: &mut Option<Placed<T>>,
    added: Option<Placed<T>>,
    what: &str,
    faults: &mut Vec<Unread>,
) {
    match (own.as_ref(), added) {
        (Some(own), Some(added)) if own.value != added.value => {
            let why = format!("{what} is stated otherwise in the model, {}", own.at);
            let remedy = "change the model with its own tool, or leave this out: an overlay only adds";
            faults.push(Unread::new(why).remedy(remedy).at(added.at));
        }
        (None, added) => *own = added,
        _ => {}
    }
}

fn part(own: &mut Part, added: Part, faults: &mut Vec<Unread>) {
    fill(&mut own.kind, added.kind, "the kind of this component", faults);
    own.crates.extend(added.crates);
    own.zone = own.zone.take().or(added.zone);
}

fn flow(own: &mut Flow, added: Flow, faults: &mut Vec<Unread>) {
    fill(&mut own.from, added.from, "where this flow starts", faults);
    fill(&mut own.to, added.to, "where this flow ends", faults);
    fill(&mut own.via, added.via, "the interface of this flow", faults);
    fill(&mut own.protocol, added.protocol, "the protocol of this flow", faults);
    fill(&mut own.encrypted, added.encrypted, "whether this flow is encrypted", faults);
}

fn threat(own: &mut Threat, added: Threat, faults: &mut Vec<Unread>) {
    if added.title != added.id && added.title.value != own.title.value {
        let why = format!("the title of this threat is stated otherwise in the model, {}", own.title.at);
        faults.push(Unread::new(why).at(added.title.at));
    }
    fill(&mut own.answer, added.answer, "what is done about this threat", faults);
    fill(&mut own.accepted, added.accepted, "the acceptance of this threat", faults);
    fill(&mut own.reason, added.reason, "the reason", faults);
    own.affects.extend(added.affects);
    // Mitigations with tests of their own stand for the text in the drawing.
    if !added.by.is_empty() {
        own.by = added.by;
    }
}

/// Adds mitigations. One whose state is not said is where the model says it is: in place if every threat
/// that names it is mitigated.
fn mitigations(model: &mut Model, added: Vec<Mitigation>, faults: &mut Vec<Unread>) {
    let mut mitigated: BTreeMap<&str, bool> = BTreeMap::new();
    for threat in &model.threats {
        let is = threat.answer.as_ref().is_some_and(|answer| answer.value == Answer::Mitigate);
        for by in &threat.by {
            mitigated.entry(&by.value).and_modify(|all| *all &= is).or_insert(is);
        }
    }
    // What no threat names any longer has been replaced.
    let speaks_of: BTreeSet<&str> = added.iter().map(|new| new.id.value.as_str()).collect();
    let mut all = std::mem::take(&mut model.mitigations);
    all.retain(|own| {
        let id = own.id.value.as_str();
        mitigated.contains_key(id) || speaks_of.contains(id)
    });
    let mitigated: BTreeSet<String> =
        mitigated.into_iter().filter(|(_, all)| *all).map(|(id, _)| id.to_owned()).collect();
    let known: BTreeSet<String> = all.iter().map(|own| own.id.value.clone()).collect();
    let added = added.into_iter().map(|mut new| {
        let unstated = new.state.at == new.id.at;
        if unstated && !known.contains(&new.id.value) && mitigated.contains(&new.id.value) {
            new.state.value = State::InPlace;
        }
        new
    });
    join(
        &mut all,
        added.collect(),
        |mitigation| &mitigation.id,
        |own, new| {
            let unstated = new.state.at == new.id.at;
            if !unstated && own.state.value != new.state.value {
                let why = format!(
                    "the state of this mitigation is stated otherwise in the model, {}",
                    own.state.at
                );
                faults.push(Unread::new(why).at(new.state.at));
            }
            own.code.extend(new.code);
            own.tests.extend(new.tests);
            own.thwart.extend(new.thwart);
            own.evidence.extend(new.evidence);
        },
    );
    all.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    model.mitigations = all;
}

impl Model {
    /// Every id with what it names.
    pub(super) fn ids(&self) -> impl Iterator<Item = (Object, &Placed<String>)> {
        fn all<'m>(
            object: Object,
            ids: impl Iterator<Item = &'m Placed<String>>,
        ) -> Vec<(Object, &'m Placed<String>)> {
            ids.map(|id| (object, id)).collect()
        }
        [
            all(Object::Neighbour, self.neighbours.iter()),
            all(Object::Role, self.roles.iter()),
            all(Object::Asset, self.assets.iter()),
            all(Object::Zone, self.zones.iter().chain(&self.boundaries)),
            all(Object::Component, self.components.iter().map(|part| &part.id)),
            all(Object::Interface, self.interfaces.iter().map(|interface| &interface.id)),
            all(Object::Flow, self.flows.iter().map(|flow| &flow.id)),
            all(Object::Threat, self.threats.iter().map(|threat| &threat.id)),
            all(Object::Mitigation, self.mitigations.iter().map(|mitigation| &mitigation.id)),
            all(Object::Acceptance, self.acceptances.iter().map(|acceptance| &acceptance.id)),
        ]
        .into_iter()
        .flatten()
    }

    /// Gives ids the short names of an overlay. A name for what is not there is a reference that leads
    /// nowhere.
    pub(super) fn rename(&mut self, names: Vec<(Placed<String>, Placed<String>)>) {
        let known: BTreeSet<String> = self.ids().map(|(_, id)| id.value.clone()).collect();
        let (found, lost): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|(_, id)| known.contains(&id.value));
        self.references.extend(lost.into_iter().map(|(name, id)| Reference {
            id,
            from: format!("names.{}", name.value),
            wanted: "object of the model",
            resolved: false,
            near: None,
        }));
        let short: BTreeMap<String, String> =
            found.into_iter().map(|(name, id)| (id.value, name.value)).collect();
        let rename = |id: &mut String| {
            if let Some(name) = short.get(id.as_str()) {
                name.clone_into(id);
            }
        };
        for id in self.placed_ids() {
            rename(&mut id.value);
        }
        for part in &mut self.components {
            part.zone.iter_mut().for_each(rename);
        }
        for reference in &mut self.references {
            rename(&mut reference.id.value);
            if let Some((kind, id)) = reference.from.split_once('.') {
                let mut id = id.to_owned();
                rename(&mut id);
                reference.from = format!("{kind}.{id}");
            }
        }
        let called = std::mem::take(&mut self.names);
        self.names = called
            .into_iter()
            .map(|(mut id, name)| {
                rename(&mut id);
                (id, name)
            })
            .collect();
        self.mitigations.sort_by(|a, b| a.id.value.cmp(&b.id.value));
        self.acceptances.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    }

    /// Every place where an id is written.
    fn placed_ids(&mut self) -> Vec<&mut Placed<String>> {
        let mut ids: Vec<&mut Placed<String>> = Vec::new();
        for list in
            [&mut self.neighbours, &mut self.roles, &mut self.assets, &mut self.zones, &mut self.boundaries]
        {
            ids.extend(list);
        }
        ids.extend(self.components.iter_mut().map(|part| &mut part.id));
        for flow in &mut self.flows {
            ids.push(&mut flow.id);
            ids.extend(flow.from.iter_mut().chain(&mut flow.to).chain(&mut flow.via));
        }
        for threat in &mut self.threats {
            ids.push(&mut threat.id);
            ids.extend(threat.affects.iter_mut().chain(&mut threat.by).chain(&mut threat.accepted));
        }
        ids.extend(self.mitigations.iter_mut().map(|mitigation| &mut mitigation.id));
        for acceptance in &mut self.acceptances {
            ids.push(&mut acceptance.id);
            ids.extend(&mut acceptance.covers);
        }
        ids
    }
}
