//! Where results of Clippy come from: the same words for every command that judges them.

use std::path::PathBuf;

use clap::Args;

use crate::error::Error;
use crate::request::{Clippy, Request};

/// Results of Clippy.
#[derive(Debug, Args)]
#[command(next_help_heading = "Results of Clippy")]
pub(super) struct Linting {
    /// Run Clippy and take its results in. It compiles the workspace, and so RUNS its build scripts and
    /// procedural macros, and those of its components
    #[arg(long, conflicts_with = "clippy_json")]
    with_clippy: bool,
    /// Take in what `cargo clippy --message-format=json` printed into this file; repeatable
    #[arg(long, value_name = "FILE")]
    clippy_json: Vec<PathBuf>,
}

impl Linting {
    /// The request with these words in it.
    ///
    /// # Errors
    /// When a file is not there.
    pub(super) fn put_into(self, request: Request) -> Result<Request, Error> {
        if let Some(absent) = self.clippy_json.iter().find(|file| !file.is_file()) {
            return Err(Error::File {
                action: "read",
                path: absent.clone(),
                help: "name a file that holds what `cargo clippy --message-format=json` printed".to_owned(),
                source: std::io::Error::new(std::io::ErrorKind::NotFound, "there is no such file"),
            });
        }
        let clippy = match (self.with_clippy, self.clippy_json) {
            (true, _) => Clippy::Run,
            (false, files) if files.is_empty() => Clippy::No,
            (false, files) => Clippy::Files(files),
        };
        Ok(Request { clippy, ..request })
    }
}
