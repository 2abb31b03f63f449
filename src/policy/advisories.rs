//! How advisories are judged: `[advisories]`.

use std::collections::BTreeMap;

use crate::document::{Fields, Value};
use crate::error::Fault;
use crate::source::Placed;

/// How old advisory data may be, in days: `[advisories]`.
#[derive(Debug, Clone)]
pub struct AdvisoryLimits {
    /// Older data is said on the first screen.
    pub warn_after_days: u32,
    /// Older data leaves the advisory rules undetermined.
    pub undetermined_after_days: u32,
    /// Why the limits differ from the default.
    pub reason: Option<Placed<String>>,
    /// For how many days after its publication a vulnerability warns before it closes the gate, by
    /// the word for its severity; the key `unknown` is for those without one. Empty: not a day.
    pub grace_days: BTreeMap<String, Placed<u32>>,
    /// Which unmaintained components are told.
    pub unmaintained: UnmaintainedScope,
}

impl Default for AdvisoryLimits {
    fn default() -> Self {
        Self {
            warn_after_days: 30,
            undetermined_after_days: 90,
            reason: None,
            grace_days: BTreeMap::new(),
            unmaintained: UnmaintainedScope::All,
        }
    }
}

/// Which unmaintained components are told; the others stay in the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnmaintainedScope {
    /// Every component.
    All,
    /// Those that a member names itself.
    Direct,
}

impl UnmaintainedScope {
    const WORDS: &'static [(&'static str, Self)] = &[("all", Self::All), ("direct", Self::Direct)];
}

pub(super) fn read_limits(table: &Value, faults: &mut Vec<Fault>) -> AdvisoryLimits {
    let mut fields = Fields::new(table, "[advisories]", faults);
    let mut limits = AdvisoryLimits::default();
    let mut changed = None;
    for (key, limit) in [
        ("warn_after_days", &mut limits.warn_after_days),
        ("undetermined_after_days", &mut limits.undetermined_after_days),
    ] {
        if let Some(days) = fields.integer(key) {
            match u32::try_from(days.value) {
                Ok(number) => *limit = number,
                Err(_) => fields.fault(&days.at, format!("`{key}` is not a number of days"), None),
            }
            changed = Some(days.at);
        }
    }
    limits.reason = fields.string("reason");
    if let Some(grace) = fields.value("grace") {
        limits.grace_days = read_grace(grace, fields.faults());
    }
    if let Some(scope) = fields.word("unmaintained", UnmaintainedScope::WORDS) {
        limits.unmaintained = scope.value;
    }
    if let (Some(at), None) = (changed, &limits.reason) {
        fields.fault(
            &at,
            "a limit of its own needs a reason",
            Some("add `reason = \"...\"` to [advisories]".into()),
        );
    }
    fields.finish();
    limits
}

fn read_grace(table: &Value, faults: &mut Vec<Fault>) -> BTreeMap<String, Placed<u32>> {
    let mut fields = Fields::new(table, "[advisories.grace]", faults);
    let mut days = BTreeMap::new();
    for severity in ["critical", "high", "medium", "low", "none", "unknown"] {
        if let Some(limit) = fields.days(severity) {
            days.insert(severity.to_owned(), limit);
        }
    }
    fields.finish();
    days
}
