//! Private keys in text: PEM, `PuTTY`, age, JSON Web Keys, `WireGuard`.

use std::ops::Range;

use super::der;
use super::letters::{base64_value, from_base64, is_bech32, looks_random};

/// A private key in a text.
pub(super) struct Key {
    pub(super) bytes: Range<usize>,
    pub(super) what: String,
    /// What is hashed: the key itself, however it is written down.
    pub(super) contents: Vec<u8>,
}

/// How a block of PEM begins.
pub(super) const BEGIN: &str = "-----BEGIN ";
pub(super) const PUTTY: &str = "PuTTY-User-Key-File-";
pub(super) const AGE: &str = "AGE-SECRET-KEY-1";
pub(super) const JWK: &str = "\"kty\"";
pub(super) const WIREGUARD: &str = "PrivateKey";

/// The most letters of base 64 that a private key has: an RSA key of 16384 bits has 12 kB.
const MOST_LETTERS: usize = 20_000;

/// The lines before them, and how long a line is, where the whole key stands on one.
const MOST_HEADS: usize = 8;
const LONGEST_LINE: usize = 16 * 1024;

/// How far a block goes at most, blank lines and marks of comments included.
const LONGEST_BODY: usize = 64 * 1024;

/// What may stand before a line in a comment or a text that is put together. A slash and a plus are
/// letters too, unless a space follows.
const MARKS: &[&str] = &["/// ", "//! ", "// ", "# ", "* ", "> ", "+ "];

/// How long the label of a block may be, and a JSON Web Key.
const LONGEST_LABEL: usize = 48;
const LONGEST_JWK: usize = 16 * 1024;

/// A block of PEM that starts here and holds a private key.
pub(super) fn pem(text: &str, start: usize) -> Option<Key> {
    let from = start + BEGIN.len();
    let label_end =
        from + text.as_bytes().get(from..)?.iter().take(LONGEST_LABEL).position(|byte| *byte == b'-')?;
    let label = text.get(from..label_end)?;
    let body = text.get(label_end..)?.strip_prefix("-----")?;
    let label = label.strip_suffix(" BLOCK").unwrap_or(label);
    if label != "PRIVATE KEY" && !label.ends_with(" PRIVATE KEY") {
        return None;
    }
    let (letters, end, mut sealed) = letters(body);
    let contents = from_base64(letters.into_iter());
    let what = match label {
        "OPENSSH PRIVATE KEY" => {
            let rest = contents.strip_prefix(b"openssh-key-v1\0")?;
            sealed |= !rest.starts_with(b"\0\0\0\x04none");
            (contents.len() > 90).then_some("private key of OpenSSH")?
        }
        "PGP PRIVATE KEY" => {
            let tag = contents.first()?;
            let secret = tag & 0xfc == 0x94 || *tag == 0xc5;
            (secret && contents.len() > 60).then_some("private key of OpenPGP")?
        }
        // What is encrypted looks like anything.
        _ if sealed && contents.len() >= 48 => "private key",
        _ => {
            let what = der::private_key(&contents)?;
            sealed |= what.ends_with("encrypted");
            what.trim_end_matches(", encrypted")
        }
    };
    let what = if sealed { format!("{what}, encrypted") } else { what.to_owned() };
    let end = text.len() - body.len() + end;
    Some(Key { bytes: start..end, what, contents })
}

/// The letters of base 64 of a block, where they end, and whether its head says that it is encrypted.
///
/// The block may be a text of a program: with `\n` for the ends of lines, quotes around them, and marks
/// of a comment before.
fn letters(body: &str) -> (Vec<u8>, usize, bool) {
    let (mut letters, mut end, mut sealed, mut heads) = (Vec::new(), 0, false, 0);
    let mut rest = body;
    while letters.len() < MOST_LETTERS && end < LONGEST_BODY {
        let line = head(rest, LONGEST_LINE);
        let ends = line.bytes().zip(line.bytes().skip(1).chain([0]));
        let mut ends = ends.enumerate().filter(|(_, pair)| matches!(pair, (b'\n', _) | (b'\\', b'n')));
        let line_end = ends.next().map_or(line.len(), |(at, _)| at);
        let line = &line[..line_end];
        let text = MARKS
            .iter()
            .fold(line.trim_start(), |text, mark| text.strip_prefix(mark).map_or(text, str::trim_start));
        let text = text.trim_start_matches(['"', '\'']);
        if text.contains(':') && letters.is_empty() && heads < MOST_HEADS {
            sealed |= text.contains("ENCRYPTED");
            heads += 1;
        } else {
            let count =
                text.bytes().take_while(|byte| base64_value(*byte).is_some() && *byte != b'-').count();
            letters.extend_from_slice(&text.as_bytes()[..count]);
            let after = text[count..].trim_start_matches(['=', '"', '\'', ',', ' ', '\t', '\r', '\\', '+']);
            if !after.is_empty() {
                end += line.len() - after.len();
                break;
            }
        }
        let step = match rest.as_bytes().get(line_end) {
            Some(b'\n') => line_end + 1,
            Some(b'\\') => line_end + 2,
            _ => {
                end += line_end;
                break;
            }
        };
        end += step;
        rest = &rest[step..];
    }
    (letters, end, sealed)
}

/// A key file of `PuTTY` that starts here.
pub(super) fn putty(text: &str, start: usize) -> Option<Key> {
    let rest = head(text.get(start..)?, 8 * 1024);
    let sealed =
        rest.lines().find_map(|line| line.strip_prefix("Encryption: ")).is_some_and(|how| how != "none");
    let at = rest.find("Private-Lines:")?;
    let body = rest[at..].split_once('\n')?.1;
    let contents = from_base64(letters(body).0.into_iter());
    let what = if sealed { "private key of PuTTY, encrypted" } else { "private key of PuTTY" };
    (contents.len() >= 32).then(|| Key { bytes: start..start + at, what: what.to_owned(), contents })
}

/// A secret key of age that starts here.
pub(super) fn age(text: &str, start: usize) -> Option<Key> {
    let length = AGE.len() + 58;
    let key = text.get(start..start + length)?;
    let what = "private key of age".to_owned();
    is_bech32(key).then(|| Key { bytes: start..start + length, what, contents: key.into() })
}

/// A JSON Web Key around this place; and where to go on.
pub(super) fn jwk(text: &str, at: usize) -> (Option<Key>, usize) {
    let before = text.as_bytes()[..at].iter().rev().take(LONGEST_JWK);
    let start = before.enumerate().find(|(_, byte)| **byte == b'{').map_or(at, |(steps, _)| at - steps - 1);
    let rest = head(&text[at..], LONGEST_JWK);
    let end = at + rest.find('}').map_or(rest.len(), |end| end + 1);
    let object = &text[start..end];
    let secret = object.match_indices("\"d\"").find_map(|(place, name)| {
        let value =
            object[place + name.len()..].trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
        let length = value.bytes().take_while(|byte| base64_value(*byte).is_some()).count();
        let from = object.len() - value.len();
        (length >= 40 && value[length..].starts_with('"')).then(|| (from..from + length, &value[..length]))
    });
    let key = secret.filter(|(_, letters)| looks_random(letters)).map(|(place, letters)| Key {
        bytes: start + place.start..start + place.end,
        what: "private key (JSON Web Key)".to_owned(),
        contents: from_base64(letters.bytes()),
    });
    (key, end)
}

/// `PrivateKey = ...` of `WireGuard` that starts here.
pub(super) fn wireguard(text: &str, start: usize) -> Option<Key> {
    let value = text.get(start + WIREGUARD.len()..)?.trim_start_matches(' ').strip_prefix('=')?;
    let value = value.trim_start_matches([' ', '"', '\'']);
    let letters = value.get(..44)?;
    let ends =
        value[44..].chars().next().is_none_or(|next| next.is_whitespace() || matches!(next, '"' | '\''));
    let contents = from_base64(letters.bytes());
    let from = text.len() - value.len();
    let fits = ends && letters.ends_with('=') && contents.len() == 32 && looks_random(&letters[..43]);
    fits.then(|| Key { bytes: from..from + 44, what: "private key of WireGuard".to_owned(), contents })
}

/// The first so many bytes, up to the border of a character.
pub(super) fn head(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
