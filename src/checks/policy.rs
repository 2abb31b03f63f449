//! Checks on the policy itself: exceptions expire and must be used.

use crate::facts::Facts;
use crate::finding::Findings;
use crate::policy::covers;

use super::rules;

rules!["policy": waiver_expired, waiver_unused];

fn waiver_expired(facts: &Facts, found: &mut Findings<'_>) {
    for waiver in facts.policy.waivers.iter().filter(|waiver| !waiver.holds_on(facts.as_of)) {
        let Some(until) = &waiver.until else { continue };
        found
            .add(&until.at, format!("this waiver of `{}` ended on {}", waiver.rule.value, until.value))
            .about(&waiver.rule.value);
    }
}

fn waiver_unused(facts: &Facts, found: &mut Findings<'_>) {
    for waiver in &facts.policy.waivers {
        let rule = waiver.rule.value.as_str();
        let Some(known) = super::rule(rule) else {
            found.add(&waiver.rule.at, format!("there is no rule `{rule}`")).about(rule);
            continue;
        };
        // What was not looked at can't show that a waiver is superfluous.
        let complete = facts.workspace.members.iter().all(|member| member.chosen)
            && !facts.gaps.iter().any(|gap| known.inspects.contains(&gap.kind));
        let used = found.before().iter().any(|finding| {
            finding.rule.id == rule && covers(&waiver.place.value, finding.at.path(), &finding.subjects)
        });
        if complete && !used {
            found
                .add(&waiver.place.at, format!("no finding of `{rule}` is at `{}`", waiver.place.value))
                .about(rule);
        }
    }
}
