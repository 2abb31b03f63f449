//! What is known of input: numbers that were read from it, and functions that take it apart.

use crate::facts::code::anatomy::{Bound, NodeId, PARSES, Shape, Type, What};

use super::flow::{Flow, last_segment};

/// Names, and ends of names, of types that input is read from.
const SOURCES: &[&str] = &[
    "AsyncRead",
    "Buf",
    "BufRead",
    "Bytes",
    "Cursor",
    "Decoder",
    "Deserializer",
    "Input",
    "Lexer",
    "Parser",
    "Read",
    "Reader",
    "Stream",
    "Tokens",
];

/// Methods that pass a number on, or the error that there was none.
const SAME: &[&str] =
    &["expect", "into", "map_err", "ok", "ok_or", "ok_or_else", "to_usize", "try_into", "unwrap"];

/// The function that reads the number which an expression passes on.
pub(super) fn decoded<'f>(flow: &Flow<'f>, node: NodeId) -> Option<&'f str> {
    decoded_within(flow, node, 0)
}

fn decoded_within<'f>(flow: &Flow<'f>, node: NodeId, depth: usize) -> Option<&'f str> {
    const DEEPEST: usize = 8;
    let on = |node: NodeId| decoded_within(flow, node, depth + 1);
    match flow.body.what(node) {
        _ if depth > DEEPEST => None,
        What::Call(name, _) => {
            let last = flow.called_last(node)?;
            let bytes = last.starts_with("from_") && last.ends_with("_bytes");
            if decodes(last) || (bytes && is_wide(flow.of.written(*name))) {
                return Some(last);
            }
            matches!(last, "from" | "try_from").then(|| on(flow.child(node, 0)?))?
        }
        What::Method(..) => {
            let name = flow.method(node)?;
            if decodes(name) {
                return Some(name);
            }
            SAME.contains(&name).then(|| on(flow.child(node, 0)?))?
        }
        What::Path(..) => {
            let name = flow.variable(node).filter(|name| !flow.is_parameter(name))?;
            flow.definitions(name).iter().find_map(|definition| on(definition.from))
        }
        What::Cast(_) | What::Try | What::Await | What::Unary => on(flow.child(node, 0)?),
        What::Binary(_) => flow.body.children(node).find_map(on),
        _ => None,
    }
}

/// True for names of functions that read a number of 32 bits or more.
fn decodes(name: &str) -> bool {
    const READS: &[&str] = &["decode_", "get_", "next_", "parse_", "read_", "take_"];
    const WIDE: &[&str] =
        &["compact", "i32", "i64", "leb128", "u128", "u32", "u64", "uint", "usize", "varint", "vint"];
    let sizes = || ["count", "len", "length", "size"].iter().any(|word| name.ends_with(word));
    READS.iter().any(|start| name.starts_with(start))
        && (WIDE.iter().any(|word| name.contains(word)) || (!name.starts_with("get_") && sizes()))
}

fn is_wide(path: &str) -> bool {
    path.split("::").any(|part| matches!(part, "i32" | "i64" | "u128" | "u32" | "u64" | "usize"))
}

/// True for a function that takes input apart: by its name, and by what it gets.
pub(super) fn takes_input(flow: &Flow<'_>) -> bool {
    if !PARSES.iter().any(|word| flow.name().contains(word)) {
        return false;
    }
    let (of, function) = (flow.of, &flow.of.is);
    let of_bounds = |bounds: &[Bound]| {
        bounds.iter().any(|bound| matches!(bound, Bound::Trait(name, _) if is_source(of.written(*name))))
    };
    let generic = function.generics.types().any(|parameter| of_bounds(&parameter.bounds))
        || function.generics.wheres.iter().any(|(_, bounds)| of_bounds(bounds));
    let inputs = function.inputs.iter().any(|input| {
        input.of.any(&mut |ty| match ty {
            Type::Path(name, _) => is_source(of.written(*name)),
            Type::Opaque(bounds) | Type::Object(bounds) => of_bounds(bounds),
            other => is_bytes(of, other),
        })
    });
    let own = flow.own_impl().filter(|_| function.receiver.is_some());
    generic
        || inputs
        || own.is_some_and(|by| {
            by.is.self_type.behind_references().head().is_some_and(|name| is_source(by.written(name)))
        })
}

/// True for the name of a type that input is read from.
pub(super) fn is_source(name: &str) -> bool {
    let last = name.rsplit("::").next().unwrap_or(name);
    SOURCES.iter().any(|word| last == *word || (word.len() > 4 && last.ends_with(word)))
}

/// True for `str` and `String`, through references.
pub(super) fn is_text<T>(of: &Shape<T>, ty: &Type) -> bool {
    let ty = ty.behind_references();
    match (last_segment(of, ty), ty) {
        (Some("str" | "String"), _) => true,
        (Some("Cow"), Type::Path(_, types)) => types.iter().any(|ty| is_text(of, ty)),
        _ => false,
    }
}

/// True for bytes, through references.
pub(super) fn is_bytes<T>(of: &Shape<T>, ty: &Type) -> bool {
    let is_byte = |ty: &Type| last_segment(of, ty) == Some("u8");
    match ty.behind_references() {
        Type::Slice(inner) => is_byte(inner),
        ty @ Type::Path(_, types) => match last_segment(of, ty) {
            Some("Bytes") => true,
            Some("Vec") => types.iter().any(is_byte),
            _ => false,
        },
        _ => false,
    }
}
