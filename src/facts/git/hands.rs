//! Who wrote the lines of files: a blame of our own, for many files in one walk through the history.
//!
//! It differs from git's own library in what it takes for the same: white space does not count, commits that
//! `.git-blame-ignore-revs` names are looked through, whoever a message names as `Co-authored-by` wrote the commit too, and
//! every name goes through the mailmap. The walk is done once for all files and ends where every line has its commit, or where an
//! earlier walk began whose answer was kept: what a commit holds never changes, so that a new one is all that is looked at.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::blame::Author;
use super::repository::{Past, told};
use super::walk::{Walk, nobodys};
use crate::cache::Shelf;

/// How long the walk may take.
const LONGEST: Duration = Duration::from_secs(20);

/// A commit that wrote lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrote {
    /// Who wrote it: the author and whoever the message names beside, after the mailmap.
    pub people: Vec<Author>,
    /// True where a forge made one commit of several, and the message names nobody beside the author.
    pub squashed: bool,
    /// True where a program made it.
    pub by_program: bool,
}

/// Who wrote the lines of files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blame {
    /// The commits.
    pub commits: Vec<Wrote>,
    /// For each file as asked, for each of its lines: an index into the commits; nothing where it is not committed.
    pub files: Vec<Vec<Option<usize>>>,
}

/// Who wrote the lines of a version of a file, as an earlier walk found it: whoever comes by that commit again need not go
/// further.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::facts) struct Known {
    /// The commit from which the walk began.
    pub(super) commit: String,
    pub(super) blame: Blame,
}

impl Past {
    /// Who wrote the lines of files, each named from the top, as they stand today; with what earlier walks found, and kept
    /// for later ones.
    pub(in crate::facts) fn hands(
        &self,
        files: &[(PathBuf, &str)],
        kept: &mut Shelf<Known>,
    ) -> Result<Blame, String> {
        if self.is_shallow() {
            return Err(
                "the clone is shallow: who wrote what stood before its first commit is not known".to_owned()
            );
        }
        let mut walk = || -> Result<Blame, git2::Error> {
            let Ok(head) = self.repository.head().and_then(|head| head.peel_to_commit()) else {
                return Ok(Blame { files: nobodys(files), ..Blame::default() });
            };
            let mut walk = Walk::new(self, &head, kept)?;
            walk.begin(files)?;
            let began = Instant::now();
            while let Some((_, id)) = walk.order.pop() {
                // Better a gap than a gate that waits for who wrote a line.
                if began.elapsed() > LONGEST {
                    let seconds = LONGEST.as_secs();
                    return Err(git2::Error::from_str(&format!(
                        "the history was not walked within {seconds} seconds"
                    )));
                }
                walk.visit(id)?;
            }
            walk.end(files)
        };
        walk().map_err(|error| told(&error))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use git2::{Commit, Oid, Signature};

    use super::super::walk::IGNORED;
    use super::*;

    /// A repository in which commits can be made by anyone.
    struct Repository {
        _folder: tempfile::TempDir,
        root: PathBuf,
        git: git2::Repository,
        clock: i64,
    }

    impl Repository {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let root = folder.path().canonicalize().expect("a path");
            let git = git2::Repository::init(&root).expect("a repository");
            Self { _folder: folder, root, git, clock: 1_780_000_000 }
        }

        fn commit(&mut self, who: &str, message: &str, files: &[(&str, &str)]) -> Oid {
            for (path, text) in files {
                let path = self.root.join(path);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                std::fs::write(path, text).expect("a file");
            }
            let mut index = self.git.index().expect("an index");
            index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).expect("added");
            index.update_all(["*"], None).expect("updated");
            let tree = self.git.find_tree(index.write_tree().expect("a tree")).expect("the tree");
            self.clock += 60;
            let time = git2::Time::new(self.clock, 0);
            let person = Signature::new(who, &format!("{who}@pump.example"), &time).expect("a name");
            let parent = self.git.head().ok().map(|head| head.peel_to_commit().expect("a commit"));
            let parents: Vec<&Commit<'_>> = parent.iter().collect();
            self.git.commit(Some("HEAD"), &person, &person, message, &tree, &parents).expect("a commit")
        }

        /// The names behind each line of a file as it stands, joined.
        fn writers(&self, path: &str) -> Vec<String> {
            self.writers_with(path, None)
        }

        /// The same, with what earlier walks have kept in a folder.
        fn writers_with(&self, path: &str, cache: Option<&Path>) -> Vec<String> {
            let past = Past::open(&self.root).ok().flatten().expect("a repository");
            let text = std::fs::read_to_string(self.root.join(path)).expect("a file");
            let mut kept = Shelf::open(cache, "authors");
            let blame = past.hands(&[(PathBuf::from(path), text.as_str())], &mut kept).expect("a blame");
            kept.close(false);
            let name = |at: &Option<usize>| {
                let names = at.map(|at| blame.commits[at].people.iter().map(|person| person.name.as_str()));
                names.map_or_else(|| "nobody".to_owned(), |names| names.collect::<Vec<_>>().join("+"))
            };
            blame.files[0].iter().map(name).collect()
        }
    }

    #[test]
    fn each_line_has_whoever_wrote_it() {
        let mut pump = Repository::new();
        pump.commit("ann", "first", &[("src/a.rs", "one\ntwo\nthree\n")]);
        pump.commit(
            "bob",
            "second\n\nCo-authored-by: Cy <cy@pump.example>\n",
            &[("src/a.rs", "one\n2\nthree\nfour\n")],
        );
        assert_eq!(pump.writers("src/a.rs"), ["ann", "Cy+bob", "ann", "Cy+bob"]);
        pump.commit("dan", "white space", &[("src/a.rs", "  one\n  2\n  three\n  four\n")]);
        assert_eq!(pump.writers("src/a.rs"), ["ann", "Cy+bob", "ann", "Cy+bob"]);
        std::fs::rename(pump.root.join("src/a.rs"), pump.root.join("src/b.rs")).expect("moved");
        pump.commit("eve", "moved", &[]);
        std::fs::write(pump.root.join("src/b.rs"), "one\n2\nnew\nthree\nfour\n").expect("a file");
        assert_eq!(pump.writers("src/b.rs"), ["ann", "Cy+bob", "nobody", "ann", "Cy+bob"]);
    }

    #[test]
    fn an_earlier_answer_is_taken_over_and_never_differs_from_a_new_one() {
        let cache = tempfile::tempdir().expect("a folder");
        let mut pump = Repository::new();
        let check = |pump: &Repository, path: &str, expected: &[&str]| {
            assert_eq!(pump.writers(path), expected, "anew");
            for time in ["first", "again"] {
                assert_eq!(pump.writers_with(path, Some(cache.path())), expected, "{time}");
            }
        };
        pump.commit("ann", "first", &[("src/a.rs", "one\ntwo\n"), ("b.rs", "x\n")]);
        check(&pump, "src/a.rs", &["ann", "ann"]);
        let first = pump.git.head().expect("a head").peel_to_commit().expect("a commit").id();
        pump.commit("bob", "elsewhere", &[("b.rs", "y\n")]);
        check(&pump, "src/a.rs", &["ann", "ann"]);
        pump.commit("cy", "here", &[("src/a.rs", "one\n2\ntwo\n")]);
        check(&pump, "src/a.rs", &["ann", "cy", "ann"]);
        // Taken away and written again by somebody else: the version is that of before, its lines are not.
        pump.commit("dan", "away", &[("src/a.rs", "one\n")]);
        pump.commit("eve", "back", &[("src/a.rs", "one\n2\ntwo\n")]);
        check(&pump, "src/a.rs", &["ann", "eve", "eve"]);
        std::fs::rename(pump.root.join("src/a.rs"), pump.root.join("src/c.rs")).expect("moved");
        pump.commit("fay", "moved", &[]);
        check(&pump, "src/c.rs", &["ann", "eve", "eve"]);
        // Back to where what was kept lies ahead.
        let git = git2::Repository::open(&pump.root).expect("the repository");
        let back = git.find_object(first, None).expect("the commit");
        git.reset(&back, git2::ResetType::Hard, None).expect("reset");
        check(&pump, "src/a.rs", &["ann", "ann"]);
        pump.commit("gus", "names", &[(".mailmap", "Ann Ames <ames@pump.example> <ann@pump.example>\n")]);
        check(&pump, "src/a.rs", &["Ann Ames", "Ann Ames"]);
    }

    #[test]
    fn what_was_kept_is_what_is_taken_over() {
        let cache = tempfile::tempdir().expect("a folder");
        let mut pump = Repository::new();
        pump.commit("ann", "first", &[("a.rs", "one\n")]);
        assert_eq!(pump.writers_with("a.rs", Some(cache.path())), ["ann"]);
        // The first version can't be read any more: whoever does not ask for it does not miss it.
        pump.commit("bob", "second", &[("a.rs", "one\ntwo\n")]);
        let blob = git2::Oid::hash_object(git2::ObjectType::Blob, b"one\n").expect("an id").to_string();
        assert_eq!(pump.writers_with("a.rs", Some(cache.path())), ["ann", "bob"]);
        std::fs::remove_file(pump.root.join(".git/objects").join(&blob[..2]).join(&blob[2..])).expect("gone");
        assert_eq!(pump.writers_with("a.rs", Some(cache.path())), ["ann", "bob"]);
        let past = Past::open(&pump.root).ok().flatten().expect("a repository");
        let mut none = Shelf::open(None, "authors");
        assert!(past.hands(&[(PathBuf::from("a.rs"), "one\ntwo\n")], &mut none).is_err(), "anew");
    }

    #[test]
    fn the_mailmap_and_commits_to_look_through_count() {
        let mut pump = Repository::new();
        pump.commit("ann", "first", &[("a.rs", "fn a() { b(); c(); }\nlast\n")]);
        let layout = pump.commit("fmt", "layout", &[("a.rs", "fn a() {\nb();\nc();\n}\nlast\n")]);
        assert_eq!(pump.writers("a.rs"), ["fmt", "fmt", "fmt", "fmt", "ann"]);
        pump.commit("bob", "ignore", &[(IGNORED, &format!("# layout\n{layout}\n"))]);
        assert_eq!(pump.writers("a.rs"), ["ann"; 5]);
        pump.commit("bob", "names", &[(".mailmap", "Ann Ames <ames@pump.example> <ann@pump.example>\n")]);
        assert_eq!(pump.writers("a.rs"), ["Ann Ames"; 5]);
    }

    #[test]
    fn both_sides_of_a_merge_keep_their_lines() {
        let mut pump = Repository::new();
        pump.commit("ann", "first", &[("a.rs", "one\nmiddle\nlast\n")]);
        let base = pump.git.head().expect("a head").peel_to_commit().expect("a commit").id();
        let left = pump.commit("bob", "left", &[("a.rs", "one\nleft\nmiddle\nlast\n")]);
        let git = git2::Repository::open(&pump.root).expect("the repository");
        let back = git.find_object(base, None).expect("the commit");
        git.reset(&back, git2::ResetType::Hard, None).expect("reset");
        let right = pump.commit("cy", "right", &[("a.rs", "one\nmiddle\nright\nlast\n")]);
        std::fs::write(pump.root.join("a.rs"), "one\nleft\nmiddle\nright\nlast\n").expect("a file");
        let mut index = pump.git.index().expect("an index");
        index.add_path(Path::new("a.rs")).expect("added");
        let tree = pump.git.find_tree(index.write_tree().expect("a tree")).expect("the tree");
        let time = git2::Time::new(pump.clock + 60, 0);
        let dan = Signature::new("dan", "dan@pump.example", &time).expect("a name");
        let [left, right] = [left, right].map(|id| pump.git.find_commit(id).expect("a commit"));
        pump.git.commit(Some("HEAD"), &dan, &dan, "merge", &tree, &[&right, &left]).expect("a merge");
        assert_eq!(pump.writers("a.rs"), ["ann", "bob", "ann", "cy", "ann"]);
    }
}
