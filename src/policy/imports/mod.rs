//! Exceptions of other tools, read and never written: `[exceptions] import = [...]`.
//!
//! Their files belong to them, so keys that are not known here are none of our business; an entry that is
//! not understood is said, and excepts nothing. What they allow is weaker than what the policy says
//! itself: a list of the policy is never changed, only a missing one is filled.
//!
//! - `deny`, `audit`: cargo-deny and cargo-audit
//! - `osv`: OSV-Scanner
//! - `cackle`, `about`: what components may do, and licences
//! - `openvex`, `cyclonedx`: statements on vulnerabilities, by ourselves or by a supplier

mod about;
mod audit;
mod cackle;
mod cyclonedx;
mod deny;
mod openvex;
mod osv;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;

use crate::document;
use crate::source::{Location, Placed, ReadError, Source, Tree};

use super::Policy;
use super::ledger::{Imported, Packages, Waiver, split_id};
use super::supply::{ComponentEntry, ListEntry};

/// A file of another tool that was asked for.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its path, as written in the policy.
    pub path: Placed<String>,
    /// The tool or format.
    pub tool: &'static str,
    /// The file, where it could be read.
    pub file: Option<Arc<Source>>,
    /// How many exceptions it holds.
    pub exceptions: usize,
    /// What could not be read, and where: the file as a whole, or single entries.
    pub unread: Vec<(Location, String)>,
}

/// What a file holds.
#[derive(Debug, Default)]
struct Read {
    waivers: Vec<Waiver>,
    /// Licences that are allowed, where the file says.
    licences: Option<Vec<Placed<String>>>,
    registries: Vec<Placed<String>>,
    denied: Vec<ListEntry>,
    allowed: Vec<ListEntry>,
    components: Vec<ComponentEntry>,
    unread: Vec<(Location, String)>,
}

type Reader = fn(&Arc<Source>, &mut Read);

/// The tool, and how its files end.
const READERS: &[(&str, &str, Reader)] = &[
    ("cargo-deny", "deny.toml", deny::read),
    ("cargo-deny", "deny.exceptions.toml", deny::read),
    ("cargo-audit", "audit.toml", audit::read),
    ("OSV-Scanner", "osv-scanner.toml", osv::read),
    ("cackle", "cackle.toml", cackle::read),
    ("cargo-about", "about.toml", about::read),
    ("VEX", ".json", read_json),
];

/// Reads every file that the policy names, and adds what it says to the policy.
pub(super) fn gather(tree: &Tree, policy: &mut Policy) {
    let Some(at) = policy.at.clone() else { return };
    let file = tree.root().join(at.path());
    let folder = file.parent().unwrap_or(tree.root()).to_path_buf();
    let mut tree = tree.clone();
    tree.allow(&folder);
    for path in policy.exceptions.import.clone() {
        // The records of cargo-vet are facts of their own, read wherever they are.
        if path.value.trim_end_matches('/').ends_with("supply-chain") {
            continue;
        }
        let (import, read) = open(&tree, &folder, path);
        policy.imports.push(import);
        merge(policy, read);
    }
}

fn open(tree: &Tree, folder: &Path, path: Placed<String>) -> (Import, Read) {
    let mut import = Import { tool: "unknown", path, file: None, exceptions: 0, unread: Vec::new() };
    let Some((tool, _, read)) = READERS.iter().find(|(_, end, _)| import.path.value.ends_with(end)) else {
        let known: Vec<&str> = READERS.iter().map(|(_, end, _)| *end).collect();
        let why = format!("no tool is known whose file is called so (known: {})", known.join(", "));
        import.unread.push((import.path.at.clone(), why));
        return (import, Read::default());
    };
    import.tool = tool;
    let mut found = Read::default();
    match tree.read(folder.join(&import.path.value)) {
        Ok(source) => {
            read(&source, &mut found);
            import.file = Some(source);
        }
        Err(ReadError::System(error)) => {
            import.unread.push((import.path.at.clone(), format!("it can't be read: {}", error.kind())));
        }
        Err(error) => import.unread.push((import.path.at.clone(), error.to_string())),
    }
    import.exceptions = found.waivers.len();
    import.unread.append(&mut found.unread);
    (import, found)
}

/// Adds what a file says where the policy says nothing itself.
fn merge(policy: &mut Policy, read: Read) {
    policy.waivers.extend(read.waivers);
    // What a file of another tool has filled, the next such file may add to.
    let files: BTreeSet<&str> =
        policy.imports.iter().filter_map(|import| Some(import.file.as_ref()?.path())).collect();
    let decided = |known: &[Placed<String>]| known.iter().any(|one| !files.contains(one.at.path()));
    let supply = &mut policy.supply;
    if let Some(licences) = read.licences {
        match &mut supply.licences {
            None => supply.licences = Some(licences),
            Some(known) if !known.is_empty() && !decided(known) => known.extend(licences),
            Some(_) => {}
        }
    }
    if !decided(&supply.registries) {
        supply.registries.extend(read.registries);
    }
    if supply.allow.is_none() && !read.allowed.is_empty() {
        supply.allow = Some(read.allowed);
    }
    let plain = supply.deny.iter().filter(|known| known.spares_nothing());
    let plain: BTreeSet<String> = plain.map(|known| known.component.value.clone()).collect();
    supply.deny.extend(read.denied.into_iter().filter(|entry| !plain.contains(&entry.component.value)));
    let known = policy.components.iter().enumerate();
    let mut known: BTreeMap<String, usize> = known.map(|(at, one)| (one.name.value.clone(), at)).collect();
    for component in read.components {
        let at = known.entry(component.name.value.clone()).or_insert(policy.components.len());
        match policy.components.get_mut(*at) {
            Some(known) if known.capabilities.is_none() => known.capabilities = component.capabilities,
            Some(_) => {}
            None => policy.components.push(component),
        }
    }
}

/// The rule family that an exception for an advisory is about: other tools do not tell its rules apart.
const ADVISORIES: &str = "advisories";

/// An exception for an advisory, by any of its names.
fn exception(tool: &'static str, at: Location, place: &str, reason: Option<&str>) -> Waiver {
    let placed = |value: &str| Placed { value: value.to_owned(), at: at.clone() };
    let reason = reason.filter(|reason| !reason.trim().is_empty()).unwrap_or("no reason is given");
    Waiver {
        rule: placed(ADVISORIES),
        place: placed(place),
        reason: placed(reason),
        by: placed(at.path()),
        until: None,
        component: None,
        checksum: None,
        member: None,
        edge: None,
        target: None,
        facts: None,
        status: None,
        justification: None,
        owner: None,
        approver: None,
        created: None,
        imported: Some(Imported { tool, packages: None, licences: Vec::new() }),
        at,
    }
}

/// An exception for packages, from a rule of ours.
fn package_exception(
    tool: &'static str,
    rule: &str,
    at: Location,
    packages: Packages,
    reason: Option<&str>,
) -> Waiver {
    let place = match packages.versions.to_string() {
        versions if versions == "*" => packages.name.clone(),
        versions => format!("{}@{versions}", packages.name),
    };
    let mut waiver = exception(tool, at, &place, reason);
    rule.clone_into(&mut waiver.rule.value);
    waiver.imported = Some(Imported { tool, packages: Some(packages), licences: Vec::new() });
    waiver
}

/// An exception for packages, from the list of licences: under these they may come besides.
fn licence_exception(tool: &'static str, at: Location, packages: Packages, licences: Vec<String>) -> Waiver {
    let reason = format!("allowed for it alone: {}", licences.join(", "));
    let mut waiver = package_exception(tool, "licence_not_allowed", at, packages, Some(&reason));
    if let Some(imported) = &mut waiver.imported {
        imported.licences = licences;
    }
    waiver
}

/// Reads a TOML file, or says why it is none.
fn toml(source: &Arc<Source>, into: &mut Read) -> Option<document::Value> {
    match document::parse(source) {
        Ok(value) => Some(value),
        Err(error) => {
            into.unread.push((error.at, format!("it is not TOML: {}", error.message)));
            None
        }
    }
}

/// True for the name of an advisory, as far as its form tells: the name of its list in capitals, and a number. A file or a
/// component is none, so that no line excepts all that is found there.
fn is_advisory(text: &str) -> bool {
    text.split_once('-').is_some_and(|(list, number)| {
        list.len() > 1
            && list.bytes().all(|byte| byte.is_ascii_uppercase())
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'_'))
    })
}

/// JSON files do not say what they are by their names.
fn read_json(source: &Arc<Source>, into: &mut Read) {
    let value: serde_json::Value = match serde_json::from_str(source.text()) {
        Ok(value) => value,
        Err(error) => {
            into.unread.push((source.whole(), format!("it is not JSON: {error}")));
            return;
        }
    };
    let context = value.get("@context").and_then(serde_json::Value::as_str).unwrap_or_default();
    if context.contains("openvex.dev/ns") {
        openvex::read(&value, source, into);
    } else if value.get("bomFormat").and_then(serde_json::Value::as_str) == Some("CycloneDX") {
        cyclonedx::read(&value, source, into);
    } else {
        into.unread.push((source.whole(), "it is neither OpenVEX nor CycloneDX".to_owned()));
    }
}

/// Where a JSON file says something first: looked through once, however many statements there are.
struct Places<'s> {
    source: &'s Arc<Source>,
    first: HashMap<&'s str, usize>,
}

impl<'s> Places<'s> {
    fn of(source: &'s Arc<Source>) -> Self {
        let (mut first, mut at) = (HashMap::new(), 0);
        for text in source.text().split('"') {
            first.entry(text).or_insert(at);
            at += text.len() + 1;
        }
        Self { source, first }
    }

    /// Where these words stand between quotes; the file as a whole where they do not.
    fn said(&self, words: &str) -> Location {
        match self.first.get(words) {
            // From quote to quote.
            Some(start) => self.source.at(start.saturating_sub(1)..start + words.len() + 1),
            None => self.source.whole(),
        }
    }
}

/// The component that a package address of cargo names, as `name@version`.
fn component_of(purl: &str) -> Option<String> {
    let rest = purl.strip_prefix("pkg:cargo/")?;
    let rest = rest.split(['?', '#']).next()?;
    let id = rest.replace("%2B", "+").replace("%2b", "+").replace("%40", "@");
    split_id(&id)?;
    Some(id)
}

/// The day of a moment such as `2026-11-22T10:00:00Z`.
fn day_of(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}
