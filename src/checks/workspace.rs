//! Checks on workspace.

use super::rules;

rules!["workspace":];
