//! Whether a finding was there before: in an earlier state, or in a record of what is left over.
//!
//! A finding is known again by its rule, what it says and the text at its place, never by a line number, as long as
//! either the file or the item it is in has kept its name: code that is moved to another file, and a function that is
//! renamed, raise nothing new. Outside of code the item has to be the same. Each that was there before is used up by
//! one that is there now, so their number never grows unseen; and a finding that says something else than before,
//! such as a larger number, is not the same.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Finding;
use crate::policy::Leftover;

/// What a finding is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// The rule.
    pub rule: String,
    /// The file.
    pub path: String,
    /// The items, components or advisories it is about, the first of its subjects.
    pub item: String,
    /// What it says and the text at its place, without names and white space, as digits of a SHA-256.
    pub print: String,
}

impl Mark {
    /// The mark of a finding.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let mut hash = Sha256::new();
        for word in spoken(&finding.message).split_whitespace() {
            hash.update(word.as_bytes());
            hash.update([0]);
        }
        hash.update([1]);
        let item = finding.subjects.first().cloned().unwrap_or_default();
        // The text at the place is often the name of the item, which may have changed.
        let own = last_name(&item).to_owned();
        for word in finding.at.snippet().split(|c: char| !(c.is_alphanumeric() || c == '_')) {
            if !word.is_empty() && word != own {
                hash.update(word.as_bytes());
                hash.update([0]);
            }
        }
        let print = hash.finalize().iter().take(8).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Self { rule: finding.rule.id.to_owned(), path: finding.at.path().to_owned(), item, print }
    }

    /// True for the marks of one finding before and after a change.
    fn is_near(&self, other: &Self) -> bool {
        let named = |mark: &Self| !mark.item.is_empty();
        let same_file = self.path == other.path;
        // Code is renamed; a component or a key of a manifest that is another one is not the same by another name.
        if !self.is_code() || !other.is_code() {
            return self.item == other.item && (same_file || named(self));
        }
        same_file || (named(self) && named(other) && last_name(&self.item) == last_name(&other.item))
    }

    fn is_code(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extension == "rs")
    }
}

impl From<&Leftover> for Mark {
    fn from(entry: &Leftover) -> Self {
        Self {
            rule: entry.rule.value.clone(),
            path: entry.path.clone(),
            item: entry.item.clone(),
            print: entry.print.value.clone(),
        }
    }
}

/// Of each finding of today, the one before that it uses up, as an index into those before.
#[must_use]
pub fn matched(before: &[Mark], now: &[Mark]) -> Vec<Option<usize>> {
    let mut left: BTreeMap<(&str, &str), BTreeSet<usize>> = BTreeMap::new();
    let mut places: BTreeMap<&Mark, VecDeque<usize>> = BTreeMap::new();
    for (index, mark) in before.iter().enumerate() {
        left.entry((&mark.rule, &mark.print)).or_default().insert(index);
        places.entry(mark).or_default().push_back(index);
    }
    let mut matched = vec![None; now.len()];
    // The same place first: what stayed where it was must not be used up by what was moved. Nearly all stays.
    for (mark, found) in now.iter().zip(&mut matched) {
        *found = places.get_mut(mark).and_then(VecDeque::pop_front);
        if let (Some(index), Some(left)) = (found, left.get_mut(&(mark.rule.as_str(), mark.print.as_str()))) {
            left.remove(index);
        }
    }
    for fits in [(|a, b| a.item == b.item) as fn(&Mark, &Mark) -> bool, Mark::is_near] {
        for (mark, found) in now.iter().zip(&mut matched).filter(|(_, found)| found.is_none()) {
            let Some(left) = left.get_mut(&(mark.rule.as_str(), mark.print.as_str())) else { continue };
            let taken = left
                .iter()
                .copied()
                .find(|index| fits(&before[*index], mark) && before[*index].is_near(mark));
            *found = taken.filter(|index| left.remove(index));
        }
    }
    matched
}

/// The last name of a path such as `pump::net::serve`, without what follows a version.
fn last_name(item: &str) -> &str {
    item.rsplit("::").next().unwrap_or(item)
}

/// A message without the names in it, and without places: both change where nothing else does. Numbers stay.
fn spoken(message: &str) -> String {
    let outside = message.split('`').step_by(2);
    let is_place = |word: &&str| {
        let mut parts = word.split(':');
        parts.next().is_some_and(|path| path.contains(['/', '.']))
            && parts.next().is_some_and(|line| line.starts_with(|c: char| c.is_ascii_digit()))
    };
    outside.flat_map(str::split_whitespace).filter(|word| !is_place(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(path: &str, item: &str, print: &str) -> Mark {
        Mark { rule: "static_mut".into(), path: path.into(), item: item.into(), print: print.into() }
    }

    #[test]
    fn what_moved_or_was_renamed_is_known_again_and_what_is_more_is_not() {
        let before = [mark("a.rs", "pump::a::read", "1"), mark("a.rs", "pump::a::write", "1")];
        let moved = mark("b.rs", "pump::b::read", "1");
        let renamed = mark("a.rs", "pump::a::store", "1");
        let elsewhere = mark("c.rs", "pump::c::other", "1");
        assert_eq!(matched(&before, &[moved.clone(), renamed.clone()]), [Some(0), Some(1)]);
        assert_eq!(matched(&before, &[moved, renamed.clone(), renamed]), [Some(0), Some(1), None]);
        assert_eq!(matched(&before, &[elsewhere]), [None]);
        assert_eq!(matched(&before, &[mark("a.rs", "pump::a::read", "2")]), [None], "it says something else");
    }

    #[test]
    fn a_component_is_not_another_one_renamed() {
        let lock = |item| mark("Cargo.lock", item, "1");
        assert_eq!(matched(&[lock("heim@0.1.0")], &[lock("ntapi@0.3.7")]), [None]);
        assert_eq!(matched(&[lock("heim@0.1.0")], &[lock("heim@0.1.0")]), [Some(0)]);
    }

    #[test]
    fn what_stayed_keeps_its_own() {
        let before = [mark("a.rs", "pump::a::read", "1")];
        let now = [mark("a.rs", "pump::a::added", "1"), mark("a.rs", "pump::a::read", "1")];
        assert_eq!(matched(&before, &now), [None, Some(0)]);
    }

    #[test]
    fn names_and_places_do_not_count_and_numbers_do() {
        assert_eq!(spoken("`serve` has 5 faults, see src/a.rs:3:1 too"), "has 5 faults, see too");
        assert_ne!(spoken("`a` has 5 faults"), spoken("`a` has 6 faults"));
    }
}
