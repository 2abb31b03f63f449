//! What names tell: `rules/words.toml`.

use std::collections::{HashMap, HashSet};
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
    /// Words in the name of a function that decides whether something is genuine.
    pub decides: HashSet<String>,
    /// Functions that decide on access.
    pub allows: HashSet<String>,
    /// Words of switches.
    pub switch: Switch,
    /// Macros that write to a log, a console or a crash report.
    pub log_macros: Vec<Pattern>,
    /// Methods that hand a value on as it is.
    pub hands_on: Vec<String>,
    /// Functions that hand a value on in another spelling.
    pub spellings: Vec<String>,
}

/// Words of a switch that takes a protection away.
pub struct Switch {
    /// What is protected.
    pub protections: HashSet<String>,
    /// What takes the protection away.
    pub takes_away: HashSet<String>,
    /// What says it alone.
    pub alone: HashSet<String>,
    /// What makes it the name of a list.
    pub lists: HashSet<String>,
}

/// Names of one kind of thing.
pub struct Lexicon {
    /// By their last word: every identifier of a workspace is asked for.
    names: HashMap<String, Vec<Vec<String>>>,
    endings: HashSet<String>,
    not_after: HashSet<String>,
    constants: HashSet<String>,
}

/// What the embedded file says.
#[must_use]
pub fn words() -> &'static Words {
    static WORDS: LazyLock<Words> = LazyLock::new(|| {
        let source = Source::new("rules/words.toml", include_str!("../../../rules/words.toml"));
        let value = patterns::parse(&source);
        let section = |key: &str| value.entry(key).map_or(&value, |entry| &entry.value);
        let set = |of: &str, key: &str| patterns::texts(section(of), key).into_iter().collect();
        Words {
            decides: set("decision", "genuine"),
            allows: set("decision", "access"),
            switch: Switch {
                protections: set("switch", "protections"),
                takes_away: set("switch", "takes_away"),
                alone: set("switch", "alone"),
                lists: set("switch", "lists"),
            },
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
        let set = |key: &str| patterns::texts(section, key).into_iter().collect();
        let mut names: HashMap<String, Vec<Vec<String>>> = HashMap::new();
        for name in patterns::texts(section, "names") {
            let words: Vec<String> = name.split(' ').map(str::to_owned).collect();
            names.entry(words.last().cloned().unwrap_or_default()).or_default().push(words);
        }
        Self { names, endings: set("endings"), not_after: set("not_after"), constants: set("constants") }
    }

    /// True when an identifier names a thing of this kind.
    #[must_use]
    pub fn names(&self, identifier: &str) -> bool {
        self.names_in(&Identifier::of(identifier))
    }

    /// The same for an identifier that others are asked about too.
    #[must_use]
    pub fn names_in(&self, identifier: &Identifier<'_>) -> bool {
        if self.constants.contains(identifier.text) {
            return true;
        }
        let mut words = identifier.words.as_slice();
        while let [before @ .., last] = words
            && !before.is_empty()
            && self.ends(last)
        {
            words = before;
        }
        let Some(last) = words.last() else { return false };
        forms(last).filter_map(|form| self.names.get(form)).flatten().any(|name| {
            let Some(before) = words.len().checked_sub(name.len()) else { return false };
            let same = words[before..].iter().zip(name).all(|(word, wanted)| is_form(word, wanted));
            same && !words[..before].iter().any(|word| self.not_after.contains(word))
        })
    }

    fn ends(&self, word: &str) -> bool {
        self.endings.contains(word) || word.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// An identifier and its words.
pub struct Identifier<'t> {
    text: &'t str,
    /// Empty for what can't name a thing: `API_KEY` is the name of an environment variable more often than a
    /// key, `Password` a type.
    words: Vec<String>,
}

impl<'t> Identifier<'t> {
    /// Takes an identifier apart.
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        let names = text.starts_with(|first: char| first.is_lowercase() || first == '_');
        Self { text, words: if names { split(text) } else { Vec::new() } }
    }
}

/// The word, its singular, and the word without its number.
fn forms(word: &str) -> impl Iterator<Item = &str> {
    let without_number = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let others = [word.strip_suffix('s'), Some(without_number).filter(|form| *form != word)];
    std::iter::once(word).chain(others.into_iter().flatten())
}

/// True for the word, its plural, and the word with a number.
fn is_form(word: &str, wanted: &str) -> bool {
    forms(word).any(|form| form == wanted)
}

/// The words of an identifier in lower case: split at underscores, capitals and before digits.
#[must_use]
pub fn split(identifier: &str) -> Vec<String> {
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
