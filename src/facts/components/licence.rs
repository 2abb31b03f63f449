//! Licence expressions, as manifests declare them. No text of a licence is looked at.
//!
//! Read as SPDX expressions, with what crates.io has taken in besides: `/` for `OR`, `+` behind a
//! licence of the GNU family, identifiers that newer lists call deprecated. Names that are only like an
//! identifier (`apache2`) are refused: a register must not guess.

use spdx::{Expression as Parsed, Licensee, ParseMode};

const MODE: ParseMode = ParseMode {
    allow_slash_as_or_operator: true,
    allow_imprecise_license_names: false,
    allow_postfix_plus_on_gpl: true,
    allow_deprecated: true,
    allow_unknown: false,
};

/// What a manifest says of the licence.
#[derive(Debug, Clone)]
pub enum Licence {
    /// A valid expression.
    Parsed(Expression),
    /// Something else, and why.
    Invalid(String),
    /// Nothing.
    Absent,
}

/// A valid licence expression.
#[derive(Debug, Clone)]
pub struct Expression(Box<Parsed>);

impl Licence {
    /// Reads what a manifest declares.
    #[must_use]
    pub fn read(declared: Option<&str>) -> Self {
        let Some(text) = declared.map(str::trim).filter(|text| !text.is_empty()) else { return Self::Absent };
        match Parsed::parse_mode(text, MODE) {
            Ok(expression) => Self::Parsed(Expression(Box::new(expression))),
            Err(error) => {
                // What is wrong stands at a range of bytes that may hold anything.
                let part = text.get(error.span).map(str::trim).unwrap_or_default();
                let part = if part.is_empty() { text } else { part };
                Self::Invalid(format!("`{part}`: {}", error.reason))
            }
        }
    }
}

impl Expression {
    /// The expression as the SPDX specification writes it: operators as words in capitals.
    #[must_use]
    pub fn text(&self) -> String {
        let spaced = Parsed::as_ref(&self.0).replace('/', " OR ");
        let words = spaced.split_whitespace().map(|word| {
            let operator = ["AND", "OR", "WITH"].into_iter().find(|name| name.eq_ignore_ascii_case(word));
            operator.unwrap_or(word)
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// Every licence it names, with its exception, in the order written, each once.
    #[must_use]
    pub fn licences(&self) -> Vec<String> {
        let mut licences: Vec<String> = Vec::new();
        for named in self.0.requirements() {
            let licence = named.req.to_string();
            if !licences.contains(&licence) {
                licences.push(licence);
            }
        }
        licences
    }

    /// True when a choice among the allowed licences meets it. What is no licence allows nothing.
    #[must_use]
    pub fn is_met_by<'a>(&self, allowed: impl IntoIterator<Item = &'a str>) -> bool {
        let allowed: Vec<Licensee> = allowed.into_iter().filter_map(licensee).collect();
        self.0.evaluate(|wanted| allowed.iter().any(|licence| licence.satisfies(wanted)))
    }
}

/// True for the identifier of one licence, with or without an exception: `Apache-2.0 WITH
/// LLVM-exception`.
#[must_use]
pub fn is_licence(text: &str) -> bool {
    licensee(text).is_some()
}

fn licensee(text: &str) -> Option<Licensee> {
    Licensee::parse_mode(text, MODE).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Expression {
        match Licence::read(Some(text)) {
            Licence::Parsed(expression) => expression,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn expressions_of_crates_io_are_read() {
        for (text, canonical, licences) in [
            ("MIT", "MIT", &["MIT"][..]),
            ("MIT/Apache-2.0", "MIT OR Apache-2.0", &["MIT", "Apache-2.0"]),
            ("MIT / Apache-2.0", "MIT OR Apache-2.0", &["MIT", "Apache-2.0"]),
            (
                "(MIT or Apache-2.0) and Unicode-3.0",
                "(MIT OR Apache-2.0) AND Unicode-3.0",
                &["MIT", "Apache-2.0", "Unicode-3.0"],
            ),
            (
                "Apache-2.0 WITH LLVM-exception OR MIT",
                "Apache-2.0 WITH LLVM-exception OR MIT",
                &["Apache-2.0 WITH LLVM-exception", "MIT"],
            ),
            ("LicenseRef-Ours", "LicenseRef-Ours", &["LicenseRef-Ours"]),
        ] {
            let expression = parsed(text);
            assert_eq!(expression.text(), canonical);
            assert_eq!(expression.licences(), licences, "{text}");
        }
        assert_eq!(parsed("GPL-3.0+").licences(), ["GPL-3.0-or-later"]);
    }

    #[test]
    fn what_is_no_expression_is_said_to_be_none() {
        for text in ["apache2", "MIT OR", "(MIT", "MIT Apache-2.0", "See LICENSE é", "MIT OR nonfree"] {
            assert!(matches!(Licence::read(Some(text)), Licence::Invalid(why) if !why.is_empty()), "{text}");
        }
        for absent in [None, Some(""), Some("  ")] {
            assert!(matches!(Licence::read(absent), Licence::Absent));
        }
    }

    #[test]
    fn a_choice_is_met_by_one_licence_and_a_sum_by_all() {
        for (text, allowed, met) in [
            ("MIT OR GPL-3.0-only", &["MIT"][..], true),
            ("MIT AND Zlib", &["MIT"], false),
            ("MIT AND Zlib", &["MIT", "Zlib"], true),
            ("Apache-2.0 WITH LLVM-exception", &["Apache-2.0"], false),
            ("Apache-2.0 WITH LLVM-exception", &["Apache-2.0 WITH LLVM-exception"], true),
            ("MIT", &["mit", ""], false),
            ("MIT", &[], false),
        ] {
            assert_eq!(parsed(text).is_met_by(allowed.iter().copied()), met, "{text} {allowed:?}");
        }
        assert!(is_licence("MIT") && is_licence("LicenseRef-Ours") && !is_licence("MIT OR Zlib"));
    }

    #[test]
    fn every_prefix_is_read_or_refused() {
        let text = "(MIT/Apache-2.0 WITH LLVM-exception) AND GPL-3.0+ OR LicenseRef-é";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            if let Licence::Parsed(expression) = Licence::read(Some(&text[..end])) {
                assert!(!expression.licences().is_empty());
                let _ = expression.is_met_by(["MIT"]);
            }
        }
    }
}
