//! What is known about calls: `rules/calls.toml`.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use crate::document::Value;
use crate::facts::Facts;
use crate::facts::code::{Argument, Call, Callee};
use crate::facts::known::patterns::{Pattern, first, parse, patterns, patterns_of, texts};
use crate::source::Source;

/// Names, asked for at every call.
type Names = HashSet<&'static str, foldhash::fast::RandomState>;

/// Everything the file says.
pub(super) struct Known {
    /// Weak hashes: the name, and where it is offered.
    pub(super) weak_hashes: Vec<(String, Vec<Pattern>)>,
    /// Weak ciphers and modes.
    pub(super) weak_ciphers: Vec<(String, Vec<Pattern>)>,
    /// Modes of encryption that authenticate nothing.
    pub(super) unauthenticated: Vec<(String, Vec<Pattern>)>,
    /// Arguments that are keys, nonces, salts, passwords.
    pub(super) secrets: Vec<Sink>,
    /// Arguments that are addresses to listen on.
    pub(super) listeners: Vec<Sink>,
    /// Switches of certificate checks.
    pub(super) certificates: Vec<Sink>,
}

/// A call with an argument that matters.
#[derive(Debug)]
pub(super) struct Sink {
    /// What the argument is.
    pub(super) what: String,
    /// For a switch: the value that switches the check off.
    pub(super) off: bool,
    position: usize,
    paths: Vec<Pattern>,
    methods: Vec<String>,
    crates: Vec<String>,
}

/// What the embedded file says.
pub(super) fn known() -> &'static Known {
    static KNOWN: LazyLock<Known> = LazyLock::new(|| {
        let source = Source::new("rules/calls.toml", include_str!("../../../rules/calls.toml"));
        read(&source)
    });
    &KNOWN
}

/// True when a path starts with a crate that any pattern names: nearly none does, and every call of
/// the workspace is asked.
pub(super) fn is_of_known_crate(path: &str) -> bool {
    static CRATES: LazyLock<Names> = LazyLock::new(|| {
        let known = known();
        let sinks = known.secrets.iter().chain(&known.listeners).chain(&known.certificates);
        let algorithms = known.weak_hashes.iter().chain(&known.weak_ciphers).chain(&known.unauthenticated);
        let patterns =
            sinks.flat_map(|sink| &sink.paths).chain(algorithms.flat_map(|(_, patterns)| patterns));
        patterns.flat_map(Pattern::crates).collect()
    });
    CRATES.contains(first(path))
}

/// Those of the sinks that a call can be.
pub(super) fn sinks_of<'k>(sinks: &'k [Sink], call: &Call) -> &'k [Sink] {
    static METHODS: LazyLock<Names> = LazyLock::new(|| {
        let known = known();
        let sinks = known.secrets.iter().chain(&known.listeners).chain(&known.certificates);
        sinks.flat_map(Sink::methods).collect()
    });
    let can_be = match &call.callee {
        Callee::Path(name) => name.resolved.as_deref().is_some_and(is_of_known_crate),
        Callee::Method { name, .. } => METHODS.contains(name.as_str()),
        Callee::Macro(_) => false,
    };
    if can_be { sinks } else { &[] }
}

impl Sink {
    /// The argument that matters, if this is such a call.
    pub(super) fn argument<'c>(&self, facts: &Facts, call: &'c Call) -> Option<&'c Argument> {
        self.is(facts, call).then(|| call.arguments.get(self.position)).flatten()
    }

    /// The methods it may be.
    pub(super) fn methods(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(String::as_str)
    }

    fn is(&self, facts: &Facts, call: &Call) -> bool {
        match &call.callee {
            Callee::Path(name) => self.constructs(name.resolved.as_deref()),
            Callee::Macro(_) => false,
            Callee::Method { name, .. } if !self.methods.iter().any(|known| name == known) => false,
            Callee::Method { .. } if self.crates.is_empty() => true,
            Callee::Method { receiver, .. } => {
                match receiver.as_ref().and_then(|name| name.resolved.as_deref()) {
                    Some(path) => self.crates.iter().any(|krate| first(path) == krate),
                    None => self.crates.iter().any(|krate| super::uses(facts, &call.site, krate)),
                }
            }
        }
    }

    /// True when a path is one of the functions.
    pub(super) fn constructs(&self, path: Option<&str>) -> bool {
        path.is_some_and(|path| self.paths.iter().any(|pattern| pattern.is(path)))
    }
}

fn read(source: &Arc<Source>) -> Known {
    let value = parse(source);
    let algorithms = |key: &str| {
        let table = value.entry(key).map(|entry| entry.value.entries()).unwrap_or_default();
        table.iter().map(|entry| (entry.key.clone(), patterns_of(&entry.value))).collect()
    };
    let sinks = |key: &str| {
        let tables = value.entry(key).map(|entry| entry.value.items()).unwrap_or_default();
        tables.iter().map(read_sink).collect()
    };
    Known {
        weak_hashes: algorithms("weak_hash"),
        weak_ciphers: algorithms("weak_cipher"),
        unauthenticated: algorithms("unauthenticated"),
        secrets: sinks("secret"),
        listeners: sinks("listener"),
        certificates: sinks("certificate"),
    }
}

fn read_sink(table: &Value) -> Sink {
    let get = |key: &str| table.entry(key).map(|entry| &entry.value);
    Sink {
        what: get("what").and_then(Value::as_str).unwrap_or_default().to_owned(),
        off: get("off").and_then(Value::as_bool).unwrap_or_default(),
        position: get("position")
            .and_then(Value::as_integer)
            .and_then(|at| usize::try_from(at).ok())
            .unwrap_or(0),
        paths: patterns(table, "paths"),
        methods: texts(table, "methods"),
        crates: texts(table, "crates"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_the_file_is_read() {
        let text = include_str!("../../../rules/calls.toml");
        let known = known();
        assert_eq!(text.matches("[[secret]]").count(), known.secrets.len());
        assert_eq!(text.matches("[[listener]]").count(), known.listeners.len());
        assert_eq!(text.matches("[[certificate]]").count(), known.certificates.len());
        for sink in known.secrets.iter().chain(&known.listeners).chain(&known.certificates) {
            assert!(sink.paths.is_empty() != sink.methods.is_empty(), "paths or methods: {sink:?}");
        }
        for (name, patterns) in
            known.weak_hashes.iter().chain(&known.weak_ciphers).chain(&known.unauthenticated)
        {
            assert!(!patterns.is_empty(), "{name} has no pattern");
        }
        let sinks = known.secrets.iter().chain(&known.listeners).chain(&known.certificates);
        let algorithms = known.weak_hashes.iter().chain(&known.weak_ciphers);
        for pattern in sinks.flat_map(|sink| &sink.paths).chain(algorithms.flat_map(|(_, all)| all)) {
            for krate in pattern.crates() {
                assert!(!matches!(krate, "*" | ".."), "a crate comes first: {pattern:?}");
                assert!(is_of_known_crate(krate), "{pattern:?}");
            }
        }
        let value = parse(&Source::new("calls.toml", text));
        let keys = ["what", "position", "paths", "methods", "crates", "off"];
        for table in ["secret", "listener", "certificate"].iter().filter_map(|key| value.entry(key)) {
            for entry in table.value.items().iter().flat_map(Value::entries) {
                assert!(keys.contains(&entry.key.as_str()), "{}: unknown key", entry.key_at);
            }
        }
    }
}
