//! Changing files so that every change can be taken back, and none is half made.
//!
//! All or nothing: a file whose present text git does not hold stops the whole unless somebody insists, and so does
//! one that was changed meanwhile or may not be written. Each is written whole, beside, and all are only then
//! renamed.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use crate::error::Error;
use crate::facts::git::{Saved, saved};
use crate::source::{LARGEST_FILE, Source, read_limited};

/// What is changed although git could not bring it back.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Care {
    /// Change files with changes that only the working copy holds, and files that git ignores
    #[arg(long)]
    allow_dirty: bool,
    /// Change files with staged changes
    #[arg(long)]
    allow_staged: bool,
    /// Change files that no repository holds
    #[arg(long)]
    allow_no_vcs: bool,
}

/// Where a file of the workspace lies; `None` for one that is reached through a link or lies elsewhere.
pub(super) fn place(root: &Path, path: &str) -> Option<PathBuf> {
    let root = root.canonicalize().ok()?;
    let file = path.split('/').fold(root, |folder, name| folder.join(name));
    (file.canonicalize().ok()? == file).then_some(file)
}

/// Gives files of the workspace their new texts.
pub(super) fn write<'a>(
    root: &Path,
    changes: impl Iterator<Item = &'a (Arc<Source>, String)>,
    care: &Care,
) -> Result<(), Error> {
    let moved = || io::Error::other("it was moved meanwhile");
    let changes = changes.map(|(source, text)| match place(root, source.path()) {
        Some(file) => Ok((file, source.as_ref(), text.as_str())),
        None => Err(failed(&root.join(source.path()), NOTHING, moved())),
    });
    let changes: Vec<_> = changes.collect::<Result<_, _>>()?;
    care.refuse_unsaved(&changes)?;
    let prepared = changes.iter().map(|(file, source, text)| {
        prepare(file, source, text).map_err(|error| failed(file, NOTHING, error))
    });
    let prepared: Vec<NamedTempFile> = prepared.collect::<Result<_, _>>()?;
    for (new, (file, ..)) in prepared.into_iter().zip(&changes) {
        new.persist(file).map_err(|error| failed(file, HALF, error.error))?;
    }
    Ok(())
}

const NOTHING: &str = "nothing was changed; run the command again";
const HALF: &str = "the files shown before it were changed; run the command again for the rest";

impl Care {
    fn refuse_unsaved(&self, changes: &[(PathBuf, &Source, &str)]) -> Result<(), Error> {
        let mut refused: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (file, source, _) in changes {
            let flag = match saved(file) {
                Saved::Committed => continue,
                Saved::Staged if self.allow_staged || self.allow_dirty => continue,
                Saved::Staged => "--allow-staged",
                Saved::Unsaved if self.allow_dirty => continue,
                Saved::Unsaved => "--allow-dirty",
                Saved::Nowhere if self.allow_no_vcs => continue,
                Saved::Nowhere => "--allow-no-vcs",
            };
            refused.entry(flag).or_default().push(source.path());
        }
        if refused.is_empty() {
            return Ok(());
        }
        let paths: Vec<&str> = refused.values().flatten().copied().collect();
        let flags: Vec<&str> = refused.into_keys().collect();
        let paths = paths.join(", ");
        Err(Error::Usage {
            message: format!("git could not bring back what stands in {paths}; nothing was changed"),
            help: format!("commit first, or say `cargo health-sec fix {}`", flags.join(" ")),
        })
    }
}

/// Writes a text beside its file, if that still holds what was read and may be written.
fn prepare(file: &Path, source: &Source, text: &str) -> io::Result<NamedTempFile> {
    if read_limited(file, LARGEST_FILE).map_err(io::Error::other)? != source.text().as_bytes() {
        return Err(io::Error::other("it was changed meanwhile"));
    }
    let permissions = std::fs::metadata(file)?.permissions();
    if permissions.readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it may not be written"));
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut beside = tempfile::Builder::new().prefix(".health-sec-").tempfile_in(folder)?;
    beside.write_all(text.as_bytes())?;
    beside.as_file().set_permissions(permissions)?;
    Ok(beside)
}

fn failed(file: &Path, help: &str, source: io::Error) -> Error {
    Error::File { action: "write", path: file.to_owned(), help: help.to_owned(), source }
}
