//! `cargo health-sec waive`: prints the entry of the ledger that accepts a finding. No file is written: the
//! entry is signed by the person who puts it into the policy.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::document::quoted;
use crate::error::Error;
use crate::facts::Facts;
use crate::finding::{Finding, led_to_by, use_of};
use crate::policy::{Justification, Status, covers};
use crate::report::Report;
use crate::rule::Rule;

use super::arguments::known_rule;
use super::screen::Screens;
use super::subject::Subject;

/// How long an entry holds where nobody says it and the policy has no limit.
const USUAL_DAYS: u32 = 90;

/// `waive`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    wish: Wish,
    #[command(flatten)]
    subject: Subject,
}

/// What the entry is to say.
#[derive(Debug, clap::Args)]
struct Wish {
    /// The rule whose finding is accepted
    #[arg(value_name = "RULE")]
    rule: String,
    /// Which finding: an advisory, a component as in `time@0.1.43`, a file, a folder with `/` at its end
    #[arg(value_name = "PLACE-OR-SUBJECT")]
    place: String,
    /// Why it can be accepted
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who accepts it
    #[arg(long, value_name = "PERSON")]
    by: String,
    /// Who sees to it that it ends
    #[arg(long, value_name = "PERSON")]
    owner: Option<String>,
    /// Who approves it: somebody else
    #[arg(long, value_name = "PERSON")]
    approver: Option<String>,
    /// The last day on which it holds [default: the longest time that the policy allows, at most 90 days]
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<Date>,
    /// What you say of a vulnerability, in the words of VEX
    #[arg(long, value_name = "STATUS", value_parser = word(Status::WORDS))]
    status: Option<String>,
    /// Why it does not affect the product, in the words of VEX
    #[arg(long, value_name = "WHY", requires = "status", value_parser = word(Justification::WORDS))]
    justification: Option<String>,
}

fn word<T>(words: &'static [(&'static str, T)]) -> clap::builder::PossibleValuesParser {
    words.iter().map(|(word, _)| *word).collect::<Vec<_>>().into()
}

/// Prints an entry for every finding that is meant.
pub(super) fn run(words: Arguments, screens: &Screens) -> Result<u8, Error> {
    let rule = known_rule(&words.wish.rule)?;
    let Arguments { subject, wish } = words;
    let report = crate::inspect(&subject.into_request(super::epoch().as_deref())?)?;
    let entries = entries(rule, &wish, &report)?;
    if entries.is_empty() {
        return Err(nothing_there(rule, &wish.place, &report));
    }
    screens.write(|out| out.write_all(entries.join("\n").as_bytes()))
}

fn entries(rule: &'static Rule, words: &Wish, report: &Report) -> Result<Vec<String>, Error> {
    for (option, text) in [("--reason", &words.reason), ("--by", &words.by)] {
        if text.trim().is_empty() {
            return Err(usage(format!("{option} is blank"), "an exception has a reason and a person"));
        }
    }
    let until = match words.until {
        Some(day) if day < report.facts.as_of => {
            return Err(usage(format!("{day} has passed"), "name a later day with --until"));
        }
        Some(day) => day,
        None => usual_end(&report.facts),
    };
    let mut entries = Vec::new();
    for finding in meant(rule, &words.place, report) {
        let entry = entry(words, finding, until, &report.facts);
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    Ok(entries)
}

fn usage(message: String, help: &str) -> Error {
    Error::Usage { message, help: help.to_owned() }
}

fn usual_end(facts: &Facts) -> Date {
    let limit = facts.policy.exceptions.longest_days.as_ref().map_or(USUAL_DAYS, |limit| limit.value);
    facts.as_of.saturating_add(i64::from(limit.min(USUAL_DAYS)).days())
}

/// The findings of the rule, and of those that lead up to it, at this place.
fn meant<'a>(rule: &'static Rule, place: &'a str, report: &'a Report) -> impl Iterator<Item = &'a Finding> {
    let all = report.outcomes.iter().flat_map(|outcome| &outcome.findings).map(|judged| &judged.finding);
    all.filter(move |finding| finding.rule.id == rule.id || finding.waived_as == Some(rule.id)).filter(
        move |finding| {
            let advisory = finding.concerns.advisory.as_ref();
            covers(place, finding.at.path(), &finding.subjects)
                || advisory.is_some_and(|advisory| advisory.is_called(place))
                || finding
                    .component(&report.facts)
                    .is_some_and(|at| report.facts.components.all[at].id() == place)
        },
    )
}

fn nothing_there(rule: &Rule, place: &str, report: &Report) -> Error {
    let of_rule = report.outcomes.iter().filter(|outcome| outcome.rule.id == rule.id);
    let subjects: BTreeSet<&str> = of_rule
        .flat_map(|outcome| &outcome.findings)
        .filter_map(|judged| judged.finding.subjects.last().map(String::as_str))
        .collect();
    let few: Vec<&str> = subjects.into_iter().take(5).collect();
    let help = if few.is_empty() {
        format!("`{}` finds nothing in this workspace: there is nothing to accept", rule.id)
    } else {
        format!("what it finds is about: {}", few.join(", "))
    };
    Error::Usage { message: format!("no finding of `{}` is at `{}`", rule.id, place.escape_debug()), help }
}

fn entry(words: &Wish, finding: &Finding, until: Date, facts: &Facts) -> String {
    let rule = finding.waived_as.unwrap_or(finding.rule.id);
    let advisory = finding.concerns.advisory.as_ref();
    let subject = finding.subjects.first().filter(|_| finding.by_subject);
    let named = subject.map_or(words.place.as_str(), String::as_str);
    let place = advisory.map_or(named, |advisory| advisory.id.as_str());
    let mut lines = vec![("rule", quoted(rule)), ("place", quoted(place))];
    if let Some(index) = finding.component(facts) {
        let component = &facts.components.all[index];
        lines.push(("component", quoted(&component.id())));
        lines.extend(component.contents().map(|contents| ("checksum", quoted(contents))));
        if let [member] = led_to_by(index, facts).as_slice() {
            lines.push(("member", quoted(member)));
        }
        lines.extend(use_of(component).map(|how| ("edge", quoted(how.word()))));
    }
    lines.extend(advisory.map(|advisory| ("facts", quoted(&advisory.facts_digest()))));
    lines.extend(words.status.iter().map(|status| ("status", quoted(status))));
    lines.extend(words.justification.iter().map(|why| ("justification", quoted(why))));
    lines.push(("reason", quoted(&words.reason)));
    lines.push(("by", quoted(&words.by)));
    lines.extend(words.owner.iter().map(|owner| ("owner", quoted(owner))));
    lines.extend(words.approver.iter().map(|approver| ("approver", quoted(approver))));
    lines.push(("created", facts.as_of.to_string()));
    lines.push(("until", until.to_string()));
    let width = lines.iter().map(|(key, _)| key.len()).max().unwrap_or_default();
    let mut text = format!("# {}\n[[waiver]]\n", crate::report::text::visible(&finding.message));
    for (key, value) in lines {
        let _ = writeln!(text, "{key:<width$} = {value}");
    }
    text
}
