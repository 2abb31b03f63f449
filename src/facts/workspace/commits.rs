//! Whether git tracks the lock file, asked of the repository's files; the git program is not run.

use std::path::Path;

use crate::facts::git::{self, Past};

use super::{Gap, Kind};

/// Whether the repository around the root tracks its lock file: in the index or in the last commit.
///
/// Nobody can tell outside a repository, nor in one that does not track the workspace at all: a working
/// copy below somebody's home folder that happens to be a repository says nothing.
pub(super) fn lock_committed(root: &Path, gaps: &mut Vec<Gap>) -> Option<bool> {
    git::reading(|| ask(root))
        .map_err(|(why, remedy)| gaps.push(Gap::new(Kind::Tracked, "Cargo.lock", why, remedy)))
        .ok()
}

/// The answer, or why there is none and what to do.
fn ask(root: &Path) -> Result<bool, (String, &'static str)> {
    const COPY: &str = "inspect the working copy of the repository, not an unpacked archive";
    let failed = |why: String| (format!("the repository can't be read: {why}"), "git status");
    let outside = || ("the workspace is in no working copy of a git repository".to_owned(), COPY);
    let past = Past::open(root).map_err(failed)?.ok_or_else(outside)?;
    let tracked = |name: &str| past.tracks(&past.below.join(name)).map_err(failed);
    if !tracked("Cargo.toml")? {
        return Err(("the repository around the workspace does not track its manifest".to_owned(), COPY));
    }
    tracked("Cargo.lock")
}
