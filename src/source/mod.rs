//! Files and places in them: the one place that opens the files of an inspected tree.
//!
//! Everything read may be hostile. A file is read whole or not at all, never past a size limit,
//! never through a path that leaves the tree, never from a pipe or a device.
//!
//! Here is what is read: a source, places in it, values with their places. `tree` reads, `listing` knows what lies in
//! a tree that we have laid out ourselves, `paths` compares paths.

mod listing;
mod paths;
mod tree;

use std::fmt::{self, Write as _};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use miette::{MietteError, NamedSource, SourceCode, SourceSpan, SpanContents};
use sha2::{Digest as _, Sha256};

pub use listing::{Kind, Listing};
pub use paths::{joined, relative};
pub use tree::{ReadError, Tree, read_limited};

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

/// What miette shows of it is looked up in the one text that there is: faults by the hundred hold no copies.
impl SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        self.text.read_span(span, lines_before, lines_after)
    }
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
    pub fn named_source(&self) -> NamedSource<Arc<Source>> {
        NamedSource::new(self.path(), Arc::clone(&self.source))
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
}
