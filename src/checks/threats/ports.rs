//! Scans of ports against the interfaces that models declare.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::Facts;
use crate::facts::threats::{Interface, Model, Scan, Surface};
use crate::finding::Findings;

/// The protocol of a kind of interface that listens at a port.
fn protocol(interface: &Interface) -> Option<&'static str> {
    match interface.kind.as_ref()?.value.as_str() {
        "tcp-listen" => Some("tcp"),
        "udp-listen" => Some("udp"),
        _ => None,
    }
}

/// True for an interface that is not there in the release.
fn is_off(interface: &Interface) -> bool {
    interface.state.as_ref().is_some_and(|state| state.value == "disabled-in-release")
}

/// The interfaces that listen at a port, with protocol and port.
fn declared(facts: &Facts) -> Vec<(&Interface, &'static str, u16)> {
    let interfaces = facts.threats.models.iter().flat_map(|model| &model.interfaces);
    interfaces
        .filter_map(|interface| {
            let port = interface.port.as_ref().and_then(|port| u16::try_from(port.value).ok())?;
            Some((interface, protocol(interface)?, port))
        })
        .collect()
}

pub(super) fn scanned_port_undeclared(facts: &Facts, found: &mut Findings<'_>) {
    if facts.threats.models.is_empty() {
        return;
    }
    let mut declared: BTreeMap<(&str, u16), Vec<&Interface>> = BTreeMap::new();
    for (interface, of, number) in self::declared(facts) {
        declared.entry((of, number)).or_default().push(interface);
    }
    let on_platform = |of: &str, number: u16| {
        facts.policy.platform_ports.iter().any(|port| {
            port.port.value == i64::from(number)
                && port.protocol.as_ref().map_or("tcp", |word| &word.value) == of
        })
    };
    for scan in &facts.threats.scans {
        let mut seen = BTreeSet::new();
        for port in scan.ports.iter().filter(|port| port.is_open()) {
            let (of, number) = (port.protocol.as_str(), port.number);
            let own = declared.get(&(of, number)).map(Vec::as_slice).unwrap_or_default();
            let open = own.iter().any(|interface| !is_off(interface));
            if open || on_platform(of, number) || !seen.insert((of, number)) {
                continue;
            }
            if let [off, ..] = own {
                let id = &off.id.value;
                let message = format!(
                    "{of} port {number} is open on {}, and interface `{id}` says that it is disabled",
                    port.host
                );
                let finding = found.add(&port.at, message).about(format!("{of}/{number}"));
                finding
                    .with(&off.id.at, "the interface")
                    .help("scan the product as it is released, or close it");
                continue;
            }
            let service = port.service.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
            let message =
                format!("{of} port {number}{service} is open on {}, and no interface declares it", port.host);
            found.add(&port.at, message).about(format!("{of}/{number}")).help(
                "close it, declare it as an interface, or name it in the policy as the platform's: [[threats.platform]]",
            );
        }
    }
}

pub(super) fn declared_port_closed(facts: &Facts, found: &mut Findings<'_>) {
    for (interface, of, number) in declared(facts) {
        let off = is_off(interface);
        let loopback = interface.bind.as_ref().is_some_and(|bind| bind.value == "loopback");
        // Nobody outside meets what listens on the loopback.
        let Some(scan) = facts.threats.scans.iter().find(|scan| scan.finds_closed(of, number)) else {
            continue;
        };
        if !off && !loopback && !facts.threats.scans.iter().any(|scan| opens(scan, of, number)) {
            let id = &interface.id.value;
            found
                .add(
                    &interface.id.at,
                    format!("interface `{id}` declares {of} port {number}, and the scan finds it closed"),
                )
                .about(id)
                .with(&scan.at, "the scan")
                .help("scan the product as it is released, or correct the interface");
        }
    }
}

fn opens(scan: &Scan, of: &str, number: u16) -> bool {
    scan.ports.iter().any(|port| port.is_open() && port.protocol == of && port.number == number)
}

pub(super) fn port_scan_missing(facts: &Facts, found: &mut Findings<'_>) {
    if !facts.threats.scans.is_empty() || facts.gaps.iter().any(|gap| gap.kind == crate::facts::Kind::Scans) {
        return;
    }
    let Some((interface, of, number)) = declared(facts).into_iter().next() else { return };
    let id = &interface.id.value;
    found
        .add(&interface.id.at, format!("no scan shows which ports are open beside {of} port {number} of interface `{id}`"))
        .about(id)
        .help("nmap -p- -oX scan.xml DEVICE, and name that as `port-scan` under [workspace.metadata.health-sec.evidence]");
}

pub(super) fn port_scan_outdated(facts: &Facts, found: &mut Findings<'_>) {
    for scan in facts.threats.scans.iter().filter(|scan| scan.on > facts.as_of) {
        found
            .add(&scan.at, format!("this scan says that it began on {}, which is yet to come", scan.on))
            .about(scan.at.path())
            .help("set the clock of the machine that scans, and scan again");
    }
    for model in &facts.threats.models {
        let Some(changed) = changed_after(facts, model) else { continue };
        for scan in &facts.threats.scans {
            let on = scan.on;
            if on <= changed {
                let message = format!(
                    "this scan of {on} is older than the attack surface: that was another one on {changed}"
                );
                found.add(&scan.at, message).about(scan.at.path()).help("scan the product as it is now");
            }
        }
    }
}

/// The last day on which a review saw another surface than there is now.
fn changed_after(facts: &Facts, model: &Model) -> Option<jiff::civil::Date> {
    let now = Surface::of(model, &facts.code).fingerprint();
    let other =
        model.reviews.iter().filter(|review| review.surface.as_ref().is_some_and(|then| then.value != now));
    other.filter_map(|review| review.on.as_ref().map(|on| on.value)).max()
}
