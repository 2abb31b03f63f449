//! What the model promises of an interface against what its code does: protection, and doors for developers.

use std::collections::BTreeSet;

use super::claimed::{Claims, comparable, describe, ways};
use crate::checks::code::leaves_certificates_unchecked;
use crate::facts::Facts;
use crate::facts::code::{Call, Callee, Scope};
use crate::facts::threats::Interface;
use crate::facts::threats::openings::Side;
use crate::facts::threats::protocols::{hides, protects};
use crate::finding::Findings;

pub(super) fn code_weaker_than_model(facts: &Facts, found: &mut Findings<'_>) {
    if facts.threats.models.is_empty() {
        return;
    }
    let all = Claims::new(facts);
    let calls = facts.code.calls.iter().filter(|call| call.site.scope == Scope::Product);
    for call in calls {
        let (asks, does): (fn(&Interface) -> bool, _) = if asks_no_client(call) {
            (is_mutual, "asks no client for a certificate")
        } else if leaves_certificates_unchecked(facts, call) {
            (is_protected, "does not check the certificate of the peer")
        } else {
            continue;
        };
        if let Some(interface) = all.at(&call.site).into_iter().find(|interface| asks(interface)) {
            report(interface, &call.name_place(), &call.site.within, does, found);
        }
    }
    let interfaces: Vec<&Interface> = facts
        .threats
        .models
        .iter()
        .flat_map(|model| &model.interfaces)
        .filter(|one| is_protected(one))
        .collect();
    for way in ways(facts).iter().filter(|way| way.side() == Side::Out) {
        let Some(protocol) = way.protocol.as_deref().filter(|protocol| hides(protocol) == Some(false)) else {
            continue;
        };
        let is_peer = |interface: &&&Interface| {
            way.host().is_some_and(|host| interface.peers.iter().any(|peer| is_at(&peer.value, host)))
        };
        let claims = all.of(way);
        let promised =
            claims.iter().find(|claim| is_protected(claim)).or_else(|| interfaces.iter().find(is_peer));
        // A function may call several peers: one that its interfaces name otherwise is another matter.
        let stray = way.host().is_some_and(|host| {
            claims.iter().any(|claim| {
                !claim.peers.is_empty() && !claim.peers.iter().any(|peer| is_at(&peer.value, host))
            })
        });
        if let Some(interface) = promised.filter(|_| !stray) {
            let site = &way.opened.call.site;
            report(interface, &site.at, &site.within, &format!("speaks `{protocol}`"), found);
        }
    }
}

fn report(
    interface: &Interface,
    at: &crate::source::Location,
    within: &str,
    does: &str,
    found: &mut Findings<'_>,
) {
    let promise = interface.transport.iter().take(2).flatten().next().or(interface.protocol.as_ref());
    let Some(promise) = promise else { return };
    let message =
        format!("interface `{}` promises `{}`, and its code {does}", interface.id.value, promise.value);
    found.add(at, message).about(within).with(&promise.at, "the promise");
}

/// True where the model says that nobody along the way can read or change what flows.
fn is_protected(interface: &Interface) -> bool {
    let [encryption, ..] = &interface.transport;
    match encryption {
        Some(word) => protects(&word.value) == Some(true),
        None => interface.protocol.as_ref().is_some_and(|protocol| hides(&protocol.value) == Some(true)),
    }
}

/// True where both ends show who they are.
fn is_mutual(interface: &Interface) -> bool {
    let [_, authentication, _] = &interface.transport;
    let words = ["mutual", "mtls", "client-certificate", "client certificate"];
    authentication
        .as_ref()
        .is_some_and(|said| words.iter().any(|word| said.value.to_ascii_lowercase().contains(word)))
}

/// A server of `rustls` that takes every client.
fn asks_no_client(call: &Call) -> bool {
    let Callee::Method { name, receiver: Some(from), .. } = &call.callee else { return false };
    name == "with_no_client_auth"
        && from.resolved.as_deref().is_some_and(|from| from.contains("::ServerConfig"))
}

/// True for a peer of this host, as models write peers.
fn is_at(peer: &str, host: &str) -> bool {
    let peer = peer.split_once("://").map_or(peer, |(_, rest)| rest);
    peer.strip_prefix(host).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
}

/// Kinds of interface, and words in their names, through which one looks into a device.
const INSIDE: &[&str] = &["debug", "jtag", "swd", "uart", "console", "serial"];

pub(super) fn debug_access_unaddressed(facts: &Facts, found: &mut Findings<'_>) {
    for model in facts.threats.models.iter().filter(|model| model.has_own_ids() || model.extended) {
        let addressed: BTreeSet<&str> = model
            .interfaces
            .iter()
            .filter(|interface| {
                let kind = interface.kind.as_ref().map_or("", |kind| kind.value.as_str());
                INSIDE.iter().any(|word| kind.contains(word) || interface.id.value.contains(word))
            })
            .filter_map(|interface| interface.on.as_ref().map(|on| on.value.as_str()))
            .collect();
        let hardware = |kind: &str| kind == "hardware";
        for part in &model.components {
            let id = part.id.value.as_str();
            let is_hardware = part.kind.as_ref().is_some_and(|kind| hardware(&kind.value));
            if is_hardware && part.out_of_scope.is_none() && !addressed.contains(id) {
                let message =
                    format!("nothing is said of debug access to `{}`: JTAG, SWD, UART", model.called(id));
                let on = format!("on = \"{}\"", id.escape_default());
                let lines = [
                    "[interface.debug-port]",
                    &on,
                    "kind = \"debug\"",
                    "physical = true",
                    "state = \"disabled-in-release\"",
                ];
                let finding = found.add(&part.id.at, message).about(id).help("say what becomes of it");
                finding.paste(lines.map(str::to_owned));
            }
        }
    }
    if !comparable(facts) {
        return;
    }
    let claims = Claims::new(facts);
    for way in ways(facts).iter().filter(|way| way.side() == Side::Debug && claims.of(way).is_empty()) {
        let site = &way.opened.call.site;
        if site.cfg.iter().any(|cfg| cfg.contains("feature") || cfg.contains("debug_assertions")) {
            continue;
        }
        let message = match way.opened.route() {
            Some(route) => {
                format!("route `{route}` opens a door for developers that the model does not show")
            }
            None => format!("`{}` opens a door for developers that the model does not show", way.opened.name),
        };
        describe(facts, way, found.add(&site.at, message).about(&site.within));
    }
}
