//! JSON with a place for every key and value.
//!
//! `serde_json` decides what is JSON; `jsonc-parser`, told to be as strict, tells where things stand, and
//! ends at 512 levels of nesting. A key given twice is an error: readers of JSON differ in which one they
//! take, and a report must not depend on that.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;

use crate::source::Source;

use super::{Entry, Node, SyntaxError, Value};

/// What a file may begin with, and what then does not count.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Nothing but JSON.
const STRICT: jsonc_parser::ParseOptions = jsonc_parser::ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads a JSON text.
///
/// # Errors
/// The first syntax error, with its place. Deep nesting and a key given twice are such errors.
pub fn parse_json(source: &Arc<Source>) -> Result<Value, SyntaxError> {
    let text = source.text().strip_prefix(BYTE_ORDER_MARK).unwrap_or(source.text());
    let reader = Reader { source, offset: source.text().len() - text.len() };
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let at = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        return Err(reader.fault(message, at..at + 1));
    }
    let parsed = jsonc_parser::parse_to_ast(text, &jsonc_parser::CollectOptions::default(), &STRICT);
    let parsed = parsed.map_err(|error| {
        let range = error.range();
        reader.fault(&error.kind().to_string(), range.start..range.end)
    })?;
    reader.value(parsed.value.ok_or_else(|| reader.fault("there is nothing in it", 0..0))?)
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    offset: usize,
}

impl Reader<'_> {
    fn fault(&self, message: &str, bytes: Range<usize>) -> SyntaxError {
        SyntaxError { message: message.to_owned(), at: self.source.at(self.span(&bytes)) }
    }

    fn span(&self, bytes: &Range<usize>) -> Range<usize> {
        bytes.start + self.offset..bytes.end + self.offset
    }

    fn value(&self, value: ast::Value<'_>) -> Result<Value, SyntaxError> {
        let range = value.range();
        let node = match value {
            ast::Value::StringLit(text) => Node::String(text.value.into_owned()),
            ast::Value::NumberLit(number) => match number.value.parse() {
                Ok(integer) => Node::Integer(integer),
                Err(_) => Node::Other("float", number.value.to_owned()),
            },
            ast::Value::BooleanLit(truth) => Node::Boolean(truth.value),
            ast::Value::NullKeyword(_) => Node::Other("null", String::new()),
            ast::Value::Array(array) => Node::Array(
                array.elements.into_iter().map(|item| self.value(item)).collect::<Result<_, _>>()?,
            ),
            ast::Value::Object(object) => Node::Table(self.entries(object)?),
        };
        Ok(Value { node, source: Arc::clone(self.source), span: self.span(&(range.start..range.end)) })
    }

    fn entries(&self, object: ast::Object<'_>) -> Result<Vec<Entry>, SyntaxError> {
        let mut entries = Vec::new();
        let mut known = HashSet::new();
        for property in object.properties {
            let range = property.name.range();
            let key = property.name.into_string();
            if !known.insert(key.clone()) {
                let message = format!("the key `{}` is given twice", key.escape_debug());
                return Err(self.fault(&message, range.start..range.end));
            }
            let key_at = self.source.at(self.span(&(range.start..range.end)));
            entries.push(Entry { key, key_at, value: self.value(property.value)? });
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Value, SyntaxError> {
        parse_json(&Source::new("t.json", text))
    }

    const TEXT: &str =
        "\u{feff}{\n  \"name\": \"\\u00e4\",\n  \"list\": [1, 2.5, null, true],\n  \"in\": {\"ä\": -3}\n}\n";

    #[test]
    fn every_value_has_its_place() {
        let value = parse(TEXT).expect("JSON");
        assert_eq!(value.get(&["name"]).and_then(Value::as_str), Some("ä"));
        assert_eq!(value.get(&["name"]).expect("a name").at().snippet(), "\"\\u00e4\"");
        assert_eq!(value.get(&["in", "ä"]).expect("a number").at().start(), (4, 15));
        let types: Vec<_> =
            value.get(&["list"]).expect("a list").items().iter().map(Value::type_name).collect();
        assert_eq!(types, ["integer", "float", "null", "boolean"]);
    }

    #[test]
    fn what_is_no_json_is_refused_at_its_place() {
        for (text, at, why) in [
            ("{\"a\": 1,\n \"a\": 2}", (2, 2), "given twice"),
            ("{\"a\": 1,}", (1, 9), "key must be a string"),
            ("{\n \"a\": 'b'}", (2, 7), "expected value"),
            ("// x\n{}", (1, 1), "expected value"),
            ("{} {}", (1, 4), "trailing characters"),
            ("{\"a\": NaN}", (1, 7), "expected"),
            ("", (1, 1), "EOF"),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.at.start(), at, "{text}: {}", error.message);
            assert!(error.message.contains(why), "{text}: {}", error.message);
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_crash() {
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse(&("[".repeat(600) + &"]".repeat(600))).is_err());
    }

    #[test]
    fn every_prefix_is_an_error_within_the_text() {
        for end in (0..TEXT.trim_end().len()).filter(|end| TEXT.is_char_boundary(*end)) {
            let error = parse(&TEXT[..end]).expect_err("a part");
            assert!(error.at.bytes().end <= end);
        }
    }
}
