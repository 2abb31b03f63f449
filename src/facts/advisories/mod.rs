//! Advisories: published records about components, and which of them touch this workspace.
//!
//! - `record`: the facts of one advisory
//! - `database`: reads a folder in `RustSec` layout, one hostile file at a time
//! - `pack`: all advisories in one file, for the embedded data and for closed networks
//! - `data`: which data is used, and how old it is
//! - `matching`: which advisories touch which components
//! - `reach`: how near they are to code that ships, as a hint
//! - `update`: fetches newer data with git, when asked
//!
//! On the day of an inspection the data is fixed. An advisory published after that day (the day can
//! be moved back with `--as-of`) still counts: leaving it out would hide what is known.

mod data;
mod database;
mod matching;
mod pack;
pub(super) mod reach;
mod record;
pub mod update;

use std::str::FromStr as _;

use jiff::civil::Date;

use crate::error::Error;
use crate::policy::Policy;
use crate::request::Request;

use super::components::{Component, Components};
use super::workspace::Workspace;
use super::{Gap, Kind};

pub use data::{Data, embedded, open};
pub use pack::write as write_pack;
pub use reach::Reach;
pub use record::{Advisory, AdvisoryKind, Function};

/// The advisory data and what it says of this workspace.
#[derive(Debug, Default)]
pub struct Advisories {
    /// Where the data comes from, for people: a folder, a pack, `embedded`.
    pub origins: Vec<String>,
    /// SHA-256 of the facts used, in hexadecimal digits: the same data has the same digest, be it
    /// read from a clone or from a pack.
    pub digest: String,
    /// How many advisories were read.
    pub count: usize,
    /// The newest date inside the data that is not after the day of the inspection.
    pub newest: Option<Date>,
    /// The data's age on the day of the inspection, in days.
    pub age_days: Option<i32>,
    /// Advisories that touch a component, sorted by component, then by id.
    pub hits: Vec<Hit>,
    /// Advisories on a package whose name and version a member of the workspace bears, sorted by
    /// member, then by id. A copy below a workspace root is a member, whether or not anybody meant
    /// it to be.
    pub member_hits: Vec<MemberHit>,
    /// The version of the toolchain that builds the product, where it can be told.
    pub toolchain: Option<semver::Version>,
    /// Advisories that touch that version, sorted by id.
    pub toolchain_hits: Vec<Advisory>,
    /// The data itself, for components of other times.
    data: Option<Data>,
}

/// The word for a CVSS vector's severity; `None` where it is no such vector.
#[must_use]
pub fn severity_of(vector: &str) -> Option<&'static str> {
    let severity = cvss::Cvss::from_str(vector).ok()?.severity();
    record::SEVERITIES.into_iter().find(|known| *known == severity.as_str())
}

impl Advisories {
    /// The advisory that bears this name, as its id or as an alias.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Advisory> {
        self.data.as_ref()?.advisories().find(|advisory| advisory.is_called(name))
    }

    /// The advisories that touch these components, on whatever system.
    pub(super) fn hits_on(&self, components: &[Component]) -> Vec<Hit> {
        // What is wrong with an advisory was told when today's components were looked at.
        let matched = |data| matching::Matcher::new(data, &[]).components(components, &mut Vec::new());
        self.data.as_ref().map(matched).unwrap_or_default()
    }

    /// The ids of the advisories that touch each of these components, on whatever system.
    pub(super) fn ids_on(&self, components: &[Component]) -> Vec<Vec<String>> {
        let mut ids = vec![Vec::new(); components.len()];
        for hit in self.hits_on(components) {
            ids[hit.component].push(hit.advisory.id);
        }
        ids
    }
}

/// An advisory that touches a component.
#[derive(Debug, Clone)]
pub struct Hit {
    /// Index into the components.
    pub component: usize,
    /// The advisory.
    pub advisory: Advisory,
    /// False when the component does not come from where the advisory speaks of: a fork, a patch or
    /// a mirror, matched by name and version.
    pub same_origin: bool,
    /// False when the advisory is limited to systems that the product is not built for.
    pub on_target: bool,
    /// How near it is to code that ships: a hint, never a verdict.
    pub reach: Reach,
}

/// An advisory on a package whose name and version a member bears.
#[derive(Debug, Clone)]
pub struct MemberHit {
    /// Index into the members.
    pub member: usize,
    /// The advisory.
    pub advisory: Advisory,
    /// False when the advisory is limited to systems that the product is not built for.
    pub on_target: bool,
}

/// Reads the advisory data and matches it against the components.
///
/// # Errors
/// When data that was asked for by name cannot be read.
pub fn gather(
    request: &Request,
    policy: &Policy,
    workspace: &Workspace,
    components: &Components,
    gaps: &mut Vec<Gap>,
) -> Result<Advisories, Error> {
    let data = data::choose(request, gaps)?;
    let limit = i64::from(policy.advisories.undetermined_after_days);
    let (newest, age_days) = data.age_on(request.as_of);
    match (newest, age_days) {
        (Some(newest), Some(age)) if i64::from(age) > limit => {
            let why = format!(
                "the newest advisory is of {newest}, {age} days before {}; the policy trusts data for {limit} days",
                request.as_of
            );
            let remedy = "cargo health-sec advisories update";
            let gap = Gap::new(Kind::Advisories, data.origins.join(", "), why, remedy);
            gaps.push(Gap { aged: true, ..gap });
        }
        (None, _) => gaps.push(Gap::new(
            Kind::Advisories,
            data.origins.join(", "),
            "it holds no advisory, so its age is unknown",
            "cargo health-sec advisories update",
        )),
        _ => {}
    }
    let matcher = matching::Matcher::new(&data, &components.targets);
    let toolchain = toolchain_version(workspace, components, policy)
        .map_err(|why| {
            let remedy =
                "name the release of Rust that it is made from in [product]: `toolchain = \"1.95.0\"`";
            gaps.push(Gap::new(Kind::Toolchain, "the version of the toolchain", why, remedy));
        })
        .ok();
    Ok(Advisories {
        hits: matcher.components(&components.all, gaps),
        member_hits: matcher.members(&workspace.members, gaps),
        toolchain_hits: toolchain
            .as_ref()
            .map(|version| matcher.toolchain(&data, version, gaps))
            .unwrap_or_default(),
        toolchain,
        digest: data.digest(),
        count: data.count(),
        newest,
        age_days,
        origins: data.origins.clone(),
        data: Some(data),
    })
}

/// The version that the toolchain file names, else what the policy says of it, else that of the toolchain in
/// use. A channel that moves, as `stable` or `1.95`, is the one in use if that fits; what a dated nightly is, or a
/// toolchain that somebody has made, only the policy can tell.
fn toolchain_version(
    workspace: &Workspace,
    components: &Components,
    policy: &Policy,
) -> Result<semver::Version, String> {
    let said = policy.product.toolchain.as_ref().map(|version| version.value.clone());
    let in_use = components.toolchain.as_ref();
    let unasked = || "nothing names it, and cargo was not asked or did not answer".to_owned();
    let Some(file) = &workspace.toolchain else { return said.or(in_use.cloned()).ok_or_else(unasked) };
    let unnamed = || "the toolchain file names no channel".to_owned();
    let Some(channel) = file.channel.as_ref().map(|channel| channel.value.as_str()) else {
        return said.ok_or_else(unnamed);
    };
    // A host may follow, as in `1.95.0-x86_64-unknown-linux-gnu`.
    let (name, rest) = channel.split_once('-').unwrap_or((channel, ""));
    if let Some(version) = semver::Version::parse(name).ok().or(said) {
        return Ok(version);
    }
    let in_use = in_use.ok_or_else(unasked)?;
    let dated = rest.starts_with(|c: char| c.is_ascii_digit());
    let pre = in_use.pre.as_str();
    let fits = match name {
        "stable" => pre.is_empty(),
        "beta" | "nightly" => pre.starts_with(name),
        minor => in_use.to_string().strip_prefix(minor).is_some_and(|rest| rest.starts_with('.')),
    };
    let other = || format!("the channel `{}` is not the toolchain in use, {in_use}", channel.escape_debug());
    let released = || semver::Version { pre: semver::Prerelease::EMPTY, ..in_use.clone() };
    (fits && !dated).then(released).ok_or_else(other)
}

#[cfg(test)]
mod tests;
