//! What a team adds to a model in another tool's format.
//!
//! A drawing has no place for a port, a function, a test, or the person who accepted a risk. An overlay
//! (`format = "health-sec/overlay@1"`) adds these in the native grammar, and may give short names to the ids
//! of the drawing. It fills what is blank and never overrules what is stated: the drawing and the gate must
//! not tell two stories.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::document;
use crate::source::{Placed, Source};

use super::references::Object;
use super::{
    Answer, Asset, Context, Flow, Head, Mitigation, Model, Neighbour, Part, Rating, Role, State, Threat,
    Unread, Zone, native,
};

/// For so many ids one is suggested; each is compared with every other.
const MOST_SUGGESTED: usize = 20;

/// Adds an overlay to a model.
///
/// # Errors
/// Every fault of the overlay, and every contradiction to what the model states.
pub(super) fn extend(mut model: Model, source: &Arc<Source>) -> Result<Model, Vec<Unread>> {
    let overlay = native::read_overlay(source, &mut model)?;
    let mut faults = Vec::new();
    strangers(&model, &overlay, &mut faults);
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
    join(&mut model.roles, overlay.roles, |role| &role.id, |own, added| role(own, added, &mut faults));
    join(&mut model.assets, overlay.assets, |asset| &asset.id, |own, added| asset(own, added, &mut faults));
    join(&mut model.zones, overlay.zones, |zone| &zone.id, |own, added| zone(own, added, &mut faults));
    join(
        &mut model.boundaries,
        overlay.boundaries,
        |boundary| &boundary.id,
        |own, added| own.between.extend(added.between),
    );
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

/// What an overlay names and the model does not have is new, and has to be said whole: half of it is an id that somebody has
/// misspelt, and what was meant for the drawing would be lost.
fn strangers(model: &Model, overlay: &Model, faults: &mut Vec<Unread>) {
    let known: BTreeSet<(Object, &str)> =
        model.ids().map(|(object, id)| (object, id.value.as_str())).collect();
    let flows = overlay.flows.iter().map(|flow| (&flow.id, flow.from.is_none() && flow.to.is_none()));
    let threats = overlay.threats.iter().map(|threat| (&threat.id, threat.title == threat.id));
    let mitigations =
        overlay.mitigations.iter().map(|mitigation| (&mitigation.id, mitigation.what == mitigation.id));
    let neighbours = overlay.neighbours.iter().map(|neighbour| (&neighbour.id, neighbour.what.is_none()));
    let half = (flows.map(|half| (Object::Flow, "`from` and `to`", half)))
        .chain(threats.map(|half| (Object::Threat, "`title`", half)))
        .chain(mitigations.map(|half| (Object::Mitigation, "`what`", half)))
        .chain(neighbours.map(|half| (Object::Neighbour, "`what`", half)));
    for (object, key, (id, is_half)) in half {
        if is_half && !known.contains(&(object, id.value.as_str())) {
            let word = object.word();
            let why = format!("the model has no {word} `{}`, and this says no {key} of a new one", id.value);
            let ids =
                || known.iter().filter(|(other, _)| *other == object).map(|(_, id)| *id).collect::<Vec<_>>();
            let near =
                (faults.len() < MOST_SUGGESTED).then(|| document::suggestion(&id.value, &ids())).flatten();
            let remedy =
                near.unwrap_or_else(|| "name it as the model does, or by a short name in [names]".to_owned());
            faults.push(Unread::new(why).remedy(remedy).at(id.at.clone()));
        }
    }
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

fn head(own: &mut Head, added: Head, faults: &mut Vec<Unread>) {
    fill(&mut own.description, added.description, "what the product is", faults);
    fill(&mut own.item, added.item, "the software item", faults);
    fill(&mut own.item_kind, added.item_kind, "the kind of this item", faults);
    fill(&mut own.lifecycle, added.lifecycle, "where the product stands in its life", faults);
    fill(&mut own.released, added.released, "the day of the release", faults);
    fill(&mut own.policy, added.policy, "where it is written which risk is acceptable", faults);
    own.methods.extend(added.methods);
}

fn role(own: &mut Role, added: Role, faults: &mut Vec<Unread>) {
    fill(&mut own.kind, added.kind, "the kind of this role", faults);
    own.may.extend(added.may);
}

fn asset(own: &mut Asset, added: Asset, faults: &mut Vec<Unread>) {
    own.class.extend(added.class);
    for (own, added) in own.needs.iter_mut().zip(added.needs) {
        fill(own, added, "what this asset needs", faults);
    }
    fill(&mut own.safety, added.safety, "whether safety depends on this asset", faults);
}

fn zone(own: &mut Zone, added: Zone, faults: &mut Vec<Unread>) {
    fill(&mut own.parent, added.parent, "the zone around this zone", faults);
    fill(&mut own.trust, added.trust, "how far this zone is trusted", faults);
}

/// Says in which zone something stands; the drawing knows better.
fn stand(own: &mut Option<String>, added: Option<String>, at: &Placed<String>, faults: &mut Vec<Unread>) {
    match (own.as_ref(), added) {
        (Some(own), Some(added)) if *own != added => {
            let why = format!("`{}` stands in zone `{own}` in the model, and not in `{added}`", at.value);
            faults.push(Unread::new(why).at(at.at.clone()));
        }
        (None, added) => *own = added,
        _ => {}
    }
}

fn part(own: &mut Part, added: Part, faults: &mut Vec<Unread>) {
    fill(&mut own.kind, added.kind, "the kind of this component", faults);
    own.crates.extend(added.crates);
    stand(&mut own.zone, added.zone, &added.id, faults);
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
    stand(&mut own.zone, added.zone, &added.id, faults);
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
