//! `CycloneDX` 1.6 with the parts of the product that are spoken of, and what is stated of them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::facts::advisories::Advisory;
use crate::policy::{Justification, Status};
use crate::report::Report;

use super::Statement;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document<'a> {
    bom_format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Metadata,
    components: Vec<Component>,
    vulnerabilities: Vec<Vulnerability<'a>>,
}

#[derive(Serialize)]
struct Metadata {
    timestamp: String,
    tools: Tools,
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<Organisation>,
    component: Component,
}

#[derive(Serialize)]
struct Tools {
    components: [Component; 1],
}

#[derive(Serialize)]
struct Organisation {
    name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    url: Vec<String>,
}

#[derive(Serialize)]
struct Component {
    r#type: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
}

#[derive(Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Vulnerability<'a> {
    #[serde(rename = "bom-ref")]
    reference: String,
    id: &'a str,
    source: Source<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    references: Vec<Reference<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ratings: Vec<Rating<'a>>,
    published: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    recommendation: Option<&'a str>,
    analysis: Analysis<'a>,
    affects: [Affected; 1],
}

#[derive(Serialize)]
struct Source<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct Reference<'a> {
    id: &'a str,
    source: Source<'a>,
}

#[derive(Serialize)]
struct Rating<'a> {
    severity: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    vector: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Analysis<'a> {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<&'static str>,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated: Option<String>,
}

#[derive(Serialize)]
struct Affected {
    r#ref: String,
}

pub(super) fn document<'a>(report: &Report, statements: &'a [Statement<'a>]) -> Document<'a> {
    let mut parts: BTreeMap<String, Component> = BTreeMap::new();
    for statement in statements {
        parts.entry(statement.part.purl.clone()).or_insert_with(|| component(statement));
    }
    let mut document = Document {
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: String::new(),
        version: 1,
        metadata: metadata(report),
        components: parts.into_values().collect(),
        vulnerabilities: statements.iter().map(vulnerability).collect(),
    };
    document.serial_number = format!("urn:uuid:{}", super::name_of(&document));
    document
}

fn metadata(report: &Report) -> Metadata {
    let (name, version, purl) = super::product(report);
    let maker = &report.facts.policy.manufacturer;
    let plain = |kind, name: &str, version| Component {
        r#type: kind,
        reference: None,
        name: name.to_owned(),
        version,
        hashes: Vec::new(),
        purl: None,
    };
    let tool = plain("application", "cargo-health-sec", Some(env!("CARGO_PKG_VERSION").to_owned()));
    Metadata {
        timestamp: super::moment(report.facts.as_of),
        tools: Tools { components: [tool] },
        manufacturer: maker.name.as_ref().map(|name| Organisation {
            name: name.value.clone(),
            url: maker.url.iter().map(|url| url.value.clone()).collect(),
        }),
        component: Component {
            reference: Some(purl.clone()),
            purl: Some(purl),
            ..plain("application", &name, version)
        },
    }
}

fn component(statement: &Statement<'_>) -> Component {
    let part = &statement.part;
    Component {
        r#type: "library",
        reference: Some(part.purl.clone()),
        name: part.name.to_owned(),
        version: Some(part.version.clone()),
        hashes: part
            .checksum
            .map(|sum| Hash { alg: "SHA-256", content: sum.to_owned() })
            .into_iter()
            .collect(),
        purl: Some(part.purl.clone()),
    }
}

fn vulnerability<'a>(statement: &'a Statement<'a>) -> Vulnerability<'a> {
    let advisory = statement.advisory;
    let part = statement.part.purl.clone();
    Vulnerability {
        reference: format!("{} {part}", advisory.id),
        id: &advisory.id,
        source: Source { name: database(&advisory.id), url: advisory.page() },
        references: advisory
            .aliases
            .iter()
            .map(|alias| Reference { id: alias, source: Source { name: database(alias), url: None } })
            .collect(),
        ratings: rating(advisory).into_iter().collect(),
        published: super::moment(advisory.date),
        recommendation: statement.action.as_deref().filter(|_| statement.status == Status::Affected),
        analysis: Analysis {
            state: state(statement.status),
            justification: statement.justification.map(reason),
            detail: &statement.words,
            last_updated: statement.decided.map(super::moment),
        },
        affects: [Affected { r#ref: part }],
    }
}

fn rating(advisory: &Advisory) -> Option<Rating<'_>> {
    Some(Rating { severity: advisory.severity?, vector: advisory.cvss.as_deref() })
}

fn database(id: &str) -> &str {
    match id.split('-').next().unwrap_or_default() {
        "RUSTSEC" => "RustSec",
        "CVE" => "NVD",
        "GHSA" => "GitHub",
        _ => "other",
    }
}

fn state(status: Status) -> &'static str {
    match status {
        Status::NotAffected => "not_affected",
        Status::Affected => "exploitable",
        Status::Fixed => "resolved",
        Status::UnderInvestigation => "in_triage",
    }
}

/// The nearest word that this format has.
fn reason(why: Justification) -> &'static str {
    match why {
        Justification::ComponentNotPresent | Justification::VulnerableCodeNotPresent => "code_not_present",
        Justification::VulnerableCodeNotInExecutePath => "code_not_reachable",
        Justification::VulnerableCodeCannotBeControlledByAdversary => "requires_environment",
        Justification::InlineMitigationsAlreadyExist => "protected_by_mitigating_control",
    }
}
