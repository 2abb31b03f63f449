//! The report as GitLab reads code quality (`artifacts:reports:codequality`): findings beside the lines of a merge
//! request.
//!
//! GitLab drops all but one of the findings that share a fingerprint; ours are apart by construction. A finding that
//! is accepted or only registered is not told: the format has no place for either.

use std::io;

use serde::Serialize;

use crate::rule::Severity;

use super::text::visible;
use super::{Report, Told};

#[derive(Serialize)]
struct Entry<'a> {
    r#type: &'static str,
    check_name: &'static str,
    description: String,
    categories: [&'static str; 1],
    severity: &'static str,
    fingerprint: &'a str,
    location: Place,
}

#[derive(Serialize)]
struct Place {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// Writes the report.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let told = report.told();
    let entries: Vec<Entry<'_>> = told.iter().map(|told| entry(report, told)).collect();
    serde_json::to_writer_pretty(&mut *out, &entries)?;
    writeln!(out)
}

fn entry<'a>(report: &Report, told: &Told<'a>) -> Entry<'a> {
    let at = &told.judged.finding.at;
    Entry {
        r#type: "issue",
        check_name: told.rule().id,
        description: visible(&told.text()),
        categories: ["Security"],
        // What fails the run is never minor, whatever else it may lead to.
        severity: match (told.closes, told.rule().severity) {
            (true, Severity::Critical) => "blocker",
            (_, Severity::Critical | Severity::High) => "critical",
            (true, _) | (_, Severity::Medium) => "major",
            (_, Severity::Low) => "minor",
        },
        fingerprint: &told.judged.fingerprint,
        location: Place {
            path: report.in_repository(at.path()),
            lines: Lines { begin: at.line(), end: at.end().0 },
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::fixture;

    #[test]
    fn every_entry_has_what_gitlab_asks_for_and_a_fingerprint_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let facts = fixture::workspace(folder.path(), None);
        // The same text twice in one file.
        let place = fixture::place("src/lib.rs", "fn a() {}\n");
        let mut found = fixture::findings("waiver_unused", [place.clone(), place]);
        for finding in &mut found {
            finding.subjects.clear();
        }
        let report = Report::new(&fixture::request(folder.path()), facts, found);
        let mut bytes = Vec::new();
        write(&report, &mut bytes).expect("a report");
        let entries: Vec<serde_json::Value> = serde_json::from_slice(&bytes).expect("an array");
        assert_eq!(entries.len(), 2);
        let severities = ["info", "minor", "major", "critical", "blocker"];
        for entry in &entries {
            assert!(severities.contains(&entry["severity"].as_str().expect("a severity")));
            assert!(entry["description"].as_str().is_some_and(|text| !text.is_empty()));
            assert!(entry["check_name"].is_string() && entry["location"]["lines"]["begin"].is_u64());
            assert!(entry["location"]["path"].as_str().is_some_and(|path| !path.starts_with(['.', '/'])));
        }
        let apart: BTreeSet<_> = entries.iter().map(|entry| entry["fingerprint"].as_str()).collect();
        assert_eq!(apart.len(), 2);
    }
}
