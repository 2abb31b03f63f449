//! `clippy.toml`: which file Clippy reads for a member, and what it bans there.
//!
//! Clippy takes the nearest file from the member's folder upward and no other: files are not
//! joined. Thresholds are left alone; what a project forbids by name is what must not get lost.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::{self, Value};
use crate::facts::{Gap, Kind};
use crate::source::{ReadError, Source, Tree};

/// Where two stand in one folder, Clippy takes the first.
const NAMES: [&str; 2] = [".clippy.toml", "clippy.toml"];

/// Lists of what is banned.
const LISTS: [&str; 4] =
    ["disallowed-methods", "disallowed-types", "disallowed-macros", "await-holding-invalid-types"];

/// A configuration of Clippy.
#[derive(Debug, Clone)]
pub struct ClippyFile {
    /// The file.
    pub source: Arc<Source>,
    /// What it bans: paths, each with the list it stands in.
    pub banned: BTreeMap<String, &'static str>,
}

/// The files by folders that were looked into.
pub(super) type Seen = HashMap<PathBuf, Option<ClippyFile>>;

/// The file that Clippy reads for the package in a folder.
pub(super) fn nearest(
    tree: &Tree,
    folder: &Path,
    seen: &mut Seen,
    gaps: &mut Vec<Gap>,
) -> Option<ClippyFile> {
    if !folder.starts_with(tree.root()) {
        return None;
    }
    if let Some(known) = seen.get(folder) {
        return known.clone();
    }
    let own = NAMES.iter().find_map(|name| read(tree, &folder.join(name), gaps));
    let found = own.or_else(|| nearest(tree, folder.parent()?, seen, gaps));
    seen.insert(folder.to_owned(), found.clone());
    found
}

fn read(tree: &Tree, path: &Path, gaps: &mut Vec<Gap>) -> Option<ClippyFile> {
    let gap = |why: String| {
        Gap::new(Kind::Lints, tree.relative(path), why, "mend the configuration of Clippy, or delete it")
    };
    let source = match tree.read(path) {
        Ok(source) => source,
        Err(ReadError::Absent) => return None,
        Err(error) => {
            gaps.push(gap(format!("what Clippy bans can't be read: {error}")));
            return None;
        }
    };
    let banned = match document::parse(&source) {
        Ok(value) => banned(&value),
        Err(error) => {
            gaps.push(gap("what Clippy bans can't be read: the file is not TOML".to_owned()).at(error.at));
            BTreeMap::new()
        }
    };
    Some(ClippyFile { source, banned })
}

/// An item is a path, or a table with a `path`.
fn banned(file: &Value) -> BTreeMap<String, &'static str> {
    let of_list = |list: &'static str| {
        let items = file.get(&[list]).map(Value::items).unwrap_or_default();
        let paths = items.iter().filter_map(|item| item.as_str().or_else(|| item.get(&["path"])?.as_str()));
        paths.map(move |path| (path.to_owned(), list)).collect::<Vec<_>>()
    };
    LISTS.into_iter().flat_map(of_list).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "disallowed-methods = [\"std::process::exit\", { path = \"std::env::set_var\" }, 3]\n\
                        too-many-lines-threshold = 9\ndisallowed-types = \"x\"\n";

    #[test]
    fn the_nearest_file_counts_and_no_other() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let tree = Tree::new(folder.path()).expect("a tree");
        let (inner, deep) = (tree.root().join("net"), tree.root().join("net/deep"));
        std::fs::create_dir_all(&deep).expect("a folder");
        let mut gaps = Vec::new();
        let mut found = || nearest(&tree, &deep, &mut Seen::new(), &mut gaps);
        assert!(found().is_none());
        std::fs::write(tree.root().join("clippy.toml"), TEXT).expect("a file");
        let banned = found().expect("a file").banned;
        assert_eq!(banned.keys().collect::<Vec<_>>(), ["std::env::set_var", "std::process::exit"]);
        std::fs::write(inner.join("clippy.toml"), "").expect("a file");
        std::fs::write(inner.join(".clippy.toml"), TEXT).expect("a file");
        assert_eq!(found().expect("a file").source.path(), "net/.clippy.toml");
        assert!(gaps.is_empty(), "{gaps:?}");
    }

    #[test]
    fn a_file_that_is_not_toml_is_a_gap() {
        for end in 1..TEXT.len() {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let tree = Tree::new(folder.path()).expect("a tree");
            std::fs::write(tree.root().join("clippy.toml"), &TEXT[..end]).expect("a file");
            let mut gaps = Vec::new();
            let broken = document::parse(&Source::new("clippy.toml", &TEXT[..end])).is_err();
            assert!(nearest(&tree, tree.root(), &mut Seen::new(), &mut gaps).is_some());
            assert_eq!(!gaps.is_empty(), broken, "a prefix of {end} bytes");
        }
    }
}
