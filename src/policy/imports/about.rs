//! `about.toml` of cargo-about: accepted licences.

use std::sync::Arc;

use semver::VersionReq;

use crate::document::Value;
use crate::source::{Placed, Source};

use super::super::ledger::Packages;
use super::{Read, licence_exception};

pub(super) fn read(source: &Arc<Source>, into: &mut Read) {
    let Some(file) = super::toml(source, into) else { return };
    into.licences = file.get(&["accepted"]).map(|list| {
        let strings = list.items().iter();
        strings.filter_map(|item| Some(Placed { value: item.as_str()?.to_owned(), at: item.at() })).collect()
    });
    // Every other table with such a key is named for a package.
    for entry in file.entries().iter().filter(|entry| entry.value.is_table()) {
        let Some(accepted) = entry.value.get(&["accepted"]) else { continue };
        let words = accepted.items().iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let packages = Packages { name: entry.key.clone(), versions: VersionReq::STAR };
        into.waivers.push(licence_exception("cargo-about", entry.key_at.clone(), packages, words));
    }
}
