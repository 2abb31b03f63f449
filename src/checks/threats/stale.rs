//! What the model shows and the code does not have: ways in, lines, radios, buses.

use std::collections::HashSet;

use super::claimed::{Claims, covers, ways};
use super::claims::{CodeIndex, Found, full_path, meanings};
use crate::facts::Facts;
use crate::facts::code::{Call, Callee, Item, Site, Value};
use crate::facts::known::interfaces::interfaces;
use crate::facts::known::words::split;
use crate::facts::threats::Interface;
use crate::facts::threats::openings::{Side, Way};
use crate::finding::Findings;
use crate::source::Placed;

/// Kinds of interface that somebody has to listen at.
const LISTENS: &[&str] = &["tcp-listen", "udp-listen", "unix-listen"];

/// An interface whose code is there, and in it nothing that listens: what is known of frameworks ends somewhere, so a
/// finding can be wrong.
pub(super) fn interface_without_listener(facts: &Facts, found: &mut Findings<'_>) {
    let listens = |kind: &str| LISTENS.contains(&kind);
    for interface in unopened(facts, listens, |_, way| way.side() == Side::In) {
        let id = &interface.id.value;
        found
            .add(&interface.id.at, format!("nothing is seen to listen in the code of interface `{id}`"))
            .about(id)
            .help("correct `code`, or name the crate that listens as `by_crate`");
    }
}

/// An interface whose code is there, and in it nothing that opens such a thing or has to do with one by its name.
pub(super) fn interface_not_opened(facts: &Facts, found: &mut Findings<'_>) {
    let tells = |kind: &str| interfaces().words_of(kind).is_some();
    for interface in unopened(facts, tells, |kind, way| way.kind() == kind) {
        let kind = kind(interface);
        if interfaces().words_of(kind).is_none_or(|words| is_touched(facts, interface, words)) {
            continue;
        }
        let id = &interface.id.value;
        let what = match kind {
            "serial" => "a serial line".to_owned(),
            "ble" => "Bluetooth".to_owned(),
            "mqtt-client" => "a broker".to_owned(),
            kind => format!("`{kind}`"),
        };
        found
            .add(&interface.id.at, format!("nothing in the code of interface `{id}` has to do with {what}"))
            .about(id)
            .help("correct `code`, or take the interface out of the model");
    }
}

fn kind(interface: &Interface) -> &str {
    interface.kind.as_ref().map_or("", |kind| kind.value.as_str())
}

/// The interfaces of some kinds that name code which is there, and opens nothing of the kind.
fn unopened(
    facts: &Facts,
    of_kind: impl Fn(&str) -> bool,
    opens: impl Fn(&str, &Way<'_>) -> bool,
) -> Vec<&Interface> {
    let interfaces = facts.threats.models.iter().flat_map(|model| &model.interfaces);
    let wanted: Vec<&Interface> = interfaces
        .filter(|interface| {
            let other = interface.not_rust.as_ref().is_some_and(|other| other.value);
            of_kind(kind(interface)) && !other && interface.by_crate.is_none() && !interface.code.is_empty()
        })
        .collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let index = CodeIndex::new(facts);
    let claims = Claims::new(facts);
    let ways = ways(facts);
    let opened: Vec<&Interface> = ways
        .iter()
        .flat_map(|way| {
            claims.of(way).into_iter().filter(|claim| opens(kind(claim), way)).collect::<Vec<_>>()
        })
        .collect();
    // Code that is gone is a finding of its own; what a macro makes was not seen.
    let seen = |path: &Placed<String>| matches!(index.look_up(&path.value), Found::Items(_) | Found::Module);
    let is_open = |interface: &Interface| opened.iter().any(|claim| std::ptr::eq(*claim, interface));
    wanted.into_iter().filter(|one| !is_open(one) && one.code.iter().all(seen)).collect()
}

/// True where the code of an interface has to do with something that has one of these words in its name, or where nobody can
/// tell: a device file is opened there, or a claim holds a whole package.
fn is_touched(facts: &Facts, interface: &Interface, words: &HashSet<String>) -> bool {
    let claims: Vec<String> =
        interface.code.iter().flat_map(|code| meanings(facts, &code.value)).map(|(_, path)| path).collect();
    let Some(tails) = claims.iter().map(|claim| tail(claim)).collect::<Option<Vec<&str>>>() else {
        return true;
    };
    let inside = |site: &Site, path: &str| {
        tails.iter().any(|tail| path.contains(tail))
            && full_path(facts, site.unit, path)
                .is_some_and(|place| claims.iter().any(|claim| covers(claim, &place)))
    };
    let tells = |text: &str| {
        let mut names = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        names.any(|name| split(name).iter().any(|word| words.contains(word)))
    };
    let code = &facts.code;
    let mut calls = code.calls.iter().filter(|call| inside(&call.site, &call.site.within));
    let mut items = code.items.iter().filter(|item| inside(&item.site, &item.path));
    calls.any(|call| has_to_do(call, &tells)) || items.any(|item| is_made_of(item, &tells))
}

/// Beginnings of methods that move bytes: what they are called on may be anything that was handed in.
const MOVES: &[&str] = &["read", "write", "recv", "send", "transfer", "poll", "next", "fill"];

/// True where what is called, or what it is called on, tells by its name; where bytes are moved; and where a device file is named.
fn has_to_do(call: &Call, tells: &impl Fn(&str) -> bool) -> bool {
    let named = match &call.callee {
        Callee::Method { name, .. } if MOVES.iter().any(|start| name.starts_with(start)) => return true,
        Callee::Path(name) | Callee::Method { receiver: Some(name), .. } => Some(name),
        Callee::Macro(_) if call.unread => return tells(call.site.at.snippet()),
        Callee::Method { receiver: None, .. } | Callee::Macro(_) => None,
    };
    let device = |value: &Value| matches!(value, Value::Text(text) if text.starts_with("/dev/"));
    call.arguments.iter().any(|argument| device(&argument.value))
        || named.is_some_and(|name| {
            tells(beyond(&call.site.within, name.resolved.as_deref().unwrap_or(&name.written)))
        })
}

/// True where a parameter or field has a telling type.
fn is_made_of(item: &Item, tells: &impl Fn(&str) -> bool) -> bool {
    let types = item.fields.iter().filter_map(|field| field.of_type.as_ref()?.resolved.as_deref());
    types.map(|path| beyond(&item.path, path)).any(tells)
        || item.fields.iter().any(|field| tells(&field.written))
}

/// What a path has beyond what it shares with the place: the module around it tells nothing.
fn beyond<'p>(place: &str, path: &'p str) -> &'p str {
    let shared = place.split("::").zip(path.split("::")).take_while(|(one, other)| one == other);
    let length: usize = shared.map(|(name, _)| name.len() + 2).sum();
    path.get(length..).unwrap_or_default()
}

/// What follows the name of the package in a claim.
fn tail(claim: &str) -> Option<&str> {
    let (_, tail) = claim.split_once("::")?;
    Some(tail.strip_suffix("::*").unwrap_or(tail)).filter(|tail| *tail != "*")
}

#[cfg(test)]
mod tests {
    use super::beyond;

    #[test]
    fn the_module_around_a_place_is_left_out() {
        assert_eq!(beyond("pump::serial::run", "pump::serial::Line::open"), "Line::open");
        assert_eq!(beyond("pump::serial::run", "pump::serial::run"), "");
        assert_eq!(beyond("pump::serial::run", "serialport::new"), "serialport::new");
        assert_eq!(beyond("pump::motor::run", "pump::serial::Line"), "serial::Line");
    }
}
