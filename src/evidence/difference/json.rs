//! The changes for programs.
//!
//! The shape is published in `schemas/changes-1.schema.json` and frozen: types of its own repeat it.
//! Every field is always there; `null` stands for what was not looked at, or not known then.

use std::collections::BTreeSet;
use std::io;

use serde::Serialize;

use crate::evidence::changes::{self, BuildCode, Changes, Insight, Step};
use crate::evidence::json::{Gap, TOOL, Tool};
use crate::facts::components::Ships;
use crate::facts::inventory::Capability;
use crate::policy::Class;
use crate::report::Report;
use crate::report::json::UnsafeByKind;

use super::lines::changed;

/// The name of the format for programs and its version.
const FORMAT: &str = "health-sec/changes@1";

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    tool: Tool,
    product: &'a str,
    as_of: String,
    baseline: Baseline<'a>,
    added: Vec<State<'a>>,
    removed: Vec<State<'a>>,
    updated: Vec<Updated<'a>>,
    unchanged: usize,
    reclassed: Vec<Reclassed<'a>>,
    gaps: Vec<Gap<'a>>,
}

#[derive(Serialize)]
struct Baseline<'a> {
    revision: &'a str,
    commit: &'a str,
    on: &'a str,
    package: Option<Package<'a>>,
    locked: bool,
    components: usize,
}

#[derive(Serialize)]
struct Package<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
}

#[derive(Serialize)]
struct State<'a> {
    name: &'a str,
    version: &'a str,
    origin: &'a str,
    checksum: Option<&'a str>,
    class: Option<Class>,
    ships: Option<Ships>,
    why: &'a [String],
    seen: Option<Seen<'a>>,
    advisories: &'a [String],
}

#[derive(Serialize)]
struct Seen<'a> {
    able_to_at_least: &'a BTreeSet<Capability>,
    unsafe_at_least: u32,
    unsafe_by_kind: UnsafeByKind,
    build_script: bool,
    build_able_to_at_least: &'a BTreeSet<Capability>,
    proc_macro: bool,
    links: Option<&'a str>,
}

#[derive(Serialize)]
struct Updated<'a> {
    kind: &'static str,
    step: Step,
    before: State<'a>,
    after: State<'a>,
    capabilities_gained: Option<&'a BTreeSet<Capability>>,
    capabilities_lost: Option<&'a BTreeSet<Capability>>,
    unsafe_delta: Option<i64>,
    build_code: Option<BuildCode>,
    advisories_gained: &'a [String],
    advisories_mended: &'a [String],
}

#[derive(Serialize)]
struct Reclassed<'a> {
    name: &'a str,
    version: &'a str,
    before: Option<Class>,
    after: Option<Class>,
}

pub(super) fn write(report: &Report, changes: &Changes, out: &mut dyn io::Write) -> io::Result<()> {
    let document = Document {
        format: FORMAT,
        tool: TOOL,
        product: report.subject(),
        as_of: report.facts.as_of.to_string(),
        baseline: baseline(&changes.baseline),
        added: changes.added.iter().map(state).collect(),
        removed: changes.removed.iter().map(state).collect(),
        updated: changes.updated.iter().map(updated).collect(),
        unchanged: changes.unchanged,
        reclassed: changes.reclassed.iter().map(reclassed).collect(),
        gaps: super::gaps(report).map(|gap| Gap::new(report, gap)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn reclassed(one: &changes::Reclassed) -> Reclassed<'_> {
    Reclassed { name: &one.name, version: &one.version, before: one.before, after: one.after }
}

fn baseline(since: &changes::Since) -> Baseline<'_> {
    let (name, version) = (since.package.0.as_deref(), since.package.1.as_deref());
    Baseline {
        revision: &since.revision,
        commit: &since.commit,
        on: &since.on,
        package: (name.is_some() || version.is_some()).then_some(Package { name, version }),
        locked: since.locked,
        components: since.components,
    }
}

fn state(state: &changes::State) -> State<'_> {
    State {
        name: &state.name,
        version: &state.version,
        origin: &state.origin,
        checksum: state.checksum.as_deref(),
        class: state.class,
        ships: state.ships.filter(|ships| *ships != Ships::Unknown),
        why: &state.why,
        seen: state.seen.as_ref().map(seen),
        advisories: &state.advisories,
    }
}

fn seen(seen: &Insight) -> Seen<'_> {
    Seen {
        able_to_at_least: &seen.capabilities,
        unsafe_at_least: seen.unsafe_total,
        unsafe_by_kind: (&seen.unsafe_code).into(),
        build_script: seen.build_script,
        build_able_to_at_least: &seen.build_capabilities,
        proc_macro: seen.proc_macro,
        links: seen.links.as_deref(),
    }
}

fn updated(one: &changes::Updated) -> Updated<'_> {
    Updated {
        kind: changed(one.kind),
        step: one.step,
        before: state(&one.before),
        after: state(&one.after),
        capabilities_gained: one.capabilities_gained.as_ref(),
        capabilities_lost: one.capabilities_lost.as_ref(),
        unsafe_delta: one.unsafe_delta,
        build_code: one.build_code,
        advisories_gained: &one.advisories_gained,
        advisories_mended: &one.advisories_mended,
    }
}
