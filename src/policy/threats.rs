//! What is decided about threats: which models there are, what their words mean, which risk may remain, and which ports are
//! the platform's.

use crate::document::{Fields, Value};
use crate::error::Fault;
use crate::source::Placed;

use super::Policy;

/// A port that the platform has open: `[[threats.platform]]`.
#[derive(Debug, Clone)]
pub struct PlatformPort {
    /// The port.
    pub port: Placed<i64>,
    /// `tcp` or `udp`; `tcp` where nothing is said.
    pub protocol: Option<Placed<String>>,
    /// What listens there, and why the product does not answer for it.
    pub reason: Placed<String>,
}

/// What a word of a model is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WordKind {
    /// The status of a threat.
    Status,
    /// How grave it is.
    Severity,
    /// A protocol.
    Protocol,
    /// The kind of an interface.
    Kind,
}

impl WordKind {
    /// Every kind, by its key in `[threats.synonyms]`.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("status", Self::Status),
        ("severity", Self::Severity),
        ("protocol", Self::Protocol),
        ("kind", Self::Kind),
    ];

    /// Its key.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }

    /// What people call it.
    #[must_use]
    pub fn what(self) -> &'static str {
        if self == Self::Kind { "kind of interface" } else { self.word() }
    }

    /// The words that an entry may lead to, where that is a closed list.
    fn meanings(self) -> &'static [&'static str] {
        match self {
            Self::Status => &STATUS,
            Self::Severity => &LEVELS,
            Self::Protocol | Self::Kind => &[],
        }
    }
}

/// What a word of models means that nobody knows by itself: an entry of `[threats.synonyms.<kind>]`.
#[derive(Debug, Clone)]
pub struct Synonym {
    /// What the word is about.
    pub kind: WordKind,
    /// The word.
    pub word: Placed<String>,
    /// The known word that it means.
    pub means: Placed<String>,
}

/// Who may try to defeat a mitigation (5.7.5): `[threats.independence] attacks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Independence {
    /// Anybody, also whoever made it.
    Anyone,
    /// Somebody else; it warns where that is not so.
    OtherPerson,
    /// Somebody else, and nothing is released where that is not so.
    Independent,
}

impl Independence {
    const WORDS: [(&'static str, Self); 3] =
        [("anyone", Self::Anyone), ("other-person", Self::OtherPerson), ("independent", Self::Independent)];
}

/// What may become of a threat.
pub const STATUS: [&str; 6] = ["open", "mitigate", "accept", "transfer", "avoid", "not-applicable"];

/// How grave a risk is, from least to worst.
pub const LEVELS: [&str; 5] = ["none", "low", "medium", "high", "critical"];

/// Reads `[threats]` into a policy: the models that it links, the risk that may remain, and the ports of the platform.
pub(super) fn read(table: &Value, policy: &mut Policy, faults: &mut Vec<Fault>) {
    let mut threats = Fields::new(table, "[threats]", faults);
    policy.threat_models = threats.strings("models");
    threats.word("acceptable", &LEVELS.map(|level| (level, ())));
    policy.acceptable_risk = threats.string("acceptable");
    if let Some(table) = threats.value("synonyms") {
        policy.synonyms = synonyms(table, threats.faults());
    }
    if let Some(table) = threats.value("independence") {
        let mut fields = Fields::new(table, "[threats.independence]", threats.faults());
        policy.independence = fields.word("attacks", &Independence::WORDS);
        fields.finish();
    }
    let platform = threats.tables("platform");
    policy.platform_ports = platform.iter().filter_map(|port| read_port(port, threats.faults())).collect();
    threats.finish();
}

fn synonyms(table: &Value, faults: &mut Vec<Fault>) -> Vec<Synonym> {
    let mut fields = Fields::new(table, "[threats.synonyms]", faults);
    let mut all = Vec::new();
    for (key, kind) in WordKind::WORDS {
        for entry in fields.entries(key) {
            let known = kind.meanings();
            let means = entry.value.as_str().filter(|means| known.is_empty() || known.contains(means));
            let Some(means) = means.filter(|_| !entry.key.trim().is_empty()) else {
                let message = format!(
                    "[threats.synonyms.{key}] does not say in a known word what `{}` means",
                    entry.key
                );
                let help = if known.is_empty() { "a word" } else { "one of" };
                let help = format!("\"{}\" = {help} {}", entry.key, known.join(", "));
                fields.fault(&entry.value.at(), message, Some(help.trim_end().to_owned()));
                continue;
            };
            let word = Placed { value: entry.key.clone(), at: entry.key_at.clone() };
            all.push(Synonym { kind, word, means: Placed { value: means.to_owned(), at: entry.value.at() } });
        }
    }
    fields.finish();
    all
}

fn read_port(table: &Value, faults: &mut Vec<Fault>) -> Option<PlatformPort> {
    let mut fields = Fields::new(table, "[[threats.platform]]", faults);
    let port = fields.integer("port").filter(|port| (1..=65_535).contains(&port.value));
    if port.is_none() {
        fields.fault(&table.at(), "[[threats.platform]] has no `port` from 1 to 65535", None);
    }
    fields.word("protocol", &[("tcp", ()), ("udp", ())]);
    let protocol = fields.string("protocol");
    let reason = fields.required("reason");
    fields.finish();
    Some(PlatformPort { port: port?, protocol, reason: reason? })
}
