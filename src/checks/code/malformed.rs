//! Functions that end the program on malformed input.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::facts::code::anatomy::{Bound, NodeId, Operator, Type, Visibility, What};
use crate::finding::Findings;

use super::flow::{Flow, last_segment};
use super::flows_with;
use super::input::{decoded, is_bytes, is_text};

pub(super) fn text_cut_at_byte(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Index | What::Method(..))) {
        let asked = OnceCell::new();
        for at in flow.nodes() {
            let cuts = *flow.body.what(at) == What::Index || flow.method(at) == Some("split_at");
            let (Some(text), Some(range)) = (flow.child(at, 0).filter(|_| cuts), flow.child(at, 1)) else {
                continue;
            };
            if !text_of(&flow, text, 0) || is_digits(&flow, text) || !is_blind(&flow, range) {
                continue;
            }
            let keys = flow.made_of(text);
            let asked = asked.get_or_init(|| asks_for_characters(&flow));
            if asked.iter().any(|(before, of)| *before < at && !of.is_disjoint(&keys)) {
                continue;
            }
            let name = flow.key(text).map_or_else(|| "a text".to_owned(), |key| format!("`{key}`"));
            found
                .add(&flow.place(at), format!("{name} is cut at a byte that may lie inside a character"))
                .about(&flow.of.site.within);
        }
    }
}

/// True for an expression that is a text, as far as annotations and constructors tell.
fn text_of(flow: &Flow<'_>, node: NodeId, depth: usize) -> bool {
    const DEEPEST: usize = 6;
    let inner = || flow.child(node, 0).is_some_and(|inner| text_of(flow, inner, depth + 1));
    match flow.body.what(node) {
        _ if depth > DEEPEST => false,
        What::Path(..) => flow.variable(node).is_some_and(|name| {
            flow.parameter_type(name).is_some_and(|ty| is_text(flow.of, ty))
                || flow.definitions(name).iter().any(|definition| match flow.body.what(definition.at) {
                    What::Let(_, Some(ty)) => is_text(flow.of, ty),
                    What::Let(_, None) => text_of(flow, definition.from, depth + 1),
                    _ => false,
                })
        }),
        What::Method(_, types) => match flow.method(node).unwrap_or_default() {
            "as_str" | "into_string" | "to_ascii_lowercase" | "to_ascii_uppercase" | "to_lowercase"
            | "to_string_lossy" | "to_uppercase" | "trim" | "trim_end" | "trim_matches" | "trim_start" => {
                true
            }
            "to_string" => !flow.child(node, 0).is_some_and(|inner| is_plain(flow, inner)),
            "as_ref" => flow.child(node, 0).is_some_and(|inner| is_generic_text(flow, inner)),
            "collect" => types.iter().any(|ty| is_text(flow.of, ty)),
            "unwrap" | "expect" | "clone" | "unwrap_or_default" => inner(),
            _ => false,
        },
        What::Call(..) => flow
            .called(node)
            .is_some_and(|path| path.starts_with("std::string::String::") || path == "std::str::from_utf8"),
        What::Macro(_) => flow.macro_called(node) == Some("format"),
        What::Field(name) => flow.own_type().is_some_and(|item| {
            let own = flow.child(node, 0).and_then(|base| flow.variable(base)) == Some("self");
            own && item.is.fields.iter().any(|field| {
                field.name.is_some_and(|known| item.written(known) == flow.of.written(*name))
                    && is_text(item, &field.of)
            })
        }),
        What::Borrow(_) | What::Deref | What::Try | What::Index => inner(),
        _ => false,
    }
}

/// True for what is shown in letters of ASCII by its name: a kind of the standard library, an id, a digest.
fn is_plain(flow: &Flow<'_>, node: NodeId) -> bool {
    const PLAIN: &[&str] = &["digest", "hash", "id", "kind", "oid", "sha", "uuid"];
    let name = flow.method(node).or_else(|| flow.called_last(node)).or_else(|| flow.variable(node));
    name.is_some_and(|name| name.rsplit('_').next().is_some_and(|last| PLAIN.contains(&last)))
}

/// True for a variable that holds the digits of a number by its name.
fn is_digits(flow: &Flow<'_>, text: NodeId) -> bool {
    const DIGITS: &[&str] = &["checksum", "digest", "hash", "hex", "oid", "sha", "sha1", "sha256", "uuid"];
    let text =
        if let What::Borrow(_) = flow.body.what(text) { flow.child(text, 0).unwrap_or(text) } else { text };
    flow.variable(text).and_then(|name| name.rsplit('_').next()).is_some_and(|last| DIGITS.contains(&last))
}

/// True for a variable whose type is a parameter with `AsRef<str>`.
fn is_generic_text(flow: &Flow<'_>, node: NodeId) -> bool {
    let of = flow.of;
    let as_text = |bounds: &[Bound]| {
        bounds.iter().any(|bound| match bound {
            Bound::Trait(name, types) => {
                of.written(*name).ends_with("AsRef") && types.iter().any(|ty| is_text(of, ty))
            }
            _ => false,
        })
    };
    let ty = flow.variable(node).and_then(|name| flow.parameter_type(name)).map(Type::behind_references);
    match ty {
        Some(Type::Opaque(bounds)) => as_text(bounds),
        Some(ty) => {
            let name = last_segment(of, ty);
            let declared = of.is.generics.types().filter(|known| Some(of.written(known.name)) == name);
            let demanded = of.is.generics.wheres.iter().filter(|(ty, _)| last_segment(of, ty) == name);
            declared
                .map(|known| &known.bounds)
                .chain(demanded.map(|(_, bounds)| bounds))
                .any(|bounds| as_text(bounds))
        }
        None => false,
    }
}

/// True for bounds that say nothing about where characters begin: numbers, and numbers that anybody may give.
fn is_blind(flow: &Flow<'_>, range: NodeId) -> bool {
    match flow.body.what(range) {
        What::Range => flow.body.children(range).any(|bound| is_blind_at(flow, bound, 0)),
        _ => flow.method(flow.body.parent(range).unwrap_or(range)).is_some() && is_blind_at(flow, range, 0),
    }
}

fn is_blind_at(flow: &Flow<'_>, bound: NodeId, depth: usize) -> bool {
    const DEEPEST: usize = 6;
    let blind = |node: NodeId| is_blind_at(flow, node, depth + 1);
    match flow.body.what(bound) {
        _ if depth > DEEPEST => false,
        What::Number(number) => *number > 0 || depth > 0,
        // What a private function is given stands beside it, and its caller knows the text.
        What::Path(..) => flow.variable(bound).is_some_and(|name| {
            let definitions = flow.definitions(name);
            let of_anybody = flow.is_parameter(name) && flow.of.is.visibility == Visibility::Public;
            let blind = definitions.iter().all(|definition| blind(definition.from));
            (if definitions.is_empty() { of_anybody } else { !flow.is_parameter(name) }) && blind
        }),
        What::Binary(operator) => {
            let sides: Vec<NodeId> = flow.body.children(bound).collect();
            let beyond = *operator == Operator::Add
                && sides
                    .iter()
                    .any(|side| matches!(flow.body.what(*side), What::Number(number) if *number > 1))
                && sides.iter().any(|side| was_found_as_character(flow, *side));
            let is_length = |side: &NodeId| flow.method(*side) == Some("len");
            // One length less another one: where a part begins.
            let of_part = *operator == Operator::Sub && sides.iter().all(is_length);
            beyond || (!of_part && sides.iter().all(|side| is_length(side) || blind(*side)))
        }
        What::Range => flow.body.children(bound).all(|side| flow.method(side) == Some("len") || blind(side)),
        What::Cast(_) => flow.child(bound, 0).is_some_and(blind),
        _ => false,
    }
}

/// True for a place where one character was found: what stands behind it is not known.
fn was_found_as_character(flow: &Flow<'_>, node: NodeId) -> bool {
    flow.variable(node).is_some_and(|name| {
        // The last one before it: names are used again.
        let definitions = flow.definitions(name).iter().filter(|definition| definition.at < node);
        definitions.max_by_key(|definition| definition.at).is_some_and(|definition| {
            let from = flow.without_failure(definition.from);
            matches!(flow.method(from), Some("find" | "rfind"))
                && flow.child(from, 1).is_some_and(|what| !flow.place(what).snippet().starts_with('"'))
        })
    })
}

/// Places that ask which characters a text has, with what they mention.
fn asks_for_characters(flow: &Flow<'_>) -> Vec<(NodeId, BTreeSet<String>)> {
    const ASKS: &[&str] = &[
        "as_bytes",
        "bytes",
        "char_indices",
        "chars",
        "ends_with",
        "eq_ignore_ascii_case",
        "get",
        "is_ascii",
        "is_char_boundary",
        "is_match",
        "matches",
        "split_once",
        "starts_with",
        "strip_prefix",
        "strip_suffix",
    ];
    let asked = flow.nodes().filter_map(|at| match flow.body.what(at) {
        What::Method(..) => flow.method(at).filter(|method| ASKS.contains(method)).map(|_| (at, at)),
        // Compared as a whole, not by its length.
        What::Binary(Operator::Equal) => {
            let by_length = flow.body.within(at).any(|inside| flow.method(inside) == Some("len"));
            (!by_length).then_some((at, at))
        }
        What::Match => {
            let subject = flow.child(at, 0)?;
            (!matches!(flow.method(subject), Some("find" | "rfind"))).then_some((at, subject))
        }
        _ => None,
    });
    // What is asked of a copy (`text.to_lowercase()`) is asked of the text.
    let keys = |whole: NodeId| {
        let mut keys = flow.keys(whole);
        let copied = keys
            .iter()
            .flat_map(|key| flow.definitions(key))
            .filter(|definition| is_copy(flow, definition.from));
        let of: Vec<BTreeSet<String>> = copied.map(|definition| flow.keys(definition.from)).collect();
        keys.extend(of.into_iter().flatten());
        keys
    };
    asked.map(|(at, whole)| (at, keys(whole))).collect()
}

/// True for a text that is made of another one letter by letter.
fn is_copy(flow: &Flow<'_>, from: NodeId) -> bool {
    const COPIES: &[&str] =
        &["clone", "to_ascii_lowercase", "to_ascii_uppercase", "to_lowercase", "to_owned", "to_uppercase"];
    flow.method(from).is_some_and(|method| COPIES.contains(&method))
}

pub(super) fn input_unwrapped(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Method(..))) {
        let output = flow.of.is.output.as_ref().and_then(|ty| last_segment(flow.of, ty)).unwrap_or_default();
        if !output.ends_with("Result") && output != "Option" {
            continue;
        }
        for at in flow.nodes() {
            let parsed = flow.child(at, 0).filter(|_| matches!(flow.method(at), Some("unwrap" | "expect")));
            let Some((what, input)) = parsed.and_then(|parsed| parses(&flow, parsed)) else { continue };
            let of_input = |name: &&str| {
                flow.parameter_type(name).is_some_and(|ty| is_text(flow.of, ty) || is_bytes(flow.of, ty))
            };
            let Some(name) = flow.passes_on(input).into_iter().find(|name| of_input(name)) else { continue };
            if flow.compared(input, at) {
                continue;
            }
            found
                .add(&flow.place(at), format!("`{what}` of `{name}` may fail, and this ends the program where an error could be returned"))
                .about(&flow.of.site.within);
        }
    }
}

/// What parses, and what is parsed.
fn parses<'f>(flow: &Flow<'f>, node: NodeId) -> Option<(&'f str, NodeId)> {
    const PARSERS: &[&str] = &[
        "decode",
        "deserialize",
        "from_bytes",
        "from_slice",
        "from_str",
        "from_str_radix",
        "from_utf8",
        "parse",
    ];
    let name = flow.method(node).filter(|name| *name == "parse").or_else(|| flow.called_last(node))?;
    PARSERS.contains(&name).then(|| Some((name, flow.child(node, 0)?)))?
}

pub(super) fn input_indexed(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Index | What::Method(..))) {
        for at in flow.nodes() {
            if let Some(from) = cut_as_read(&flow, at) {
                let message = format!("what `{from}` reads says how far this goes, without a check");
                found.add(&flow.place(at), message).about(&flow.of.site.within);
            }
        }
        let takes_apart = ["decode", "deserialize", "from_bytes", "from_slice", "parse", "read_"];
        if takes_apart.iter().any(|word| flow.name().contains(word))
            && let Some((at, input)) = flow.nodes().find_map(|at| Some((at, unmeasured(&flow, at)?)))
        {
            let message = format!("`{input}` is indexed before anybody asks how long it is");
            found.add(&flow.place(at), message).about(&flow.of.site.within);
        }
    }
}

/// The function that reads how far a slice goes.
fn cut_as_read<'f>(flow: &Flow<'f>, at: NodeId) -> Option<&'f str> {
    let cuts = match flow.body.what(at) {
        What::Index => true,
        _ => matches!(flow.method(at), Some("advance" | "drain" | "split_at" | "split_off" | "split_to")),
    };
    let bound = flow.child(at, 1).filter(|_| cuts)?;
    let parts: Vec<NodeId> = match flow.body.what(bound) {
        What::Range => flow.body.children(bound).collect(),
        _ => vec![bound],
    };
    parts.into_iter().find_map(|part| decoded(flow, part).filter(|_| !flow.compared(part, at)))
}

/// The parameter that is indexed at a node, if nobody has asked for its length.
fn unmeasured<'f>(flow: &Flow<'f>, at: NodeId) -> Option<&'f str> {
    const ASKS: &[&str] = &["first", "get", "is_empty", "iter", "len", "split_at"];
    let place = flow.child(at, 0).filter(|_| *flow.body.what(at) == What::Index)?;
    let input = flow.variable(place)?;
    // A private function that is told where to look is told so by somebody who knows.
    let told =
        flow.child(at, 1).is_some_and(|index| flow.keys(index).iter().any(|key| flow.is_parameter(key)));
    if told && flow.of.is.visibility != Visibility::Public {
        return None;
    }
    let slice = flow
        .parameter_type(input)
        .is_some_and(|ty| matches!(ty, Type::Reference { .. }) && is_bytes(flow.of, ty));
    let asked = flow.nodes().take_while(|before| *before < at).any(|before| {
        flow.method(before).is_some_and(|method| ASKS.contains(&method)) && flow.keys(before).contains(input)
    });
    (slice && !asked && !flow.compared(place, at)).then_some(input)
}

pub(super) fn number_out_of_range(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Method(..) | What::Call(..))) {
        for at in flow.nodes() {
            let Some((number, message)) = narrow(&flow, at) else { continue };
            if is_told(&flow, number) && !flow.compared(number, at) {
                found.add(&flow.place(at), message).about(&flow.of.site.within);
            }
        }
    }
}

/// A call that not every number suits, with the number.
fn narrow(flow: &Flow<'_>, at: NodeId) -> Option<(NodeId, &'static str)> {
    if flow.method(at) == Some("next_power_of_two") {
        let message = "the upper half of all numbers has no next power of two: this panics, or gives 0";
        return Some((flow.child(at, 0)?, message));
    }
    let path = flow.called(at).or(match flow.body.what(at) {
        What::Call(name, _) => Some(flow.of.written(*name)),
        _ => None,
    })?;
    let (of, last) = path.rsplit_once("::")?;
    let makes_time = match of.rsplit("::").next()? {
        "Duration" if of.starts_with("std::") => matches!(last, "from_secs_f32" | "from_secs_f64"),
        "Duration" | "TimeDelta" => {
            matches!(last, "days" | "hours" | "milliseconds" | "minutes" | "seconds" | "weeks")
        }
        "NaiveDate" => matches!(last, "from_ymd" | "from_yo" | "from_isoywd"),
        "NaiveTime" => last.starts_with("from_hms") && !last.ends_with("_opt"),
        _ => false,
    };
    let message = "not every number is a time, and this ends the program where it is none";
    makes_time.then(|| Some((flow.child(at, 0)?, message)))?
}

/// True for a number that was read or parsed, or that the caller of a public function gives.
fn is_told(flow: &Flow<'_>, number: NodeId) -> bool {
    let parsed = flow.behind(number).any(|at| flow.method(at) == Some("parse"));
    parsed || decoded(flow, number).is_some() || (super::callable(flow) && !flow.passes_on(number).is_empty())
}
