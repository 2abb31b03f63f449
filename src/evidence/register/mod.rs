//! The register of components: everything that is known of each, one row a component.
//!
//! Pure: a [`Register`] is made from a [`Report`], a [`Filter`] chooses rows, and each format has a
//! writer. What could not be told is named in every format and never looks like "none". What was seen
//! in sources is an *at least* statement.
//!
//! - `row`: what is known of one component, joined from all facts
//! - `filter`: which rows are wanted
//! - `cells`: the facts of a row as short texts, the same for every table
//! - `words`: what is worth a remark, and the register in a line
//! - `text`, `csv`, `markdown`, `json`: the writers
//! - `ways`: why a component is there

mod cells;
mod csv;
mod filter;
pub mod json;
mod markdown;
mod row;
#[cfg(test)]
mod tests;
mod text;
mod ways;
mod words;

use std::io;

use crate::facts::Gap;
use crate::facts::Kind;
use crate::facts::components::Ships;
use crate::policy::Item;
use crate::report::Report;
use crate::report::text::Style;

pub(super) use cells::{capabilities, ships};
pub(super) use csv::cell as csv_cell;
pub use filter::{Filter, Mark, OriginKind, Trait};
pub(super) use markdown::{gaps as markdown_gaps, plain as markdown_text};
pub use row::{Integrity, Row, Standing, Touch, User};
pub(super) use text::gaps as text_gaps;
pub use ways::write as write_ways;

/// The register of components.
#[derive(Debug)]
pub struct Register<'a> {
    /// What it is made from.
    pub report: &'a Report,
    /// The rows asked for, by name, version and origin.
    pub rows: Vec<Row<'a>>,
    /// How many components there are, asked for or not.
    pub all: usize,
    /// Rows left out because what the filter asks for could not be told of them.
    pub doubtful: usize,
    /// Items that cargo does not know, as the policy names them; none where single components are
    /// asked for.
    pub items: &'a [Item],
}

/// How the register is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: a table as wide as the screen.
    Text,
    /// For programs; see `schemas/`.
    Json,
    /// For spreadsheets: every fact in a column.
    Csv,
    /// For documents and merge requests.
    Markdown,
}

/// The parts of a table, the most important first: whether a component ships, and the words for it.
const SHARES: [(Ships, &str); 5] = [
    (Ships::Product, "Linked into the product"),
    (Ships::Unknown, "May be linked into the product"),
    (Ships::Build, "Run while the product is built"),
    (Ships::Dev, "For development only"),
    (Ships::Locked, "In the lock file only, not used"),
];

/// Kinds of fact that the register tells.
const TOLD: [Kind; 7] = [
    Kind::Components,
    Kind::Advisories,
    Kind::Inventory,
    Kind::Registry,
    Kind::Integrity,
    Kind::Vetting,
    Kind::Policy,
];

impl<'a> Register<'a> {
    /// The register of a report: the rows that a filter asks for.
    #[must_use]
    pub fn new(report: &'a Report, filter: &Filter) -> Self {
        let rows = row::all(report);
        let all = rows.len();
        let (mut kept, mut doubtful) = (Vec::new(), 0);
        for row in rows {
            match filter.wants(&row) {
                Some(true) => kept.push(row),
                Some(false) => {}
                None => doubtful += 1,
            }
        }
        let items = if filter.is_empty() { report.facts.policy.items.as_slice() } else { &[] };
        Self { report, rows: kept, all, doubtful, items }
    }

    /// What could not be looked at, of what the register tells.
    pub fn gaps(&self) -> impl Iterator<Item = &'a Gap> {
        self.report.facts.gaps.iter().filter(|gap| TOLD.contains(&gap.kind))
    }

    /// Writes the register.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub fn write(&self, format: Format, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
        match format {
            Format::Text => text::write(self, style, out),
            Format::Json => json::write(self, out),
            Format::Csv => csv::write(self, out),
            Format::Markdown => markdown::write(self, out),
        }
    }
}
