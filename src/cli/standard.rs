//! `cargo health-sec standard` and `cargo health-sec deviations`: the coding standard rule by rule, and where it is not kept on
//! purpose.

use std::io;
use std::path::PathBuf;

use crate::error::Error;
use crate::evidence::standard::{Outcome, Results};
use crate::evidence::{deviations, register, standard};
use crate::report::Report;
use crate::report::text::{Detail, Style};

use super::linting::Linting;
use super::screen::Screens;
use super::subject::Subject;

/// `standard`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// text for people, json for programs, csv for spreadsheets, markdown for documents, lints for the
    /// lint tables that the standard asks for
    #[arg(long, value_enum, default_value_t = standard::Format::Text, value_name = "FORMAT", hide_possible_values = true)]
    format: standard::Format,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    linting: Linting,
    #[command(flatten)]
    subject: Subject,
}

/// `deviations`.
#[derive(Debug, clap::Args)]
pub(super) struct Deviations {
    /// text for people, json for programs, csv for spreadsheets, markdown for documents
    #[arg(long, value_enum, default_value_t = register::Format::Text, value_name = "FORMAT", hide_possible_values = true)]
    format: register::Format,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    linting: Linting,
    #[command(flatten)]
    subject: Subject,
}

/// Where it is written, and what counts.
#[derive(Debug, clap::Args)]
struct Output {
    /// Write to this file, complete or not at all
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Tell everything, what is as it ought to be too
    #[arg(short, long)]
    verbose: bool,
    /// End with 1 where a required rule is unmet or has no record, or a deviation has no reason; with 2 where
    /// something could not be told
    #[arg(long)]
    strict: bool,
}

impl Output {
    fn write(
        &self,
        screens: &Screens,
        write: impl FnOnce(Style, &mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), Error> {
        let detail = if self.verbose { Detail::Verbose } else { Detail::Usual };
        match &self.file {
            Some(file) => {
                let plain = Style { colour: false, width: 120, detail };
                super::replace(file, |out| write(plain, out))
            }
            None => screens.write(|out| write(Style { detail, ..screens.style() }, out)).map(|_| ()),
        }
    }
}

fn inspect(linting: Linting, subject: Subject) -> Result<Report, Error> {
    crate::inspect(&linting.put_into(subject.into_request(super::epoch().as_deref())?)?)
}

/// Writes the standard; returns the exit code.
pub(super) fn run(words: Arguments, screens: &Screens) -> Result<u8, Error> {
    let report = inspect(words.linting, words.subject)?;
    let results = Results::new(&report);
    words.output.write(screens, |style, out| results.write(words.format, style, out))?;
    let rows = results.rows();
    let required = rows.iter().filter(|row| !row.demand.advisory).map(|row| row.outcome);
    Ok(match required.max() {
        Some(Outcome::Unmet | Outcome::NeedsRecord) if words.output.strict => 1,
        Some(Outcome::CouldNotTell) if words.output.strict => 2,
        _ => 0,
    })
}

/// Writes the register of deviations; returns the exit code.
pub(super) fn run_deviations(words: Deviations, screens: &Screens) -> Result<u8, Error> {
    let report = inspect(words.linting, words.subject)?;
    let register = deviations::Register::new(&report);
    words.output.write(screens, |style, out| register.write(words.format, style, out))?;
    let kinds = [crate::facts::Kind::Code, crate::facts::Kind::Lints, crate::facts::Kind::Clippy];
    let blind = report.facts.gaps.iter().any(|gap| kinds.contains(&gap.kind));
    Ok(match () {
        () if !words.output.strict => 0,
        () if register.unexplained() > 0 => 1,
        () if blind => 2,
        () => 0,
    })
}
