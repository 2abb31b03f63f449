//! The tables of the native format, one function each.
//!
//! Every key of the format is read here, also where no check looks at it yet: a key that is not read
//! is refused.

use std::collections::BTreeMap;

use crate::document::{self, Value};
use crate::error::Fault;
use crate::source::Placed;

use super::super::references::{
    ACCEPTANCE, AFFECTED, ASSET, END, FLOW, INTERFACE, MITIGATION, References, THREAT, ZONE,
};
use super::super::{
    Acceptance, Answer, Asset, Assumption, Boundary, Context, Evidence, Flow, Harm, Head, Mitigation,
    Neighbour, Origin, Part, Rating, Review, Role, State, Threat, Zone,
};
use super::{Table, identified};

/// Words of which only the spelling matters so far.
pub(super) type Words = &'static [(&'static str, ())];

const ITEM_KIND: Words = &[("maintained", ()), ("supported", ()), ("required", ())];
const LIFECYCLE: Words = &[("in-development", ()), ("released", ()), ("end-of-support", ())];
const TRUST: Words = &[("none", ()), ("partly", ()), ("authenticated", ()), ("full", ())];
const ROLE_KIND: Words = &[("human", ()), ("machine", ())];
const PART_KIND: Words = &[("process", ()), ("store", ()), ("hardware", ()), ("external", ())];
const NEED: Words = &[("low", ()), ("medium", ()), ("high", ())];

/// Reads `[model]`; returns the title, the owner if there is one, and what else it says.
pub(super) fn head(
    table: &Value,
    partial: bool,
    faults: &mut Vec<Fault>,
) -> (Option<Placed<String>>, Option<Placed<String>>, Head) {
    let mut head = Table::new("model", table, faults);
    head.partial = partial;
    let title = head.needed("title");
    let owner = head.text("owner");
    let rest = Head {
        description: head.text("description"),
        item: head.text("item"),
        item_kind: head.word("item_kind", ITEM_KIND),
        lifecycle: head.word("lifecycle", LIFECYCLE),
        released: head.fields.date("released"),
        policy: head.text("policy"),
        methods: head.texts("method"),
    };
    head.finish();
    (title, owner, rest)
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
        all.push(Review {
            on: review.fields.date("on"),
            by: review.texts("by"),
            commit: review.text("commit"),
            covers: review.texts("covers"),
            surface: review.text("surface"),
            saw: review.texts("saw"),
            model: review.text("model"),
            outcome: review.text("outcome"),
            notes: review.text("notes"),
            independent: review.fields.boolean("independent"),
            id,
        });
        review.finish();
    }
    all
}

pub(super) fn context(table: &Value, references: &mut References, faults: &mut Vec<Fault>) -> Context {
    let mut context = Table::new("context", table, faults);
    let mut told = Context {
        physical: context.text("physical"),
        network: context.text("network"),
        isolation: context.text("isolation"),
        operators: context.text("operators"),
        degraded_safety: context.text("degraded_safety"),
        hardware_controls: context.texts("hardware_controls"),
        excluded: context.texts("excluded"),
        fielded_units: context.fields.integer("fielded_units"),
        ..Context::new(table.at())
    };
    if let Some(tables) = context.fields.value("assumption") {
        for (id, entry) in identified(tables, "context.assumption", context.fields.faults()) {
            let name = format!("context.assumption.{}", id.value);
            let mut assumption = Table::new(name, &entry.value, context.fields.faults());
            let text = assumption.required("text");
            let if_false = assumption.texts("if_false");
            references.refer(&assumption.name, THREAT, &if_false);
            assumption.finish();
            told.assumptions.extend(text.map(|text| Assumption { id, text, if_false }));
        }
    }
    context.finish();
    told
}

/// Reads `[place]`: what stands in which zone.
pub(super) fn places(
    table: &Value,
    references: &mut References,
    faults: &mut Vec<Fault>,
) -> BTreeMap<String, Placed<String>> {
    let mut places = BTreeMap::new();
    for (id, entry) in identified(table, "place", faults) {
        if let Some(zone) = entry.value.as_str() {
            let zone = Placed { value: zone.to_owned(), at: entry.value.at() };
            references.refer("place", ZONE, [&zone]);
            references.refer("place", END, [&id]);
            places.insert(id.value, zone);
        } else {
            let message = format!("the place of `{}` is a {}, not a zone", id.value, entry.value.type_name());
            document::note(faults, &entry.value.at(), message, None);
        }
    }
    places
}

pub(super) fn neighbour(id: Placed<String>, table: &mut Table<'_>, _: &mut References) -> Neighbour {
    Neighbour {
        id,
        what: table.needed("what"),
        run_by: table.text("run_by"),
        trust: table.word("trust", TRUST),
        talks: table.fields.boolean("talks"),
        updates: table.fields.boolean("updates"),
        zone: None,
        out_of_scope: table.text("out_of_scope"),
    }
}

pub(super) fn role(id: Placed<String>, table: &mut Table<'_>, _: &mut References) -> Role {
    Role { id, kind: table.word("kind", ROLE_KIND), may: table.texts("may") }
}

pub(super) fn asset(id: Placed<String>, table: &mut Table<'_>, _: &mut References) -> Asset {
    let class = table.texts("class");
    let mut needs = [None, None, None];
    table.inner("needs", |table| needs = ["c", "i", "a"].map(|key| table.word(key, NEED)));
    Asset { id, class, needs, safety: table.fields.boolean("safety") }
}

pub(super) fn zone(id: Placed<String>, table: &mut Table<'_>, references: &mut References) -> Zone {
    let parent = table.text("parent");
    references.refer(&table.name, ZONE, &parent);
    Zone { id, parent, trust: table.text("trust") }
}

pub(super) fn boundary(id: Placed<String>, table: &mut Table<'_>, references: &mut References) -> Boundary {
    let between = table.texts("between");
    references.refer(&table.name, ZONE, &between);
    Boundary { id, between }
}

pub(super) fn component(id: Placed<String>, table: &mut Table<'_>, references: &mut References) -> Part {
    let kind = table.word("kind", PART_KIND);
    let crates = table.texts("crates");
    let holds = table.texts("holds");
    references.refer(&table.name, ASSET, &holds);
    let zone = table.text("zone");
    references.refer(&table.name, ZONE, &zone);
    let at_rest = table.text("at_rest");
    let out_of_scope = table.text("out_of_scope");
    Part { id, kind, crates, zone: zone.map(|zone| zone.value), holds, at_rest, out_of_scope }
}

pub(super) fn flow(id: Placed<String>, table: &mut Table<'_>, references: &mut References) -> Flow {
    let (from, to) = (table.text("from"), table.text("to"));
    references.refer(&table.name, END, from.iter().chain(&to));
    let via = table.text("via");
    references.refer(&table.name, INTERFACE, &via);
    let data = table.texts("data");
    references.refer(&table.name, ASSET, &data);
    Flow {
        via,
        protocol: table.text("protocol"),
        encryption: table.text("encryption"),
        authentication: table.text("authentication"),
        both_ways: table.fields.boolean("both_ways"),
        data,
        out_of_scope: table.text("out_of_scope"),
        ..Flow::new(id, from, to)
    }
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
    let answer = table.fields.word("answer", Answer::WORDS);
    let origin = table.fields.word("origin", Origin::WORDS);
    let nobody = answer.as_ref().is_none_or(|answer| answer.value == Answer::Open);
    let untouched = nobody && origin.as_ref().is_some_and(|origin| origin.value == Origin::Generated);
    let harm = table.fields.value("harm").map(|value| {
        let mut harm = Table::new(format!("{}.harm", table.name), value, table.fields.faults());
        let (none, path) = (harm.text("none"), harm.text("path"));
        let safety_file = harm.texts("safety_file");
        harm.finish();
        Harm { at: value.at(), none, path, safety_file }
    });
    Some(Threat {
        text: table.text("text"),
        category: table.texts("category"),
        refs: table.texts("refs"),
        actor: table.text("actor"),
        affects,
        before: rating("before", table),
        after: rating("after", table),
        harm,
        by,
        accepted,
        reason: table.text("reason"),
        origin,
        untouched,
        ..Threat::new(id, title?, answer)
    })
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
    Some(Mitigation {
        requirement: table.texts("requirement"),
        kind: table.text("kind"),
        owner: table.text("owner"),
        new_risk: table.text("new_risk"),
        code: table.texts("code"),
        tests: table.texts("tests"),
        thwart: table.texts("thwart"),
        evidence: evidence(table),
        ..Mitigation::new(id, what?, state?)
    })
}

pub(super) fn acceptance(
    id: Placed<String>,
    table: &mut Table<'_>,
    references: &mut References,
) -> Acceptance {
    let covers = table.texts("covers");
    references.refer(&table.name, THREAT, &covers);
    Acceptance {
        id,
        covers,
        reason: table.text("reason"),
        by: table.text("by"),
        role: table.text("role"),
        on: table.fields.date("on"),
        until: table.fields.date("until"),
        safety: table.text("safety"),
        evidence: evidence(table),
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

fn rating(key: &'static str, table: &mut Table<'_>) -> Option<Rating> {
    let value = table.fields.value(key)?;
    let mut inner = Table::new(format!("{}.{key}", table.name), value, table.fields.faults());
    let mut rating = Rating {
        scheme: inner.text("scheme"),
        vector: inner.text("vector"),
        level: inner.text("level"),
        ..Rating::new(value.at())
    };
    // A score is a number with or without a fraction; a rubric is a free table.
    rating.score = inner.fields.value("score").map(|score| {
        let text = score.as_str().map_or_else(|| score.at().snippet().to_owned(), str::to_owned);
        Placed { value: text, at: score.at() }
    });
    rating.rubric = inner.fields.value("rubric").is_some();
    inner.finish();
    Some(rating)
}

/// Reads `evidence`: records outside the code. Each says what it is, where it lies, who made it and
/// when; one that does not is refused, since it would stand in for a test.
fn evidence(table: &mut Table<'_>) -> Vec<Evidence> {
    let Some(records) = table.fields.value("evidence") else { return Vec::new() };
    if records.type_name() != "array" {
        let message = format!("`evidence` of [{}] is no array of tables", table.name);
        table.fields.fault(&records.at(), message, None);
    }
    let mut all = Vec::new();
    for record in records.items() {
        let mut record = Table::new(format!("{}.evidence", table.name), record, table.fields.faults());
        let (kind, file) = (record.required("kind"), record.required("file"));
        let (by, on) = (record.required("by"), record.fields.required_date("on"));
        let sha256 = record.text("sha256");
        record.finish();
        if let (Some(kind), Some(file), Some(by), Some(on)) = (kind, file, by, on) {
            all.push(Evidence { kind, file, by, on, sha256 });
        }
    }
    all
}
