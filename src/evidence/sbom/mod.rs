//! Component lists for other tools: CycloneDX and SPDX, from one neutral list.
//!
//! By default what ends up in the product is listed, and what runs while it is built, marked as such;
//! tests and what is merely locked are not part of the product. No list holds vulnerabilities:
//! those are stated apart, so that a list changes only when the product does. The same input
//! gives the same bytes: serial numbers follow from what was listed, the time is the day of the inspection.
//!
//! - `cyclonedx`: CycloneDX 1.6 and 1.7, JSON
//! - `spdx2`: SPDX 2.3, JSON
//! - `spdx3`: SPDX 3.0.1, JSON-LD

mod cyclonedx;
mod spdx2;
mod spdx3;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::checks::listing::{Basis, Extent, Listing, Part, fields};
use crate::facts::components::{Origin, Ships};
use crate::report::Report;
use crate::report::text::visible;

/// The format of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CycloneDX 1.6, JSON.
    CycloneDx16,
    /// CycloneDX 1.7, JSON.
    CycloneDx17,
    /// SPDX 2.3, JSON.
    Spdx23,
    /// SPDX 3.0.1, JSON-LD.
    Spdx301,
}

/// A list, and what tells it from others.
#[derive(Debug)]
pub struct Sbom {
    list: Listing,
    extent: Extent,
    /// Follows from lock file, policy, product, targets, features and extent.
    id: Uuid,
    /// The day of the inspection, at midnight UTC.
    created: String,
    lock: Option<String>,
    policy: Option<String>,
    features: Vec<String>,
}

/// A name in front of each statement that no format has a field for.
const OURS: &str = "health-sec";

impl Sbom {
    /// Lists what a report has found.
    #[must_use]
    pub fn new(report: &Report, extent: Extent) -> Self {
        let facts = &report.facts;
        let list = Listing::new(facts, extent);
        let digest = |text: &str| {
            Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
        };
        let lock = facts.workspace.lock.as_ref().map(|lock| digest(lock.text()));
        let policy = facts.policy.at.as_ref().map(|at| digest(at.source().text()));
        let asked = &facts.components.features;
        let mut features: Vec<String> = asked.features.clone();
        features.extend(asked.all.then(|| "--all-features".to_owned()));
        features.extend(asked.no_default.then(|| "--no-default-features".to_owned()));
        let mut sbom = Self {
            id: Uuid::nil(),
            created: format!("{}T00:00:00Z", facts.as_of),
            list,
            extent,
            lock,
            policy,
            features,
        };
        sbom.id = sbom.identity();
        sbom
    }

    /// The list itself.
    #[must_use]
    pub fn list(&self) -> &Listing {
        &self.list
    }

    /// Writes the list.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub fn write(&self, format: Format, out: &mut dyn io::Write) -> io::Result<()> {
        match format {
            Format::CycloneDx16 => cyclonedx::write(self, "1.6", out),
            Format::CycloneDx17 => cyclonedx::write(self, "1.7", out),
            Format::Spdx23 => spdx2::write(self, out),
            Format::Spdx301 => spdx3::write(self, out),
        }
    }

    /// Two lists have one name only where they were made from the same things.
    fn identity(&self) -> Uuid {
        let space = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"https://crates.io/crates/cargo-health-sec");
        let mut name = String::new();
        let mut add = |what: &str, text: &str| {
            let _ = writeln!(name, "{what} {}:{text}", text.len());
        };
        add("lock", self.lock.as_deref().unwrap_or_default());
        add("policy", self.policy.as_deref().unwrap_or_default());
        self.list.targets.iter().for_each(|target| add("target", target));
        self.features.iter().for_each(|feature| add("feature", feature));
        add("extent", if self.extent == Extent::All { "all" } else { "delivered" });
        add("resolved", if self.list.resolved { "yes" } else { "no" });
        self.list.parts.iter().filter(|part| part.is_own()).for_each(|part| add("own", &part.id()));
        Uuid::new_v5(&space, name.as_bytes())
    }

    /// Statements on the list as a whole, by name.
    fn statements(&self) -> Vec<(String, String)> {
        let mut said = Vec::new();
        let mut say = |name: &str, value: &str| said.push((format!("{OURS}:{name}"), visible(value)));
        say("extent", if self.extent == Extent::All { "all that is locked" } else { "delivered" });
        self.features.iter().for_each(|feature| say("feature", feature));
        if let Some(lock) = &self.lock {
            say("lock:sha256", lock);
        }
        if let Some(policy) = &self.policy {
            say("policy:sha256", policy);
        }
        say("resolved", if self.list.resolved { "yes" } else { "no" });
        said
    }
}

/// Statements on a part that no format has a field for, by name.
fn statements(list: &Listing, part: &Part) -> Vec<(String, String)> {
    let mut said = Vec::new();
    let mut say = |name: &str, value: &str| said.push((format!("{OURS}:{name}"), visible(value)));
    if let Some((class, decided)) = part.class {
        say("class", class.word());
        say("class:decided", decided.word());
    }
    if !part.edges.is_empty() {
        let edges: Vec<String> =
            part.edges.iter().map(|edge| format!("{edge:?}").to_ascii_lowercase()).collect();
        say("edges", &edges.join(", "));
    }
    if let Some(library) = &part.links {
        say("links", library);
    }
    if let Some(origin) = origin(part) {
        say("origin", &origin);
    }
    for (name, value) in [
        ("purpose", &part.record.purpose),
        ("requirement", &part.record.requirement),
        ("risk", &part.record.risk),
        ("support:plan", &part.record.support_plan),
        ("watch", &part.record.watch),
    ] {
        if let Some(value) = value {
            say(name, value);
        }
    }
    if let Some(day) = part.record.reviewed_on {
        say("reviewed-on", &day.to_string());
    }
    say("ship", ship(part.ships));
    if let Some(maker) = part.maker.as_ref().filter(|_| !part.is_own()) {
        say("supplier:basis", maker.basis.word());
    }
    match part.record.support {
        Some(level) => say("support:level", level.word()),
        None if !part.is_own() && part.is_delivered() => say("support:level", "unknown"),
        None => {}
    }
    let unknown = unknown(list, part);
    if !unknown.is_empty() {
        say("unknown", &unknown.join(", "));
    }
    said
}

/// Fields of the list that are not known of a part: said, so that silence is not taken for "none".
fn unknown<'a>(list: &Listing, part: &Part) -> Vec<&'a str> {
    const SAID: &[&str] = &["version", "supplier", "licence", "hash", "file_name", "end_of_support"];
    let wanted = fields().iter().filter(|field| SAID.contains(&field.id.as_str()));
    wanted.filter(|field| field.is_lacking(list, part)).map(|field| field.id.as_str()).collect()
}

fn origin(part: &Part) -> Option<String> {
    match &part.sort {
        crate::checks::listing::Sort::Component(origin) => Some(match origin {
            Origin::CratesIo => "crates.io".to_owned(),
            Origin::Registry { url } => format!("the registry {url}"),
            Origin::Git { url, .. } => format!("the repository {url}"),
            Origin::Path { folder } => format!("the folder {}", folder.as_deref().unwrap_or("unknown")),
        }),
        _ => None,
    }
}

/// The words for where a part ends up.
fn ship(ships: Ships) -> &'static str {
    match ships {
        Ships::Product => "product",
        Ships::Unknown => "unknown",
        Ships::Build => "build",
        Ships::Dev => "dev",
        Ships::Locked => "locked",
    }
}

/// True where an author may be named as the one who made a part.
fn is_known(basis: Basis) -> bool {
    matches!(basis, Basis::Policy | Basis::Authors)
}

/// Every distinct text, in order.
fn distinct<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    texts.into_iter().collect()
}
