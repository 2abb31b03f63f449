//! CycloneDX 1.6 and 1.7, JSON. What is written is the same in both.

mod shape;

use std::collections::BTreeSet;
use std::io;

use crate::checks::listing::{Completeness, Copied, Maker, Part, Person, Sort, address};
use crate::facts::components::Ships;
use crate::policy::ItemKind;
use crate::report::text::visible;

use super::{Sbom, is_known, statements};
use shape::{
    Ancestor, Bom, Component, Composition, Contact, Dependency, Diff, Entity, Evidence, Hash, Identity,
    Licence, Lifecycle, Metadata, Method, Named, Occurrence, Patch, Pedigree, Property, Reference, Service,
    Tool, Tools,
};

/// Licences are told as their makers declare them; nobody has concluded anything.
const DECLARED: &str = "declared";

pub(super) fn write(sbom: &Sbom, version: &'static str, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &bom(sbom, version))?;
    writeln!(out)
}

fn bom(sbom: &Sbom, version: &'static str) -> Bom {
    let list = &sbom.list;
    let service = |part: &&Part| part.sort == Sort::Item(Some(ItemKind::Service));
    let others = || list.parts.iter().skip(1);
    let dependency = |(at, part): (usize, &Part)| {
        let used: BTreeSet<&str> =
            list.used_by(at).into_iter().map(|to| list.parts[to].reference.as_str()).collect();
        let depends_on = used.into_iter().map(str::to_owned).collect();
        Dependency { reference: part.reference.clone(), depends_on }
    };
    Bom {
        schema: format!("http://cyclonedx.org/schema/bom-{version}.schema.json"),
        bom_format: "CycloneDX",
        spec_version: version,
        serial_number: sbom.id.urn().to_string(),
        version: 1,
        metadata: metadata(sbom),
        components: others().filter(|part| !service(part)).map(|part| component(sbom, part)).collect(),
        services: others().filter(service).map(|part| self::service(sbom, part)).collect(),
        dependencies: list.parts.iter().enumerate().map(dependency).collect(),
        compositions: compositions(sbom),
    }
}

fn metadata(sbom: &Sbom) -> Metadata {
    let author = sbom.list.author.as_ref();
    let mut properties: Vec<Property> = sbom
        .list
        .targets
        .iter()
        .map(|triple| Property { name: "cdx:rustc:sbom:target:triple".to_owned(), value: visible(triple) })
        .collect();
    properties.extend(sbom.statements().into_iter().map(|(name, value)| Property { name, value }));
    Metadata {
        timestamp: sbom.created.clone(),
        lifecycles: vec![Lifecycle { phase: if sbom.list.resolved { "build" } else { "pre-build" } }],
        tools: Tools {
            components: vec![Tool {
                kind: "application",
                name: "cargo-health-sec",
                version: env!("CARGO_PKG_VERSION"),
            }],
        },
        authors: author.map(contact).into_iter().collect(),
        component: component(sbom, &sbom.list.parts[0]),
        manufacturer: author.map(entity),
        supplier: author.map(entity),
        properties,
    }
}

fn component(sbom: &Sbom, part: &Part) -> Component {
    let maker = part.maker.as_ref();
    let made = maker.filter(|maker| is_known(maker.basis));
    let scope = match part.ships {
        Ships::Product | Ships::Unknown => "required",
        Ships::Build | Ships::Dev | Ships::Locked => "excluded",
    };
    Component {
        kind: kind(&part.sort),
        reference: part.reference.clone(),
        supplier: maker.map(entity),
        manufacturer: made.map(entity),
        authors: part.authors.iter().map(person).collect(),
        name: visible(&part.name),
        version: part.version.as_deref().map(visible),
        description: part.description.as_deref().map(visible),
        scope: (part.sort != Sort::Product).then_some(scope),
        hashes: hashes(part),
        licenses: licence(part).into_iter().collect(),
        purl: Some(part.purl.clone()),
        pedigree: pedigree(part),
        references: references(part),
        evidence: evidence(part),
        properties: properties(sbom, part),
    }
}

fn service(sbom: &Sbom, part: &Part) -> Service {
    Service {
        reference: part.reference.clone(),
        provider: part.maker.as_ref().map(entity),
        name: visible(&part.name),
        version: part.version.as_deref().map(visible),
        properties: properties(sbom, part),
    }
}

fn kind(sort: &Sort) -> &'static str {
    match sort {
        Sort::Product | Sort::Item(Some(ItemKind::Tool)) => "application",
        Sort::Item(Some(ItemKind::OperatingSystem)) => "operating-system",
        Sort::Item(Some(ItemKind::Firmware)) => "firmware",
        Sort::Member | Sort::Component(_) | Sort::Item(_) => "library",
    }
}

fn entity(maker: &Maker) -> Entity {
    Entity {
        name: visible(&maker.name),
        url: maker.url.iter().cloned().collect(),
        contact: maker.email.is_some().then(|| contact(maker)).into_iter().collect(),
    }
}

fn contact(maker: &Maker) -> Contact {
    Contact { name: visible(&maker.name), email: maker.email.clone() }
}

fn person(person: &Person) -> Contact {
    Contact { name: visible(&person.name), email: person.email.clone() }
}

fn hashes(part: &Part) -> Vec<Hash> {
    let hash =
        |alg: &'static str, content: &Option<String>| content.clone().map(|content| Hash { alg, content });
    [hash("SHA-256", &part.sha256), hash("SHA-512", &part.sha512)].into_iter().flatten().collect()
}

fn licence(part: &Part) -> Option<Licence> {
    let expression =
        part.licence.clone().map(|expression| Licence::Expression { expression, acknowledgement: DECLARED });
    let words = || {
        let name = visible(part.licence_words.as_deref()?);
        Some(Licence::Named { license: Named { name, acknowledgement: DECLARED } })
    };
    expression.or_else(words)
}

/// Where a copy comes from. The advisories it mends are not named: a list holds no vulnerabilities.
fn pedigree(part: &Part) -> Option<Pedigree> {
    if let Some(fork) = &part.fork {
        let patches = fork.proof.as_deref().and_then(address).into_iter();
        let kind = if fork.fixes.is_empty() { "unofficial" } else { "backport" };
        return Some(Pedigree {
            ancestors: fork.of.as_deref().map(ancestor).into_iter().collect(),
            patches: patches.map(|url| Patch { kind, diff: Diff { url } }).collect(),
            notes: visible(&notes(fork)),
        });
    }
    let replaced = part.replaces.as_ref()?;
    Some(Pedigree {
        ancestors: vec![Ancestor { kind: "library", name: visible(&part.name), version: None }],
        patches: Vec::new(),
        notes: visible(&format!(
            "stands in for the crate of this name from {replaced}; what was changed is not on record"
        )),
    })
}

fn ancestor(of: &str) -> Ancestor {
    let (name, version) = of.split_once('@').map_or((of, None), |(name, version)| (name, Some(version)));
    Ancestor { kind: "library", name: visible(name), version: version.map(visible) }
}

fn notes(fork: &Copied) -> String {
    let reason = fork.reason.as_deref().unwrap_or("a copy; why it was changed is not on record");
    match fork.proof.as_deref() {
        Some(proof) => format!("{reason}; proof: {proof}"),
        None => reason.to_owned(),
    }
}

fn references(part: &Part) -> Vec<Reference> {
    let mut references = Vec::new();
    if let Some(url) = &part.distribution {
        // The archive of a registry is both: what is handed out is the source code.
        for kind in ["distribution", "source-distribution"] {
            references.push(Reference { kind, url: url.clone(), hashes: hashes(part) });
        }
    }
    for (kind, url) in [("vcs", &part.source), ("website", &part.homepage)] {
        references.extend(url.clone().map(|url| Reference { kind, url, hashes: Vec::new() }));
    }
    references
}

fn evidence(part: &Part) -> Option<Evidence> {
    let (path, line) = part.at.as_ref()?;
    let method =
        Method { technique: "manifest-analysis", confidence: 1, value: visible(&format!("{path}:{line}")) };
    Some(Evidence {
        identity: vec![Identity { field: "purl", confidence: 1, methods: vec![method] }],
        occurrences: vec![Occurrence { location: visible(path), line: *line }],
    })
}

fn properties(sbom: &Sbom, part: &Part) -> Vec<Property> {
    let mut said = statements(&sbom.list, part);
    let mut say = |name: &str, value: String| said.push((name.to_owned(), value));
    if let Some(file) = &part.file {
        // An archive is handed out as source code in its folders; a product is one linked program.
        let [executable, archive, structured] = if part.is_component() {
            ["non-executable", "archive", "structured"]
        } else {
            ["executable", "no archive", "unstructured"]
        };
        say("bsi:component:archive", archive.to_owned());
        say("bsi:component:executable", executable.to_owned());
        say("bsi:component:filename", visible(file));
        say("bsi:component:structured", structured.to_owned());
    }
    if let Some(end) = part.record.end_of_support {
        say("cdx:lifecycle:milestone:endOfSupport", end.to_string());
    }
    said.sort();
    said.into_iter().map(|(name, value)| Property { name, value }).collect()
}

/// For which parts all that they use is listed, and whether the product is listed whole.
fn compositions(sbom: &Sbom) -> Vec<Composition> {
    let parts = &sbom.list.parts;
    let worst = parts.iter().map(|part| part.complete).max().unwrap_or(Completeness::Complete);
    let mut compositions = vec![Composition {
        aggregate: aggregate(worst),
        assemblies: vec![parts[0].reference.clone()],
        dependencies: Vec::new(),
    }];
    for state in [Completeness::Complete, Completeness::Incomplete, Completeness::Unknown] {
        let of_state = parts.iter().filter(|part| part.complete == state);
        let dependencies: Vec<String> = of_state.map(|part| part.reference.clone()).collect();
        if !dependencies.is_empty() {
            let aggregate = aggregate(state);
            compositions.push(Composition { aggregate, assemblies: Vec::new(), dependencies });
        }
    }
    compositions
}

fn aggregate(state: Completeness) -> &'static str {
    match state {
        Completeness::Complete => "complete",
        Completeness::Incomplete => "incomplete",
        Completeness::Unknown => "unknown",
    }
}
