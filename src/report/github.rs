//! The report for the log of a GitHub job: workflow commands, which GitHub shows beside the lines of a change.
//!
//! A step may show ten errors and ten warnings; further commands vanish without a word. The worst ten of each are
//! commands, and every other finding is a plain line below them, so that the log holds all.

use std::io::{self, Write};

use crate::rule::Tier;

use super::text::{verdict, visible};
use super::{Report, Told};

/// So many annotations of one kind a step may show.
const SHOWN: usize = 10;

/// Writes the report.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let told = report.told();
    let (mut rest, mut shown) = (Vec::new(), [0, 0]);
    for told in &told {
        let kind = usize::from(!told.closes);
        if shown[kind] < SHOWN {
            shown[kind] += 1;
            command(report, told, out)?;
        } else {
            rest.push(told);
        }
    }
    if !rest.is_empty() {
        writeln!(out, "::group::{} more", rest.len())?;
        for told in rest {
            let at = &told.judged.finding.at;
            let path = report.in_repository(at.path());
            let (line, column) = at.start();
            let place = visible(&format!("{path}:{line}:{column}"));
            writeln!(out, "{}: {place}: {}: {}", word(told), told.rule().id, visible(&told.text()))?;
        }
        writeln!(out, "::endgroup::")?;
    }
    for gap in &report.facts.gaps {
        let text = report.portable(&format!("not looked at: {}: {}: {}", gap.kind, gap.what, gap.why));
        writeln!(out, "{}", visible(&text))?;
    }
    writeln!(out, "{}", verdict(report))
}

fn command(report: &Report, told: &Told<'_>, out: &mut dyn Write) -> io::Result<()> {
    let at = &told.judged.finding.at;
    let ((line, column), (end_line, end_column)) = (at.start(), at.end());
    // Columns are for places within a line only; GitHub counts the last one in.
    let columns = (line == end_line)
        .then(|| format!(",col={column},endColumn={}", end_column.saturating_sub(1).max(column)));
    writeln!(
        out,
        "::{} file={},line={line},endLine={end_line}{},title={}::{}",
        word(told),
        property(&visible(&report.in_repository(at.path()))),
        columns.unwrap_or_default(),
        property(&format!("{} ({})", told.rule().id, told.rule().severity)),
        data(&format!("{}\n{}", visible(&told.text()), told.rule().title)),
    )
}

/// A finding that fails the run is an error, any other a warning.
fn word(told: &Told<'_>) -> &'static str {
    match (told.closes, told.outcome.tier) {
        (true, _) => "error",
        (false, Tier::Register) => "notice",
        (false, _) => "warning",
    }
}

/// What stands behind the colons of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What stands behind the equals sign of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_command_is_one_line_whatever_inspected_files_say() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bytes = Vec::new();
        write(&fixture::report(folder.path()), &mut bytes).expect("a report");
        let text = String::from_utf8(bytes).expect("text");
        let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("::")).collect();
        assert_eq!(commands.len(), 2, "{text}");
        assert!(
            commands
                .iter()
                .all(|line| line.starts_with("::error file=") || line.starts_with("::warning file="))
        );
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }

    #[test]
    fn what_the_step_can_not_show_stands_in_the_log() {
        let folder = tempfile::tempdir().expect("a folder");
        let facts = fixture::workspace(folder.path(), None);
        let places = (0..25).map(|number| fixture::place(&format!("src/f{number:02}.rs"), "fn a() {}\n"));
        let found = fixture::findings("waiver_unused", places);
        let report = Report::new(&fixture::request(folder.path()), facts, found);
        let mut bytes = Vec::new();
        write(&report, &mut bytes).expect("a report");
        let text = String::from_utf8(bytes).expect("text");
        assert_eq!(text.lines().filter(|line| line.contains(" file=src/f")).count(), SHOWN);
        assert_eq!(text.matches("waiver_unused").count(), 25, "{text}");
        assert!(text.contains("::group::15 more\n") && text.contains("::endgroup::\n"));
    }
}
