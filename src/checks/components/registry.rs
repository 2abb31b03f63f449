//! Checks on what the registries' index says of components.

use jiff::civil::Date;

use crate::facts::Facts;
use crate::facts::components::Component;
use crate::facts::registry::Published;
use crate::finding::Findings;

use super::counts;

/// Components with what the index says of them.
fn published(facts: &Facts) -> impl Iterator<Item = (&Component, &Published)> {
    let of = &facts.registry.of;
    of.iter().filter_map(|(index, published)| Some((facts.components.all.get(*index)?, published)))
}

pub(super) fn component_yanked(facts: &Facts, found: &mut Findings<'_>) {
    for (component, published) in published(facts).filter(|(_, published)| published.yanked) {
        let name = component.id();
        let finding = found.add(&component.at, format!("`{name}` was taken back by its author")).about(&name);
        if let Some((newest, _)) = published.newest.as_ref().filter(|(v, _)| *v > component.version) {
            finding.help(format!("the newest release is {newest}: cargo update {name}"));
        }
    }
}

pub(super) fn checksum_not_published(facts: &Facts, found: &mut Findings<'_>) {
    for (index, checksum) in &facts.registry.other_contents {
        let Some(component) = facts.components.all.get(*index) else { continue };
        let name = component.id();
        let message = format!("`{name}` is locked with a checksum that its registry never published");
        found
            .add(&component.at, message)
            .help(format!("the index states {checksum}: find out who changed the lock file"))
            .about(name);
    }
}

pub(super) fn component_too_young(facts: &Facts, found: &mut Findings<'_>) {
    if facts.policy.supply.cooldown_days.is_none() {
        found.undecided();
    }
    for (component, published) in published(facts).filter(|(component, _)| counts(component)) {
        let Some(wait) = facts.policy.cooldown_of(&component.name) else { continue };
        let Some(on) = published.on else { continue };
        let age = days_from(on, facts.as_of);
        if age < i64::from(wait.value) {
            let name = component.id();
            let message =
                format!("`{name}` was published on {on}, and the policy waits for {} days", wait.value);
            found.add(&component.at, message).about(name).with(&wait.at, "decided here");
        }
    }
}

pub(super) fn component_quiet(facts: &Facts, found: &mut Findings<'_>) {
    let Some(limit) = &facts.policy.supply.quiet_days else { return found.undecided() };
    for (component, published) in published(facts).filter(|(component, _)| counts(component)) {
        let Some(last) = published.last_release else { continue };
        let age = days_from(last, facts.as_of);
        if age > i64::from(limit.value) {
            let name = &component.name;
            let message = format!("nothing was released of `{name}` since {last}, for {age} days");
            found.add(&component.at, message).about(component.id()).about(name);
        }
    }
}

fn days_from(day: Date, to: Date) -> i64 {
    to.since(day).map_or(0, |span| i64::from(span.get_days()))
}
