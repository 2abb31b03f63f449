//! The last lines: what is undecided, what was not looked at or cannot be, and the verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::checks::Unjudged;
use crate::facts::code::Scope;
use crate::facts::{Gap, Kind};
use crate::policy::Waiver;
use crate::report::{Conclusion, Judged, Outcome, Report, Verdict};
use crate::rule::Tier;

use super::{Detail, Ink, Style, count, visible, wrapped};

/// Gaps of one sort named one by one, before the rest is only counted.
const NAMED: usize = 3;
/// Members taken for tests that are named, before the rest is only counted.
const AS_TESTS: usize = 8;

pub(super) fn write(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    write_gaps(report, style, out)?;
    write_blind_spots(report, style, out)?;
    write_unjudged(report, style, out)?;
    write_for_tests(report, style, out)?;
    write_undecided(report, style, out)?;
    write_counts(report, style, out)
}

fn write_gaps(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let gaps = &report.facts.gaps;
    if gaps.is_empty() {
        return Ok(());
    }
    let title = format!("Not looked at: {}", count(gaps.len(), "gap"));
    writeln!(out, "{}", style.paint(Ink::Warn, &title))?;
    let mut sorts: BTreeMap<(Kind, &str), Vec<&Gap>> = BTreeMap::new();
    for gap in gaps {
        sorts.entry((gap.kind, &gap.remedy)).or_default().push(gap);
    }
    for ((kind, remedy), gaps) in sorts {
        let shown = if style.detail == Detail::Verbose { gaps.len() } else { NAMED.min(gaps.len()) };
        for gap in &gaps[..shown] {
            let place = gap.at.as_ref().map_or(String::new(), |at| format!(" ({at})"));
            let line = visible(&format!("? {kind}: {}: {}{place}", gap.what, gap.why));
            writeln!(out, "{}", wrapped(&line, style.width, "  ", "      "))?;
        }
        if gaps.len() > shown {
            let line = format!("    and {} more of {kind} (-v shows all)", gaps.len() - shown);
            writeln!(out, "{}", style.paint(Ink::Faint, &line))?;
        }
        if !remedy.is_empty() {
            writeln!(out, "{}", wrapped(&visible(remedy), style.width, "    mend: ", "          "))?;
        }
    }
    let undetermined: Vec<&str> =
        named(report, Verdict::Undetermined).map(|outcome| outcome.rule.id).collect();
    if !undetermined.is_empty() {
        let list = format!("{} undetermined: {}", count(undetermined.len(), "rule"), undetermined.join(", "));
        writeln!(out, "{}", wrapped(&list, style.width, "  ", "      "))?;
    }
    writeln!(out)
}

/// Generated code is compiled in and not there to be read, and some functions are too large to be followed:
/// verdicts on code do not speak of them.
fn write_blind_spots(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let spots: Vec<_> =
        report.facts.code.blind_spots.iter().filter(|site| site.scope > Scope::Test).collect();
    if spots.is_empty() {
        return Ok(());
    }
    let title = format!("Blind spots: code not inspected, {}", count(spots.len(), "place"));
    writeln!(out, "{}", style.paint(Ink::Warn, &title))?;
    let shown = if style.detail == Detail::Verbose { spots.len() } else { NAMED.min(spots.len()) };
    for site in &spots[..shown] {
        let written: Vec<&str> = site.at.snippet().split_whitespace().collect();
        let line = visible(&format!("{}: {}", site.at, written.join(" ")));
        writeln!(out, "{}", wrapped(&line, style.width, "  ", "      "))?;
    }
    if spots.len() > shown {
        let line = format!("    and {} more (-v shows all)", spots.len() - shown);
        writeln!(out, "{}", style.paint(Ink::Faint, &line))?;
    }
    writeln!(out)
}

/// What no rule on code could judge is told in one line.
fn write_unjudged(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let Unjudged { calls, macros, receivers, flows, files } = Unjudged::of(&report.facts);
    let counts = [
        (calls, "call", "of names that are not known"),
        (receivers, "call", "on values that are not known"),
        (flows, "call", "given more than is followed"),
        (macros, "macro call", "in a language of its own"),
        (files, "file", "not parsed"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, what, of)| format!("{} {of}", count(number, what)))
        .collect();
    if told.is_empty() || style.detail == Detail::Quiet {
        return Ok(());
    }
    let line = format!("Not judged in code that ships: {}", told.join(", "));
    writeln!(out, "{}", style.paint(Ink::Faint, &wrapped(&line, style.width, "", "  ")))?;
    writeln!(out)
}

/// Members that are taken for no part of the product: whoever knows better has to see that.
fn write_for_tests(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let names = report.facts.workspace.names_for_tests();
    if names.is_empty() || style.detail == Detail::Quiet {
        return Ok(());
    }
    let shown = if style.detail == Detail::Verbose { names.len() } else { AS_TESTS.min(names.len()) };
    let more = match names.len() - shown {
        0 => String::new(),
        more => format!(" and {more} more (-v shows all)"),
    };
    let line = format!(
        "Judged as tests, since nothing that ships is built with {}: {}{more}",
        if names.len() == 1 { "it" } else { "them" },
        names[..shown].join(", ")
    );
    writeln!(out, "{}", wrapped(&visible(&line), style.width, "", "  "))?;
    let help = "One that ships all the same is listed in the policy: `bins` in [product]";
    writeln!(out, "{}", style.paint(Ink::Faint, &wrapped(help, style.width, "", "  ")))?;
    writeln!(out)
}

/// What nobody has decided yet is one list with the command that starts each decision.
fn write_undecided(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    // Where no command starts the decision, the page says which key of the policy it is.
    const PAGE: &str = "cargo health-sec explain <RULE>";
    let mut commands: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for outcome in named(report, Verdict::Undecided) {
        commands.entry(outcome.rule.decided_by.as_deref().unwrap_or(PAGE)).or_default().push(outcome.rule.id);
    }
    // Who judges only what is new has heard of the rest.
    if commands.is_empty() || report.against.is_some() {
        return Ok(());
    }
    writeln!(out, "{}", style.paint(Ink::Strong, "Not decided yet by the manufacturer, so not judged"))?;
    for (command, rules) in commands {
        writeln!(out, "  {}", style.paint(Ink::Name, command))?;
        writeln!(out, "{}", wrapped(&rules.join(", "), style.width, "      ", "      "))?;
    }
    writeln!(out)
}

/// What is not shown is counted.
fn write_counts(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let waived: Vec<_> = report.outcomes.iter().flat_map(Outcome::waived).collect();
    let mut lines = Vec::new();
    if !waived.is_empty() {
        let first = waived.iter().filter_map(|(_, waiver)| Some(waiver.until.as_ref()?.value)).min();
        let until = first.map_or_else(|| "without an end".to_owned(), |day| format!("the first until {day}"));
        lines.push(format!(
            "{} accepted by waivers, {until}{}",
            count(waived.len(), "finding"),
            lenders(&waived)
        ));
    }
    let inherited = report.outcomes.iter().filter(|outcome| outcome.tier > Tier::Register);
    let inherited: usize = inherited.map(|outcome| outcome.inherited().count()).sum();
    if inherited > 0 {
        let were = if inherited == 1 { "was" } else { "were" };
        lines.push(format!("{} {were} there before (--all tells them)", count(inherited, "finding")));
    }
    let register = report.outcomes.iter().filter(|outcome| outcome.tier == Tier::Register);
    let registered: usize = register.map(|outcome| outcome.standing().count()).sum();
    if registered > 0 {
        lines.push(format!("{} in the register (--format json shows them)", count(registered, "finding")));
    }
    if report.outcomes.iter().any(|outcome| outcome.verdict == Verdict::Unmet) {
        lines.push("`cargo health-sec explain <RULE>` shows the page of a rule".to_owned());
    }
    for line in &lines {
        writeln!(out, "{}", style.paint(Ink::Faint, line))?;
    }
    if lines.is_empty() { Ok(()) } else { writeln!(out) }
}

/// The tools whose files some of the waivers were read from.
fn lenders(waived: &[(&Judged, &Waiver)]) -> String {
    let tools = waived.iter().filter_map(|(_, waiver)| Some(waiver.imported.as_ref()?.tool));
    let tools: BTreeSet<&str> = tools.collect();
    if tools.is_empty() {
        return String::new();
    }
    format!("; some are of {}", tools.into_iter().collect::<Vec<_>>().join(", "))
}

fn named(report: &Report, verdict: Verdict) -> impl Iterator<Item = &Outcome> {
    report.outcomes.iter().filter(move |outcome| outcome.verdict == verdict && outcome.tier > Tier::Register)
}

pub(super) fn write_verdict(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let ink = match report.conclusion() {
        Conclusion::Pass => Ink::Good,
        Conclusion::Fail => Ink::Bad,
        Conclusion::CouldNotTell => Ink::Warn,
    };
    writeln!(out, "{}", style.paint(ink, &verdict(report)))
}

/// The one line that says what the run comes to.
#[must_use]
pub fn verdict(report: &Report) -> String {
    let number = |verdict| named(report, verdict).count();
    let closing: Vec<&Outcome> = report.outcomes.iter().filter(|outcome| report.closes(outcome)).collect();
    let findings: usize = closing.iter().map(|outcome| outcome.standing().count()).sum();
    let warnings =
        number(Verdict::Unmet) - closing.iter().filter(|outcome| outcome.verdict == Verdict::Unmet).count();
    let mut parts = vec![match report.conclusion() {
        Conclusion::Fail => {
            format!("gate: FAILED by {} ({})", count(closing.len(), "rule"), count(findings, "finding"))
        }
        Conclusion::CouldNotTell => "gate: COULD NOT TELL".to_owned(),
        Conclusion::Pass => "gate: passed".to_owned(),
    }];
    parts.extend(
        [
            (warnings, "warned"),
            (number(Verdict::Undetermined), "undetermined"),
            (number(Verdict::Undecided), "undecided"),
            (number(Verdict::Inherited), "with nothing new"),
            (number(Verdict::Accepted), "accepted"),
            (number(Verdict::Met), "met"),
        ]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}")),
    );
    format!("{}; exit {}", parts.join(", "), report.exit_code())
}
