//! `osv-scanner.toml` of OSV-Scanner: ignored advisories and packages, most with an end.

use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::document::Value;
use crate::source::{Placed, Source};

use super::super::ledger::Waiver;
use super::deny::specification;
use super::{Read, exception, is_advisory, package_exception};

const TOOL: &str = "OSV-Scanner";

pub(super) fn read(source: &Arc<Source>, into: &mut Read) {
    let Some(file) = super::toml(source, into) else { return };
    for entry in file.get(&["IgnoredVulns"]).map(Value::items).unwrap_or_default() {
        let Some(id) = entry.get(&["id"]).and_then(Value::as_str) else {
            into.unread.push((entry.at(), "it names no advisory".to_owned()));
            continue;
        };
        let at = entry.get(&["id"]).map_or_else(|| entry.at(), Value::at);
        if !is_advisory(id) {
            into.unread.push((at, format!("`{}` is no advisory", id.escape_debug())));
            continue;
        }
        let waiver = exception(TOOL, at, id, reason(entry));
        ending(waiver, entry, "ignoreUntil", into);
    }
    for entry in file.get(&["PackageOverrides"]).map(Value::items).unwrap_or_default() {
        package(entry, into);
    }
}

fn reason(entry: &Value) -> Option<&str> {
    entry.get(&["reason"]).and_then(Value::as_str)
}

/// An override for packages of crates.io; those of other languages are not ours.
fn package(entry: &Value, into: &mut Read) {
    let text = |key: &str| entry.get(&[key]).and_then(Value::as_str);
    let ignored = |keys: &[&str]| entry.get(keys).and_then(Value::as_bool) == Some(true);
    let ours = text("ecosystem").is_none_or(|ecosystem| ecosystem == "crates.io");
    if !ours || !(ignored(&["ignore"]) || ignored(&["vulnerability", "ignore"])) {
        return;
    }
    let spec = match (text("name"), text("version")) {
        (Some(name), Some(version)) => specification(&format!("{name}@{version}")),
        (Some(name), None) => specification(name),
        (None, _) => Err("it excepts every package at once".to_owned()),
    };
    match spec {
        Ok(packages) => {
            let waiver = package_exception(TOOL, super::ADVISORIES, entry.at(), packages, reason(entry));
            ending(waiver, entry, "effectiveUntil", into);
        }
        Err(why) => into.unread.push((entry.at(), why)),
    }
}

/// Adds the exception with its last day: an exception until a day ends as that day begins.
fn ending(mut waiver: Waiver, entry: &Value, key: &str, into: &mut Read) {
    if let Some(until) = entry.get(&[key]) {
        let last: Option<Date> = until.as_day().and_then(|day| day.checked_sub(1.day()).ok());
        let Some(value) = last else {
            into.unread.push((until.at(), format!("`{key}` is no date")));
            return;
        };
        waiver.until = Some(Placed { value, at: until.at() });
    }
    into.waivers.push(waiver);
}
