//! pytm, by the JSON that it takes and that it writes; its Python is never run.
//!
//! Things are known by their names. A finding has no status: unless somebody wrote a response to it, nobody
//! has looked at it.

use std::sync::Arc;

use crate::document::Value;
use crate::source::{Placed, Source};

use super::super::format::Format;
use super::super::{Answer, Flow, Model, Origin, Threat, Unread};
use super::draft::{Draft, id, level, said};

pub(super) fn read(source: &Arc<Source>, value: &Value) -> Result<Model, Vec<Unread>> {
    let mut draft = Draft::new(source, Format::Pytm, said(value, "name"));
    for boundary in draft.list(value, "boundaries") {
        draft.identified(boundary, "name", |draft, own| draft.zone(own, None));
    }
    for data in draft.list(value, "data") {
        draft.identified(data, "name", |draft, own| draft.asset(own, None));
    }
    // What the tool takes has `elements`; what it writes has them again, beside the lists of their kinds.
    let written = value.entry("actors").is_some() || value.entry("assets").is_some();
    let keys: &[&str] = if written { &["actors", "assets"] } else { &["elements"] };
    for item in keys.iter().flat_map(|key| draft.list(value, key)).collect::<Vec<_>>() {
        draft.identified(item, "name", |draft, own| {
            let class = said(item, "__class__");
            match class.as_ref().map(|class| class.value.as_str()) {
                Some("Actor" | "ExternalEntity") => draft.neighbour(own.clone(), None),
                Some("Datastore") => draft.part(own.clone(), None, "store"),
                _ => draft.part(own.clone(), None, "process"),
            }
            if let Some(zone) = id(item, "inBoundary") {
                draft.stands(&own.value, &zone.value);
            }
        });
    }
    for (index, item) in draft.list(value, "flows").iter().enumerate() {
        let name = said(item, "name");
        // Several flows may bear one name: answers most of all.
        let own = Placed { value: format!("flow {}", index + 1), at: item.at() };
        let (from, to) = (id(item, "source"), id(item, "sink"));
        let flow = Flow { protocol: said(item, "protocol"), ..Flow::new(own, from, to) };
        draft.flow(flow, name.map(|name| name.value));
    }
    for (index, item) in draft.list(value, "findings").iter().enumerate() {
        let kind = id(item, "threat_id").or_else(|| id(item, "id"));
        let target = id(item, "target");
        let words = [kind.as_ref(), target.as_ref()].into_iter().flatten().map(|word| word.value.as_str());
        let own = format!("{} {}", words.collect::<Vec<_>>().join(" at "), index + 1);
        let own = Placed { value: own, at: item.at() };
        let title = said(item, "description").unwrap_or_else(|| own.clone());
        let response = said(item, "response");
        let answer =
            response.as_ref().map(|response| Placed { value: Answer::Unknown, at: response.at.clone() });
        let mut threat = Threat::new(own, title, answer);
        threat.text = said(item, "details");
        threat.before = level(said(item, "severity"));
        threat.origin = Some(Placed { value: Origin::Generated, at: item.at() });
        threat.untouched = response.is_none();
        threat.affects = target.into_iter().collect();
        draft.threat(threat);
    }
    draft.finish()
}
