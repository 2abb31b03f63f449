//! Reading a table of a file that belongs to us, and the faults found on the way.

use jiff::civil::Date;

use crate::error::Fault;
use crate::source::{Location, Placed};

use super::{Entry, Value};

/// Reads one table of a file that belongs to us: every key is either asked for or a fault.
///
/// Faults are collected, so that a person mends the file in one go. Dropping `Fields` without
/// [`Fields::finish`] forgets the unknown keys.
pub struct Fields<'a> {
    table: &'a Value,
    name: String,
    known: Vec<&'static str>,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Fields<'a> {
    /// Starts reading a table. `name` is what messages call it, such as `[[waiver]]`.
    pub fn new(table: &'a Value, name: impl Into<String>, faults: &'a mut Vec<Fault>) -> Self {
        let name = name.into();
        if !table.is_table() {
            note(faults, &table.at(), format!("{name} is a {}, not a table", table.type_name()), None);
        }
        Self { table, name, known: Vec::new(), faults }
    }

    /// The raw value of a key, for tables within tables.
    pub fn value(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.push(key);
        self.table.entry(key).map(|entry| &entry.value)
    }

    /// The tables of a list, written as `[[key]]`; empty where the key is absent.
    pub fn tables(&mut self, key: &'static str) -> &'a [Value] {
        let Some(value) = self.value(key) else { return &[] };
        if value.type_name() != "array" {
            self.wrong_type(key, value, "list of tables");
        }
        value.items()
    }

    /// The entries of a table whose keys are names; empty where the key is absent.
    pub fn entries(&mut self, key: &'static str) -> &'a [Entry] {
        let Some(value) = self.value(key) else { return &[] };
        if !value.is_table() {
            self.wrong_type(key, value, "table");
        }
        value.entries()
    }

    /// An optional string.
    pub fn string(&mut self, key: &'static str) -> Option<Placed<String>> {
        self.typed(key, "string", |value| value.as_str().map(str::to_owned))
    }

    /// An optional boolean.
    pub fn boolean(&mut self, key: &'static str) -> Option<Placed<bool>> {
        self.typed(key, "boolean", Value::as_bool)
    }

    /// An optional integer.
    pub fn integer(&mut self, key: &'static str) -> Option<Placed<i64>> {
        self.typed(key, "integer", Value::as_integer)
    }

    /// An optional date such as `2026-11-22`, without quotes.
    pub fn date(&mut self, key: &'static str) -> Option<Placed<Date>> {
        self.typed(key, "date", Value::as_date)
    }

    /// An optional number of days.
    pub fn days(&mut self, key: &'static str) -> Option<Placed<u32>> {
        let days = self.integer(key)?;
        let Ok(value) = u32::try_from(days.value) else {
            self.fault(&days.at, format!("`{key}` is not a number of days"), None);
            return None;
        };
        Some(Placed { value, at: days.at })
    }

    /// An array of strings; empty where the key is absent.
    pub fn strings(&mut self, key: &'static str) -> Vec<Placed<String>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        if value.type_name() != "array" {
            self.wrong_type(key, value, "array of strings");
            return Vec::new();
        }
        let mut strings = Vec::new();
        for item in value.items() {
            match item.as_str() {
                Some(text) => strings.push(Placed { value: text.to_owned(), at: item.at() }),
                None => self.wrong_type(key, item, "string"),
            }
        }
        strings
    }

    /// A string, or an array of strings; empty where the key is absent.
    pub fn string_or_strings(&mut self, key: &'static str) -> Vec<Placed<String>> {
        match self.table.entry(key).map(|entry| entry.value.type_name()) {
            Some("array") => self.strings(key),
            _ => self.string(key).into_iter().collect(),
        }
    }

    /// A string that must be there and must not be blank.
    pub fn required(&mut self, key: &'static str) -> Option<Placed<String>> {
        match self.string(key) {
            Some(text) if !is_blank(&text.value) => Some(text),
            Some(text) => {
                self.fault(&text.at, format!("`{key}` of {} is blank", self.name), None);
                None
            }
            None => {
                self.missing(key);
                None
            }
        }
    }

    /// A date that must be there.
    pub fn required_date(&mut self, key: &'static str) -> Option<Placed<Date>> {
        let date = self.date(key);
        if date.is_none() && self.table.entry(key).is_none() {
            self.missing(key);
        }
        date
    }

    /// A word out of a closed list.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> Option<Placed<T>> {
        let text = self.string(key)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(Placed { value: *value, at: text.at });
        }
        self.not_a_word(key, &text, words);
        None
    }

    /// A word out of a closed list that must be there.
    pub fn required_word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<Placed<T>> {
        let word = self.word(key, words);
        if word.is_none() && self.table.entry(key).is_none() {
            self.missing(key);
        }
        word
    }

    fn not_a_word<T>(&mut self, key: &str, text: &Placed<String>, words: &[(&'static str, T)]) {
        let list: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let help = suggestion(&text.value, &list).unwrap_or_else(|| format!("one of: {}", list.join(", ")));
        self.fault(&text.at, format!("`{key}` of {} can't be `{}`", self.name, text.value), Some(help));
    }

    /// An array of words out of a closed list; empty where the key is absent.
    pub fn words<T: Copy>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> Vec<Placed<T>> {
        let mut known = Vec::new();
        for text in self.strings(key) {
            match words.iter().find(|(word, _)| *word == text.value) {
                Some((_, value)) => known.push(Placed { value: *value, at: text.at }),
                None => self.not_a_word(key, &text, words),
            }
        }
        known
    }

    /// Adds a fault of the caller's own.
    pub fn fault(&mut self, at: &Location, message: impl Into<String>, help: Option<String>) {
        note(self.faults, at, message, help);
    }

    /// The list that faults are collected in, for tables within this one.
    pub fn faults(&mut self) -> &mut Vec<Fault> {
        self.faults
    }

    /// Ends the reading: keys nobody asked for are faults.
    pub fn finish(self) {
        for entry in self.table.entries() {
            if !self.known.contains(&entry.key.as_str()) {
                let help = suggestion(&entry.key, &self.known)
                    .unwrap_or_else(|| format!("known keys: {}", self.known.join(", ")));
                let message = format!("{} has no key `{}`", self.name, entry.key);
                note(self.faults, &entry.key_at, message, Some(help));
            }
        }
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
        wanted: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<Placed<T>> {
        let value = self.value(key)?;
        let read = read(value);
        if read.is_none() {
            self.wrong_type(key, value, wanted);
        }
        read.map(|read| Placed { value: read, at: value.at() })
    }

    fn missing(&mut self, key: &str) {
        let at = self.table.at();
        self.fault(&at, format!("{} has no `{key}`", self.name), Some(format!("add `{key} = ...`")));
    }

    fn wrong_type(&mut self, key: &str, value: &Value, wanted: &str) {
        let message = format!("`{key}` of {} is a {}, not a {wanted}", self.name, value.type_name());
        self.fault(&value.at(), message, None);
    }
}

/// True for a text in which nothing can be seen.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || matches!(c, '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}'
                | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
    })
}

/// Adds a fault, unless the file has so many that nobody would read more: each one carries the
/// text of the file, and a hostile file can have a fault on every line.
pub fn note(faults: &mut Vec<Fault>, at: &Location, message: impl Into<String>, help: Option<String>) {
    const MOST_FAULTS: usize = 100;
    if faults.len() < MOST_FAULTS {
        faults.push(fault(at, message, help));
    }
}

/// A fault at a place.
#[must_use]
pub fn fault(at: &Location, message: impl Into<String>, help: Option<String>) -> Fault {
    Fault { message: message.into(), help, file: at.named_source(), span: at.span() }
}

/// "did you mean", if a known word is close.
#[must_use]
pub fn suggestion<S: AsRef<str>>(word: &str, known: &[S]) -> Option<String> {
    let near: Vec<&str> = known
        .iter()
        .map(AsRef::as_ref)
        .filter(|candidate| {
            strsim::damerau_levenshtein(word, candidate) <= candidate.chars().count().max(3) / 3
        })
        .collect();
    closest(word, &near).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// The known word that is closest to a word, however far that is.
#[must_use]
pub fn closest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known.iter().copied().min_by_key(|candidate| strsim::damerau_levenshtein(word, candidate))
}
