//! Statements on vulnerabilities: what the manufacturer says of each advisory that touches what it ships.
//!
//! Today's hits are joined with the ledger. Without an entry a published component is `affected`, and
//! what is not so clear is `under_investigation`: this program never states that something does no
//! harm. That takes a person, whose words are in the ledger.
//!
//! - `openvex`, `cyclonedx`: the formats
//!
//! Pure, and the same for the same input: the time is the day of the inspection, and the name of a
//! document follows from what it says.

mod cyclonedx;
mod openvex;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::io;

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::checks::listing::{Extent, Listing, component_purl, member_purl};
use crate::facts::advisories::{Advisory, AdvisoryKind};
use crate::facts::components::Ships;
use crate::finding::Finding;
use crate::policy::{Fork, Justification, Status};
use crate::report::{Judged, Report};

/// The formats that statements can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// `OpenVEX` 0.2.0
    Openvex,
    /// `CycloneDX` 1.6 with vulnerabilities
    Cyclonedx,
}

/// What is stated of one vulnerability in one part of the product.
#[derive(Debug)]
struct Statement<'a> {
    advisory: &'a Advisory,
    part: Part<'a>,
    status: Status,
    justification: Option<Justification>,
    /// Why, in the manufacturer's words, or what this program found.
    words: String,
    /// What to do about it.
    action: Option<String>,
    /// The day of the decision, where there is one.
    decided: Option<Date>,
}

/// A part of the product: a component, or a member that bears the name of a published package.
#[derive(Debug, Clone)]
struct Part<'a> {
    name: &'a str,
    version: String,
    checksum: Option<&'a str>,
    /// Its package URL, as the list of components has it.
    purl: String,
}

/// True where there is nothing to state: `OpenVEX` knows no empty document.
#[must_use]
pub fn is_silent(report: &Report) -> bool {
    statements(report).is_empty()
}

/// Writes the statements.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(report: &Report, format: Format, out: &mut dyn io::Write) -> io::Result<()> {
    let statements = statements(report);
    match format {
        Format::Openvex => serde_json::to_writer_pretty(&mut *out, &openvex::document(report, &statements))?,
        Format::Cyclonedx => {
            serde_json::to_writer_pretty(&mut *out, &cyclonedx::document(report, &statements))?;
        }
    }
    writeln!(out)
}

/// One statement for each hit that is a fault in what ships, or may ship, or builds it.
fn statements(report: &Report) -> Vec<Statement<'_>> {
    let facts = &report.facts;
    let a_fault =
        |advisory: &Advisory| !matches!(advisory.kind, AdvisoryKind::Unmaintained | AdvisoryKind::Notice);
    let mut statements = Vec::new();
    for hit in facts.advisories.hits.iter().filter(|hit| a_fault(&hit.advisory)) {
        let Some(component) = facts.components.all.get(hit.component) else { continue };
        if component.ships < Ships::Build {
            continue;
        }
        let judged = judged(report, |finding| {
            finding.concerns.component == Some(hit.component) && is_about(finding, &hit.advisory)
        });
        let part = Part {
            name: &component.name,
            version: component.version.to_string(),
            checksum: component.checksum.as_deref(),
            purl: component_purl(component),
        };
        let fork = facts.policy.component(&component.name).and_then(|entry| entry.fork.as_ref());
        let known = hit.same_origin && hit.on_target && component.ships != Ships::Unknown;
        statements.push(match fork.filter(|fork| !hit.same_origin && mends(fork, &hit.advisory)) {
            Some(fork) => fixed(&hit.advisory, part, fork),
            None => stated(&hit.advisory, part, judged, known),
        });
    }
    for hit in facts.advisories.member_hits.iter().filter(|hit| a_fault(&hit.advisory)) {
        let Some(member) = facts.workspace.members.get(hit.member) else { continue };
        let subject = format!("{} {}@{}", hit.advisory.id, member.name, member.version);
        let judged = judged(report, |finding| finding.subjects.contains(&subject));
        let purl = member_purl(member);
        let part = Part { name: &member.name, version: member.version.clone(), checksum: None, purl };
        statements.push(stated(&hit.advisory, part, judged, false));
    }
    statements.sort_by(|a, b| order(a).cmp(&order(b)));
    statements
}

/// By advisory, then by the part.
fn order<'s>(one: &'s Statement<'_>) -> [&'s str; 4] {
    [&one.advisory.id, one.part.name, &one.part.version, &one.part.purl]
}

fn judged(report: &Report, wanted: impl Fn(&Finding) -> bool) -> Option<&Judged> {
    report.outcomes.iter().flat_map(|outcome| &outcome.findings).find(|judged| wanted(&judged.finding))
}

fn is_about(finding: &Finding, advisory: &Advisory) -> bool {
    finding.concerns.advisory.as_ref().is_some_and(|about| about.id == advisory.id)
}

/// A copy whose provenance says that it mends the advisory, and shows how.
fn mends(fork: &Fork, advisory: &Advisory) -> bool {
    fork.of.is_some() && fork.proof.is_some() && fork.fixes.iter().any(|fix| advisory.is_called(&fix.value))
}

fn fixed<'a>(advisory: &'a Advisory, part: Part<'a>, fork: &Fork) -> Statement<'a> {
    let said = |field: &Option<crate::source::Placed<String>>| {
        field.as_ref().map(|field| field.value.clone()).unwrap_or_default()
    };
    let words = format!("a copy of {} that mends it; proof: {}", said(&fork.of), said(&fork.proof));
    Statement {
        advisory,
        part,
        status: Status::Fixed,
        justification: None,
        words,
        action: None,
        decided: None,
    }
}

/// What the ledger says; without an entry, what is known.
fn stated<'a>(
    advisory: &'a Advisory,
    part: Part<'a>,
    judged: Option<&'a Judged>,
    known: bool,
) -> Statement<'a> {
    let help = judged.and_then(|judged| judged.finding.help.clone());
    let found = judged.map(|judged| judged.finding.message.clone());
    let mut statement = Statement {
        advisory,
        part,
        status: if known { Status::Affected } else { Status::UnderInvestigation },
        justification: None,
        words: found.unwrap_or_else(|| format!("{} touches this version", advisory.id)),
        action: help,
        decided: None,
    };
    if let Some(waiver) = judged.and_then(|judged| judged.waiver.as_ref()) {
        // Accepted without a word on the vulnerability: accepted is not harmless.
        statement.status = waiver.status.as_ref().map_or(Status::UnderInvestigation, |status| status.value);
        statement.justification = waiver.justification.as_ref().map(|why| why.value);
        statement.words.clone_from(&waiver.reason.value);
        statement.decided = waiver.created.as_ref().map(|day| day.value);
    }
    statement
}

/// The product as the list of its components names it: name, version where there is one, package address.
fn product(report: &Report) -> (String, Option<String>, String) {
    let product = Listing::new(&report.facts, Extent::Delivered).parts.swap_remove(0);
    (product.name, product.version, product.purl)
}

/// Who speaks: the manufacturer of the policy, else the product itself.
fn author(report: &Report) -> String {
    let maker = &report.facts.policy.manufacturer;
    let name = maker
        .name
        .as_ref()
        .map_or_else(|| format!("the maker of {}", report.subject()), |name| name.value.clone());
    match &maker.email {
        Some(email) => format!("{name} <{}>", email.value),
        None => name,
    }
}

/// The first moment of a day, in UTC.
fn moment(day: Date) -> String {
    format!("{day}T00:00:00Z")
}

/// A name that follows from what is said, in the form of a UUID (version 8: made by a rule of one's own).
fn name_of(said: &impl serde::Serialize) -> String {
    let text = serde_json::to_vec(said).unwrap_or_default();
    let mut bytes: Vec<u8> = Sha256::digest(&text).into_iter().take(16).collect();
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
