//! The standard as a document, and the reviews it asks for.

use crate::facts::Facts;
use crate::finding::Findings;
use crate::policy::standard::Demand;

use super::{by_place, some_of};

pub(super) fn standard_missing(facts: &Facts, found: &mut Findings<'_>) {
    if facts.policy.standard.is_none() {
        let manifest = facts.workspace.manifest.source.whole();
        let at = facts.policy.at.as_ref().unwrap_or(&manifest);
        found
            .add(at, "the policy names no coding standard")
            .about("standard")
            .help("start one with `cargo health-sec init --standard`, and name it: [standard] file = \"health-sec.standard.toml\"");
    }
}

pub(super) fn standard_unapproved(facts: &Facts, found: &mut Findings<'_>) {
    let Some(standard) = &facts.policy.standard else { return found.undecided() };
    let missing: Vec<&str> = [
        ("date", standard.date.is_none()),
        ("owner", standard.owner.is_none()),
        ("approved_by", standard.approved_by.is_none()),
        ("approved_on", standard.approved_on.is_none()),
    ]
    .into_iter()
    .filter_map(|(key, absent)| absent.then_some(key))
    .collect();
    if !missing.is_empty() {
        let message =
            format!("version {} of the coding standard has no {}", standard.version, some_of(&missing));
        found.add(&standard.at, message).about(&standard.id);
    }
    if let (Some(date), Some(approved)) = (&standard.date, &standard.approved_on)
        && approved.value < date.value
    {
        let message = format!("approved on {}, before this version was written", approved.value);
        found.add(&approved.at, message).about(&standard.id).with(&date.at, "the day of this version");
    }
    for exclusion in standard.exclusions.iter().filter(|exclusion| exclusion.approved_by.is_none()) {
        let ids: Vec<&str> = exclusion.of.iter().map(|id| id.value.as_str()).collect();
        found
            .add(&exclusion.at, format!("nobody approved that {} does not apply", some_of(&ids)))
            .about(&standard.id)
            .help("write `approved_by = \"...\"`");
    }
}

pub(super) fn standard_review_overdue(facts: &Facts, found: &mut Findings<'_>) {
    let Some(standard) = &facts.policy.standard else { return found.undecided() };
    match &standard.next_review {
        None => {
            found.add(&standard.at, "the coding standard has no day of its next review").about(&standard.id);
        }
        Some(day) if day.value < facts.as_of => {
            let message = format!("the coding standard was to be looked at again by {}", day.value);
            found.add(&day.at, message).about(&standard.id);
        }
        Some(_) => {}
    }
}

pub(super) fn standard_record_missing(facts: &Facts, found: &mut Findings<'_>) {
    let Some(standard) = &facts.policy.standard else { return found.undecided() };
    let reviewed = |demand: &&Demand| demand.review.is_some() && !demand.advisory;
    let lacking = standard
        .applying()
        .filter(reviewed)
        .filter(|demand| standard.review(demand).is_none())
        .map(|demand| (&demand.at, demand.id.as_str()));
    for (at, ids) in by_place(lacking) {
        let (ask, verb) = if ids.len() == 1 { ("asks", "has") } else { ("ask", "have") };
        let message = format!("{} {ask} for a person's review and {verb} none on record", some_of(&ids));
        let finding = found.add(at, message);
        for id in ids {
            finding.about(id);
        }
        finding.help("`cargo health-sec standard` says what to look at; a review is recorded as [[review]]");
    }
    for review in &standard.reviews {
        let record = &review.record;
        if !facts.documents.present.contains(&record.value) {
            found.add(&record.at, format!("the record `{}` is not there", record.value)).about(&record.value);
        }
        if review.on.value > facts.as_of {
            let message = format!("a review of {} has not taken place yet", review.on.value);
            found.add(&review.on.at, message).about(&record.value);
        }
    }
}
