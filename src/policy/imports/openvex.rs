//! `OpenVEX`: what somebody states of vulnerabilities in a product or in a component.

use std::sync::Arc;

use serde_json::Value;

use crate::source::{Placed, Source};

use super::super::ledger::{Justification, Status};
use super::{Read, component_of, day_of, exception, said};

pub(super) fn read(document: &Value, source: &Arc<Source>, into: &mut Read) {
    let author = text(document, "author").unwrap_or("an unnamed author");
    let day = text(document, "timestamp").and_then(day_of);
    let Some(statements) = document.get("statements").and_then(Value::as_array) else {
        into.unread.push((source.whole(), "it has no statements".to_owned()));
        return;
    };
    for statement in statements {
        if let Err(why) = read_statement(statement, author, day, source, into) {
            into.unread.push((source.whole(), why));
        }
    }
}

fn read_statement(
    statement: &Value,
    author: &str,
    day: Option<jiff::civil::Date>,
    source: &Arc<Source>,
    into: &mut Read,
) -> Result<(), String> {
    let named = statement.get("vulnerability").ok_or("a statement names no vulnerability")?;
    let name = named.as_str().or_else(|| text(named, "name")).or_else(|| text(named, "@id"));
    let name = name.ok_or("a statement names no vulnerability")?;
    let status = text(statement, "status").and_then(|word| known(word, Status::WORDS));
    let status =
        status.ok_or_else(|| format!("the statement on {} has no known status", name.escape_debug()))?;
    // What is affected, or may be, is no exception.
    if !matches!(status, Status::NotAffected | Status::Fixed) {
        return Ok(());
    }
    let why = text(statement, "justification");
    let justification = why.and_then(|word| known(word, Justification::WORDS));
    let reason = text(statement, "impact_statement").or_else(|| text(statement, "status_notes")).or(why);
    let at = said(source, name);
    let written = text(statement, "timestamp").and_then(day_of).or(day);
    let components = components(statement);
    if components.is_empty() {
        return Err(format!("the statement on {} names no component of cargo", name.escape_debug()));
    }
    for component in components {
        let mut waiver = exception("OpenVEX", at.clone(), name, reason);
        author.clone_into(&mut waiver.by.value);
        waiver.component = Some(Placed { value: component, at: at.clone() });
        waiver.status = Some(Placed { value: status, at: at.clone() });
        waiver.justification = justification.map(|value| Placed { value, at: at.clone() });
        waiver.created = written.map(|value| Placed { value, at: at.clone() });
        into.waivers.push(waiver);
    }
    Ok(())
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
