//! Checks on threats.

use super::rules;

rules!["threats":];
