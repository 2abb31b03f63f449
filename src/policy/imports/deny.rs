//! `deny.toml` of cargo-deny: ignored advisories and packages, licences, banned crates, registries.

use std::sync::Arc;

use semver::VersionReq;

use crate::document::Value;
use crate::source::{Placed, Source};

use super::super::ledger::Packages;
use super::super::supply::ListEntry;
use super::{Read, exception, is_advisory, licence_exception, package_exception};

const TOOL: &str = "cargo-deny";

pub(super) fn read(source: &Arc<Source>, into: &mut Read) {
    let Some(file) = super::toml(source, into) else { return };
    for entry in file.get(&["advisories", "ignore"]).map(Value::items).unwrap_or_default() {
        ignored(entry, into);
    }
    let licences = file.get(&["licenses", "allow"]);
    into.licences = licences.map(|list| strings(list).collect());
    let exceptions = file.get(&["licenses", "exceptions"]).or_else(|| file.get(&["exceptions"]));
    for entry in exceptions.map(Value::items).unwrap_or_default() {
        if let Some(packages) = packages(entry, into) {
            let allowed = entry.get(&["allow"]).into_iter().flat_map(strings).map(|one| one.value).collect();
            into.waivers.push(licence_exception(TOOL, entry.at(), packages, allowed));
        }
    }
    for entry in file.get(&["bans", "deny"]).map(Value::items).unwrap_or_default() {
        let banned = banned(entry, into);
        into.denied.extend(banned);
    }
    for entry in file.get(&["bans", "allow"]).map(Value::items).unwrap_or_default() {
        let listed = listed(entry, "allowed", into);
        into.allowed.extend(listed);
    }
    if let Some(list) = file.get(&["sources", "allow-registry"]) {
        into.registries.extend(strings(list));
    }
}

fn strings(list: &Value) -> impl Iterator<Item = Placed<String>> {
    list.items().iter().filter_map(|item| Some(Placed { value: item.as_str()?.to_owned(), at: item.at() }))
}

/// An advisory by its id, or the packages whose withdrawn versions may be used.
fn ignored(entry: &Value, into: &mut Read) {
    let reason = entry.get(&["reason"]).and_then(Value::as_str);
    let id = entry.as_str().or_else(|| entry.get(&["id"])?.as_str());
    match id {
        Some(id) if is_advisory(id) => into.waivers.push(exception(TOOL, entry.at(), id, reason)),
        _ => {
            if let Some(packages) = packages(entry, into) {
                into.waivers.push(package_exception(TOOL, "component_yanked", entry.at(), packages, reason));
            }
        }
    }
}

/// A package that is banned, with what is spared of it: what its wrappers alone use, or a single version.
fn banned(entry: &Value, into: &mut Read) -> Option<ListEntry> {
    let mut banned = listed(entry, "banned", into)?;
    if let Some(wrappers) = entry.get(&["wrappers"]) {
        banned.wrappers = strings(wrappers).map(|wrapper| wrapper.value).collect();
    }
    banned.several = entry.get(&["deny-multiple-versions"]).and_then(Value::as_bool) == Some(true);
    Some(banned)
}

fn listed(entry: &Value, word: &str, into: &mut Read) -> Option<ListEntry> {
    let packages = packages(entry, into)?;
    let at = entry.at();
    let name = match packages.versions.to_string() {
        versions if versions == "*" => packages.name,
        versions => format!("{}@{versions}", packages.name),
    };
    let text = |key: &str| Some(Placed { value: entry.get(&[key])?.as_str()?.to_owned(), at: at.clone() });
    let reason = text("reason")
        .unwrap_or_else(|| Placed { value: format!("{word} in {}", at.path()), at: at.clone() });
    Some(ListEntry {
        component: Placed { value: name, at: at.clone() },
        reason,
        instead: text("use-instead"),
        wrappers: Vec::new(),
        several: false,
    })
}

/// The packages that an entry names: a string, `crate` of a table, or `name` and `version` of one.
fn packages(entry: &Value, into: &mut Read) -> Option<Packages> {
    let text = |key: &str| entry.get(&[key]).and_then(Value::as_str);
    let read = match (entry.as_str().or_else(|| text("crate")), text("name")) {
        (Some(spec), _) => specification(spec),
        (None, Some(name)) => {
            range(text("version").unwrap_or("*")).map(|versions| Packages { name: name.to_owned(), versions })
        }
        (None, None) => Err("it names neither an advisory nor a crate".to_owned()),
    };
    read.map_err(|why| into.unread.push((entry.at(), why))).ok()
}

/// `name`, `name@version` for one version, `name:requirement` for a range.
pub(super) fn specification(spec: &str) -> Result<Packages, String> {
    let (name, versions) = if let Some((name, version)) = spec.split_once('@') {
        let version = version.trim().trim_start_matches('=').trim();
        let one: semver::Version =
            version.parse().map_err(|error| format!("`{version}` is no version: {error}"))?;
        (name, range(&format!("={one}"))?)
    } else if let Some((name, versions)) = spec.split_once(':') {
        (name, range(versions)?)
    } else {
        (spec, VersionReq::STAR)
    };
    let name = name.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || !name.chars().all(fits) {
        return Err(format!("`{}` names no crate", spec.escape_debug()));
    }
    Ok(Packages { name: name.to_owned(), versions })
}

fn range(text: &str) -> Result<VersionReq, String> {
    text.parse().map_err(|error| format!("`{}` is no range of versions: {error}", text.escape_debug()))
}
