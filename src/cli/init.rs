//! `init`: a commented policy that fits the workspace it stands in.

use std::io;

use clap::Args;

use crate::error::Error;

/// The words of `init`.
#[derive(Debug, Args)]
pub(super) struct Arguments {}

/// Writes the policy; returns the exit code.
pub(super) fn run(arguments: &Arguments, out: &mut dyn io::Write) -> Result<u8, Error> {
    let _ = (arguments, out);
    Err(Error::Bug("`init` is not written yet".to_owned()))
}
