//! The toolchain file, read as rustup reads it.

use std::path::Path;

use crate::document::{self, Value};
use crate::source::{Placed, ReadError, Tree};

use super::{Gap, Kind, Toolchain};

/// The nearest toolchain file from the root upward, not past the folder that holds `.git`.
pub(super) fn read(tree: &Tree, gaps: &mut Vec<Gap>) -> Option<Toolchain> {
    for folder in tree.root().ancestors() {
        // Where both stand in one folder, rustup takes the old name.
        for name in ["rust-toolchain", "rust-toolchain.toml"] {
            let path = folder.join(name);
            if path.is_file() {
                return read_file(tree, &path, gaps);
            }
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

fn read_file(tree: &Tree, path: &Path, gaps: &mut Vec<Gap>) -> Option<Toolchain> {
    let mut tree = tree.clone();
    path.parent().inspect(|folder| tree.allow(folder));
    let mut gap = |why: String, at| {
        let mut gap = Gap::new(Kind::Workspace, tree.relative(path), why, "mend the toolchain file");
        gap.at = at;
        gaps.push(gap);
    };
    let source = match tree.read(path) {
        Ok(source) => source,
        Err(ReadError::Absent) => return None,
        Err(error) => {
            gap(error.to_string(), None);
            return None;
        }
    };
    // The old form is one line that names the channel.
    let text = source.text();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    if let (Some(line), None) = (lines.next(), lines.next())
        && !line.contains(['=', '[', '#'])
    {
        let start = text.find(line).unwrap_or_default();
        let at = source.at(start..start + line.len());
        return Some(Toolchain { channel: Some(Placed { value: line.to_owned(), at }), path: None, source });
    }
    let value = match document::parse(&source) {
        Ok(value) => value,
        Err(error) => {
            gap(super::one_line(&error.message), Some(error.at));
            return None;
        }
    };
    let placed = |key| {
        let value = value.get(&["toolchain", key])?;
        Some(Placed { value: Value::as_str(value)?.to_owned(), at: value.at() })
    };
    Some(Toolchain { channel: placed("channel"), path: placed("path"), source })
}
