//! The first lines: what was inspected, with which data, by whose decisions.

use std::collections::BTreeSet;
use std::io;

use crate::facts::clippy::Run;
use crate::facts::components::Ships;
use crate::facts::inventory::Capability;
use crate::report::Report;
use crate::request::Level;

use super::{Ink, Style, count, visible, write_labelled};

/// Columns that the names of the lines take.
const NAMES: usize = 14;

/// A line, and whether it is worth a look.
type Line = (Option<Ink>, String);

pub(super) fn write(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let title = concat!("cargo health-sec ", env!("CARGO_PKG_VERSION"));
    writeln!(out, "{} on {}\n", style.paint(Ink::Strong, title), report.facts.as_of)?;
    let lines = [
        ("workspace", Some(workspace(report))),
        ("components", Some(components(report))),
        ("inventory", inventory(report)),
        ("advisories", Some(advisories(report))),
        ("clippy", clippy(report)),
        ("policy", Some(policy(report))),
        ("threats", Some(threats(report))),
        ("changed", changed(report)),
    ];
    for (name, line) in lines {
        let Some((ink, line)) = line else { continue };
        let name = format!("  {name:<width$}", width = NAMES - 2);
        // Broken into lines first: colours take no room.
        let mut text = Vec::new();
        write_labelled(&name, &visible(&line), Style { colour: false, ..style }, &mut text)?;
        let text = String::from_utf8_lossy(&text);
        let line = text.trim_end().get(NAMES..).unwrap_or_default();
        let line = ink.map_or(line.to_owned(), |ink| style.paint(ink, line));
        writeln!(out, "{}{line}", style.paint(Ink::Faint, &name))?;
    }
    writeln!(out)
}

fn workspace(report: &Report) -> Line {
    let facts = &report.facts;
    let members = &facts.workspace.members;
    let chosen = members.iter().filter(|member| member.chosen).count();
    let members = match members.len() {
        all if all == chosen => count(all, "member"),
        all => format!("{chosen} of {}", count(all, "member")),
    };
    let lines: usize = facts.code.files.iter().map(|file| file.source.lines()).sum();
    let files = facts.code.files.len();
    (None, format!("{}: {members}, {}, {}", report.subject(), count(files, "file"), count(lines, "line")))
}

fn components(report: &Report) -> Line {
    let components = &report.facts.components;
    let share = |(ships, word): (Ships, &str)| {
        let number = components.all.iter().filter(|component| component.ships == ships).count();
        (number > 0).then(|| format!("{number} {word}"))
    };
    let shares = [
        (Ships::Product, "ship"),
        (Ships::Unknown, "may ship"),
        (Ships::Build, "run in the build"),
        (Ships::Dev, "for development"),
        (Ships::Locked, "not used"),
    ];
    let shares: Vec<String> = shares.into_iter().filter_map(share).collect();
    let shares = if shares.is_empty() { String::new() } else { format!(" ({})", shares.join(", ")) };
    let targets = match components.targets.as_slice() {
        _ if !components.resolved => "the graph is not resolved".to_owned(),
        [] => "for every platform".to_owned(),
        targets => format!("for {}", targets.join(", ")),
    };
    (None, format!("{}{shares}, {targets}", components.all.len()))
}

/// What Clippy has looked at: that code, and no other.
fn clippy(report: &Report) -> Option<Line> {
    let clippy = &report.facts.clippy;
    let told = |run: &Run| {
        let what = match &run.file {
            Some(file) => format!("as {file} tells"),
            None => "compiled here, with its build scripts".to_owned(),
        };
        let target = run.target.as_ref().map(|target| format!(" for {target}")).unwrap_or_default();
        let packages = run.features.len();
        let on: BTreeSet<&str> = run.features.values().flatten().map(String::as_str).collect();
        let features = match on.len() {
            0 => "no feature".to_owned(),
            1..=6 => format!("features {}", on.into_iter().collect::<Vec<_>>().join(", ")),
            many => format!("{many} features"),
        };
        format!("{what}{target}: {}, {features}", count(packages, "package"))
    };
    let runs: Vec<String> = clippy.runs.iter().map(told).collect();
    let open = clippy.open().count();
    let silent = clippy.results.len() - open;
    let line = format!("{}; {open} results stand open, {silent} are kept silent", runs.join("; "));
    clippy.was_run().then_some((None, line))
}

/// What the components that were read can do; each number is an *at least*.
fn inventory(report: &Report) -> Option<Line> {
    let seen = &report.facts.inventory.of;
    let able =
        |capability| seen.values().filter(|seen| seen.library.capabilities.contains(&capability)).count();
    let parts = [
        ("unsafe code", seen.values().filter(|seen| seen.library.unsafe_tokens.total() > 0).count()),
        ("sockets", able(Capability::Net)),
        ("programs started", able(Capability::Process)),
        ("libraries loaded", able(Capability::Dlopen)),
    ];
    let parts = parts.into_iter().filter(|(_, number)| *number > 0);
    let parts: Vec<String> = parts.map(|(what, number)| format!("{what} in {number}")).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    (!seen.is_empty()).then(|| (None, format!("{} read{parts}", count(seen.len(), "component"))))
}

fn advisories(report: &Report) -> Line {
    let advisories = &report.facts.advisories;
    let limits = &report.facts.policy.advisories;
    if advisories.origins.is_empty() {
        return (Some(Ink::Warn), "no advisory data".to_owned());
    }
    let origins = advisories.origins.join(", ");
    let records = count(advisories.count, "record");
    let (Some(newest), Some(days)) = (advisories.newest, advisories.age_days) else {
        return (Some(Ink::Warn), format!("{origins}: {records}, of unknown age"));
    };
    let old = |limit: u32| i64::from(days) > i64::from(limit);
    let (ink, remark) = if old(limits.undetermined_after_days) {
        (
            Some(Ink::Bad),
            format!(", too old to judge by: the limit is {} days", limits.undetermined_after_days),
        )
    } else if old(limits.warn_after_days) {
        (
            Some(Ink::Warn),
            format!(
                ", more than {} days: mend by `cargo health-sec advisories update`",
                limits.warn_after_days
            ),
        )
    } else {
        (None, String::new())
    };
    let age = count(usize::try_from(days).unwrap_or(0), "day");
    (ink, format!("{origins}: {records}, newest of {newest}, {age} old{remark}"))
}

fn policy(report: &Report) -> Line {
    let policy = &report.facts.policy;
    let Some(at) = &policy.at else {
        return (None, "none yet (`cargo health-sec init` starts one)".to_owned());
    };
    let classified = policy.components.iter().filter(|entry| entry.record.class().is_some()).count();
    let default = policy
        .default_class
        .as_ref()
        .map(|class| format!("components are {} by default", class.value.word()));
    let parts = [
        default,
        (classified > 0).then(|| format!("{} with a class of their own", count(classified, "component"))),
        Some(count(policy.waivers.len(), "waiver")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let shared = policy.shared.iter().filter_map(|shared| shared.source.as_ref());
    let files: Vec<&str> = std::iter::once(at.path()).chain(shared.map(|source| source.path())).collect();
    (None, format!("{}: {}", files.join(" with "), parts.join(", ")))
}

fn threats(report: &Report) -> Line {
    let threats = &report.facts.threats;
    if threats.models.is_empty() && threats.broken.is_empty() {
        return (None, "no threat model linked".to_owned());
    }
    let mut parts: Vec<String> = threats
        .models
        .iter()
        .map(|model| {
            let counts = [
                count(model.interfaces.len(), "interface"),
                count(model.threats.len(), "threat"),
                count(model.mitigations.len(), "mitigation"),
            ];
            format!("{}: {}", model.at.path(), counts.join(", "))
        })
        .collect();
    parts.extend(threats.broken.iter().map(|broken| format!("{}: not read", broken.link.value)));
    (None, parts.join("; "))
}

/// What the command line changed: it changes the verdict, so it is said.
fn changed(report: &Report) -> Option<Line> {
    let mut words: Vec<String> = report
        .levels
        .iter()
        .map(|(rule, level)| {
            let flag = match level {
                Level::Allow => "-A",
                Level::Warn => "-W",
                Level::Deny => "-D",
            };
            format!("{flag} {rule}")
        })
        .collect();
    if report.strict {
        words.push("--strict".to_owned());
    }
    (!words.is_empty()).then(|| (Some(Ink::Warn), format!("{} on the command line", words.join(" "))))
}
