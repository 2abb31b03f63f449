//! Checks on threat models: alone, and against the code.
//!
//! - `models`: whether there is one that can be read, and whether its ids lead somewhere;
//! - `answers`: which threats are open;
//! - `coverage`: interfaces, roles and threats against each other;
//! - `tested`: mitigations against the tests that the code has;
//! - `code`: what the model says of the code against the code.

mod answers;
mod code;
mod coverage;
mod models;
mod tested;

use super::{claims, rules};
use crate::source::Placed;

pub use answers::standing;

use answers::{acceptance_expired, threat_open, threat_untouched};
use code::{listener_contradicts_model, named_code_missing, undeclared_listener};
use coverage::{interface_without_threat, role_without_interface};
use models::{threat_model_missing, threat_model_unreadable, threat_reference_dangling};
use tested::{mitigation_not_attacked, mitigation_without_test, named_test_ignored, named_test_missing};

rules!["threats":
    threat_model_missing,
    threat_model_unreadable,
    threat_reference_dangling,
    threat_open,
    threat_untouched,
    acceptance_expired,
    interface_without_threat,
    role_without_interface,
    mitigation_without_test,
    mitigation_not_attacked,
    named_test_missing,
    named_test_ignored,
    named_code_missing,
    undeclared_listener,
    listener_contradicts_model,
];

/// The words of what was placed.
fn words<'a>(placed: impl IntoIterator<Item = &'a Placed<String>>) -> impl Iterator<Item = &'a str> {
    placed.into_iter().map(|word| word.value.as_str())
}
