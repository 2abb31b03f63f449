//! The standard for people: what does not hold first, each rule with what enforces it.

use std::io;

use crate::report::text::{Detail, Ink, Style, visible, wrapped};

use super::cells::{channels, why};
use super::{Outcome, Results, Row};

/// The parts, the worst first.
const PARTS: [(Outcome, Ink, &str); 5] = [
    (Outcome::Unmet, Ink::Bad, "Unmet"),
    (Outcome::CouldNotTell, Ink::Warn, "Could not tell"),
    (Outcome::NeedsRecord, Ink::Warn, "Need a person's record"),
    (Outcome::Met, Ink::Good, "Met"),
    (Outcome::NotApplicable, Ink::Faint, "Do not apply"),
];

pub(super) fn write(results: &Results<'_>, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let report = results.report;
    let rows = results.rows();
    let title = format!("coding standard of {} on {}", visible(report.subject()), report.facts.as_of);
    writeln!(out, "{}\n", style.paint(Ink::Strong, &title))?;
    let mut line = |text: &str| writeln!(out, "{}", wrapped(&visible(text), style.width, "", "  "));
    if results.is_own() {
        line(&format!("{}; {}", results.title(), results.papers()))?;
    } else {
        line(
            "The policy names no coding standard. Told is what comes with the tool; `cargo health-sec init --standard` starts one.",
        )?;
    }
    for text in results.profiles().chain([results.clippy()]) {
        line(&text)?;
    }
    for (outcome, ink, title) in PARTS {
        let rows: Vec<&Row<'_>> = rows.iter().filter(|row| row.outcome == outcome).collect();
        if rows.is_empty() {
            continue;
        }
        writeln!(out, "\n{}", style.paint(ink, &format!("{title} ({})", rows.len())))?;
        if outcome == Outcome::Met && style.detail < Detail::Verbose {
            let names: Vec<&str> = rows.iter().map(|row| row.demand.id.as_str()).collect();
            writeln!(out, "{}", wrapped(&visible(&names.join(", ")), style.width, "  ", "  "))?;
            continue;
        }
        if outcome == Outcome::NotApplicable && style.detail < Detail::Verbose {
            together(&rows, style, out)?;
            continue;
        }
        rows.into_iter().try_for_each(|row| one(row, style, out))?;
    }
    Ok(())
}

/// Rows with the same reason, told at once.
fn together(rows: &[&Row<'_>], style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    for rows in rows.chunk_by(|a, b| why(a) == why(b)) {
        let names: Vec<&str> = rows.iter().map(|row| row.demand.id.as_str()).collect();
        writeln!(out, "{}", wrapped(&visible(&names.join(", ")), style.width, "  ", "  "))?;
        because(&why(rows[0]), style, out)?;
    }
    Ok(())
}

fn one(row: &Row<'_>, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let advisory = if row.demand.advisory { " (advisory)" } else { "" };
    let head = style.paint(Ink::Name, &visible(&row.demand.id));
    writeln!(out, "  {head}  {}{advisory}", channels(row))?;
    writeln!(out, "{}", wrapped(&visible(&row.demand.says), style.width, "      ", "      "))?;
    because(&why(row), style, out)
}

fn because(why: &str, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    if why.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", style.paint(Ink::Faint, &wrapped(&visible(why), style.width, "      ", "      ")))
}
