//! Paths that are followed through a history: what differs between two commits, at the price of what differs.
//!
//! Most commits change few folders, so two trees are compared from the top and only where they differ. What a folder
//! holds of the paths is read once for each version of it.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use git2::{ObjectType, Oid};

use super::Map;
use super::repository::Past;

/// So many versions of folders are remembered.
const MOST_KNOWN: usize = 100_000;

/// A path: an index into those that are followed.
pub(super) type PathId = usize;

/// What stands at a path in a version of a folder.
type Entry = Option<(ObjectType, Oid)>;

/// The paths that are followed.
pub(super) struct Watched<'p> {
    past: &'p Past,
    paths: Vec<PathBuf>,
    /// Folders and files on the way to the paths; the first is the top.
    nodes: Vec<Node>,
    known: Map<(usize, Oid), Rc<[Entry]>>,
}

#[derive(Default)]
struct Node {
    inside: Vec<(String, usize)>,
    path: Option<PathId>,
}

impl<'p> Watched<'p> {
    pub(super) fn new(past: &'p Past) -> Self {
        Self { past, paths: Vec::new(), nodes: vec![Node::default()], known: Map::default() }
    }

    /// The path behind an index.
    pub(super) fn path(&self, id: PathId) -> &Path {
        &self.paths[id]
    }

    /// Follows a path from now on; `None` for one that git can't hold.
    pub(super) fn add(&mut self, path: &Path) -> Option<PathId> {
        let mut at = 0;
        for part in path.components() {
            let name = part.as_os_str().to_str()?;
            let known = self.nodes[at].inside.iter().find(|(known, _)| known == name).map(|(_, node)| *node);
            at = known.unwrap_or_else(|| {
                let node = self.nodes.len();
                self.nodes.push(Node::default());
                self.nodes[at].inside.push((name.to_owned(), node));
                node
            });
        }
        let id = *self.nodes[at].path.get_or_insert(self.paths.len());
        if id == self.paths.len() {
            self.paths.push(path.to_owned());
        }
        Some(id)
    }

    /// The paths at which a tree holds another file than an older one, or none, each with the older one's file.
    pub(super) fn changed(
        &mut self,
        old: Option<Oid>,
        new: Oid,
    ) -> Result<Vec<(PathId, Option<Oid>)>, git2::Error> {
        let mut found = Vec::new();
        self.compare(0, old, Some(new), &mut found)?;
        Ok(found)
    }

    /// The files at the paths in a tree.
    pub(super) fn files(&mut self, tree: Oid) -> Result<Vec<(PathId, Option<Oid>)>, git2::Error> {
        let mut found = Vec::new();
        self.compare(0, Some(tree), None, &mut found)?;
        Ok(found)
    }

    fn compare(
        &mut self,
        node: usize,
        old: Option<Oid>,
        new: Option<Oid>,
        found: &mut Vec<(PathId, Option<Oid>)>,
    ) -> Result<(), git2::Error> {
        if old == new {
            return Ok(());
        }
        let (before, after) = (self.inside(node, old)?, self.inside(node, new)?);
        for at in 0..self.nodes[node].inside.len() {
            let (was, is) = (before[at], after[at]);
            if was == is {
                continue;
            }
            let child = self.nodes[node].inside[at].1;
            let (was_file, is_file) = (of_kind(was, ObjectType::Blob), of_kind(is, ObjectType::Blob));
            if let Some(path) = self.nodes[child].path
                && was_file != is_file
            {
                found.push((path, was_file));
            }
            if !self.nodes[child].inside.is_empty() {
                self.compare(child, of_kind(was, ObjectType::Tree), of_kind(is, ObjectType::Tree), found)?;
            }
        }
        Ok(())
    }

    /// What a version of a folder holds of what is followed.
    fn inside(&mut self, node: usize, tree: Option<Oid>) -> Result<Rc<[Entry]>, git2::Error> {
        let wanted = self.nodes[node].inside.len();
        let Some(id) = tree else { return Ok(vec![None; wanted].into()) };
        // A path that was added since asks for the folder again.
        if let Some(known) = self.known.get(&(node, id)).filter(|known| known.len() == wanted) {
            return Ok(Rc::clone(known));
        }
        self.past.kind(id)?;
        let tree = self.past.repository.find_tree(id)?;
        let inside = self.nodes[node].inside.iter();
        let entries: Rc<[Entry]> = inside
            .map(|(name, _)| tree.get_name(name).and_then(|entry| Some((entry.kind()?, entry.id()))))
            .collect();
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert((node, id), Rc::clone(&entries));
        Ok(entries)
    }
}

fn of_kind(entry: Entry, kind: ObjectType) -> Option<Oid> {
    entry.filter(|(is, _)| *is == kind).map(|(_, id)| id)
}
