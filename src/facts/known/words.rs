//! What names tell: `rules/words.toml`.

use std::sync::LazyLock;

use crate::document::Value;
use crate::source::Source;

use super::patterns::{self, Pattern};

/// Everything the file says.
pub struct Words {
    /// Names of secrets.
    pub secret: Lexicon,
    /// Names of a patient's data.
    pub health: Lexicon,
    /// Names of what proves that something is genuine.
    pub proof: Lexicon,
    /// Macros that write to a log, a console or a crash report.
    pub log_macros: Vec<Pattern>,
    /// Methods that hand a value on as it is.
    pub hands_on: Vec<String>,
    /// Functions that hand a value on in another spelling.
    pub spellings: Vec<String>,
}

/// Names of one kind of thing.
pub struct Lexicon {
    names: Vec<Vec<String>>,
    endings: Vec<String>,
    not_after: Vec<String>,
    constants: Vec<String>,
}

/// What the embedded file says.
#[must_use]
pub fn words() -> &'static Words {
    static WORDS: LazyLock<Words> = LazyLock::new(|| {
        let source = Source::new("rules/words.toml", include_str!("../../../rules/words.toml"));
        let value = patterns::parse(&source);
        let section = |key: &str| value.entry(key).map_or(&value, |entry| &entry.value);
        Words {
            secret: Lexicon::read(section("secret")),
            health: Lexicon::read(section("health")),
            proof: Lexicon::read(section("proof")),
            log_macros: patterns::patterns(section("log"), "macros"),
            hands_on: patterns::texts(section("log"), "hands_on"),
            spellings: patterns::texts(section("log"), "spellings"),
        }
    });
    &WORDS
}

impl Lexicon {
    fn read(section: &Value) -> Self {
        let split = |text: String| text.split(' ').map(str::to_owned).collect();
        Self {
            names: patterns::texts(section, "names").into_iter().map(split).collect(),
            endings: patterns::texts(section, "endings"),
            not_after: patterns::texts(section, "not_after"),
            constants: patterns::texts(section, "constants"),
        }
    }

    /// True when an identifier names a thing of this kind.
    #[must_use]
    pub fn names(&self, identifier: &str) -> bool {
        if self.constants.iter().any(|constant| constant == identifier) {
            return true;
        }
        // `API_KEY` is the name of an environment variable more often than a key, `Password` a type.
        if !identifier.starts_with(|first: char| first.is_lowercase() || first == '_') {
            return false;
        }
        let mut words = split(identifier);
        while words.len() > 1 && words.last().is_some_and(|word| self.ends(word)) {
            words.pop();
        }
        self.names.iter().any(|name| {
            let Some(before) = words.len().checked_sub(name.len()) else { return false };
            let same = words[before..].iter().zip(name).all(|(word, wanted)| is_form(word, wanted));
            same && !words[..before].iter().any(|word| self.not_after.contains(word))
        })
    }

    fn ends(&self, word: &str) -> bool {
        self.endings.iter().any(|ending| ending == word) || word.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// True for the word, its plural, and the word with a number.
fn is_form(word: &str, wanted: &str) -> bool {
    word == wanted
        || word.strip_suffix('s') == Some(wanted)
        || word.trim_end_matches(|c: char| c.is_ascii_digit()) == wanted
}

/// The words of an identifier in lower case: split at underscores, capitals and before digits.
fn split(identifier: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for letter in identifier.chars() {
        let starts = before == '_'
            || (letter.is_uppercase() && !before.is_uppercase())
            || (letter.is_ascii_digit() && !before.is_ascii_digit() && before.is_uppercase());
        if letter != '_' {
            if starts {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase());
            }
        }
        before = letter;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_split_into_words() {
        assert_eq!(split("patientBirthDate"), ["patient", "birth", "date"]);
        assert_eq!(split("r_api_key_2"), ["r", "api", "key", "2"]);
        assert_eq!(split("__"), Vec::<String>::new());
        assert_eq!(split("base64"), ["base64"]);
    }

    #[test]
    fn a_secret_is_told_from_what_is_about_a_secret() {
        let secret = &words().secret;
        for name in [
            "password",
            "db_password",
            "apiKey",
            "api_keys",
            "client_secret",
            "password_str",
            "_jwt",
            "secret2",
        ] {
            assert!(secret.names(name), "{name} names a secret");
        }
        for name in [
            "password_hash",
            "hashed_password",
            "has_password",
            "api_key_id",
            "secret_name",
            "token",
            "key",
            "API_KEY",
            "Password",
            "password_len",
            "public_key",
            "tokens",
            "keyword",
            "pwd",
            "passwordless",
            "is_secret",
        ] {
            assert!(!secret.names(name), "{name} names no secret");
        }
    }

    #[test]
    fn patient_data_is_told_from_what_is_about_it() {
        let health = &words().health;
        for name in [
            "patient",
            "patient_name",
            "patientId",
            "mrn",
            "dob",
            "diagnosis",
            "PATIENT_NAME",
            "allergies",
            "patient_data",
        ] {
            assert!(health.names(name), "{name} names patient data");
        }
        for name in [
            "patient_count",
            "n_patients",
            "patients_len",
            "impatient",
            "PATIENT_TABLE",
            "name",
            "pid",
            "image",
        ] {
            assert!(!health.names(name), "{name} names no patient data");
        }
    }
}
