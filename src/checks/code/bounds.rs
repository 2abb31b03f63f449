//! Indices, sizes and answers of callers that unsafe code relies on.

use std::collections::BTreeMap;

use crate::facts::Facts;
use crate::facts::code::anatomy::{Loop, NodeId, Operator, What};
use crate::finding::Findings;

use super::flow::{Flow, last_segment};
use super::input::decoded;
use super::strangers::Strangers;
use super::{callable, flows_with, unsafe_flows};

/// Number types of indices and lengths.
const NUMBERS: &[&str] = &["i16", "i32", "i64", "i8", "isize", "u16", "u32", "u64", "u8", "usize"];

/// An operation that neither the compiler nor the library checks.
pub(super) struct Unchecked {
    pub at: NodeId,
    pub what: String,
    /// What must be in bounds.
    pub extent: Option<NodeId>,
    /// What must point to something.
    pub pointer: Option<NodeId>,
}

/// The unchecked operations of a body.
pub(super) fn unchecked(flow: &Flow<'_>) -> Vec<Unchecked> {
    flow.nodes()
        .filter_map(|at| {
            let (extent, pointer) = operands(flow, at)?;
            let what = match flow.method(at) {
                Some(method) => method.to_owned(),
                None => flow.called(at)?.trim_start_matches("std::").to_owned(),
            };
            Some(Unchecked { at, what, extent: flow.child(at, extent), pointer: flow.child(at, pointer) })
        })
        .collect()
}

/// The numbers of the children that must be in bounds, and point to something.
fn operands(flow: &Flow<'_>, at: NodeId) -> Option<(usize, usize)> {
    if let Some(method) = flow.method(at) {
        let operands = match method {
            "get_unchecked"
            | "get_unchecked_mut"
            | "set_len"
            | "split_at_unchecked"
            | "split_at_mut_unchecked"
            | "add"
            | "offset"
            | "sub"
            | "byte_add" => (1, 0),
            "copy_from" | "copy_to" | "copy_from_nonoverlapping" | "copy_to_nonoverlapping" => (2, 0),
            _ => return None,
        };
        return Some(operands).filter(|_| flow.is_unsafe_at(at));
    }
    match flow.called(at)? {
        "std::slice::from_raw_parts"
        | "std::slice::from_raw_parts_mut"
        | "std::vec::Vec::from_raw_parts"
        | "std::string::String::from_raw_parts" => Some((1, 0)),
        "std::ptr::copy" | "std::ptr::copy_nonoverlapping" | "std::ptr::write_bytes" => Some((2, 0)),
        _ => None,
    }
}

pub(super) fn caller_index_trusted(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts).filter(callable) {
        for Unchecked { at, what, extent, .. } in unchecked(&flow) {
            let Some(extent) = extent.filter(|extent| !flow.checked(*extent, at)) else { continue };
            let message = if let Some(from) = decoded(&flow, extent) {
                format!("`{what}` goes as far as what `{from}` reads, without a check")
            } else if let Some(number) = number_of_caller(&flow, extent) {
                format!(
                    "`{}` is safe to call, and hands its `{number}` to `{what}` without a check",
                    flow.name()
                )
            } else {
                continue;
            };
            found.add(&flow.place(at), message).about(&flow.of.site.within);
        }
    }
}

/// The parameter that an expression passes on, if it is a number.
pub(super) fn number_of_caller<'f>(flow: &Flow<'f>, node: NodeId) -> Option<&'f str> {
    let is_number = |name: &&str| {
        flow.parameter_type(name)
            .and_then(|ty| last_segment(flow.of, ty))
            .is_some_and(|ty| NUMBERS.contains(&ty))
    };
    flow.passes_on(node).into_iter().find(is_number)
}

pub(super) fn debug_assertion_trusted(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts).filter(|flow| !flow.of.is.is_unsafe) {
        let debug = |at: &NodeId| flow.macro_called(*at).is_some_and(|name| name.starts_with("debug_assert"));
        let asserted: Vec<_> = flow.nodes().filter(debug).map(|at| (at, flow.keys(at))).collect();
        for (at, what, value) in trusting(&flow).into_iter().filter(|_| !asserted.is_empty()) {
            let mut keys = flow.keys(value);
            keys.extend(flow.made_of(value));
            let guard = asserted.iter().find(|(guard, asserted)| *guard < at && !asserted.is_disjoint(&keys));
            let Some((guard, _)) = guard.filter(|_| !flow.checked(value, at)) else { continue };
            let message =
                format!("only a debug assertion stands before `{what}`, and a release build has none");
            found
                .add(&flow.place(at), message)
                .about(&flow.of.site.within)
                .with(&flow.place(*guard), "gone in release builds");
        }
    }
}

/// Operations that trust a value, with the value.
fn trusting(flow: &Flow<'_>) -> Vec<(NodeId, String, NodeId)> {
    let bounds = unchecked(flow)
        .into_iter()
        .filter_map(|operation| Some((operation.at, operation.what, operation.extent?)));
    let values = flow.nodes().filter_map(|at| {
        let last = flow.called(at)?.rsplit("::").next()?;
        let makes = matches!(last, "from_u32_unchecked" | "from_utf8_unchecked" | "new_unchecked");
        Some((at, last.to_owned(), flow.child(at, 0).filter(|_| makes)?))
    });
    bounds.chain(values).collect()
}

pub(super) fn capacity_taken_for_length(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts) {
        if !flow.nodes().any(|at| flow.method(at) == Some("capacity")) {
            continue;
        }
        let orders =
            |at: &NodeId| matches!(flow.body.what(*at), What::Binary(Operator::Less | Operator::Greater));
        let orders: Vec<_> = flow.nodes().filter(orders).map(|at| (at, flow.keys(at))).collect();
        for Unchecked { at, what, extent, .. } in unchecked(&flow) {
            let Some(extent) = extent.filter(|_| reads(&flow, at)) else { continue };
            let keys = flow.made_of(extent);
            let compared = orders.iter().filter(|(check, of)| *check < at && !of.is_disjoint(&keys));
            let compared: Vec<NodeId> = compared.map(|(check, _)| *check).collect();
            let by_capacity =
                |check: &NodeId| flow.body.children(*check).any(|side| is_capacity(&flow, side));
            let Some(check) = compared.first().filter(|_| compared.iter().all(by_capacity)) else { continue };
            found
                .add(
                    &flow.place(at),
                    format!("`{what}` goes as far as the capacity, and only the length is initialised"),
                )
                .about(&flow.of.site.within)
                .with(&flow.place(*check), "compared with the capacity");
        }
    }
}

fn is_capacity(flow: &Flow<'_>, side: NodeId) -> bool {
    flow.method(side) == Some("capacity")
        || flow.variable(side).is_some_and(|name| {
            flow.definitions(name).iter().any(|definition| flow.method(definition.from) == Some("capacity"))
        })
}

/// True where a place is read, not only pointed to or written.
fn reads(flow: &Flow<'_>, at: NodeId) -> bool {
    match flow.method(at) {
        Some("get_unchecked" | "get_unchecked_mut") => true,
        Some("add" | "offset") => flow.body.parent(at).is_some_and(|outer| {
            *flow.body.what(outer) == What::Deref
                || matches!(flow.method(outer), Some("read" | "as_ref" | "as_mut"))
        }),
        _ => false,
    }
}

pub(super) fn length_truncated(facts: &Facts, found: &mut Findings<'_>) {
    let compares =
        |what: &What| matches!(what, What::Binary(Operator::Less | Operator::Greater | Operator::Equal));
    for flow in flows_with(facts, compares) {
        for at in flow.nodes().filter(|at| compares(flow.body.what(*at))) {
            let narrow = flow.body.children(at).find(|side| is_narrow_length(&flow, *side));
            let number = |side: &NodeId| matches!(flow.body.what(*side), What::Number(_));
            let Some(narrow) = narrow.filter(|_| !flow.body.children(at).any(|side| number(&side))) else {
                continue;
            };
            found
                .add(&flow.place(narrow), "a length is cut to fewer bits before it is compared")
                .about(&flow.of.site.within);
        }
    }
}

/// True for `x.len() as u32`.
fn is_narrow_length(flow: &Flow<'_>, side: NodeId) -> bool {
    let What::Cast(ty) = flow.body.what(side) else { return false };
    let narrow =
        last_segment(flow.of, ty).is_some_and(|ty| matches!(ty, "u8" | "u16" | "u32" | "i8" | "i16" | "i32"));
    narrow && flow.child(side, 0).is_some_and(|inner| flow.method(inner) == Some("len"))
}

pub(super) fn caller_size_trusted(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts).filter(|flow| !flow.of.is.is_unsafe) {
        let strangers = Strangers::of(&flow);
        let trusted = unchecked(&flow).into_iter().find_map(|Unchecked { at, what, extent, .. }| {
            // Room for as many says nothing about what is in it.
            let told = |extent: &NodeId| match what.as_str() {
                "set_len" => !flow.compared(*extent, at),
                _ => !flow.checked(*extent, at),
            };
            let extent = extent.filter(told)?;
            Some((at, what, answer(&flow, &strangers, extent, 0)?))
        });
        let Some((at, what, asked)) = trusted.or_else(|| loop_of_caller(&flow, &strangers)) else { continue };
        let method = flow.method(asked).unwrap_or_default();
        found
            .add(&flow.place(at), format!("`{what}` relies on what `{method}` of the caller's type says"))
            .about(&flow.of.site.within)
            .with(&flow.place(asked), "any implementation may answer here");
    }
}

/// A loop that writes through a pointer for as long as a stranger has said.
fn loop_of_caller(flow: &Flow<'_>, strangers: &Strangers<'_>) -> Option<(NodeId, String, NodeId)> {
    flow.nodes().find_map(|at| {
        let (What::Loop(Loop::While, _), Some(condition)) = (flow.body.what(at), flow.child(at, 0)) else {
            return None;
        };
        let What::Binary(Operator::Less) = flow.body.what(condition) else { return None };
        let bound = flow.child(condition, 1)?;
        let asked = answer(flow, strangers, bound, 0).filter(|_| !flow.checked(bound, condition))?;
        let write = flow.body.within(at).find(|inside| flow.called(*inside) == Some("std::ptr::write"))?;
        Some((write, "ptr::write".to_owned(), asked))
    })
}

/// The call of a stranger that a number comes from.
fn answer(flow: &Flow<'_>, strangers: &Strangers<'_>, node: NodeId, depth: usize) -> Option<NodeId> {
    const DEEPEST: usize = 6;
    let body = flow.body;
    match body.what(node) {
        _ if depth > DEEPEST => None,
        What::Method(..) => {
            let receiver = body.child(node, 0)?;
            let asked = matches!(
                flow.method(node),
                Some("len" | "size_hint" | "count" | "remaining" | "read" | "size")
            );
            if asked && strangers.is_variable(flow, receiver) {
                return Some(node);
            }
            answer(flow, strangers, receiver, depth + 1)
        }
        What::Path(..) => {
            let mut from = flow.definitions(flow.variable(node)?).iter().map(|definition| definition.from);
            from.find_map(|from| answer(flow, strangers, from, depth + 1))
        }
        What::Binary(_) | What::Cast(_) | What::Try | What::Field(_) | What::Range => {
            body.children(node).find_map(|child| answer(flow, strangers, child, depth + 1))
        }
        _ => None,
    }
}

pub(super) fn caller_answer_trusted(facts: &Facts, found: &mut Findings<'_>) {
    /// Methods that give the same answer each time, or so it is thought.
    const STEADY: &[&str] = &["as_ref", "as_slice", "borrow", "deref", "len"];
    /// Traits that have them.
    const TRAITS: &[&str] = &["AsRef", "Borrow", "Deref", "ExactSizeIterator"];
    for flow in unsafe_flows(facts).filter(|flow| !flow.of.is.is_unsafe) {
        let strangers = Strangers::of(&flow);
        let mut asked: BTreeMap<(&str, &str), NodeId> = BTreeMap::new();
        for at in flow.nodes() {
            let Some(method) = flow.method(at).filter(|method| STEADY.contains(method)) else { continue };
            let Some(name) = flow.child(at, 0).and_then(|receiver| flow.variable(receiver)) else { continue };
            if !strangers
                .traits_of(name)
                .is_some_and(|traits| TRAITS.iter().any(|known| traits.contains(known)))
            {
                continue;
            }
            if let Some(first) = asked.insert((name, method), at) {
                let message =
                    format!("`{method}` of the caller's `{name}` is asked again, and may answer otherwise");
                found
                    .add(&flow.place(at), message)
                    .about(&flow.of.site.within)
                    .with(&flow.place(first), "asked before");
                break;
            }
        }
    }
}

pub(super) fn unreachable_trusted(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts).filter(|flow| !flow.of.is.is_unsafe) {
        let strangers = Strangers::of(&flow);
        let calls = strangers.calls(&flow);
        for at in flow.nodes() {
            if flow.called(at) != Some("std::hint::unreachable_unchecked") {
                continue;
            }
            let Some(call) = calls.first() else { continue };
            let message = format!(
                "this counts as impossible, and {} of the caller may panic and make it possible",
                call.what
            );
            found.add(&flow.place(at), message).about(&flow.of.site.within);
        }
    }
}
