//! Values made of bytes, and bytes made of values.

use std::collections::HashSet;

use crate::facts::Facts;
use crate::facts::code::Name;
use crate::facts::code::anatomy::{
    Anatomy, Bound, Generics, NodeId, Shape, Type, TypeItem, Visibility, What,
};
use crate::finding::Findings;

use super::bounds::unchecked;
use super::flow::{Flow, last_segment, mentions};
use super::strangers::Strangers;
use super::{callable, unsafe_flows};

/// Traits that promise nothing of the bytes of a value.
const HARMLESS: &[&str] = &[
    "Any",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Display",
    "Eq",
    "Hash",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Send",
    "Sized",
    "Sync",
    "Unpin",
];

/// Functions that take memory as so many bytes.
const BY_BYTES: &[&str] = &[
    "std::ptr::copy",
    "std::ptr::copy_nonoverlapping",
    "std::slice::from_raw_parts",
    "std::slice::from_raw_parts_mut",
];

pub(super) fn bytes_of_any_type(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts).filter(callable) {
        let Some((at, name)) = taken_as_bytes(&flow) else { continue };
        found
            .add(&flow.place(at), format!("`{}` takes any `{name}` for plain bytes", flow.name()))
            .about(&flow.of.site.within);
    }
}

/// Where a parameter that may be any type is taken as bytes.
fn taken_as_bytes<'f>(flow: &Flow<'f>) -> Option<(NodeId, &'f str)> {
    let strangers = Strangers::of(flow);
    let any: Vec<&str> = strangers.types.keys().copied().filter(|name| may_be_any(flow, name)).collect();
    let among = |ty: &Type| any.iter().copied().find(|name| mentions(flow.of, ty, name));
    let bytes = flow.of.is.output.as_ref().is_some_and(shows_bytes(flow))
        || flow.nodes().any(|at| match flow.body.what(at) {
            What::Cast(ty) => matches!(&**ty, Type::Pointer { to, .. } if is_byte(flow, to)),
            _ => false,
        });
    flow.nodes().filter(|_| !any.is_empty()).find_map(|at| {
        let What::Call(_, types) = flow.body.what(at) else { return None };
        match flow.called(at)? {
            "std::mem::size_of" | "std::mem::size_of_val" if bytes => {
                let user = flow
                    .body
                    .around(at)
                    .find(|outer| flow.called(*outer).is_some_and(|path| BY_BYTES.contains(&path)))?;
                let value = flow.child(at, 0).and_then(|value| flow.parameter_type(flow.variable(value)?));
                Some((user, types.first().or(value).and_then(among)?))
            }
            "std::mem::transmute_copy" => types.iter().find_map(among).map(|name| (at, name)),
            _ => None,
        }
    })
}

fn shows_bytes(flow: &Flow<'_>) -> impl Fn(&Type) -> bool {
    |ty| ty.any(&mut |part| matches!(part, Type::Slice(inner) if is_byte(flow, inner)))
}

fn is_byte(flow: &Flow<'_>, ty: &Type) -> bool {
    matches!(last_segment(flow.of, ty), Some("u8" | "i8" | "c_char"))
}

/// True where nothing that is demanded of a parameter promises anything of its bytes.
fn may_be_any(flow: &Flow<'_>, parameter: &str) -> bool {
    let anatomy = flow.anatomy;
    demands_nothing(anatomy, flow.of, &flow.of.is.generics, parameter)
        && flow.own_impl().is_none_or(|by| demands_nothing(anatomy, by, &by.is.generics, parameter))
        && anatomy
            .trait_of(&flow.of.is)
            .is_none_or(|of| demands_nothing(anatomy, of, &of.is.generics, parameter))
}

fn demands_nothing<T>(anatomy: &Anatomy, of: &Shape<T>, generics: &Generics, parameter: &str) -> bool {
    let declared = generics.types().filter(|known| of.written(known.name) == parameter);
    let demanded = generics.wheres.iter().filter(|(ty, _)| last_segment(of, ty) == Some(parameter));
    let bounds = declared.flat_map(|known| &known.bounds).chain(demanded.flat_map(|(_, bounds)| bounds));
    bounds.into_iter().all(|bound| match bound {
        Bound::Trait(name, _) => promises_nothing(anatomy, of.name(*name), 0),
        Bound::Lifetime(_) | Bound::Relaxed => true,
    })
}

/// True for a trait that safe code may implement for any type.
fn promises_nothing(anatomy: &Anatomy, name: &Name, depth: usize) -> bool {
    const DEEPEST: usize = 8;
    if HARMLESS.contains(&name.written.rsplit("::").next().unwrap_or_default()) {
        return true;
    }
    let Some(of) = anatomy.trait_named(name).filter(|_| depth < DEEPEST) else { return false };
    let supers = of.is.supers.iter().all(|bound| match bound {
        Bound::Trait(name, _) => promises_nothing(anatomy, of.name(*name), depth + 1),
        Bound::Lifetime(_) | Bound::Relaxed => true,
    });
    !of.is.is_unsafe && of.is.visibility == Visibility::Public && supers
}

pub(super) fn padding_exposed(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts).filter(|flow| !flow.of.is.is_unsafe) {
        for at in flow.nodes() {
            let shows = matches!(
                flow.called(at),
                Some("std::slice::from_raw_parts" | "std::slice::from_raw_parts_mut")
            );
            let sized =
                flow.body.within(at).filter(|_| shows).find_map(|inside| match flow.body.what(inside) {
                    What::Call(_, types) if flow.called(inside) == Some("std::mem::size_of") => {
                        types.first()?.head()
                    }
                    _ => None,
                });
            let item = sized.and_then(|name| flow.anatomy.type_named(flow.of.name(name)));
            let Some(item) = item.filter(|item| may_pad(item)) else { continue };
            let name = item.written(item.is.name);
            found
                .add(
                    &flow.place(at),
                    format!(
                        "the bytes of a `{name}` are shown, and between its fields nobody has written any"
                    ),
                )
                .about(&flow.of.site.within)
                .with(&item.site.at, "the type is declared here");
        }
    }
}

/// True for a struct of numbers that differ in size.
fn may_pad(item: &Shape<TypeItem>) -> bool {
    let closed =
        item.is.repr.iter().any(|word| word.starts_with("packed") || word.starts_with("transparent"));
    let size = |ty: &Type| {
        let ty = if let Type::Array(inner) = ty { inner } else { ty };
        match last_segment(item, ty)? {
            "u8" | "i8" | "bool" => Some(1),
            "u16" | "i16" => Some(2),
            "u32" | "i32" | "f32" | "char" => Some(4),
            "u64" | "i64" | "f64" | "usize" | "isize" => Some(8),
            "u128" | "i128" => Some(16),
            _ => None,
        }
    };
    let sizes: Option<Vec<u32>> = item.is.fields.iter().map(|field| size(&field.of)).collect();
    !closed && sizes.is_some_and(|sizes| sizes.windows(2).any(|pair| pair[0] != pair[1]))
}

pub(super) fn caller_bytes_trusted(facts: &Facts, found: &mut Findings<'_>) {
    let written = written_by_anybody(&facts.code.anatomy);
    for flow in unsafe_flows(facts).filter(callable) {
        for at in flow.nodes() {
            let what = match flow.called(at) {
                Some(
                    "std::str::from_utf8_unchecked"
                    | "std::str::from_utf8_unchecked_mut"
                    | "std::string::String::from_utf8_unchecked",
                ) => "text",
                Some("std::char::from_u32_unchecked") => "a character",
                _ => continue,
            };
            let Some(argument) = flow.child(at, 0) else { continue };
            let message = match flow.passes_on(argument).first() {
                Some(name) if !flow.checked(argument, at) => {
                    format!("`{}` is safe to call, and takes its `{name}` for {what} unseen", flow.name())
                }
                None if shows_one_of(&flow, argument, &written) => {
                    format!("`{}` takes for {what} what anybody may write into it", flow.name())
                }
                _ => continue,
            };
            found.add(&flow.place(at), message).about(&flow.of.site.within);
        }
    }
}

/// True for bytes of `self`, where that is one of these types.
fn shows_one_of(flow: &Flow<'_>, bytes: NodeId, types: &HashSet<&str>) -> bool {
    let own = flow.made_of(bytes).iter().any(|key| key.starts_with("self."));
    own && flow.own_type().is_some_and(|item| types.contains(item.site.within.as_str()))
}

/// Types whose bytes others may write through a trait.
fn written_by_anybody(anatomy: &Anatomy) -> HashSet<&str> {
    let writing = anatomy.impls.iter().filter(|by| {
        by.is.of_trait.as_ref().is_some_and(|(name, types)| match by.name(*name).resolved.as_deref() {
            Some("std::io::Write") => true,
            Some("std::convert::AsMut" | "std::borrow::BorrowMut") => {
                types.iter().any(|ty| matches!(ty, Type::Slice(_)))
            }
            _ => false,
        })
    });
    writing.filter_map(|by| Some(anatomy.self_type(by)?.site.within.as_str())).collect()
}

pub(super) fn open_field_trusted(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts).filter(|flow| !flow.of.is.is_unsafe && flow.of.is.receiver.is_some()) {
        let Some(item) = flow.own_type().filter(|item| item.is.visibility == Visibility::Public) else {
            continue;
        };
        let open = open_fields(item);
        let trusted = unchecked(&flow).into_iter().filter(|_| !open.is_empty()).find_map(|operation| {
            let parts = [operation.extent, operation.pointer].into_iter().flatten();
            let keys: Vec<String> = parts.flat_map(|part| flow.made_of(part)).collect();
            let (field, how) = open.iter().find(|(field, _)| keys.contains(field))?;
            let checked = operation.extent.is_some_and(|extent| flow.checked(extent, operation.at));
            (!checked).then(|| {
                (operation.at, format!("`{}` relies on `{field}`, which anybody can {how}", operation.what))
            })
        });
        let Some((at, message)) = trusted else { continue };
        found
            .add(&flow.place(at), message)
            .about(&flow.of.site.within)
            .with(&item.site.at, "the type is declared here");
    }
}

/// Fields that safe code elsewhere can give any value, as `self.field`, and how.
fn open_fields(item: &Shape<TypeItem>) -> Vec<(String, &'static str)> {
    let deserialised = item.is.derives.iter().any(|name| item.written(*name).ends_with("Deserialize"));
    let fields = item.is.fields.iter().enumerate().filter_map(|(index, field)| {
        let name = field.name.map_or_else(|| index.to_string(), |name| item.written(name).to_owned());
        let how = match field.visibility {
            Visibility::Public => "set",
            _ if deserialised => "set through `Deserialize`",
            _ => return None,
        };
        Some((format!("self.{name}"), how))
    });
    fields.collect()
}
