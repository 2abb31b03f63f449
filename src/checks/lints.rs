//! Checks on lints.

use super::rules;

rules!["lints":];
