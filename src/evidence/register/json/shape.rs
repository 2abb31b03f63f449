//! The frozen shape of `health-sec/components@1`; `schemas/components-1.schema.json` says what each
//! field means.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::evidence::json::{Gap, Place, Tool};
use crate::evidence::register::{Integrity, Standing};
use crate::facts::components::Ships;
use crate::facts::inventory::Capability;
use crate::facts::workspace::EdgeKind;
use crate::policy::{self, ItemKind, Status, SupportLevel};
use crate::report::json::UnsafeByKind;

#[derive(Serialize)]
pub(super) struct Register<'a> {
    pub(super) format: &'a str,
    pub(super) tool: Tool,
    pub(super) product: &'a str,
    pub(super) as_of: String,
    pub(super) targets: Vec<&'a str>,
    pub(super) resolved: bool,
    pub(super) advisories: Data<'a>,
    pub(super) members: Vec<Member<'a>>,
    pub(super) all: usize,
    pub(super) doubtful: usize,
    pub(super) components: Vec<Component<'a>>,
    pub(super) items: Vec<Item<'a>>,
    pub(super) gaps: Vec<Gap<'a>>,
}

#[derive(Serialize)]
pub(super) struct Data<'a> {
    pub(super) origins: Vec<String>,
    pub(super) newest: Option<String>,
    pub(super) digest: &'a str,
}

#[derive(Serialize)]
pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) ships: Option<Ships>,
}

#[derive(Serialize)]
pub(super) struct Component<'a> {
    pub(super) id: String,
    pub(super) name: &'a str,
    pub(super) version: String,
    pub(super) origin: Origin<'a>,
    pub(super) checksum: Option<&'a str>,
    pub(super) ships: Option<Ships>,
    pub(super) why: Vec<&'a str>,
    pub(super) edges: Vec<EdgeKind>,
    pub(super) used_by: Vec<User<'a>>,
    pub(super) features: Vec<&'a str>,
    pub(super) class: Option<Class<'a>>,
    pub(super) record: Record<'a>,
    pub(super) supplier: Option<String>,
    pub(super) licence: Option<String>,
    pub(super) repository: Option<&'a str>,
    pub(super) build_script: Option<bool>,
    pub(super) proc_macro: Option<bool>,
    pub(super) links: Option<&'a str>,
    pub(super) inventory: Option<Inventory<'a>>,
    pub(super) integrity: Integrity,
    pub(super) changed_files: Vec<&'a str>,
    pub(super) commit: Option<&'a str>,
    pub(super) yanked: Option<bool>,
    pub(super) published_on: Option<String>,
    pub(super) newest: Option<Newest>,
    pub(super) vetting: Option<Vetting<'a>>,
    pub(super) advisories: Vec<Advisory<'a>>,
    pub(super) fork: Option<Fork<'a>>,
    pub(super) could_not_tell: &'a [&'static str],
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
pub(super) struct User<'a> {
    pub(super) id: &'a str,
    pub(super) kind: Option<EdgeKind>,
    pub(super) member: bool,
}

#[derive(Serialize)]
pub(super) struct Class<'a> {
    pub(super) word: policy::Class,
    pub(super) by_default: bool,
    pub(super) place: Place<'a>,
}

#[derive(Serialize, Default)]
pub(super) struct Record<'a> {
    pub(super) reason: Option<&'a str>,
    pub(super) by: Option<&'a str>,
    pub(super) support: Option<SupportLevel>,
    pub(super) end_of_support: Option<String>,
    pub(super) support_plan: Option<&'a str>,
    pub(super) purpose: Option<&'a str>,
    pub(super) requirement: Option<&'a str>,
    pub(super) risk: Option<&'a str>,
    pub(super) reviewed_on: Option<String>,
    pub(super) reviewed_by: Option<&'a str>,
    pub(super) reviewed_version: Option<&'a str>,
    pub(super) watch: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Inventory<'a> {
    pub(super) forbids_unsafe: bool,
    pub(super) library: Part<'a>,
    pub(super) build_script: Option<Part<'a>>,
    pub(super) build_code: Option<&'a str>,
    pub(super) native_sources: u32,
    pub(super) assembler_sources: u32,
    pub(super) prebuilt: u32,
    pub(super) prebuilt_files: Vec<&'a str>,
    pub(super) unread: &'a [String],
}

#[derive(Serialize)]
pub(super) struct Part<'a> {
    pub(super) files: u32,
    pub(super) bytes: u64,
    pub(super) unsafe_at_least: u32,
    pub(super) unsafe_by_kind: UnsafeByKind,
    pub(super) able_to_at_least: &'a BTreeSet<Capability>,
    pub(super) unseen_includes: u32,
}

#[derive(Serialize)]
pub(super) struct Newest {
    pub(super) version: String,
    pub(super) on: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Vetting<'a> {
    pub(super) how: &'static str,
    pub(super) says: String,
    pub(super) criteria: &'a [String],
    pub(super) by: &'a [String],
    pub(super) place: Place<'a>,
}

#[derive(Serialize)]
pub(super) struct Advisory<'a> {
    pub(super) id: &'a str,
    pub(super) kind: &'static str,
    pub(super) aliases: Vec<&'a str>,
    pub(super) severity: Option<&'static str>,
    pub(super) date: String,
    pub(super) patched: Vec<&'a str>,
    pub(super) same_origin: bool,
    pub(super) on_target: bool,
    pub(super) standing: Standing,
    pub(super) status: Option<Status>,
    pub(super) until: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Fork<'a> {
    pub(super) of: Option<&'a str>,
    pub(super) reason: Option<&'a str>,
    pub(super) fixes: Vec<&'a str>,
    pub(super) proof: Option<&'a str>,
    pub(super) place: Place<'a>,
}

#[derive(Serialize)]
pub(super) struct Item<'a> {
    pub(super) name: &'a str,
    pub(super) version: Option<&'a str>,
    pub(super) kind: Option<ItemKind>,
    pub(super) reached_by: Vec<&'a str>,
    pub(super) class: Option<policy::Class>,
    pub(super) supplier: Option<&'a str>,
    pub(super) record: Record<'a>,
    pub(super) place: Place<'a>,
}
