//! What is known about secrets: `rules/secrets.toml`.

use std::sync::{Arc, LazyLock};

use crate::document::{self, Value};
use crate::source::Source;

/// Everything the file says.
pub(super) struct Known {
    pub(super) tokens: Vec<Token>,
    /// What marks a value as an example, in lower case.
    pub(super) placeholders: Vec<String>,
    /// Passwords that guard nothing.
    pub(super) passwords: Vec<String>,
    /// Texts that everybody knows, by the first digits of their SHA-256.
    pub(super) public: Vec<String>,
}

/// A kind of token.
#[derive(Debug)]
pub(super) struct Token {
    /// What it is.
    pub(super) what: String,
    /// How it begins.
    pub(super) starts: Vec<String>,
    /// The letters that follow.
    pub(super) letters: Letters,
    /// The fewest and the most of them.
    pub(super) length: (usize, usize),
    /// What must be among them.
    pub(super) holds: Option<String>,
    /// The checksum in it.
    pub(super) check: Option<Check>,
    /// False for what is often meant to be seen.
    pub(super) certain: bool,
}

/// Letters of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    Alphanumeric,
    Word,
    Dotted,
    Hex,
    Base32,
    Base64,
    Path,
}

impl Letters {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("alphanumeric", Self::Alphanumeric),
        ("word", Self::Word),
        ("dotted", Self::Dotted),
        ("hex", Self::Hex),
        ("base32", Self::Base32),
        ("base64", Self::Base64),
        ("path", Self::Path),
    ];

    pub(super) fn has(self, byte: u8) -> bool {
        match self {
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Dotted => Self::Word.has(byte) || byte == b'.',
            Self::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::Base32 => matches!(byte, b'A'..=b'Z' | b'2'..=b'7'),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-'),
            Self::Path => Self::Word.has(byte) || byte == b'/',
        }
    }
}

/// A checksum within a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// The last six letters are the CRC-32 of those before, in base 62.
    Crc32Base62,
    /// The eight letters behind the last `_` are the CRC-32 of what stands before, its lowest byte first.
    Crc32Hex,
}

/// What the embedded file says.
pub(super) fn known() -> &'static Known {
    static KNOWN: LazyLock<Known> = LazyLock::new(|| {
        read(&Source::new("rules/secrets.toml", include_str!("../../../rules/secrets.toml"))).unwrap_or_else(
            || Known {
                tokens: Vec::new(),
                placeholders: Vec::new(),
                passwords: Vec::new(),
                public: Vec::new(),
            },
        )
    });
    &KNOWN
}

fn read(source: &Arc<Source>) -> Option<Known> {
    let value = document::parse(source).ok()?;
    let texts = |value: Option<&Value>| -> Vec<String> {
        let items = value.map(Value::items).unwrap_or_default();
        items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let tokens = value.get(&["token"]).map(Value::items).unwrap_or_default();
    let public = value.get(&["known"]).map(Value::entries).unwrap_or_default();
    Some(Known {
        tokens: tokens.iter().map(token).collect::<Option<_>>()?,
        placeholders: texts(value.get(&["placeholder", "words"])),
        passwords: texts(value.get(&["placeholder", "passwords"])),
        public: public.iter().map(|entry| entry.key.clone()).collect(),
    })
}

fn token(table: &Value) -> Option<Token> {
    let text = |key: &str| table.get(&[key]).and_then(Value::as_str);
    let items = |key: &str| table.get(&[key]).map(Value::items).unwrap_or_default();
    let number = |value: &Value| usize::try_from(value.as_integer()?).ok();
    let letters = text("letters")?;
    let (_, letters) = Letters::WORDS.iter().find(|(word, _)| *word == letters)?;
    let [fewest, most] = items("length") else { return None };
    Some(Token {
        what: text("what")?.to_owned(),
        starts: items("starts").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        letters: *letters,
        length: (number(fewest)?, number(most)?),
        holds: text("holds").map(str::to_owned),
        check: match text("check") {
            None => None,
            Some("crc32-base62") => Some(Check::Crc32Base62),
            Some("crc32-hex") => Some(Check::Crc32Hex),
            Some(_) => return None,
        },
        certain: table.get(&["certain"]).and_then(Value::as_bool) != Some(false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_the_file_is_read() {
        let text = include_str!("../../../rules/secrets.toml");
        let known = known();
        assert_eq!(text.matches("[[token]]").count(), known.tokens.len());
        assert!(!known.placeholders.is_empty() && !known.passwords.is_empty());
        let keys = ["what", "starts", "letters", "length", "holds", "check", "certain"];
        let value = document::parse(&Source::new("secrets.toml", text)).expect("TOML");
        for entry in value.get(&["token"]).expect("tokens").items().iter().flat_map(Value::entries) {
            assert!(keys.contains(&entry.key.as_str()), "{}: unknown key", entry.key_at);
        }
        for token in &known.tokens {
            assert!(!token.starts.is_empty() && token.length.0 <= token.length.1, "{token:?}");
            assert!(token.starts.iter().all(|start| start.len() > 2 && start.is_ascii()), "{token:?}");
        }
        for word in known.placeholders.iter().chain(&known.passwords) {
            assert_eq!(*word, word.to_ascii_lowercase());
        }
        for digits in &known.public {
            assert!(digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()), "{digits}");
        }
    }
}
