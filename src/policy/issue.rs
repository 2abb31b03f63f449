//! The register of security issues: `[[issue]]`, one entry for each report of a vulnerability (9.2 to 9.5).
//!
//! How far an issue has come follows from what stands in its entry: there is no state to be set, so none can
//! be set too early.

use jiff::civil::Date;

use crate::document::{Fields, Value};
use crate::error::Fault;
use crate::source::{Location, Placed};

use super::promises::Origin;

/// A report of a vulnerability, and what became of it.
#[derive(Debug, Clone)]
pub struct Issue {
    /// Its number.
    pub id: Placed<String>,
    /// Who told of it.
    pub origin: Placed<Origin>,
    /// When it was received.
    pub received_on: Placed<Date>,
    /// Public names of it, such as `RUSTSEC-2020-0071`, and components that it is in, such as `time@0.1.43`.
    pub about: Vec<Placed<String>>,
    /// The first look (9.3).
    pub review: Review,
    /// What it means (9.4).
    pub analysis: Analysis,
    /// What is done about it (9.5).
    pub answer: Answer,
    /// Who signs what was decided on it.
    pub by: Option<Placed<String>>,
    /// When it was closed.
    pub closed_on: Option<Placed<Date>>,
    /// The entry as a whole.
    pub at: Location,
}

/// The first look at an issue (9.3).
#[derive(Debug, Clone)]
pub struct Review {
    /// When.
    pub on: Option<Placed<Date>>,
    /// Whether it applies to the product.
    pub applies: Option<Placed<bool>>,
    /// Why it does not.
    pub reason: Option<Placed<String>>,
    /// How it was shown to be so.
    pub verified: Option<Placed<String>>,
    /// Threats of the threat model that it belongs to.
    pub threats: Vec<Placed<String>>,
}

/// What an issue means (9.4).
#[derive(Debug, Clone)]
pub struct Analysis {
    /// Its CVSS vector in this product.
    pub score: Option<Placed<String>>,
    /// The weakness it comes from, such as `CWE-416`.
    pub cause: Option<Placed<String>>,
    /// Releases that it is in, by tag.
    pub affected: Vec<Placed<String>>,
    /// What it means where the product is used, other defences counted.
    pub impact: Option<Placed<String>>,
    /// What it means for safety: an entry of the risk file, or why there is none.
    pub safety: Option<Placed<String>>,
    /// True when an attack is known.
    pub exploited: Option<Placed<bool>>,
}

/// What is done about an issue (9.5).
#[derive(Debug, Clone)]
pub struct Answer {
    /// The release that mends it, by tag.
    pub fixed_in: Option<Placed<String>>,
    /// How its effect is bounded instead.
    pub bounded: Option<Placed<String>>,
    /// The record that the update mends it and breaks nothing: a file, or the name of a record (6.2.2).
    pub proof: Option<Placed<String>>,
    /// The manufacturer's bulletin that tells of it.
    pub bulletin: Option<Placed<String>>,
    /// Why nobody is told of it.
    pub undisclosed: Option<Placed<String>>,
    /// Where those who make the component were told.
    pub upstream: Option<Placed<String>>,
    /// Sister products whose makers were told, by the file of their list.
    pub siblings: Vec<Placed<String>>,
}

impl Issue {
    /// True where the issue is about something that bears one of these names.
    #[must_use]
    pub fn is_about(&self, mut called: impl FnMut(&str) -> bool) -> bool {
        self.about.iter().any(|name| called(&name.value))
    }

    /// True where it applies to the product, as somebody has decided.
    #[must_use]
    pub fn applies(&self) -> bool {
        self.review.applies.as_ref().is_some_and(|applies| applies.value)
    }

    /// True where nothing is left to do: it was closed, or found not to apply.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed_on.is_some() || self.review.applies.as_ref().is_some_and(|applies| !applies.value)
    }

    /// True where somebody has decided whether others are told of it.
    #[must_use]
    pub fn is_disclosure_decided(&self) -> bool {
        self.answer.bulletin.is_some() || self.answer.undisclosed.is_some()
    }
}

pub(super) fn read_issue(table: &Value, faults: &mut Vec<Fault>) -> Option<Issue> {
    let mut fields = Fields::new(table, "[[issue]]", faults);
    let id = fields.required("id");
    let origin = fields.required_word("origin", Origin::WORDS);
    let received_on = fields.required_date("received_on");
    let about = fields.strings("about");
    let review = Review {
        on: fields.date("reviewed_on"),
        applies: fields.boolean("applies"),
        reason: fields.string("reason"),
        verified: fields.string("verified"),
        threats: fields.strings("threats"),
    };
    let analysis = Analysis {
        score: fields.string("score"),
        cause: fields.string("cause"),
        affected: fields.strings("affected"),
        impact: fields.string("impact"),
        safety: fields.string("safety"),
        exploited: fields.boolean("exploited"),
    };
    let answer = Answer {
        fixed_in: fields.string("fixed_in"),
        bounded: fields.string("bounded"),
        proof: fields.string("proof"),
        bulletin: fields.string("bulletin"),
        undisclosed: fields.string("undisclosed"),
        upstream: fields.string("upstream"),
        siblings: fields.strings("siblings"),
    };
    let (by, closed_on) = (fields.string("by"), fields.date("closed_on"));
    fields.finish();
    Some(Issue {
        id: id?,
        origin: origin?,
        received_on: received_on?,
        about,
        review,
        analysis,
        answer,
        by,
        closed_on,
        at: table.at(),
    })
}
