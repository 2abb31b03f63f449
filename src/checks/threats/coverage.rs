//! Interfaces, roles and threats against each other.

use std::collections::BTreeSet;

use super::context::crossing;
use super::words;
use crate::facts::Facts;
use crate::facts::threats::openings::{Side, side};
use crate::facts::threats::protocols::protects;
use crate::facts::threats::{Model, Part};
use crate::finding::Findings;

pub(super) fn interface_without_threat(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let affected: BTreeSet<&str> =
            model.threats.iter().flat_map(|threat| words(&threat.affects)).collect();
        let flows = model.flows.iter().filter(|flow| affected.contains(flow.id.value.as_str()));
        let passed: BTreeSet<&str> = flows.flat_map(|flow| words(&flow.via)).collect();
        // A threat to a zone reaches what stands in it.
        let reached = |part: &&Part| {
            let zone = part.zone.as_deref();
            affected.contains(part.id.value.as_str()) || zone.is_some_and(|zone| affected.contains(zone))
        };
        let parts: BTreeSet<&str> =
            model.components.iter().filter(reached).map(|part| part.id.value.as_str()).collect();
        for interface in &model.interfaces {
            let id = interface.id.value.as_str();
            let on = words(&interface.on).any(|on| parts.contains(on));
            if !(affected.contains(id) || passed.contains(id) || on) {
                found.add(&interface.id.at, format!("no threat affects interface `{id}`")).about(id);
            }
        }
    }
}

/// A flow from zone to zone, of which no threat affects anything: not itself, nor its interface, its ends, its zones, or what
/// it carries. A model of which something is not at hand, or without any threat, is a finding of its own.
pub(super) fn crossing_without_threat(facts: &Facts, found: &mut Findings<'_>) {
    let whole = |model: &&Model| model.unread.is_empty() && !model.threats.is_empty();
    for model in facts.threats.models.iter().filter(whole) {
        let affected: BTreeSet<&str> =
            model.threats.iter().flat_map(|threat| words(&threat.affects)).collect();
        // Where threats affect nothing but assets, the format or its author ties none to a place.
        let assets: BTreeSet<&str> = model.assets.iter().map(|asset| asset.id.value.as_str()).collect();
        if affected.is_subset(&assets) {
            continue;
        }
        let left_out = left_out(model);
        let ways = model.ways();
        for (flow, name) in crossing(model, &ways) {
            let zones = ways.crossing(flow).into_iter().flat_map(|(from, to)| [from, to]);
            let ends = || words(&flow.from).chain(words(&flow.to));
            let parts = ways.interface(flow).into_iter().flat_map(|interface| words(&interface.on));
            let mut around =
                ends().chain(words(&flow.via)).chain(words(&flow.data)).chain(zones).chain(parts);
            let considered =
                affected.contains(flow.id.value.as_str()) || around.any(|id| affected.contains(id));
            let left_out = flow.out_of_scope.is_some() || ends().any(|end| left_out.contains(end));
            if !considered && !left_out {
                found.add(&flow.id.at, format!("no threat affects {name}")).about(&flow.id.value);
            }
        }
    }
}

/// The parts and neighbours that are not looked at.
pub(super) fn left_out(model: &Model) -> BTreeSet<&str> {
    let parts = model.components.iter().filter(|part| part.out_of_scope.is_some()).map(|part| &part.id);
    let neighbours = model.neighbours.iter().filter(|own| own.out_of_scope.is_some()).map(|own| &own.id);
    words(parts.chain(neighbours)).collect()
}

pub(super) fn role_without_interface(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let used: BTreeSet<&str> =
            model.interfaces.iter().flat_map(|interface| words(&interface.roles)).collect();
        for role in model.roles.iter().map(|role| &role.id).filter(|role| !used.contains(role.value.as_str()))
        {
            found.add(&role.at, format!("role `{}` reaches no interface", role.value)).about(&role.value);
        }
        for role in &model.roles {
            if let Some(all) =
                role.may.iter().find(|may| ["*", "all", "everything"].contains(&may.value.as_str()))
            {
                let message = format!("role `{}` may do everything", role.id.value);
                found
                    .add(&all.at, message)
                    .about(&role.id.value)
                    .help("name what it may do, one thing after the other");
            }
        }
    }
}

pub(super) fn interface_without_role(facts: &Facts, found: &mut Findings<'_>) {
    for model in facts.threats.models.iter().filter(|model| model.has_own_ids() || model.extended) {
        for interface in model.interfaces.iter().filter(|interface| interface.roles.is_empty()) {
            let kind = interface.kind.as_ref().map_or("", |kind| kind.value.as_str());
            let [_, authentication, authorization] = &interface.transport;
            let mut checks = words(authentication).chain(words(authorization));
            if matches!(side(kind), Side::In) && checks.any(|word| protects(word) == Some(true)) {
                let id = &interface.id.value;
                let message = format!("interface `{id}` asks who comes, and no role uses it");
                found
                    .add(&interface.id.at, message)
                    .about(id)
                    .help("roles = [\"who uses it\"], or [\"anyone\"]");
            }
        }
    }
}
