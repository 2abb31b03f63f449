//! `init`: a commented policy, a starter threat model, or a coding standard, that fits the workspace it stands in.
//!
//! What is written decides nothing: facts that the workspace states are filled in, and everything
//! that a person has to decide is a proposal behind a `#`. A file that is there is never touched.

mod model;
mod policy;
mod seen;
mod standard;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::error::Error;
use crate::facts::Facts;
use crate::policy::FILE_NAME;
use crate::request::Request;

/// The name of the threat model that is started.
const MODEL_NAME: &str = "threats.toml";

/// The name of the coding standard that is started.
const STANDARD_NAME: &str = "health-sec.standard.toml";

/// The words of `init`.
#[derive(Debug, Args)]
#[command(after_help = "Nothing is decided by the file that is written: proposals stand behind a `#`.\n\
    A file that exists is never overwritten; --stdout shows what would be written.")]
pub(super) struct Arguments {
    /// Write a starter threat model with the listeners the code shows instead
    #[arg(long)]
    threat_model: bool,
    /// Write a coding standard that builds upon what comes with the tool instead
    #[arg(long, conflicts_with = "threat_model")]
    standard: bool,
    /// Print it instead of writing a file
    #[arg(long)]
    stdout: bool,
    /// The manifest of the workspace
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
}

impl Arguments {
    /// A fresh threat model.
    pub(super) fn model(stdout: bool, manifest_path: Option<PathBuf>) -> Self {
        Self { threat_model: true, standard: false, stdout, manifest_path }
    }
}

/// Writes the policy; returns the exit code.
pub(super) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<u8, Error> {
    let today = super::subject::today(super::epoch().as_deref())?;
    let request = Request { cache: crate::cache::default_folder(), ..Request::new(".", today) };
    start(request, arguments, out)
}

fn start(mut request: Request, arguments: &Arguments, out: &mut dyn Write) -> Result<u8, Error> {
    request.manifest_path.clone_from(&arguments.manifest_path);
    request.resolve = false;
    let facts = Facts::gather(&request)?;
    let (name, text, next): (_, _, fn(&Facts) -> String) = match arguments {
        Arguments { threat_model: true, .. } => (MODEL_NAME, model::text(&facts), model::next),
        Arguments { standard: true, .. } => (STANDARD_NAME, standard::text(&facts), standard::next),
        _ => (FILE_NAME, policy::text(&facts), policy::next),
    };
    if arguments.stdout {
        say(out, &text);
        return Ok(0);
    }
    if let Some(at) = facts.policy.at.as_ref().filter(|_| name == FILE_NAME) {
        return Err(refused(at.path(), "it is the policy of this workspace already: edit it"));
    }
    write(&facts.workspace.root.join(name), &text)?;
    say(out, &format!("wrote {name}\n\nnext:\n{}", next(&facts)));
    Ok(0)
}

/// Standard output that is gone is nobody's error.
pub(super) fn say(out: &mut dyn Write, text: &str) {
    let _ = out.write_all(text.as_bytes());
}

/// Writes beside and puts in place, unless something is there.
fn write(file: &Path, text: &str) -> Result<(), Error> {
    let written = || -> io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        let mut beside = tempfile::Builder::new().prefix(".health-sec-").tempfile_in(folder)?;
        beside.write_all(text.as_bytes())?;
        super::share(beside.as_file())?;
        beside.persist_noclobber(file)?;
        Ok(())
    };
    written().map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => {
            refused(&file.display().to_string(), "edit it, or see a fresh one with --stdout")
        }
        _ => Error::File {
            action: "write",
            path: file.to_owned(),
            help: "see what would be written with --stdout".to_owned(),
            source,
        },
    })
}

fn refused(path: &str, help: &str) -> Error {
    Error::Usage { message: format!("{path} exists and is not overwritten"), help: help.to_owned() }
}

#[cfg(test)]
mod tests;
