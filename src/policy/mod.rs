//! What the manufacturer has decided: `health-sec.toml`.
//!
//! The policy names the product, classifies its components (4.3), sets limits and accepts single
//! findings for a time. Every entry keeps its place, so that a finding about a decision points at
//! the decision.
//!
//! - `advisories`: how advisories are judged
//! - `baseline`: what is left over from before the product was judged, a file of its own
//! - `build`: how the product is built
//! - `product`: the product as shipped, its manufacturer, its releases
//! - `record`: what is on record about an item, be it a component or not
//! - `roles`: who decides
//! - `supply`: components and other items, lists and limits
//! - `ledger`: findings accepted for a time
//! - `issue`: reports of vulnerabilities, and what became of each
//! - `promises`: who can tell of vulnerabilities, how fast they are mended, who is told; change control
//! - `member`: what members ask beyond it
//! - `imports`: exceptions of other tools
//! - `secrets`: what looks like a secret and is none
//! - `shared`: policies that several products build upon
//! - `standard`: the coding standard, a file of its own

mod advisories;
mod baseline;
mod build;
mod imports;
mod issue;
mod ledger;
mod member;
mod product;
mod promises;
mod record;
mod roles;
mod secrets;
mod shared;
pub mod standard;
mod supply;
mod threats;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use crate::document::{self, Fields, Value};
use crate::error::{Error, Fault};
use crate::source::{Location, Placed, ReadError, Source, Tree};

pub use advisories::{AdvisoryLimits, UnmaintainedScope};
pub use baseline::{BASELINE_NAME, Baseline, Leftover};
pub use build::{Build, Demand};
pub use imports::Import;
pub use issue::{Analysis, Answer, Issue, Review};
pub use ledger::{
    Endless, ExceptionLimits, Imported, Justification, Packages, Status, Use, Waiver, covers, split_id,
};
pub use member::{Loosened, MemberPolicy, Reach};
pub use product::{Manufacturer, Pin, Product, Profile, Releases};
pub use promises::{ChangeControl, Disclosure, Factor, Intake, Origin, SEVERITIES, UpdatePromise};
pub use record::{Class, CustomRecord, Record, SupportLevel};
pub use roles::Role;
pub use secrets::{KnownText, Secrets};
pub use shared::Shared;
pub use standard::Standard;
pub use supply::{ComponentEntry, Fork, Item, ItemKind, ListEntry, SupplyLimits, VettingDemand};
pub use threats::{Independence, LEVELS, PlatformPort, STATUS, Synonym, WordKind};

/// The name of the policy file, looked for from the workspace root upward.
pub const FILE_NAME: &str = "health-sec.toml";

/// What the manufacturer has decided.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The file as a whole; absent where nothing was decided yet.
    pub at: Option<Location>,
    /// Policies that this one builds upon. Their entries are among those below, each at its own place.
    pub shared: Vec<Shared>,
    /// By what its members ask less than it does; none of it holds.
    pub loosened: Vec<Loosened>,
    /// The product as shipped.
    pub product: Product,
    /// Who makes it: the author of its lists.
    pub manufacturer: Manufacturer,
    /// Its releases, and where what was handed over with each is kept.
    pub releases: Releases,
    /// The class of every component that has no entry of its own.
    pub default_class: Option<Placed<Class>>,
    /// Decisions on single components.
    pub components: Vec<ComponentEntry>,
    /// Items that cargo does not know: systems, native libraries, services.
    pub items: Vec<Item>,
    /// What holds for all components.
    pub supply: SupplyLimits,
    /// What is asked of the vetting records in `supply-chain/`.
    pub vetting: Option<VettingDemand>,
    /// How old advisory data may be.
    pub advisories: AdvisoryLimits,
    /// How the product is built.
    pub build: Build,
    /// What is decided about secrets in files and in the repository.
    pub secrets: Secrets,
    /// Where unsafe code is allowed; `None` where nothing was decided.
    pub unsafe_allowed: Option<Vec<UnsafeEntry>>,
    /// The file with the coding standard, relative to the file that names it.
    pub standard_file: Option<Placed<String>>,
    /// The coding standard; `None` where none is named, or the text of the policy was read alone.
    pub standard: Option<Standard>,
    /// Threat-model files linked from the policy, relative to the policy's folder.
    pub threat_models: Vec<Placed<String>>,
    /// The level up to which a risk may remain without anybody who accepts it; `None` where nothing was decided.
    pub acceptable_risk: Option<Placed<String>>,
    /// Who may try to defeat a mitigation; `None` where nothing was decided.
    pub independence: Option<Placed<Independence>>,
    /// What words of models mean that nobody knows by themselves.
    pub synonyms: Vec<Synonym>,
    /// Ports that the platform has open, and the product does not answer for.
    pub platform_ports: Vec<PlatformPort>,
    /// Roles and who holds them.
    pub roles: Vec<Role>,
    /// How reports of vulnerabilities come in; `None` where nothing was decided, as with the next three.
    pub intake: Option<Intake>,
    /// How fast vulnerabilities are looked at and mended.
    pub updates: Option<UpdatePromise>,
    /// Whom the manufacturer tells.
    pub disclosure: Option<Disclosure>,
    /// How changes are controlled.
    pub changes: Option<ChangeControl>,
    /// Reports of vulnerabilities.
    pub issues: Vec<Issue>,
    /// How findings are accepted.
    pub exceptions: ExceptionLimits,
    /// Files of other tools whose exceptions are read.
    pub imports: Vec<Import>,
    /// Accepted findings, those of other tools included.
    pub waivers: Vec<Waiver>,
    /// What is left over from before the product was judged.
    pub baseline: Option<Baseline>,
}

/// A place where unsafe code is allowed: `[[unsafe.allow]]`.
#[derive(Debug, Clone)]
pub struct UnsafeEntry {
    /// A file, a folder (with a slash at its end), or a module path such as `pump::ffi`.
    pub place: Placed<String>,
    /// Why.
    pub reason: Placed<String>,
}

impl Policy {
    /// Reads the policy: the file that was asked for, else the nearest one from the root upward,
    /// not past the folder that holds `.git`. Without one, the empty policy.
    ///
    /// # Errors
    /// When the file cannot be read, or says something this tool does not understand.
    pub fn read(tree: &Tree, asked: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = asked.map(Path::to_path_buf).or_else(|| find_upward(tree.root())) else {
            return Ok(Self { baseline: baseline::read(tree)?, ..Self::default() });
        };
        let source = read_source(tree, &path)?;
        let mut policy = Self::parse_with(&source, |shared| shared.read(tree, &source).map(Some))
            .map_err(|faults| Error::Policy { path: source.path().to_owned(), faults })?;
        if let Some(file) = &policy.standard_file {
            policy.standard = Some(read_standard(tree, file)?);
        }
        imports::gather(tree, &mut policy);
        policy.baseline = baseline::read(tree)?;
        Ok(policy)
    }

    /// Reads a policy from its text alone: policies that it builds upon are named, not followed.
    ///
    /// # Errors
    /// Every fault of the file.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Vec<Fault>> {
        Self::parse_with(source, |_| Ok(None))
    }

    /// Reads a policy from its text; `follow` finds the policies that it builds upon, or leaves them out.
    ///
    /// # Errors
    /// Every fault of the files, each of which has to be right by itself.
    pub fn parse_with(
        source: &Arc<Source>,
        mut follow: impl FnMut(&Shared) -> Result<Option<Arc<Source>>, Vec<Fault>>,
    ) -> Result<Self, Vec<Fault>> {
        let own = parse_document(source)?;
        let mut faults = Vec::new();
        let policy = read_policy(&own, source.whole(), &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut files = Vec::new();
        for shared in &policy.shared {
            files.extend(follow(shared)?);
        }
        if files.is_empty() {
            return Ok(policy);
        }
        let joined = shared::join(&own, &files)?;
        let mut policy = read_policy(&joined, source.whole(), &mut faults);
        for (shared, file) in policy.shared.iter_mut().zip(files) {
            shared.source = Some(file);
        }
        if faults.is_empty() { Ok(policy) } else { Err(faults) }
    }

    /// True for a place in the policy itself, and not in one that it builds upon.
    #[must_use]
    pub fn is_own(&self, at: &Location) -> bool {
        self.at.as_ref().is_some_and(|own| own.path() == at.path())
    }

    /// The class of a component, with the place of the decision.
    #[must_use]
    pub fn class_of(&self, component: &str) -> Option<&Placed<Class>> {
        self.component(component).and_then(|entry| entry.record.class()).or(self.default_class.as_ref())
    }

    /// How far the maker of a component stands behind it.
    #[must_use]
    pub fn support_of(&self, component: &str) -> Option<&Placed<SupportLevel>> {
        self.decided(component, |record| record.support.as_ref()).or(self.supply.support.as_ref())
    }

    /// The last day on which a component is supported.
    #[must_use]
    pub fn end_of_support_of(&self, component: &str) -> Option<&Placed<Date>> {
        self.decided(component, |record| record.end_of_support.as_ref())
            .or(self.supply.end_of_support.as_ref())
    }

    /// How many days a version of a component must have been public before it is used.
    #[must_use]
    pub fn cooldown_of(&self, component: &str) -> Option<&Placed<u32>> {
        self.component(component)
            .and_then(|entry| entry.cooldown_days.as_ref())
            .or(self.supply.cooldown_days.as_ref())
    }

    /// The licences that a component may come under; `None` where nothing was decided.
    #[must_use]
    pub fn licences_of(&self, component: &str) -> Option<&[Placed<String>]> {
        let entry = self.component(component).and_then(|entry| entry.licences.as_ref());
        entry.map(|list| list.value.as_slice()).or(self.supply.licences.as_deref())
    }

    /// What is done when the support of a component ends.
    #[must_use]
    pub fn support_plan_of(&self, component: &str) -> Option<&Placed<String>> {
        self.decided(component, |record| record.support_plan.as_ref()).or(self.supply.support_plan.as_ref())
    }

    fn decided<'a, T>(
        &'a self,
        component: &str,
        key: impl Fn(&'a Record) -> Option<&'a Placed<T>>,
    ) -> Option<&'a Placed<T>> {
        self.component(component).and_then(|entry| key(&entry.record))
    }

    /// The decision on a component of this name.
    #[must_use]
    pub fn component(&self, name: &str) -> Option<&ComponentEntry> {
        self.components.iter().find(|entry| entry.name.value == name)
    }
}

fn find_upward(root: &Path) -> Option<PathBuf> {
    for folder in root.ancestors() {
        let candidate = folder.join(FILE_NAME);
        // A link that leads nowhere is a policy that can't be read, and not none.
        if candidate.symlink_metadata().is_ok() {
            return Some(candidate);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

fn read_source(tree: &Tree, path: &Path) -> Result<Arc<Source>, Error> {
    // The policy was named by the user or stands above the workspace: it may lie outside the tree.
    let failed = |source: std::io::Error| Error::File {
        action: "read",
        path: path.to_owned(),
        help: "check the path given with --policy".to_owned(),
        source,
    };
    let absolute = path.canonicalize().map_err(failed)?;
    let mut tree = tree.clone();
    if let Some(folder) = absolute.parent() {
        tree.allow(folder);
    }
    tree.read(&absolute).map_err(|error| match error {
        ReadError::System(error) => failed(error),
        other => failed(std::io::Error::other(other.to_string())),
    })
}

/// Reads the coding standard that a policy names.
fn read_standard(tree: &Tree, file: &Placed<String>) -> Result<Standard, Error> {
    let named_in = tree.root().join(file.at.path());
    let failed = |why: String| Error::Policy {
        path: file.at.path().to_owned(),
        faults: vec![document::fault(
            &file.at,
            format!("the coding standard can't be read: {why}"),
            Some("name a file relative to the folder of this policy".to_owned()),
        )],
    };
    let (path, bytes) = shared::open(&named_in, Path::new(&file.value)).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8".to_owned()))?;
    let source = Source::new(tree.relative(&path), text);
    Standard::parse(&source).map_err(|faults| Error::Policy { path: source.path().to_owned(), faults })
}

fn parse_document(source: &Arc<Source>) -> Result<Value, Vec<Fault>> {
    document::parse(source).map_err(|error| vec![document::fault(&error.at, error.message, None)])
}

fn read_policy(value: &Value, at: Location, faults: &mut Vec<Fault>) -> Policy {
    let mut policy = Policy { at: Some(at), ..Policy::default() };
    let mut fields = Fields::new(value, "the policy", faults);
    policy.shared = shared::read_list(fields.value("extends"), fields.faults());
    policy.product = product::read_product(fields.value("product"), fields.faults());
    policy.manufacturer = product::read_manufacturer(fields.value("manufacturer"), fields.faults());
    policy.releases = product::read_releases(fields.value("releases"), fields.faults());
    if let Some(table) = fields.value("classes") {
        let mut classes = Fields::new(table, "[classes]", fields.faults());
        policy.default_class = classes.word("default", Class::WORDS);
        classes.finish();
    }
    let components = fields.entries("component");
    policy.components =
        components.iter().map(|entry| supply::read_component(entry, fields.faults())).collect();
    let items = fields.tables("item");
    policy.items = items.iter().filter_map(|item| supply::read_item(item, fields.faults())).collect();
    policy.supply = supply::read_limits(fields.value("components"), fields.faults());
    policy.vetting = fields.value("vetting").map(|table| supply::read_vetting(table, fields.faults()));
    if let Some(table) = fields.value("advisories") {
        policy.advisories = advisories::read_limits(table, fields.faults());
    }
    policy.build = build::read(fields.value("build"), fields.faults());
    policy.secrets = secrets::read(fields.value("secrets"), fields.faults());
    policy.unsafe_allowed = fields.value("unsafe").map(|table| read_unsafe(table, fields.faults()));
    if let Some(table) = fields.value("standard") {
        let mut standard = Fields::new(table, "[standard]", fields.faults());
        policy.standard_file = standard.required("file");
        standard.finish();
    }
    if let Some(table) = fields.value("threats") {
        threats::read(table, &mut policy, fields.faults());
    }
    policy.roles =
        fields.entries("roles").iter().filter_map(|entry| roles::read(entry, fields.faults())).collect();
    policy.intake = fields.value("intake").map(|table| promises::read_intake(table, fields.faults()));
    policy.updates = fields.value("updates").map(|table| promises::read_updates(table, fields.faults()));
    policy.disclosure =
        fields.value("disclosure").map(|table| promises::read_disclosure(table, fields.faults()));
    policy.changes = fields.value("changes").map(|table| promises::read_changes(table, fields.faults()));
    let issues = fields.tables("issue");
    policy.issues = issues.iter().filter_map(|issue| issue::read_issue(issue, fields.faults())).collect();
    let waivers = fields.tables("waiver");
    policy.waivers =
        waivers.iter().filter_map(|waiver| ledger::read_waiver(waiver, fields.faults())).collect();
    policy.exceptions = ledger::read_limits(fields.value("exceptions"), fields.faults());
    fields.finish();
    policy
}

fn read_unsafe(table: &Value, faults: &mut Vec<Fault>) -> Vec<UnsafeEntry> {
    let mut section = Fields::new(table, "[unsafe]", faults);
    let read = |table: &Value, faults: &mut Vec<Fault>| {
        let mut allow = Fields::new(table, "[[unsafe.allow]]", faults);
        let (place, reason) = (allow.required("place"), allow.required("reason"));
        allow.finish();
        Some(UnsafeEntry { place: place?, reason: reason? })
    };
    let allow = section.tables("allow");
    let allow = allow.iter().filter_map(|table| read(table, section.faults())).collect();
    section.finish();
    allow
}

#[cfg(test)]
mod tests;
