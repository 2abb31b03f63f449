//! Who wrote the lines of files: a blame of our own, for many files in one walk through the history.
//!
//! It differs from git's own library in what it takes for the same: white space does not count, commits that
//! `.git-blame-ignore-revs` names are looked through, whoever a message names as `Co-authored-by` wrote the commit too, and
//! every name goes through the mailmap. The walk is done once for all files and ends where every line has its commit.

use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use git2::{Commit, Mailmap, Oid, Signature, Tree};
use serde::{Deserialize, Serialize};

use super::blame::Author;
use super::lines::{bare, carried, same_lines};
use super::repository::{Past, told};

/// How long the walk may take.
const LONGEST: Duration = Duration::from_secs(20);

/// So many versions are kept while they are compared.
const MOST_READ: usize = 256;

/// Ids of commits that only changed how code is laid out, a line each; by the name that git's manual gives the file.
const IGNORED: &str = ".git-blame-ignore-revs";

/// Names under which programs commit.
const PROGRAMS: &[&str] = &["[bot]", "dependabot", "renovate", "github-actions", "gitlab-bot", "bors"];

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

/// Lines that a version of a file holds: which of its lines stands for which line of which file asked about.
struct Waiting {
    file: usize,
    path: PathBuf,
    blob: Oid,
    /// Pairs of a line in this version and a line in the file as asked.
    lines: Vec<(usize, usize)>,
}

impl Past {
    /// What names decide: the mailmap and the commits to look through, as one text for a key.
    pub(in crate::facts) fn naming(&self) -> String {
        let top = self.top().unwrap_or_default();
        let text = |name: &str| std::fs::read_to_string(top.join(name)).unwrap_or_default();
        format!("{}\0{}", text(".mailmap"), text(IGNORED))
    }

    /// Who wrote the lines of files, each named from the top, as they stand today.
    pub(in crate::facts) fn hands(&self, files: &[(PathBuf, &str)]) -> Result<Blame, String> {
        if self.is_shallow() {
            return Err(
                "the clone is shallow: who wrote what stood before its first commit is not known".to_owned()
            );
        }
        let walk = || -> Result<Blame, git2::Error> {
            let mut walk = Walk::new(self, files)?;
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
            Ok(walk.blame)
        };
        walk().map_err(|error| told(&error))
    }
}

struct Walk<'p> {
    past: &'p Past,
    mailmap: Mailmap,
    ignored: BTreeSet<Oid>,
    /// Commits to look at, the youngest first.
    order: BinaryHeap<(i64, Oid)>,
    waiting: HashMap<Oid, Vec<Waiting>>,
    /// What was found at a path below a tree: most commits change few folders.
    found: HashMap<(Oid, PathBuf), Option<Oid>>,
    known: HashMap<Oid, usize>,
    /// The lines of versions that were compared last.
    read: HashMap<Oid, Rc<[u64]>>,
    blame: Blame,
}

impl<'p> Walk<'p> {
    fn new(past: &'p Past, files: &[(PathBuf, &str)]) -> Result<Self, git2::Error> {
        let top = past.top().unwrap_or_default();
        let ignored = std::fs::read_to_string(top.join(IGNORED)).unwrap_or_default();
        let lines = ignored.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        Ok(Self {
            past,
            mailmap: past.repository.mailmap()?,
            ignored: lines
                .filter(|line| line.len() == 40)
                .filter_map(|line| Oid::from_str(line).ok())
                .collect(),
            order: BinaryHeap::new(),
            waiting: HashMap::new(),
            found: HashMap::new(),
            known: HashMap::new(),
            read: HashMap::new(),
            blame: Blame {
                commits: Vec::new(),
                files: files.iter().map(|(_, text)| vec![None; text.lines().count()]).collect(),
            },
        })
    }

    /// Begins at the last commit, with the lines that are as it has them.
    fn begin(&mut self, files: &[(PathBuf, &str)]) -> Result<(), git2::Error> {
        let Ok(head) = self.past.repository.head().and_then(|head| head.peel_to_commit()) else {
            return Ok(());
        };
        let tree = head.tree()?;
        for (file, (path, text)) in files.iter().enumerate() {
            let Some(blob) = self.blob(&tree, path)? else { continue };
            let committed = self.lines(blob)?;
            let lines = same_lines(&committed, &bare(text));
            self.wait(&head, Waiting { file, path: path.clone(), blob, lines });
        }
        Ok(())
    }

    fn wait(&mut self, commit: &Commit<'_>, waiting: Waiting) {
        if waiting.lines.is_empty() {
            return;
        }
        let at = self.waiting.entry(commit.id()).or_insert_with(|| {
            self.order.push((commit.time().seconds(), commit.id()));
            Vec::new()
        });
        // Two ways can lead to one version.
        let same = |other: &&mut Waiting| other.file == waiting.file && other.path == waiting.path;
        match at.iter_mut().find(same) {
            Some(other) => other.lines.extend(waiting.lines),
            None => at.push(waiting),
        }
    }

    fn visit(&mut self, id: Oid) -> Result<(), git2::Error> {
        let Some(all) = self.waiting.remove(&id) else { return Ok(()) };
        self.past.kind(id)?;
        let commit = self.past.repository.find_commit(id)?;
        let parents: Vec<Commit<'_>> = commit.parents().collect();
        let trees: Vec<Tree<'_>> = parents.iter().map(Commit::tree).collect::<Result<_, _>>()?;
        for mut here in all {
            let before: Vec<Option<Oid>> =
                trees.iter().map(|tree| self.blob(tree, &here.path)).collect::<Result<_, _>>()?;
            if let Some(parent) = before.iter().position(|blob| *blob == Some(here.blob)) {
                self.wait(&parents[parent], here);
                continue;
            }
            let mut earlier: Vec<(usize, PathBuf, Oid)> = before
                .iter()
                .enumerate()
                .filter_map(|(parent, blob)| Some((parent, here.path.clone(), (*blob)?)))
                .collect();
            if earlier.is_empty()
                && let (Some(tree), true) = (trees.first(), parents.len() == 1)
                && let Some((path, blob)) = self.renamed(tree, &commit.tree()?, &here.path)?
            {
                earlier.push((0, path, blob));
            }
            let lines_here = self.lines(here.blob)?;
            for (parent, path, blob) in &earlier {
                let old = self.lines(*blob)?;
                let looked_through = self.ignored.contains(&id) && parent == &earlier[0].0;
                let lines = carried(&old, &lines_here, &mut here.lines, looked_through);
                self.wait(
                    &parents[*parent],
                    Waiting { file: here.file, path: path.clone(), blob: *blob, lines },
                );
            }
            if !here.lines.is_empty() {
                let wrote = self.wrote(&commit)?;
                for (_, line) in here.lines {
                    self.blame.files[here.file][line] = Some(wrote);
                }
            }
        }
        Ok(())
    }

    /// The file at a path below a tree.
    fn blob(&mut self, tree: &Tree<'_>, path: &Path) -> Result<Option<Oid>, git2::Error> {
        let mut parts = path.components();
        let Some(first) = parts.next().and_then(|part| part.as_os_str().to_str()) else { return Ok(None) };
        let rest = parts.as_path();
        let Some(entry) = tree.get_name(first) else { return Ok(None) };
        match (entry.kind(), rest.as_os_str().is_empty()) {
            (Some(git2::ObjectType::Blob), true) => Ok(Some(entry.id())),
            (Some(git2::ObjectType::Tree), false) => {
                let key = (entry.id(), rest.to_owned());
                if let Some(found) = self.found.get(&key) {
                    return Ok(*found);
                }
                self.past.kind(entry.id())?;
                let below = self.past.repository.find_tree(entry.id())?;
                let found = self.blob(&below, rest)?;
                self.found.insert(key, found);
                Ok(found)
            }
            _ => Ok(None),
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
        &self,
        old: &Tree<'_>,
        new: &Tree<'_>,
        path: &Path,
    ) -> Result<Option<(PathBuf, Oid)>, git2::Error> {
        let mut diff = self.past.repository.diff_tree_to_tree(Some(old), Some(new), None)?;
        let mut options = git2::DiffFindOptions::new();
        options.renames(true).rename_limit(100);
        diff.find_similar(Some(&mut options))?;
        let moved = diff
            .deltas()
            .find(|delta| delta.status() == git2::Delta::Renamed && delta.new_file().path() == Some(path));
        Ok(moved.and_then(|delta| Some((delta.old_file().path()?.to_owned(), delta.old_file().id()))))
    }

    fn wrote(&mut self, commit: &Commit<'_>) -> Result<usize, git2::Error> {
        if let Some(known) = self.known.get(&commit.id()) {
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
        self.blame.commits.push(wrote);
        let at = self.blame.commits.len() - 1;
        self.known.insert(commit.id(), at);
        Ok(at)
    }
}

fn named(person: &Signature<'_>) -> Author {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Author { name: text(person.name_bytes()), email: text(person.email_bytes()) }
}

fn is_program(person: &Author) -> bool {
    let (name, email) = (person.name.to_ascii_lowercase(), person.email.to_ascii_lowercase());
    PROGRAMS
        .iter()
        .any(|program| name.contains(program) || email.starts_with(program) || email.contains("[bot]"))
}

/// Whoever a message names as co-author: in the trailer that forges and git know, wherever it stands.
fn co_authors(message: &str) -> Vec<Author> {
    let lines = message.lines().filter_map(|line| {
        let (key, rest) = line.trim().split_once(':')?;
        let (name, email) = rest.split_once('<').filter(|_| key.eq_ignore_ascii_case("co-authored-by"))?;
        Some(Author { name: name.trim().to_owned(), email: email.trim().trim_end_matches('>').to_owned() })
    });
    lines.filter(|author| !author.email.is_empty()).collect()
}

/// True for a commit that a forge made of a proposed change: `... (#12)` by the forge itself.
fn is_squashed(message: &str, committer: &Author, parents: usize) -> bool {
    let title = message.lines().next().unwrap_or_default().trim_end();
    let number = title.strip_suffix(')').and_then(|title| title.rsplit_once("(#"));
    let numbered = number.is_some_and(|(_, number)| number.bytes().all(|digit| digit.is_ascii_digit()));
    let forge = committer.email.eq_ignore_ascii_case("noreply@github.com") || committer.name == "GitLab";
    parents == 1 && forge && numbered || parents == 1 && message.contains("\nSee merge request ")
}

#[cfg(test)]
mod tests {
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
            let past = Past::open(&self.root).ok().flatten().expect("a repository");
            let text = std::fs::read_to_string(self.root.join(path)).expect("a file");
            let blame = past.hands(&[(PathBuf::from(path), text.as_str())]).expect("a blame");
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

    #[test]
    fn programs_and_squashed_changes_are_known() {
        let forge = Author { name: "GitHub".into(), email: "noreply@github.com".into() };
        let person = Author { name: "ann".into(), email: "ann@pump.example".into() };
        assert!(is_squashed("Mend it (#12)\n", &forge, 1));
        assert!(!is_squashed("Mend it (#12)\n", &person, 1) && !is_squashed("Mend (#12)\n", &forge, 2));
        assert!(!is_squashed("Mend it\n", &forge, 1));
        let bot = Author {
            name: "dependabot[bot]".into(),
            email: "49699333+dependabot[bot]@users.noreply.github.com".into(),
        };
        assert!(is_program(&bot) && !is_program(&person));
    }
}
