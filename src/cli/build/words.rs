//! Which words of `cargo health-sec build ...` are the gate's, and which are cargo's.
//!
//! What the gate knows is taken out, up to a `--`; what both need to know, such as features and targets, goes to both;
//! everything else is cargo's, in the order typed.

use std::ffi::{OsStr, OsString};
use std::process::Command;

/// Options that both need to know.
const SHARED: &[&str] = &[
    "manifest_path",
    "workspace",
    "package",
    "exclude",
    "features",
    "all_features",
    "no_default_features",
    "target",
    "locked",
    "offline",
    "frozen",
    "color",
];

/// The commands that hand on words to cargo.
const COMMANDS: &[&str] = &["build", "b", "run", "r", "test", "t", "clippy"];

/// The place of the command among all words, where it is one that hands on words.
pub(in crate::cli) fn command_at(words: &[OsString]) -> Option<usize> {
    let mut at = 1 + usize::from(words.get(1).is_some_and(|word| word == "health-sec"));
    while let Some(word) = words.get(at).and_then(|word| word.to_str()) {
        match word {
            "--color" => at += 2,
            _ if word.starts_with("--color=") => at += 1,
            _ => return COMMANDS.contains(&word).then_some(at),
        }
    }
    None
}

/// Words of the gate, and words of cargo.
pub(in crate::cli) fn split(
    command: &clap::Command,
    words: impl IntoIterator<Item = OsString>,
) -> (Vec<OsString>, Vec<OsString>) {
    let (mut gate, mut cargo) = (Vec::new(), Vec::new());
    let mut words = words.into_iter();
    while let Some((known, option)) = next(command, &mut words) {
        if known.is_none() || is_shared(known.as_ref()) {
            cargo.extend(option.iter().cloned());
        }
        if known.is_some() {
            gate.extend(option.iter().cloned());
        } else if option[0] == "--" {
            cargo.extend(words.by_ref());
        }
    }
    (gate, cargo)
}

/// The options that both need to know, up to a `--`.
pub(in crate::cli) fn shared(command: &clap::Command, words: &[OsString]) -> Vec<OsString> {
    let mut words = words.iter().take_while(|word| *word != "--").cloned();
    let mut shared = Vec::new();
    while let Some((known, option)) = next(command, &mut words) {
        if is_shared(known.as_ref()) {
            shared.extend(option);
        }
    }
    shared
}

/// The next option with its value, and what it is to the gate.
fn next(
    command: &clap::Command,
    words: &mut impl Iterator<Item = OsString>,
) -> Option<(Option<Known>, Vec<OsString>)> {
    let mut option = vec![words.next()?];
    let known = known(command, &option[0]);
    if known.as_ref().is_some_and(|known| known.value_follows) {
        option.extend(words.next());
    }
    Some((known, option))
}

fn is_shared(known: Option<&Known>) -> bool {
    known.is_some_and(|known| SHARED.contains(&known.id.as_str()))
}

struct Known {
    id: String,
    /// True where its value is a word of its own.
    value_follows: bool,
}

/// The option of the gate that a word is.
fn known(command: &clap::Command, word: &OsStr) -> Option<Known> {
    let word = word.to_str()?;
    if ["-h", "--help"].contains(&word) {
        return Some(Known { id: "help".to_owned(), value_follows: false });
    }
    let found = |is: &dyn Fn(&&clap::Arg) -> bool| command.get_arguments().find(|argument| is(argument));
    let takes = |argument: &clap::Arg| argument.get_action().takes_values();
    let (argument, alone) = if let Some(long) = word.strip_prefix("--") {
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        (found(&|argument| argument.get_long() == Some(name))?, value.is_none())
    } else {
        let mut letters = word.strip_prefix('-')?.chars();
        let letter = letters.next()?;
        let alone = letters.as_str().is_empty();
        let argument = found(&|argument| argument.get_short() == Some(letter))?;
        // Of several letters together, such as `-vv`, the first decides only where the others are its value.
        (Some(argument).filter(|argument| alone || takes(argument))?, alone)
    };
    Some(Known { id: argument.get_id().to_string(), value_follows: alone && takes(argument) })
}

/// The words up to the `--` behind which they are another program's.
fn own(words: &[OsString]) -> impl Iterator<Item = &str> {
    words.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str())
}

/// True where cargo's messages are asked for in a form for programs.
pub(super) fn wants_json(words: &[OsString]) -> bool {
    let words: Vec<&str> = own(words).collect();
    let followed = words.windows(2).filter(|pair| pair[0] == "--message-format").map(|pair| pair[1]);
    let joined = words.iter().filter_map(|word| word.strip_prefix("--message-format="));
    let formats: Vec<&str> = followed.chain(joined).flat_map(|formats| formats.split(',')).collect();
    formats.iter().any(|format| format.starts_with("json")) && !formats.contains(&"json-render-diagnostics")
}

/// True where only what matters is to be said.
pub(super) fn is_quiet(words: &[OsString]) -> bool {
    own(words).any(|word| ["-q", "--quiet"].contains(&word))
}

/// True where a member is named, or all are.
pub(in crate::cli) fn choose_members(words: &[OsString]) -> bool {
    own(words).any(|word| {
        let name = word.split('=').next().unwrap_or(word);
        ["--workspace", "--all", "--package"].contains(&name) || word.starts_with("-p")
    })
}

/// Hands words to cargo as `cargo clippy` does, which would put itself in the place of our wrapper.
pub(super) fn as_clippy_does(words: &[OsString], command: &mut Command) {
    let (mut subcommand, mut cargo, mut clippy) = ("check", Vec::new(), Vec::new());
    let mut words = words.iter();
    for word in words.by_ref() {
        match word.to_str() {
            Some("--") => break,
            Some("--fix") => subcommand = "fix",
            Some("--no-deps") => clippy.push(word.clone()),
            _ => cargo.push(word),
        }
    }
    clippy.extend(words.cloned());
    if subcommand == "fix" && !clippy.iter().any(|word| word == "--no-deps") {
        clippy.push("--no-deps".into());
    }
    let mut joined = OsString::new();
    for word in clippy {
        joined.push(word);
        joined.push("__CLIPPY_HACKERY__");
    }
    command.arg(subcommand).args(cargo).env("CLIPPY_ARGS", joined);
    command.env_remove("CLIPPY_TERMINAL_WIDTH");
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction};

    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect()
    }

    fn shown(words: &[OsString]) -> String {
        words.join(OsStr::new(" ")).into_string().expect("text")
    }

    fn splits(text: &str) -> (String, String) {
        let command = clap::Command::new("build")
            .arg(Arg::new("strict").long("strict").action(ArgAction::SetTrue))
            .arg(Arg::new("deny").short('D').long("deny"))
            .arg(Arg::new("package").short('p').long("package"))
            .arg(Arg::new("verbose").short('v').action(ArgAction::Count));
        let (gate, cargo) = split(&command, words(text));
        (shown(&gate), shown(&cargo))
    }

    #[test]
    fn the_gate_takes_what_it_knows_and_cargo_gets_the_rest() {
        for (typed, gate, cargo) in [
            ("--release --strict -j 4", "--strict", "--release -j 4"),
            ("-D static_mut --bin x", "-D static_mut", "--bin x"),
            ("-Dstatic_mut --deny=x", "-Dstatic_mut --deny=x", ""),
            ("-p pump --package=motor", "-p pump --package=motor", "-p pump --package=motor"),
            ("-ppump -vv", "-ppump", "-ppump -vv"),
            ("fast -- --strict -p x", "", "fast -- --strict -p x"),
            ("--stricter -h", "-h", "--stricter"),
            ("-D", "-D", ""),
        ] {
            assert_eq!(splits(typed), (gate.to_owned(), cargo.to_owned()), "{typed}");
        }
    }

    #[test]
    fn only_options_are_shared() {
        let command = clap::Command::new("check")
            .arg(Arg::new("features").short('F').long("features"))
            .arg(Arg::new("strict").long("strict").action(ArgAction::SetTrue));
        let shared = shared(&command, &words("cargo-health-sec check -F a --strict --features=b -- -F c"));
        assert_eq!(shown(&shared), "-F a --features=b");
    }

    #[test]
    fn the_command_is_found_behind_what_may_stand_before_it() {
        let at = |text: &str| command_at(&words(text));
        assert_eq!(at("cargo-health-sec build"), Some(1));
        assert_eq!(at("cargo-health-sec health-sec --color never test x"), Some(4));
        assert_eq!(at("cargo-health-sec --color=never run"), Some(2));
        for none in ["cargo-health-sec", "cargo-health-sec explain build", "p --strict build", "p --color"] {
            assert_eq!(at(none), None, "{none}");
        }
    }

    #[test]
    fn the_form_of_messages_is_read_as_cargo_reads_it() {
        for (text, json) in [
            ("", false),
            ("--message-format=json", true),
            ("--message-format json-diagnostic-short", true),
            ("--message-format=json,json-render-diagnostics", false),
            ("--message-format=short", false),
            ("-- --message-format=json", false),
        ] {
            assert_eq!(wants_json(&words(text)), json, "{text}");
        }
    }

    #[test]
    fn clippy_gets_its_words_as_from_cargo_clippy() {
        let given = |text: &str| {
            let mut command = Command::new("cargo");
            as_clippy_does(&words(text), &mut command);
            let words: Vec<OsString> = command.get_args().map(OsStr::to_owned).collect();
            let environment = command.get_envs().find(|(name, _)| *name == "CLIPPY_ARGS");
            let clippy = environment.and_then(|(_, value)| value).expect("a value");
            (shown(&words), clippy.to_str().expect("text").replace("__CLIPPY_HACKERY__", " "))
        };
        let expected = |cargo: &str, clippy: &str| (cargo.to_owned(), clippy.to_owned());
        assert_eq!(given("-p a -- -D warnings"), expected("check -p a", "-D warnings "));
        assert_eq!(given("--fix --allow-dirty"), expected("fix --allow-dirty", "--no-deps "));
        assert_eq!(given("--no-deps"), expected("check", "--no-deps "));
    }
}
