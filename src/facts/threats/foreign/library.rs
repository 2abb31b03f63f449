//! The OWASP Threat Model Library: threats without a status of their own; controls close them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::Value;
use crate::source::{Placed, Source};

use super::super::format::Format;
use super::super::{Answer, Flow, Model, Rating, State, Threat, Unread};
use super::draft::{Draft, encrypted, id, level, list, said, texts};

/// The key of names that others use.
const NAME: &str = "symbolic_name";

pub(super) fn read(source: &Arc<Source>, value: &Value) -> Result<Model, Vec<Unread>> {
    let title = value.get(&["scope"]).and_then(|scope| said(scope, "title"));
    let mut draft = Draft::new(source, Format::ThreatModelLibrary, title);
    draft.model.head.description = value.get(&["scope"]).and_then(|scope| said(scope, "description"));
    let name = |item: &Value| said(item, "title").map(|name| name.value);
    for zone in draft.list(value, "trust_zones") {
        // A zone and a component may bear one name.
        draft.identified(zone, NAME, |draft, own| {
            let id = Placed { value: zone_id(&own.value), at: own.at };
            draft.zone(id, name(zone));
        });
    }
    for boundary in draft.list(value, "trust_boundaries") {
        let (a, b) = (id(boundary, "trust_zone_a"), id(boundary, "trust_zone_b"));
        if let (Some(a), Some(b)) = (a, b) {
            let between = Placed { value: format!("{} | {}", a.value, b.value), at: boundary.at() };
            let sides = [a, b].map(|side| Placed { value: zone_id(&side.value), at: side.at });
            draft.boundary(between, None, sides.into());
        }
    }
    for actor in draft.list(value, "actors") {
        draft.identified(actor, NAME, |draft, own| {
            if let Some(zone) = id(actor, "trust_zone") {
                draft.stands(&own.value, &zone_id(&zone.value));
            }
            draft.neighbour(own, name(actor));
        });
    }
    for (key, kind) in [("components", "process"), ("data_stores", "store")] {
        for item in list(value, key) {
            draft.identified(item, NAME, |draft, own| {
                draft.part(own.clone(), name(item), kind);
                if let Some(zone) = id(item, "trust_zone") {
                    draft.stands(&own.value, &zone_id(&zone.value));
                }
            });
        }
    }
    for set in draft.list(value, "data_sets") {
        draft.identified(set, NAME, |draft, own| draft.asset(own, name(set)));
    }
    for item in draft.list(value, "data_flows") {
        draft.identified(item, NAME, |draft, own| {
            let end = |key| item.get(&[key]).and_then(|end| id(end, "object"));
            let flow = Flow {
                encryption: encrypted(item, "encrypted"),
                ..Flow::new(own, end("source"), end("destination"))
            };
            draft.flow(flow, name(item));
        });
    }
    let controls = controls(value, &mut draft);
    for item in draft.list(value, "threats") {
        draft.identified(item, NAME, |draft, own| {
            let title = said(item, "title").unwrap_or_else(|| own.clone());
            let controls = controls.get(&own.value).map(Vec::as_slice).unwrap_or_default();
            let mut threat = Threat::new(own, title, answer(controls));
            threat.text = said(item, "description").or_else(|| said(item, "event"));
            threat.by = controls.iter().map(|(control, _)| control.clone()).collect();
            threat.affects = texts(item, "components_affected");
            threat.before = rating(value, &threat.id.value);
            draft.threat(threat);
        });
    }
    draft.finish()
}

/// How grave a threat is: the level of the gravest risk that names it.
fn rating(value: &Value, threat: &str) -> Option<Rating> {
    let names = |risk: &&Value| texts(risk, "threats").iter().any(|named| named.value == threat);
    let score = |risk: &Value| risk.get(&["score"]).and_then(Value::as_number).unwrap_or_default();
    let risks = list(value, "risks").iter().filter(names);
    level(said(risks.max_by(|a, b| score(a).total_cmp(&score(b)))?, "level"))
}

fn zone_id(name: &str) -> String {
    format!("zone {name}")
}

/// A control with its status.
type Control = (Placed<String>, Placed<String>);

/// The controls of each threat.
fn controls(value: &Value, draft: &mut Draft) -> BTreeMap<String, Vec<Control>> {
    let mut of: BTreeMap<String, Vec<Control>> = BTreeMap::new();
    for control in draft.list(value, "controls") {
        draft.identified(control, NAME, |draft, own| {
            let status = said(control, "status");
            let status = status.unwrap_or_else(|| Placed { value: String::new(), at: control.at() });
            let what = said(control, "title").unwrap_or_else(|| own.clone());
            let state = match status.value.as_str() {
                "active" => State::InPlace,
                "retired" | "wont_do" => State::Withdrawn,
                _ => State::Planned,
            };
            draft.mitigation(&own, what, Placed { value: state, at: status.at.clone() });
            for threat in texts(control, "threats") {
                of.entry(threat.value).or_default().push((own.clone(), status.clone()));
            }
        });
    }
    of
}

/// Answered where a control is active; accepted, by nobody who is named, where all are ruled out.
fn answer(controls: &[Control]) -> Option<Placed<Answer>> {
    let with = |word: &str| controls.iter().find(|(_, status)| status.value == word);
    let all_ruled_out = controls.iter().all(|(_, status)| status.value == "wont_do");
    let (answer, (_, status)) = match (with("active"), controls.first()) {
        (Some(active), _) => (Answer::Mitigate, active),
        (None, Some(first)) if all_ruled_out => (Answer::Accept, first),
        (None, Some(first)) => (Answer::Open, first),
        (None, None) => return None,
    };
    Some(Placed { value: answer, at: status.at.clone() })
}
