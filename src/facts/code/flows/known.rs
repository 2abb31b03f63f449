//! What is known about where data enters, where it arrives, and what lies between: `rules/flows.toml`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::super::Map;
use super::super::settled::is_of;
use super::trace::hides;
use crate::document::Value;
use crate::facts::known::patterns::{self, Pattern, texts};
use crate::facts::known::settings::{Setting, settings};
use crate::facts::known::words::{Identifier, words};
use crate::source::Source;

/// What a name may mean, as bits: names are classified long before they are resolved.
pub(in super::super) type Class = u32;

/// A method whose result says what its receiver says.
pub(super) const CARRIES: Class = 1;
/// ... and what its arguments say.
pub(super) const BOTH: Class = 2;
/// A method that fills its receiver.
pub(super) const FILLS: Class = 4;
/// A method that fills its argument.
pub(super) const READS: Class = 8;
/// A call that may bring data in.
pub(super) const SOURCE: Class = 16;
/// A call where data may do harm.
pub(super) const SINK: Class = 32;
/// A call that makes data harmless.
pub(super) const CLEANS: Class = 64;
/// A call that looks whether data is harmless.
pub(super) const CHECKS: Class = 128;
/// The name of a secret.
pub(super) const SECRET: Class = 256;
/// The name of a patient's data.
pub(super) const HEALTH: Class = 512;
/// The name of what proves that something is genuine.
pub(super) const PROOF: Class = 1024;
/// A macro that puts text together.
pub(super) const COMPOSES: Class = 2048;
/// A type that can't carry anything harmful.
pub(super) const SCALAR: Class = 4096;
/// A type whose values may come from outside.
pub(super) const SOURCE_TYPE: Class = 8192;
/// A type that `parse` may make without taking the harm away.
pub(super) const PARSED: Class = 16384;
/// A field whose value settles how safe something is.
pub(in super::super) const SETTING: Class = 1 << 15;
/// A method that hands a value on as it is.
pub(super) const HANDS_ON: Class = 1 << 16;
/// A method that looks an entry up by its name.
pub(super) const LOOKS_UP: Class = 1 << 17;
/// A method whose result is what its closure returns.
pub(super) const MAPS: Class = 1 << 18;
/// A method whose result may be what its closure returns.
pub(super) const OR_ELSE: Class = 1 << 19;
/// A method whose result is still the whole thing.
pub(super) const WHOLE: Class = 1 << 20;
/// Something that makes something else of a secret.
pub(super) const MASKS: Class = 1 << 21;
/// A function whose result says what its arguments say.
pub(super) const HOLDS: Class = 1 << 22;

/// Names of a person, a secret, a proof.
pub(super) const TELLING: Class = SECRET | HEALTH | PROOF;

/// Where data enters.
pub(super) struct Entrance {
    /// What it is, in words: `a request`.
    pub kind: String,
    pub trust: Trust,
    pub types: Vec<Pattern>,
    /// Attributes of functions by the crate that offers them.
    pub attributes: Vec<(String, Vec<String>)>,
    pub paths: Vec<Pattern>,
    pub methods: Vec<String>,
    pub crates: Vec<String>,
}

/// Who chooses it, or why it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Anybody who reaches the device.
    Far,
    /// Whoever runs the program.
    Near,
    /// It is something of which only a part may be shown.
    Message,
    /// It can be predicted.
    Predictable,
}

/// Where data arrives.
#[derive(Debug)]
pub struct Arrival {
    /// What it becomes there: `file`, `sql`.
    pub to: String,
    /// The arguments that matter; empty for all.
    pub positions: Vec<usize>,
    paths: Vec<Pattern>,
    macros: Vec<Pattern>,
    methods: Vec<String>,
    crates: Vec<String>,
    /// True where a method's name says too little to count on something that is not known.
    known: bool,
}

/// What is called, with full paths.
#[derive(Debug, Clone, Copy)]
pub enum Called<'p> {
    /// A function.
    Path(&'p str),
    /// A macro.
    Macro(&'p str),
    /// A method, and what its receiver comes from.
    Method(&'p str, Option<&'p str>),
}

/// Every kind of arrival that a call is; `uses` tells whether its package uses a crate.
#[must_use]
pub fn arrivals(called: Called<'_>, uses: &dyn Fn(&str) -> bool) -> Vec<&'static Arrival> {
    let fits = |arrival: &&Arrival| match called {
        Called::Path(path) => arrival.paths.iter().any(|pattern| pattern.is(path)),
        Called::Macro(path) => arrival.macros.iter().any(|pattern| pattern.is(path)),
        Called::Method(name, from) => {
            let unknown = |krate: &str| !arrival.known && uses(krate);
            arrival.methods.iter().any(|method| method == name) && is_of(from, &arrival.crates, &unknown)
        }
    };
    let name = match called {
        Called::Path(path) | Called::Macro(path) => patterns::last(path),
        Called::Method(name, _) => name,
    };
    let known = known();
    let named = known.arriving.get(name).into_iter().flatten();
    named.filter_map(|index| known.arrivals.get(*index)).filter(fits).collect()
}

/// True for a method that may be an arrival, where it says too little to count on a receiver that is not known.
#[must_use]
pub fn may_arrive(method: &str, uses: &dyn Fn(&str) -> bool) -> bool {
    known().is(method, SINK)
        && known().arrivals.iter().any(|arrival| {
            arrival.known
                && arrival.methods.iter().any(|known| known == method)
                && arrival.crates.iter().any(|krate| uses(krate))
        })
}

/// What makes data harmless.
struct Barrier {
    to: Vec<String>,
    cleans: Vec<String>,
    checks: Vec<String>,
}

/// Everything the file says.
pub(in super::super) struct Known {
    pub(super) entrances: Vec<Entrance>,
    pub(super) arrivals: Vec<Arrival>,
    /// The arrivals by the name of what is called.
    arriving: Map<String, Vec<usize>>,
    barriers: Vec<Barrier>,
    classes: Map<String, Class>,
    /// Functions whose result says what their arguments say, by their last name, with the one before it
    /// where that counts.
    functions: HashMap<String, Vec<Option<String>>>,
    /// Words in the name of a function that makes something else of a secret.
    masks: HashSet<String>,
    /// Words in the name of a function that say that it checks or cleans what it is given.
    guards: HashSet<String>,
}

/// What the embedded file says.
pub(in super::super) fn known() -> &'static Known {
    static KNOWN: LazyLock<Known> = LazyLock::new(|| {
        let source = Source::new("rules/flows.toml", include_str!("../../../../rules/flows.toml"));
        Known::read(&patterns::parse(&source))
    });
    &KNOWN
}

/// True for the name of something that settles how safe something is.
pub(in super::super) fn is_setting(name: &str) -> bool {
    known().is(name, SETTING)
}

impl Known {
    fn read(table: &Value) -> Self {
        let items = |key: &str| table.entry(key).map(|entry| entry.value.items()).unwrap_or_default();
        let carries = table.entry("carries").map_or(table, |entry| &entry.value);
        let mut known = Self {
            entrances: items("source").iter().map(entrance).collect(),
            arrivals: items("sink").iter().map(arrival).collect(),
            arriving: Map::default(),
            barriers: items("barrier").iter().map(barrier).collect(),
            classes: Map::default(),
            functions: HashMap::new(),
            masks: texts(carries, "masks").into_iter().collect(),
            guards: table
                .entry("guards")
                .map_or_else(HashSet::new, |entry| texts(&entry.value, "words").into_iter().collect()),
        };
        for function in texts(carries, "functions") {
            let (of, name) = match function.split_once("::") {
                Some((of, name)) => (Some(of.to_owned()), name),
                None => (None, function.as_str()),
            };
            known.functions.entry(name.to_owned()).or_default().push(of);
        }
        for (key, class) in [
            ("methods", CARRIES),
            ("both", CARRIES | BOTH),
            ("fills", FILLS),
            ("reads", READS),
            ("macros", COMPOSES),
            ("scalars", SCALAR),
            ("parsed", PARSED),
            ("lookups", LOOKS_UP),
            ("maps", MAPS),
            ("or_else", OR_ELSE),
            ("whole", WHOLE),
        ] {
            known.classify(texts(carries, key), class);
        }
        let sources: Vec<String> = known.entrances.iter().flat_map(Entrance::names).collect();
        let types: Vec<&Pattern> = known.entrances.iter().flat_map(|entrance| &entrance.types).collect();
        let types: Vec<String> = types.iter().flat_map(|pattern| pattern.ends()).map(str::to_owned).collect();
        let sinks: Vec<String> = known.arrivals.iter().flat_map(Arrival::names).collect();
        let cleans: Vec<String> =
            known.barriers.iter().flat_map(|barrier| &barrier.cleans).cloned().collect();
        let checks: Vec<String> =
            known.barriers.iter().flat_map(|barrier| &barrier.checks).cloned().collect();
        known.classify(sources, SOURCE);
        known.classify(types, SOURCE_TYPE);
        for (index, arrival) in known.arrivals.iter().enumerate() {
            for name in arrival.names() {
                let named = known.arriving.entry(name).or_default();
                if named.last() != Some(&index) {
                    named.push(index);
                }
            }
        }
        known.classify(sinks, SINK);
        known.classify(cleans, CLEANS);
        known.classify(checks, CHECKS);
        known.classify(words().hands_on.clone(), HANDS_ON);
        known.classify(settings().iter().flat_map(Setting::names).collect(), SETTING);
        known
    }

    fn classify(&mut self, names: Vec<String>, class: Class) {
        for name in names {
            *self.classes.entry(name).or_default() |= class;
        }
    }

    /// What a name may mean.
    pub(super) fn class(&self, name: &str) -> Class {
        let mut class = self.classes.get(name).copied().unwrap_or_default();
        let identifier = Identifier::of(name);
        for (lexicon, telling) in
            [(&words().secret, SECRET), (&words().health, HEALTH), (&words().proof, PROOF)]
        {
            if lexicon.names_in(&identifier) {
                class |= telling;
            }
        }
        if self.guards(name) {
            class |= CHECKS | CLEANS;
        }
        if hides(name) || self.masks(name) {
            class |= MASKS;
        }
        class
    }

    /// True for the name of a function that checks or cleans what it is given.
    fn guards(&self, name: &str) -> bool {
        name.split('_').any(|word| self.guards.contains(word))
    }

    /// True for the name of a function that makes something else of a secret.
    fn masks(&self, name: &str) -> bool {
        self.masks.contains(name) || name.split('_').any(|word| self.masks.contains(word))
    }

    /// True when the tables say that a name is of a class.
    pub(super) fn is(&self, name: &str, class: Class) -> bool {
        self.classes.get(name).is_some_and(|known| known & class != 0)
    }

    /// True for a function whose result says what its arguments say.
    pub(super) fn carries(&self, path: &str) -> bool {
        let mut ends = path.rsplit("::");
        let (Some(last), before) = (ends.next(), ends.next()) else { return false };
        let known = self.functions.get(last).map_or(&[][..], Vec::as_slice);
        known.iter().any(|of| of.is_none() || of.as_deref() == before)
    }

    /// True when one of the marks makes data harmless for a kind of arrival.
    pub(super) fn is_barred<'m>(&self, to: &str, marks: impl IntoIterator<Item = &'m str>) -> bool {
        let barriers: Vec<&Barrier> =
            self.barriers.iter().filter(|barrier| barrier.to.iter().any(|known| known == to)).collect();
        marks.into_iter().any(|mark| {
            self.guards(mark)
                || barriers
                    .iter()
                    .any(|barrier| barrier.cleans.iter().chain(&barrier.checks).any(|known| known == mark))
        })
    }
}

impl Entrance {
    fn names(&self) -> Vec<String> {
        let ends = self.paths.iter().flat_map(Pattern::ends).map(str::to_owned);
        ends.chain(self.methods.iter().cloned()).collect()
    }
}

impl Arrival {
    fn names(&self) -> Vec<String> {
        let ends = self.paths.iter().chain(&self.macros).flat_map(Pattern::ends).map(str::to_owned);
        ends.chain(self.methods.iter().cloned()).collect()
    }
}

fn text(table: &Value, key: &str) -> String {
    table.entry(key).and_then(|entry| entry.value.as_str()).unwrap_or_default().to_owned()
}

fn entrance(table: &Value) -> Entrance {
    let split = |entry: String| {
        let (krate, names) = entry.split_once(':').unwrap_or((&entry, ""));
        (krate.to_owned(), names.split_whitespace().map(str::to_owned).collect())
    };
    Entrance {
        kind: text(table, "kind"),
        trust: match text(table, "trust").as_str() {
            "far" => Trust::Far,
            "message" => Trust::Message,
            "predictable" => Trust::Predictable,
            _ => Trust::Near,
        },
        types: patterns::patterns(table, "types"),
        attributes: texts(table, "attributes").into_iter().map(split).collect(),
        paths: patterns::patterns(table, "paths"),
        methods: texts(table, "methods"),
        crates: texts(table, "crates"),
    }
}

fn arrival(table: &Value) -> Arrival {
    let positions = table.entry("positions").map(|entry| entry.value.items()).unwrap_or_default();
    Arrival {
        to: text(table, "to"),
        positions: positions.iter().filter_map(|at| usize::try_from(at.as_integer()?).ok()).collect(),
        paths: patterns::patterns(table, "paths"),
        macros: patterns::patterns(table, "macros"),
        methods: texts(table, "methods"),
        crates: texts(table, "crates"),
        known: table.entry("known").is_some_and(|entry| entry.value.as_bool() == Some(true)),
    }
}

fn barrier(table: &Value) -> Barrier {
    let last = |path: String| path.rsplit("::").next().unwrap_or_default().to_owned();
    let functions = texts(table, "functions").into_iter().map(last);
    Barrier {
        to: texts(table, "to"),
        cleans: texts(table, "methods").into_iter().chain(functions).collect(),
        checks: texts(table, "checks"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_the_file_is_read() {
        let known = known();
        for entrance in &known.entrances {
            assert!(!entrance.kind.is_empty());
            let ways = usize::from(!entrance.types.is_empty())
                + usize::from(!entrance.attributes.is_empty())
                + usize::from(!entrance.paths.is_empty())
                + usize::from(!entrance.methods.is_empty());
            assert_eq!(ways, 1, "one way in for each entry: {}", entrance.kind);
            assert!(
                entrance.methods.is_empty() || !entrance.crates.is_empty(),
                "{}: whose methods?",
                entrance.kind
            );
            assert!(entrance.attributes.iter().all(|(_, names)| !names.is_empty()));
        }
        for arrival in &known.arrivals {
            let ways = usize::from(!arrival.paths.is_empty())
                + usize::from(!arrival.macros.is_empty())
                + usize::from(!arrival.methods.is_empty());
            assert_eq!(ways, 1, "one way for each entry: {}", arrival.to);
        }
        for pattern in known.arrivals.iter().flat_map(|arrival| arrival.paths.iter().chain(&arrival.macros)) {
            assert!(pattern.ends().all(|end| end != "*"), "names are found by their end: {pattern:?}");
        }
        for barrier in &known.barriers {
            let is_known = |to: &String| known.arrivals.iter().any(|arrival| arrival.to == *to);
            assert!(barrier.to.iter().all(is_known), "{:?}", barrier.to);
        }
        let text = include_str!("../../../../rules/flows.toml");
        let value = patterns::parse(&Source::new("flows.toml", text));
        for (table, keys) in [
            ("source", &["kind", "trust", "types", "attributes", "paths", "methods", "crates"][..]),
            ("sink", &["to", "positions", "paths", "macros", "methods", "crates", "known"]),
            ("barrier", &["to", "methods", "functions", "checks"]),
        ] {
            for entry in value.entry(table).expect("a table").value.items().iter().flat_map(Value::entries) {
                assert!(keys.contains(&entry.key.as_str()), "{}: unknown key", entry.key_at);
            }
        }
    }

    #[test]
    fn names_are_classified() {
        let known = known();
        assert_eq!(known.class("password") & TELLING, SECRET);
        assert_eq!(known.class("patient_name") & TELLING, HEALTH);
        assert_ne!(known.class("join") & BOTH, 0);
        assert_ne!(known.class("validate_path") & CHECKS, 0);
        assert_eq!(known.class("len"), MASKS);
        assert_eq!(known.class("index"), 0);
        assert!(known.carries("std::path::PathBuf::from") && known.carries("Some") && !known.carries("mask"));
        assert!(known.is_barred("file", ["components"]) && !known.is_barred("sql", ["components"]));
    }
}
