//! No repository holds a gate for ever: when git data takes too long to read, the program ends.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::Error;
use crate::facts::git;

use super::screen::Screens;

/// How long git data may take, in seconds, unless [`VARIABLE`] says otherwise. Ten thousand commits take less than one.
const SECONDS: u64 = 60;

/// For repositories on slow disks.
const VARIABLE: &str = "CARGO_HEALTH_SEC_GIT_SECONDS";

const STEP: Duration = Duration::from_millis(200);

/// Starts to watch, as long as the program runs.
pub(super) fn watch(color: Option<clap::ColorChoice>) {
    let seconds =
        std::env::var(VARIABLE).ok().and_then(|seconds| seconds.trim().parse().ok()).unwrap_or(SECONDS);
    // Without a thread to watch there is nobody to end the program but the user.
    let _ = std::thread::Builder::new().name("patience".to_owned()).spawn(move || {
        let limit = Duration::from_secs(seconds);
        while git::busy_for().is_none_or(|time| time <= limit) {
            std::thread::sleep(STEP);
        }
        let error = Error::File {
            action: "read",
            path: PathBuf::from(".git"),
            help: format!(
                "`git fsck` tells of damaged objects; on a slow disk, give {VARIABLE} more seconds"
            ),
            source: std::io::Error::new(
                std::io::ErrorKind::TimedOut,
                format!("git data was not read within {seconds} seconds"),
            ),
        };
        Screens::new(color).complain(&error);
        #[expect(clippy::exit, reason = "the thread that reads can't be stopped; nothing was written yet")]
        std::process::exit(i32::from(error.exit_code()));
    });
}
