//! What a build tells: findings where the crate that they belong to is compiled, and all others before it.
//!
//! A finding belongs to the member in whose folder its file lies, if that is Rust source or the member's manifest; each
//! compilation of the member tells it. What stands in the lock file, the policy or a threat model, in the manifest of a
//! virtual workspace, or in a member of which nothing is compiled, belongs to none.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::facts::workspace::{Member, TargetKind};
use crate::finding::Edit;
use crate::report::Report;
use crate::report::rustc::{self, Diagnostic};
use crate::rule::Rule;
use crate::source::{Location, Source};

/// What could not be looked at is told one by one up to so many.
const MOST_GAPS: usize = 20;

/// What is told by whom.
#[derive(Debug, Default)]
pub struct Split {
    /// By members, each with its diagnostics; those of which nothing is to be told too.
    pub members: BTreeMap<String, Vec<OfMember>>,
    /// What belongs to no member.
    pub rest: Vec<Diagnostic>,
    /// The rules that are told of.
    pub rules: Vec<&'static Rule>,
    /// The sources that were judged: path from the root, and SHA-256.
    pub sources: BTreeMap<String, String>,
}

/// A diagnostic that is told when a member is compiled.
#[derive(Debug, Serialize)]
pub struct OfMember {
    /// The diagnostic.
    pub diagnostic: Diagnostic,
    /// The files that it speaks of and changes, as seen from the root, each with its SHA-256: it holds while these are
    /// as they were judged.
    pub files: BTreeMap<String, String>,
}

/// Says who tells what. `address` is where the page of a rule can be read.
#[must_use]
pub fn split(report: &Report, address: impl Fn(&Rule) -> String) -> Split {
    let workspace = &report.facts.workspace;
    let chosen = workspace.members.iter().filter(|member| member.chosen);
    let mut split = Split {
        members: chosen.map(|member| (member.name.clone(), Vec::new())).collect(),
        ..Split::default()
    };
    split.sources = report
        .facts
        .code
        .files
        .iter()
        .map(|file| (file.source.path().to_owned(), file.source.sha256()))
        .collect();
    split.rest = gaps(report);
    for told in report.told() {
        if !split.rules.iter().any(|rule| rule.id == told.rule().id) {
            split.rules.push(told.rule());
        }
        let diagnostic = rustc::with_page(report, &told, &address);
        let finding = &told.judged.finding;
        match owner(&workspace.root, &workspace.members, &finding.at) {
            Some(member) => {
                let edits = finding.fix.iter().flat_map(|fix| &fix.edits).map(Edit::source);
                let sources: BTreeMap<&str, &Arc<Source>> =
                    edits.chain([finding.at.source()]).map(|source| (source.path(), source)).collect();
                let digest = |path: &str, source: &Source| {
                    split.sources.get(path).cloned().unwrap_or_else(|| source.sha256())
                };
                let files =
                    sources.iter().map(|(path, source)| ((*path).to_owned(), digest(path, source))).collect();
                split.members.entry(member.name.clone()).or_default().push(OfMember { diagnostic, files });
            }
            None => split.rest.push(diagnostic),
        }
    }
    split.rules.sort_by_key(|rule| rule.id);
    split
}

/// The member whose compilation tells of a place.
fn owner<'m>(root: &Path, members: &'m [Member], at: &Location) -> Option<&'m Member> {
    let path = root.join(at.path());
    let within = members.iter().filter(|member| path.starts_with(&member.folder));
    let member = within.max_by_key(|member| member.folder.components().count())?;
    let compiled = |member: &&Member| {
        let mut targets = member.targets.iter();
        targets.any(|target| matches!(target.kind, TargetKind::Library | TargetKind::Binary))
    };
    let is_source = path.extension().is_some_and(|ending| ending == "rs");
    let its_own = is_source || path == member.folder.join("Cargo.toml");
    Some(member).filter(|member| its_own && member.chosen).filter(compiled)
}

/// What could not be looked at.
fn gaps(report: &Report) -> Vec<Diagnostic> {
    let gaps = &report.facts.gaps;
    let mut told: Vec<Diagnostic> = gaps.iter().map(|gap| rustc::gap(report, gap)).collect();
    told.sort_by_key(|gap| !gap.is_error());
    if let Some(left) = told.len().checked_sub(MOST_GAPS).filter(|left| *left > 0) {
        let level = if told[MOST_GAPS].is_error() { "error" } else { "warning" };
        told.truncate(MOST_GAPS);
        let message = format!("could not look at {left} more things");
        told.push(rustc::failure(
            level,
            rustc::anchor(report).path(),
            &message,
            "`cargo health-sec check -v` tells them all",
        ));
    }
    told
}
