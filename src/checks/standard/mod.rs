//! Checks on the coding standard: it is there, approved and looked at again; what it demands is enforced.
//!
//! - `papers`: the standard as a document, and reviews on record
//! - `lints`: the lints that it requires, against the lint levels of the members
//! - `results`: what Clippy has found, by the levels that the standard asks for

mod lints;
mod papers;
mod results;

use std::collections::BTreeMap;

use crate::source::Location;

use super::rules;

pub use lints::{Below, LintState, below, lint_state};
use lints::{required_lint_too_new, required_lint_unset, standard_names_unknown};
use papers::{standard_missing, standard_record_missing, standard_review_overdue, standard_unapproved};
use results::{denied_lint_violated, lint_suppressed, warned_lint_violated};

rules!["standard":
    standard_missing, standard_unapproved, standard_review_overdue, standard_record_missing,
    standard_names_unknown, required_lint_too_new, required_lint_unset, denied_lint_violated, warned_lint_violated,
    lint_suppressed,
];

/// What is said about the same place, place by place.
fn by_place<'a, T>(said: impl Iterator<Item = (&'a Location, T)>) -> BTreeMap<&'a Location, Vec<T>> {
    let mut places: BTreeMap<&Location, Vec<T>> = BTreeMap::new();
    for (place, what) in said {
        places.entry(place).or_default().push(what);
    }
    places
}

/// The first words of a list, and how many more there are.
fn some_of<T: AsRef<str>>(words: &[T]) -> String {
    const TOLD: usize = 3;
    let told: Vec<String> = words.iter().take(TOLD).map(|word| format!("`{}`", word.as_ref())).collect();
    let more = words.len().saturating_sub(TOLD);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", told.join(", "))
}
