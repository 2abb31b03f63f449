//! Results of Clippy, judged by the levels that the standard asks for.

use crate::facts::Facts;
use crate::facts::clippy::{LintResult, Standing};
use crate::facts::lints::known::speaks_of;
use crate::finding::{Finding, Findings};
use crate::policy::Standard;
use crate::policy::standard::{Demand, Required};

/// What is asked of a lint: by the manufacturer's standard, else by what comes with the tool, which only warns.
struct Asked {
    standard: Standard,
    own: bool,
}

impl Asked {
    fn by(facts: &Facts) -> Self {
        match &facts.policy.standard {
            Some(standard) => Self { standard: standard.clone(), own: true },
            None => Self { standard: Standard::shipped(), own: false },
        }
    }

    /// The results of lints that are asked for, each with the level and the demand.
    fn of<'a>(
        &'a self,
        results: &'a [LintResult],
    ) -> impl Iterator<Item = (&'a LintResult, Required, &'a Demand)> {
        let required = self.standard.required_lints();
        let of = move |lint: &str| {
            let asked = required.iter().filter(|(named, _)| speaks_of(named, lint)).map(|(_, asked)| *asked);
            asked.max_by_key(|(level, _)| *level)
        };
        results.iter().filter_map(move |result| {
            let (level, demand) = of(&result.lint)?;
            Some((result, if self.own { level } else { Required::Warn }, demand))
        })
    }
}

pub(super) fn denied_lint_violated(facts: &Facts, found: &mut Findings<'_>) {
    violated(facts, found, |level| level >= Required::Deny);
}

pub(super) fn warned_lint_violated(facts: &Facts, found: &mut Findings<'_>) {
    violated(facts, found, |level| level == Required::Warn);
}

fn violated(facts: &Facts, found: &mut Findings<'_>, wanted: impl Fn(Required) -> bool) {
    if !facts.clippy.was_run() {
        return found.undecided();
    }
    let asked = Asked::by(facts);
    for (result, level, demand) in asked.of(&facts.clippy.results) {
        if wanted(level) && matches!(result.standing, Standing::Open(_)) {
            tell(result, demand, "", found);
        }
    }
}

pub(super) fn lint_suppressed(facts: &Facts, found: &mut Findings<'_>) {
    if !facts.clippy.was_run() {
        return found.undecided();
    }
    let asked = Asked::by(facts);
    for (result, _, demand) in asked.of(&facts.clippy.results) {
        match &result.standing {
            Standing::Open(_) => {}
            Standing::Off => _ = tell(result, demand, ", and nobody has switched the lint on", found),
            Standing::Level(at) => {
                tell(result, demand, ", and the lint is off", found).with(at, "switched off here");
            }
            Standing::Attribute(index) => {
                let attribute = &facts.code.lint_attributes[*index];
                let reason = attribute.reason.as_deref().unwrap_or_default().trim();
                let reason = if reason.is_empty() { "without a reason" } else { reason };
                let what = format!(", allowed: {}", reason.split_whitespace().collect::<Vec<_>>().join(" "));
                tell(result, demand, &what, found).with(&attribute.site.at, "allowed here");
            }
        }
    }
}

fn tell<'a>(
    result: &LintResult,
    demand: &Demand,
    what: &str,
    found: &'a mut Findings<'_>,
) -> &'a mut Finding {
    let message = format!("`{}`: {}{what}", result.lint, result.message);
    let finding = found.add(&result.at, message.trim_end_matches(['.', '!', '?', ':', ' ']));
    finding.about(&result.lint).about(&result.module).about(&demand.id);
    if let Some(call) = &result.called_at {
        finding.with(call, "the macro is called here");
    }
    finding
}
