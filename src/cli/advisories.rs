//! `advisories`: show, pack or update advisory data.

use std::io;

use clap::Args;

use crate::error::Error;

/// The words of `advisories`.
#[derive(Debug, Args)]
pub(super) struct Arguments {}

/// Does what was asked for; returns the exit code.
pub(super) fn run(arguments: &Arguments, out: &mut dyn io::Write) -> Result<u8, Error> {
    let _ = (arguments, out);
    Err(Error::Bug("`advisories` is not written yet".to_owned()))
}
