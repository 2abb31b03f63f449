//! Patterns for full paths, and the embedded tables that hold them.

use std::sync::Arc;

use crate::document::{self, Value};
use crate::source::Source;

/// A pattern for full paths: `a|b` is either name, `*` any name, `..` any number of names.
#[derive(Debug)]
pub struct Pattern(Vec<Part>);

/// What a pattern wants between two `::`.
#[derive(Debug)]
enum Part {
    /// Any number of names.
    Rest,
    /// Any name.
    Any,
    /// One of these.
    OneOf(Vec<String>),
}

impl Part {
    fn new(text: &str) -> Self {
        match text {
            ".." => Self::Rest,
            "*" => Self::Any,
            names => Self::OneOf(names.split('|').map(str::to_owned).collect()),
        }
    }

    fn fits(&self, name: &str) -> bool {
        match self {
            Self::Rest | Self::Any => true,
            Self::OneOf(names) => names.iter().any(|wanted| wanted == name),
        }
    }

    /// The names that are wanted; `..` and `*` stand for themselves.
    fn names(&self) -> impl Iterator<Item = &str> {
        let (sign, names): (Option<&str>, &[String]) = match self {
            Self::Rest => (Some(".."), &[]),
            Self::Any => (Some("*"), &[]),
            Self::OneOf(names) => (None, names),
        };
        sign.into_iter().chain(names.iter().map(String::as_str))
    }
}

impl Pattern {
    /// Reads a pattern such as `ring|aws_lc_rs::..::Key::new`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.split("::").map(Part::new).collect())
    }

    /// True when the whole path fits.
    #[must_use]
    pub fn is(&self, path: &str) -> bool {
        self.fits(path, false)
    }

    /// True when the path fits, or something above it.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        self.fits(path, true)
    }

    fn fits(&self, path: &str, below: bool) -> bool {
        // The name of the crate alone shows of nearly all paths that they do not fit.
        self.0.first().is_none_or(|part| part.fits(first(path))) && fits(&self.0, Some(path), below)
    }

    /// The crates that it may start with.
    pub fn crates(&self) -> impl Iterator<Item = &str> {
        self.0.first().into_iter().flat_map(Part::names)
    }

    /// The names that it may end in.
    pub fn ends(&self) -> impl Iterator<Item = &str> {
        self.0.last().into_iter().flat_map(Part::names)
    }
}

/// Whether what is left of a pattern fits what is left of a path; nothing is left behind its last name.
fn fits(pattern: &[Part], path: Option<&str>, below: bool) -> bool {
    let Some((want, rest)) = pattern.split_first() else { return below || path.is_none() };
    if matches!(want, Part::Rest) {
        let mut tails = std::iter::successors(path, |path| path.split_once("::").map(|(_, behind)| behind));
        return tails.any(|path| fits(rest, Some(path), below)) || fits(rest, None, below);
    }
    let Some(path) = path else { return false };
    let (name, left) = path.split_once("::").map_or((path, None), |(name, left)| (name, Some(left)));
    want.fits(name) && fits(rest, left, below)
}

/// The name that a path starts with.
#[must_use]
pub fn first(path: &str) -> &str {
    path.find(':').map_or(path, |end| &path[..end])
}

/// The name that a path ends in.
#[must_use]
pub fn last(path: &str) -> &str {
    path.rsplit(':').next().unwrap_or(path)
}

/// The texts of an array below a key.
#[must_use]
pub fn texts(table: &Value, key: &str) -> Vec<String> {
    table.entry(key).map(|entry| strings(&entry.value)).unwrap_or_default()
}

/// The patterns of an array below a key.
#[must_use]
pub fn patterns(table: &Value, key: &str) -> Vec<Pattern> {
    table.entry(key).map(|entry| patterns_of(&entry.value)).unwrap_or_default()
}

/// The patterns of an array.
#[must_use]
pub fn patterns_of(array: &Value) -> Vec<Pattern> {
    strings(array).iter().map(|text| Pattern::new(text)).collect()
}

fn strings(array: &Value) -> Vec<String> {
    array.items().iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// An embedded file as a value.
///
/// # Panics
/// When the file is no TOML; a test reads every one.
#[must_use]
pub fn parse(source: &Arc<Source>) -> Value {
    #[expect(clippy::expect_used, reason = "the embedded files are read by tests")]
    document::parse(source).expect("embedded files are well formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_paths_and_what_lies_below() {
        let pattern = Pattern::new("ring|aws_lc_rs::..::Key::new");
        assert!(pattern.is("ring::Key::new"));
        assert!(pattern.is("aws_lc_rs::a::b::Key::new"));
        assert!(!pattern.is("ring::a::Key::new_from_slice"));
        assert!(!pattern.is("ring::a::Key"));
        assert!(!pattern.is("string::Key::new"));
        let pattern = Pattern::new("md5::..::Md5");
        assert!(pattern.holds("md5::Md5::new"));
        assert!(pattern.holds("md5::Md5"));
        assert!(!pattern.holds("md5::compute"));
    }

    #[test]
    fn the_ends_of_a_path_are_told() {
        assert_eq!((first("std::fs::read"), last("std::fs::read")), ("std", "read"));
        assert_eq!((first("read"), last("read")), ("read", "read"));
        let pattern = Pattern::new("a|b::..::c|d");
        assert_eq!(pattern.crates().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(pattern.ends().collect::<Vec<_>>(), ["c", "d"]);
    }
}
