//! What ought to be: pure functions that compare facts with rules.
//!
//! A rule is a page in `rules/<family>/` and a function of the same name in the file of its family,
//! named in that file's `rules!` line. Checks are total: no `Result`, no input or output, no
//! clock. A check that needs a new observation gets it from [`facts`](crate::facts).

mod advisories;
mod claims;
mod code;
mod components;
mod deployment;
mod files;
mod history;
mod issues;
mod lints;
pub mod listing;
mod pipeline;
mod policy;
pub mod standard;
pub mod threats;
mod workspace;

#[cfg(test)]
mod examples;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::facts::Facts;
use crate::finding::{Finding, Findings};
use crate::rule::Rule;

pub use code::Unjudged;

/// Compares facts with one rule.
pub type Check = fn(&Facts, &mut Findings<'_>);

/// A rule's family, name, page and check, before the page is read.
type Entry = (&'static str, &'static str, &'static str, Check);

/// Registers the rules of a family: the folder of the pages, then the names of the functions.
///
/// Makes the table `RULES`, embeds each page, and makes a test of the same name that runs the
/// page's examples. Without its page a rule does not compile.
macro_rules! rules {
    ($family:literal: $($name:ident),* $(,)?) => {
        pub(super) const RULES: &[super::Entry] = &[$((
            $family,
            stringify!($name),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/", $family, "/", stringify!($name), ".md")),
            $name as super::Check,
        )),*];

        #[cfg(test)]
        mod pages {
            $(
                #[test]
                fn $name() {
                    crate::checks::examples::run(stringify!($name));
                }
            )*
        }
    };
}
use rules;

/// Every rule with its check, by family, then in the order of the family's file; the family
/// `policy` comes last, since its checks look at what the others found.
///
/// # Panics
/// When an embedded page is broken, which a test rules out.
#[must_use]
pub fn catalogue() -> &'static [(Rule, Check)] {
    static CATALOGUE: LazyLock<Vec<(Rule, Check)>> = LazyLock::new(|| {
        let families = [
            workspace::RULES,
            components::RULES,
            advisories::RULES,
            code::RULES,
            files::RULES,
            lints::RULES,
            standard::RULES,
            threats::RULES,
            deployment::RULES,
            pipeline::RULES,
            history::RULES,
            issues::RULES,
            policy::RULES,
        ];
        families
            .into_iter()
            .flatten()
            .map(|(family, id, page, check)| {
                #[expect(clippy::expect_used, reason = "every embedded page is read by a test")]
                let rule = Rule::read(family, id, page).expect("embedded pages are well formed");
                (rule, *check)
            })
            .collect()
    });
    &CATALOGUE
}

/// The rule with this name.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    catalogue().iter().map(|(rule, _)| rule).find(|rule| rule.id == id)
}

/// What the checks have to say.
#[derive(Debug, Default)]
pub struct Checked {
    /// Where rules are not kept, ordered by rule, then by place.
    pub findings: Vec<Finding>,
    /// Rules that compare with a decision which nobody has taken.
    pub undecided: BTreeSet<&'static str>,
}

impl From<Vec<Finding>> for Checked {
    fn from(findings: Vec<Finding>) -> Self {
        Self { findings, undecided: BTreeSet::new() }
    }
}

/// Compares the facts with every rule that they speak of.
#[must_use]
pub fn run(facts: &Facts) -> Checked {
    let mut checked = Checked::default();
    for (rule, check) in catalogue().iter().filter(|(rule, _)| facts.speak_of(&rule.inspects)) {
        let mut findings = Findings::new(rule, &checked.findings);
        check(facts, &mut findings);
        if findings.is_undecided() {
            checked.undecided.insert(rule.id);
        }
        let found = findings.into_sorted();
        checked.findings.extend(found);
    }
    checked
}
