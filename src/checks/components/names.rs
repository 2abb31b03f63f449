//! Names made to be mistaken for others.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::facts::advisories::AdvisoryKind;
use crate::facts::components::names::resembling;
use crate::facts::components::{Component, Origin, Ships};
use crate::finding::Findings;

pub(super) fn component_name_resembles(facts: &Facts, found: &mut Findings<'_>) {
    // What an advisory says was made to harm is told as that.
    let hits = facts.advisories.hits.iter();
    let told: BTreeSet<usize> =
        hits.filter(|hit| hit.advisory.kind == AdvisoryKind::Malicious).map(|hit| hit.component).collect();
    let all = facts.components.all.iter().enumerate();
    let used: Vec<&Component> = all
        .filter(|(index, component)| component.ships >= Ships::Dev && !told.contains(index))
        .map(|(_, component)| component)
        .filter(|component| !matches!(component.origin, Origin::Path { .. }))
        .collect();
    let names: BTreeSet<&str> = used.iter().map(|component| component.name.as_str()).collect();
    for (name, known) in resembling(names) {
        let twin = facts.components.all.iter().find(|other| other.name == known);
        for component in used.iter().filter(|component| component.name == name) {
            if twin.is_some_and(|twin| same_makers(component, twin)) {
                continue;
            }
            let id = component.id();
            found
                .add(&component.at, format!("`{id}` is not `{known}`, but its name is easily taken for it"))
                .about(id)
                .help(format!(
                    "if `{known}` was meant, treat the machines that built this as taken over; \
                     else say in a waiver what `{name}` is"
                ));
        }
    }
}

/// True where two components come from the same source code, or from the same people.
fn same_makers(one: &Component, other: &Component) -> bool {
    let repository = |component: &Component| {
        let url = component.declared.repository.as_deref()?;
        Some(url.trim_end_matches('/').trim_end_matches(".git").to_owned())
    };
    let same_place = repository(one).is_some() && repository(one) == repository(other);
    same_place || one.declared.authors.iter().any(|author| other.declared.authors.contains(author))
}
