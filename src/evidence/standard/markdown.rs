//! The standard for documents and merge requests: a table in GitHub's Markdown.

use std::io;

use crate::evidence::register::markdown_text as plain;

use super::cells::{channels, obligation, why};
use super::{Results, Row};

/// A column: its heading and what stands in it.
type Column = (&'static str, fn(&Row<'_>) -> String);

const COLUMNS: &[Column] = &[
    ("Rule", |row| plain(&row.demand.id)),
    ("Demand", |row| plain(&row.demand.says)),
    ("Obligation", |row| obligation(row).to_owned()),
    ("Enforced by", |row| plain(&channels(row))),
    ("Result", |row| row.outcome.word().to_owned()),
    ("Because", |row| plain(&why(row))),
];

pub(super) fn write(results: &Results<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let rows = results.rows();
    let report = results.report;
    writeln!(out, "# Coding standard of {}\n", plain(report.subject()))?;
    writeln!(out, "{}; {}.\n", plain(&results.title()), plain(&results.papers()))?;
    for line in results.profiles().chain([results.clippy()]) {
        writeln!(out, "- {}", plain(&line))?;
    }
    let counts: Vec<String> = Results::counts(&rows)
        .iter()
        .rev()
        .map(|(outcome, number)| format!("{number} {}", outcome.word()))
        .collect();
    writeln!(out, "\nOn {}: {}.\n", report.facts.as_of, counts.join(", "))?;
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    writeln!(out, "| {} |", names.join(" | "))?;
    writeln!(out, "| {} |", vec!["---"; names.len()].join(" | "))?;
    for row in &rows {
        let cells: Vec<String> = COLUMNS.iter().map(|(_, cell)| cell(row)).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    Ok(())
}
