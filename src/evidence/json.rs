//! What the formats for programs on this floor have in common; each has a schema of its own in
//! `schemas/`, which pins these too.

use serde::Serialize;

use crate::facts;
use crate::report::Report;
use crate::source::Location;

/// The program that wrote a document.
#[derive(Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

/// This program.
pub(super) const TOOL: Tool = Tool { name: "cargo-health-sec", version: env!("CARGO_PKG_VERSION") };

/// A place in a file of the workspace.
#[derive(Serialize)]
pub(super) struct Place<'a> {
    path: &'a str,
    line: usize,
}

impl<'a> From<&'a Location> for Place<'a> {
    fn from(at: &'a Location) -> Self {
        Self { path: at.path(), line: at.line() }
    }
}

/// Something that could not be looked at.
#[derive(Serialize)]
pub(super) struct Gap<'a> {
    kind: &'static str,
    what: String,
    why: String,
    remedy: String,
    place: Option<Place<'a>>,
}

impl<'a> Gap<'a> {
    /// The gap, without a word of the machine it was met on.
    pub(super) fn new(report: &Report, gap: &'a facts::Gap) -> Self {
        Self {
            kind: gap.kind.word(),
            what: report.portable(&gap.what),
            why: report.portable(&gap.why),
            remedy: report.portable(&gap.remedy),
            place: gap.at.as_ref().map(Place::from),
        }
    }
}
