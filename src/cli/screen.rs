//! The two streams: how wide, how colourful, and who may hang up.

use std::io::{self, IsTerminal as _, Write};

use anstream::AutoStream;
use clap::ColorChoice;

use crate::error::Error;
use crate::report::text::{Detail, Style, visible};

/// Standard output and standard error as they may be written to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screens {
    out: anstream::ColorChoice,
    err: anstream::ColorChoice,
    width: usize,
    table_width: usize,
}

/// Wider lines are hard to read, narrower ones can't hold a snippet.
const WIDTHS: (usize, usize) = (60, 120);

/// A table may be wider: nobody reads it as prose.
const WIDEST_TABLE: usize = 240;

/// The width where there is no terminal: a file, a pipe, a log.
const WIDTH_WITHOUT_TERMINAL: usize = 100;

impl Screens {
    /// What the flag says, else what cargo's environment says, else what the terminal can do.
    pub(super) fn new(flag: Option<ColorChoice>) -> Self {
        let cargo = std::env::var("CARGO_TERM_COLOR").ok();
        let asked = flag.unwrap_or(match cargo.as_deref() {
            Some("always") => ColorChoice::Always,
            Some("never") => ColorChoice::Never,
            _ => ColorChoice::Auto,
        });
        let choose = |auto: anstream::ColorChoice| match asked {
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
            ColorChoice::Auto => auto,
        };
        let width = match terminal_size::terminal_size() {
            Some((width, _)) if io::stdout().is_terminal() => usize::from(width.0),
            _ => WIDTH_WITHOUT_TERMINAL,
        };
        Self {
            out: choose(AutoStream::choice(&io::stdout())),
            err: choose(AutoStream::choice(&io::stderr())),
            width: width.clamp(WIDTHS.0, WIDTHS.1),
            table_width: width.clamp(WIDTHS.0, WIDEST_TABLE),
        }
    }

    /// No colours: for the time when nothing is known.
    pub(super) fn plain() -> Self {
        let never = anstream::ColorChoice::Never;
        Self { out: never, err: never, width: WIDTH_WITHOUT_TERMINAL, table_width: WIDTH_WITHOUT_TERMINAL }
    }

    /// How standard output is dressed.
    pub(super) fn style(&self) -> Style {
        Style { colour: self.out != anstream::ColorChoice::Never, width: self.width, detail: Detail::Usual }
    }

    /// How what is said on standard error is dressed.
    pub(super) fn style_of_remarks(&self) -> Style {
        Style { colour: self.err != anstream::ColorChoice::Never, ..self.style() }
    }

    /// How a table on standard output is dressed.
    pub(super) fn table_style(&self) -> Style {
        Style { width: self.table_width, ..self.style() }
    }

    /// Writes to standard output; 0 is the exit code.
    pub(super) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<u8, Error> {
        let mut out = io::BufWriter::new(AutoStream::new(io::stdout().lock(), self.out));
        let written = write(&mut out).and_then(|()| out.flush());
        match written {
            // Who hangs up (`| head`) has read enough; the verdict stays what it is.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(0),
            Err(source) => Err(Error::File {
                action: "write",
                path: "standard output".into(),
                help: "the report is not complete; make room, or use --output".to_owned(),
                source,
            }),
            Ok(()) => Ok(0),
        }
    }

    /// Runs a command that writes to standard output; its exit code.
    pub(super) fn with(&self, run: impl FnOnce(&mut dyn Write) -> Result<u8, Error>) -> Result<u8, Error> {
        let mut code = Ok(0);
        self.write(|out| {
            code = run(out);
            Ok(())
        })?;
        code
    }

    /// Says something on standard error.
    pub(super) fn remark(&self, text: &str) {
        // Where even this can't be said there is nobody to tell.
        let _ = AutoStream::new(io::stderr().lock(), self.err).write_all(text.as_bytes());
    }

    /// Shows an error on standard error, with its places. What the inspected files say in it can't
    /// reach the terminal as anything but text.
    pub(super) fn complain(&self, error: &Error) {
        let theme = miette::GraphicalTheme::unicode_nocolor();
        let mut text = String::new();
        let shown = miette::GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(self.width)
            .render_report(&mut text, error);
        if shown.is_err() {
            text = format!("  × {error}\n");
        }
        let text: Vec<_> = text.trim_end().split('\n').map(visible).collect();
        let red = anstyle::AnsiColor::Red.on_default().bold();
        let text = text.join("\n").replacen('×', &format!("{red}error:{red:#}"), 1);
        self.remark(&format!("{}\n", text.trim_start()));
    }
}
