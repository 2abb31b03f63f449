//! Scans of what cargo does not know, as scanners write them in the `CycloneDX` format.

use std::sync::Arc;

use jiff::civil::Date;
use serde_json::Value;

use crate::source::Source;

use super::json::{list, text};

/// What a scanner says of an item.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The file.
    pub source: Arc<Source>,
    /// What made it, where it says so.
    pub by: Option<String>,
    /// The day on which it was made, where it says so.
    pub on: Option<Date>,
    /// The vulnerabilities that it tells, in the order of the file.
    pub hits: Vec<Told>,
}

/// A vulnerability that a scan tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Such as `CVE-2023-4911`.
    pub id: String,
    /// What it is in, as the scan refers to it; several where it is in several.
    pub within: Vec<String>,
    /// The strongest word for its severity, in lower case.
    pub severity: Option<String>,
    /// True where the file says that it is mended or does not apply.
    pub settled: bool,
}

/// Words of `CycloneDX` for a severity, the strongest first.
const SEVERITIES: [&str; 6] = ["critical", "high", "medium", "low", "info", "none"];

impl Scan {
    /// Reads a file.
    ///
    /// # Errors
    /// Why it is no scan that is understood.
    pub(super) fn read(source: &Arc<Source>) -> Result<Self, String> {
        let document: Value = serde_json::from_str(source.text())
            .map_err(|why| format!("it is no CycloneDX document in JSON: {why}"))?;
        if text(&document, "bomFormat") != Some("CycloneDX") {
            return Err("it is JSON, and no CycloneDX document".to_owned());
        }
        let metadata = &document["metadata"];
        let day = text(metadata, "timestamp").and_then(|time| time.get(..10)?.parse().ok());
        let tools = list(&metadata["tools"]).chain(list(&metadata["tools"]["components"]));
        let by = tools.filter_map(|tool| {
            let version = text(tool, "version").map(|version| format!(" {version}")).unwrap_or_default();
            Some(format!("{}{version}", text(tool, "name")?))
        });
        Ok(Self {
            by: by.reduce(|all, one| format!("{all}, {one}")),
            on: day,
            hits: list(&document["vulnerabilities"]).filter_map(told).collect(),
            source: Arc::clone(source),
        })
    }
}

fn told(vulnerability: &Value) -> Option<Told> {
    let ratings = || list(&vulnerability["ratings"]).filter_map(|rating| text(rating, "severity"));
    let severity = SEVERITIES.iter().find(|word| ratings().any(|rating| rating.eq_ignore_ascii_case(word)));
    let state = text(&vulnerability["analysis"], "state").unwrap_or_default();
    let within = list(&vulnerability["affects"]).filter_map(|affected| text(affected, "ref"));
    Some(Told {
        id: text(vulnerability, "id")?.to_owned(),
        within: within.map(str::to_owned).collect(),
        severity: severity.map(|word| (*word).to_owned()),
        settled: matches!(state, "resolved" | "resolved_with_pedigree" | "false_positive" | "not_affected"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Grype and Trivy write it.
    const SCAN: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.5",
        "metadata":{"timestamp":"2026-10-20T08:00:00Z","tools":{"components":[{"type":"application","name":"grype","version":"0.104.0"}]}},
        "vulnerabilities":[
          {"id":"CVE-2023-4911","ratings":[{"severity":"high"},{"severity":"Critical"}],"affects":[{"ref":"pkg:deb/debian/libc6@2.36"}]},
          {"id":"CVE-2020-1","analysis":{"state":"not_affected"},"affects":[]},
          {"no":"id"}]}"#;

    fn read(text: &str) -> Result<Scan, String> {
        Scan::read(&Source::new("scan.json", text))
    }

    #[test]
    fn vulnerabilities_are_read_with_tool_and_day() {
        let scan = read(SCAN).expect("a scan");
        assert_eq!(
            (scan.by.as_deref(), scan.on),
            (Some("grype 0.104.0"), Some(jiff::civil::date(2026, 10, 20)))
        );
        let told: Vec<_> =
            scan.hits.iter().map(|hit| (hit.id.as_str(), hit.severity.as_deref(), hit.settled)).collect();
        assert_eq!(told, [("CVE-2023-4911", Some("critical"), false), ("CVE-2020-1", None, true)]);
        assert_eq!(scan.hits[0].within, ["pkg:deb/debian/libc6@2.36"]);
        let older = SCAN
            .replace("{\"components\":[{\"type\":\"application\",", "[{")
            .replace("104.0\"}]}", "104.0\"}]");
        assert_eq!(read(&older).expect("a scan").by.as_deref(), Some("grype 0.104.0"), "before 1.5");
    }

    #[test]
    fn every_prefix_of_a_scan_is_none_and_so_is_another_format() {
        for end in 0..SCAN.len() {
            assert!(read(&SCAN[..end]).is_err(), "{end}");
        }
        for text in ["{}", "[]", "null", "{\"SchemaVersion\":2,\"Results\":[]}", &"[".repeat(100_000)] {
            assert!(read(text).is_err(), "{text:.20}");
        }
    }
}
