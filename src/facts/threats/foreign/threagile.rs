//! Threagile: assets, links and boundaries in YAML; most threats in `risks.json`, which the tool computes.
//!
//! The YAML holds only the risks that people identified themselves. Without `risks.json` beside it the
//! model is not known whole, and says so. A key of `risk_tracking` with `*` closes what it matches there,
//! and nothing where that file is absent.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::document::{self, Entry, Value};
use crate::source::{Placed, Source};

use super::super::format::Format;
use super::super::{Acceptance, Answer, Flow, Model, Origin, Rating, State, Threat, Unread};
use super::draft::{Draft, id, level, one_line, said, texts, yes};
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
    for entry in draft.tables(value, "data_assets") {
        if let Some(id) = id(&entry.value, "id") {
            draft.asset(id, Some(one_line(&entry.key)));
        }
    }
    for entry in draft.tables(value, "technical_assets") {
        asset(entry, &mut draft);
    }
    for entry in draft.tables(value, "trust_boundaries") {
        let Some(id) = id(&entry.value, "id") else { continue };
        for inside in texts(&entry.value, "technical_assets_inside") {
            draft.stands(&inside.value, &id.value);
        }
        draft.zone(id, Some(one_line(&entry.key)));
    }
    for entry in draft.tables(value, "trust_boundaries") {
        let Some(around) = id(&entry.value, "id") else { continue };
        for nested in texts(&entry.value, "trust_boundaries_nested") {
            draft.lies(&nested.value, around.clone());
        }
    }
    let tracked = Tracked::of(draft.tables(value, "risk_tracking"));
    for category in draft.tables(value, "individual_risk_categories") {
        individual(&category.value, &tracked, &mut draft);
    }
    // The older spelling is a list.
    for category in draft.list(value, "custom_risk_categories") {
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

fn asset(entry: &Entry, draft: &mut Draft) {
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
    for link in draft.tables(asset, "communication_links") {
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

/// What was decided on risks, under the keys that name them.
struct Tracked<'v> {
    exact: HashMap<&'v str, &'v Entry>,
    /// Those with a `*`, in the order of the file, by how many parts they have and by their first part.
    wild: HashMap<(usize, &'v str), Vec<&'v Entry>>,
}

impl<'v> Tracked<'v> {
    fn of(entries: &'v [Entry]) -> Self {
        let exact = entries.iter().map(|entry| (entry.key.as_str(), entry)).collect();
        let mut wild: HashMap<_, Vec<&Entry>> = HashMap::new();
        for entry in entries.iter().filter(|entry| entry.key.contains('*')) {
            wild.entry(place(&entry.key)).or_default().push(entry);
        }
        Self { exact, wild }
    }

    /// The entry for a risk: that which bears its name, or else the first of which the pattern does.
    fn on(&self, risk: &str) -> Option<&'v Entry> {
        if let Some(entry) = self.exact.get(risk) {
            return Some(entry);
        }
        let (parts, first) = place(risk);
        let possible = [first, "*"].into_iter().filter_map(|first| self.wild.get(&(parts, first))).flatten();
        let named = possible.filter(|entry| names(&entry.key, risk));
        named.min_by_key(|entry| entry.key_at.bytes().start).copied()
    }
}

/// How many parts a name has, and the first of them.
fn place(name: &str) -> (usize, &str) {
    (name.split('@').count(), name.split('@').next().unwrap_or_default())
}

/// True where a key names a risk: part by part between `@`, `*` standing for any part.
fn names(key: &str, risk: &str) -> bool {
    let (mut key, mut risk) = (key.split('@'), risk.split('@'));
    loop {
        match (key.next(), risk.next()) {
            (None, None) => return true,
            (Some(key), Some(risk)) if key == "*" || key == risk => {}
            _ => return false,
        }
    }
}

/// The risks that people identified.
fn individual(category: &Value, tracked: &Tracked<'_>, draft: &mut Draft) {
    let Some(own) = id(category, "id") else { return };
    let mut used = BTreeSet::new();
    for risk in draft.tables(category, "risks_identified") {
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
fn computed(risks: &Arc<Source>, tracked: &Tracked<'_>, draft: &mut Draft) -> Result<(), Unread> {
    let value = document::parse_json(risks).map_err(|error| broken("JSON", error))?;
    // The tool writes `null` where it found none.
    if !matches!(value.type_name(), "array" | "null") {
        return Err(super::fault(format!("{RISKS} is no list of risks"), risks.whole()));
    }
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

fn judge(risk: Risk, tracked: &Tracked<'_>, draft: &mut Draft) {
    let Risk { name, title, asset, made, category, before } = risk;
    let entry = tracked.on(&name.value);
    let status = entry.and_then(|entry| said(&entry.value, "status"));
    let answer = status.as_ref().map(|status| {
        let known = ANSWERS.iter().find(|(word, _)| *word == status.value);
        Placed { value: known.map_or(Answer::Unknown, |(_, answer)| *answer), at: status.at.clone() }
    });
    let why = entry.and_then(|entry| said(&entry.value, "justification"));
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
        (Answer::Unknown, Some(why), _) => {
            let id = Placed { value: format!("{}/mitigation", id.value), at: why.at.clone() };
            let at = status.map_or_else(|| why.at.clone(), |status| status.at);
            draft.mitigation(&id, why, Placed { value: State::Planned, at });
            threat.by = vec![id];
        }
        (Answer::Accept, reason, Some(entry)) => {
            draft.acceptance(Acceptance {
                id: id.clone(),
                covers: vec![id.clone()],
                reason,
                by: said(&entry.value, "checked_by"),
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
