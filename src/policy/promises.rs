//! What the manufacturer promises on vulnerabilities: who can tell of them, how fast they are mended, whom it
//! tells, and how changes are controlled.

use std::collections::BTreeMap;

use crate::document::{Fields, Value};
use crate::error::Fault;
use crate::source::{Location, Placed};

/// Who may tell of a vulnerability: the seven kinds of 9.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Whoever verifies and validates.
    Testers,
    /// Whoever makes a component.
    Suppliers,
    /// Whoever develops the product.
    Developers,
    /// Whoever uses and runs the product.
    Operators,
    /// What audit logs show.
    AuditLogs,
    /// Whoever looks for vulnerabilities.
    Researchers,
    /// What is published.
    PublicNotices,
}

impl Origin {
    /// The words in the policy.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("testers", Self::Testers),
        ("suppliers", Self::Suppliers),
        ("developers", Self::Developers),
        ("operators", Self::Operators),
        ("audit-logs", Self::AuditLogs),
        ("researchers", Self::Researchers),
        ("public-notices", Self::PublicNotices),
    ];

    /// The word in the policy.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, origin)| *origin == self).map_or("", |(word, _)| word)
    }
}

/// How each kind of report comes in: `[intake]`.
#[derive(Debug, Clone)]
pub struct Intake {
    /// The way, by kind.
    pub ways: BTreeMap<Origin, Placed<String>>,
    /// The section as a whole.
    pub at: Location,
}

/// What a time frame for updates has to weigh: the five of 6.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Factor {
    /// What the vulnerability does.
    Impact,
    /// How widely it is known.
    PublicKnowledge,
    /// Whether attacks are published.
    Exploits,
    /// How many products are in use.
    ProductsInUse,
    /// What else stands against it where they are used.
    OutsideControls,
}

impl Factor {
    /// The words in the policy.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("impact", Self::Impact),
        ("public-knowledge", Self::PublicKnowledge),
        ("exploits", Self::Exploits),
        ("products-in-use", Self::ProductsInUse),
        ("outside-controls", Self::OutsideControls),
    ];
}

/// The severities that a time frame is set for; `unknown` is for what has no score.
pub const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "unknown"];

/// How fast vulnerabilities are looked at and mended: `[updates]`.
#[derive(Debug, Clone)]
pub struct UpdatePromise {
    /// Within how many days of the publication a release mends a vulnerability, by the word for its severity.
    pub within: BTreeMap<&'static str, Placed<u32>>,
    /// The same for one of which an attack is known.
    pub exploited: Option<Placed<u32>>,
    /// Within how many days an issue is reviewed.
    pub review_days: Option<Placed<u32>>,
    /// What the time frames weigh.
    pub weighs: Vec<Placed<Factor>>,
    /// True when every update that mends an advisory has an issue with a proof.
    pub verified: Option<Placed<bool>>,
    /// The section as a whole.
    pub at: Location,
}

impl UpdatePromise {
    /// Within how many days a vulnerability of a severity is mended, where that was promised.
    #[must_use]
    pub fn days(&self, severity: Option<&str>, exploited: bool) -> Option<&Placed<u32>> {
        let by_severity = self.within.get(severity.unwrap_or("unknown"));
        let sooner = self.exploited.as_ref().filter(|_| exploited);
        by_severity.into_iter().chain(sooner).min_by_key(|days| days.value)
    }
}

/// Whom the manufacturer tells: `[disclosure]`.
#[derive(Debug, Clone)]
pub struct Disclosure {
    /// The folder of its security bulletins, relative to the policy.
    pub bulletins: Option<Placed<String>>,
    /// The trailer of a commit message that marks a fix of a vulnerability, such as `Security-Fix`.
    pub trailer: Option<Placed<String>>,
    /// Component lists of sister products, relative to the policy.
    pub siblings: Vec<Placed<String>>,
    /// The section as a whole.
    pub at: Location,
}

/// How changes are controlled: `[changes]`.
#[derive(Debug, Clone)]
pub struct ChangeControl {
    /// What a commit message must hold: a trailer, such as `Change-Id`.
    pub trailer: Option<Placed<String>>,
    /// Or a word of this shape, in which `*` stands for anything, such as `CR-*`.
    pub word: Option<Placed<String>>,
    /// The section as a whole.
    pub at: Location,
}

pub(super) fn read_intake(table: &Value, faults: &mut Vec<Fault>) -> Intake {
    let mut fields = Fields::new(table, "[intake]", faults);
    let ways = Origin::WORDS.iter().filter_map(|(word, kind)| Some((*kind, fields.string(word)?)));
    let ways = ways.collect();
    fields.finish();
    Intake { ways, at: table.at() }
}

pub(super) fn read_updates(table: &Value, faults: &mut Vec<Fault>) -> UpdatePromise {
    let mut fields = Fields::new(table, "[updates]", faults);
    let within = fields.value("within").map(|table| read_within(table, fields.faults()));
    let (within, exploited) = within.unwrap_or_default();
    let promise = UpdatePromise {
        within,
        exploited,
        review_days: fields.days("review_days"),
        weighs: fields.words("weighs", Factor::WORDS),
        verified: fields.boolean("verified"),
        at: table.at(),
    };
    fields.finish();
    promise
}

/// Days by severity, and those where an attack is known.
type Within = (BTreeMap<&'static str, Placed<u32>>, Option<Placed<u32>>);

fn read_within(table: &Value, faults: &mut Vec<Fault>) -> Within {
    let mut fields = Fields::new(table, "[updates.within]", faults);
    let within = SEVERITIES.into_iter().filter_map(|word| Some((word, fields.days(word)?))).collect();
    let exploited = fields.days("exploited");
    fields.finish();
    (within, exploited)
}

pub(super) fn read_disclosure(table: &Value, faults: &mut Vec<Fault>) -> Disclosure {
    let mut fields = Fields::new(table, "[disclosure]", faults);
    let disclosure = Disclosure {
        bulletins: fields.string("bulletins"),
        trailer: fields.string("trailer"),
        siblings: fields.strings("siblings"),
        at: table.at(),
    };
    fields.finish();
    disclosure
}

pub(super) fn read_changes(table: &Value, faults: &mut Vec<Fault>) -> ChangeControl {
    let mut fields = Fields::new(table, "[changes]", faults);
    let (trailer, word) = (fields.string("trailer"), fields.string("word"));
    if trailer.is_none() && word.is_none() {
        let help = "trailer = \"Change-Id\", or word = \"CR-*\"".to_owned();
        fields.fault(&table.at(), "[changes] does not say how a change is told", Some(help));
    }
    // What fits every word numbers every change.
    if let Some(word) = word.as_ref().filter(|word| !word.value.contains(char::is_alphanumeric)) {
        fields.fault(&word.at, "`word` fits any word", Some("word = \"CR-*\"".to_owned()));
    }
    fields.finish();
    ChangeControl { trailer, word, at: table.at() }
}
