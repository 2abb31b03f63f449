//! `OpenVEX`: what somebody states of vulnerabilities in a product or in a component.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::source::{Placed, Source};

use super::super::ledger::{Justification, Status, Waiver};
use super::{Places, Read, component_of, day_of, exception, is_advisory};

pub(super) fn read(document: &Value, source: &Arc<Source>, into: &mut Read) {
    let author = text(document, "author").unwrap_or("an unnamed author");
    let Some(statements) = document.get("statements").and_then(Value::as_array) else {
        into.unread.push((source.whole(), "it has no statements".to_owned()));
        return;
    };
    // Of two statements on one vulnerability in one component the later one counts.
    let mut statements: Vec<Statement<'_>> = statements
        .iter()
        .map(|said| Statement { said, written: text(said, "timestamp").or(text(document, "timestamp")) })
        .collect();
    statements
        .sort_by_key(|statement| statement.written.and_then(|written| written.parse::<Timestamp>().ok()));
    let places = Places::of(source);
    let mut standing = Standing::default();
    for statement in &statements {
        if let Err(why) = statement.read(author, &places, &mut standing) {
            into.unread.push((source.whole(), why));
        }
    }
    into.waivers.extend(standing.exceptions.into_iter().flatten());
}

/// The exceptions that stand so far, and which of them are about a vulnerability, by any of its names, in a component.
#[derive(Default)]
struct Standing {
    exceptions: Vec<Option<Waiver>>,
    about: BTreeMap<(String, String), Vec<usize>>,
}

impl Standing {
    fn withdraw(&mut self, names: &[&str], component: &str) {
        for name in names {
            for at in self.about.remove(&((*name).to_owned(), component.to_owned())).unwrap_or_default() {
                self.exceptions[at] = None;
            }
        }
    }

    fn add(&mut self, names: &[&str], component: &str, exception: Waiver) {
        for name in names {
            let about = self.about.entry(((*name).to_owned(), component.to_owned())).or_default();
            about.push(self.exceptions.len());
        }
        self.exceptions.push(Some(exception));
    }
}

/// A statement, and when it was written.
struct Statement<'d> {
    said: &'d Value,
    written: Option<&'d str>,
}

impl Statement<'_> {
    fn read(&self, author: &str, places: &Places<'_>, standing: &mut Standing) -> Result<(), String> {
        let names = self.said.get("vulnerability").map(names).unwrap_or_default();
        let name = *names.first().ok_or("a statement names no vulnerability")?;
        let status = text(self.said, "status").and_then(|word| known(word, Status::WORDS));
        let status =
            status.ok_or_else(|| format!("the statement on {} has no known status", name.escape_debug()))?;
        let components = components(self.said);
        for component in &components {
            standing.withdraw(&names, component);
        }
        // What is affected, or may be, is no exception.
        if !matches!(status, Status::NotAffected | Status::Fixed) {
            return Ok(());
        }
        if components.is_empty() {
            return Err(format!("the statement on {} names no component of cargo", name.escape_debug()));
        }
        let why = text(self.said, "justification");
        let justification = why.and_then(|word| known(word, Justification::WORDS));
        let reason = text(self.said, "impact_statement").or_else(|| text(self.said, "status_notes")).or(why);
        let at = places.said(name);
        for component in components {
            let mut waiver = exception("OpenVEX", at.clone(), name, reason);
            author.clone_into(&mut waiver.by.value);
            waiver.component = Some(Placed { value: component.clone(), at: at.clone() });
            waiver.status = Some(Placed { value: status, at: at.clone() });
            waiver.justification = justification.map(|value| Placed { value, at: at.clone() });
            let written = self.written.and_then(day_of);
            waiver.created = written.map(|value| Placed { value, at: at.clone() });
            standing.add(&names, &component, waiver);
        }
        Ok(())
    }
}

/// The names of a vulnerability: its own first. A name that is an address ends with it.
fn names(vulnerability: &Value) -> Vec<&str> {
    let own = vulnerability.as_str().or_else(|| text(vulnerability, "name"));
    let address = text(vulnerability, "@id");
    let aliases = vulnerability.get("aliases").and_then(Value::as_array).into_iter().flatten();
    let all = own.into_iter().chain(address).chain(aliases.filter_map(Value::as_str));
    all.map(|name| name.rsplit('/').next().unwrap_or(name)).filter(|name| is_advisory(name)).collect()
}

/// The components of cargo that a statement is about: parts of the product where it names parts, else the
/// product itself.
fn components(statement: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for product in statement.get("products").and_then(Value::as_array).into_iter().flatten() {
        let parts = product.get("subcomponents").and_then(Value::as_array);
        let named: Vec<&Value> = match parts {
            Some(parts) if !parts.is_empty() => parts.iter().collect(),
            _ => vec![product],
        };
        found.extend(named.into_iter().filter_map(component));
    }
    found.sort();
    found.dedup();
    found
}

fn component(part: &Value) -> Option<String> {
    let purl = part.get("identifiers").and_then(|names| text(names, "purl"));
    purl.or_else(|| text(part, "@id")).or_else(|| part.as_str()).and_then(component_of)
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn known<T: Copy>(word: &str, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}
