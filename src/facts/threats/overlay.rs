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
use super::{
    Answer, Context, Flow, Head, Mitigation, Model, Neighbour, Part, Rating, Reference, State, Threat,
    Unread, native,
};

/// Adds an overlay to a model.
///
/// # Errors
/// Every fault of the overlay, and every contradiction to what the model states.
pub(super) fn extend(mut model: Model, source: &Arc<Source>) -> Result<Model, Vec<Unread>> {
    let overlay = native::read_overlay(source, &mut model)?;
    let mut faults = Vec::new();
    model.names.extend(overlay.names);
    if overlay.title.value != model.title.value {
        let why = format!("the title of this model is stated otherwise in it, {}", model.title.at);
        faults.push(Unread::new(why).at(overlay.title.at));
    }
    fill(&mut model.owner, overlay.owner, "who owns this model", &mut faults);
    head(&mut model.head, overlay.head, &mut faults);
    join(
        &mut model.neighbours,
        overlay.neighbours,
        |neighbour| &neighbour.id,
        |own, added| neighbour(own, added, &mut faults),
    );
    add(&mut model.roles, overlay.roles, |role| &role.id);
    add(&mut model.assets, overlay.assets, |asset| &asset.id);
    add(&mut model.zones, overlay.zones, |zone| &zone.id);
    add(&mut model.boundaries, overlay.boundaries, |boundary| &boundary.id);
    if let Some(added) = overlay.context {
        context(model.context.get_or_insert_with(|| Context::new(added.at.clone())), added, &mut faults);
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
            own.on = own.on.take().or(added.on);
            own.role = own.role.take().or(added.role);
            own.safety = own.safety.take().or(added.safety);
            own.covers.extend(added.covers);
            own.evidence.extend(added.evidence);
        },
    );
    model.acceptances.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    model.reviews.extend(overlay.reviews);
    model.views.extend(overlay.views);
    model.references.extend(overlay.references);
    model.extended = true;
    model.overlay = Some(Arc::clone(source));
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

/// Adds what is new; of what is there by this id, only the id is said again.
fn add<T>(own: &mut Vec<T>, added: Vec<T>, id: impl Fn(&T) -> &Placed<String>) {
    let known: BTreeSet<String> = own.iter().map(|known| id(known).value.clone()).collect();
    own.extend(added.into_iter().filter(|new| !known.contains(&id(new).value)));
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

fn head(own: &mut Head, added: Head, faults: &mut Vec<Unread>) {
    fill(&mut own.description, added.description, "what the product is", faults);
    fill(&mut own.item, added.item, "the software item", faults);
    fill(&mut own.item_kind, added.item_kind, "the kind of this item", faults);
    fill(&mut own.lifecycle, added.lifecycle, "where the product stands in its life", faults);
    fill(&mut own.released, added.released, "the day of the release", faults);
    fill(&mut own.policy, added.policy, "where it is written which risk is acceptable", faults);
    own.methods.extend(added.methods);
}

fn part(own: &mut Part, added: Part, faults: &mut Vec<Unread>) {
    fill(&mut own.kind, added.kind, "the kind of this component", faults);
    own.crates.extend(added.crates);
    own.zone = own.zone.take().or(added.zone);
    own.holds.extend(added.holds);
    fill(&mut own.at_rest, added.at_rest, "how this component protects what it holds", faults);
    leave_out(&mut own.out_of_scope, added.out_of_scope, "why this component is out of scope", faults);
}

/// Adds why something is out of scope. A tick without a reason is half an answer: the reason only adds.
fn leave_out(
    own: &mut Option<Placed<String>>,
    added: Option<Placed<String>>,
    what: &str,
    faults: &mut Vec<Unread>,
) {
    if added.is_some() && own.as_ref().is_some_and(|reason| reason.value == Part::UNREASONED) {
        *own = None;
    }
    fill(own, added, what, faults);
}

fn neighbour(own: &mut Neighbour, added: Neighbour, faults: &mut Vec<Unread>) {
    fill(&mut own.what, added.what, "what this neighbour is", faults);
    fill(&mut own.run_by, added.run_by, "who runs this neighbour", faults);
    fill(&mut own.trust, added.trust, "how far this neighbour is trusted", faults);
    fill(&mut own.talks, added.talks, "whether this neighbour talks", faults);
    fill(&mut own.updates, added.updates, "whether this neighbour brings updates", faults);
    own.zone = own.zone.take().or(added.zone);
    leave_out(&mut own.out_of_scope, added.out_of_scope, "why this neighbour is out of scope", faults);
}

fn context(own: &mut Context, added: Context, faults: &mut Vec<Unread>) {
    for (own, added, what) in [
        (&mut own.physical, added.physical, "the physical surroundings"),
        (&mut own.network, added.network, "the network"),
        (&mut own.isolation, added.isolation, "the isolation"),
        (&mut own.operators, added.operators, "who operates it"),
        (&mut own.degraded_safety, added.degraded_safety, "the effect on safety"),
    ] {
        fill(own, added, what, faults);
    }
    own.hardware_controls.extend(added.hardware_controls);
    own.excluded.extend(added.excluded);
    fill(&mut own.fielded_units, added.fielded_units, "how many units are in use", faults);
    own.assumptions.extend(added.assumptions);
}

fn flow(own: &mut Flow, added: Flow, faults: &mut Vec<Unread>) {
    fill(&mut own.from, added.from, "where this flow starts", faults);
    fill(&mut own.to, added.to, "where this flow ends", faults);
    fill(&mut own.via, added.via, "the interface of this flow", faults);
    fill(&mut own.protocol, added.protocol, "the protocol of this flow", faults);
    fill(&mut own.encryption, added.encryption, "whether this flow is encrypted", faults);
    fill(&mut own.authentication, added.authentication, "how the ends of this flow know each other", faults);
    fill(&mut own.both_ways, added.both_ways, "whether this flow goes both ways", faults);
    leave_out(&mut own.out_of_scope, added.out_of_scope, "why this flow is out of scope", faults);
    own.data.extend(added.data);
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
    fill(&mut own.text, added.text, "the text of this threat", faults);
    fill(&mut own.actor, added.actor, "who carries this threat out", faults);
    own.category.extend(added.category);
    own.refs.extend(added.refs);
    rating(&mut own.before, added.before, faults);
    rating(&mut own.after, added.after, faults);
    own.harm = own.harm.take().or(added.harm);
    // Mitigations with tests of their own stand for the text in the drawing.
    if !added.by.is_empty() {
        own.by = added.by;
    }
}

/// Adds a rating. A level in words stands beside a vector; what both say must be the same.
fn rating(own: &mut Option<Rating>, added: Option<Rating>, faults: &mut Vec<Unread>) {
    let Some(added) = added else { return };
    let own = own.get_or_insert_with(|| Rating::new(added.at.clone()));
    fill(&mut own.scheme, added.scheme, "the scheme of this rating", faults);
    fill(&mut own.vector, added.vector, "the vector of this rating", faults);
    fill(&mut own.score, added.score, "the score of this rating", faults);
    fill(&mut own.level, added.level, "the level of this rating", faults);
    own.rubric |= added.rubric;
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
            own.requirement.extend(new.requirement);
            own.kind = own.kind.take().or(new.kind);
            own.owner = own.owner.take().or(new.owner);
            own.new_risk = own.new_risk.take().or(new.new_risk);
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
            all(Object::Neighbour, self.neighbours.iter().map(|neighbour| &neighbour.id)),
            all(Object::Role, self.roles.iter().map(|role| &role.id)),
            all(Object::Asset, self.assets.iter().map(|asset| &asset.id)),
            all(Object::Zone, self.zones.iter().map(|zone| &zone.id)),
            all(Object::Zone, self.boundaries.iter().map(|boundary| &boundary.id)),
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
        let zones = self.components.iter_mut().map(|part| &mut part.zone);
        for zone in zones.chain(self.neighbours.iter_mut().map(|neighbour| &mut neighbour.zone)) {
            zone.iter_mut().for_each(rename);
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
        ids.extend(self.neighbours.iter_mut().map(|neighbour| &mut neighbour.id));
        ids.extend(self.roles.iter_mut().map(|role| &mut role.id));
        ids.extend(self.assets.iter_mut().map(|asset| &mut asset.id));
        for zone in &mut self.zones {
            ids.push(&mut zone.id);
            ids.extend(&mut zone.parent);
        }
        for boundary in &mut self.boundaries {
            ids.push(&mut boundary.id);
            ids.extend(&mut boundary.between);
        }
        for part in &mut self.components {
            ids.push(&mut part.id);
            ids.extend(&mut part.holds);
        }
        for flow in &mut self.flows {
            ids.push(&mut flow.id);
            ids.extend(flow.from.iter_mut().chain(&mut flow.to).chain(&mut flow.via).chain(&mut flow.data));
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
