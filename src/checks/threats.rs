//! Checks on threat models: alone, and against the code.

use super::claims::{self, CodeIndex, Found};
use super::rules;
use crate::facts::Facts;
use crate::facts::threats::listeners::{self, Address, Host, Listener, Transport};
use crate::facts::threats::{Acceptance, Answer, Interface, Mitigation, Model, State, Threat};
use crate::finding::Findings;
use crate::source::Placed;

rules!["threats":
    threat_model_missing,
    threat_model_unreadable,
    threat_reference_dangling,
    threat_open,
    acceptance_expired,
    interface_without_threat,
    role_without_interface,
    mitigation_without_test,
    mitigation_not_attacked,
    named_test_missing,
    named_test_ignored,
    named_code_missing,
    undeclared_listener,
    listener_contradicts_model,
];

fn threat_model_missing(facts: &Facts, found: &mut Findings<'_>) {
    let threats = &facts.threats;
    if threats.models.is_empty() && threats.broken.is_empty() {
        found
            .add(&facts.workspace.manifest.source.whole(), "no threat model is linked to this workspace")
            .help("write one, and name it under [workspace.metadata.health-sec] as `threats = [\"...\"]`");
    }
    for model in threats.models.iter().filter(|model| model.threats.is_empty()) {
        found.add(&model.title.at, "this threat model names no threat");
    }
}

fn threat_model_unreadable(facts: &Facts, found: &mut Findings<'_>) {
    for broken in &facts.threats.broken {
        let at = broken.at.as_ref().unwrap_or(&broken.link.at);
        let link = &broken.link.value;
        let finding = found.add(at, format!("`{link}` can't be read as a threat model: {}", broken.why));
        finding.about(link);
        if let Some(remedy) = &broken.remedy {
            finding.help(remedy);
        }
        if broken.at.is_some() {
            finding.with(&broken.link.at, "linked here");
        }
    }
}

fn threat_reference_dangling(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        for reference in model.references.iter().filter(|reference| !reference.resolved) {
            let (from, wanted, id) = (&reference.from, reference.wanted, &reference.id.value);
            let finding = found
                .add(&reference.id.at, format!("[{from}] names `{id}`, but there is no {wanted} of that id"));
            finding.about(id).about(from);
            if let Some(near) = &reference.near {
                finding.help(near);
            }
        }
    }
}

fn threat_open(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        for threat in &model.threats {
            let Some(why) = why_open(model, threat) else { continue };
            let at = threat.answer.as_ref().map_or(&threat.id.at, |answer| &answer.at);
            let id = &threat.id.value;
            let finding = found.add(at, format!("threat `{id}` is open: {why}"));
            finding.about(id).with(&threat.title.at, "the threat");
            for mitigation in threat.by.iter().filter_map(|id| model.mitigation(&id.value)) {
                let state = mitigation.state.value.word();
                finding.with(&mitigation.state.at, format!("`{}` is {state}", mitigation.id.value));
            }
        }
    }
}

/// Why a threat is open; `None` where it is answered, or where another rule says what is wrong with
/// its answer: one finding a cause.
fn why_open(model: &Model, threat: &Threat) -> Option<String> {
    let Some(answer) = &threat.answer else { return Some("it has no answer".to_owned()) };
    match answer.value {
        Answer::Open => Some("nothing is done about it yet".to_owned()),
        Answer::Mitigate if threat.by.is_empty() => Some("it names no mitigation".to_owned()),
        Answer::Mitigate => {
            let mitigations: Option<Vec<&Mitigation>> =
                threat.by.iter().map(|id| model.mitigation(&id.value)).collect();
            // A mitigation that does not exist is a dangling reference.
            let in_place = mitigations?.iter().any(|mitigation| mitigation.state.value == State::InPlace);
            (!in_place).then(|| "none of its mitigations is in place".to_owned())
        }
        Answer::Accept => match &threat.accepted {
            None => Some("it is accepted, but by no acceptance".to_owned()),
            Some(id) => why_not_accepted(model.acceptance(&id.value)?, threat),
        },
        Answer::Transfer | Answer::Avoid | Answer::NotApplicable => match &threat.reason {
            Some(_) => None,
            None => Some(format!("its answer `{}` has no reason", answer.value.word())),
        },
    }
}

fn why_not_accepted(acceptance: &Acceptance, threat: &Threat) -> Option<String> {
    let id = &acceptance.id.value;
    let missing: Vec<&str> = [
        ("reason", acceptance.reason.is_none()),
        ("by", acceptance.by.is_none()),
        ("until", acceptance.until.is_none()),
    ]
    .into_iter()
    .filter_map(|(key, absent)| absent.then_some(key))
    .collect();
    if !missing.is_empty() {
        return Some(format!("its acceptance `{id}` has no `{}`", missing.join("`, no `")));
    }
    let covered = acceptance.covers.iter().any(|covered| covered.value == threat.id.value);
    (!covered).then(|| format!("its acceptance `{id}` does not cover it"))
}

fn acceptance_expired(facts: &Facts, found: &mut Findings<'_>) {
    for acceptance in facts.threats.models.iter().flat_map(|model| &model.acceptances) {
        let Some(until) = acceptance.until.as_ref().filter(|until| until.value < facts.as_of) else {
            continue;
        };
        let id = &acceptance.id.value;
        found.add(&until.at, format!("acceptance `{id}` ended on {}", until.value)).about(id);
    }
}

fn interface_without_threat(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        for interface in &model.interfaces {
            if !is_threatened(model, interface) {
                let id = &interface.id.value;
                found.add(&interface.id.at, format!("no threat affects interface `{id}`")).about(id);
            }
        }
    }
}

/// True when a threat names the interface, what it belongs to, the zone of that, or a flow through it.
fn is_threatened(model: &Model, interface: &Interface) -> bool {
    let on = interface.on.as_ref().map(|on| on.value.as_str());
    let part = model.components.iter().find(|part| Some(part.id.value.as_str()) == on);
    let zone = part.and_then(|part| part.zone.as_deref());
    let through = |id: &str| {
        model.flows.iter().any(|flow| {
            flow.id.value == id && flow.via.as_ref().is_some_and(|via| via.value == interface.id.value)
        })
    };
    model.threats.iter().flat_map(|threat| &threat.affects).any(|affected| {
        let id = affected.value.as_str();
        id == interface.id.value || Some(id) == on || Some(id) == zone || through(id)
    })
}

fn role_without_interface(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        for role in &model.roles {
            let mut used = model.interfaces.iter().flat_map(|interface| &interface.roles);
            if !used.any(|used| used.value == role.value) {
                found.add(&role.at, format!("role `{}` reaches no interface", role.value)).about(&role.value);
            }
        }
    }
}

fn in_place(facts: &Facts) -> impl Iterator<Item = &Mitigation> {
    let all = facts.threats.models.iter().flat_map(|model| &model.mitigations);
    all.filter(|mitigation| mitigation.state.value == State::InPlace)
}

fn mitigation_without_test(facts: &Facts, found: &mut Findings<'_>) {
    for mitigation in in_place(facts) {
        if mitigation.tests.is_empty() && mitigation.evidence.is_empty() {
            let id = &mitigation.id.value;
            found
                .add(&mitigation.id.at, format!("no test or evidence shows that mitigation `{id}` works"))
                .about(id);
        }
    }
}

fn mitigation_not_attacked(facts: &Facts, found: &mut Findings<'_>) {
    for mitigation in in_place(facts) {
        let id = &mitigation.id.value;
        if mitigation.thwart.is_empty() && mitigation.evidence.is_empty() {
            found.add(&mitigation.id.at, format!("no test tries to defeat mitigation `{id}`")).about(id);
        }
        let twice = |thwart: &&Placed<String>| mitigation.tests.iter().any(|test| test.value == thwart.value);
        for thwart in mitigation.thwart.iter().filter(twice) {
            let message = format!("`{}` stands both for the use and for the attack", thwart.value);
            found.add(&thwart.at, message).about(id);
        }
    }
}

/// Every test that a model names, with who names it; records outside the code are left out.
fn named_tests(facts: &Facts) -> Vec<(&Placed<String>, &str)> {
    let mut named = Vec::new();
    for model in &facts.threats.models {
        for mitigation in &model.mitigations {
            let tests = mitigation.tests.iter().chain(&mitigation.thwart);
            named.extend(tests.map(|test| (test, mitigation.id.value.as_str())));
        }
        for interface in &model.interfaces {
            named.extend(interface.proof.iter().map(|test| (test, interface.id.value.as_str())));
        }
    }
    named.retain(|(test, _)| !claims::is_record(&test.value));
    named
}

fn named_test_missing(facts: &Facts, found: &mut Findings<'_>) {
    let named = named_tests(facts);
    if named.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    for (test, owner) in named {
        let name = &test.value;
        let (message, near) = match index.look_up(name) {
            Found::Items(items) if items.iter().any(|item| item.test) => continue,
            Found::Items(_) => (format!("`{name}` is there, but it is no test"), None),
            Found::Gone(near) => (format!("there is no test `{name}`"), near),
            Found::There | Found::Unseen => continue,
        };
        let finding = found.add(&test.at, message);
        finding.about(name).about(owner);
        if let Some(near) = near {
            finding.help(near);
        }
    }
}

fn named_test_ignored(facts: &Facts, found: &mut Findings<'_>) {
    let named = named_tests(facts);
    if named.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    for (test, owner) in named {
        let Found::Items(items) = index.look_up(&test.value) else { continue };
        let tests: Vec<_> = items.into_iter().filter(|item| item.test).collect();
        if let Some(first) = tests.first().filter(|_| tests.iter().all(|item| item.ignored)) {
            found
                .add(&test.at, format!("test `{}` is ignored: it never runs by itself", test.value))
                .about(&test.value)
                .about(owner)
                .with(&first.site.at, "ignored here");
        }
    }
}

fn named_code_missing(facts: &Facts, found: &mut Findings<'_>) {
    let mut named: Vec<(&Placed<String>, String)> = Vec::new();
    for model in &facts.threats.models {
        for interface in &model.interfaces {
            let owner = format!("interface `{}`", interface.id.value);
            named.extend(interface.code.iter().map(|path| (path, owner.clone())));
        }
        for mitigation in &model.mitigations {
            let owner = format!("mitigation `{}`", mitigation.id.value);
            named.extend(mitigation.code.iter().map(|path| (path, owner.clone())));
        }
    }
    if named.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    for (path, owner) in named {
        let Found::Gone(near) = index.look_up(&path.value) else { continue };
        let finding = found.add(&path.at, format!("there is no `{}`, the code of {owner}", path.value));
        finding.about(&path.value);
        if let Some(near) = near {
            finding.help(near);
        }
    }
}

fn undeclared_listener(facts: &Facts, found: &mut Findings<'_>) {
    if facts.threats.models.is_empty() || !facts.threats.broken.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    for listener in listeners::opened(&facts.code) {
        let claims = claims_of(facts, &index, &listener);
        let within = &listener.call.site.within;
        let message = match claims.first() {
            None => format!("`{}` opens a way in that no interface of the model claims", listener.name),
            Some(claim) if claims.iter().all(|claim| is_switched_off(claim, &listener)) => format!(
                "`{}` opens a way in, but interface `{}` is `{}`",
                listener.name,
                claim.id.value,
                claim.state.as_ref().map_or("", |state| state.value.as_str())
            ),
            Some(_) => continue,
        };
        found
            .add(&listener.call.site.at, message)
            .about(within)
            .help(format!("add `{within}` to the `code` of an interface, or close the listener"));
    }
}

/// The interfaces that claim a listener. One that only goes out claims no way in, save that a client
/// of a datagram protocol binds its socket too.
fn claims_of<'a>(facts: &'a Facts, index: &CodeIndex<'_>, listener: &Listener<'_>) -> Vec<&'a Interface> {
    let site = &listener.call.site;
    let Some(place) = index.full_path(site.unit, &site.within) else { return Vec::new() };
    let interfaces = facts.threats.models.iter().flat_map(|model| &model.interfaces);
    interfaces
        .filter(|interface| {
            let kind = interface.kind.as_ref().map_or("", |kind| kind.value.as_str());
            !kind.ends_with("-client") || listener.transport == Transport::Udp
        })
        .filter(|interface| {
            let mut meanings = interface.code.iter().flat_map(|code| index.meanings(&code.value));
            meanings.any(|(_, claim)| claims::covers(&claim, &place))
        })
        .collect()
}

/// True when an interface is said to be absent from the release, yet nothing in the code keeps the
/// listener out of it.
fn is_switched_off(interface: &Interface, listener: &Listener<'_>) -> bool {
    let off = interface.state.as_ref().is_some_and(|state| state.value == "disabled-in-release");
    off && listener.call.site.cfg.is_empty()
}

fn listener_contradicts_model(facts: &Facts, found: &mut Findings<'_>) {
    if facts.threats.models.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    for listener in listeners::opened(&facts.code) {
        let claims = claims_of(facts, &index, &listener);
        // A function that several interfaces claim must agree with one of them.
        let mut differences = Vec::new();
        for claim in &claims {
            match difference(claim, &listener.address) {
                None => differences.clear(),
                Some(difference) => {
                    differences.push(difference);
                    continue;
                }
            }
            break;
        }
        if let Some((at, message)) = differences.into_iter().next() {
            found
                .add(&listener.call.site.at, message)
                .about(&listener.call.site.within)
                .with(at, "the model says so here");
        }
    }
}

/// What the code says otherwise than the model, with the place in the model. What cannot be told,
/// such as a port from a configuration file, contradicts nothing.
fn difference<'a>(
    interface: &'a Interface,
    address: &Address,
) -> Option<(&'a crate::source::Location, String)> {
    let id = &interface.id.value;
    if let (Some(said), Some(port)) = (&interface.port, address.port)
        && said.value != i64::from(port)
    {
        let message = format!("the code listens on port {port}, interface `{id}` says {}", said.value);
        return Some((&said.at, message));
    }
    let (said, host) = (interface.bind.as_ref()?, address.host.as_ref()?);
    let (agrees, where_to) = match (said.value.as_str(), host) {
        ("any", host) => (*host == Host::Any, words(host)),
        ("loopback", host) => (*host == Host::Loopback, words(host)),
        (said, Host::One(one)) if is_address(said) && is_address(one) => (said == one, words(host)),
        (said, Host::Any) if is_address(said) => (false, words(host)),
        _ => return None,
    };
    (!agrees).then(|| {
        (&said.at, format!("the code listens on {where_to}, interface `{id}` says `{}`", said.value))
    })
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
