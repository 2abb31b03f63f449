//! Documents with a place for every key and value: TOML, and the JSON, YAML and HCL of other tools.
//!
//! Manifests, cargo configuration, policies, threat models and rule pages are all read through this
//! one door, so that every finding can point at the words it is about. Two ways of reading: by path
//! ([`Value::get`]) for files that others own, where unknown keys are none of our business, and by
//! [`Fields`] for files that belong to us, where an unknown key is a fault with a suggestion. [`set`] changes
//! a text and leaves the rest of it as it is.

mod edit;
mod fields;
mod hcl;
mod inherit;
mod json;
mod yaml;

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use crate::source::{Location, Source};

pub use edit::{Field, Scalar, add_table, set};
pub use fields::{Fields, closest, fault, is_blank, note, suggestion};
pub use hcl::parse_hcl;
pub use json::parse_json;
pub use yaml::{parse_gitlab, parse_yaml};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Value {
    node: Node,
    source: Arc<Source>,
    span: Range<usize>,
}

#[derive(Debug, Clone)]
enum Node {
    String(String),
    Integer(i64),
    Boolean(bool),
    /// Dates, numbers that fit no `i64`, the null of JSON and YAML: kept as written.
    Other(&'static str, String),
    Array(Vec<Value>),
    Table(Vec<Entry>),
    /// What GitLab puts another value in the place of: the keys that lead to it.
    Reference(Vec<String>),
}

/// A key, its value, and where both stand.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key, without quotes.
    pub key: String,
    /// Where the key stands.
    pub key_at: Location,
    /// The value.
    pub value: Value,
}

/// Why a text can't be read.
#[derive(Debug, Clone)]
pub struct SyntaxError {
    /// The parser's message.
    pub message: String,
    /// Where it gave up.
    pub at: Location,
}

/// Reads a TOML text.
///
/// # Errors
/// The first syntax error, with its place. Deep nesting is one.
pub fn parse(source: &Arc<Source>) -> Result<Value, SyntaxError> {
    let text = source.text();
    match toml::de::DeTable::parse(text) {
        Ok(table) => {
            let span = table.span();
            Ok(Value {
                node: Node::Table(entries(source, table.into_inner())),
                source: Arc::clone(source),
                span,
            })
        }
        Err(error) => Err(SyntaxError {
            message: error.message().to_owned(),
            at: source.at(error.span().unwrap_or(0..0)),
        }),
    }
}

fn entries(source: &Arc<Source>, table: toml::de::DeTable<'_>) -> Vec<Entry> {
    table
        .into_iter()
        .map(|(key, value)| Entry {
            key_at: source.at(key.span()),
            key: key.into_inner().into_owned(),
            value: convert(source, value),
        })
        .collect()
}

fn convert(source: &Arc<Source>, value: toml::Spanned<toml::de::DeValue<'_>>) -> Value {
    use toml::de::DeValue;
    let span = value.span();
    let node = match value.into_inner() {
        DeValue::String(text) => Node::String(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Node::Other("integer", number.as_str().to_owned()), Node::Integer),
        DeValue::Float(number) => Node::Other("float", number.as_str().to_owned()),
        DeValue::Boolean(truth) => Node::Boolean(truth),
        DeValue::Datetime(date) => Node::Other("date", date.to_string()),
        DeValue::Array(items) => Node::Array(items.into_iter().map(|item| convert(source, item)).collect()),
        DeValue::Table(table) => Node::Table(entries(source, table)),
    };
    Value { node, source: Arc::clone(source), span }
}

impl Value {
    /// A table without keys at the start of a file: what is known of a file that cannot be parsed.
    #[must_use]
    pub fn empty_table(source: &Arc<Source>) -> Self {
        Self { node: Node::Table(Vec::new()), source: Arc::clone(source), span: 0..0 }
    }

    /// Where the value stands.
    #[must_use]
    pub fn at(&self) -> Location {
        self.source.at(self.span.clone())
    }

    /// What the value is, as people call it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match &self.node {
            Node::String(_) => "string",
            Node::Integer(_) => "integer",
            Node::Boolean(_) => "boolean",
            Node::Other(name, _) => name,
            Node::Array(_) => "array",
            Node::Table(_) => "table",
            Node::Reference(_) => "reference",
        }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.node {
            Node::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value of a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.node {
            Node::Boolean(truth) => Some(truth),
            _ => None,
        }
    }

    /// The number of an integer.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        match self.node {
            Node::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// The number of an integer or a number with a fraction.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match &self.node {
            Node::Integer(number) => number.to_string().parse().ok(),
            Node::Other("float" | "integer", text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The calendar day of a date; a date with a time is none.
    #[must_use]
    pub fn as_date(&self) -> Option<Date> {
        match &self.node {
            Node::Other("date", text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The calendar day of a date, or of a date with a time, as written.
    #[must_use]
    pub fn as_day(&self) -> Option<Date> {
        match &self.node {
            Node::Other("date", text) => text.get(..10)?.parse().ok(),
            _ => None,
        }
    }

    /// The items of an array; of anything else, none.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        match &self.node {
            Node::Array(items) => items,
            _ => &[],
        }
    }

    /// The entries of a table in the order of the file; of anything else, none.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.node {
            Node::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The entry of a table with this key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value found by following keys from table to table.
    #[must_use]
    pub fn get(&self, keys: &[&str]) -> Option<&Value> {
        keys.iter().try_fold(self, |value, key| Some(&value.entry(key)?.value))
    }

    /// The keys from the top of a pipeline of GitLab to the value that stands for this one.
    #[must_use]
    pub fn as_reference(&self) -> Option<&[String]> {
        match &self.node {
            Node::Reference(keys) => Some(keys),
            _ => None,
        }
    }

    /// True for a table.
    #[must_use]
    pub fn is_table(&self) -> bool {
        matches!(self.node, Node::Table(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "title = \"ä\"\ncount = 3\n[inner]\nday = 2026-11-22\nlist = [\"a\", \"b\"]\n";

    #[test]
    fn every_value_has_its_place() {
        let value = parse(&Source::new("t.toml", TEXT)).expect("TOML");
        assert_eq!(value.get(&["inner", "day"]).expect("a day").at().start(), (4, 7));
        assert_eq!(value.get(&["inner", "list"]).expect("a list").items()[1].at().snippet(), "\"b\"");
        assert_eq!(value.get(&["title"]).and_then(Value::as_str), Some("ä"));
    }

    #[test]
    fn every_prefix_parses_or_is_an_error_with_a_place() {
        for end in (0..=TEXT.len()).filter(|end| TEXT.is_char_boundary(*end)) {
            let source = Source::new("t.toml", &TEXT[..end]);
            if let Err(error) = parse(&source) {
                assert!(error.at.bytes().end <= end);
            }
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_crash() {
        let deep = format!("a = {}", "[".repeat(100_000));
        assert!(parse(&Source::new("t.toml", deep)).is_err());
    }

    #[test]
    fn a_fault_on_every_line_does_not_fill_the_memory() {
        let text = (0..100_000).fold(String::new(), |text, n| text + &format!("k{n} = 1\n"));
        let value = parse(&Source::new("t.toml", text)).expect("TOML");
        let mut faults = Vec::new();
        Fields::new(&value, "the file", &mut faults).finish();
        assert_eq!(faults.len(), 100);
    }

    #[test]
    fn unknown_keys_are_faults_with_a_suggestion() {
        let value = parse(&Source::new("t.toml", "titel = \"x\"\n")).expect("TOML");
        let mut faults = Vec::new();
        let mut fields = Fields::new(&value, "the file", &mut faults);
        assert!(fields.string("title").is_none());
        fields.finish();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].help.as_deref(), Some("did you mean `title`?"));
    }
}
