//! The coding standard (5.1.3, 5.5): a file of its own that the policy names in `[standard]`.
//!
//! A standard has an owner, a version and an approval, and lives longer than a policy; several products can
//! share one. It says what is demanded and what enforces each demand: lints that must be on, rules of this tool, or
//! a person's review. It may build upon profiles that come with the tool, change single demands of them, record
//! reviews, and exclude with a reason what does not apply.
//!
//! - `demand`: one demand, and how it is read
//! - `profile`: what comes with the tool, from `rules/standard.toml`

mod demand;
mod profile;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::document::{self, Fields, Value};
use crate::error::Fault;
use crate::source::{Location, Placed, Source};

pub use demand::{Demand, Required};
pub use profile::Profile;
use profile::profiles;

/// A coding standard.
#[derive(Debug, Clone)]
pub struct Standard {
    /// The file as a whole.
    pub at: Location,
    /// The number under which the manufacturer keeps it.
    pub id: String,
    /// What it is called.
    pub title: Option<String>,
    /// Its version.
    pub version: String,
    /// The day of this version.
    pub date: Option<Placed<Date>>,
    /// Who keeps it.
    pub owner: Option<Placed<String>>,
    /// Who approved this version.
    pub approved_by: Option<Placed<String>>,
    /// When.
    pub approved_on: Option<Placed<Date>>,
    /// The day by which it is looked at again.
    pub next_review: Option<Placed<Date>>,
    /// Profiles that it builds upon.
    pub builds_on: Vec<Placed<&'static Profile>>,
    /// Every demand: those of the profiles in their order, then its own.
    pub demands: Vec<Demand>,
    /// Reviews on record.
    pub reviews: Vec<Review>,
    /// What does not apply.
    pub exclusions: Vec<Exclusion>,
}

/// A review on record: `[[review]]`.
#[derive(Debug, Clone)]
pub struct Review {
    /// The demands that were looked at, each an id, or the start of ids with `*` behind it.
    pub of: Vec<Placed<String>>,
    /// The document that says so.
    pub record: Placed<String>,
    /// Who looked.
    pub by: Placed<String>,
    /// When.
    pub on: Placed<Date>,
}

/// Demands that do not apply: `[[exclude]]`.
#[derive(Debug, Clone)]
pub struct Exclusion {
    /// The demands, each an id, or the start of ids with `*` behind it.
    pub of: Vec<Placed<String>>,
    /// Why.
    pub reason: Placed<String>,
    /// Who approved that.
    pub approved_by: Option<Placed<String>>,
    /// The exclusion as a whole.
    pub at: Location,
}

impl Standard {
    /// Reads a standard.
    ///
    /// # Errors
    /// Every fault of the file.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Vec<Fault>> {
        let value =
            document::parse(source).map_err(|error| vec![document::fault(&error.at, error.message, None)])?;
        let mut faults = Vec::new();
        match read(&value, source, &mut faults) {
            Some(standard) if faults.is_empty() => Ok(standard),
            _ => Err(faults),
        }
    }

    /// What comes with the tool, as if a manufacturer had taken all of it over.
    #[must_use]
    pub fn shipped() -> Self {
        let at = profile::source().whole();
        Self {
            id: "shipped".to_owned(),
            title: Some("the profiles that come with the tool".to_owned()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            date: None,
            owner: None,
            approved_by: None,
            approved_on: None,
            next_review: None,
            builds_on: profiles().iter().map(|profile| Placed { value: profile, at: at.clone() }).collect(),
            demands: profiles().iter().flat_map(|profile| profile.demands.clone()).collect(),
            reviews: Vec::new(),
            exclusions: Vec::new(),
            at,
        }
    }

    /// The exclusion of a demand.
    #[must_use]
    pub fn exclusion(&self, demand: &Demand) -> Option<&Exclusion> {
        self.exclusions.iter().find(|exclusion| meant(&exclusion.of, &demand.id))
    }

    /// The newest review of a demand.
    #[must_use]
    pub fn review(&self, demand: &Demand) -> Option<&Review> {
        let of_it = self.reviews.iter().filter(|review| meant(&review.of, &demand.id));
        of_it.max_by_key(|review| review.on.value)
    }

    /// The demands that apply.
    pub fn applying(&self) -> impl Iterator<Item = &Demand> {
        self.demands.iter().filter(|demand| self.exclusion(demand).is_none())
    }

    /// Each lint that is required, with the highest level and the demand that asks for it. Advisory
    /// demands ask for nothing.
    #[must_use]
    pub fn required_lints(&self) -> BTreeMap<&str, (Required, &Demand)> {
        let mut lints: BTreeMap<&str, (Required, &Demand)> = BTreeMap::new();
        for demand in self.applying().filter(|demand| !demand.advisory) {
            for lint in &demand.lints {
                let known = lints.entry(&lint.value).or_insert((demand.level, demand));
                if known.0 < demand.level {
                    *known = (demand.level, demand);
                }
            }
        }
        lints
    }
}

/// True where one of the words names a demand.
fn meant(words: &[Placed<String>], id: &str) -> bool {
    words.iter().any(|word| match word.value.strip_suffix('*') {
        Some(start) => id.starts_with(start),
        None => word.value == id,
    })
}

fn read(value: &Value, source: &Arc<Source>, faults: &mut Vec<Fault>) -> Option<Standard> {
    let mut fields = Fields::new(value, "the coding standard", faults);
    let (id, version) = (fields.required("id"), fields.required("version"));
    let title = fields.string("title").map(|title| title.value);
    let (date, owner) = (fields.date("date"), fields.string("owner"));
    let (approved_by, approved_on) = (fields.string("approved_by"), fields.date("approved_on"));
    let next_review = fields.date("next_review");
    let words: Vec<(&'static str, &'static Profile)> =
        profiles().iter().map(|profile| (profile.name, profile)).collect();
    let builds_on = fields.words("builds_on", &words);
    let own = fields.entries("rule");
    let reviews = fields.tables("review");
    let exclusions = fields.tables("exclude");
    let mut demands: Vec<Demand> = builds_on.iter().flat_map(taken_over).collect();
    for entry in own {
        let known = demands.iter_mut().find(|demand| demand.id == entry.key);
        match known {
            Some(demand) => demand::change(demand, entry, fields.faults()),
            None => demands.extend(demand::read(entry, None, fields.faults())),
        }
    }
    let reviews = reviews.iter().filter_map(|table| read_review(table, &demands, fields.faults())).collect();
    let exclusions =
        exclusions.iter().filter_map(|table| read_exclusion(table, &demands, fields.faults())).collect();
    fields.finish();
    Some(Standard {
        at: source.whole(),
        id: id?.value,
        title,
        version: version?.value,
        date,
        owner,
        approved_by,
        approved_on,
        next_review,
        builds_on,
        demands,
        reviews,
        exclusions,
    })
}

/// The demands of a profile, at the place that names it: the profile is no file of the workspace.
fn taken_over(profile: &Placed<&'static Profile>) -> Vec<Demand> {
    profile.value.demands.iter().map(|demand| demand.placed(&profile.at)).collect()
}

fn read_review(table: &Value, demands: &[Demand], faults: &mut Vec<Fault>) -> Option<Review> {
    let mut fields = Fields::new(table, "[[review]]", faults);
    let of = read_of(&mut fields, demands);
    let (record, by) = (fields.required("record"), fields.required("by"));
    let on = fields.required_date("on");
    fields.finish();
    Some(Review { of, record: record?, by: by?, on: on? })
}

fn read_exclusion(table: &Value, demands: &[Demand], faults: &mut Vec<Fault>) -> Option<Exclusion> {
    let mut fields = Fields::new(table, "[[exclude]]", faults);
    let of = read_of(&mut fields, demands);
    let (reason, approved_by) = (fields.required("reason"), fields.string("approved_by"));
    fields.finish();
    Some(Exclusion { of, reason: reason?, approved_by, at: table.at() })
}

/// The demands that are meant: each word has to name one.
fn read_of(fields: &mut Fields<'_>, demands: &[Demand]) -> Vec<Placed<String>> {
    let of = fields.string_or_strings("of");
    for word in &of {
        if !demands.iter().any(|demand| meant(std::slice::from_ref(word), &demand.id)) {
            let known: Vec<&str> = demands.iter().map(|demand| demand.id.as_str()).collect();
            let help = document::suggestion(&word.value, &known);
            fields.fault(&word.at, format!("the standard has no rule `{}`", word.value), help);
        }
    }
    of
}
