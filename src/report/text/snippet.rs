//! A finding with the line it is about, as miette draws it.
//!
//! Only an excerpt of the file is handed to miette: one line, cut around the place, harmless. A
//! generated line of a megabyte costs no more than a short one.

use std::fmt;
use std::ops::Range;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    Severity, SourceCode, SourceSpan, SpanContents,
};

use crate::source::Location;

use super::Style;
use super::prose::{visible, visible_char};

/// Draws a finding; each line of the result ends with a line break.
pub(super) fn draw(
    at: &Location,
    message: &str,
    help: Option<&str>,
    paste: &[String],
    severity: Severity,
    style: Style,
) -> String {
    let theme = if style.colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let shown = Shown {
        message: visible(message),
        help: help.map(|help| with_lines(help, paste)),
        severity,
        excerpt: Excerpt::new(at, style.width.saturating_sub(ROOM_FOR_NUMBERS)),
    };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(style.width);
    match handler.render_report(&mut text, &shown) {
        Ok(()) => text.trim_matches('\n').to_owned() + "\n",
        // Drawing fails only where the excerpt broke a promise; the finding is told all the same.
        Err(_) => format!("  × {}\n    {}\n", shown.message, visible(&at.to_string())),
    }
}

/// What to do, with the lines to put into a file below it.
fn with_lines(help: &str, lines: &[String]) -> String {
    match lines {
        [] => visible(help),
        lines => {
            let below: Vec<String> = lines.iter().map(|line| visible(line)).collect();
            format!("{}:\n{}", visible(help), below.join("\n"))
        }
    }
}

/// Characters that line numbers and the frame take from the width.
const ROOM_FOR_NUMBERS: usize = 10;

/// Characters shown before the place on a line that does not fit.
const LEAD: usize = 24;

/// A finding as miette wants it.
#[derive(Debug)]
struct Shown {
    message: String,
    help: Option<String>,
    severity: Severity,
    excerpt: Excerpt,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, self.excerpt.span()))))
    }
}

/// One line of a file, cut around a place.
#[derive(Debug)]
struct Excerpt {
    name: String,
    text: String,
    marked: Range<usize>,
    line: usize,
    column: usize,
}

impl Excerpt {
    fn new(at: &Location, room: usize) -> Self {
        let (line, column) = at.start();
        let (text, bytes) = (at.source().text(), at.bytes());
        let line_start = text[..bytes.start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[bytes.start..].find(['\n', '\r']).map_or(text.len(), |at| bytes.start + at);
        let marked = bytes.start..bytes.end.min(line_end);
        // Whether the line fits is asked of its bytes first: counting a megabyte of characters is slow.
        let line_text = &text[line_start..line_end];
        let fits = line_text.len() <= 4 * room && line_text.chars().count() <= room;
        let (before, after) = (&text[line_start..marked.start], &text[marked.end..line_end]);
        let mut excerpt = Self { name: visible(at.path()), text: String::new(), marked: 0..0, line, column };
        if fits {
            excerpt.push(before, usize::MAX);
        } else {
            // What the place and the text behind it leave free, but never less than the usual lead.
            let behind: usize = text[marked.start..line_end].chars().take(room).count();
            excerpt.push_end(before, room.saturating_sub(behind + 1).max(LEAD.min(room / 3)));
        }
        excerpt.marked.start = excerpt.text.len();
        excerpt.push(&text[marked], room * 2 / 3);
        excerpt.marked.end = excerpt.text.len();
        let left = room.saturating_sub(excerpt.text.chars().count());
        excerpt.push(after, left);
        excerpt
    }

    /// Adds at most so many characters from the start of a text.
    fn push(&mut self, text: &str, most: usize) {
        for (index, c) in text.chars().enumerate() {
            if index == most {
                self.text.push('…');
                break;
            }
            match c {
                '\t' => self.text.push_str("    "),
                c => self.text.push(visible_char(c)),
            }
        }
    }

    /// Adds at most so many characters from the end of a text.
    fn push_end(&mut self, text: &str, most: usize) {
        let start = text.char_indices().rev().take(most).last().map_or(text.len(), |(at, _)| at);
        if start > 0 {
            self.text.push('…');
        }
        self.push(&text[start..], usize::MAX);
    }

    fn span(&self) -> SourceSpan {
        SourceSpan::new(self.marked.start.into(), self.marked.len())
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        context_before: usize,
        context_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        // miette asks twice: with context for the lines, without for the place in the frame.
        let for_lines = context_before + context_after > 0;
        let column = if for_lines { 0 } else { self.column - 1 };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.as_bytes(),
            SourceSpan::new(0.into(), self.text.len()),
            self.line - 1,
            column,
            1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::text::Detail;
    use crate::source::Source;

    const STYLE: Style = Style { colour: false, width: 80, detail: Detail::Usual };

    #[test]
    fn a_finding_is_drawn_with_its_line() {
        let source = Source::new("src/a.rs", "fn a() {\n\tunsafe { b() }\n}\n");
        let drawn = draw(
            &source.at(10..16),
            "states no safety argument",
            Some("write one"),
            &[],
            Severity::Error,
            STYLE,
        );
        assert_eq!(
            drawn,
            "  × states no safety argument\n   ╭─[src/a.rs:2:2]\n 2 │     unsafe { b() }\n   ·     ──────\n   ╰────\n  help: write one\n"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = "x".repeat(1_000_000) + "unsafe{}" + &"y".repeat(1_000_000);
        let source = Source::new("src/a.rs", text);
        let drawn = draw(&source.at(1_000_000..1_000_006), "m", None, &[], Severity::Error, STYLE);
        assert!(drawn.len() < 1000 && drawn.contains("…xxx") && drawn.contains("xunsafe{}y"), "{drawn}");
        assert!(drawn.contains("src/a.rs:1:1000001"), "{drawn}");
        assert!(drawn.lines().all(|line| line.chars().count() <= 80), "{drawn}");
        let whole = draw(&source.at(0..2_000_008), "m", None, &[], Severity::Error, STYLE);
        assert!(whole.lines().all(|line| line.chars().count() <= 80), "{whole}");
    }

    #[test]
    fn every_place_of_a_hostile_file_can_be_drawn() {
        let source = Source::new("a\n\x1b[2J.rs", "\u{202e}é\r\n\t\x1b[31m漢\n\n");
        for start in 0..=source.text().len() {
            for end in start..=source.text().len() {
                let drawn = draw(
                    &source.at(start..end),
                    "m\x1b\n",
                    Some("\x07"),
                    &["\x1b\n".to_owned()],
                    Severity::Warning,
                    STYLE,
                );
                assert!(drawn.chars().all(|c| c == '\n' || !c.is_control()), "{drawn:?}");
                assert!(!drawn.contains('\u{202e}') && drawn.contains("a␊␛[2J.rs:"), "{drawn:?}");
            }
        }
    }
}
