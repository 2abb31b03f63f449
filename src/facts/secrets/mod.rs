//! Secrets in text and files: tokens, private keys, addresses with a password, values that look drawn
//! at random.
//!
//! One automaton finds the places where a secret can begin; what stands there is looked at within
//! limits, so that no text takes more than a time in proportion to its length. The lists are our own, in
//! `rules/secrets.toml`.
//!
//! - `data`: those lists
//! - `letters`: randomness, checksums, encodings
//! - `keys`, `der`: private keys in text and in binary form
//! - `addresses`, `named`: passwords in addresses, values below a name
//! - [`past`]: the commits of the repository

mod addresses;
mod data;
mod der;
mod keys;
mod letters;
mod named;
pub mod past;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use data::{Letters, Token, known};
use keys::Key;

pub use addresses::is_to_be_filled_in;

/// A secret in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Its place in the text.
    pub bytes: Range<usize>,
    /// How it was told.
    pub sort: Sort,
    /// What it is, such as `token of GitHub`.
    pub what: String,
    /// The name that it stands below, for what looks drawn at random.
    pub name: Option<String>,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
}

/// How a secret was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Sort {
    /// A token with a checksum that is right.
    Checked,
    /// A token by its beginning, its letters and their number.
    Token,
    /// A password in an address.
    Address,
    /// A private key that could be read as one.
    PrivateKey,
    /// It looks drawn at random, and has the name of a secret.
    Suspected,
}

/// More of one sort in one text say nothing more.
pub const MOST: usize = 200;

/// What may begin at a place.
#[derive(Debug, Clone, Copy)]
enum Begin {
    Token(usize),
    OpenAi,
    Azure,
    WebToken,
    Address,
    Pem,
    Putty,
    Age,
    Jwk,
    WireGuard,
}

struct Finder {
    beginnings: AhoCorasick,
    meaning: Vec<Begin>,
    names: AhoCorasick,
}

static FINDER: LazyLock<Option<Finder>> = LazyLock::new(|| {
    let mut patterns: Vec<(&str, Begin)> = vec![
        ("T3BlbkFJ", Begin::OpenAi),
        ("8Q~", Begin::Azure),
        ("eyJ", Begin::WebToken),
        (addresses::MARK, Begin::Address),
        (keys::BEGIN, Begin::Pem),
        (keys::PUTTY, Begin::Putty),
        (keys::AGE, Begin::Age),
        (keys::JWK, Begin::Jwk),
        (keys::WIREGUARD, Begin::WireGuard),
    ];
    for (index, token) in known().tokens.iter().enumerate() {
        patterns.extend(token.starts.iter().map(|start| (start.as_str(), Begin::Token(index))));
    }
    let build = |patterns: Vec<&str>, any_case: bool| {
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(any_case);
        // Every byte of every file goes through it: the larger table is worth its half megabyte.
        builder.kind(Some(AhoCorasickKind::DFA)).build(patterns).ok()
    };
    Some(Finder {
        beginnings: build(patterns.iter().map(|(text, _)| *text).collect(), false)?,
        meaning: patterns.into_iter().map(|(_, begin)| begin).collect(),
        names: build(named::PIECES.to_vec(), true)?,
    })
});

/// The secrets of a text, by place. `bare` takes values without quotes too, as in files of settings.
pub(super) fn look(text: &str, bare: bool) -> Vec<Secret> {
    let Some(finder) = FINDER.as_ref() else { return Vec::new() };
    let mut found = Kept::default();
    let mut at = 0;
    while let Some(hit) = finder.beginnings.find(Input::new(text).range(at..)) {
        let (secret, next) = begins(finder.meaning[hit.pattern().as_usize()], text, hit.range());
        at = next.max(hit.end());
        found.extend(secret);
    }
    let mut at = 0;
    while let Some(hit) = finder.names.find(Input::new(text).range(at..)) {
        let (named, next) = named::look(text, hit.start(), bare);
        at = next.max(hit.end());
        if let Some(named) = named
            && found.secrets.iter().all(|known| !overlap(&known.bytes, &named.value))
        {
            let mut secret = secret(text, named.value, Sort::Suspected, "value drawn at random");
            secret.name = Some(text[named.name].to_owned());
            found.extend(Some(secret));
        }
    }
    let mut found = found.secrets;
    found.sort_by_key(|secret| (secret.bytes.start, secret.bytes.end));
    found.dedup();
    found
}

/// The secrets of a text that are told, some of each sort: a text with many of one kind must not hide another.
#[derive(Default)]
struct Kept {
    secrets: Vec<Secret>,
    counts: [usize; 5],
}

impl Kept {
    fn extend(&mut self, secret: Option<Secret>) {
        let public = |secret: &Secret| known().public.iter().any(|digits| secret.sha256.starts_with(digits));
        let Some(secret) = secret.filter(|secret| !public(secret)) else { return };
        let count = &mut self.counts[secret.sort as usize];
        if *count < MOST {
            *count += 1;
            self.secrets.push(secret);
        }
    }
}

/// A private key in a file that is no text.
pub(super) fn look_at_binary(bytes: &[u8]) -> Option<Secret> {
    let what = der::private_key(bytes)?.to_owned();
    Some(Secret { bytes: 0..0, sort: Sort::PrivateKey, what, name: None, sha256: digest(bytes) })
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn secret(text: &str, bytes: Range<usize>, sort: Sort, what: &str) -> Secret {
    let sha256 = digest(&text.as_bytes()[bytes.clone()]);
    Secret { bytes, sort, what: what.to_owned(), name: None, sha256 }
}

/// What begins at a place, and where to go on.
fn begins(begin: Begin, text: &str, hit: Range<usize>) -> (Option<Secret>, usize) {
    let of_key = |key: Option<Key>| {
        key.map(|key| Secret {
            sha256: digest(&key.contents),
            bytes: key.bytes,
            sort: Sort::PrivateKey,
            what: key.what,
            name: None,
        })
    };
    let secret = match begin {
        Begin::Token(index) => token(&known().tokens[index], text, hit.clone()),
        Begin::OpenAi => around(text, hit.clone(), Letters::Word, 40..=220)
            .filter(|place| text[place.clone()].starts_with("sk-") && random(&text[place.clone()]))
            .map(|place| secret(text, place, Sort::Token, "key of OpenAI")),
        Begin::Azure => around(text, hit.clone(), Letters::Dotted, 40..=40)
            .filter(|place| hit.start - place.start == 3 && random(&text[place.clone()]))
            .map(|place| secret(text, place, Sort::Token, "client secret of Azure")),
        Begin::WebToken => return web_token(text, hit.start),
        Begin::Address => addresses::look(text, hit.start)
            .map(|place| secret(text, place, Sort::Address, "address with a password")),
        Begin::Pem => of_key(keys::pem(text, hit.start)),
        Begin::Putty => of_key(keys::putty(text, hit.start)),
        Begin::Age => of_key(keys::age(text, hit.start)),
        Begin::WireGuard => of_key(keys::wireguard(text, hit.start)),
        Begin::Jwk => {
            let (key, next) = keys::jwk(text, hit.start);
            return (of_key(key), next);
        }
    };
    let next = secret.as_ref().map_or(hit.end, |secret| secret.bytes.end);
    (secret, next)
}

fn random(text: &str) -> bool {
    letters::looks_random(text)
}

/// How many bytes from here on are of these letters, and at most one more than `most`.
fn run(text: &str, from: usize, letters: Letters, most: usize) -> usize {
    text.as_bytes()[from..].iter().take(most + 1).take_while(|byte| letters.has(**byte)).count()
}

/// A token by its beginning.
fn token(token: &Token, text: &str, start: Range<usize>) -> Option<Secret> {
    let part_of_a_word = text.as_bytes()[..start.start]
        .last()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let (fewest, most) = token.length;
    let length = run(text, start.end, token.letters, most);
    let body = text[start.end..start.end + length].trim_end_matches('.');
    let end = start.end + body.len();
    let goes_on = text.as_bytes().get(end).is_some_and(u8::is_ascii_alphanumeric);
    let holds = token.holds.as_ref().is_none_or(|part| body.contains(part.as_str()));
    if part_of_a_word || goes_on || !(fewest..=most).contains(&body.len()) || !holds {
        return None;
    }
    let sort = match token.check {
        Some(check) => letters::checks(check, &text[start.clone()], body).then_some(Sort::Checked)?,
        None if token.certain => Sort::Token,
        None => Sort::Suspected,
    };
    random(body).then(|| secret(text, start.start..end, sort, &token.what))
}

/// The letters around a place, if they are as many as wanted.
fn around(
    text: &str,
    hit: Range<usize>,
    letters: Letters,
    wanted: std::ops::RangeInclusive<usize>,
) -> Option<Range<usize>> {
    let has = |byte: &&u8| letters.has(**byte) || **byte == b'~';
    let bytes = text.as_bytes();
    let before = bytes[..hit.start].iter().rev().take(wanted.end() + 1).take_while(has).count();
    let after = bytes[hit.end..].iter().take(wanted.end() + 1).take_while(has).count();
    let place = hit.start - before..hit.end + after;
    wanted.contains(&place.len()).then_some(place)
}

/// A JSON Web Token: three parts, the first of which says how the third was made. Another one can't
/// begin before its letters end.
fn web_token(text: &str, start: usize) -> (Option<Secret>, usize) {
    const LONGEST: usize = 4_096;
    let end = start + run(text, start, Letters::Dotted, LONGEST);
    let parts: Vec<&str> = text[start..end].split('.').collect();
    let [head, claims, signature] = parts[..] else { return (None, end) };
    let head = letters::from_base64(head.bytes());
    let signed = head.starts_with(b"{") && head.windows(5).any(|window| window == b"\"alg\"");
    let real = signed && claims.starts_with("eyJ") && signature.len() >= 40 && random(signature);
    (real.then(|| secret(text, start..end, Sort::Suspected, "JSON Web Token")), end)
}
