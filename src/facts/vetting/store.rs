//! The three files of a store as records with places.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use semver::{Version, VersionReq};

use crate::document::{self, Entry, Value};
use crate::source::{Location, ReadError, Source, Tree};

use super::super::workspace::Workspace;
use super::super::{Gap, Kind as FactKind};
use super::Trust;
use super::criteria::Criteria;
use super::records::{Audit, Exemption, Kind, Published, Publisher, Trusted, Unpublished};

/// Where the records lie unless a manifest says otherwise.
const FOLDER: &str = "supply-chain";

/// The records of a workspace.
#[derive(Debug)]
pub(super) struct Store {
    /// The folder, relative to the root.
    pub(super) folder: String,
    /// The criteria that the store knows.
    pub(super) criteria: Criteria,
    /// Packages that the store takes for the manufacturer's own: `name` or `name:version`.
    pub(super) own: BTreeSet<String>,
    audits: BTreeMap<String, Vec<Audit>>,
    trusts: BTreeMap<String, Vec<Trusted>>,
    published: BTreeMap<String, Vec<Published>>,
    unpublished: BTreeMap<String, Vec<Unpublished>>,
    exemptions: BTreeMap<String, Vec<Exemption>>,
}

/// All that the store says of one package.
pub(super) struct Records<'a> {
    pub(super) audits: &'a [Audit],
    pub(super) trusts: &'a [Trusted],
    pub(super) published: &'a [Published],
    pub(super) unpublished: &'a [Unpublished],
    pub(super) exemptions: &'a [Exemption],
}

impl Store {
    /// Reads the store, if there is one.
    pub(super) fn read(tree: &Tree, workspace: &Workspace, gaps: &mut Vec<Gap>) -> Option<Self> {
        let named = folder(workspace);
        let folder = named.clone().unwrap_or_else(|| FOLDER.to_owned());
        let mut read = |file: &str, needed: bool| read_file(tree, &folder, file, needed, gaps);
        // A folder of that name without a configuration is no store, unless the manifest says it is one.
        let config = read("config.toml", named.is_some())?;
        let (audits, imports) = (read("audits.toml", true), read("imports.lock", false));
        let empty = || Value::empty_table(config.at().source());
        let (audits, imports) = (audits.unwrap_or_else(empty), imports.unwrap_or_else(empty));
        let mut reader = Reader { criteria: own_criteria(&audits), faults: Vec::new() };
        let mut store = Self {
            folder,
            own: own_packages(&config),
            audits: reader.records(audits.get(&["audits"]), |reader, entry| reader.audit(entry, None)),
            trusts: reader
                .records(audits.get(&["wildcard-audits"]), |reader, entry| reader.trusted(entry, None)),
            published: reader.records(imports.get(&["publisher"]), |_, entry| Reader::published(entry)),
            unpublished: reader.records(imports.get(&["unpublished"]), |_, entry| Reader::unpublished(entry)),
            exemptions: reader.records(config.get(&["exemptions"]), Reader::exemption),
            criteria: Criteria::new(&BTreeMap::new()),
        };
        join(
            &mut store.trusts,
            reader.records(audits.get(&["trusted"]), |reader, entry| reader.trusted(entry, None)),
        );
        // The older name of exemptions.
        join(&mut store.exemptions, reader.records(config.get(&["unaudited"]), Reader::exemption));
        for import in imports.get(&["audits"]).map(Value::entries).unwrap_or_default() {
            store.import(&mut reader, import, &config);
        }
        gaps.extend(reader.gaps());
        store.criteria = reader.criteria;
        Some(store)
    }

    fn import(&mut self, reader: &mut Reader, import: &Entry, config: &Value) {
        let excluded = names(config.get(&["imports", &import.key, "exclude"]));
        let name: Arc<str> = import.key.as_str().into();
        let keep = |package: &String| !excluded.contains(package);
        let mut audits =
            reader.records(import.value.get(&["audits"]), |reader, entry| reader.audit(entry, Some(&name)));
        let mut trusts = reader.records(import.value.get(&["wildcard-audits"]), |reader, entry| {
            reader.trusted(entry, Some(&name))
        });
        audits.retain(|package, _| keep(package));
        trusts.retain(|package, _| keep(package));
        join(&mut self.audits, audits);
        join(&mut self.trusts, trusts);
    }

    /// All that the store says of a package.
    pub(super) fn records(&self, package: &str) -> Records<'_> {
        fn of<'a, T>(map: &'a BTreeMap<String, Vec<T>>, package: &str) -> &'a [T] {
            map.get(package).map(Vec::as_slice).unwrap_or_default()
        }
        Records {
            audits: of(&self.audits, package),
            trusts: of(&self.trusts, package),
            published: of(&self.published, package),
            unpublished: of(&self.unpublished, package),
            exemptions: of(&self.exemptions, package),
        }
    }

    /// Publishers that this store itself trusts, in the order of the file.
    pub(super) fn trusts(&self) -> Vec<Trust> {
        let mut trusts: Vec<Trust> = self
            .trusts
            .iter()
            .flat_map(|(component, trusts)| trusts.iter().map(move |trust| (component, trust)))
            .filter(|(_, trust)| trust.import.is_none())
            .map(|(component, trust)| Trust {
                component: component.clone(),
                publisher: self.login(component, &trust.publisher),
                end: trust.end,
                at: trust.at.clone(),
            })
            .collect();
        trusts.sort_by(|a, b| a.at.cmp(&b.at));
        trusts
    }

    fn login(&self, component: &str, publisher: &Publisher) -> String {
        let known = self.records(component).published.iter().find(|version| version.publisher == *publisher);
        match (known, publisher) {
            (Some(version), _) => version.login.clone(),
            (None, Publisher::User(id)) => format!("user {id}"),
            (None, Publisher::Repository(repository)) => repository.clone(),
        }
    }
}

/// The folder that a manifest names: the workspace's, else that of its package.
fn folder(workspace: &Workspace) -> Option<String> {
    let manifest = &workspace.manifest.value;
    ["workspace", "package"]
        .into_iter()
        .find_map(|table| manifest.get(&[table, "metadata", "vet", "store", "path"]))
        .and_then(Value::as_str)
        .map(|path| path.trim_end_matches('/').to_owned())
}

fn read_file(tree: &Tree, folder: &str, file: &str, needed: bool, gaps: &mut Vec<Gap>) -> Option<Value> {
    let path = format!("{folder}/{file}");
    let gap = |why: String, at: Option<Location>| {
        let gap = Gap::new(FactKind::Vetting, path.clone(), why, "cargo vet");
        at.map_or(gap.clone(), |at| gap.at(at))
    };
    let source: Arc<Source> = match tree.read(&path) {
        Ok(source) => source,
        Err(ReadError::Absent) if !needed => return None,
        Err(error) => {
            gaps.push(gap(error.to_string(), None));
            return None;
        }
    };
    match document::parse(&source) {
        Ok(value) => Some(value),
        Err(error) => {
            let why = error.message.lines().next().unwrap_or("it is not TOML").to_owned();
            gaps.push(gap(format!("it is not TOML: {why}"), Some(error.at)));
            // What can't be read may hold a violation: the store is there all the same.
            Some(Value::empty_table(&source))
        }
    }
}

/// The criteria that the store defines.
fn own_criteria(audits: &Value) -> Criteria {
    let entries = audits.get(&["criteria"]).map(Value::entries).unwrap_or_default();
    Criteria::new(
        &entries.iter().map(|entry| (entry.key.clone(), names(entry.value.get(&["implies"])))).collect(),
    )
}

fn own_packages(config: &Value) -> BTreeSet<String> {
    let entries = config.get(&["policy"]).map(Value::entries).unwrap_or_default();
    let own =
        |entry: &&Entry| entry.value.get(&["audit-as-crates-io"]).and_then(Value::as_bool) == Some(false);
    entries.iter().filter(own).map(|entry| entry.key.clone()).collect()
}

fn join<T>(map: &mut BTreeMap<String, Vec<T>>, more: BTreeMap<String, Vec<T>>) {
    for (package, mut records) in more {
        map.entry(package).or_default().append(&mut records);
    }
}

/// A string, or a list of them.
fn names(value: Option<&Value>) -> Vec<String> {
    let Some(value) = value else { return Vec::new() };
    let one = value.as_str().map(str::to_owned);
    one.into_iter().chain(value.items().iter().filter_map(Value::as_str).map(str::to_owned)).collect()
}

fn text<'a>(entry: &'a Value, key: &str) -> Option<&'a str> {
    entry.get(&[key]).and_then(Value::as_str)
}

fn day(entry: &Value, key: &str) -> Option<Date> {
    let value = entry.get(&[key])?;
    value.as_date().or_else(|| value.as_str()?.get(..10)?.parse().ok())
}

/// A version as `cargo vet` writes it, `1.2.3` or `1.2.3@git:COMMIT`, without the space it allows.
pub(super) fn version(text: &str) -> Option<String> {
    let (number, commit) = match text.split_once('@') {
        Some((number, commit)) => (number, Some(commit.trim_start().strip_prefix("git:")?)),
        None => (text, None),
    };
    let number = Version::parse(number.trim()).ok()?;
    Some(commit.map_or_else(|| number.to_string(), |commit| format!("{number}@git:{commit}")))
}

/// Reads entries; remembers those that make no sense.
struct Reader {
    criteria: Criteria,
    faults: Vec<Location>,
}

impl Reader {
    fn records<T>(
        &mut self,
        table: Option<&Value>,
        read: impl Fn(&Self, &Value) -> Option<T>,
    ) -> BTreeMap<String, Vec<T>> {
        let mut records: BTreeMap<String, Vec<T>> = BTreeMap::new();
        for package in table.map(Value::entries).unwrap_or_default() {
            // Records in another shape are records that were not read.
            if package.value.type_name() != "array" {
                self.faults.push(package.value.at());
            }
            for entry in package.value.items() {
                match read(self, entry) {
                    Some(record) => records.entry(package.key.clone()).or_default().push(record),
                    None => self.faults.push(entry.at()),
                }
            }
        }
        records
    }

    fn holds(&self, entry: &Value) -> (Vec<String>, BTreeSet<String>) {
        let named = names(entry.get(&["criteria"]));
        let criteria = self.criteria.closed(named.iter().map(String::as_str));
        (named, criteria)
    }

    fn audit(&self, entry: &Value, import: Option<&Arc<str>>) -> Option<Audit> {
        let kind = match (text(entry, "version"), text(entry, "delta"), text(entry, "violation")) {
            (Some(whole), None, None) => Kind::Full(version(whole)?),
            (None, Some(delta), None) => {
                let (from, to) = delta.split_once("->")?;
                Kind::Delta(version(from)?, version(to)?)
            }
            (None, None, Some(range)) => Kind::Violation(VersionReq::parse(range).ok()?),
            _ => return None,
        };
        let (named, criteria) = self.holds(entry);
        let who = names(entry.get(&["who"]));
        Some(Audit { kind, named, criteria, who, import: import.cloned(), at: entry.at() })
    }

    fn trusted(&self, entry: &Value, import: Option<&Arc<str>>) -> Option<Trusted> {
        Some(Trusted {
            publisher: publisher(entry)?,
            criteria: self.holds(entry).1,
            start: day(entry, "start")?,
            end: day(entry, "end")?,
            who: names(entry.get(&["who"])),
            import: import.cloned(),
            at: entry.at(),
        })
    }

    fn published(entry: &Value) -> Option<Published> {
        let publisher = publisher(entry)?;
        let login = match &publisher {
            Publisher::User(id) => {
                text(entry, "user-login").map_or_else(|| format!("user {id}"), str::to_owned)
            }
            Publisher::Repository(repository) => repository.clone(),
        };
        Some(Published {
            version: version(text(entry, "version")?)?,
            publisher,
            login,
            when: day(entry, "when")?,
        })
    }

    fn unpublished(entry: &Value) -> Option<Unpublished> {
        Some(Unpublished {
            version: version(text(entry, "version")?)?,
            audited_as: version(text(entry, "audited_as")?)?,
            at: entry.at(),
        })
    }

    fn exemption(&self, entry: &Value) -> Option<Exemption> {
        Some(Exemption {
            version: version(text(entry, "version")?)?,
            criteria: self.holds(entry).1,
            noted: text(entry, "notes").is_some_and(|notes| !notes.trim().is_empty()),
            at: entry.at(),
        })
    }

    /// One gap a file: the first entry that makes no sense, and how many there are.
    fn gaps(&mut self) -> Vec<Gap> {
        self.faults.sort();
        let files = self.faults.chunk_by(|a, b| a.path() == b.path());
        files
            .map(|faults| {
                let why = format!("{} of its entries can't be read", faults.len());
                Gap::new(FactKind::Vetting, faults[0].path(), why, "cargo vet").at(faults[0].clone())
            })
            .collect()
    }
}

fn publisher(entry: &Value) -> Option<Publisher> {
    match (entry.get(&["user-id"]).and_then(Value::as_integer), text(entry, "trusted-publisher")) {
        (Some(id), None) => Some(Publisher::User(id)),
        (None, Some(repository)) => Some(Publisher::Repository(repository.to_owned())),
        _ => None,
    }
}
