//! `[lints]` and `[workspace.lints]`, in the order in which cargo hands them to the compiler.

use std::cmp::Reverse;

use crate::document::{self, Entry, Value};
use crate::facts::workspace::Member;
use crate::facts::{Gap, Kind};
use crate::source::Location;

use super::{Level, LintLevel};

/// The entries of a lint table, first to last as the compiler hears them: by priority, then by
/// name from the end of the alphabet, whichever the tool. (So cargo 1.74 to 1.95 do it, and so `all`
/// comes behind most lints: a group beats a lint of the same priority.)
pub(super) fn levels(table: &Value, gaps: &mut Vec<Gap>) -> Vec<Level> {
    let mut levels = Vec::new();
    for tool in table.entries().iter().filter(|tool| tool.value.is_table() && tool.key != "cargo") {
        for entry in tool.value.entries() {
            match level(entry) {
                Some((level, priority)) => {
                    let name = entry.key.replace('-', "_");
                    let lint = if tool.key == "rust" { name } else { format!("{}::{name}", tool.key) };
                    levels.push((
                        priority,
                        Reverse(entry.key.clone()),
                        Level { lint, level, at: whole(entry) },
                    ));
                }
                None => gaps.push(refused(&entry.key_at, &entry.key)),
            }
        }
    }
    levels.sort_by(|a, b| (a.0, &a.1, &a.2.lint).cmp(&(b.0, &b.1, &b.2.lint)));
    levels.into_iter().map(|(_, _, level)| level).collect()
}

/// Whether a member inherits, where that is decided, and what its own table says.
pub(super) fn member(member: &Member, gaps: &mut Vec<Gap>) -> (bool, Location, Vec<Level>) {
    if let Err(error) = document::parse(&member.manifest.source) {
        let remedy = "mend the manifest: `cargo metadata` says what is wrong";
        gaps.push(
            Gap::new(
                Kind::Lints,
                member.manifest.source.path(),
                "the manifest can't be read, so its lint levels are not known",
                remedy,
            )
            .at(error.at),
        );
    }
    let Some(table) = member.manifest.value.entry("lints") else {
        return (false, member.name_at.clone(), Vec::new());
    };
    match table.value.entry("workspace") {
        Some(inherits) if inherits.value.as_bool() == Some(true) => (true, table.key_at.clone(), Vec::new()),
        _ => (false, table.key_at.clone(), levels(&table.value, gaps)),
    }
}

/// `lint = "level"` or `lint = { level = "level", priority = 0 }`.
fn level(entry: &Entry) -> Option<(LintLevel, i64)> {
    let word = entry.value.as_str().or_else(|| entry.value.get(&["level"])?.as_str())?;
    let priority = match entry.value.get(&["priority"]) {
        Some(number) => number.as_integer()?,
        None => 0,
    };
    // Cargo knows no `expect` here.
    LintLevel::named(word).filter(|level| *level != LintLevel::Expect).map(|level| (level, priority))
}

/// From the key to the end of the value.
fn whole(entry: &Entry) -> Location {
    let (key, value) = (entry.key_at.bytes(), entry.value.at().bytes());
    // The table of `[lints.rust.unsafe_code]` stands elsewhere.
    if value.start < key.end { entry.key_at.clone() } else { entry.key_at.source().at(key.start..value.end) }
}

fn refused(at: &Location, name: &str) -> Gap {
    let why = format!("the level of lint `{name}` is not one that cargo takes");
    Gap::new(Kind::Lints, at.path(), why, "write `allow`, `warn`, `deny` or `forbid`").at(at.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::lints::last_word;
    use crate::source::Source;

    const TABLE: &str = r#"
[rust]
unsafe_code = "forbid"
unused = "deny"
aaa_first = "allow"
zzz_last = { level = "warn", priority = 0 }
rust_2018_idioms = { level = "warn", priority = -1 }
dead-code = { level = "allow", priority = 5 }
unexpected_cfgs = { level = "warn", check-cfg = ["cfg(ci)"] }
[cargo]
something = "warn"
[clippy]
all = "warn"
uninit_vec = "deny"
"#;

    fn read(text: &str) -> (Vec<Level>, Vec<Gap>) {
        let table = document::parse(&Source::new("lints.toml", text)).expect("TOML");
        let mut gaps = Vec::new();
        (levels(&table, &mut gaps), gaps)
    }

    fn level_of(levels: &[Level], lint: &str) -> Option<LintLevel> {
        last_word(levels.iter(), lint).map(|level| level.level)
    }

    /// The order is the one seen in the output of `cargo check -v`, version 1.95.
    #[test]
    fn levels_come_in_the_order_of_cargo() {
        let (levels, gaps) = read(TABLE);
        assert!(gaps.is_empty());
        let order: Vec<&str> = levels.iter().map(|level| level.lint.as_str()).collect();
        let expected = [
            "rust_2018_idioms",
            "zzz_last",
            "unused",
            "unsafe_code",
            "clippy::uninit_vec",
            "unexpected_cfgs",
            "clippy::all",
            "aaa_first",
            "dead_code",
        ];
        assert_eq!(order, expected);
    }

    #[test]
    fn a_group_of_the_same_priority_beats_a_lint() {
        let (levels, _) = read(TABLE);
        assert_eq!(level_of(&levels, "clippy::uninit_vec"), Some(LintLevel::Warn));
        assert_eq!(level_of(&levels, "dead_code"), Some(LintLevel::Allow));
        assert_eq!(level_of(&levels, "unused_must_use"), Some(LintLevel::Deny));
        assert_eq!(level_of(&levels, "missing_docs"), None);
    }

    #[test]
    fn warnings_change_what_warns_and_forbid_stays() {
        let (levels, _) =
            read("[rust]\nwarnings = \"deny\"\nunsafe_code = \"warn\"\nmissing_docs = \"allow\"\n");
        assert_eq!(level_of(&levels, "unsafe_code"), Some(LintLevel::Deny));
        assert_eq!(level_of(&levels, "unused_must_use"), Some(LintLevel::Deny));
        assert_eq!(level_of(&levels, "missing_docs"), Some(LintLevel::Allow));
        let (levels, _) =
            read("[rust]\nwarnings = { level = \"allow\", priority = 9 }\nunsafe_code = \"deny\"\n");
        assert_eq!(level_of(&levels, "unsafe_code"), Some(LintLevel::Deny));
        let (levels, _) =
            read("[rust]\nunsafe_code = \"forbid\"\nunsafe-code = { level = \"allow\", priority = 1 }\n");
        assert_eq!(level_of(&levels, "unsafe_code"), Some(LintLevel::Forbid));
    }

    #[test]
    fn a_level_that_cargo_refuses_is_a_gap() {
        for bad in
            ["unsafe_code = \"expect\"", "unsafe_code = 3", "a = { level = \"deny\", priority = \"high\" }"]
        {
            let (levels, gaps) = read(&format!("[rust]\n{bad}\n"));
            assert!(levels.is_empty() && gaps.len() == 1, "{bad}: {levels:?} {gaps:?}");
        }
    }

    #[test]
    fn every_prefix_that_is_toml_is_read() {
        for end in 0..=TABLE.len() {
            if let Ok(table) = document::parse(&Source::new("lints.toml", &TABLE[..end])) {
                levels(&table, &mut Vec::new());
            }
        }
    }
}
