//! `OpenVEX` 0.2.0.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::policy::{Justification, Status};
use crate::report::Report;

use super::Statement;

#[derive(Serialize)]
pub(super) struct Document<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@id")]
    id: String,
    author: String,
    timestamp: String,
    version: u32,
    tooling: &'static str,
    statements: Vec<Stated<'a>>,
}

#[derive(Serialize)]
struct Stated<'a> {
    vulnerability: Vulnerability<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    products: [Product; 1],
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_notes: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impact_statement: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_statement: Option<&'a str>,
}

#[derive(Serialize)]
struct Vulnerability<'a> {
    #[serde(rename = "@id", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    name: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    aliases: &'a [String],
}

#[derive(Serialize)]
struct Product {
    #[serde(rename = "@id")]
    id: String,
    identifiers: Identifiers,
    subcomponents: [Part; 1],
}

#[derive(Serialize)]
struct Part {
    #[serde(rename = "@id")]
    id: String,
    identifiers: Identifiers,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    hashes: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Identifiers {
    purl: String,
}

pub(super) fn document<'a>(report: &Report, statements: &'a [Statement<'a>]) -> Document<'a> {
    let (_, _, product) = super::product(report);
    let mut document = Document {
        context: "https://openvex.dev/ns/v0.2.0",
        id: String::new(),
        author: super::author(report),
        timestamp: super::moment(report.facts.as_of),
        version: 1,
        tooling: concat!("cargo-health-sec ", env!("CARGO_PKG_VERSION")),
        statements: statements.iter().map(|statement| stated(statement, &product)).collect(),
    };
    document.id = format!("urn:uuid:{}", super::name_of(&document));
    document
}

fn stated<'a>(statement: &'a Statement<'a>, product: &str) -> Stated<'a> {
    let harmless = statement.status == Status::NotAffected;
    let justification = statement.justification.filter(|_| harmless);
    // The schema wants either a justification or words in its place, never both.
    let in_place = harmless && justification.is_none();
    let words = Some(statement.words.as_str());
    Stated {
        vulnerability: Vulnerability {
            id: statement.advisory.page(),
            name: &statement.advisory.id,
            aliases: &statement.advisory.aliases,
        },
        timestamp: statement.decided.map(super::moment),
        products: [Product {
            id: product.to_owned(),
            identifiers: Identifiers { purl: product.to_owned() },
            subcomponents: [part(statement)],
        }],
        status: statement.status,
        status_notes: words.filter(|_| !in_place),
        justification: justification.map(Justification::word),
        impact_statement: words.filter(|_| in_place),
        // The specification wants one for what is affected, and only there.
        action_statement: (statement.status == Status::Affected)
            .then(|| statement.action.as_deref().unwrap_or(&statement.words)),
    }
}

fn part(statement: &Statement<'_>) -> Part {
    let purl = statement.part.purl.clone();
    Part {
        id: purl.clone(),
        identifiers: Identifiers { purl },
        hashes: statement.part.checksum.map(|sum| ("sha-256", sum.to_owned())).into_iter().collect(),
    }
}
