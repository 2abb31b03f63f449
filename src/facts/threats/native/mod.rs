//! The native format: `format = "health-sec/threats@1"`.
//!
//! One TOML file, every object keyed by its own id: TOML itself refuses an id that is given twice,
//! and two people who edit different threats do not touch the same lines. The format is closed: an
//! unknown key or word is a fault, so that a slip of the pen can't turn an open threat into a closed
//! one. What the checks do not use yet is still read, and refused when it is malformed.

mod interface;
mod objects;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::{self, Entry, Fields, Value};
use crate::error::Fault;
use crate::facts::files::odd::is_hidden;
use crate::source::{Location, Placed, Source};

use super::references::{Object, References};
use super::{Format, Head, Model, Unread};

/// The word that tells the format and its version.
const FORMAT: &str = "health-sec/threats@1";
/// The same for what a model in another format can't say.
const OVERLAY: &str = "health-sec/overlay@1";

/// The start of a file in the native format, for remedies.
const NATIVE: &str = "start the file with `format = \"health-sec/threats@1\"` and a [model] table";

/// An id is shown in one line of a report.
const LONGEST_ID: usize = 100;

/// Reads a model.
///
/// # Errors
/// Every fault of the file; nothing is read in part.
pub(super) fn read(source: &Arc<Source>) -> Result<Model, Vec<Unread>> {
    let value = parse(source, FORMAT)?;
    whole(source, |faults| model(source, &value, None, faults))
}

/// Reads what an overlay adds to a model, once the model bears the names that the overlay gives it: the
/// grammar of a model, where only what is new has to be complete.
///
/// # Errors
/// Every fault of the file; nothing is read in part.
pub(super) fn read_overlay(source: &Arc<Source>, base: &mut Model) -> Result<Model, Vec<Unread>> {
    let value = parse(source, OVERLAY)?;
    let names = whole(source, |faults| Some(objects::names(&value, faults)))?;
    base.rename(names);
    whole(source, |faults| model(source, &value, Some(base), faults))
}

/// What was read, if it was read without a fault.
fn whole<T>(source: &Arc<Source>, read: impl FnOnce(&mut Vec<Fault>) -> Option<T>) -> Result<T, Vec<Unread>> {
    let mut faults = Vec::new();
    match read(&mut faults) {
        Some(read) if faults.is_empty() => Ok(read),
        _ => Err(faults
            .into_iter()
            .map(|fault| Unread {
                at: Some(place(source, &fault)),
                remedy: fault.help,
                ..Unread::new(fault.message)
            })
            .collect()),
    }
}

/// The place of a fault, for what outlives it.
pub(super) fn place(source: &Arc<Source>, fault: &Fault) -> Location {
    source.at(fault.span.offset()..fault.span.offset() + fault.span.len())
}

fn not_toml(error: &document::SyntaxError) -> Unread {
    Unread::new(format!("it is no TOML: {}", error.message.replace('\n', " ")))
        .remedy("mend the line; every id and every key is given once")
        .at(error.at.clone())
}

fn parse(source: &Arc<Source>, wanted: &str) -> Result<Value, Vec<Unread>> {
    let value = document::parse(source).map_err(|error| vec![not_toml(&error)])?;
    match value.entry("format") {
        None => Err(vec![Unread::new("it does not say its format").remedy(NATIVE).at(source.whole())]),
        Some(entry) => match entry.value.as_str() {
            Some(format) if format == wanted => Ok(value),
            Some(OVERLAY) => Err(vec![
                Unread::new("it is an overlay: name it as `extend` beside the model that it is for")
                    .at(entry.value.at()),
            ]),
            Some(FORMAT) => {
                Err(vec![Unread::new("it is a model of its own, and no overlay").at(entry.value.at())])
            }
            _ => Err(vec![
                Unread::new("its format is not one that is read").remedy(NATIVE).at(entry.value.at()),
            ]),
        },
    }
}

/// Reads a model, or what an overlay adds to the model `base`.
fn model(
    source: &Arc<Source>,
    value: &Value,
    base: Option<&Model>,
    faults: &mut Vec<Fault>,
) -> Option<Model> {
    let references = base.map(References::of).unwrap_or_default();
    let mut reader =
        Reader { top: Fields::new(value, "the model", faults), references, base, names: BTreeMap::new() };
    reader.top.value("format");
    let head = reader.head(source, value);
    let context = reader.table("context", objects::context);
    let mut neighbours = reader.objects(Object::Neighbour, objects::neighbour);
    let roles = reader.objects(Object::Role, objects::role);
    let assets = reader.objects(Object::Asset, objects::asset);
    let zones = reader.objects(Object::Zone, objects::zone);
    let boundaries = reader.tables("boundary", Object::Zone, objects::boundary);
    let places = reader.table("place", objects::places).unwrap_or_default();
    let mut components = reader.objects(Object::Component, objects::component);
    for component in &mut components {
        match (&component.zone, places.get(&component.id.value)) {
            (Some(zone), Some(place)) if *zone != place.value => {
                let message = format!("`{}` stands in zone `{zone}` by its own table", component.id.value);
                reader.top.fault(&place.at, message, Some("say it once".to_owned()));
            }
            (_, place) => component.zone = component.zone.take().or(place.map(|place| place.value.clone())),
        }
    }
    for neighbour in &mut neighbours {
        neighbour.zone = places.get(&neighbour.id.value).map(|place| place.value.clone());
    }
    let interfaces = reader.objects(Object::Interface, interface::interface);
    let flows = reader.objects(Object::Flow, objects::flow);
    let threats = reader.objects(Object::Threat, objects::threat);
    let mitigations = reader.objects(Object::Mitigation, objects::mitigation);
    let mut mitigations: Vec<_> = mitigations.into_iter().flatten().collect();
    mitigations.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    let mut acceptances = reader.objects(Object::Acceptance, objects::acceptance);
    acceptances.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    let reviews = reader.top.value("review").map(|tables| objects::reviews(tables, reader.top.faults()));
    let views = reader.table("views", |views, references, _| {
        objects::views("views", views, references);
        views
            .entries()
            .iter()
            .map(|view| Placed { value: view.key.clone(), at: view.key_at.clone() })
            .collect()
    });
    reader.top.finish();
    let (title, owner, head) = head?;
    Some(Model {
        owner,
        head,
        names: reader.names,
        context,
        neighbours,
        roles,
        assets,
        zones,
        boundaries,
        components,
        interfaces,
        flows,
        threats: threats.into_iter().flatten().collect(),
        mitigations,
        acceptances,
        reviews: reviews.unwrap_or_default(),
        views: views.unwrap_or_default(),
        references: reader.references.resolve(),
        ..Model::new(Format::Native, source.whole(), title)
    })
}

/// Reads the tables of one model.
struct Reader<'a> {
    top: Fields<'a>,
    references: References,
    /// The model that an overlay adds to.
    base: Option<&'a Model>,
    /// What people call an object, by its id.
    names: BTreeMap<String, String>,
}

/// Objects that may have a `title` beside their id; threats have one of their own.
const TITLED: &[Object] = &[
    Object::Neighbour,
    Object::Role,
    Object::Asset,
    Object::Zone,
    Object::Component,
    Object::Interface,
    Object::Flow,
];

impl Reader<'_> {
    /// Reads `[model]`: the title, the owner if there is one, and what else it says. An overlay need not say it again.
    fn head(
        &mut self,
        source: &Arc<Source>,
        value: &Value,
    ) -> Option<(Placed<String>, Option<Placed<String>>, Head)> {
        if self.base.is_some() {
            self.top.value("names");
        } else if value.entry("model").is_none() {
            let help = Some("add [model] with a `title`".to_owned());
            self.top.fault(&source.whole(), "the model has no [model] table", help);
        }
        let partial = self.base.is_some();
        let table = self.top.value("model");
        let (title, owner, head) =
            table.map(|table| objects::head(table, partial, self.top.faults())).unwrap_or_default();
        Some((title.or_else(|| self.base.map(|base| base.title.clone()))?, owner, head))
    }

    /// Reads a table without an id of its own.
    fn table<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Value, &mut References, &mut Vec<Fault>) -> T,
    ) -> Option<T> {
        let table = self.top.value(key)?;
        Some(read(table, &mut self.references, self.top.faults()))
    }

    /// Reads every table of a kind, each keyed by its id.
    fn objects<T>(
        &mut self,
        object: Object,
        read: impl Fn(Placed<String>, &mut Table<'_>, &mut References) -> T,
    ) -> Vec<T> {
        self.tables(object.word(), object, read)
    }

    /// The same, where the tables are not called as the objects are.
    fn tables<T>(
        &mut self,
        key: &'static str,
        object: Object,
        read: impl Fn(Placed<String>, &mut Table<'_>, &mut References) -> T,
    ) -> Vec<T> {
        let Some(tables) = self.top.value(key) else { return Vec::new() };
        let mut all = Vec::new();
        for (id, entry) in identified(tables, key, self.top.faults()) {
            // An overlay speaks of what is there.
            let over = self.base.is_some();
            let taken = self.references.define(object, &id.value);
            if let Some(other) = taken.filter(|other| !(over && *other == object)) {
                let message = format!("`{}` is an id twice: {key} and {}", id.value, other.word());
                let help = "give them different ids: a threat that names one must not mean the other";
                self.top.fault(&id.at, message, Some(help.to_owned()));
            }
            let mut table = Table::new(format!("{key}.{}", id.value), &entry.value, self.top.faults());
            table.partial = self.base.is_some();
            if TITLED.contains(&object)
                && let Some(title) = table.text("title")
            {
                self.names.insert(id.value.clone(), title.value);
            }
            all.push(read(id, &mut table, &mut self.references));
            table.finish();
        }
        all
    }
}

/// The id and the entry of every table below `[<key>]`, in the order of the file.
fn identified<'a>(
    tables: &'a Value,
    key: &'static str,
    faults: &mut Vec<Fault>,
) -> Vec<(Placed<String>, &'a Entry)> {
    if !tables.is_table() {
        let message = format!("`{key}` is a {}, not tables of the form [{key}.ID]", tables.type_name());
        document::note(faults, &tables.at(), message, None);
    }
    let mut all = Vec::new();
    for entry in tables.entries() {
        let wrong = |c: char| c.is_whitespace() || c.is_control() || is_hidden(c);
        if entry.key.is_empty() || entry.key.len() > LONGEST_ID || entry.key.contains(wrong) {
            let message = format!(
                "the id of this {key} is empty, too long or holds what can't be seen, such as white space"
            );
            document::note(faults, &entry.key_at, message, None);
        } else {
            all.push((Placed { value: entry.key.clone(), at: entry.key_at.clone() }, entry));
        }
    }
    all
}

/// One table of a model: [`Fields`] that refuse blank words as well.
struct Table<'a> {
    /// Such as `threat.T-01`.
    name: String,
    fields: Fields<'a>,
    /// True in an overlay: the model may have said the rest.
    partial: bool,
}

impl<'a> Table<'a> {
    fn new(name: impl Into<String>, table: &'a Value, faults: &'a mut Vec<Fault>) -> Self {
        let name = name.into();
        Self { fields: Fields::new(table, format!("[{name}]"), faults), name, partial: false }
    }

    /// An optional string that says something.
    fn text(&mut self, key: &'static str) -> Option<Placed<String>> {
        let text = self.fields.string(key);
        text.filter(|text| self.says_something(key, text))
    }

    /// A string that must be there and say something.
    fn required(&mut self, key: &'static str) -> Option<Placed<String>> {
        let text = self.fields.required(key);
        text.filter(|text| self.says_something(key, text))
    }

    /// The same, where the model may have said it already.
    fn needed(&mut self, key: &'static str) -> Option<Placed<String>> {
        if self.partial { self.text(key) } else { self.required(key) }
    }

    /// A word out of a closed list.
    fn word(&mut self, key: &'static str, words: objects::Words) -> Option<Placed<String>> {
        self.fields.word(key, words)?;
        self.fields.string(key)
    }

    /// An array of strings that say something.
    fn texts(&mut self, key: &'static str) -> Vec<Placed<String>> {
        let mut texts = self.fields.strings(key);
        texts.retain(|text| self.says_something(key, text));
        texts
    }

    /// A table within the table, read by `read`.
    fn inner(&mut self, key: &'static str, read: impl FnOnce(&mut Table<'_>)) {
        if let Some(value) = self.fields.value(key) {
            let mut table = Table::new(format!("{}.{key}", self.name), value, self.fields.faults());
            read(&mut table);
            table.finish();
        }
    }

    fn says_something(&mut self, key: &str, text: &Placed<String>) -> bool {
        let blank = document::is_blank(&text.value);
        // A report is shown on terminals: what could steer one has no business in a model.
        let steers = text.value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
        if blank || steers {
            let what = if blank { "is blank" } else { "holds a control character" };
            self.fields.fault(&text.at, format!("`{key}` of [{}] {what}", self.name), None);
        }
        !blank && !steers
    }

    fn finish(self) {
        self.fields.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = r#"format = "health-sec/threats@1"
[model]
title = "gateway"
[component.api]
kind = "process"
[interface.fhir]
on = "api"
kind = "tcp-listen"
port = 8443
[threat.T-01]
title = "Somebody reads trends"
affects = ["fhir"]
answer = "mitigate"
by = ["M-01"]
[mitigation.M-01]
what = "Mutual TLS"
state = "in-place"
"#;

    fn parse(text: &str) -> Result<Model, Vec<Unread>> {
        read(&Source::new("docs/gateway.threats.toml", text))
    }

    fn refused(text: &str) -> Vec<(usize, String)> {
        let faults = parse(text).expect_err("a refusal");
        faults.into_iter().map(|fault| (fault.at.map_or(0, |at| at.line()), fault.why)).collect()
    }

    #[test]
    fn a_model_is_read_with_its_places() {
        let model = parse(MODEL).expect("a model");
        assert_eq!(model.title.value, "gateway");
        assert_eq!(model.interfaces[0].port.as_ref().expect("a port").at.line(), 9);
        assert_eq!(model.threats[0].id.at.snippet(), "T-01");
        let resolved: Vec<_> = model
            .references
            .iter()
            .map(|reference| (reference.id.value.as_str(), reference.resolved))
            .collect();
        assert_eq!(resolved, [("api", true), ("fhir", true), ("M-01", true)]);
    }

    #[test]
    fn a_reference_to_the_wrong_kind_of_object_does_not_resolve() {
        let model = parse(&MODEL.replace("by = [\"M-01\"]", "by = [\"fhir\"]")).expect("a model");
        let by = &model.references[2];
        assert_eq!((by.wanted, by.resolved, by.from.as_str()), ("mitigation", false, "threat.T-01"));
        let model = parse(&MODEL.replace("by = [\"M-01\"]", "by = [\"M-1\"]")).expect("a model");
        assert_eq!(model.references[2].near.as_deref(), Some("did you mean `M-01`?"));
    }

    #[test]
    fn every_slip_of_the_pen_is_refused_at_its_place() {
        for (slip, line, why) in [
            (MODEL.replace("answer =", "anwser ="), 13, "has no key `anwser`"),
            (MODEL.replace("\"mitigate\"", "\"mitigated\""), 13, "can't be `mitigated`"),
            (MODEL.replace("state = \"in-place\"", ""), 15, "has no `state`"),
            (MODEL.replace("state = \"in-place\"", "state = true"), 17, "not a string"),
            (MODEL.replace("8443", "84430"), 9, "can't be 84430"),
            (MODEL.replace("\"Mutual TLS\"", "\"  \""), 16, "is blank"),
            (MODEL.replace("Mutual TLS", "\\u001b[2J"), 16, "control character"),
            (MODEL.replace("[threat.T-01]", "[threat.\"\"]"), 10, "the id of this threat is empty"),
            (MODEL.replace("[threat.T-01]", "[[threat]]"), 10, "not tables of the form [threat.ID]"),
            (MODEL.to_owned() + "[component.fhir]\n", 6, "is an id twice: interface and component"),
            (MODEL.to_owned() + "[acceptance.A]\nuntil = \"2027-01-01\"\n", 19, "not a date"),
            (MODEL.to_owned() + "[acceptance.A]\nuntil = 2027-01-01T00:00:00Z\n", 19, "not a date"),
            (MODEL.to_owned() + "[acceptance.A]\nuntil = 2027-02-30\n", 19, "it is no TOML"),
            (MODEL.to_owned() + "[threat.T-01]\n", 18, "it is no TOML"),
            (MODEL.replace("[model]\ntitle = \"gateway\"\n", ""), 1, "has no [model] table"),
            (MODEL.replace("tcp-listen", "tcp-listener"), 8, "can't be `tcp-listener`"),
            (MODEL.replace("tcp-listen", "TCP_Listen"), 8, "can't be `TCP_Listen`"),
            (MODEL.replace("tcp-listen", "Serial"), 8, "can't be `Serial`"),
            (MODEL.replace("8443", "8443\nbind = \"lopback\""), 10, "can't be `lopback`"),
            (MODEL.replace("8443", "8443\nbind = \"Any\""), 10, "can't be `Any`"),
            (MODEL.replace("T-01", "\"T-\u{200b}01\""), 10, "what can't be seen"),
            (MODEL.replace("T-01", "\"T-\u{202e}01\""), 10, "what can't be seen"),
            (MODEL.replace("Mutual TLS", "\u{200b}\u{2800}"), 16, "is blank"),
            (
                MODEL.replace(
                    "[component.api]",
                    "[zone.a]\n[zone.b]\n[place]\napi = \"a\"\n[component.api]\nzone = \"b\"",
                ),
                7,
                "stands in zone `b` by its own table",
            ),
            (MODEL.replace("threats@1", "threats@2"), 1, "is not one that is read"),
            (MODEL.replace("format", "from"), 1, "does not say its format"),
        ] {
            let faults = refused(&slip);
            let hit = faults.iter().any(|(at, what)| *at == line && what.contains(why));
            assert!(hit, "{why} on line {line}, not {faults:?}");
        }
    }

    #[test]
    fn kinds_and_places_of_ones_own_are_no_slips() {
        for (from, to) in [
            ("tcp-listen", "http-listen"),
            ("tcp-listen", "lan"),
            ("tcp-listen", "nfc"),
            ("tcp-listen", "hl7"),
            ("8443", "8443\nbind = \"10.0.0.0/8\""),
            ("8443", "8443\nbind = \"eth0\""),
            ("8443", "8443\nbind = \"lan\""),
        ] {
            assert!(parse(&MODEL.replace(from, to)).is_ok(), "{to}");
        }
    }

    #[test]
    fn evidence_that_nobody_made_is_refused() {
        let record =
            "evidence = [{ kind = \"pen-test\", file = \"r.pdf\", by = \"lab\", on = 2026-02-11 }]\n";
        let model = parse(&(MODEL.to_owned() + record)).expect("a model");
        assert_eq!(model.mitigations[0].evidence[0].kind.value, "pen-test");
        for part in ["kind = \"pen-test\", ", "file = \"r.pdf\", ", "by = \"lab\", ", ", on = 2026-02-11"] {
            refused(&(MODEL.to_owned() + &record.replace(part, "")));
        }
    }

    #[test]
    fn every_prefix_and_every_changed_byte_is_read_or_refused() {
        for end in 0..MODEL.len() {
            let _ = parse(&MODEL[..end]);
        }
        for at in 0..MODEL.len() {
            for byte in ["", "\"", "[", "]", "#", "\n", "=", ".", "x", "\u{0}", "\u{feff}"] {
                let _ = parse(&format!("{}{byte}{}", &MODEL[..at], &MODEL[at + 1..]));
            }
        }
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn the_draft_of_the_format_is_read_and_all_its_ids_resolve() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../shared/data/threat-models/drafts/glucose-gateway.threats.toml");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("SKIPPED: there is no {}", path.display());
            return;
        };
        let model = parse(&text).expect("the draft is a model");
        let dangling: Vec<_> = model.references.iter().filter(|reference| !reference.resolved).collect();
        assert!(dangling.is_empty(), "{dangling:?}");
        assert_eq!((model.threats.len(), model.interfaces.len()), (4, 5));
    }
}
