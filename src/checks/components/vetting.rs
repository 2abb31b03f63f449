//! Who has vetted components, compared with what the manufacturer asks for.

use crate::facts::Facts;
use crate::facts::components::{Component, Ships};
use crate::facts::vetting::{How, Vetted};
use crate::finding::Findings;
use crate::source::Location;

use super::{counts, list};

/// The components with what the records say of each.
fn vetted(facts: &Facts) -> impl Iterator<Item = (&Component, &Vetted)> {
    facts.vetting.of.iter().filter_map(|(index, vetted)| Some((facts.components.all.get(*index)?, vetted)))
}

pub(super) fn component_unvetted(facts: &Facts, found: &mut Findings<'_>) {
    let Some(demand) = &facts.policy.vetting else { return found.undecided() };
    let criterion = &facts.vetting.criterion;
    if facts.vetting.store.is_none() {
        // A folder that is named and can't be read is a gap.
        found
            .add(&demand.at, "vetting is asked for, yet there are no records in supply-chain")
            .about("supply-chain")
            .help(
                "`cargo vet init` starts them; every component is exempt then, and each exemption is a task",
            );
        return;
    }
    if !facts.vetting.criterion_known {
        let at = demand.criteria.as_ref().map_or(&demand.at, |word| &word.at);
        found
            .add(at, format!("the vetting records know no criterion `{criterion}`"))
            .about(criterion)
            .help("criteria of your own are defined in audits.toml, as [criteria.NAME]");
        return;
    }
    let refused = demand.refuse_exemptions.as_ref().is_some_and(|refuse| refuse.value);
    for (component, vetted) in vetted(facts).filter(|(component, _)| counts(component)) {
        let id = component.id();
        let message = match &vetted.how {
            How::Unvetted if vetted.criteria.is_empty() => format!("nobody has vetted `{id}`"),
            How::Unvetted => {
                format!("`{id}` is vetted as {} only, not as {criterion}", vetted.criteria.join(", "))
            }
            How::Exempt { of, since, .. } if refused => {
                let since = since.map(|day| format!(" since {day}")).unwrap_or_default();
                match of {
                    None => format!("`{id}` is exempt from vetting{since}"),
                    Some(version) => {
                        format!(
                            "`{id}` is vetted from {version} on only, which is exempt from vetting{since}"
                        )
                    }
                }
            }
            _ => continue,
        };
        let finding = found.add(&component.at, message).about(&id);
        finding.help(match &vetted.how {
            How::Exempt { .. } => format!(
                "read it, record that with `cargo vet certify {} {}`, and take the exemption out",
                component.name, component.version
            ),
            _ => format!(
                "read it and record that with `cargo vet certify {} {}`",
                component.name, component.version
            ),
        });
        if matches!(vetted.how, How::Exempt { .. }) {
            finding.with(&vetted.at, "exempt here");
        }
    }
}

pub(super) fn vetting_violation(facts: &Facts, found: &mut Findings<'_>) {
    // Code that only tests use runs on the machines of developers.
    let used = |component: &Component| component.ships >= Ships::Dev;
    for (component, vetted) in vetted(facts).filter(|(component, _)| used(component)) {
        if vetted.how != How::Violation {
            continue;
        }
        let by = if vetted.by.is_empty() { "somebody".to_owned() } else { vetted.by.join(", ") };
        let id = component.id();
        found
            .add(&component.at, format!("{by} has recorded that `{id}` violates {}", facts.vetting.criterion))
            .about(id)
            .help("read the record, and go to a version that it does not name, or to another component")
            .with(&vetted.at, "recorded here");
    }
}

pub(super) fn exemption_without_notes(facts: &Facts, found: &mut Findings<'_>) {
    let unexplained = |vetted: &Vetted| matches!(vetted.how, How::Exempt { noted: false, .. });
    let mut open: Vec<(&Location, &Component)> = vetted(facts)
        .filter(|(component, vetted)| counts(component) && unexplained(vetted))
        .map(|(component, vetted)| (&vetted.at, component))
        .collect();
    open.sort_by_key(|(at, _)| *at);
    open.dedup_by_key(|(at, _)| *at);
    // An exemption for all that was there on the first day is one decision, not hundreds.
    let Some((first, _)) = open.first() else { return };
    let components: Vec<&Component> = open.iter().map(|(_, component)| *component).collect();
    let verb = if components.len() == 1 { "rests" } else { "rest" };
    found
        .add(first, format!("{} {verb} on an exemption from vetting without notes", list(&components)))
        .about("exemptions")
        .help("write into `notes` of each why it was taken unread, and what ends the exemption");
}

pub(super) fn trust_ends_soon(facts: &Facts, found: &mut Findings<'_>) {
    if facts.vetting.trusts.is_empty() {
        return;
    }
    let Some(within) =
        facts.policy.vetting.as_ref().and_then(|demand| demand.trust_ends_within_days.as_ref())
    else {
        return found.undecided();
    };
    let trusts = &facts.vetting.trusts;
    for trust in trusts {
        let used = facts
            .components
            .all
            .iter()
            .any(|component| component.name == trust.component && counts(component));
        let renewed = trusts.iter().any(|other| {
            other.component == trust.component && other.publisher == trust.publisher && other.end > trust.end
        });
        let left = (trust.end - facts.as_of).get_days();
        if !used || renewed || left < 1 || i64::from(left) > i64::from(within.value) {
            continue;
        }
        let (component, publisher) = (&trust.component, &trust.publisher);
        let days = if left == 1 { "1 day".to_owned() } else { format!("{left} days") };
        found
            .add(&trust.at, format!("the trust in {publisher} for `{component}` ends in {days}"))
            .about(component)
            .help("versions published from then on are unvetted: look again at who publishes, and set a new `end`");
    }
}
