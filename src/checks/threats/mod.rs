//! Checks on threat models: alone, and against the code.
//!
//! - `models`: whether there is one that can be read, and whether its ids lead somewhere;
//! - `answers`: which threats are open; `closed`: what is set aside, and why;
//! - `words`: words that nobody knows, and what the policy says of them;
//! - `coverage`: interfaces, roles and threats against each other; `stride`: every category of every element;
//! - `context`: where the product stands, and what crosses its borders;
//! - `risk`: ratings, harm, reviews; `metrics`: single metrics of a rating against the model;
//! - `reviews`: whether what was reviewed is what there is now;
//! - `loosened`: answers that became easier since an earlier revision;
//! - `hazards`: threats and what risk management knows of hazards;
//! - `said`: what a model leaves unsaid;
//! - `asserts`: tests that assert nothing;
//! - `people`: who tested, reviewed and approved, and whose work;
//! - `ports`: scans of ports against declared interfaces;
//! - `results`: tests that the model names against their results;
//! - `tested`: mitigations against the tests that the code has;
//! - `code`: what the model says of the code against the code; `stale`: what it shows and the code does not have;
//! - `parts`: programs and components; `promises`: protection and doors for developers; `worth`: assets and updates;
//! - `claimed`: which interface claims a place in the code; `listening`: ways in; `reach`: ways out, devices, programs.

mod answers;
mod asserts;
mod claimed;
mod closed;
mod code;
mod context;
mod coverage;
mod hazards;
mod listening;
mod loosened;
mod metrics;
mod models;
mod parts;
mod people;
mod ports;
mod promises;
mod reach;
mod results;
mod reviews;
mod risk;
mod said;
mod stale;
mod stride;
mod tested;
mod words;
mod worth;

use super::{claims, rules};
use crate::source::Placed;

pub use answers::standing;

use answers::{acceptance_expired, threat_open, threat_untouched};
use asserts::named_test_asserts_nothing;
use closed::{left_out_without_reason, reason_repeated};
use code::{modelled_crate_missing, named_code_missing};
use context::{
    boundary_crossed_in_clear, boundary_protection_unsaid, drawn_line_unprotected, neighbour_incomplete,
    security_context_incomplete,
};
use coverage::{
    crossing_without_threat, interface_without_role, interface_without_threat, role_without_interface,
};
use hazards::{hazard_unlisted, hazard_without_threat};
use listening::{listener_contradicts_model, listener_port_unresolved, undeclared_listener};
use loosened::risk_loosened_without_review;
use metrics::rating_contradicts_model;
use models::{
    threat_model_missing, threat_model_template, threat_model_unbuilt, threat_model_unlinked,
    threat_model_unreadable, threat_reference_dangling,
};
use parts::{network_crate_outside_model, program_outside_model};
use people::{acceptance_by_owner, attack_by_implementer, reviewed_by_author};
use ports::{declared_port_closed, port_scan_missing, port_scan_outdated, scanned_port_undeclared};
use promises::{code_weaker_than_model, debug_access_unaddressed};
use reach::{undeclared_child_process, undeclared_connection, undeclared_local_interface};
use results::{named_test_failed, named_test_flaky, named_test_without_result, results_of_other_code};
use reviews::{review_leaves_code_out, threat_review_outdated};
use risk::{
    harm_unanswered, rating_contradictory, residual_risk_unaccepted, threat_review_overdue, threat_unrated,
};
use said::{
    acceptance_by_wrong_person, acceptance_incomplete, assumption_without_consequence, evidence_differs,
    facts_lost_on_import, new_risk_unanswered, security_view_missing,
};
use stale::{interface_not_opened, interface_without_listener};
use stride::stride_category_missing;
use tested::{
    mitigation_not_attacked, mitigation_without_test, named_test_empty, named_test_ignored,
    named_test_missing,
};
use words::{model_word_unknown, synonym_closes_threat, synonym_unused};
use worth::{asset_unprotected, update_path_missing};

rules!["threats":
    threat_model_missing,
    threat_model_unreadable,
    threat_model_unbuilt,
    threat_model_unlinked,
    threat_model_template,
    threat_reference_dangling,
    model_word_unknown,
    synonym_unused,
    synonym_closes_threat,
    threat_open,
    threat_untouched,
    acceptance_expired,
    interface_without_threat,
    crossing_without_threat,
    stride_category_missing,
    left_out_without_reason,
    reason_repeated,
    role_without_interface,
    mitigation_without_test,
    mitigation_not_attacked,
    named_test_missing,
    named_test_ignored,
    named_code_missing,
    undeclared_listener,
    listener_contradicts_model,
    listener_port_unresolved,
    interface_without_listener,
    interface_not_opened,
    undeclared_connection,
    undeclared_local_interface,
    undeclared_child_process,
    modelled_crate_missing,
    program_outside_model,
    network_crate_outside_model,
    code_weaker_than_model,
    debug_access_unaddressed,
    asset_unprotected,
    update_path_missing,
    interface_without_role,
    security_context_incomplete,
    neighbour_incomplete,
    boundary_crossed_in_clear,
    boundary_protection_unsaid,
    drawn_line_unprotected,
    threat_unrated,
    rating_contradictory,
    rating_contradicts_model,
    residual_risk_unaccepted,
    harm_unanswered,
    hazard_unlisted,
    hazard_without_threat,
    threat_review_overdue,
    threat_review_outdated,
    review_leaves_code_out,
    risk_loosened_without_review,
    facts_lost_on_import,
    assumption_without_consequence,
    acceptance_incomplete,
    evidence_differs,
    acceptance_by_wrong_person,
    new_risk_unanswered,
    security_view_missing,
    named_test_empty,
    named_test_failed,
    named_test_flaky,
    named_test_without_result,
    named_test_asserts_nothing,
    results_of_other_code,
    scanned_port_undeclared,
    declared_port_closed,
    port_scan_missing,
    port_scan_outdated,
    attack_by_implementer,
    reviewed_by_author,
    acceptance_by_owner,
];

/// The words of what was placed.
fn words<'a>(placed: impl IntoIterator<Item = &'a Placed<String>>) -> impl Iterator<Item = &'a str> {
    placed.into_iter().map(|word| word.value.as_str())
}

/// So many things are told in one sentence.
const MOST_TOLD: usize = 3;

/// The first of some things, and how many more there are.
fn few(things: &[String]) -> String {
    let told = things.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join(", ");
    match things.len().saturating_sub(MOST_TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}
