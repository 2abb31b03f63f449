//! Fields that a component list must have, and lacks.

use std::collections::BTreeSet;

use crate::checks::listing::{Extent, Lack, Listing, Need, Scope, lacks};
use crate::facts::Facts;
use crate::finding::Findings;

use super::NAMES;

/// Fields that rules of their own, or gaps, tell of.
const TOLD_ELSEWHERE: &[&str] = &["support", "end_of_support", "relations"];

pub(super) fn component_record_incomplete(facts: &Facts, found: &mut Findings<'_>) {
    let profiles = &facts.policy.product.profiles;
    if profiles.is_empty() {
        found.undecided();
        return;
    }
    let list = Listing::new(facts, Extent::Delivered);
    for profile in profiles {
        for lack in lacks(&list, profile.value) {
            let asked = lack.need == Need::Required && !TOLD_ELSEWHERE.contains(&lack.field.id.as_str());
            let Some(of) = lacking(&list, &lack).filter(|_| asked) else { continue };
            let message = format!("`{}` requires {}, which {of}", profile.value.word(), lack.field.title);
            found.add(&profile.at, message).help(&lack.field.mend).about(format!(
                "{}.{}",
                profile.value.word(),
                lack.field.id
            ));
        }
    }
}

/// Who lacks a field, for a message.
fn lacking(list: &Listing, lack: &Lack) -> Option<String> {
    if lack.field.of == Scope::List {
        return Some("the list lacks".to_owned());
    }
    // An archive gives its digest to whoever asks for it.
    let knowable = |at: &&usize| lack.field.id != "hash" || list.parts[**at].file.is_none();
    let names: BTreeSet<String> =
        lack.parts.iter().filter(knowable).map(|at| format!("`{}`", list.parts[*at].id())).collect();
    let shown: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
    let more = if names.len() > NAMES { ", ..." } else { "" };
    match names.len() {
        0 => None,
        1 => Some(format!("1 part lacks ({})", shown.concat())),
        many => Some(format!("{many} parts lack ({}{more})", shown.join(", "))),
    }
}
