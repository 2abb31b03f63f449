//! What takes longer than was promised, and what nobody has looked at again.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::facts::Facts;
use crate::facts::advisories::severity_of;
use crate::finding::Findings;
use crate::policy::{Issue, UpdatePromise};
use crate::source::Placed;

pub(super) fn issue_overdue(facts: &Facts, found: &mut Findings<'_>) {
    let open = || facts.policy.issues.iter().filter(|issue| !issue.is_closed());
    if open().next().is_none() {
        return;
    }
    let Some(promise) = &facts.policy.updates else { return found.undecided() };
    for issue in open() {
        let Some((what, days)) = waits_for(facts, issue, promise) else { continue };
        let Some(last) = last_day(issue.received_on.value, days) else { continue };
        if facts.as_of > last {
            let id = &issue.id.value;
            let message = format!(
                "the issue `{id}` was received on {}, and should have been {what} by {last}",
                issue.received_on.value
            );
            found.add(&issue.id.at, message).about(id).with(&days.at, "promised here");
        }
    }
}

/// What an open issue waits for, and the days that were promised for it.
fn waits_for<'a>(
    facts: &Facts,
    issue: &Issue,
    promise: &'a UpdatePromise,
) -> Option<(&'static str, &'a Placed<u32>)> {
    if issue.review.on.is_none() || issue.review.applies.is_none() {
        return Some(("reviewed", promise.review_days.as_ref()?));
    }
    let released =
        |tag: &Placed<String>| facts.history.tags.as_ref().is_none_or(|tags| tags.contains_key(&tag.value));
    if issue.answer.bounded.is_some() || issue.answer.fixed_in.as_ref().is_some_and(released) {
        return None;
    }
    let severity = issue.analysis.score.as_ref().and_then(|score| severity_of(&score.value));
    let exploited = issue.analysis.exploited.as_ref().is_some_and(|exploited| exploited.value);
    Some(("mended in a release", promise.days(severity, exploited)?))
}

fn last_day(from: Date, days: &Placed<u32>) -> Option<Date> {
    from.checked_add(i64::from(days.value).days()).ok()
}

pub(super) fn issues_unreviewed(facts: &Facts, found: &mut Findings<'_>) {
    let open: Vec<&Issue> = facts.policy.issues.iter().filter(|issue| !issue.is_closed()).collect();
    if open.is_empty() {
        return;
    }
    let newest = facts.history.releases.iter().flatten().next().map(|release| (&release.tag, release.on));
    let last = newest.or_else(|| facts.history.baseline.as_ref().map(|last| (&last.revision, last.on)));
    let (Some(reviewed), Some((tag, on))) = (&facts.policy.releases.issues_reviewed_on, last) else {
        return found.undecided();
    };
    let waiting = open.iter().filter(|issue| issue.received_on.value <= on).count();
    if reviewed.value < on && waiting > 0 {
        let issues = if waiting == 1 { "an issue was" } else { "issues were" };
        let message = format!(
            "{issues} open when {tag} was released on {on}, and open issues were last reviewed on {}",
            reviewed.value
        );
        let finding = found.add(&reviewed.at, message);
        for issue in open {
            finding.about(&issue.id.value);
        }
    }
}
