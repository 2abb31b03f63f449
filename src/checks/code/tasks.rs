//! Code that runs where it must not wait, must not panic, or must not run at all.

use std::collections::BTreeMap;

use crate::facts::Facts;
use crate::facts::code::anatomy::{NodeId, Operator, What};
use crate::facts::code::{Callee, Item, ItemKind};
use crate::facts::known::patterns::first;
use crate::finding::Findings;

use super::flow::Flow;
use super::foreign::panics;
use super::{called, flows_with, functions, names, shipped};

pub(super) fn blocked_in_async(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Method(..) | What::Call(..))) {
        for at in flow.nodes() {
            let blocks = flow.method(at) == Some("block_on") || flow.called_last(at) == Some("block_on");
            if blocks && is_async_at(&flow, at) {
                found
                    .add(
                        &flow.place(at),
                        "`block_on` inside async code stops the thread that other tasks wait for, or panics",
                    )
                    .about(&flow.of.site.within);
            }
        }
    }
}

/// True inside an async function or block, but not in a closure that runs on a thread of its own.
fn is_async_at(flow: &Flow<'_>, at: NodeId) -> bool {
    for outer in flow.body.around(at) {
        match flow.body.what(outer) {
            What::Async => return true,
            What::Closure(_) => return false,
            _ => {}
        }
    }
    flow.of.is.is_async
}

pub(super) fn connections_unlimited(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Loop(..))) {
        if flow.nodes().any(|at| speaks_of_limit(&flow, at)) {
            continue;
        }
        for at in flow.nodes().filter(|at| matches!(flow.body.what(*at), What::Loop(..))) {
            let within = || flow.body.within(at);
            let accepts = |at: NodeId| {
                let alone = flow.body.children(at).count() == 1;
                matches!(flow.method(at), Some("accept" | "incoming")) && alone
            };
            let spawns = |at: &NodeId| {
                let name = flow.called_last(*at).or_else(|| flow.method(*at));
                matches!(name, Some("spawn" | "spawn_local" | "spawn_blocking"))
            };
            let inner = |spawn: NodeId| {
                flow.body.around(spawn).find(|outer| matches!(flow.body.what(*outer), What::Loop(..)))
                    == Some(at)
            };
            if let Some(spawn) = within().find(spawns).filter(|spawn| inner(*spawn) && within().any(accepts))
            {
                found
                    .add(
                        &flow.place(spawn),
                        "each connection starts another task or thread, however many there are",
                    )
                    .about(&flow.of.site.within);
            }
        }
    }
}

/// True for a name that speaks of how many there may be, and for a number that is compared.
fn speaks_of_limit(flow: &Flow<'_>, at: NodeId) -> bool {
    const LIMITS: &[&str] = &[
        "permit",
        "semaphore",
        "acquire",
        "limit",
        "capacity",
        "max",
        "throttle",
        "pool",
        "slots",
        "budget",
    ];
    let name = match flow.body.what(at) {
        What::Path(name, _)
        | What::Field(name)
        | What::Method(name, _)
        | What::Call(name, _)
        | What::Macro(name) => flow.of.written(*name).to_ascii_lowercase(),
        What::Binary(Operator::Less | Operator::Greater) => return true,
        _ => return false,
    };
    LIMITS.iter().any(|word| name.contains(word))
}

pub(super) fn span_entered_across_await(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Await)) {
        for at in flow.nodes().filter(|at| matches!(flow.method(*at), Some("enter" | "entered"))) {
            let entered = flow.child(at, 0).is_some_and(|span| is_span(&flow, span));
            if entered && is_async_at(&flow, at) && waits_with(&flow, at) {
                found
                    .add(
                        &flow.place(at),
                        "the span stays entered while the task waits, and others run under it",
                    )
                    .about(&flow.of.site.within);
            }
        }
    }
}

/// True for a span of `tracing`: of its macros, its functions, or a parameter of its type.
fn is_span(flow: &Flow<'_>, node: NodeId) -> bool {
    let of_tracing = |path: Option<&str>| path.is_some_and(|path| first(path) == "tracing");
    match flow.body.what(node) {
        What::Call(..) => of_tracing(flow.called(node)),
        What::Macro(name) => of_tracing(flow.of.name(*name).resolved.as_deref()),
        What::Path(..) => flow.variable(node).is_some_and(|name| {
            let parameter = flow.parameter_type(name).and_then(|of| of.behind_references().head());
            let typed = parameter.is_some_and(|head| of_tracing(flow.of.name(head).resolved.as_deref()));
            // A variable that is made of itself again is not followed.
            let made = flow.definitions(name).iter().map(|made| made.from);
            typed || made.filter(|from| flow.variable(*from).is_none()).any(|from| is_span(flow, from))
        }),
        _ => false,
    }
}

/// True where what a `let` binds lives past an `.await` of the same task.
fn waits_with(flow: &Flow<'_>, value: NodeId) -> bool {
    let Some(binding) = flow.body.parent(value) else { return false };
    let What::Let(names, _) = flow.body.what(binding) else { return false };
    let [name] = &**names else { return false };
    let block = flow.body.parent(binding).map_or_else(|| flow.nodes(), |block| flow.body.within(block));
    let mut at = flow.body.within(binding).end;
    while at < block.end {
        match flow.body.what(at) {
            What::Await => return true,
            // A task of its own.
            What::Async | What::Closure(_) => at = flow.body.within(at).end,
            What::Call(..) if flow.called_last(at) == Some("drop") => {
                let dropped = flow.child(at, 0).and_then(|dropped| flow.variable(dropped));
                if dropped == Some(flow.of.written(*name)) {
                    return false;
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    false
}

pub(super) fn drop_may_panic(facts: &Facts, found: &mut Findings<'_>) {
    let drops = functions(facts)
        .filter(|of| of.written(of.is.name) == "drop")
        .map(|of| Flow::of(&facts.code.anatomy, of));
    for flow in drops.filter(|flow| flow.own_trait() == Some("std::ops::Drop")) {
        let Some((at, what)) = flow.nodes().find_map(|at| Some((at, panics(&flow, at)?))) else { continue };
        found
            .add(
                &flow.place(at),
                format!("{what} may panic in `drop`, and while another panic unwinds that ends the process"),
            )
            .about(&flow.of.site.within);
    }
}

pub(super) fn unfinished_code(facts: &Facts, found: &mut Findings<'_>) {
    for call in shipped(facts) {
        let Callee::Macro(_) = &call.callee else { continue };
        let Some(path @ ("std::todo" | "std::unimplemented")) = called(call) else { continue };
        let name = path.trim_start_matches("std::");
        found
            .add(&call.site.at, format!("`{name}!` ships: whoever comes here ends the program"))
            .about(&call.site.within);
    }
}

pub(super) fn environment_changed(facts: &Facts, found: &mut Findings<'_>) {
    for call in shipped(facts) {
        let Some(path @ ("std::env::set_var" | "std::env::remove_var")) = called(call) else { continue };
        let name = path.trim_start_matches("std::");
        found
            .add(
                &call.name_place(),
                format!("`{name}` changes what other threads read at the same time without a lock"),
            )
            .about(&call.site.within);
    }
}

pub(super) fn task_unwatched(facts: &Facts, found: &mut Findings<'_>) {
    const STARTS: &[&str] = &[
        "actix_rt::spawn",
        "actix_web::rt::spawn",
        "async_std::task::spawn",
        "async_std::task::spawn_blocking",
        "std::thread::spawn",
        "tokio::spawn",
        "tokio::task::spawn",
        "tokio::task::spawn_blocking",
        "tokio::task::spawn_local",
    ];
    for call in shipped(facts).filter(|call| call.discarded) {
        if called(call).is_some_and(|path| STARTS.contains(&path)) {
            found.add(&call.site.at, "nobody learns how this ends").about(&call.site.within);
        }
    }
}

pub(super) fn code_before_main(facts: &Facts, found: &mut Findings<'_>) {
    let run = |item: &Item| {
        let mut attributes = item.attributes.iter().filter_map(|text| text.split(['(', ' ']).next());
        attributes.find_map(|path| match path.rsplit("::").next()? {
            "ctor" => Some("before"),
            "dtor" => Some("after"),
            _ => None,
        })
    };
    let functions = facts.code.items.iter().filter(|item| item.kind == ItemKind::Function);
    let outside: BTreeMap<&str, &str> =
        functions.filter_map(|item| Some((item.path.as_str(), run(item)?))).collect();
    if outside.is_empty() {
        return;
    }
    for call in shipped(facts) {
        let Some(when) = outside.get(call.site.within.as_str()) else { continue };
        if let Some(path) = called(call).filter(|path| needs_runtime(path)) {
            found
                .add(&call.site.at, format!("`{path}` runs {when} `main`, where it need not work"))
                .about(&call.site.within);
        }
    }
}

/// True for what the standard library does not promise before or after `main`.
fn needs_runtime(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("std::") else { return false };
    let part = rest.split("::").next().unwrap_or(rest);
    matches!(
        part,
        "env"
            | "fs"
            | "io"
            | "net"
            | "process"
            | "thread"
            | "time"
            | "dbg"
            | "eprint"
            | "eprintln"
            | "panic"
            | "print"
            | "println"
    )
}

pub(super) fn signal_handler_does_much(facts: &Facts, found: &mut Findings<'_>) {
    /// Functions that make a function a signal handler.
    const REGISTERS: &[&str] = &[
        "libc::signal",
        "nix::sys::signal::signal",
        "nix::sys::signal::SigHandler::Handler",
        "signal_hook::low_level::register",
    ];
    let named = shipped(facts).filter(|call| called(call).is_some_and(|path| REGISTERS.contains(&path)));
    let handlers: Vec<&str> = named
        .flat_map(|call| &call.arguments)
        .flat_map(|argument| {
            let paths = names(&argument.value).into_iter().map(|name| name.written.as_str());
            argument.name.as_deref().into_iter().chain(paths)
        })
        .collect();
    for of in functions(facts).filter(|of| of.is.is_extern && handlers.contains(&of.written(of.is.name))) {
        let flow = Flow::of(&facts.code.anatomy, of);
        let Some((at, what)) = flow.nodes().find_map(|at| Some((at, not_for_signals(&flow, at)?))) else {
            continue;
        };
        found
            .add(
                &flow.place(at),
                format!("`{what}` in a signal handler waits for what the interrupted code may hold"),
            )
            .about(&of.site.within);
    }
}

/// What allocates, locks or prints at a node.
fn not_for_signals<'f>(flow: &Flow<'f>, at: NodeId) -> Option<&'f str> {
    if let Some(name) = flow.macro_called(at) {
        let prints = [
            "debug", "eprint", "eprintln", "error", "format", "info", "panic", "print", "println", "vec",
            "warn",
        ];
        return Some(name).filter(|name| prints.contains(name));
    }
    flow.method(at)
        .filter(|name| matches!(*name, "lock" | "send" | "to_string" | "push" | "unwrap" | "expect"))
}
