//! The draft of CycloneDX 2.0: blueprints, threats and controls. It may change before it is released.
//!
//! A threat has no status. It names what mitigates it: a control of the document says how far that is; a
//! requirement says nothing, and remains a name without a mitigation behind it.

use std::sync::Arc;

use crate::document::Value;
use crate::source::{Placed, Source};

use super::super::format::Format;
use super::super::{Answer, Flow, Model, State, Threat, Unread};
use super::draft::{Draft, encrypted, id, list, said, texts, yes};

/// The key of names that others use.
const NAME: &str = "bom-ref";

pub(super) fn read(source: &Arc<Source>, value: &Value) -> Result<Model, Vec<Unread>> {
    let blueprints = list(value, "blueprints");
    let title = blueprints.iter().find_map(|blueprint| said(blueprint, "name"));
    let mut draft = Draft::new(source, Format::CycloneDx, title);
    for method in value.get(&["threats"]).map(|threats| texts(threats, "methodologies")).unwrap_or_default() {
        draft.method(Some(method));
    }
    for blueprint in blueprints {
        self::blueprint(blueprint, &mut draft);
    }
    for control in within(value, "controls", &mut draft) {
        draft.identified(control, NAME, |draft, own| {
            let status = said(control, "status").or_else(|| said(control, "implementationStatus"));
            let done =
                status.as_ref().is_some_and(|s| matches!(s.value.as_str(), "implemented" | "verified"));
            let state = if done { State::InPlace } else { State::Planned };
            let what = said(control, "name").unwrap_or_else(|| own.clone());
            let at = status.map_or_else(|| control.at(), |status| status.at);
            draft.mitigation(&own, what, Placed { value: state, at });
        });
    }
    for item in within(value, "threats", &mut draft) {
        draft.identified(item, NAME, |draft, own| {
            let title = said(item, "name").unwrap_or_else(|| own.clone());
            let by = texts(item, "mitigations");
            let answer = by.first().map(|first| Placed { value: Answer::Mitigate, at: first.at.clone() });
            let mut threat = Threat::new(own, title, answer);
            threat.text = said(item, "description");
            threat.category = list(item, "categories").iter().filter_map(category).collect();
            threat.by = by;
            threat.affects = texts(item, "affectedAssets");
            draft.threat(threat);
        });
    }
    draft.finish()
}

/// A list that stands below a table of its own name, or in its place.
fn within<'v>(value: &'v Value, key: &str, draft: &mut Draft) -> &'v [Value] {
    let table = value.get(&[key]).filter(|value| value.is_table());
    draft.list(table.unwrap_or(value), key)
}

/// A category with the name of its list.
fn category(item: &Value) -> Option<Placed<String>> {
    let term = said(item, "category")?;
    Some(match said(item, "taxonomy") {
        Some(list) => Placed { value: format!("{}:{}", list.value.to_lowercase(), term.value), at: term.at },
        None => term,
    })
}

fn blueprint(blueprint: &Value, draft: &mut Draft) {
    let name = |item: &Value| said(item, "name").or_else(|| said(item, "description")).map(|name| name.value);
    for zone in draft.list(blueprint, "zones") {
        draft.identified(zone, NAME, |draft, own| draft.zone(own, name(zone)));
    }
    for boundary in draft.list(blueprint, "boundaries") {
        draft.identified(boundary, NAME, |draft, own| {
            draft.boundary(own, name(boundary), texts(boundary, "zones"));
        });
    }
    for actor in draft.list(blueprint, "actors") {
        draft.identified(actor, NAME, |draft, own| {
            if let Some(zone) = id(actor, "zone") {
                draft.stands(&own.value, &zone.value);
            }
            draft.neighbour(own, name(actor));
        });
    }
    for (key, kind) in [("assets", "process"), ("dataStores", "store")] {
        for item in list(blueprint, key) {
            draft.identified(item, NAME, |draft, own| {
                draft.part(own.clone(), name(item), kind);
                if let Some(zone) = id(item, "zone") {
                    draft.stands(&own.value, &zone.value);
                }
            });
        }
    }
    for set in draft.list(blueprint, "dataSets") {
        draft.identified(set, NAME, |draft, own| draft.asset(own, name(set)));
    }
    for item in draft.list(blueprint, "flows") {
        draft.identified(item, NAME, |draft, own| {
            let protocol = texts(item, "protocols").into_iter().next();
            let flow = Flow {
                protocol: protocol.or_else(|| said(list(item, "protocols").first()?, "name")),
                encryption: encrypted(item, "encrypted"),
                both_ways: yes(item, "bidirectional"),
                ..Flow::new(own, id(item, "source"), id(item, "destination"))
            };
            draft.flow(flow, name(item));
        });
    }
}
