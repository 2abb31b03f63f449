//! The border to other languages: what goes over it, and what must not.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::facts::code::anatomy::{Function, NodeId, Owner, Shape, Type, TypeItem, What};
use crate::facts::code::{Call, Callee, ItemKind};
use crate::finding::Findings;

use super::flow::{Flow, last_segment};
use super::pointers::followed;
use super::{called, functions, shipped, ships};

/// Functions that other languages can call, with a body.
fn exported(facts: &Facts) -> impl Iterator<Item = Flow<'_>> {
    let exported = functions(facts).filter(|of| of.is.is_extern && of.is.is_exported);
    exported.map(|of| Flow::of(&facts.code.anatomy, of))
}

pub(super) fn foreign_pointer_unchecked(facts: &Facts, found: &mut Findings<'_>) {
    for flow in exported(facts) {
        let followed = flow.nodes().find_map(|at| {
            // `as_ref` and `as_mut` ask whether it is null.
            let pointer =
                followed(&flow, at).filter(|_| !matches!(flow.method(at), Some("as_ref" | "as_mut")))?;
            let name = flow
                .passes_on(pointer)
                .into_iter()
                .find(|name| matches!(flow.parameter_type(name), Some(Type::Pointer { .. })))?;
            (!flow.checked(pointer, at)).then_some((at, name))
        });
        let Some((at, name)) = followed else { continue };
        found
            .add(&flow.place(at), format!("`{name}` comes from another language and may be null"))
            .about(&flow.of.site.within);
    }
}

pub(super) fn panic_crosses_border(facts: &Facts, found: &mut Findings<'_>) {
    for flow in exported(facts) {
        if flow.nodes().any(|at| flow.called_last(at) == Some("catch_unwind")) {
            continue;
        }
        let Some((at, what)) = flow.nodes().find_map(|at| Some((at, panics(&flow, at)?))) else { continue };
        found
            .add(
                &flow.place(at),
                format!("{what} may panic, and a panic must not reach the caller in another language"),
            )
            .about(&flow.of.site.within);
    }
}

/// What may panic at a node.
pub(super) fn panics(flow: &Flow<'_>, at: NodeId) -> Option<String> {
    let name = match flow.method(at) {
        Some(name @ ("unwrap" | "expect" | "unwrap_err" | "expect_err")) => name,
        Some(_) => return None,
        None => flow.macro_called(at).filter(|name| {
            matches!(
                *name,
                "assert" | "assert_eq" | "assert_ne" | "panic" | "todo" | "unimplemented" | "unreachable"
            )
        })?,
    };
    Some(format!("`{name}`"))
}

pub(super) fn foreign_value_unchecked(facts: &Facts, found: &mut Findings<'_>) {
    for of in at_border(facts) {
        let incoming: Vec<&Type> = match of.is.owner {
            Owner::Foreign => of.is.output.iter().collect(),
            _ => of.is.inputs.iter().map(|input| &input.of).collect(),
        };
        let fragile = incoming.into_iter().find_map(|ty| {
            let item = own_type(facts, of, ty).filter(|item| item.is.kind == ItemKind::Enum);
            match (item, last_segment(of, ty)) {
                (Some(item), _) => Some(format!("the enum `{}`", item.written(item.is.name))),
                (None, Some("char")) => Some("a `char`".to_owned()),
                _ => None,
            }
        });
        let Some(what) = fragile else { continue };
        found
            .add(&of.site.at, format!("{what} comes from another language, which may send any number"))
            .about(&of.site.within);
    }
}

pub(super) fn layout_unfixed_at_border(facts: &Facts, found: &mut Findings<'_>) {
    for of in at_border(facts) {
        let types = of.is.inputs.iter().map(|input| &input.of).chain(&of.is.output);
        let unfixed = types.filter_map(|ty| own_type(facts, of, ty)).find(|item| {
            // A macro that makes types may give them a `repr` as well.
            !item.site.in_macro
                && item.is.repr.is_empty()
                && item.is.generics.parameters.is_empty()
                && !item.is.fields.is_empty()
        });
        let Some(item) = unfixed else { continue };
        let name = item.written(item.is.name);
        found
            .add(&of.site.at, format!("`{name}` crosses to another language, and nothing fixes its layout"))
            .about(&of.site.within)
            .with(&item.site.at, "declared here without a `repr`");
    }
}

/// Functions of `extern` blocks, and those that other languages can call.
fn at_border(facts: &Facts) -> impl Iterator<Item = &Shape<Function>> {
    let all = facts.code.anatomy.functions.iter().filter(|of| ships(&of.site));
    all.filter(|of| of.is.owner == Owner::Foreign || (of.is.is_extern && of.is.is_exported))
}

/// The type of the workspace that goes over the border by value.
fn own_type<'f>(facts: &'f Facts, of: &Shape<Function>, ty: &Type) -> Option<&'f Shape<TypeItem>> {
    facts.code.anatomy.type_named(of.name(ty.head()?))
}

pub(super) fn pointer_into_temporary(facts: &Facts, found: &mut Findings<'_>) {
    for flow in super::flows_with(facts, |what| matches!(what, What::Let(..))) {
        for at in flow.nodes() {
            let (What::Let(..), Some(value)) = (flow.body.what(at), flow.child(at, 0)) else { continue };
            let points = matches!(flow.method(value), Some("as_ptr" | "as_mut_ptr"));
            let Some(owner) = flow.child(value, 0).filter(|_| points).and_then(|of| temporary(&flow, of))
            else {
                continue;
            };
            found
                .add(&flow.place(value), format!("the pointer outlives the {owner} it points into, which is dropped at the end of this line"))
                .about(&flow.of.site.within);
        }
    }
}

/// The kind of owner that an expression makes and nobody keeps.
fn temporary(flow: &Flow<'_>, node: NodeId) -> Option<&'static str> {
    match flow.body.what(node) {
        What::Method(..) => match flow.method(node)? {
            "unwrap" | "expect" | "unwrap_or_default" => temporary(flow, flow.child(node, 0)?),
            "to_string" | "to_owned" => Some("text"),
            "to_vec" => Some("vector"),
            _ => None,
        },
        What::Try => temporary(flow, flow.child(node, 0)?),
        What::Macro(_) => match flow.macro_called(node)? {
            "format" => Some("text"),
            "vec" => Some("vector"),
            _ => None,
        },
        What::Call(..) => match flow.called(node)? {
            "std::ffi::CString::new" => Some("`CString`"),
            path if path.starts_with("std::string::String::") => Some("text"),
            path if path.starts_with("std::vec::Vec::") => Some("vector"),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn ownership_given_away(facts: &Facts, found: &mut Findings<'_>) {
    let taken: BTreeSet<(usize, &str)> =
        shipped(facts).filter_map(|call| moved(facts, call, "from_raw")).collect();
    for call in shipped(facts) {
        let Some((_, owner)) = moved(facts, call, "into_raw").filter(|of| !taken.contains(of)) else {
            continue;
        };
        found
            .add(
                &call.site.at,
                format!("a `{owner}` is given away here, and no `{owner}::from_raw` ever takes it back"),
            )
            .about(&call.site.within);
    }
}

/// The owner that becomes a pointer, or is made of one, with the member in which it happens.
fn moved<'f>(facts: &'f Facts, call: &'f Call, function: &str) -> Option<(usize, &'f str)> {
    let member = facts.code.units.get(call.site.unit)?.member;
    let path = match &call.callee {
        Callee::Path(_) => called(call)?,
        _ => return None,
    };
    let (owner, last) = path.rsplit_once("::")?;
    let known = matches!(owner, "std::boxed::Box" | "std::ffi::CString" | "std::rc::Rc" | "std::sync::Arc");
    (known && last == function).then(|| Some((member, owner.rsplit("::").next()?)))?
}
