//! What is left over from before the product was judged: `health-sec.baseline.toml`.
//!
//! A product that was made before its maker met these rules has findings that can't all be mended at once (health
//! software in transition, annex F of the standard). The file records them, each with a reason and a day; it is
//! written by `cargo health-sec baseline`, which only ever takes entries out.

use std::sync::Arc;

use jiff::civil::Date;

use crate::document::{self, Fields, Value};
use crate::error::{Error, Fault};
use crate::source::{Location, Placed, ReadError, Source, Tree};

/// The name of the file, in the workspace root.
pub const BASELINE_NAME: &str = "health-sec.baseline.toml";

/// What is left over.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// The file.
    pub at: Location,
    /// How many findings there were when it was begun.
    pub recorded: usize,
    /// What is left of them.
    pub entries: Vec<Leftover>,
}

/// A finding of long ago.
#[derive(Debug, Clone)]
pub struct Leftover {
    /// The rule.
    pub rule: Placed<String>,
    /// What it is about: an item, a component; empty where it is about a file.
    pub item: String,
    /// The file.
    pub path: String,
    /// What it says, as digits.
    pub print: Placed<String>,
    /// Why it may stay.
    pub reason: Placed<String>,
    /// When it was recorded.
    pub since: Placed<Date>,
}

impl Baseline {
    /// The day on which the first of the entries was recorded.
    #[must_use]
    pub fn since(&self) -> Option<Date> {
        self.entries.iter().map(|entry| entry.since.value).min()
    }

    /// Reads the text of the file.
    ///
    /// # Errors
    /// Every fault of it: what is wrong in it could let findings through.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Error> {
        let broken = |faults| Error::Policy { path: BASELINE_NAME.to_owned(), faults };
        let value = document::parse(source)
            .map_err(|error| broken(vec![document::fault(&error.at, error.message, None)]))?;
        let mut faults = Vec::new();
        let mut fields = Fields::new(&value, "the baseline", &mut faults);
        let recorded = fields.integer("recorded").and_then(|number| usize::try_from(number.value).ok());
        let entries = fields.tables("left");
        let entries: Vec<Leftover> =
            entries.iter().filter_map(|entry| read_entry(entry, fields.faults())).collect();
        fields.finish();
        if !faults.is_empty() {
            return Err(broken(faults));
        }
        let recorded = recorded.unwrap_or_default().max(entries.len());
        Ok(Self { at: source.whole(), recorded, entries })
    }
}

/// Reads the file of a tree, if there is one.
///
/// # Errors
/// Every fault of the file: what is wrong in it could let findings through.
pub(super) fn read(tree: &Tree) -> Result<Option<Baseline>, Error> {
    let source = match tree.read(BASELINE_NAME) {
        Ok(source) => source,
        Err(ReadError::Absent) => return Ok(None),
        Err(error) => {
            return Err(Error::File {
                action: "read",
                path: BASELINE_NAME.into(),
                help: "mend the file, or remove it: then all findings count".to_owned(),
                source: std::io::Error::other(error.to_string()),
            });
        }
    };
    Baseline::parse(&source).map(Some)
}

fn read_entry(table: &Value, faults: &mut Vec<Fault>) -> Option<Leftover> {
    let mut fields = Fields::new(table, "[[left]]", faults);
    let (rule, print) = (fields.required("rule"), fields.required("print"));
    let text = |text: Option<Placed<String>>| text.map(|text| text.value).unwrap_or_default();
    let (item, path) = (text(fields.string("item")), text(fields.string("path")));
    let (reason, since) = (fields.required("reason"), fields.required_date("since"));
    fields.finish();
    Some(Leftover { rule: rule?, item, path, print: print?, reason: reason?, since: since? })
}
