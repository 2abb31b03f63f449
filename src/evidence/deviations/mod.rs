//! The register of deviations (5.5.2): where the coding standard is not kept on purpose, who says so, and why.
//!
//! Pure: made from a [`Report`]. Deviations stand in attributes of the source, in lint tables, in the ledger, and in comments
//! beside the code; lints that nobody has switched on are told too. What each of them keeps silent is known where a
//! run of Clippy with forced lints was taken in.
//!
//! - `gather`: finds them
//! - `text`, `tables`, `json`: the writers

mod gather;
pub mod json;
mod tables;
#[cfg(test)]
mod tests;
mod text;

use std::io;

use jiff::civil::Date;
use serde::Serialize;

use crate::evidence::register::Format;
use crate::report::Report;
use crate::report::text::Style;
use crate::source::Location;

/// Where a deviation is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// In an attribute of the source.
    Attribute,
    /// In a lint table, or a flag of the cargo configuration.
    Level,
    /// Nowhere: nobody has switched the lint on.
    Default,
    /// In the ledger.
    Waiver,
    /// In a comment beside the code.
    Comment,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::Level => "level",
            Self::Default => "default",
            Self::Waiver => "waiver",
            Self::Comment => "comment",
        }
    }
}

/// A deviation.
#[derive(Debug)]
pub struct Deviation<'a> {
    /// Where it is stated.
    pub kind: Kind,
    /// The lint, or the rule of this tool.
    pub rule: &'a str,
    /// The rules of the standard that ask for it.
    pub demands: Vec<&'a str>,
    /// How it is stated: `allow`, `expect`, `accept`.
    pub word: String,
    /// Where it is stated.
    pub at: Option<&'a Location>,
    /// The item or module around it, what a waiver is about, or the members.
    pub within: String,
    /// The reason given.
    pub reason: Option<&'a str>,
    /// Who answers for it.
    pub by: Option<&'a str>,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// The places that it keeps silent; `None` where that was not looked at.
    pub places: Option<Vec<&'a Location>>,
}

/// The register.
#[derive(Debug)]
pub struct Register<'a> {
    /// What it is made from.
    pub report: &'a Report,
    /// Every deviation, by kind, place and rule.
    pub deviations: Vec<Deviation<'a>>,
}

impl<'a> Register<'a> {
    /// The register of a report.
    #[must_use]
    pub fn new(report: &'a Report) -> Self {
        Self { report, deviations: gather::all(report) }
    }

    /// True where a run with forced lints was taken in.
    #[must_use]
    pub fn knows_places(&self) -> bool {
        self.report.facts.clippy.runs.iter().any(|run| !run.forced.is_empty())
    }

    /// How many deviations there are of which nobody says why.
    #[must_use]
    pub fn unexplained(&self) -> usize {
        self.deviations.iter().filter(|one| one.is_unexplained()).count()
    }

    /// What the register comes to, in a line.
    fn summary(&self) -> String {
        let number = |kind: Kind| self.deviations.iter().filter(|one| one.kind == kind).count();
        let kinds = [
            (Kind::Attribute, "in attributes"),
            (Kind::Level, "in lint tables"),
            (Kind::Default, "lints that nobody has switched on"),
            (Kind::Waiver, "in the ledger"),
            (Kind::Comment, "in comments"),
        ];
        let parts = kinds.iter().filter(|(kind, _)| number(*kind) > 0);
        let parts: Vec<String> = parts.map(|(kind, words)| format!("{} {words}", number(*kind))).collect();
        let silent: usize = self.deviations.iter().filter_map(|one| one.places.as_ref()).map(Vec::len).sum();
        let silent = if self.knows_places() {
            format!("{silent} places are kept silent, in the code that was compiled")
        } else {
            "what they keep silent was not looked at (--with-clippy)".to_owned()
        };
        let all = self.deviations.len();
        format!("{all} deviations: {}; {} without a reason; {silent}", parts.join(", "), self.unexplained())
    }

    /// Writes the register.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub fn write(&self, format: Format, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
        match format {
            Format::Text => text::write(self, style, out),
            Format::Json => json::write(self, out),
            Format::Csv => tables::csv(self, out),
            Format::Markdown => tables::markdown(self, out),
        }
    }
}

impl Deviation<'_> {
    /// True where somebody deviates and does not say why.
    fn is_unexplained(&self) -> bool {
        matches!(self.kind, Kind::Attribute | Kind::Comment) && self.reason.is_none()
    }
}
