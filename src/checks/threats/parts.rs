//! Programs and components against the parts that the model shows.

use std::collections::{BTreeMap, BTreeSet};

use super::claimed::{Claims, ways};
use super::few;
use crate::document::array;
use crate::facts::Facts;
use crate::facts::components::Ships;
use crate::facts::known::interfaces::interfaces;
use crate::facts::threats::Model;
use crate::facts::workspace::{EdgeKind, Member, Target, TargetKind};
use crate::finding::Findings;

/// The models that say which crates their parts are made of.
fn telling(facts: &Facts) -> Vec<&Model> {
    let says = |model: &&Model| model.components.iter().any(|part| !part.crates.is_empty());
    facts.threats.models.iter().filter(says).collect()
}

fn plain(name: &str) -> String {
    name.replace('_', "-")
}

/// The members that end up in the product, each with its number.
pub(super) fn shipped(facts: &Facts) -> impl Iterator<Item = (usize, &Member)> {
    facts.workspace.members.iter().enumerate().filter(|(index, member)| {
        let ships = facts.components.members.get(index).copied().unwrap_or(Ships::Unknown);
        member.chosen && ships >= Ships::Unknown
    })
}

pub(super) fn program_outside_model(facts: &Facts, found: &mut Findings<'_>) {
    let models = telling(facts);
    if models.is_empty() || !facts.threats.broken.is_empty() {
        return;
    }
    // Of each crate: the part that holds it, and where.
    let mut placed: BTreeMap<String, Vec<(&str, &str, &crate::source::Location)>> = BTreeMap::new();
    for model in models {
        for part in &model.components {
            for name in &part.crates {
                let title = model.title.value.as_str();
                placed.entry(plain(&name.value)).or_default().push((title, &part.id.value, &name.at));
            }
        }
    }
    let mut strays: Vec<(&Member, &Target)> = Vec::new();
    for (_, member) in shipped(facts) {
        let is_program = |target: &&Target| target.kind == TargetKind::Binary;
        let programs: Vec<&Target> = member.targets.iter().filter(is_program).collect();
        let [program, others @ ..] = programs.as_slice() else { continue };
        match placed.get(&plain(&member.name)).map(Vec::as_slice) {
            None => strays.push((member, *program)),
            // Several programs of one package may stand in as many components.
            Some([(title, first, _), rest @ ..]) if others.is_empty() => {
                if let Some((_, second, at)) =
                    rest.iter().find(|(other, part, _)| other == title && part != first)
                {
                    let message = format!("program `{}` belongs to `{first}` and to `{second}`", member.name);
                    found
                        .add(at, message)
                        .about(&member.name)
                        .help("name it in one component, that which it is");
                }
            }
            Some(_) => {}
        }
    }
    // Tools lie among the programs, and only the policy tells which of them are the product: one question for all.
    if facts.policy.product.bins.is_empty() && strays.len() > 1 {
        undecided(&strays, found);
        return;
    }
    for (member, program) in strays {
        let message = format!("program `{}` belongs to no component of the threat model", program.name);
        let head = format!("[component.{}]", plain(&program.name));
        let crates = format!("crates = {}", array([&member.name]));
        found
            .add(&member.name_at, message)
            .about(&member.name)
            .help("name it in `crates` of a component, or add one")
            .paste([head, "kind = \"process\"".to_owned(), crates]);
    }
}

fn undecided(strays: &[(&Member, &Target)], found: &mut Findings<'_>) {
    let Some((first, _)) = strays.first() else { return };
    let names: Vec<String> = strays.iter().map(|(_, program)| format!("`{}`", program.name)).collect();
    let message = format!(
        "{} programs belong to no component of the threat model, and nobody has said which programs are the product: {}",
        names.len(),
        few(&names)
    );
    let finding = found.add(&first.name_at, message);
    finding.about("programs").help(
        "say which, `bins = [\"...\"]` under [product] of the policy, and name each of them in `crates` of a component",
    );
    for (member, program) in strays.iter().skip(1).take(5) {
        finding.with(&member.name_at, format!("`{}`", program.name));
    }
}

pub(super) fn network_crate_outside_model(facts: &Facts, found: &mut Findings<'_>) {
    let models = telling(facts);
    if models.is_empty() || !facts.threats.broken.is_empty() {
        return;
    }
    let mut named: BTreeSet<String> = models
        .iter()
        .flat_map(|model| &model.components)
        .flat_map(|part| &part.crates)
        .map(|name| plain(&name.value))
        .collect();
    let interfaces_of = || models.iter().flat_map(|model| &model.interfaces);
    named.extend(
        interfaces_of().filter_map(|interface| interface.by_crate.as_ref()).map(|name| plain(&name.value)),
    );
    // What an interface claims the calls of is modelled by them.
    let claims = Claims::new(facts);
    let ways = ways(facts);
    let claimed = ways.iter().filter(|way| !claims.of(way).is_empty());
    named.extend(claimed.filter_map(|way| way.opened.name.split("::").next()).map(plain));
    let mut told = BTreeSet::new();
    for (_, member) in shipped(facts) {
        let normal = member.dependencies.iter().filter(|dependency| dependency.kind == EdgeKind::Normal);
        for dependency in normal {
            let mut locked =
                facts.components.all.iter().filter(|component| component.name == dependency.package);
            let reaches = locked.any(|component| {
                component.ships >= Ships::Unknown
                    && interfaces().reaches_network(&component.name, &component.features)
            });
            let name = plain(&dependency.package);
            if reaches && !named.contains(&name) && told.insert(name) {
                let message = format!(
                    "`{}` can reach the network, and no component or interface names it",
                    dependency.package
                );
                found.add(&dependency.at, message).about(&dependency.package).help(format!(
                    "add \"{}\" to `crates` of the component that uses it, or to an interface as `by_crate`",
                    dependency.package
                ));
            }
        }
    }
}
