//! Pointers of callers, pointers moved too far, and shared references made mutable.

use crate::facts::Facts;
use crate::facts::code::anatomy::{Function, NodeId, Receiver, Shape, Type, Visibility, What};
use crate::finding::Findings;

use super::flow::{Flow, last_segment};
use super::{callable, flows_with, functions, unsafe_flows};

pub(super) fn caller_pointer_trusted(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts).filter(callable).filter(|flow| !flow.of.is.is_extern) {
        let pointers = pointers(flow.of);
        let used = flow.nodes().filter(|_| !pointers.is_empty()).find_map(|at| {
            let name =
                |pointer: NodeId| flow.passes_on(pointer).into_iter().find(|name| pointers.contains(name));
            if let Some(name) = followed(&flow, at).and_then(name) {
                return Some((at, name, "follows"));
            }
            handed_on(&flow, at).into_iter().find_map(name).map(|name| (at, name, "hands on"))
        });
        let Some((at, name, verb)) = used else { continue };
        found
            .add(
                &flow.place(at),
                format!("`{}` is safe to call, and {verb} whatever `{name}` points to", flow.name()),
            )
            .about(&flow.of.site.within);
    }
}

/// The parameters that are raw pointers.
fn pointers(of: &Shape<Function>) -> Vec<&str> {
    let inputs = of.is.inputs.iter().filter(|input| matches!(input.of, Type::Pointer { .. }));
    inputs.flat_map(|input| &input.names).map(|name| of.written(*name)).collect()
}

/// The pointer that is followed at a node.
pub(super) fn followed(flow: &Flow<'_>, at: NodeId) -> Option<NodeId> {
    /// Methods of raw pointers that reach what they point to, or come near.
    const REACHES: &[&str] = &[
        "add",
        "as_mut",
        "as_ref",
        "copy_from",
        "copy_to",
        "drop_in_place",
        "offset",
        "read",
        "read_unaligned",
        "read_volatile",
        "replace",
        "sub",
        "write",
        "write_unaligned",
        "write_volatile",
    ];
    /// Functions of `std::ptr` that do not.
    const HARMLESS: &[&str] =
        &["addr_eq", "eq", "from_ref", "hash", "null", "null_mut", "slice_from_raw_parts"];
    if !flow.is_unsafe_at(at) {
        return None;
    }
    let follows = match flow.body.what(at) {
        What::Deref => true,
        What::Method(..) => flow.method(at).is_some_and(|method| REACHES.contains(&method)),
        What::Call(..) => flow.called(at).is_some_and(|path| {
            let last = path.rsplit("::").next().unwrap_or(path);
            let reaches =
                path.starts_with("std::ptr::") && !path.contains("NonNull") && !HARMLESS.contains(&last);
            let owns = matches!(last, "from_raw" | "from_raw_parts" | "from_raw_parts_mut")
                && path.starts_with("std::");
            reaches || owns || path == "std::ffi::CStr::from_ptr"
        }),
        _ => false,
    };
    flow.child(at, 0).filter(|_| follows)
}

/// The arguments of a call that may be one of an unsafe function.
fn handed_on(flow: &Flow<'_>, at: NodeId) -> Vec<NodeId> {
    /// Methods that take a pointer for a value.
    const HARMLESS: &[&str] = &["cast", "contains", "eq", "get", "insert", "is_null", "push", "remove"];
    let (may_be_unsafe, first) = match flow.body.what(at) {
        What::Call(..) => {
            let unknown = flow.called(at).is_none_or(|path| {
                let own = flow.anatomy.function_at(path);
                !path.starts_with("std::") && own.is_none_or(|of| of.is.is_unsafe)
            });
            (unknown, 0)
        }
        What::Method(..) => (flow.method(at).is_some_and(|method| !HARMLESS.contains(&method)), 1),
        _ => (false, 0),
    };
    if may_be_unsafe && flow.is_unsafe_at(at) {
        flow.body.children(at).skip(first).collect()
    } else {
        Vec::new()
    }
}

pub(super) fn raw_pointer_adopted(facts: &Facts, found: &mut Findings<'_>) {
    let makes = |what: &What| matches!(what, What::Struct(_) | What::Call(..));
    for flow in flows_with(facts, makes).filter(callable).filter(|flow| !flow.of.is.is_extern) {
        let pointers = pointers(flow.of);
        let adopted = flow.nodes().filter(|_| !pointers.is_empty()).find_map(|at| {
            let item = match flow.body.what(at) {
                What::Struct(name) | What::Call(name, _) => flow.anatomy.type_named(flow.of.name(*name))?,
                _ => return None,
            };
            let kept = flow.body.children(at).flat_map(|value| flow.made_of(value)).collect::<Vec<_>>();
            let name = pointers.iter().find(|name| kept.iter().any(|key| key == *name))?;
            Some((at, *name, item))
        });
        let Some((at, name, item)) = adopted else { continue };
        let path = item.site.within.as_str();
        let Some(follower) = functions(facts).find(|of| follows_own_pointer(facts, of, path)) else {
            continue;
        };
        found
            .add(
                &flow.place(at),
                format!(
                    "`{}` is safe to call, and what `{name}` points to is later taken for valid",
                    flow.name()
                ),
            )
            .about(&flow.of.site.within)
            .with(&follower.site.at, "follows it, and is safe to call too");
    }
}

/// True for a public safe method that follows a pointer in a field.
fn follows_own_pointer(facts: &Facts, of: &Shape<Function>, path: &str) -> bool {
    let anatomy = &facts.code.anatomy;
    let own = anatomy.impl_of(&of.is).and_then(|by| anatomy.self_type(by));
    let fits = own.is_some_and(|item| item.site.within == path)
        && of.is.receiver.is_some()
        && of.is.visibility == Visibility::Public
        && !of.is.is_unsafe
        && of.is.body.holds_unsafe();
    fits && {
        let flow = Flow::of(anatomy, of);
        flow.nodes().any(|at| {
            let key = followed(&flow, at).and_then(|pointer| flow.key(pointer));
            key.is_some_and(|key| key.starts_with("self."))
        })
    }
}

pub(super) fn shared_made_mutable(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts) {
        for at in flow.nodes() {
            // `&mut *(x as *const T as *mut T)`, `(x as *const T as *mut T).as_mut()`.
            let pointer = match flow.body.what(at) {
                What::Borrow(true) => {
                    let place = flow.child(at, 0).filter(|place| *flow.body.what(*place) == What::Deref);
                    place.and_then(|place| flow.child(place, 0))
                }
                What::Method(..) if flow.method(at) == Some("as_mut") => flow.child(at, 0),
                _ => None,
            };
            let Some(name) = pointer.and_then(|pointer| shared_behind(&flow, pointer, false)) else {
                continue;
            };
            found
                .add(&flow.place(at), format!("a mutable reference is made of `{name}`, which is shared"))
                .about(&flow.of.site.within);
        }
    }
}

/// The shared reference that a mutable pointer was cast from.
fn shared_behind(flow: &Flow<'_>, pointer: NodeId, made_mutable: bool) -> Option<String> {
    let inner = |made_mutable| shared_behind(flow, flow.child(pointer, 0)?, made_mutable);
    match flow.body.what(pointer) {
        What::Cast(ty) => inner(made_mutable || matches!(**ty, Type::Pointer { mutable: true, .. })),
        What::Method(..) => match flow.method(pointer)? {
            "cast_mut" => inner(true),
            "cast" => inner(made_mutable),
            _ => None,
        },
        What::Call(..) if flow.called(pointer) == Some("std::ptr::from_ref") => inner(made_mutable),
        What::Borrow(false) if made_mutable => flow.key(flow.child(pointer, 0)?),
        What::Path(..) if made_mutable => {
            let name = flow.variable(pointer)?;
            let shared = match flow.parameter_type(name) {
                Some(ty) => matches!(ty, Type::Reference { mutable: false, .. }),
                None => name == "self" && flow.of.is.receiver.as_ref().is_some_and(Receiver::is_shared),
            };
            let renewed =
                flow.definitions(name).iter().any(|definition| flow.body.is_before(definition.at, pointer));
            (shared && !renewed).then(|| name.to_owned())
        }
        _ => None,
    }
}

pub(super) fn pointer_past_field(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts) {
        for at in flow.nodes() {
            let moves = matches!(flow.method(at), Some("add" | "offset"))
                && flow.child(at, 1).is_some_and(|by| *flow.body.what(by) != What::Number(0));
            let pointer = flow.child(at, 0).filter(|_| moves);
            let Some(field) = pointer.and_then(|pointer| field_behind(&flow, pointer)) else { continue };
            let message = format!(
                "the pointer to `{field}` is moved past it, and nothing else may be reached through it"
            );
            found.add(&flow.place(at), message).about(&flow.of.site.within);
        }
    }
}

/// The field that a pointer was made of, if it is a single number.
fn field_behind(flow: &Flow<'_>, pointer: NodeId) -> Option<String> {
    let inner = flow.child(pointer, 0)?;
    match flow.body.what(pointer) {
        What::Cast(_) => field_behind(flow, inner),
        What::Method(..) if flow.method(pointer) == Some("cast") => field_behind(flow, inner),
        What::Borrow(_) => {
            let key = flow.key(inner)?;
            let (item, name) = (flow.own_type()?, key.strip_prefix("self.")?);
            let field = item
                .is
                .fields
                .iter()
                .find(|field| field.name.is_some_and(|known| item.written(known) == name))?;
            let single = last_segment(item, &field.of)?;
            let numbers = ["f32", "f64", "i16", "i32", "i64", "i8", "u16", "u32", "u64", "u8", "usize"];
            numbers.contains(&single).then_some(key)
        }
        _ => None,
    }
}
