//! The report as SARIF 2.1.0, for code scanning.
//!
//! Addresses are relative to `%SRCROOT%`, the workspace root; lines and columns count from 1, columns in
//! characters. A waived finding stays visible as a suppression with its reason; a gap is a
//! notification of the run. Rules that are undecided or undetermined have no results of their own:
//! the rule's `verdict` says so.

//!
//! Code scanning refuses a run of more than 25 000 results and a result of more than 1 000 places: what is beyond is
//! left out, and a notification says how much. The clauses of the standard and the classes of weaknesses are
//! taxonomies (`taxa`), to which each rule is related.

mod log;
mod taxa;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::io;

use crate::facts::Gap;
use crate::finding::{Edit, Fix};
use crate::rule::{Certainty, Rule, Severity, Tier};
use crate::source::Location;

use super::text::{first_paragraph, verdict, visible};
use super::{Conclusion, Judged, Outcome, Report};

/// What code scanning takes: results of a run, places of a result.
const MOST_RESULTS: usize = 25_000;
const MOST_PLACES: usize = 999;

/// Writes the report.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &log(report))?;
    writeln!(out)
}

fn log(report: &Report) -> log::Log<'_> {
    let (results, left_out) = results(report, MOST_RESULTS);
    let taxa = taxa::Taxa::of(report);
    log::Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [log::Run {
            tool: log::Tool { driver: driver(report, &taxa) },
            // What stands before the last slash keeps workspaces apart in one repository.
            automation_details: log::AutomationDetails {
                id: format!("cargo-health-sec/{}/", visible(report.subject()).replace('/', " ")),
            },
            column_kind: "unicodeCodePoints",
            original_uri_base_ids: log::BaseIds {
                root: log::BaseId { description: message("the root of the inspected workspace") },
            },
            taxonomies: taxa.written(),
            invocations: [invocation(report, left_out)],
            results,
        }],
    }
}

/// The results, at most so many, and how many are left out: those of the weakest rules, from the end.
fn results(report: &Report, most: usize) -> (Vec<log::Result<'_>>, usize) {
    let mut results: Vec<(usize, &Outcome, &Judged)> = report
        .outcomes
        .iter()
        .enumerate()
        .flat_map(|(index, outcome)| outcome.findings.iter().map(move |judged| (index, outcome, judged)))
        .collect();
    let all = results.len();
    if all > most {
        results.sort_by_key(|(_, outcome, judged)| {
            std::cmp::Reverse((
                judged.waiver.is_none() && !judged.inherited,
                outcome.tier,
                outcome.rule.severity,
            ))
        });
        results.truncate(most);
        results.sort_by_key(|(index, ..)| *index);
    }
    let (left_out, compared) = (all - results.len(), report.against.is_some());
    (
        results
            .into_iter()
            .map(|(index, outcome, judged)| result(index, outcome, judged, compared))
            .collect(),
        left_out,
    )
}

fn driver(report: &Report, taxa: &taxa::Taxa) -> log::Driver {
    log::Driver {
        name: "cargo-health-sec",
        version: env!("CARGO_PKG_VERSION"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: report.outcomes.iter().map(|outcome| descriptor(outcome, taxa)).collect(),
        notifications: [
            log::Notice {
                id: "gap",
                short_description: message(
                    "Something could not be looked at; rules that need it are undetermined.",
                ),
            },
            log::Notice {
                id: "left_out",
                short_description: message("There are more results than code scanning takes."),
            },
        ],
        supported_taxonomies: taxa::Taxa::references(),
    }
}

fn descriptor(outcome: &Outcome, taxa: &taxa::Taxa) -> log::Descriptor {
    let rule = outcome.rule;
    let more = format!("`cargo health-sec explain {}` shows examples.", rule.id);
    log::Descriptor {
        id: rule.id,
        name: pascal_case(rule.id),
        short_description: message(rule.title),
        full_description: message(&first_paragraph(rule.rationale)),
        help: log::Help {
            text: format!("{}\n\nRemedy: {}\n\n{more}", rule.rationale, rule.remedy),
            markdown: format!(
                "# {}\n\n{}\n\n## Remedy\n\n{}\n\n{more}",
                rule.title, rule.rationale, rule.remedy
            ),
        },
        default_configuration: log::Configuration { level: level(rule.tier) },
        relationships: taxa.relationships(rule),
        properties: log::Properties {
            tags: tags(rule),
            precision: match rule.certainty {
                Certainty::Exact => "very-high",
                Certainty::Likely => "high",
            },
            // The middle of each band of CVSS, which code scanning sorts by.
            security_severity: match rule.severity {
                Severity::Low => "2.5",
                Severity::Medium => "5.5",
                Severity::High => "8.0",
                Severity::Critical => "9.5",
            },
            problem_severity: match rule.tier {
                Tier::Gate => "error",
                Tier::Warn => "warning",
                Tier::Register => "recommendation",
            },
            tier: outcome.tier.word(),
            verdict: outcome.verdict.word(),
        },
    }
}

/// Code scanning takes twenty tags a rule.
fn tags(rule: &Rule) -> Vec<String> {
    let clauses = rule.clauses.iter().map(|clause| format!("IEC 81001-5-1:{clause}"));
    let weaknesses = rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}"));
    ["security".to_owned(), rule.family.to_owned()]
        .into_iter()
        .chain(clauses)
        .chain(weaknesses)
        .take(20)
        .collect()
}

fn pascal_case(id: &str) -> String {
    id.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        })
        .collect()
}

fn level(tier: Tier) -> &'static str {
    match tier {
        Tier::Gate => "error",
        Tier::Warn => "warning",
        Tier::Register => "note",
    }
}

fn invocation(report: &Report, left_out: usize) -> log::Invocation {
    let gaps = report.facts.gaps.iter().map(|gap| notification(report, gap));
    let beyond = (left_out > 0).then(|| log::Notification {
        descriptor: log::Reference { id: "left_out" },
        level: "warning",
        message: message(&format!(
            "{left_out} results are left out: code scanning takes {MOST_RESULTS}. --format json has all."
        )),
        locations: Vec::new(),
    });
    log::Invocation {
        // A failed gate is a successful run; one that could not look is not.
        execution_successful: report.conclusion() != Conclusion::CouldNotTell,
        exit_code: report.exit_code(),
        exit_code_description: verdict(report),
        tool_execution_notifications: gaps.chain(beyond).collect(),
    }
}

fn notification(report: &Report, gap: &Gap) -> log::Notification {
    let mend = if gap.remedy.is_empty() { String::new() } else { format!("; mend: {}", gap.remedy) };
    let text = report.portable(&format!("{}: {}: {}{mend}", gap.kind, gap.what, gap.why));
    log::Notification {
        descriptor: log::Reference { id: "gap" },
        level: "warning",
        message: message(&text),
        locations: gap.at.iter().map(|at| place(at, None)).collect(),
    }
}

/// Whether it was there before, where that was asked.
fn report_state(judged: &Judged, compared: bool) -> Option<&'static str> {
    compared.then_some(if judged.inherited { "unchanged" } else { "new" })
}

fn result<'a>(index: usize, outcome: &Outcome, judged: &'a Judged, compared: bool) -> log::Result<'a> {
    let finding = &judged.finding;
    let text =
        finding.help.as_ref().map_or(finding.message.clone(), |help| format!("{}; {help}", finding.message));
    log::Result {
        rule_id: outcome.rule.id,
        rule_index: index,
        level: level(outcome.tier),
        message: message(&text),
        locations: [place(&finding.at, None)],
        related_locations: finding
            .related
            .iter()
            .take(MOST_PLACES)
            .map(|(at, why)| place(at, Some(why)))
            .collect(),
        partial_fingerprints: log::Fingerprints { own: &judged.fingerprint, line: &judged.fingerprint },
        baseline_state: report_state(judged, compared),
        suppressions: judged.waiver.iter().map(suppression).collect(),
        fixes: finding.fix.iter().filter_map(fix).collect(),
    }
}

/// A fix; none where one of its edits can't be made.
fn fix(fix: &Fix) -> Option<log::Fix> {
    let change = |edit: &Edit| {
        let (at, text) = edit.replacement()?;
        Some(log::Change {
            artifact_location: log::ArtifactLocation { uri: uri(at.path()), uri_base_id: "%SRCROOT%" },
            replacements: [log::Replacement {
                deleted_region: region(&at),
                inserted_content: log::Content { text },
            }],
        })
    };
    let artifact_changes = fix.edits.iter().map(change).collect::<Option<_>>()?;
    Some(log::Fix { description: message(&fix.what), artifact_changes })
}

fn suppression(waiver: &crate::policy::Waiver) -> log::Suppression {
    let (reason, by) = (&waiver.reason.value, &waiver.by.value);
    let until = waiver
        .until
        .as_ref()
        .map_or_else(|| "without an end".to_owned(), |end| format!("until {}", end.value));
    log::Suppression {
        kind: "external",
        status: "accepted",
        justification: visible(&format!("{reason} (accepted by {by} {until}{})", more(waiver))),
        location: place(&waiver.at, None),
    }
}

/// What else an entry says: status, owner, approver, and the tool it was read from.
fn more(waiver: &crate::policy::Waiver) -> String {
    let status = waiver.status.as_ref().map(|status| format!("; status {}", status.value.word()));
    let why = waiver.justification.as_ref().map(|why| format!(", {}", why.value.word()));
    let owner = waiver.owner.as_ref().map(|owner| format!("; owner {}", owner.value));
    let approver = waiver.approver.as_ref().map(|approver| format!("; approved by {}", approver.value));
    let imported = waiver.imported.as_ref().map(|imported| format!("; read from {}", imported.tool));
    [status, why, owner, approver, imported].into_iter().flatten().collect()
}

fn place(at: &Location, why: Option<&str>) -> log::Place {
    log::Place {
        physical_location: log::PhysicalLocation {
            artifact_location: log::ArtifactLocation { uri: uri(at.path()), uri_base_id: "%SRCROOT%" },
            region: region(at),
        },
        message: why.map(message),
    }
}

fn region(at: &Location) -> log::Region {
    let ((start_line, start_column), (end_line, end_column)) = (at.start(), at.end());
    log::Region { start_line, start_column, end_line, end_column }
}

/// A path as a relative reference: everything but plain letters, digits and `-._~/` is encoded.
fn uri(path: &str) -> String {
    path.bytes().fold(String::new(), |mut uri, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            byte => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
        uri
    })
}

/// A plain text. SARIF reads `[a](b)` as a link and `{0}` as a placeholder; what inspected files
/// say is neither.
fn message(text: &str) -> log::Message {
    let mut text = visible(text);
    if text.contains("](") {
        text = text.replace('[', "\\[").replace(']', "\\]");
    }
    if text.as_bytes().windows(2).any(|pair| pair[0] == b'{' && pair[1].is_ascii_digit()) {
        text = text.replace('{', "{{").replace('}', "}}");
    }
    log::Message { text }
}
