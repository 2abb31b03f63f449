//! What is told to whoever asked.

use crate::facts::Facts;
use crate::facts::code::anatomy::{NodeId, What};
use crate::finding::Findings;

use super::flow::Flow;
use super::flows_with;

/// Methods whose closure gets an error, whatever it calls it.
const GETS_ERROR: &[&str] = &["map_err", "or_else", "unwrap_or_else", "map_or_else"];

/// Methods that put a body into an answer.
const BODY: &[&str] = &["body", "brief", "cause", "detail", "json", "message_body", "render", "set_body"];

/// Functions of frameworks that answer with what they are given, as an error inside the server.
const ANSWERS: &[&str] = &[
    "actix_web::error::ErrorInternalServerError",
    "poem::error::InternalServerError",
    "tonic::Status::data_loss",
    "tonic::Status::internal",
    "tonic::Status::unknown",
];

pub(super) fn internal_error_told(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Call(..) | What::Tuple | What::Method(..))) {
        for at in flow.nodes() {
            let told = answered(&flow, at).into_iter().find_map(|part| error_text(&flow, part));
            if let Some(told) = told {
                found
                    .add(&flow.place(told), "what went wrong inside is told to whoever asked")
                    .about(&flow.of.site.within)
                    .help("log the error, and answer with a fixed text and an id that finds it in the log");
            }
        }
    }
}

/// What a node puts into an answer that tells of an error inside the server.
fn answered(flow: &Flow<'_>, at: NodeId) -> Vec<NodeId> {
    let with_status = |parts: Vec<NodeId>| {
        let fails = parts.iter().any(|part| is_internal(flow, *part));
        if fails { parts } else { Vec::new() }
    };
    match flow.body.what(at) {
        What::Call(..) if flow.called(at).is_some_and(|path| ANSWERS.contains(&path)) => {
            flow.body.children(at).collect()
        }
        What::Tuple | What::Call(..) => with_status(flow.body.children(at).collect()),
        What::Method(..)
            if flow.method(at).is_some_and(|name| BODY.contains(&name)) && begins_failed(flow, at) =>
        {
            flow.body.children(at).skip(1).collect()
        }
        _ => Vec::new(),
    }
}

/// True for the status 500.
fn is_internal(flow: &Flow<'_>, at: NodeId) -> bool {
    match flow.body.what(at) {
        What::Path(name, _) => {
            let mut segments = flow.of.written(*name).rsplit("::");
            matches!(segments.next(), Some("INTERNAL_SERVER_ERROR" | "InternalServerError"))
        }
        What::Number(500) => true,
        _ => false,
    }
}

/// True for a chain of calls that builds an answer with the status 500.
fn begins_failed(flow: &Flow<'_>, at: NodeId) -> bool {
    let inner = |at: &NodeId| match flow.body.what(*at) {
        What::Method(..) | What::Try => flow.child(*at, 0),
        _ => None,
    };
    std::iter::successors(inner(&at), inner).any(|part| match flow.body.what(part) {
        What::Call(..) => {
            let named =
                matches!(flow.called_last(part), Some("InternalServerError" | "internal_server_error"));
            named || flow.child(part, 0).is_some_and(|status| is_internal(flow, status))
        }
        What::Method(..) if matches!(flow.method(part), Some("status" | "with_status" | "set_status")) => {
            flow.child(part, 1).is_some_and(|status| is_internal(flow, status))
        }
        _ => false,
    })
}

/// Where the text of an error is put into a part of an answer: there, or where a variable of it is made.
fn error_text(flow: &Flow<'_>, part: NodeId) -> Option<NodeId> {
    if let Some(error) = behind_borrow(flow, part).filter(|at| is_error(flow, *at)) {
        let shown = flow.body.parent(part).and_then(|call| flow.called(call));
        return shown
            .filter(|path| !path.contains("Status::"))
            .filter(|path| ANSWERS.contains(path))
            .map(|_| error);
    }
    let written = |at: NodeId| flow.body.within(at).find(|inner| puts_into_text(flow, *inner));
    written(part).or_else(|| {
        let variables = flow.body.within(part).filter_map(|at| flow.variable(at));
        let made = variables.flat_map(|name| flow.definitions(name)).filter(|made| made.at < part);
        made.filter(|made| composes(flow, made.from)).find_map(|made| written(made.from))
    })
}

/// True for an expression that is made here, and not what something else answered.
fn composes(flow: &Flow<'_>, at: NodeId) -> bool {
    match flow.body.what(at) {
        What::Struct(_) => true,
        What::Macro(_) => matches!(flow.macro_called(at), Some("format" | "json")),
        What::Method(..) => flow.method(at) == Some("to_string"),
        What::Call(..) => flow.called_last(at) == Some("Json"),
        _ => false,
    }
}

/// True where an error becomes text: `e.to_string()`, `format!("{e}")`, `json!({ "error": e.to_string() })`.
fn puts_into_text(flow: &Flow<'_>, at: NodeId) -> bool {
    if flow.method(at) == Some("to_string") {
        return flow.child(at, 0).is_some_and(|error| is_error(flow, error));
    }
    let text = matches!(flow.macro_called(at), Some("format" | "json" | "format_args" | "concat"));
    text && flow.body.children(at).any(|part| match flow.body.what(part) {
        What::Literal => {
            let literal = flow.place(part);
            flow.errors_around(at).any(|name| captures(literal.snippet(), name))
        }
        _ => behind_borrow(flow, part).is_some_and(|part| is_error(flow, part)),
    })
}

/// True for a format string that takes up a variable: `{name}`, `{name:?}`.
fn captures(literal: &str, name: &str) -> bool {
    literal
        .match_indices('{')
        .any(|(at, _)| literal[at + 1..].strip_prefix(name).is_some_and(|rest| rest.starts_with(['}', ':'])))
}

fn behind_borrow(flow: &Flow<'_>, at: NodeId) -> Option<NodeId> {
    match flow.body.what(at) {
        What::Borrow(_) => behind_borrow(flow, flow.child(at, 0)?),
        _ => Some(at),
    }
}

/// True for a variable that holds an error.
fn is_error(flow: &Flow<'_>, at: NodeId) -> bool {
    flow.variable(at).is_some_and(|name| flow.errors_around(at).any(|error| error == name))
}

impl<'f> Flow<'f> {
    /// The variables that hold an error at a node: of arms and conditions by their names, of `map_err` whatever they are called.
    fn errors_around(&self, at: NodeId) -> impl Iterator<Item = &'f str> {
        let around = self.body.around(at);
        around.flat_map(|outer| {
            let (names, always) = match self.body.what(outer) {
                What::Arm(names) => (&**names, false),
                What::Closure(names) => {
                    let method = self.body.parent(outer).and_then(|call| self.method(call));
                    (&**names, method.is_some_and(|name| GETS_ERROR.contains(&name)))
                }
                What::If => match self.child(outer, 0).map(|condition| self.body.what(condition)) {
                    Some(What::LetCondition(names)) => (&**names, false),
                    _ => (&[][..], false),
                },
                _ => (&[][..], false),
            };
            let names = names.iter().map(|name| self.of.written(*name));
            names.filter(move |name| always || names_error(name))
        })
    }
}

/// True for the usual names of errors.
fn names_error(name: &str) -> bool {
    matches!(name, "e" | "err" | "error" | "why" | "cause" | "source")
        || name.ends_with("_err")
        || name.ends_with("_error")
}
