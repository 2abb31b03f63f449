//! `cargo health-sec sbom`: the component list for other tools, and what it lacks.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::checks::listing::{self, Extent, Lack, Listing, Need, Part, lacks};
use crate::error::Error;
use crate::evidence::sbom::{Format, Sbom};
use crate::policy::Profile;
use crate::report::text::visible;
use crate::request::{Scope, Verify};

use super::screen::Screens;
use super::subject::Subject;

/// What is listed, and how it is written.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
struct Output {
    /// cyclonedx (JSON), spdx (2.3, JSON), spdx3 (3.0.1, JSON-LD)
    #[arg(long, value_enum, default_value_t = Word::Cyclonedx, value_name = "FORMAT", hide_possible_values = true)]
    format: Word,
    /// The version of CycloneDX: 1.6 or 1.7 [default: 1.6]
    #[arg(long, value_enum, value_name = "VERSION", hide_possible_values = true)]
    spec_version: Option<Version>,
    /// List everything in the lock file, tests and unused crates too
    #[arg(long)]
    whole_lock: bool,
    /// Hold the list against the fields of ntia, fda, bsi or iec62304, say what it lacks, and exit with 1
    /// where a required field is missing; repeatable
    #[arg(long, value_enum, value_name = "PROFILE", hide_possible_values = true)]
    profile: Vec<Profile>,
    /// Write the list to this file, complete or not at all
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Word {
    Cyclonedx,
    Spdx,
    Spdx3,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Version {
    #[value(name = "1.6")]
    V16,
    #[value(name = "1.7")]
    V17,
}

/// Names in a message before it says how many more there are.
const NAMES: usize = 5;

/// Writes the list; the exit code.
pub(super) fn run(words: Arguments, epoch: Option<&str>, screens: &Screens) -> Result<u8, Error> {
    let Arguments { subject, output } = words;
    let format = output.format()?;
    let mut request = subject.into_request(epoch)?;
    request.scope = Scope::Components;
    request.verify = Verify::SourcesAndDigests;
    let report = crate::inspect(&request)?;
    let extent = if output.whole_lock { Extent::All } else { Extent::Delivered };
    let sbom = Sbom::new(&report, extent);
    match &output.file {
        Some(file) => super::replace(file, |out| sbom.write(format, out))?,
        None => drop(screens.write(|out| sbom.write(format, out))?),
    }
    let list = sbom.list();
    let mut told = String::new();
    if let Some(file) = &output.file {
        let _ = writeln!(told, "{}: {}", file.display(), counted(list));
    }
    if !list.resolved {
        let gap = report.facts.gaps.iter().find(|gap| gap.kind == crate::facts::Kind::Components);
        let why = gap.map_or_else(String::new, |gap| format!(": {}; {}", gap.why, gap.remedy));
        let _ = writeln!(told, "the graph is not resolved, and the list says so{}", visible(&why));
    }
    let mut code = 0;
    for profile in &output.profile {
        let lacks = lacks(list, *profile);
        told.push_str(&judged(list, *profile, &lacks));
        if lacks.iter().any(|lack| lack.need == Need::Required) {
            code = 1;
        }
    }
    screens.remark(&told);
    Ok(code)
}

impl Output {
    fn format(&self) -> Result<Format, Error> {
        match (self.format, self.spec_version) {
            (Word::Cyclonedx, None | Some(Version::V16)) => Ok(Format::CycloneDx16),
            (Word::Cyclonedx, Some(Version::V17)) => Ok(Format::CycloneDx17),
            (Word::Spdx, None) => Ok(Format::Spdx23),
            (Word::Spdx3, None) => Ok(Format::Spdx301),
            (Word::Spdx | Word::Spdx3, Some(_)) => Err(Error::Usage {
                message: "--spec-version is a version of CycloneDX".to_owned(),
                help: "leave it out: spdx is 2.3, spdx3 is 3.0.1".to_owned(),
            }),
        }
    }
}

fn counted(list: &Listing) -> String {
    let count = |wanted: fn(&Part) -> bool| list.parts.iter().filter(|part| wanted(part)).count();
    let components = count(Part::is_component);
    let members = count(Part::is_own) - 1;
    let items = list.parts.len() - components - members - 1;
    format!("{members} members, {components} components, {items} other items, {} relations", list.uses.len())
}

/// What a list lacks of a profile, a line a field.
fn judged(list: &Listing, profile: Profile, lacks: &[Lack]) -> String {
    let word = profile.word();
    let required = lacks.iter().filter(|lack| lack.need == Need::Required).count();
    if lacks.is_empty() {
        return format!("{word}: every field is there\n");
    }
    let mut told = format!("{word}: {required} required fields are missing\n");
    if required == 0 {
        told = format!("{word}: every required field is there\n");
    }
    for lack in lacks {
        let need = if lack.need == Need::Required { "missing" } else { "expected" };
        let _ = writeln!(told, "  {need}: {}{}", lack.field.title, of(list, lack));
        let _ = writeln!(told, "    {}", lack.field.mend);
    }
    told
}

/// The parts that lack a field: how many, and the names of the first.
fn of(list: &Listing, lack: &Lack) -> String {
    if lack.field.of == listing::Scope::List {
        return String::new();
    }
    let names: Vec<String> = lack.parts.iter().take(NAMES).map(|at| visible(&list.parts[*at].id())).collect();
    let more = match lack.parts.len().checked_sub(NAMES) {
        Some(more @ 1..) => format!(" and {more} more"),
        _ => String::new(),
    };
    format!(", of {}{more}", names.join(", "))
}
