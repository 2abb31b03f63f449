//! What the model says of the code against the code.

use super::claims::{CodeIndex, Found, claims_of, difference, is_switched_off};
use crate::facts::Facts;
use crate::facts::code::Scope;
use crate::facts::threats::listeners;
use crate::finding::Findings;
use crate::source::Placed;

pub(super) fn named_code_missing(facts: &Facts, found: &mut Findings<'_>) {
    let mut named: Vec<(&Placed<String>, String)> = Vec::new();
    for model in &facts.threats.models {
        for interface in &model.interfaces {
            let owner = format!("interface `{}`", interface.id.value);
            named.extend(interface.code.iter().map(|path| (path, owner.clone())));
        }
        for mitigation in &model.mitigations {
            let owner = format!("mitigation `{}`", mitigation.id.value);
            named.extend(mitigation.code.iter().map(|path| (path, owner.clone())));
        }
    }
    if named.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    for (path, owner) in named {
        let name = &path.value;
        let (message, near) = match index.look_up(name) {
            Found::Gone(near) => (format!("there is no `{name}`, the code of {owner}"), near),
            Found::Items(items) if items.iter().all(|item| item.site.scope == Scope::Test) => {
                (format!("`{name}`, the code of {owner}, is test code"), None)
            }
            Found::Items(_) | Found::Module | Found::InMacro | Found::Unseen => continue,
        };
        let finding = found.add(&path.at, message);
        finding.about(name);
        if let Some(near) = near {
            finding.help(near);
        }
    }
}

pub(super) fn undeclared_listener(facts: &Facts, found: &mut Findings<'_>) {
    if facts.threats.models.is_empty() || !facts.threats.broken.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    for listener in listeners::opened(&facts.code) {
        let claims = claims_of(facts, &index, &listener);
        let within = &listener.call.site.within;
        let message = match claims.first() {
            None => format!("`{}` opens a way in that no interface of the model claims", listener.name),
            Some(claim) if claims.iter().all(|claim| is_switched_off(claim, &listener)) => format!(
                "`{}` opens a way in, but interface `{}` is `{}`",
                listener.name,
                claim.id.value,
                claim.state.as_ref().map_or("", |state| state.value.as_str())
            ),
            Some(_) => continue,
        };
        found
            .add(&listener.call.site.at, message)
            .about(within)
            .help(format!("add `{within}` to the `code` of an interface, or close the listener"));
    }
}

pub(super) fn listener_contradicts_model(facts: &Facts, found: &mut Findings<'_>) {
    if facts.threats.models.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    for listener in listeners::opened(&facts.code) {
        let claims = claims_of(facts, &index, &listener);
        // A function that several interfaces claim must agree with one of them.
        let mut differences = Vec::new();
        for claim in &claims {
            match difference(claim, &listener.address) {
                None => differences.clear(),
                Some(difference) => {
                    differences.push(difference);
                    continue;
                }
            }
            break;
        }
        if let Some((at, message)) = differences.into_iter().next() {
            found
                .add(&listener.call.site.at, message)
                .about(&listener.call.site.within)
                .with(at, "the model says so here");
        }
    }
}
