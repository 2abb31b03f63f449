//! What a model leaves unsaid: assumptions without consequence, acceptances without a day, mitigations whose own risk
//! nobody asked for, views that a submission has to show.

use std::collections::{BTreeMap, BTreeSet};

use super::words;
use crate::facts::Facts;
use crate::facts::threats::{Acceptance, Aspect, Kept, Model, State, Threat, is_same};
use crate::finding::Findings;
use crate::policy::Profile;

/// The views that the FDA wants, as [views] names them, with what each shows.
const VIEWS: &[(&str, &str)] = &[
    ("global-system", "the whole system"),
    ("multi-patient", "harm to many patients"),
    ("updateability", "how it is updated"),
    ("use-cases", "its use with security in mind"),
];

/// Words of an isolation that nothing leaves.
const NO_WAY_OUT: &[&str] = &["no outbound", "no outgoing", "no connection to the outside"];

/// Models that have a place for it: in another tool's format only an overlay has.
fn telling(facts: &Facts) -> impl Iterator<Item = &Model> {
    facts.threats.models.iter().filter(|model| model.has_own_ids() || model.extended)
}

pub(super) fn facts_lost_on_import(facts: &Facts, found: &mut Findings<'_>) {
    let bare = |model: &&Model| !model.has_own_ids() && !model.extended;
    for model in facts.threats.models.iter().filter(bare) {
        let lost: Vec<&str> = Aspect::WORDS
            .iter()
            .filter(|(_, aspect)| !model.format.can_say(*aspect))
            .map(|(word, _)| *word)
            .collect();
        let message = format!("{} has no place for {}", model.format.name(), lost.join(", "));
        found.add(&model.title.at, message).about(&model.title.value).help(
            "name an overlay beside the model, `extend = \"...\"`: it starts with `format = \"health-sec/overlay@1\"`",
        );
    }
}

pub(super) fn assumption_without_consequence(facts: &Facts, found: &mut Findings<'_>) {
    for model in telling(facts) {
        let Some(context) = &model.context else { continue };
        for assumption in context.assumptions.iter().filter(|assumption| assumption.if_false.is_empty()) {
            let id = &assumption.id.value;
            found
                .add(&assumption.id.at, format!("no threat comes back where assumption `{id}` is false"))
                .about(id)
                .help("name them, `if_false = [\"...\"]`; an assumption that nothing rests on can go");
        }
        let closed = context.isolation.as_ref().filter(|text| {
            let text = text.value.to_ascii_lowercase();
            NO_WAY_OUT.iter().any(|words| text.contains(words))
        });
        let out = model.interfaces.iter().find(|interface| !interface.peers.is_empty());
        if let (Some(isolation), Some(out)) = (closed, out) {
            let id = &out.id.value;
            found
                .add(&isolation.at, format!("nothing leaves the product, and interface `{id}` has a peer"))
                .about(id)
                .with(&out.id.at, "the interface");
        }
    }
}

pub(super) fn acceptance_incomplete(facts: &Facts, found: &mut Findings<'_>) {
    for model in telling(facts) {
        let safety = super::risk::safety(model);
        let threats: BTreeMap<&str, &Threat> =
            model.threats.iter().map(|threat| (threat.id.value.as_str(), threat)).collect();
        for acceptance in &model.acceptances {
            let id = &acceptance.id.value;
            if acceptance.on.is_none() {
                found
                    .add(
                        &acceptance.id.at,
                        format!("acceptance `{id}` does not say when the risk was accepted"),
                    )
                    .about(id)
                    .help("add the day, `on = 2026-01-31`");
            }
            if acceptance.safety.is_none()
                && let Some(threat) = reaches_safety(&threats, acceptance, &safety)
            {
                let message = format!(
                    "acceptance `{id}` covers threat `{threat}`, on which safety depends, and product risk management has not seen it"
                );
                found
                    .add(&acceptance.id.at, message)
                    .about(id)
                    .help("hand it over, and name the record: `safety = \"...\"`");
            }
        }
    }
}

/// A covered threat that reaches what safety depends on, or says how it harms.
fn reaches_safety<'m>(
    threats: &BTreeMap<&str, &'m Threat>,
    acceptance: &Acceptance,
    safety: &BTreeSet<&str>,
) -> Option<&'m str> {
    let mut covered = words(&acceptance.covers).filter_map(|id| threats.get(id).copied());
    let reaches = |threat: &&Threat| match &threat.harm {
        Some(harm) => harm.none.is_none(),
        None => words(&threat.affects).any(|affected| safety.contains(affected)),
    };
    covered.find(reaches).map(|threat| threat.id.value.as_str())
}

pub(super) fn acceptance_by_wrong_person(facts: &Facts, found: &mut Findings<'_>) {
    const OWNER: &str = "risk-owner";
    let roles = &facts.policy.roles;
    if !roles.iter().any(|role| role.name.value == OWNER) {
        return found.undecided();
    }
    for acceptance in facts.threats.models.iter().flat_map(|model| &model.acceptances) {
        let Some(by) = &acceptance.by else { continue };
        let holders = roles.iter().filter(|role| role.name.value == OWNER);
        if !holders.clone().any(|role| is_same(&role.holder.value, &by.value)) {
            let id = &acceptance.id.value;
            let finding = found.add(
                &by.at,
                format!("acceptance `{id}` is by `{}`, who is no {OWNER} of the policy", by.value),
            );
            finding.about(id).help("have the risk owner decide, or name this person in [roles]");
            for role in holders {
                finding.with(&role.holder.at, "the risk owner");
            }
        }
    }
}

pub(super) fn new_risk_unanswered(facts: &Facts, found: &mut Findings<'_>) {
    for model in telling(facts) {
        let in_place = model.mitigations.iter().filter(|mitigation| mitigation.state.value == State::InPlace);
        for mitigation in in_place.filter(|mitigation| mitigation.new_risk.is_none()) {
            let id = &mitigation.id.value;
            found
                .add(&mitigation.id.at, format!("mitigation `{id}` does not say which new risk it brings"))
                .about(id)
                .help("add `new_risk = \"...\"`; `none: ` and why is an answer");
        }
    }
}

pub(super) fn security_view_missing(facts: &Facts, found: &mut Findings<'_>) {
    if !facts.policy.product.profiles.iter().any(|profile| profile.value == Profile::Fda) {
        return found.undecided();
    }
    for model in telling(facts) {
        let told = |name: &str| words(&model.views).any(|view| view == name);
        let missing: Vec<String> = VIEWS
            .iter()
            .filter(|(name, _)| !told(name))
            .map(|(name, shows)| format!("`{name}` ({shows})"))
            .collect();
        if !missing.is_empty() {
            found
                .add(&model.title.at, format!("[views] does not show {}", missing.join(", ")))
                .about(&model.title.value);
        }
        if model.context.as_ref().is_none_or(|context| context.fielded_units.is_none()) {
            found
                .add(&model.title.at, "the model does not say how many units are in use")
                .about("fielded_units")
                .help("add `fielded_units` to [context]: harm to many patients is judged by it");
        }
        let updates = model
            .neighbours
            .iter()
            .any(|neighbour| neighbour.updates.as_ref().is_some_and(|told| told.value));
        let executable: Vec<&str> = model
            .assets
            .iter()
            .filter(|asset| words(&asset.class).any(|class| class == "executable"))
            .map(|asset| asset.id.value.as_str())
            .collect();
        let fetched = model.flows.iter().any(|flow| {
            words(&flow.data).any(|data| executable.contains(&data))
                && words(&flow.from)
                    .any(|from| model.neighbours.iter().any(|neighbour| neighbour.id.value == from))
        });
        if !updates && !fetched {
            found
                .add(&model.title.at, "no neighbour brings the product its updates")
                .about("updates")
                .help("name it: `updates = true` at the neighbour, or draw the flow of an asset of class `executable`");
        }
    }
}

pub(super) fn evidence_differs(facts: &Facts, found: &mut Findings<'_>) {
    for record in &facts.threats.records {
        let file = &record.file;
        let (message, help) = match &record.kept {
            Kept::Same => continue,
            Kept::Differs(now) => (
                format!("`{file}` is not the record whose checksum was written down"),
                format!("find out who changed it and why; as it is now: sha256 = \"{now}\""),
            ),
            Kept::Missing => (
                format!("there is no record `{file}`"),
                "keep it beside the model, or leave its checksum out where another system keeps it"
                    .to_owned(),
            ),
            Kept::Unsummed => {
                (format!("the checksum of record `{file}` is no SHA-256"), format!("sha256sum {file}"))
            }
        };
        found.add(&record.sum.at, message).about(file).help(help);
    }
}
