//! How fast vulnerabilities are mended in the field, and whether an update was verified.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::facts::Facts;
use crate::facts::advisories::{Advisory, AdvisoryKind};
use crate::facts::components::Ships;
use crate::facts::history::Update;
use crate::finding::Findings;
use crate::source::Placed;

use super::{baseline, pairs};

/// The component and the advisory of an update: what releases are told by.
pub(super) fn key(update: &Update) -> (&str, &str) {
    (&update.component, &update.advisory.id)
}

/// Within how many days an advisory is mended, and the last of them, where that was promised.
fn due<'a>(facts: &'a Facts, advisory: &Advisory) -> Option<(&'a Placed<u32>, Date)> {
    let attacked = facts.policy.issues.iter().any(|issue| {
        issue.analysis.exploited.as_ref().is_some_and(|exploited| exploited.value)
            && issue.is_about(|name| advisory.is_called(name))
    });
    let days = facts.policy.updates.as_ref()?.days(advisory.severity, attacked)?;
    Some((days, advisory.date.checked_add(i64::from(days.value).days()).ok()?))
}

/// Whether a component shipped with a release: by the list kept with it, else as far as today's graph tells.
pub(in crate::checks) fn shipped(facts: &Facts, tag: &str, component: &str) -> bool {
    let release = facts.history.releases.iter().flatten().find(|release| release.tag == tag);
    let name = component.rsplit_once('@').map_or(component, |(name, _)| name);
    let today = || {
        let mut known = facts.components.all.iter().filter(|known| known.name == name).peekable();
        known.peek().is_none() || known.any(|known| known.ships >= Ships::Build)
    };
    release.and_then(|release| release.lists(component)).unwrap_or_else(today)
}

/// Vulnerabilities that no release mends, past the day that was promised.
pub(super) fn overdue(facts: &Facts) -> impl Iterator<Item = (&Update, &Placed<u32>, Date)> {
    let open = facts.history.updates.iter().filter(|update| update.mended.is_none());
    let open = open.filter(|update| shipped(facts, &update.release, &update.component));
    open.filter_map(|update| {
        let (days, last) = due(facts, &update.advisory)?;
        (facts.as_of > last).then_some((update, days, last))
    })
}

/// True where time frames are promised and releases are named.
fn is_promised(facts: &Facts, found: &mut Findings<'_>) -> bool {
    let promised = facts.policy.updates.is_some() && facts.history.releases.is_some();
    if !promised {
        found.undecided();
    }
    promised
}

pub(super) fn update_overdue(facts: &Facts, found: &mut Findings<'_>) {
    if !is_promised(facts, found) {
        return;
    }
    for (update, days, last) in overdue(facts) {
        let (component, advisory) = key(update);
        let copy = if update.same_origin { "" } else { ", a copy," };
        let message = format!(
            "`{component}`{copy} in the release {} is affected by {advisory} of {}, and a release that mends it was \
             promised by {last}",
            update.release, update.advisory.date
        );
        let still = facts.advisories.hits.iter().any(|hit| hit.advisory.id == advisory);
        let help = match (still, update.advisory.patched.as_slice()) {
            (false, _) => "today's lock file is mended already: release it".to_owned(),
            (true, []) => "it is mended in no version: tell the operators what to do until it is".to_owned(),
            (true, patched) => format!("it is mended in {}: update and release", patched.join(" or ")),
        };
        found
            .add(&days.at, message)
            .about(advisory)
            .about(format!("{advisory} {component}"))
            .about(&update.release)
            .help(help)
            .waived_as("release_vulnerable");
    }
}

pub(super) fn update_late(facts: &Facts, found: &mut Findings<'_>) {
    if !is_promised(facts, found) {
        return;
    }
    let shipped = |update: &&Update| shipped(facts, &update.release, &update.component);
    for update in facts.history.updates.iter().filter(shipped) {
        let Some((mended, (days, last))) = update.mended.as_ref().zip(due(facts, &update.advisory)) else {
            continue;
        };
        if mended.on <= last {
            continue;
        }
        let (component, advisory) = key(update);
        let commit = mended.commit.as_ref().map(|(commit, on)| {
            let short: String = commit.chars().take(12).collect();
            format!("mended in commit {short} of {on} and ")
        });
        let late = last.until(mended.on).map_or(0, |span| span.get_days());
        let message = format!(
            "{advisory} of {} in `{component}` was {}released with {} on {}, {late} days after the last day promised",
            update.advisory.date,
            commit.unwrap_or_default(),
            mended.release,
            mended.on
        );
        found.add(&days.at, message).about(advisory).about(component).about(&mended.release);
    }
}

pub(super) fn update_unverified(facts: &Facts, found: &mut Findings<'_>) {
    let promise = facts.policy.updates.as_ref().and_then(|updates| updates.verified.as_ref());
    match promise {
        None => return found.undecided(),
        Some(demand) if !demand.value => return,
        Some(_) => {}
    }
    let Some(baseline) = baseline(facts, found) else { return };
    for pair in pairs(facts, baseline) {
        let now = pair.now.id();
        let still = |id: &String| {
            facts.advisories.hits.iter().any(|hit| {
                hit.advisory.id == *id
                    && facts.components.all.get(hit.component).is_some_and(|component| component.id() == now)
            })
        };
        for id in pair.then.advisories.iter().filter(|id| !still(id)) {
            let Some(advisory) = facts.advisories.named(id) else { continue };
            if !matches!(advisory.kind, AdvisoryKind::Vulnerability | AdvisoryKind::Malicious) {
                continue;
            }
            let lack = lack(facts, advisory);
            if let Some(lack) = lack {
                let message = format!("{} mends {id} of {}, and {lack}", pair.step(), baseline.revision);
                found.add(&pair.now.at, message).about(id).about(now.clone()).help(format!(
                    "write an [[issue]] with `about = [\"{id}\"]`, and name in `proof` the record that the update mends it \
                     and breaks nothing"
                ));
            }
        }
    }
}

/// What is missing of the record that an update was verified.
fn lack(facts: &Facts, advisory: &Advisory) -> Option<&'static str> {
    let mut about =
        facts.policy.issues.iter().filter(|issue| issue.is_about(|name| advisory.is_called(name))).peekable();
    if about.peek().is_none() {
        return Some("no issue is about it");
    }
    let proved = |proof: &Placed<String>| !proof.value.trim().is_empty();
    let proof = about.any(|issue| issue.answer.proof.as_ref().is_some_and(proved));
    (!proof).then_some("its issue names no `proof`")
}
