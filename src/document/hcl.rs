//! HCL with a place for every key and value: what is written out, nothing that has to be computed.
//!
//! A block is an entry whose value is a table; its labels are tables around it. Blocks of one name stand
//! side by side, so a table may hold a key more than once. Variables, functions and templates are kept as
//! [`Node::Other`] under the name "expression": their value is not known here.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Block, Body, Structure};

use crate::source::Source;

use super::{Entry, Node, SyntaxError, Value};

/// The deepest nesting that is read, that of the other formats; brackets in texts count as well.
const DEEPEST: usize = 128;

/// Reads an HCL text.
///
/// # Errors
/// The first syntax error, with its place. Deep nesting is one.
pub fn parse_hcl(source: &Arc<Source>) -> Result<Value, SyntaxError> {
    let text = source.text();
    if let Some(at) = too_deep(text) {
        let message = format!("it nests deeper than {DEEPEST} levels");
        return Err(SyntaxError { message, at: source.at(at..at + 1) });
    }
    let body = hcl_edit::parser::parse_body(text).map_err(|error| {
        let place = error.location();
        let before: usize =
            text.split_inclusive('\n').take(place.line().saturating_sub(1)).map(str::len).sum();
        let line = text.get(before..).unwrap_or_default();
        let column = line.char_indices().nth(place.column().saturating_sub(1)).map_or(0, |(byte, _)| byte);
        let at = before + column;
        SyntaxError { message: error.message().to_owned(), at: source.at(at..at + 1) }
    })?;
    let reader = Reader { source };
    Ok(reader.value(Node::Table(reader.entries(&body)), &(0..text.len())))
}

/// The first bracket that nests too deep: the parser itself has no limit.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.bytes().enumerate().find_map(|(at, byte)| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth > DEEPEST).then_some(at)
    })
}

struct Reader<'a> {
    source: &'a Arc<Source>,
}

impl Reader<'_> {
    fn value(&self, node: Node, span: &Range<usize>) -> Value {
        Value { node, source: Arc::clone(self.source), span: span.clone() }
    }

    fn entry(&self, key: &str, at: Option<Range<usize>>, value: Value) -> Entry {
        let at = at.unwrap_or_else(|| value.span.clone());
        Entry { key: key.to_owned(), key_at: self.source.at(at), value }
    }

    fn entries(&self, body: &Body) -> Vec<Entry> {
        let entries = body.iter().map(|structure| match structure {
            Structure::Attribute(attribute) => {
                self.entry(attribute.key.as_str(), attribute.key.span(), self.expression(&attribute.value))
            }
            Structure::Block(block) => self.block(block),
        });
        entries.collect()
    }

    fn block(&self, block: &Block) -> Entry {
        let span = block.span().unwrap_or_default();
        let mut value = self.value(Node::Table(self.entries(&block.body)), &span);
        for label in block.labels.iter().rev() {
            let entry = self.entry(label.as_str(), label.span(), value);
            value = self.value(Node::Table(vec![entry]), &span);
        }
        self.entry(block.ident.as_str(), block.ident.span(), value)
    }

    fn expression(&self, expression: &Expression) -> Value {
        let node = match expression {
            Expression::Null(_) => Node::Other("null", String::new()),
            Expression::Bool(truth) => Node::Boolean(*truth.value()),
            Expression::Number(number) => match number.value().as_i64() {
                Some(integer) => Node::Integer(integer),
                None => Node::Other("float", number.value().to_string()),
            },
            Expression::String(text) => Node::String(text.value().clone()),
            Expression::Array(items) => Node::Array(items.iter().map(|item| self.expression(item)).collect()),
            Expression::Object(object) => {
                let entries = object.iter().map(|(key, value)| {
                    let (name, at) = match key {
                        ObjectKey::Ident(ident) => (ident.as_str(), ident.span()),
                        ObjectKey::Expression(key) => (key.as_str().unwrap_or_default(), key.span()),
                    };
                    self.entry(name, at, self.expression(value.expr()))
                });
                Node::Table(entries.collect())
            }
            Expression::HeredocTemplate(template) if is_plain(template) => {
                Node::String(template.template.to_string())
            }
            _ => Node::Other("expression", String::new()),
        };
        self.value(node, &expression.span().unwrap_or_default())
    }
}

/// True for a long text without anything to compute.
fn is_plain(template: &hcl_edit::template::HeredocTemplate) -> bool {
    template.template.iter().all(|element| matches!(element, hcl_edit::template::Element::Literal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Value, SyntaxError> {
        parse_hcl(&Source::new("t.hcl", text))
    }

    const TEXT: &str = "model \"ä\" {\n  size = 3\n  list = [\"a\", true]\n  text = <<E\nlong\nE\n  by = var.x\n}\n\
                        model \"b\" {}\n";

    #[test]
    fn every_value_has_its_place() {
        let value = parse(TEXT).expect("HCL");
        let size = value.get(&["model", "ä", "size"]).expect("a size");
        assert_eq!((size.as_integer(), size.at().start()), (Some(3), (2, 10)));
        assert_eq!(value.get(&["model", "ä", "text"]).and_then(Value::as_str), Some("long\n"));
        assert_eq!(value.get(&["model", "ä", "by"]).expect("by").type_name(), "expression");
        assert_eq!(value.entries().len(), 2, "blocks of one name stand side by side");
    }

    #[test]
    fn what_is_no_hcl_is_refused_at_its_place() {
        for (text, line) in [("a = \n", 1), ("a {\n  b = 1\n", 2), ("a = 1\na = 2\n", 2)] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.at.line(), line, "{text}: {}", error.message);
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_crash() {
        for deep in ["a = [", "a { ", "a = {b = "] {
            assert!(parse(&deep.repeat(10_000)).is_err());
        }
        assert!(parse(&format!("a = {}", "[".repeat(100_000))).is_err());
        for chain in ["!", "-", "1 + ", "x ? 1 : ", "x.", "\"${"] {
            let _ = parse(&format!("a = {}1", chain.repeat(20_000)));
        }
    }

    #[test]
    fn every_prefix_and_every_changed_byte_is_read_or_refused() {
        for at in (0..TEXT.len()).filter(|at| TEXT.is_char_boundary(*at)) {
            let _ = parse(&TEXT[..at]);
            for piece in ["", "\"", "[", "{", "${", "\u{0}", "=", "<<", "%{if", "-", "!"] {
                let mut text = TEXT.to_owned();
                text.insert_str(at, piece);
                let _ = parse(&text);
            }
        }
    }
}
