//! What stands at the start of each crate root: the unstable features that it switches on, and where
//! another attribute can be put.
//!
//! Read by the lexer, so that a root which a stable parser refuses is read all the same. Features in a
//! `cfg_attr` are left out: documentation servers and coverage runs switch them on, the product's build
//! does not.

use std::ops::Range;
use std::sync::Arc;

use ra_ap_rustc_lexer::{DocStyle, FrontmatterAllowed, TokenKind, strip_shebang, tokenize};

use crate::source::{Location, Placed, Source};

use super::code::Code;

/// The starts of crate roots.
#[derive(Debug, Default)]
pub struct Roots {
    /// One for each unit whose root was read.
    pub all: Vec<Root>,
}

/// The start of a crate root.
#[derive(Debug)]
pub struct Root {
    /// Index into the units of the code.
    pub unit: usize,
    /// Unstable features that it switches on.
    pub features: Vec<Placed<String>>,
    /// Where another inner attribute can be put.
    pub gap: Location,
    /// What must stand before it and behind it there.
    pub around: (&'static str, &'static str),
}

impl Roots {
    /// The root of a unit.
    #[must_use]
    pub fn of(&self, unit: usize) -> Option<&Root> {
        self.all.iter().find(|root| root.unit == unit)
    }
}

/// Reads the roots of all units.
#[must_use]
pub fn gather(code: &Code) -> Roots {
    let roots = code.units.iter().enumerate();
    Roots { all: roots.filter_map(|(unit, of)| Some(read(unit, of.root.as_ref()?))).collect() }
}

fn read(unit: usize, source: &Arc<Source>) -> Root {
    let text = source.text();
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut start = mark + strip_shebang(&text[mark..]).unwrap_or(0);
    if start > mark && text[start..].starts_with('\n') {
        start += 1;
    }
    let words = words(text, start);
    let (at, around) = gap(text, start, &words);
    let features = features(&words, text).into_iter();
    let features =
        features.map(|bytes| Placed { value: text[bytes.clone()].to_owned(), at: source.at(bytes) });
    Root { unit, features: features.collect(), gap: source.at(at..at), around }
}

/// A token but for white space: what it is, and its place.
type Word = (TokenKind, Range<usize>);

/// Tokens up to the end of the inner attributes, and one more.
fn words(text: &str, start: usize) -> Vec<Word> {
    let mut at = start;
    let mut words: Vec<Word> = Vec::new();
    let mut depth = 0_usize;
    let mut state = 0;
    for token in tokenize(&text[start..], FrontmatterAllowed::No) {
        let bytes = at..at + token.len as usize;
        at = bytes.end;
        match token.kind {
            TokenKind::Whitespace => continue,
            kind if is_comment(kind) => {}
            // `#`, `!`, `[`, then whatever the brackets hold.
            TokenKind::Pound if state == 0 => state = 1,
            TokenKind::Bang if state == 1 => state = 2,
            TokenKind::OpenBracket if state == 2 => (state, depth) = (3, 1),
            kind if state == 3 => {
                match kind {
                    TokenKind::OpenBracket | TokenKind::OpenParen | TokenKind::OpenBrace => depth += 1,
                    TokenKind::CloseBracket | TokenKind::CloseParen | TokenKind::CloseBrace => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    state = 0;
                }
            }
            kind => {
                words.push((kind, bytes));
                break;
            }
        }
        words.push((token.kind, bytes));
    }
    words
}

fn is_comment(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::LineComment { .. } | TokenKind::BlockComment { .. })
}

/// The features that the inner attributes name.
fn features(words: &[Word], text: &str) -> Vec<Range<usize>> {
    let words: Vec<&Word> = words.iter().filter(|(kind, _)| !is_comment(*kind)).collect();
    let mut found = Vec::new();
    for (at, (_, bytes)) in words.iter().enumerate() {
        let begins = at >= 3
            && text[bytes.clone()] == *"feature"
            && words[at - 3..at].iter().map(|(_, bytes)| &text[bytes.clone()]).eq(["#", "!", "["]);
        if begins {
            let named = [TokenKind::OpenParen, TokenKind::Ident, TokenKind::Comma];
            let inside = words[at + 1..].iter().take_while(|(kind, _)| named.contains(kind));
            found
                .extend(inside.filter(|(kind, _)| *kind == TokenKind::Ident).map(|(_, bytes)| bytes.clone()));
        }
    }
    found
}

/// Where another inner attribute can be put, and what must stand around it: before the first one, else
/// behind the documentation of the crate, else before the first item and what belongs to it.
fn gap(text: &str, start: usize, words: &[Word]) -> (usize, (&'static str, &'static str)) {
    let is_inner = |kind: TokenKind| {
        matches!(
            kind,
            TokenKind::LineComment { doc_style: Some(DocStyle::Inner) }
                | TokenKind::BlockComment { doc_style: Some(DocStyle::Inner), .. }
        )
    };
    let first = words.iter().position(|(kind, _)| !is_comment(*kind));
    if let Some(at) = first
        && words[at].0 == TokenKind::Pound
        && words.get(at + 1).is_some_and(|(kind, _)| *kind == TokenKind::Bang)
    {
        return (words[at].1.start, ("", "\n"));
    }
    let before = &words[..first.unwrap_or(words.len())];
    if let Some((_, documentation)) = before.iter().rfind(|(kind, _)| is_inner(*kind)) {
        return (documentation.end, ("\n\n", ""));
    }
    // A comment that a blank line follows stands by itself, as a licence does.
    let mut at = start;
    for (_, comment) in before {
        let rest = &text[comment.end..];
        let blank = rest.len() - rest.trim_start_matches(['\n', '\r', ' ', '\t']).len();
        if rest[..blank].matches('\n').count() > 1 {
            at = comment.end + blank;
        }
    }
    (at, ("", if text[at..].trim().is_empty() { "\n" } else { "\n\n" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let root = read(0, &Source::new("lib.rs", text));
        let found = root.features.iter().map(|name| format!("{}:{}", name.at.line(), name.value));
        found.collect::<Vec<_>>().join(" ")
    }

    fn with(text: &str) -> String {
        let root = read(0, &Source::new("lib.rs", text));
        let at = root.gap.bytes().start;
        format!("{}{}#![x]{}{}", &text[..at], root.around.0, root.around.1, &text[at..])
    }

    #[test]
    fn features_at_the_start_of_a_root_are_read() {
        assert_eq!(told("#![feature(never_type, asm_goto)]\n"), "1:never_type 1:asm_goto");
        assert_eq!(
            told(
                "\u{feff}#!/usr/bin/env run\n//! A crate.\n#![doc = \"]\"]\n#![feature(a,)] /* x */\n\n#![feature(\n  b\n)]\nmod c;"
            ),
            "4:a 7:b"
        );
        assert_eq!(
            told("#![cfg_attr(docsrs, feature(doc_cfg))]\n#![allow(x)]\n#[cfg(feature = \"a\")]\nmod b;"),
            ""
        );
        assert_eq!(told("mod a;\n#![feature(late)]"), "", "the compiler refuses it here");
    }

    #[test]
    fn an_attribute_fits_in_without_tearing_anything_apart() {
        for (text, expected) in [
            ("", "#![x]\n"),
            ("fn main() {}\n", "#![x]\n\nfn main() {}\n"),
            ("//! A.\n//! B.\n\nmod a;\n", "//! A.\n//! B.\n\n#![x]\n\nmod a;\n"),
            ("//! A.\nmod a;\n", "//! A.\n\n#![x]\nmod a;\n"),
            ("//! A.\n#![y]\nmod a;\n", "//! A.\n#![x]\n#![y]\nmod a;\n"),
            ("#![y]\n//! A.\n", "#![x]\n#![y]\n//! A.\n"),
            ("// Licence\n\n/// A.\nfn a() {}\n", "// Licence\n\n#![x]\n\n/// A.\nfn a() {}\n"),
            ("// About a.\nfn a() {}\n", "#![x]\n\n// About a.\nfn a() {}\n"),
            ("/// A.\n#[test]\nfn a() {}\n", "#![x]\n\n/// A.\n#[test]\nfn a() {}\n"),
            ("#!/bin/sh\nfn a() {}\n", "#!/bin/sh\n#![x]\n\nfn a() {}\n"),
            ("\u{feff}fn a() {}\n", "\u{feff}#![x]\n\nfn a() {}\n"),
            ("/* a */ /*! b */ fn c() {}", "/* a */ /*! b */\n\n#![x] fn c() {}"),
        ] {
            assert_eq!(with(text), expected);
        }
    }

    #[test]
    fn no_beginning_of_a_root_is_too_odd_to_read() {
        let text = "#!shebang\n//! d\n#![feature(a, b)]#![x = \"\\\"]\"] #![feature((c))] 'a r#\"";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            with(&text[..end]);
        }
        assert_eq!(told(&"#![".repeat(100_000)), "");
        assert!(told(&"#![feature(".repeat(100_000)).is_empty());
    }
}
