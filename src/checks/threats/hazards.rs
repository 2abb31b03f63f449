//! Threats against the hazards that the product's risk management lists.

use std::collections::BTreeSet;

use super::risk::shown;
use super::words;
use crate::document;
use crate::facts::Facts;
use crate::finding::Findings;

/// So many ids are compared with one that is not listed.
const MOST_COMPARED: usize = 2_000;

pub(super) fn hazard_unlisted(facts: &Facts, found: &mut Findings<'_>) {
    let lists = &facts.threats.hazards;
    if lists.is_empty() {
        return found.undecided();
    }
    let listed: BTreeSet<&str> =
        lists.iter().flat_map(|list| &list.all).map(|own| own.id.value.as_str()).collect();
    let near: Vec<&str> = listed.iter().copied().take(MOST_COMPARED).collect();
    for model in &facts.threats.models {
        for threat in &model.threats {
            let named = threat.harm.iter().flat_map(|harm| &harm.safety_file);
            for id in named.filter(|id| !listed.contains(id.value.as_str())) {
                let message = format!(
                    "threat `{}` leads to `{}`, which no list of hazards has",
                    shown(model, threat),
                    id.value
                );
                let finding = found.add(&id.at, message);
                finding.about(&threat.id.value).about(&id.value);
                if let Some(near) = document::suggestion(&id.value, &near) {
                    finding.help(near);
                }
                for list in lists {
                    finding.with(&list.at, "the list");
                }
            }
        }
    }
}

pub(super) fn hazard_without_threat(facts: &Facts, found: &mut Findings<'_>) {
    let telling = facts.threats.hazards.iter().filter(|list| list.tells_security);
    if telling.clone().next().is_none() {
        return found.undecided();
    }
    let threats = facts.threats.models.iter().flat_map(|model| &model.threats);
    let harms = threats.filter_map(|threat| threat.harm.as_ref());
    let mut named: BTreeSet<&str> = harms.flat_map(|harm| words(&harm.safety_file)).collect();
    for hazard in telling.flat_map(|list| &list.all).filter(|hazard| hazard.security) {
        let id = hazard.id.value.as_str();
        // One that stands in several rows is told once.
        if named.insert(id) {
            found
                .add(
                    &hazard.id.at,
                    format!("hazard `{id}` can be caused through security, and no threat leads to it"),
                )
                .about(id)
                .help("name it at the threat that does, such as")
                .paste([format!("harm = {{ safety_file = [\"{}\"], path = \"...\" }}", id.escape_debug())]);
        }
    }
}
