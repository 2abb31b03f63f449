//! Rustflags in the cargo configuration of the workspace.
//!
//! What the environment of a developer or a build server adds can't be seen from here, and a user's
//! own configuration says nothing about how others build.

use crate::facts::workspace::ConfigEntry;
use crate::facts::workspace::flags::{Word, words};

use super::{Level, LintLevel};

/// Levels in the order given, and the lowest cap.
///
/// Flags for one target, or in the folder of one member, only ever lower a level: elsewhere the
/// build goes without them.
pub(super) fn read(config: &[ConfigEntry]) -> (Vec<Level>, Option<Level>) {
    let mut levels: Vec<Level> = Vec::new();
    let mut cap: Option<Level> = None;
    for entry in config.iter().filter(|entry| entry.in_workspace) {
        let named = entry.key == "build.rustflags";
        let somewhere = entry.key.starts_with("target.") && entry.key.ends_with(".rustflags");
        if !(named || somewhere) {
            continue;
        }
        let everywhere = named && !entry.nested;
        for level in parse(&words(&entry.value)) {
            if level.lint == CAP {
                if cap.as_ref().is_none_or(|cap| level.level < cap.level) {
                    cap = Some(level);
                }
            } else if everywhere || level.level < LintLevel::Warn {
                levels.push(level);
            }
        }
    }
    (levels, cap)
}

const CAP: &str = "--cap-lints";

const OPTIONS: &[(&str, &str, LintLevel)] = &[
    ("-A", "--allow", LintLevel::Allow),
    ("-W", "--warn", LintLevel::Warn),
    ("-D", "--deny", LintLevel::Deny),
    ("-F", "--forbid", LintLevel::Forbid),
];

fn parse(words: &[Word<'_>]) -> Vec<Level> {
    let mut levels = Vec::new();
    let mut words = words.iter();
    while let Some((word, at)) = words.next() {
        // The operand of another option may look like anything.
        if matches!(*word, "-C" | "-Z" | "-L" | "-l" | "--cfg" | "--check-cfg" | "--codegen") {
            words.next();
            continue;
        }
        let (option, operand) = split(word);
        let operand = operand.or_else(|| words.next().map(|(word, _)| *word)).unwrap_or_default();
        let Some(option) = option.filter(|_| !operand.is_empty()) else { continue };
        let level = match option {
            CAP => LintLevel::named(operand).map(|level| (CAP.to_owned(), level)),
            option => OPTIONS
                .iter()
                .find(|(short, long, _)| option == *short || option == *long)
                .map(|(_, _, level)| (operand.replace('-', "_"), *level)),
        };
        levels.extend(level.map(|(lint, level)| Level { lint, level, at: at.clone() }));
    }
    levels
}

/// `-Aname` or `--allow=name` as option and operand; no option where it is none about lints.
fn split(word: &str) -> (Option<&str>, Option<&str>) {
    let (name, operand) = match word.split_once('=') {
        Some((name, operand)) if name.starts_with("--") => (name, Some(operand)),
        _ => (word, None),
    };
    if name == CAP || OPTIONS.iter().any(|(short, long, _)| name == *short || name == *long) {
        return (Some(name), operand);
    }
    let glued = OPTIONS.iter().find(|(short, ..)| word.starts_with(short));
    glued.map_or((None, Some("")), |(short, ..)| (Some(short), Some(&word[short.len()..])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::source::Source;

    fn config(key: &str, value: &str) -> ConfigEntry {
        let value = document::parse(&Source::new(".cargo/config.toml", format!("flags = {value}")))
            .expect("TOML")
            .get(&["flags"])
            .expect("the value")
            .clone();
        ConfigEntry {
            key: key.to_owned(),
            segments: key.split('.').map(str::to_owned).collect(),
            value,
            in_workspace: true,
            nested: false,
        }
    }

    fn told(key: &str, value: &str) -> String {
        let (levels, cap) = read(&[config(key, value)]);
        let levels = levels.iter().map(|level| format!("{}={}", level.lint, level.level));
        levels.chain(cap.iter().map(|cap| format!("cap={}", cap.level))).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_way_to_write_a_level_is_read() {
        let key = "build.rustflags";
        assert_eq!(told(key, r#"["-Dunsafe-code", "-A", "dead_code"]"#), "unsafe_code=deny dead_code=allow");
        assert_eq!(told(key, r#""--forbid=unsafe_code --warn unused""#), "unsafe_code=forbid unused=warn");
        assert_eq!(told(key, r#"["--cap-lints", "warn", "--cap-lints=allow"]"#), "cap=allow");
        assert_eq!(told(key, r#"["-C", "-Aunused", "-Clink-arg=-Wl,-z", "-A"]"#), "");
        assert_eq!(told(key, r#"["--cap-lints", "loud"]"#), "");
        assert_eq!(told(key, "3"), "");
    }

    #[test]
    fn flags_for_one_target_only_lower() {
        let key = "target.cfg(unix).rustflags";
        assert_eq!(told(key, r#"["-D", "unsafe_code", "-A", "unused"]"#), "unused=allow");
        assert_eq!(told("target.cfg(unix).linker", r#""-Aunused""#), "");
        let mut foreign = config("build.rustflags", r#"["-Dunsafe_code"]"#);
        foreign.in_workspace = false;
        assert!(read(&[foreign]).0.is_empty(), "a user's own configuration is not the workspace's");
    }
}
