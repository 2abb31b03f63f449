//! `rules` and `explain`: the pages on the screen.

use std::io;

use serde::Serialize;

use crate::checks;
use crate::report::text::{Ink, Style, wrapped};
use crate::rule::{self, Clause, ClauseNumber, Rule};

use super::arguments::ListFormat;

/// Lists all rules.
pub(super) fn list(format: ListFormat, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        ListFormat::Text => table(style, out),
        ListFormat::Json => {
            serde_json::to_writer_pretty(
                &mut *out,
                &checks::catalogue().iter().map(entry).collect::<Vec<_>>(),
            )?;
            writeln!(out)
        }
    }
}

/// A table a family: name, severity, tier, clauses; the title below where the screen is narrow.
fn table(style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let rules = || checks::catalogue().iter().map(|(rule, _)| rule);
    let names = rules().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut family = "";
    for rule in rules() {
        if rule.family != family {
            let gap = if family.is_empty() { "" } else { "\n" };
            family = rule.family;
            writeln!(out, "{gap}{}", style.paint(Ink::Strong, family))?;
        }
        let name = style.paint(Ink::Name, &format!("{:<names$}", rule.id));
        let facts = format!("{:<8}  {:<8}  {}", rule.severity, rule.tier, clauses(rule));
        writeln!(out, "  {name}  {facts}")?;
        writeln!(out, "{}", style.paint(Ink::Faint, &wrapped(&rule.title, style.width, "    ", "    ")))?;
    }
    let tiers = "gate: fails the run; warn: shown, fails with --strict; register: evidence only. \
        `cargo health-sec explain <RULE>` shows the page of a rule.";
    writeln!(out, "\n{}", wrapped(tiers, style.width, "", ""))
}

fn clauses(rule: &Rule) -> String {
    rule.clauses.iter().map(ClauseNumber::to_string).collect::<Vec<_>>().join(", ")
}

/// A rule for programs.
#[derive(Serialize)]
struct Entry {
    id: &'static str,
    family: &'static str,
    title: &'static str,
    severity: rule::Severity,
    tier: rule::Tier,
    certainty: rule::Certainty,
    clauses: Vec<String>,
    cwe: &'static [u32],
    since: &'static str,
    decided_by: Option<&'static str>,
}

fn entry((rule, _): &'static (Rule, checks::Check)) -> Entry {
    Entry {
        id: rule.id,
        family: rule.family,
        title: &rule.title,
        severity: rule.severity,
        tier: rule.tier,
        certainty: rule.certainty,
        clauses: rule.clauses.iter().map(ClauseNumber::to_string).collect(),
        cwe: &rule.cwe,
        since: &rule.since,
        decided_by: rule.decided_by.as_deref(),
    }
}

/// Shows the page of a rule.
pub(super) fn explain(rule: &Rule, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{}", style.paint(Ink::Strong, &wrapped(&rule.title, style.width, "", "")))?;
    let certainty = match rule.certainty {
        rule::Certainty::Exact => "a finding states what is written",
        rule::Certainty::Likely => "a finding can be wrong",
    };
    writeln!(
        out,
        "{} · {} · {} tier{} · {}: {certainty}\n",
        style.paint(Ink::Name, rule.id),
        rule.severity,
        rule.tier,
        if rule.release == rule.tier { String::new() } else { format!(", {} for a release", rule.release) },
        rule.certainty
    )?;
    prose(&rule.rationale, style, out)?;
    heading("Remedy", style, out)?;
    prose(&rule.remedy, style, out)?;
    examples(rule, style, out)?;
    heading("Serves", style, out)?;
    for number in &rule.clauses {
        let title = clause(number).map_or("", |clause| clause.title.as_str());
        writeln!(out, "{}", wrapped(&format!("IEC 81001-5-1, {number} {title}"), style.width, "  ", "    "))?;
    }
    for number in &rule.cwe {
        writeln!(out, "  CWE-{number}, https://cwe.mitre.org/data/definitions/{number}.html")?;
    }
    for source in &rule.sources {
        writeln!(out, "{}", wrapped(source, style.width, "  ", "    "))?;
    }
    if let Some(command) = &rule.decided_by {
        heading("Compares with a decision of the manufacturer", style, out)?;
        writeln!(out, "  {} starts it", style.paint(Ink::Name, &format!("`{command}`")))?;
    }
    Ok(())
}

/// The clause with this number; an item (`5.3.2 f`) belongs to its clause.
fn clause(number: &ClauseNumber) -> Option<&'static Clause> {
    let number = number.to_string();
    let whole = number.split(' ').next().unwrap_or_default();
    rule::clauses().iter().find(|clause| clause.number.to_string() == whole)
}

fn heading(text: &str, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "\n{}", style.paint(Ink::Strong, text))
}

/// Markdown prose at the width of the screen; lists, tables and code keep their lines.
fn prose(markdown: &str, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut in_code = false;
    let mut paragraph: Vec<&str> = Vec::new();
    for line in markdown.lines() {
        let fence = line.starts_with("```");
        let kept = in_code || fence || line.trim().is_empty() || line.starts_with([' ', '-', '|', '*']);
        if !kept {
            paragraph.push(line.trim());
            continue;
        }
        write_paragraph(&mut paragraph, style, out)?;
        match (fence, in_code) {
            (true, _) => in_code = !in_code,
            (false, true) => writeln!(out, "    {line}")?,
            (false, false) => writeln!(out, "{line}")?,
        }
    }
    write_paragraph(&mut paragraph, style, out)
}

fn write_paragraph(lines: &mut Vec<&str>, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    if !lines.is_empty() {
        writeln!(out, "{}", wrapped(&lines.join(" "), style.width, "", ""))?;
        lines.clear();
    }
    Ok(())
}

/// Examples as they stand on the page; a mark becomes a comment that says what is found.
fn examples(rule: &Rule, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    for (name, examples) in [("Bad", &rule.bad), ("Good", &rule.good)] {
        for example in examples {
            heading(name, style, out)?;
            for (path, text) in example.files() {
                writeln!(out, "  {}", style.paint(Ink::Faint, &path))?;
                for line in text.lines() {
                    let line = line.replace("//~", "// found:").replace("#~", "# found:");
                    writeln!(out, "{}", format!("    {line}").trim_end())?;
                }
            }
        }
    }
    Ok(())
}
