//! Checks on how vulnerabilities are handled: who can tell of them, how far each issue has come, who is told (4.1.7,
//! 6.1.1, 9.2 to 9.5).
//!
//! - [`promises`]: what is promised, and where the promise has holes
//! - [`register`]: what an entry of the register lacks, and where it contradicts itself or the facts
//! - [`progress`]: what takes too long, and what nobody has looked at again
//! - [`disclosure`]: bulletins, fixes that nobody was told of, sister products
//!
//! A rule that needs a decision which nobody has taken is undecided. A register without an entry is no fault.

mod disclosure;
mod progress;
mod promises;
mod register;

use crate::facts::Facts;
use crate::facts::advisories::Advisory;
use crate::policy::Issue;

use super::rules;

use disclosure::{affected_release_left_out, bulletin_incomplete, fix_undisclosed, sibling_untold};
use progress::{issue_overdue, issues_unreviewed};
use promises::{intake_incomplete, update_promise_incomplete};
use register::{issue_contradictory, issue_incomplete};

rules!["issues":
    intake_incomplete, update_promise_incomplete,
    issue_incomplete, issue_contradictory, issue_overdue, issues_unreviewed,
    fix_undisclosed, bulletin_incomplete, affected_release_left_out, sibling_untold,
];

/// The advisories at hand that an issue is about.
fn advisories<'a>(facts: &'a Facts, issue: &'a Issue) -> impl Iterator<Item = &'a Advisory> {
    issue.about.iter().filter_map(|name| facts.advisories.named(&name.value))
}

/// Names as a list for people: `a`, `b`.
fn keys(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
