//! The register of deviations for programs. The shape is published in `schemas/deviations-1.schema.json` and frozen; every
//! field is always there.

use std::io;

use serde::Serialize;

use crate::source::Location;

use super::{Deviation, Kind, Register};

/// The name of the format and its version.
pub const FORMAT: &str = "health-sec/deviations@1";

#[derive(Serialize)]
struct Shape<'a> {
    format: &'static str,
    tool: Tool,
    product: &'a str,
    as_of: String,
    standard: Option<Standard<'a>>,
    clippy: bool,
    deviations: Vec<One<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Standard<'a> {
    id: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct One<'a> {
    kind: Kind,
    rule: &'a str,
    demands: &'a [&'a str],
    word: &'a str,
    place: Option<Place<'a>>,
    within: Option<&'a str>,
    reason: Option<&'a str>,
    by: Option<&'a str>,
    until: Option<String>,
    places: Option<Vec<Place<'a>>>,
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    line: usize,
}

pub(super) fn write(register: &Register<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let facts = &register.report.facts;
    let standard = facts.policy.standard.as_ref();
    let shape = Shape {
        format: FORMAT,
        tool: Tool { name: "cargo-health-sec", version: env!("CARGO_PKG_VERSION") },
        product: register.report.subject(),
        as_of: facts.as_of.to_string(),
        standard: standard.map(|standard| Standard { id: &standard.id, version: &standard.version }),
        clippy: register.knows_places(),
        deviations: register.deviations.iter().map(one).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &shape)?;
    writeln!(out)
}

fn one<'a>(one: &'a Deviation<'_>) -> One<'a> {
    One {
        kind: one.kind,
        rule: one.rule,
        demands: &one.demands,
        word: &one.word,
        place: one.at.map(place),
        within: Some(one.within.as_str()).filter(|within| !within.is_empty()),
        reason: one.reason,
        by: one.by,
        until: one.until.map(|until| until.to_string()),
        places: one.places.as_ref().map(|places| places.iter().map(|at| place(at)).collect()),
    }
}

fn place(at: &Location) -> Place<'_> {
    Place { path: at.path(), line: at.line() }
}
