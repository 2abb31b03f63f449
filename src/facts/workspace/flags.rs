//! Compiler and linker flags, each in one spelling, whoever sets them.
//!
//! What the environment of a developer or a build server adds can't be seen from here, but for what a pipeline says of it,
//! and a user's own configuration says nothing about how others build.

use crate::document::Value;
use crate::source::{Location, Placed};

use super::{ConfigEntry, Workspace};

/// A word of a list of flags, and where it is written.
pub type Word<'a> = (&'a str, Location);

/// A compiler or linker flag of the cargo configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The flag with its operand, such as `-Cpanic=abort` or `-Zsanitizer=address`; of a flag for the
    /// linker, what the linker reads, such as `-z norelro`.
    pub text: String,
    /// True for one that the linker reads.
    pub linker: bool,
    /// The target triple or `cfg(..)` that it is for; `None` where it is for every target.
    pub target: Option<String>,
    /// True for one of `build.rustflags`, which holds where no flags are given for a target.
    pub general: bool,
    /// Where it is written.
    pub at: Location,
}

impl Flag {
    /// As the policy and reports write it: a flag for the linker behind the option that hands it over.
    #[must_use]
    pub fn written(&self) -> String {
        if self.linker { format!("-Clink-arg={}", self.text) } else { self.text.clone() }
    }

    /// True for a level of a lint.
    #[must_use]
    pub fn is_lint(&self) -> bool {
        const LEVELS: &[&str] =
            &["-A", "-W", "-D", "-F", "--allow", "--warn", "--deny", "--forbid", "--cap-lints"];
        !self.linker && LEVELS.iter().any(|option| self.text.starts_with(option))
    }
}

/// Options of the compiler that take an operand, with the short spelling of each.
const OPERANDS: &[(&str, &str)] = &[
    ("-C", "-C"),
    ("--codegen", "-C"),
    ("-Z", "-Z"),
    ("-L", "-L"),
    ("-l", "-l"),
    ("--cfg", "--cfg="),
    ("--check-cfg", "--check-cfg="),
    ("--extern", "--extern="),
    ("-A", "-A"),
    ("-W", "-W"),
    ("-D", "-D"),
    ("-F", "-F"),
    ("--cap-lints", "--cap-lints="),
];

impl Workspace {
    /// Every flag that the workspace's cargo configuration gives to the compiler, in order.
    #[must_use]
    pub fn flags(&self) -> Vec<Flag> {
        self.cargo_config.iter().filter(|entry| entry.in_workspace).flat_map(of_entry).collect()
    }
}

/// The flags of one entry: of `build.rustflags`, `target.X.rustflags`, `host.rustflags` and
/// `profile.X.rustflags`.
fn of_entry(entry: &ConfigEntry) -> Vec<Flag> {
    let segments: Vec<&str> = entry.segments.iter().map(String::as_str).collect();
    let target = match segments[..] {
        ["build" | "host", "rustflags"] | ["profile", .., "rustflags"] => None,
        ["target", target, "rustflags"] => Some(target),
        _ => return Vec::new(),
    };
    let general = segments[0] == "build" && !entry.nested;
    of_value(&entry.value)
        .into_iter()
        .map(|flag| Flag { target: target.map(str::to_owned), general, ..flag })
        .collect()
}

/// The flags of an array, or of one string, as `RUSTFLAGS` has them: for every target.
pub(in crate::facts) fn of_value(value: &Value) -> Vec<Flag> {
    of_words(&words(value))
}

/// The flags of a text that stands somewhere, as `RUSTFLAGS` has them.
pub(in crate::facts) fn of_text(text: &str, at: &Location) -> Vec<Flag> {
    of_words(&text.split_whitespace().map(|word| (word, at.clone())).collect::<Vec<_>>())
}

fn of_words(words: &[Word<'_>]) -> Vec<Flag> {
    let mut flags = Vec::new();
    let mut for_linker = Vec::new();
    for option in options(words) {
        let operands =
            linker_operands(&option.value).map(|words| words.iter().map(ToString::to_string).collect());
        match operands {
            Some::<Vec<String>>(words) => {
                for_linker.extend(words.into_iter().map(|word| (word, option.at.clone())));
            }
            None => flags.push((option, false)),
        }
    }
    let for_linker: Vec<Word<'_>> = for_linker.iter().map(|(word, at)| (word.as_str(), at.clone())).collect();
    flags.extend(linker_flags(&for_linker).into_iter().map(|flag| (flag, true)));
    let flag = |(option, linker): (Placed<String>, bool)| Flag {
        text: option.value,
        linker,
        target: None,
        general: true,
        at: option.at,
    };
    flags.into_iter().map(flag).collect()
}

/// The words of an array, or of one string split at white space, as cargo does.
pub(in crate::facts) fn words(value: &Value) -> Vec<Word<'_>> {
    match value.as_str() {
        Some(text) => text.split_whitespace().map(|word| (word, value.at())).collect(),
        None => value.items().iter().filter_map(|item| Some((item.as_str()?, item.at()))).collect(),
    }
}

/// Joins options with their operands, each in the short spelling.
fn options(words: &[Word<'_>]) -> Vec<Placed<String>> {
    let mut options = Vec::new();
    let mut words = words.iter();
    while let Some((word, at)) = words.next() {
        let alone = OPERANDS.iter().find(|(option, _)| option == word);
        let value = match alone {
            Some((_, short)) => {
                let operand = words.next().map_or("", |(operand, _)| operand);
                format!("{short}{operand}")
            }
            None => match word.strip_prefix("--codegen=") {
                Some(operand) => format!("-C{operand}"),
                None => (*word).to_owned(),
            },
        };
        options.push(Placed { value: with_dashes(value), at: at.clone() });
    }
    options
}

/// The compiler takes `-Clink_arg` for `-Clink-arg`.
fn with_dashes(option: String) -> String {
    if !option.starts_with("-C") && !option.starts_with("-Z") {
        return option;
    }
    match option.split_once('=') {
        Some((name, operand)) => format!("{}={operand}", name.replace('_', "-")),
        None => option.replace('_', "-"),
    }
}

/// What an option of the compiler hands to the linker.
fn linker_operands(option: &str) -> Option<Vec<&str>> {
    let operand = |names: [&str; 2]| names.iter().find_map(|name| option.strip_prefix(name));
    let one = operand(["-Clink-arg=", "-Zpre-link-arg="]).map(|operand| vec![operand]);
    one.or_else(|| {
        operand(["-Clink-args=", "-Zpre-link-args="]).map(|operand| operand.split_whitespace().collect())
    })
}

/// What the linker reads: `-Wl,` and `-Xlinker` are for the compiler driver before it, and some words
/// belong to the next one.
#[must_use]
pub fn linker_flags(words: &[Word<'_>]) -> Vec<Placed<String>> {
    let driver = words.iter().flat_map(|(word, at)| {
        let parts = match word.strip_prefix("-Wl,") {
            Some(list) => list.split(',').collect(),
            None if *word == "-Xlinker" => Vec::new(),
            None => vec![*word],
        };
        parts.into_iter().map(|part| (part, at.clone())).collect::<Vec<_>>()
    });
    let mut flags = Vec::new();
    let mut words = driver.filter(|(word, _)| !word.is_empty());
    while let Some((word, at)) = words.next() {
        let value = match word {
            "-z" | "-rpath" | "--rpath" | "-R" | "-T" => {
                let operand = words.next().map_or("", |(operand, _)| operand);
                format!("{} {operand}", word.replace("--", "-").replace("-R", "-rpath"))
            }
            _ => match (word.strip_prefix("-z"), word.trim_start_matches('-').strip_prefix("rpath=")) {
                (Some(operand), _) => format!("-z {operand}"),
                (_, Some(operand)) => format!("-rpath {operand}"),
                _ => word.to_owned(),
            },
        };
        flags.push(Placed { value, at });
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::source::Source;

    fn told(key: &[&str], value: &str) -> String {
        let source = Source::new(".cargo/config.toml", format!("flags = {value}"));
        let value = document::parse(&source).expect("TOML").get(&["flags"]).expect("the value").clone();
        let segments: Vec<String> = key.iter().map(|part| (*part).to_owned()).collect();
        let entry =
            ConfigEntry { key: segments.join("."), segments, value, in_workspace: true, nested: false };
        let told = |flag: Flag| {
            let linker = if flag.linker { "linker:" } else { "" };
            flag.target.map_or(String::new(), |target| format!("{target}:")) + linker + &flag.text
        };
        of_entry(&entry).into_iter().map(told).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn every_spelling_of_a_flag_is_one() {
        let key = &["build", "rustflags"];
        for spelling in [
            r#"["-C", "panic=abort"]"#,
            r#"["-Cpanic=abort"]"#,
            r#"["--codegen=panic=abort"]"#,
            r#"["--codegen", "panic=abort"]"#,
            r#""-C panic=abort""#,
        ] {
            assert_eq!(told(key, spelling), "-Cpanic=abort", "{spelling}");
        }
        assert_eq!(
            told(key, r#"["-C", "overflow_checks=off", "-A", "unused"]"#),
            "-Coverflow-checks=off | -Aunused"
        );
        assert_eq!(told(key, r#"["--cfg", "ci", "-lssl", "-L", "lib"]"#), "--cfg=ci | -lssl | -Llib");
        assert_eq!(told(key, r#"["-C"]"#), "-C");
        assert_eq!(told(key, "7"), "");
        assert_eq!(told(&["build", "rustdocflags"], r#""-Cpanic=abort""#), "");
    }

    #[test]
    fn what_the_linker_reads_is_told_apart() {
        let key = &["target", "cfg(unix)", "rustflags"];
        for spelling in [
            r#"["-Clink-arg=-Wl,-z,norelro"]"#,
            r#"["-Clink-args=-z norelro"]"#,
            r#"["-C", "link-arg=-z", "-C", "link-arg=norelro"]"#,
            r#"["-Clink_arg=-Xlinker", "-Clink-arg=-znorelro"]"#,
            r#"["-Zpre-link-args=-Wl,-znorelro"]"#,
        ] {
            assert_eq!(told(key, spelling), "cfg(unix):linker:-z norelro", "{spelling}");
        }
        assert_eq!(
            told(
                &["profile", "release", "rustflags"],
                r#"["-Clink-args=-Wl,-rpath,. -Wl,--rpath=lib -T x.ld"]"#
            ),
            "linker:-rpath . | linker:-rpath lib | linker:-T x.ld"
        );
        assert_eq!(told(key, r#"["-Clink-arg=-z"]"#), "cfg(unix):linker:-z ");
    }
}
