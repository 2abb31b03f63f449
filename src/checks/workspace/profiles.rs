//! Checks on profiles: what cargo compiles into the product, and into its tests.

use std::collections::BTreeSet;

use crate::document::Value;
use crate::facts::Facts;
use crate::facts::code::{Call, Callee, Item, ItemKind, Scope};
use crate::facts::workspace::{Member, Setting, TargetKind, Workspace, word};
use crate::finding::{Edit, Findings, New};
use crate::policy::Demand;
use crate::source::Location;

const CHECKS: &str = "overflow-checks";

pub(super) fn overflow_checks_off(facts: &Facts, found: &mut Findings<'_>) {
    let workspace = &facts.workspace;
    let Some(product) = workspace.chosen().find(|member| member.target(TargetKind::Binary).is_some()) else {
        return;
    };
    if flags_check(workspace) {
        return;
    }
    let profile = facts.policy.build.profile_name();
    let of_product = workspace.setting(profile, CHECKS).filter(|setting| setting.value != "true");
    if let Some(setting) = &of_product {
        let at = setting.at.clone().unwrap_or_else(|| profile_at(workspace, profile));
        let message = format!("the {profile} build of `{}` wraps around on integer overflow", product.name);
        found
            .add(&at, message)
            .about(format!("profile.{profile}"))
            .mended_by("check for integer overflow", switch_on(workspace, profile, setting.at.as_ref()));
    }
    // Other profiles, and single packages: only what somebody has switched off.
    for name in profiles(workspace, "release") {
        for (whose, setting) in everything_set(workspace, name, CHECKS) {
            let place = whose.as_ref().map(|package| format!(" in `{package}`")).unwrap_or_default();
            let message = format!("the profile `{name}` lets integer overflow pass{place}");
            if of_product.as_ref() != Some(&setting) {
                add_where_off(&setting, message, name, whose.as_deref(), found);
            }
        }
    }
}

/// The edit that switches the checks on for a profile: in the place where they are off, else in the manifest.
fn switch_on(workspace: &Workspace, profile: &str, written: Option<&Location>) -> Vec<Edit> {
    let in_manifest = profile == "release" || workspace.profile(profile).is_some();
    match written {
        Some(at) if at.snippet() == "false" => {
            vec![Edit::Replace { at: at.clone(), text: "true".to_owned() }]
        }
        // A profile that is made in the cargo configuration alone is not made anew.
        None if in_manifest => {
            vec![Edit::set(&workspace.manifest.source, &["profile", profile, CHECKS], New::Truth(true))]
        }
        _ => Vec::new(),
    }
}

/// Adds a finding for a setting that somebody has switched off.
fn add_where_off(
    setting: &Setting,
    message: String,
    profile: &str,
    package: Option<&str>,
    found: &mut Findings<'_>,
) {
    if let (Some(at), "false") = (&setting.at, setting.value.as_str()) {
        let package = package.map(|package| format!(".package.{package}")).unwrap_or_default();
        let edit = Edit::Replace { at: at.clone(), text: "true".to_owned() };
        found
            .add(at, message)
            .about(format!("profile.{profile}{package}"))
            .mended_by("switch the check on", vec![edit]);
    }
}

/// What is set for a profile as a whole, then for single packages in it.
fn everything_set(workspace: &Workspace, profile: &str, key: &str) -> Vec<(Option<String>, Setting)> {
    let whole = workspace.setting(profile, key).map(|setting| (None, setting));
    let packages = workspace.settings_of_packages(profile, key).into_iter();
    whole.into_iter().chain(packages.map(|(package, setting)| (Some(package), setting))).collect()
}

/// The profiles that inherit from one of cargo's own, that one included, each before those that inherit
/// from it: what is written once is told once, under the first name.
fn profiles<'a>(workspace: &'a Workspace, ancestor: &'a str) -> Vec<&'a str> {
    let written = workspace.profiles.iter().map(|profile| profile.name.value.as_str());
    let configured = workspace.cargo_config.iter().filter(|entry| entry.in_workspace && !entry.nested);
    let configured = configured.filter_map(|entry| match entry.segments.as_slice() {
        [profile, name, _, ..] if profile == "profile" => Some(name.as_str()),
        _ => None,
    });
    let names: BTreeSet<&str> = [ancestor].into_iter().chain(written).chain(configured).collect();
    let mut lineages: Vec<Vec<&str>> = names.into_iter().map(|name| workspace.lineage(name)).collect();
    lineages.retain(|lineage| lineage.last() == Some(&ancestor));
    lineages.sort_by_key(Vec::len);
    lineages.iter().filter_map(|lineage| lineage.first().copied()).collect()
}

/// Where a profile stands, or would.
fn profile_at(workspace: &Workspace, profile: &str) -> Location {
    let written = workspace.profile(profile).map(|profile| profile.name.at.clone());
    written.unwrap_or_else(|| workspace.manifest.source.whole())
}

/// True when compiler flags for every build switch the checks on. Where a target has flags of its own,
/// cargo leaves the general ones out.
fn flags_check(workspace: &Workspace) -> bool {
    let flags = workspace.flags();
    let last = flags.iter().rev().find_map(|flag| flag.text.strip_prefix("-Coverflow-checks"));
    last.is_some_and(|value| matches!(value, "" | "=yes" | "=on" | "=y" | "=true"))
        && flags.iter().all(|flag| flag.general)
}

pub(super) fn checks_off_in_tests(facts: &Facts, found: &mut Findings<'_>) {
    for name in profiles(&facts.workspace, "dev") {
        for (key, effect) in
            [(CHECKS, "integer overflow passes"), ("debug-assertions", "assertions are skipped")]
        {
            for (whose, setting) in everything_set(&facts.workspace, name, key) {
                let place = whose.as_ref().map(|package| format!(" in `{package}`")).unwrap_or_default();
                let message = format!("{effect}{place} while the profile `{name}` is tested");
                add_where_off(&setting, message, name, whose.as_deref(), found);
            }
        }
    }
}

pub(super) fn profile_not_as_decided(facts: &Facts, found: &mut Findings<'_>) {
    let (workspace, build) = (&facts.workspace, &facts.policy.build);
    if build.settings.is_empty() {
        found.undecided();
    }
    let profile = build.profile_name();
    if let Some(named) = build.profile.as_ref().filter(|named| !workspace.has_profile(&named.value)) {
        found
            .add(&named.at, format!("the workspace has no profile `{profile}`"))
            .about(format!("profile.{profile}"));
        return;
    }
    for demand in &build.settings {
        let wanted: BTreeSet<String> =
            demand.values.iter().filter_map(|value| word(&demand.key, value)).collect();
        for (whose, setting) in everything_set(workspace, profile, &demand.key) {
            if wanted.contains(&setting.value) {
                continue;
            }
            let at = setting.at.clone().unwrap_or_else(|| profile_at(workspace, profile));
            let about = whose.as_ref().map(|package| format!(".package.{package}")).unwrap_or_default();
            found
                .add(&at, differs(demand, &wanted, whose.as_deref(), &setting, profile))
                .about(format!("profile.{profile}{about}.{}", demand.key))
                .with(&demand.at, "what was decided");
        }
    }
}

fn differs(
    demand: &Demand,
    wanted: &BTreeSet<String>,
    package: Option<&str>,
    setting: &Setting,
    profile: &str,
) -> String {
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let place = package.map(|package| format!(" for `{package}`")).unwrap_or_default();
    let by = if setting.at.is_some() { "" } else { " where nobody says otherwise" };
    format!(
        "`{}` of the profile `{profile}` is {}{place}{by}, and {} was decided",
        demand.key,
        setting.value,
        wanted.join(" or ")
    )
}

pub(super) fn panic_strategy_unfit(facts: &Facts, found: &mut Findings<'_>) {
    let profile = facts.policy.build.profile_name();
    let Some(setting) = facts.workspace.setting(profile, "panic") else { return };
    if setting.value.contains("abort") {
        let catches = facts.code.calls.iter().filter(|call| call.site.scope == Scope::Product);
        for call in catches.filter(|call| counts_on_unwinding(call)) {
            let message =
                format!("nothing is caught here: in the profile `{profile}` a panic ends the program");
            let finding = found.add(&call.site.at, message).about(&call.site.within);
            if let Some(at) = &setting.at {
                finding.with(at, "a panic aborts");
            }
        }
    } else if setting.at.is_none() && !facts.policy.build.settings.iter().any(|demand| demand.key == "panic")
    {
        for member in facts.workspace.chosen() {
            undecided_export(facts, member, found);
        }
    }
}

/// True for code that goes on after a panic of what it calls.
fn counts_on_unwinding(call: &Call) -> bool {
    match &call.callee {
        Callee::Path(name) => name.is_any(&["std::panic::catch_unwind"]),
        // Of `futures`; and of a task of `tokio` that has panicked.
        Callee::Method { name, .. } => matches!(name.as_str(), "catch_unwind" | "into_panic"),
        Callee::Macro(_) => false,
    }
}

/// A library for other languages of which nobody has said what a panic in it does.
fn undecided_export(facts: &Facts, member: &Member, found: &mut Findings<'_>) {
    let of_member = |unit: usize| {
        let unit = facts.code.units.get(unit);
        unit.and_then(|unit| facts.workspace.members.get(unit.member))
            .is_some_and(|of| of.folder == member.folder)
    };
    let Some(kind) = foreign_library(member) else { return };
    let catches = facts.code.calls.iter().any(|call| of_member(call.site.unit) && counts_on_unwinding(call));
    let mut exports = facts.code.items.iter().filter(|item| is_exported(item) && of_member(item.site.unit));
    if let (false, Some(first)) = (catches, exports.next()) {
        let message = format!(
            "`{}` is called from other languages, and nobody has said what a panic does",
            member.name
        );
        let help = "write `panic = \"abort\"` or `panic = \"unwind\"` into the profile that it is built with";
        found.add(&kind.at(), message).about(&member.name).help(help).with(&first.site.at, "is exported");
    }
}

/// The entry that makes a library one for other languages.
fn foreign_library(member: &Member) -> Option<&Value> {
    let lib = member.manifest.value.get(&["lib"])?;
    let kinds = lib.get(&["crate-type"]).or_else(|| lib.get(&["crate_type"]))?;
    kinds.items().iter().find(|kind| matches!(kind.as_str(), Some("cdylib" | "staticlib")))
}

fn is_exported(item: &Item) -> bool {
    let exports =
        |attribute: &String| ["no_mangle", "export_name"].iter().any(|name| attribute.contains(name));
    item.kind == ItemKind::Function
        && item.site.scope == Scope::Product
        && item.attributes.iter().any(exports)
}
