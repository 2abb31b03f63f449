//! Calls that open an interface, and crates that reach the network by themselves: `rules/interfaces.toml`.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use super::patterns::{self, Pattern, texts};
use crate::document;
use crate::facts::code::Text;
use crate::source::Source;

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// A kind of call that opens an interface.
#[derive(Debug)]
pub struct Opening {
    /// The word for it in a threat model, such as `tcp-listen`.
    pub kind: String,
    /// Functions that open it.
    pub paths: Vec<Pattern>,
    /// Methods that open it.
    pub methods: Vec<String>,
    /// Whose methods: crates, modules, types, functions.
    pub of: Vec<Pattern>,
    /// Methods behind which something is no longer what it was, such as a request that was sent.
    pub until: Vec<String>,
    /// The argument that holds host and port.
    pub address: Option<usize>,
    /// The argument that holds the host alone.
    pub host: Option<usize>,
    /// The argument that holds the port alone.
    pub port: Option<usize>,
    /// True where they are arguments of the call that made what the method is called on.
    pub made: bool,
    /// True where a call counts only on what was given port 0.
    pub unbound: bool,
    /// The protocol, where the call leaves no choice.
    pub protocol: Option<String>,
    /// The file of settings that says `address` and `port`, in tables of profiles.
    pub file: Option<String>,
    /// What they are where no file says it.
    pub preset: Option<String>,
    /// What the first argument has between its slashes, if that matters.
    pub routes: Vec<String>,
}

/// What the embedded file says.
#[derive(Debug)]
pub struct Interfaces {
    openings: Vec<Opening>,
    /// The openings by the name of the function that is called, then by its crate.
    functions: Map<String, Map<String, Vec<usize>>>,
    /// The openings by the name of the method that is called.
    methods: Map<String, Vec<usize>>,
    /// The last names of what has methods that open something.
    types: HashSet<String>,
    /// Crates that reach the network, with the feature that makes them, if it takes one.
    network: Vec<(String, Option<String>)>,
    /// Words in names that have to do with interfaces of a kind.
    touches: HashMap<String, HashSet<String>>,
}

/// What the embedded file says.
#[must_use]
pub fn interfaces() -> &'static Interfaces {
    static INTERFACES: LazyLock<Interfaces> = LazyLock::new(|| {
        let source = Source::new("rules/interfaces.toml", include_str!("../../../rules/interfaces.toml"));
        let table = patterns::parse(&source);
        let opens = table.entry("opens").map(|entry| entry.value.items()).unwrap_or_default();
        let openings: Vec<Opening> = opens.iter().map(read).collect();
        let (mut functions, mut methods) = (Map::<_, Map<_, Vec<usize>>>::default(), Map::default());
        let add = |known: &mut Vec<usize>, index| {
            if known.last() != Some(&index) {
                known.push(index);
            }
        };
        for (index, opening) in openings.iter().enumerate() {
            for pattern in &opening.paths {
                for (name, krate) in
                    pattern.ends().flat_map(|name| pattern.crates().map(move |krate| (name, krate)))
                {
                    let crates = functions.entry(name.to_owned()).or_default();
                    add(crates.entry(krate.to_owned()).or_default(), index);
                }
            }
            for name in &opening.methods {
                add(methods.entry(name.clone()).or_default(), index);
            }
        }
        let reaches = table.entry("reaches").map(|entry| texts(&entry.value, "network")).unwrap_or_default();
        let network = reaches.iter().map(|name| match name.split_once('/') {
            Some((krate, feature)) => (krate.to_owned(), Some(feature.to_owned())),
            None => (name.clone(), None),
        });
        let of = openings.iter().flat_map(|opening| &opening.of);
        let types = of.flat_map(Pattern::ends).map(str::to_owned).collect();
        let told = table.entry("touches").map(|entry| entry.value.entries()).unwrap_or_default();
        let words = |entry: &document::Entry| {
            entry.value.items().iter().filter_map(document::Value::as_str).map(str::to_owned).collect()
        };
        let touches = told.iter().map(|entry| (entry.key.clone(), words(entry))).collect();
        Interfaces { network: network.collect(), openings, functions, methods, types, touches }
    });
    &INTERFACES
}

fn read(table: &document::Value) -> Opening {
    let get = |key: &str| table.entry(key).map(|entry| &entry.value);
    let position =
        |key: &str| get(key).and_then(document::Value::as_integer).and_then(|at| at.try_into().ok());
    let text = |key: &str| get(key).and_then(document::Value::as_str).map(str::to_owned);
    Opening {
        kind: text("kind").unwrap_or_default(),
        paths: patterns::patterns(table, "paths"),
        methods: texts(table, "methods"),
        of: patterns::patterns(table, "of"),
        until: texts(table, "until"),
        address: position("address"),
        host: position("host"),
        port: position("port"),
        made: get("made").and_then(document::Value::as_bool).unwrap_or_default(),
        unbound: get("unbound").and_then(document::Value::as_bool).unwrap_or_default(),
        protocol: text("protocol"),
        file: text("file"),
        preset: text("preset"),
        routes: texts(table, "routes"),
    }
}

impl Interfaces {
    /// The opening that a call of a function is.
    #[must_use]
    pub fn function(&self, path: &str) -> Option<&Opening> {
        let of_crate =
            self.functions.get(patterns::last(path)).and_then(|crates| crates.get(patterns::first(path)));
        self.all(of_crate).find(|opening| opening.paths.iter().any(|known| known.is(path)))
    }

    /// The opening that a call of a method is, on something that comes from a path by way of other methods.
    #[must_use]
    pub fn method(&self, name: &str, from: &str, chain: &[Text]) -> Option<&Opening> {
        let is = |opening: &&Opening| {
            opening.methods.iter().any(|method| method == name)
                && opening.of.iter().any(|known| known.holds(from))
                && !chain.iter().any(|before| opening.until.iter().any(|end| end == before.as_str()))
        };
        self.all(self.methods.get(name)).find(is)
    }

    /// True for the name of a type, of which methods may open something.
    #[must_use]
    pub fn has_methods(&self, ty: &str) -> bool {
        self.types.contains(ty)
    }

    fn all(&self, places: Option<&Vec<usize>>) -> impl Iterator<Item = &Opening> {
        places.into_iter().flatten().filter_map(|index| self.openings.get(*index))
    }

    /// The crates that open interfaces of a kind, apart from the standard library.
    #[must_use]
    pub fn crates_of(&self, kind: &str) -> Vec<&str> {
        let of_kind = self.openings.iter().filter(|opening| opening.kind == kind);
        let crates = of_kind.flat_map(|opening| opening.paths.iter().chain(&opening.of));
        crates.flat_map(Pattern::crates).collect()
    }

    /// The kinds of interface that are known.
    #[must_use]
    pub fn kinds(&self) -> BTreeSet<&str> {
        self.openings.iter().map(|opening| opening.kind.as_str()).collect()
    }

    /// Words in the names of what has to do with interfaces of a kind, where they tell.
    #[must_use]
    pub fn words_of(&self, kind: &str) -> Option<&HashSet<String>> {
        self.touches.get(kind)
    }

    /// True for a crate that reaches the network by itself with these features.
    #[must_use]
    pub fn reaches_network(&self, krate: &str, features: &[String]) -> bool {
        let on = |feature: &Option<String>| feature.as_ref().is_none_or(|feature| features.contains(feature));
        self.network.iter().any(|(name, feature)| name == krate && on(feature))
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, interfaces};

    #[test]
    fn the_table_is_read_and_every_entry_can_be_found() {
        let all = interfaces();
        for opening in &all.openings {
            assert!(!opening.kind.is_empty(), "{opening:?}");
            assert!(!opening.paths.is_empty() || !opening.methods.is_empty(), "{opening:?}");
            assert_eq!(opening.methods.is_empty(), opening.of.is_empty(), "{opening:?}");
            // Functions are looked up by these.
            let mut ends = opening.paths.iter().flat_map(|path| path.crates().chain(path.ends()));
            assert!(ends.all(|name| !["..", "*"].contains(&name)), "{opening:?}");
        }
        let kind = |path: &str| all.function(path).map(|opening| opening.kind.as_str());
        assert_eq!(kind("std::net::TcpListener::bind"), Some("tcp-listen"));
        assert_eq!(kind("tokio::net::UnixDatagram::bind"), Some("unix-listen"));
        assert_eq!(kind("pump::TcpListener::bind"), None);
        let method = |name: &str, from: &str, chain: &[&str]| {
            let chain: Vec<Text> = chain.iter().map(|method| Text::from(*method)).collect();
            all.method(name, from, &chain).map(|opening| opening.kind.as_str())
        };
        assert_eq!(method("get", "reqwest::Client::builder", &["build"]), Some("http-client"));
        assert_eq!(method("get", "reqwest::Client::builder", &["build", "get", "send", "headers"]), None);
        assert_eq!(method("get", "std::collections::HashMap::new", &[]), None);
    }

    #[test]
    fn a_crate_reaches_the_network_with_its_feature() {
        let all = interfaces();
        assert!(all.reaches_network("rumqttc", &[]));
        assert!(all.reaches_network("sqlx", &["postgres".to_owned()]));
        assert!(!all.reaches_network("sqlx", &["sqlite".to_owned()]));
        assert!(!all.reaches_network("serde", &[]));
    }
}
