//! Archives: where they lie, their checksums, and their contents against a folder.
//!
//! Nothing is unpacked. An archive whose checksum is not the locked one is not looked into.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Component as PathPart, Path, PathBuf};

use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256, Sha512};

use crate::facts::workspace::Workspace;
use crate::source::{Tree, read_limited};

use super::files::Files;
use super::{Difference, How, list};

/// The largest archive that is read, in bytes; crates.io takes ten million.
const LARGEST_ARCHIVE: u64 = 512 * 1024 * 1024;

/// The most that an archive may hold, in bytes; cargo unpacks no more than this either.
const MOST_CONTENTS: u64 = 4 * 1024 * 1024 * 1024;

/// The marker that cargo puts beside what it has unpacked to the end.
const MARKER: &str = ".cargo-ok";

/// Where archives lie.
pub(super) struct Archives {
    /// Cargo's own: `registry` in its folder.
    registry: Option<PathBuf>,
    /// All folders that may hold others.
    folders: Vec<PathBuf>,
}

impl Archives {
    /// Looks for folders with archives.
    pub(super) fn find(home: Option<PathBuf>, tree: &Tree, workspace: &Workspace) -> Self {
        let registry = home.map(|home| home.join("registry"));
        let cache = registry.as_ref().and_then(|registry| std::fs::read_dir(registry.join("cache")).ok());
        let mut folders: Vec<PathBuf> =
            cache.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        folders.sort();
        for entry in &workspace.cargo_config {
            if let ([source, _, kind], Some(path)) = (entry.segments.as_slice(), entry.value.as_str())
                && source == "source"
                && kind == "local-registry"
            {
                folders.push(entry.path(tree.root(), path));
            }
        }
        Self { registry, folders }
    }

    /// The archive that a folder was unpacked from, and others that bear the name.
    pub(super) fn of(&self, name: &str, folder: Option<&Path>) -> (Option<PathBuf>, Vec<PathBuf>) {
        // A name out of a lock file may hold anything.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
        if !name.chars().all(plain) {
            return (None, Vec::new());
        }
        let file = format!("{name}.crate");
        let own = folder.and_then(|folder| self.own(folder)).map(|folder| folder.join(&file));
        if let Some(own) = own.filter(|own| own.is_file()) {
            return (Some(own), Vec::new());
        }
        let others = self.folders.iter().map(|folder| folder.join(&file)).filter(|path| path.is_file());
        (None, others.collect())
    }

    /// The folder with the archives of what cargo has unpacked: `src` and `cache` mirror each other.
    fn own(&self, folder: &Path) -> Option<PathBuf> {
        let registry = self.registry.as_ref()?;
        let index = folder.strip_prefix(registry.join("src")).ok()?.parent()?;
        let mut parts = index.components();
        match (parts.next(), parts.next()) {
            (Some(PathPart::Normal(index)), None) => Some(registry.join("cache").join(index)),
            _ => None,
        }
    }
}

/// An archive, read whole: what is hashed is what is compared.
pub(super) struct Archive {
    bytes: Vec<u8>,
    checksum: String,
}

impl Archive {
    /// Reads an archive.
    ///
    /// # Errors
    /// Why it can't be read.
    pub(super) fn read(file: &Path) -> Result<Self, String> {
        let bytes = read_limited(file, LARGEST_ARCHIVE)
            .map_err(|error| format!("its archive {}: {error}", file.display()))?;
        let checksum = hex(&Sha256::digest(&bytes));
        Ok(Self { bytes, checksum })
    }

    /// True when it has this checksum.
    pub(super) fn has(&self, checksum: &str) -> bool {
        self.checksum.eq_ignore_ascii_case(checksum)
    }

    /// SHA-512 in hexadecimal digits.
    pub(super) fn sha512(&self) -> String {
        hex(&Sha512::digest(&self.bytes))
    }

    /// The files of a folder that are not what the archive holds.
    ///
    /// # Errors
    /// Why the archive can't be read to its end.
    pub(super) fn compare(
        &self,
        name: &str,
        folder: &Path,
        files: &Files,
    ) -> Result<Vec<Difference>, String> {
        let failed = |error: std::io::Error| format!("its archive can't be read to the end: {error}");
        let vendored = files.has(list::NAME);
        let contents = MultiGzDecoder::new(self.bytes.as_slice()).take(MOST_CONTENTS);
        let mut tar = tar::Archive::new(contents);
        let mut held = BTreeSet::new();
        let mut changed = BTreeSet::new();
        for entry in tar.entries().map_err(failed)? {
            let mut entry = entry.map_err(failed)?;
            let kind = entry.header().entry_type();
            if kind.is_dir() || kind.is_pax_global_extensions() {
                continue;
            }
            let path = path_in(name, &entry.path_bytes())
                .ok_or_else(|| "its archive holds a path outside of its folder".to_owned())?;
            if path == MARKER {
                continue;
            }
            let target = entry.link_name_bytes().map(std::borrow::Cow::into_owned);
            let same = match (files.get(&path), target) {
                (Some(metadata), None) if kind.is_file() && metadata.is_file() => {
                    metadata.len() == entry.size() && holds(&folder.join(&path), &mut entry)
                }
                (Some(metadata), Some(target)) if kind.is_symlink() && metadata.is_symlink() => {
                    std::fs::read_link(folder.join(&path))
                        .is_ok_and(|link| link.as_os_str().as_encoded_bytes() == target)
                }
                (Some(_), _) => false,
                (None, _) => true,
            };
            // Of two entries with one path, the last is what is unpacked.
            if same {
                changed.remove(&path);
            } else {
                changed.insert(path.clone());
            }
            held.insert(path);
        }
        let there = |path: &str| files.has(path) || (vendored && left_out(path));
        let missing = held.iter().filter(|path| !there(path));
        let own = |path: &str| path == MARKER || (vendored && path == list::NAME);
        let added = files.paths().filter(|path| !held.contains(*path) && !own(path));
        let told = |how: How| move |path: &str| Difference { path: path.to_owned(), how };
        Ok(changed
            .iter()
            .map(String::as_str)
            .map(told(How::Changed))
            .chain(missing.map(String::as_str).map(told(How::Missing)))
            .chain(added.map(told(How::Added)))
            .collect())
    }
}

/// What `cargo vendor` does not copy.
fn left_out(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    matches!(name, ".gitattributes" | ".gitignore" | ".git") || matches!(ending, Some("orig" | "rej"))
}

/// The path of an entry within the folder of its package, with `/`.
fn path_in(name: &str, path: &[u8]) -> Option<String> {
    let path = std::str::from_utf8(path).ok()?.strip_prefix(name)?.strip_prefix('/')?;
    let mut parts = Vec::new();
    for part in Path::new(path).components() {
        match part {
            PathPart::Normal(part) => parts.push(part.to_str()?),
            PathPart::CurDir => {}
            _ => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// True when a file holds what is read; both have the same length. What can't be read is not the same.
fn holds(file: &Path, expected: &mut impl Read) -> bool {
    const PIECE: usize = 16 * 1024;
    let Ok(mut file) = File::open(file) else { return false };
    let (mut wanted, mut found) = ([0; PIECE], [0; PIECE]);
    loop {
        match expected.read(&mut wanted) {
            Ok(0) => return true,
            Ok(length) => {
                let found = &mut found[..length];
                if file.read_exact(found).is_err() || *found != wanted[..length] {
                    return false;
                }
            }
            Err(_) => return false,
        }
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
