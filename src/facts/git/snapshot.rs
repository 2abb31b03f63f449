//! A state of the repository as a folder of ours: what is staged, or a commit.
//!
//! Whoever asks for facts of a state is handed a folder that holds it, and looks at it as at any other. The folder is
//! kept in the cache: from one state to the next only the files that differ are written. What is kept is believed only
//! while every file has the size it was written with, and a run that was cut short leaves no file that is believed.
//!
//! Only one state is there at a time, under a lock: a second run waits. Links are laid out where they stay inside the
//! repository, and nothing is ever written through one.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use git2::{ErrorCode, FileMode, ObjectType, Oid};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::caches::is_mark;
use super::folder::{emptied, link, remove};
use super::repository::{Past, State, Unfound, told};
use crate::cache::{self, Shelf};
use crate::facts::prints::hex;
use crate::source::{LARGEST_FILE, Listing};

/// More files, and more bytes of them, than a repository of a product has.
const MOST_FILES: usize = 300_000;
const MOST_BYTES: u64 = 8 * 1024 * 1024 * 1024;

/// How deep folders lie.
const DEEPEST: usize = 64;

/// The key of the only value on the shelf.
const KEY: &str = "state";

/// What a state holds, by path as seen from the top, with `/`.
type Files = BTreeMap<String, Entry>;

/// A file of a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    id: String,
    link: bool,
    size: u64,
}

/// Which state is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// What would be committed now.
    Index,
    /// The last commit; an empty state where nothing is committed yet.
    Head,
    /// The last commit that both the working copy and a revision come from; the revision itself where there is none.
    Fork(String),
}

/// The folder in which states are laid out.
pub struct Snapshot {
    past: Past,
    /// The folder that holds the state.
    folder: PathBuf,
    kept: Option<(PathBuf, String)>,
    files: Files,
    /// Another index than the repository's own: the one of a commit that takes files by name.
    index: Option<PathBuf>,
    /// What is staged, once somebody has asked.
    staged: OnceCell<Files>,
    /// Held as long as the folder is looked at.
    _lock: Option<File>,
    _temporary: Option<tempfile::TempDir>,
}

impl Snapshot {
    /// Opens the folder for the repository around a workspace; without a cache, a temporary one.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub fn open(root: &Path, index: Option<&Path>, cache: Option<&Path>) -> Result<Self, String> {
        let index = index.map(Path::to_path_buf);
        let Some(past) = Past::open(root)? else {
            return Err("no git repository holds the workspace".to_owned());
        };
        let top = past.top().ok_or("the repository has no working copy")?;
        let name = format!("tree-{}", hex(&Sha256::digest(top.as_os_str().as_encoded_bytes())[..8]));
        let kept = cache.and_then(|cache| Some((cache, cache::own_folder(cache, &name)?)));
        let Some((cache, home)) = kept else {
            let temporary = tempfile::tempdir().map_err(|error| error.to_string())?;
            // Where the temporary folder lies may be told through a link; paths are compared without.
            let folder = temporary.path().canonicalize().map_err(|error| error.to_string())?.join("tree");
            fs::create_dir(&folder).map_err(|error| error.to_string())?;
            let files = Files::new();
            return Ok(Self {
                past,
                folder,
                kept: None,
                files,
                index,
                staged: OnceCell::new(),
                _lock: None,
                _temporary: Some(temporary),
            });
        };
        let lock = locked(&home.join("lock")).map_err(|error| error.to_string())?;
        let home = home.canonicalize().map_err(|error| error.to_string())?;
        let folder = home.join("tree");
        let files: Files = Shelf::open(Some(cache), &name).get(KEY).unwrap_or_default();
        let files =
            if files.is_empty() { emptied(&folder).map(|()| files) } else { Ok(intact(&folder, files)) };
        let files = files.map_err(|error| error.to_string())?;
        let kept = Some((cache.to_owned(), name));
        Ok(Self {
            past,
            folder,
            kept,
            files,
            index,
            staged: OnceCell::new(),
            _lock: Some(lock),
            _temporary: None,
        })
    }

    /// The workspace root as seen from the top of the repository.
    #[must_use]
    pub fn below(&self) -> &Path {
        &self.past.below
    }

    /// Lays out a state and returns its name for people.
    ///
    /// # Errors
    /// Why it can't be laid out, in words.
    pub fn show(&mut self, which: &Which) -> Result<String, String> {
        let (wanted, name) = self.listed(which)?;
        let gone: Vec<String> = self
            .files
            .iter()
            .filter(|(path, entry)| wanted.get(*path) != Some(entry))
            .map(|(path, _)| path.clone())
            .collect();
        if wanted.values().map(|entry| entry.size.min(LARGEST_FILE)).sum::<u64>() > MOST_BYTES {
            return Err("the repository holds more than can be laid out".to_owned());
        }
        let missing: Vec<(&String, &Entry)> =
            wanted.iter().filter(|(path, entry)| self.files.get(*path) != Some(entry)).collect();
        if gone.is_empty() && missing.is_empty() {
            return Ok(name);
        }
        // What is about to change is not believed any more, should this run be cut short.
        for path in &gone {
            self.files.remove(path);
        }
        self.keep();
        for path in &gone {
            remove(&self.folder, path).map_err(|error| format!("{path}: {error}"))?;
        }
        for (path, entry) in missing {
            self.write(path, entry, &wanted)?;
        }
        self.files = wanted;
        self.keep();
        Ok(name)
    }

    /// The folder in which the workspace root of the state shown lies.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder.join(&self.past.below)
    }

    /// What lies in the folder.
    #[must_use]
    pub fn listing(&self) -> Listing {
        Listing::new(&self.folder, self.files.iter().map(|(path, entry)| (path.clone(), entry.link)))
    }

    /// True where a file is part of the state shown; the path as seen from the workspace root.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        self.files.contains_key(&self.seen_from_top(path))
    }

    /// The paths that differ between a commit and what is staged, as seen from the workspace root.
    ///
    /// # Errors
    /// Why they can't be told, in words.
    pub fn differing(&self, from: &Which, to: &Which) -> Result<Vec<String>, String> {
        let ((from, _), (to, _)) = (self.listed(from)?, self.listed(to)?);
        let gone = from.iter().filter(|(path, _)| !to.contains_key(*path));
        let other = to.iter().filter(|(path, entry)| from.get(*path) != Some(entry));
        let below = &self.past.below;
        Ok(gone.chain(other).map(|(path, _)| crate::source::relative(below, Path::new(path))).collect())
    }

    /// Every path of a state, as seen from the workspace root.
    ///
    /// # Errors
    /// Why they can't be told, in words.
    pub fn paths(&self, which: &Which) -> Result<Vec<String>, String> {
        let (files, _) = self.listed(which)?;
        Ok(files.keys().map(|path| crate::source::relative(&self.past.below, Path::new(path))).collect())
    }

    fn seen_from_top(&self, path: &str) -> String {
        let below = crate::source::relative(Path::new(""), &self.past.below);
        crate::source::joined(if below == "." { "" } else { &below }, path)
    }

    fn keep(&self) {
        if let Some((cache, name)) = &self.kept {
            let mut kept: Shelf<Files> = Shelf::open(Some(cache), name);
            kept.put(KEY, &self.files);
            kept.close(false);
        }
    }

    /// What a state holds, and its name for people.
    fn listed(&self, which: &Which) -> Result<(Files, String), String> {
        let commit = match which {
            Which::Index => return Ok((self.staged()?, "the index".to_owned())),
            Which::Head => self.past.head()?,
            Which::Fork(name) => Some(self.fork(name)?),
        };
        let Some(commit) = commit else { return Ok((Files::new(), "nothing".to_owned())) };
        let mut files = Files::new();
        self.tree(commit.tree, "", 0, &mut files)?;
        Ok((files, commit.named(if let Which::Fork(name) = which { name } else { "HEAD" })))
    }

    /// The name for people of the last commit, if the workspace was there already; nothing is laid out for it.
    #[must_use]
    pub fn last(&self) -> Option<String> {
        self.past.last()
    }

    /// The name that git has for what the last commit holds.
    #[must_use]
    pub fn tree_of_head(&self) -> Option<String> {
        self.past.head().ok()?.map(|head| head.tree.to_string())
    }

    /// Where the working copy has left a revision.
    fn fork(&self, revision: &str) -> Result<State, String> {
        let named = self.past.resolve(revision).map_err(|why| format!("`{revision}`: {}", why.why()))?;
        let Some(head) = self.past.head()? else { return Ok(named) };
        let ids = Oid::from_str(&head.commit).and_then(|head| Ok((head, Oid::from_str(&named.commit)?)));
        let (head, other) = ids.map_err(|error| told(&error))?;
        match self.past.repository.merge_base(head, other) {
            Ok(base) => self.past.state(base).map_err(Unfound::why),
            Err(_) => Ok(named),
        }
    }

    /// What is staged: one state for the whole run, whoever stages more meanwhile.
    fn staged(&self) -> Result<Files, String> {
        if let Some(known) = self.staged.get() {
            return Ok(known.clone());
        }
        let files = self.index()?;
        Ok(self.staged.get_or_init(|| files).clone())
    }

    fn index(&self) -> Result<Files, String> {
        let index = match &self.index {
            Some(file) => git2::Index::open(file),
            None => self.past.repository.index(),
        };
        let index = index.map_err(|error| told(&error))?;
        if index.has_conflicts() {
            return Err("files are in conflict; settle them first".to_owned());
        }
        let mut files = Files::new();
        for entry in index.iter() {
            let mode = i32::try_from(entry.mode).unwrap_or_default();
            self.take(named(&entry.path)?, entry.id, mode, &mut files)?;
        }
        Ok(files)
    }

    fn tree(&self, id: Oid, folder: &str, depth: usize, files: &mut Files) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!("folders are more than {DEEPEST} deep"));
        }
        self.past.kind(id).map_err(|error| told(&error))?;
        let tree = self.past.repository.find_tree(id).map_err(|error| told(&error))?;
        for entry in &tree {
            let name = named(entry.name_bytes())?;
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            match entry.kind() {
                Some(ObjectType::Tree) => self.tree(entry.id(), &path, depth + 1, files)?,
                Some(ObjectType::Blob) => self.take(&path, entry.id(), entry.filemode(), files)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes a file up, if its path leads nowhere else.
    fn take(&self, path: &str, id: Oid, mode: i32, files: &mut Files) -> Result<(), String> {
        let link = mode == i32::from(FileMode::Link);
        let file = [FileMode::Blob, FileMode::BlobExecutable, FileMode::BlobGroupWritable].map(i32::from);
        // A submodule is a repository of its own; nothing that git tracks is a cache, whatever is marked as one.
        if (!link && !file.contains(&mode)) || is_mark(path) {
            return Ok(());
        }
        if !is_plain(path) {
            return Err(format!("{path}: no file can have that name here; rename it"));
        }
        if files.len() >= MOST_FILES {
            return Err(format!("the repository holds more than {MOST_FILES} files"));
        }
        // The size is part of what is kept; a known object has a known size.
        let known = self.files.get(path).filter(|known| known.id == id.to_string());
        let size = if let Some(known) = known {
            known.size
        } else {
            let odb = self.past.repository.odb().map_err(|error| told(&error))?;
            odb.read_header(id).map_err(|error| told(&error))?.0 as u64
        };
        files.insert(path.to_owned(), Entry { id: id.to_string(), link, size });
        Ok(())
    }

    fn write(&self, path: &str, entry: &Entry, wanted: &Files) -> Result<(), String> {
        let failed = |error: io::Error| format!("{path}: {error}");
        if path.match_indices('/').any(|(end, _)| wanted.contains_key(&path[..end])) {
            return Err(format!("{path}: it lies below something that is no folder"));
        }
        let to = self.folder.join(path);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        if entry.size > LARGEST_FILE {
            // Nobody reads it; that it is there, and how large, is known all the same.
            let file = File::create(&to).map_err(failed)?;
            return file.set_len(entry.size).map_err(failed);
        }
        let id = Oid::from_str(&entry.id).map_err(|error| told(&error))?;
        let blob = match self.past.repository.find_blob(id) {
            Ok(blob) => blob,
            Err(error) if error.code() == ErrorCode::NotFound => {
                return Err(format!("{path}: this clone does not hold it"));
            }
            Err(error) => return Err(told(&error)),
        };
        if entry.link {
            return link(path, blob.content(), &to).map_err(failed);
        }
        let mut file = File::options().write(true).create_new(true).open(&to).map_err(failed)?;
        file.write_all(blob.content()).map_err(failed)
    }
}

/// Opens a file and waits until no other run has it.
fn locked(path: &Path) -> io::Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    file.lock()?;
    Ok(file)
}

/// Those of the files that are as they were written, as far as their size tells; the others are taken away.
fn intact(folder: &Path, mut files: Files) -> Files {
    files.retain(|path, entry| {
        let there = fs::symlink_metadata(folder.join(path));
        let same = there.is_ok_and(|there| {
            if entry.link { there.is_symlink() } else { there.is_file() && there.len() == entry.size }
        });
        if !same {
            let _ = remove(folder, path);
        }
        same
    });
    files
}

/// A path as text; whatever has another name could not be judged.
fn named(path: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(path)
        .map_err(|_| format!("{}: the name is no text in UTF-8; rename it", String::from_utf8_lossy(path)))
}

/// True for a path that stays where it is put.
fn is_plain(path: &str) -> bool {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(part) if part != ".git");
    let elsewhere: &[char] = if cfg!(windows) { &['\\', ':', '\0'] } else { &['\0'] };
    !path.contains(elsewhere) && !path.is_empty() && Path::new(path).components().all(plain)
}
