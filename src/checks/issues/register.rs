//! What an entry of the register lacks, and where it contradicts itself or the facts.

use crate::facts::Facts;
use crate::facts::advisories::severity_of;
use crate::facts::components::Ships;
use crate::finding::Findings;
use crate::policy::Issue;
use crate::source::{Location, Placed};

use super::super::components::is_path;
use super::{advisories, keys};

pub(super) fn issue_incomplete(facts: &Facts, found: &mut Findings<'_>) {
    for issue in &facts.policy.issues {
        let (stage, lacks) = lacks(facts, issue);
        if !lacks.is_empty() {
            let id = &issue.id.value;
            let message = format!("the issue `{id}` {stage}, and has no {}", keys(&lacks));
            found.add(&issue.id.at, message).about(id);
        }
    }
}

/// True for a text with something in it.
fn said(text: Option<&Placed<String>>) -> bool {
    text.is_some_and(|text| !text.value.trim().is_empty())
}

/// How far an issue has come, and what it lacks for that: every stage needs what the stages before it need.
fn lacks(facts: &Facts, issue: &Issue) -> (&'static str, Vec<&'static str>) {
    let (review, analysis, answer) = (&issue.review, &issue.analysis, &issue.answer);
    let told = issue.is_disclosure_decided();
    let answered = answer.fixed_in.is_some() || answer.bounded.is_some();
    let analysed = analysis.score.is_some() || analysis.cause.is_some() || analysis.impact.is_some();
    let stage = match () {
        () if issue.closed_on.is_some() => "is closed",
        () if told => "says who is told",
        () if answered => "is answered",
        () if analysed => "is being analysed",
        () if review.on.is_some() || review.applies.is_some() => "was reviewed",
        () => return ("", Vec::new()),
    };
    let mut needed = vec![("reviewed_on", review.on.is_some()), ("applies", review.applies.is_some())];
    if review.applies.as_ref().is_some_and(|applies| !applies.value) {
        needed.extend([("reason", said(review.reason.as_ref())), ("by", said(issue.by.as_ref()))]);
        return (stage, missing(&needed));
    }
    if review.applies.is_some() {
        needed
            .extend([("verified", said(review.verified.as_ref())), ("threats", !review.threats.is_empty())]);
    }
    if answered || told || issue.closed_on.is_some() {
        needed.extend([
            ("score", said(analysis.score.as_ref())),
            ("cause", said(analysis.cause.as_ref())),
            ("affected", !analysis.affected.is_empty()),
            ("impact", said(analysis.impact.as_ref())),
            ("safety", said(analysis.safety.as_ref())),
        ]);
    }
    if told || issue.closed_on.is_some() {
        needed.push(("fixed_in` or `bounded", answered));
    }
    if answer.undisclosed.is_some() {
        needed.push(("by", said(issue.by.as_ref())));
    }
    if issue.closed_on.is_some() {
        needed.push(("bulletin` or `undisclosed", told));
        needed.push(("proof", answer.fixed_in.is_none() || said(answer.proof.as_ref())));
        needed.push(("upstream", said(answer.upstream.as_ref()) || !concerns_others(facts, issue)));
    }
    (stage, missing(&needed))
}

fn missing(needed: &[(&'static str, bool)]) -> Vec<&'static str> {
    needed.iter().filter(|(_, there)| !there).map(|(key, _)| *key).collect()
}

/// True where the issue is about a component of others that no public advisory tells of: whoever makes it may not
/// know.
fn concerns_others(facts: &Facts, issue: &Issue) -> bool {
    let of_others = |name: &str| {
        facts.components.all.iter().any(|component| component.name == name || component.id() == name)
    };
    issue.is_about(of_others) && advisories(facts, issue).next().is_none()
}

pub(super) fn issue_contradictory(facts: &Facts, found: &mut Findings<'_>) {
    for (index, issue) in facts.policy.issues.iter().enumerate() {
        let id = &issue.id.value;
        if let Some(first) = facts.policy.issues[..index].iter().find(|other| other.id.value == *id) {
            let message = format!("there are two issues `{id}`");
            found.add(&issue.id.at, message).about(id).with(&first.id.at, "the first one");
        }
        let contradictions = dates(facts, issue)
            .into_iter()
            .chain(words(facts, issue))
            .chain(references(facts, issue))
            .chain(releases(facts, issue));
        for (at, what) in contradictions.collect::<Vec<_>>() {
            found.add(at, format!("the issue `{id}` {what}")).about(id);
        }
    }
}

/// A place and what contradicts itself there.
type Contradiction<'a> = (&'a Location, String);

/// Days that come before those that they follow, or have not come yet.
fn dates<'a>(facts: &Facts, issue: &'a Issue) -> Vec<Contradiction<'a>> {
    let steps = [
        ("was received", Some(&issue.received_on)),
        ("was reviewed", issue.review.on.as_ref()),
        ("was closed", issue.closed_on.as_ref()),
    ];
    let steps: Vec<_> = steps.into_iter().filter_map(|(what, day)| Some((what, day?))).collect();
    let reversed = steps.windows(2).filter(|pair| pair[1].1.value < pair[0].1.value).map(|pair| {
        let ((first, before), (then, after)) = (pair[0], pair[1]);
        (&after.at, format!("{then} on {}, before it {first} on {}", after.value, before.value))
    });
    let ahead = steps.iter().filter(|(_, day)| day.value > facts.as_of);
    let ahead = ahead.map(|(what, day)| (&day.at, format!("{what} on {}, a day to come", day.value)));
    reversed.chain(ahead).collect()
}

/// Words that are not of the shape that they have to have, or that exclude each other.
fn words<'a>(facts: &Facts, issue: &'a Issue) -> Vec<Contradiction<'a>> {
    let mut found = Vec::new();
    if let Some(score) = issue.analysis.score.as_ref().filter(|score| severity_of(&score.value).is_none()) {
        found.push((&score.at, "has a score that is no CVSS vector".to_owned()));
    }
    let is_weakness = |cause: &str| {
        cause.strip_prefix("CWE-").is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))
    };
    if let Some(cause) = issue.analysis.cause.as_ref().filter(|cause| !is_weakness(&cause.value)) {
        found.push((&cause.at, "names a cause that is no CWE number, such as `CWE-416`".to_owned()));
    }
    let refused = issue.review.applies.as_ref().is_some_and(|applies| !applies.value);
    let mended = issue.answer.fixed_in.as_ref().or(issue.answer.bulletin.as_ref());
    if let Some(mended) = mended.filter(|_| refused) {
        found.push((&mended.at, "does not apply, and is mended or told of all the same".to_owned()));
    }
    if let (Some(bulletin), Some(why)) = (&issue.answer.bulletin, &issue.answer.undisclosed) {
        let what = format!("is told of in `{}` and kept undisclosed", bulletin.value);
        found.push((&why.at, what));
    }
    let absent =
        |proof: &&Placed<String>| is_path(&proof.value) && !facts.documents.present.contains(&proof.value);
    if let Some(proof) = issue.answer.proof.as_ref().filter(absent) {
        found.push((&proof.at, format!("names the proof `{}`, which is not there", proof.value)));
    }
    found
}

/// Names of threats, bulletins and sister products that lead nowhere.
fn references<'a>(facts: &Facts, issue: &'a Issue) -> Vec<Contradiction<'a>> {
    let mut found = Vec::new();
    let models = &facts.threats.models;
    let known = |id: &str| models.iter().flat_map(|model| &model.threats).any(|threat| threat.id.value == id);
    for threat in issue.review.threats.iter().filter(|threat| !models.is_empty() && !known(&threat.value)) {
        found.push((&threat.at, format!("names the threat `{}`, which no threat model has", threat.value)));
    }
    let disclosure = facts.policy.disclosure.as_ref();
    let kept = disclosure.is_some_and(|disclosure| disclosure.bulletins.is_some());
    let told = |id: &str| {
        let mut notices = facts.documents.bulletins.iter().filter_map(|bulletin| bulletin.told.as_ref().ok());
        notices.any(|notice| notice.id == id)
    };
    if let Some(bulletin) = issue.answer.bulletin.as_ref().filter(|id| kept && !told(&id.value)) {
        found.push((&bulletin.at, format!("names the bulletin `{}`, which is not there", bulletin.value)));
    }
    for sibling in &issue.answer.siblings {
        let known = disclosure
            .is_some_and(|disclosure| disclosure.siblings.iter().any(|known| known.value == sibling.value));
        if !known {
            let what = format!("names `{}`, which is no list of a sister product", sibling.value);
            found.push((&sibling.at, what));
        }
    }
    found
}

/// Releases that are not there, or can't be what the issue says of them.
fn releases<'a>(facts: &Facts, issue: &'a Issue) -> Vec<Contradiction<'a>> {
    let mut found = Vec::new();
    let Some(tags) = &facts.history.tags else { return found };
    for tag in issue.analysis.affected.iter().filter(|tag| !tags.contains_key(&tag.value)) {
        found.push((&tag.at, format!("is in the release {}, and there is no such tag", tag.value)));
    }
    let Some(fixed) = &issue.answer.fixed_in else { return found };
    if issue.analysis.affected.iter().any(|tag| tag.value == fixed.value) {
        found.push((&fixed.at, format!("is mended in {}, which is affected by it", fixed.value)));
    }
    let released = tags.contains_key(&fixed.value);
    if issue.closed_on.is_some() && !released {
        found.push((&fixed.at, format!("is closed, and there is no release {}", fixed.value)));
    }
    let still = facts.advisories.hits.iter().find_map(|hit| {
        let component = facts.components.all.get(hit.component)?;
        let about = issue.is_about(|name| hit.advisory.is_called(name));
        (about && hit.same_origin && component.ships == Ships::Product).then(|| component.id())
    });
    if let Some(component) = still.filter(|_| released) {
        found.push((
            &fixed.at,
            format!("is mended in {}, and `{component}`, which ships today, is affected", fixed.value),
        ));
    }
    found
}
