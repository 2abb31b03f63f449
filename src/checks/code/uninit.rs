//! Memory that counts as initialised and is not.

use std::collections::BTreeMap;

use crate::facts::Facts;
use crate::facts::code::anatomy::{NodeId, Type, What};
use crate::finding::Findings;

use super::flow::{Flow, mentions};
use super::strangers::Strangers;
use super::unsafe_flows;

pub(super) fn length_before_contents(facts: &Facts, found: &mut Findings<'_>) {
    let message = "`set_len` counts elements that nobody has written";
    for flow in unsafe_flows(facts) {
        for (at, allocated) in grown_untouched(&flow) {
            found
                .add(&flow.place(at), message)
                .about(&flow.of.site.within)
                .with(&flow.place(allocated), "the memory comes from here");
        }
        for at in flow.nodes() {
            if counts_capacity(&flow, at) {
                found.add(&flow.place(at), message).about(&flow.of.site.within);
            } else if flow.called(at) == Some("std::slice::from_raw_parts_mut") && shows_spare(&flow, at) {
                found
                    .add(&flow.place(at), "a slice is made of memory that nobody has written")
                    .about(&flow.of.site.within);
            }
        }
    }
}

/// Every `set_len` of a vector that nothing has touched since it was allocated, with the allocation.
fn grown_untouched(flow: &Flow<'_>) -> Vec<(NodeId, NodeId)> {
    let mut found = Vec::new();
    let mut fresh: BTreeMap<String, NodeId> = BTreeMap::new();
    let mut receiver = None;
    for at in flow.nodes() {
        match flow.body.what(at) {
            What::Let(names, ty) => {
                let plain = !ty.as_ref().is_some_and(|ty| mentions(flow.of, ty, "MaybeUninit"));
                let from = flow.body.within(at).find(|inside| plain && allocates(flow, *inside));
                for name in names {
                    note(&mut fresh, flow.of.written(*name).to_owned(), from);
                }
            }
            What::Assign => {
                if let Some(vector) = flow.child(at, 0).and_then(|place| flow.key(place)) {
                    receiver = flow.child(at, 0);
                    note(&mut fresh, vector, flow.body.within(at).find(|inside| allocates(flow, *inside)));
                }
            }
            What::Method(..) => {
                let Some(vector) = flow.child(at, 0).and_then(|place| flow.key(place)) else { continue };
                receiver = flow.child(at, 0);
                match flow.method(at) {
                    Some("reserve" | "reserve_exact" | "try_reserve") => note(&mut fresh, vector, Some(at)),
                    Some("set_len") => {
                        let none =
                            flow.child(at, 1).is_none_or(|length| *flow.body.what(length) == What::Number(0));
                        found.extend(fresh.get(&vector).filter(|_| !none).map(|from| (at, *from)));
                    }
                    Some("len" | "capacity" | "is_empty") => {}
                    _ => note(&mut fresh, vector, None),
                }
            }
            What::Path(..) | What::Field(_) => {
                if receiver.is_none_or(|receiver| !flow.body.within(receiver).contains(&at))
                    && let Some(vector) = flow.key(at)
                {
                    fresh.remove(&vector);
                }
            }
            _ => {}
        }
    }
    found
}

fn note(fresh: &mut BTreeMap<String, NodeId>, vector: String, allocated: Option<NodeId>) {
    match allocated {
        Some(from) => {
            fresh.insert(vector, from);
        }
        None => {
            fresh.remove(&vector);
        }
    }
}

fn allocates(flow: &Flow<'_>, at: NodeId) -> bool {
    let What::Call(_, types) = flow.body.what(at) else { return false };
    let vector = flow.called_last(at).is_some_and(|name| name.starts_with("with_capacity"));
    vector && !types.iter().any(|ty| mentions(flow.of, ty, "MaybeUninit"))
}

/// True for `v.set_len(v.capacity())`.
fn counts_capacity(flow: &Flow<'_>, at: NodeId) -> bool {
    if flow.method(at) != Some("set_len") {
        return false;
    }
    let of_vector = flow.child(at, 0).and_then(|vector| flow.key(vector));
    let length = flow.child(at, 1).filter(|length| flow.method(*length) == Some("capacity"));
    let of_length = length.and_then(|length| flow.child(length, 0)).and_then(|vector| flow.key(vector));
    of_vector.is_some() && of_vector == of_length
}

/// True for a slice that begins in a vector and goes as far as its capacity.
fn shows_spare(flow: &Flow<'_>, at: NodeId) -> bool {
    let (Some(pointer), Some(length)) = (flow.child(at, 0), flow.child(at, 1)) else { return false };
    let asks =
        |part: NodeId, method: &str| flow.behind(part).any(|inside| flow.method(inside) == Some(method));
    let uninit = |ty: &Type| mentions(flow.of, ty, "MaybeUninit");
    let typed = flow.body.within(pointer).any(|inside| match flow.body.what(inside) {
        What::Cast(ty) => uninit(ty),
        What::Method(_, types) => types.iter().any(uninit),
        _ => false,
    });
    let returned = flow.of.is.output.as_ref().is_some_and(uninit);
    asks(pointer, "as_mut_ptr") && asks(length, "capacity") && !typed && !returned
}

pub(super) fn any_type_from_nothing(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts).filter(|flow| !flow.of.is.is_unsafe) {
        let strangers = Strangers::of(&flow);
        for at in flow.nodes().filter(|_| !strangers.types.is_empty()) {
            let Some((types, nothing, value)) = made_of_nothing(&flow, at) else { continue };
            let Some(ty) = types.first().or_else(|| expected(&flow, value)) else { continue };
            if mentions(flow.of, ty, "MaybeUninit") {
                continue;
            }
            let Some(name) = strangers.types.keys().find(|name| mentions(flow.of, ty, name)) else {
                continue;
            };
            let message =
                format!("a value with a `{name}` is made of {nothing}, and not every type has such a value");
            found.add(&flow.place(at), message).about(&flow.of.site.within);
        }
    }
}

/// A value that nobody has written: the types in the call, what it is made of, and the expression.
fn made_of_nothing<'f>(flow: &Flow<'f>, at: NodeId) -> Option<(&'f [Type], &'static str, NodeId)> {
    let What::Call(_, types) = flow.body.what(at) else { return None };
    let (nothing, value) = match flow.called(at)? {
        "std::mem::zeroed" => ("zeros", at),
        "std::mem::uninitialized" => ("whatever the memory held", at),
        path @ ("std::mem::MaybeUninit::zeroed" | "std::mem::MaybeUninit::uninit") => {
            let outer = flow.body.parent(at).filter(|outer| flow.method(*outer) == Some("assume_init"))?;
            (if path.ends_with("zeroed") { "zeros" } else { "whatever the memory held" }, outer)
        }
        _ => return None,
    };
    Some((types, nothing, value))
}

/// The type that is written where a value goes: in a `let`, or what the function returns.
fn expected<'f>(flow: &Flow<'f>, at: NodeId) -> Option<&'f Type> {
    for outer in flow.body.around(at) {
        match flow.body.what(outer) {
            What::Unsafe => {}
            What::Block => {
                let last = flow.body.children(outer).last()?;
                flow.body.within(last).contains(&at).then_some(())?;
            }
            What::Let(_, ty) => return ty.as_deref(),
            _ => return None,
        }
    }
    flow.of.is.output.as_ref()
}
