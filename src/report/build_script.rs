//! The report as the lines that a build script prints for cargo: errors, warnings, and what it depends on.
//!
//! [`crate::build`] hands them on. A finding that fails the run is an error, and so is a run that could not tell; not one
//! that could not tell for nothing but the age of its data.

use std::collections::BTreeSet;
use std::io;

use super::rustc::unseen;
use super::text::{verdict, visible};
use super::{Conclusion, Report};

/// Writes the report.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let line = |text: &str| visible(text).replace(['\n', '\r'], " ");
    for file in watched(report) {
        writeln!(out, "cargo::rerun-if-changed={}", line(&file))?;
    }
    for told in report.told() {
        let level = if told.closes { "error" } else { "warning" };
        let place = told.judged.finding.at.to_string();
        writeln!(out, "cargo::{level}={}", line(&format!("{place}: {}: {}", told.rule().id, told.text())))?;
    }
    let conclusion = report.conclusion();
    if conclusion == Conclusion::CouldNotTell {
        for gap in &report.facts.gaps {
            let text = format!("{}; mend: {}", unseen(gap), gap.remedy);
            writeln!(out, "cargo::warning={}", line(&report.portable(&text)))?;
        }
    }
    if conclusion != Conclusion::Pass {
        let level = if report.is_merely_old() { "warning" } else { "error" };
        writeln!(out, "cargo::{level}={}", line(&verdict(report)))?;
    }
    Ok(())
}

/// The files that the judgement rests on, as cargo watches them: absolute. A policy that is not there yet is watched
/// too, and cargo then asks again in every build.
fn watched(report: &Report) -> BTreeSet<String> {
    let facts = &report.facts;
    let workspace = &facts.workspace;
    let policy = facts.policy.at.as_ref().map_or("health-sec.toml", |at| at.path());
    let mut paths: BTreeSet<String> =
        [workspace.manifest.source.path(), "Cargo.lock", policy].map(str::to_owned).into();
    paths.extend(workspace.members.iter().map(|member| member.manifest.source.path().to_owned()));
    paths.extend(workspace.cargo_config.iter().map(|entry| entry.value.at().path().to_owned()));
    paths.extend(facts.code.files.iter().map(|file| file.source.path().to_owned()));
    paths.into_iter().map(|path| workspace.root.join(path).display().to_string()).collect()
}
