//! Ways in: what the code opens against what the model says of it.

use super::claimed::{Claims, comparable, describe, ways};
use crate::facts::Facts;
use crate::facts::threats::Interface;
use crate::facts::threats::listeners::{Host, Transport};
use crate::facts::threats::openings::{Side, Way};
use crate::facts::threats::protocols::hides;
use crate::finding::Findings;
use crate::source::{Location, Placed};

pub(super) fn undeclared_listener(facts: &Facts, found: &mut Findings<'_>) {
    if !comparable(facts) {
        return;
    }
    let all = Claims::new(facts);
    for way in ways(facts).iter().filter(|way| way.side() == Side::In) {
        let claims = all.of(way);
        let name = &way.opened.name;
        let site = &way.opened.call.site;
        match claims.first() {
            None => {
                let message = format!("`{name}` opens a way in that no interface of the model claims");
                describe(facts, way, found.add(&site.at, message).about(&site.within));
            }
            Some(claim) if claims.iter().all(|claim| is_switched_off(claim, way)) => {
                let state = claim.state.as_ref().map_or("", |state| state.value.as_str());
                let message =
                    format!("`{name}` opens a way in, but interface `{}` is `{state}`", claim.id.value);
                let help = "leave it out of the release by a `cfg`, or change `state`";
                found.add(&site.at, message).about(&site.within).help(help);
            }
            Some(_) => {}
        }
    }
}

/// True when an interface is said to be absent from the release, yet no condition that a release can leave out encloses
/// the listener.
fn is_switched_off(interface: &Interface, way: &Way<'_>) -> bool {
    let off = interface.state.as_ref().is_some_and(|state| state.value == "disabled-in-release");
    let mut conditions = way.opened.call.site.cfg.iter();
    off && !conditions.any(|cfg| cfg.contains("feature") || cfg.contains("debug_assertions"))
}

pub(super) fn listener_contradicts_model(facts: &Facts, found: &mut Findings<'_>) {
    if facts.threats.models.is_empty() {
        return;
    }
    let all = Claims::new(facts);
    for way in ways(facts).iter().filter(|way| way.side() == Side::In) {
        let claims = all.of(way);
        // A function that several interfaces claim must agree with one of them.
        let differences: Option<Vec<Difference<'_>>> =
            claims.iter().map(|claim| difference(claim, way)).collect();
        if let Some(difference) = differences.and_then(|all| all.into_iter().next()) {
            found
                .add(&way.opened.call.site.at, difference.message)
                .about(&way.opened.call.site.within)
                .with(difference.at, "the model says so here")
                .help(difference.help);
        }
    }
}

struct Difference<'a> {
    at: &'a Location,
    message: String,
    help: String,
}

/// What the code says otherwise than the model, with the place in the model. What cannot be told, such as a port from a
/// configuration file, contradicts nothing.
fn difference<'a>(interface: &'a Interface, way: &Way<'_>) -> Option<Difference<'a>> {
    let id = &interface.id.value;
    let by_default = if way.preset { " unless it is told otherwise" } else { "" };
    if let Some(said) = &interface.kind
        && said.value.ends_with("-listen")
        && said.value != way.kind()
    {
        let message = format!("the code opens a `{}`, interface `{id}` says `{}`", way.kind(), said.value);
        return Some(Difference { at: &said.at, message, help: format!("kind = \"{}\"", way.kind()) });
    }
    if let (Some(said), Some(port)) = (&interface.port, way.address.port)
        && said.value != i64::from(port)
        && way.transport() != Transport::Unix
    {
        let message =
            format!("the code listens on port {port}{by_default}, interface `{id}` says {}", said.value);
        return Some(Difference { at: &said.at, message, help: format!("port = {port}") });
    }
    if let (Some(said), Some(spoken)) = (&interface.protocol, &way.protocol)
        && let (Some(promised), Some(kept)) = (hides(&said.value), hides(spoken))
        && promised != kept
    {
        let message = format!("the code speaks {spoken}, interface `{id}` says `{}`", said.value);
        let help = format!("protocol = \"{spoken}\", with what stands before it as an interface of its own");
        return Some(Difference { at: &said.at, message, help });
    }
    let (said, host) = (interface.bind.as_ref()?, way.address.host.as_ref()?);
    let agrees = match (said.value.as_str(), host) {
        ("any", host) => *host == Host::Any,
        ("loopback", host) => *host == Host::Loopback,
        (said, Host::One(one)) if is_address(said) && is_address(one) => said == one,
        (said, Host::Any) if is_address(said) => false,
        _ => return None,
    };
    let message =
        format!("the code listens on {}{by_default}, interface `{id}` says `{}`", words(host), said.value);
    (!agrees).then(|| Difference { at: &said.at, message, help: format!("bind = \"{}\"", host.word()) })
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

fn words(host: &Host) -> &str {
    match host {
        Host::Any => "all interfaces",
        Host::Loopback => "the loopback",
        Host::One(one) => one,
    }
}

pub(super) fn listener_port_unresolved(facts: &Facts, found: &mut Findings<'_>) {
    if facts.threats.models.is_empty() {
        return;
    }
    let all = Claims::new(facts);
    for way in ways(facts).iter().filter(|way| way.side() == Side::In && way.transport() != Transport::Unix) {
        let claims = all.of(way);
        let said = claims.iter().find_map(|claim| Some((claim, claim.port.as_ref()?)));
        // One that says no port, or that the system chooses it, may be the one.
        let open = |port: &Placed<i64>| port.value == 0;
        let placed =
            claims.iter().any(|claim| claim.config.is_some() || claim.port.as_ref().is_none_or(open));
        let (Some((claim, port)), None, false) = (said, way.address.port, placed) else { continue };
        let id = &claim.id.value;
        found
            .add(
                &way.opened.call.site.at,
                format!("the code does not show the port of `{}`, so that {} of interface `{id}` is not held against it", way.opened.name, port.value),
            )
            .about(&way.opened.call.site.within)
            .with(&port.at, "the model says so here")
            .help(format!("name the setting that decides it in [interface.{id}]"))
            .paste(["config = \"...\"".to_owned()]);
    }
}
