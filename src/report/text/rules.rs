//! What is wrong, rule by rule: the gate with snippets, warnings in short.

use std::collections::BTreeSet;
use std::io;

use miette::Severity;

use crate::report::{Judged, Outcome, Report, Verdict};
use crate::rule::Tier;

use super::prose::{fix, why};
use super::{Detail, Ink, Style, count, snippet, visible, wrapped, write_labelled};

/// Places named in a line below the first, before the rest is only counted.
const PLACES: usize = 3;

pub(super) fn write(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    for outcome in unmet(report, Tier::Gate) {
        write_gate(report, outcome, style, out)?;
    }
    let warnings = unmet(report, Tier::Warn);
    for outcome in &warnings {
        write_warning(report, outcome, style, out)?;
    }
    if !warnings.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// A line a rule that fails the run.
pub(super) fn write_quiet(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    for outcome in unmet(report, Tier::Gate).into_iter().chain(unmet(report, Tier::Warn)) {
        let mut standing = outcome.standing();
        let Some(first) = standing.next().filter(|_| report.closes(outcome)) else { continue };
        let more = match standing.count() {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let place = visible(&first.finding.at.to_string());
        let message = visible(&first.finding.message);
        let mark = style.paint(Ink::Bad, "✗");
        writeln!(out, "{mark} {}: {place}: {message}{more}", style.paint(Ink::Strong, outcome.rule.id))?;
    }
    Ok(())
}

/// Unmet rules of a tier, the worst first.
fn unmet(report: &Report, tier: Tier) -> Vec<&Outcome> {
    let mut unmet: Vec<&Outcome> = report
        .outcomes
        .iter()
        .filter(|outcome| outcome.tier == tier && outcome.verdict == Verdict::Unmet)
        .collect();
    unmet.sort_by_key(|outcome| std::cmp::Reverse(outcome.rule.severity));
    unmet
}

fn write_gate(report: &Report, outcome: &Outcome, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    write_name(report, outcome, "✗", style, out)?;
    let standing: Vec<&Judged> = outcome.standing().collect();
    if let Some(first) = standing.first() {
        let finding = &first.finding;
        let drawn = snippet::draw(
            &finding.at,
            &finding.message,
            finding.help.as_deref(),
            &finding.paste,
            Severity::Error,
            style,
        );
        out.write_all(drawn.as_bytes())?;
        for (at, why) in &finding.related {
            let line = format!("see {}: {}", visible(&at.to_string()), visible(why));
            writeln!(out, "{}", wrapped(&line, style.width, "  ", "      "))?;
        }
    }
    write_places(standing.get(1..).unwrap_or_default(), style, out)?;
    write_labelled("  why  ", &why(outcome.rule.rationale), style, out)?;
    write_labelled("  fix  ", &fix(outcome.rule.remedy), style, out)?;
    writeln!(out)
}

fn write_warning(
    report: &Report,
    outcome: &Outcome,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    write_name(report, outcome, "!", style, out)?;
    let standing: Vec<&Judged> = outcome.standing().collect();
    let (shown, rest) = match style.detail {
        Detail::Verbose => (standing.as_slice(), &[][..]),
        _ if standing.len() == 2 => (standing.as_slice(), &[][..]),
        _ => standing.split_at(standing.len().min(1)),
    };
    for judged in shown {
        write_place(judged, style, out)?;
    }
    write_rest(rest, style, out)
}

/// `✗ undocumented_unsafe (high): Unsafe code without a safety argument`
fn write_name(
    report: &Report,
    outcome: &Outcome,
    mark: &str,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let rule = outcome.rule;
    let ink = if report.closes(outcome) { Ink::Bad } else { Ink::Warn };
    let clauses: Vec<String> = rule.clauses.iter().map(ToString::to_string).collect();
    let clause = if clauses.len() == 1 { "clause" } else { "clauses" };
    let found = match outcome.waived().count() {
        0 => count(outcome.standing().count(), "finding"),
        waived => format!("{}, {waived} more accepted", count(outcome.standing().count(), "finding")),
    };
    let name = format!("{mark} {}", rule.id);
    let line = format!("{name} · {} · {found} · {clause} {}", rule.severity, clauses.join(", "));
    // Broken into lines first: colours take no room.
    writeln!(out, "{}", wrapped(&line, style.width, "", "  ").replacen(&name, &style.paint(ink, &name), 1))?;
    writeln!(out, "{}", style.paint(Ink::Strong, &wrapped(rule.title, style.width, "  ", "  ")))
}

fn write_places(more: &[&Judged], style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let shown = match style.detail {
        Detail::Verbose => more.len(),
        // A line that says "and 1 more" could as well have named it.
        _ if more.len() <= PLACES + 1 => more.len(),
        _ => PLACES,
    };
    for judged in &more[..shown] {
        write_place(judged, style, out)?;
    }
    write_rest(&more[shown..], style, out)
}

fn write_place(judged: &Judged, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let place = visible(&judged.finding.at.to_string());
    let line =
        wrapped(&format!("{place}: {}", visible(&judged.finding.message)), style.width, "  ", "      ");
    writeln!(out, "{}", line.replacen(&place, &style.paint(Ink::Name, &place), 1))
}

fn write_rest(rest: &[&Judged], style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    if rest.is_empty() {
        return Ok(());
    }
    let files: BTreeSet<&str> = rest.iter().map(|judged| judged.finding.at.path()).collect();
    let line = format!("  and {} more in {} (-v shows all)", rest.len(), count(files.len(), "file"));
    writeln!(out, "{}", style.paint(Ink::Faint, &line))
}
