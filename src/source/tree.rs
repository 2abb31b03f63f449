//! The inspected tree: what may be read of it, and how.

use std::collections::{BTreeSet, HashMap};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::paths::relative;
use super::{Kind, LARGEST_FILE, Listing, Source};

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("there is no such file")]
    Absent,
    /// A folder, a pipe, a device.
    #[error("it is not a regular file")]
    NotAFile,
    /// The path, or a link on it, leaves the inspected tree.
    #[error("its path leaves the inspected tree")]
    Outside,
    /// Larger than the limit, in bytes.
    #[error("it has {0} bytes, more than the {LARGEST_FILE} that are read")]
    TooLarge(u64),
    /// Not UTF-8; the offset of the first wrong byte.
    #[error("it is not UTF-8 from byte {0} on")]
    NotText(usize),
    /// The system's answer.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// The inspected tree: the workspace root and whatever else was allowed to be read.
#[derive(Debug, Clone)]
pub struct Tree {
    root: PathBuf,
    allowed: BTreeSet<PathBuf>,
    /// Folders that were asked for, without links.
    folders: Arc<Mutex<HashMap<PathBuf, PathBuf>>>,
    /// What lies there, where that is known.
    listing: Option<Arc<Listing>>,
}

impl Tree {
    /// The tree below a folder.
    ///
    /// # Errors
    /// When the folder does not exist or cannot be resolved.
    pub fn new(root: &Path) -> std::io::Result<Self> {
        let root = root.canonicalize()?;
        Ok(Self { allowed: BTreeSet::from([root.clone()]), root, folders: Arc::default(), listing: None })
    }

    /// The same tree, of which somebody knows what lies where.
    #[must_use]
    pub fn listed(self, listing: Option<Arc<Listing>>) -> Self {
        Self { listing, ..self }
    }

    /// What lies at an absolute path, links followed.
    #[must_use]
    pub fn kind(&self, path: &Path) -> Kind {
        let known = self.listing.as_ref().and_then(|listing| listing.kind(path));
        known.unwrap_or_else(|| match std::fs::metadata(path) {
            Ok(there) if there.is_file() => Kind::File,
            Ok(there) if there.is_dir() => Kind::Folder,
            Ok(_) => Kind::Other,
            Err(_) => Kind::Nothing,
        })
    }

    /// True for a regular file, links followed.
    #[must_use]
    pub fn is_file(&self, path: &Path) -> bool {
        self.kind(path) == Kind::File
    }

    /// The paths in a folder, sorted, at most so many of them. A folder that can't be listed holds nothing.
    #[must_use]
    pub fn list(&self, folder: &Path, most: usize) -> Vec<PathBuf> {
        if let Some(mut paths) = self.listing.as_ref().and_then(|listing| listing.list(folder)) {
            paths.truncate(most);
            return paths;
        }
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.take(most).map(|entry| entry.path()).collect();
        paths.sort();
        paths
    }

    /// The root, absolute and without links.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Allows a folder outside the root to be read too: a member that lives beside the workspace.
    pub fn allow(&mut self, folder: &Path) {
        if let Ok(folder) = folder.canonicalize() {
            self.allowed.insert(folder);
        }
    }

    /// Reads a text file. `path` is absolute or relative to the root.
    ///
    /// # Errors
    /// As [`ReadError`] says; nothing is read in part.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Arc<Source>, ReadError> {
        self.read_resolved(&self.resolve(path.as_ref())?)
    }

    /// Reads a text file by a path that [`Tree::resolve`] has given.
    ///
    /// # Errors
    /// As [`ReadError`] says; nothing is read in part.
    pub(crate) fn read_resolved(&self, path: &Path) -> Result<Arc<Source>, ReadError> {
        let bytes = read_limited(path, LARGEST_FILE)?;
        let text =
            String::from_utf8(bytes).map_err(|error| ReadError::NotText(error.utf8_error().valid_up_to()))?;
        Ok(Source::new(self.relative(path), text))
    }

    /// The absolute path without links, if it stays inside what may be read.
    ///
    /// # Errors
    /// [`ReadError::Outside`], or the system's reason.
    pub fn resolve(&self, path: &Path) -> Result<PathBuf, ReadError> {
        let path = self.canonical(&self.root.join(path)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => ReadError::Absent,
            _ => ReadError::System(error),
        })?;
        if self.allowed.iter().any(|folder| path.starts_with(folder)) {
            Ok(path)
        } else {
            Err(ReadError::Outside)
        }
    }

    /// The path without links. To ask the system takes a call for each folder on the way, so that is done once a folder.
    fn canonical(&self, path: &Path) -> std::io::Result<PathBuf> {
        match self.listing.as_ref().and_then(|listing| listing.kind(path)) {
            Some(Kind::Nothing) => return Err(std::io::ErrorKind::NotFound.into()),
            Some(_) => return Ok(path.to_owned()),
            None => {}
        }
        let parts = path.parent().zip(path.file_name());
        // Where names have more than one spelling, only the system knows which one is meant.
        let Some((folder, name)) = parts.filter(|_| !cfg!(any(windows, target_os = "macos"))) else {
            return path.canonicalize();
        };
        let known = self.folders.lock().ok().and_then(|known| known.get(folder).cloned());
        let folder = if let Some(folder) = known {
            folder
        } else {
            let real = folder.canonicalize()?;
            if let Ok(mut known) = self.folders.lock() {
                known.insert(folder.to_owned(), real.clone());
            }
            real
        };
        let path = folder.join(name);
        if std::fs::symlink_metadata(&path)?.is_symlink() { path.canonicalize() } else { Ok(path) }
    }

    /// A folder without links, wherever it lies; asked of the system once.
    ///
    /// # Errors
    /// The system's reason.
    pub fn folder(&self, path: &Path) -> std::io::Result<PathBuf> {
        let known = self.folders.lock().ok().and_then(|known| known.get(path).cloned());
        if let Some(folder) = known {
            return Ok(folder);
        }
        let folder = self.canonical(path)?;
        if let Ok(mut known) = self.folders.lock() {
            known.insert(path.to_owned(), folder.clone());
        }
        Ok(folder)
    }

    /// The path relative to the root, with `/`; with `..` where it lies beside the root.
    #[must_use]
    pub fn relative(&self, path: &Path) -> String {
        relative(&self.root, path)
    }
}

/// Reads a regular file whole, or says why not.
///
/// # Errors
/// As [`ReadError`] says.
pub fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    // Ask before opening: opening a named pipe would wait for a writer.
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ReadError::Absent,
        _ => ReadError::System(error),
    })?;
    if !metadata.is_file() {
        return Err(ReadError::NotAFile);
    }
    if metadata.len() > limit {
        return Err(ReadError::TooLarge(metadata.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    // The file may grow while it is read, and files below /proc state no size.
    std::fs::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        size if size > limit => Err(ReadError::TooLarge(size)),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_out_of_the_tree_are_refused() {
        let outside = tempfile::tempdir().expect("a temporary folder");
        let inside = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(outside.path().join("secret"), "s").expect("a file");
        let tree = Tree::new(inside.path()).expect("a tree");
        assert!(matches!(tree.read(outside.path().join("secret")), Err(ReadError::Outside)));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outside.path(), inside.path().join("link")).expect("a link");
            assert!(matches!(tree.read("link/secret"), Err(ReadError::Outside)));
        }
        assert!(matches!(tree.read("absent"), Err(ReadError::Absent)));
        assert!(matches!(tree.read("."), Err(ReadError::NotAFile)));
    }
}
