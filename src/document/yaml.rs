//! YAML with a place for every key and value.
//!
//! Only what JSON could say as well is read, in the types of YAML 1.2: strings, numbers, truth values,
//! lists, and tables with strings as keys; and the aliases and merge keys (`<<`) by which people avoid
//! writing a thing twice. What aliases multiply beyond measure is an error, and so is a tag of somebody's
//! own: what it means is known to their program only. GitLab's is known here.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use crate::source::Source;

use super::{Entry, Node, SyntaxError, Value};

/// The deepest nesting that is read, that of `serde_json`.
const DEEPEST: usize = 128;
/// The most a text may hold once its aliases are followed: values, a long one counting for several.
const MOST: usize = 500_000;
/// So many bytes count for a value.
const LONG: usize = 64;
/// How many lines that are not set in far enough are read.
const MOST_JOINED: usize = 20;

/// Reads a YAML text of one document.
///
/// # Errors
/// The first syntax error, with its place. So are deep nesting, a key given twice, a key that is no string,
/// a second document, a tag of one's own, and aliases that multiply beyond measure.
pub fn parse_yaml(source: &Arc<Source>) -> Result<Value, SyntaxError> {
    read(source, false)
}

/// Reads a pipeline of GitLab: `!reference [..]` names a value that stands elsewhere, what a file asks for (`spec`)
/// may stand before it as a document of its own, and of a key given twice the last counts.
///
/// # Errors
/// As [`parse_yaml`] for everything else.
pub fn parse_gitlab(source: &Arc<Source>) -> Result<Value, SyntaxError> {
    read(source, true)
}

fn read(source: &Arc<Source>, gitlab: bool) -> Result<Value, SyntaxError> {
    let mut text = Cow::Borrowed(source.text());
    let mut left = MOST_JOINED;
    loop {
        let mut reader = Reader { gitlab, ..Reader::new(source) };
        match events(&text, &mut reader)? {
            None => {
                let nothing =
                    || SyntaxError { message: "there is nothing in it".to_owned(), at: source.whole() };
                return reader.document.ok_or_else(nothing);
            }
            Some(error) => {
                let joined = joined(&text, &error).filter(|_| left > 0);
                let Some(joined) = joined else {
                    let at = reader.places.byte(error.marker().index());
                    return Err(reader.fault(error.info(), at..at));
                };
                text = Cow::Owned(joined);
                left -= 1;
            }
        }
    }
}

/// Hands what stands in a text to its reader; the scanner's error where it gives up.
fn events(text: &str, reader: &mut Reader<'_>) -> Result<Option<ScanError>, SyntaxError> {
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => reader.event(event, span)?,
            Err(error) => return Ok(Some(error)),
        }
    }
    Ok(None)
}

/// The same text, as many characters long, with a line joined to the one before. Other readers of YAML do not ask that what
/// stands in brackets or quotes is set in further than its key, and people close a bracket under the key.
fn joined(text: &str, error: &ScanError) -> Option<String> {
    let (from, in_quotes) = match error.info() {
        "invalid indentation" | "invalid indentation in flow construct" => (error.marker().index(), false),
        "invalid indentation in quoted scalar" => (error.marker().index(), true),
        _ => return None,
    };
    let mut characters: Vec<char> = text.chars().collect();
    if in_quotes {
        let quote = *characters.get(from)?;
        let end =
            (from + 1..characters.len()).find(|at| characters[*at] == quote && characters[at - 1] != '\\')?;
        let breaks: Vec<usize> = (from..end).filter(|at| characters[*at] == '\n').collect();
        breaks.first()?;
        for at in breaks {
            characters[at] = ' ';
        }
    } else {
        let end = (0..from.min(characters.len())).rev().find(|at| characters[*at] == '\n')?;
        let start = (0..end).rev().find(|at| characters[*at] == '\n').map_or(0, |at| at + 1);
        // A comment goes on to the end of its line.
        let mut quote = None;
        let comment = (start..end).find(|at| match (quote, characters[*at]) {
            (None, '#') => *at == start || characters[at - 1].is_whitespace(),
            (None, sign @ ('"' | '\'')) => {
                quote = Some(sign);
                false
            }
            (Some(open), sign) if open == sign => {
                quote = None;
                false
            }
            _ => false,
        });
        characters[comment.unwrap_or(end)..=end].fill(' ');
    }
    Some(characters.into_iter().collect())
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    places: Places<'a>,
    /// Lists and tables that are not closed yet, outermost first.
    open: Vec<Open>,
    /// What has an anchor, with how much it holds.
    anchors: HashMap<usize, (Value, usize)>,
    count: usize,
    document: Option<Value>,
    gitlab: bool,
}

/// A list or table that is not closed yet.
struct Open {
    anchor: usize,
    start: usize,
    /// How many values there were before it.
    before: usize,
    kind: Kind,
}

enum Kind {
    List(Vec<Value>),
    /// A list of keys that lead to a value elsewhere.
    Reference(Vec<Value>),
    Table {
        entries: Vec<Entry>,
        known: HashSet<String>,
        /// The key whose value comes next.
        key: Option<(String, Range<usize>)>,
        /// What is merged: it counts where the table has no such key itself.
        merged: Vec<Value>,
    },
}

impl<'a> Reader<'a> {
    fn new(source: &'a Arc<Source>) -> Self {
        Self {
            source,
            places: Places { text: source.text(), character: 0, byte: 0 },
            open: Vec::new(),
            anchors: HashMap::new(),
            count: 0,
            document: None,
            gitlab: false,
        }
    }

    fn fault(&self, message: impl Into<String>, bytes: Range<usize>) -> SyntaxError {
        SyntaxError { message: message.into(), at: self.source.at(bytes) }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), SyntaxError> {
        let start = self.places.byte(span.start.index());
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let end = self.places.byte(span.end.index());
                self.own_tag(tag.as_deref(), start)?;
                let size = 1 + text.len() / LONG;
                let node = scalar(text, style, tag.as_deref());
                self.count(size, start)?;
                self.add(self.value(node, start..end), anchor, size)
            }
            Event::Alias(anchor) => {
                let end = self.places.byte(span.end.index());
                let known = self.anchors.get(&anchor).cloned();
                let (value, size) =
                    known.ok_or_else(|| self.fault("this alias names what is not complete", start..end))?;
                self.count(size, start)?;
                self.add(value, 0, size)
            }
            Event::SequenceStart(anchor, Some(tag)) if self.gitlab && is_reference(&tag) => {
                self.open(anchor, None, start, Kind::Reference(Vec::new()))
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(anchor, tag.as_deref(), start, Kind::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                let kind =
                    Kind::Table { entries: Vec::new(), known: HashSet::new(), key: None, merged: Vec::new() };
                self.open(anchor, tag.as_deref(), start, kind)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(start),
            Event::DocumentStart(_) if self.gitlab && self.document.as_ref().is_some_and(is_header) => {
                self.document = None;
                Ok(())
            }
            Event::DocumentStart(_) if self.document.is_some() => {
                Err(self.fault("a second document begins here", start..start))
            }
            _ => Ok(()),
        }
    }

    fn value(&self, node: Node, span: Range<usize>) -> Value {
        Value { node, source: Arc::clone(self.source), span }
    }

    fn count(&mut self, size: usize, at: usize) -> Result<(), SyntaxError> {
        self.count = self.count.saturating_add(size);
        if self.count > MOST {
            return Err(self.fault("with its aliases followed it holds more than is read", at..at));
        }
        Ok(())
    }

    fn own_tag(&self, tag: Option<&Tag>, at: usize) -> Result<(), SyntaxError> {
        match tag {
            Some(tag) if !tag.is_yaml_core_schema() => {
                let name = format!("{}{}", tag.handle, tag.suffix);
                Err(self.fault(format!("the tag `{}` is not followed", name.escape_debug()), at..at))
            }
            _ => Ok(()),
        }
    }

    fn open(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        start: usize,
        kind: Kind,
    ) -> Result<(), SyntaxError> {
        self.own_tag(tag, start)?;
        if self.open.len() >= DEEPEST {
            return Err(self.fault(format!("it nests deeper than {DEEPEST} levels"), start..start));
        }
        self.count(1, start)?;
        self.open.push(Open { anchor, start, before: self.count - 1, kind });
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<(), SyntaxError> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let node = match open.kind {
            Kind::List(items) => Node::Array(items),
            Kind::Reference(keys) => {
                let keys: Option<Vec<String>> =
                    keys.iter().map(|key| key.as_str().map(str::to_owned)).collect();
                Node::Reference(keys.ok_or_else(|| {
                    self.fault("a reference is made of something else than keys", open.start..end)
                })?)
            }
            Kind::Table { mut entries, mut known, merged, .. } => {
                for entry in merged.iter().flat_map(super::Value::entries) {
                    if known.insert(entry.key.clone()) {
                        entries.push(entry.clone());
                    }
                }
                Node::Table(entries)
            }
        };
        let size = self.count - open.before;
        self.add(self.value(node, open.start..end.max(open.start)), open.anchor, size)
    }

    /// Puts a whole value where it belongs.
    fn add(&mut self, value: Value, anchor: usize, size: usize) -> Result<(), SyntaxError> {
        if anchor != 0 {
            self.anchors.insert(anchor, (value.clone(), size));
        }
        let Some(open) = self.open.last_mut() else {
            self.document = Some(value);
            return Ok(());
        };
        match &mut open.kind {
            Kind::List(items) | Kind::Reference(items) => items.push(value),
            Kind::Table { entries, known, key, merged } => match key.take() {
                None => {
                    let name = match &value.node {
                        Node::String(name) => name.clone(),
                        Node::Integer(_) | Node::Boolean(_) | Node::Other(..) => {
                            self.source.text()[value.span.clone()].trim().to_owned()
                        }
                        Node::Array(_) | Node::Table(_) | Node::Reference(_) => {
                            return Err(self.fault("a key is a list or a table", value.span));
                        }
                    };
                    *key = Some((name, value.span));
                }
                Some((name, _)) if name == "<<" => match value.node {
                    Node::Array(items) => merged.extend(items),
                    _ => merged.push(value),
                },
                Some((name, span)) => {
                    if self.gitlab && known.contains(&name) {
                        self.count = self.count.saturating_add(entries.len() / LONG);
                        entries.retain(|entry| entry.key != name);
                    } else if !known.insert(name.clone()) {
                        let message = format!("the key `{}` is given twice", name.escape_debug());
                        return Err(self.fault(message, span));
                    }
                    entries.push(Entry { key: name, key_at: self.source.at(span), value });
                }
            },
        }
        Ok(())
    }
}

fn is_reference(tag: &Tag) -> bool {
    (tag.handle.as_str(), tag.suffix.as_str()) == ("!", "reference")
}

/// True for a document that says what the next one asks for.
fn is_header(document: &Value) -> bool {
    document.entry("spec").is_some()
}

/// What a scalar is, by the core schema of YAML 1.2.
fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Node {
    if style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix == "str") {
        return Node::String(text.into_owned());
    }
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => Node::Other("null", String::new()),
        "true" | "True" | "TRUE" => Node::Boolean(true),
        "false" | "False" | "FALSE" => Node::Boolean(false),
        plain => match plain.parse() {
            Ok(integer) => Node::Integer(integer),
            Err(_) if is_float(plain) => Node::Other("float", plain.to_owned()),
            Err(_) => Node::String(text.into_owned()),
        },
    }
}

fn is_float(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        && text.parse::<f64>().is_ok()
}

/// From characters, in which the scanner counts, to bytes.
struct Places<'a> {
    text: &'a str,
    /// A place that both counts are known of.
    character: usize,
    byte: usize,
}

impl Places<'_> {
    /// The byte at which a character starts. Places come nearly in order, so that a text is gone through
    /// about once.
    fn byte(&mut self, character: usize) -> usize {
        if character >= self.character {
            let steps = self.text[self.byte..].chars().take(character - self.character);
            self.byte += steps.map(char::len_utf8).sum::<usize>();
        } else {
            let steps = self.text[..self.byte].chars().rev().take(self.character - character);
            self.byte -= steps.map(char::len_utf8).sum::<usize>();
        }
        self.character = character;
        self.byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Value, SyntaxError> {
        parse_yaml(&Source::new("t.yaml", text))
    }

    const TEXT: &str = "# ä\ntitle: Gerät\nlinks: &links\n  a: {port: 8443, plain: false}\n  b: [1.5, ~, \"2\"]\n\
                        copy:\n  <<: *links\n  b: own\n";

    #[test]
    fn every_value_has_its_place_and_type() {
        let value = parse(TEXT).expect("YAML");
        let port = value.get(&["links", "a", "port"]).expect("a port");
        assert_eq!(
            (port.as_integer(), port.at().start(), port.at().snippet()),
            (Some(8443), (4, 13), "8443")
        );
        assert_eq!(value.get(&["title"]).expect("a title").at().snippet(), "Gerät");
        let types: Vec<_> =
            value.get(&["links", "b"]).expect("b").items().iter().map(Value::type_name).collect();
        assert_eq!(types, ["float", "null", "string"]);
    }

    #[test]
    fn what_is_merged_gives_way_to_what_is_written() {
        let value = parse(TEXT).expect("YAML");
        assert_eq!(value.get(&["copy", "b"]).and_then(Value::as_str), Some("own"));
        assert_eq!(value.get(&["copy", "a", "port"]).and_then(Value::as_integer), Some(8443));
    }

    #[test]
    fn what_is_not_read_is_refused_at_its_place() {
        for (text, line, why) in [
            ("a: 1\nb: 2\na: 3\n", 3, "given twice"),
            ("a: !include other.yaml\n", 1, "is not followed"),
            ("a: 1\n---\nb: 2\n", 2, "second document"),
            ("? [a, b]\n: c\n", 1, "is a list or a table"),
            ("a: &x [*x]\n", 1, "not complete"),
            ("a: *x\n", 1, "anchor"),
            ("a: [1, 2\n", 2, ""),
            ("", 1, "nothing in it"),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.at.line(), line, "{text}: {}", error.message);
            assert!(error.message.contains(why), "{text}: {}", error.message);
        }
    }

    #[test]
    fn what_only_gitlab_means_is_read_for_it_alone() {
        let text = "spec: {inputs: {a: {}}}\n---\na: !reference [.b, script]\n";
        let value = parse_gitlab(&Source::new("t.yaml", text)).expect("YAML");
        assert_eq!(value.entries().len(), 1);
        let a = value.get(&["a"]).expect("a");
        assert_eq!(a.as_reference(), Some(&[".b".to_owned(), "script".to_owned()][..]));
        assert_eq!((a.at().line(), a.type_name()), (3, "reference"));
        assert!(parse(text).is_err() && parse("a: !reference [.b, script]\n").is_err());
        let twice = parse_gitlab(&Source::new("t.yaml", "a: 1\nb: 2\na: 3\n")).expect("YAML");
        assert_eq!((twice.entries().len(), twice.get(&["a"]).and_then(Value::as_integer)), (2, Some(3)));
        let keys: Vec<String> = (0..20_000).map(|key| format!("k{key}: 1\n")).collect();
        let error = parse_gitlab(&Source::new("t.yaml", keys.concat().repeat(2))).expect_err("too much");
        assert!(error.message.contains("more than is read"), "{}", error.message);
        for text in ["a: 1\n---\nb: 2\n", "a: !reference [[b]]\n", "a: !reference b\n", "a: !other [b]\n"] {
            assert!(parse_gitlab(&Source::new("t.yaml", text)).is_err(), "{text}");
        }
    }

    #[test]
    fn what_stands_in_brackets_or_quotes_need_not_be_set_in() {
        let text = "a:\n  é: [\n    'x', # don't\n    \"y # z\",\n  ]\n  c: \"f\n  g\n  h\"\n  d: {\n  e: 1\n  }\nlast: 2\n";
        let value = parse(text).expect("YAML");
        let items: Vec<_> =
            value.get(&["a", "é"]).expect("a list").items().iter().map(Value::as_str).collect();
        assert_eq!(items, [Some("x"), Some("y # z")]);
        let text = value.get(&["a", "c"]).and_then(Value::as_str).expect("a text");
        assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["f", "g", "h"]);
        let last = value.get(&["last"]).expect("a number").at();
        assert_eq!((last.start(), last.snippet()), ((12, 7), "2"));
        let many = (0..100).fold(String::new(), |text, key| text + &format!("a{key}: [\n  'x',\n]\n"));
        assert!(parse(&many).expect_err("too many").message.contains("indentation"));
    }

    #[test]
    fn aliases_do_not_multiply() {
        let bomb = (1..30).fold("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
            let before = level - 1;
            let items = vec![format!("*a{before}"); 10].join(", ");
            text + &format!("a{level}: &a{level} [{items}]\n")
        });
        assert!(parse(&bomb).expect_err("a bomb").message.contains("more than is read"));
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), vec!["*a"; 100_000].join(", "));
        assert!(parse(&long).expect_err("a bomb").message.contains("more than is read"));
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_crash() {
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse(&"- ".repeat(100_000)).is_err());
        let steps = (0..2_000).fold(String::new(), |text, depth| text + &" ".repeat(depth) + "a:\n");
        assert!(parse(&steps).is_err());
    }

    #[test]
    fn every_prefix_and_every_changed_byte_is_read_or_refused() {
        for at in (0..TEXT.len()).filter(|at| TEXT.is_char_boundary(*at)) {
            let _ = parse(&TEXT[..at]);
            for piece in ["", "\"", "[", "{", "&", "*", "!", "\t", "\u{0}", "- ", ": ", "|", "\u{2028}"] {
                let mut text = TEXT.to_owned();
                text.insert_str(at, piece);
                if let Err(error) = parse(&text) {
                    assert!(error.at.bytes().end <= text.len());
                }
            }
        }
    }
}
