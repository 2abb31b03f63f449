//! SPDX 3.0.1, JSON-LD: a flat graph of elements that name one another.

#![expect(clippy::struct_field_names, reason = "the names are those of SPDX")]

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde::Serialize;

use crate::checks::listing::{Completeness, Maker, Part, Sort};
use crate::facts::workspace::EdgeKind;
use crate::policy::{ItemKind, SupportLevel};
use crate::report::text::visible;

use super::spdx2::{ids, namespace};
use super::{Sbom, statements};

const CONTEXT: &str = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld";

/// The one creation that all elements share.
const CREATION: &str = "_:creation";

/// Nothing, and: nobody says.
const NONE: &str = "https://spdx.org/rdf/3.0.1/terms/Core/NoneElement";
const NO_ASSERTION: &str = "https://spdx.org/rdf/3.0.1/terms/Core/NoAssertionElement";

/// Where such elements are at home: no document holds them.
#[cfg(test)]
pub(super) const CORE: &str = "https://spdx.org/rdf/3.0.1/terms/Core/";

#[derive(Debug, Serialize)]
struct Document {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@graph")]
    graph: Vec<Element>,
}

/// One element; which fields it has follows from its type.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Element {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "@id", skip_serializing_if = "Option::is_none")]
    blank: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spdx_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creation_info: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec_version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    created_by: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    created_using: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_identifier: Vec<Identifier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_ref: Vec<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    verified_using: Vec<Hash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplied_by: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    originated_by: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    support_level: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until_time: Option<String>,
    #[serde(rename = "software_primaryPurpose", skip_serializing_if = "Option::is_none")]
    primary_purpose: Option<&'static str>,
    #[serde(rename = "software_additionalPurpose", skip_serializing_if = "Vec::is_empty")]
    additional_purpose: Vec<&'static str>,
    #[serde(rename = "software_packageVersion", skip_serializing_if = "Option::is_none")]
    package_version: Option<String>,
    #[serde(rename = "software_packageUrl", skip_serializing_if = "Option::is_none")]
    package_url: Option<String>,
    #[serde(rename = "software_downloadLocation", skip_serializing_if = "Option::is_none")]
    download_location: Option<String>,
    #[serde(rename = "software_homePage", skip_serializing_if = "Option::is_none")]
    home_page: Option<String>,
    #[serde(rename = "software_sourceInfo", skip_serializing_if = "Option::is_none")]
    source_info: Option<String>,
    #[serde(rename = "software_sbomType", skip_serializing_if = "Vec::is_empty")]
    sbom_type: Vec<&'static str>,
    #[serde(rename = "simplelicensing_licenseExpression", skip_serializing_if = "Option::is_none")]
    licence: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    profile_conformance: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    root_element: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    element: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relationship_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    to: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completeness: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotation_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Identifier {
    #[serde(rename = "type")]
    kind: &'static str,
    external_identifier_type: &'static str,
    identifier: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    #[serde(rename = "type")]
    kind: &'static str,
    external_ref_type: &'static str,
    locator: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Hash {
    #[serde(rename = "type")]
    kind: &'static str,
    algorithm: &'static str,
    hash_value: String,
}

pub(super) fn write(sbom: &Sbom, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Writer::new(sbom).document())?;
    writeln!(out)
}

/// Elements as they are made, and the names given to them.
struct Writer<'a> {
    sbom: &'a Sbom,
    space: String,
    /// The element of each part.
    ids: Vec<String>,
    /// Makers met so far, by name and address.
    agents: BTreeMap<(String, Option<String>, Option<String>), String>,
    licences: BTreeMap<String, String>,
    elements: Vec<Element>,
}

impl<'a> Writer<'a> {
    fn new(sbom: &'a Sbom) -> Self {
        let space = namespace(sbom);
        let parts = ids(&sbom.list.parts).into_iter();
        let ids = parts.map(|id| format!("{space}#{}", id.trim_start_matches("SPDXRef-"))).collect();
        Self { sbom, space, ids, agents: BTreeMap::new(), licences: BTreeMap::new(), elements: Vec::new() }
    }

    fn document(mut self) -> Document {
        let tool = self.add("Tool", "tool", |tool| tool.name = Some(tool_name()));
        let author = match &self.sbom.list.author {
            Some(author) => self.agent(author),
            // Somebody must have made the list: without a manufacturer, the program did.
            None => self.add("SoftwareAgent", "agent", |agent| agent.name = Some(tool_name())),
        };
        for (at, part) in self.sbom.list.parts.iter().enumerate() {
            self.part(at, part);
        }
        for (at, part) in self.sbom.list.parts.iter().enumerate() {
            self.uses(at, part);
        }
        self.collections();
        let creation = Element {
            kind: "CreationInfo",
            blank: Some(CREATION),
            spec_version: Some("3.0.1"),
            created: Some(self.sbom.created.clone()),
            created_by: vec![author],
            created_using: vec![tool],
            ..Element::default()
        };
        self.elements.insert(0, creation);
        Document { context: CONTEXT, graph: self.elements }
    }

    /// Adds an element; returns its name.
    fn add(&mut self, kind: &'static str, id: &str, fill: impl FnOnce(&mut Element)) -> String {
        let id = format!("{}#{id}", self.space);
        let mut element =
            Element { kind, spdx_id: Some(id.clone()), creation_info: Some(CREATION), ..Element::default() };
        fill(&mut element);
        self.elements.push(element);
        id
    }

    fn agent(&mut self, maker: &Maker) -> String {
        let key = (maker.name.clone(), maker.email.clone(), maker.url.clone());
        if let Some(known) = self.agents.get(&key) {
            return known.clone();
        }
        let identifier = |kind: &'static str, text: &String| Identifier {
            kind: "ExternalIdentifier",
            external_identifier_type: kind,
            identifier: text.clone(),
        };
        let mut identifiers: Vec<Identifier> =
            maker.email.iter().map(|email| identifier("email", email)).collect();
        if identifiers.is_empty() {
            identifiers.extend(maker.url.iter().map(|url| identifier("other", url)));
        }
        let number = self.agents.len() + 1;
        let id = self.add("Organization", &format!("Maker-{number}"), |agent| {
            agent.name = Some(visible(&maker.name));
            agent.external_identifier = identifiers;
        });
        self.agents.insert(key, id.clone());
        id
    }

    fn part(&mut self, at: usize, part: &Part) {
        let maker = part.maker.as_ref().map(|maker| self.agent(maker));
        let made = part.maker.as_ref().is_some_and(|maker| super::is_known(maker.basis));
        let name = self.name(at);
        let said: Vec<String> = statements(&self.sbom.list, part)
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let id = self.add("software_Package", &name, |package| {
            package.name = Some(visible(&part.name));
            package.description = part.description.as_deref().map(visible);
            package.package_version = part.version.as_deref().map(visible);
            package.package_url = Some(part.purl.clone());
            package.primary_purpose = Some(purpose(&part.sort));
            package.download_location.clone_from(&part.distribution);
            package.home_page.clone_from(&part.homepage);
            package.source_info =
                part.at.as_ref().map(|(path, line)| visible(&format!("found in {path}, line {line}")));
            package.supplied_by.clone_from(&maker);
            package.originated_by = maker.into_iter().filter(|_| made).collect();
            package.support_level = support(part).into_iter().collect();
            package.valid_until_time = part.record.end_of_support.map(|end| format!("{end}T00:00:00Z"));
            package.external_identifier = vec![Identifier {
                kind: "ExternalIdentifier",
                external_identifier_type: "packageUrl",
                identifier: part.purl.clone(),
            }];
            package.external_ref = part
                .source
                .iter()
                .map(|url| Reference {
                    kind: "ExternalRef",
                    external_ref_type: "vcs",
                    locator: vec![url.clone()],
                })
                .collect();
        });
        self.file(&id, &name, part);
        self.licence(&id, &name, part);
        self.add("Annotation", &format!("{name}-said"), |annotation| {
            annotation.annotation_type = Some("other");
            annotation.subject = Some(id);
            annotation.statement = Some(said.join("\n"));
        });
    }

    /// The file that a part comes as, with its digests.
    fn file(&mut self, package: &str, name: &str, part: &Part) {
        let Some(file) = part.file.as_deref() else { return };
        let hash = |algorithm: &'static str, value: &Option<String>| {
            value.clone().map(|hash_value| Hash { kind: "Hash", algorithm, hash_value })
        };
        let hashes = [hash("sha256", &part.sha256), hash("sha512", &part.sha512)];
        let (first, more) =
            if part.is_component() { ("archive", vec!["container"]) } else { ("executable", Vec::new()) };
        let id = self.add("software_File", &format!("{name}-file"), |element| {
            element.name = Some(visible(file));
            element.verified_using = hashes.into_iter().flatten().collect();
            element.primary_purpose = Some(first);
            element.additional_purpose = std::iter::once(first).chain(more).collect();
            element.comment = Some("The purposes tell the file properties of BSI TR-03183-2.".to_owned());
        });
        self.relate(&format!("{name}-handed-out"), package, "hasDistributionArtifact", vec![id]);
    }

    fn licence(&mut self, package: &str, name: &str, part: &Part) {
        let Some(expression) = &part.licence else { return };
        let known = self.licences.get(expression).cloned();
        let id = known.unwrap_or_else(|| {
            let number = self.licences.len() + 1;
            let id = self.add("simplelicensing_LicenseExpression", &format!("Licence-{number}"), |element| {
                element.licence = Some(expression.clone());
            });
            self.licences.insert(expression.clone(), id.clone());
            id
        });
        self.relate(&format!("{name}-declared"), package, "hasDeclaredLicense", vec![id]);
    }

    fn relate(&mut self, name: &str, from: &str, kind: &'static str, to: Vec<String>) {
        self.add("Relationship", name, |relation| {
            relation.from = Some(from.to_owned());
            relation.relationship_type = Some(kind);
            relation.to = to;
            relation.completeness = Some("complete");
        });
    }

    /// What a part uses, one element for each scope, and whether that is all.
    fn uses(&mut self, at: usize, part: &Part) {
        let mut scopes: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
        for edge in self.sbom.list.uses.iter().filter(|edge| edge.from == at) {
            let scope = match edge.kind {
                Some(EdgeKind::Normal) => "runtime",
                Some(EdgeKind::Build) => "build",
                Some(EdgeKind::Dev) => "test",
                None => "other",
            };
            scopes.entry(scope).or_default().insert(self.ids[edge.to].clone());
        }
        let completeness = match part.complete {
            Completeness::Complete => "complete",
            Completeness::Incomplete => "incomplete",
            Completeness::Unknown => "noAssertion",
        };
        if scopes.is_empty() {
            let nothing = if part.complete == Completeness::Complete { NONE } else { NO_ASSERTION };
            scopes.insert("runtime", BTreeSet::from([nothing.to_owned()]));
        }
        let from = self.ids[at].clone();
        let name = self.name(at);
        for (scope, to) in scopes {
            self.add("LifecycleScopedRelationship", &format!("{name}-uses-{scope}"), |relation| {
                relation.from = Some(from.clone());
                relation.relationship_type = Some("dependsOn");
                relation.to = to.into_iter().collect();
                relation.completeness = Some(completeness);
                relation.scope = Some(scope);
            });
        }
    }

    /// The list, and the document that holds it.
    fn collections(&mut self) {
        let elements: Vec<String> =
            self.elements.iter().filter_map(|element| element.spdx_id.clone()).collect();
        let product = self.ids[0].clone();
        let said: Vec<String> =
            self.sbom.statements().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let triples: Vec<String> =
            self.sbom.list.targets.iter().map(|triple| format!("target={}", visible(triple))).collect();
        let title = visible(&self.sbom.list.parts[0].id());
        let list = self.add("software_Sbom", "Sbom", |list| {
            list.name = Some(title.clone());
            list.comment = Some([triples, said].concat().join("\n"));
            list.sbom_type = vec!["build"];
            list.profile_conformance = vec!["core", "software", "simpleLicensing"];
            list.root_element = vec![product];
            list.element.clone_from(&elements);
        });
        self.add("SpdxDocument", "Document", |document| {
            document.name = Some(title);
            document.profile_conformance = vec!["core", "software", "simpleLicensing"];
            document.root_element = vec![list.clone()];
            document.element = elements.into_iter().chain([list]).collect();
        });
    }

    /// The name of a part behind the name space.
    fn name(&self, at: usize) -> String {
        self.ids[at].split_once('#').map_or_else(String::new, |(_, name)| name.to_owned())
    }
}

fn tool_name() -> String {
    format!("cargo-health-sec {}", env!("CARGO_PKG_VERSION"))
}

fn purpose(sort: &Sort) -> &'static str {
    match sort {
        Sort::Product | Sort::Item(Some(ItemKind::Tool)) => "application",
        Sort::Item(Some(ItemKind::OperatingSystem)) => "operatingSystem",
        Sort::Item(Some(ItemKind::Firmware)) => "firmware",
        Sort::Item(Some(ItemKind::Service)) => "other",
        Sort::Member | Sort::Component(_) | Sort::Item(_) => "library",
    }
}

/// The level of support in the words of SPDX; the manufacturer's own words stand in the annotation.
fn support(part: &Part) -> Option<&'static str> {
    match part.record.support {
        Some(SupportLevel::ActivelyMaintained) => Some("support"),
        Some(SupportLevel::NoLongerMaintained) => Some("endOfSupport"),
        Some(SupportLevel::Abandoned) => Some("noSupport"),
        None => (!part.is_own() && part.is_delivered()).then_some("noAssertion"),
    }
}
