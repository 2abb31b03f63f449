//! Threat models for people: what is in them, what is open, a picture, and the same in the native format.
//!
//! - `text`, `markdown`, `json`: a model in words;
//! - `diagram`: its data-flow diagram as SVG;
//! - `native`: any model in the native format.

mod diagram;
mod json;
mod markdown;
mod native;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;
use std::io;

use jiff::civil::Date;

use crate::checks::threats::standing;
use crate::facts::threats::{Model, Threat, Threats};
use crate::policy::Synonym;
use crate::report::text::Style;
use crate::source::Location;

pub use native::{Converted, convert};

/// How a model is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// For documents
    Markdown,
    /// The data-flow diagram
    Svg,
}

/// Writes models in words.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(
    threats: &Threats,
    as_of: Date,
    format: Format,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Text => text::write(threats, as_of, style, out),
        Format::Json => json::write(threats, as_of, out),
        Format::Markdown => markdown::write(threats, as_of, out),
        Format::Svg => threats
            .models
            .iter()
            .try_for_each(|model| out.write_all(picture(model, as_of).unwrap_or_default().as_bytes())),
    }
}

/// The data-flow diagram of a model as SVG; `None` where there is more to draw than anybody reads.
#[must_use]
pub fn picture(model: &Model, as_of: Date) -> Option<String> {
    diagram::svg(model, &Standings::of(model, as_of))
}

/// What the policy says of the words of a model, a line a word.
fn translated(model: &Model) -> Vec<String> {
    let mut used: BTreeMap<&Location, (&Synonym, usize)> = BTreeMap::new();
    for word in &model.translated {
        used.entry(&word.synonym.word.at).or_insert((&word.synonym, 0)).1 += 1;
    }
    let lines = used.into_values().map(|(synonym, count)| {
        let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
        let (what, at) = (synonym.kind.what(), &synonym.word.at);
        format!(
            "{what} `{}` counts as `{}`, {times}, by the policy ({at})",
            synonym.word.value, synonym.means.value
        )
    });
    lines.collect()
}

/// How each threat of a model stands on a day.
struct Standings<'m> {
    /// Why a threat is open, by its id.
    open: BTreeMap<&'m str, String>,
    threats: usize,
    /// False where threats of the model are not at hand.
    whole: bool,
}

impl<'m> Standings<'m> {
    fn of(model: &'m Model, as_of: Date) -> Self {
        let open = model
            .threats
            .iter()
            .filter_map(|threat| Some((threat.id.value.as_str(), standing(model, threat, as_of).err()?)));
        Self { open: open.collect(), threats: model.threats.len(), whole: model.unread.is_empty() }
    }

    fn is_open(&self, threat: &Threat) -> bool {
        self.open.contains_key(threat.id.value.as_str())
    }

    /// Why a threat is open.
    fn why(&self, threat: &Threat) -> Option<&str> {
        self.open.get(threat.id.value.as_str()).map(String::as_str)
    }

    /// How many threats there are, and how many of them are open.
    fn sum(&self) -> String {
        match (self.threats, self.open.len()) {
            (0, _) if !self.whole => "no threats at hand".to_owned(),
            (0, _) => "no threats".to_owned(),
            (1, 0) => "1 threat, answered".to_owned(),
            (1, _) => "1 threat, open".to_owned(),
            (all, 0) => format!("{all} threats, all answered"),
            (all, open) => format!("{all} threats, {open} open"),
        }
    }
}
