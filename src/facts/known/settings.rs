//! Calls and fields that settle how safe something is: `rules/settings.toml`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::patterns::{self, Pattern, texts};
use crate::document;
use crate::facts::code::Value;
use crate::source::Source;

/// A call or field with the value that a rule is about.
#[derive(Debug)]
pub struct Setting {
    /// The rule.
    pub rule: String,
    /// What the value means, as the message of a finding; `{}` stands for what is written.
    pub what: String,
    /// What to do instead.
    pub help: Option<String>,
    /// Functions, types and constants.
    pub paths: Vec<Pattern>,
    /// Methods.
    pub methods: Vec<String>,
    /// Whose methods: crates, modules or types.
    pub crates: Vec<String>,
    /// Fields of structures.
    pub fields: Vec<String>,
    /// Whose fields.
    pub of: Vec<Pattern>,
    /// The argument that matters.
    pub position: usize,
    /// The values that the rule is about.
    pub wanted: Wanted,
}

/// Values that a rule is about.
#[derive(Debug)]
pub enum Wanted {
    /// Every one.
    Any,
    /// One of these: truth values, integers, texts, or what a path ends in.
    Is(Vec<document::Value>),
    /// Integers below.
    Below(i128),
    /// Integers that have one of these bits.
    Bits(i128),
    /// Texts that hold one of these.
    Holds(Vec<String>),
    /// An array or text with nothing in it.
    Empty,
    /// No value: a call whose result nobody looks at.
    Discarded,
}

/// What the embedded file says.
#[must_use]
pub fn settings() -> &'static [Setting] {
    static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(|| {
        let source = Source::new("rules/settings.toml", include_str!("../../../rules/settings.toml"));
        let table = patterns::parse(&source);
        let rules = table.entries().iter();
        rules.flat_map(|rule| rule.value.items().iter().map(|setting| read(&rule.key, setting))).collect()
    });
    &SETTINGS
}

/// What the embedded file says of a name: of fields and methods, and what paths end in.
#[must_use]
pub fn settings_of(name: &str) -> &'static [&'static Setting] {
    static BY_NAME: LazyLock<HashMap<String, Vec<&'static Setting>>> = LazyLock::new(|| {
        let mut by_name: HashMap<String, Vec<&Setting>> = HashMap::new();
        for setting in settings() {
            for name in setting.names() {
                let known = by_name.entry(name).or_default();
                if !known.last().is_some_and(|last| std::ptr::eq(*last, setting)) {
                    known.push(setting);
                }
            }
        }
        by_name
    });
    BY_NAME.get(name).map_or(&[], Vec::as_slice)
}

fn read(rule: &str, table: &document::Value) -> Setting {
    let get = |key: &str| table.entry(key).map(|entry| &entry.value);
    let integer = |key: &str| get(key).and_then(document::Value::as_integer);
    let wanted = if let Some(values) = get("is") {
        Wanted::Is(values.items().to_vec())
    } else if let Some(bound) = integer("below") {
        Wanted::Below(bound.into())
    } else if let Some(bits) = integer("bits") {
        Wanted::Bits(bits.into())
    } else if get("holds").is_some() {
        Wanted::Holds(texts(table, "holds"))
    } else if get("empty").is_some() {
        Wanted::Empty
    } else if get("discarded").is_some() {
        Wanted::Discarded
    } else {
        Wanted::Any
    };
    Setting {
        rule: rule.to_owned(),
        what: get("what").and_then(document::Value::as_str).unwrap_or_default().to_owned(),
        help: get("help").and_then(document::Value::as_str).map(str::to_owned),
        paths: patterns::patterns(table, "paths"),
        methods: texts(table, "methods"),
        crates: texts(table, "crates"),
        fields: texts(table, "fields"),
        of: patterns::patterns(table, "of"),
        position: integer("position").and_then(|at| usize::try_from(at).ok()).unwrap_or(0),
        wanted,
    }
}

impl Setting {
    /// The names that it goes by: of fields and methods, and what paths end in.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let ends = self.paths.iter().flat_map(Pattern::ends).map(str::to_owned);
        ends.chain(self.methods.iter().cloned()).chain(self.fields.iter().cloned())
    }
}

impl Wanted {
    /// True when a value is one that the rule is about.
    #[must_use]
    pub fn fits(&self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Is(values) => values.iter().any(|wanted| is(wanted, value)),
            Self::Below(bound) => integer_of(value).is_some_and(|value| (0..*bound).contains(&value)),
            Self::Bits(bits) => integer_of(value).is_some_and(|value| value & bits != 0),
            Self::Holds(parts) => {
                let holds = |text: &str| parts.iter().any(|part| text.contains(part.as_str()));
                match value {
                    Value::Text(text) => holds(text),
                    Value::Composed(texts) => texts.iter().flatten().any(|text| holds(text)),
                    _ => false,
                }
            }
            Self::Empty => match value {
                Value::Text(text) => text.is_empty(),
                Value::Tuple(items) => items.is_empty(),
                _ => false,
            },
            Self::Discarded => false,
        }
    }
}

fn integer_of(value: &Value) -> Option<i128> {
    match value {
        Value::Integer(value) => Some(*value),
        // `Some(1024)`, `NonZeroU32::new(1000)`, `Mode::from_bits_truncate(0o777)`.
        Value::Call(_, arguments) => match arguments.as_slice() {
            [only] => integer_of(only),
            _ => None,
        },
        _ => None,
    }
}

fn is(wanted: &document::Value, value: &Value) -> bool {
    match value {
        Value::Bool(value) => wanted.as_bool() == Some(*value),
        Value::Integer(value) => wanted.as_integer().map(i128::from) == Some(*value),
        Value::Text(text) => wanted.as_str() == Some(text),
        Value::Path(name) => wanted.as_str().is_some_and(|end| {
            let path = name.resolved.as_deref().unwrap_or(&name.written);
            path == end || path.ends_with(&format!("::{end}"))
        }),
        Value::Call(name, arguments) => {
            let path = name.resolved.as_deref().unwrap_or(&name.written);
            let itself =
                wanted.as_str().is_some_and(|end| path == end || path.ends_with(&format!("::{end}")));
            itself || arguments.iter().any(|argument| is(wanted, argument))
        }
        Value::Tuple(items) => items.iter().any(|item| is(wanted, item)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::code::Name;

    #[test]
    fn every_entry_of_the_file_is_read() {
        let text = include_str!("../../../rules/settings.toml");
        assert_eq!(text.matches("\n[[").count(), settings().len());
        for setting in settings() {
            let place = format!("{}: {}", setting.rule, setting.what);
            assert!(!setting.what.is_empty(), "{place}: what does it mean?");
            let ways = [setting.paths.is_empty(), setting.methods.is_empty(), setting.fields.is_empty()];
            assert_eq!(ways.iter().filter(|empty| !**empty).count(), 1, "{place}: paths, methods or fields");
            assert!(setting.of.is_empty() == setting.fields.is_empty(), "{place}: whose fields?");
            assert!(setting.crates.is_empty() || !setting.methods.is_empty(), "{place}: whose methods?");
        }
        let source = Source::new("settings.toml", text);
        let keys = [
            "what",
            "help",
            "paths",
            "methods",
            "crates",
            "fields",
            "of",
            "position",
            "is",
            "below",
            "bits",
            "holds",
            "empty",
            "discarded",
        ];
        for rule in patterns::parse(&source).entries() {
            for entry in rule.value.items().iter().flat_map(document::Value::entries) {
                assert!(keys.contains(&entry.key.as_str()), "{}: unknown key", entry.key_at);
            }
        }
    }

    #[test]
    fn values_fit_or_do_not() {
        let path = |path: &str| Value::Path(Name { written: path.into(), resolved: Some(path.into()) });
        let words = |texts: &[&str]| {
            let text = format!("is = {texts:?}");
            let table = patterns::parse(&Source::new("x.toml", text.as_str()));
            Wanted::Is(table.entry("is").expect("an entry").value.items().to_vec())
        };
        assert!(words(&["Version::TLS_1_0"]).fits(&path("reqwest::tls::Version::TLS_1_0")));
        assert!(!words(&["Version::TLS_1_0"]).fits(&path("reqwest::tls::MyVersion::TLS_1_0")));
        let wrapped =
            Value::Call(Box::new(Name { written: "Some".into(), resolved: None }), vec![path("a::Tlsv10")]);
        assert!(words(&["Tlsv10"]).fits(&wrapped));
        assert!(
            Wanted::Below(2048).fits(&Value::Integer(1024))
                && !Wanted::Below(2048).fits(&Value::Integer(2048))
        );
        assert!(
            Wanted::Bits(0o002).fits(&Value::Integer(0o777))
                && !Wanted::Bits(0o002).fits(&Value::Integer(0o755))
        );
        assert!(
            Wanted::Empty.fits(&Value::Text(String::new()))
                && !Wanted::Empty.fits(&Value::Text("x".to_owned()))
        );
        assert!(!Wanted::Below(5).fits(&Value::Unknown));
    }
}
