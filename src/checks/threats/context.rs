//! The security context: where the product stands, what is around it, and what crosses its borders.

use std::collections::BTreeSet;

use super::words;
use crate::facts::Facts;
use crate::facts::threats::placeholders::is_placeholder;
use crate::facts::threats::protocols::protects;
use crate::facts::threats::{Flow, Model, Ways, is_made};
use crate::finding::Findings;
use crate::source::Placed;

/// A shorter text says nothing of where a product stands.
const SHORTEST: usize = 20;

/// Interfaces within one machine: nothing is on a wire that could be read.
const WITHIN: &[&str] = &["file", "command-line", "child-process", "debug", "console"];

/// Models that have a place for it: in another tool's format only an overlay has.
fn telling(facts: &Facts) -> impl Iterator<Item = &Model> {
    facts.threats.models.iter().filter(|model| model.has_own_ids() || model.extended)
}

pub(super) fn security_context_incomplete(facts: &Facts, found: &mut Findings<'_>) {
    for model in telling(facts) {
        for (missing, key) in surroundings(model) {
            found
                .add(&model.title.at, format!("this model names no {missing}"))
                .about(&model.title.value)
                .help(key);
        }
        let Some(context) = &model.context else {
            found
                .add(&model.title.at, "this model says nothing of the security context")
                .about(&model.title.value)
                .help("add [context] with physical, network, isolation, operators and degraded_safety");
            continue;
        };
        let missing: Vec<String> = context
            .texts()
            .into_iter()
            .filter(|(_, text)| text.is_none())
            .map(|(key, _)| format!("`{key}`"))
            .collect();
        if !missing.is_empty() {
            let message = format!("the security context does not say {}", missing.join(", "));
            found.add(&context.at, message).about(&model.title.value);
        }
        for (key, text) in context.texts() {
            if let Some(text) = text.as_ref().filter(|text| says_nothing(&text.value)) {
                found.add(&text.at, format!("`{key}` says nothing of where the product stands")).about(key);
            }
        }
    }
}

/// What a model with interfaces leaves out of what is around the product.
fn surroundings(model: &Model) -> Vec<(&'static str, &'static str)> {
    if model.interfaces.is_empty() {
        return Vec::new();
    }
    let used = model.interfaces.iter().any(|interface| !interface.roles.is_empty());
    let neighbours = model.neighbours.is_empty();
    let roles = model.roles.is_empty() && !used;
    let said = [
        (
            neighbours,
            (
                "neighbouring system",
                "add [neighbour.<id>] with what, run_by and trust for each that it talks to",
            ),
        ),
        (
            roles,
            (
                "role",
                "add [role.<id>] with kind and may for each that uses it, and name it in `roles` of an interface",
            ),
        ),
    ];
    said.into_iter().filter_map(|(missing, words)| missing.then_some(words)).collect()
}

fn says_nothing(text: &str) -> bool {
    text.trim().chars().count() < SHORTEST || is_placeholder(text)
}

pub(super) fn neighbour_incomplete(facts: &Facts, found: &mut Findings<'_>) {
    for model in telling(facts) {
        let ends = model.flows.iter().flat_map(|flow| flow.from.iter().chain(&flow.to));
        let talked_to: BTreeSet<&str> = words(ends).collect();
        for neighbour in &model.neighbours {
            let id = neighbour.id.value.as_str();
            let missing: Vec<&str> = [("run_by", &neighbour.run_by), ("trust", &neighbour.trust)]
                .into_iter()
                .filter_map(|(key, text)| text.is_none().then_some(key))
                .collect();
            if !missing.is_empty() {
                let message =
                    format!("neighbour `{}` has no `{}`", model.called(id), missing.join("`, no `"));
                found.add(&neighbour.id.at, message).about(id);
            }
            let talks = neighbour.talks.as_ref().is_none_or(|talks| talks.value);
            let updates = neighbour.updates.as_ref().is_some_and(|updates| updates.value);
            if talks && !updates && !talked_to.contains(id) {
                found
                    .add(
                        &neighbour.id.at,
                        format!("no flow leads to or from neighbour `{}`", model.called(id)),
                    )
                    .about(id)
                    .help("draw the flow, or say `talks = false` where no data passes");
            }
        }
    }
}

/// What drawing tools call a flow before anybody has named it.
const UNNAMED: &[&str] = &["Data Flow", "Generic Data Flow"];

/// A flow as people know it: by its name, by its ends where it has none, by both where `ends` are asked for.
fn shown(model: &Model, flow: &Flow, ends: bool) -> String {
    let end = |end: &Option<Placed<String>>| {
        let called = model.called(&end.as_ref()?.value);
        (!is_made(called)).then(|| called.to_owned())
    };
    let name = model.name_of(flow).filter(|name| !UNNAMED.contains(name));
    match (name, end(&flow.from), end(&flow.to)) {
        (Some(name), Some(from), Some(to)) if ends => format!("flow `{name}` from `{from}` to `{to}`"),
        (Some(name), ..) => format!("flow `{name}`"),
        (None, Some(from), Some(to)) => format!("the flow from `{from}` to `{to}`"),
        (None, Some(from), None) => format!("a flow from `{from}`"),
        (None, None, Some(to)) => format!("a flow to `{to}`"),
        (None, None, None) => "a flow".to_owned(),
    }
}

/// The flows of a model that go from zone to zone, with what is shown of each.
pub(super) fn crossing<'m>(model: &'m Model, ways: &Ways<'m>) -> Vec<(&'m Flow, String)> {
    let within = |flow: &Flow| {
        let kind = ways.interface(flow).and_then(|interface| interface.kind.as_ref());
        kind.is_some_and(|kind| WITHIN.contains(&kind.value.as_str()))
    };
    let crossing = model.flows.iter().filter(|flow| !within(flow)).filter_map(|flow| {
        let (from, to) = ways.crossing(flow)?;
        let (from, to) = (model.called(from), model.called(to));
        Some((
            flow,
            // Who draws box after box may leave them the name that the tool gave.
            if from == to {
                format!("{}, between two zones called `{from}`,", shown(model, flow, true))
            } else {
                format!("{} from zone `{from}` into `{to}`", shown(model, flow, false))
            },
        ))
    });
    crossing.collect()
}

/// True where somebody has accepted that a flow is in the clear. An acceptance that has ended is a finding of its own.
fn accepted(model: &Model, ways: &Ways<'_>, flow: &Flow) -> bool {
    let plain = ways.interface(flow).and_then(|interface| interface.accepted_plain.as_ref());
    plain.and_then(|id| model.acceptance(&id.value)).is_some_and(|acceptance| acceptance.lacks().is_empty())
}

pub(super) fn boundary_crossed_in_clear(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let ways = model.ways();
        for (flow, name) in crossing(model, &ways) {
            let none =
                |word: Option<&Placed<String>>| word.is_some_and(|word| protects(&word.value) == Some(false));
            let clear = ways.hides(flow) == Some(false);
            let message = match (clear, none(ways.authentication(flow))) {
                (true, true) => format!("{name} is neither encrypted nor authenticated"),
                (true, false) => format!("{name} is not encrypted"),
                (false, true) => format!("{name} is not authenticated"),
                (false, false) => continue,
            };
            if !accepted(model, &ways, flow) {
                found.add(&flow.id.at, message).about(&flow.id.value);
            }
        }
    }
}

pub(super) fn boundary_protection_unsaid(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let ways = model.ways();
        let asks = model.has_own_ids() || model.extended;
        for (flow, name) in crossing(model, &ways) {
            let said = ways.authentication(flow).and_then(|word| protects(&word.value));
            let authentication = asks && said.is_none();
            let what = match (ways.hides(flow).is_none(), authentication) {
                (true, true) => "encrypted or authenticated",
                (true, false) => "encrypted",
                (false, true) => "authenticated",
                (false, false) => continue,
            };
            let message = format!("the model does not say whether {name} is {what}");
            found.add(&flow.id.at, message).about(&flow.id.value);
        }
    }
}

/// A flow that cuts a line on the drawing, where the boxes do not already show that it goes from zone to zone.
pub(super) fn drawn_line_unprotected(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let ways = model.ways();
        for flow in model.flows.iter().filter(|flow| ways.crossing(flow).is_none()) {
            let Some(line) = flow.cuts.first() else { continue };
            let how = match ways.hides(flow) {
                Some(true) => continue,
                Some(false) => "is not encrypted",
                None => "is not said to be encrypted",
            };
            if accepted(model, &ways, flow) {
                continue;
            }
            let called = model.called(line);
            let boxed = model.zones.iter().any(|zone| zone.id.value == *line);
            let line = match (boxed, is_made(called)) {
                (true, true) => "passes the border of a box of trust".to_owned(),
                (true, false) => format!("passes the border of the box `{called}`"),
                (false, true) => "cuts a line of trust".to_owned(),
                (false, false) => format!("cuts the line `{called}`"),
            };
            found
                .add(&flow.id.at, format!("{} {line} on the drawing, and {how}", shown(model, flow, true)))
                .about(&flow.id.value);
        }
    }
}
