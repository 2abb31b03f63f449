//! Unstable features of the language: what crate roots switch on with `#![feature(..)]`.
//!
//! Read by the lexer from the attributes at the start of a crate root, so that a root which a stable
//! parser refuses is read all the same. What stands in a `cfg_attr` is left out: documentation
//! servers and coverage runs switch it on, the product's build does not.

use std::sync::Arc;

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, strip_shebang, tokenize};

use crate::source::{Placed, Source};

use super::code::Code;

/// Features that crate roots switch on.
#[derive(Debug, Default)]
pub struct Nightly {
    /// Each with the index of its unit.
    pub features: Vec<(usize, Placed<String>)>,
}

/// Reads the roots of all units.
#[must_use]
pub fn gather(code: &Code) -> Nightly {
    let roots = code.units.iter().enumerate().filter_map(|(unit, of)| Some((unit, of.root.as_ref()?)));
    let features = roots.flat_map(|(unit, root)| features(root).into_iter().map(move |name| (unit, name)));
    Nightly { features: features.collect() }
}

/// The features that the inner attributes at the start of a file name.
fn features(source: &Arc<Source>) -> Vec<Placed<String>> {
    let text = source.text();
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let start = mark + strip_shebang(&text[mark..]).unwrap_or(0);
    let mut at = start;
    let words = tokenize(&text[start..], FrontmatterAllowed::No).filter_map(|token| {
        let bytes = at..at + token.len as usize;
        at = bytes.end;
        let blank = matches!(
            token.kind,
            TokenKind::Whitespace | TokenKind::LineComment { .. } | TokenKind::BlockComment { .. }
        );
        (!blank).then(|| (&text[bytes.clone()], bytes))
    });
    let mut found = Vec::new();
    let mut words = words.peekable();
    while let (Some(("#", _)), Some(("!", _)), Some(("[", _))) = (words.next(), words.next(), words.next()) {
        let names = words.peek().is_some_and(|(word, _)| *word == "feature");
        let mut depth = 1;
        for (word, bytes) in words.by_ref() {
            match word {
                "[" | "(" | "{" => depth += 1,
                "]" | ")" | "}" => depth -= 1,
                word if names && depth == 2 && word != "," => {
                    found.push(Placed { value: word.to_owned(), at: source.at(bytes) });
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let found = features(&Source::new("lib.rs", text)).into_iter();
        found.map(|name| format!("{}:{}", name.at.line(), name.value)).collect::<Vec<_>>().join(" ")
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
    fn no_beginning_of_a_root_is_too_odd_to_read() {
        let text = "#!shebang\n#![feature(a, b)]#![x = \"\\\"]\"] #![feature((c))] 'a r#\"";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            told(&text[..end]);
        }
        assert_eq!(told(&"#![".repeat(100_000)), "");
    }
}
