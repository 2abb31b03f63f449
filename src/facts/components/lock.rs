//! The lock file: every package that it names, with its place.
//!
//! Versions 1 to 4 are read here and not by the cargo-lock crate, for three reasons: findings need
//! places, one broken entry must not hide all others, and a hostile file must cost linear time
//! (cargo-lock 11.1 panics on a checksum with a character outside ASCII, and looks every dependency
//! up by a walk over all packages). A test compares the two readers.

use std::collections::HashMap;
use std::sync::Arc;

use crate::document::{self, Value};
use crate::source::{Location, Placed, Source};

use super::{Gap, Kind, Origin};

/// The newest version of the format that is known.
const NEWEST: i64 = 4;

/// How many packages of one name are told apart; the field knows about ten. Without an end a hostile
/// file would cost quadratic time. A reference to one beyond the end is a gap.
const MOST_OF_A_NAME: usize = 100;

/// What the lock file says.
#[derive(Debug, Default)]
pub(super) struct Lock {
    /// The packages in the order of the file.
    pub(super) packages: Vec<Locked>,
}

/// One package of the lock file.
#[derive(Debug)]
pub(super) struct Locked {
    pub(super) name: String,
    pub(super) version: semver::Version,
    pub(super) origin: Origin,
    pub(super) checksum: Option<String>,
    /// What it depends on, as indices of other packages, in the order of the file.
    pub(super) dependencies: Vec<usize>,
    pub(super) at: Location,
}

impl Locked {
    fn same(&self, name: &str, version: &semver::Version, origin: Option<&Origin>) -> bool {
        self.name == name && self.version == *version && origin.is_none_or(|origin| self.origin.same(origin))
    }
}

impl Lock {
    /// Reads a lock file; what is broken in it becomes a gap with its place.
    pub(super) fn read(source: &Arc<Source>, gaps: &mut Vec<Gap>) -> Self {
        let mut gap = |why: String, at: Location| {
            let remedy = "restore it from version control, or make it anew: cargo generate-lockfile";
            gaps.push(Gap::new(Kind::Components, source.path(), why, remedy).at(at));
        };
        let value = match document::parse(source) {
            Ok(value) => value,
            Err(error) => {
                let message = error.message.split_whitespace().collect::<Vec<_>>().join(" ");
                gap(format!("it is not TOML: {message}"), error.at);
                return Self::default();
            }
        };
        if let Some(version) = value.get(&["version"])
            && !version.as_integer().is_some_and(|number| (1..=NEWEST).contains(&number))
        {
            gap(format!("its format is none of the versions 1 to {NEWEST}"), version.at());
        }
        // Before version 1 had a name, the root package stood in a table of its own.
        let root = value.get(&["root"]);
        let entries = value.get(&["package"]).map(Value::items).unwrap_or_default();
        let mut lock = Self::default();
        let mut wanted = Vec::new();
        for entry in root.into_iter().chain(entries) {
            match package(entry) {
                Ok(package) => {
                    lock.packages.push(package);
                    wanted.push(entry.get(&["dependencies"]).map(Value::items).unwrap_or_default());
                }
                Err(fault) => gap(fault.value, fault.at),
            }
        }
        lock.checksums_of_version_1(&value);
        for fault in lock.connect(&wanted) {
            gap(fault.value, fault.at);
        }
        lock
    }

    /// The packages of each name, as indices.
    fn names(&self) -> HashMap<&str, Vec<usize>> {
        let mut names: HashMap<&str, Vec<usize>> = HashMap::with_capacity(self.packages.len());
        for (index, package) in self.packages.iter().enumerate() {
            let same = names.entry(&package.name).or_default();
            if same.len() < MOST_OF_A_NAME {
                same.push(index);
            }
        }
        names
    }

    /// Version 1 keeps checksums apart: `"checksum NAME VERSION (SOURCE)" = "..."`.
    fn checksums_of_version_1(&mut self, value: &Value) {
        let entries = value.get(&["metadata"]).map(Value::entries).unwrap_or_default();
        if entries.is_empty() {
            return;
        }
        let mut found = Vec::new();
        let names = self.names();
        for entry in entries {
            let (Some(package), Some(checksum)) = (entry.key.strip_prefix("checksum "), entry.value.as_str())
            else {
                continue;
            };
            if let Some(index) = Reference::read(package).find(&names, &self.packages)
                && checksum != "<none>"
            {
                found.push((index, checksum.to_owned()));
            }
        }
        for (index, checksum) in found {
            self.packages[index].checksum = Some(checksum);
        }
    }

    /// Looks up what each package depends on; returns what is not there.
    fn connect(&mut self, wanted: &[&[Value]]) -> Vec<Placed<String>> {
        let names = self.names();
        let mut faults = Vec::new();
        let mut edges = Vec::with_capacity(wanted.len());
        for items in wanted {
            let mut found = Vec::with_capacity(items.len());
            for item in *items {
                match item.as_str().and_then(|text| Reference::read(text).find(&names, &self.packages)) {
                    Some(index) => found.push(index),
                    None => faults.push(Placed {
                        value: "it depends on a package that the file does not hold".to_owned(),
                        at: item.at(),
                    }),
                }
            }
            edges.push(found);
        }
        for (package, dependencies) in self.packages.iter_mut().zip(edges) {
            package.dependencies = dependencies;
        }
        faults
    }
}

fn package(entry: &Value) -> Result<Locked, Placed<String>> {
    let fault = |why: &str, at: Location| Placed { value: why.to_owned(), at };
    let text = |key: &str| match entry.get(&[key]) {
        None => Ok(None),
        Some(value) => match value.as_str() {
            Some(text) => Ok(Some((text, value.at()))),
            None => Err(fault(&format!("the {key} of a package is not a string"), value.at())),
        },
    };
    let (name, name_at) = text("name")?.ok_or_else(|| fault("a package has no name", entry.at()))?;
    let (version, at) = text("version")?.ok_or_else(|| fault("a package has no version", name_at.clone()))?;
    let version =
        semver::Version::parse(version).map_err(|error| fault(&format!("`{version}`: {error}"), at))?;
    let origin = match text("source")? {
        None => Origin::Path { folder: None },
        Some((source, at)) => {
            Origin::read(source).ok_or_else(|| fault("a package has a source of an unknown kind", at))?
        }
    };
    let line = entry.entry("name").map_or(name_at.bytes().start, |entry| entry.key_at.bytes().start);
    Ok(Locked {
        name: name.to_owned(),
        version,
        origin,
        checksum: text("checksum")?.map(|(checksum, _)| checksum.to_owned()),
        dependencies: Vec::new(),
        at: name_at.source().at(line..name_at.bytes().end),
    })
}

/// A package as another names it: `NAME`, `NAME VERSION` or `NAME VERSION (SOURCE)`.
struct Reference<'a> {
    name: &'a str,
    version: Option<semver::Version>,
    origin: Option<Origin>,
}

impl<'a> Reference<'a> {
    fn read(text: &'a str) -> Self {
        let mut words = text.splitn(3, ' ');
        let name = words.next().unwrap_or_default();
        let version = words.next().and_then(|version| semver::Version::parse(version).ok());
        let source = words.next().and_then(|source| source.strip_prefix('(')?.strip_suffix(')'));
        Self { name, version, origin: source.and_then(Origin::read) }
    }

    fn find(&self, names: &HashMap<&str, Vec<usize>>, packages: &[Locked]) -> Option<usize> {
        let candidates = names.get(self.name)?;
        let Some(version) = &self.version else { return candidates.first().copied() };
        // The source of a path package is not always written, nor the commit of a git reference.
        let exact = |origin: Option<&Origin>| {
            candidates.iter().copied().find(|index| packages[*index].same(self.name, version, origin))
        };
        exact(self.origin.as_ref()).or_else(|| exact(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

    fn read(text: &str) -> (Lock, Vec<Gap>) {
        let mut gaps = Vec::new();
        let lock = Lock::read(&Source::new("Cargo.lock", text), &mut gaps);
        (lock, gaps)
    }

    /// One graph, written in each version of the format.
    fn versions() -> [String; 4] {
        let sum = "a".repeat(64);
        let new = |head: &str, branch: &str| {
            format!(
                "{head}[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\ndependencies = [\n \"log 0.4.1\",\n \"serial\",\n]\n\n\
                 [[package]]\nname = \"log\"\nversion = \"0.3.0\"\nsource = \"{REGISTRY}\"\nchecksum = \"{sum}\"\n\n\
                 [[package]]\nname = \"log\"\nversion = \"0.4.1\"\nsource = \"{REGISTRY}\"\nchecksum = \"{sum}\"\ndependencies = [\"log 0.3.0\"]\n\n\
                 [[package]]\nname = \"serial\"\nversion = \"1.0.0\"\nsource = \"git+https://example.org/s?branch={branch}#0123abc\"\n"
            )
        };
        let old = format!(
            "[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\ndependencies = [\n \"log 0.4.1 ({REGISTRY})\",\n \"serial 1.0.0 (git+https://example.org/s?branch=a/b)\",\n]\n\n\
             [[package]]\nname = \"log\"\nversion = \"0.3.0\"\nsource = \"{REGISTRY}\"\n\n\
             [[package]]\nname = \"log\"\nversion = \"0.4.1\"\nsource = \"{REGISTRY}\"\ndependencies = [\"log 0.3.0 ({REGISTRY})\"]\n\n\
             [[package]]\nname = \"serial\"\nversion = \"1.0.0\"\nsource = \"git+https://example.org/s?branch=a/b#0123abc\"\n\n\
             [metadata]\n\"checksum log 0.3.0 ({REGISTRY})\" = \"{sum}\"\n\"checksum log 0.4.1 ({REGISTRY})\" = \"{sum}\"\n\
             \"checksum serial 1.0.0 (git+https://example.org/s?branch=a/b#0123abc)\" = \"<none>\"\n"
        );
        [old, new("", "a/b"), new("version = 3\n\n", "a/b"), new("version = 4\n\n", "a%2Fb")]
    }

    #[test]
    fn all_versions_tell_the_same() {
        for text in versions() {
            let (lock, gaps) = read(&text);
            assert_eq!(gaps, []);
            let told: Vec<_> = lock
                .packages
                .iter()
                .map(|p| (p.name.as_str(), p.checksum.is_some(), p.dependencies.clone()))
                .collect();
            assert_eq!(
                told,
                [
                    ("pump", false, vec![2, 3]),
                    ("log", true, vec![]),
                    ("log", true, vec![1]),
                    ("serial", false, vec![])
                ]
            );
            assert_eq!(lock.packages[0].origin, Origin::Path { folder: None });
            assert_eq!(lock.packages[1].origin, Origin::CratesIo);
            let Origin::Git { url, commit } = &lock.packages[3].origin else { panic!("a git origin") };
            assert_eq!((url.as_str(), commit.as_deref()), ("https://example.org/s", Some("0123abc")));
            assert_eq!(lock.packages[3].at.snippet(), "name = \"serial\"");
        }
    }

    #[test]
    fn the_cargo_lock_crate_reads_the_same() {
        for text in versions() {
            let theirs: cargo_lock::Lockfile = text.parse().expect("a lock file");
            let (ours, _) = read(&text);
            assert_eq!(theirs.packages.len(), ours.packages.len());
            for (theirs, ours) in theirs.packages.iter().zip(&ours.packages) {
                assert_eq!((theirs.name.as_str(), &theirs.version), (ours.name.as_str(), &ours.version));
                assert_eq!(theirs.checksum.as_ref().map(ToString::to_string), ours.checksum);
                assert_eq!(theirs.dependencies.len(), ours.dependencies.len());
                let commit = theirs.source.as_ref().filter(|s| s.is_git()).and_then(|s| s.precise());
                let ours =
                    if let Origin::Git { commit, .. } = &ours.origin { commit.as_deref() } else { None };
                assert_eq!(commit, ours);
            }
        }
    }

    #[test]
    fn a_broken_entry_is_a_gap_with_a_place_and_hides_no_other() {
        for (from, to, line) in [
            ("version = \"0.3.0\"", "version = \"0.3\"", 13),
            ("name = \"serial\"", "name = 7", 25),
            ("git+https", "hg+https", 27),
            ("version = 4", "version = 5", 1),
            ("\"serial\",", "\"parallel\",", 8),
        ] {
            let (lock, gaps) = read(&versions()[3].replace(from, to));
            assert!(lock.packages.len() >= 3, "{to}");
            let lines: Vec<_> = gaps.iter().filter_map(|gap| gap.at.as_ref()).map(Location::line).collect();
            assert!(lines.contains(&line), "{to}: {gaps:?}");
        }
    }

    #[test]
    fn every_prefix_is_read_or_leaves_a_gap() {
        for text in versions() {
            let whole = read(&text).0.packages.len();
            for end in 0..text.len() {
                let (lock, gaps) = read(&text[..end]);
                assert!(lock.packages.len() <= whole);
                // Cut between two lines, a file may still be whole as far as anyone can tell.
                let within = end > 0 && !text[end..].starts_with('\n') && !text[..end].ends_with('\n');
                assert!(!within || !gaps.is_empty(), "{}", &text[..end]);
            }
        }
    }

    #[test]
    fn hostile_texts_end_in_time() {
        let odd =
            format!("[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"{}\"\n", "é".repeat(32));
        assert_eq!(read(&odd).0.packages.len(), 1);
        let many =
            "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\"a\", \"b\"]\n".repeat(20_000);
        assert_eq!(read(&many).0.packages.len(), 20_000);
    }
}
