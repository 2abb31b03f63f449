//! Checks on the lock file.

use crate::facts::{Facts, Kind};
use crate::finding::Findings;

pub(super) fn lock_file_missing(facts: &Facts, found: &mut Findings<'_>) {
    let unreadable = facts.gaps.iter().any(|gap| gap.kind == Kind::Workspace && gap.what == "Cargo.lock");
    if facts.workspace.lock.is_none() && !unreadable {
        found
            .add(&facts.workspace.manifest.source.whole(), "the workspace has no lock file")
            .help("run `cargo generate-lockfile` and commit Cargo.lock")
            .about("Cargo.lock");
    }
}

pub(super) fn lock_file_uncommitted(facts: &Facts, found: &mut Findings<'_>) {
    if let (Some(lock), Some(false)) = (&facts.workspace.lock, facts.workspace.lock_committed) {
        found
            .add(&lock.whole(), "git does not track this lock file, though it tracks the manifest")
            .help("remove Cargo.lock from .gitignore, then `git add Cargo.lock`")
            .about("Cargo.lock");
    }
}
