//! Who hears of faults: sources that are watched, and the way to report one.

use crate::facts::Facts;
use crate::facts::components::{Origin, Ships};
use crate::finding::Findings;
use crate::policy::Class;

/// True where the manufacturer must hear of faults after release.
fn owes_watching(class: Class) -> bool {
    matches!(class, Class::Maintained | Class::Supported)
}

pub(super) fn component_unwatched(facts: &Facts, found: &mut Findings<'_>) {
    for component in facts.components.all.iter().filter(|component| component.ships >= Ships::Unknown) {
        // Of packages on crates.io, the public advisories tell.
        let Some(class) = facts.policy.class_of(&component.name).filter(|class| owes_watching(class.value))
        else {
            continue;
        };
        let watch = facts.policy.component(&component.name).and_then(|entry| entry.record.watch.as_ref());
        if component.origin == Origin::CratesIo || watch.is_some_and(|watch| !watch.value.trim().is_empty()) {
            continue;
        }
        let (id, name) = (component.id(), &component.name);
        found
            .add(
                &component.at,
                format!(
                    "`{id}` is classed as {}, and no source of news about its faults is named",
                    class.value.word()
                ),
            )
            .about(id)
            .help(format!("name the list, feed or person in `watch` of [component.{name}]"))
            .with(&class.at, "classed here");
    }
    for item in &facts.policy.items {
        let Some(class) = item.record.class().or(facts.policy.default_class.as_ref()) else {
            continue;
        };
        let watched = item.record.watch.as_ref().is_some_and(|watch| !watch.value.trim().is_empty());
        if owes_watching(class.value) && !watched {
            let name = &item.name.value;
            found
                .add(
                    &item.name.at,
                    format!(
                        "`{name}` is classed as {}, and no source of news about its faults is named",
                        class.value.word()
                    ),
                )
                .about(name)
                .help("name the list, feed or person in `watch`");
        }
    }
}

pub(super) fn security_contact_missing(facts: &Facts, found: &mut Findings<'_>) {
    if facts.policy.manufacturer.email.as_ref().is_some_and(|email| email.value.contains('@')) {
        return;
    }
    let contacts = &facts.documents.contacts;
    let holds = contacts.iter().any(|contact| contact.expires.is_none_or(|day| day >= facts.as_of));
    if holds || facts.documents.contact_unread {
        return;
    }
    let whole = facts.workspace.manifest.source.whole();
    let at = facts.policy.at.as_ref().unwrap_or(&whole);
    let message = match contacts.iter().find_map(|contact| Some((&contact.file, contact.expires?))) {
        Some((file, day)) => format!("the way to report a vulnerability expired on {day} ({file})"),
        None => "nothing says how to report a vulnerability".to_owned(),
    };
    found.add(at, message).about("SECURITY.md").help(
        "write a SECURITY.md or a .well-known/security.txt, or name an address in `email` of [manufacturer]",
    );
}
