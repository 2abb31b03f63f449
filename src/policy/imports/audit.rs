//! `audit.toml` of cargo-audit: ignored advisories.

use std::sync::Arc;

use crate::document::Value;
use crate::source::Source;

use super::{Read, exception, is_advisory};

pub(super) fn read(source: &Arc<Source>, into: &mut Read) {
    let Some(file) = super::toml(source, into) else { return };
    for entry in file.get(&["advisories", "ignore"]).map(Value::items).unwrap_or_default() {
        match entry.as_str() {
            Some(id) if is_advisory(id) => into.waivers.push(exception("cargo-audit", entry.at(), id, None)),
            Some(id) => into.unread.push((entry.at(), format!("`{}` is no advisory", id.escape_debug()))),
            None => into.unread.push((entry.at(), format!("a {} is no advisory", entry.type_name()))),
        }
    }
}
