//! What the model says of the code against the code.

use std::collections::BTreeSet;

use super::claims::{CodeIndex, Found};
use crate::facts::code::Scope;
use crate::facts::{Facts, Kind};
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

pub(super) fn modelled_crate_missing(facts: &Facts, found: &mut Findings<'_>) {
    // Where there is no lock file nothing can be said of what is locked.
    if facts.components.all.is_empty() && facts.gaps.iter().any(|gap| gap.kind == Kind::Components) {
        return;
    }
    let components = facts.components.all.iter().map(|component| component.name.as_str());
    let members = facts.workspace.members.iter().map(|member| member.name.as_str());
    let known: BTreeSet<String> = components.chain(members).map(|name| name.replace('_', "-")).collect();
    for model in &facts.threats.models {
        for part in &model.components {
            for name in part.crates.iter().filter(|name| !known.contains(&name.value.replace('_', "-"))) {
                let part = model.called(&part.id.value);
                found
                    .add(&name.at, format!("`{}`, a crate of `{part}`, is not in the lock file", name.value))
                    .about(&name.value);
            }
        }
    }
}
