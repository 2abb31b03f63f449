//! The files of a folder, as the file system tells of them.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::archive::hex;

/// More files than this are no component; the largest of crates.io have some ten thousand.
const MOST_FILES: usize = 200_000;

/// How deep folders may be nested.
const DEEPEST: usize = 64;

/// All files below a folder, links not followed.
pub(super) struct Files(BTreeMap<String, Metadata>);

impl Files {
    /// Looks through a folder.
    ///
    /// # Errors
    /// Why not all of it could be looked at.
    pub(super) fn of(folder: &Path) -> Result<Self, String> {
        let mut files = Self(BTreeMap::new());
        files.walk(folder, "", 0)?;
        Ok(files)
    }

    fn walk(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        if depth > DEEPEST {
            return Err(format!("{}: folders are nested too deep", folder.display()));
        }
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let metadata = entry.metadata().map_err(failed)?;
            if metadata.is_dir() {
                self.walk(&entry.path(), &format!("{path}/"), depth + 1)?;
            } else if self.0.insert(path, metadata).is_some() || self.0.len() > MOST_FILES {
                return Err(format!("{}: it holds more files than can be told apart", folder.display()));
            }
        }
        Ok(())
    }

    /// True for a file or a link of this path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// What the file system tells of a file.
    pub(super) fn get(&self, path: &str) -> Option<&Metadata> {
        self.0.get(path)
    }

    /// Every path, sorted.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The fingerprint of all of them; `None` where the system tells too little.
    pub(super) fn fingerprint(&self) -> Option<Print> {
        let mut print = Print(Sha256::new());
        for (path, metadata) in &self.0 {
            print.add(path, metadata);
        }
        // Other systems do not tell when the entry of a file was changed.
        cfg!(unix).then_some(print)
    }
}

/// A fingerprint of files that changes whenever one of them does.
pub(super) struct Print(Sha256);

impl Print {
    /// Adds a file.
    #[cfg(unix)]
    pub(super) fn add(&mut self, path: &str, metadata: &Metadata) {
        use std::os::unix::fs::MetadataExt as _;
        self.0.update((path.len() as u64).to_le_bytes());
        self.0.update(path);
        self.0.update(metadata.mode().to_le_bytes());
        let numbers = [metadata.size(), metadata.ino(), metadata.dev()].map(u64::to_le_bytes);
        let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
        for number in numbers.into_iter().chain(times.map(i64::to_le_bytes)) {
            self.0.update(number);
        }
    }

    /// Adds a file.
    #[cfg(not(unix))]
    pub(super) fn add(&mut self, path: &str, metadata: &Metadata) {
        self.0.update(path);
        self.0.update(metadata.len().to_le_bytes());
    }

    /// The fingerprint in hexadecimal digits.
    pub(super) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}
