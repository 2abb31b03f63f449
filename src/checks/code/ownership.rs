//! Memory that gets a second owner, and lengths that a leak leaves wrong.

use crate::facts::Facts;
use crate::facts::code::anatomy::{NodeId, Receiver, Shape, Type, TypeItem, What};
use crate::finding::Findings;

use super::flow::{Flow, last_segment};
use super::lifetimes::is_pointer;
use super::{callable, functions, ships, unsafe_flows};

/// Containers of their own memory.
const OWNERS: &[&str] = &["Box", "String", "Vec"];

pub(super) fn owned_pointer_cloned(facts: &Facts, found: &mut Findings<'_>) {
    let anatomy = &facts.code.anatomy;
    for item in anatomy.types.iter().filter(|item| ships(&item.site) && derives(item, "Clone")) {
        let holds = |item: &Shape<TypeItem>| item.is.fields.iter().any(|field| is_pointer(item, &field.of));
        // A type of the workspace that is copied with the pointer in it.
        let through = |ty: &Type| {
            let inner = ty.head().and_then(|name| anatomy.type_named(item.name(name)));
            inner.is_some_and(|inner| {
                derives(inner, "Clone") && holds(inner) && !anatomy.drops(&inner.site.within)
            })
        };
        let name = item.written(item.is.name);
        let direct = holds(item);
        let message = if direct && anatomy.drops(&item.site.within) {
            format!("a clone of `{name}` frees what the original frees too")
        } else if owns(item)
            && (direct || item.is.fields.iter().any(|field| field.of.any(&mut |ty| through(ty))))
        {
            format!("the pointers in a clone of `{name}` still point into the original")
        } else {
            continue;
        };
        found.add(&item.site.at, message).about(&item.site.within);
    }
}

fn derives(item: &Shape<TypeItem>, name: &str) -> bool {
    item.is.derives.iter().any(|known| item.written(*known).rsplit("::").next() == Some(name))
}

fn owns(item: &Shape<TypeItem>) -> bool {
    item.is
        .fields
        .iter()
        .any(|field| last_segment(item, &field.of).is_some_and(|name| OWNERS.contains(&name)))
}

pub(super) fn moved_out_and_dropped(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts).filter(|flow| flow.of.is.receiver == Some(Receiver::Value)) {
        let Some(item) = flow.own_type().filter(|item| flow.anatomy.drops(&item.site.within)) else {
            continue;
        };
        let keeps = |at: NodeId| {
            flow.called(at).is_some_and(|path| {
                path == "std::mem::forget"
                    || path.starts_with("std::mem::ManuallyDrop::")
                    || path.ends_with("::into_raw")
            })
        };
        let reads = |at: &NodeId| {
            flow.called(*at) == Some("std::ptr::read")
                && flow
                    .child(*at, 0)
                    .is_some_and(|from| flow.keys(from).iter().any(|key| key.starts_with("self.")))
        };
        let Some(at) = flow.nodes().find(reads).filter(|_| !flow.nodes().any(keeps)) else { continue };
        let name = item.written(item.is.name);
        found
            .add(
                &flow.place(at),
                format!("what is read out of `self` here is dropped again with the `{name}`"),
            )
            .about(&flow.of.site.within);
    }
}

pub(super) fn freed_twice(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts) {
        for at in flow.nodes() {
            let takes = matches!(
                flow.called(at),
                Some(
                    "std::vec::Vec::from_raw_parts"
                        | "std::string::String::from_raw_parts"
                        | "std::boxed::Box::from_raw"
                )
            );
            let pointer = flow.child(at, 0).filter(|_| takes);
            let Some(owner) = pointer.and_then(|pointer| owner(&flow, pointer)) else { continue };
            if flow.nodes().any(|keeper| lets_go(&flow, keeper, owner)) {
                continue;
            }
            found
                .add(
                    &flow.place(at),
                    format!("what `{owner}` owns gets a second owner here, and both free it"),
                )
                .about(&flow.of.site.within);
        }
    }
}

/// The variable that owns what a pointer points to.
fn owner<'f>(flow: &Flow<'f>, pointer: NodeId) -> Option<&'f str> {
    flow.behind(pointer).find_map(|at| {
        let points = matches!(flow.method(at), Some("as_ptr" | "as_mut_ptr"));
        let name = flow.variable(flow.child(at, 0).filter(|_| points)?)?;
        let is_owner = |ty: &Type| last_segment(flow.of, ty).is_some_and(|name| OWNERS.contains(&name));
        let made = flow.definitions(name).iter().any(|definition| makes_owner(flow, definition.from));
        (flow.parameter_type(name).is_some_and(is_owner) || made).then_some(name)
    })
}

/// True for an expression that makes a container of its own memory.
fn makes_owner(flow: &Flow<'_>, at: NodeId) -> bool {
    if let Some(method) = flow.method(at) {
        return matches!(method, "to_vec" | "into_boxed_slice" | "into_vec" | "to_string");
    }
    let Some(path) = flow.called(at) else { return flow.macro_called(at) == Some("vec") };
    let own = flow.anatomy.function_at(path).and_then(|of| Some((of, of.is.output.as_ref()?)));
    match own {
        Some((of, output)) => last_segment(of, output).is_some_and(|name| OWNERS.contains(&name)),
        None => ["std::vec::Vec::", "std::boxed::Box::", "std::string::String::"]
            .iter()
            .any(|of| path.starts_with(of)),
    }
}

/// True where an owner gives up what it owns.
fn lets_go(flow: &Flow<'_>, at: NodeId, owner: &str) -> bool {
    let gives = match flow.body.what(at) {
        What::Call(..) => flow.called(at).is_some_and(|path| {
            path.ends_with("forget")
                || path.contains("ManuallyDrop")
                || path.ends_with("::leak")
                || path.ends_with("::into_raw")
        }),
        What::Method(..) => matches!(flow.method(at), Some("set_len" | "leak" | "into_raw")),
        _ => false,
    };
    gives && flow.keys(at).contains(owner)
}

pub(super) fn leak_breaks_length(facts: &Facts, found: &mut Findings<'_>) {
    let menders: Vec<&str> = functions(facts).filter_map(|of| mends_on_drop(facts, of)).collect();
    for flow in super::flows_with(facts, |what| matches!(what, What::Struct(_))).filter(callable) {
        if !matches!(flow.of.is.receiver, Some(Receiver::Reference { mutable: true, .. })) {
            continue;
        }
        let literal = flow.nodes().find_map(|at| {
            let What::Struct(name) = flow.body.what(at) else { return None };
            let item = flow.anatomy.type_named(flow.of.name(*name))?;
            menders.contains(&item.site.within.as_str()).then_some((at, item))
        });
        let Some((at, item)) = literal.filter(|_| !flow.nodes().any(|at| shortens(&flow, at))) else {
            continue;
        };
        let name = item.written(item.is.name);
        found
            .add(
                &flow.place(at),
                format!("the length is put right only when the `{name}` is dropped, and it may be leaked"),
            )
            .about(&flow.of.site.within);
    }
}

/// The type whose `Drop` this is, if it moves elements or sets a length.
fn mends_on_drop<'f>(
    facts: &'f Facts,
    of: &'f Shape<crate::facts::code::anatomy::Function>,
) -> Option<&'f str> {
    let flow = Flow::of(&facts.code.anatomy, of);
    let mends = |at: NodeId| flow.method(at) == Some("set_len") || flow.called(at) == Some("std::ptr::copy");
    let drops = flow.own_trait() == Some("std::ops::Drop") && flow.nodes().any(mends);
    flow.own_type().filter(|_| drops).map(|item| item.site.within.as_str())
}

/// True where the length is made smaller before anything can be leaked.
fn shortens(flow: &Flow<'_>, at: NodeId) -> bool {
    match flow.body.what(at) {
        What::Method(..) => matches!(flow.method(at), Some("set_len" | "take" | "truncate" | "replace")),
        What::Call(..) => matches!(flow.called(at), Some("std::mem::take" | "std::mem::replace")),
        What::Assign | What::Update(_) => {
            let key = flow.child(at, 0).and_then(|place| flow.key(place)).unwrap_or_default();
            key.starts_with("self.")
        }
        _ => false,
    }
}
