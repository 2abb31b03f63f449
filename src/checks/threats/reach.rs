//! What the code reaches against what the model shows: peers, devices, other programs.

use std::collections::BTreeSet;

use super::claimed::{Claims, comparable, describe, ways};
use crate::facts::Facts;
use crate::facts::threats::Interface;
use crate::facts::threats::listeners::Host;
use crate::facts::threats::openings::{Side, Way};
use crate::finding::Findings;

pub(super) fn undeclared_connection(facts: &Facts, found: &mut Findings<'_>) {
    if !comparable(facts) {
        return;
    }
    let claims = Claims::new(facts);
    let known = peers(facts);
    let mut strays = Strays::default();
    let ways = ways(facts);
    for way in ways.iter().filter(|way| way.side() == Side::Out) {
        let host = way.host();
        if host.is_some_and(|host| known.contains(host)) {
            continue;
        }
        let claims = claims.of(way);
        match (claims.first(), host) {
            (None, _) => strays.add(way),
            (Some(_), None) => {}
            (Some(_), Some(host)) => other_peer(&claims, host, way, found),
        }
    }
    for stray in strays.0 {
        let peers: BTreeSet<String> = stray.iter().filter_map(|way| way.peer()).collect();
        let goal = match peers.len() {
            0 => "a host that the code does not name".to_owned(),
            _ => quoted(peers),
        };
        strayed(facts, &stray, &format!("connects to {goal}"), found);
    }
}

/// A host that is not among the peers of any interface that claims the call, where all of them name their peers.
fn other_peer(claims: &[&Interface], host: &str, way: &Way<'_>, found: &mut Findings<'_>) {
    let open = |interface: &&Interface| {
        interface.peers.is_empty() || interface.peers.iter().any(|peer| peer.value.starts_with("config:"))
    };
    let Some(first) = claims.first().filter(|_| !claims.iter().any(open)) else { return };
    let peer = way.peer().unwrap_or_else(|| host.to_owned());
    let message = format!(
        "`{}` connects to `{peer}`, which is no peer of interface `{}`",
        way.opened.name, first.id.value
    );
    let finding = found.add(&way.opened.call.site.at, message);
    finding.about(&way.opened.call.site.within).help(format!("add \"{peer}\" to its `peers`"));
    if let Some(peers) = first.peers.first() {
        finding.with(&peers.at, "its peers");
    }
}

/// The hosts that interfaces name as peers.
fn peers(facts: &Facts) -> BTreeSet<&str> {
    let interfaces = facts.threats.models.iter().flat_map(|model| &model.interfaces);
    let peers = interfaces.flat_map(|interface| &interface.peers).map(|peer| peer.value.as_str());
    peers
        .map(|peer| peer.split_once("://").map_or(peer, |(_, rest)| rest))
        .map(|peer| peer.split(['/', '?']).next().unwrap_or(peer))
        .map(|peer| match peer.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => peer,
        })
        .collect()
}

pub(super) fn undeclared_local_interface(facts: &Facts, found: &mut Findings<'_>) {
    undeclared(facts, Side::Here, found, |way| match way.kind() {
        "file" => "watches a folder".to_owned(),
        "ipc" => "talks to another program of the machine".to_owned(),
        "serial" => "opens a serial line".to_owned(),
        kind => format!("opens a `{kind}` device"),
    });
}

pub(super) fn undeclared_child_process(facts: &Facts, found: &mut Findings<'_>) {
    undeclared(facts, Side::Child, found, |way| match &way.address.host {
        Some(Host::One(program)) => format!("starts `{program}`"),
        _ => "starts another program".to_owned(),
    });
}

fn undeclared(facts: &Facts, side: Side, found: &mut Findings<'_>, does: impl Fn(&Way<'_>) -> String) {
    if !comparable(facts) {
        return;
    }
    let claims = Claims::new(facts);
    let mut strays = Strays::default();
    let ways = ways(facts);
    for way in ways.iter().filter(|way| way.side() == side && claims.of(way).is_empty()) {
        strays.add(way);
    }
    for stray in strays.0 {
        let what = stray.first().map(|way| does(way)).unwrap_or_default();
        strayed(facts, &stray, &what, found);
    }
}

/// What nobody claims: one entry for each function and kind.
#[derive(Default)]
struct Strays<'w>(Vec<Vec<&'w Way<'w>>>);

impl<'w> Strays<'w> {
    fn add(&mut self, way: &'w Way<'w>) {
        let same = |other: &&Way<'_>| {
            let (a, b) = (&other.opened.call.site, &way.opened.call.site);
            other.kind() == way.kind() && a.unit == b.unit && a.within == b.within
        };
        match self.0.iter_mut().find(|group| group.first().is_some_and(same)) {
            Some(group) => group.push(way),
            None => self.0.push(vec![way]),
        }
    }
}

fn strayed(facts: &Facts, ways: &[&Way<'_>], does: &str, found: &mut Findings<'_>) {
    let Some(way) = ways.first() else { return };
    let site = &way.opened.call.site;
    let message = format!("`{}` {does}, and no interface of the model claims it", way.opened.name);
    let finding = found.add(&site.at, message);
    describe(facts, way, finding.about(&site.within));
    for more in ways.iter().skip(1).take(3) {
        finding.with(&more.opened.call.site.at, "and here");
    }
}

fn quoted(texts: BTreeSet<String>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| format!("`{text}`")).collect();
    texts.join(", ")
}
