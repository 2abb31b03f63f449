//! The files of a folder, as the file system tells of them.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::Path;

use super::super::prints::Print;

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
        let mut print = Print::new()?;
        for (path, metadata) in &self.0 {
            print.add(path, metadata);
        }
        Some(print)
    }
}
