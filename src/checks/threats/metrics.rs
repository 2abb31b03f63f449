//! Single metrics of a rating against what the model itself states: over what an attack comes, whether somebody has to be
//! known or to help, what is lost.

use std::collections::BTreeMap;

use super::risk::shown;
use super::{few, words};
use crate::facts::Facts;
use crate::facts::threats::openings::{Side, side};
use crate::facts::threats::protocols::protects;
use crate::facts::threats::{Interface, Model, Rating, Threat, Worth};
use crate::finding::Findings;

/// Lines, buses and radios: nobody reaches them over a network.
const NEAR: &[&str] = &["serial", "ble", "usb", "can", "i2c", "spi", "gpio"];

/// Categories that name what is lost, with the metrics of both versions that say so.
const LOSSES: &[(&str, [&str; 3])] = &[
    ("informationdisclosure", ["C", "VC", "SC"]),
    ("confidentiality", ["C", "VC", "SC"]),
    ("tampering", ["I", "VI", "SI"]),
    ("integrity", ["I", "VI", "SI"]),
    ("denialofservice", ["A", "VA", "SA"]),
    ("availability", ["A", "VA", "SA"]),
];

/// The values of base metrics, from the gravest to the mildest.
const GRAVITY: &[(&[&str], &[&str])] = &[
    (&["AV"], &["N", "A", "L", "P"]),
    (&["AC"], &["L", "H"]),
    (&["AT"], &["N", "P"]),
    (&["PR"], &["N", "L", "H"]),
    (&["UI"], &["N", "P", "R", "A"]),
    (&["C", "I", "A", "VC", "VI", "VA", "SC", "SI", "SA"], &["S", "H", "L", "N"]),
];

type Metrics = BTreeMap<String, String>;

pub(super) fn rating_contradicts_model(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let passed = Passed::of(model);
        for threat in model.threats.iter().filter(|threat| !threat.untouched) {
            let id = shown(model, threat);
            let ways = passed.by(threat);
            for (when, rating) in [("before", &threat.before), ("after", &threat.after)] {
                let Some(rating) = rating else { continue };
                let metrics = rating.metrics();
                let first = when == "before";
                let contradictions = [
                    reach(&metrics, &ways),
                    privileges(&metrics, &ways),
                    help(&metrics, &ways, model),
                    loss(&metrics, threat).filter(|_| first),
                    harm(&metrics, threat).filter(|_| first),
                ];
                for why in contradictions.into_iter().flatten() {
                    let message = format!("the rating `{when}` of threat `{id}` says {why}");
                    found.add(&rating.at, message).about(&threat.id.value);
                }
            }
            if let (Some(before), Some(after)) = (&threat.before, &threat.after)
                && let Some(worse) = worse(before, after)
                && !brings_risk(model, threat)
            {
                let message = format!(
                    "after the mitigations of threat `{id}` its rating says {worse}, and none of them brings a new risk"
                );
                found
                    .add(&after.at, message)
                    .about(&threat.id.value)
                    .with(&before.at, "before")
                    .help("correct the vector, or say in `new_risk` of the mitigation what it makes worse");
            }
        }
    }
}

/// The interfaces of a model, by their own ids and by those of the flows that pass them.
struct Passed<'m>(BTreeMap<&'m str, &'m Interface>);

impl<'m> Passed<'m> {
    fn of(model: &'m Model) -> Self {
        let ways = model.ways();
        let flows =
            model.flows.iter().filter_map(|flow| Some((flow.id.value.as_str(), ways.interface(flow)?)));
        let own = model.interfaces.iter().map(|interface| (interface.id.value.as_str(), interface));
        Self(flows.chain(own).collect())
    }

    /// The interfaces that a threat affects, by themselves or by a flow that passes them; none where it affects anything
    /// else, by which it may come as well.
    fn by(&self, threat: &Threat) -> Vec<&'m Interface> {
        let all: Option<Vec<&Interface>> = words(&threat.affects).map(|id| self.0.get(id).copied()).collect();
        all.unwrap_or_default()
    }
}

fn kind(interface: &Interface) -> &str {
    interface.kind.as_ref().map_or("", |kind| kind.value.as_str())
}

fn is(metrics: &Metrics, name: &str, values: &[&str]) -> bool {
    metrics.get(name).is_some_and(|value| values.contains(&value.as_str()))
}

/// What holds for every one of some interfaces, with the first of them.
fn all<'m>(ways: &[&'m Interface], holds: impl Fn(&Interface) -> bool) -> Option<&'m Interface> {
    ways.first().copied().filter(|_| ways.iter().all(|way| holds(way)))
}

/// Over what an attack comes.
fn reach(metrics: &Metrics, ways: &[&Interface]) -> Option<String> {
    let bind = |way: &Interface| way.bind.as_ref().map(|bind| bind.value.clone());
    let listens = |way: &Interface| matches!(kind(way), "tcp-listen" | "udp-listen");
    let (near, loopback, open) = (
        all(ways, |way| NEAR.contains(&kind(way))),
        all(ways, |way| listens(way) && bind(way).as_deref() == Some("loopback")),
        all(ways, |way| listens(way) && bind(way).is_some_and(|bind| bind != "loopback")),
    );
    if let Some(way) = near.filter(|_| is(metrics, "AV", &["N"])) {
        let id = &way.id.value;
        return Some(format!("AV:N, over a network, and interface `{id}` is `{}`", kind(way)));
    }
    // The browser of somebody at the machine reaches its loopback for others.
    if let Some(way) = loopback.filter(|_| is(metrics, "AV", &["N", "A"]) && is(metrics, "UI", &["N"])) {
        let id = &way.id.value;
        return Some(format!(
            "{}, over a network, and interface `{id}` is bound to the loopback",
            told(metrics, "AV")
        ));
    }
    if let Some(way) = open.filter(|_| is(metrics, "AV", &["L", "P"])) {
        let id = &way.id.value;
        return Some(format!(
            "{}, at the machine, and interface `{id}` listens on a network",
            told(metrics, "AV")
        ));
    }
    None
}

fn told(metrics: &Metrics, name: &str) -> String {
    format!("{name}:{}", metrics.get(name).map_or("", String::as_str))
}

/// Whether somebody has to be known first.
fn privileges(metrics: &Metrics, ways: &[&Interface]) -> Option<String> {
    let asks_nobody = |way: &Interface| {
        let [_, authentication, authorization] = &way.transport;
        let comes_in = matches!(side(kind(way)), Side::In);
        let nobody = |word: &str| protects(word) == Some(false);
        comes_in && authentication.is_some() && words(authentication).chain(words(authorization)).all(nobody)
    };
    let way = all(ways, asks_nobody).filter(|_| is(metrics, "PR", &["L", "H"]))?;
    let (told, id) = (told(metrics, "PR"), &way.id.value);
    Some(format!("{told}, an attacker with rights, and interface `{id}` asks nobody who they are"))
}

/// Whether a person has to help.
fn help(metrics: &Metrics, ways: &[&Interface], model: &Model) -> Option<String> {
    let human =
        |role: &&crate::facts::threats::Role| role.kind.as_ref().is_none_or(|kind| kind.value != "machine");
    let machines_only = |way: &Interface| {
        !way.roles.is_empty()
            && words(&way.roles).all(|name| {
                let mut known = model.roles.iter().filter(|role| role.id.value == name).peekable();
                known.peek().is_some() && !known.any(|role| human(&role))
            })
    };
    let nobody = !model.roles.iter().any(|role| human(&role));
    let way = all(ways, machines_only).filter(|_| nobody && is(metrics, "UI", &["R", "P", "A"]))?;
    let (told, id) = (told(metrics, "UI"), &way.id.value);
    Some(format!("{told}, that a person helps, and only machines use the product, as interface `{id}`"))
}

/// What is lost, against the category of the threat.
fn loss(metrics: &Metrics, threat: &Threat) -> Option<String> {
    let plain = |category: &str| {
        let term = category.rsplit(':').next().unwrap_or_default();
        term.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase()
    };
    threat.category.iter().find_map(|category| {
        let term = plain(&category.value);
        let (_, names) = LOSSES.iter().find(|(word, _)| *word == term)?;
        let said: Vec<String> = names
            .iter()
            .filter(|name| metrics.contains_key(**name))
            .map(|name| told(metrics, name))
            .collect();
        let none = !said.is_empty() && said.iter().all(|metric| metric.ends_with(":N"));
        none.then(|| {
            format!("{}, nothing lost, and its category is `{}`", said.join(" and "), category.value)
        })
    })
}

/// Whether anybody can come to harm.
fn harm(metrics: &Metrics, threat: &Threat) -> Option<String> {
    let harm = threat.harm.as_ref()?;
    let fourth = metrics.contains_key("VC");
    let names: &[&str] = if fourth { &["VI", "VA", "SI", "SA"] } else { &["I", "A"] };
    let entry = harm.safety_file.first();
    if let Some(entry) = entry.filter(|_| !metrics.is_empty()) {
        if names.iter().all(|name| is(metrics, name, &["N"])) {
            let said: Vec<String> = names.iter().take(MOST_NAMED).map(|name| told(metrics, name)).collect();
            let said = said.join(" and ");
            return Some(format!(
                "{said}, nothing changed and nothing stopped, and its harm is `{}`",
                entry.value
            ));
        }
        if fourth && is(metrics, "S", &["N"]) {
            return Some(format!("S:N, nobody hurt, and its harm is `{}`", entry.value));
        }
    }
    (fourth && harm.none.is_some() && is(metrics, "S", &["P"]))
        .then(|| "S:P, somebody hurt, and its harm is said to be none".to_owned())
}

/// Metrics that are named of those that say the same.
const MOST_NAMED: usize = 2;

/// The metrics that became graver, where the score as a whole did not: that is a finding of its own.
fn worse(before: &Rating, after: &Rating) -> Option<String> {
    let score = |rating: &Rating| match rating.worth() {
        Worth::Scored { score, version, .. } => Some((score, version)),
        _ => None,
    };
    let ((was, then), (is, now)) = (score(before)?, score(after)?);
    if then != now || is > was {
        return None;
    }
    let (before, after) = (before.metrics(), after.metrics());
    let worse: Vec<String> = GRAVITY
        .iter()
        .flat_map(|(names, values)| names.iter().map(move |name| (*name, *values)))
        .filter_map(|(name, values)| {
            let grave =
                |of: &Metrics| values.iter().position(|value| of.get(name).is_some_and(|own| own == value));
            (grave(&after)? < grave(&before)?)
                .then(|| format!("{} where it said {}", told(&after, name), told(&before, name)))
        })
        .collect();
    (!worse.is_empty()).then(|| few(&worse))
}

/// True where a mitigation says that it brings a risk of its own.
fn brings_risk(model: &Model, threat: &Threat) -> bool {
    let none = |text: &str| text.trim_start().to_ascii_lowercase().starts_with("none");
    words(&threat.by)
        .filter_map(|id| model.mitigation(id))
        .any(|mitigation| mitigation.new_risk.as_ref().is_some_and(|risk| !none(&risk.value)))
}
