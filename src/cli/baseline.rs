//! `baseline`: records the findings of a product in transition, and takes out what is gone. It never adds to a record
//! that is there: a new finding is mended, or accepted by a waiver that ends.

use std::fmt::Write as _;

use clap::Args;

use crate::error::Error;
use crate::finding::{Mark, matched};
use crate::policy::{BASELINE_NAME, Baseline};
use crate::report::{Judged, Outcome, Report};
use crate::rule::Tier;

use super::screen::Screens;
use super::subject::Subject;

/// The words of `baseline`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Why these findings may stay for now: the plan by which they go
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Print the file instead of writing it
    #[arg(long)]
    stdout: bool,
    #[command(flatten)]
    subject: Subject,
}

/// Writes the file; returns the exit code.
pub(super) fn run(arguments: Arguments, screens: &Screens) -> Result<u8, Error> {
    let request = arguments.subject.into_request(super::epoch().as_deref())?;
    let report = crate::inspect(&request)?;
    let (text, told) = match (&report.facts.policy.baseline, &arguments.reason) {
        (Some(baseline), _) => shrunk(&report, baseline),
        (None, Some(reason)) if !reason.trim().is_empty() => begun(&report, reason),
        (None, _) => {
            return Err(Error::Usage {
                message: "a record of what is left over needs a reason".to_owned(),
                help: "say with --reason why the findings may stay, and by which plan they go".to_owned(),
            });
        }
    };
    if arguments.stdout {
        return screens.write(|out| out.write_all(text.as_bytes()));
    }
    let file = report.facts.workspace.root.join(BASELINE_NAME);
    super::replace(&file, |out| out.write_all(text.as_bytes()))?;
    screens.remark(&told);
    Ok(0)
}

/// Findings that are told and stand, with those that the record covers.
fn open(report: &Report) -> impl Iterator<Item = &Judged> {
    let told = report.outcomes.iter().filter(|outcome: &&Outcome| outcome.tier > Tier::Register);
    told.flat_map(|outcome| outcome.findings.iter().filter(|judged| judged.waiver.is_none()))
}

fn begun(report: &Report, reason: &str) -> (String, String) {
    let marks: Vec<Mark> = open(report).map(|judged| Mark::of(&judged.finding)).collect();
    let mut text = head(marks.len());
    for mark in &marks {
        write_entry(&mut text, mark, reason, report.facts.as_of);
    }
    (text, format!("wrote {BASELINE_NAME}: {} findings are left over; commit it\n", marks.len()))
}

/// The record without what is gone, each entry where it is today.
fn shrunk(report: &Report, baseline: &Baseline) -> (String, String) {
    let now: Vec<Mark> = open(report).map(|judged| Mark::of(&judged.finding)).collect();
    let before: Vec<Mark> = baseline.entries.iter().map(Mark::from).collect();
    let mut text = head(baseline.recorded);
    let found = matched(&before, &now);
    let mut left: Vec<(usize, &Mark)> =
        found.iter().zip(&now).filter_map(|(entry, mark)| Some(((*entry)?, mark))).collect();
    left.sort_by_key(|(entry, _)| *entry);
    for (entry, mark) in &left {
        let entry = &baseline.entries[*entry];
        write_entry(&mut text, mark, &entry.reason.value, entry.since.value);
    }
    let gone = baseline.entries.len() - left.len();
    (text, format!("wrote {BASELINE_NAME}: {} findings are left over, {gone} are gone\n", left.len()))
}

fn head(recorded: usize) -> String {
    format!(
        "# Findings from before this product was judged. Written by `cargo health-sec baseline`, which only takes\n\
         # entries out; a new finding is mended, or accepted in health-sec.toml.\n\
         recorded = {recorded}\n"
    )
}

fn write_entry(text: &mut String, mark: &Mark, reason: &str, since: jiff::civil::Date) {
    let quoted = |text: &str| toml_string(text);
    let _ = write!(text, "\n[[left]]\nrule = {}\n", quoted(&mark.rule));
    if !mark.item.is_empty() {
        let _ = writeln!(text, "item = {}", quoted(&mark.item));
    }
    let _ = write!(
        text,
        "path = {}\nprint = {}\nreason = {}\nsince = {since}\n",
        quoted(&mark.path),
        quoted(&mark.print),
        quoted(reason)
    );
}

/// A basic string of TOML.
fn toml_string(text: &str) -> String {
    let escaped = text.chars().fold(String::new(), |mut out, letter| {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            letter if letter.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
            letter => out.push(letter),
        }
        out
    });
    format!("\"{escaped}\"")
}
