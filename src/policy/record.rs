//! What is on record about an item: its class, its support, its review, its supplier.

use jiff::civil::Date;
use serde::Serialize;

use crate::document::{Fields, Value, is_blank};
use crate::error::Fault;
use crate::source::{Location, Placed};

/// Clause 4.3: who carries the security risk of an item after release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The manufacturer carries the risk and delivers updates.
    Maintained,
    /// The manufacturer tells of known risks and whether updates fit.
    Supported,
    /// The manufacturer considers the risks known before release.
    Required,
}

impl Class {
    pub(super) const WORDS: &'static [(&'static str, Self)] =
        &[("maintained", Self::Maintained), ("supported", Self::Supported), ("required", Self::Required)];

    /// The word as written in the policy.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Maintained => "maintained",
            Self::Supported => "supported",
            Self::Required => "required",
        }
    }
}

/// How far its maker stands behind an item, in the words of the FDA's guidance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SupportLevel {
    /// Its maker mends it.
    ActivelyMaintained,
    /// Its maker mends it no more.
    NoLongerMaintained,
    /// Nobody answers.
    Abandoned,
}

impl SupportLevel {
    pub(super) const WORDS: &'static [(&'static str, Self)] = &[
        ("actively-maintained", Self::ActivelyMaintained),
        ("no-longer-maintained", Self::NoLongerMaintained),
        ("abandoned", Self::Abandoned),
    ];

    /// The word as written in the policy.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, level)| *level == self).map_or("", |(word, _)| word)
    }
}

/// What the manufacturer has put on record about an item, be it a component or not.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Its class.
    pub class: Option<Placed<Class>>,
    /// Can we ship an update of it?
    pub updatable: Option<Placed<bool>>,
    /// Do we watch it after release?
    pub watched: Option<Placed<bool>>,
    /// The class that the two answers come to, at the place of the first.
    pub derived: Option<Placed<Class>>,
    /// Why it is classed so, or listed.
    pub reason: Option<Placed<String>>,
    /// Who signs the reason.
    pub by: Option<Placed<String>>,
    /// Who makes it, with an address, where its manifest does not say it or says it wrong.
    pub supplier: Option<Placed<String>>,
    /// How far its maker stands behind it.
    pub support: Option<Placed<SupportLevel>>,
    /// The last day on which its maker supports it.
    pub end_of_support: Option<Placed<Date>>,
    /// What is done when the end comes before that of the product.
    pub support_plan: Option<Placed<String>>,
    /// What it is for.
    pub purpose: Option<Placed<String>>,
    /// What is required of it, or the number of the requirement.
    pub requirement: Option<Placed<String>>,
    /// The entry of the risk file, or of the threat model.
    pub risk: Option<Placed<String>>,
    /// When it was reviewed.
    pub reviewed_on: Option<Placed<Date>>,
    /// By whom.
    pub reviewed_by: Option<Placed<String>>,
    /// Which version was reviewed.
    pub reviewed_version: Option<Placed<String>>,
    /// Where its security news are watched.
    pub watch: Option<Placed<String>>,
    /// The record of a supplier who makes it for us.
    pub custom: Option<CustomRecord>,
}

impl Record {
    /// The class: as written, else as the two answers make it.
    #[must_use]
    pub fn class(&self) -> Option<&Placed<Class>> {
        self.class.as_ref().or(self.derived.as_ref())
    }

    /// True where somebody gave a reason and signed it.
    #[must_use]
    pub fn signed(&self) -> bool {
        let said = |text: &Option<Placed<String>>| text.as_ref().is_some_and(|text| !is_blank(&text.value));
        said(&self.reason) && said(&self.by)
    }
}

/// Clause 4.1.5: what was agreed with a supplier who makes an item for us.
#[derive(Debug, Clone)]
pub struct CustomRecord {
    /// The security requirements sent, as a document.
    pub requirements: Option<Placed<String>>,
    /// When they were sent.
    pub sent_on: Option<Placed<Date>>,
    /// The agreement.
    pub agreement: Option<Placed<String>>,
    /// Evidence of the supplier's life cycle: a file, or the name of a record.
    pub evidence: Option<Placed<String>>,
    /// The day of the evidence.
    pub evidence_on: Option<Placed<Date>>,
    /// Whom to call.
    pub contact: Option<Placed<String>>,
    /// The record as a whole.
    pub at: Location,
}

/// The keys of a record, shared by components and other items.
pub(super) fn read_record(fields: &mut Fields<'_>) -> Record {
    let custom = fields.value("custom");
    let (updatable, watched) = (fields.boolean("updatable"), fields.boolean("watched"));
    Record {
        class: fields.word("class", Class::WORDS),
        derived: derive(updatable.as_ref(), watched.as_ref()),
        updatable,
        watched,
        reason: fields.string("reason"),
        by: fields.string("by"),
        supplier: fields.string("supplier"),
        support: fields.word("support", SupportLevel::WORDS),
        end_of_support: fields.date("end_of_support"),
        support_plan: fields.string("support_plan"),
        purpose: fields.string("purpose"),
        requirement: fields.string("requirement"),
        risk: fields.string("risk"),
        reviewed_on: fields.date("reviewed_on"),
        reviewed_by: fields.string("reviewed_by"),
        reviewed_version: fields.string("reviewed_version"),
        watch: fields.string("watch"),
        custom: custom.map(|table| read_custom(table, fields.faults())),
    }
}

/// What is sent to the field and watched is maintained; what is watched only, supported; what is neither,
/// required. To send updates of what nobody watches makes no class, and one answer alone makes none.
fn derive(updatable: Option<&Placed<bool>>, watched: Option<&Placed<bool>>) -> Option<Placed<Class>> {
    let (updatable, watched) = (updatable?, watched?);
    let value = match (updatable.value, watched.value) {
        (true, true) => Class::Maintained,
        (false, true) => Class::Supported,
        (false, false) => Class::Required,
        (true, false) => return None,
    };
    Some(Placed { value, at: updatable.at.clone() })
}

fn read_custom(table: &Value, faults: &mut Vec<Fault>) -> CustomRecord {
    let mut fields = Fields::new(table, "the record `custom`", faults);
    let record = CustomRecord {
        requirements: fields.string("requirements"),
        sent_on: fields.date("sent_on"),
        agreement: fields.string("agreement"),
        evidence: fields.string("evidence"),
        evidence_on: fields.date("evidence_on"),
        contact: fields.string("contact"),
        at: table.at(),
    };
    fields.finish();
    record
}
