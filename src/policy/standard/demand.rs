//! One demand of a coding standard: what is demanded, and what enforces it.

use crate::document::{Entry, Fields, Value};
use crate::error::Fault;
use crate::source::{Location, Placed};

/// A demand: `[rule.ID]`.
#[derive(Debug, Clone)]
pub struct Demand {
    /// Its id, such as `LANG-UNSAFE`.
    pub id: String,
    /// Where it is written; for a demand of a profile, where the profile is named.
    pub at: Location,
    /// The profile that it comes from.
    pub profile: Option<&'static str>,
    /// What is demanded, as one sentence.
    pub says: String,
    /// True for a recommendation: it is told, and nothing is found by it.
    pub advisory: bool,
    /// CWE numbers of what it guards against.
    pub cwe: Vec<u32>,
    /// Lints that must be on.
    pub lints: Vec<Placed<String>>,
    /// At which level.
    pub level: Required,
    /// Rules of this tool that enforce it.
    pub rules: Vec<Placed<String>>,
    /// What a person has to look at.
    pub review: Option<String>,
}

/// The level that a lint must have at least.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Required {
    /// It is said.
    #[default]
    Warn,
    /// It fails the build.
    Deny,
    /// It fails the build, and no source can lower it.
    Forbid,
}

impl Required {
    const WORDS: &'static [(&'static str, Self)] =
        &[("warn", Self::Warn), ("deny", Self::Deny), ("forbid", Self::Forbid)];

    /// The word as written in the standard.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, level)| *level == self).map_or("", |(word, _)| word)
    }
}

impl Demand {
    /// The same demand, at the place that takes it over.
    pub(super) fn placed(&self, at: &Location) -> Self {
        let placed = |words: &[Placed<String>]| {
            words.iter().map(|word| Placed { value: word.value.clone(), at: at.clone() }).collect()
        };
        Self { at: at.clone(), lints: placed(&self.lints), rules: placed(&self.rules), ..self.clone() }
    }
}

/// What a table says of a demand; whatever it leaves out stays as it is.
struct Said {
    says: Option<Placed<String>>,
    advisory: Option<Placed<bool>>,
    cwe: Option<Vec<u32>>,
    lints: Option<Vec<Placed<String>>>,
    level: Option<Placed<Required>>,
    rules: Option<Vec<Placed<String>>>,
    review: Option<Placed<String>>,
}

fn said(entry: &Entry, faults: &mut Vec<Fault>) -> Said {
    let mut fields = Fields::new(&entry.value, format!("[rule.{}]", entry.key), faults);
    let there = |key: &str| entry.value.entry(key).is_some();
    let says = fields.string("says");
    let advisory = fields.boolean("advisory");
    let cwe = there("cwe").then(|| numbers(&mut fields));
    let lints = there("lints").then(|| fields.strings("lints"));
    let lints = lints.map(|lints| {
        lints.into_iter().map(|lint| Placed { value: lint.value.replace('-', "_"), at: lint.at }).collect()
    });
    let level = fields.word("level", Required::WORDS);
    let rules = there("rules").then(|| fields.strings("rules"));
    let review = fields.string("review");
    fields.finish();
    Said { says, advisory, cwe, lints, level, rules, review }
}

fn numbers(fields: &mut Fields<'_>) -> Vec<u32> {
    let Some(list) = fields.value("cwe") else { return Vec::new() };
    let number = |value: &Value| value.as_integer().and_then(|number| u32::try_from(number).ok());
    let numbers: Vec<u32> = list.items().iter().filter_map(number).collect();
    if numbers.is_empty() || numbers.len() < list.items().len() {
        fields.fault(&list.at(), "`cwe` is no list of CWE numbers", Some("cwe = [248, 617]".to_owned()));
    }
    numbers
}

/// Reads a demand that nobody has stated before.
pub(super) fn read(entry: &Entry, profile: Option<&'static str>, faults: &mut Vec<Fault>) -> Option<Demand> {
    let before = faults.len();
    let Said { says, advisory, cwe, lints, level, rules, review } = said(entry, faults);
    if says.is_none() {
        let help = "write `says = \"...\"`, or name in `builds_on` the profile that has it";
        let message = format!("[rule.{}] does not say what is demanded", entry.key);
        crate::document::note(faults, &entry.key_at, message, Some(help.to_owned()));
    }
    let demand = Demand {
        id: entry.key.clone(),
        at: entry.key_at.clone(),
        profile,
        says: says.map(|says| says.value).unwrap_or_default(),
        advisory: advisory.is_some_and(|advisory| advisory.value),
        cwe: cwe.unwrap_or_default(),
        lints: lints.unwrap_or_default(),
        level: level.map(|level| level.value).unwrap_or_default(),
        rules: rules.unwrap_or_default(),
        review: review.map(|review| review.value),
    };
    needs_a_channel(&demand, entry, faults);
    (faults.len() == before).then_some(demand)
}

/// Changes a demand of a profile: what the table says replaces what the profile said.
pub(super) fn change(demand: &mut Demand, entry: &Entry, faults: &mut Vec<Fault>) {
    let Said { says, advisory, cwe, lints, level, rules, review } = said(entry, faults);
    demand.at = entry.key_at.clone();
    demand.says = says.map_or_else(|| std::mem::take(&mut demand.says), |says| says.value);
    demand.advisory = advisory.map_or(demand.advisory, |advisory| advisory.value);
    demand.cwe = cwe.unwrap_or_else(|| std::mem::take(&mut demand.cwe));
    demand.lints = lints.unwrap_or_else(|| std::mem::take(&mut demand.lints));
    demand.level = level.map_or(demand.level, |level| level.value);
    demand.rules = rules.unwrap_or_else(|| std::mem::take(&mut demand.rules));
    demand.review = match review {
        // Lints and rules may stand in for a person.
        Some(review) => Some(review.value).filter(|review| !review.trim().is_empty()),
        None => demand.review.take(),
    };
    needs_a_channel(demand, entry, faults);
}

fn needs_a_channel(demand: &Demand, entry: &Entry, faults: &mut Vec<Fault>) {
    if demand.lints.is_empty() && demand.rules.is_empty() && demand.review.is_none() {
        let help = "name `lints`, `rules`, or what a person has to `review`; what does not apply stands in [[exclude]]";
        let message = format!("nothing enforces [rule.{}]", entry.key);
        crate::document::note(faults, &entry.key_at, message, Some(help.to_owned()));
    }
}
