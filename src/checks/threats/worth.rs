//! What is worth protecting, where it lies and flows, and how the product gets its updates.

use std::collections::BTreeMap;

use super::words;
use crate::facts::Facts;
use crate::facts::threats::protocols::protects;
use crate::facts::threats::{Asset, Flow, Model};
use crate::finding::Findings;

/// Classes of what must not lie about in the clear, as parts of the word.
const PRECIOUS: &[&str] =
    &["health", "patient", "phi", "personal", "pii", "key", "credential", "password", "secret", "token"];
/// Classes of what is run.
const EXECUTABLE: &[&str] = &["executable", "firmware", "software", "code", "image", "update"];

fn telling(facts: &Facts) -> impl Iterator<Item = &Model> {
    facts.threats.models.iter().filter(|model| model.has_own_ids() || model.extended)
}

fn assets(model: &Model) -> BTreeMap<&str, &Asset> {
    model.assets.iter().map(|asset| (asset.id.value.as_str(), asset)).collect()
}

fn is_of(asset: &Asset, classes: &[&str]) -> bool {
    words(&asset.class).any(|class| {
        let class = class.to_ascii_lowercase();
        class.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| classes.contains(&word))
    })
}

pub(super) fn asset_unprotected(facts: &Facts, found: &mut Findings<'_>) {
    for model in telling(facts) {
        let assets = assets(model);
        let asset = |id: &str| assets.get(id).copied();
        for asset in &model.assets {
            let id = asset.id.value.as_str();
            let missing = match (asset.class.is_empty(), asset.needs.iter().any(Option::is_none)) {
                (true, true) => "no `class` and no full `needs`",
                (true, false) => "no `class`",
                (false, true) => "no full `needs`",
                (false, false) => continue,
            };
            found
                .add(&asset.id.at, format!("asset `{}` has {missing}", model.called(id)))
                .about(id)
                .help("say what it is and what it needs, such as")
                .paste(
                    ["class = [\"health-data\"]", "needs = { c = \"high\", i = \"high\", a = \"medium\" }"]
                        .map(str::to_owned),
                );
        }
        for part in
            model.components.iter().filter(|part| part.at_rest.is_none() && part.out_of_scope.is_none())
        {
            let precious: Vec<&str> = words(&part.holds)
                .filter(|id| asset(id).is_some_and(|asset| is_of(asset, PRECIOUS)))
                .collect();
            if let Some(first) = precious.first() {
                let id = part.id.value.as_str();
                let message = format!(
                    "the model does not say how `{}` keeps `{}`",
                    model.called(id),
                    model.called(first)
                );
                found
                    .add(&part.id.at, message)
                    .about(id)
                    .help("at_rest = \"how it is protected, or why it need not be\"");
            }
        }
        // Where nothing is declared of any flow, the model does not go so far.
        let declares = model.flows.iter().any(|flow| !flow.data.is_empty());
        for flow in model.flows.iter().filter(|flow| declares && flow.data.is_empty()) {
            let name = model.name_of(flow).unwrap_or("without a name");
            found
                .add(&flow.id.at, format!("the model does not say what flow `{name}` carries"))
                .about(&flow.id.value)
                .help("data = [\"an asset\"]");
        }
    }
}

pub(super) fn update_path_missing(facts: &Facts, found: &mut Findings<'_>) {
    for model in telling(facts) {
        let assets = assets(model);
        let asset = |id: &str| assets.get(id).copied();
        let updates =
            |flow: &&Flow| words(&flow.data).any(|id| asset(id).is_some_and(|one| is_of(one, EXECUTABLE)));
        let ways = model.ways();
        let mut flows = model.flows.iter().filter(updates).peekable();
        let neighbour =
            model.neighbours.iter().any(|one| one.updates.as_ref().is_some_and(|updates| updates.value));
        if flows.peek().is_none()
            && !neighbour
            && let Some(lifecycle) = model.head.lifecycle.as_ref().filter(|word| word.value == "released")
        {
            found
                .add(&lifecycle.at, "the product is released, and the model does not show how it gets updates")
                .about(&model.title.value)
                .help("draw the flow of an asset of class \"executable\", or say `updates = true` of the neighbour that brings them");
        }
        // A flow between zones is told by `boundary_protection_unsaid` and its sister.
        for flow in flows.filter(|flow| ways.crossing(flow).is_none()) {
            let known = ways.authentication(flow).is_some_and(|word| protects(&word.value) == Some(true));
            if !known {
                let name = model.name_of(flow).unwrap_or("without a name");
                let message = format!("the model does not say how the origin of update `{name}` is proved");
                found.add(&flow.id.at, message).about(&flow.id.value).help("authentication = \"how\"");
            }
        }
    }
}
