//! SPDX 2.3, JSON: for the tools of the NTIA's time. What it has no field for stands in annotations.

#![expect(clippy::struct_field_names, reason = "the names are those of SPDX")]

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use crate::checks::listing::{Basis, Completeness, Maker, Part, Sort};
use crate::facts::components::Origin;
use crate::facts::workspace::EdgeKind;
use crate::policy::ItemKind;
use crate::report::text::visible;

use super::{Sbom, distinct, statements};

/// Nobody says anything, in the words of SPDX.
pub(super) const NO_ASSERTION: &str = "NOASSERTION";

const DOCUMENT: &str = "SPDXRef-DOCUMENT";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    spdx_version: &'static str,
    data_license: &'static str,
    #[serde(rename = "SPDXID")]
    id: &'static str,
    name: String,
    document_namespace: String,
    creation_info: CreationInfo,
    #[serde(rename = "documentDescribes")]
    describes: Vec<String>,
    packages: Vec<Package>,
    #[serde(rename = "hasExtractedLicensingInfos", skip_serializing_if = "Vec::is_empty")]
    licences: Vec<Extracted>,
    relationships: Vec<Relationship>,
}

#[derive(Debug, Serialize)]
struct CreationInfo {
    created: String,
    creators: Vec<String>,
    comment: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Package {
    #[serde(rename = "SPDXID")]
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_file_name: Option<String>,
    primary_package_purpose: &'static str,
    supplier: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    originator: Option<String>,
    download_location: String,
    files_analyzed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksums: Vec<Checksum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    homepage: Option<String>,
    license_concluded: &'static str,
    license_declared: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    license_comments: Option<String>,
    copyright_text: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until_date: Option<String>,
    external_refs: Vec<ExternalRef>,
    annotations: Vec<Annotation>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Checksum {
    algorithm: &'static str,
    checksum_value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExternalRef {
    reference_category: &'static str,
    reference_type: &'static str,
    reference_locator: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Annotation {
    annotation_date: String,
    annotation_type: &'static str,
    annotator: String,
    comment: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Extracted {
    license_id: String,
    extracted_text: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Relationship {
    spdx_element_id: String,
    relationship_type: &'static str,
    related_spdx_element: String,
}

pub(super) fn write(sbom: &Sbom, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &document(sbom))?;
    writeln!(out)
}

fn document(sbom: &Sbom) -> Document {
    let parts = &sbom.list.parts;
    let ids = ids(parts);
    let texts = parts.iter().filter_map(|part| part.licence.as_deref());
    let own = distinct(texts.flat_map(str::split_whitespace).map(|word| word.trim_matches(['(', ')'])));
    let own = own.into_iter().filter(|word| word.starts_with("LicenseRef-"));
    let mut creators = vec![tool()];
    creators.extend(sbom.list.author.as_ref().map(|author| format!("Organization: {}", called(author))));
    let said: Vec<String> =
        sbom.statements().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: DOCUMENT,
        name: visible(&parts[0].id()),
        document_namespace: namespace(sbom),
        creation_info: CreationInfo { created: sbom.created.clone(), creators, comment: said.join("\n") },
        describes: vec![ids[0].clone()],
        packages: parts.iter().zip(&ids).map(|(part, id)| package(sbom, part, id)).collect(),
        licences: own
            .map(|id| Extracted {
                license_id: id.to_owned(),
                extracted_text: "The text is in the package; this list holds no texts of licences.",
            })
            .collect(),
        relationships: relationships(sbom, &ids),
    }
}

/// The name space of a document: no page need be there.
pub(super) fn namespace(sbom: &Sbom) -> String {
    format!("https://spdx.org/spdxdocs/health-sec-{}", sbom.id)
}

fn tool() -> String {
    format!("Tool: cargo-health-sec-{}", env!("CARGO_PKG_VERSION"))
}

/// An identifier for each part, from its name and version; an ordinal tells apart what is the same.
pub(super) fn ids(parts: &[Part]) -> Vec<String> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let id = |part: &Part| {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        let text: String = part.id().chars().map(plain).collect();
        let sort = match part.sort {
            Sort::Product => "Product",
            Sort::Member => "Member",
            Sort::Component(_) => "Crate",
            Sort::Item(_) => "Item",
        };
        let id = format!("SPDXRef-{sort}-{text}");
        let same = taken.entry(id.clone()).or_default();
        *same += 1;
        // Names end in a version or a name, never in two hyphens and a number.
        if *same == 1 { id } else { format!("{id}--{same}") }
    };
    parts.iter().map(id).collect()
}

fn package(sbom: &Sbom, part: &Part, id: &str) -> Package {
    let maker = part.maker.as_ref();
    let person = |maker: &Maker| match maker.basis {
        Basis::Authors => format!("Person: {}", called(maker)),
        Basis::Policy | Basis::Repository => format!("Organization: {}", called(maker)),
    };
    let authors = maker.filter(|maker| maker.basis == Basis::Authors);
    let mut comment: Vec<String> =
        statements(&sbom.list, part).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    if let Some(fork) = part.fork.as_ref().and_then(|fork| fork.of.as_deref()) {
        comment.push(format!("health-sec:copy-of={}", visible(fork)));
    }
    Package {
        id: id.to_owned(),
        name: visible(&part.name),
        version_info: part.version.as_deref().map(visible),
        package_file_name: part.file.as_deref().map(visible),
        primary_package_purpose: purpose(&part.sort),
        supplier: maker.map_or_else(|| NO_ASSERTION.to_owned(), person),
        originator: authors.map(person),
        download_location: location(part),
        files_analyzed: false,
        checksums: [("SHA256", &part.sha256), ("SHA512", &part.sha512)]
            .into_iter()
            .filter_map(|(algorithm, value)| Some(Checksum { algorithm, checksum_value: value.clone()? }))
            .collect(),
        homepage: part.homepage.clone(),
        license_concluded: NO_ASSERTION,
        license_declared: part.licence.clone().unwrap_or_else(|| NO_ASSERTION.to_owned()),
        license_comments: part
            .licence_words
            .as_deref()
            .map(|words| format!("declared as, which is no SPDX expression: {}", visible(words))),
        copyright_text: NO_ASSERTION,
        description: part.description.as_deref().map(visible),
        source_info: part.at.as_ref().map(|(path, line)| visible(&format!("found in {path}, line {line}"))),
        valid_until_date: part.record.end_of_support.map(|end| format!("{end}T00:00:00Z")),
        external_refs: vec![ExternalRef {
            reference_category: "PACKAGE-MANAGER",
            reference_type: "purl",
            reference_locator: part.purl.clone(),
        }],
        annotations: vec![Annotation {
            annotation_date: sbom.created.clone(),
            annotation_type: "OTHER",
            annotator: tool(),
            comment: comment.join("\n"),
        }],
    }
}

/// A name and an address as SPDX 2 writes them: the address in round brackets, of which the name can
/// have none.
fn called(maker: &Maker) -> String {
    let name = visible(&maker.name).replace('(', "[").replace(')', "]");
    match &maker.email {
        Some(email) => format!("{name} ({email})"),
        None => name,
    }
}

fn purpose(sort: &Sort) -> &'static str {
    match sort {
        Sort::Product | Sort::Item(Some(ItemKind::Tool)) => "APPLICATION",
        Sort::Item(Some(ItemKind::OperatingSystem)) => "OPERATING_SYSTEM",
        Sort::Item(Some(ItemKind::Firmware)) => "FIRMWARE",
        Sort::Item(Some(ItemKind::Service)) => "OTHER",
        Sort::Member | Sort::Component(_) | Sort::Item(_) => "LIBRARY",
    }
}

fn location(part: &Part) -> String {
    if let Some(url) = &part.distribution {
        return url.clone();
    }
    match (&part.sort, &part.source) {
        (Sort::Component(Origin::Git { url, commit: Some(commit) }), Some(source)) if source == url => {
            let plain = commit.chars().all(|c| c.is_ascii_alphanumeric());
            if plain { format!("git+{url}@{commit}") } else { NO_ASSERTION.to_owned() }
        }
        _ => NO_ASSERTION.to_owned(),
    }
}

fn relationships(sbom: &Sbom, ids: &[String]) -> Vec<Relationship> {
    let relate = |from: &str, relationship_type: &'static str, to: &str| Relationship {
        spdx_element_id: from.to_owned(),
        relationship_type,
        related_spdx_element: to.to_owned(),
    };
    let mut relations = vec![relate(DOCUMENT, "DESCRIBES", &ids[0])];
    for edge in &sbom.list.uses {
        let (from, to) = (&ids[edge.from], &ids[edge.to]);
        relations.push(match edge.kind {
            Some(EdgeKind::Normal) => relate(from, "DEPENDS_ON", to),
            Some(EdgeKind::Build) => relate(to, "BUILD_DEPENDENCY_OF", from),
            Some(EdgeKind::Dev) => relate(to, "DEV_DEPENDENCY_OF", from),
            None => relate(to, "OPTIONAL_DEPENDENCY_OF", from),
        });
    }
    for (at, part) in sbom.list.parts.iter().enumerate() {
        if part.complete != Completeness::Complete {
            relations.push(relate(&ids[at], "DEPENDS_ON", NO_ASSERTION));
        } else if sbom.list.used_by(at).is_empty() {
            relations.push(relate(&ids[at], "DEPENDS_ON", "NONE"));
        }
    }
    relations
}
