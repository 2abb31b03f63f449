//! Components and other items: lists and limits.

use jiff::civil::Date;
use semver::{Version, VersionReq};
use serde::Serialize;

use crate::document::{Entry, Fields, Value, note};
use crate::error::Fault;
use crate::source::{Location, Placed};

use super::record::{Record, SupportLevel, read_record};

/// A decision on one component: `[component.NAME]`.
#[derive(Debug, Clone)]
pub struct ComponentEntry {
    /// The component's name.
    pub name: Placed<String>,
    /// What is on record.
    pub record: Record,
    /// What it may be able to do: the words of capabilities; `None` where nothing was decided.
    pub capabilities: Option<Placed<Vec<Placed<String>>>>,
    /// How many places with unsafe code it may have.
    pub unsafe_limit: Option<Placed<i64>>,
    /// What the members which reach it allow it to do at most, whatever else is allowed.
    pub at_most: Option<Placed<Vec<Placed<String>>>>,
    /// The licences that the members which reach it allow.
    pub licences: Option<Placed<Vec<Placed<String>>>>,
    /// The most days that a member which reaches it waits.
    pub cooldown_days: Option<Placed<u32>>,
    /// The SHA-256 of its code that runs at build time, as the tool prints it; several where several
    /// versions are in the graph. Empty where nothing was decided.
    pub build_code: Vec<Placed<String>>,
    /// Where a copy comes from and what was changed.
    pub fork: Option<Fork>,
}

impl ComponentEntry {
    /// An entry that says nothing yet.
    pub(super) fn new(name: Placed<String>) -> Self {
        Self {
            name,
            record: Record::default(),
            capabilities: None,
            unsafe_limit: None,
            at_most: None,
            licences: None,
            cooldown_days: None,
            build_code: Vec::new(),
            fork: None,
        }
    }
}

/// The provenance of a copy: `[component.NAME.fork]`.
#[derive(Debug, Clone)]
pub struct Fork {
    /// The package and version it was taken from, such as `time@0.1.43`.
    pub of: Option<Placed<String>>,
    /// Why it was changed.
    pub reason: Option<Placed<String>>,
    /// Advisories that the copy mends.
    pub fixes: Vec<Placed<String>>,
    /// The proof: a patch file, a commit, a test.
    pub proof: Option<Placed<String>>,
    /// The entry as a whole.
    pub at: Location,
}

/// An item that cargo does not know: `[[item]]`.
#[derive(Debug, Clone)]
pub struct Item {
    /// What it is called.
    pub name: Placed<String>,
    /// Its version, or the range of versions.
    pub version: Option<Placed<String>>,
    /// What it is.
    pub kind: Option<Placed<ItemKind>>,
    /// Components through which the product reaches it.
    pub reached_by: Vec<Placed<String>>,
    /// The last scan of it for known vulnerabilities: a file relative to the policy, or the name of a record.
    pub scan: Option<Placed<String>>,
    /// The day of that scan, where the file does not tell.
    pub scanned_on: Option<Placed<Date>>,
    /// What made that scan, and from which data, where the file does not tell.
    pub scanner: Option<Placed<String>>,
    /// What is on record.
    pub record: Record,
    /// The entry as a whole.
    pub at: Location,
}

/// What an item is that cargo does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// An operating system, a container base.
    OperatingSystem,
    /// A native library.
    Library,
    /// A service that the product calls.
    Service,
    /// Firmware.
    Firmware,
    /// The toolchain and other tools that build the product.
    Tool,
}

impl ItemKind {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("operating-system", Self::OperatingSystem),
        ("library", Self::Library),
        ("service", Self::Service),
        ("firmware", Self::Firmware),
        ("tool", Self::Tool),
    ];

    /// The word as written in the policy.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// What holds for all components: `[components]`.
#[derive(Debug, Clone, Default)]
pub struct SupplyLimits {
    /// Nothing else is allowed, where this is given.
    pub allow: Option<Vec<ListEntry>>,
    /// These are not allowed.
    pub deny: Vec<ListEntry>,
    /// Registries that components may come from, beside crates.io.
    pub registries: Vec<Placed<String>>,
    /// Licences allowed, as SPDX identifiers; `None` where nothing was decided.
    pub licences: Option<Vec<Placed<String>>>,
    /// How many days a version must have been public before it is used.
    pub cooldown_days: Option<Placed<u32>>,
    /// After how many days without a release a component is asked about.
    pub quiet_days: Option<Placed<u32>>,
    /// A folder with index files of registries, for machines without cargo's own.
    pub index: Option<Placed<String>>,
    /// The one or more components chosen for cryptography; `None` where nothing was decided.
    pub cryptography: Option<Vec<Placed<String>>>,
    /// True when code that runs at build time needs an entry with its hash.
    pub build_code_listed: Option<Placed<bool>>,
    /// What any component may be able to do without an entry of its own; `None` where nothing was decided.
    pub capabilities: Option<Placed<Vec<Placed<String>>>>,
    /// True when every component that is new since the last release needs a review on record.
    pub review_new: Option<Placed<bool>>,
    /// How far their makers stand behind the components that have no entry of their own.
    pub support: Option<Placed<SupportLevel>>,
    /// The last day on which these are supported.
    pub end_of_support: Option<Placed<Date>>,
    /// What is done when the end comes, or where no day is known.
    pub support_plan: Option<Placed<String>>,
}

/// A component on a list, with the reason.
#[derive(Debug, Clone)]
pub struct ListEntry {
    /// The name, with a version requirement behind `@` where only some versions are meant.
    pub component: Placed<String>,
    /// Why.
    pub reason: Placed<String>,
    /// What to use in its place.
    pub instead: Option<Placed<String>>,
    /// The packages that may use it all the same, on a list of what is denied: where nothing else does, it is spared.
    pub wrappers: Vec<String>,
    /// True where it is denied only in several versions at once.
    pub several: bool,
}

impl ListEntry {
    /// True where it denies whatever is called so.
    #[must_use]
    pub fn spares_nothing(&self) -> bool {
        self.wrappers.is_empty() && !self.several
    }

    /// The name of the component.
    #[must_use]
    pub fn name(&self) -> &str {
        self.component.value.split('@').next().unwrap_or_default().trim()
    }

    /// Which versions are meant; `None` where the requirement can't be read.
    fn versions(&self) -> Option<VersionReq> {
        match self.component.value.split_once('@') {
            None => Some(VersionReq::STAR),
            Some((_, versions)) => VersionReq::parse(versions).ok(),
        }
    }

    /// True when the entry, on a list of what is allowed, means this version.
    #[must_use]
    pub fn allows(&self, name: &str, version: &Version) -> bool {
        let all = !self.component.value.contains('@');
        self.name() == name && (all || self.versions().is_some_and(|versions| versions.matches(version)))
    }

    /// True when the entry, on a list of what is denied, means this version. A pre-release is no way
    /// around a list: it counts as the release that it leads to.
    #[must_use]
    pub fn denies(&self, name: &str, version: &Version) -> bool {
        let release = Version::new(version.major, version.minor, version.patch);
        let hit = |versions: VersionReq| versions.matches(version) || versions.matches(&release);
        self.name() == name && self.versions().is_none_or(hit)
    }
}

/// What is asked of vetting records: `[vetting]`.
#[derive(Debug, Clone)]
pub struct VettingDemand {
    /// The criterion that must be met by what ships.
    pub criteria: Option<Placed<String>>,
    /// True when an exemption does not count as vetted.
    pub refuse_exemptions: Option<Placed<bool>>,
    /// Within how many days the end of a trust is told.
    pub trust_ends_within_days: Option<Placed<u32>>,
    /// The section as a whole.
    pub at: Location,
}

pub(super) fn read_component(entry: &Entry, faults: &mut Vec<Fault>) -> ComponentEntry {
    let mut fields = Fields::new(&entry.value, format!("[component.{}]", entry.key), faults);
    let fork = fields.value("fork");
    let component = ComponentEntry {
        name: Placed { value: entry.key.clone(), at: entry.key_at.clone() },
        record: read_record(&mut fields),
        capabilities: read_list(&mut fields, "capabilities"),
        unsafe_limit: fields.integer("unsafe_limit"),
        at_most: None,
        licences: None,
        cooldown_days: None,
        build_code: fields.string_or_strings("build_code"),
        fork: fork.map(|table| read_fork(table, fields.faults())),
    };
    fields.finish();
    component
}

fn read_fork(table: &Value, faults: &mut Vec<Fault>) -> Fork {
    let mut fields = Fields::new(table, "the record `fork`", faults);
    let fork = Fork {
        of: fields.string("of"),
        reason: fields.string("reason"),
        fixes: fields.strings("fixes"),
        proof: fields.string("proof"),
        at: table.at(),
    };
    fields.finish();
    fork
}

pub(super) fn read_item(table: &Value, faults: &mut Vec<Fault>) -> Option<Item> {
    let mut fields = Fields::new(table, "[[item]]", faults);
    let name = fields.required("name");
    let version = fields.string("version");
    let kind = fields.word("kind", ItemKind::WORDS);
    let reached_by = fields.strings("reached_by");
    let scan = fields.string("scan");
    let (scanned_on, scanner) = (fields.date("scanned_on"), fields.string("scanner"));
    let record = read_record(&mut fields);
    fields.finish();
    Some(Item { name: name?, version, kind, reached_by, scan, scanned_on, scanner, record, at: table.at() })
}

pub(super) fn read_limits(table: Option<&Value>, faults: &mut Vec<Fault>) -> SupplyLimits {
    let Some(table) = table else { return SupplyLimits::default() };
    let mut fields = Fields::new(table, "[components]", faults);
    let (decided, allow) = (fields.value("allow").is_some(), fields.tables("allow"));
    let deny = fields.tables("deny");
    let limits = SupplyLimits {
        allow: decided.then(|| read_entries(allow, "[[components.allow]]", fields.faults())),
        deny: read_entries(deny, "[[components.deny]]", fields.faults()),
        registries: fields.strings("registries"),
        licences: read_list(&mut fields, "licences").map(|list| list.value),
        cooldown_days: fields.days("cooldown_days"),
        quiet_days: fields.days("quiet_days"),
        index: fields.string("index"),
        cryptography: read_list(&mut fields, "cryptography").map(|list| list.value),
        build_code_listed: fields.boolean("build_code_listed"),
        capabilities: read_list(&mut fields, "capabilities"),
        review_new: fields.boolean("review_new"),
        support: fields.word("support", SupportLevel::WORDS),
        end_of_support: fields.date("end_of_support"),
        support_plan: fields.string("support_plan"),
    };
    fields.finish();
    limits
}

/// A list of strings that may be absent: to allow nothing is a decision too.
pub(super) fn read_list(fields: &mut Fields<'_>, key: &'static str) -> Option<Placed<Vec<Placed<String>>>> {
    let at = fields.value(key)?.at();
    Some(Placed { value: fields.strings(key), at })
}

pub(super) fn read_entries(list: &[Value], name: &str, faults: &mut Vec<Fault>) -> Vec<ListEntry> {
    let mut entries = Vec::new();
    for table in list {
        let mut fields = Fields::new(table, name, faults);
        let (component, reason) = (fields.required("component"), fields.required("reason"));
        let instead = fields.string("instead");
        fields.finish();
        if let (Some(component), Some(reason)) = (component, reason) {
            let entry = ListEntry { component, reason, instead, wrappers: Vec::new(), several: false };
            if entry.versions().is_none() {
                let what = format!("`{}` holds no version requirement behind `@`", entry.component.value);
                note(faults, &entry.component.at, what, Some("such as `time@<0.2.23`".to_owned()));
            }
            entries.push(entry);
        }
    }
    entries
}

pub(super) fn read_vetting(table: &Value, faults: &mut Vec<Fault>) -> VettingDemand {
    let mut fields = Fields::new(table, "[vetting]", faults);
    let demand = VettingDemand {
        criteria: fields.string("criteria"),
        refuse_exemptions: fields.boolean("refuse_exemptions"),
        trust_ends_within_days: fields.days("trust_ends_within_days"),
        at: table.at(),
    };
    fields.finish();
    demand
}
