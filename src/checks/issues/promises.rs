//! What is promised on vulnerabilities, and where the promise has holes.

use crate::facts::Facts;
use crate::finding::Findings;
use crate::policy::{Factor, Origin, SEVERITIES};

use super::keys;

pub(super) fn intake_incomplete(facts: &Facts, found: &mut Findings<'_>) {
    let Some(intake) = &facts.policy.intake else { return found.undecided() };
    let named = |kind: &Origin| intake.ways.get(kind).is_some_and(|way| !way.value.trim().is_empty());
    let open: Vec<&str> =
        Origin::WORDS.iter().filter(|(_, kind)| !named(kind)).map(|(word, _)| *word).collect();
    if !open.is_empty() {
        let message = format!("[intake] names no way in which reports come from {}", keys(&open));
        found.add(&intake.at, message).about("intake");
    }
}

pub(super) fn update_promise_incomplete(facts: &Facts, found: &mut Findings<'_>) {
    let Some(promise) = &facts.policy.updates else { return found.undecided() };
    let open: Vec<&str> = SEVERITIES.into_iter().filter(|word| !promise.within.contains_key(word)).collect();
    if !open.is_empty() {
        let message = format!("[updates.within] promises no number of days for {}", keys(&open));
        found.add(&promise.at, message).about("updates");
    }
    let weighed = |factor: &Factor| promise.weighs.iter().any(|known| known.value == *factor);
    let open: Vec<&str> =
        Factor::WORDS.iter().filter(|(_, factor)| !weighed(factor)).map(|(word, _)| *word).collect();
    if !open.is_empty() {
        let message = format!("`weighs` of [updates] leaves out {}", keys(&open));
        found.add(promise.weighs.first().map_or(&promise.at, |first| &first.at), message).about("updates");
    }
    for (severity, grace) in &facts.policy.advisories.grace_days {
        if let Some(days) = promise.within.get(severity.as_str()).filter(|days| days.value < grace.value) {
            let message = format!(
                "the gate leaves {} days for a vulnerability of severity {severity}, and a release that mends it is promised \
                 within {}",
                grace.value, days.value
            );
            found.add(&grace.at, message).about("updates").with(&days.at, "promised here");
        }
    }
}
