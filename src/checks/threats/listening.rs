//! Ways in: what the code opens against what the model says of it.

use std::collections::BTreeSet;

use super::claimed::{Claims, comparable, describe, ways};
use crate::facts::Facts;
use crate::facts::threats::Interface;
use crate::facts::threats::listeners::{Host, Transport};
use crate::facts::threats::openings::{Side, Way};
use crate::facts::threats::protocols::hides;
use crate::facts::threats::told_by_files::Choice;
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
            let finding = found
                .add(&way.opened.call.site.at, difference.message)
                .about(&way.opened.call.site.within)
                .with(difference.at, "the model says so here")
                .help(difference.help);
            for at in difference.files {
                finding.with(at, "the settings say so here");
            }
        }
    }
}

struct Difference<'a> {
    at: &'a Location,
    message: String,
    help: String,
    /// The places in files of settings that say it.
    files: Vec<&'a Location>,
}

/// What the code says otherwise than the model, with the place in the model. What cannot be told contradicts nothing, and
/// where files of settings differ, one of them that agrees is enough.
fn difference<'a>(interface: &'a Interface, way: &'a Way<'_>) -> Option<Difference<'a>> {
    let id = &interface.id.value;
    let by_default = |by: String| if by.is_empty() && way.preset { BY_DEFAULT.to_owned() } else { by };
    if let Some(said) = &interface.kind
        && said.value.ends_with("-listen")
        && said.value != way.kind()
    {
        let message = format!("the code opens a `{}`, interface `{id}` says `{}`", way.kind(), said.value);
        let help = format!("kind = \"{}\"", way.kind());
        return Some(Difference { at: &said.at, message, help, files: Vec::new() });
    }
    if let Some(said) = &interface.port
        && let (ports, files) = each(way.address.port, &way.files.ports)
        && let Some(port) = ports.first()
        && !ports.iter().any(|port| said.value == i64::from(*port))
        && way.transport() != Transport::Unix
    {
        let words: Vec<String> = ports.iter().map(ToString::to_string).collect();
        let message = format!(
            "the code listens on port {}{}, interface `{id}` says {}",
            words.join(" or "),
            by_default(by(&way.files.ports)),
            said.value
        );
        return Some(Difference { at: &said.at, message, help: format!("port = {port}"), files });
    }
    if let (Some(said), Some(spoken)) = (&interface.protocol, &way.protocol)
        && let (Some(promised), Some(kept)) = (hides(&said.value), hides(spoken))
        && promised != kept
    {
        let message = format!("the code speaks {spoken}, interface `{id}` says `{}`", said.value);
        let help = format!("protocol = \"{spoken}\", with what stands before it as an interface of its own");
        return Some(Difference { at: &said.at, message, help, files: Vec::new() });
    }
    let said = interface.bind.as_ref()?;
    let (hosts, files) = each(way.address.host.clone(), &way.files.hosts);
    let disagree = |host: &Host| match (said.value.as_str(), host) {
        ("any", host) => *host != Host::Any,
        ("loopback", host) => *host != Host::Loopback,
        (said, Host::One(one)) if is_address(said) && is_address(one) => said != one,
        (said, Host::Any) if is_address(said) => true,
        _ => false,
    };
    let host = hosts.first().filter(|_| hosts.iter().all(disagree))?;
    let words: Vec<&str> = hosts.iter().map(words).collect();
    let message = format!(
        "the code listens on {}{}, interface `{id}` says `{}`",
        words.join(" or "),
        by_default(by(&way.files.hosts)),
        said.value
    );
    Some(Difference { at: &said.at, message, help: format!("bind = \"{}\"", host.word()), files })
}

const BY_DEFAULT: &str = " unless it is told otherwise";

/// Which key says it, and in which files.
fn by<T: PartialEq>(files: &Choice<T>) -> String {
    let said = files.each();
    let Some(first) = said.first() else { return String::new() };
    let names: BTreeSet<&str> = said.iter().map(|said| said.at.path()).collect();
    format!(" by `{}` in {}", first.key, Vec::from_iter(names).join(" and "))
}

/// A part of an address: what all agree on, or what files of settings say, with the places.
fn each<T: Clone + PartialEq>(agreed: Option<T>, files: &Choice<T>) -> (Vec<T>, Vec<&Location>) {
    let said = files.each();
    let values = match agreed {
        Some(agreed) => vec![agreed],
        None => said.iter().map(|said| said.value.clone()).collect(),
    };
    (values, said.into_iter().map(|said| &said.at).collect())
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
        let unresolved = way.address.port.is_none() && way.files.ports.is_empty();
        let (Some((claim, port)), true, false) = (said, unresolved, placed) else { continue };
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
