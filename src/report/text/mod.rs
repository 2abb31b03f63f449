//! The report for people: what was inspected, what is wrong, what was not looked at, the verdict.
//!
//! `head` tells what was inspected, `rules` what is wrong rule by rule, `tail` what is
//! undecided or was not looked at, and the verdict. `snippet` shows a place, `prose` breaks
//! lines and keeps what inspected files say from reaching the terminal as anything but text.

mod head;
mod prose;
mod rules;
mod snippet;
mod tail;
#[cfg(test)]
mod tests;

use std::io;

use super::Report;

pub use prose::{first_paragraph, sentences, visible, wrapped};
pub use tail::verdict;

/// How the text is dressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Colours.
    pub colour: bool,
    /// Width of the screen in characters.
    pub width: usize,
    /// How much is told.
    pub detail: Detail,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// What fails the run, a line a rule, and the verdict.
    Quiet,
    /// Repeated findings fold.
    Usual,
    /// Every finding with its place.
    Verbose,
}

/// What a piece of text means; the colour follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// A heading.
    Strong,
    /// Less important than what stands around it.
    Faint,
    /// Fails the run.
    Bad,
    /// Worth a look.
    Warn,
    /// As it ought to be.
    Good,
    /// A command, a rule, a place.
    Name,
}

impl Style {
    /// The text in its colour, if there are colours.
    #[must_use]
    pub fn paint(self, ink: Ink, text: &str) -> String {
        use anstyle::AnsiColor;
        if !self.colour {
            return text.to_owned();
        }
        let style = match ink {
            Ink::Strong => anstyle::Style::new().bold(),
            Ink::Faint => anstyle::Style::new().dimmed(),
            Ink::Bad => AnsiColor::Red.on_default().bold(),
            Ink::Warn => AnsiColor::Yellow.on_default().bold(),
            Ink::Good => AnsiColor::Green.on_default().bold(),
            Ink::Name => AnsiColor::Cyan.on_default(),
        };
        format!("{style}{text}{style:#}")
    }
}

/// Writes the report.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    if style.detail == Detail::Quiet {
        rules::write_quiet(report, style, out)?;
    } else {
        head::write(report, style, out)?;
        rules::write(report, style, out)?;
        tail::write(report, style, out)?;
    }
    tail::write_verdict(report, style, out)
}

/// Writes prose behind a faint label; the lines that follow stand below the first.
fn write_labelled(label: &str, text: &str, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let indent = " ".repeat(label.chars().count());
    let lines = wrapped(text, style.width, &indent, &indent);
    writeln!(out, "{}{}", style.paint(Ink::Faint, label), lines.trim_start())
}

/// A number with its noun: `1 rule`, `2 rules`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    let consonant = |stem: &&str| !stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    match (number, noun.strip_suffix('y').filter(consonant)) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {noun}s"),
    }
}
