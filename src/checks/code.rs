//! Checks on code.

use super::rules;

rules!["code":];
