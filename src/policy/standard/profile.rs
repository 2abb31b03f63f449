//! Profiles that come with the tool, from `rules/standard.toml`.

use std::sync::{Arc, LazyLock};

use crate::document::{self, Entry, Fields};
use crate::error::Fault;
use crate::source::Source;

use super::demand::{self, Demand};

/// A profile: demands that a standard can take over.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The word in `builds_on`.
    pub name: &'static str,
    /// What it is called.
    pub title: String,
    /// Where it comes from.
    pub source: String,
    /// Its version; for a guide kept in git, the commit.
    pub version: String,
    /// Its demands, in its order.
    pub demands: Vec<Demand>,
}

/// The embedded file.
pub(super) fn source() -> &'static Arc<Source> {
    static SOURCE: LazyLock<Arc<Source>> =
        LazyLock::new(|| Source::new("rules/standard.toml", include_str!("../../../rules/standard.toml")));
    &SOURCE
}

/// The profiles that come with the tool.
///
/// # Panics
/// When the embedded file is broken, which a test rules out.
#[must_use]
pub(in crate::policy) fn profiles() -> &'static [Profile] {
    static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "the embedded file is read by a test")]
        read(source()).expect("the embedded profiles are well formed")
    });
    &PROFILES
}

fn read(source: &Arc<Source>) -> Result<Vec<Profile>, Vec<Fault>> {
    let value =
        document::parse(source).map_err(|error| vec![document::fault(&error.at, error.message, None)])?;
    let mut faults = Vec::new();
    let profiles: Vec<Profile> =
        value.entries().iter().filter_map(|entry| read_profile(entry, &mut faults)).collect();
    if faults.is_empty() { Ok(profiles) } else { Err(faults) }
}

fn read_profile(entry: &Entry, faults: &mut Vec<Fault>) -> Option<Profile> {
    let mut fields = Fields::new(&entry.value, "a profile", faults);
    let (title, origin) = (fields.required("title"), fields.required("source"));
    let version = fields.required("version");
    let demands = fields.entries("rule");
    // A profile lives as long as the program.
    let name: &'static str = Box::leak(entry.key.clone().into_boxed_str());
    let demands =
        demands.iter().filter_map(|entry| demand::read(entry, Some(name), fields.faults())).collect();
    fields.finish();
    Some(Profile { name, title: title?.value, source: origin?.value, version: version?.value, demands })
}
