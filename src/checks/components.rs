//! Checks on components.

use super::rules;

rules!["components":];
