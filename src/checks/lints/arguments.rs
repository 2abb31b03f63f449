//! Unsafe code that says nothing for itself, where nobody asks.

use crate::checks::code::unargued;
use crate::facts::Facts;
use crate::facts::code::UnsafeSite;
use crate::facts::lints::LintLevel;
use crate::finding::Findings;

use super::{chosen, product_units};

/// The lint that asks.
const LINT: &str = "clippy::undocumented_unsafe_blocks";
/// How many of the places are shown.
const SHOWN: usize = 3;

pub(super) fn safety_argument_unasked(facts: &Facts, found: &mut Findings<'_>) {
    // By a policy each of the places is judged.
    if facts.policy.at.is_some() {
        return;
    }
    for (member, lints) in chosen(facts) {
        let asks = |unit: &usize| {
            facts.lints.level_in(*unit, LINT).is_some_and(|word| word.level >= LintLevel::Warn)
        };
        let silent: Vec<usize> = product_units(facts, lints).into_iter().filter(|unit| !asks(unit)).collect();
        let places: Vec<&UnsafeSite> =
            unargued(facts).map(|one| one.site).filter(|site| silent.contains(&site.site.unit)).collect();
        if places.is_empty() {
            continue;
        }
        let (number, name) = (places.len(), &member.name);
        let (places_of, state) = if number == 1 { ("place of", "states") } else { ("places of", "state") };
        let message = format!(
            "in `{name}`, {number} {places_of} unsafe code {state} no safety argument, and nobody asks for one"
        );
        let manifest = member.manifest.source.path();
        let finding = found.add(&lints.at, message);
        finding.about(name).help(format!(
            "set `{LINT}` below `[lints.clippy]` in {manifest}, or start a policy with `cargo health-sec init`"
        ));
        for (index, site) in places.iter().take(SHOWN).enumerate() {
            finding.with(&site.site.at, if index == 0 { "states none" } else { "nor does this" });
        }
    }
}
