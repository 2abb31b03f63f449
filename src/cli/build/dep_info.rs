//! What cargo is told that a compilation depends on.
//!
//! The compiler writes down for cargo what it has read, in the manner of a makefile. Cargo reads the first rule of it and
//! lines that name variables of the environment; it compiles anew when one of these files is younger, or one of the
//! variables has another value. What was found is put among them.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Where the compiler writes what it has read, by the words it was started with.
pub(super) fn place(words: &[String]) -> Option<PathBuf> {
    let folder = value(words, "--out-dir")?;
    let name = value(words, "--crate-name")?;
    let codegen = words.iter().enumerate().filter_map(|(at, word)| match word.as_str() {
        "-C" | "--codegen" => words.get(at + 1).map(String::as_str),
        joined => joined.strip_prefix("-C").or_else(|| joined.strip_prefix("--codegen=")),
    });
    let extra =
        codegen.filter_map(|option| option.strip_prefix("extra-filename=")).next_back().unwrap_or_default();
    Some(Path::new(folder).join(format!("{name}{extra}.d")))
}

/// The value of an option, in the next word or behind `=`.
pub(super) fn value<'w>(words: &'w [String], name: &str) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(at, word)| {
        if word == name {
            return words.get(at + 1).map(String::as_str);
        }
        word.strip_prefix(name)?.strip_prefix('=')
    })
}

/// The files of the first rule: what was compiled.
pub(super) fn files(text: &str) -> Vec<String> {
    let Some((_, rule)) = rules(text).next() else { return Vec::new() };
    let mut files = vec![String::new()];
    let mut letters = rule.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => files.last_mut().into_iter().for_each(|file| file.extend(letters.next())),
            ' ' => files.push(String::new()),
            _ => files.last_mut().into_iter().for_each(|file| file.push(letter)),
        }
    }
    files.retain(|file| !file.is_empty());
    files
}

/// Lines that are rules: what is made, and of what.
fn rules(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n')
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line))
        })
        .filter(|(_, line)| !line.starts_with('#'))
        .filter_map(|(start, line)| {
            Some((start, line.trim_end().split_once(": ")?.1)).filter(|_| line.contains(": "))
        })
}

/// The text with a file and variables among what was read; `None` where it holds no rule.
pub(super) fn extended(text: &str, file: &Path, variables: &[(&str, Option<&OsStr>)]) -> Option<String> {
    let (start, rule) = rules(text).next()?;
    let end = start + text[start..].find(rule)? + rule.len();
    let file = file.to_str()?.replace('\\', "\\\\").replace(' ', "\\ ");
    let mut extended = format!("{} {file}{}", &text[..end], &text[end..]);
    if !extended.ends_with('\n') {
        extended.push('\n');
    }
    for (name, value) in variables {
        let value = match value {
            Some(value) => format!("={}", value.to_str()?.replace('\\', "\\\\").replace('\n', "\\n")),
            None => String::new(),
        };
        let _ = write!(extended, "\n# env-dep:{name}{value}\n");
    }
    Some(extended)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "/t/libpump.rmeta: src/lib.rs src/a\\ b.rs\n\n/t/pump.d: src/lib.rs src/a\\ b.rs\n\nsrc/lib.rs:\n\n# env-dep:X=1\n";

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_place_follows_from_the_words() {
        let place = |text: &str| place(&words(text)).map(|place| place.display().to_string());
        let usual = "--crate-name pump src/lib.rs -C metadata=1 -C extra-filename=-12ab --out-dir /t/deps";
        assert_eq!(place(usual).as_deref(), Some("/t/deps/pump-12ab.d"));
        assert_eq!(
            place("--crate-name=pump --out-dir=/t -Cextra-filename=-1").as_deref(),
            Some("/t/pump-1.d")
        );
        assert_eq!(place("--crate-name pump"), None);
    }

    #[test]
    fn what_was_found_is_put_among_what_was_read() {
        let variables = [("A", Some(OsStr::new("x\\y"))), ("B", None)];
        let text = extended(WRITTEN, Path::new("/t/a note"), &variables).expect("a text");
        assert!(text.starts_with("/t/libpump.rmeta: src/lib.rs src/a\\ b.rs /t/a\\ note\n"), "{text}");
        assert!(text.contains("\n# env-dep:X=1\n"), "{text}");
        assert!(text.ends_with("\n# env-dep:A=x\\\\y\n\n# env-dep:B\n"), "{text}");
        assert_eq!(files(&text), ["src/lib.rs", "src/a b.rs", "/t/a note"]);
        assert_eq!(extended("# nothing\n", Path::new("/n"), &[]), None);
    }
}
