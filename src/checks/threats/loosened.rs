//! Answers that became easier since an earlier revision, and nobody looked at them together.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::facts::Facts;
use crate::facts::threats::{Model, Rating, Threat, Worth};
use crate::finding::Findings;
use crate::policy::LEVELS;
use crate::source::Location;

use super::risk::shown;
use super::standing;

pub(super) fn risk_loosened_without_review(facts: &Facts, found: &mut Findings<'_>) {
    let Some(baseline) = &facts.history.baseline else { return found.undecided() };
    for (model, past) in facts.threats.models.iter().zip(&facts.threats.past) {
        let Some(before) = past.before.as_ref().filter(|before| !reviewed_since(model, before, facts.as_of))
        else {
            continue;
        };
        let mut loosened: Vec<(&Location, &str, String)> = Vec::new();
        threats(model, before, facts, &mut loosened);
        flows(model, before, &mut loosened);
        acceptances(model, before, &mut loosened);
        for (at, subject, what) in loosened {
            found
                .add(at, format!("since {} {what}, and the model was not reviewed", baseline.revision))
                .about(subject)
                .help("review the change: `cargo health-sec threats review`");
        }
    }
}

/// True where a review is new, or of another day than it was. One of nobody, without a day, or of a day to come is none.
fn reviewed_since(model: &Model, before: &Model, as_of: Date) -> bool {
    let took_place = |review: &&crate::facts::threats::Review| {
        !review.by.is_empty() && review.on.as_ref().is_some_and(|on| on.value <= as_of)
    };
    let was_there = |review: &&crate::facts::threats::Review| {
        before.reviews.iter().any(|old| {
            old.id.value == review.id.value
                && old.on.as_ref().map(|on| on.value) == review.on.as_ref().map(|on| on.value)
        })
    };
    !model.reviews.iter().filter(took_place).all(|review| was_there(&review))
}

fn threats<'m>(
    model: &'m Model,
    before: &'m Model,
    facts: &Facts,
    loosened: &mut Vec<(&'m Location, &'m str, String)>,
) {
    let then = facts.history.baseline.as_ref().map_or(facts.as_of, |baseline| baseline.on);
    let were: BTreeSet<&str> = before.threats.iter().map(|old| old.id.value.as_str()).collect();
    let by_id: BTreeMap<&str, &Threat> =
        model.threats.iter().map(|new| (new.id.value.as_str(), new)).collect();
    // A threat that has another id now is the same one while it has its title; one that was there too is another.
    let others = model.threats.iter().filter(|new| !were.contains(new.id.value.as_str()));
    let mut by_title: BTreeMap<&str, Vec<&Threat>> = BTreeMap::new();
    for new in others {
        by_title.entry(new.title.value.as_str()).or_default().push(new);
    }
    for old in &before.threats {
        let id = old.id.value.as_str();
        let called = shown(before, old);
        let renamed = || by_title.get_mut(old.title.value.as_str()).and_then(Vec::pop);
        let Some(new) = by_id.get(id).copied().or_else(renamed) else {
            loosened.push((&model.title.at, id, format!("threat `{called}` has gone")));
            continue;
        };
        let at = new.answer.as_ref().map_or(&new.id.at, |answer| &answer.at);
        if let (Err(_), Ok(answer)) = (standing(before, old, then), standing(model, new, facts.as_of)) {
            loosened.push((at, id, format!("threat `{called}` is closed, as `{}`", answer.word())));
        }
        for (when, was, is) in [("before", &old.before, &new.before), ("after", &old.after, &new.after)] {
            if let (Some(was), Some(is)) = (was, is)
                && let (Some((grave, then)), Some((less, now))) = (weight(was), weight(is))
                && then == now
                && less < grave
            {
                loosened.push((&is.at, id, format!("the rating `{when}` of threat `{called}` fell")));
            }
        }
    }
}

/// How grave a rating is, and by which measure: its vector, or else its word.
fn weight(rating: &Rating) -> Option<(f64, u8)> {
    if let Worth::Scored { score, version, .. } = rating.worth() {
        return Some((score, version));
    }
    let word = rating.level.as_ref()?.value.to_ascii_lowercase();
    let at = LEVELS.iter().position(|level| *level == word)?;
    u8::try_from(at).ok().map(|at| (f64::from(at), 0))
}

/// A flow that no longer crosses a boundary: one of the zones was widened.
fn flows<'m>(model: &'m Model, before: &'m Model, loosened: &mut Vec<(&'m Location, &'m str, String)>) {
    let (ways, old_ways) = (model.ways(), before.ways());
    for flow in &model.flows {
        let id = flow.id.value.as_str();
        let old = before.flows.iter().find(|old| old.id.value == id);
        let same_ends = |old: &&crate::facts::threats::Flow| {
            let ends = |flow: &crate::facts::threats::Flow| {
                [&flow.from, &flow.to].map(|end| end.as_ref().map(|end| end.value.clone()))
            };
            ends(old) == ends(flow)
        };
        if let Some((from, to)) = old.filter(same_ends).and_then(|old| old_ways.crossing(old))
            && ways.crossing(flow).is_none()
        {
            let name = model.name_of(flow).unwrap_or("of the drawing");
            let what = format!("flow `{name}` no longer crosses from zone `{from}` into `{to}`");
            loosened.push((&flow.id.at, id, what));
        }
    }
}

fn acceptances<'m>(model: &'m Model, before: &'m Model, loosened: &mut Vec<(&'m Location, &'m str, String)>) {
    for new in &model.acceptances {
        let Some(old) = before.acceptance(&new.id.value) else { continue };
        let (was, is) = (old.until.as_ref().map(|day| day.value), new.until.as_ref().map(|day| day.value));
        if let Some(was) = was.filter(|was| is.is_none_or(|is| is > *was)) {
            let at = new.until.as_ref().map_or(&new.id.at, |until| &until.at);
            let what = format!("acceptance `{}` was prolonged beyond {was}", new.id.value);
            loosened.push((at, &new.id.value, what));
        }
    }
}
