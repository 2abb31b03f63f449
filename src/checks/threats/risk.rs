//! How grave threats are, what they do to people, and when somebody last looked at the model.

use std::collections::BTreeSet;

use jiff::ToSpan as _;

use super::{standing, words};
use crate::facts::Facts;
use crate::facts::threats::{Answer, Model, Rating, Threat, Worth};
use crate::finding::Findings;
use crate::policy::LEVELS;

/// A shorter text gives no reason.
const SHORTEST_REASON: usize = 15;

/// A year: what is looked at on the same day of the next year is in time.
const DAYS: i64 = 366;

pub(super) fn threat_unrated(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        for threat in model.threats.iter().filter(|threat| !threat.untouched) {
            let rated = |rating: &Rating| {
                rating.vector.is_some() || rating.score.is_some() || rating.level.is_some() || rating.rubric
            };
            if !threat.before.as_ref().is_some_and(rated) {
                found
                    .add(&threat.id.at, format!("threat `{}` is not rated", shown(model, threat)))
                    .about(&threat.id.value);
            }
        }
    }
}

/// What a threat is called: the ids of drawings are made by a tool, and nobody knows them.
pub(super) fn shown<'m>(model: &Model, threat: &'m Threat) -> &'m str {
    if model.has_own_ids() { &threat.id.value } else { &threat.title.value }
}

pub(super) fn rating_contradictory(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        for threat in &model.threats {
            let ratings = [("before", &threat.before), ("after", &threat.after)];
            for (when, rating) in
                ratings.into_iter().filter_map(|(when, rating)| Some((when, rating.as_ref()?)))
            {
                if let Some(why) = contradiction(rating) {
                    let message = format!("the rating `{when}` of threat `{}` {why}", shown(model, threat));
                    found.add(&rating.at, message).about(&threat.id.value);
                }
            }
            let score = |rating: &Option<Rating>| match rating.as_ref()?.worth() {
                Worth::Scored { score, version, beyond_base: false, .. } => Some((score, version)),
                _ => None,
            };
            // Scores of two versions of CVSS are no measure of each other.
            if let (Some((before, then)), Some((after, now)), Some(rating)) =
                (score(&threat.before), score(&threat.after), &threat.after)
                && now == then
                && after > before
            {
                let id = shown(model, threat);
                let message = format!(
                    "threat `{id}` is graver after its mitigations, {after:.1}, than before, {before:.1}"
                );
                found.add(&rating.at, message).about(&threat.id.value);
            }
        }
    }
}

/// What a rating says against itself.
fn contradiction(rating: &Rating) -> Option<String> {
    let (score, level) = match rating.worth() {
        Worth::Invalid(why) => return Some(format!("has a vector that is none: {why}")),
        Worth::Unscored | Worth::Scored { beyond_base: true, .. } => return None,
        Worth::Scored { score, level, .. } => (score, level),
    };
    let said = rating.score.as_ref().and_then(|said| said.value.parse::<f64>().ok());
    if let Some(said) = said.filter(|said| (said - score).abs() > 0.051) {
        return Some(format!("says {said:.1}, and its vector comes to {score:.1}"));
    }
    let word = rating.level.as_ref().map(|level| level.value.to_ascii_lowercase());
    let word = word.filter(|word| LEVELS.contains(&word.as_str()) && word != level)?;
    Some(format!("says {word}, and its vector comes to {score:.1}, {level}"))
}

pub(super) fn residual_risk_unaccepted(facts: &Facts, found: &mut Findings<'_>) {
    let Some(limit) = &facts.policy.acceptable_risk else { return found.undecided() };
    let highest = LEVELS.iter().position(|level| *level == limit.value);
    for model in &facts.threats.models {
        let telling = model.has_own_ids() || model.extended;
        let accepted = accepted(model, facts.as_of);
        for threat in &model.threats {
            let remains =
                matches!(standing(model, threat, facts.as_of), Ok(Answer::Mitigate | Answer::Transfer));
            if !remains || accepted.contains(threat.id.value.as_str()) {
                continue;
            }
            let id = shown(model, threat);
            let (at, message) = match threat.after.as_ref().map(|after| (after, grade(after))) {
                // A drawing without an overlay has no place for it.
                None if !telling => continue,
                None => (&threat.id.at, format!("threat `{id}` does not say which risk remains")),
                Some((after, None)) => {
                    let rated = "is rated in a way that can't be held against the policy";
                    (&after.at, format!("what remains of threat `{id}` {rated}"))
                }
                Some((_, level)) if level <= highest => continue,
                Some((after, level)) => {
                    let level = level.and_then(|at| LEVELS.get(at)).copied().unwrap_or_default();
                    let message =
                        format!("what remains of threat `{id}` is {level}, and nobody has accepted it");
                    (&after.at, message)
                }
            };
            found
                .add(at, message)
                .about(&threat.id.value)
                .with(&limit.at, "what may remain")
                .help("do more about it, or have the risk owner accept it: [acceptance.<id>] with `covers`, `reason`, `by` and `until`");
        }
    }
}

/// The threats that acceptances cover which are decisions and have not ended.
fn accepted(model: &Model, as_of: jiff::civil::Date) -> BTreeSet<&str> {
    let holding = model.acceptances.iter().filter(|acceptance| acceptance.holds_on(as_of));
    holding.flat_map(|acceptance| words(&acceptance.covers)).collect()
}

/// How grave a rating is, as a place among the levels: by its vector, or else by its word.
fn grade(rating: &Rating) -> Option<usize> {
    let said = match rating.worth() {
        Worth::Scored { level, .. } => level.to_owned(),
        Worth::Invalid(_) => return None,
        Worth::Unscored => rating.level.as_ref()?.value.to_ascii_lowercase(),
    };
    LEVELS.iter().position(|level| *level == said)
}

pub(super) fn harm_unanswered(facts: &Facts, found: &mut Findings<'_>) {
    for model in facts.threats.models.iter().filter(|model| model.has_own_ids() || model.extended) {
        let reached = safety(model);
        for threat in &model.threats {
            if threat.answer.as_ref().is_some_and(|answer| answer.value == Answer::NotApplicable) {
                continue;
            }
            let id = shown(model, threat);
            match (&threat.harm, words(&threat.affects).find(|affected| reached.contains(affected))) {
                (Some(harm), _) => {
                    let thin =
                        harm.none.as_ref().filter(|none| none.value.trim().chars().count() < SHORTEST_REASON);
                    if let Some(none) = thin {
                        let message = format!("threat `{id}` does no harm, and no reason is given");
                        found.add(&none.at, message).about(&threat.id.value);
                    } else if harm.none.is_none() && harm.safety_file.is_empty() {
                        let message =
                            format!("the harm of threat `{id}` names no entry of the risk management file");
                        found.add(&harm.at, message).about(&threat.id.value);
                    }
                }
                (None, Some(affected)) => {
                    let message = format!(
                        "threat `{id}` reaches what safety depends on, `{affected}`, and says no harm"
                    );
                    found
                        .add(&threat.id.at, message)
                        .about(&threat.id.value)
                        .help("add `harm = { safety_file = [\"...\"], path = \"...\" }`, or `harm = { none = \"why\" }`");
                }
                (None, None) => {}
            }
        }
    }
}

/// Everything that safety depends on: assets, what carries and what holds them.
pub(super) fn safety(model: &Model) -> BTreeSet<&str> {
    let assets = model.assets.iter().filter(|asset| asset.safety.as_ref().is_some_and(|safety| safety.value));
    let assets: BTreeSet<&str> = assets.map(|asset| asset.id.value.as_str()).collect();
    let mut reached = assets.clone();
    for flow in model.flows.iter().filter(|flow| words(&flow.data).any(|data| assets.contains(data))) {
        reached.insert(&flow.id.value);
        reached.extend(words(&flow.via));
    }
    let parts = model.components.iter().filter(|part| words(&part.holds).any(|asset| assets.contains(asset)));
    reached.extend(parts.map(|part| part.id.value.as_str()));
    reached
}

pub(super) fn threat_review_overdue(facts: &Facts, found: &mut Findings<'_>) {
    for model in facts.threats.models.iter().filter(|model| model.has_own_ids() || model.extended) {
        let Some(lifecycle) = model.head.lifecycle.as_ref().filter(|word| word.value == "released") else {
            continue;
        };
        // What nobody did is no review.
        let reviews = model.reviews.iter().filter(|review| !review.by.is_empty());
        let dated = reviews.filter_map(|review| Some((review, review.on.as_ref()?)));
        let last = dated.filter(|(_, on)| on.value <= facts.as_of).max_by_key(|(_, on)| on.value);
        let Some((review, on)) = last else {
            found
                .add(&lifecycle.at, "the product is released, and nobody has reviewed its threat model")
                .about(&model.title.value);
            continue;
        };
        let due = on.value.checked_add(DAYS.days()).unwrap_or(jiff::civil::Date::MAX);
        if due < facts.as_of {
            let message =
                format!("the last review of this threat model, `{}`, was on {}", review.id.value, on.value);
            found.add(&on.at, message).about(&review.id.value);
        }
    }
}
