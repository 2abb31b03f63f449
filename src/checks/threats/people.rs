//! Who did what: testers who are not those whose work they test, reviewers who are not the authors.
//!
//! Nobody is named in a finding: it is about the work, and reports are handed on.

use std::collections::BTreeSet;

use super::claims::{CodeIndex, Found};
use crate::facts::Facts;
use crate::facts::code::{Item, ItemKind};
use crate::facts::git::Author;
use crate::facts::threats::{Mitigation, State};
use crate::finding::Findings;
use crate::source::Placed;

/// The functions that paths in a model mean.
fn functions<'f>(index: &CodeIndex<'f>, paths: &[Placed<String>]) -> Vec<&'f Item> {
    let items = paths.iter().filter_map(|path| match index.look_up(&path.value) {
        Found::Items(items) => Some(items),
        _ => None,
    });
    items.flatten().filter(|item| item.kind == ItemKind::Function).collect()
}

/// True where two names are one person's: the same address, or the same name.
fn same(one: &Author, other: &Author) -> bool {
    let equal = |a: &str, b: &str| !a.trim().is_empty() && a.to_lowercase() == b.to_lowercase();
    equal(&one.email, &other.email) || equal(&one.name, &other.name)
}

pub(super) fn attack_by_implementer(facts: &Facts, found: &mut Findings<'_>) {
    let models = facts.threats.models.iter();
    let judged: Vec<&Mitigation> = models
        .flat_map(|model| &model.mitigations)
        .filter(|mitigation| mitigation.state.value == State::InPlace && !mitigation.code.is_empty())
        .collect();
    if judged.is_empty() {
        return;
    }
    let index = CodeIndex::new(facts);
    let hands = &facts.threats.hands;
    for mitigation in judged {
        let id = &mitigation.id.value;
        let Some(code) = hands.of_functions(&functions(&index, &mitigation.code)) else { continue };
        let makers: BTreeSet<&Author> = code.main().collect();
        // A record of who attacked it counts before any line of a test.
        if !mitigation.evidence.is_empty() {
            for record in &mitigation.evidence {
                if makers.iter().any(|maker| maker.is_called(&record.by.value)) {
                    found
                        .add(
                            &record.by.at,
                            format!("the attack on mitigation `{id}` was recorded by somebody who wrote it"),
                        )
                        .about(id);
                }
            }
            continue;
        }
        for test in &mitigation.thwart {
            let tests = functions(&index, std::slice::from_ref(test));
            let Some(tested) = hands.of_functions(&tests) else { continue };
            let testers: Vec<&Author> = tested.main().collect();
            let all = testers.iter().all(|tester| makers.iter().any(|maker| same(tester, maker)));
            if testers.is_empty() || !all || code.is_hidden() || tested.is_hidden() {
                continue;
            }
            let finding = found.add(
                &test.at,
                format!("whoever wrote mitigation `{id}` wrote the attack on it, `{}`", test.value),
            );
            finding.about(&test.value).about(id).help(
                "have somebody else write it, or record who attacked it: `evidence = [{ kind = \"pen-test\", file = \"...\", by = \"...\", on = ... }]`",
            );
            if let Some(item) = tests.first() {
                finding.with(&item.site.at, "the test");
            }
        }
    }
}

pub(super) fn reviewed_by_author(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        let Some(review) = model.last_review(facts.as_of) else { continue };
        let ([by], Some(share)) = (&review.by[..], facts.threats.hands.of_model(model)) else { continue };
        let authors: Vec<&Author> = share.people.keys().collect();
        let ([author, rest @ ..], false) = (&authors[..], share.is_hidden()) else { continue };
        if rest.iter().all(|other| same(author, other)) && author.is_called(&by.value) {
            let id = &review.id.value;
            found
                .add(&by.at, format!("the only reviewer of `{id}` is the only author of the model"))
                .about(id)
                .help("have somebody else look at it too, and name both");
        }
    }
}

pub(super) fn acceptance_by_owner(facts: &Facts, found: &mut Findings<'_>) {
    for model in &facts.threats.models {
        for acceptance in model.own_acceptances() {
            let Some(by) = &acceptance.by else { continue };
            let Some(share) = facts.threats.hands.of_acceptance(acceptance) else { continue };
            if !share.is_hidden() && share.main().any(|writer| writer.is_called(&by.value)) {
                let id = &acceptance.id.value;
                found
                    .add(
                        &by.at,
                        format!("acceptance `{id}` was written and approved by the owner of the mitigation"),
                    )
                    .about(id)
                    .help("have somebody approve it who does not answer for the mitigation");
            }
        }
    }
}
