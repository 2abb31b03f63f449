//! Items that cargo does not know: native libraries, systems, services.

use crate::facts::Facts;
use crate::facts::components::{Component, Ships};
use crate::facts::inventory::Capability;
use crate::finding::Findings;

use super::classes::is_tool;
use super::list;

pub(super) fn item_unclassified(facts: &Facts, found: &mut Findings<'_>) {
    for item in facts.policy.items.iter().filter(|item| !is_tool(item.kind.as_ref())) {
        if item.record.class().is_none() {
            found
                .add(&item.name.at, format!("`{}` has no class", item.name.value))
                .help("answer both questions, `updatable` and `watched`, or give it a `class`")
                .about(&item.name.value);
        }
    }
}

pub(super) fn item_unused(facts: &Facts, found: &mut Findings<'_>) {
    // What a shared policy lists, another product may reach.
    for item in facts.policy.items.iter().filter(|item| facts.policy.is_own(&item.at)) {
        for name in &item.reached_by {
            if facts.components.all.iter().all(|component| component.name != name.value) {
                let (item, name_of) = (&item.name.value, &name.value);
                found
                    .add(&name.at, format!("no component `{name_of}` is left that reaches `{item}`"))
                    .about(item);
            }
        }
    }
}

pub(super) fn native_library_unlisted(facts: &Facts, found: &mut Findings<'_>) {
    let listed = |component: &Component| {
        let mut reached_by = facts.policy.items.iter().flat_map(|item| &item.reached_by);
        reached_by.any(|name| name.value == component.name)
    };
    let all = facts.components.all.iter().enumerate();
    let open: Vec<&Component> = all
        .filter(|(_, component)| component.ships >= Ships::Unknown)
        .filter(|(index, component)| binds_library(facts, *index, component))
        .map(|(_, component)| component)
        .filter(|component| !listed(component))
        .collect();
    if open.is_empty() {
        return;
    }
    let whole = facts.workspace.manifest.source.whole();
    let verb = if open.len() == 1 { "reaches" } else { "reach" };
    let finding = found.add(
        facts.policy.at.as_ref().unwrap_or(&whole),
        format!("{} {verb} a native library that no item names", list(&open)),
    );
    finding.help("write an [[item]] for each library, with `reached_by` and a class");
    for component in open {
        let how = match &component.links {
            Some(library) => format!("links `{library}`"),
            None => "brings the sources of one".to_owned(),
        };
        finding.about(component.id()).with(&component.at, how);
    }
}

/// True for a component that binds a native library: by its own word, or by its name and the
/// sources that it brings. One that says `links` only to be alone in the graph calls nothing foreign.
fn binds_library(facts: &Facts, index: usize, component: &Component) -> bool {
    let seen = facts.inventory.of.get(&index);
    let calls_out = seen.is_none_or(|seen| {
        seen.library.capabilities.contains(&Capability::Ffi) || seen.library.unseen_includes > 0
    });
    let brings_it = component.name.ends_with("-sys") && seen.is_some_and(|seen| seen.carried.native > 0);
    calls_out && (component.links.is_some() || brings_it)
}
