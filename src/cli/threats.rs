//! `cargo health-sec threats`: what models say, as words and as a picture; any model in the native format.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::civil::Date;

use crate::error::Error;
use crate::evidence::threats::{self, Format};
use crate::facts::threats::{Broken, Model, Threats, look, look_at};
use crate::report::text::visible;
use crate::request::Request;

use super::screen::Screens;
use super::{init, record, review};

/// What stands below the help.
pub(super) const AFTER: &str = "\
Read are OWASP Threat Dragon, Microsoft's .tm7, Threagile, the OWASP Threat Model Library, CycloneDX 2.0, threatcl, the
Open Threat Model, AWS Threat Composer, what pytm writes, and the native TOML; the content tells which.

Examples:
  cargo health-sec threats                              the models of this workspace: what flows, what is open
  cargo health-sec threats --format svg -o flows.svg    the data-flow diagram
  cargo health-sec threats pump.tm7 --format markdown   a model that is linked nowhere
  cargo health-sec threats convert pump.json -o pump.threats.toml
                                                        the same in the native format, and what it can't hold
  cargo health-sec threats new                          start a model from what the code shows
  cargo health-sec threats review --by \"A. Person <a.person@pump.example>\"
                                                        write down a review, with the attack surface that was seen
  cargo health-sec threats record                       write beside results of tests which code they are of

Exit codes: 0 shown, 2 a model can't be read or is not known whole, 3 usage or policy.";

/// `threats`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    shown: Shown,
}

/// What to do with models, if not to show them.
#[derive(Debug, Subcommand)]
enum Command {
    /// Write a model of any format in the native one, and say what that can't hold
    Convert(Convert),
    /// Start a model from what the code shows: listeners, crates; each threat is open until somebody answers it
    New(New),
    /// Write down that a model was reviewed: by whom, on which day, and what the reviewers had before them
    Review(review::Arguments),
    /// Write beside the linked results of tests which code they are of, right after the tests ran
    Record(record::Arguments),
}

#[derive(Debug, Args)]
struct Shown {
    /// A model that is linked nowhere, instead of those of the workspace
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// What adds to that model what its format can't say
    #[arg(long, value_name = "OVERLAY", requires = "file")]
    extend: Option<PathBuf>,
    /// text for people, json for programs, markdown for documents, svg for the data-flow diagram
    #[arg(
        long,
        value_enum,
        default_value_t = Format::Text,
        value_name = "FORMAT",
        alias = "message-format",
        hide_possible_values = true
    )]
    format: Format,
    /// Name people in json and markdown, which are handed on; without it they have pseudonyms
    #[arg(long)]
    names: bool,
    /// Write to this file, complete or not at all
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
    /// The manifest of the workspace
    #[arg(long, value_name = "PATH", conflicts_with = "file")]
    manifest_path: Option<PathBuf>,
    #[arg(
        long,
        value_name = "YYYY-MM-DD",
        help = "The day on which acceptances have to hold [default: SOURCE_DATE_EPOCH, else today (UTC)]"
    )]
    as_of: Option<Date>,
}

#[derive(Debug, Args)]
struct Convert {
    /// The model
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What adds to it what its format can't say
    #[arg(long, value_name = "OVERLAY")]
    extend: Option<PathBuf>,
    /// Write to this file, complete or not at all [default: standard output]
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace that file where it exists
    #[arg(long, requires = "output")]
    force: bool,
}

#[derive(Debug, Args)]
struct New {
    /// Print it instead of writing `threats.toml`
    #[arg(long)]
    stdout: bool,
    /// The manifest of the workspace
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
}

/// Shows or converts models; the exit code.
pub(super) fn run(words: Arguments, screens: &Screens) -> Result<u8, Error> {
    match words.command {
        None => show(words.shown, screens),
        Some(Command::Convert(words)) => convert(&words, screens),
        Some(Command::Review(words)) => review::run(&words, screens),
        Some(Command::Record(words)) => record::run(words, screens),
        Some(Command::New(words)) => {
            screens.with(|out| init::run(&init::Arguments::model(words.stdout, words.manifest_path), out))
        }
    }
}

fn show(words: Shown, screens: &Screens) -> Result<u8, Error> {
    let as_of = words.as_of.map_or_else(|| super::subject::today(super::epoch().as_deref()), Ok)?;
    let mut threats = if let Some(file) = &words.file {
        look_at(file, words.extend.as_deref())?
    } else {
        let request = Request { manifest_path: words.manifest_path, ..Request::new(".", as_of) };
        look(&Request { resolve: false, ..request })?.0
    };
    if matches!(words.format, Format::Json | Format::Markdown) && !words.names {
        threats.hide_people();
    }
    if words.format == Format::Svg {
        let picture = picture(&threats, as_of)?;
        put(words.output.as_deref(), &picture, screens)?;
    } else if let Some(file) = &words.output {
        let style = crate::report::text::Style { colour: false, ..screens.style() };
        super::replace(file, |out| threats::write(&threats, as_of, words.format, style, out))?;
    } else {
        screens.write(|out| threats::write(&threats, as_of, words.format, screens.style(), out))?;
    }
    let whole = threats.broken.is_empty() && threats.models.iter().all(|model| model.unread.is_empty());
    Ok(if whole { 0 } else { 2 })
}

/// The picture of the one model that there is.
fn picture(all: &Threats, as_of: Date) -> Result<String, Error> {
    let model = the_one(all)?;
    threats::picture(model, as_of).ok_or_else(|| Error::Usage {
        message: format!("`{}` holds more than a drawing can show", visible(&model.title.value)),
        help: "see it with --format text, json or markdown".to_owned(),
    })
}

fn the_one(all: &Threats) -> Result<&Model, Error> {
    match (&all.models[..], &all.broken[..]) {
        ([model], _) => Ok(model),
        (_, [broken, ..]) => Err(unreadable(broken)),
        ([], []) => Err(Error::Usage {
            message: "no threat model is linked to this workspace".to_owned(),
            help: "name its file, or start one with `cargo health-sec threats new`".to_owned(),
        }),
        (several, []) => Err(Error::Usage {
            message: format!("this workspace has {} threat models, and a drawing shows one", several.len()),
            help: format!("name its file, such as `{}`", visible(several[0].at.path())),
        }),
    }
}

fn unreadable(broken: &Broken) -> Error {
    let at = broken.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
    Error::Usage {
        message: format!(
            "{} can't be read as a threat model: {}{at}",
            visible(&broken.link.value),
            visible(&broken.why)
        ),
        help: broken.remedy.clone().unwrap_or_else(|| "mend the file".to_owned()),
    }
}

fn convert(words: &Convert, screens: &Screens) -> Result<u8, Error> {
    let all = look_at(&words.file, words.extend.as_deref())?;
    let model = the_one(&all)?;
    if model.has_own_ids() && !model.extended {
        return Err(Error::Usage {
            message: format!("{} is in the native format already", words.file.display()),
            help: "link it as it is".to_owned(),
        });
    }
    if let Some(file) = words.output.as_deref().filter(|file| file.exists() && !words.force) {
        return Err(Error::Usage {
            message: format!("{} exists and is not overwritten", file.display()),
            help: "name another file, or replace it with --force".to_owned(),
        });
    }
    let converted = threats::convert(model);
    put(words.output.as_deref(), &converted.text, screens)?;
    let mut told = String::new();
    if let Some(file) = &words.output {
        let _ = writeln!(told, "wrote {}", file.display());
    }
    for left in &converted.left_out {
        let _ = writeln!(told, "not carried over: {}", visible(left));
    }
    screens.remark(&told);
    Ok(0)
}

/// Writes a text to a file, complete or not at all, or to standard output.
fn put(file: Option<&Path>, text: &str, screens: &Screens) -> Result<(), Error> {
    match file {
        Some(file) => super::replace(file, |out| out.write_all(text.as_bytes())),
        None => screens.write(|out| out.write_all(text.as_bytes())).map(drop),
    }
}
