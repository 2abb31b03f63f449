//! The ledger: findings accepted for a time, each with a reason, a person and an end.

use jiff::civil::Date;
use serde::Serialize;

use crate::document::{Fields, Value};
use crate::error::Fault;
use crate::source::{Location, Placed};

/// An accepted finding: `[[waiver]]`.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// The rule.
    pub rule: Placed<String>,
    /// What is accepted: a file, a folder (with a slash at its end), or a subject of the finding
    /// such as `time@0.1.43` or `pump::driver::read`.
    pub place: Placed<String>,
    /// Why.
    pub reason: Placed<String>,
    /// Who accepted it.
    pub by: Placed<String>,
    /// The last day on which it holds; an imported exception may have none.
    pub until: Option<Placed<Date>>,
    /// The one component it is for, as `name@version`: of another version it says nothing.
    pub component: Option<Placed<String>>,
    /// The checksum of that component, or the commit of a git repository: of other contents it says
    /// nothing.
    pub checksum: Option<Placed<String>>,
    /// The member through which the product reaches it; other ways are not accepted.
    pub member: Option<Placed<String>>,
    /// The strongest use that is accepted.
    pub edge: Option<Placed<Use>>,
    /// The target it is for: where the product is built for others too, it is not accepted.
    pub target: Option<Placed<String>>,
    /// The digest of the advisory's facts when it was accepted, as `waive` prints it.
    pub facts: Option<Placed<String>>,
    /// What the manufacturer says of the vulnerability, in the words of VEX.
    pub status: Option<Placed<Status>>,
    /// Why it does not affect the product.
    pub justification: Option<Placed<Justification>>,
    /// Who sees to it that it ends.
    pub owner: Option<Placed<String>>,
    /// Who approved it: somebody else than who wrote it.
    pub approver: Option<Placed<String>>,
    /// When it was written.
    pub created: Option<Placed<Date>>,
    /// The file of another tool that it was read from, if it was.
    pub imported: Option<Imported>,
    /// The waiver as a whole.
    pub at: Location,
}

/// Where an exception of another tool was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The tool or format, such as `cargo-deny`.
    pub tool: &'static str,
    /// The packages it speaks of, where that is a range of versions.
    pub packages: Option<Packages>,
    /// The licences under which these packages may come; empty where it is about something else.
    pub licences: Vec<String>,
}

/// Packages of one name, as other tools name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packages {
    /// The name.
    pub name: String,
    /// Their versions.
    pub versions: semver::VersionReq,
}

impl Packages {
    /// True for a package of this name and version. Unlike with cargo, a range holds for what leads up to
    /// a release too, as in the tools that these are read from.
    #[must_use]
    pub fn holds(&self, name: &str, version: &semver::Version) -> bool {
        let released = semver::Version { pre: semver::Prerelease::EMPTY, ..version.clone() };
        let one = self.versions.comparators.iter().any(|part| part.op == semver::Op::Exact);
        let leads_up = !version.pre.is_empty() && !one && self.versions.matches(&released);
        self.name == name && (self.versions.matches(version) || leads_up)
    }
}

/// How a component is used, from the weakest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// By tests, examples or benches.
    Dev,
    /// While the product is built.
    Build,
    /// Linked into the product.
    Normal,
}

impl Use {
    const WORDS: &'static [(&'static str, Self)] =
        &[("normal", Self::Normal), ("build", Self::Build), ("dev", Self::Dev)];

    /// The word in the policy.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, how)| *how == self).map_or("", |(word, _)| word)
    }
}

/// What a manufacturer says of a vulnerability in its product, in the words of VEX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does not touch the product.
    NotAffected,
    /// It does.
    Affected,
    /// The product is mended.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
}

impl Status {
    /// The words in the policy and in `OpenVEX`.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("not_affected", Self::NotAffected),
        ("affected", Self::Affected),
        ("fixed", Self::Fixed),
        ("under_investigation", Self::UnderInvestigation),
    ];

    /// The word in the policy and in `OpenVEX`.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, status)| *status == self).map_or("", |(word, _)| word)
    }
}

/// Why a vulnerability does not touch the product, in the words of VEX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Justification {
    /// The component is not in the product.
    ComponentNotPresent,
    /// The code in question is not in the product.
    VulnerableCodeNotPresent,
    /// The code in question is never run.
    VulnerableCodeNotInExecutePath,
    /// No attacker can steer it.
    VulnerableCodeCannotBeControlledByAdversary,
    /// Something else stops the attack.
    InlineMitigationsAlreadyExist,
}

impl Justification {
    /// The words in the policy and in `OpenVEX`.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("component_not_present", Self::ComponentNotPresent),
        ("vulnerable_code_not_present", Self::VulnerableCodeNotPresent),
        ("vulnerable_code_not_in_execute_path", Self::VulnerableCodeNotInExecutePath),
        (
            "vulnerable_code_cannot_be_controlled_by_adversary",
            Self::VulnerableCodeCannotBeControlledByAdversary,
        ),
        ("inline_mitigations_already_exist", Self::InlineMitigationsAlreadyExist),
    ];

    /// The word in the policy and in `OpenVEX`.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, why)| *why == self).map_or("", |(word, _)| word)
    }
}

/// How findings are accepted: `[exceptions]`.
#[derive(Debug, Clone, Default)]
pub struct ExceptionLimits {
    /// Files of other tools whose exceptions are read, relative to the policy.
    pub import: Vec<Placed<String>>,
    /// What becomes of an imported exception without an end.
    pub endless: Endless,
    /// The longest time an exception may hold, in days.
    pub longest_days: Option<Placed<u32>>,
    /// True when an approver must be named who is not the author, by git where there is a repository.
    pub approval: Option<Placed<bool>>,
    /// True when an entry about source code holds only where a comment beside the code states it too.
    pub in_source: Option<Placed<bool>>,
}

/// What becomes of an imported exception without an end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Endless {
    /// It holds.
    Honour,
    /// It holds, and is told.
    #[default]
    Warn,
    /// It does not hold.
    Refuse,
}

impl Endless {
    const WORDS: &'static [(&'static str, Self)] =
        &[("honour", Self::Honour), ("warn", Self::Warn), ("refuse", Self::Refuse)];
}

impl Waiver {
    /// The lines of its file on which it says something.
    #[must_use]
    pub fn lines(&self) -> std::collections::BTreeSet<usize> {
        let texts = [&self.component, &self.checksum, &self.member, &self.target, &self.facts];
        let texts = texts.into_iter().chain([&self.owner, &self.approver]);
        let dates = [&self.until, &self.created];
        let words = [
            self.edge.as_ref().map(|word| &word.at),
            self.status.as_ref().map(|word| &word.at),
            self.justification.as_ref().map(|word| &word.at),
        ];
        [&self.rule.at, &self.place.at, &self.reason.at, &self.by.at]
            .into_iter()
            .chain(texts.flatten().map(|text| &text.at))
            .chain(dates.into_iter().flatten().map(|date| &date.at))
            .chain(words.into_iter().flatten())
            .flat_map(|at| at.line()..=at.end().0)
            .collect()
    }

    /// True when the waiver holds on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.until.as_ref().is_none_or(|until| day <= until.value)
    }
}

/// True when a place as written in the policy covers a file or one of the subjects.
#[must_use]
pub fn covers(place: &str, path: &str, subjects: &[String]) -> bool {
    place == path
        || (place.ends_with('/') && path.starts_with(place))
        || subjects.iter().any(|subject| subject == place)
}

/// What stands before the version of a component, and the version: `time@0.1.43`, or the same behind an advisory.
#[must_use]
pub fn split_id(subject: &str) -> Option<(&str, semver::Version)> {
    let (before, version) = subject.rsplit_once('@')?;
    if before.is_empty() || before.ends_with(' ') {
        return None;
    }
    Some((before, version.parse().ok()?))
}

pub(super) fn read_waiver(table: &Value, faults: &mut Vec<Fault>) -> Option<Waiver> {
    let mut fields = Fields::new(table, "[[waiver]]", faults);
    let (rule, place) = (fields.required("rule"), fields.required("place"));
    let (reason, by) = (fields.required("reason"), fields.required("by"));
    let until = fields.required_date("until");
    let optional = (
        fields.string("component"),
        fields.string("checksum"),
        fields.string("member"),
        fields.word("edge", Use::WORDS),
        fields.string("target"),
        fields.string("facts"),
    );
    let status = fields.word("status", Status::WORDS);
    let justification = fields.word("justification", Justification::WORDS);
    let (owner, approver) = (fields.string("owner"), fields.string("approver"));
    let created = fields.date("created");
    let (component, checksum, member, edge, target, facts) = optional;
    if let Some(component) = component.as_ref().filter(|id| split_id(&id.value).is_none()) {
        let help = "write it as in `time@0.1.43`; `cargo health-sec waive` prints the whole entry";
        fields.fault(&component.at, "`component` is no name with a version", Some(help.to_owned()));
    }
    fields.finish();
    Some(Waiver {
        rule: rule?,
        place: place?,
        reason: reason?,
        by: by?,
        until: Some(until?),
        component,
        checksum,
        member,
        edge,
        target,
        facts,
        status,
        justification,
        owner,
        approver,
        created,
        imported: None,
        at: table.at(),
    })
}

pub(super) fn read_limits(table: Option<&Value>, faults: &mut Vec<Fault>) -> ExceptionLimits {
    let Some(table) = table else { return ExceptionLimits::default() };
    let mut fields = Fields::new(table, "[exceptions]", faults);
    let limits = ExceptionLimits {
        import: fields.strings("import"),
        endless: fields.word("endless", Endless::WORDS).map(|word| word.value).unwrap_or_default(),
        longest_days: fields.days("longest_days"),
        approval: fields.boolean("approval"),
        in_source: fields.boolean("in_source"),
    };
    fields.finish();
    limits
}
