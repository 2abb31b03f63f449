//! Finds deviations: in attributes, lint tables, the ledger and comments.

use std::collections::BTreeMap;

use crate::checks::{self, standard};
use crate::facts::clippy::{Clippy, LintResult, Standing};
use crate::facts::code::{LintAttribute, Scope};
use crate::facts::lints::known::speaks_of;
use crate::policy::{Standard, Waiver};
use crate::report::{Judged, Report};
use crate::source::Location;

use super::{Deviation, Kind};

/// Families whose rules are about how code is written.
const FAMILIES: [&str; 3] = ["code", "lints", "standard"];

/// Every deviation of a report.
pub(super) fn all(report: &Report) -> Vec<Deviation<'_>> {
    let standard = report.facts.policy.standard.as_ref().unwrap_or_else(|| shipped());
    let mut all: Vec<Deviation<'_>> = attributes(report, standard).collect();
    all.extend(levels(report, standard));
    all.extend(waivers(report));
    all.extend(comments(report));
    all.sort_by(|a, b| (a.kind, a.at, a.rule).cmp(&(b.kind, b.at, b.rule)));
    all
}

/// What is taken where the manufacturer has no standard.
fn shipped() -> &'static Standard {
    static SHIPPED: std::sync::LazyLock<Standard> = std::sync::LazyLock::new(Standard::shipped);
    &SHIPPED
}

fn attributes<'a>(report: &'a Report, standard: &'a Standard) -> impl Iterator<Item = Deviation<'a>> {
    let required = standard.required_lints();
    let facts = &report.facts;
    let all = facts.code.lint_attributes.iter().enumerate();
    let product =
        |attribute: &LintAttribute| attribute.site.scope > Scope::Test && !attribute.in_tests_only();
    all.filter(move |(_, attribute)| product(attribute)).filter_map(move |(index, attribute)| {
        let asked = required.iter().filter(|(lint, (wanted, _))| {
            let concerned = speaks_of(&attribute.lint, lint) || speaks_of(lint, &attribute.lint);
            concerned && attribute.level < (*wanted).into()
        });
        let mut demands: Vec<&str> = asked.map(|(_, (_, demand))| demand.id.as_str()).collect();
        demands.sort_unstable();
        demands.dedup();
        let keeps = move |result: &&LintResult| result.standing == Standing::Attribute(index);
        (!demands.is_empty()).then(|| Deviation {
            kind: Kind::Attribute,
            rule: &attribute.lint,
            demands,
            word: attribute.level.to_string(),
            at: Some(&attribute.site.at),
            within: attribute.site.within.to_string(),
            reason: attribute.reason.as_deref().filter(|reason| !reason.trim().is_empty()),
            by: None,
            until: None,
            places: places(&facts.clippy, keeps),
        })
    })
}

/// The places of results, where a run with forced lints was taken in.
fn places(clippy: &Clippy, keeps: impl Fn(&&LintResult) -> bool) -> Option<Vec<&Location>> {
    let forced = clippy.runs.iter().any(|run| !run.forced.is_empty());
    forced.then(|| clippy.results.iter().filter(keeps).map(|result| &result.at).collect())
}

/// Lint tables and flags that are too low, and lints that nobody has switched on.
fn levels<'a>(report: &'a Report, standard: &'a Standard) -> Vec<Deviation<'a>> {
    let facts = &report.facts;
    let mut stated: BTreeMap<&Location, Vec<standard::Below<'_>>> = BTreeMap::new();
    let mut off: BTreeMap<&str, Vec<standard::Below<'_>>> = BTreeMap::new();
    for below in standard::below(facts, standard) {
        match below.word {
            Some(word) => stated.entry(&word.at).or_default().push(below),
            None => off.entry(below.lint).or_default().push(below),
        }
    }
    // An attribute of a crate root is told as an attribute.
    stated.retain(|at, _| !facts.code.lint_attributes.iter().any(|attribute| attribute.site.at == **at));
    let told = |kind: Kind, rule: &'a str, at: Option<&'a Location>, below: &[standard::Below<'a>]| {
        let mut demands: Vec<&str> = below.iter().map(|one| one.demand).collect();
        let mut members: Vec<&str> = below.iter().map(|one| one.member).collect();
        demands.sort_unstable();
        demands.dedup();
        members.dedup();
        let keeps = move |result: &&LintResult| match (&result.standing, at) {
            (Standing::Level(by), Some(at)) => by == at,
            (Standing::Off, None) => speaks_of(rule, &result.lint),
            _ => false,
        };
        Deviation {
            kind,
            rule,
            demands,
            word: below.first().map(|one| one.level.to_string()).unwrap_or_default(),
            at,
            within: members.join(" "),
            reason: None,
            by: None,
            until: None,
            places: places(&facts.clippy, keeps),
        }
    };
    let of_tables = stated.iter().filter_map(|(at, below)| {
        let word = below.first()?.word?;
        Some(told(Kind::Level, &word.lint, Some(at), below))
    });
    of_tables.chain(off.iter().map(|(lint, below)| told(Kind::Default, lint, None, below))).collect()
}

fn waivers(report: &Report) -> impl Iterator<Item = Deviation<'_>> {
    let of_code = |waiver: &&Waiver| {
        checks::rule(&waiver.rule.value).is_some_and(|rule| FAMILIES.contains(&rule.family))
    };
    report.facts.policy.waivers.iter().filter(of_code).map(|waiver| {
        let accepted = report.outcomes.iter().flat_map(crate::report::Outcome::waived);
        let places = accepted.filter(|(_, by)| by.at == waiver.at).map(|(judged, _)| &judged.finding.at);
        Deviation {
            kind: Kind::Waiver,
            rule: &waiver.rule.value,
            demands: Vec::new(),
            word: "accept".to_owned(),
            at: Some(&waiver.at),
            within: waiver.place.value.clone(),
            reason: Some(&waiver.reason.value),
            by: Some(&waiver.by.value),
            until: waiver.until.as_ref().map(|until| until.value),
            places: Some(places.collect()),
        }
    })
}

fn comments(report: &Report) -> impl Iterator<Item = Deviation<'_>> {
    report.facts.code.acceptances.iter().filter(|said| !said.rule.is_empty()).map(|said| {
        let findings = report.outcomes.iter().flat_map(|outcome| &outcome.findings);
        let here = |judged: &&Judged| {
            let finding = &judged.finding;
            (finding.rule.id == said.rule || finding.waived_as == Some(said.rule.as_str()))
                && said.holds(&finding.at)
        };
        let here: Vec<&Judged> = findings.filter(here).collect();
        let waiver = here.iter().find_map(|judged| judged.waiver.as_ref());
        Deviation {
            kind: Kind::Comment,
            rule: &said.rule,
            demands: Vec::new(),
            word: "accept".to_owned(),
            at: Some(&said.at),
            within: said.at.path().to_owned(),
            reason: Some(said.reason.as_str()).filter(|reason| !reason.is_empty()),
            by: waiver.map(|waiver| waiver.by.value.as_str()),
            until: waiver.and_then(|waiver| waiver.until.as_ref()).map(|until| until.value),
            places: Some(here.iter().map(|judged| &judged.finding.at).collect()),
        }
    })
}
