//! What HTTP servers answer and what programs write: `rules/routes.toml`.

use std::sync::LazyLock;

use super::patterns::{self, Pattern, patterns as patterns_in, texts};
use crate::document::Value;
use crate::facts::code::{Call, Callee};
use crate::source::Source;

/// Calls of one kind, by what is called.
#[derive(Debug)]
pub struct Calls {
    /// The word for it.
    pub what: String,
    /// The argument that names the route or file.
    pub path: usize,
    /// True where other routes stand behind it.
    pub below: bool,
    paths: Vec<Pattern>,
    methods: Vec<String>,
    of: Vec<Pattern>,
    /// One of these has to stand before a method.
    after: Vec<String>,
}

/// What the embedded file says.
#[derive(Debug)]
pub struct Routes {
    /// Calls that name a route.
    pub routes: Vec<Calls>,
    /// Calls that say which HTTP method is meant.
    pub verbs: Vec<Calls>,
    /// Calls that write a file or open a database.
    pub writes: Vec<Calls>,
    /// Attributes that name a route.
    pub attributes: Vec<String>,
    /// The crates whose attributes they are.
    pub with_attributes: Vec<String>,
    /// Servers of which no route is read.
    pub unread: Vec<String>,
}

/// What the embedded file says.
#[must_use]
pub fn routes() -> &'static Routes {
    static ROUTES: LazyLock<Routes> = LazyLock::new(|| {
        let source = Source::new("rules/routes.toml", include_str!("../../../rules/routes.toml"));
        let table = patterns::parse(&source);
        let all = |key: &str| {
            let entries = table.entry(key).map(|entry| entry.value.items()).unwrap_or_default();
            entries.iter().map(Calls::read).collect()
        };
        let list =
            |of: &str, key: &str| table.entry(of).map(|one| texts(&one.value, key)).unwrap_or_default();
        Routes {
            routes: all("routes"),
            verbs: all("verbs"),
            writes: all("writes"),
            attributes: list("attributes", "names"),
            with_attributes: list("attributes", "crates"),
            unread: list("unread", "crates"),
        }
    });
    &ROUTES
}

impl Calls {
    fn read(table: &Value) -> Self {
        let get = |key: &str| table.entry(key).map(|entry| &entry.value);
        Self {
            what: get("what").and_then(Value::as_str).unwrap_or_default().to_owned(),
            path: get("path")
                .and_then(Value::as_integer)
                .and_then(|at| at.try_into().ok())
                .unwrap_or_default(),
            below: get("below").and_then(Value::as_bool).unwrap_or_default(),
            paths: patterns_in(table, "paths"),
            methods: texts(table, "methods"),
            of: patterns_in(table, "of"),
            after: texts(table, "after"),
        }
    }

    /// True for a call of this kind.
    #[must_use]
    pub fn is(&self, call: &Call) -> bool {
        match &call.callee {
            Callee::Path(name) => {
                name.resolved.as_deref().is_some_and(|path| self.paths.iter().any(|known| known.is(path)))
            }
            Callee::Method { name, receiver, chain } => {
                let stands = |method: &String| chain.iter().any(|before| method == before.as_str());
                self.methods.iter().any(|method| method == name.as_str())
                    && (self.after.is_empty() || self.after.iter().any(stands))
                    && receiver
                        .as_ref()
                        .and_then(|from| from.resolved.as_deref())
                        .is_some_and(|from| self.of.iter().any(|known| known.holds(from)))
            }
            Callee::Macro(_) => false,
        }
    }
}
