//! What the model says of the code against the code.

use std::collections::BTreeSet;

use super::claimed::{Claims, ways};
use super::claims::{CodeIndex, Found};
use crate::facts::code::Scope;
use crate::facts::threats::Interface;
use crate::facts::threats::openings::Side;
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

/// Kinds of interface that somebody has to listen at.
const LISTENS: &[&str] = &["tcp-listen", "udp-listen", "unix-listen"];

/// An interface whose code is there, and in it nothing that listens: what is known of frameworks ends somewhere, so a
/// finding can be wrong.
pub(super) fn interface_without_listener(facts: &Facts, found: &mut Findings<'_>) {
    let interfaces = facts.threats.models.iter().flat_map(|model| &model.interfaces);
    let listening: Vec<&Interface> = interfaces
        .filter(|interface| {
            let kind = interface.kind.as_ref().map_or("", |kind| kind.value.as_str());
            let other = interface.not_rust.as_ref().is_some_and(|other| other.value);
            LISTENS.contains(&kind) && !other && interface.by_crate.is_none() && !interface.code.is_empty()
        })
        .collect();
    if listening.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    let claims = Claims::new(facts);
    let claimed: Vec<&Interface> =
        ways(facts).iter().filter(|way| way.side() == Side::In).flat_map(|way| claims.of(way)).collect();
    for interface in listening {
        let id = &interface.id.value;
        // Code that is gone is a finding of its own; what a macro makes was not seen.
        let seen =
            |path: &Placed<String>| matches!(index.look_up(&path.value), Found::Items(_) | Found::Module);
        let known = claimed.iter().any(|claim| std::ptr::eq(*claim, interface));
        if !known && interface.code.iter().all(seen) {
            found
                .add(&interface.id.at, format!("nothing is seen to listen in the code of interface `{id}`"))
                .about(id)
                .help("correct `code`, or name the crate that listens as `by_crate`");
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
