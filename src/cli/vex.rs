//! `cargo health-sec vex`: what is stated of each vulnerability in the product, for those who run it.

use std::path::PathBuf;

use crate::error::Error;
use crate::evidence::vex::{self, Format};
use crate::request::{Request, Scope};

use super::screen::Screens;
use super::subject::Subject;

/// `vex`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How the statements are written
    #[arg(long, value_enum, default_value_t = Format::Openvex, value_name = "FORMAT")]
    format: Format,
    /// Write them to this file, complete or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    subject: Subject,
}

/// Writes the statements.
pub(super) fn run(words: Arguments, screens: &Screens) -> Result<u8, Error> {
    let request = words.subject.into_request(super::epoch().as_deref())?;
    let report = crate::inspect(&Request { scope: Scope::Components, ..request })?;
    // Statements made of what could not be looked at would be silence where there may be a fault.
    let blind = report.facts.gaps.iter().filter(|gap| is_needed(gap.kind)).count();
    if blind > 0 {
        screens.remark(&format!(
            "remark: {blind} of the facts that statements rest on could not be looked at; \
             `cargo health-sec` says which\n"
        ));
    }
    match words.output {
        _ if words.format == Format::Openvex && vex::is_silent(&report) => screens.remark(
            "remark: no advisory touches what the product ships; OpenVEX knows no empty document, so none is \
             written\n",
        ),
        Some(file) => super::replace(&file, |out| vex::write(&report, words.format, out))?,
        None => {
            screens.write(|out| vex::write(&report, words.format, out))?;
        }
    }
    Ok(if blind > 0 { 2 } else { 0 })
}

fn is_needed(kind: crate::facts::Kind) -> bool {
    use crate::facts::Kind::{Advisories, Components, Policy};
    matches!(kind, Advisories | Components | Policy)
}
