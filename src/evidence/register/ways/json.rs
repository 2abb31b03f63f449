//! The ways for programs; `schemas/ways-1.schema.json` says what each field means.

use std::io;

use serde::Serialize;

use crate::evidence::json::{Gap, TOOL, Tool};
use crate::facts::components::{Link, Node, Ships};
use crate::facts::workspace::EdgeKind;
use crate::facts::{self, Kind};
use crate::report::Report;

use super::Ways;

/// The name of the format and its version.
const FORMAT: &str = "health-sec/ways@1";

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    tool: Tool,
    product: &'a str,
    as_of: String,
    targets: &'a [String],
    resolved: bool,
    components: Vec<Component>,
    gaps: Vec<Gap<'a>>,
}

#[derive(Serialize)]
struct Component {
    id: String,
    ships: Option<Ships>,
    steps: Vec<Step>,
    others: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    user: String,
    member: bool,
    uses: String,
    kind: Option<EdgeKind>,
}

pub(super) fn write(report: &Report, all: &[Ways<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    let components = &report.facts.components;
    // The graph is all that ways are made of.
    let graph = |gap: &&facts::Gap| gap.kind == Kind::Components;
    let document = Document {
        format: FORMAT,
        tool: TOOL,
        product: report.subject(),
        as_of: report.facts.as_of.to_string(),
        targets: &components.targets,
        resolved: components.resolved,
        components: all.iter().map(component).collect(),
        gaps: report.facts.gaps.iter().filter(graph).map(|gap| Gap::new(report, gap)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn component(ways: &Ways<'_>) -> Component {
    let step = |link: &Link| Step {
        user: ways.name(link.from),
        member: matches!(link.from, Node::Member(_)),
        uses: ways.name(link.to),
        kind: link.kind,
    };
    let ships = ways.component.ships;
    Component {
        id: ways.component.id(),
        ships: (ships != Ships::Unknown).then_some(ships),
        steps: ways.all_steps().into_iter().map(step).collect(),
        others: ways.others.iter().map(|link| step(link)).collect(),
    }
}
