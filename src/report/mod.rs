//! What to tell: verdicts, and one writer a format.

mod before;
pub mod build_script;
#[cfg(test)]
mod fixture;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod rustc;
pub mod sarif;
pub mod text;

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use crate::checks::{self, Checked};
use crate::facts::{Facts, Gap, Kind};
use crate::finding::{self, Finding, Mark, Match, accepts};
use crate::policy::{Independence, Policy, Waiver};
use crate::request::{Level, Request};
use crate::rule::{Rule, Tier};
use crate::source::Location;

pub use before::Before;

/// Everything an inspection has to tell.
#[derive(Debug)]
pub struct Report {
    /// What was observed.
    pub facts: Facts,
    /// Every rule with its verdict, in the order of the catalogue.
    pub outcomes: Vec<Outcome>,
    /// Levels changed on the command line.
    pub levels: Vec<(String, Level)>,
    /// Whether warnings and undetermined rules fail too.
    pub strict: bool,
    /// What findings were held against, where only new ones count; for people.
    pub against: Option<String>,
    /// How much could not be looked at before either, where only what is new counts.
    pub old_gaps: usize,
}

/// A rule with its verdict.
#[derive(Debug)]
pub struct Outcome {
    /// The rule.
    pub rule: &'static Rule,
    /// Its tier in this run, after the command line.
    pub tier: Tier,
    /// The verdict.
    pub verdict: Verdict,
    /// Its findings, waived ones included.
    pub findings: Vec<Judged>,
}

impl Outcome {
    /// Findings that nobody has accepted.
    pub fn standing(&self) -> impl Iterator<Item = &Judged> {
        self.findings.iter().filter(|judged| judged.waiver.is_none() && !judged.inherited)
    }

    /// Findings that were there before, where only new ones count.
    pub fn inherited(&self) -> impl Iterator<Item = &Judged> {
        self.findings.iter().filter(|judged| judged.inherited)
    }

    /// Accepted findings, each with its waiver.
    pub fn waived(&self) -> impl Iterator<Item = (&Judged, &Waiver)> {
        self.findings.iter().filter_map(|judged| Some((judged, judged.waiver.as_ref()?)))
    }
}

/// A finding, and the waiver that accepts it.
#[derive(Debug)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// Its stable name; see [`Finding::fingerprint`].
    pub fingerprint: String,
    /// The waiver that accepts it today.
    pub waiver: Option<Waiver>,
    /// True where it was there before and only what is new counts.
    pub inherited: bool,
}

/// A finding that somebody has to be told of, with what it does to the run.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Its rule with the verdict.
    pub outcome: &'a Outcome,
    /// The finding.
    pub judged: &'a Judged,
    /// True where its rule fails the run.
    pub closes: bool,
}

impl Told<'_> {
    /// The rule.
    #[must_use]
    pub fn rule(&self) -> &'static Rule {
        self.outcome.rule
    }

    /// What is wrong and, where that is more than the remedy of the page, what to do.
    #[must_use]
    pub fn text(&self) -> String {
        let finding = &self.judged.finding;
        finding
            .help
            .as_ref()
            .map_or_else(|| finding.message.clone(), |help| format!("{}; {help}", finding.message))
    }
}

/// What became of a rule. Ordered: the worst wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Looked at, and nothing found.
    Met,
    /// Everything found is accepted.
    Accepted,
    /// What was found, or could not be looked at, was so before; only what is new counts in this run.
    Inherited,
    /// The rule compares with a decision that nobody has made yet: there is no policy.
    Undecided,
    /// Something it needs could not be looked at.
    Undetermined,
    /// Something found stands.
    Unmet,
}

impl Verdict {
    /// The word used in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Accepted => "accepted",
            Self::Inherited => "inherited",
            Self::Undecided => "undecided",
            Self::Undetermined => "undetermined",
            Self::Unmet => "unmet",
        }
    }
}

/// What the run as a whole comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// The gate is open.
    Pass,
    /// The gate is closed.
    Fail,
    /// Nothing closes the gate, but not everything could be looked at.
    CouldNotTell,
}

impl Report {
    /// Joins findings with the policy into verdicts.
    #[must_use]
    pub fn new(request: &Request, facts: Facts, checked: impl Into<Checked>) -> Self {
        let Checked { findings, undecided } = checked.into();
        let mut by_rule: BTreeMap<&str, Vec<Finding>> = BTreeMap::new();
        for finding in findings {
            by_rule.entry(finding.rule.id).or_default().push(finding);
        }
        let outcomes = checks::catalogue()
            .iter()
            .filter(|(rule, _)| facts.speak_of(&rule.inspects))
            .map(|(rule, _)| {
                let found = by_rule.remove(rule.id).unwrap_or_default();
                judge(
                    rule,
                    (level_of(request, rule.id).or_else(|| decided(&facts.policy, rule.id)), request.release),
                    found,
                    undecided.contains(rule.id),
                    &facts,
                )
            })
            .collect();
        let (levels, strict) = (request.levels.clone(), request.strict);
        let left: Option<Vec<Mark>> =
            facts.policy.baseline.as_ref().map(|baseline| baseline.entries.iter().map(Mark::from).collect());
        let mut report = Self { facts, outcomes, levels, strict, against: None, old_gaps: 0 };
        if let Some(left) = left.filter(|_| request.change.is_none()) {
            report.take_off(&left);
        }
        report
    }

    /// Sets aside what was there before: only what is new or worse counts from now on. What could not be looked at
    /// in a file that was changed since counts as new: nobody knows what the change brought.
    pub fn set_aside(&mut self, before: &Before, changed: &[String], against: String) {
        let all = self.facts.gaps.len();
        self.facts.gaps.retain(|gap| changed.contains(&gap.what) || !before.had(gap));
        self.old_gaps = all - self.facts.gaps.len();
        self.against = Some(against);
        self.take_off(&before.marks);
    }

    /// True where something stands, or was not looked at, that may have been so before.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let blind = |outcome: &Outcome| outcome.verdict == Verdict::Undetermined;
        !self.facts.gaps.is_empty()
            || self.outcomes.iter().any(|outcome| blind(outcome) || outcome.standing().next().is_some())
    }

    /// Takes findings off the account that are known from before.
    fn take_off(&mut self, before: &[Mark]) {
        for outcome in &mut self.outcomes {
            let open =
                outcome.findings.iter_mut().filter(|judged| judged.waiver.is_none() && !judged.inherited);
            let mut open: Vec<&mut Judged> = open.collect();
            let marks: Vec<Mark> = open.iter().map(|judged| Mark::of(&judged.finding)).collect();
            for (judged, found) in open.iter_mut().zip(finding::matched(before, &marks)) {
                judged.inherited = found.is_some();
            }
            let was_blind = outcome.verdict == Verdict::Undetermined;
            if outcome.verdict != Verdict::Undecided {
                outcome.verdict = verdict_of(outcome.rule, &outcome.findings, &self.facts);
            }
            if was_blind && outcome.verdict < Verdict::Inherited {
                outcome.verdict = Verdict::Inherited;
            }
        }
    }

    /// What the run comes to. The one place where this is decided, for every format.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        let blind =
            |outcome: &Outcome| outcome.tier == Tier::Gate && outcome.verdict == Verdict::Undetermined;
        if self.outcomes.iter().any(|outcome| self.closes(outcome)) {
            Conclusion::Fail
        } else if self.outcomes.iter().any(blind) {
            Conclusion::CouldNotTell
        } else {
            Conclusion::Pass
        }
    }

    /// True for a rule that closes the gate in this run.
    #[must_use]
    pub fn closes(&self, outcome: &Outcome) -> bool {
        match outcome.verdict {
            Verdict::Unmet => outcome.tier >= if self.strict { Tier::Warn } else { Tier::Gate },
            Verdict::Undetermined => self.strict && outcome.tier >= Tier::Warn,
            Verdict::Met | Verdict::Accepted | Verdict::Inherited | Verdict::Undecided => false,
        }
    }

    /// True where nothing but the age of data keeps the run from an answer: by that data, the gate is open.
    #[must_use]
    pub fn is_merely_old(&self) -> bool {
        let blind =
            self.outcomes.iter().filter(|o| o.tier == Tier::Gate && o.verdict == Verdict::Undetermined);
        self.conclusion() == Conclusion::CouldNotTell
            && blind.flat_map(|outcome| self.gaps_of(outcome.rule)).all(|gap| gap.aged)
    }

    /// Findings that people are told of where they work, the worst first: those of gate and warn rules that
    /// nobody has accepted. What is only registered is evidence.
    #[must_use]
    pub fn told(&self) -> Vec<Told<'_>> {
        let outcomes = self.outcomes.iter().filter(|outcome| outcome.tier > Tier::Register);
        let mut told: Vec<Told<'_>> = outcomes
            .flat_map(|outcome| {
                let closes = self.closes(outcome);
                outcome.standing().map(move |judged| Told { outcome, judged, closes })
            })
            .collect();
        // Stable: rules stay in the order of the catalogue, findings in that of their places.
        told.sort_by_key(|told| std::cmp::Reverse((told.closes, told.rule().severity)));
        told
    }

    /// A path as seen from the top of the repository, where a forge looks for it.
    #[must_use]
    pub fn in_repository(&self, path: &str) -> String {
        crate::source::joined(&self.facts.files.below, path)
    }

    /// What was inspected, by name ([`Facts::subject`]).
    #[must_use]
    pub fn subject(&self) -> &str {
        self.facts.subject()
    }

    /// A text without the folder in which the workspace happens to lie.
    #[must_use]
    pub fn portable(&self, text: &str) -> String {
        let root = self.facts.workspace.root.display().to_string();
        text.replace(&format!("{root}{}", std::path::MAIN_SEPARATOR), "").replace(&root, ".")
    }

    /// The exit code: 0 pass, 1 the gate failed, 2 could not tell. Codes 3 and 4 belong to
    /// [`Error`](crate::Error).
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.conclusion() {
            Conclusion::Pass => 0,
            Conclusion::Fail => 1,
            Conclusion::CouldNotTell => 2,
        }
    }

    /// Writes the report.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub fn write(&self, format: Format, style: text::Style, out: &mut dyn io::Write) -> io::Result<()> {
        match format {
            Format::Text => text::write(self, style, out),
            Format::Json => json::write(self, out),
            Format::Sarif => sarif::write(self, out),
            Format::Junit => junit::write(self, out),
            Format::Gitlab => gitlab::write(self, out),
            Format::Github => github::write(self, out),
            Format::Markdown => markdown::write(self, out),
            Format::Rustc => rustc::write(self, out),
            Format::BuildScript => build_script::write(self, out),
        }
    }

    /// Gaps that leave a rule undetermined.
    #[must_use]
    pub fn gaps_of(&self, rule: &Rule) -> Vec<&Gap> {
        self.facts.gaps.iter().filter(|gap| rule.inspects.contains(&gap.kind)).collect()
    }
}

/// The formats a report can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs; see `schemas/`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// `JUnit` XML, for any continuous integration.
    Junit,
    /// GitLab's code quality.
    Gitlab,
    /// GitHub's workflow commands.
    Github,
    /// Markdown, for a comment on a change.
    Markdown,
    /// The compiler's diagnostics as JSON, for editors and build tools.
    Rustc,
    /// What a build script prints, for cargo.
    BuildScript,
}

fn level_of(request: &Request, rule: &str) -> Option<Level> {
    request.levels.iter().rev().find(|(id, _)| id == rule).map(|(_, level)| *level)
}

/// The level that the policy gives to a rule: who may test is graded by the manufacturer (5.7.5).
fn decided(policy: &Policy, rule: &str) -> Option<Level> {
    let independence = policy.independence.as_ref().filter(|_| rule == "attack_by_implementer")?;
    Some(match independence.value {
        Independence::Anyone => Level::Allow,
        Independence::OtherPerson => Level::Warn,
        Independence::Independent => Level::Deny,
    })
}

fn judge(
    rule: &'static Rule,
    (level, release): (Option<Level>, bool),
    findings: Vec<Finding>,
    undecided: bool,
    facts: &Facts,
) -> Outcome {
    let tier = match level {
        Some(Level::Allow) => Tier::Register,
        Some(Level::Warn) => Tier::Warn,
        Some(Level::Deny) => Tier::Gate,
        None if release => rule.release,
        None => rule.tier,
    };
    // Compared with a decision that nobody has made, everything would be found: that says nothing. A
    // release to compare with can be named without a policy, and Clippy be run; rules that need these say so.
    let typed = [Kind::History, Kind::Reviews, Kind::Commits, Kind::Clippy];
    let undecided = undecided
        || (rule.decided_by.is_some()
            && !rule.inspects.iter().any(|kind| typed.contains(kind))
            && facts.policy.at.is_none()
            && !has_its_model(rule, facts)
            && level != Some(Level::Deny));
    let findings = if undecided { Vec::new() } else { findings };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let findings: Vec<Judged> = findings
        .into_iter()
        .map(|finding| {
            let first = finding.fingerprint(0);
            let same = seen.entry(first.clone()).or_default();
            let fingerprint = if *same == 0 { first } else { finding.fingerprint(*same) };
            *same += 1;
            let holds = |waiver: &&Waiver| accepts(waiver, &finding, facts) == Match::Holds;
            let waiver = facts.policy.waivers.iter().find(holds);
            let (waiver, finding) = (waiver.cloned(), without_secrets(finding, facts));
            Judged { waiver, finding, fingerprint, inherited: false }
        })
        .collect();
    let verdict = if undecided { Verdict::Undecided } else { verdict_of(rule, &findings, facts) };
    Outcome { rule, tier, verdict, findings }
}

/// True for a rule that asks for nothing but a threat model, where one is linked.
fn has_its_model(rule: &Rule, facts: &Facts) -> bool {
    let asks = rule.inspects.contains(&Kind::Threats) && !rule.inspects.contains(&Kind::Policy);
    asks && !(facts.threats.models.is_empty() && facts.threats.broken.is_empty())
}

/// The verdict on a rule whose decisions are taken.
fn verdict_of(rule: &Rule, findings: &[Judged], facts: &Facts) -> Verdict {
    if findings.iter().any(|judged| judged.waiver.is_none() && !judged.inherited) {
        Verdict::Unmet
    } else if facts.gaps.iter().any(|gap| rule.inspects.contains(&gap.kind)) {
        Verdict::Undetermined
    } else if findings.is_empty() {
        Verdict::Met
    } else if findings.iter().any(|judged| judged.inherited) {
        Verdict::Inherited
    } else {
        Verdict::Accepted
    }
}

/// The finding with its places in texts in which secrets are blanked out: whatever a rule is about, no
/// report shows the secret that stands beside it.
fn without_secrets(mut finding: Finding, facts: &Facts) -> Finding {
    let blank = |at: &mut Location| {
        let secrets = &facts.files.secrets;
        let first = secrets.get(secrets.partition_point(|found| found.at.path() < at.path()));
        let first = first.filter(|found| found.at.path() == at.path());
        let source = first.map(|found| found.at.source());
        if let Some(source) = source.filter(|source| source.text().len() == at.source().text().len()) {
            *at = source.at(at.bytes());
        }
    };
    blank(&mut finding.at);
    finding.related.iter_mut().for_each(|(at, _)| blank(at));
    finding
}
