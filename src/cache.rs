//! Facts kept between runs: by checksum for components, by content for files.
//!
//! A shelf is one file that maps keys to values. It is read whole and written whole, beside first,
//! then renamed, so that many runs at once never see half a shelf; the last writer wins, and losing
//! an entry only costs time. A shelf that cannot be read, or was written by another version of
//! this tool, is empty. Nothing in a cache is trusted to be there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The largest shelf that is read, in bytes.
const LARGEST_SHELF: u64 = 256 * 1024 * 1024;

/// Written at the start of every shelf: another version of the tool may see things differently.
const STAMP: &str = concat!("health-sec shelf 1 ", env!("CARGO_PKG_VERSION"), "\n");

/// Values kept between runs under keys that name their whole input.
#[derive(Debug)]
pub struct Shelf<T> {
    file: Option<PathBuf>,
    old: BTreeMap<String, T>,
    used: BTreeMap<String, T>,
    new: bool,
}

impl<T: Serialize + DeserializeOwned + Clone> Shelf<T> {
    /// Opens a shelf in the cache folder; without a folder nothing is kept.
    #[must_use]
    pub fn open(folder: Option<&Path>, name: &str) -> Self {
        let file = folder.map(|folder| folder.join(format!("{name}.shelf")));
        let old = file.as_deref().and_then(read).unwrap_or_default();
        Self { file, old, used: BTreeMap::new(), new: false }
    }

    /// The value under a key, kept for the next run too.
    pub fn get(&mut self, key: &str) -> Option<T> {
        let value = self.used.get(key).or_else(|| self.old.get(key))?.clone();
        self.used.insert(key.to_owned(), value.clone());
        Some(value)
    }

    /// Puts a value under a key.
    pub fn put(&mut self, key: impl Into<String>, value: T) {
        self.used.insert(key.into(), value);
        self.new = true;
    }

    /// Writes the shelf if something new was put on it. `keep_unused` keeps what this run did not
    /// ask for: right for components, which many workspaces share; wrong for files that are gone.
    /// What cannot be written is not kept; that costs time, nothing else.
    pub fn close(mut self, keep_unused: bool) {
        let Some(file) = self.file.filter(|_| self.new) else { return };
        if keep_unused {
            self.old.append(&mut self.used);
            self.used = self.old;
        }
        // A cache that can't be written is no reason to stop.
        let _ = write(&file, &self.used);
    }
}

fn read<T: DeserializeOwned>(file: &Path) -> Option<BTreeMap<String, T>> {
    let bytes = crate::source::read_limited(file, LARGEST_SHELF).ok()?;
    postcard::from_bytes(bytes.strip_prefix(STAMP.as_bytes())?).ok()
}

fn write<T: Serialize>(file: &Path, shelf: &BTreeMap<String, T>) -> std::io::Result<()> {
    use std::io::Write as _;
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let bytes = postcard::to_stdvec(shelf).map_err(std::io::Error::other)?;
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    beside.write_all(STAMP.as_bytes())?;
    beside.write_all(&bytes)?;
    beside.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_found_by_the_next_run() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut shelf = Shelf::open(Some(folder.path()), "t");
        shelf.put("a", 1_u32);
        shelf.close(false);
        let mut shelf: Shelf<u32> = Shelf::open(Some(folder.path()), "t");
        assert_eq!(shelf.get("a"), Some(1));
        assert_eq!(shelf.get("b"), None);
    }

    #[test]
    fn a_damaged_shelf_is_empty() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut shelf = Shelf::open(Some(folder.path()), "t");
        shelf.put("key", "value".to_owned());
        shelf.close(false);
        let file = folder.path().join("t.shelf");
        let whole = std::fs::read(&file).expect("a shelf");
        for end in 0..whole.len() {
            std::fs::write(&file, &whole[..end]).expect("a prefix");
            let mut shelf: Shelf<String> = Shelf::open(Some(folder.path()), "t");
            assert_eq!(shelf.get("key"), None, "a prefix of {end} bytes");
        }
    }
}
