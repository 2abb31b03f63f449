//! Threagile: assets, links and boundaries in YAML; most threats in `risks.json`, which the tool computes.
//!
//! The YAML holds only the risks that people identified themselves. Without `risks.json` beside it the
//! model is not known whole, and says so. A key of `risk_tracking` with `*` closes what it matches there,
//! and nothing where that file is absent.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::document::{self, Value};
use crate::source::{Placed, Source};

use super::super::format::Format;
use super::super::{Acceptance, Answer, Flow, Model, Origin, Rating, State, Threat, Unread};
use super::draft::{Draft, id, level, list, one_line, said, texts, yes};
use super::{Beside, broken};

/// The file that the tool writes beside the model.
const RISKS: &str = "risks.json";

const ANSWERS: &[(&str, Answer)] = &[
    ("unchecked", Answer::Open),
    ("in-discussion", Answer::Open),
    ("in-progress", Answer::Open),
    ("mitigated", Answer::Mitigate),
    ("accepted", Answer::Accept),
    ("false-positive", Answer::NotApplicable),
];

/// Protocols that encrypt without saying so in their name.
const ENCRYPTED: &[&str] = &["https", "wss", "ssh", "sftp", "ssh-tunnel", "ftps", "ldaps", "jdbc-encrypted"];

pub(super) fn read(source: &Arc<Source>, value: &Value, beside: Beside<'_>) -> Result<Model, Vec<Unread>> {
    let mut draft = Draft::new(source, Format::Threagile, said(value, "title"));
    draft.model.head.description =
        value.get(&["business_overview"]).and_then(|text| said(text, "description"));
    draft.model.owner = value.get(&["author"]).and_then(|author| said(author, "name"));
    if let Some(includes) = value.entry("includes") {
        draft.unread("it takes in other files, which are not followed", includes.key_at.clone());
    }
    for entry in tables(value, "data_assets") {
        if let Some(id) = id(&entry.value, "id") {
            draft.asset(id, Some(one_line(&entry.key)));
        }
    }
    for entry in tables(value, "technical_assets") {
        asset(entry, &mut draft);
    }
    for entry in tables(value, "trust_boundaries") {
        let Some(id) = id(&entry.value, "id") else { continue };
        for inside in texts(&entry.value, "technical_assets_inside") {
            draft.stands(&inside.value, &id.value);
        }
        draft.zone(id, Some(one_line(&entry.key)));
    }
    for entry in tables(value, "trust_boundaries") {
        let Some(around) = id(&entry.value, "id") else { continue };
        for nested in texts(&entry.value, "trust_boundaries_nested") {
            draft.lies(&nested.value, around.clone());
        }
    }
    let tracked = tracked(value);
    for category in tables(value, "individual_risk_categories") {
        individual(&category.value, &tracked, &mut draft);
    }
    // The older spelling is a list.
    for category in list(value, "custom_risk_categories") {
        individual(category, &tracked, &mut draft);
    }
    match beside(RISKS) {
        Some(risks) => computed(&risks, &tracked, &mut draft).map_err(|unread| vec![unread])?,
        None => draft.unread(
            "the risks that Threagile computes are not at hand: there is no `risks.json` beside the model",
            source.whole(),
        ),
    }
    draft.finish()
}

fn tables<'v>(value: &'v Value, key: &str) -> &'v [document::Entry] {
    value.entry(key).map(|entry| entry.value.entries()).unwrap_or_default()
}

fn asset(entry: &document::Entry, draft: &mut Draft) {
    let asset = &entry.value;
    let Some(own) = id(asset, "id") else {
        draft.fault("this asset has no id", entry.key_at.clone());
        return;
    };
    let name = Some(one_line(&entry.key));
    match said(asset, "type").as_ref().map(|kind| kind.value.as_str()) {
        Some("external-entity") => draft.neighbour(own.clone(), name),
        Some("datastore") => draft.part(own.clone(), name, "store"),
        _ => draft.part(own.clone(), name, "process"),
    }
    if let Some(out) = yes(asset, "out_of_scope") {
        draft.leave_out(&own.value, out.at, said(asset, "justification_out_of_scope"));
    }
    for link in tables(asset, "communication_links") {
        let protocol = said(&link.value, "protocol");
        let encrypted = protocol.as_ref().filter(|protocol| {
            ENCRYPTED.contains(&protocol.value.as_str()) || protocol.value.ends_with("-encrypted")
        });
        let encrypted = encrypted.map(|protocol| protocol.at.clone());
        let encrypted = encrypted.or_else(|| yes(&link.value, "vpn").map(|yes| yes.at));
        let id_of_flow = Placed { value: format!("{}/{}", own.value, link.key), at: link.key_at.clone() };
        let flow = Flow {
            protocol,
            encryption: encrypted.map(|at| Placed { value: "yes".to_owned(), at }),
            authentication: said(&link.value, "authentication"),
            data: data(&link.value),
            ..Flow::new(id_of_flow, Some(own.clone()), id(&link.value, "target"))
        };
        draft.flow(flow, Some(one_line(&link.key)));
    }
}

/// The assets that a link sends or receives, each once.
fn data(link: &Value) -> Vec<Placed<String>> {
    let mut data = texts(link, "data_assets_sent");
    for back in texts(link, "data_assets_received") {
        if data.iter().all(|known| known.value != back.value) {
            data.push(back);
        }
    }
    data
}

/// What was decided on a risk, under the key that names it.
struct Tracked<'v> {
    key: &'v str,
    at: &'v document::Entry,
}

fn tracked(value: &Value) -> Vec<Tracked<'_>> {
    tables(value, "risk_tracking").iter().map(|entry| Tracked { key: &entry.key, at: entry }).collect()
}

/// True where a key names a risk: part by part between `@`, `*` standing for any part.
fn names(key: &str, risk: &str) -> bool {
    let (key, risk): (Vec<&str>, Vec<&str>) = (key.split('@').collect(), risk.split('@').collect());
    key.len() == risk.len() && key.iter().zip(&risk).all(|(key, risk)| *key == "*" || key == risk)
}

/// The risks that people identified.
fn individual(category: &Value, tracked: &[Tracked<'_>], draft: &mut Draft) {
    let Some(own) = id(category, "id") else { return };
    let mut used = BTreeSet::new();
    for risk in tables(category, "risks_identified") {
        let asset = id(&risk.value, "most_relevant_technical_asset");
        let mut name = match &asset {
            Some(asset) => format!("{}@{}", own.value, asset.value),
            None => own.value.clone(),
        };
        if !used.insert(name.clone()) {
            name = format!("{name}@{}", one_line(&without_tags(&risk.key)));
        }
        let name = Placed { value: name, at: risk.key_at.clone() };
        let title = Placed { value: one_line(&without_tags(&risk.key)), at: risk.key_at.clone() };
        let category = said(category, "stride").into_iter().collect();
        let risk =
            Risk { name, title, asset, made: false, category, before: level(said(&risk.value, "severity")) };
        judge(risk, tracked, draft);
    }
}

/// The risks that the tool computed.
fn computed(risks: &Arc<Source>, tracked: &[Tracked<'_>], draft: &mut Draft) -> Result<(), Unread> {
    let value = document::parse_json(risks).map_err(|error| broken("JSON", error))?;
    for risk in value.items() {
        let Some(name) = id(risk, "synthetic_id") else {
            return Err(super::fault("this risk has no `synthetic_id`", risk.at()));
        };
        // Risks that people identified stand in both files.
        if draft.has_threat(&name.value) {
            continue;
        }
        let title = said(risk, "title").or_else(|| said(risk, "category")).unwrap_or_else(|| name.clone());
        let title = Placed { value: one_line(&without_tags(&title.value)), at: title.at };
        let asset = id(risk, "most_relevant_technical_asset");
        let category = said(risk, "category").into_iter().collect();
        let risk = Risk { name, title, asset, made: true, category, before: level(said(risk, "severity")) };
        judge(risk, tracked, draft);
    }
    Ok(())
}

/// A risk before it is known what was decided on it.
struct Risk {
    name: Placed<String>,
    title: Placed<String>,
    asset: Option<Placed<String>>,
    /// True where the tool computed it.
    made: bool,
    category: Vec<Placed<String>>,
    before: Option<Rating>,
}

fn judge(risk: Risk, tracked: &[Tracked<'_>], draft: &mut Draft) {
    let Risk { name, title, asset, made, category, before } = risk;
    let exact = tracked.iter().find(|entry| entry.key == name.value);
    let entry = exact.or_else(|| tracked.iter().find(|entry| names(entry.key, &name.value)));
    let status = entry.and_then(|entry| said(&entry.at.value, "status"));
    let answer = status.as_ref().map(|status| {
        let known = ANSWERS.iter().find(|(word, _)| *word == status.value);
        Placed { value: known.map_or(Answer::Unknown, |(_, answer)| *answer), at: status.at.clone() }
    });
    let why = entry.and_then(|entry| said(&entry.at.value, "justification"));
    let answered = answer.as_ref().map_or(Answer::Open, |answer| answer.value);
    let origin = made.then(|| Placed { value: Origin::Generated, at: name.at.clone() });
    let mut threat = Threat::new(name, title, answer);
    (threat.origin, threat.category, threat.before) = (origin, category, before);
    threat.untouched = made && status.as_ref().is_none_or(|status| status.value == "unchecked");
    threat.affects = asset.into_iter().collect();
    let id = Placed { value: threat.id.value.clone(), at: threat.id.at.clone() };
    match (answered, why, entry) {
        (Answer::NotApplicable, why, _) => threat.reason = why,
        (Answer::Mitigate, Some(why), _) => {
            let id = Placed { value: format!("{}/mitigation", id.value), at: why.at.clone() };
            let at = why.at.clone();
            draft.mitigation(&id, why, Placed { value: State::InPlace, at });
            threat.by = vec![id];
        }
        (Answer::Accept, reason, Some(entry)) => {
            draft.acceptance(Acceptance {
                id: id.clone(),
                covers: vec![id.clone()],
                reason,
                by: said(&entry.at.value, "checked_by"),
                role: None,
                on: None,
                until: None,
                safety: None,
                evidence: Vec::new(),
            });
            threat.accepted = Some(id);
        }
        _ => {}
    }
    draft.threat(threat);
}

/// Titles of risks carry tags of HTML.
fn without_tags(text: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    plain
}
