//! Values that look drawn at random, below a name: `api_key = "..."`.

use std::ops::Range;

use super::keys::head;
use super::letters::{entropy, looks_random};

/// Pieces of names that are looked at, in lower case. What such a name means is decided elsewhere.
pub(super) const PIECES: &[&str] = &[
    "passw",
    "passphrase",
    "secret",
    "token",
    "_key",
    "-key",
    "apikey",
    "accesskey",
    "credential",
    "bearer",
    "jwt",
];

const LONGEST_NAME: usize = 64;
const LONGEST_VALUE: usize = 200;
const SHORTEST_VALUE: usize = 16;

/// A value below a name.
pub(super) struct Named {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// Looks around a piece of a name; and where to go on. `bare` takes values without quotes.
pub(super) fn look(text: &str, at: usize, bare: bool) -> (Option<Named>, usize) {
    let bytes = text.as_bytes();
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let before = bytes[..at].iter().rev().take(LONGEST_NAME).take_while(|byte| letter(byte)).count();
    let after = bytes[at..].iter().take(LONGEST_NAME).take_while(|byte| letter(byte)).count();
    let name = at - before..at + after;
    (value(text, name.end, bare).map(|value| Named { name: name.clone(), value }), name.end.max(at + 1))
}

/// The value that is given to what ends here.
fn value(text: &str, from: usize, bare: bool) -> Option<Range<usize>> {
    let rest = head(&text[from..], LONGEST_VALUE + 40);
    let mut at = rest.strip_prefix(['"', '\'']).unwrap_or(rest).trim_start_matches([' ', '\t']);
    // `: &str = `, `: String = `: the type of a constant.
    if let Some(typed) = at.strip_prefix(':')
        && let Some((of_type, value)) = typed.split_once('=').filter(|(of_type, _)| of_type.len() < 24)
        && of_type.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" &'<>_:".contains(&byte))
    {
        at = value;
    } else {
        at = ["=>", ":=", "=", ":"].iter().find_map(|sign| at.strip_prefix(sign))?;
    }
    at = at.trim_start_matches([' ', '\t']);
    let quote = at.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'));
    let value = match quote {
        Some(quote) => at[1..].split_once(quote)?.0,
        None if bare => at.split(|letter: char| letter.is_whitespace() || letter == ',').next()?,
        None => return None,
    };
    let start = from + (rest.len() - at.len()) + usize::from(quote.is_some());
    is_suspect(value).then(|| start..start + value.len())
}

/// True for a value that no person would think of.
fn is_suspect(value: &str) -> bool {
    let letters =
        value.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>{}()[]$%\\;,|`\"'".contains(&byte));
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let words = value.split(['-', '_', '.', '/', ':']).all(|part| {
        part.bytes().all(|byte| byte.is_ascii_alphabetic()) || part.bytes().all(|byte| byte.is_ascii_digit())
    });
    (SHORTEST_VALUE..=LONGEST_VALUE).contains(&value.len())
        && letters
        && digits >= 2
        && !words
        && !value.contains("://")
        && !value.starts_with(['/', '.', '@', '#'])
        && entropy(value) > 3.3
        && looks_random(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, bare: bool) -> Option<(&str, &str)> {
        let at = PIECES.iter().filter_map(|piece| text.to_ascii_lowercase().find(piece)).min()?;
        let named = look(text, at, bare).0?;
        Some((&text[named.name], &text[named.value]))
    }

    #[test]
    fn a_random_value_below_a_name_is_found() {
        const VALUE: &str = "t7Kq2mXv9LpR4wZs8NcB";
        for (text, name) in [
            ("api_key = \"VALUE\"", "api_key"),
            ("const DB_PASSWORD: &str = \"VALUE\";", "DB_PASSWORD"),
            ("{\"clientSecret\": \"VALUE\"}", "clientSecret"),
            ("auth-token => 'VALUE'", "auth-token"),
        ] {
            assert_eq!(told(&text.replace("VALUE", VALUE), false), Some((name, VALUE)), "{text}");
        }
        assert_eq!(told("API_TOKEN=t7Kq2mXv9LpR4wZs8NcB\n", true), Some(("API_TOKEN", VALUE)));
        assert_eq!(told("API_TOKEN=t7Kq2mXv9LpR4wZs8NcB\n", false), None);
    }

    #[test]
    fn words_paths_and_places_to_fill_in_are_let_pass() {
        for text in [
            "password = \"correct-horse-battery-staple\"",
            "token = \"${{ secrets.GITHUB_TOKEN }}\"",
            "secret = \"projects/pump/secrets/db-1\"",
            "api_key = \"your-api-key-123456\"",
            "secret_key = std::env::var(\"KEY\")",
            "token_type: \"access_token\"",
            "password = \"\"",
            "password",
            "token: \"0000000000000000000012\"",
        ] {
            assert_eq!(told(text, false), None, "{text}");
        }
    }
}
