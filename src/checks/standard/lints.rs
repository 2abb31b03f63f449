//! The lints that the standard requires, against what the lint tables say.

use std::collections::BTreeMap;

use crate::checks::lints::{chosen, product_units};
use crate::checks::rule;
use crate::document::suggestion;
use crate::facts::Facts;
use crate::facts::lints::ages::{self, Standing};
use crate::facts::lints::known::default_level;
use crate::facts::lints::{Level, LintLevel, MemberLints};
use crate::finding::Findings;
use crate::policy::Standard;
use crate::policy::standard::Required;
use crate::source::Location;

use super::{by_place, some_of};

pub(super) fn standard_names_unknown(facts: &Facts, found: &mut Findings<'_>) {
    let Some(standard) = &facts.policy.standard else { return found.undecided() };
    // A newer toolchain may know lints that the list here does not.
    let newer = minor(facts).is_some_and(|minor| minor > ages::NEWEST);
    for demand in standard.applying() {
        for lint in &demand.lints {
            let name = &lint.value;
            let of_others = name.split_once("::").is_some_and(|(tool, _)| tool != "clippy");
            let message = match ages::standing(name) {
                Standing::Renamed(new) => format!("the lint `{name}` is called `{new}` now"),
                Standing::Removed => format!("the lint `{name}` exists no more"),
                Standing::Unknown if newer => {
                    found.undecided();
                    continue;
                }
                Standing::Unknown if !of_others => format!("there is no lint `{name}`"),
                _ => continue,
            };
            let finding = found.add(&lint.at, message);
            finding.about(&demand.id).about(name);
            if ages::standing(name) == Standing::Unknown {
                let known: Vec<&str> = ages::names().collect();
                let help = suggestion(name, &known);
                help.map(|help| finding.help(help));
            }
        }
        for id in demand.rules.iter().filter(|id| rule(&id.value).is_none()) {
            found
                .add(&id.at, format!("this tool has no rule `{}`", id.value))
                .about(&demand.id)
                .about(&id.value);
        }
    }
}

/// The minor version of the toolchain, where it is known.
fn minor(facts: &Facts) -> Option<u64> {
    facts.advisories.toolchain.as_ref().filter(|version| version.major == 1).map(|version| version.minor)
}

/// True for a lint that the toolchain does not know yet.
fn too_new(facts: &Facts, lint: &str) -> bool {
    matches!((ages::standing(lint), minor(facts)), (Standing::Lint(Some(since)), Some(minor)) if since > minor)
}

pub(super) fn required_lint_too_new(facts: &Facts, found: &mut Findings<'_>) {
    let (Some(standard), Some(version)) = (&facts.policy.standard, &facts.advisories.toolchain) else {
        return found.undecided();
    };
    let lints = standard.applying().flat_map(|demand| &demand.lints);
    let lints = lints.filter(|lint| too_new(facts, &lint.value)).map(|lint| (&lint.at, lint.value.as_str()));
    for (at, mut names) in by_place(lints) {
        names.sort_unstable();
        names.dedup();
        let (are, they) = if names.len() == 1 { ("is", "it") } else { ("are", "they") };
        let message = format!(
            "{} {are} newer than the toolchain {version}, and {they} will not be heard",
            some_of(&names)
        );
        let finding = found.add(at, message);
        for name in names {
            finding.about(name);
        }
    }
}

/// Whether a lint that a standard requires is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LintState<'a> {
    /// In every target of the product, at its level or above.
    On,
    /// Not in these members.
    Below(Vec<&'a str>),
    /// The toolchain does not know it yet.
    TooNew,
    /// There is no such lint.
    Unknown,
}

/// Whether a required lint is on in every member that is judged.
#[must_use]
pub fn lint_state<'a>(facts: &'a Facts, lint: &str, required: Required) -> LintState<'a> {
    if matches!(ages::standing(lint), Standing::Renamed(_) | Standing::Removed | Standing::Unknown) {
        return LintState::Unknown;
    }
    if too_new(facts, lint) {
        return LintState::TooNew;
    }
    let low = chosen(facts).filter(|(_, lints)| here(facts, lints, lint).0 < required.into());
    let low: Vec<&str> = low.map(|(member, _)| member.name.as_str()).collect();
    if low.is_empty() { LintState::On } else { LintState::Below(low) }
}

/// The lowest level of a lint in the targets of a member that ship, and the word that makes it so.
fn here<'a>(facts: &'a Facts, member: &'a MemberLints, lint: &str) -> (LintLevel, Option<&'a Level>) {
    let told = |word: Option<&'a Level>| (word.map_or(default_level(lint), |word| word.level), word);
    let units = product_units(facts, member);
    let words = units.iter().map(|unit| told(facts.lints.level_in(*unit, lint)));
    words.min_by_key(|(level, _)| *level).unwrap_or_else(|| told(member.level_of(lint)))
}

/// A lint that is below its required level in a member.
#[derive(Debug, Clone, Copy)]
pub struct Below<'a> {
    /// The member.
    pub member: &'a str,
    /// The lint.
    pub lint: &'a str,
    /// The level that it must have.
    pub required: Required,
    /// The demand that asks for it.
    pub demand: &'a str,
    /// The level that it has.
    pub level: LintLevel,
    /// The word that makes it so; without one it is the compiler's default.
    pub word: Option<&'a Level>,
}

/// The required lints that are too low, member by member.
#[must_use]
pub fn below<'a>(facts: &'a Facts, standard: &'a Standard) -> Vec<Below<'a>> {
    let required: Vec<_> = standard
        .required_lints()
        .into_iter()
        .filter(|(lint, _)| {
            matches!(ages::standing(lint), Standing::Lint(_) | Standing::Group) && !too_new(facts, lint)
        })
        .collect();
    let mut below = Vec::new();
    for (member, lints) in chosen(facts) {
        for (lint, (wanted, demand)) in &required {
            let (now, word) = here(facts, lints, lint);
            if now < (*wanted).into() {
                below.push(Below {
                    member: &member.name,
                    lint,
                    required: *wanted,
                    demand: &demand.id,
                    level: now,
                    word,
                });
            }
        }
    }
    below
}

/// A lint with the level that it must have, and the demand that asks for it.
type Lacking<'a> = (&'a str, Required, &'a str);

pub(super) fn required_lint_unset(facts: &Facts, found: &mut Findings<'_>) {
    let Some(standard) = &facts.policy.standard else { return found.undecided() };
    let mut lowered: BTreeMap<&Location, Vec<(Lacking<'_>, LintLevel)>> = BTreeMap::new();
    let mut never_set: BTreeMap<&str, Vec<Lacking<'_>>> = BTreeMap::new();
    for below in below(facts, standard) {
        let lacking = (below.lint, below.required, below.demand);
        match below.word {
            Some(word) => lowered.entry(&word.at).or_default().push((lacking, below.level)),
            None => never_set.entry(below.member).or_default().push(lacking),
        }
    }
    for (at, mut lints) in lowered {
        lints.sort();
        lints.dedup();
        tell_lowered(standard, at, &lints, found);
    }
    // Members that lack the same are told together.
    let mut together: BTreeMap<Vec<Lacking<'_>>, Vec<(&str, &MemberLints)>> = BTreeMap::new();
    for (member, lints) in chosen(facts) {
        if let Some(lacking) = never_set.remove(member.name.as_str()) {
            together.entry(lacking).or_default().push((&member.name, lints));
        }
    }
    for (lints, members) in together {
        tell_unset(facts, standard, &lints, &members, found);
    }
}

fn tell_lowered(
    standard: &Standard,
    at: &Location,
    lints: &[(Lacking<'_>, LintLevel)],
    found: &mut Findings<'_>,
) {
    let Some(((lint, required, demand), here)) = lints.first() else { return };
    let more = match lints.len() {
        1 => String::new(),
        more => format!(", and so for {} more", more - 1),
    };
    let message =
        format!("`{lint}` is {here} here, and {} asks for {} ({demand}){more}", standard.id, required.word());
    let finding = found.add(at, message);
    for ((lint, ..), _) in lints {
        finding.about(*lint);
    }
}

fn tell_unset(
    facts: &Facts,
    standard: &Standard,
    lints: &[Lacking<'_>],
    members: &[(&str, &MemberLints)],
    found: &mut Findings<'_>,
) {
    let Some((_, first)) = members.first() else { return };
    let table = facts.lints.workspace_table.as_ref();
    let inherit = members.iter().all(|(_, member)| member.inherits);
    let place = table.filter(|_| inherit).unwrap_or(&first.at);
    let names: Vec<&str> = lints.iter().map(|(lint, ..)| *lint).collect();
    let whose = match members {
        [(name, _)] => format!("in `{name}`"),
        members => format!("in {} members", members.len()),
    };
    let are = if names.len() == 1 { "is" } else { "are" };
    let message = format!("{} {are} not on {whose}, and {} asks for it", some_of(&names), standard.id);
    let set_there = |lint: &&str| {
        let wanted = facts.lints.workspace_levels.iter();
        crate::facts::lints::last_word(wanted, lint).is_some_and(|word| word.level >= LintLevel::Warn)
    };
    let help = if !inherit && table.is_some() && names.iter().all(set_there) {
        "inherit them: `[lints]` with `workspace = true` in the manifest of each member".to_owned()
    } else {
        format!("add what `cargo health-sec standard --format lints` prints; first of all {}", entry(lints))
    };
    let finding = found.add(place, message).help(help);
    for (name, member) in members {
        finding.about(*name);
        if !inherit && member.at != first.at {
            finding.with(&member.at, "here too");
        }
    }
    for name in names {
        finding.about(name);
    }
}

/// The first entry to add, as it is written in a manifest.
fn entry(lints: &[Lacking<'_>]) -> String {
    let Some((lint, required, _)) = lints.first() else { return String::new() };
    let (tool, name) = lint.split_once("::").unwrap_or(("rust", lint));
    format!("`{tool}.{name} = \"{}\"`", required.word())
}
