//! The report as Markdown, for a comment on a change or the summary of a step.
//!
//! What inspected files say is escaped: it makes no link, no picture, no heading, and calls nobody by name. A comment
//! may have 65 536 characters: past 58 000 characters of findings the others are counted, the worst having been told.

use std::fmt::Write as _;
use std::io;

use super::text::{first_paragraph, verdict, visible};
use super::{Conclusion, Outcome, Report, Told};

/// So many characters of findings are told.
const MOST: usize = 58_000;

/// Writes the report.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let heading = match report.conclusion() {
        Conclusion::Pass => "✅ The gate is open",
        Conclusion::Fail => "❌ The gate is closed",
        Conclusion::CouldNotTell => "⚠️ Could not tell",
    };
    writeln!(out, "## {heading}: {}\n", escaped(report.subject()))?;
    writeln!(out, "{}\n", escaped(&verdict(report)))?;
    let (mut text, mut left) = (String::new(), 0);
    let told = report.told();
    for (of_rule, first) in
        told.chunk_by(|a, b| a.rule().id == b.rule().id).filter_map(|all| Some((all, all.first()?)))
    {
        if text.len() > MOST {
            left += of_rule.len();
            continue;
        }
        text += &heading_of(first);
        text += "\n| Place | What |\n|---|---|\n";
        for told in of_rule {
            if text.len() > MOST {
                left += 1;
            } else {
                text += &row(report, told);
            }
        }
        let _ = write!(text, "\nTo mend it: {}\n\n", prose(&first_paragraph(first.rule().remedy)));
    }
    out.write_all(text.as_bytes())?;
    if left > 0 {
        writeln!(out, "And {left} more; the report in another format has them all.\n")?;
    }
    write_waived(report, out)?;
    write_gaps(report, out)
}

fn heading_of(told: &Told<'_>) -> String {
    let rule = told.rule();
    let clauses: Vec<String> = rule.clauses.iter().map(ToString::to_string).collect();
    let sign = if told.closes { "❌" } else { "⚠️" };
    format!(
        "### {sign} {}\n\n`{}` · {} · clauses {}\n",
        prose(rule.title),
        rule.id,
        rule.severity,
        clauses.join(", ")
    )
}

fn row(report: &Report, told: &Told<'_>) -> String {
    let at = &told.judged.finding.at;
    let place = format!("{}:{}", report.in_repository(at.path()), at.line());
    format!("| {} | {} |\n", code(&place), prose(&told.text()))
}

fn write_waived(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let waived: Vec<_> = report.outcomes.iter().flat_map(Outcome::waived).collect();
    if waived.is_empty() {
        return Ok(());
    }
    writeln!(out, "<details><summary>Accepted by the manufacturer: {}</summary>\n", waived.len())?;
    for (judged, waiver) in waived.iter().take(50) {
        let until =
            waiver.until.as_ref().map_or_else(|| "no end".to_owned(), |until| until.value.to_string());
        let place =
            format!("{}:{}", report.in_repository(judged.finding.at.path()), judged.finding.at.line());
        let (reason, by) = (prose(&waiver.reason.value), escaped(&waiver.by.value));
        writeln!(out, "- {} `{}`: {reason} ({by}, until {until})", code(&place), judged.finding.rule.id)?;
    }
    writeln!(out, "\n</details>\n")
}

fn write_gaps(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let gaps = &report.facts.gaps;
    if gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "<details><summary>Not looked at: {}</summary>\n", gaps.len())?;
    for gap in gaps.iter().take(50) {
        let text = report.portable(&format!("{}: {}: {}; mend: {}", gap.kind, gap.what, gap.why, gap.remedy));
        writeln!(out, "- {}", prose(&text))?;
    }
    writeln!(out, "\n</details>\n")
}

/// Text in which what stands between backticks is code, as in the messages of findings.
fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let parts = parts.into_iter().enumerate();
    parts.map(|(index, part)| if index % 2 == 0 { escaped(part) } else { code(part) }).collect()
}

/// Code in a table: a bar would end the cell, and a backtick the code.
fn code(text: &str) -> String {
    let text = visible(text).replace('\n', " ").replace('|', "\\|").replace('`', "'");
    if text.trim().is_empty() { String::new() } else { format!("`{text}`") }
}

/// Text that means nothing to Markdown. Names of people get no message.
fn escaped(text: &str) -> String {
    visible(text).chars().fold(String::new(), |mut out, letter| {
        match letter {
            '\n' => out.push(' '),
            '@' => out.push_str("@<!-- -->"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '!' | '&' | '$' => {
                out.push('\\');
                out.push(letter);
            }
            letter => out.push(letter),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn markdown(report: &Report) -> String {
        let mut bytes = Vec::new();
        write(report, &mut bytes).expect("a report");
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn inspected_files_write_no_markdown() {
        assert_eq!(prose("see [x](y) @team `a|b`"), "see \\[x\\](y) @<!-- -->team `a\\|b`");
        assert_eq!(prose("one ` only <img>"), "one \\` only \\<img\\>");
        let folder = tempfile::tempdir().expect("a folder");
        let text = markdown(&fixture::report(folder.path()));
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
        assert!(text.contains("Accepted by the manufacturer: 1"), "{text}");
    }

    #[test]
    fn a_comment_stays_within_what_a_forge_takes() {
        let folder = tempfile::tempdir().expect("a folder");
        let facts = fixture::workspace(folder.path(), None);
        let places = (0..4000).map(|number| fixture::place(&format!("src/f{number}.rs"), "fn a() {}\n"));
        let report =
            Report::new(&fixture::request(folder.path()), facts, fixture::findings("waiver_unused", places));
        let text = markdown(&report);
        assert!(text.chars().count() < 65_536, "{}", text.len());
        let rows = text.lines().filter(|line| line.starts_with("| `src/")).count();
        assert!(text.contains(&format!("And {} more", 4000 - rows)), "{rows} rows");
    }
}
