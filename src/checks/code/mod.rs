//! Checks on the workspace's own sources, one file a group.
//!
//! - [`memory`]: where the compiler's guarantees are switched off; [`safety`]: with what argument;
//!   [`arguments`]: whether that says anything.
//! - [`crypto`]: weak algorithms, keys written in the source, modes; [`secrets`]: how secrets are made, hashed, handed over.
//! - [`proof`]: comparisons of secrets and signatures.
//! - [`network`]: certificate checks, listeners; [`interfaces`]: connections in the clear, routes for developers.
//! - [`injection`]: what comes from outside and becomes a file, a command, a query, a page; [`process`]: shells.
//! - [`logs`]: secrets, patient data and whole messages where others see them.
//! - [`files`]: temporary files, sockets, privileges; [`switches`]: back doors.
//! - [`settings`]: calls and fields that settle how safe something is, from `rules/settings.toml`.
//! - [`unjudged`]: what none of them could judge.
//! - [`calls`]: what is known about calls, read from `rules/calls.toml`.
//!
//! All of them judge what ships: tests, examples, benches and build scripts may do what they need.
//! They go by resolved names; where a name could not be resolved they keep silent, unless a
//! method's own name leaves no doubt.

mod arguments;
mod calls;
mod crypto;
mod files;
mod injection;
mod interfaces;
mod logs;
mod memory;
mod network;
pub(super) mod process;
mod proof;
mod safety;
mod secrets;
mod settings;
mod switches;
mod unjudged;

use crate::facts::Facts;
use crate::facts::code::{Call, Callee, Name, Scope, Site, Value};

use super::rules;

use arguments::{safety_argument_copied, safety_argument_hollow};
use crypto::{
    hard_coded_key, nonce_reused, own_cryptography, unauthenticated_encryption, weak_cipher, weak_hash,
};
use files::{predictable_temporary_file, privilege_kept, socket_in_shared_folder};
use injection::{
    address_from_input, archive_entry_unchecked, argument_read_as_option, command_from_input,
    directory_query_from_input, log_forged, markup_from_input, path_from_input, pattern_from_input,
    program_from_environment, redirect_from_input, sql_from_input, sql_put_together, template_from_input,
};
use interfaces::{clear_text_connection, debug_route};
use logs::{
    instrument_without_skip, patient_data_in_log, patient_data_printable, secret_in_address, secret_in_error,
    secret_in_log, secret_in_text, secret_printable, whole_message_logged,
};
use memory::{static_mut, uninitialised_memory, unsafe_hidden_in_macro, unsafe_outside_allow_list};
use network::{certificate_checks_off, certificate_checks_switchable, listener_on_all_interfaces};
use process::shell_with_composed_command;
use proof::{comparison_cut_short, hard_coded_account, secret_compared_by_bytes};
use safety::undocumented_unsafe;
use secrets::{
    default_credential, password_hashed_fast, secret_at_compile_time, secret_on_command_line, weak_random,
};
use settings::{
    any_peer_accepted, block_cipher_alone, cheap_password_hash, connection_without_tls, cookie_unprotected,
    document_type_allowed, format_unchecked, format_unlimited, old_padding, old_protocol_version,
    permissive_cors, personal_data_reported, short_key, token_outlives_its_end, token_unchecked,
    world_writable_file,
};
use switches::{
    certificate_switch_inverted, debug_assert_guards, fails_open, security_differs_in_debug_build,
    security_switch,
};

pub use unjudged::Unjudged;

rules!["code":
    undocumented_unsafe, safety_argument_hollow, safety_argument_copied, unsafe_outside_allow_list, static_mut,
    uninitialised_memory, unsafe_hidden_in_macro,
    certificate_checks_off, certificate_checks_switchable, shell_with_composed_command, weak_hash,
    weak_cipher, hard_coded_key, secret_in_log, patient_data_in_log, listener_on_all_interfaces, nonce_reused,
    own_cryptography, unauthenticated_encryption, predictable_temporary_file, privilege_kept,
    socket_in_shared_folder, address_from_input, archive_entry_unchecked, command_from_input,
    directory_query_from_input, log_forged, markup_from_input, path_from_input, pattern_from_input,
    program_from_environment, redirect_from_input, argument_read_as_option, sql_from_input, sql_put_together,
    template_from_input, clear_text_connection, debug_route, instrument_without_skip, patient_data_printable,
    secret_in_address, secret_in_error, secret_in_text, secret_printable, whole_message_logged,
    comparison_cut_short, hard_coded_account, secret_compared_by_bytes, default_credential,
    password_hashed_fast, secret_at_compile_time, secret_on_command_line, weak_random, any_peer_accepted,
    block_cipher_alone, cheap_password_hash, connection_without_tls, cookie_unprotected,
    document_type_allowed, format_unchecked, format_unlimited, old_padding, old_protocol_version,
    permissive_cors, personal_data_reported, short_key, token_unchecked, token_outlives_its_end,
    world_writable_file, certificate_switch_inverted, debug_assert_guards, fails_open,
    security_differs_in_debug_build, security_switch,
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

/// The words in the name of a function, in lower case, from its path.
fn function_words(within: &str) -> Vec<String> {
    let name = within.rsplit("::").next().unwrap_or(within);
    name.split('_').map(str::to_ascii_lowercase).collect()
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
