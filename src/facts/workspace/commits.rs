//! Whether git tracks the lock file, asked of the repository's files; the git program is not run.

use std::path::Path;

use git2::{ErrorCode, Repository};

use super::{Gap, Kind};

/// Whether the repository around the root tracks its lock file: in the index or in the last commit.
///
/// `None` outside a repository, and in one that does not track the workspace at all: a working
/// copy below somebody's home folder that happens to be a repository says nothing.
pub(super) fn lock_committed(root: &Path, gaps: &mut Vec<Gap>) -> Option<bool> {
    match super::super::git::reading(|| ask(root)) {
        Ok(answer) => answer,
        Err(error) if error.code() == ErrorCode::NotFound => None,
        Err(error) => {
            gaps.push(Gap::new(
                Kind::History,
                ".git",
                format!("the repository can't be read: {}", super::one_line(error.message())),
                "git status",
            ));
            None
        }
    }
}

fn ask(root: &Path) -> Result<Option<bool>, git2::Error> {
    let repository = Repository::discover(root)?;
    let Some(folder) = repository.workdir().and_then(|folder| folder.canonicalize().ok()) else {
        return Ok(None);
    };
    let Ok(below) = root.strip_prefix(&folder) else { return Ok(None) };
    let index = repository.index()?;
    let head = match repository.head().and_then(|head| head.peel_to_tree()) {
        Ok(tree) => Some(tree),
        Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => None,
        Err(error) => return Err(error),
    };
    let tracked = |name: &str| {
        let path = below.join(name);
        index.get_path(&path, 0).is_some() || head.as_ref().is_some_and(|tree| tree.get_path(&path).is_ok())
    };
    Ok(tracked("Cargo.toml").then(|| tracked("Cargo.lock")))
}
