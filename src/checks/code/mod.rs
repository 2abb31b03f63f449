//! Checks on the workspace's own sources, one file a group.
//!
//! - [`memory`]: where the compiler's guarantees are switched off; [`safety`]: with what argument;
//!   [`arguments`]: whether that says anything.
//! - [`crypto`]: weak algorithms, keys written in the source, modes; [`secrets`]: how secrets are made, hashed, handed over.
//! - [`proof`]: comparisons of secrets and signatures.
//! - [`network`]: certificate checks, listeners; [`interfaces`]: connections in the clear, routes for developers.
//! - [`injection`]: what comes from outside and becomes a file, a command, a query, a page; [`process`]: shells.
//! - [`logs`]: secrets, patient data and whole messages where others see them.
//! - [`answers`]: what whoever asks is told.
//! - [`files`]: temporary files, sockets, privileges; [`races`]: looked at, then used; [`switches`]: back doors.
//! - [`settings`]: calls and fields that settle how safe something is, from `rules/settings.toml`.
//! - [`unjudged`]: what none of them could judge.
//! - [`pointers`], [`bounds`], [`layout`], [`lifetimes`], [`ownership`], [`uninit`], [`unwinding`], [`threads`]: what
//!   unsafe code relies on and does not check.
//! - [`foreign`]: the border to other languages.
//! - [`resources`], [`malformed`]: what input may make the program do; [`input`]: what input is.
//! - [`tasks`]: code that must not wait, must not panic, or must not run.
//! - [`flow`], [`strangers`]: what a body shows about its values, and which code its caller brings.
//! - [`calls`]: what is known about calls, read from `rules/calls.toml`.
//!
//! All of them judge what ships: tests, examples, benches and build scripts may do what they need.
//! They go by resolved names; where a name could not be resolved they keep silent, unless a
//! method's own name leaves no doubt.

mod answers;
mod arguments;
mod bounds;
mod calls;
mod crypto;
mod files;
mod flow;
mod foreign;
mod injection;
mod input;
mod interfaces;
mod layout;
mod lifetimes;
mod logs;
mod malformed;
mod memory;
mod network;
mod ownership;
mod pointers;
pub(super) mod process;
mod proof;
mod races;
mod resources;
mod safety;
mod secrets;
mod settings;
mod strangers;
mod switches;
mod tasks;
mod threads;
mod uninit;
mod unjudged;
mod unwinding;

use crate::facts::Facts;
use crate::facts::code::anatomy::{Function, Shape, Visibility, What};
use crate::facts::code::{Call, Callee, Name, Scope, Site, Value};

use super::rules;

use answers::internal_error_told;
use arguments::{safety_argument_copied, safety_argument_hollow};
use bounds::{
    caller_answer_trusted, caller_index_trusted, caller_size_trusted, capacity_taken_for_length,
    debug_assertion_trusted, length_truncated, unreachable_trusted,
};
use crypto::{
    hard_coded_key, nonce_reused, own_cryptography, unauthenticated_encryption, weak_cipher, weak_hash,
};
use files::{predictable_temporary_file, privilege_kept, socket_in_shared_folder};
use flow::Flow;
use foreign::{
    foreign_pointer_unchecked, foreign_value_unchecked, layout_unfixed_at_border, ownership_given_away,
    panic_crosses_border, pointer_into_temporary,
};
use injection::{
    address_from_input, archive_entry_unchecked, argument_read_as_option, command_from_input,
    directory_query_from_input, log_forged, markup_from_input, path_from_input, pattern_from_input,
    program_from_environment, redirect_from_input, sql_from_input, sql_put_together, template_from_input,
};
use interfaces::{clear_text_connection, debug_route};
use layout::{bytes_of_any_type, caller_bytes_trusted, open_field_trusted, padding_exposed};
use lifetimes::{file_mapped, lifetime_unbound, pointer_outlives_source};
use logs::{
    instrument_without_skip, patient_data_in_log, patient_data_printable, secret_in_address, secret_in_error,
    secret_in_log, secret_in_text, secret_printable, whole_message_logged,
};
use malformed::{input_indexed, input_unwrapped, number_out_of_range, text_cut_at_byte};
use memory::{static_mut, uninitialised_memory, unsafe_hidden_in_macro, unsafe_outside_allow_list};
pub(super) use network::leaves_certificates_unchecked;
use network::{certificate_checks_off, certificate_checks_switchable, listener_on_all_interfaces};
use ownership::{freed_twice, leak_breaks_length, moved_out_and_dropped, owned_pointer_cloned};
use pointers::{caller_pointer_trusted, pointer_past_field, raw_pointer_adopted, shared_made_mutable};
use process::shell_with_composed_command;
use proof::{comparison_cut_short, hard_coded_account, secret_compared_by_bytes};
use races::path_checked_then_used;
use resources::{
    allocation_from_input, decompression_unlimited, loop_without_progress, nesting_unlimited, read_unlimited,
    recursion_unlimited,
};
use safety::undocumented_unsafe;
use secrets::{
    default_credential, password_hashed_fast, secret_at_compile_time, secret_on_command_line, weak_random,
};
use settings::{
    any_peer_accepted, block_cipher_alone, cheap_password_hash, client_without_timeout,
    connection_without_tls, cookie_unprotected, document_type_allowed, format_unchecked, format_unlimited,
    message_limit_off, old_padding, old_protocol_version, parser_limit_off, permissive_cors,
    personal_data_reported, protection_result_discarded, queue_unbounded, short_key, token_outlives_its_end,
    token_unchecked, world_writable_file,
};
use switches::{
    certificate_switch_inverted, debug_assert_guards, fails_open, security_differs_in_debug_build,
    security_switch,
};
use tasks::{
    blocked_in_async, code_before_main, connections_unlimited, drop_may_panic, environment_changed,
    signal_handler_does_much, span_entered_across_await, task_unwatched, unfinished_code,
};
use threads::{atomic_without_order, thread_bound_missing, unshareable_state_shared};
use uninit::{any_type_from_nothing, length_before_contents};
use unwinding::{changed_before_checked, panic_leaves_broken_state};

pub(super) use safety::unargued;
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
    document_type_allowed, format_unchecked, format_unlimited, message_limit_off, parser_limit_off,
    old_padding, old_protocol_version, permissive_cors, personal_data_reported, short_key, token_unchecked,
    token_outlives_its_end, protection_result_discarded, world_writable_file, certificate_switch_inverted, debug_assert_guards, fails_open,
    security_differs_in_debug_build, security_switch,
    caller_pointer_trusted, raw_pointer_adopted, caller_index_trusted, caller_size_trusted,
    caller_answer_trusted, caller_bytes_trusted, open_field_trusted, debug_assertion_trusted,
    unreachable_trusted, capacity_taken_for_length, length_truncated, pointer_past_field, shared_made_mutable,
    lifetime_unbound, pointer_outlives_source, owned_pointer_cloned, moved_out_and_dropped, freed_twice,
    leak_breaks_length, length_before_contents, any_type_from_nothing, bytes_of_any_type, padding_exposed,
    panic_leaves_broken_state, changed_before_checked, thread_bound_missing, unshareable_state_shared,
    atomic_without_order, foreign_pointer_unchecked, foreign_value_unchecked, layout_unfixed_at_border,
    panic_crosses_border, pointer_into_temporary, ownership_given_away, file_mapped, allocation_from_input,
    recursion_unlimited, nesting_unlimited, decompression_unlimited, read_unlimited, loop_without_progress,
    text_cut_at_byte, input_unwrapped, input_indexed, number_out_of_range, blocked_in_async, drop_may_panic,
    unfinished_code, environment_changed, signal_handler_does_much, span_entered_across_await, connections_unlimited, queue_unbounded, client_without_timeout,
    path_checked_then_used, internal_error_told, task_unwatched, code_before_main,
];

/// Functions of code that ships, with what they do.
fn functions(facts: &Facts) -> impl Iterator<Item = &Shape<Function>> {
    facts.code.anatomy.functions.iter().filter(|of| ships(&of.site) && !of.is.body.is_empty())
}

/// Those in which a node of some kind stands.
fn flows_with(facts: &Facts, wanted: impl Fn(&What) -> bool) -> impl Iterator<Item = Flow<'_>> {
    let wanted = functions(facts).filter(move |of| of.is.body.nodes().any(|(_, node)| wanted(&node.what)));
    wanted.map(|of| Flow::of(&facts.code.anatomy, of))
}

/// Those with unsafe code.
fn unsafe_flows(facts: &Facts) -> impl Iterator<Item = Flow<'_>> {
    let wanted = functions(facts).filter(|of| of.is.is_unsafe || of.is.body.holds_unsafe());
    wanted.map(|of| Flow::of(&facts.code.anatomy, of))
}

/// True for a function that safe code anywhere may call.
fn callable(flow: &Flow<'_>) -> bool {
    let function = &flow.of.is;
    let reachable = flow.own_type().is_none_or(|item| item.is.visibility == Visibility::Public);
    function.visibility == Visibility::Public && !function.is_unsafe && reachable
}

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
