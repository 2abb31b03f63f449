//! The frozen shape of `health-sec/report@1`; see `schemas/report-1.schema.json` for what each
//! field means. Every field is always there; what is not known is `null`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::facts::code::Scope;
use crate::facts::components::Ships;
use crate::facts::inventory::{Capability, PrebuiltKind};
use crate::facts::workspace::EdgeKind;
use crate::policy::{Class, Justification, Status};
use crate::report::{Conclusion, Verdict};
use crate::rule::{Certainty, Severity, Tier};

use super::UnsafeByKind;

#[derive(Serialize)]
pub(super) struct Report<'a> {
    pub(super) format: &'a str,
    pub(super) tool: Tool<'a>,
    pub(super) conclusion: Conclusion,
    pub(super) exit_code: u8,
    pub(super) strict: bool,
    pub(super) levels: Vec<Level<'a>>,
    pub(super) inspected: Inspected<'a>,
    pub(super) advisories: Advisories<'a>,
    pub(super) clippy: Option<Clippy<'a>>,
    pub(super) rules: Vec<Rule<'a>>,
    pub(super) findings: Vec<Finding<'a>>,
    pub(super) gaps: Vec<Gap<'a>>,
    pub(super) blind_spots: Vec<BlindSpot<'a>>,
    pub(super) unjudged: crate::checks::Unjudged,
    /// Members that are judged as tests.
    pub(super) for_tests: Vec<&'a str>,
    pub(super) components: Vec<Component<'a>>,
}

#[derive(Serialize)]
pub(super) struct Tool<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
}

#[derive(Serialize)]
pub(super) struct Level<'a> {
    pub(super) rule: &'a str,
    pub(super) level: crate::request::Level,
}

#[derive(Serialize)]
pub(super) struct Inspected<'a> {
    pub(super) name: &'a str,
    pub(super) as_of: String,
    pub(super) members: Vec<Member<'a>>,
    pub(super) files: usize,
    pub(super) lines: usize,
    pub(super) toolchain: Option<&'a str>,
    pub(super) targets: Vec<&'a str>,
    pub(super) resolved: bool,
    pub(super) lock: Option<File<'a>>,
    pub(super) policy: Option<File<'a>>,
    pub(super) threat_models: Vec<File<'a>>,
}

#[derive(Serialize)]
pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) manifest: &'a str,
    pub(super) judged: bool,
}

#[derive(Serialize)]
pub(super) struct File<'a> {
    pub(super) path: &'a str,
    pub(super) sha256: String,
}

#[derive(Serialize)]
pub(super) struct Advisories<'a> {
    pub(super) origins: Vec<String>,
    pub(super) count: usize,
    pub(super) newest: Option<String>,
    pub(super) age_days: Option<i32>,
    pub(super) hits: Vec<Hit<'a>>,
}

#[derive(Serialize)]
pub(super) struct Hit<'a> {
    pub(super) id: &'a str,
    pub(super) component: String,
    pub(super) aliases: Vec<&'a str>,
    pub(super) patched: Vec<&'a str>,
    pub(super) cvss: Option<&'a str>,
    pub(super) same_origin: bool,
    pub(super) reach: Reach<'a>,
}

#[derive(Serialize)]
pub(super) struct Reach<'a> {
    pub(super) grade: &'static str,
    pub(super) function: Option<&'a str>,
    pub(super) component: Option<String>,
    pub(super) file: Option<&'a str>,
    pub(super) place: Option<Place<'a>>,
    pub(super) why: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Clippy<'a> {
    pub(super) runs: Vec<Run<'a>>,
    pub(super) open: usize,
    pub(super) silent: usize,
    pub(super) elsewhere: usize,
}

#[derive(Serialize)]
pub(super) struct Run<'a> {
    pub(super) file: Option<&'a str>,
    pub(super) target: Option<&'a str>,
    pub(super) features: &'a BTreeMap<String, BTreeSet<String>>,
    pub(super) forced: &'a BTreeSet<String>,
}

#[derive(Serialize)]
pub(super) struct Rule<'a> {
    pub(super) id: &'a str,
    pub(super) family: &'a str,
    pub(super) title: &'a str,
    pub(super) severity: Severity,
    pub(super) tier: Tier,
    pub(super) default_tier: Tier,
    pub(super) certainty: Certainty,
    pub(super) clauses: Vec<String>,
    pub(super) cwe: &'a [u32],
    pub(super) inspects: Vec<&'static str>,
    pub(super) verdict: Verdict,
    pub(super) closes_gate: bool,
    pub(super) decided_by: Option<&'a str>,
    pub(super) standing: usize,
    pub(super) waived: usize,
}

#[derive(Serialize)]
pub(super) struct Finding<'a> {
    pub(super) rule: &'a str,
    pub(super) fingerprint: &'a str,
    pub(super) message: &'a str,
    pub(super) help: Option<std::borrow::Cow<'a, str>>,
    pub(super) place: Place<'a>,
    pub(super) subjects: Vec<&'a str>,
    pub(super) related: Vec<Related<'a>>,
    /// Told only where it is so: reports of everything are as they were before this was known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) inherited: bool,
    pub(super) waiver: Option<Waiver<'a>>,
}

#[derive(Serialize)]
pub(super) struct Place<'a> {
    pub(super) path: &'a str,
    pub(super) start_line: usize,
    pub(super) start_column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
    pub(super) start_byte: usize,
    pub(super) end_byte: usize,
}

#[derive(Serialize)]
pub(super) struct Related<'a> {
    pub(super) place: Place<'a>,
    pub(super) message: &'a str,
}

#[derive(Serialize)]
pub(super) struct Waiver<'a> {
    pub(super) place: Place<'a>,
    pub(super) reason: &'a str,
    pub(super) by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) justification: Option<Justification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) approver: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) imported: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Gap<'a> {
    pub(super) kind: &'static str,
    pub(super) what: String,
    pub(super) why: String,
    pub(super) remedy: String,
    pub(super) place: Option<Place<'a>>,
}

#[derive(Serialize)]
pub(super) struct BlindSpot<'a> {
    pub(super) within: &'a str,
    pub(super) scope: Scope,
    pub(super) place: Place<'a>,
}

#[derive(Serialize)]
pub(super) struct Component<'a> {
    pub(super) id: String,
    pub(super) name: &'a str,
    pub(super) version: String,
    pub(super) origin: Origin<'a>,
    pub(super) checksum: Option<&'a str>,
    pub(super) ships: Ships,
    pub(super) why: Vec<&'a str>,
    pub(super) edges: Vec<EdgeKind>,
    pub(super) features: Vec<&'a str>,
    pub(super) build_script: Option<bool>,
    pub(super) proc_macro: Option<bool>,
    pub(super) links: Option<&'a str>,
    pub(super) class: Option<Class>,
    pub(super) advisories: Vec<&'a str>,
    pub(super) inventory: Option<Inventory<'a>>,
    pub(super) place: Place<'a>,
}

#[derive(Serialize)]
pub(super) struct Origin<'a> {
    pub(super) kind: &'static str,
    pub(super) url: Option<&'a str>,
    pub(super) commit: Option<&'a str>,
    pub(super) folder: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Inventory<'a> {
    pub(super) forbids_unsafe: bool,
    pub(super) library: Part<'a>,
    pub(super) build_script: Option<Part<'a>>,
    pub(super) build_code: Option<&'a str>,
    pub(super) native: Native<'a>,
    pub(super) prebuilt: Prebuilt<'a>,
    pub(super) archives: Archives<'a>,
    pub(super) unread: &'a [String],
}

#[derive(Serialize)]
pub(super) struct Native<'a> {
    pub(super) sources: u32,
    pub(super) assembler: u32,
    pub(super) headers: u32,
    pub(super) files: &'a [String],
}

#[derive(Serialize)]
pub(super) struct Prebuilt<'a> {
    pub(super) count: u32,
    pub(super) files: Vec<PrebuiltFile<'a>>,
}

#[derive(Serialize)]
pub(super) struct PrebuiltFile<'a> {
    pub(super) path: &'a str,
    pub(super) kind: PrebuiltKind,
}

#[derive(Serialize)]
pub(super) struct Archives<'a> {
    pub(super) count: u32,
    pub(super) files: &'a [String],
}

#[derive(Serialize)]
pub(super) struct Part<'a> {
    pub(super) files: u32,
    pub(super) bytes: u64,
    pub(super) r#unsafe: Unsafe,
    pub(super) unsafe_in_tests: u32,
    pub(super) capabilities: &'a BTreeSet<Capability>,
    pub(super) unseen_includes: u32,
}

#[derive(Serialize)]
pub(super) struct Unsafe {
    pub(super) total: u32,
    #[serde(flatten)]
    pub(super) by_kind: UnsafeByKind,
}
