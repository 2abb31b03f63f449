//! Names: which are well known, and which are made to be mistaken for one that is.
//!
//! The checks are those of the typomania crate, which crates.io runs on what is published. They are asked with
//! a short list of well-known names, so that a false alarm is rare and a miss is possible.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use typomania::checks::{Bitflips, Omitted, Repeated, SwappedCharacters, SwappedWords, Typos};
use typomania::{AuthorSet, Corpus, Harness, Package};

/// The embedded list.
static KNOWN: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let lines = include_str!("../../../rules/names.txt").lines();
    lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
});

/// Shorter names are near each other without anybody's intent.
const SHORTEST: usize = 5;

const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789-_";

/// True for the name of a package on crates.io that many use.
#[must_use]
pub fn is_well_known(name: &str) -> bool {
    KNOWN.contains(name)
}

/// For each name the well-known one that it is made to be mistaken for, if there is one. Names that are well
/// known themselves are theirs by right.
pub fn resembling<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<(&'a str, String)> {
    let mut names = names.into_iter().filter(|name| !is_well_known(name)).peekable();
    if names.peek().is_none() {
        return Vec::new();
    }
    let harness = harness();
    names.filter_map(|name| Some((name, resembled(&harness, name)?))).collect()
}

fn resembled(harness: &Harness<WellKnown>, name: &str) -> Option<String> {
    let plain = name.to_ascii_lowercase();
    let squats = harness.check_package(&plain, Box::new(Nobody)).ok()?;
    squats.iter().map(|squat| squat.package().to_owned()).filter(|known| deceives(&plain, known)).min()
}

/// False for differences that people make in good faith.
fn deceives(name: &str, known: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    // `sha2` and `sha3`, `prost` and `prost2`: another number says that it is another thing.
    let another_number = digits(name) != digits(known) && stem(name) == stem(known);
    // Whoever wants to be mistaken keeps the first letter: `deflate` is not made to be taken for `fdeflate`.
    let starts_alike = name.chars().next() == known.chars().next();
    starts_alike && name.len().min(known.len()) >= SHORTEST && !another_number
}

fn stem(name: &str) -> String {
    name.chars()
        .filter(|letter| !letter.is_ascii_digit())
        .collect::<String>()
        .trim_matches(['-', '_'])
        .to_owned()
}

fn harness() -> Harness<WellKnown> {
    // Letters that look alike, and one too many of any.
    let alike = [
        ('0', "o"),
        ('o', "0"),
        ('1', "l"),
        ('l', "1"),
        ('1', "i"),
        ('i', "1"),
        ('-', "_"),
        ('_', "-"),
        ('5', "s"),
        ('s', "5"),
    ];
    let typos = ALPHABET.chars().map(|letter| {
        let others = alike.iter().filter(|(of, _)| *of == letter).map(|(_, other)| (*other).to_owned());
        (letter, others.chain([String::new()]).collect())
    });
    Harness::empty_builder()
        .with_check(Bitflips::new(ALPHABET, KNOWN.iter().copied()))
        .with_check(Omitted::new(ALPHABET))
        .with_check(Repeated)
        .with_check(SwappedCharacters)
        .with_check(SwappedWords::new("-_"))
        .with_check(Typos::new(typos))
        .build(WellKnown)
}

/// The embedded list as typomania asks for it; who publishes what is not known here.
struct WellKnown;

impl Corpus for WellKnown {
    fn contains_name(&self, name: &str) -> typomania::Result<bool> {
        Ok(is_well_known(name))
    }

    fn get(&self, name: &str) -> typomania::Result<Option<&dyn Package>> {
        Ok(is_well_known(name).then_some(&Nobody as &dyn Package))
    }
}

struct Nobody;

impl Package for Nobody {
    fn authors(&self) -> &dyn AuthorSet {
        self
    }

    fn description(&self) -> Option<&str> {
        None
    }

    fn shared_authors(&self, _other: &dyn AuthorSet) -> bool {
        false
    }
}

impl AuthorSet for Nobody {
    fn contains(&self, _author: &str) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_holds_names() {
        let lines: Vec<&str> =
            include_str!("../../../rules/names.txt").lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.len() > 500 && lines.is_sorted());
        let is_name = |line: &&str| line.chars().all(|c| ALPHABET.contains(c.to_ascii_lowercase()));
        assert!(lines.iter().all(|line| is_name(line) && !line.is_empty()));
    }

    #[test]
    fn deceptive_names_are_told_and_honest_ones_are_not() {
        let told = |name| resembling([name]).into_iter().next().map(|(_, known)| known);
        for (name, known) in [
            ("rustdecimal", "rust_decimal"),
            ("serde-json", "serde_json"),
            ("reqwset", "reqwest"),
            ("tokkio", "tokio"),
            ("hyperr", "hyper"),
            ("byteroder", "byteorder"),
        ] {
            assert_eq!(told(name).as_deref(), Some(known), "{name}");
        }
        for name in ["serde", "tokio", "pump", "sha4", "gauge", "syn2", "time2", "infusion-pump", "logs"] {
            assert_eq!(told(name), None, "{name}");
        }
    }

    #[test]
    fn hostile_names_do_no_harm() {
        for name in ["", "-", "é", "_____", &"a".repeat(10_000), "serde\u{0}json", "日本語-crate"] {
            let _ = resembling([name]);
        }
    }
}
