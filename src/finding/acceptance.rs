//! Whether an entry of the ledger holds for a finding.
//!
//! An entry holds where everything that it names fits. Where it would hold but for something that has
//! changed since (the version, the contents, the way to the component, the facts of the advisory), it
//! reopens: the decision was about something else. Where the policy asks for it, an entry about source code holds only
//! together with a comment beside the code.

use std::fmt;

use crate::facts::Facts;
use crate::facts::advisories::AdvisoryKind;
use crate::facts::code::Acceptance;
use crate::facts::components::licence::Licence;
use crate::facts::components::{Component, Ships};
use crate::policy::{Endless, Imported, Use, Waiver, covers, split_id};

use super::Finding;

/// Whether an entry of the ledger accepts a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// It is about something else.
    No,
    /// It was about this, but this has changed since.
    Reopened(Vec<Changed>),
    /// It is about this, and past its last day.
    Ended,
    /// It is about this, and has no end, which the policy refuses.
    Refused,
    /// It is about this, and no comment beside the code states it, which the policy asks for.
    Unstated,
    /// It accepts the finding.
    Holds,
}

/// What has changed since an entry was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// What.
    pub what: &'static str,
    /// What the entry says.
    pub was: String,
    /// What is so today.
    pub now: String,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was {} and is {}", self.what, self.was, self.now)
    }
}

/// Whether an entry of the ledger accepts a finding, on the day of the inspection.
#[must_use]
pub fn accepts(waiver: &Waiver, finding: &Finding, facts: &Facts) -> Match {
    if !rule_fits(waiver, finding) {
        return Match::No;
    }
    let index = finding.component(facts);
    let component = index.and_then(|index| facts.components.all.get(index));
    let mut changes = Vec::new();
    let fits = place_fits(waiver, finding, component, facts, &mut changes)
        && component_fits(waiver, component, facts, &mut changes)
        && advisory_fits(waiver, finding, &mut changes);
    if !fits {
        return Match::No;
    }
    member_fits(waiver, finding, index, facts, &mut changes);
    use_fits(waiver, component, facts, &mut changes);
    changes.dedup();
    if !changes.is_empty() {
        Match::Reopened(changes)
    } else if waiver.until.is_none() && facts.policy.exceptions.endless == Endless::Refuse {
        Match::Refused
    } else if !waiver.holds_on(facts.as_of) {
        Match::Ended
    } else if facts.policy.exceptions.in_source.as_ref().is_some_and(|asked| asked.value)
        && in_source(finding, facts)
        && !facts.code.acceptances.iter().any(|said| states(said, finding))
    {
        Match::Unstated
    } else {
        Match::Holds
    }
}

/// True for a finding in the workspace's own code.
fn in_source(finding: &Finding, facts: &Facts) -> bool {
    let path = finding.at.path();
    facts.code.files.binary_search_by(|file| file.source.path().cmp(path)).is_ok()
}

/// True for a comment that accepts a finding: it names the rule, gives a reason, and stands beside it.
#[must_use]
pub fn states(said: &Acceptance, finding: &Finding) -> bool {
    let rule = said.rule.as_str();
    (rule == finding.rule.id || finding.waived_as == Some(rule))
        && !said.reason.is_empty()
        && said.holds(&finding.at)
}

/// An entry of another tool may speak of all advisories at once, but never of a package made to harm.
fn rule_fits(waiver: &Waiver, finding: &Finding) -> bool {
    let rule = waiver.rule.value.as_str();
    let family = waiver.imported.is_some()
        && rule == finding.rule.family
        && finding
            .concerns
            .advisory
            .as_ref()
            .is_some_and(|advisory| advisory.kind != AdvisoryKind::Malicious);
    rule == finding.rule.id || finding.waived_as == Some(rule) || family
}

fn place_fits(
    waiver: &Waiver,
    finding: &Finding,
    component: Option<&Component>,
    facts: &Facts,
    changes: &mut Vec<Changed>,
) -> bool {
    if let Some(Imported { packages: Some(packages), licences, .. }) = &waiver.imported {
        return component.is_some_and(|component| {
            packages.holds(&component.name, &component.version)
                && (licences.is_empty() || licence_fits(licences, component, facts))
        });
    }
    let place = waiver.place.value.as_str();
    let named =
        |name: &str| finding.concerns.advisory.as_ref().is_some_and(|advisory| advisory.is_called(name));
    // What another tool excepts is never a whole file of ours.
    let path = if finding.by_subject || waiver.imported.is_some() { "" } else { finding.at.path() };
    if covers(place, path, &finding.subjects) || named(place) {
        return true;
    }
    // The same words with another version in them.
    let Some((before, was)) = split_id(place) else { return false };
    let (advisory, name) =
        before.rsplit_once(' ').map_or((None, before), |(advisory, name)| (Some(advisory), name));
    let same = |subject: &String| {
        let (of, now) = split_id(subject)?;
        let (told, of) = of.rsplit_once(' ').map_or((None, of), |(told, of)| (Some(told), of));
        (of == name && advisory.is_some() == told.is_some()).then_some(now)
    };
    let fits = advisory.is_none_or(named);
    match finding.subjects.iter().filter(|_| fits).find_map(same) {
        // An alias in the place of the id.
        Some(now) if now == was => true,
        Some(now) => version_changed(name, &was, &now, facts, changes),
        None => false,
    }
}

/// True where a component comes under licences that are allowed for it, or for all. What lies in a file of its own nothing
/// can compare: whoever allowed licences for this very package has read it.
fn licence_fits(allowed: &[String], component: &Component, facts: &Facts) -> bool {
    let for_all =
        facts.policy.licences_of(&component.name).into_iter().flatten().map(|one| one.value.as_str());
    match Licence::read(component.declared.licence.as_deref()) {
        Licence::Parsed(expression) => {
            expression.is_met_by(allowed.iter().map(String::as_str).chain(for_all))
        }
        Licence::Absent => component.declared.licence_file.is_some(),
        Licence::Invalid(_) => false,
    }
}

/// True where a version has given way to another: while the old one is there, the entry is about that.
fn version_changed(
    name: &str,
    was: &semver::Version,
    now: &semver::Version,
    facts: &Facts,
    changes: &mut Vec<Changed>,
) -> bool {
    let there =
        facts.components.all.iter().any(|component| component.name == name && component.version == *was);
    if !there {
        changes.push(changed("the version", was, now));
    }
    !there
}

fn component_fits(
    waiver: &Waiver,
    component: Option<&Component>,
    facts: &Facts,
    changes: &mut Vec<Changed>,
) -> bool {
    let mut same_version = true;
    if let Some((name, was)) = waiver.component.as_ref().and_then(|id| split_id(&id.value)) {
        let Some(component) = component.filter(|component| component.name == name) else { return false };
        same_version = component.version == was;
        if !same_version && !version_changed(name, &was, &component.version, facts, changes) {
            return false;
        }
    }
    if let Some(was) = &waiver.checksum {
        let Some(component) = component else { return false };
        let now = component.contents().unwrap_or("none");
        // Another version has other contents: that says nothing new.
        if same_version && now != was.value && changes.is_empty() {
            changes.push(changed("the checksum", &short(&was.value), &short(now)));
        }
    }
    true
}

fn advisory_fits(waiver: &Waiver, finding: &Finding, changes: &mut Vec<Changed>) -> bool {
    let Some(was) = &waiver.facts else { return true };
    let Some(advisory) = &finding.concerns.advisory else { return false };
    let now = advisory.facts_digest();
    if now != was.value {
        changes.push(changed("the digest of the advisory's facts", &was.value, &now));
    }
    true
}

fn member_fits(
    waiver: &Waiver,
    finding: &Finding,
    component: Option<usize>,
    facts: &Facts,
    changes: &mut Vec<Changed>,
) {
    let Some(was) = &waiver.member else { return };
    let members = match component {
        Some(index) => led_to_by(index, facts),
        None => member_of(finding.at.path(), facts).into_iter().collect(),
    };
    if members != [was.value.as_str()] {
        changes.push(changed("the member that leads to it", &was.value, &list(&members)));
    }
}

/// How strong the use is, and for which target.
fn use_fits(waiver: &Waiver, component: Option<&Component>, facts: &Facts, changes: &mut Vec<Changed>) {
    if let (Some(was), Some(now)) = (&waiver.edge, component.and_then(use_of))
        && now > was.value
    {
        changes.push(changed("its use", &was.value.word(), &now.word()));
    }
    if let Some(was) = &waiver.target {
        let targets: Vec<&str> = facts.components.targets.iter().map(String::as_str).collect();
        if targets != [was.value.as_str()] {
            changes.push(changed("the target", &was.value, &list(&targets)));
        }
    }
}

/// How a component is used at most; nothing where it is not used.
#[must_use]
pub fn use_of(component: &Component) -> Option<Use> {
    match component.ships {
        Ships::Product | Ships::Unknown => Some(Use::Normal),
        Ships::Build => Some(Use::Build),
        Ships::Dev => Some(Use::Dev),
        Ships::Locked => None,
    }
}

/// The members that lead to a component, by name.
#[must_use]
pub fn led_to_by(component: usize, facts: &Facts) -> Vec<&str> {
    let members = facts.components.led_to_by(component);
    members.iter().filter_map(|index| Some(facts.workspace.members.get(*index)?.name.as_str())).collect()
}

/// The member in whose folder a file lies: the innermost one.
fn member_of<'a>(path: &str, facts: &'a Facts) -> Option<&'a str> {
    let path = facts.workspace.root.join(path);
    let within = facts.workspace.members.iter().filter(|member| path.starts_with(&member.folder));
    within.max_by_key(|member| member.folder.as_os_str().len()).map(|member| member.name.as_str())
}

fn changed(what: &'static str, was: &dyn fmt::Display, now: &dyn fmt::Display) -> Changed {
    Changed { what, was: was.to_string(), now: now.to_string() }
}

fn list(words: &[&str]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// The first digits of a checksum, for people.
fn short(checksum: &str) -> &str {
    checksum.char_indices().nth(12).map_or(checksum, |(end, _)| &checksum[..end])
}
