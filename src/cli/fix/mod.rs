//! `cargo health-sec fix`, and `check --fix`: applies what checks know how to mend, and shows it as a diff.
//!
//! Everything is made in memory first and shown. A person reads the diff and answers for it; what only people can
//! mend is named.
//!
//! - `writing`: which files may be changed, and how they are

mod writing;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use similar::TextDiff;

use crate::error::Error;
use crate::finding::{Finding, Fix, apply};
use crate::report::text::{count, visible};
use crate::report::{Judged, Outcome, Report};
use crate::request::Request;
use crate::rule::Tier;
use crate::source::Source;

use super::arguments::known_rule;
use super::screen::Screens;
use super::subject::Subject;

use writing::{Care, place};

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// `fix`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    wish: Wish,
    #[command(flatten)]
    subject: Subject,
}

/// What is mended, and how careful.
#[derive(Debug, clap::Args)]
struct Wish {
    /// Mend findings of these rules only [default: every rule that can be mended]
    #[arg(value_name = "RULE")]
    rules: Vec<String>,
    /// Show what would be changed, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    care: Care,
}

/// Mends what can be mended.
pub(super) fn run(words: Arguments, screens: &Screens) -> Result<u8, Error> {
    let Arguments { wish, subject } = words;
    let wanted: BTreeSet<&str> =
        wish.rules.iter().map(|rule| known_rule(rule).map(|rule| rule.id)).collect::<Result<_, _>>()?;
    let report = crate::inspect(&subject.into_request(super::epoch().as_deref())?)?;
    let work = Work::on(&report, &wanted);
    screens.write(|out| out.write_all(work.diff().as_bytes()))?;
    if !wish.dry_run {
        work.carry_out(&wish.care)?;
    }
    screens.remark(&work.told(if wish.dry_run { "would be mended" } else { "mended" }, &wanted));
    Ok(0)
}

/// Mends what can be mended before a check looks at what is left; its report has standard output for itself.
pub(super) fn before_check(request: &Request, screens: &Screens) -> Result<(), Error> {
    let report = crate::inspect(request)?;
    let every_rule = BTreeSet::new();
    let work = Work::on(&report, &every_rule);
    screens.remark(&work.diff());
    work.carry_out(&Care::default())?;
    screens.remark(&work.told("mended", &every_rule));
    Ok(())
}

/// What is to be done.
struct Work<'r> {
    report: &'r Report,
    /// Findings that are mended.
    mended: Vec<&'r Finding>,
    /// Files by path, each as it was read and as it is to be.
    changes: BTreeMap<String, (Arc<Source>, String)>,
    /// Files that are links, or lie elsewhere: nobody knows what else they are for.
    elsewhere: BTreeSet<&'r str>,
}

impl<'r> Work<'r> {
    /// What a machine can mend of these rules' findings; of all where none is named.
    fn on(report: &'r Report, wanted: &BTreeSet<&str>) -> Self {
        let root = &report.facts.workspace.root;
        let mut elsewhere = BTreeSet::new();
        let mut can_be_made = |fix: &'r Fix| {
            let paths = fix.edits.iter().map(|edit| edit.source().path());
            let far: Vec<&str> = paths.filter(|path| place(root, path).is_none()).collect();
            elsewhere.extend(far.iter().copied());
            far.is_empty() && fix.edits.iter().all(|edit| edit.replacement().is_some())
        };
        let open = report.outcomes.iter().flat_map(open);
        let mended: Vec<&Finding> = open
            .map(|judged| &judged.finding)
            .filter(|finding| wanted.is_empty() || wanted.contains(finding.rule.id))
            .filter(|finding| finding.fix.as_ref().is_some_and(&mut can_be_made))
            .collect();
        let changes = apply(mended.iter().filter_map(|finding| finding.fix.as_ref()));
        Self { report, mended, changes, elsewhere }
    }

    /// Every change as people read it.
    fn diff(&self) -> String {
        self.changes.iter().map(|(path, (source, new))| unified(path, source.text(), new)).collect()
    }

    fn carry_out(&self, care: &Care) -> Result<(), Error> {
        writing::write(&self.report.facts.workspace.root, self.changes.values(), care)
    }

    /// What was done, and what of these rules is left to people; of all where none is named.
    fn told(&self, did: &str, wanted: &BTreeSet<&str>) -> String {
        let mut text = match self.changes.len() {
            0 => "nothing to mend\n".to_owned(),
            files => format!("{} {did} in {}\n", count(self.mended.len(), "finding"), count(files, "file")),
        };
        for path in &self.elsewhere {
            let _ =
                writeln!(text, "left alone: {} is a link, or lies outside of the workspace", visible(path));
        }
        let mut left: BTreeMap<&str, usize> = BTreeMap::new();
        let asked = |outcome: &&Outcome| wanted.is_empty() || wanted.contains(outcome.rule.id);
        for outcome in self.report.outcomes.iter().filter(|outcome| outcome.tier >= Tier::Warn).filter(asked)
        {
            let is_mended = |finding: &Finding| self.mended.iter().any(|done| std::ptr::eq(*done, finding));
            let rest = open(outcome).filter(|judged| !is_mended(&judged.finding)).count();
            if rest > 0 {
                left.insert(outcome.rule.id, rest);
            }
        }
        if !left.is_empty() {
            let list: Vec<String> = left.iter().map(|(rule, count)| format!("{rule} ({count})")).collect();
            let _ = writeln!(text, "left to people: {}", list.join(", "));
        }
        text
    }
}

/// Findings that nobody has accepted; those that are left over from before too, since their record is there to shrink.
fn open(outcome: &Outcome) -> impl Iterator<Item = &Judged> {
    outcome.standing().chain(outcome.inherited())
}

/// What changes in a file, line by line.
pub(super) fn unified(path: &str, old: &str, new: &str) -> String {
    let (red, green) = (anstyle::AnsiColor::Red.on_default(), anstyle::AnsiColor::Green.on_default());
    let mut text = String::new();
    let diff = TextDiff::from_lines(old, new);
    let (before, after) = (format!("a/{path}"), format!("b/{path}"));
    let unified = diff.unified_diff().context_radius(CONTEXT).header(&before, &after).to_string();
    for line in unified.lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') => green,
            Some(b'-') => red,
            _ => anstyle::Style::new(),
        };
        let _ = writeln!(text, "{style}{}{style:#}", visible(line));
    }
    text
}
