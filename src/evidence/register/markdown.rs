//! The register for documents and merge requests: a table in GitHub's Markdown for each part.

use std::io;

use crate::facts::Gap;
use crate::report::Report;
use crate::report::text::visible;

use super::cells::{self, UNKNOWN};
use super::words::{item_fact, told_line};
use super::{Register, Row, SHARES};

/// A column: its heading and what stands in it.
type Column = (&'static str, fn(&Row<'_>) -> String);

const COLUMNS: &[Column] = &[
    ("Component", |row| format!("`{}`", code(&row.component.name))),
    ("Version", |row| code(&row.component.version.to_string())),
    ("Origin", |row| plain(&cells::origin(&row.component.origin))),
    ("Class", |row| row.class.map_or("undecided", |class| class.value.word()).to_owned()),
    ("Licence", |row| plain(&row.cell("licence"))),
    ("Unsafe, at least", |row| row.unsafe_places().map_or(UNKNOWN.to_owned(), |places| places.to_string())),
    ("Able to, at least", |row| plain(&row.abilities())),
    ("Integrity", |row| row.integrity().word().to_owned()),
    ("Remarks", |row| plain(&cells::words(row.remarks().iter().map(|remark| remark.text.clone())))),
];

pub(super) fn write(register: &Register<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let report = register.report;
    writeln!(out, "# Components of {}\n", plain(report.subject()))?;
    writeln!(out, "{}\n", plain(&register.summary()))?;
    for (ships, title) in SHARES {
        let rows: Vec<&Row<'_>> = register.rows.iter().filter(|row| row.component.ships == ships).collect();
        if rows.is_empty() {
            continue;
        }
        writeln!(out, "## {title} ({})\n", rows.len())?;
        head(out, COLUMNS.iter().map(|(name, _)| *name))?;
        for row in rows {
            line(out, COLUMNS.iter().map(|(_, cell)| cell(row)))?;
        }
        writeln!(out)?;
    }
    if !register.items.is_empty() {
        let names = ["name", "version", "class", "supplier", "end_of_support", "purpose"];
        writeln!(out, "## Other items ({})\n", register.items.len())?;
        head(out, ["Item", "Version", "Class", "Supplier", "End of support", "Purpose"].into_iter())?;
        for item in register.items {
            line(out, names.iter().map(|name| plain(&item_fact(item, name))))?;
        }
        writeln!(out)?;
    }
    gaps(report, register.gaps(), out)
}

/// What could not be told, a line each.
pub(in crate::evidence) fn gaps<'a>(
    report: &Report,
    gaps: impl Iterator<Item = &'a Gap>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let gaps: Vec<String> = gaps.map(|gap| plain(&report.portable(&told_line(gap)))).collect();
    if !gaps.is_empty() {
        writeln!(out, "## Could not be told ({})\n", gaps.len())?;
    }
    gaps.iter().try_for_each(|gap| writeln!(out, "- {gap}"))
}

fn head<'a>(out: &mut dyn io::Write, names: impl Iterator<Item = &'a str> + Clone) -> io::Result<()> {
    line(out, names.clone().map(str::to_owned))?;
    line(out, names.map(|_| "---".to_owned()))
}

fn line(out: &mut dyn io::Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "))
}

/// Text that Markdown takes for nothing but text.
pub(in crate::evidence) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in visible(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '!' | '&') {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

/// A name between backticks or bare: what it can't hold there is replaced.
fn code(text: &str) -> String {
    visible(text).replace(['`', '|'], "\u{fffd}")
}
