//! `cargo health-sec components`: the register of components, why one is there, what has changed.

use std::io;
use std::path::PathBuf;

use clap::Args;

use crate::document::suggestion;
use crate::error::Error;
use crate::evidence::register::{self, Filter, Format, OriginKind, Register, Trait};
use crate::evidence::{changes, difference};
use crate::facts::components::Ships;
use crate::facts::workspace;
use crate::policy::Class;
use crate::report::Report;
use crate::report::text::{Detail, Style};
use crate::request::{Request, Scope, Verify};

use super::screen::Screens;
use super::subject::Subject;

/// What of the register is wanted, and how.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only these components: names or `name@version`, with `*` and `?`
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    output: Output,
}

/// Which components are told.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which components")]
struct Choice {
    /// product, build, dev, locked or unknown; several by comma
    #[arg(long, value_name = "WHERE", value_delimiter = ',', value_parser = ships)]
    ships: Vec<Ships>,
    /// registry, git or path; several by comma
    #[arg(long, value_name = "KIND", value_delimiter = ',', hide_possible_values = true)]
    origin: Vec<OriginKind>,
    /// maintained, supported or required; several by comma
    #[arg(long, value_name = "CLASS", value_delimiter = ',', value_parser = class)]
    class: Vec<Class>,
    /// Only those of which this can be told; several by comma: all of them
    #[arg(long, value_name = "TRAIT", value_delimiter = ',')]
    with: Vec<Trait>,
    /// Show why a component is there: the shortest ways from the members to it
    #[arg(long, value_name = "NAME[@VERSION]", conflicts_with_all = ["diff", "names"])]
    why: Vec<String>,
    /// Show what has changed since a git revision: its lock file and policy against today's
    #[arg(long, value_name = "REV", conflicts_with_all = ["names", "ships", "origin", "class", "with"])]
    diff: Option<String>,
}

/// What is written where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
struct Output {
    /// text for people, json for programs, csv for spreadsheets, markdown for documents
    #[arg(
        long,
        value_enum,
        default_value_t = Format::Text,
        value_name = "FORMAT",
        alias = "message-format",
        hide_possible_values = true
    )]
    format: Format,
    /// Write to this file, complete or not at all
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Compare the sources of components with what was locked where no earlier check has done so
    #[arg(long, conflicts_with = "no_verify")]
    verify: bool,
    /// End with 2 where something could not be told
    #[arg(long)]
    strict: bool,
    /// Say on standard error how long each kind of fact took
    #[arg(long)]
    timings: bool,
}

fn ships(word: &str) -> Result<Ships, String> {
    match word {
        "product" => Ok(Ships::Product),
        "build" => Ok(Ships::Build),
        "dev" => Ok(Ships::Dev),
        "locked" => Ok(Ships::Locked),
        "unknown" => Ok(Ships::Unknown),
        _ => Err("one of product, build, dev, locked, unknown".to_owned()),
    }
}

fn class(word: &str) -> Result<Class, String> {
    [Class::Maintained, Class::Supported, Class::Required]
        .into_iter()
        .find(|class| class.word() == word)
        .ok_or_else(|| "one of maintained, supported, required".to_owned())
}

/// Writes what was asked for; returns the exit code.
pub(super) fn run(arguments: Arguments, screens: &Screens) -> Result<u8, Error> {
    let Arguments { names, choice, subject, output } = arguments;
    let request = subject.into_request(super::epoch().as_deref())?;
    // A list is wanted often, and the gate compares anyway: a list tells what was compared.
    let verify = match request.verify {
        Verify::Sources if !output.verify => Verify::Kept,
        verify => verify,
    };
    let request = Request { scope: Scope::Components, since: choice.diff.clone(), verify, ..request };
    let report = crate::inspect(&request)?;
    if output.timings {
        screens.remark(&super::timing_table(&report));
    }
    let filter = Filter {
        names,
        ships: choice.ships,
        origins: choice.origin,
        classes: choice.class,
        traits: choice.with,
    };
    check_names(&report, &filter.names)?;
    let register = Register::new(&report, &filter);
    if !choice.why.is_empty() {
        let wanted = found(&report, &choice.why)?;
        to(screens, output.file, |style, out| {
            register::write_ways(&report, &wanted, output.format, style, out)
        })?;
    } else if choice.diff.is_some() {
        let changes = changes::changes(&report.facts).ok_or_else(|| {
            Error::Bug("a revision was asked for and there is no state to compare with".to_owned())
        })?;
        to(screens, output.file, |style, out| {
            difference::write(&report, &changes, output.format, style, out)
        })?;
    } else {
        to(screens, output.file, |style, out| register.write(output.format, style, out))?;
    }
    let blind = match choice.diff {
        Some(_) => difference::gaps(&report).next().is_some(),
        None => register.gaps().next().is_some(),
    };
    let blind = output.strict && blind;
    Ok(if blind { 2 } else { 0 })
}

/// Writes to the file, if one is named, else to the screen.
fn to(
    screens: &Screens,
    file: Option<PathBuf>,
    write: impl FnOnce(Style, &mut dyn io::Write) -> io::Result<()>,
) -> Result<(), Error> {
    match file {
        Some(file) => {
            let plain = Style { colour: false, width: 120, detail: Detail::Usual };
            super::replace(&file, |out| write(plain, out))
        }
        None => screens.write(|out| write(screens.table_style(), out)).map(|_| ()),
    }
}

/// A name without a pattern must be there: a list that is empty for a slip of the pen says "none".
fn check_names(report: &Report, names: &[String]) -> Result<(), Error> {
    let plain = names.iter().filter(|name| !name.contains(['*', '?', '[']));
    plain.map(|name| found(report, std::slice::from_ref(name))).find_map(Result::err).map_or(Ok(()), Err)
}

/// The components of these names, by index.
fn found(report: &Report, names: &[String]) -> Result<Vec<usize>, Error> {
    let all = &report.facts.components.all;
    let mut found = Vec::new();
    for name in names {
        let before = found.len();
        found.extend((0..all.len()).filter(|index| {
            workspace::matches(name, &all[*index].name) || workspace::matches(name, &all[*index].id())
        }));
        if found.len() == before {
            let bare = name.split('@').next().unwrap_or_default();
            let versions: Vec<String> =
                all.iter().filter(|one| one.name == bare).map(|one| one.version.to_string()).collect();
            let known: Vec<&str> = all.iter().map(|component| component.name.as_str()).collect();
            return Err(Error::Usage {
                message: format!("there is no component `{}`", name.escape_debug()),
                help: if versions.is_empty() {
                    suggestion(bare, &known)
                        .unwrap_or_else(|| "`cargo health-sec components` lists them all".to_owned())
                } else {
                    format!("its versions here are: {}", versions.join(", "))
                },
            });
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
