//! How much may be kept of one file, and how much work may be done for it.
//!
//! A text of ten megabytes can be written so that its facts would take a thousand times as much: the path of a
//! `use` repeated for every name in its braces, names of modules as long as a page, code in macros in
//! macros that is parsed again at each level. No program that people write comes near these limits; a
//! file that breaks one is refused as a whole, and a gap says so.

use super::seen::ScopeId;

/// Bytes that may be kept whatever the size of the file, and for each of its bytes.
const LEAST_KEPT: usize = 4 * 1024 * 1024;
const KEPT_PER_BYTE: usize = 128;
/// The same for bytes of macro arguments that are parsed, those in macros in macros each time.
const LEAST_PARSED: usize = 1024 * 1024;
const PARSED_PER_BYTE: usize = 64;
/// How long the names of all enclosing items may be together, in bytes.
const LONGEST_PATH: usize = 2048;
/// How many conditions may enclose a place.
const MOST_CONDITIONS: usize = 64;

/// What is left.
#[derive(Debug)]
pub(super) struct Limits {
    kept: usize,
    parsed: usize,
    /// Length of the path of each scope, and how many conditions enclose it.
    scopes: Vec<(usize, usize)>,
    /// The first limit that was broken.
    pub broken: Option<&'static str>,
}

impl Limits {
    pub(super) fn of(text: &str) -> Self {
        Self {
            kept: LEAST_KEPT.saturating_add(KEPT_PER_BYTE.saturating_mul(text.len())),
            parsed: LEAST_PARSED.saturating_add(PARSED_PER_BYTE.saturating_mul(text.len())),
            scopes: Vec::new(),
            broken: None,
        }
    }

    /// Takes room for something that is kept; false where none is left.
    pub(super) fn keep(&mut self, bytes: usize) -> bool {
        let left = self.kept.checked_sub(bytes);
        self.kept = left.unwrap_or(0);
        if left.is_none() {
            self.broken.get_or_insert("it says the same so often that its facts would fill the memory");
        }
        left.is_some()
    }

    /// Takes time for bytes of a macro call to be parsed; false where none is left.
    pub(super) fn parse(&mut self, bytes: usize) -> bool {
        let left = self.parsed.checked_sub(bytes);
        self.parsed = left.unwrap_or(0);
        if left.is_none() {
            self.broken.get_or_insert("its macro calls nest so that they would be parsed for hours");
        }
        left.is_some()
    }

    /// Opens the next scope.
    pub(super) fn open(&mut self, parent: ScopeId, name: usize, conditions: usize) {
        let (path, around) = self.scopes.get(parent as usize).copied().unwrap_or_default();
        let (path, around) = (path + name + 2, around + conditions);
        self.scopes.push((path, around));
        if path > LONGEST_PATH {
            self.broken.get_or_insert("the names of its nested items are longer than any that people write");
        } else if around > MOST_CONDITIONS {
            self.broken
                .get_or_insert("more conditions enclose its items than in any program that people write");
        }
    }
}
