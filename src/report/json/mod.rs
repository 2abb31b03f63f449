//! The report for programs.
//!
//! The shape is published in `schemas/report-1.schema.json` and frozen: `shape` repeats it in
//! types of its own, so that a change of a type elsewhere can't change the format unseen. A report says
//! nothing of the machine it was made on and nothing of the time it took: the same input gives the
//! same bytes.

mod shape;
#[cfg(test)]
mod tests;
mod unsafety;

use std::collections::BTreeMap;
use std::io;

use crate::facts::advisories::Reach;
use crate::facts::components::{Component, Origin};
use crate::facts::inventory::{Part, Seen};
use crate::source::{Location, Source};

use super::{Judged, Outcome, Report};
pub(crate) use unsafety::UnsafeByKind;

/// The name of the format and its version.
pub const FORMAT: &str = "health-sec/report@1";

/// Writes the report.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &shape(report))?;
    writeln!(out)
}

fn shape(report: &Report) -> shape::Report<'_> {
    shape::Report {
        format: FORMAT,
        tool: shape::Tool { name: "cargo-health-sec", version: env!("CARGO_PKG_VERSION") },
        conclusion: report.conclusion(),
        exit_code: report.exit_code(),
        strict: report.strict,
        levels: report.levels.iter().map(|(rule, level)| shape::Level { rule, level: *level }).collect(),
        inspected: inspected(report),
        advisories: advisories(report),
        clippy: clippy(report),
        rules: report.outcomes.iter().map(|outcome| rule(report, outcome)).collect(),
        findings: report
            .outcomes
            .iter()
            .flat_map(|outcome| outcome.findings.iter().map(|judged| finding(outcome, judged)))
            .collect(),
        gaps: report.facts.gaps.iter().map(|gap| self::gap(report, gap)).collect(),
        blind_spots: blind_spots(report),
        unjudged: crate::checks::Unjudged::of(&report.facts),
        for_tests: report.facts.workspace.names_for_tests(),
        components: components(report),
    }
}

fn inspected(report: &Report) -> shape::Inspected<'_> {
    let facts = &report.facts;
    let workspace = &facts.workspace;
    shape::Inspected {
        name: report.subject(),
        as_of: facts.as_of.to_string(),
        members: workspace
            .members
            .iter()
            .map(|member| shape::Member {
                name: &member.name,
                version: &member.version,
                manifest: member.manifest.source.path(),
                judged: member.chosen,
            })
            .collect(),
        files: facts.code.files.len(),
        lines: facts.code.files.iter().map(|file| file.source.lines()).sum(),
        toolchain: workspace
            .toolchain
            .as_ref()
            .and_then(|toolchain| Some(toolchain.channel.as_ref()?.value.as_str())),
        targets: facts.components.targets.iter().map(String::as_str).collect(),
        resolved: facts.components.resolved,
        lock: workspace.lock.as_deref().map(file),
        policy: facts.policy.at.as_ref().map(|at| file(at.source())),
        threat_models: facts.threats.models.iter().map(|model| file(model.at.source())).collect(),
    }
}

fn file(source: &Source) -> shape::File<'_> {
    shape::File { path: source.path(), sha256: source.sha256() }
}

fn advisories(report: &Report) -> shape::Advisories<'_> {
    let advisories = &report.facts.advisories;
    shape::Advisories {
        origins: advisories.origins.iter().map(|origin| report.portable(origin)).collect(),
        count: advisories.count,
        newest: advisories.newest.map(|date| date.to_string()),
        age_days: advisories.age_days,
        hits: advisories
            .hits
            .iter()
            .filter_map(|hit| {
                Some(shape::Hit {
                    id: &hit.advisory.id,
                    component: report.facts.components.all.get(hit.component)?.id(),
                    aliases: hit.advisory.aliases.iter().map(String::as_str).collect(),
                    patched: hit.advisory.patched.iter().map(String::as_str).collect(),
                    cvss: hit.advisory.cvss.as_deref(),
                    same_origin: hit.same_origin,
                    reach: reach(report, &hit.reach),
                })
            })
            .collect(),
    }
}

fn clippy(report: &Report) -> Option<shape::Clippy<'_>> {
    let clippy = &report.facts.clippy;
    let open = clippy.open().count();
    clippy.was_run().then(|| shape::Clippy {
        runs: clippy
            .runs
            .iter()
            .map(|run| shape::Run {
                file: run.file.as_deref(),
                target: run.target.as_deref(),
                features: &run.features,
                forced: &run.forced,
            })
            .collect(),
        open,
        silent: clippy.results.len() - open,
        elsewhere: clippy.elsewhere,
    })
}

fn reach<'a>(report: &'a Report, reach: &'a Reach) -> shape::Reach<'a> {
    let nothing = shape::Reach {
        grade: reach.grade(),
        function: None,
        component: None,
        file: None,
        place: None,
        why: None,
    };
    match reach {
        Reach::NamedInOurCode { function, at } => {
            shape::Reach { function: Some(function), place: Some(place(at)), ..nothing }
        }
        Reach::NamedInComponent { function, component, file } => shape::Reach {
            function: Some(function),
            component: report.facts.components.all.get(*component).map(Component::id),
            file: Some(file),
            ..nothing
        },
        Reach::NotImported => nothing,
        Reach::Unknown { why } => shape::Reach { why: Some(why), ..nothing },
    }
}

fn rule<'a>(report: &Report, outcome: &'a Outcome) -> shape::Rule<'a> {
    let rule = outcome.rule;
    shape::Rule {
        id: rule.id,
        family: rule.family,
        title: rule.title,
        severity: rule.severity,
        tier: outcome.tier,
        default_tier: rule.tier,
        certainty: rule.certainty,
        clauses: rule.clauses.iter().map(ToString::to_string).collect(),
        cwe: &rule.cwe,
        inspects: rule.inspects.iter().map(|kind| kind.word()).collect(),
        verdict: outcome.verdict,
        closes_gate: report.closes(outcome),
        decided_by: rule.decided_by.as_deref(),
        standing: outcome.standing().count(),
        waived: outcome.waived().count(),
    }
}

fn finding<'a>(outcome: &'a Outcome, judged: &'a Judged) -> shape::Finding<'a> {
    let finding = &judged.finding;
    shape::Finding {
        rule: outcome.rule.id,
        fingerprint: &judged.fingerprint,
        message: &finding.message,
        help: finding.whole_help(),
        place: place(&finding.at),
        subjects: finding.subjects.iter().map(String::as_str).collect(),
        related: finding
            .related
            .iter()
            .map(|(at, message)| shape::Related { place: place(at), message })
            .collect(),
        inherited: judged.inherited,
        waiver: judged.waiver.as_ref().map(|waiver| shape::Waiver {
            place: place(&waiver.at),
            reason: &waiver.reason.value,
            by: &waiver.by.value,
            until: waiver.until.as_ref().map(|until| until.value.to_string()),
            status: waiver.status.as_ref().map(|status| status.value),
            justification: waiver.justification.as_ref().map(|why| why.value),
            owner: waiver.owner.as_ref().map(|owner| owner.value.as_str()),
            approver: waiver.approver.as_ref().map(|approver| approver.value.as_str()),
            imported: waiver.imported.as_ref().map(|imported| imported.tool),
        }),
    }
}

fn place(at: &Location) -> shape::Place<'_> {
    let ((start_line, start_column), (end_line, end_column)) = (at.start(), at.end());
    shape::Place {
        path: at.path(),
        start_line,
        start_column,
        end_line,
        end_column,
        start_byte: at.bytes().start,
        end_byte: at.bytes().end,
    }
}

fn gap<'a>(report: &Report, gap: &'a crate::facts::Gap) -> shape::Gap<'a> {
    shape::Gap {
        kind: gap.kind.word(),
        what: report.portable(&gap.what),
        why: report.portable(&gap.why),
        remedy: report.portable(&gap.remedy),
        place: gap.at.as_ref().map(place),
    }
}

fn blind_spots(report: &Report) -> Vec<shape::BlindSpot<'_>> {
    let spots = report.facts.code.blind_spots.iter();
    spots
        .map(|site| shape::BlindSpot { within: &site.within, scope: site.scope, place: place(&site.at) })
        .collect()
}

fn components(report: &Report) -> Vec<shape::Component<'_>> {
    let facts = &report.facts;
    let mut hits: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for hit in &facts.advisories.hits {
        hits.entry(hit.component).or_default().push(&hit.advisory.id);
    }
    let class = |component: &Component| facts.policy.class_of(&component.name).map(|class| class.value);
    let all = facts.components.all.iter().enumerate();
    all.map(|(index, component)| shape::Component {
        id: component.id(),
        name: &component.name,
        version: component.version.to_string(),
        origin: origin(&component.origin),
        checksum: component.checksum.as_deref(),
        ships: component.ships,
        why: component.why.iter().map(String::as_str).collect(),
        edges: component.edges.iter().copied().collect(),
        features: component.features.iter().map(String::as_str).collect(),
        build_script: component.build_script,
        proc_macro: component.proc_macro,
        links: component.links.as_deref(),
        class: class(component),
        advisories: hits.remove(&index).unwrap_or_default(),
        inventory: facts.inventory.of.get(&index).map(seen),
        place: place(&component.at),
    })
    .collect()
}

fn origin(origin: &Origin) -> shape::Origin<'_> {
    match origin {
        Origin::CratesIo => shape::Origin { kind: "crates-io", url: None, commit: None, folder: None },
        Origin::Registry { url } => {
            shape::Origin { kind: "registry", url: Some(url), commit: None, folder: None }
        }
        Origin::Git { url, commit } => {
            shape::Origin { kind: "git", url: Some(url), commit: commit.as_deref(), folder: None }
        }
        Origin::Path { folder } => {
            shape::Origin { kind: "path", url: None, commit: None, folder: folder.as_deref() }
        }
    }
}

fn seen(seen: &Seen) -> shape::Inventory<'_> {
    shape::Inventory {
        forbids_unsafe: seen.forbids_unsafe,
        library: part(&seen.library),
        build_script: seen.build_script.as_ref().map(part),
        build_code: seen.build_code.as_deref(),
        native: shape::Native {
            sources: seen.carried.native,
            assembler: seen.carried.assembler,
            headers: seen.carried.headers,
            files: &seen.carried.native_files,
        },
        prebuilt: shape::Prebuilt {
            count: seen.carried.prebuilt,
            files: seen
                .carried
                .prebuilt_files
                .iter()
                .map(|file| shape::PrebuiltFile { path: &file.path, kind: file.kind })
                .collect(),
        },
        archives: shape::Archives { count: seen.carried.archives, files: &seen.carried.archive_files },
        unread: &seen.unread,
    }
}

fn part(part: &Part) -> shape::Part<'_> {
    let tokens = &part.unsafe_tokens;
    shape::Part {
        files: part.files,
        bytes: part.bytes,
        r#unsafe: shape::Unsafe { total: tokens.total(), by_kind: tokens.into() },
        unsafe_in_tests: part.unsafe_in_tests,
        capabilities: &part.capabilities,
        unseen_includes: part.unseen_includes,
    }
}
