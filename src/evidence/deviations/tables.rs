//! The register of deviations for spreadsheets and for documents.

use std::io;

use crate::evidence::register::{csv_cell, markdown_text as plain};

use super::{Deviation, Register};

/// A column: its name and what stands in it.
type Column = (&'static str, fn(&Deviation<'_>) -> String);

/// Every fact in a column of its own; the names are frozen.
const COLUMNS: &[Column] = &[
    ("kind", |one| one.kind.word().to_owned()),
    ("rule", |one| one.rule.to_owned()),
    ("demands", |one| one.demands.join(" ")),
    ("word", |one| one.word.clone()),
    ("place", |one| one.at.map(|at| format!("{}:{}", at.path(), at.line())).unwrap_or_default()),
    ("within", |one| one.within.clone()),
    ("reason", |one| one.reason.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")),
    ("by", |one| one.by.unwrap_or_default().to_owned()),
    ("until", |one| one.until.map(|until| until.to_string()).unwrap_or_default()),
    ("silent", |one| one.places.as_ref().map(|places| places.len().to_string()).unwrap_or_default()),
    ("silent_places", |one| {
        let places = one.places.iter().flatten().map(|at| format!("{}:{}", at.path(), at.line()));
        places.collect::<Vec<_>>().join(" ")
    }),
];

pub(super) fn csv(register: &Register<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    write!(out, "{}\r\n", names.join(","))?;
    for one in &register.deviations {
        let cells: Vec<String> = COLUMNS.iter().map(|(_, cell)| csv_cell(&cell(one))).collect();
        write!(out, "{}\r\n", cells.join(","))?;
    }
    Ok(())
}

pub(super) fn markdown(register: &Register<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let shown = ["kind", "rule", "word", "place", "within", "reason", "by", "until", "silent"];
    let columns: Vec<&Column> = COLUMNS.iter().filter(|(name, _)| shown.contains(name)).collect();
    let report = register.report;
    writeln!(out, "# Deviations from the coding standard of {}\n", plain(report.subject()))?;
    writeln!(out, "On {}: {}.\n", report.facts.as_of, plain(&register.summary()))?;
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    writeln!(out, "| {} |", names.join(" | "))?;
    writeln!(out, "| {} |", vec!["---"; names.len()].join(" | "))?;
    for one in &register.deviations {
        let cells: Vec<String> = columns.iter().map(|(_, cell)| plain(&cell(one))).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    Ok(())
}
