//! Memory, stack and time that whoever writes the input decides on.

use crate::facts::Facts;
use crate::facts::code::Callee;
use crate::facts::code::anatomy::{Loop, NodeId, Operator, PARSES, Shape, Type, What};
use crate::finding::Findings;

use super::bounds::number_of_caller;
use super::flow::{Flow, mentions};
use super::input::{decoded, is_source, takes_input};
use super::{called, flows_with, shipped};

/// Types whose other end is somebody else's.
const STREAMS: &[&str] = &[
    "std::net::TcpStream",
    "std::os::unix::net::UnixStream",
    "std::process::ChildStdout",
    "tokio::net::TcpStream",
    "tokio::net::UnixStream",
];

/// Words in names that speak of a limit on nesting.
const DEPTH: &[&str] = &[
    "budget",
    "depth",
    "fuel",
    "level",
    "limit",
    "nest",
    "recurs",
    "remaining",
    "stacker",
    "sufficient_stack",
];

pub(super) fn allocation_from_input(facts: &Facts, found: &mut Findings<'_>) {
    let may = |what: &What| matches!(what, What::Call(..) | What::Method(..) | What::Macro(_));
    for flow in flows_with(facts, may) {
        let reads = takes_input(&flow);
        for at in flow.nodes() {
            let Some((what, size)) = allocates(&flow, at).filter(|(_, size)| !flow.compared(*size, at))
            else {
                continue;
            };
            let told = match decoded(&flow, size) {
                Some(from) => format!("what `{from}` reads"),
                None => match number_of_caller(&flow, size).filter(|_| reads) {
                    Some(name) => format!("`{name}`"),
                    None => continue,
                },
            };
            found
                .add(
                    &flow.place(at),
                    format!("`{what}` allocates as much as {told} says, before that much was read"),
                )
                .about(&flow.of.site.within);
        }
    }
}

/// What allocates at a node, with what decides on the size.
fn allocates<'f>(flow: &Flow<'f>, at: NodeId) -> Option<(&'f str, NodeId)> {
    if let Some(method) = flow.method(at) {
        let grows = matches!(method, "reserve" | "reserve_exact" | "resize" | "resize_with");
        return Some((method, flow.child(at, 1).filter(|_| grows)?));
    }
    if let Some(name) = flow.called_last(at) {
        return Some((name, flow.child(at, 0).filter(|_| name == "with_capacity")?));
    }
    // `vec![element; length]`, not `vec![one, two]`.
    let name = flow.macro_called(at).filter(|name| *name == "vec")?;
    let repeats = flow.body.children(at).count() == 2 && flow.place(at).snippet().contains(';');
    Some((name, flow.child(at, 1).filter(|_| repeats)?))
}

pub(super) fn recursion_unlimited(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Call(..) | What::Method(..))) {
        let Some(at) = flow.nodes().find(|at| calls_itself(&flow, *at) && !is_limited(&flow, *at)) else {
            continue;
        };
        let names = flow.of.is.inputs.iter().flat_map(|input| &input.names);
        let counts = names.into_iter().any(|name| speaks_of_depth(flow.of.written(*name)));
        let text = flow.of.is.inputs.iter().any(|input| mentions(flow.of, &input.of, "str"))
            && PARSES.iter().any(|word| flow.name().contains(word));
        if counts || !(text || takes_input(&flow)) {
            continue;
        }
        found
            .add(&flow.place(at), format!("`{}` calls itself as deep as its input nests", flow.name()))
            .about(&flow.of.site.within);
    }
}

/// True for a call of the function itself, with as many arguments as it takes.
fn calls_itself(flow: &Flow<'_>, at: NodeId) -> bool {
    let inputs = flow.of.is.inputs.len();
    match flow.body.what(at) {
        What::Call(name, _) => {
            let name = flow.of.name(*name);
            let same = match &name.resolved {
                Some(path) => *path == flow.of.site.within,
                None => name.written == format!("Self::{}", flow.name()),
            };
            let method = usize::from(flow.of.is.receiver.is_some());
            same && flow.own_trait().is_none() && flow.body.children(at).count() == inputs + method
        }
        What::Method(..) => {
            let on_self = flow.child(at, 0).and_then(|receiver| flow.variable(receiver)) == Some("self");
            let own = flow.of.is.receiver.is_some() && flow.method(at) == Some(flow.name());
            on_self && own && flow.body.children(at).count() == inputs + 1
        }
        _ => false,
    }
}

/// True where something around a call, or before it on every way to it, speaks of a limit.
fn is_limited(flow: &Flow<'_>, call: NodeId) -> bool {
    let body = flow.body;
    let speaks = |at: NodeId| match body.what(at) {
        What::Path(name, _)
        | What::Field(name)
        | What::Method(name, _)
        | What::Call(name, _)
        | What::Macro(name) => speaks_of_depth(flow.of.written(*name)),
        _ => false,
    };
    if body.around(call).any(speaks) || body.within(call).any(speaks) || switches_off(flow, call) {
        return true;
    }
    let mut inner = call;
    for outer in body.around(call) {
        let branches = *body.what(outer) == What::Match;
        let before = body.children(outer).take_while(|child| *child < inner);
        let mut on_the_way = before.filter(|child| !(branches && matches!(body.what(*child), What::Arm(_))));
        if on_the_way.any(|child| body.within(child).any(speaks)) {
            return true;
        }
        inner = outer;
    }
    false
}

/// True for a call that is made only while a switch is on, and hands it on switched off: `if outer { read(x, false) }`.
fn switches_off(flow: &Flow<'_>, call: NodeId) -> bool {
    let body = flow.body;
    let receiver = usize::from(flow.of.is.receiver.is_some());
    let off = flow.of.is.inputs.iter().enumerate().filter(|(index, _)| {
        let given = flow.child(call, index + receiver);
        given
            .is_some_and(|given| *body.what(given) == What::Literal && flow.place(given).snippet() == "false")
    });
    let off: Vec<&str> = off.flat_map(|(_, input)| &input.names).map(|name| flow.of.written(*name)).collect();
    let asks = |condition: NodeId| flow.variable(condition).is_some_and(|name| off.contains(&name));
    let mut inner = call;
    for outer in body.around(call) {
        let on = match body.what(outer) {
            What::If => flow.child(outer, 1) == Some(inner) && flow.child(outer, 0).is_some_and(asks),
            What::Arm(_) => body.children(outer).take_while(|child| *child < inner).any(asks),
            _ => false,
        };
        if on {
            return true;
        }
        inner = outer;
    }
    false
}

fn speaks_of_depth(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    DEPTH.iter().any(|word| name.contains(word))
}

pub(super) fn nesting_unlimited(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Method(..))) {
        let Some(by) = flow.own_impl().filter(|_| flow.name() == "deserialize_any") else { continue };
        let of_trait = by.is.of_trait.as_ref().map(|(name, _)| by.written(*name));
        if of_trait.is_none_or(|name| name.rsplit("::").next() != Some("Deserializer")) {
            continue;
        }
        // A value that lies in memory already nests no deeper than what made it.
        let reads = by.is.self_type.any(&mut |ty| ty.head().is_some_and(|name| is_source(by.written(name))))
            || matches!(by.is.self_type, Type::Reference { mutable: true, .. });
        let visits = |at: &NodeId| {
            matches!(flow.method(*at), Some("visit_map" | "visit_newtype_struct" | "visit_seq"))
        };
        let Some(at) = flow.nodes().find(visits).filter(|at| reads && !is_limited(&flow, *at)) else {
            continue;
        };
        let counts = flow.own_type().is_some_and(|item| {
            item.is
                .fields
                .iter()
                .any(|field| field.name.is_some_and(|name| speaks_of_depth(item.written(name))))
        });
        if !counts {
            found
                .add(&flow.place(at), "values inside values are read without a limit on how deep they nest")
                .about(&flow.of.site.within);
        }
    }
}

pub(super) fn decompression_unlimited(facts: &Facts, found: &mut Findings<'_>) {
    /// Crates whose decoders are readers.
    const READERS: &[&str] =
        &["brotli::", "bzip2::", "flate2::", "libflate::", "lz4::", "lz4_flex::", "xz2::", "zstd::"];
    /// Functions that decompress everything into memory.
    const WHOLE: &[&str] = &[
        "lz4_flex::decompress_size_prepended",
        "miniz_oxide::inflate::decompress_to_vec",
        "miniz_oxide::inflate::decompress_to_vec_zlib",
        "zstd::decode_all",
        "zstd::stream::decode_all",
    ];
    for call in shipped(facts) {
        let whole = match &call.callee {
            Callee::Method { name, receiver, chain } => {
                let decoder = receiver.as_ref().and_then(|name| name.resolved.as_deref()).unwrap_or_default();
                let reads = READERS.iter().any(|of| decoder.starts_with(of)) && decoder.contains("Decode");
                let limited = chain.iter().any(|method| method == "take");
                reads && !limited && matches!(name.as_str(), "read_to_end" | "read_to_string")
            }
            _ => called(call).is_some_and(|path| WHOLE.contains(&path)),
        };
        if whole {
            found
                .add(&call.name_place(), "a few bytes may unpack to as many as there is memory")
                .about(&call.site.within);
        }
    }
}

pub(super) fn read_unlimited(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Method(..))) {
        for at in flow.nodes() {
            let whole =
                |name: &&str| matches!(*name, "read_to_end" | "read_to_string" | "read_line" | "read_until");
            let Some(name) = flow.method(at).filter(whole) else { continue };
            if flow.child(at, 0).is_some_and(|reader| reads_stream(&flow, reader, 0)) {
                found
                    .add(&flow.place(at), format!("`{name}` reads for as long as the other end sends"))
                    .about(&flow.of.site.within);
            }
        }
    }
}

/// True for a stream, and for a reader that is made of one and does not limit it.
fn reads_stream(flow: &Flow<'_>, node: NodeId, depth: usize) -> bool {
    const DEEPEST: usize = 8;
    let inner = |node: NodeId| reads_stream(flow, node, depth + 1);
    match flow.body.what(node) {
        _ if depth > DEEPEST => false,
        What::Path(..) => flow.variable(node).is_some_and(|name| {
            flow.parameter_type(name).is_some_and(|ty| is_stream(flow.of, ty))
                || flow.definitions(name).iter().any(|definition| inner(definition.from))
        }),
        What::Field(name) => flow.own_type().is_some_and(|item| {
            let own = flow.child(node, 0).and_then(|base| flow.variable(base)) == Some("self");
            own && item.is.fields.iter().any(|field| {
                let same = field.name.is_some_and(|known| item.written(known) == flow.of.written(*name));
                same && is_stream(item, &field.of)
            })
        }),
        What::Call(..) => match flow.called_last(node) {
            Some("new" | "with_capacity") => flow.body.children(node).any(inner),
            _ => flow
                .called(node)
                .and_then(|path| path.rsplit_once("::"))
                .is_some_and(|(of, _)| STREAMS.contains(&of)),
        },
        What::Method(..) => flow.method(node) != Some("take") && flow.child(node, 0).is_some_and(inner),
        What::Try | What::Await | What::Borrow(_) | What::Deref => flow.child(node, 0).is_some_and(inner),
        _ => false,
    }
}

/// True for a type that reads a stream and does not limit it.
fn is_stream<T>(of: &Shape<T>, ty: &Type) -> bool {
    let is = |ty: &Type, wanted: &[&str]| {
        ty.head()
            .and_then(|name| of.name(name).resolved.as_deref())
            .is_some_and(|path| wanted.contains(&path))
    };
    ty.any(&mut |part| is(part, STREAMS))
        && !ty.any(&mut |part| is(part, &["std::io::Take", "tokio::io::Take"]))
}

pub(super) fn loop_without_progress(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Loop(..))) {
        for at in flow.nodes() {
            if !matches!(flow.body.what(at), What::Loop(Loop::While | Loop::Forever, _)) {
                continue;
            }
            let Some(read) = flow.body.within(at).find(|inside| is_unasked_read(&flow, *inside, at)) else {
                continue;
            };
            found
                .add(&flow.place(read), "at the end of the input this reads nothing, for ever")
                .about(&flow.of.site.within);
        }
    }
}

/// True for a reading whose count nobody compares inside the loop.
fn is_unasked_read(flow: &Flow<'_>, read: NodeId, repeat: NodeId) -> bool {
    let body = flow.body;
    let reads = match flow.method(read) {
        Some("fill_buf") => true,
        Some("read") => body.children(read).count() == 2,
        _ => false,
    };
    let nearest = body.around(read).find(|outer| matches!(body.what(*outer), What::Loop(..)));
    if !reads || nearest != Some(repeat) {
        return false;
    }
    for outer in body.around(read).take_while(|outer| *outer != repeat) {
        match body.what(outer) {
            What::Update(Operator::Add) => return true,
            What::Let(names, _) | What::LetCondition(names) => {
                let names: Vec<&str> = names.iter().map(|name| flow.of.written(*name)).collect();
                return !names.is_empty()
                    && !body.within(repeat).any(|at| asks_about(flow, at, &names, outer));
            }
            What::Try | What::Await | What::Cast(_) | What::Binary(Operator::Add | Operator::Sub) => {}
            What::Method(..) if matches!(flow.method(outer), Some("len" | "min" | "unwrap" | "expect")) => {}
            _ => return false,
        }
    }
    false
}

/// True where a count is compared, or what was read is asked whether it is empty.
fn asks_about(flow: &Flow<'_>, at: NodeId, names: &[&str], defined: NodeId) -> bool {
    let mentions = |node: NodeId| flow.keys(node).iter().any(|key| names.contains(&key.as_str()));
    if flow.body.within(defined).contains(&at) {
        return false;
    }
    match flow.body.what(at) {
        What::Binary(Operator::Equal | Operator::Less | Operator::Greater) | What::Macro(_) => mentions(at),
        What::Match | What::LetCondition(_) => flow.child(at, 0).is_some_and(mentions),
        What::Method(..) => {
            matches!(flow.method(at), Some("is_empty" | "get" | "first" | "split_first")) && mentions(at)
        }
        _ => false,
    }
}
