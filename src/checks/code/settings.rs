//! Calls and fields that settle how safe something is: the table is `rules/settings.toml`.

use crate::facts::Facts;
use crate::facts::code::{Call, Callee, Settled, Value};
use crate::finding::Findings;

use super::{called, ships, uses};

/// What code that ships settles, for one rule.
fn settled<'f>(facts: &'f Facts, rule: &'static str) -> impl Iterator<Item = &'f Settled> {
    facts.code.settled.iter().filter(move |settled| settled.setting.rule == rule && ships(&settled.site))
}

fn tell(settled: &Settled, found: &mut Findings<'_>) {
    let finding = found.add(&settled.at, &settled.setting.what).about(&settled.site.within);
    if let Some(help) = &settled.setting.help {
        finding.help(help);
    }
}

fn tell_all(facts: &Facts, rule: &'static str, found: &mut Findings<'_>) {
    settled(facts, rule).for_each(|settled| tell(settled, found));
}

pub(super) fn token_unchecked(facts: &Facts, found: &mut Findings<'_>) {
    for settled in settled(facts, "token_unchecked") {
        // A look at a token that is not checked yet tells with which key to check it.
        if !verifies_beside(facts, settled) {
            tell(settled, found);
        }
    }
}

/// True where another function call of the same file verifies tokens with a key.
fn verifies_beside(facts: &Facts, settled: &Settled) -> bool {
    let file = settled.at.path();
    let unchecked = |call: &Call| {
        facts.code.settled.iter().any(|other| {
            other.setting.rule == "token_unchecked"
                && other.site.within == call.site.within
                && other.site.at.path() == file
        })
    };
    facts.code.calls.of_file(file).iter().any(|call| {
        let decodes = called(call)
            .is_some_and(|path| ["jsonwebtoken::decode", "jsonwebtoken::decoding::decode"].contains(&path));
        decodes && (!unchecked(call) || looks_first(facts, settled, call))
    })
}

/// True where the unchecked look is a function of its own (`insecure_decode`), and the decoding beside it checks.
fn looks_first(facts: &Facts, settled: &Settled, decoding: &Call) -> bool {
    let is_call = settled.call.as_ref().is_some_and(|call| matches!(call.callee, Callee::Path(_)));
    let switched = facts.code.settled.iter().any(|other| {
        other.setting.rule == "token_unchecked"
            && other.site.within == decoding.site.within
            && other.call.as_ref().is_some_and(|call| matches!(call.callee, Callee::Method { .. }))
    });
    is_call && !switched
}

pub(super) fn token_outlives_its_end(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "token_outlives_its_end", found);
}

pub(super) fn queue_unbounded(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "queue_unbounded", found);
}

pub(super) fn client_without_timeout(facts: &Facts, found: &mut Findings<'_>) {
    // On the client, on its requests or around them: which of them waits is not followed.
    let speaks = |settled: &Settled| {
        let file = settled.at.path();
        facts.code.calls.of_file(file).iter().any(|call| {
            let name = match &call.callee {
                Callee::Method { name, .. } => name.as_str(),
                Callee::Path(name) | Callee::Macro(name) => name.written.as_str(),
            };
            name.contains("timeout") || name.contains("deadline")
        })
    };
    for settled in settled(facts, "client_without_timeout").filter(|settled| !speaks(settled)) {
        tell(settled, found);
    }
}

pub(super) fn old_protocol_version(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "old_protocol_version", found);
}

pub(super) fn short_key(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "short_key", found);
}

pub(super) fn old_padding(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "old_padding", found);
}

pub(super) fn cheap_password_hash(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "cheap_password_hash", found);
}

pub(super) fn format_unchecked(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "format_unchecked", found);
}

pub(super) fn format_unlimited(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "format_unlimited", found);
}

pub(super) fn message_limit_off(facts: &Facts, found: &mut Findings<'_>) {
    /// What sets another limit for what `axum` is told not to limit.
    const LIMITS: &[&str] = &["tower_http::limit::RequestBodyLimitLayer::new"];
    for settled in settled(facts, "message_limit_off") {
        if !beside(facts, settled).any(|call| called(call).is_some_and(|path| LIMITS.contains(&path))) {
            tell(settled, found);
        }
    }
}

/// The calls of the same function, but for the one that settles something.
fn beside<'f>(facts: &'f Facts, settled: &'f Settled) -> impl Iterator<Item = &'f Call> {
    let file = facts.code.calls.of_file(settled.at.path()).iter();
    let own = settled.call.as_ref().map(|call| &call.site.at);
    file.filter(move |call| call.site.within == settled.site.within && Some(&call.site.at) != own)
}

pub(super) fn parser_limit_off(facts: &Facts, found: &mut Findings<'_>) {
    for settled in settled(facts, "parser_limit_off") {
        // The stack grows with what is read.
        if !uses(facts, &settled.site, "serde_stacker") {
            tell(settled, found);
        }
    }
}

pub(super) fn protection_result_discarded(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "protection_result_discarded", found);
}

pub(super) fn document_type_allowed(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "document_type_allowed", found);
}

pub(super) fn personal_data_reported(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "personal_data_reported", found);
}

pub(super) fn any_peer_accepted(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "any_peer_accepted", found);
}

pub(super) fn permissive_cors(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "permissive_cors", found);
}

pub(super) fn cookie_unprotected(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "cookie_unprotected", found);
}

pub(super) fn world_writable_file(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "world_writable_file", found);
}

pub(super) fn block_cipher_alone(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "block_cipher_alone", found);
}

pub(super) fn connection_without_tls(facts: &Facts, found: &mut Findings<'_>) {
    for settled in settled(facts, "connection_without_tls") {
        let fine = |call: &Call| stays_here(call) || encrypts_later(facts, call);
        if !settled.call.as_ref().is_some_and(fine) {
            tell(settled, found);
        }
    }
}

/// True for a builder that is told further on to encrypt; `Tls::None` is found by itself.
fn encrypts_later(facts: &Facts, start: &Call) -> bool {
    let file = facts.code.calls.of_file(start.site.at.path());
    let mut same = file.iter().filter(|call| call.start.as_ref() == Some(&start.site.at));
    same.any(|call| matches!(&call.callee, Callee::Method { name, .. } if name == "tls"))
}

/// True for a connection that does not leave the machine.
fn stays_here(call: &Call) -> bool {
    let local = |text: &str| {
        ["localhost", "127.0.0.1", "[::1]", "host=/", "%2F"].iter().any(|place| text.contains(place))
    };
    call.arguments.iter().map(|argument| &argument.value).chain([&call.origin]).any(|value| match value {
        Value::Text(text) => local(text),
        Value::Composed(parts) => parts.iter().flatten().any(|part| local(part)),
        Value::Call(_, arguments) => {
            arguments.iter().any(|argument| matches!(argument, Value::Text(text) if local(text)))
        }
        _ => false,
    })
}
