//! Files and places in them: the one place that opens the files of an inspected tree.
//!
//! Everything read may be hostile. A file is read whole or not at all, never past a size limit,
//! never through a path that leaves the tree, never from a pipe or a device.

use std::collections::{BTreeSet, HashMap};
use std::fmt::{self, Write as _};
use std::io::Read as _;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use miette::{NamedSource, SourceSpan};
use sha2::{Digest as _, Sha256};

/// The largest text file that is read, in bytes. The largest hand-written Rust file met in the
/// field is below 2 MB; generated bindings reach 10 MB.
pub const LARGEST_FILE: u64 = 32 * 1024 * 1024;

/// A text file of the inspected tree.
pub struct Source {
    path: String,
    text: String,
    lines: OnceLock<Vec<usize>>,
    pages: OnceLock<Vec<usize>>,
}

/// Columns far into a line are counted from the start of a page of so many bytes: a generated line of a megabyte
/// with a finding every ten bytes must not be counted from its start each time.
const PAGE: usize = 4096;

impl Source {
    /// A source from its path relative to the workspace root (with `/`) and its text.
    #[must_use]
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            path: path.into(),
            text: text.into(),
            lines: OnceLock::new(),
            pages: OnceLock::new(),
        })
    }

    /// The path relative to the workspace root, with `/` on every system.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many lines it has.
    #[must_use]
    pub fn lines(&self) -> usize {
        let ended = memchr::memchr_iter(b'\n', self.text.as_bytes()).count();
        ended + usize::from(!self.text.is_empty() && !self.text.ends_with('\n'))
    }

    /// The SHA-256 of the file, as hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        Sha256::digest(&self.text).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// A place in this file, cut down to what the file holds and to character borders.
    #[must_use]
    pub fn at(self: &Arc<Self>, bytes: Range<usize>) -> Location {
        let start = floor_border(&self.text, bytes.start);
        let end = floor_border(&self.text, bytes.end.max(bytes.start)).max(start);
        Location { source: Arc::clone(self), start: small(start), end: small(end) }
    }

    /// The byte at a line and column, both counted from 1, the column in characters; and the line.
    #[must_use]
    pub fn position_of(&self, line: usize, column: usize) -> Option<(usize, &str)> {
        let starts = self.line_starts();
        let start = *starts.get(line.checked_sub(1)?)?;
        let end = starts.get(line).map_or(self.text.len(), |next| next - 1);
        let text = self.text.get(start..end)?;
        let ahead = column.checked_sub(1)?;
        let at = text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(ahead)?;
        Some((start + at, text))
    }

    /// The file as a whole: its first line.
    #[must_use]
    pub fn whole(self: &Arc<Self>) -> Location {
        let end = self.text.find('\n').unwrap_or(self.text.len());
        self.at(0..end)
    }

    /// Where a text stands between quotes, as names do in JSON; the whole file where it does not.
    #[must_use]
    pub fn quoted(self: &Arc<Self>, text: &str) -> Location {
        match self.text.find(&format!("\"{text}\"")) {
            Some(at) => self.at(at + 1..at + 1 + text.len()),
            None => self.whole(),
        }
    }

    fn line_starts(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            let ends = memchr::memchr_iter(b'\n', self.text.as_bytes());
            std::iter::once(0).chain(ends.map(|at| at + 1)).collect()
        })
    }

    /// Line and column of a byte, both counted from 1, the column in characters.
    fn position(&self, byte: usize) -> (usize, usize) {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= byte).max(1);
        let start = starts[line - 1];
        let column = match byte - start {
            near if near <= PAGE => self.text[start..byte].chars().count(),
            _ => self.characters_before(byte) - self.characters_before(start),
        };
        (line, column + 1)
    }

    /// Characters from the start of the file to a byte.
    fn characters_before(&self, byte: usize) -> usize {
        let border = |page: usize| floor_border(&self.text, page * PAGE);
        let pages = self.pages.get_or_init(|| {
            let mut pages = vec![0];
            for page in 1..=self.text.len() / PAGE {
                let in_page = self.text[border(page - 1)..border(page)].chars().count();
                pages.push(pages[page - 1] + in_page);
            }
            pages
        });
        let page = byte / PAGE;
        pages[page] + self.text[border(page)..byte].chars().count()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} bytes)", self.path, self.text.len())
    }
}

/// No file that is read is larger ([`LARGEST_FILE`]).
fn small(byte: usize) -> u32 {
    u32::try_from(byte).unwrap_or(u32::MAX)
}

fn floor_border(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// A range of bytes in a source. Ordered by path, then by place.
#[derive(Clone)]
pub struct Location {
    source: Arc<Source>,
    start: u32,
    end: u32,
}

impl Location {
    /// The file.
    #[must_use]
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The path of the file relative to the workspace root, with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.source.path()
    }

    /// The range in bytes.
    #[must_use]
    pub fn bytes(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Line and column of the first character, from 1; the column counts characters.
    #[must_use]
    pub fn start(&self) -> (usize, usize) {
        self.source.position(self.start as usize)
    }

    /// Line and column just behind the last character, from 1.
    #[must_use]
    pub fn end(&self) -> (usize, usize) {
        self.source.position(self.end as usize)
    }

    /// The line of the first character, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.start().0
    }

    /// The text in the range.
    #[must_use]
    pub fn snippet(&self) -> &str {
        &self.source.text()[self.bytes()]
    }

    /// The file as miette shows it.
    #[must_use]
    pub fn named_source(&self) -> NamedSource<String> {
        NamedSource::new(self.path(), self.source.text().to_owned())
    }

    /// The range as miette shows it.
    #[must_use]
    pub fn span(&self) -> SourceSpan {
        SourceSpan::new((self.start as usize).into(), self.bytes().len())
    }

    fn key(&self) -> (&str, u32, u32) {
        (self.path(), self.start, self.end)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.start();
        write!(f, "{}:{line}:{column}", self.path())
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Location {}

impl PartialOrd for Location {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Location {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// A value together with the place where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub at: Location,
}

/// Without the place, so that what is said can be compared wherever it stands.
impl<T: serde::Serialize> serde::Serialize for Placed<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

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
}

impl Tree {
    /// The tree below a folder.
    ///
    /// # Errors
    /// When the folder does not exist or cannot be resolved.
    pub fn new(root: &Path) -> std::io::Result<Self> {
        let root = root.canonicalize()?;
        Ok(Self { allowed: BTreeSet::from([root.clone()]), root, folders: Arc::default() })
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

/// The path of `path` as seen from `from`, with `/`. Both absolute; nothing is looked up.
#[must_use]
pub fn relative(from: &Path, path: &Path) -> String {
    let from: Vec<_> = from.components().collect();
    let to: Vec<_> = path.components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts: Vec<String> = from[common..].iter().map(|_| "..".to_owned()).collect();
    parts.extend(to[common..].iter().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        Component::ParentDir => Some("..".to_owned()),
        _ => None,
    }));
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// A relative path with `/` below a folder of the same kind; `..` at its start climbs out. Nothing is looked up.
#[must_use]
pub fn joined(folder: &str, path: &str) -> String {
    let parts = folder.split('/').chain(path.split('/')).filter(|part| !matches!(*part, "" | "."));
    let joined = parts.fold(Vec::new(), |mut parts, part| {
        match part {
            ".." if parts.last().is_some_and(|last| *last != "..") => parts.truncate(parts.len() - 1),
            part => parts.push(part),
        }
        parts
    });
    joined.join("/")
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
    fn positions_count_characters_from_one() {
        let source = Source::new("a.rs", "é x\nfn\n");
        assert_eq!(source.at(3..4).start(), (1, 3));
        assert_eq!(source.at(5..7).start(), (2, 1));
        assert_eq!(source.at(5..7).end(), (2, 3));
        assert_eq!(source.at(900..901).start(), (3, 1));
        assert_eq!(source.at(1..2).bytes(), 0..2, "a range inside a character is widened to its start");
    }

    #[test]
    fn lines_are_counted_as_people_count_them() {
        for (text, lines) in [("", 0), ("a", 1), ("a\n", 1), ("\n", 1), ("a\nb", 2), ("a\r\n\n", 2)] {
            assert_eq!(Source::new("a.rs", text).lines(), lines, "{text:?}");
        }
    }

    #[test]
    fn columns_far_into_a_line_are_the_same_as_counted() {
        let source = Source::new("a.rs", format!("é\n{}\nend", "aé漢".repeat(5000)));
        let start = source.text().find('\n').map_or(0, |at| at + 1);
        for at in (start..source.text().len()).step_by(997).chain([start + PAGE, start + PAGE + 1]) {
            let location = source.at(at..at);
            let at = location.bytes().start;
            let line_start = source.text()[..at].rfind('\n').map_or(0, |at| at + 1);
            let counted = source.text()[line_start..at].chars().count() + 1;
            assert_eq!(location.start().1, counted, "byte {at}");
        }
    }

    #[test]
    fn a_position_leads_back_to_its_byte() {
        let source = Source::new("a.rs", "é x\nfn\n");
        assert_eq!(source.position_of(1, 3), Some((3, "é x")));
        assert_eq!(source.position_of(2, 1), Some((5, "fn")));
        assert_eq!(source.position_of(2, 3), Some((7, "fn")), "behind the last character");
        assert_eq!(source.position_of(3, 1), Some((8, "")));
        for (line, column) in [(0, 1), (1, 0), (1, 5), (4, 1), (usize::MAX, usize::MAX)] {
            assert_eq!(source.position_of(line, column), None, "{line}:{column}");
        }
    }

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

    #[test]
    fn relative_paths_climb_where_they_must() {
        assert_eq!(relative(Path::new("/a/b"), Path::new("/a/b/c/d")), "c/d");
        assert_eq!(relative(Path::new("/a/b"), Path::new("/a/x")), "../x");
        assert_eq!(relative(Path::new("/a"), Path::new("/a")), ".");
        assert_eq!(joined("", "src/lib.rs"), "src/lib.rs");
        assert_eq!(joined("device/pump", "../shared/lib.rs"), "device/shared/lib.rs");
        assert_eq!(joined("a", "../../x"), "../x");
    }
}
