//! Checks on the files that git tracks: secrets, and characters that make a text read otherwise than it runs.
//!
//! A secret is shown by its kind, its place and the first digits of its SHA-256, never by its text. Those digits
//! are how it is waived: a path would accept whatever is put there next.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::Facts;
use crate::facts::code::{Callee, Scope, Value};
use crate::facts::files::odd::looks_like;
use crate::facts::files::{Found, OddCharacter, OddKind};
use crate::facts::secrets::{Secret, Sort};
use crate::finding::{Finding, Findings};
use crate::source::Location;

use super::rules;
use crate::facts::known::words::words;

rules!["files":
    private_key_in_tree, secret_in_tree, secret_in_tests, secret_suspected, text_direction_changed,
    invisible_character, look_alike_name, known_text_unused,
];

/// How many digits of a SHA-256 are shown: enough to name one text among all.
const DIGITS: usize = 16;

/// The secrets of the tree that the policy does not know as something else.
fn unknown(facts: &Facts) -> impl Iterator<Item = &Found> {
    facts.files.secrets.iter().filter(|found| !is_known(facts, &found.secret))
}

/// True for a text that the policy knows as no secret.
pub(super) fn is_known(facts: &Facts, secret: &Secret) -> bool {
    facts.policy.secrets.allow.iter().any(|text| text.is(&secret.sha256))
}

fn shown(secret: &Secret) -> String {
    format!("sha256:{}", secret.sha256.get(..DIGITS).unwrap_or(&secret.sha256))
}

/// Adds a finding about a secret, which only its digest waives.
pub(super) fn add<'f>(
    found: &'f mut Findings<'_>,
    at: &Location,
    secret: &Secret,
    message: &str,
) -> &'f mut Finding {
    let digest = shown(secret);
    found.add(at, format!("{message} ({digest})")).about(digest).waived_by_subject()
}

fn private_key_in_tree(facts: &Facts, found: &mut Findings<'_>) {
    let compiled = compiled_in(facts);
    for key in unknown(facts).filter(|key| key.secret.sort == Sort::PrivateKey) {
        let user = compiled.iter().find(|(path, _)| path == key.at.path());
        match user {
            Some((_, at)) => {
                let message = format!("a {} is compiled into the product", key.secret.what);
                add(found, &key.at, &key.secret, &message).with(at, "taken in here");
            }
            None if key.in_tests => {}
            None => {
                add(found, &key.at, &key.secret, &format!("a {} lies in the tree", key.secret.what));
            }
        }
    }
}

/// Files that shipped code takes in as text or bytes: the path from the root, and where.
fn compiled_in(facts: &Facts) -> Vec<(String, &Location)> {
    let takes = |callee: &Callee| match callee {
        Callee::Macro(name) => name.is_any(&["std::include_bytes", "std::include_str"]),
        _ => false,
    };
    let calls =
        facts.code.calls.iter().filter(|call| call.site.scope == Scope::Product && takes(&call.callee));
    calls
        .filter_map(|call| match call.arguments.first().map(|argument| &argument.value) {
            Some(Value::Text(path)) => {
                let folder = call.site.at.path().rsplit_once('/').map_or("", |(folder, _)| folder);
                Some((joined(folder, path), &call.site.at))
            }
            _ => None,
        })
        .collect()
}

/// A path as seen from a folder, both relative to the root.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn secret_in_tree(facts: &Facts, found: &mut Findings<'_>) {
    for secret in unknown(facts) {
        let counts = match secret.secret.sort {
            Sort::Checked => true,
            Sort::Token | Sort::Address => !secret.in_tests,
            Sort::PrivateKey | Sort::Suspected => false,
        };
        if counts {
            add(found, &secret.at, &secret.secret, &format!("{} in the tree", article(&secret.secret.what)));
        }
    }
}

fn secret_in_tests(facts: &Facts, found: &mut Findings<'_>) {
    let compiled = compiled_in(facts);
    for secret in unknown(facts).filter(|secret| secret.in_tests) {
        let compiled = compiled.iter().any(|(path, _)| path == secret.at.path());
        let counts = match secret.secret.sort {
            Sort::Token | Sort::Address => true,
            Sort::PrivateKey => !compiled,
            Sort::Checked | Sort::Suspected => false,
        };
        if counts {
            let message = format!("{} among the files for tests", article(&secret.secret.what));
            add(found, &secret.at, &secret.secret, &message);
        }
    }
}

fn secret_suspected(facts: &Facts, found: &mut Findings<'_>) {
    let of_lock = |path: &str| [".lock", "-lock.json", ".sum"].iter().any(|end| path.ends_with(end));
    for secret in unknown(facts).filter(|secret| !secret.in_tests && secret.secret.sort == Sort::Suspected) {
        let named = secret.secret.name.as_ref();
        let fits = named.is_none_or(|name| words().secret.names(&as_variable(name)));
        if fits && !of_lock(secret.at.path()) {
            let message = match named {
                Some(name) => format!("`{name}` is given a value that looks drawn at random"),
                None => format!("{} in the tree", article(&secret.secret.what)),
            };
            add(found, &secret.at, &secret.secret, &message);
        }
    }
}

/// A name of a constant, a setting or a type as a variable would have it.
fn as_variable(name: &str) -> String {
    let name = name.replace('-', "_");
    if name.chars().any(char::is_lowercase) {
        let first = name.chars().next().map(|first| first.to_ascii_lowercase());
        first.into_iter().chain(name.chars().skip(1)).collect()
    } else {
        name.to_lowercase()
    }
}

/// What a secret is, with the article before it.
pub(super) fn article(what: &str) -> String {
    let vowel = what.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {what}", if vowel { "an" } else { "a" })
}

fn text_direction_changed(facts: &Facts, found: &mut Findings<'_>) {
    let mut lines: BTreeSet<(&str, usize)> = BTreeSet::new();
    // One shows that the line is not what it seems.
    for odd in of_kind(facts, OddKind::Direction).filter(|odd| lines.insert((odd.at.path(), odd.at.line()))) {
        let message = format!("{} moves what follows it on the screen", name_of(odd.letter));
        found.add(&odd.at, message).about(name_of(odd.letter));
    }
}

fn invisible_character(facts: &Facts, found: &mut Findings<'_>) {
    // What a test is about may be such characters.
    for (odd, more) in first_in_files(of_kind(facts, OddKind::Invisible).filter(|odd| !odd.in_tests)) {
        let message = format!("{} stands here and can't be seen{more}", name_of(odd.letter));
        found.add(&odd.at, message).about(name_of(odd.letter));
    }
}

fn look_alike_name(facts: &Facts, found: &mut Findings<'_>) {
    for (odd, more) in first_in_files(of_kind(facts, OddKind::LookAlike)) {
        let like = looks_like(odd.letter).unwrap_or('?');
        let message = format!("{} in this name looks like `{like}`{more}", name_of(odd.letter));
        found.add(&odd.at, message).about(name_of(odd.letter));
    }
}

fn of_kind(facts: &Facts, kind: OddKind) -> impl Iterator<Item = &OddCharacter> {
    facts.files.odd.iter().filter(move |odd| odd.kind == kind)
}

/// The first of each character in each file, with a word on the others.
fn first_in_files<'a>(all: impl Iterator<Item = &'a OddCharacter>) -> Vec<(&'a OddCharacter, String)> {
    let mut firsts: BTreeMap<(&str, char), (&OddCharacter, usize)> = BTreeMap::new();
    for odd in all {
        firsts.entry((odd.at.path(), odd.letter)).or_insert((odd, 0)).1 += 1;
    }
    let more = |count: usize| {
        if count > 1 { format!(", and {} more in this file", count - 1) } else { String::new() }
    };
    firsts.into_values().map(|(odd, count)| (odd, more(count))).collect()
}

/// A character by its number, as the standard writes it.
fn name_of(letter: char) -> String {
    format!("U+{:04X}", u32::from(letter))
}

fn known_text_unused(facts: &Facts, found: &mut Findings<'_>) {
    let past = facts.commits.secrets.iter().map(|past| &past.secret);
    let all: Vec<&Secret> = facts.files.secrets.iter().map(|found| &found.secret).chain(past).collect();
    for text in &facts.policy.secrets.allow {
        if !all.iter().any(|secret| text.is(&secret.sha256)) {
            let message = format!("no text with the SHA-256 {} is met", text.sha256.value);
            found.add(&text.sha256.at, message).about(&text.sha256.value);
        }
    }
}
