//! The git repository, read object by object.
//!
//! The repository is as hostile as the tree it belongs to. The git program is not run, so that no
//! hook, filter, alias or pager of its configuration can be; nothing is checked out, and nothing
//! written. The size of every object is asked for before its content is, since a few kilobytes in a
//! pack can stand for gigabytes.

use std::path::{Component, Path, PathBuf};

use git2::{ErrorCode, ObjectType, Oid, Repository};
use jiff::civil::Date;

use crate::source::LARGEST_FILE;

/// How many tags may lead from one to the next before a commit comes.
const MOST_TAGS: usize = 8;

/// How many tags are looked at.
const MOST_NAMES: usize = 10_000;

/// Files and bytes taken out of one folder of a revision, at most; and how deep they lie.
const MOST_FILES: usize = 20_000;
const MOST_BYTES: u64 = 128 * 1024 * 1024;
const DEEPEST: usize = 64;

/// A repository whose working copy holds the workspace.
pub(in crate::facts) struct Past {
    pub(super) repository: Repository,
    /// The workspace root as seen from the top of the working copy.
    pub(in crate::facts) below: PathBuf,
}

/// A commit.
#[derive(Debug, Clone)]
pub(in crate::facts) struct State {
    pub(in crate::facts) commit: String,
    pub(in crate::facts) on: Date,
    pub(super) tree: Oid,
}

impl State {
    /// The commit for people, by a word for it and the beginning of its digits.
    pub(super) fn named(&self, word: &str) -> String {
        format!("{word} ({})", &self.commit[..self.commit.len().min(10)])
    }
}

/// Why a revision is not found.
pub(in crate::facts) enum Unfound {
    /// No revision is written like this.
    Words(&'static str),
    /// Nothing bears the name.
    Unknown,
    /// It is there, and can't be read.
    Unreadable(String),
}

impl Unfound {
    /// Why, in words.
    pub(in crate::facts) fn why(self) -> String {
        match self {
            Self::Words(why) => why.to_owned(),
            Self::Unknown => "it names nothing".to_owned(),
            Self::Unreadable(why) => why,
        }
    }
}

impl From<git2::Error> for Unfound {
    fn from(error: git2::Error) -> Self {
        Self::Unreadable(told(&error))
    }
}

/// What libgit2 says, in one line.
pub(super) fn told(error: &git2::Error) -> String {
    error.message().split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Past {
    /// The repository around a folder; `None` where there is none, or none with a working copy.
    pub(in crate::facts) fn open(root: &Path) -> Result<Option<Self>, String> {
        let repository = match Repository::discover(root) {
            Ok(repository) => repository,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(told(&error)),
        };
        let folder = repository.workdir().and_then(|folder| folder.canonicalize().ok());
        let below = folder.and_then(|folder| root.strip_prefix(folder).ok().map(Path::to_path_buf));
        Ok(below.map(|below| Self { repository, below }))
    }

    /// True where the repository holds only the newest part of its history.
    pub(in crate::facts) fn is_shallow(&self) -> bool {
        self.repository.is_shallow()
    }

    /// The top of the working copy.
    pub(in crate::facts) fn top(&self) -> Option<PathBuf> {
        self.repository.workdir().and_then(|folder| folder.canonicalize().ok())
    }

    /// The last commit of the branch in the working copy; `None` where nothing is committed yet.
    pub(in crate::facts) fn head(&self) -> Result<Option<State>, String> {
        let unborn =
            |error: &git2::Error| matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound);
        let id = match self.repository.head().and_then(|head| head.resolve()) {
            Ok(head) => head.target(),
            Err(error) if unborn(&error) => return Ok(None),
            Err(error) => return Err(told(&error)),
        };
        id.map(|id| self.state(id).map_err(Unfound::why)).transpose()
    }

    /// The name for people of the last commit, if the workspace was there already.
    pub(super) fn last(&self) -> Option<String> {
        let head = self.head().ok()??;
        let tree = self.repository.find_tree(head.tree).ok()?;
        tree.get_path(&self.below.join("Cargo.toml")).ok()?;
        Some(head.named("HEAD"))
    }

    /// True where git tracks a file, relative to the top: in the index, or in the last commit.
    pub(in crate::facts) fn tracks(&self, path: &Path) -> Result<bool, String> {
        let index = self.repository.index().map_err(|error| told(&error))?;
        if index.get_path(path, 0).is_some() {
            return Ok(true);
        }
        let Some(head) = self.head()? else { return Ok(false) };
        self.entry(&head, path).map(|entry| entry.is_some()).map_err(|error| told(&error))
    }

    /// A file of the working copy as seen from its top.
    pub(in crate::facts) fn within(&self, file: &Path) -> Option<PathBuf> {
        Some(file.strip_prefix(self.top()?).ok()?.to_path_buf())
    }

    /// The names of tags, sorted.
    pub(in crate::facts) fn tags(&self) -> Result<Vec<String>, String> {
        let references = self.repository.references_glob("refs/tags/*").map_err(|error| told(&error))?;
        let mut tags = Vec::new();
        for reference in references.take(MOST_NAMES) {
            let reference = reference.map_err(|error| told(&error))?;
            // A name that is not text can't be typed either.
            if let Ok(tag) = std::str::from_utf8(reference.name_bytes()) {
                tags.push(tag.trim_start_matches("refs/tags/").to_owned());
            }
        }
        tags.sort();
        Ok(tags)
    }

    /// The commit that a revision names: a tag, a branch, a commit, each with steps back such as
    /// `~3` or `^2`. What else git understands (searches, reflogs, paths) names no release.
    pub(in crate::facts) fn resolve(&self, revision: &str) -> Result<State, Unfound> {
        let (name, steps) = revision.split_at(revision.find(['~', '^']).unwrap_or(revision.len()));
        check_words(name)?;
        let mut commit = self.peel(self.named(if name == "@" { "HEAD" } else { name })?)?;
        for step in read_steps(steps)? {
            commit = self.step(commit, step)?;
        }
        self.state(commit)
    }

    /// The commit that a tag names.
    pub(in crate::facts) fn tag(&self, tag: &str) -> Result<State, Unfound> {
        let reference = self.repository.find_reference(&format!("refs/tags/{tag}"))?;
        let id = reference.resolve()?.target().ok_or(Unfound::Unknown)?;
        self.state(self.peel(id)?)
    }

    fn named(&self, name: &str) -> Result<Oid, Unfound> {
        let is_hex = name.len() >= 4 && name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let (40, true, Ok(id)) = (name.len(), is_hex, Oid::from_str(name)) {
            return Ok(id);
        }
        match self.repository.resolve_reference_from_short_name(name) {
            Ok(reference) => return reference.resolve()?.target().ok_or(Unfound::Unknown),
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => {}
            Err(error) => return Err(error.into()),
        }
        if !is_hex {
            return Err(Unfound::Unknown);
        }
        match self.repository.odb()?.exists_prefix(Oid::from_str(name)?, name.len()) {
            Ok(id) => Ok(id),
            Err(error) if error.code() == ErrorCode::NotFound => Err(Unfound::Unknown),
            Err(error) => Err(error.into()),
        }
    }

    /// Follows tags to the commit they name.
    fn peel(&self, mut id: Oid) -> Result<Oid, Unfound> {
        for _ in 0..MOST_TAGS {
            match self.kind(id)? {
                ObjectType::Commit => return Ok(id),
                ObjectType::Tag => id = self.repository.find_tag(id)?.target_id(),
                _ => return Err(Unfound::Unreadable("it names no commit".to_owned())),
            }
        }
        Err(Unfound::Unreadable("it leads from tag to tag".to_owned()))
    }

    fn step(&self, mut commit: Oid, step: Step) -> Result<Oid, Unfound> {
        let (times, parent) = match step {
            Step::Back(times) => (times, 0),
            Step::Parent(number) => (1, number),
        };
        for _ in 0..times {
            self.kind(commit)?;
            let found = self.repository.find_commit(commit)?;
            commit = found.parent_ids().nth(parent).ok_or(Unfound::Unknown)?;
        }
        Ok(commit)
    }

    pub(super) fn state(&self, commit: Oid) -> Result<State, Unfound> {
        if self.kind(commit)? != ObjectType::Commit {
            return Err(Unfound::Unreadable("it names no commit".to_owned()));
        }
        let found = self.repository.find_commit(commit)?;
        let moment = jiff::Timestamp::from_second(found.time().seconds())
            .map_err(|_| Unfound::Unreadable("its day is beyond the calendar".to_owned()))?;
        let on = moment.to_zoned(jiff::tz::TimeZone::UTC).date();
        Ok(State { commit: commit.to_string(), on, tree: found.tree_id() })
    }

    /// The kind of an object that is small enough to be read.
    pub(super) fn kind(&self, id: Oid) -> Result<ObjectType, git2::Error> {
        let (size, kind) = self.repository.odb()?.read_header(id)?;
        if size as u64 > LARGEST_FILE {
            return Err(git2::Error::from_str(&format!("an object has {size} bytes, too many to be read")));
        }
        Ok(kind)
    }

    /// The object at a path of a revision, with its mode; `None` where there is none.
    pub(super) fn entry(&self, state: &State, path: &Path) -> Result<Option<(Oid, i32)>, git2::Error> {
        let mut at = (state.tree, 0o040_000);
        for part in path.components() {
            let Component::Normal(name) = part else { return Ok(None) };
            let Some(name) = name.to_str() else { return Ok(None) };
            if self.kind(at.0)? != ObjectType::Tree {
                return Ok(None);
            }
            let tree = self.repository.find_tree(at.0)?;
            let Some(entry) = tree.get_name(name) else { return Ok(None) };
            // A commit in a tree is a submodule: another repository, of which nothing is here.
            if entry.kind() == Some(ObjectType::Commit) {
                return Ok(None);
            }
            at = (entry.id(), entry.filemode());
        }
        Ok(Some(at))
    }

    /// The text file at a path of a revision, relative to the top; `None` where there is none.
    pub(in crate::facts) fn text(&self, state: &State, path: &Path) -> Result<Option<String>, String> {
        let read = || {
            let Some((id, mode)) = self.entry(state, path)? else { return Ok(None) };
            if self.kind(id)? != ObjectType::Blob {
                return Ok(None);
            }
            if mode == i32::from(git2::FileMode::Link) {
                return Err(git2::Error::from_str("it is a link"));
            }
            Ok(Some(self.repository.find_blob(id)?.content().to_vec()))
        };
        let bytes = read().map_err(|error| told(&error))?;
        bytes
            .map(String::from_utf8)
            .transpose()
            .map_err(|error| format!("it is not UTF-8 from byte {} on", error.utf8_error().valid_up_to()))
    }

    /// Writes the files below a folder of a revision to an empty folder of ours. `Ok(false)` where there
    /// is no such folder; what can't be taken whole is an error.
    pub(in crate::facts) fn take_out(&self, state: &State, from: &Path, to: &Path) -> Result<bool, String> {
        let Some((id, _)) = self.entry(state, from).map_err(|error| told(&error))? else { return Ok(false) };
        if self.kind(id).map_err(|error| told(&error))? != ObjectType::Tree {
            return Ok(false);
        }
        let (mut files, mut bytes) = (0, 0);
        let mut waiting = vec![(id, to.to_owned(), 0)];
        while let Some((id, folder, depth)) = waiting.pop() {
            if depth > DEEPEST {
                return Err(format!("it is more than {DEEPEST} folders deep"));
            }
            self.kind(id).map_err(|error| told(&error))?;
            let tree = self.repository.find_tree(id).map_err(|error| told(&error))?;
            std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
            for entry in &tree {
                let path = folder.join(plain_name(entry.name().ok()).ok_or("it holds an odd file name")?);
                files += 1;
                if files > MOST_FILES {
                    return Err(format!("it holds more than {MOST_FILES} files"));
                }
                match (entry.kind(), entry.filemode()) {
                    (Some(ObjectType::Tree), _) => waiting.push((entry.id(), path, depth + 1)),
                    (Some(ObjectType::Blob), mode) if mode != i32::from(git2::FileMode::Link) => {
                        let (size, _) = self
                            .repository
                            .odb()
                            .and_then(|odb| odb.read_header(entry.id()))
                            .map_err(|error| told(&error))?;
                        bytes += size as u64;
                        if bytes > MOST_BYTES {
                            return Err(format!("it holds more than {MOST_BYTES} bytes"));
                        }
                        let blob = self.repository.find_blob(entry.id()).map_err(|error| told(&error))?;
                        std::fs::write(&path, blob.content()).map_err(|error| error.to_string())?;
                    }
                    _ => return Err("it holds a link or a submodule".to_owned()),
                }
            }
        }
        Ok(true)
    }
}

/// A file name that leads nowhere else.
fn plain_name(name: Option<&str>) -> Option<&str> {
    let name = name?;
    let mut parts = Path::new(name).components();
    let plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name);
    (plain && !name.contains(['\\', ':', '\0'])).then_some(name)
}

/// Refuses what would be read as something else than a name: options, searches, ranges.
fn check_words(name: &str) -> Result<(), Unfound> {
    if name.is_empty() {
        return Err(Unfound::Words("it is empty"));
    }
    if name.starts_with('-') {
        return Err(Unfound::Words("it starts like an option"));
    }
    let odd = |c: char| c.is_control() || c.is_whitespace() || "?*[:\\{}".contains(c);
    if name.contains(odd) || name.contains("..") {
        return Err(Unfound::Words(
            "a tag, a branch or a commit is wanted, such as `v1.2.0`, `main` or `HEAD~3`",
        ));
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Step {
    /// So many commits back, by the first parent.
    Back(u32),
    /// To this parent.
    Parent(usize),
}

/// Reads steps such as `~3` and `^2`.
fn read_steps(mut text: &str) -> Result<Vec<Step>, Unfound> {
    const FAULT: Unfound = Unfound::Words("steps back are written `~3` or `^2`");
    let mut steps = Vec::new();
    while let Some(sign) = text.chars().next() {
        text = &text[1..];
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let number = match &text[..end] {
            "" => 1,
            digits => digits.parse::<u32>().map_err(|_| FAULT)?,
        };
        text = &text[end..];
        match sign {
            '~' => steps.push(Step::Back(number)),
            '^' if number > 0 => steps.push(Step::Parent(number as usize - 1)),
            // `^0` is the commit itself.
            '^' => steps.push(Step::Back(0)),
            _ => return Err(FAULT),
        }
    }
    Ok(steps)
}
