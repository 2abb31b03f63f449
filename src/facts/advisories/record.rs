//! The facts of one advisory; no words of its authors.

use jiff::civil::Date;

/// The facts of an advisory; no words of its authors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advisory {
    /// Such as `RUSTSEC-2020-0071`.
    pub id: String,
    /// The package.
    pub package: String,
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

    /// The page of the advisory, for ids that have one.
    #[must_use]
    pub fn page(&self) -> Option<String> {
        self.id.starts_with("RUSTSEC-").then(|| format!("https://rustsec.org/advisories/{}", self.id))
    }
}
