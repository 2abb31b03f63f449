//! The manufacturer's own security bulletins, in the formats CSAF (2.0, 2.1) and OSV.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::facts::{Gap, Kind};
use crate::source::{ReadError, Source, Tree};

use super::json::{list, text, texts};
use super::versions::{Span, Versions};

/// More files than these are not looked at; they lie in the folder, or in one for each year.
const MOST: usize = 2_000;
const DEEPEST: usize = 2;

/// A file in the folder of bulletins.
#[derive(Debug)]
pub struct Bulletin {
    /// The file.
    pub source: Arc<Source>,
    /// What it tells, or why that is not understood.
    pub told: Result<Notice, String>,
}

/// What a bulletin tells.
#[derive(Debug, Default)]
pub struct Notice {
    /// Its number.
    pub id: String,
    /// Each vulnerability that it tells of.
    pub vulnerabilities: Vec<Vulnerability>,
}

/// A vulnerability as a bulletin tells of it.
#[derive(Debug, Default)]
pub struct Vulnerability {
    /// Its public names, such as `CVE-2026-1234` and `RUSTSEC-2026-0001`.
    pub names: BTreeSet<String>,
    /// True where it is described.
    pub described: bool,
    /// Its CVSS vectors, as written.
    pub scores: Vec<String>,
    /// Versions of the product that are affected.
    pub affected: Vec<Versions>,
    /// True where the bulletin says what to do.
    pub resolved: bool,
}

impl Notice {
    /// True for a bulletin that bears this number, or tells of a vulnerability of this name.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.id == name || self.vulnerabilities.iter().any(|one| one.names.contains(name))
    }
}

/// Reads every bulletin in a folder, in the order of their paths.
pub(super) fn read_all(tree: &Tree, folder: &Path, gaps: &mut Vec<Gap>) -> Vec<Bulletin> {
    let mut gap = |path: &Path, why: String, remedy: &str| {
        gaps.push(Gap::new(Kind::Documents, tree.relative(path), why, remedy));
    };
    let mut files = Vec::new();
    if let Err(why) = collect(folder, 0, &mut files) {
        gap(folder, why.to_string(), "make it a folder that can be read, or name another in [disclosure]");
    }
    files.sort();
    if files.len() > MOST {
        gap(
            folder,
            format!("only the first {MOST} files are looked at"),
            "keep what no longer matters elsewhere",
        );
        files.truncate(MOST);
    }
    let mut bulletins = Vec::new();
    for file in files {
        match tree.read(&file) {
            Ok(source) => bulletins.extend(read(&source).map(|told| Bulletin { source, told })),
            Err(why) => gap(&file, why.to_string(), "make it a file that can be read"),
        }
    }
    bulletins
}

/// The files in JSON below a folder. A folder that is not there has none.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), ReadError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && depth == 0 => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        // Links are followed by nobody.
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < DEEPEST {
            collect(&path, depth + 1, files)?;
        } else if kind.is_file() && path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json")) {
            files.push(path);
        }
        if files.len() > MOST {
            break;
        }
    }
    Ok(())
}

/// What a file tells; `None` for what only describes the folder, as those who publish CSAF have it.
fn read(source: &Arc<Source>) -> Option<Result<Notice, String>> {
    let document: Value = match serde_json::from_str(source.text()) {
        Ok(document) => document,
        Err(why) => return Some(Err(format!("it is no JSON: {why}"))),
    };
    if document.get("canonical_url").is_some() || document.get("feed").is_some() {
        return None;
    }
    let csaf = text(&document["document"], "csaf_version").is_some();
    let osv = text(&document, "id").is_some() && text(&document, "modified").is_some();
    Some(match (csaf, osv) {
        (true, _) => Ok(read_csaf(&document)),
        (_, true) => Ok(read_osv(&document)),
        _ => Err("it is neither CSAF nor OSV".to_owned()),
    })
}

fn read_csaf(file: &Value) -> Notice {
    let head = &file["document"];
    let summary = described(&head["notes"]);
    let mut products = BTreeMap::new();
    name_products(&file["product_tree"], &mut Vec::new(), &mut products);
    let told = list(&file["vulnerabilities"]).map(|one| {
        let ids = list(&one["ids"]).filter_map(|id| text(id, "text"));
        let metrics = list(&one["metrics"]).map(|metric| &metric["content"]);
        let scores = list(&one["scores"]).chain(metrics).flat_map(|score| {
            ["cvss_v4", "cvss_v3", "cvss_v2"].into_iter().filter_map(|key| text(&score[key], "vectorString"))
        });
        let status = &one["product_status"];
        let affected = ["known_affected", "first_affected", "last_affected"];
        let affected = affected.into_iter().flat_map(|key| texts(&status[key]));
        let told = |remedy: &Value| text(remedy, "details").is_some_and(|words| !words.trim().is_empty());
        Vulnerability {
            names: ids.chain(text(one, "cve")).map(str::to_owned).collect(),
            described: summary || described(&one["notes"]),
            scores: scores.map(str::to_owned).collect(),
            affected: affected.flat_map(|id| products.get(id).cloned().unwrap_or_default()).collect(),
            resolved: list(&one["remediations"]).any(told),
        }
    });
    Notice {
        id: text(&head["tracking"], "id").unwrap_or_default().to_owned(),
        vulnerabilities: told.collect(),
    }
}

/// True where one of the notes describes something.
fn described(notes: &Value) -> bool {
    list(notes).any(|note| {
        matches!(text(note, "category"), Some("description" | "summary" | "details"))
            && text(note, "text").is_some_and(|words| !words.trim().is_empty())
    })
}

/// The versions that each product of a product tree stands for. What JSON nests is never deep.
fn name_products(node: &Value, above: &mut Vec<Versions>, products: &mut BTreeMap<String, Vec<Versions>>) {
    for branch in list(&node["branches"]) {
        let name = text(branch, "name").unwrap_or_default();
        let versions = match text(branch, "category") {
            Some("product_version") => Some(Versions::One(name.to_owned())),
            Some("product_version_range") => Some(Versions::range(name)),
            _ => None,
        };
        let known = above.len();
        above.extend(versions);
        if let Some(id) = text(&branch["product"], "product_id") {
            products.insert(id.to_owned(), of_product(&branch["product"], above));
        }
        name_products(branch, above, products);
        above.truncate(known);
    }
    for product in list(&node["full_product_names"]) {
        if let Some(id) = text(product, "product_id") {
            products.insert(id.to_owned(), of_product(product, &[]));
        }
    }
}

/// The versions of a product: those of the branches that lead to it, else the last word of its name.
fn of_product(product: &Value, above: &[Versions]) -> Vec<Versions> {
    if !above.is_empty() {
        return above.to_vec();
    }
    let word = text(product, "name").and_then(|name| name.split_whitespace().next_back()).unwrap_or_default();
    let version = word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    vec![if version { Versions::One(word.to_owned()) } else { Versions::Unclear(word.to_owned()) }]
}

fn read_osv(file: &Value) -> Notice {
    let id = text(file, "id").unwrap_or_default();
    let names = ["aliases", "related", "upstream"].into_iter().flat_map(|key| texts(&file[key]));
    let affected = || list(&file["affected"]);
    let severities = list(&file["severity"]).chain(affected().flat_map(|one| list(&one["severity"])));
    let ranges = || affected().flat_map(|one| list(&one["ranges"]));
    let words = |key| text(file, key).is_some_and(|words| !words.trim().is_empty());
    let fixed = ranges().flat_map(|range| list(&range["events"])).any(|event| event.get("fixed").is_some());
    let linked = list(&file["references"]).any(|reference| text(reference, "type") == Some("FIX"));
    let listed = affected().flat_map(|one| texts(&one["versions"])).map(|one| Versions::One(one.to_owned()));
    Notice {
        id: id.to_owned(),
        vulnerabilities: vec![Vulnerability {
            names: names.map(str::to_owned).collect(),
            described: words("details") || words("summary"),
            scores: severities.filter_map(|one| text(one, "score")).map(str::to_owned).collect(),
            affected: listed.chain(ranges().flat_map(spans)).collect(),
            resolved: fixed || linked,
        }],
    }
}

/// The spans that the events of a range make, in their order.
fn spans(range: &Value) -> Vec<Versions> {
    let unclear = || vec![Versions::Unclear(range.to_string())];
    if text(range, "type") == Some("GIT") {
        return unclear();
    }
    let mut spans: Vec<Span> = Vec::new();
    for event in list(&range["events"]) {
        let version =
            |key: &str| text(event, key).map(|text| (text == "0", semver::Version::parse(text).ok()));
        match (version("introduced"), version("fixed"), version("last_affected"), spans.last_mut()) {
            (Some((true, _)), ..) => spans.push(Span::default()),
            (Some((_, Some(from))), ..) => spans.push(Span { from: Some(from), ..Span::default() }),
            (_, Some((_, Some(before))), _, Some(span)) => span.before = Some(before),
            (_, _, Some((_, Some(last))), Some(span)) => span.last = Some(last),
            _ => return unclear(),
        }
    }
    spans.into_iter().map(Versions::Span).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSAF: &str = r#"{"document":{"category":"csaf_security_advisory","csaf_version":"2.0","title":"Sweetwater pump",
        "notes":[{"category":"summary","text":"A request stops the pump."}],
        "tracking":{"id":"SW-2026-01","status":"final"}},
        "product_tree":{"branches":[{"category":"vendor","name":"Sweetwater","branches":[{"category":"product_name","name":"pump","branches":[
          {"category":"product_version","name":"1.0.0","product":{"product_id":"P1","name":"pump 1.0.0"}},
          {"category":"product_version_range","name":"vers:semver/>=1.1.0|<1.2.0","product":{"product_id":"P2","name":"pump 1.1"}}]}]}],
          "full_product_names":[{"product_id":"P3","name":"Sweetwater pump 0.9.0"}]},
        "vulnerabilities":[{"cve":"CVE-2026-0001","ids":[{"system_name":"RustSec","text":"RUSTSEC-2026-0900"}],
          "scores":[{"products":["P1"],"cvss_v3":{"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}}],
          "product_status":{"known_affected":["P1","P2","P3"]},
          "remediations":[{"category":"vendor_fix","details":"Update to 1.2.0.","product_ids":["P1"]}]}]}"#;

    const OSV: &str = r#"{"id":"SW-2026-02","modified":"2026-10-01T00:00:00Z","aliases":["RUSTSEC-2026-0900"],"summary":"A stop",
        "severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
        "affected":[{"versions":["1.0.0"],"ranges":[{"type":"SEMVER","events":[{"introduced":"1.1.0"},{"fixed":"1.2.0"}]}]}]}"#;

    fn notice(text: &str) -> Notice {
        read(&Source::new("b.json", text)).expect("a bulletin").expect("understood")
    }

    #[test]
    fn both_formats_tell_the_same() {
        for (text, id) in [(CSAF, "SW-2026-01"), (OSV, "SW-2026-02")] {
            let notice = notice(text);
            assert!(notice.is_called(id) && notice.is_called("RUSTSEC-2026-0900"));
            let [one] = notice.vulnerabilities.as_slice() else { panic!("{notice:?}") };
            assert!(one.described && one.resolved && one.scores.len() == 1, "{one:?}");
            let hold = |tag: &str| one.affected.iter().any(|versions| versions.hold(tag) == Some(true));
            assert!(hold("v1.0.0") && hold("v1.1.5") && !hold("v1.2.0") && !hold("v1.0.5"), "{one:?}");
        }
        assert!(notice(CSAF).vulnerabilities[0].affected.contains(&Versions::One("0.9.0".to_owned())));
    }

    #[test]
    fn what_is_left_out_is_missed() {
        let without = |from: &str, part: &str| {
            assert!(from.contains(part), "{part}");
            notice(&from.replacen(part, "", 1)).vulnerabilities.remove(0)
        };
        assert!(!without(CSAF, "A request stops the pump.").described);
        assert!(!without(CSAF, "Update to 1.2.0.").resolved);
        assert!(without(CSAF, "\"known_affected\":[\"P1\",\"P2\",\"P3\"]").affected.is_empty());
        assert!(!without(OSV, "A stop").described);
        assert!(!without(OSV, ",{\"fixed\":\"1.2.0\"}").resolved);
    }

    #[test]
    fn ranges_that_are_not_understood_are_not_taken_for_none() {
        for range in [
            r#"{"type":"GIT","events":[{"introduced":"0"}]}"#,
            r#"{"type":"SEMVER","events":[{"fixed":"1.0.0"}]}"#,
            r#"{"type":"ECOSYSTEM","events":[{"introduced":"first"}]}"#,
        ] {
            let range: Value = serde_json::from_str(range).expect("JSON");
            assert!(matches!(spans(&range).as_slice(), [Versions::Unclear(_)]), "{range}");
        }
    }

    #[test]
    fn every_prefix_of_a_bulletin_is_refused_and_descriptions_of_the_folder_are_passed_over() {
        for end in 0..CSAF.len() {
            let told = read(&Source::new("b.json", &CSAF[..end])).expect("no description of a folder");
            assert!(told.is_err(), "{end}");
        }
        assert!(
            read(&Source::new("provider-metadata.json", r#"{"canonical_url":"https://example.org"}"#))
                .is_none()
        );
        for other in ["{}", "[]", "3", r#"{"id":"x"}"#, &"[".repeat(100_000)] {
            assert!(read(&Source::new("b.json", other)).is_some_and(|told| told.is_err()), "{other:.20}");
        }
    }
}
