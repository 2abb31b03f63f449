//! The walk through the history that finds who wrote lines: from a commit to those before it, the youngest first.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, btree_map};
use std::path::PathBuf;
use std::rc::Rc;

use git2::{Commit, Mailmap, Oid, Signature, Tree};
use sha2::{Digest as _, Sha256};

use super::Map;
use super::hands::{Blame, Known, Wrote};
use super::lines::{bare, carried, same_lines};
use super::people::{co_authors, is_program, is_squashed, named};
use super::repository::Past;
use super::watched::{PathId, Watched};
use crate::cache::Shelf;
use crate::facts::prints::hex;
use crate::source::{LARGEST_FILE, read_limited};

/// So many versions are kept while they are compared.
const MOST_READ: usize = 256;

/// Ids of commits that only changed how code is laid out, a line each; by the name that git's manual gives the file.
pub(super) const IGNORED: &str = ".git-blame-ignore-revs";

/// Lines that a version of a file holds.
struct Version {
    blob: Oid,
    /// Pairs of a line in this version and a line in the file as it was committed last.
    lines: Vec<(usize, usize)>,
}

/// What is asked of a commit, by the file asked about and the path that it has there.
type Asked = BTreeMap<(usize, PathId), Version>;

/// Files of which nobody has written a line.
pub(super) fn nobodys(files: &[(PathBuf, &str)]) -> Vec<Vec<Option<usize>>> {
    files.iter().map(|(_, text)| vec![None; text.lines().count()]).collect()
}

/// A file as it was committed last.
struct Committed {
    blob: Oid,
    /// The name under which its answer is kept.
    key: String,
    /// For each line who wrote it, as far as that is found.
    writers: Vec<Option<usize>>,
    /// True where that was known from an earlier walk from here.
    known: bool,
}

/// A walk from the last commit back.
pub(super) struct Walk<'p> {
    past: &'p Past,
    kept: &'p mut Shelf<Known>,
    head: (Oid, Oid, i64),
    mailmap: Mailmap,
    ignored: BTreeSet<Oid>,
    naming: String,
    watched: Watched<'p>,
    /// Commits to look at, the youngest first.
    pub(super) order: BinaryHeap<(i64, Oid)>,
    waiting: Map<Oid, Asked>,
    /// What earlier walks from a commit found of versions.
    known: Map<Oid, Map<(PathId, Oid), Blame>>,
    looked_up: BTreeSet<(PathId, Oid)>,
    wrote: Map<Oid, usize>,
    /// The lines of versions that were compared last.
    read: Map<Oid, Rc<[u64]>>,
    commits: Vec<Wrote>,
    committed: Vec<Option<Committed>>,
}

impl<'p> Walk<'p> {
    pub(super) fn new(
        past: &'p Past,
        head: &Commit<'_>,
        kept: &'p mut Shelf<Known>,
    ) -> Result<Self, git2::Error> {
        let top = past.top().unwrap_or_default();
        let bytes = |name: &str| read_limited(&top.join(name), LARGEST_FILE).unwrap_or_default();
        let text = |name: &str| String::from_utf8(bytes(name)).unwrap_or_default();
        let ignored = text(IGNORED);
        let lines = ignored.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        Ok(Self {
            past,
            kept,
            head: (head.id(), head.tree_id(), head.time().seconds()),
            mailmap: past.repository.mailmap()?,
            ignored: lines
                .filter(|line| line.len() == 40)
                .filter_map(|line| Oid::from_str(line).ok())
                .collect(),
            naming: hex(&Sha256::digest(format!("{}\0{ignored}", text(".mailmap")))),
            watched: Watched::new(past),
            order: BinaryHeap::new(),
            waiting: Map::default(),
            known: Map::default(),
            looked_up: BTreeSet::new(),
            wrote: Map::default(),
            read: Map::default(),
            commits: Vec::new(),
            committed: Vec::new(),
        })
    }

    /// Begins at the last commit, with all lines that files have there.
    pub(super) fn begin(&mut self, files: &[(PathBuf, &str)]) -> Result<(), git2::Error> {
        let (id, tree, time) = self.head;
        let paths: Vec<Option<PathId>> = files.iter().map(|(path, _)| self.watched.add(path)).collect();
        let there: Map<PathId, Option<Oid>> = self.watched.files(tree)?.into_iter().collect();
        let mut asked = Asked::new();
        for (file, path) in paths.into_iter().enumerate() {
            let found = path.and_then(|path| Some((path, (*there.get(&path)?)?)));
            let Some((path, blob)) = found else {
                self.committed.push(None);
                continue;
            };
            self.look_up(path, blob);
            let lines = self.lines(blob)?.len();
            let key = self.key(path, blob);
            self.committed.push(Some(Committed { blob, key, writers: vec![None; lines], known: false }));
            asked.insert((file, path), Version { blob, lines: (0..lines).map(|at| (at, at)).collect() });
        }
        self.wait(id, time, asked);
        Ok(())
    }

    fn key(&self, path: PathId, blob: Oid) -> String {
        format!("{} {blob} {}", self.naming, self.watched.path(path).display())
    }

    /// Asks once what an earlier walk found of a version.
    fn look_up(&mut self, path: PathId, blob: Oid) {
        if self.looked_up.insert((path, blob))
            && let Some(Known { commit, blame }) = self.kept.get(&self.key(path, blob))
            && let Ok(commit) = Oid::from_str(&commit)
        {
            self.known.entry(commit).or_default().insert((path, blob), blame);
        }
    }

    fn wait(&mut self, commit: Oid, time: i64, mut asked: Asked) {
        asked.retain(|_, version| !version.lines.is_empty());
        if asked.is_empty() {
            return;
        }
        match self.waiting.entry(commit) {
            Entry::Vacant(entry) => {
                self.order.push((time, commit));
                entry.insert(asked);
            }
            // Two ways can lead to one version.
            Entry::Occupied(mut entry) => {
                for (place, version) in asked {
                    match entry.get_mut().entry(place) {
                        btree_map::Entry::Vacant(entry) => {
                            entry.insert(version);
                        }
                        btree_map::Entry::Occupied(mut entry) => entry.get_mut().lines.extend(version.lines),
                    }
                }
            }
        }
    }

    pub(super) fn visit(&mut self, id: Oid) -> Result<(), git2::Error> {
        let Some(mut here) = self.waiting.remove(&id) else { return Ok(()) };
        if let Some(known) = self.known.remove(&id) {
            here = self.take_over(here, &known, id);
            self.known.insert(id, known);
            if here.is_empty() {
                return Ok(());
            }
        }
        self.past.kind(id)?;
        let commit = self.past.repository.find_commit(id)?;
        let parents: Vec<Commit<'_>> = commit.parents().collect();
        let mut changes: Vec<Map<PathId, Option<Oid>>> = Vec::new();
        for parent in &parents {
            changes
                .push(self.watched.changed(Some(parent.tree_id()), commit.tree_id())?.into_iter().collect());
        }
        // What is as it was goes to the first parent that has it so, all of it together.
        for (parent, changed) in parents.iter().zip(&changes) {
            let other = if changed.is_empty() {
                Asked::new()
            } else {
                here.extract_if(.., |(_, path), _| changed.contains_key(path)).collect()
            };
            let same = std::mem::replace(&mut here, other);
            self.wait(parent.id(), parent.time().seconds(), same);
        }
        for ((file, path), version) in here {
            let earlier: Vec<(usize, PathId, Oid)> = changes
                .iter()
                .enumerate()
                .filter_map(|(parent, changed)| Some((parent, path, (*changed.get(&path)?)?)))
                .collect();
            self.divide(&commit, &parents, (file, path), version, earlier)?;
        }
        Ok(())
    }

    /// Gives each line of a changed version to a parent that had it, or to this commit.
    fn divide(
        &mut self,
        commit: &Commit<'_>,
        parents: &[Commit<'_>],
        (file, path): (usize, PathId),
        mut version: Version,
        mut earlier: Vec<(usize, PathId, Oid)>,
    ) -> Result<(), git2::Error> {
        if earlier.is_empty()
            && let [parent] = parents
            && let Some((path, blob)) = self.renamed(&parent.tree()?, &commit.tree()?, path)?
        {
            earlier.push((0, path, blob));
        }
        let lines_here = self.lines(version.blob)?;
        for (parent, path, blob) in &earlier {
            let old = self.lines(*blob)?;
            let looked_through = self.ignored.contains(&commit.id()) && *parent == earlier[0].0;
            let lines = carried(&old, &lines_here, &mut version.lines, looked_through);
            self.look_up(*path, *blob);
            let parent = &parents[*parent];
            let asked = Asked::from([((file, *path), Version { blob: *blob, lines })]);
            self.wait(parent.id(), parent.time().seconds(), asked);
        }
        if !version.lines.is_empty() {
            let wrote = self.wrote(commit)?;
            for (_, line) in version.lines {
                self.note(file, line, wrote);
            }
        }
        Ok(())
    }

    fn note(&mut self, file: usize, line: usize, wrote: usize) {
        let of = self.committed.get_mut(file).and_then(Option::as_mut);
        if let Some(writer) = of.and_then(|committed| committed.writers.get_mut(line)) {
            *writer = Some(wrote);
        }
    }

    /// Takes over what an earlier walk from this commit found; what is left is to be asked on.
    fn take_over(&mut self, here: Asked, known: &Map<(PathId, Oid), Blame>, id: Oid) -> Asked {
        let mut left = Asked::new();
        let mut first: Map<(PathId, Oid), usize> = Map::default();
        for ((file, path), version) in here {
            let of = (path, version.blob);
            let Some((blame, writers)) = known.get(&of).and_then(|blame| Some((blame, blame.files.first()?)))
            else {
                left.insert((file, path), version);
                continue;
            };
            let first = *first.entry(of).or_insert_with(|| {
                self.commits.extend(blame.commits.iter().cloned());
                self.commits.len() - blame.commits.len()
            });
            for (here, line) in version.lines {
                if let Some(wrote) = writers.get(here).copied().flatten() {
                    self.note(file, line, first + wrote);
                }
            }
            if let Some(committed) = self.committed.get_mut(file).and_then(Option::as_mut) {
                committed.known = id == self.head.0;
            }
        }
        left
    }

    /// Keeps what was found, and tells it of the files as they stand.
    pub(super) fn end(mut self, files: &[(PathBuf, &str)]) -> Result<Blame, git2::Error> {
        let mut blame = Blame { files: nobodys(files), commits: Vec::new() };
        for (file, (_, text)) in files.iter().enumerate() {
            let Some(committed) = self.committed[file].take() else { continue };
            if !committed.known {
                let known = Known { commit: self.head.0.to_string(), blame: self.own(&committed.writers) };
                self.kept.put(committed.key.as_str(), &known);
            }
            let lines = self.lines(committed.blob)?;
            for (old, new) in same_lines(&lines, &bare(text)) {
                blame.files[file][new] = committed.writers[old];
            }
        }
        blame.commits = self.commits;
        Ok(blame)
    }

    /// What was found of one file, with its own list of commits.
    fn own(&self, writers: &[Option<usize>]) -> Blame {
        let used: BTreeSet<usize> = writers.iter().flatten().copied().collect();
        let place: BTreeMap<usize, usize> = used.iter().enumerate().map(|(at, wrote)| (*wrote, at)).collect();
        Blame {
            commits: used.iter().map(|wrote| self.commits[*wrote].clone()).collect(),
            files: vec![
                writers.iter().map(|writer| writer.and_then(|wrote| place.get(&wrote).copied())).collect(),
            ],
        }
    }

    /// The lines of a version, kept for the next commit that compares with it.
    fn lines(&mut self, blob: Oid) -> Result<Rc<[u64]>, git2::Error> {
        if let Some(lines) = self.read.get(&blob) {
            return Ok(Rc::clone(lines));
        }
        self.past.kind(blob)?;
        let content = self.past.repository.find_blob(blob)?;
        let lines: Rc<[u64]> = bare(&String::from_utf8_lossy(content.content())).into();
        if self.read.len() >= MOST_READ {
            self.read.clear();
        }
        self.read.insert(blob, Rc::clone(&lines));
        Ok(lines)
    }

    /// Where a file that is new in a commit came from, if git sees one that it was moved from.
    fn renamed(
        &mut self,
        old: &Tree<'_>,
        new: &Tree<'_>,
        path: PathId,
    ) -> Result<Option<(PathId, Oid)>, git2::Error> {
        let mut diff = self.past.repository.diff_tree_to_tree(Some(old), Some(new), None)?;
        let mut options = git2::DiffFindOptions::new();
        options.renames(true).rename_limit(100);
        diff.find_similar(Some(&mut options))?;
        let path = self.watched.path(path);
        let moved = diff
            .deltas()
            .find(|delta| delta.status() == git2::Delta::Renamed && delta.new_file().path() == Some(path));
        Ok(moved.and_then(|delta| {
            let (path, blob) = (delta.old_file().path()?, delta.old_file().id());
            Some((self.watched.add(path)?, blob))
        }))
    }

    fn wrote(&mut self, commit: &Commit<'_>) -> Result<usize, git2::Error> {
        if let Some(known) = self.wrote.get(&commit.id()) {
            return Ok(*known);
        }
        let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
        let mut people = vec![named(&commit.author_with_mailmap(&self.mailmap)?)];
        for beside in co_authors(&message) {
            let signature = Signature::new(&beside.name, &beside.email, &commit.time());
            let person =
                signature.and_then(|signature| Ok(named(&self.mailmap.resolve_signature(&signature)?)));
            people.push(person.unwrap_or(beside));
        }
        let alone = people.len() == 1;
        let by_program = people.iter().all(is_program);
        people.retain(|person| !is_program(person));
        people.sort();
        people.dedup();
        let committer = named(&commit.committer());
        let wrote = Wrote {
            people,
            squashed: alone && is_squashed(&message, &committer, commit.parent_count()),
            by_program,
        };
        self.commits.push(wrote);
        let at = self.commits.len() - 1;
        self.wrote.insert(commit.id(), at);
        Ok(at)
    }
}
