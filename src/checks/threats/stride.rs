//! STRIDE per element: where a model says that it asks every category of every element, what it has not asked.
//!
//! Elements are those of a data-flow diagram, each with the categories that the method asks of its kind: a process all six, a
//! store and a flow three, somebody outside two. Whether a store lets somebody deny something is asked of logs alone.

use std::collections::BTreeMap;

use super::coverage::left_out;
use super::words;
use crate::document::array;
use crate::facts::Facts;
use crate::facts::threats::{Flow, Format, Model, Threat, is_made};
use crate::finding::Findings;
use crate::source::Placed;

/// The categories by their letters, with the word of reports and other words that models use.
const CATEGORIES: [(char, &str, &[&str]); 6] = [
    ('S', "spoofing", &["spoofingidentity"]),
    ('T', "tampering", &["tamperingwithdata"]),
    ('R', "repudiation", &[]),
    ('I', "information-disclosure", &["infodisclosure"]),
    ('D', "denial-of-service", &["dos", "denialservice"]),
    ('E', "elevation-of-privilege", &["eop", "elevationofprivileges", "privilegeescalation"]),
];

/// What is asked of each kind of element.
const PROCESS: &str = "STRIDE";
const STORE: &str = "TID";
const LOG: &str = "TRID";
const FLOW: &str = "TID";
const OUTSIDE: &str = "SR";

/// Words in the name of a store that shows who did what.
const LOGS: &[&str] = &["log", "logs", "logging", "audit", "journal"];

/// An element: what it is called, its id, and what is asked of it.
type Element<'m> = (String, &'m Placed<String>, &'static str);

/// Categories by id, a bit each.
type Asked<'m> = BTreeMap<&'m str, u8>;

pub(super) fn stride_category_missing(facts: &Facts, found: &mut Findings<'_>) {
    let whole = |model: &&Model| model.unread.is_empty() && !model.threats.is_empty();
    for model in facts.threats.models.iter().filter(whole) {
        let Some((method, promise)) = promise(model) else { continue };
        if model.threats.iter().all(|threat| categories(threat) == 0) {
            let message = "the model was made by STRIDE per element, and no threat says its category";
            let help = "name it at each threat: `category = [\"stride:tampering\"]`";
            found.add(&method.at, message).about(&model.title.value).help(help);
            continue;
        }
        let asked = asked(model);
        // Where threats are tied to no place, there is none to ask at.
        let elements = if asked.is_empty() { Vec::new() } else { elements(model) };
        for (called, id, wanted) in elements {
            let told = asked.get(id.value.as_str()).copied().unwrap_or_default();
            let missing = |letter: &char| bits(*letter) & told == 0 && wanted.contains(*letter);
            let missing: Vec<&str> =
                CATEGORIES.iter().filter(|(letter, ..)| missing(letter)).map(|(_, word, _)| *word).collect();
            let [first, ..] = missing.as_slice() else { continue };
            if promise == Promise::Begun && missing.len() * 2 > wanted.len() {
                continue;
            }
            let finding = found.add(&id.at, format!("{called} has no threat of: {}", missing.join(", ")));
            finding.about(&id.value);
            if model.has_own_ids() {
                finding.help("ask, and write down the answer, also where nothing can happen").paste([
                    "[threat.NEW]".to_owned(),
                    "title    = \"...\"".to_owned(),
                    format!("category = [\"stride:{first}\"]"),
                    format!("affects  = {}", array([&id.value])),
                    "answer   = \"not-applicable\"".to_owned(),
                    "reason   = \"...\"".to_owned(),
                ]);
            }
        }
    }
}

/// How much a model promises to have asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Promise {
    /// Every category of every element.
    All,
    /// Every category of an element that was begun: of which half are asked.
    Begun,
}

/// What a model promises, and where. Threat Dragon offers the categories of each element in a diagram of the kind STRIDE,
/// which is also the kind that it draws unless told otherwise.
fn promise(model: &Model) -> Option<(&Placed<String>, Promise)> {
    let methods = &model.head.methods;
    let all = methods.iter().find(|method| plain(&method.value).starts_with("strideperelement"));
    let of_diagrams = methods.iter().all(|method| plain(&method.value) == "stride");
    let drawn = methods.first().filter(|_| model.format == Format::ThreatDragon && of_diagrams);
    all.map(|method| (method, Promise::All)).or(drawn.map(|method| (method, Promise::Begun)))
}

/// The letters and digits of a word, in small letters.
fn plain(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The bit of a letter.
fn bits(letter: char) -> u8 {
    CATEGORIES.iter().position(|(known, ..)| *known == letter).map_or(0, |at| 1 << at)
}

/// The bit of a category, be it a letter or a word, with or without the name of its list.
fn category(word: &str) -> u8 {
    let (list, word) = word.split_once(':').unwrap_or(("stride", word));
    if plain(list) != "stride" {
        return 0;
    }
    let word = plain(word);
    let is = |(letter, name, others): &&(char, &str, &[&str])| {
        word.eq_ignore_ascii_case(&letter.to_string())
            || plain(name) == word
            || others.contains(&word.as_str())
    };
    CATEGORIES.iter().find(is).map_or(0, |(letter, ..)| bits(*letter))
}

/// The categories of a threat.
fn categories(threat: &Threat) -> u8 {
    words(&threat.category).fold(0, |all, word| all | category(word))
}

/// What threats ask, of what they affect and of what stands in it.
fn asked(model: &Model) -> Asked<'_> {
    let within = within(model);
    let flows: BTreeMap<&str, [Option<&str>; 2]> = model
        .flows
        .iter()
        .map(|flow| (flow.id.value.as_str(), [&flow.from, &flow.to].map(|end| words(end).next())))
        .collect();
    let mut asked = Asked::new();
    let mut news: Vec<(&str, u8)> = Vec::new();
    for threat in &model.threats {
        news.extend(words(&threat.affects).map(|id| (id, categories(threat))));
    }
    // Each thing learns of each category once.
    while let Some((id, categories)) = news.pop() {
        let known = asked.get(id).copied().unwrap_or_default();
        let new = categories & !known;
        if new == 0 {
            continue;
        }
        asked.insert(id, known | new);
        news.extend(within.get(id).into_iter().flatten().map(|inner| (*inner, new)));
        // Nobody poses as a flow, and none has privileges: such a threat to a flow is meant of its ends.
        let of_ends = new & !FLOW.chars().fold(0, |all, letter| all | bits(letter));
        news.extend(flows.get(id).into_iter().flatten().flatten().map(|end| (*end, of_ends)));
    }
    asked
}

/// What a threat to a thing reaches: of a zone what stands in it and what flows from and to there, of an interface its
/// component and what passes it, of an asset what holds and what carries it.
fn within(model: &Model) -> BTreeMap<&str, Vec<&str>> {
    let mut within: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let parts = model.components.iter().map(|part| (&part.id, part.zone.as_deref()));
    let neighbours = model.neighbours.iter().map(|own| (&own.id, own.zone.as_deref()));
    let zones: BTreeMap<&str, &str> =
        parts.chain(neighbours).filter_map(|(id, zone)| Some((id.value.as_str(), zone?))).collect();
    let mut put = |outer, inner| within.entry(outer).or_default().push(inner);
    for (id, zone) in &zones {
        put(*zone, *id);
    }
    for zone in &model.zones {
        words(&zone.parent).for_each(|parent| put(parent, &zone.id.value));
    }
    for part in &model.components {
        words(&part.holds).for_each(|asset| put(asset, &part.id.value));
    }
    for interface in &model.interfaces {
        words(&interface.on).for_each(|on| put(&interface.id.value, on));
    }
    for flow in &model.flows {
        let ends = words(&flow.from).chain(words(&flow.to)).filter_map(|end| zones.get(end).copied());
        ends.chain(words(&flow.via)).chain(words(&flow.data)).for_each(|outer| put(outer, &flow.id.value));
    }
    within
}

/// The elements that are looked at.
fn elements(model: &Model) -> Vec<Element<'_>> {
    let left_out = left_out(model);
    let called = |kind: &str, id: &Placed<String>| match model.called(&id.value) {
        made if is_made(made) => format!("a {kind}"),
        name => format!("{kind} `{name}`"),
    };
    let parts = model.components.iter().filter_map(|part| {
        let (kind, wanted) = match part.kind.as_ref()?.value.as_str() {
            "process" => ("process", PROCESS),
            "store" if is_log(model.called(&part.id.value)) => ("store", LOG),
            "store" => ("store", STORE),
            "external" => ("neighbour", OUTSIDE),
            _ => return None,
        };
        Some((called(kind, &part.id), &part.id, wanted))
    });
    let neighbours = model.neighbours.iter().map(|own| (called("neighbour", &own.id), &own.id, OUTSIDE));
    let flows = model.flows.iter().filter(|flow| {
        let mut ends = words(&flow.from).chain(words(&flow.to));
        flow.out_of_scope.is_none() && !ends.any(|end| left_out.contains(end))
    });
    parts
        .chain(neighbours)
        .filter(|(_, id, _)| !left_out.contains(id.value.as_str()))
        .chain(flows.map(|flow| (drawn(model, flow), &flow.id, FLOW)))
        .collect()
}

/// True for a store that shows who did what, by its name.
fn is_log(name: &str) -> bool {
    name.to_ascii_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| LOGS.contains(&word))
}

/// What a flow is called: by its name, or else by its ends.
fn drawn(model: &Model, flow: &Flow) -> String {
    let end = |end: &Option<Placed<String>>| end.as_ref().map(|end| model.called(&end.value).to_owned());
    match (model.name_of(flow), end(&flow.from), end(&flow.to)) {
        (Some(name), ..) => format!("flow `{name}`"),
        (None, Some(from), Some(to)) => format!("the flow from `{from}` to `{to}`"),
        (None, ..) => "a flow".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{bits, category};

    #[test]
    fn a_category_is_known_in_any_spelling() {
        let same = [
            ('S', ["Spoofing", "stride:spoofing", "s"]),
            ('T', ["Tampering", "STRIDE: Tampering", "T"]),
            ('R', ["Repudiation", "stride:repudiation", "R"]),
            ('I', ["Information Disclosure", "Info Disclosure", "stride:information-disclosure"]),
            ('D', ["Denial Of Service", "stride:dos", "denial-of-service"]),
            ('E', ["Elevation of privilege", "Elevation Of Privileges", "stride:EoP"]),
        ];
        for (letter, words) in same {
            assert_eq!(words.map(category), [bits(letter); 3], "{letter}");
        }
        assert_eq!(["med:diagnosis", "linddun:I", "STRIDE", "cwe:20", ""].map(category), [0; 5]);
    }
}
