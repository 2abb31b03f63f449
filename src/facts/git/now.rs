//! What git knows of the moment: who works here, and which commit stands in the working copy.

use std::path::Path;

use super::reading;
use super::repository::Past;

/// What git knows of the moment; nothing where no repository holds the folder.
#[derive(Debug, Default)]
pub struct Now {
    /// Who works here, as `Name <address>`.
    pub person: Option<String>,
    /// The last commit, if no tracked file differs from it.
    pub commit: Option<String>,
}

/// Asks git about the repository around a folder.
#[must_use]
pub fn now(root: &Path) -> Now {
    reading(|| {
        let Ok(Some(past)) = Past::open(root) else { return Now::default() };
        let person = || {
            let settings = past.repository.config().ok()?.snapshot().ok()?;
            let (name, email) =
                (settings.get_string("user.name").ok()?, settings.get_string("user.email").ok()?);
            Some(format!("{name} <{email}>"))
        };
        let commit = || past.head().ok().flatten().filter(|_| is_clean(&past)).map(|head| head.commit);
        Now { person: person(), commit: commit() }
    })
}

/// True where every tracked file is as it was committed.
fn is_clean(past: &Past) -> bool {
    let mut options = git2::StatusOptions::new();
    options.include_untracked(false).include_ignored(false);
    past.repository.statuses(Some(&mut options)).is_ok_and(|differing| differing.is_empty())
}

impl Past {
    /// When the last commit was made: an error where a tracked file differs from it, nothing where there is none.
    pub(in crate::facts) fn last_change(&self) -> Option<Result<jiff::Timestamp, ()>> {
        let head = self.head().ok().flatten()?;
        if !is_clean(self) {
            return Some(Err(()));
        }
        let id = git2::Oid::from_str(&head.commit).ok()?;
        let seconds = self.repository.find_commit(id).ok()?.time().seconds();
        jiff::Timestamp::from_second(seconds).ok().map(Ok)
    }
}
