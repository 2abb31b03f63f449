//! Checks on the workspace's own sources, one file a group.
//!
//! - [`memory`]: where the compiler's guarantees are switched off; [`safety`]: with what argument.
//! - [`crypto`]: weak algorithms, keys written in the source.
//! - [`network`]: certificate checks, listeners.
//! - [`process`]: commands handed to a shell.
//! - [`logs`]: secrets and patient data in logs.
//! - [`unjudged`]: what none of them could judge.
//! - [`calls`], [`words`]: what is known about calls and names, read from `rules/calls.toml` and `rules/words.toml`.
//!
//! All of them judge what ships: tests, examples, benches and build scripts may do what they need.
//! They go by resolved names; where a name could not be resolved they keep silent, unless a
//! method's own name leaves no doubt.

mod calls;
mod crypto;
mod logs;
mod memory;
mod network;
pub(super) mod process;
mod safety;
mod unjudged;
pub(super) mod words;

use std::ops::Range;

use crate::facts::Facts;
use crate::facts::code::{Call, Callee, Name, Scope, Site, Value};
use crate::source::Location;

use super::rules;

use crypto::{hard_coded_key, weak_cipher, weak_hash};
use logs::{patient_data_in_log, secret_in_log};
use memory::{static_mut, uninitialised_memory, unsafe_hidden_in_macro, unsafe_outside_allow_list};
use network::{certificate_checks_off, certificate_checks_switchable, listener_on_all_interfaces};
use process::shell_with_composed_command;
use safety::undocumented_unsafe;

pub use unjudged::Unjudged;

rules!["code":
    undocumented_unsafe, unsafe_outside_allow_list, static_mut, uninitialised_memory, unsafe_hidden_in_macro,
    certificate_checks_off, certificate_checks_switchable, shell_with_composed_command, weak_hash, weak_cipher,
    hard_coded_key, secret_in_log, patient_data_in_log, listener_on_all_interfaces,
];

/// The calls in code that ships.
fn shipped(facts: &Facts) -> impl Iterator<Item = &Call> {
    facts.code.calls.iter().filter(|call| ships(&call.site))
}

/// True for code that ships.
fn ships(site: &Site) -> bool {
    site.scope == Scope::Product
}

/// The full path of what is called, if it is called by a path and known.
fn called(call: &Call) -> Option<&str> {
    match &call.callee {
        Callee::Path(name) | Callee::Macro(name) => name.resolved.as_deref(),
        Callee::Method { .. } => None,
    }
}

/// Where a method is called: without the chain before it.
fn method_place(call: &Call) -> Location {
    let (place, Callee::Method { name, .. }) = (&call.site.at, &call.callee) else {
        return call.site.at.clone();
    };
    let Range { start, end } = place.bytes();
    let before = call.arguments.first().map_or(end, |argument| argument.at.bytes().start);
    let chain = place.source().at(start..before.clamp(start, end));
    match chain.snippet().rfind(name.as_str()) {
        Some(at) => place.source().at(start + at..end),
        None => place.clone(),
    }
}

/// True when the package that holds a site uses a crate.
fn uses(facts: &Facts, site: &Site, krate: &str) -> bool {
    let member = facts.code.units.get(site.unit).and_then(|unit| facts.workspace.members.get(unit.member));
    member.is_some_and(|member| {
        member.dependencies.iter().any(|known| known.package.replace('-', "_") == krate)
    })
}

/// Every name in a value: what is called, and the paths among the arguments, at any depth.
fn names(value: &Value) -> Vec<&Name> {
    match value {
        Value::Path(name) => vec![name],
        Value::Call(name, arguments) => {
            std::iter::once(&**name).chain(arguments.iter().flat_map(names)).collect()
        }
        Value::Tuple(items) => items.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}
