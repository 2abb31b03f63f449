//! The files of a component that are compiled into a product.
//!
//! A library is every Rust file below the folder of its root: more than its module tree, so that a
//! file which a macro mounts is not missed. What `#[path]` and `include!` name is added; what only
//! `#[cfg(test)]` mounts counts as test. A build script is followed from module to module.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::facts::git;
use crate::source::{LARGEST_FILE, read_limited};

use super::build_code;
use super::carried::{self, Told};
use super::scan::{FileSeen, Linked, Module, scan};

/// Folders and files below one component, and how deep they lie, at most. The largest published
/// crates have some 5,000 files.
const MOST_ENTRIES: usize = 50_000;
const DEEPEST: usize = 64;

/// A file that was read.
pub(super) struct File {
    pub(super) bytes: u64,
    pub(super) seen: FileSeen,
    /// Its digest, where the reader takes digests.
    pub(super) sha256: Option<[u8; 32]>,
    /// What it is, if it is no Rust.
    pub(super) told: Option<Told>,
}

/// Files by their absolute paths without links.
pub(super) type Files = BTreeMap<PathBuf, File>;

/// What could not be read, and why.
pub(super) type Unread = BTreeMap<PathBuf, String>;

/// Reads the files of one component.
pub(super) struct Reader<'a> {
    /// Its folder, absolute and without links. No path leads out of it.
    pub(super) folder: &'a Path,
    /// The edition of its manifest.
    pub(super) edition: u16,
    /// Whether each file's digest is taken.
    pub(super) digests: bool,
}

impl Reader<'_> {
    /// The library with this root, without what lies below `others`.
    pub(super) fn library(&self, root: &Path, others: &BTreeSet<PathBuf>, unread: &mut Unread) -> Files {
        let top = root.parent().unwrap_or(self.folder);
        let mut paths = self.walk(top, others, unread);
        paths.insert(root.to_owned());
        let mut files = self.scan_all(paths, unread);
        let linked = self.follow(&mut files, Some(top), unread);
        set_tests_apart(&mut files, &linked, root);
        files
    }

    /// A program with this root: a build script.
    pub(super) fn program(&self, root: &Path, unread: &mut Unread) -> Files {
        let mut files = self.scan_all(BTreeSet::from([root.to_owned()]), unread);
        self.follow(&mut files, None, unread);
        files
    }

    /// The path without links, if it stays inside the component.
    pub(super) fn inside(&self, path: &Path) -> Result<PathBuf, String> {
        let path = path.canonicalize().map_err(|error| error.to_string())?;
        if path.starts_with(self.folder) { Ok(path) } else { Err("its path leaves the component".to_owned()) }
    }

    /// Adds the files that the files name, and returns what `#[path]` and `include!` name. The
    /// modules of files below `top` are there already.
    fn follow(&self, files: &mut Files, top: Option<&Path>, unread: &mut Unread) -> BTreeSet<PathBuf> {
        let mut all_linked = BTreeSet::new();
        let mut new: Vec<PathBuf> = files.keys().cloned().collect();
        while !new.is_empty() {
            let mut next = BTreeSet::new();
            for (path, file) in new.iter().filter_map(|path| files.get_key_value(path)) {
                // What is not there is not compiled, or rustc would say so.
                let linked = product_links(file).filter(|link| !link.data);
                let linked = linked.filter_map(|link| self.inside(&self.target(path, link)).ok());
                let linked: Vec<PathBuf> = linked.filter(|path| path.is_file()).collect();
                next.extend(linked.iter().cloned());
                all_linked.extend(linked);
                if top.is_none_or(|top| !path.starts_with(top)) {
                    let modules = file.seen.modules.iter().filter(|module| !module.test);
                    let places = modules.flat_map(|module| module_files(path, module));
                    next.extend(places.filter_map(|place| self.inside(&place).ok()));
                }
            }
            next.retain(|path| !files.contains_key(path) && !unread.contains_key(path));
            let found = self.scan_all(next, unread);
            new = found.keys().cloned().collect();
            files.extend(found);
        }
        all_linked
    }

    /// Where a link of a file leads.
    pub(super) fn target(&self, from: &Path, link: &Linked) -> PathBuf {
        let base = if link.from_package { self.folder } else { from.parent().unwrap_or(self.folder) };
        base.join(&link.path)
    }

    fn scan_all(&self, paths: BTreeSet<PathBuf>, unread: &mut Unread) -> Files {
        let read: Vec<_> = paths
            .into_par_iter()
            .map(|path| {
                let file = read_limited(&path, LARGEST_FILE).map(|bytes| self.scan_one(&path, &bytes));
                (path, file)
            })
            .collect();
        let mut files = Files::new();
        for (path, file) in read {
            match file {
                Ok(file) => drop(files.insert(path, file)),
                Err(why) => drop(unread.insert(path, why.to_string())),
            }
        }
        files
    }

    fn scan_one(&self, path: &Path, bytes: &[u8]) -> File {
        let seen = match std::str::from_utf8(bytes) {
            Ok(text) => scan(text, self.edition),
            // A file that is not UTF-8 is no Rust; what can be read of it still counts.
            Err(_) => scan(&String::from_utf8_lossy(bytes), self.edition),
        };
        let sha256 = self.digests.then(|| build_code::of_source(bytes));
        File { bytes: bytes.len() as u64, seen, sha256, told: carried::tell(bytes, path) }
    }

    /// True for a package as it was published: cargo has left other packages and what builds leave behind out of it,
    /// so that nothing in it is passed over.
    fn is_published(&self) -> bool {
        [".cargo-ok", ".cargo-checksum.json"].iter().any(|mark| self.folder.join(mark).exists())
    }

    /// Every file of the package, in no order. Of what version control and builds leave behind, and of
    /// packages within the package, only where it was published so.
    pub(super) fn every_file(&self, unread: &mut Unread) -> Vec<PathBuf> {
        let published = self.is_published();
        let mut files = Vec::new();
        let mut folders = vec![(self.folder.to_owned(), 0)];
        let mut entries = 0;
        while let Some((folder, depth)) = folders.pop() {
            let listed = if depth > DEEPEST {
                Err(format!("it lies more than {DEEPEST} folders deep"))
            } else {
                list(&folder)
            };
            let listed = match listed {
                Ok(listed) => listed,
                Err(why) => {
                    unread.insert(folder, why);
                    continue;
                }
            };
            entries += listed.len();
            if entries > MOST_ENTRIES {
                unread.insert(folder, format!("the component holds more than {MOST_ENTRIES} files"));
                break;
            }
            for (path, kind) in listed {
                match kind {
                    Kind::Folder if published || !is_elsewhere(&path) => folders.push((path, depth + 1)),
                    Kind::File => files.push(path),
                    // What a link leads to is a file of the package, or of another.
                    Kind::Folder | Kind::Link => {}
                }
            }
        }
        files
    }

    /// Every Rust file below a folder, except below the `others`.
    fn walk(&self, top: &Path, others: &BTreeSet<PathBuf>, unread: &mut Unread) -> BTreeSet<PathBuf> {
        let published = self.is_published();
        let mut files = BTreeSet::new();
        let mut folders = vec![(top.to_owned(), 0)];
        let mut known = BTreeSet::from([top.to_owned()]);
        let mut entries = 0;
        while let Some((folder, depth)) = folders.pop() {
            let listed = if depth > DEEPEST {
                Err(format!("it lies more than {DEEPEST} folders deep"))
            } else {
                list(&folder)
            };
            let listed = match listed {
                Ok(listed) => listed,
                Err(why) => {
                    unread.insert(folder, why);
                    continue;
                }
            };
            entries += listed.len();
            if entries > MOST_ENTRIES {
                unread.insert(folder, format!("the component holds more than {MOST_ENTRIES} files"));
                break;
            }
            for (path, kind) in listed.into_iter().filter(|(path, _)| !others.contains(path)) {
                let (path, kind) = match kind {
                    Kind::Link => match self.through_link(&path) {
                        Ok(found) => found,
                        Err(why) => {
                            unread.insert(path, why);
                            continue;
                        }
                    },
                    _ => (path, kind),
                };
                match kind {
                    Kind::Folder
                        if (published || !path.join("Cargo.toml").exists()) && known.insert(path.clone()) =>
                    {
                        folders.push((path, depth + 1));
                    }
                    Kind::File if path.extension().is_some_and(|extension| extension == "rs") => {
                        files.insert(path);
                    }
                    _ => {}
                }
            }
        }
        files
    }

    fn through_link(&self, link: &Path) -> Result<(PathBuf, Kind), String> {
        let path = self.inside(link)?;
        let kind = if path.is_dir() { Kind::Folder } else { Kind::File };
        Ok((path, kind))
    }
}

#[derive(Clone, Copy)]
enum Kind {
    File,
    Folder,
    Link,
}

/// Whether a folder below a package is another package, or of a tool.
fn is_elsewhere(folder: &Path) -> bool {
    folder.join("Cargo.toml").exists()
        || git::is_cache(folder)
        || folder.file_name().is_some_and(|name| name == ".git")
}

fn list(folder: &Path) -> Result<Vec<(PathBuf, Kind)>, String> {
    let listing = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    listing
        .take(MOST_ENTRIES + 1)
        .map(|entry| {
            let entry = entry.map_err(|error| error.to_string())?;
            let kind = match entry.file_type().map_err(|error| error.to_string())? {
                kind if kind.is_symlink() => Kind::Link,
                kind if kind.is_dir() => Kind::Folder,
                _ => Kind::File,
            };
            Ok((entry.path(), kind))
        })
        .collect()
}

/// What a file names outside of tests.
pub(super) fn product_links(file: &File) -> impl Iterator<Item = &Linked> {
    file.seen.linked.iter().filter(|link| !link.test)
}

/// Where the file of a module may lie. Which of the folders it is depends on how the file itself was
/// mounted; only one of them is there.
fn module_files(from: &Path, module: &Module) -> Vec<PathBuf> {
    let beside = from.with_file_name("");
    [beside, from.with_extension("")]
        .into_iter()
        .flat_map(|base| {
            let folder = base.join(&module.name);
            [folder.with_extension("rs"), folder.join("mod.rs")]
        })
        .collect()
}

/// Counts what only tests mount as test: the files of `#[cfg(test)] mod name;` and what lies below.
fn set_tests_apart(files: &mut Files, linked: &BTreeSet<PathBuf>, root: &Path) {
    let mut tests = Vec::new();
    for (path, file) in &*files {
        // A file mounted by `#[path]` mounts its modules elsewhere.
        if linked.contains(path) {
            continue;
        }
        let modules = &file.seen.modules;
        let product = |name: &str| modules.iter().any(|module| !module.test && module.name == name);
        let own_folder = path != root && path.file_stem().is_some_and(|stem| stem != "mod");
        let base = if own_folder { path.with_extension("") } else { path.with_file_name("") };
        tests.extend(
            modules
                .iter()
                .filter(|module| module.test && !product(&module.name))
                .map(|module| base.join(&module.name)),
        );
    }
    for (path, file) in files.iter_mut().filter(|(path, _)| !linked.contains(*path)) {
        if tests.iter().any(|test| path.starts_with(test) || path.with_extension("") == *test) {
            file.seen = std::mem::take(&mut file.seen).into_test();
        }
    }
}
