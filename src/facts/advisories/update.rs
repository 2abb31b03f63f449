//! Fetches newer data with the git program. This runs only when the user asks, and is the one place
//! where advisories come over a network.
//!
//! The clone lands in a temporary folder, is read like any hostile folder, and only its facts are
//! kept, as a pack that is renamed into place. What was there stays whenever anything goes wrong.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::civil::Date;

use crate::error::Error;
use crate::facts::Gap;

use super::{Data, data, pack};

/// The public database of the `RustSec` project.
pub const PUBLIC_DATABASE: &str = "https://github.com/rustsec/advisory-db.git";

/// The name of the pack in the cache folder.
const PACK: &str = "advisories.pack";

/// Settings for one clone: nothing the other side or the user's templates name is run.
const SETTINGS: &[&str] = &[
    "core.hooksPath=",
    "core.fsmonitor=false",
    "core.symlinks=false",
    "core.autocrlf=false",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "fetch.fsckObjects=true",
    "transfer.fsckObjects=true",
    "filter.lfs.required=false",
    "filter.lfs.smudge=",
    "filter.lfs.process=",
    // A server that sends next to nothing for a minute is given up.
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
];

/// Variables of a surrounding git process (a hook, say) that would lead git elsewhere.
const LED_ASTRAY: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_TEMPLATE_DIR",
    "GIT_EXTERNAL_DIFF",
];

/// Where the fetched data is kept.
#[must_use]
pub fn kept_in(cache: &Path) -> PathBuf {
    cache.join(PACK)
}

/// Fetches a database and keeps its facts in the cache folder.
///
/// # Errors
/// When git fails, when what it brought is no whole database, or when that is older than what is
/// kept: a mirror that stands still must not turn the clock back.
pub fn fetch(url: &str, cache: &Path) -> Result<Data, Error> {
    let failed = |source| Error::File {
        action: "write",
        path: cache.to_owned(),
        help: "name a cache folder that can be written to".to_owned(),
        source,
    };
    std::fs::create_dir_all(cache).map_err(failed)?;
    let folder = tempfile::Builder::new().prefix(".fetch").tempdir_in(cache).map_err(failed)?;
    clone(url, folder.path())?;
    let mut gaps = Vec::new();
    let fetched = data::open(&[folder.path().join("db")], &mut gaps)?;
    whole(url, &fetched, gaps.first())?;
    let kept = kept_in(cache);
    if let Ok(before) = data::open(std::slice::from_ref(&kept), &mut Vec::new())
        && newest(&before) > newest(&fetched)
    {
        return Err(unfit(url, "its newest advisory is older than that of the data kept from before"));
    }
    pack::write(&fetched, &kept)?;
    data::open(&[kept], &mut Vec::new())
}

fn newest(data: &Data) -> Option<Date> {
    data.age_on(Date::MAX).0
}

fn whole(url: &str, data: &Data, broken: Option<&Gap>) -> Result<(), Error> {
    match broken {
        Some(gap) => Err(unfit(url, &format!("{}: {}", gap.what, gap.why))),
        None if data.count() == 0 => Err(unfit(url, "it holds no advisory")),
        None => Ok(()),
    }
}

fn unfit(url: &str, why: &str) -> Error {
    Error::Usage {
        message: format!("what {url} holds is not kept: {why}"),
        help: "try again later, or name another repository with --url; the data from before is unchanged"
            .to_owned(),
    }
}

fn clone(url: &str, folder: &Path) -> Result<(), Error> {
    // What looks like an option, or names a helper program (`ext::...`), is no repository.
    if url.starts_with('-') || url.contains("::") {
        return Err(Error::Usage {
            message: format!("`{url}` is not the address of a repository"),
            help: format!("name one such as {PUBLIC_DATABASE}"),
        });
    }
    let mut git = Command::new("git");
    for setting in SETTINGS {
        git.args(["-c", setting]);
    }
    git.args(["clone", "--quiet", "--depth=1", "--single-branch", "--no-tags", "--no-recurse-submodules"]);
    git.args(["--template=", "--"]).arg(url).arg("db").current_dir(folder);
    for name in LED_ASTRAY {
        git.env_remove(name);
    }
    // Nobody sits at the terminal of a gate: a question is a failure.
    git.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ASKPASS", "").env("SSH_ASKPASS", "");
    git.env("GIT_SSH_COMMAND", ssh(std::env::var_os("GIT_SSH_COMMAND").as_deref()));
    let output = git.stdin(Stdio::null()).output().map_err(|error| Error::Program {
        program: "git".to_owned(),
        message: error.to_string(),
        help: "install git, or carry a pack here: cargo health-sec advisories pack DIR -o FILE".to_owned(),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Err(Error::Program {
        program: "git clone".to_owned(),
        message: if said.is_empty() { output.status.to_string() } else { said.join("; ") },
        help: format!(
            "check that {url} can be reached, or carry a pack here: cargo health-sec advisories pack DIR -o FILE"
        ),
    })
}

fn ssh(own: Option<&OsStr>) -> std::ffi::OsString {
    own.map_or_else(|| "ssh -oBatchMode=yes".into(), OsStr::to_owned)
}
