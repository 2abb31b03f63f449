//! Reviews of threat models: whether what was reviewed is what there is now.

use crate::facts::Facts;
use crate::facts::threats::{Model, Past, Review, Surface, Told};
use crate::finding::Findings;
use crate::source::Location;

/// So many differences are told in one sentence.
const MOST_TOLD: usize = 3;

/// What mends a review that is out of date.
const REVIEW: &str = "look at the difference, then `cargo health-sec threats review`";

pub(super) fn threat_review_outdated(facts: &Facts, found: &mut Findings<'_>) {
    for (at, model) in facts.threats.models.iter().enumerate() {
        let Some(review) = model.last_review() else { continue };
        let id = &review.id.value;
        let past = facts.threats.past.get(at);
        let surface = Surface::of(model, &facts.code);
        let moved = review.surface.as_ref().filter(|then| then.value != surface.fingerprint());
        if let Some(then) = moved {
            let message =
                format!("since review `{id}` the attack surface has changed{}", change(&surface, review));
            found.add(&then.at, message).about(id).help(REVIEW);
        }
        match rewritten(model, review, past) {
            Some((place, objects)) => {
                // What became of interfaces is told of the surface.
                let others =
                    objects.iter().filter(|object| moved.is_none() || !object.starts_with("interface."));
                let others: Vec<String> = others.map(|object| format!("[{object}]")).collect();
                if others.is_empty() && (moved.is_some() || !objects.is_empty()) {
                    continue;
                }
                let told = if others.is_empty() { String::new() } else { format!(": {}", few(&others)) };
                let message = format!("since review `{id}` the model says something else{told}");
                found.add(&place, message).about(id).help(REVIEW);
            }
            None if is_blank(review) && is_released(model) => {
                found
                    .add(&review.id.at, format!("review `{id}` does not say what was reviewed"))
                    .about(id)
                    .help(
                        "`cargo health-sec threats review` writes down what the reviewers have before them",
                    );
            }
            None => {}
        }
    }
}

/// Where a review says what the model was, and the objects that are otherwise now, as far as they are known; `None` where
/// nothing is.
fn rewritten<'p>(model: &Model, review: &Review, past: Option<&'p Past>) -> Option<(Location, Vec<String>)> {
    let now = Told::of(model);
    let then = past.and_then(|past: &'p Past| past.reviewed.as_ref());
    let objects =
        || then.map_or_else(Vec::new, |then| then.differing(&now).into_iter().map(str::to_owned).collect());
    match (&review.model, &review.commit) {
        (Some(print), _) => (print.value != now.fingerprint()).then(|| (print.at.clone(), objects())),
        (None, Some(commit)) => then.is_some_and(|then| *then != now).then(|| (commit.at.clone(), objects())),
        (None, None) => None,
    }
}

/// True for a review that nothing can be compared with.
fn is_blank(review: &Review) -> bool {
    review.surface.is_none() && review.model.is_none() && review.commit.is_none()
}

fn is_released(model: &Model) -> bool {
    model.head.lifecycle.as_ref().is_some_and(|word| word.value == "released")
}

/// How the surface differs from the one of a review, where that wrote it down.
fn change(now: &Surface, review: &Review) -> String {
    if review.saw.is_empty() && !now.lines.is_empty() && review.surface.is_none() {
        return String::new();
    }
    let saw: Vec<&str> = review.saw.iter().map(|line| line.value.as_str()).collect();
    let then = Surface { lines: saw.iter().map(|line| (*line).to_owned()).collect() };
    let lines: Vec<&str> = now.lines.iter().map(String::as_str).collect();
    let new = now.beyond(&saw).into_iter().map(|line| format!("new is `{line}`"));
    let gone = then.beyond(&lines).into_iter().map(|line| format!("gone is `{line}`"));
    let changes: Vec<String> = new.chain(gone).collect();
    if changes.is_empty() { String::new() } else { format!(": {}", few(&changes)) }
}

/// The first of some things, and how many more there are.
fn few(things: &[String]) -> String {
    let told = things.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join(", ");
    match things.len().saturating_sub(MOST_TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}
