//! What sorts the rules: clauses of the standard and classes of weaknesses, as taxonomies.

use std::collections::BTreeSet;

use crate::report::Report;
use crate::rule::{ClauseNumber, Rule};

use super::{log, message};

const STANDARD: &str = "IEC 81001-5-1";
const WEAKNESSES: &str = "CWE";

/// The taxa that rules of this run belong to, each list in its order.
pub(super) struct Taxa {
    clauses: Vec<ClauseNumber>,
    weaknesses: Vec<u32>,
}

impl Taxa {
    pub(super) fn of(report: &Report) -> Self {
        let rules = || report.outcomes.iter().map(|outcome| outcome.rule);
        let clauses: BTreeSet<&ClauseNumber> = rules().flat_map(|rule| &rule.clauses).collect();
        let weaknesses: BTreeSet<u32> = rules().flat_map(|rule| rule.cwe.iter().copied()).collect();
        Self { clauses: clauses.into_iter().cloned().collect(), weaknesses: weaknesses.into_iter().collect() }
    }

    /// The names under which a rule's relationships find them, in the order of [`Taxa::written`].
    pub(super) fn references() -> Vec<log::ComponentReference> {
        [STANDARD, WEAKNESSES].into_iter().enumerate().map(|(index, name)| reference(name, index)).collect()
    }

    /// Both taxonomies. The standard's titles stay with the standard.
    pub(super) fn written(&self) -> Vec<log::Taxonomy> {
        let taxon = |id: String| log::Taxon { id };
        vec![
            log::Taxonomy {
                name: STANDARD,
                organization: "IEC",
                short_description: message("Clauses on security in the life cycle of health software"),
                is_comprehensive: false,
                taxa: self.clauses.iter().map(|clause| taxon(clause.to_string())).collect(),
            },
            log::Taxonomy {
                name: WEAKNESSES,
                organization: "MITRE",
                short_description: message("The Common Weakness Enumeration"),
                is_comprehensive: false,
                taxa: self.weaknesses.iter().map(|number| taxon(number.to_string())).collect(),
            },
        ]
    }

    /// What a rule belongs to.
    pub(super) fn relationships(&self, rule: &Rule) -> Vec<log::Relationship> {
        let clauses = rule.clauses.iter().filter_map(|clause| {
            Some(relationship(clause.to_string(), self.clauses.binary_search(clause).ok()?, STANDARD, 0))
        });
        let weaknesses = rule.cwe.iter().filter_map(|number| {
            Some(relationship(number.to_string(), self.weaknesses.binary_search(number).ok()?, WEAKNESSES, 1))
        });
        clauses.chain(weaknesses).collect()
    }
}

fn relationship(id: String, index: usize, name: &'static str, component: usize) -> log::Relationship {
    let target = log::Target { id, index, tool_component: reference(name, component) };
    log::Relationship { target, kinds: ["relevant"] }
}

fn reference(name: &'static str, index: usize) -> log::ComponentReference {
    log::ComponentReference { name, index }
}
