//! The tables of the native format, one function each.
//!
//! Every key of the format is read here, also where no check looks at it yet: a key that is not read
//! is refused.

use std::collections::BTreeMap;

use crate::document::{self, Value};
use crate::error::Fault;
use crate::source::Placed;

use super::super::references::{
    ACCEPTANCE, AFFECTED, ASSET, COMPONENT, END, FLOW, INTERFACE, MITIGATION, ROLE, References, THREAT, ZONE,
};
use super::super::{Acceptance, Answer, Flow, Interface, Mitigation, Part, Review, State, Threat};
use super::{Table, identified};

/// Somebody without a role: an interface that anyone may use says so.
const ANYONE: &str = "anyone";

/// Words of which only the spelling matters so far.
type Words = &'static [(&'static str, ())];

const ITEM_KIND: Words = &[("maintained", ()), ("supported", ()), ("required", ())];
const LIFECYCLE: Words = &[("in-development", ()), ("released", ()), ("end-of-support", ())];
const TRUST: Words = &[("none", ()), ("partly", ()), ("authenticated", ()), ("full", ())];
const ROLE_KIND: Words = &[("human", ()), ("machine", ())];
const PART_KIND: Words = &[("process", ()), ("store", ()), ("hardware", ()), ("external", ())];
const NEED: Words = &[("low", ()), ("medium", ()), ("high", ())];

/// Reads `[model]`; returns the title, and the owner if there is one.
pub(super) fn head(
    table: &Value,
    faults: &mut Vec<Fault>,
) -> Option<(Placed<String>, Option<Placed<String>>)> {
    let mut head = Table::new("model", table, faults);
    let title = head.required("title");
    let owner = head.text("owner");
    for key in ["item", "policy"] {
        head.text(key);
    }
    head.fields.word("item_kind", ITEM_KIND);
    head.fields.word("lifecycle", LIFECYCLE);
    head.fields.date("released");
    head.texts("method");
    head.finish();
    Some((title?, owner))
}

/// Reads `[names]` of an overlay: what it calls the ids of the model.
pub(super) fn names(overlay: &Value, faults: &mut Vec<Fault>) -> Vec<(Placed<String>, Placed<String>)> {
    let Some(table) = overlay.entry("names") else { return Vec::new() };
    let mut names = Vec::new();
    for (name, entry) in identified(&table.value, "names", faults) {
        if let Some(id) = entry.value.as_str() {
            names.push((name, Placed { value: id.to_owned(), at: entry.value.at() }));
        } else {
            let kind = entry.value.type_name();
            let message = format!("`{}` is a {kind}, not an id of the model", name.value);
            document::note(faults, &entry.value.at(), message, None);
        }
    }
    names
}

/// Reads every `[review.ID]`.
pub(super) fn reviews(tables: &Value, faults: &mut Vec<Fault>) -> Vec<Review> {
    let mut all = Vec::new();
    for (id, entry) in identified(tables, "review", faults) {
        let mut review = Table::new(format!("review.{}", id.value), &entry.value, faults);
        let on = review.fields.date("on");
        for key in ["commit", "surface", "outcome", "notes"] {
            review.text(key);
        }
        review.texts("by");
        review.texts("covers");
        review.fields.boolean("independent");
        review.finish();
        all.push(Review { id, on });
    }
    all
}

pub(super) fn context(table: &Value, references: &mut References, faults: &mut Vec<Fault>) {
    let mut context = Table::new("context", table, faults);
    for key in ["physical", "network", "isolation", "operators", "degraded_safety"] {
        context.text(key);
    }
    context.texts("hardware_controls");
    context.texts("excluded");
    context.fields.integer("fielded_units");
    if let Some(tables) = context.fields.value("assumption") {
        for (id, entry) in identified(tables, "context.assumption", context.fields.faults()) {
            let name = format!("context.assumption.{}", id.value);
            let mut assumption = Table::new(name, &entry.value, context.fields.faults());
            assumption.required("text");
            let threats = assumption.texts("if_false");
            references.refer(&assumption.name, THREAT, &threats);
            assumption.finish();
        }
    }
    context.finish();
}

/// Reads `[place]`: what stands in which zone.
pub(super) fn places(
    table: &Value,
    references: &mut References,
    faults: &mut Vec<Fault>,
) -> BTreeMap<String, String> {
    let mut places = BTreeMap::new();
    for (id, entry) in identified(table, "place", faults) {
        if let Some(zone) = entry.value.as_str() {
            let zone = Placed { value: zone.to_owned(), at: entry.value.at() };
            references.refer("place", ZONE, [&zone]);
            references.refer("place", END, [&id]);
            places.insert(id.value, zone.value);
        } else {
            let message = format!("the place of `{}` is a {}, not a zone", id.value, entry.value.type_name());
            document::note(faults, &entry.value.at(), message, None);
        }
    }
    places
}

pub(super) fn neighbour(table: &mut Table<'_>, _: &mut References) {
    table.needed("what");
    table.text("run_by");
    table.fields.word("trust", TRUST);
    table.fields.boolean("talks");
    table.fields.boolean("updates");
}

pub(super) fn role(table: &mut Table<'_>, _: &mut References) {
    table.fields.word("kind", ROLE_KIND);
    table.texts("may");
}

pub(super) fn asset(table: &mut Table<'_>, _: &mut References) {
    table.texts("class");
    table.inner("needs", |needs| {
        for key in ["c", "i", "a"] {
            needs.fields.word(key, NEED);
        }
    });
    table.fields.boolean("safety");
}

pub(super) fn zone(table: &mut Table<'_>, references: &mut References) {
    let parent = table.text("parent");
    references.refer(&table.name, ZONE, &parent);
    table.text("trust");
}

pub(super) fn component(id: Placed<String>, table: &mut Table<'_>, references: &mut References) -> Part {
    let kind = table.text("kind");
    table.fields.word("kind", PART_KIND);
    let crates = table.texts("crates");
    let holds = table.texts("holds");
    references.refer(&table.name, ASSET, &holds);
    let zone = table.text("zone");
    references.refer(&table.name, ZONE, &zone);
    table.text("at_rest");
    table.text("out_of_scope");
    Part { id, kind, crates, zone: zone.map(|zone| zone.value) }
}

pub(super) fn interface(id: Placed<String>, table: &mut Table<'_>, references: &mut References) -> Interface {
    let on = table.text("on");
    references.refer(&table.name, COMPONENT, &on);
    let roles = table.texts("roles");
    references.refer(&table.name, ROLE, roles.iter().filter(|role| role.value != ANYONE));
    let plain = table.text("accepted_plain");
    references.refer(&table.name, ACCEPTANCE, &plain);
    for key in ["protocol", "config", "why_open", "invalid_input", "by_crate"] {
        table.text(key);
    }
    table.texts("peers");
    table.fields.boolean("physical");
    table.fields.boolean("not_rust");
    table.inner("transport", |transport| {
        for key in ["encryption", "authentication", "authorization"] {
            transport.text(key);
        }
    });
    let mut proof = Vec::new();
    table.inner("proof", |table| proof = table.texts("tests"));
    let port = table.fields.integer("port");
    if let Some(port) = port.as_ref().filter(|port| u16::try_from(port.value).is_err()) {
        let message = format!("`port` of [{}] can't be {}", table.name, port.value);
        table.fields.fault(&port.at, message, Some("a port is a number from 0 to 65535".to_owned()));
    }
    Interface {
        id,
        on,
        kind: table.text("kind"),
        port,
        bind: table.text("bind"),
        code: table.texts("code"),
        roles,
        state: table.text("state"),
        proof,
    }
}

pub(super) fn flow(id: Placed<String>, table: &mut Table<'_>, references: &mut References) -> Flow {
    let (from, to) = (table.text("from"), table.text("to"));
    references.refer(&table.name, END, from.iter().chain(&to));
    let via = table.text("via");
    references.refer(&table.name, INTERFACE, &via);
    let data = table.texts("data");
    references.refer(&table.name, ASSET, &data);
    let protocol = table.text("protocol");
    let encrypted = table.text("encryption");
    let encrypted = encrypted.map(|word| Placed { value: word.value != "none", at: word.at });
    table.text("authentication");
    table.fields.boolean("both_ways");
    Flow { id, from, to, via, protocol, encrypted }
}

pub(super) fn threat(
    id: Placed<String>,
    table: &mut Table<'_>,
    references: &mut References,
) -> Option<Threat> {
    let title = table.needed("title").or_else(|| table.partial.then(|| id.clone()));
    let affects = table.texts("affects");
    references.refer(&table.name, AFFECTED, &affects);
    let by = table.texts("by");
    references.refer(&table.name, MITIGATION, &by);
    let accepted = table.text("accepted");
    references.refer(&table.name, ACCEPTANCE, &accepted);
    for key in ["text", "actor"] {
        table.text(key);
    }
    table.texts("category");
    table.texts("refs");
    for key in ["before", "after"] {
        table.inner(key, rating);
    }
    table.inner("harm", |harm| {
        harm.text("none");
        harm.text("path");
        harm.texts("safety_file");
    });
    let answer = table.fields.word("answer", Answer::WORDS);
    let reason = table.text("reason");
    Some(Threat { id, title: title?, affects, answer, by, accepted, reason, untouched: false })
}

pub(super) fn mitigation(
    id: Placed<String>,
    table: &mut Table<'_>,
    _: &mut References,
) -> Option<Mitigation> {
    let what = table.needed("what").or_else(|| table.partial.then(|| id.clone()));
    let state = table.fields.word("state", State::WORDS);
    // Absent is not "in place", and silence must not close a threat.
    let state = match state {
        None if table.partial => Some(Placed { value: State::Planned, at: id.at.clone() }),
        None => table.required("state").and(None),
        stated => stated,
    };
    table.texts("requirement");
    for key in ["owner", "new_risk", "kind"] {
        table.text(key);
    }
    let code = table.texts("code");
    let tests = table.texts("tests");
    let thwart = table.texts("thwart");
    let evidence = evidence(table);
    Some(Mitigation { id, what: what?, state: state?, code, tests, thwart, evidence })
}

pub(super) fn acceptance(
    id: Placed<String>,
    table: &mut Table<'_>,
    references: &mut References,
) -> Acceptance {
    let covers = table.texts("covers");
    references.refer(&table.name, THREAT, &covers);
    for key in ["role", "safety"] {
        table.text(key);
    }
    table.fields.date("on");
    Acceptance {
        id,
        covers,
        reason: table.text("reason"),
        by: table.text("by"),
        until: table.fields.date("until"),
    }
}

/// Reads `[views]`: tables of any name for readers of the model; only the references count.
pub(super) fn views(from: &str, value: &Value, references: &mut References) {
    for item in value.items() {
        views(from, item, references);
    }
    for entry in value.entries() {
        let wanted = match entry.key.as_str() {
            "threats" => THREAT,
            "flows" => FLOW,
            _ => {
                views(&format!("{from}.{}", entry.key), &entry.value, references);
                continue;
            }
        };
        for id in entry.value.items() {
            let text = id.as_str().unwrap_or_default().to_owned();
            references.refer(from, wanted, [&Placed { value: text, at: id.at() }]);
        }
    }
}

fn rating(table: &mut Table<'_>) {
    for key in ["scheme", "vector", "level"] {
        table.text(key);
    }
    // A score is a number with or without a fraction; a rubric is a free table.
    table.fields.value("score");
    table.fields.value("rubric");
}

/// Reads `evidence`: records outside the code. Each says what it is, where it lies, who made it and
/// when; one that does not is refused, since it would stand in for a test.
fn evidence(table: &mut Table<'_>) -> Vec<Placed<String>> {
    let Some(records) = table.fields.value("evidence") else { return Vec::new() };
    if records.type_name() != "array" {
        let message = format!("`evidence` of [{}] is no array of tables", table.name);
        table.fields.fault(&records.at(), message, None);
    }
    let mut kinds = Vec::new();
    for record in records.items() {
        let mut record = Table::new(format!("{}.evidence", table.name), record, table.fields.faults());
        kinds.extend(record.required("kind"));
        record.required("file");
        record.required("by");
        record.fields.required_date("on");
        record.text("sha256");
        record.finish();
    }
    kinds
}
