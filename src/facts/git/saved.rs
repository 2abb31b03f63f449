//! Whether git could bring a file back as it is.

use std::path::Path;

use super::reading;

/// Whether the changes of a file are saved in the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It is as it was committed.
    Committed,
    /// It was staged, and not yet committed.
    Staged,
    /// It has changes that only the working copy holds, or is not tracked.
    Unsaved,
    /// No repository holds it, or none that can be read.
    Nowhere,
}

/// Whether the changes of a file are saved in the repository around it. The path is absolute.
#[must_use]
pub fn saved(file: &Path) -> Saved {
    let ask = || -> Result<Saved, git2::Error> {
        let folder = file.parent().unwrap_or(file);
        let repository = git2::Repository::discover(folder)?;
        let top = repository.workdir().and_then(|folder| folder.canonicalize().ok());
        let Some(path) = top.as_deref().and_then(|top| file.strip_prefix(top).ok()) else {
            return Ok(Saved::Nowhere);
        };
        if is_hidden(&repository, path)? {
            return Ok(Saved::Unsaved);
        }
        let status = repository.status_file(path)?;
        let staged = git2::Status::INDEX_NEW | git2::Status::INDEX_MODIFIED | git2::Status::INDEX_TYPECHANGE;
        Ok(if status.is_empty() {
            Saved::Committed
        } else if (status - staged).is_empty() {
            Saved::Staged
        } else {
            Saved::Unsaved
        })
    };
    reading(ask).unwrap_or(Saved::Nowhere)
}

/// True for a file whose changes git was told not to look for.
fn is_hidden(repository: &git2::Repository, path: &Path) -> Result<bool, git2::Error> {
    const ASSUME_UNCHANGED: u16 = 0x8000;
    const SKIP_WORKTREE: u16 = 0x4000;
    let entry = repository.index()?.get_path(path, 0);
    Ok(entry.is_some_and(|entry| {
        entry.flags & ASSUME_UNCHANGED != 0 || entry.flags_extended & SKIP_WORKTREE != 0
    }))
}
