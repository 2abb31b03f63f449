//! `cackle.toml` of cackle: what single packages may do.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::document::{Entry, Value};
use crate::source::{Placed, Source};

use super::super::ComponentEntry;
use super::Read;

/// Its words and ours. Others name interfaces of its user's own.
const WORDS: &[(&str, &str)] =
    &[("net", "net"), ("process", "process"), ("fs", "file-write"), ("env", "env")];

/// What can't be done without unsafe code, so that leave for that is leave for these.
const UNSAFE: &[&str] = &["ffi", "dlopen", "asm"];

pub(super) fn read(source: &Arc<Source>, into: &mut Read) {
    let Some(file) = super::toml(source, into) else { return };
    for package in file.get(&["pkg"]).map(Value::entries).unwrap_or_default() {
        into.components.push(component(package));
    }
}

fn component(package: &Entry) -> ComponentEntry {
    let at = package.key_at.clone();
    let mut words = BTreeSet::new();
    // What is built from it and what builds it are one component here.
    for table in [&["build"][..], &["from", "build"], &[]] {
        let Some(table) = package.value.get(table) else { continue };
        let apis = table.get(&["allow_apis"]).map(Value::items).unwrap_or_default();
        for api in apis.iter().filter_map(Value::as_str) {
            words.extend(WORDS.iter().filter(|(theirs, _)| *theirs == api).map(|(_, ours)| *ours));
        }
        if table.get(&["allow_unsafe"]).and_then(Value::as_bool) == Some(true) {
            words.extend(UNSAFE);
        }
    }
    let words = words.into_iter().map(|word| Placed { value: word.to_owned(), at: at.clone() }).collect();
    let name = Placed { value: package.key.clone(), at: at.clone() };
    ComponentEntry { capabilities: Some(Placed { value: words, at }), ..ComponentEntry::new(name) }
}
