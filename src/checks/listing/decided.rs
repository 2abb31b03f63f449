//! What the manufacturer has put on record about an item.

use crate::facts::Facts;
use crate::policy::{Fork, Record};
use crate::source::Placed;

use super::{Copied, Filed};

pub(super) fn filed(record: &Record) -> Filed {
    let text = |field: &Option<Placed<String>>| field.as_ref().map(|field| field.value.clone());
    Filed {
        support: record.support.as_ref().map(|level| level.value),
        end_of_support: record.end_of_support.as_ref().map(|end| end.value),
        support_plan: text(&record.support_plan),
        purpose: text(&record.purpose),
        requirement: text(&record.requirement),
        risk: text(&record.risk),
        watch: text(&record.watch),
        reviewed_on: record.reviewed_on.as_ref().map(|day| day.value),
    }
}

/// What is decided for all components holds for each that has no decision of its own.
pub(super) fn supported(facts: &Facts, name: &str, filed: Filed) -> Filed {
    let policy = &facts.policy;
    Filed {
        support: policy.support_of(name).map(|level| level.value),
        end_of_support: policy.end_of_support_of(name).map(|end| end.value),
        support_plan: policy.support_plan_of(name).map(|plan| plan.value.clone()),
        ..filed
    }
}

pub(super) fn copied(fork: &Fork) -> Copied {
    let text = |field: &Option<Placed<String>>| field.as_ref().map(|field| field.value.clone());
    Copied {
        of: text(&fork.of),
        reason: text(&fork.reason),
        fixes: fork.fixes.iter().map(|fix| fix.value.clone()).collect(),
        proof: text(&fork.proof),
    }
}
