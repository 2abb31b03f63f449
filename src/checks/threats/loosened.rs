//! Answers that became easier since an earlier revision, and nobody looked at them together.

use crate::facts::Facts;
use crate::facts::threats::{Model, Rating, Worth};
use crate::finding::Findings;
use crate::policy::LEVELS;
use crate::source::Location;

use super::risk::shown;
use super::standing;

pub(super) fn risk_loosened_without_review(facts: &Facts, found: &mut Findings<'_>) {
    let Some(baseline) = &facts.history.baseline else { return found.undecided() };
    for (model, past) in facts.threats.models.iter().zip(&facts.threats.past) {
        let Some(before) = past.before.as_ref().filter(|before| !reviewed_since(model, before)) else {
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

/// True where a review is new, or of another state than it was.
fn reviewed_since(model: &Model, before: &Model) -> bool {
    let was_there = |review: &&crate::facts::threats::Review| {
        before.reviews.iter().any(|old| {
            old.id.value == review.id.value
                && old.on.as_ref().map(|on| on.value) == review.on.as_ref().map(|on| on.value)
        })
    };
    !model.reviews.iter().all(|review| was_there(&review))
}

fn threats<'m>(
    model: &'m Model,
    before: &'m Model,
    facts: &Facts,
    loosened: &mut Vec<(&'m Location, &'m str, String)>,
) {
    let then = facts.history.baseline.as_ref().map_or(facts.as_of, |baseline| baseline.on);
    for old in &before.threats {
        let id = old.id.value.as_str();
        let called = shown(before, old);
        // A threat that has another id now is the same one while it has its title.
        let same =
            |new: &&crate::facts::threats::Threat| new.id.value == id || new.title.value == old.title.value;
        let Some(new) = model.threats.iter().find(same) else {
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
