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
    /// Macros that take functions whose attribute names the route.
    pub listed: Listed,
    /// Methods that put a path before those of functions that a macro lists.
    pub mounted: Mounted,
    /// Filters that are joined to a route.
    pub joined: Joined,
    /// Services of gRPC.
    pub services: Services,
    /// Calls that make a service of gRPC which a crate brings with it.
    pub offered: Vec<Calls>,
    /// Servers of which no route is read.
    pub unread: Vec<String>,
}

/// Macros that take functions whose attribute names the route.
#[derive(Debug)]
pub struct Listed {
    /// The macros.
    pub macros: Vec<Pattern>,
    /// The attributes.
    pub attributes: Vec<String>,
}

/// Methods that put a path before those of functions that a macro lists.
#[derive(Debug)]
pub struct Mounted {
    /// The crates that have them.
    pub crates: Vec<String>,
    /// The macros.
    pub macros: Vec<Pattern>,
    /// The methods.
    pub methods: Vec<String>,
}

/// Filters that are joined to a route.
#[derive(Debug)]
pub struct Joined {
    /// The crates that have them.
    pub crates: Vec<String>,
    /// A part of the path.
    pub part: Vec<Pattern>,
    /// One part that may be anything.
    pub hole: Vec<Pattern>,
    /// All that follows.
    pub rest: Vec<Pattern>,
    /// Nothing more follows.
    pub end: Vec<Pattern>,
    /// Macros that write several parts.
    pub macros: Vec<Pattern>,
    /// What says which HTTP method is meant.
    pub verbs: Vec<Pattern>,
    /// Methods that join what is one route.
    pub and: Vec<String>,
    /// Methods behind which another route stands.
    pub or: Vec<String>,
}

/// Services of gRPC, by the types that are made of their descriptions.
#[derive(Debug)]
pub struct Services {
    /// The crates that make them.
    pub crates: Vec<String>,
    /// How the names of their modules end.
    pub module: String,
    /// How their names end.
    pub of_type: String,
    /// The functions that make one.
    pub made: Vec<String>,
    /// Methods that take one.
    pub added: Vec<String>,
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
        let known =
            |of: &str, key: &str| table.entry(of).map(|one| patterns_in(&one.value, key)).unwrap_or_default();
        let word = |of: &str, key: &str| {
            let word = table.get(&[of, key]).and_then(Value::as_str);
            word.unwrap_or_default().to_owned()
        };
        Routes {
            routes: all("routes"),
            verbs: all("verbs"),
            writes: all("writes"),
            attributes: list("attributes", "names"),
            with_attributes: list("attributes", "crates"),
            listed: Listed { macros: known("listed", "macros"), attributes: list("listed", "attributes") },
            mounted: Mounted {
                crates: list("mounted", "crates"),
                macros: known("mounted", "macros"),
                methods: list("mounted", "methods"),
            },
            joined: Joined {
                crates: list("joined", "crates"),
                part: known("joined", "part"),
                hole: known("joined", "hole"),
                rest: known("joined", "rest"),
                end: known("joined", "end"),
                macros: known("joined", "macros"),
                verbs: known("joined", "verbs"),
                and: list("joined", "and"),
                or: list("joined", "or"),
            },
            services: Services {
                crates: list("services", "crates"),
                module: word("services", "module"),
                of_type: word("services", "type"),
                made: list("services", "made"),
                added: list("services", "added"),
            },
            offered: all("offered"),
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
