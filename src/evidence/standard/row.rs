//! One demand of the standard: what enforces it, and whether that holds.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::checks;
use crate::checks::standard::{LintState, lint_state};
use crate::facts::clippy::Standing;
use crate::facts::lints::known::speaks_of;
use crate::policy::standard::{Demand, Exclusion, Review};
use crate::report::{Report, Verdict};

use super::Results;

/// How many members are named.
const MEMBERS: usize = 3;

/// What enforces a demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// The compiler or Clippy.
    Lint,
    /// A rule of this tool on the sources.
    Rule,
    /// A rule of this tool on manifests, configuration, records.
    Configuration,
    /// A person.
    Review,
}

impl Channel {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Rule => "rule",
            Self::Configuration => "configuration",
            Self::Review => "review",
        }
    }
}

/// Whether a demand is met. Ordered: the worst of its channels wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It does not apply.
    NotApplicable,
    /// All that enforces it holds.
    Met,
    /// A person has to look, and there is no record of it.
    NeedsRecord,
    /// Something could not be looked at.
    CouldNotTell,
    /// Something does not hold.
    Unmet,
}

impl Outcome {
    /// The words for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotApplicable => "not applicable",
            Self::Met => "met",
            Self::NeedsRecord => "needs a record",
            Self::CouldNotTell => "could not tell",
            Self::Unmet => "unmet",
        }
    }
}

/// A demand with its result.
#[derive(Debug)]
pub struct Row<'a> {
    /// The demand.
    pub demand: &'a Demand,
    /// What enforces it.
    pub channels: Vec<Channel>,
    /// The result.
    pub outcome: Outcome,
    /// Why it is no better.
    pub because: Vec<String>,
    /// The review on record.
    pub review: Option<&'a Review>,
    /// Why it does not apply.
    pub exclusion: Option<&'a Exclusion>,
    /// Results of its lints that stand open and that are kept silent; `None` where Clippy was not asked.
    pub places: Option<(usize, usize)>,
}

impl<'a> Row<'a> {
    /// Judges a demand.
    #[must_use]
    pub(super) fn new(results: &'a Results<'_>, demand: &'a Demand) -> Self {
        let report = results.report;
        let mut row = Self {
            demand,
            channels: channels(demand),
            outcome: Outcome::Met,
            because: Vec::new(),
            review: results.standard.review(demand),
            exclusion: results.standard.exclusion(demand),
            places: places(report, demand),
        };
        if row.exclusion.is_some() {
            row.outcome = Outcome::NotApplicable;
            return row;
        }
        row.lints(report);
        row.rules(report);
        row.record(report);
        row
    }

    fn worse(&mut self, outcome: Outcome, because: String) {
        self.outcome = self.outcome.max(outcome);
        self.because.push(because);
    }

    fn lints(&mut self, report: &Report) {
        let demand = self.demand;
        let mut below: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
        for lint in &demand.lints {
            let name = lint.value.as_str();
            match lint_state(&report.facts, name, demand.level) {
                LintState::On => {}
                LintState::Below(members) => below.entry(members).or_default().push(name),
                LintState::TooNew => {
                    self.worse(Outcome::CouldNotTell, format!("{name} is newer than the toolchain"));
                }
                LintState::Unknown => self.worse(Outcome::Unmet, format!("there is no lint {name}")),
            }
        }
        for (members, lints) in below {
            let are = if lints.len() == 1 { "is" } else { "are" };
            let more = members.len().saturating_sub(MEMBERS);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let named: Vec<&str> = members.into_iter().take(MEMBERS).collect();
            let (lints, level) = (lints.join(", "), demand.level.word());
            self.worse(Outcome::Unmet, format!("{lints} {are} below {level} in {}{more}", named.join(", ")));
        }
        if let Some((open, _)) = self.places.filter(|(open, _)| *open > 0) {
            self.worse(Outcome::Unmet, format!("Clippy has found {open} open places"));
        }
        if report.facts.clippy.was_run() && !demand.lints.is_empty() {
            let gaps = report.facts.gaps.iter().filter(|gap| gap.kind == crate::facts::Kind::Clippy);
            if let Some(gap) = gaps.into_iter().next() {
                self.worse(Outcome::CouldNotTell, format!("{}: {}", gap.what, gap.why));
            }
        }
    }

    fn rules(&mut self, report: &Report) {
        for id in self.demand.rules.iter().map(|id| id.value.as_str()) {
            let outcome = report.outcomes.iter().find(|outcome| outcome.rule.id == id);
            let Some(outcome) = outcome else {
                self.worse(Outcome::Unmet, format!("this tool has no rule {id}"));
                continue;
            };
            match outcome.verdict {
                Verdict::Met | Verdict::Accepted => {}
                Verdict::Unmet => {
                    let standing = outcome.standing().count();
                    self.worse(Outcome::Unmet, format!("{id} has {standing} open findings"));
                }
                Verdict::Undecided => {
                    self.worse(
                        Outcome::CouldNotTell,
                        format!("{id} waits for a decision of the manufacturer"),
                    );
                }
                Verdict::Undetermined => {
                    self.worse(Outcome::CouldNotTell, format!("{id} could not look at everything"));
                }
            }
        }
    }

    fn record(&mut self, report: &Report) {
        let Some(what) = &self.demand.review else { return };
        match self.review {
            None => self.worse(Outcome::NeedsRecord, format!("a person has to look at {what}")),
            Some(review) if !report.facts.documents.present.contains(&review.record.value) => {
                self.worse(Outcome::NeedsRecord, format!("the record {} is not there", review.record.value));
            }
            Some(_) => {}
        }
    }
}

fn channels(demand: &Demand) -> Vec<Channel> {
    let mut channels = Vec::new();
    if !demand.lints.is_empty() {
        channels.push(Channel::Lint);
    }
    for rule in demand.rules.iter().filter_map(|id| checks::rule(&id.value)) {
        let channel = if rule.family == "code" { Channel::Rule } else { Channel::Configuration };
        if !channels.contains(&channel) {
            channels.push(channel);
        }
    }
    if demand.review.is_some() {
        channels.push(Channel::Review);
    }
    channels
}

/// Open and silent results of the lints of a demand.
fn places(report: &Report, demand: &Demand) -> Option<(usize, usize)> {
    let clippy = &report.facts.clippy;
    if !clippy.was_run() || demand.lints.is_empty() {
        return None;
    }
    let of_it = |lint: &str| demand.lints.iter().any(|named| speaks_of(&named.value, lint));
    let results = clippy.results.iter().filter(|result| of_it(&result.lint));
    let (open, silent): (Vec<_>, Vec<_>) =
        results.partition(|result| matches!(result.standing, Standing::Open(_)));
    Some((open.len(), silent.len()))
}
