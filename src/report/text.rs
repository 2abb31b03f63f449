//! The report for people.

use std::io;

use super::Report;

/// How the text is dressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Colours and box-drawing characters.
    pub colour: bool,
    /// Width of the screen in characters.
    pub width: usize,
    /// Only the verdict line (`-q`), the usual (0), everything unfolded (`-v`).
    pub detail: Detail,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Findings that fail the run, and the verdict.
    Quiet,
    /// Repeated findings fold.
    Usual,
    /// Every finding.
    Verbose,
}

/// Writes the report.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let _ = style;
    for outcome in &report.outcomes {
        for judged in &outcome.findings {
            writeln!(out, "{}: {}: {}", judged.finding.at, outcome.rule.id, judged.finding.message)?;
        }
    }
    for gap in &report.facts.gaps {
        writeln!(out, "gap: {} {}: {}", gap.kind, gap.what, gap.why)?;
    }
    writeln!(out, "{:?}", report.conclusion())
}

/// The one line that says what the run comes to.
#[must_use]
pub fn verdict(report: &Report) -> String {
    format!("{:?}", report.conclusion())
}

/// The text with everything that a terminal would obey, or that would turn the order of letters
/// around, replaced by a sign; tabs become spaces.
#[must_use]
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                '\u{fffd}'
            }
            c => c,
        })
        .collect()
}
