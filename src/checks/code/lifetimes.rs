//! References and pointers that last longer than what they point into.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::facts::code::anatomy::{Bound, NodeId, Receiver, Shape, Type, TypeItem, What};
use crate::finding::Findings;

use super::flow::{Flow, last_segment};
use super::{callable, flows_with, unsafe_flows};

pub(super) fn lifetime_unbound(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts).filter(callable) {
        let (name, within) = (flow.name(), &flow.of.site.within);
        if returns(&flow, "'static") {
            let Some(at) = flow.nodes().find(|at| invents(&flow, *at)) else { continue };
            let message = format!("`{name}` makes a reference that lasts for ever of one that does not");
            found.add(&flow.place(at), message).about(within);
        }
        for lifetime in flow.of.is.generics.lifetimes() {
            let written = flow.of.written(lifetime.name);
            if returns(&flow, written) && lifetime.bounds.is_empty() && !goes_in(&flow, written) {
                let message = format!("the caller of `{name}` chooses how long `{written}` lasts");
                found.add(&flow.of.site.at, message).about(within);
            }
        }
    }
}

/// True for a type that mentions a lifetime.
fn has<T>(of: &Shape<T>, ty: &Type, lifetime: &str) -> bool {
    ty.any(&mut |part| match part {
        Type::Reference { lifetime: Some(known), .. } | Type::Lifetime(known) => {
            of.written(*known) == lifetime
        }
        _ => false,
    })
}

fn returns(flow: &Flow<'_>, lifetime: &str) -> bool {
    flow.of.is.output.as_ref().is_some_and(|output| has(flow.of, output, lifetime))
}

/// True where a parameter, or a demand on one, says how long a lifetime is.
fn goes_in(flow: &Flow<'_>, lifetime: &str) -> bool {
    let (of, function) = (flow.of, &flow.of.is);
    let by_receiver = match &function.receiver {
        Some(Receiver::Reference { lifetime: Some(known), .. }) => of.written(*known) == lifetime,
        Some(Receiver::Typed(ty)) => has(of, ty, lifetime),
        _ => false,
    };
    let demands = |bound: &Bound| match bound {
        Bound::Lifetime(known) => of.written(*known) == lifetime,
        other => other.types().iter().any(|ty| has(of, ty, lifetime)),
    };
    by_receiver
        || function.inputs.iter().any(|input| has(of, &input.of, lifetime))
        || function
            .generics
            .wheres
            .iter()
            .any(|(ty, bounds)| has(of, ty, lifetime) || bounds.iter().any(demands))
        || function.generics.types().any(|parameter| parameter.bounds.iter().any(demands))
}

/// True where a reference of the caller becomes one of any lifetime.
fn invents(flow: &Flow<'_>, at: NodeId) -> bool {
    let borrowed = |node: NodeId| {
        flow.keys(node).iter().any(|key| {
            let of_parameter = flow
                .parameter_type(key)
                .is_some_and(|ty| matches!(ty, Type::Reference { .. }) && !has(flow.of, ty, "'static"));
            of_parameter || key.starts_with("self.")
        })
    };
    match flow.body.what(at) {
        What::Call(..) => flow.called(at) == Some("std::mem::transmute") && borrowed(at),
        What::Borrow(_) => {
            let place = flow.child(at, 0).filter(|place| *flow.body.what(*place) == What::Deref);
            let pointer = place.and_then(|place| flow.child(place, 0));
            pointer
                .is_some_and(|pointer| matches!(flow.body.what(pointer), What::Cast(_)) && borrowed(pointer))
        }
        _ => false,
    }
}

pub(super) fn pointer_outlives_source(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Struct(_))).filter(callable) {
        for at in flow.nodes() {
            let What::Struct(name) = flow.body.what(at) else { continue };
            let item = flow.anatomy.type_named(flow.of.name(*name));
            let Some(item) = item.filter(|item| keeps_pointer(item)) else { continue };
            let Some(source) = borrowed_source(&flow, at) else { continue };
            let name = item.written(item.is.name);
            found
                .add(
                    &flow.place(at),
                    format!("`{name}` keeps a pointer into {source}, and nothing says for how long"),
                )
                .about(&flow.of.site.within)
                .with(&item.site.at, "has no lifetime");
            break;
        }
    }
}

/// True for a type with a pointer and no lifetime.
fn keeps_pointer(item: &Shape<TypeItem>) -> bool {
    item.is.generics.lifetimes().next().is_none()
        && item.is.fields.iter().any(|field| is_pointer(item, &field.of))
}

/// True for a raw pointer, `NonNull`, or an option of one.
pub(super) fn is_pointer<T>(of: &Shape<T>, ty: &Type) -> bool {
    match ty {
        Type::Pointer { .. } => true,
        Type::Path(_, types) => match last_segment(of, ty) {
            Some("NonNull") => true,
            Some("Option") => types.iter().any(|ty| is_pointer(of, ty)),
            _ => false,
        },
        _ => false,
    }
}

/// What a pointer in a literal points into, where that is only borrowed.
fn borrowed_source(flow: &Flow<'_>, literal: NodeId) -> Option<String> {
    flow.behind(literal).find_map(|at| {
        flow.method(at).filter(|method| method.starts_with("as_") && method.ends_with("_ptr"))?;
        let name = flow.key(flow.child(at, 0)?)?;
        if name == "self" || name.starts_with("self.") {
            return of_borrowing_type(flow).then(|| "what `self` borrows".to_owned());
        }
        let ty = flow.parameter_type(&name)?;
        let Type::Reference { lifetime, to, .. } = ty else { return None };
        let plain = matches!(**to, Type::Slice(_)) || last_segment(flow.of, to) == Some("str");
        let lives = lifetime.map(|name| flow.of.written(name));
        let tied = lives.is_some_and(|lives| lives == "'static" || is_tied(flow, lives));
        (plain && !tied).then(|| format!("`{name}`"))
    })
}

/// True for a method of a type with a lifetime.
fn of_borrowing_type(flow: &Flow<'_>) -> bool {
    flow.own_impl().is_some_and(|by| {
        by.is.self_type.any(&mut |ty| matches!(ty, Type::Lifetime(name) if by.written(*name) != "'static"))
    })
}

/// True where a bound of the impl carries a lifetime into what is made.
fn is_tied(flow: &Flow<'_>, lifetime: &str) -> bool {
    flow.own_impl().is_some_and(|by| {
        let declared = by.is.generics.parameters.iter().flat_map(|parameter| &parameter.bounds);
        let demanded = by.is.generics.wheres.iter().flat_map(|(_, bounds)| bounds);
        declared.chain(demanded).flat_map(Bound::types).any(|ty| has(by, ty, lifetime))
    })
}

pub(super) fn file_mapped(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts).filter(|flow| !flow.of.is.is_unsafe) {
        let maps = |at: &NodeId| maps_file(&flow, *at) && !is_nameless(&flow, *at);
        let Some(at) = flow.nodes().find(maps) else { continue };
        found
            .add(
                &flow.place(at),
                "a file is mapped, and whoever changes it changes memory that counts as constant",
            )
            .about(&flow.of.site.within);
    }
}

fn maps_file(flow: &Flow<'_>, at: NodeId) -> bool {
    let of_mapping = |path: &str| path.starts_with("memmap2::") || path.starts_with("memmap::");
    match flow.body.what(at) {
        What::Call(..) => flow.called(at).is_some_and(|path| of_mapping(path) && path.contains("::map")),
        What::Method(..) => {
            let maps = flow.method(at).is_some_and(|method| {
                method.starts_with("map") && method != "map_anon" && method != "map_err"
            });
            maps && flow.body.within(at).any(|inside| flow.called(inside).is_some_and(of_mapping))
        }
        _ => false,
    }
}

/// True for a file that the program has made here, and that has no name by which others could open it.
fn is_nameless(flow: &Flow<'_>, at: NodeId) -> bool {
    const MAKE: &[&str] = &[
        "tempfile::tempfile",
        "tempfile::tempfile_in",
        "tempfile::spooled_tempfile",
        "tempfile::spooled_tempfile_in",
    ];
    let mut asked = BTreeSet::new();
    let mut waiting = vec![at];
    while let Some(at) = waiting.pop() {
        if flow.body.within(at).any(|inside| flow.called(inside).is_some_and(|path| MAKE.contains(&path))) {
            return true;
        }
        for key in flow.keys(at) {
            let variable = key.split('.').next().unwrap_or(&key);
            if asked.insert(variable.to_owned()) {
                waiting.extend(flow.definitions(variable).iter().map(|made| made.from));
            }
        }
    }
    false
}
