//! Since when lints exist, and what became of those that exist no more.
//!
//! `since.txt` holds facts, not judgement: the release of every lint of Clippy as its sources of 22 August 2026
//! state it (`1.0` stands for all before 1.29), that of the compiler's lints where its release notes up to 1.95 tell of
//! the addition, and the old names of both. A lint of the compiler without a release in the list may be of any age.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::known;

/// The newest release whose lints are all in the list, as a minor version of Rust 1.
pub const NEWEST: u64 = 99;

/// What is known of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A lint, and the minor version of Rust 1 that brought it, where that is known.
    Lint(Option<u64>),
    /// A group of lints.
    Group,
    /// The old name of another lint.
    Renamed(&'static str),
    /// It existed once.
    Removed,
    /// No lint of the compiler or of Clippy. Of other tools nothing is known, and nothing is said.
    Unknown,
}

struct Ages {
    since: BTreeMap<&'static str, u64>,
    renamed: BTreeMap<&'static str, &'static str>,
    removed: Vec<&'static str>,
}

static AGES: LazyLock<Ages> = LazyLock::new(|| read(include_str!("since.txt")));

fn read(list: &'static str) -> Ages {
    let mut ages = Ages { since: BTreeMap::new(), renamed: BTreeMap::new(), removed: Vec::new() };
    for (head, lints) in list.lines().filter_map(|line| line.split_once(": ")) {
        let lints = lints.split(' ');
        match head {
            "removed" => ages.removed.extend(lints),
            "renamed" => ages.renamed.extend(lints.filter_map(|pair| pair.split_once('='))),
            release => {
                let minor = release.strip_prefix("1.").and_then(|minor| minor.parse().ok()).unwrap_or(0);
                ages.since.extend(lints.map(|lint| (lint, minor)));
            }
        }
    }
    ages
}

/// What is known of the name of a lint or a group.
#[must_use]
pub fn standing(name: &str) -> Standing {
    let since = AGES.since.get(name).copied();
    if known::is_group(name) {
        Standing::Group
    } else if since.is_some() || known::is_lint(name) {
        Standing::Lint(since)
    } else if let Some(new) = AGES.renamed.get(name) {
        Standing::Renamed(new)
    } else if AGES.removed.contains(&name) {
        Standing::Removed
    } else {
        Standing::Unknown
    }
}

/// Names of lints and groups, for suggestions.
pub fn names() -> impl Iterator<Item = &'static str> {
    AGES.since.keys().copied().chain(known::lints())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        assert_eq!(standing("clippy::unwrap_used"), Standing::Lint(Some(45)));
        assert_eq!(standing("unsafe_op_in_unsafe_fn"), Standing::Lint(Some(52)));
        assert_eq!(standing("unsafe_code"), Standing::Lint(None));
        assert_eq!(standing("clippy::restriction"), Standing::Group);
        assert_eq!(standing("clippy::cast_ref_to_mut"), Standing::Renamed("invalid_reference_casting"));
        assert_eq!(standing("clippy::regex_macro"), Standing::Removed);
        for unknown in ["clippy::unwrap_use", "unwrap_used", "", "clippy::", "renamed", "1.45"] {
            assert_eq!(standing(unknown), Standing::Unknown, "{unknown}");
        }
    }

    /// The two lists come from different places: each is held against the other.
    #[test]
    fn the_two_lists_agree() {
        let here = known::lints().filter(|lint| lint.starts_with("clippy::"));
        let without: Vec<_> = here.filter(|lint| !AGES.since.contains_key(lint)).collect();
        let taken_out = |lint: &&&str| AGES.removed.contains(*lint) || AGES.renamed.contains_key(**lint);
        assert!(without.iter().all(|lint| taken_out(&lint)), "{without:?}");
        let old = AGES.since.iter().filter(|(_, minor)| **minor <= 95);
        let missing: Vec<_> = old.filter(|(lint, _)| !known::is_lint(lint)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let newest = AGES.since.values().max();
        assert_eq!(newest, Some(&NEWEST));
        let lost: Vec<_> =
            AGES.renamed.values().filter(|new| !matches!(standing(new), Standing::Lint(_))).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }
}
