//! Models for programs; `schemas/threats-1.schema.json` says what each field means.
//!
//! Every field is always there. `null` and empty lists mean that the model does not say it.

use std::io;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::evidence::json::TOOL;
use crate::facts::threats::{
    Acceptance, Asset, Broken, Context, Evidence, Flow, Interface, Mitigation, Model, Neighbour, Part,
    Rating, Review, Threat, Threats, Ways,
};
use crate::source::{Location, Placed};

use super::Standings;

/// The name of the format and its version.
const FORMAT: &str = "health-sec/threat-models@1";

pub(super) fn write(threats: &Threats, as_of: Date, out: &mut dyn io::Write) -> io::Result<()> {
    let document = json!({
        "format": FORMAT,
        "tool": TOOL,
        "as_of": as_of.to_string(),
        "models": threats.models.iter().map(|model| self::model(model, as_of)).collect::<Vec<_>>(),
        "unreadable": threats.broken.iter().map(broken).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn broken(broken: &Broken) -> Value {
    let at = broken.at.as_ref().unwrap_or(&broken.link.at);
    json!({ "link": broken.link.value, "why": broken.why, "remedy": broken.remedy, "place": place(at) })
}

/// A model as a tree of words.
pub(super) fn model(model: &Model, as_of: Date) -> Value {
    let (standings, ways) = (Standings::of(model, as_of), model.ways());
    let head = &model.head;
    let zones = model.zones.iter().map(|zone| {
        json!({
            "id": zone.id.value, "name": model.called(&zone.id.value), "parent": text(zone.parent.as_ref()),
            "trust": text(zone.trust.as_ref()), "place": place(&zone.id.at),
        })
    });
    let boundaries = model.boundaries.iter().map(|boundary| {
        json!({
            "id": boundary.id.value, "name": model.called(&boundary.id.value), "between": texts(&boundary.between),
            "place": place(&boundary.id.at),
        })
    });
    let roles = model.roles.iter().map(|role| {
        json!({
            "id": role.id.value, "name": model.called(&role.id.value), "kind": text(role.kind.as_ref()),
            "may": texts(&role.may), "place": place(&role.id.at),
        })
    });
    let dangling = model.references.iter().filter(|reference| !reference.resolved);
    json!({
        "path": model.at.path(),
        "format": model.format.name(),
        "extended": model.extended,
        "title": model.title.value,
        "description": text(head.description.as_ref()),
        "owner": text(model.owner.as_ref()),
        "item": text(head.item.as_ref()),
        "item_kind": text(head.item_kind.as_ref()),
        "lifecycle": text(head.lifecycle.as_ref()),
        "released": day(head.released.as_ref()),
        "policy": text(head.policy.as_ref()),
        "methods": texts(&head.methods),
        "reviewers": texts(&model.reviewers),
        "context": model.context.as_ref().map(context),
        "neighbours": model.neighbours.iter().map(|item| neighbour(model, item)).collect::<Vec<_>>(),
        "roles": roles.collect::<Vec<_>>(),
        "assets": model.assets.iter().map(|item| asset(model, item)).collect::<Vec<_>>(),
        "zones": zones.collect::<Vec<_>>(),
        "boundaries": boundaries.collect::<Vec<_>>(),
        "components": model.components.iter().map(|item| part(model, item)).collect::<Vec<_>>(),
        "interfaces": model.interfaces.iter().map(|item| interface(model, item)).collect::<Vec<_>>(),
        "flows": model.flows.iter().map(|item| flow(model, &ways, item)).collect::<Vec<_>>(),
        "threats": model.threats.iter().map(|item| threat(item, &standings)).collect::<Vec<_>>(),
        "mitigations": model.mitigations.iter().map(mitigation).collect::<Vec<_>>(),
        "acceptances": model.acceptances.iter().map(acceptance).collect::<Vec<_>>(),
        "reviews": model.reviews.iter().map(review).collect::<Vec<_>>(),
        "dangling": dangling.map(|lost| json!({
            "from": lost.from, "id": lost.id.value, "wanted": lost.wanted, "place": place(&lost.id.at),
        })).collect::<Vec<_>>(),
        "translated": model.translated.iter().map(|used| json!({
            "kind": used.synonym.kind.word(), "word": used.word.value, "means": used.synonym.means.value,
            "place": place(&used.word.at), "policy": place(&used.synonym.word.at),
        })).collect::<Vec<_>>(),
        "not_known": model.unread.iter().map(|(why, at)| json!({ "why": why, "place": place(at) })).collect::<Vec<_>>(),
    })
}

fn text(text: Option<&Placed<String>>) -> Option<&str> {
    text.map(|text| text.value.as_str())
}

fn texts(words: &[Placed<String>]) -> Vec<&str> {
    words.iter().map(|word| word.value.as_str()).collect()
}

fn day(day: Option<&Placed<Date>>) -> Option<String> {
    day.map(|day| day.value.to_string())
}

fn flag(flag: Option<&Placed<bool>>) -> Option<bool> {
    flag.map(|flag| flag.value)
}

fn place(at: &Location) -> Value {
    json!({ "path": at.path(), "line": at.line() })
}

fn context(context: &Context) -> Value {
    let assumptions = context.assumptions.iter().map(|assumption| {
        json!({
            "id": assumption.id.value, "text": assumption.text.value, "if_false": texts(&assumption.if_false),
            "place": place(&assumption.id.at),
        })
    });
    json!({
        "physical": text(context.physical.as_ref()),
        "network": text(context.network.as_ref()),
        "isolation": text(context.isolation.as_ref()),
        "operators": text(context.operators.as_ref()),
        "degraded_safety": text(context.degraded_safety.as_ref()),
        "hardware_controls": texts(&context.hardware_controls),
        "excluded": texts(&context.excluded),
        "fielded_units": context.fielded_units.as_ref().map(|units| units.value),
        "assumptions": assumptions.collect::<Vec<_>>(),
    })
}

fn neighbour(model: &Model, neighbour: &Neighbour) -> Value {
    json!({
        "id": neighbour.id.value,
        "name": model.called(&neighbour.id.value),
        "what": text(neighbour.what.as_ref()),
        "run_by": text(neighbour.run_by.as_ref()),
        "trust": text(neighbour.trust.as_ref()),
        "talks": flag(neighbour.talks.as_ref()),
        "updates": flag(neighbour.updates.as_ref()),
        "zone": neighbour.zone,
        "out_of_scope": text(neighbour.out_of_scope.as_ref()),
        "place": place(&neighbour.id.at),
    })
}

fn asset(model: &Model, asset: &Asset) -> Value {
    let [c, i, a] = &asset.needs;
    json!({
        "id": asset.id.value,
        "name": model.called(&asset.id.value),
        "class": texts(&asset.class),
        "needs": { "c": text(c.as_ref()), "i": text(i.as_ref()), "a": text(a.as_ref()) },
        "safety": flag(asset.safety.as_ref()),
        "place": place(&asset.id.at),
    })
}

fn part(model: &Model, part: &Part) -> Value {
    json!({
        "id": part.id.value,
        "name": model.called(&part.id.value),
        "kind": text(part.kind.as_ref()),
        "zone": part.zone,
        "crates": texts(&part.crates),
        "holds": texts(&part.holds),
        "at_rest": text(part.at_rest.as_ref()),
        "out_of_scope": text(part.out_of_scope.as_ref()),
        "place": place(&part.id.at),
    })
}

fn interface(model: &Model, interface: &Interface) -> Value {
    let [encryption, authentication, authorization] = &interface.transport;
    json!({
        "id": interface.id.value,
        "name": model.called(&interface.id.value),
        "on": text(interface.on.as_ref()),
        "kind": text(interface.kind.as_ref()),
        "port": interface.port.as_ref().map(|port| port.value),
        "bind": text(interface.bind.as_ref()),
        "peers": texts(&interface.peers),
        "protocol": text(interface.protocol.as_ref()),
        "encryption": text(encryption.as_ref()),
        "authentication": text(authentication.as_ref()),
        "authorization": text(authorization.as_ref()),
        "accepted_plain": text(interface.accepted_plain.as_ref()),
        "roles": texts(&interface.roles),
        "code": texts(&interface.code),
        "config": text(interface.config.as_ref()),
        "state": text(interface.state.as_ref()),
        "why_open": text(interface.why_open.as_ref()),
        "invalid_input": text(interface.invalid_input.as_ref()),
        "by_crate": text(interface.by_crate.as_ref()),
        "physical": flag(interface.physical.as_ref()),
        "not_rust": flag(interface.not_rust.as_ref()),
        "proof": texts(&interface.proof),
        "place": place(&interface.id.at),
    })
}

fn flow(model: &Model, ways: &Ways<'_>, flow: &Flow) -> Value {
    let crosses = ways.crossing(flow).map(|(from, to)| json!({ "from": from, "to": to }));
    json!({
        "id": flow.id.value,
        "name": model.called(&flow.id.value),
        "from": text(flow.from.as_ref()),
        "to": text(flow.to.as_ref()),
        "via": text(flow.via.as_ref()),
        "both_ways": flag(flow.both_ways.as_ref()),
        "protocol": text(flow.protocol.as_ref()),
        "encryption": text(ways.encryption(flow)),
        "authentication": text(flow.authentication.as_ref()),
        "data": texts(&flow.data),
        "out_of_scope": text(flow.out_of_scope.as_ref()),
        "crosses": crosses,
        "place": place(&flow.id.at),
    })
}

fn threat(threat: &Threat, standings: &Standings<'_>) -> Value {
    let harm = threat.harm.as_ref().map(|harm| {
        json!({
            "none": text(harm.none.as_ref()), "path": text(harm.path.as_ref()), "safety_file": texts(&harm.safety_file),
        })
    });
    json!({
        "id": threat.id.value,
        "title": threat.title.value,
        "text": text(threat.text.as_ref()),
        "category": texts(&threat.category),
        "refs": texts(&threat.refs),
        "actor": text(threat.actor.as_ref()),
        "affects": texts(&threat.affects),
        "before": threat.before.as_ref().map(rating),
        "after": threat.after.as_ref().map(rating),
        "harm": harm,
        "open": standings.is_open(threat),
        "why_open": standings.why(threat),
        "answer": threat.answer.as_ref().map(|answer| answer.value.word()).filter(|word| !word.is_empty()),
        "by": texts(&threat.by),
        "accepted": text(threat.accepted.as_ref()),
        "reason": text(threat.reason.as_ref()),
        "origin": threat.origin.as_ref().map(|origin| origin.value.word()),
        "place": place(&threat.id.at),
    })
}

fn rating(rating: &Rating) -> Value {
    json!({
        "scheme": text(rating.scheme.as_ref()),
        "vector": text(rating.vector.as_ref()),
        "score": text(rating.score.as_ref()),
        "level": text(rating.level.as_ref()),
    })
}

fn records(evidence: &[Evidence]) -> Vec<Value> {
    let record = |record: &Evidence| {
        json!({
            "kind": record.kind.value, "file": record.file.value, "by": record.by.value,
            "on": record.on.value.to_string(), "sha256": text(record.sha256.as_ref()),
        })
    };
    evidence.iter().map(record).collect()
}

fn mitigation(mitigation: &Mitigation) -> Value {
    json!({
        "id": mitigation.id.value,
        "what": mitigation.what.value,
        "state": mitigation.state.value.word(),
        "requirement": texts(&mitigation.requirement),
        "kind": text(mitigation.kind.as_ref()),
        "owner": text(mitigation.owner.as_ref()),
        "new_risk": text(mitigation.new_risk.as_ref()),
        "code": texts(&mitigation.code),
        "tests": texts(&mitigation.tests),
        "thwart": texts(&mitigation.thwart),
        "evidence": records(&mitigation.evidence),
        "place": place(&mitigation.id.at),
    })
}

fn acceptance(acceptance: &Acceptance) -> Value {
    json!({
        "id": acceptance.id.value,
        "covers": texts(&acceptance.covers),
        "reason": text(acceptance.reason.as_ref()),
        "by": text(acceptance.by.as_ref()),
        "role": text(acceptance.role.as_ref()),
        "on": day(acceptance.on.as_ref()),
        "until": day(acceptance.until.as_ref()),
        "safety": text(acceptance.safety.as_ref()),
        "evidence": records(&acceptance.evidence),
        "place": place(&acceptance.id.at),
    })
}

fn review(review: &Review) -> Value {
    json!({
        "id": review.id.value,
        "on": day(review.on.as_ref()),
        "by": texts(&review.by),
        "commit": text(review.commit.as_ref()),
        "covers": texts(&review.covers),
        "surface": text(review.surface.as_ref()),
        "saw": texts(&review.saw),
        "model": text(review.model.as_ref()),
        "outcome": text(review.outcome.as_ref()),
        "notes": text(review.notes.as_ref()),
        "independent": flag(review.independent.as_ref()),
        "place": place(&review.id.at),
    })
}
