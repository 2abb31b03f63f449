//! Which files there are: those that git tracks below the root, else those that lie there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, FileMode, Repository};

use crate::facts::git;
use crate::request::Change;
use crate::source::Tree;

/// More files than any repository of a product has.
const MOST: usize = 300_000;

/// How deep folders lie outside of git.
const DEEPEST: usize = 64;

/// The files below the root, sorted.
#[derive(Debug, Default)]
pub(super) struct Tracked {
    /// Relative to the root.
    pub(super) paths: Vec<PathBuf>,
    /// The root as seen from the top of the repository, with `/`; empty at the top, and without a repository.
    pub(super) below: String,
    /// Why there may be more.
    pub(super) unseen: Option<String>,
}

/// The files that a change touches.
pub(super) fn touched(change: &Change) -> Tracked {
    let below = |path: &&String| !path.starts_with("..");
    Tracked { paths: change.paths.iter().filter(below).map(PathBuf::from).collect(), ..Tracked::default() }
}

/// Lists the files. A repository that does not track the workspace, such as one around a home folder, is
/// passed over.
pub(super) fn list(tree: &Tree) -> Tracked {
    match git::reading(|| in_index(tree.root())) {
        Ok(Some(tracked)) => tracked,
        Ok(None) => walk(tree.root()),
        Err(error) => {
            let why = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
            Tracked {
                unseen: Some(format!("the index of the repository can't be read: {why}")),
                ..walk(tree.root())
            }
        }
    }
}

fn in_index(root: &Path) -> Result<Option<Tracked>, git2::Error> {
    let repository = match Repository::discover(root) {
        Ok(repository) => repository,
        Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let folder = repository.workdir().and_then(|folder| folder.canonicalize().ok());
    let Some(below) = folder.as_deref().and_then(|folder| root.strip_prefix(folder).ok()) else {
        return Ok(None);
    };
    let index = repository.index()?;
    if index.get_path(&below.join("Cargo.toml"), 0).is_none() {
        return Ok(None);
    }
    let files = [i32::from(FileMode::Blob), i32::from(FileMode::BlobExecutable)];
    let mut paths = BTreeSet::new();
    let mut count = 0;
    for entry in index.iter() {
        let mode = i32::try_from(entry.mode).unwrap_or_default();
        let Some(path) = path(&entry.path).filter(|_| files.contains(&mode)) else { continue };
        let Ok(path) = path.strip_prefix(below) else { continue };
        count += 1;
        if paths.len() < MOST {
            paths.insert(path.to_owned());
        }
    }
    let unseen = (count > MOST)
        .then(|| format!("the repository tracks {count} files, more than the {MOST} looked at"));
    let below = crate::source::relative(Path::new(""), below);
    let below = if below == "." { String::new() } else { below };
    Ok(Some(Tracked { paths: paths.into_iter().collect(), below, unseen }))
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere a name need not be a path")]
fn path(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}

/// What lies below a folder, but for what cargo has built, hidden folders of git and links.
fn walk(root: &Path) -> Tracked {
    let mut tracked = Tracked::default();
    let mut waiting = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            tracked.unseen = Some(format!("{} can't be listed", crate::source::relative(root, &folder)));
            continue;
        };
        for entry in entries {
            let Ok((path, entry, kind)) =
                entry.and_then(|entry| Ok((entry.path(), entry.file_name(), entry.file_type()?)))
            else {
                tracked.unseen = Some(format!("{} can't be listed", crate::source::relative(root, &folder)));
                continue;
            };
            if kind.is_dir() && entry != ".git" && !git::is_cache(&path) {
                if depth < DEEPEST {
                    waiting.push((path, depth + 1));
                } else {
                    tracked.unseen = Some(format!("folders are more than {DEEPEST} deep"));
                }
            } else if kind.is_file()
                && let Ok(path) = path.strip_prefix(root)
            {
                tracked.paths.push(path.to_owned());
            }
        }
        if tracked.paths.len() > MOST {
            tracked.unseen = Some(format!("more than {MOST} files lie below the root"));
            break;
        }
    }
    tracked.paths.sort();
    tracked
}
