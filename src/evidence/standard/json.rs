//! The standard for programs. The shape is published in `schemas/standard-1.schema.json` and frozen; every field is always
//! there.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use crate::policy::standard::{self, Required};
use crate::source::Placed;

use super::{Channel, Outcome, Results, Row};

/// The name of the format and its version.
pub const FORMAT: &str = "health-sec/standard@1";

#[derive(Serialize)]
struct Shape<'a> {
    format: &'static str,
    tool: Tool,
    product: &'a str,
    as_of: String,
    standard: Standard<'a>,
    counts: BTreeMap<Outcome, usize>,
    clippy: bool,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Standard<'a> {
    own: bool,
    id: &'a str,
    title: Option<&'a str>,
    version: &'a str,
    date: Option<String>,
    owner: Option<&'a str>,
    approved_by: Option<&'a str>,
    approved_on: Option<String>,
    next_review: Option<String>,
    builds_on: Vec<Profile<'a>>,
    file: Option<File<'a>>,
}

#[derive(Serialize)]
struct Profile<'a> {
    name: &'a str,
    title: &'a str,
    source: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    sha256: String,
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    profile: Option<&'a str>,
    advisory: bool,
    says: &'a str,
    channels: &'a [Channel],
    level: Option<Required>,
    lints: Vec<&'a str>,
    rules: Vec<&'a str>,
    review: Option<&'a str>,
    record: Option<Record<'a>>,
    cwe: &'a [u32],
    result: Outcome,
    because: &'a [String],
    excluded: Option<Excluded<'a>>,
    places: Option<Places>,
}

#[derive(Serialize)]
struct Record<'a> {
    path: &'a str,
    by: &'a str,
    on: String,
}

#[derive(Serialize)]
struct Excluded<'a> {
    reason: &'a str,
    approved_by: Option<&'a str>,
}

#[derive(Serialize)]
struct Places {
    open: usize,
    silent: usize,
}

pub(super) fn write(results: &Results<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let rows = results.rows();
    let shape = Shape {
        format: FORMAT,
        tool: Tool { name: "cargo-health-sec", version: env!("CARGO_PKG_VERSION") },
        product: results.report.subject(),
        as_of: results.report.facts.as_of.to_string(),
        standard: standard(results),
        counts: Results::counts(&rows),
        clippy: results.report.facts.clippy.was_run(),
        rules: rows.iter().map(rule).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &shape)?;
    writeln!(out)
}

fn standard<'a>(results: &'a Results<'_>) -> Standard<'a> {
    let standard = &*results.standard;
    let source = standard.at.source();
    let file = || File { path: source.path(), sha256: source.sha256() };
    let profile = |profile: &'a Placed<&'static standard::Profile>| {
        let profile = profile.value;
        Profile {
            name: profile.name,
            title: &profile.title,
            source: &profile.source,
            version: &profile.version,
        }
    };
    Standard {
        own: results.is_own(),
        id: &standard.id,
        title: standard.title.as_deref(),
        version: &standard.version,
        date: standard.date.as_ref().map(|date| date.value.to_string()),
        owner: standard.owner.as_ref().map(|owner| owner.value.as_str()),
        approved_by: standard.approved_by.as_ref().map(|person| person.value.as_str()),
        approved_on: standard.approved_on.as_ref().map(|date| date.value.to_string()),
        next_review: standard.next_review.as_ref().map(|date| date.value.to_string()),
        builds_on: standard.builds_on.iter().map(profile).collect(),
        file: results.is_own().then(file),
    }
}

fn rule<'a>(row: &'a Row<'_>) -> Rule<'a> {
    let demand = row.demand;
    Rule {
        id: &demand.id,
        profile: demand.profile,
        advisory: demand.advisory,
        says: &demand.says,
        channels: &row.channels,
        level: (!demand.lints.is_empty()).then_some(demand.level),
        lints: demand.lints.iter().map(|lint| lint.value.as_str()).collect(),
        rules: demand.rules.iter().map(|rule| rule.value.as_str()).collect(),
        review: demand.review.as_deref(),
        record: row.review.map(|review| Record {
            path: &review.record.value,
            by: &review.by.value,
            on: review.on.value.to_string(),
        }),
        cwe: &demand.cwe,
        result: row.outcome,
        because: &row.because,
        excluded: row.exclusion.map(|exclusion| Excluded {
            reason: &exclusion.reason.value,
            approved_by: exclusion.approved_by.as_ref().map(|person| person.value.as_str()),
        }),
        places: row.places.map(|(open, silent)| Places { open, silent }),
    }
}
