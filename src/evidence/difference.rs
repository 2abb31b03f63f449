//! What has changed since a release, written for people, programs, spreadsheets and documents.
//!
//! The facts are those of [`changes`](super::changes); here they only get words. Abilities and
//! unsafe code are *at least* statements, and what was not looked at is told as unknown.

use std::io;

use serde::Serialize;

use crate::evidence::changes::{BuildCode, Changes, State, Step, Updated};
use crate::evidence::register::{Format, capabilities, csv_cell, markdown_text, ships};
use crate::facts::history::ChangeKind;
use crate::report::Report;
use crate::report::text::{Ink, Style, visible, wrapped};

/// The name of the format for programs and its version.
pub const FORMAT: &str = "health-sec/changes@1";

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
        Format::Json => json(report, changes, out),
        Format::Csv => csv(changes, out),
        Format::Markdown => markdown(report, changes, out),
    }
}

#[derive(Serialize)]
struct Shape<'a> {
    format: &'a str,
    tool: [&'a str; 2],
    product: &'a str,
    as_of: String,
    #[serde(flatten)]
    changes: &'a Changes,
}

fn json(report: &Report, changes: &Changes, out: &mut dyn io::Write) -> io::Result<()> {
    let shape = Shape {
        format: FORMAT,
        tool: ["cargo-health-sec", env!("CARGO_PKG_VERSION")],
        product: report.subject(),
        as_of: report.facts.as_of.to_string(),
        changes,
    };
    serde_json::to_writer_pretty(&mut *out, &shape)?;
    writeln!(out)
}

/// A part of the report: its title, and a line a component with its remarks.
type Part = (String, Vec<(String, Vec<Remark>)>);

/// Something to know about a change.
struct Remark {
    ink: Option<Ink>,
    text: String,
}

fn plain(text: impl Into<String>) -> Remark {
    Remark { ink: None, text: text.into() }
}

fn warn(text: impl Into<String>) -> Remark {
    Remark { ink: Some(Ink::Warn), text: text.into() }
}

fn parts(changes: &Changes) -> Vec<Part> {
    let titled =
        |title: &str, lines: Vec<(String, Vec<Remark>)>| (format!("{title} ({})", lines.len()), lines);
    let reclassed = changes.reclassed.iter().map(|one| {
        let word = |class: Option<crate::policy::Class>| class.map_or("undecided", |class| class.word());
        (
            format!("{} {}", one.name, one.version),
            vec![plain(format!("{} -> {}", word(one.before), word(one.after)))],
        )
    });
    let parts = [
        titled("Added", changes.added.iter().map(|state| (name(state), added(state))).collect()),
        titled("Updated", changes.updated.iter().map(|one| (moved(one), updated(one))).collect()),
        titled("Removed", changes.removed.iter().map(|state| (name(state), removed(state))).collect()),
        titled("Classed otherwise", reclassed.collect()),
    ];
    parts.into_iter().filter(|(_, lines)| !lines.is_empty()).collect()
}

fn name(state: &State) -> String {
    format!("{} {}", state.name, state.version)
}

fn moved(one: &Updated) -> String {
    if one.before.version == one.after.version {
        name(&one.after)
    } else {
        format!("{} {} -> {}", one.after.name, one.before.version, one.after.version)
    }
}

/// What is to be known of a component that was not there.
fn added(state: &State) -> Vec<Remark> {
    let mut remarks = stands(state);
    if !state.why.is_empty() {
        remarks.push(plain(format!("because of {}", state.why.join(" > "))));
    }
    match &state.seen {
        None => remarks.push(plain("its sources were not looked at")),
        Some(seen) => {
            if !seen.capabilities.is_empty() {
                remarks.push(warn(format!("able to, at least: {}", capabilities(&seen.capabilities))));
            }
            if seen.unsafe_total > 0 {
                remarks.push(plain(format!("at least {} places with unsafe code", seen.unsafe_total)));
            }
            if seen.build_script || seen.proc_macro {
                remarks.push(warn("brings code that runs while the product is built"));
            }
        }
    }
    remarks.extend(state.advisories.iter().map(|id| bad(format!("touched by {id}"))));
    remarks
}

fn bad(text: impl Into<String>) -> Remark {
    Remark { ink: Some(Ink::Bad), text: text.into() }
}

/// Where it stands in the product, and where it comes from.
fn stands(state: &State) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if let Some(word) = state.ships {
        remarks.push(plain(format!("ships: {}", ships(word))));
    }
    if state.origin != "crates.io" {
        remarks.push(warn(format!("from {}", state.origin)));
    }
    let class = state.class.map_or("undecided", |class| class.word());
    remarks.push(plain(format!("class: {class}")));
    remarks
}

fn removed(state: &State) -> Vec<Remark> {
    state.advisories.iter().map(|id| plain(format!("was touched by {id}"))).collect()
}

fn updated(one: &Updated) -> Vec<Remark> {
    let mut remarks = Vec::new();
    match one.kind {
        ChangeKind::Moved => {
            remarks.push(bad(format!("from {} instead of {}", one.after.origin, one.before.origin)));
        }
        ChangeKind::Replaced => remarks.push(bad("the same version with another checksum")),
        ChangeKind::Added | ChangeKind::Removed | ChangeKind::Updated => {}
    }
    match one.step {
        Step::Incompatible => remarks.push(plain("an incompatible version")),
        Step::Back => remarks.push(warn("an older version")),
        Step::Same | Step::Compatible => {}
    }
    remarks.extend(
        stands(&one.after)
            .into_iter()
            .filter(|remark| one.kind != ChangeKind::Moved || !remark.text.starts_with("from ")),
    );
    match (&one.capabilities_gained, &one.capabilities_lost) {
        (Some(gained), Some(lost)) => {
            if !gained.is_empty() {
                remarks.push(warn(format!("newly able to, at least: {}", capabilities(gained))));
            }
            if !lost.is_empty() {
                remarks.push(plain(format!("no longer seen to: {}", capabilities(lost))));
            }
        }
        _ => remarks.push(plain("what it is able to could not be compared: sources are missing")),
    }
    match one.unsafe_delta {
        Some(more) if more > 0 => remarks.push(warn(format!("at least {more} more places with unsafe code"))),
        Some(fewer) if fewer < 0 => {
            remarks.push(plain(format!("{} fewer places with unsafe code seen", fewer.unsigned_abs())));
        }
        _ => {}
    }
    match one.build_code {
        Some(BuildCode::Gained) => {
            remarks.push(warn("newly brings code that runs while the product is built"));
        }
        Some(BuildCode::Lost) => remarks.push(plain("no longer brings code that runs in the build")),
        Some(BuildCode::None | BuildCode::Kept) | None => {}
    }
    remarks.extend(one.advisories_gained.iter().map(|id| bad(format!("now touched by {id}"))));
    remarks.extend(
        one.advisories_mended
            .iter()
            .map(|id| Remark { ink: Some(Ink::Good), text: format!("no longer touched by {id}") }),
    );
    remarks
}

/// What is compared with what, in two sentences.
fn summary(changes: &Changes) -> String {
    let then = &changes.baseline;
    let commit: String = then.commit.chars().take(12).collect();
    let mut text = format!(
        "Since {} ({commit}, {}): {} added, {} updated, {} removed, {} as they were.",
        then.revision,
        then.on,
        changes.added.len(),
        changes.updated.len(),
        changes.removed.len(),
        changes.unchanged
    );
    if !then.locked {
        text.push_str(" There was no lock file then: everything is told as added.");
    }
    text
}

fn text(report: &Report, changes: &Changes, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let title = format!("components of {}, changes on {}", visible(report.subject()), report.facts.as_of);
    writeln!(out, "{}\n", style.paint(Ink::Strong, &title))?;
    writeln!(out, "{}", wrapped(&visible(&summary(changes)), style.width, "", ""))?;
    for (title, lines) in parts(changes) {
        writeln!(out, "\n{}", style.paint(Ink::Strong, &title))?;
        for (name, remarks) in lines {
            writeln!(out, "  {}", style.paint(Ink::Name, &visible(&name)))?;
            for remark in remarks {
                // Broken into lines first: colours take no room.
                for line in wrapped(&visible(&remark.text), style.width.saturating_sub(4), "", "  ").lines() {
                    let line = remark.ink.map_or(line.to_owned(), |ink| style.paint(ink, line));
                    writeln!(out, "    {line}")?;
                }
            }
        }
    }
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
        writeln!(out, "\n## {title}\n\n| Component | Remarks |\n| --- | --- |")?;
        for (name, remarks) in lines {
            let remarks: Vec<String> = remarks.iter().map(|remark| markdown_text(&remark.text)).collect();
            writeln!(out, "| {} | {} |", markdown_text(&name), remarks.join("<br>"))?;
        }
    }
    Ok(())
}

fn csv(changes: &Changes, out: &mut dyn io::Write) -> io::Result<()> {
    let mut line = |cells: [&str; 5]| {
        let cells: Vec<String> = cells.iter().map(|text| csv_cell(text)).collect();
        write!(out, "{}\r\n", cells.join(","))
    };
    let join =
        |remarks: &[Remark]| remarks.iter().map(|remark| remark.text.as_str()).collect::<Vec<_>>().join("; ");
    line(["change", "name", "before", "after", "remarks"])?;
    for state in &changes.added {
        line(["added", &state.name, "", &state.version, &join(&added(state))])?;
    }
    for one in &changes.updated {
        let kind = match one.kind {
            ChangeKind::Moved => "moved",
            ChangeKind::Replaced => "replaced",
            ChangeKind::Added | ChangeKind::Removed | ChangeKind::Updated => "updated",
        };
        line([kind, &one.after.name, &one.before.version, &one.after.version, &join(&updated(one))])?;
    }
    for state in &changes.removed {
        line(["removed", &state.name, &state.version, "", &join(&removed(state))])?;
    }
    for one in &changes.reclassed {
        let word = |class: Option<crate::policy::Class>| class.map_or("undecided", |class| class.word());
        let remark = format!("class {} -> {}", word(one.before), word(one.after));
        line(["reclassed", &one.name, &one.version, &one.version, &remark])?;
    }
    Ok(())
}
