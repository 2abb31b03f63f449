//! AWS Threat Composer: statements of threats with linked mitigations; the architecture is a picture.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::Value;
use crate::source::{Placed, Source};

use super::super::format::Format;
use super::super::references::{ASSUMPTION, Object, THREAT};
use super::super::{Answer, Model, State, Threat, Unread};
use super::draft::{Draft, id, level, list, said, texts};

pub(super) fn read(source: &Arc<Source>, value: &Value) -> Result<Model, Vec<Unread>> {
    let title = value.get(&["applicationInfo"]).and_then(|info| said(info, "name"));
    let mut draft = Draft::new(source, Format::ThreatComposer, title);
    draft.model.head.description = value.get(&["applicationInfo"]).and_then(|info| said(info, "description"));
    let mut states = BTreeMap::new();
    for mitigation in draft.list(value, "mitigations") {
        let Some(own) = id(mitigation, "id") else {
            draft.fault("this mitigation has no id", mitigation.at());
            continue;
        };
        let resolved = said(mitigation, "status").filter(|status| status.value == "mitigationResolved");
        let state = if resolved.is_some() { State::InPlace } else { State::Planned };
        let at = resolved.map_or_else(|| mitigation.at(), |status| status.at);
        let what = said(mitigation, "content");
        let what = what.unwrap_or_else(|| Placed { value: "(no text)".to_owned(), at: mitigation.at() });
        states.insert(own.value.clone(), state);
        draft.mitigation(&own, what, Placed { value: state, at });
    }
    let mut links: BTreeMap<String, Vec<Placed<String>>> = BTreeMap::new();
    for link in draft.list(value, "mitigationLinks") {
        if let (Some(to), Some(mitigation)) = (id(link, "linkedId"), id(link, "mitigationId")) {
            draft.refer("mitigationLinks", THREAT, &to);
            links.entry(to.value).or_default().push(mitigation);
        }
    }
    for item in draft.list(value, "threats") {
        let Some(own) = id(item, "id") else {
            draft.fault("this threat has no id", item.at());
            continue;
        };
        let title = said(item, "statement").or_else(|| said(item, "threatAction"));
        let title = title.unwrap_or_else(|| Placed { value: "(no statement)".to_owned(), at: item.at() });
        let by = links.remove(&own.value).unwrap_or_default();
        let in_place = by.iter().any(|link| states.get(&link.value) == Some(&State::InPlace));
        let answer = said(item, "status")
            .map(|status| Placed { value: answer(&status.value, in_place), at: status.at });
        let mut threat = Threat::new(own, title, answer);
        for entry in list(item, "metadata") {
            match said(entry, "key").as_ref().map(|key| key.value.as_str()) {
                Some("STRIDE") => threat.category = texts(entry, "value"),
                Some("Priority") => threat.before = level(said(entry, "value")),
                _ => {}
            }
        }
        threat.by = by;
        draft.threat(threat);
    }
    for assumption in draft.list(value, "assumptions") {
        draft.identified(assumption, "id", |draft, own| draft.known(Object::Assumption, &own.value));
    }
    for link in draft.list(value, "assumptionLinks") {
        if let Some(assumption) = id(link, "assumptionId") {
            draft.refer("assumptionLinks", ASSUMPTION, &assumption);
        }
    }
    draft.finish()
}

/// What a status means. Resolved without a resolved mitigation is not resolved.
fn answer(status: &str, in_place: bool) -> Answer {
    match status {
        "threatResolved" if in_place => Answer::Mitigate,
        "threatIdentified" | "threatResolved" => Answer::Open,
        "threatResolvedNotUseful" => Answer::NotApplicable,
        _ => Answer::Unknown,
    }
}
