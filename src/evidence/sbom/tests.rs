//! Component lists against the official schemas and against themselves.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::*;
use crate::evidence::schemas::{faults, official};
use crate::facts::Facts;
use crate::facts::components::{Component, Declared, Link, Node};
use crate::facts::integrity::Verified;
use crate::facts::workspace::EdgeKind;
use crate::request::Request;
use crate::source::Source;

const DAY: jiff::civil::Date = jiff::civil::date(2026, 11, 1);

/// Text that tries to end strings, to write on terminals and to be taken for something else.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "flow",
    "A. Person <a@example.org>",
    "A\u{1b}[2J <\"a\"@example.org>",
    "<>",
    "https://git.example/flow-makers/flow",
    "javascript:alert(1)",
    "https://a b/\u{202e}c",
    "\"}],\"vulnerabilities\":[{",
    "MIT OR Apache-2.0",
    "MIT/Apache-2.0",
    "LicenseRef-Ours AND MIT",
    "see LICENSE\n\r\u{0}é漢",
    "pkg:cargo/flow@1#2?x=y&z",
    "SPDXRef-DOCUMENT",
    "NOASSERTION",
    "a@b@c (x) (y@z.example)",
];

const POLICY: &str = r#"
[product]
name = "Pump \"one\""
support_end = 2031-12-31

[manufacturer]
name = "Sweetwater (Devices)"
email = "security@sweetwater.example"
url = "https://sweetwater.example"

[classes]
default = "maintained"

[component.flow]
class = "supported"
reason = "a reason"
by = "h.okafor"
supplier = "Flow Makers <security@flow.example>"
support = "abandoned"
end_of_support = 2027-06-30
requirement = "SRS-12"
[component.flow.fork]
of = "flow@0.9.0"
reason = "mends an overflow"
fixes = ["RUSTSEC-2026-0001"]
proof = "https://git.example/flow/commit/1"

[[item]]
name = "Debian"
version = "13"
kind = "operating-system"
class = "required"
reason = "a reason"
by = "h.okafor"

[[item]]
name = "time service"
kind = "service"
class = "required"
reason = "a reason"
by = "h.okafor"
reached_by = ["flow"]
"#;

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }

    fn text(&mut self) -> String {
        HOSTILE[self.below(HOSTILE.len())].to_owned()
    }

    fn maybe(&mut self) -> Option<String> {
        (self.below(2) == 0).then(|| self.text())
    }

    fn component(&mut self, lock: &std::sync::Arc<Source>) -> Component {
        let name = ["flow", "flow", "pressure", "a\u{1b}b", "é漢/@?#", ""][self.below(6)].to_owned();
        let origins = [
            Origin::CratesIo,
            Origin::Registry { url: self.text() },
            Origin::Git { url: self.text(), commit: self.maybe() },
            Origin::Git { url: "https://git.example/flow".to_owned(), commit: Some("0a1b".repeat(10)) },
            Origin::Path { folder: self.maybe() },
        ];
        let at = self.below(origins.len());
        Component {
            name,
            version: semver::Version::new(1, 0, self.below(2) as u64),
            origin: origins[at].clone(),
            checksum: [Some("a".repeat(64)), Some("A".repeat(63)), self.maybe()][self.below(3)].clone(),
            ships: [Ships::Product, Ships::Build, Ships::Dev, Ships::Locked, Ships::Unknown][self.below(5)],
            why: Vec::new(),
            edges: BTreeSet::from([EdgeKind::Normal]),
            features: Vec::new(),
            folder: None,
            build_script: None,
            proc_macro: None,
            links: self.maybe(),
            declared: Declared {
                licence: self.maybe(),
                licence_file: self.maybe(),
                authors: vec![self.text(), self.text()],
                repository: self.maybe(),
                homepage: self.maybe(),
                description: self.maybe(),
                rust_version: self.maybe(),
                edition: None,
            },
            at: lock.at(0..9),
        }
    }
}

/// A report on a workspace with random components, some of them twice.
fn report(root: &Path, seed: u64) -> Report {
    std::fs::create_dir_all(root.join("src")).expect("a folder");
    let put = |path: &str, text: &str| std::fs::write(root.join(path), text).expect("a file");
    put(
        "Cargo.toml",
        "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\nlicense = \"MIT\"\n[patch.crates-io]\npressure = { path = \"p\" }\n",
    );
    put("src/main.rs", "fn main() {}");
    put("Cargo.lock", "version = 4\n");
    put("health-sec.toml", POLICY);
    let request = Request { resolve: false, ..Request::new(root, DAY) };
    let mut facts = Facts::gather(&request).expect("facts");
    let mut dice = Dice(seed);
    let lock = Source::new("Cargo.lock", "[[package]]\n");
    let count = dice.below(12);
    facts.components.all = (0..count).map(|_| dice.component(&lock)).collect();
    facts.components.product = vec![0];
    facts.components.resolved = !seed.is_multiple_of(3);
    facts.components.members =
        if facts.components.resolved { [(0, Ships::Product)].into() } else { [].into() };
    facts.gaps.clear();
    facts.components.links.clear();
    for to in 0..count {
        let from = if to % 2 == 0 { Node::Member(0) } else { Node::Component(dice.below(count)) };
        let kind = [Some(EdgeKind::Normal), Some(EdgeKind::Build), Some(EdgeKind::Dev), None][dice.below(4)];
        facts.components.links.push(Link { from, to: Node::Component(to), kind });
        let verified = Verified { sha512: Some("b".repeat(128)), ..Verified::default() };
        facts.integrity.of.insert(to, verified);
    }
    facts.components.links.sort();
    Report::new(&request, facts, Vec::new())
}

fn written(report: &Report, extent: Extent, format: Format) -> Value {
    let mut bytes = Vec::new();
    Sbom::new(report, extent).write(format, &mut bytes).expect("a list");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// Every report of the tests: many seeds, both extents.
fn each(mut look: impl FnMut(&Report, Extent)) {
    let folder = tempfile::tempdir().expect("a folder");
    for seed in 0..15 {
        let report = report(folder.path(), seed);
        for extent in [Extent::Delivered, Extent::All] {
            look(&report, extent);
        }
    }
}

fn keeps_to(name: &str, format: Format) {
    let Some(schema) = official(name) else { return };
    each(|report, extent| {
        let mut list = written(report, extent, format);
        assert_eq!(faults(&schema, &list), Vec::<String>::new());
        let map = list.as_object_mut().expect("an object");
        for key in ["components", "packages", "@graph"] {
            map.insert(key.to_owned(), "none".into());
        }
        assert!(!schema.is_valid(&list), "the schema sees faults");
    });
}

#[test]
fn lists_keep_to_the_schema_of_cyclonedx() {
    keeps_to("cyclonedx-1.6", Format::CycloneDx16);
}

#[test]
fn lists_keep_to_the_schema_of_the_newest_cyclonedx() {
    keeps_to("cyclonedx-1.7", Format::CycloneDx17);
}

#[test]
fn lists_keep_to_the_schema_of_spdx() {
    keeps_to("spdx-2.3", Format::Spdx23);
}

#[test]
fn lists_keep_to_the_schema_of_the_newest_spdx() {
    keeps_to("spdx-3.0.1", Format::Spdx301);
}

fn strings<'a>(value: &'a Value, pointer: &str) -> Vec<&'a str> {
    let items = value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).collect()
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The names that elements bear, each once.
fn borne<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let names: Vec<&str> = names.collect();
    let known: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(known.len(), names.len(), "{names:?}");
    known
}

/// No schema sees whether a name leads to an element.
#[test]
fn references_of_cyclonedx_lead_somewhere() {
    each(|report, extent| {
        for format in [Format::CycloneDx16, Format::CycloneDx17] {
            let list = written(report, extent, format);
            let product = std::iter::once(&list["metadata"]["component"]);
            let parts = product.chain(items(&list, "components")).chain(items(&list, "services"));
            let known = borne(parts.filter_map(|part| part["bom-ref"].as_str()));
            let told: BTreeSet<&str> =
                items(&list, "dependencies").iter().filter_map(|edge| edge["ref"].as_str()).collect();
            assert_eq!(told, known, "each part says what it uses");
            let mut named: Vec<&str> =
                items(&list, "dependencies").iter().flat_map(|edge| strings(edge, "/dependsOn")).collect();
            for composition in items(&list, "compositions") {
                named.extend(strings(composition, "/assemblies"));
                named.extend(strings(composition, "/dependencies"));
            }
            assert!(named.iter().all(|name| known.contains(name)), "{named:?}");
            assert!(list.get("vulnerabilities").is_none());
        }
    });
}

#[test]
fn references_of_spdx_2_lead_somewhere() {
    each(|report, extent| {
        let list = written(report, extent, Format::Spdx23);
        let ids = borne(items(&list, "packages").iter().filter_map(|part| part["SPDXID"].as_str()));
        let plain = |id: &str| id.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
        assert!(ids.iter().all(|id| plain(id)), "{ids:?}");
        assert!(strings(&list, "/documentDescribes").iter().all(|id| ids.contains(id)));
        let outside = ["SPDXRef-DOCUMENT", "NONE", "NOASSERTION"];
        for relation in items(&list, "relationships") {
            for end in ["spdxElementId", "relatedSpdxElement"] {
                let name = relation[end].as_str().expect("a name");
                assert!(ids.contains(name) || outside.contains(&name), "{relation}");
            }
        }
        let told = borne(
            items(&list, "hasExtractedLicensingInfos").iter().filter_map(|text| text["licenseId"].as_str()),
        );
        let expressions = items(&list, "packages").iter().filter_map(|part| part["licenseDeclared"].as_str());
        let used: BTreeSet<&str> = expressions
            .flat_map(|text| text.split([' ', '(', ')']))
            .filter(|word| word.starts_with("LicenseRef-"))
            .collect();
        assert_eq!(used, told, "what is no licence of the list has its text, and nothing else has");
    });
}

#[test]
fn references_of_spdx_3_lead_somewhere() {
    const ENDS: [&str; 9] = [
        "from",
        "to",
        "element",
        "rootElement",
        "createdBy",
        "createdUsing",
        "originatedBy",
        "suppliedBy",
        "subject",
    ];
    each(|report, extent| {
        let list = written(report, extent, Format::Spdx301);
        let graph = items(&list, "@graph");
        let known = borne(graph.iter().filter_map(|element| element["spdxId"].as_str()));
        let creations: Vec<&Value> = graph.iter().filter(|one| one["type"] == "CreationInfo").collect();
        assert_eq!(creations.len(), 1);
        for element in graph {
            assert!(
                element["type"] == "CreationInfo" || element["creationInfo"] == creations[0]["@id"],
                "{element}"
            );
            let of_key = |key: &&str| match &element[*key] {
                Value::String(name) => vec![name.as_str()],
                _ => strings(element, &format!("/{key}")),
            };
            let mut named = ENDS.iter().flat_map(of_key);
            let dangling = named.find(|name| !known.contains(name) && !name.starts_with(spdx3::CORE));
            assert_eq!(dangling, None, "{element}");
        }
        // Whatever looks like a name of this document is one.
        let space = graph.iter().find_map(|one| one["spdxId"].as_str()?.split_once('#')).expect("a name").0;
        let text = list.to_string();
        let named = text.split('"').filter(|text| text.starts_with(&format!("{space}#")));
        assert_eq!(named.filter(|name| !known.contains(name)).count(), 0);
    });
}

#[test]
fn what_inspected_files_say_is_plain_text() {
    each(|report, extent| {
        for format in [Format::CycloneDx16, Format::Spdx23, Format::Spdx301] {
            let text = written(report, extent, format).to_string();
            for hidden in ["\\u001b", "\u{202e}", "\\u0000", "\\r"] {
                assert!(!text.contains(hidden), "{hidden}");
            }
        }
    });
}

#[test]
fn the_same_input_gives_the_same_bytes_wherever_it_lies() {
    let lists = || {
        let folder = tempfile::tempdir().expect("a folder");
        let report = report(&folder.path().join("somewhere"), 7);
        let formats = [Format::CycloneDx16, Format::CycloneDx17, Format::Spdx23, Format::Spdx301];
        formats.map(|format| {
            let mut bytes = Vec::new();
            Sbom::new(&report, Extent::All).write(format, &mut bytes).expect("a list");
            bytes
        })
    };
    assert_eq!(lists(), lists());
    let folder = tempfile::tempdir().expect("a folder");
    let report = report(folder.path(), 7);
    let name = |extent| written(&report, extent, Format::CycloneDx16)["serialNumber"].clone();
    assert_ne!(name(Extent::All), name(Extent::Delivered), "other lists have other names");
}

#[test]
fn what_is_on_record_stands_in_the_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut report = report(folder.path(), 1);
    let lock = Source::new("Cargo.lock", "[[package]]\n");
    let mut flow = Dice(3).component(&lock);
    flow.name = "flow".to_owned();
    flow.ships = Ships::Product;
    flow.origin = Origin::CratesIo;
    flow.checksum = Some("a".repeat(64));
    flow.declared.licence = Some("MIT/Apache-2.0".to_owned());
    report.facts.components.all = vec![flow];
    report.facts.components.links.clear();
    report.facts.integrity.of.clear();
    let list = written(&report, Extent::Delivered, Format::CycloneDx16);
    let parts = items(&list, "components");
    let flow = parts.iter().find(|part| part["name"] == "flow").expect("flow");
    let said = |name: &str| {
        let property = items(flow, "properties").iter().find(|property| property["name"] == name);
        property.and_then(|property| property["value"].as_str()).unwrap_or_default()
    };
    assert_eq!(flow["supplier"]["contact"][0]["email"], "security@flow.example");
    assert_eq!(flow["licenses"][0]["expression"], "MIT OR Apache-2.0");
    assert_eq!(flow["pedigree"]["ancestors"][0]["version"], "0.9.0");
    assert!(!flow["pedigree"].to_string().contains("RUSTSEC"), "a list holds no vulnerabilities");
    assert_eq!(said("health-sec:class"), "supported");
    assert_eq!(said("health-sec:support:level"), "abandoned");
    assert_eq!(said("health-sec:unknown"), "hash");
    assert_eq!(said("cdx:lifecycle:milestone:endOfSupport"), "2027-06-30");
    assert_eq!(
        said("bsi:component:filename"),
        format!("flow-{}.crate", flow["version"].as_str().expect("a version"))
    );
    assert_eq!(flow["scope"], "required");
    let debian = parts.iter().find(|part| part["name"] == "Debian").expect("an item");
    assert_eq!(debian["type"], "operating-system");
    assert_eq!(items(&list, "services")[0]["name"], "time service");
    assert_eq!(list["metadata"]["manufacturer"]["contact"][0]["email"], "security@sweetwater.example");
}
