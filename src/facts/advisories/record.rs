//! The facts of one advisory; no words of its authors.

use std::fmt::Write as _;

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

/// The facts of an advisory; no words of its authors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advisory {
    /// Such as `RUSTSEC-2020-0071`.
    pub id: String,
    /// The package.
    pub package: String,
    /// True when it is about a part of the toolchain (`std`, `cargo`, `rustdoc`), not about a package of
    /// that name.
    pub toolchain: bool,
    /// The registry of the package, as an address; `None` for crates.io.
    pub registry: Option<String>,
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
    /// The word for the CVSS score: `none`, `low`, `medium`, `high` or `critical`.
    pub severity: Option<&'static str>,
    /// Categories, such as `memory-corruption`.
    pub categories: Vec<String>,
    /// Affected functions.
    pub functions: Vec<Function>,
    /// Operating systems it is limited to; empty means all.
    pub os: Vec<String>,
    /// Architectures it is limited to; empty means all.
    pub arch: Vec<String>,
    /// When it was published.
    pub date: Date,
    /// When it was taken back. Such an advisory touches nothing.
    pub withdrawn: Option<Date>,
    /// Where to read more.
    pub url: Option<String>,
}

/// A function that an advisory names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its path, starting with the crate's code name.
    pub path: String,
    /// The versions in which it is affected, as version requirements.
    pub versions: Vec<String>,
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

impl AdvisoryKind {
    /// Every kind; a pack stores the index.
    pub const ALL: [Self; 5] =
        [Self::Vulnerability, Self::Malicious, Self::Unsound, Self::Unmaintained, Self::Notice];

    /// The word used in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Vulnerability => "vulnerability",
            Self::Malicious => "malicious",
            Self::Unsound => "unsound",
            Self::Unmaintained => "unmaintained",
            Self::Notice => "notice",
        }
    }
}

/// Words for a CVSS score, from the least to the most; a pack stores the index.
pub(super) const SEVERITIES: [&str; 5] = ["none", "low", "medium", "high", "critical"];

impl Advisory {
    /// The newest date it carries.
    #[must_use]
    pub fn newest_date(&self) -> Date {
        self.withdrawn.map_or(self.date, |withdrawn| withdrawn.max(self.date))
    }

    /// A short name of what a decision on it rests on, as 16 hexadecimal digits of a SHA-256: what it
    /// is about, which versions, how bad, which functions and systems. Another name or address for
    /// the same facts changes nothing, nor does the order in which they are told.
    #[must_use]
    pub fn facts_digest(&self) -> String {
        let functions: Vec<String> = self
            .functions
            .iter()
            .map(|function| format!("{} {}", function.path, sorted(&function.versions).join(" ")))
            .collect();
        let registry: Vec<String> = self.registry.iter().cloned().collect();
        let cvss: Vec<String> = self.cvss.iter().cloned().collect();
        let withdrawn: Vec<String> = self.withdrawn.iter().map(ToString::to_string).collect();
        let mut hash = Sha256::new();
        for (name, facts) in [
            ("id", &[self.id.clone(), self.package.clone(), self.kind.word().to_owned()][..]),
            ("registry", &registry),
            ("patched", &self.patched),
            ("unaffected", &self.unaffected),
            ("cvss", &cvss),
            ("categories", &self.categories),
            ("functions", &functions),
            ("os", &self.os),
            ("arch", &self.arch),
            ("withdrawn", &withdrawn),
        ] {
            for fact in std::iter::once(name).chain(sorted(facts)) {
                hash.update(fact.len().to_le_bytes());
                hash.update(fact);
            }
        }
        hash.finalize().iter().take(8).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// True for its id and for every other name it has.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.id == name || self.aliases.iter().any(|alias| alias == name)
    }

    /// True when a version is affected, by the rustsec crate's own logic.
    #[must_use]
    pub fn affects(&self, version: &semver::Version) -> bool {
        super::matching::is_affected(self, version).unwrap_or(false)
    }

    /// The page of the advisory, for ids that have one.
    #[must_use]
    pub fn page(&self) -> Option<String> {
        self.id.starts_with("RUSTSEC-").then(|| format!("https://rustsec.org/advisories/{}", self.id))
    }
}

fn sorted(facts: &[String]) -> Vec<&str> {
    let mut facts: Vec<&str> = facts.iter().map(String::as_str).collect();
    facts.sort_unstable();
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_follows_the_facts_and_not_their_names() {
        let advisory = Advisory {
            id: "RUSTSEC-2020-0071".into(),
            package: "time".into(),
            toolchain: false,
            registry: None,
            kind: AdvisoryKind::Vulnerability,
            patched: vec![">=0.2.23".into()],
            unaffected: vec!["=0.2.0".into(), "<0.1.0".into()],
            aliases: vec!["CVE-2020-26235".into()],
            cvss: None,
            severity: None,
            categories: vec![],
            functions: vec![],
            os: vec![],
            arch: vec![],
            date: jiff::civil::date(2020, 11, 18),
            withdrawn: None,
            url: None,
        };
        let digest = advisory.facts_digest();
        assert_eq!(digest.len(), 16);
        let mut same = advisory.clone();
        same.aliases.push("GHSA-wcg3-cvx6-7396".into());
        same.url = Some("https://example.org".into());
        same.unaffected.reverse();
        assert_eq!(same.facts_digest(), digest);
        for change in [
            |advisory: &mut Advisory| advisory.patched.clear(),
            |advisory: &mut Advisory| advisory.patched.swap_with_slice(&mut advisory.unaffected[..1]),
            |advisory: &mut Advisory| advisory.kind = AdvisoryKind::Unsound,
            |advisory: &mut Advisory| advisory.os.push("windows".into()),
            |advisory: &mut Advisory| advisory.arch.push("windows".into()),
            |advisory: &mut Advisory| advisory.cvss = Some("CVSS:3.1/AV:N".into()),
        ] {
            let mut other = advisory.clone();
            change(&mut other);
            assert_ne!(other.facts_digest(), digest, "{other:?}");
        }
    }
}
