//! Checks on advisories.

use super::rules;

rules!["advisories":];
