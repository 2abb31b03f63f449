//! Cargo configuration: `.cargo/config.toml` from the root upward and in the folders of members,
//! then the user's own; includes followed.
//!
//! The files of the workspace are hostile until proven otherwise: an include may not lead out of
//! the repository, and may not include itself for ever.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::document::{self, Value};
use crate::source::{ReadError, Tree};

use super::{ConfigEntry, Gap, Kind, Member};

/// How deep includes may be nested, and tables in a file.
const DEEPEST: usize = 16;

/// Gathers the entries of all files, the strongest first.
pub(super) fn gather(tree: &Tree, members: &[Member], gaps: &mut Vec<Gap>) -> Vec<ConfigEntry> {
    let root = tree.root();
    let repository = root.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(root);
    let home = cargo_home();
    let mut reader = Reader {
        tree: tree.clone(),
        repository,
        home: home.clone(),
        gaps,
        seen: BTreeSet::new(),
        entries: Vec::new(),
    };
    reader.tree.allow(repository);
    for folder in root.ancestors() {
        let folder = folder.join(".cargo");
        if Some(&folder) != home.as_ref() {
            reader.folder(&folder, false);
        }
    }
    if let Some(home) = &home {
        reader.folder(home, false);
    }
    let nested: BTreeSet<&Path> = members
        .iter()
        .flat_map(|member| member.folder.ancestors().take_while(|folder| *folder != root))
        .filter(|folder| folder.starts_with(root))
        .collect();
    for folder in nested {
        reader.folder(&folder.join(".cargo"), true);
    }
    reader.entries
}

/// The user's own cargo folder: `CARGO_HOME`, or `.cargo` at home.
pub(in crate::facts) fn cargo_home() -> Option<PathBuf> {
    let home = match std::env::var_os("CARGO_HOME") {
        Some(home) if !home.is_empty() => PathBuf::from(home),
        _ => std::env::home_dir()?.join(".cargo"),
    };
    home.canonicalize().ok()
}

impl ConfigEntry {
    /// A path that the entry names, absolute: in a configuration file, paths start from the folder
    /// that holds `.cargo`.
    #[must_use]
    pub fn path(&self, root: &Path, written: &str) -> PathBuf {
        let file = root.join(self.value.at().path());
        let folder = file.parent().and_then(Path::parent).unwrap_or(root);
        super::root::normal(&folder.join(written))
    }
}

struct Reader<'a> {
    tree: Tree,
    repository: &'a Path,
    home: Option<PathBuf>,
    gaps: &'a mut Vec<Gap>,
    seen: BTreeSet<PathBuf>,
    entries: Vec<ConfigEntry>,
}

impl Reader<'_> {
    fn folder(&mut self, folder: &Path, nested: bool) {
        // Where both stand in one folder, cargo takes the name without an ending.
        for name in ["config", "config.toml"] {
            let path = folder.join(name);
            if self.tree.is_file(&path) {
                self.file(&path, nested, 0);
                return;
            }
        }
    }

    fn file(&mut self, path: &Path, nested: bool, depth: usize) {
        let in_workspace = self.in_workspace(path);
        if !in_workspace {
            path.parent().inspect(|folder| self.tree.allow(folder));
        }
        let source = match self.tree.read(path) {
            Ok(source) => source,
            Err(error) => return self.gap(path, &error.to_string(), None),
        };
        let known = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if !self.seen.insert(known) {
            return;
        }
        let value = match document::parse(&source) {
            Ok(value) => value,
            Err(error) => return self.gap(path, &error.message, Some(error.at)),
        };
        for entry in value.entries().iter().filter(|entry| entry.key != "include") {
            self.flatten(vec![entry.key.clone()], &entry.value, in_workspace, nested);
        }
        // What a file says itself is stronger than what it includes, and later includes win.
        if let Some(include) = value.get(&["include"]) {
            let single = [include.clone()];
            let items = if include.as_str().is_some() { &single } else { include.items() };
            for item in items.iter().rev() {
                self.include(path, item, nested, depth);
            }
        }
    }

    fn include(&mut self, from: &Path, item: &Value, nested: bool, depth: usize) {
        let path = item.as_str().or_else(|| item.get(&["path"])?.as_str());
        let optional = item.get(&["optional"]).and_then(Value::as_bool) == Some(true);
        let Some(path) = path else {
            return self.gap(from, "an include names no path", Some(item.at()));
        };
        let path = super::root::normal(&from.parent().unwrap_or(from).join(path));
        if depth >= DEEPEST {
            return self.gap(&path, "includes are nested too deep", Some(item.at()));
        }
        if self.in_workspace(from) && !path.starts_with(self.repository) {
            return self.gap(&path, "the include leads out of the repository", Some(item.at()));
        }
        match path.try_exists() {
            Ok(true) => self.file(&path, nested, depth + 1),
            _ if optional => {}
            _ => self.gap(&path, &ReadError::Absent.to_string(), Some(item.at())),
        }
    }

    fn flatten(&mut self, segments: Vec<String>, value: &Value, in_workspace: bool, nested: bool) {
        if !value.is_table() || segments.len() > DEEPEST {
            let (key, value) = (segments.join("."), value.clone());
            self.entries.push(ConfigEntry { key, segments, value, in_workspace, nested });
            return;
        }
        for entry in value.entries() {
            let mut segments = segments.clone();
            segments.push(entry.key.clone());
            self.flatten(segments, &entry.value, in_workspace, nested);
        }
    }

    /// The workspace's own files, and those above it in its repository; not the user's own, even
    /// where somebody keeps the whole home folder in a repository.
    fn in_workspace(&self, path: &Path) -> bool {
        let users = self.home.as_ref().is_some_and(|home| path.starts_with(home));
        path.starts_with(self.tree.root()) || (path.starts_with(self.repository) && !users)
    }

    fn gap(&mut self, path: &Path, why: &str, at: Option<crate::source::Location>) {
        let mut gap = Gap::new(
            Kind::Workspace,
            self.tree.relative(path),
            super::one_line(why),
            "mend the cargo configuration",
        );
        gap.at = at;
        self.gaps.push(gap);
    }
}
