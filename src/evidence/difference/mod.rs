//! What has changed since a release, written for people, programs, spreadsheets and documents.
//!
//! The facts are those of [`changes`](super::changes); here they only get words. Abilities and
//! unsafe code are *at least* statements, and what was not looked at is told as unknown.
//!
//! - `lines`: a change in words, the same for all who read
//! - `json`: for programs

mod json;
mod lines;
#[cfg(test)]
mod tests;

use std::io;

use crate::evidence::changes::Changes;
use crate::evidence::register::{Format, csv_cell, markdown_gaps, markdown_text, text_gaps};
use crate::facts::{Gap, Kind};
use crate::report::Report;
use crate::report::text::{Ink, Style, visible, wrapped};

use lines::{Line, summary};

/// Kinds of fact that a comparison rests on.
const TOLD: [Kind; 6] =
    [Kind::Components, Kind::Advisories, Kind::Inventory, Kind::Policy, Kind::History, Kind::Earlier];

/// What could not be looked at, of what is compared.
pub fn gaps(report: &Report) -> impl Iterator<Item = &Gap> {
    report.facts.gaps.iter().filter(|gap| TOLD.contains(&gap.kind))
}

/// Writes what has changed.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(
    report: &Report,
    changes: &Changes,
    format: Format,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Text => text(report, changes, style, out),
        Format::Json => json::write(report, changes, out),
        Format::Csv => csv(changes, out),
        Format::Markdown => markdown(report, changes, out),
    }
}

/// The parts of the report that hold anything, each with its title.
fn parts(changes: &Changes) -> Vec<(String, Vec<Line<'_>>)> {
    let mut parts = Vec::new();
    for (title, wanted) in [
        ("Added", &["added"] as &[&str]),
        ("Updated", &["updated", "moved", "replaced"]),
        ("Removed", &["removed"]),
        ("Classed otherwise", &["reclassed"]),
    ] {
        let lines: Vec<Line<'_>> =
            lines::all(changes).into_iter().filter(|line| wanted.contains(&line.change)).collect();
        if !lines.is_empty() {
            parts.push((format!("{title} ({})", lines.len()), lines));
        }
    }
    parts
}

fn text(report: &Report, changes: &Changes, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let title = format!("components of {}, changes on {}", visible(report.subject()), report.facts.as_of);
    writeln!(out, "{}\n", style.paint(Ink::Strong, &title))?;
    writeln!(out, "{}", wrapped(&visible(&summary(changes)), style.width, "", ""))?;
    for (title, lines) in parts(changes) {
        writeln!(out, "\n{}", style.paint(Ink::Strong, &title))?;
        for line in lines {
            let ships = Some(line.ships.to_owned()).filter(|word| !word.is_empty());
            let class = line.class.map(|class| format!("class {class}"));
            let stands = ships.into_iter().chain(class).collect::<Vec<_>>().join(", ");
            let stands = if stands.is_empty() { stands } else { format!(" ({stands})") };
            let name = style.paint(Ink::Name, &visible(&line.name()));
            writeln!(out, "  {name}{}", style.paint(Ink::Faint, &stands))?;
            for remark in line.remarks {
                // Broken into lines first: colours take no room.
                for text in wrapped(&visible(&remark.text), style.width.saturating_sub(4), "", "  ").lines() {
                    let text = remark.ink.map_or(text.to_owned(), |ink| style.paint(ink, text));
                    writeln!(out, "    {text}")?;
                }
            }
        }
    }
    text_gaps(report, gaps(report), style, out)?;
    if !changes.added.is_empty() || !changes.updated.is_empty() {
        let legend = "abilities and unsafe code: at least, as written in the sources";
        writeln!(out, "\n{}", style.paint(Ink::Faint, legend))?;
    }
    Ok(())
}

fn markdown(report: &Report, changes: &Changes, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "# Changed components of {}\n", markdown_text(report.subject()))?;
    writeln!(out, "{}", markdown_text(&summary(changes)))?;
    for (title, lines) in parts(changes) {
        writeln!(out, "\n## {title}\n\n| Component | Ships | Class | Remarks |\n| --- | --- | --- | --- |")?;
        for line in lines {
            let remarks: Vec<String> =
                line.remarks.iter().map(|remark| markdown_text(&remark.text)).collect();
            let (name, class) = (markdown_text(&line.name()), line.class.unwrap_or_default());
            writeln!(out, "| {name} | {} | {class} | {} |", line.ships, remarks.join("<br>"))?;
        }
    }
    let mut gaps = gaps(report).peekable();
    if gaps.peek().is_some() {
        writeln!(out)?;
    }
    markdown_gaps(report, gaps, out)
}

fn csv(changes: &Changes, out: &mut dyn io::Write) -> io::Result<()> {
    let mut line = |cells: [&str; 7]| {
        let cells: Vec<String> = cells.iter().map(|text| csv_cell(text)).collect();
        write!(out, "{}\r\n", cells.join(","))
    };
    line(["change", "name", "before", "after", "ships", "class", "remarks"])?;
    for told in lines::all(changes) {
        let remarks = told.remarks.iter().map(|remark| remark.text.as_str()).collect::<Vec<_>>().join("; ");
        let (before, after) = (told.before.unwrap_or_default(), told.after.unwrap_or_default());
        line([told.change, told.of, before, after, told.ships, told.class.unwrap_or_default(), &remarks])?;
    }
    Ok(())
}
