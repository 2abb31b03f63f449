//! A model of another tool while it is read: what is found is put in here, and ids are checked once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::document::{Entry, Value};
use crate::facts::files::odd::is_hidden;
use crate::source::{Location, Placed, Source};

use super::super::format::Format;
use super::super::references::{AFFECTED, DRAWN_END, MITIGATION, Object, References, Wanted};
use super::super::{
    Acceptance, Asset, Boundary, Flow, Mitigation, Model, Neighbour, Part, Rating, State, Threat, Unread,
    Zone,
};
use super::fault;

/// An id is shown in one line of a report.
const LONGEST_ID: usize = 200;
/// Names and titles are cut here; so long a sentence is no name.
const LONGEST_NAME: usize = 400;
/// More faults than anybody reads.
const MOST_FAULTS: usize = 100;

/// A model that is being read.
pub(super) struct Draft {
    pub(super) model: Model,
    references: References,
    threats: BTreeSet<String>,
    mitigations: BTreeSet<String>,
    /// Which part stands in which zone.
    stands: BTreeMap<String, String>,
    /// What stands on a drawing with boxes of trust, in one or beside them all.
    drawn: BTreeSet<String>,
    faults: Vec<Unread>,
}

impl Draft {
    /// A model that says nothing yet. A model without a title is called by the name of its file.
    pub(super) fn new(source: &Arc<Source>, format: Format, title: Option<Placed<String>>) -> Self {
        let title = title.unwrap_or_else(|| {
            let name = source.path().rsplit('/').next().unwrap_or_default();
            Placed { value: name.to_owned(), at: source.whole() }
        });
        Self {
            model: Model::new(format, source.whole(), title),
            references: References::default(),
            threats: BTreeSet::new(),
            mitigations: BTreeSet::new(),
            stands: BTreeMap::new(),
            drawn: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    /// Notes a fault: the model will not be read.
    pub(super) fn fault(&mut self, why: impl Into<String>, at: Location) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(fault(why, at));
        }
    }

    /// Somebody or something outside.
    pub(super) fn neighbour(&mut self, id: Placed<String>, name: Option<String>) {
        if self.define(Object::Neighbour, &id, name) {
            let (what, run_by, trust) = (None, None, None);
            let (talks, updates, zone, out_of_scope) = (None, None, None, None);
            self.model.neighbours.push(Neighbour {
                id,
                what,
                run_by,
                trust,
                talks,
                updates,
                zone,
                out_of_scope,
            });
        }
    }

    /// A process, a store, a piece of hardware.
    pub(super) fn part(&mut self, id: Placed<String>, name: Option<String>, kind: &str) {
        if self.define(Object::Component, &id, name) {
            let kind = Some(Placed { value: kind.to_owned(), at: id.at.clone() });
            self.model.components.push(Part::new(id, kind));
        }
    }

    /// The part read last, to say more of it.
    pub(super) fn last_part(&mut self, id: &str) -> Option<&mut Part> {
        self.model.components.last_mut().filter(|part| part.id.value == id)
    }

    /// Notes that what was read last is not looked at, and why, if somebody says so.
    pub(super) fn leave_out(&mut self, id: &str, ticked: Location, reason: Option<Placed<String>>) {
        let reason = reason.unwrap_or_else(|| Placed { value: Part::UNREASONED.to_owned(), at: ticked });
        let model = &mut self.model;
        let part = model.components.last_mut().map(|part| (&part.id, &mut part.out_of_scope));
        let neighbour = model.neighbours.last_mut().map(|own| (&own.id, &mut own.out_of_scope));
        let flow = model.flows.last_mut().map(|flow| (&flow.id, &mut flow.out_of_scope));
        let last = [part, neighbour, flow].into_iter().flatten().find(|(own, _)| own.value == id);
        if let Some((_, out_of_scope)) = last {
            *out_of_scope = Some(reason);
        }
    }

    /// A method that the model was made by; each once.
    pub(super) fn method(&mut self, method: Option<Placed<String>>) {
        let methods = &mut self.model.head.methods;
        methods.extend(method.filter(|new| methods.iter().all(|known| known.value != new.value)));
    }

    /// Notes that a part stands in a zone.
    pub(super) fn stands(&mut self, part: &str, zone: &str) {
        self.stands.insert(part.to_owned(), zone.to_owned());
    }

    /// Notes that a part stands on a drawing with boxes of trust: if in none of them, then outside.
    pub(super) fn drawn(&mut self, part: &str) {
        self.drawn.insert(part.to_owned());
    }

    /// Notes that a zone lies in another.
    pub(super) fn lies(&mut self, zone: &str, parent: Placed<String>) {
        let zones = &mut self.model.zones;
        if let Some(zone) = zones.iter_mut().find(|known| known.id.value == zone && known.parent.is_none()) {
            zone.parent = Some(parent);
        }
    }

    /// Notes the lines of trust that each flow cuts on the drawing.
    pub(super) fn cuts(&mut self, mut lines: HashMap<&str, Vec<String>>) {
        for flow in &mut self.model.flows {
            flow.cuts.extend(lines.remove(flow.id.value.as_str()).unwrap_or_default());
        }
    }

    /// Reads something that must have an id under a key.
    pub(super) fn identified(
        &mut self,
        value: &Value,
        key: &str,
        read: impl FnOnce(&mut Self, Placed<String>),
    ) {
        match id(value, key) {
            Some(id) => read(self, id),
            None => self.fault(format!("this has no `{key}`"), value.at()),
        }
    }

    /// The objects below a key. What is there and no list of them is a fault, and not an empty list.
    pub(super) fn list<'v>(&mut self, value: &'v Value, key: &str) -> &'v [Value] {
        let Some(entry) = value.entry(key) else { return &[] };
        if entry.value.type_name() != "array" && !is_nothing(&entry.value) {
            self.fault(format!("`{key}` is no list"), entry.key_at.clone());
        }
        entry.value.items()
    }

    /// The tables below a key, each with its name; the same.
    pub(super) fn tables<'v>(&mut self, value: &'v Value, key: &str) -> &'v [Entry] {
        let Some(entry) = value.entry(key) else { return &[] };
        if !entry.value.is_table() && !is_nothing(&entry.value) {
            self.fault(format!("`{key}` is no table of names"), entry.key_at.clone());
        }
        entry.value.entries()
    }

    /// Notes what the model speaks of and what is not at hand.
    pub(super) fn unread(&mut self, why: &str, at: Location) {
        self.model.unread.push((why.to_owned(), at));
    }

    /// A line across which trust changes.
    pub(super) fn boundary(
        &mut self,
        id: Placed<String>,
        name: Option<String>,
        between: Vec<Placed<String>>,
    ) {
        if self.define(Object::Zone, &id, name) {
            self.model.boundaries.push(Boundary { id, between });
        }
    }

    /// Something of worth.
    pub(super) fn asset(&mut self, id: Placed<String>, name: Option<String>) {
        if self.define(Object::Asset, &id, name) {
            self.model.assets.push(Asset { id, class: Vec::new(), needs: [None, None, None], safety: None });
        }
    }

    /// An accepted risk.
    pub(super) fn acceptance(&mut self, acceptance: Acceptance) {
        self.references.define(Object::Acceptance, &acceptance.id.value);
        self.model.acceptances.push(acceptance);
    }

    /// True where a threat of this id was read.
    pub(super) fn has_threat(&self, id: &str) -> bool {
        self.threats.contains(id)
    }

    /// A zone.
    pub(super) fn zone(&mut self, id: Placed<String>, name: Option<String>) {
        if self.define(Object::Zone, &id, name) {
            self.model.zones.push(Zone { id, parent: None, trust: None });
        }
    }

    /// A data flow.
    pub(super) fn flow(&mut self, flow: Flow, name: Option<String>) {
        if self.define(Object::Flow, &flow.id, name) {
            let from = format!("flow.{}", flow.id.value);
            self.references.refer(&from, DRAWN_END, flow.from.iter().chain(&flow.to));
            self.model.flows.push(flow);
        }
    }

    /// A threat.
    pub(super) fn threat(&mut self, threat: Threat) {
        if !self.usable(&threat.id) {
            return;
        }
        if !self.threats.insert(threat.id.value.clone()) {
            self.fault(format!("the threat `{}` is given twice", threat.id.value), threat.id.at);
            return;
        }
        let from = format!("threat.{}", threat.id.value);
        self.references.define(Object::Threat, &threat.id.value);
        self.references.refer(&from, AFFECTED, &threat.affects);
        self.references.refer(&from, MITIGATION, &threat.by);
        self.model.threats.push(threat);
    }

    /// A mitigation.
    pub(super) fn mitigation(&mut self, id: &Placed<String>, what: Placed<String>, state: Placed<State>) {
        if self.define(Object::Mitigation, id, None) {
            self.model.mitigations.push(Mitigation::new(id.clone(), what, state));
        }
    }

    /// Notes a test of a mitigation: that it works, or that it withstands an attack.
    pub(super) fn tested(&mut self, mitigation: &str, test: Placed<String>, attack: bool) {
        let found = self.model.mitigations.iter_mut().rev().find(|known| known.id.value == mitigation);
        if let Some(mitigation) = found {
            if attack { mitigation.thwart.push(test) } else { mitigation.tests.push(test) }
        }
    }

    /// Notes references from a part of the model that is no object itself.
    pub(super) fn refer(&mut self, from: &str, wanted: Wanted, id: &Placed<String>) {
        self.references.refer(from, wanted, [id]);
    }

    /// Notes an id that only references name.
    pub(super) fn known(&mut self, object: Object, id: &str) {
        self.references.define(object, id);
    }

    /// The model, or what stood in the way.
    pub(super) fn finish(self) -> Result<Model, Vec<Unread>> {
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        let mut model = self.model;
        for flow in &mut model.flows {
            // From outside into a box of trust, or out of it: its border is a line of trust as well.
            let end = |end: &Option<Placed<String>>| {
                let end = &end.as_ref()?.value;
                self.drawn.contains(end).then(|| self.stands.get(end))
            };
            if let (Some(from), Some(to)) = (end(&flow.from), end(&flow.to)) {
                match (from, to) {
                    (Some(zone), None) | (None, Some(zone)) => flow.cuts.push(zone.clone()),
                    _ => {}
                }
            }
        }
        for part in &mut model.components {
            part.zone = self.stands.get(&part.id.value).cloned();
        }
        for neighbour in &mut model.neighbours {
            neighbour.zone = self.stands.get(&neighbour.id.value).cloned();
        }
        model.acceptances.sort_by(|a, b| a.id.value.cmp(&b.id.value));
        model.mitigations.sort_by(|a, b| a.id.value.cmp(&b.id.value));
        model.references = self.references.resolve();
        Ok(model)
    }

    fn define(&mut self, object: Object, id: &Placed<String>, name: Option<String>) -> bool {
        if !self.usable(id) {
            return false;
        }
        if let Some(name) = name {
            self.model.names.insert(id.value.clone(), name);
        }
        let taken = self.references.define(object, &id.value).is_some();
        // References to a mitigation could mean either of two.
        let twice = object == Object::Mitigation && !self.mitigations.insert(id.value.clone());
        if taken || twice {
            self.fault(format!("the id `{}` is given twice", id.value), id.at.clone());
        }
        !taken && !twice
    }

    fn usable(&mut self, id: &Placed<String>) -> bool {
        let wrong = id.value.trim().is_empty() || id.value.len() > LONGEST_ID;
        let wrong = wrong || id.value.chars().any(|c| c.is_control() || is_hidden(c));
        if wrong {
            self.fault("an id is blank, too long or holds a character that can't be seen", id.at.clone());
        }
        !wrong
    }
}

/// A rating in one word.
pub(super) fn level(word: Option<Placed<String>>) -> Option<Rating> {
    let word = word.filter(|word| !UNRATED.iter().any(|blank| word.value.eq_ignore_ascii_case(blank)))?;
    Some(Rating { level: Some(word.clone()), ..Rating::new(word.at) })
}

/// Words that stand where nobody has rated yet.
const UNRATED: &[&str] = &["TBA", "TBD", "undefined", "unknown"];

/// A word as a list of it.
pub(super) fn one(word: Option<Placed<String>>) -> Vec<Placed<String>> {
    word.into_iter().collect()
}

/// The words `yes`, where a truth value says so.
pub(super) fn encrypted(value: &Value, key: &str) -> Option<Placed<String>> {
    yes(value, key).map(|yes| Placed { value: "yes".to_owned(), at: yes.at })
}

/// The items of a list; none where there is no list.
pub(super) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.entry(key).map(|entry| entry.value.items()).unwrap_or_default()
}

/// True for what tools write where there is nothing.
fn is_nothing(value: &Value) -> bool {
    value.type_name() == "null" || value.as_str().is_some_and(str::is_empty)
}

/// The texts of a list of ids.
pub(super) fn texts(value: &Value, key: &str) -> Vec<Placed<String>> {
    let text = |item: &Value| item.as_str().map(str::to_owned).or(item.as_integer().map(|id| id.to_string()));
    list(value, key).iter().filter_map(|item| Some(Placed { value: text(item)?, at: item.at() })).collect()
}

/// A text of one line that says something.
pub(super) fn said(value: &Value, key: &str) -> Option<Placed<String>> {
    let value = &value.entry(key)?.value;
    let text = one_line(value.as_str()?);
    (!text.is_empty()).then(|| Placed { value: text, at: value.at() })
}

/// An id: a text or a number.
pub(super) fn id(value: &Value, key: &str) -> Option<Placed<String>> {
    let value = &value.entry(key)?.value;
    let text = match value.as_integer() {
        Some(number) => number.to_string(),
        None => value.as_str()?.trim().to_owned(),
    };
    (!text.is_empty()).then(|| Placed { value: text, at: value.at() })
}

/// True where a truth value says so; its place.
pub(super) fn yes(value: &Value, key: &str) -> Option<Placed<bool>> {
    let value = &value.entry(key)?.value;
    // `false` is what the tools write before anybody has thought about it.
    value.as_bool().filter(|truth| *truth).map(|truth| Placed { value: truth, at: value.at() })
}

/// The words of a text in one line, without what could steer a terminal; never longer than a name.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}
