//! The product as shipped, its manufacturer, its releases.

use jiff::civil::Date;
use semver::Version;

use crate::document::{Entry, Fields, Value};
use crate::error::Fault;
use crate::source::Placed;

/// The product as shipped: `[product]`.
#[derive(Debug, Clone)]
pub struct Product {
    /// What it is called.
    pub name: Option<Placed<String>>,
    /// Target triples it is built for; `all` is every platform, none is what cargo would build for.
    pub targets: Vec<Placed<String>>,
    /// Features it is built with, beside the default ones.
    pub features: Vec<Placed<String>>,
    /// False when it is built without default features.
    pub default_features: bool,
    /// Binaries it ships; empty means every member.
    pub bins: Vec<Placed<String>>,
    /// The last day on which the manufacturer supports it.
    pub support_end: Option<Placed<Date>>,
    /// The release of Rust that its toolchain is made from, where the toolchain file does not tell.
    pub toolchain: Option<Placed<Version>>,
    /// Files and folders that say how it is run, relative to the root; without them, those with usual names.
    pub deployment: Vec<Placed<String>>,
    /// The lists of fields that its component records are held against.
    pub profiles: Vec<Placed<Profile>>,
}

impl Default for Product {
    fn default() -> Self {
        Self {
            name: None,
            targets: Vec::new(),
            features: Vec::new(),
            default_features: true,
            bins: Vec::new(),
            support_end: None,
            toolchain: None,
            deployment: Vec::new(),
            profiles: Vec::new(),
        }
    }
}

/// A published list of fields that a component record must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// The minimum elements of the NTIA, 2021.
    Ntia,
    /// What the premarket guidance of the FDA asks for.
    Fda,
    /// BSI TR-03183-2.
    Bsi,
    /// What IEC 62304 asks of software of unknown provenance.
    Iec62304,
}

impl Profile {
    /// The words in the policy and on the command line.
    pub const WORDS: &'static [(&'static str, Self)] =
        &[("ntia", Self::Ntia), ("fda", Self::Fda), ("bsi", Self::Bsi), ("iec62304", Self::Iec62304)];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, profile)| *profile == self).map_or("", |(word, _)| word)
    }
}

/// Who makes the product, and signs its lists: `[manufacturer]`.
#[derive(Debug, Clone, Default)]
pub struct Manufacturer {
    /// The name.
    pub name: Option<Placed<String>>,
    /// The address on the web.
    pub url: Option<Placed<String>>,
    /// Whom to write to about security.
    pub email: Option<Placed<String>>,
}

/// Releases and what was handed over with them: `[releases]`.
#[derive(Debug, Clone, Default)]
pub struct Releases {
    /// The git revision of the last release: changes are judged against it.
    pub last: Option<Placed<String>>,
    /// Where the component list of each release is kept, relative to the policy, with `{tag}` in the
    /// place of the release's tag, such as `docs/releases/{tag}.cdx.json`.
    pub sboms: Option<Placed<String>>,
    /// Tags that are releases still supported, as a pattern with `*`, such as `v*`.
    pub tags: Vec<Placed<String>>,
    /// The commit that each of these tags names, in the order of the file: `[releases.pinned]`.
    pub pinned: Vec<Pin>,
    /// When the open issues were last reviewed as a whole: at least for each release (9.5).
    pub issues_reviewed_on: Option<Placed<Date>>,
}

/// A release tag and the commit that it names, for ever.
#[derive(Debug, Clone)]
pub struct Pin {
    /// The tag.
    pub tag: Placed<String>,
    /// The commit, in hexadecimal digits.
    pub commit: Placed<String>,
}

pub(super) fn read_product(table: Option<&Value>, faults: &mut Vec<Fault>) -> Product {
    let Some(table) = table else { return Product::default() };
    let mut fields = Fields::new(table, "[product]", faults);
    let product = Product {
        name: fields.string("name"),
        targets: fields.strings("targets"),
        features: fields.strings("features"),
        default_features: fields.boolean("default_features").is_none_or(|placed| placed.value),
        bins: fields.strings("bins"),
        support_end: fields.date("support_end"),
        toolchain: read_version(&mut fields, "toolchain"),
        deployment: fields.strings("deployment"),
        profiles: fields.words("profiles", Profile::WORDS),
    };
    fields.finish();
    product
}

fn read_version(fields: &mut Fields<'_>, key: &'static str) -> Option<Placed<Version>> {
    let text = fields.string(key)?;
    let version = Version::parse(&text.value);
    if version.is_err() {
        fields.fault(&text.at, format!("`{key}` is no version"), Some("such as `1.95.0`".to_owned()));
    }
    Some(Placed { value: version.ok()?, at: text.at })
}

pub(super) fn read_manufacturer(table: Option<&Value>, faults: &mut Vec<Fault>) -> Manufacturer {
    let Some(table) = table else { return Manufacturer::default() };
    let mut fields = Fields::new(table, "[manufacturer]", faults);
    let manufacturer = Manufacturer {
        name: fields.string("name"),
        url: fields.string("url"),
        email: fields.string("email"),
    };
    fields.finish();
    manufacturer
}

pub(super) fn read_releases(table: Option<&Value>, faults: &mut Vec<Fault>) -> Releases {
    let Some(table) = table else { return Releases::default() };
    let mut fields = Fields::new(table, "[releases]", faults);
    let pinned = fields.entries("pinned");
    let releases = Releases {
        last: fields.string("last"),
        sboms: fields.string("sboms"),
        tags: fields.strings("tags"),
        pinned: pinned.iter().filter_map(|entry| read_pin(entry, &mut fields)).collect(),
        issues_reviewed_on: fields.date("issues_reviewed_on"),
    };
    fields.finish();
    releases
}

fn read_pin(entry: &Entry, fields: &mut Fields<'_>) -> Option<Pin> {
    let commit = entry.value.as_str().map(str::to_ascii_lowercase);
    // A shortened name may come to mean another commit.
    let whole = |commit: &String| {
        matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let Some(commit) = commit.filter(whole) else {
        let help = format!("git rev-parse '{}^{{commit}}'", entry.key);
        fields.fault(&entry.value.at(), format!("`{}` is pinned to no whole commit", entry.key), Some(help));
        return None;
    };
    let tag = Placed { value: entry.key.clone(), at: entry.key_at.clone() };
    Some(Pin { tag, commit: Placed { value: commit, at: entry.value.at() } })
}
