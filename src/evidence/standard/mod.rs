//! The coding standard, rule by rule: what enforces it, and whether that holds here.
//!
//! Pure: made from a [`Report`]. Where the policy names no standard, the profiles that come with the tool are told, so
//! that a manufacturer sees what they would ask for.
//!
//! - `row`: one demand and its result
//! - `cells`: a row as short texts, the same for every table
//! - `text`, `csv`, `markdown`, `json`: the writers
//! - `lints`: the lint tables that the standard asks for, to be put into a manifest

mod cells;
mod csv;
pub mod json;
mod lints;
mod markdown;
mod row;
#[cfg(test)]
mod tests;
mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use crate::policy::Standard;
use crate::report::Report;
use crate::report::text::Style;

pub use row::{Channel, Outcome, Row};

/// The standard with its results.
#[derive(Debug)]
pub struct Results<'a> {
    /// What it is made from.
    pub report: &'a Report,
    /// The standard that is told.
    pub standard: Cow<'a, Standard>,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs; see `schemas/`.
    Json,
    /// For spreadsheets.
    Csv,
    /// For documents and merge requests.
    Markdown,
    /// The lint tables that it asks for, for the root manifest.
    Lints,
}

impl<'a> Results<'a> {
    /// The standard of a report; without one, what comes with the tool.
    #[must_use]
    pub fn new(report: &'a Report) -> Self {
        let own = report.facts.policy.standard.as_ref().map(Cow::Borrowed);
        Self { report, standard: own.unwrap_or_else(|| Cow::Owned(Standard::shipped())) }
    }

    /// True where the manufacturer has a standard.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self.standard, Cow::Borrowed(_))
    }

    /// Every demand with its result, in the order of the standard.
    #[must_use]
    pub fn rows(&self) -> Vec<Row<'_>> {
        self.standard.demands.iter().map(|demand| Row::new(self, demand)).collect()
    }

    /// How many demands have which result.
    #[must_use]
    pub fn counts(rows: &[Row<'_>]) -> BTreeMap<Outcome, usize> {
        let mut counts = BTreeMap::new();
        for row in rows {
            *counts.entry(row.outcome).or_default() += 1;
        }
        counts
    }

    /// What the standard is, in a line.
    fn title(&self) -> String {
        let standard = &self.standard;
        let title = standard.title.as_ref().map(|title| format!(", {title}")).unwrap_or_default();
        format!("{}{title}, version {}", standard.id, standard.version)
    }

    /// Who answers for it, in a line; what nobody has said is told as such.
    fn papers(&self) -> String {
        let standard = &self.standard;
        let word = |text: Option<&String>| text.map_or("nobody", String::as_str).to_owned();
        let day = |day: Option<jiff::civil::Date>| day.map_or("no day".to_owned(), |day| day.to_string());
        format!(
            "of {}, kept by {}, approved by {} on {}, to be looked at again by {}",
            day(standard.date.as_ref().map(|date| date.value)),
            word(standard.owner.as_ref().map(|owner| &owner.value)),
            word(standard.approved_by.as_ref().map(|person| &person.value)),
            day(standard.approved_on.as_ref().map(|date| date.value)),
            day(standard.next_review.as_ref().map(|date| date.value)),
        )
    }

    /// The profiles that it builds upon, a line each.
    fn profiles(&self) -> impl Iterator<Item = String> {
        self.standard.builds_on.iter().map(|profile| {
            let profile = profile.value;
            format!("builds on {}, {} at {}", profile.title, profile.source, profile.version)
        })
    }

    /// What results of Clippy there are, in a line.
    fn clippy(&self) -> String {
        let clippy = &self.report.facts.clippy;
        if !clippy.was_run() {
            return "results of Clippy were not taken in (--with-clippy, --clippy-json)".to_owned();
        }
        let open = clippy.open().count();
        let silent = clippy.results.len() - open;
        format!(
            "Clippy: {open} results stand open and {silent} are kept silent, in the code that was compiled"
        )
    }

    /// Writes it.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub fn write(&self, format: Format, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
        match format {
            Format::Text => text::write(self, style, out),
            Format::Json => json::write(self, out),
            Format::Csv => csv::write(self, out),
            Format::Markdown => markdown::write(self, out),
            Format::Lints => lints::write(self, out),
        }
    }
}
