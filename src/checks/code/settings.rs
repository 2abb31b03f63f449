//! Calls and fields that settle how safe something is: the table is `rules/settings.toml`.

use std::collections::{BTreeMap, HashSet};

use crate::facts::Facts;
use crate::facts::code::{Call, Callee, Settled, Value};
use crate::finding::Findings;
use crate::source::Location;

use super::memory::before;
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
    let all = || facts.code.settled.iter().filter(|other| other.setting.rule == "token_unchecked");
    let by_method = |other: &&Settled| {
        other.call.as_ref().is_some_and(|call| matches!(call.callee, Callee::Method { .. }))
    };
    let unchecked: HashSet<_> = all().map(function).collect();
    let switched: HashSet<_> = all().filter(by_method).map(function).collect();
    let mut files: BTreeMap<&str, Decodes> = BTreeMap::new();
    for settled in settled(facts, "token_unchecked") {
        let file = settled.at.path();
        let decodes = files.entry(file).or_insert_with(|| {
            let all = facts.code.calls.of_file(file).iter().filter(|call| is_decoding(call));
            all.fold(Decodes::default(), |decodes, call| {
                let place = (file, call.site.within.as_str());
                Decodes {
                    checked: decodes.checked || !unchecked.contains(&place),
                    unswitched: decodes.unswitched || !switched.contains(&place),
                }
            })
        });
        // A look at a token that is not checked yet tells with which key to check it: a function of its own
        // (`insecure_decode`), and the decoding beside it checks.
        let looks = settled.call.as_ref().is_some_and(|call| matches!(call.callee, Callee::Path(_)));
        let verified = decodes.checked || (looks && decodes.unswitched);
        if !verified {
            tell(settled, found);
        }
    }
}

/// How a file decodes tokens.
#[derive(Default)]
struct Decodes {
    /// In a function that switches no check off.
    checked: bool,
    /// In a function in which no method switches one off.
    unswitched: bool,
}

fn is_decoding(call: &Call) -> bool {
    called(call)
        .is_some_and(|path| ["jsonwebtoken::decode", "jsonwebtoken::decoding::decode"].contains(&path))
}

/// The function in which something is settled, with its file.
fn function(settled: &Settled) -> (&str, &str) {
    (settled.at.path(), settled.site.within.as_str())
}

pub(super) fn token_outlives_its_end(facts: &Facts, found: &mut Findings<'_>) {
    tell_all(facts, "token_outlives_its_end", found);
}

pub(super) fn queue_unbounded(facts: &Facts, found: &mut Findings<'_>) {
    for settled in settled(facts, "queue_unbounded") {
        // Whoever asks for it by this name has decided: `Capacity::Unbounded => flume::unbounded()`.
        let arm = settled.call.as_ref().and_then(|call| before(call).rsplit([';', '{', '}', ',']).next());
        if !arm.is_some_and(|arm| arm.contains("=>") && arm.contains("Unbounded")) {
            tell(settled, found);
        }
    }
}

pub(super) fn client_without_timeout(facts: &Facts, found: &mut Findings<'_>) {
    // On the client, on its requests or around them: which of them waits is not followed.
    let speaks = |call: &Call| {
        let name = match &call.callee {
            Callee::Method { name, .. } => name.as_str(),
            Callee::Path(name) | Callee::Macro(name) => name.written.as_str(),
        };
        name.contains("timeout") || name.contains("deadline")
    };
    let mut files: BTreeMap<&str, (bool, HashSet<&str>)> = BTreeMap::new();
    for settled in settled(facts, "client_without_timeout") {
        let file = settled.at.path();
        let (limited, building) = files.entry(file).or_insert_with(|| {
            let calls = facts.code.calls.of_file(file);
            let builds = calls.iter().filter(|call| is_method(call, "build"));
            (calls.iter().any(speaks), builds.map(|call| call.site.within.as_str()).collect())
        });
        // A builder that is not finished here goes to somebody else, who may set more.
        let handed_on = settled.call.as_ref().and_then(called).is_some_and(is_builder)
            && !building.contains(settled.site.within.as_str());
        if !*limited && !handed_on {
            tell(settled, found);
        }
    }
}

fn is_builder(path: &str) -> bool {
    path.ends_with("::builder") || path.contains("::ClientBuilder::")
}

fn is_method(call: &Call, wanted: &str) -> bool {
    matches!(&call.callee, Callee::Method { name, .. } if name == wanted)
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
    let limits =
        facts.code.calls.iter().filter(|call| called(call).is_some_and(|path| LIMITS.contains(&path)));
    let limited: HashSet<_> = limits.map(|call| (call.site.at.path(), call.site.within.as_str())).collect();
    for settled in settled(facts, "message_limit_off").filter(|settled| !limited.contains(&function(settled)))
    {
        tell(settled, found);
    }
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
    /// Names under which libraries offer this to their callers, who decide.
    const OFFERS: &[&str] = &["accept_any", "promiscuous", "allow_anonymous"];
    for settled in settled(facts, "any_peer_accepted") {
        let function = settled.site.within.rsplit("::").next().unwrap_or_default();
        if !OFFERS.contains(&function) {
            tell(settled, found);
        }
    }
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
    // A builder may be told further on to encrypt; `Tls::None` is found by itself.
    let told = facts.code.calls.iter().filter(|call| is_method(call, "tls"));
    let encrypted: HashSet<_> = told.filter_map(|call| Some(start_of(call.start.as_ref()?))).collect();
    for settled in settled(facts, "connection_without_tls") {
        let fine = |call: &Call| stays_here(call) || encrypted.contains(&start_of(&call.site.at));
        if !settled.call.as_ref().is_some_and(fine) {
            tell(settled, found);
        }
    }
}

fn start_of(at: &Location) -> (&str, usize) {
    (at.path(), at.bytes().start)
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
