//! Advisories: published records about components, and which of them touch this workspace.

use jiff::civil::Date;

use crate::error::Error;
use crate::policy::Policy;
use crate::request::Request;

use super::Gap;
use super::components::Components;

/// The advisory data and what it says of this workspace.
#[derive(Debug, Default)]
pub struct Advisories {
    /// Where the data comes from, for people: a folder, a pack, `embedded`.
    pub origins: Vec<String>,
    /// How many advisories were read.
    pub count: usize,
    /// The newest date inside the data.
    pub newest: Option<Date>,
    /// The data's age on the day of the inspection, in days.
    pub age_days: Option<i32>,
    /// Advisories that touch a component, sorted by component, then by id.
    pub hits: Vec<Hit>,
}

/// An advisory that touches a component.
#[derive(Debug, Clone)]
pub struct Hit {
    /// Index into the components.
    pub component: usize,
    /// The advisory.
    pub advisory: Advisory,
    /// False when the component is not from crates.io: a fork, a patch or a mirror, matched by name
    /// and version.
    pub same_origin: bool,
}

/// The facts of an advisory; no words of its authors.
#[derive(Debug, Clone)]
pub struct Advisory {
    /// Such as `RUSTSEC-2020-0071`.
    pub id: String,
    /// The package.
    pub package: String,
    /// What kind of record it is.
    pub kind: AdvisoryKind,
    /// Versions with the fix, as version requirements.
    pub patched: Vec<String>,
    /// Versions never affected, as version requirements.
    pub unaffected: Vec<String>,
    /// Other names, such as a CVE.
    pub aliases: Vec<String>,
    /// The CVSS vector.
    pub cvss: Option<String>,
    /// Categories, such as `memory-corruption`.
    pub categories: Vec<String>,
    /// Affected functions with the versions in which they are affected.
    pub functions: Vec<String>,
    /// Operating systems it is limited to; empty means all.
    pub os: Vec<String>,
    /// Architectures it is limited to; empty means all.
    pub arch: Vec<String>,
    /// When it was published.
    pub date: Date,
    /// Where to read more.
    pub url: Option<String>,
}

/// What kind of record an advisory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdvisoryKind {
    /// A vulnerability.
    Vulnerability,
    /// Made to harm.
    Malicious,
    /// Safe code can reach undefined behaviour.
    Unsound,
    /// Nobody mends it any more.
    Unmaintained,
    /// Something else worth knowing.
    Notice,
}

/// Reads the advisory data and matches it against the components.
///
/// # Errors
/// When data that was asked for by name cannot be read.
pub fn gather(
    request: &Request,
    policy: &Policy,
    components: &Components,
    gaps: &mut Vec<Gap>,
) -> Result<Advisories, Error> {
    let _ = (request, policy, components);
    gaps.push(Gap::new(super::Kind::Advisories, "advisories", "advisories are not gathered yet", ""));
    Ok(Advisories::default())
}
