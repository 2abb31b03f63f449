//! Lints the compiler and Clippy know: the groups they are in, and their levels by default.
//!
//! The list is what `clippy-driver -Whelp` prints, written down by a test. A lint that is newer
//! than the list is in no group here: an entry that names it still counts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::LintLevel;

/// The release of the compiler that was asked.
#[cfg(test)]
const RELEASE: &str = "1.95.0";

/// Categories of Clippy, with the level of their lints by default. Every lint is in one.
const CATEGORIES: &[(&str, LintLevel, bool)] = &[
    ("clippy::correctness", LintLevel::Deny, true),
    ("clippy::suspicious", LintLevel::Warn, true),
    ("clippy::style", LintLevel::Warn, true),
    ("clippy::complexity", LintLevel::Warn, true),
    ("clippy::perf", LintLevel::Warn, true),
    ("clippy::pedantic", LintLevel::Allow, false),
    ("clippy::restriction", LintLevel::Allow, false),
    ("clippy::nursery", LintLevel::Allow, false),
    ("clippy::cargo", LintLevel::Allow, false),
];

#[derive(Default)]
struct Known {
    /// The groups of each lint.
    groups: BTreeMap<&'static str, Vec<&'static str>>,
    /// Names of groups.
    names: Vec<&'static str>,
    /// The level of each lint of the compiler by default.
    defaults: BTreeMap<&'static str, LintLevel>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| read(include_str!("known.txt")));

/// Reads the list: `name: lint lint ...` is a group, `=level: lint ...` a level by default.
fn read(list: &'static str) -> Known {
    let mut known = Known::default();
    for (head, lints) in list.lines().filter_map(|line| line.split_once(": ")) {
        match head {
            "=allow" => known.defaults.extend(lints.split(' ').map(|lint| (lint, LintLevel::Allow))),
            "=warn" => known.defaults.extend(lints.split(' ').map(|lint| (lint, LintLevel::Warn))),
            "=deny" => known.defaults.extend(lints.split(' ').map(|lint| (lint, LintLevel::Deny))),
            group => {
                known.names.push(group);
                for lint in lints.split(' ') {
                    known.groups.entry(lint).or_default().push(group);
                }
            }
        }
    }
    known
}

/// True when an entry about `named` speaks of `lint` too: the lint itself, or a group it is in.
#[must_use]
pub fn speaks_of(named: &str, lint: &str) -> bool {
    if named == lint {
        return true;
    }
    let groups = KNOWN.groups.get(lint).map(Vec::as_slice).unwrap_or_default();
    groups.contains(&named)
        || (named == "clippy::all"
            && CATEGORIES.iter().any(|(group, _, all)| *all && (groups.contains(group) || *group == lint)))
}

/// True for the name of a group, `warnings` among them.
#[must_use]
pub fn is_group(name: &str) -> bool {
    matches!(name, "warnings" | "clippy::all") || KNOWN.names.contains(&name)
}

/// True for the name of a lint of the release that was asked.
#[must_use]
pub fn is_lint(name: &str) -> bool {
    KNOWN.defaults.contains_key(name) || (name.contains("::") && KNOWN.groups.contains_key(name))
}

/// Every lint of the release that was asked.
pub fn lints() -> impl Iterator<Item = &'static str> {
    let tools = KNOWN.groups.keys().copied().filter(|name| name.contains("::"));
    KNOWN.defaults.keys().copied().chain(tools)
}

/// The level of a lint, or of all lints of a group, when nobody says anything: silent where it is
/// not known.
#[must_use]
pub fn default_level(name: &str) -> LintLevel {
    if matches!(name, "warnings" | "unused" | "nonstandard_style" | "clippy::all") {
        return LintLevel::Warn;
    }
    let category = |wanted: &str| CATEGORIES.iter().find(|(group, ..)| *group == wanted);
    let groups = KNOWN.groups.get(name).map(Vec::as_slice).unwrap_or_default();
    KNOWN
        .defaults
        .get(name)
        .copied()
        .or_else(|| category(name).map(|(_, level, _)| *level))
        .or_else(|| groups.iter().find_map(|group| category(group)).map(|(_, level, _)| *level))
        .unwrap_or(LintLevel::Allow)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::process::Command;

    use super::*;

    #[test]
    fn groups_and_defaults_are_told() {
        assert!(speaks_of("clippy::all", "clippy::uninit_vec"));
        assert!(speaks_of("clippy::correctness", "clippy::uninit_vec"));
        assert!(speaks_of("clippy::all", "clippy::correctness"));
        assert!(!speaks_of("clippy::all", "clippy::unwrap_used"));
        assert!(speaks_of("unused", "unused_must_use"));
        assert!(!speaks_of("warnings", "unsafe_code"));
        assert_eq!(default_level("unsafe_code"), LintLevel::Allow);
        assert_eq!(default_level("unused_must_use"), LintLevel::Warn);
        assert_eq!(default_level("clippy::uninit_vec"), LintLevel::Deny);
        assert_eq!(default_level("clippy::unwrap_used"), LintLevel::Allow);
        assert_eq!(default_level("of_the_future"), LintLevel::Allow);
        assert!(is_group("clippy::pedantic") && !is_group("clippy::unwrap_used"));
    }

    /// Writes the list anew with `SNAPSHOTS=overwrite`.
    #[test]
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    fn the_list_is_what_the_compiler_says() {
        let Some(list) = ask_the_compiler() else {
            eprintln!("skipped: there is no clippy-driver {RELEASE}");
            return;
        };
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/facts/lints/known.txt");
        if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
            std::fs::write(file, &list).expect("the list can be written");
        }
        assert!(list == include_str!("known.txt"), "known.txt is stale: run with SNAPSHOTS=overwrite");
    }

    fn ask_the_compiler() -> Option<String> {
        let ask = |word: &str| {
            let output = Command::new("clippy-driver").arg(word).output().ok()?;
            String::from_utf8(output.stdout).ok()
        };
        let rustc = Command::new("rustc").arg("-V").output().ok()?;
        let release = String::from_utf8(rustc.stdout).ok()?;
        release.starts_with(&format!("rustc {RELEASE} ")).then_some(())?;
        let help = ask("-Whelp").filter(|help| help.contains("clippy::all"))?;
        let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut in_groups = false;
        for line in help.lines() {
            in_groups |= line.starts_with("Lint groups");
            in_groups &= !line.starts_with("Lint checks");
            let Some((name, rest)) = line.trim().split_once("  ") else { continue };
            let name = name.replace('-', "_");
            match rest.split_whitespace().next() {
                Some(level @ ("allow" | "warn" | "deny")) if !in_groups && !name.contains("::") => {
                    lists.entry(format!("={level}")).or_default().push(name);
                }
                _ if in_groups && !matches!(name.as_str(), "name" | "____" | "warnings" | "clippy::all") => {
                    let members = rest.split(", ").map(|lint| lint.trim().replace('-', "_"));
                    lists.insert(name, members.collect());
                }
                _ => {}
            }
        }
        Some(lists.iter_mut().fold(String::new(), |mut list, (name, lints)| {
            lints.sort();
            let _ = writeln!(list, "{name}: {}", lints.join(" "));
            list
        }))
    }
}
