//! What a model sets aside: parts that are left out, and threats that one reason closes.

use std::collections::BTreeMap;

use crate::facts::Facts;
use crate::facts::threats::placeholders::says_nothing;
use crate::facts::threats::{Part, Threat, is_made};
use crate::finding::Findings;
use crate::source::Placed;

/// So many threats may have the same reason.
const MOST_FOR_ONE_REASON: usize = 5;

pub(super) fn left_out_without_reason(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let parts = model.components.iter().map(|part| (&part.id, part.out_of_scope.as_ref()));
        let neighbours = model.neighbours.iter().map(|own| (&own.id, own.out_of_scope.as_ref()));
        let flows = model.flows.iter().map(|flow| (&flow.id, flow.out_of_scope.as_ref()));
        for (id, reason) in parts.chain(neighbours).chain(flows) {
            let unsaid =
                |reason: &&Placed<String>| reason.value == Part::UNREASONED || says_nothing(&reason.value);
            if let Some(reason) = reason.filter(unsaid) {
                let called = model.called(&id.value);
                let called = if is_made(called) { "a flow".to_owned() } else { format!("`{called}`") };
                found
                    .add(&reason.at, format!("{called} is out of scope, and no reason is given"))
                    .about(&id.value);
            }
        }
    }
}

/// One finding a reason: whoever sets many threats aside has written it, or pasted it.
pub(super) fn reason_repeated(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let mut closed: BTreeMap<String, Vec<&Threat>> = BTreeMap::new();
        for threat in &model.threats {
            if let Some(reason) = &threat.reason {
                let plain = reason.value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
                closed.entry(plain).or_default().push(threat);
            }
        }
        for threats in closed.into_values().filter(|threats| threats.len() > MOST_FOR_ONE_REASON) {
            let [first, rest @ ..] = threats.as_slice() else { continue };
            let Some(reason) = &first.reason else { continue };
            let message = format!("the same reason sets {} threats of this model aside", threats.len());
            let finding = found.add(&reason.at, message);
            finding.about(&first.id.value).help(
                "say of each why it does not apply; where one decision holds for all, write it as an acceptance that names them",
            );
            for threat in rest.iter().take(2) {
                finding.with(&threat.title.at, "closed by it too");
            }
        }
    }
}
