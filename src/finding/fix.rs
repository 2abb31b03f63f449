//! What a machine can do about a finding: edits of files, made by the check and applied by whoever is
//! asked to.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::document::{Scalar, set};
use crate::source::{Location, Source};

/// How a finding is mended without thought.
#[derive(Debug, Clone)]
pub struct Fix {
    /// What it does, such as `forbid unsafe code`.
    pub what: String,
    /// Its edits, of one file or of several.
    pub edits: Vec<Edit>,
}

/// One edit.
#[derive(Debug, Clone)]
pub enum Edit {
    /// A text in the place of another.
    Replace {
        /// The place; an empty one to put something in.
        at: Location,
        /// The text.
        text: String,
    },
    /// A key of a TOML file is set.
    Set {
        /// The file.
        source: Arc<Source>,
        /// The key, from the top of the file.
        keys: Vec<String>,
        /// Its value.
        value: New,
    },
}

/// A value to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum New {
    /// A string.
    Text(&'static str),
    /// A truth value.
    Truth(bool),
}

impl Edit {
    /// A key of a TOML file is set.
    #[must_use]
    pub fn set(source: &Arc<Source>, keys: &[&str], value: New) -> Self {
        Self::Set {
            source: Arc::clone(source),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            value,
        }
    }

    /// The file.
    #[must_use]
    pub fn source(&self) -> &Arc<Source> {
        match self {
            Self::Replace { at, .. } => at.source(),
            Self::Set { source, .. } => source,
        }
    }

    /// The text of the file with this edit, where earlier ones have made `text` of it. `None` where it
    /// does not fit any more.
    #[must_use]
    pub fn apply(&self, text: &str) -> Option<String> {
        match self {
            Self::Replace { at, text: new } => {
                let Range { start, end } = at.bytes();
                let fits = text == at.source().text();
                let new = if text.contains("\r\n") { new.replace('\n', "\r\n") } else { new.clone() };
                fits.then(|| [&text[..start], &new, &text[end..]].concat())
            }
            Self::Set { keys, value, .. } => {
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                let value = match value {
                    New::Text(text) => Scalar::Text(text),
                    New::Truth(truth) => Scalar::Truth(*truth),
                };
                set(text, &keys, value)
            }
        }
    }

    /// The smallest place whose text changes, and what stands there then.
    #[must_use]
    pub fn replacement(&self) -> Option<(Location, String)> {
        let (source, text) = (self.source(), self.source().text());
        let new = self.apply(text)?;
        let same = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| {
            a.zip(b).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum::<usize>()
        };
        let start = same(&mut text.chars(), &mut new.chars());
        let end = same(&mut text[start..].chars().rev(), &mut new[start..].chars().rev());
        Some((source.at(start..text.len() - end), new[start..new.len() - end].to_owned()))
    }
}

/// The files that fixes change, by path, each with its new text. Of edits that get in each other's way the
/// first one holds.
#[must_use]
pub fn apply<'a>(fixes: impl IntoIterator<Item = &'a Fix>) -> BTreeMap<String, (Arc<Source>, String)> {
    let mut by_file: BTreeMap<String, Vec<&Edit>> = BTreeMap::new();
    for edit in fixes.into_iter().flat_map(|fix| &fix.edits) {
        by_file.entry(edit.source().path().to_owned()).or_default().push(edit);
    }
    let changed = by_file.into_iter().map(|(path, edits)| {
        let source = Arc::clone(edits[0].source());
        let mut text = source.text().to_owned();
        let mut places: Vec<(Location, String)> = Vec::new();
        for edit in edits.iter().filter(|edit| matches!(edit, Edit::Replace { .. })) {
            let apart = |at: &Location| {
                places.iter().all(|(known, _)| {
                    known.bytes().end < at.bytes().start || at.bytes().end < known.bytes().start
                })
            };
            places.extend(edit.replacement().filter(|(at, _)| apart(at)));
        }
        // From the end, so that places before stay where they are.
        places.sort_by_key(|(at, _)| std::cmp::Reverse(at.bytes().start));
        for (at, new) in places {
            text.replace_range(at.bytes(), &new);
        }
        for edit in edits.iter().filter(|edit| matches!(edit, Edit::Set { .. })) {
            text = edit.apply(&text).unwrap_or(text);
        }
        (path, (source, text))
    });
    changed.filter(|(_, (source, text))| source.text() != text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_told_by_the_smallest_place() {
        let source = Source::new("Cargo.toml", "[profile.release]\nlto = true\n\n[z]\n");
        let edit = Edit::set(&source, &["profile", "release", "overflow-checks"], New::Truth(true));
        let (at, text) = edit.replacement().expect("a replacement");
        assert_eq!((at.bytes(), text.as_str()), (29..29, "overflow-checks = true\n"));
        let edit = Edit::Replace { at: source.at(24..28), text: "false".to_owned() };
        let (at, text) = edit.replacement().expect("a replacement");
        assert_eq!((at.snippet(), text.as_str()), ("tru", "fals"));
    }

    #[test]
    fn many_edits_of_one_file_hold_together() {
        let source = Source::new("Cargo.toml", "[lints.rust]\na = 1\nb = 2\n");
        let replace = |bytes: Range<usize>, text: &str| Fix {
            what: String::new(),
            edits: vec![Edit::Replace { at: source.at(bytes), text: text.to_owned() }],
        };
        let set = Fix {
            what: String::new(),
            edits: vec![Edit::set(&source, &["lints", "rust", "c"], New::Text("x"))],
        };
        let fixes = [replace(17..18, "10"), replace(23..24, "20"), set, replace(17..18, "99")];
        let changed = apply(&fixes);
        let (_, text) = changed.get("Cargo.toml").expect("a change");
        assert_eq!(text, "[lints.rust]\na = 10\nb = 20\nc = \"x\"\n");
        assert!(apply(&[replace(17..18, "1")]).is_empty(), "what changes nothing is no change");
    }

    #[test]
    fn an_edit_by_place_does_not_fit_a_text_that_was_changed() {
        let source = Source::new("a.rs", "fn a() {}\n");
        let edit = Edit::Replace { at: source.at(0..0), text: "#![x]\n".to_owned() };
        assert_eq!(edit.apply("fn a() {}\n").as_deref(), Some("#![x]\nfn a() {}\n"));
        assert_eq!(edit.apply("fn b() {}\n"), None);
    }
}
