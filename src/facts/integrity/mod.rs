//! Whether the sources of components are what was locked.
//!
//! Cargo compares an archive with the lock file when it downloads it, and never again: neither the
//! archive nor what was unpacked from it is looked at once more. Here the archive is hashed, and each file
//! of the unpacked or vendored sources is compared with the archive byte by byte. A vendored folder
//! is compared with its own list of checksums too; where there is no archive, with that list alone, which
//! shows that nobody has changed a file and forgotten the list, and no more.
//!
//! Git repositories and folders have no checksum to compare with. What only tests use, or nothing, is
//! not looked at.
//!
//! The result is kept between runs under a fingerprint of the archive and of every file: path, kind,
//! size, inode, and the times of the last change to its contents and to its entry in the file system.
//! The last of these can't be set by a program without the rights of the system's owner, so a file that
//! was changed has another fingerprint, whatever its other times say. Systems without such a time compare
//! again in every run.
//!
//! - `files`: the files of a folder, and their fingerprint
//! - `archive`: archives, and their contents against a folder
//! - `list`: the list of checksums in a vendored folder

mod archive;
mod files;
mod list;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::cache::{Shelf, fingerprint};
use crate::request::{Request, Verify};
use crate::source::{Tree, read_limited};

use super::components::{Component, Components, Origin, Ships};
use super::workspace::{self, Workspace};
use super::{Gap, Kind};

use archive::{Archive, Archives};
use files::Files;

/// Whether the sources of each component are what was locked.
#[derive(Debug, Default)]
pub struct Integrity {
    /// By index into the components; those without a checksum are missing, and those that neither
    /// ship nor run at build time.
    pub of: BTreeMap<usize, Verified>,
}

/// What was compared for one component.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Whether the archive that cargo downloaded has the checksum of the lock file; `None` where
    /// there is no archive on this machine.
    pub archive: Option<bool>,
    /// SHA-512 of the archive, in hexadecimal digits, where the request asks for digests.
    pub sha512: Option<String>,
    /// Files of the sources that are not what was locked; `None` where there was nothing to compare with.
    pub changed: Option<Vec<Difference>>,
    /// What the sources were compared with.
    pub against: Option<Against>,
    /// The commit it was packaged from, as `.cargo_vcs_info.json` says.
    pub commit: Option<String>,
}

/// What sources were compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Against {
    /// The archive with the checksum of the lock file.
    Archive,
    /// The list of checksums that lies in the vendored folder itself.
    List,
}

/// A file that is not what was locked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Difference {
    /// The path in the folder of the component, with `/`.
    pub path: String,
    /// What became of it.
    pub how: How,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It holds something else.
    Changed,
    /// It is not there.
    Missing,
    /// It was not there.
    Added,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.how {
            How::Changed => "changed",
            How::Missing => "missing",
            How::Added => "added",
        };
        write!(f, "{} is {how}", self.path)
    }
}

/// The sources of this engine: what another state of it has compared is not believed.
const ENGINE: u64 = fingerprint(&[
    include_bytes!("mod.rs"),
    include_bytes!("archive.rs"),
    include_bytes!("files.rs"),
    include_bytes!("list.rs"),
    include_bytes!("../prints.rs"),
]);

/// Compares the sources of all components that ship or run at build time with what was locked.
pub fn gather(
    tree: &Tree,
    workspace: &Workspace,
    components: &Components,
    request: &Request,
    gaps: &mut Vec<Gap>,
) -> Integrity {
    let wanted: Vec<(usize, &Component, &str)> = components
        .all
        .iter()
        .enumerate()
        .filter(|(_, component)| component.ships >= Ships::Build)
        .filter(|(_, component)| matches!(component.origin, Origin::CratesIo | Origin::Registry { .. }))
        .filter_map(|(index, component)| Some((index, component, component.checksum.as_deref()?)))
        .collect();
    if wanted.is_empty() {
        return Integrity::default();
    }
    if request.verify == Verify::Nothing {
        let why = "they were not compared with what was locked (--no-verify)";
        gaps.push(Gap::new(Kind::Integrity, "the sources of components", why, "leave --no-verify out"));
        return Integrity::default();
    }
    let digests = request.verify == Verify::SourcesAndDigests;
    let anew = request.verify != Verify::Kept;
    let archives = Archives::find(workspace::cargo_home(), tree, workspace);
    let mut shelf: Shelf<Verified> = Shelf::open(request.cache.as_deref(), "integrity");
    let done: Vec<(usize, Option<String>, Result<Verified, Open>)> = wanted
        .into_par_iter()
        .map(|(index, component, checksum)| {
            let subject = Subject::new(component, checksum, &archives);
            // Without a single result to look up, the files need not be looked at either.
            let (key, verified) = if anew || !shelf.is_empty() {
                subject.verify(&shelf, digests, anew)
            } else {
                (None, Err(Open::Deferred))
            };
            (index, key, verified)
        })
        .collect();
    let mut integrity = Integrity::default();
    let mut open = Unknown::default();
    for (index, new_key, verified) in done {
        let name = components.all[index].id();
        match verified {
            Ok(mut verified) => {
                if let Some(key) = new_key {
                    shelf.put(key, &verified);
                }
                if !digests {
                    verified.sha512 = None;
                }
                if verified.changed.is_none() && verified.archive != Some(false) {
                    open.uncompared.push(name);
                }
                integrity.of.insert(index, verified);
            }
            Err(Open::Absent) => open.absent.push(name),
            Err(Open::Deferred) => open.deferred.push(name),
            Err(Open::Unread(why)) => open.unread.push((name, why)),
        }
    }
    shelf.close(true);
    open.tell(gaps);
    integrity
}

/// A component and what it is compared with.
struct Subject<'a> {
    name: String,
    checksum: &'a str,
    folder: Option<&'a Path>,
    /// The archive that cargo has unpacked the folder from.
    own: Option<PathBuf>,
    /// Other archives of this name, which count only if they have the checksum.
    others: Vec<PathBuf>,
}

/// Why a component was not compared.
enum Open {
    Absent,
    /// No earlier run has done it, and this one was not to.
    Deferred,
    Unread(String),
}

impl<'a> Subject<'a> {
    fn new(component: &'a Component, checksum: &'a str, archives: &Archives) -> Self {
        let name = format!("{}-{}", component.name, component.version);
        let folder = component.folder.as_deref();
        let (own, others) = archives.of(&name, folder);
        Self { name, checksum, folder, own, others }
    }

    /// Takes what an earlier run has found, or compares where `anew` says so; with the key to keep it
    /// under, where it is new.
    fn verify(
        &self,
        kept: &Shelf<Verified>,
        digests: bool,
        anew: bool,
    ) -> (Option<String>, Result<Verified, Open>) {
        let Some(folder) = self.folder.filter(|folder| folder.is_dir()) else {
            return (None, Err(Open::Absent));
        };
        let files = match Files::of(folder) {
            Ok(files) => files,
            Err(why) => return (None, Err(Open::Unread(why))),
        };
        let key = self.key(folder, &files);
        let known = key.as_deref().and_then(|key| kept.get(key));
        if let Some(known) = known
            && (!digests || known.sha512.is_some() || known.archive != Some(true))
        {
            return (None, Ok(known));
        }
        if !anew {
            return (None, Err(Open::Deferred));
        }
        match self.compare(folder, &files, digests) {
            Ok(verified) => (key, Ok(verified)),
            Err(why) => (None, Err(Open::Unread(why))),
        }
    }

    /// Everything the result depends on.
    fn key(&self, folder: &Path, files: &Files) -> Option<String> {
        let mut print = files.fingerprint()?;
        for archive in self.own.iter().chain(&self.others) {
            print.add(&archive.to_string_lossy(), &std::fs::metadata(archive).ok()?);
        }
        let print = print.finish();
        Some(format!("{ENGINE:016x} {} {} {print} {}", self.name, self.checksum, folder.display()))
    }

    fn compare(&self, folder: &Path, files: &Files, digests: bool) -> Result<Verified, String> {
        let mut verified = Verified { commit: commit(folder, files), ..Verified::default() };
        let archive = match self.own.as_deref() {
            Some(own) => {
                let archive = Archive::read(own)?;
                verified.archive = Some(archive.has(self.checksum));
                Some(archive)
            }
            None => self.others.iter().filter_map(|path| Archive::read(path).ok()).find(|other| {
                // Another archive of this name may be that of another registry.
                other.has(self.checksum)
            }),
        };
        let archive = archive.filter(|archive| archive.has(self.checksum));
        if archive.is_some() {
            verified.archive = Some(true);
        }
        let mut differences = Vec::new();
        if let Some(archive) = &archive {
            differences = archive.compare(&self.name, folder, files)?;
            verified.against = Some(Against::Archive);
            verified.sha512 = digests.then(|| archive.sha512());
        }
        if files.has(list::NAME) {
            differences.extend(list::compare(self.checksum, folder, files)?);
            verified.against = verified.against.or(Some(Against::List));
        }
        differences.sort();
        differences.dedup();
        verified.changed = verified.against.map(|_| differences);
        Ok(verified)
    }
}

/// The commit that `.cargo_vcs_info.json` names.
fn commit(folder: &Path, files: &Files) -> Option<String> {
    const NAME: &str = ".cargo_vcs_info.json";
    const LARGEST: u64 = 64 * 1024;
    if !files.has(NAME) {
        return None;
    }
    let bytes = read_limited(&folder.join(NAME), LARGEST).ok()?;
    let value: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    let commit = value.get("git")?.get("sha1")?.as_str()?;
    let digits = matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| commit.to_owned())
}

/// What could not be compared.
#[derive(Default)]
struct Unknown {
    absent: Vec<String>,
    deferred: Vec<String>,
    uncompared: Vec<String>,
    unread: Vec<(String, String)>,
}

const FETCH: &str = "cargo health-sec --fetch";

const VERIFY: &str = "cargo health-sec components --verify";

impl Unknown {
    /// Many components are one gap: one command mends them all.
    fn tell(self, gaps: &mut Vec<Gap>) {
        for (names, why, remedy) in [
            (self.absent, "the sources are not on this machine", FETCH),
            (
                self.uncompared,
                "the archive is not on this machine, so that the sources can't be compared",
                FETCH,
            ),
            (self.deferred, "no earlier run has compared the sources with what was locked", VERIFY),
        ] {
            if let Some((what, named)) = some(&names) {
                gaps.push(Gap::new(Kind::Integrity, what, format!("{why}{named}"), remedy));
            }
        }
        for (name, why) in self.unread {
            gaps.push(Gap::new(Kind::Integrity, name, why, "look at the files named"));
        }
    }
}

/// How many components, and the names of the first.
fn some(names: &[String]) -> Option<(String, String)> {
    const NAMED: usize = 3;
    match names {
        [] => None,
        [one] => Some((one.clone(), String::new())),
        few if few.len() <= NAMED => Some((few.join(", "), String::new())),
        many => Some((
            format!("{} components", many.len()),
            format!(": {} and {} more", many[..NAMED].join(", "), many.len() - NAMED),
        )),
    }
}
