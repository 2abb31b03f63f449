//! Secrets in the commits of the repository: what was taken out of the tree is in every clone all the same.
//!
//! Each file that any commit reachable from a branch or tag has ever held is looked at once, object by
//! object; the git program is not run. What was looked at is remembered by the commits from which it was
//! reached, so that the next run looks at new commits only. Nothing of this is done unless somebody asks:
//! a history of a hundred thousand files takes minutes the first time.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use git2::{ErrorCode, ObjectType, Oid, Repository, Sort as Order};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::cache::{Shelf, fingerprint};
use crate::facts::files::{Content, Files, content, is_for_tests, of_settings};
use crate::facts::{Gap, Kind, git};
use crate::policy::Policy;
use crate::request::Request;
use crate::source::{LARGEST_FILE, Tree};

use super::{Secret, Sort};

/// What was seen in the commits.
#[derive(Debug, Default)]
pub struct Commits {
    /// How many commits there are; `None` where nobody has asked to look at them.
    pub count: Option<usize>,
    /// Secrets that are no longer in the tree, by path.
    pub secrets: Vec<Past>,
}

/// A secret in a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// The file, relative to the top of the repository.
    pub path: String,
    /// The line on which it began.
    pub line: usize,
    /// What it is; its place is the one in the file of then.
    pub secret: Secret,
    /// The first commit that has it, in hexadecimal digits.
    pub commit: String,
    /// The day of that commit (UTC), as `2026-11-01`.
    pub on: String,
    /// True in a file for tests.
    pub in_tests: bool,
}

/// More commits, files and bytes than any product has; what is beyond ends here.
const MOST_COMMITS: usize = 1_000_000;
const MOST_OBJECTS: usize = 8_000_000;
const MOST_BYTES: u64 = 64 * 1024 * 1024 * 1024;

/// How many branches and tags are looked at, and how deep folders lie.
const MOST_NAMES: usize = 20_000;
const DEEPEST: usize = 64;

/// How many secrets are kept.
const MOST_SECRETS: usize = 10_000;

/// Facts seen by another state of this engine are not believed.
const ENGINE: u64 = fingerprint(&[
    include_bytes!("mod.rs"),
    include_bytes!("addresses.rs"),
    include_bytes!("data.rs"),
    include_bytes!("der.rs"),
    include_bytes!("keys.rs"),
    include_bytes!("letters.rs"),
    include_bytes!("named.rs"),
    include_bytes!("past.rs"),
    include_bytes!("../../../rules/secrets.toml"),
]);

/// What earlier runs have looked at.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    /// Commits from which everything was looked at.
    tips: BTreeSet<String>,
    found: Vec<Past>,
    /// Files that the clone did not hold.
    absent: Vec<Absent>,
}

/// A file that the clone does not hold: the object, its path, the commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Absent {
    object: String,
    path: String,
    now: Now,
}

/// Looks at the commits, where the request or the policy asks for it.
pub fn gather(
    tree: &Tree,
    files: &Files,
    request: &Request,
    policy: &Policy,
    gaps: &mut Vec<Gap>,
) -> Commits {
    let asked = request.history || policy.secrets.history.as_ref().is_some_and(|history| history.value);
    if !asked {
        return Commits::default();
    }
    let mut gap = |why: String, remedy: &str| gaps.push(Gap::new(Kind::Commits, ".git", why, remedy));
    let repository = match git::reading(|| Repository::discover(tree.root())) {
        Ok(repository) => repository,
        Err(error) if error.code() == ErrorCode::NotFound => {
            return Commits { count: Some(0), ..Commits::default() };
        }
        Err(error) => {
            gap(told(&error), "git status");
            return Commits { count: Some(0), ..Commits::default() };
        }
    };
    let mut shelf: Shelf<Kept> = Shelf::open(request.cache.as_deref(), "commits");
    let key = format!("{ENGINE:016x} {}", repository.commondir().display());
    let kept = shelf.get(&key).unwrap_or_default();
    let mut search = Search::new(&repository);
    let count = match search.all(kept) {
        Ok(count) => count,
        Err(error) => {
            gap(format!("the commits can't be read: {}", told(&error)), "git fsck");
            0
        }
    };
    let whole = "git fetch --refetch --no-filter, or clone the repository as a whole";
    if search.absent_folders > 0 {
        gap(format!("{} folders of earlier commits are not in this clone", search.absent_folders), whole);
    } else if let Some(why) = &search.given_up {
        gap(why.clone(), "look at the history with another tool");
    } else {
        let (tips, found, absent) = (search.tips.clone(), search.found.clone(), search.absent.clone());
        shelf.put(key, Kept { tips, found, absent });
        shelf.close(true);
    }
    if let Some(first) = search.absent.first() {
        let count = match search.absent.len() {
            1 => "one file of an earlier commit is".to_owned(),
            count => format!("{count} files of earlier commits are"),
        };
        gap(format!("{count} not in this clone, such as {}", first.path), whole);
    }
    if repository.is_shallow() {
        gap("the clone holds the newest commits only".to_owned(), "git fetch --unshallow");
    }
    let today: BTreeSet<&str> = files.secrets.iter().map(|found| found.secret.sha256.as_str()).collect();
    search.found.retain(|past| !today.contains(past.secret.sha256.as_str()));
    search
        .found
        .sort_by(|a, b| (&a.path, a.line, &a.secret.sha256).cmp(&(&b.path, b.line, &b.secret.sha256)));
    Commits { count: Some(count), secrets: search.found }
}

/// What libgit2 says, in one line.
fn told(error: &git2::Error) -> String {
    error.message().split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Search<'r> {
    repository: &'r Repository,
    /// Every commit that a branch, a tag or the working copy names.
    tips: BTreeSet<String>,
    /// Folders and files looked at.
    seen: HashSet<Oid>,
    found: Vec<Past>,
    bytes: u64,
    /// Files and folders that the clone does not hold.
    absent: Vec<Absent>,
    absent_folders: usize,
    given_up: Option<String>,
}

/// The commit that is looked at.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Now {
    commit: String,
    on: String,
}

impl<'r> Search<'r> {
    fn new(repository: &'r Repository) -> Self {
        Self {
            repository,
            tips: BTreeSet::new(),
            seen: HashSet::new(),
            found: Vec::new(),
            bytes: 0,
            absent: Vec::new(),
            absent_folders: 0,
            given_up: None,
        }
    }

    /// Looks at all commits but those that earlier runs have looked at; tells how many there are.
    fn all(&mut self, kept: Kept) -> Result<usize, git2::Error> {
        self.tips = git::reading(|| tips(self.repository))?;
        let all = git::reading(|| self.commits(&BTreeSet::new()))?;
        let known: HashSet<Oid> = all.iter().copied().collect();
        let known = |commit: &String| Oid::from_str(commit).is_ok_and(|id| known.contains(&id));
        // Commits that nothing leads to any more say nothing about this repository.
        let old: BTreeSet<String> = kept.tips.into_iter().filter(|tip| known(tip)).collect();
        self.found = kept.found.into_iter().filter(|past| known(&past.commit)).collect();
        let new = if old.is_empty() { all.clone() } else { git::reading(|| self.commits(&old))? };
        // Somebody may have fetched them meanwhile.
        for absent in kept.absent.iter().filter(|absent| known(&absent.now.commit)) {
            self.blob(Oid::from_str(&absent.object)?, &absent.path, &absent.now);
        }
        let fresh: HashSet<Oid> = new.iter().copied().collect();
        for id in new {
            if self.given_up.is_some() {
                break;
            }
            self.commit(id, &fresh)?;
        }
        Ok(all.len())
    }

    /// The commits that the tips lead to and those of `old` do not, the oldest first.
    fn commits(&self, old: &BTreeSet<String>) -> Result<Vec<Oid>, git2::Error> {
        let mut walk = self.repository.revwalk()?;
        walk.set_sorting(Order::TOPOLOGICAL | Order::REVERSE)?;
        for tip in &self.tips {
            walk.push(Oid::from_str(tip)?)?;
        }
        for tip in old {
            walk.hide(Oid::from_str(tip)?)?;
        }
        walk.take(MOST_COMMITS).collect()
    }

    fn commit(&mut self, id: Oid, fresh: &HashSet<Oid>) -> Result<(), git2::Error> {
        let repository = self.repository;
        let (tree, parents, now) = git::reading(|| {
            let commit = repository.find_commit(id)?;
            let on = jiff::Timestamp::from_second(commit.time().seconds()).unwrap_or_default();
            let on: Date = on.to_zoned(jiff::tz::TimeZone::UTC).date();
            let mut parents = Vec::new();
            // What a commit looked at in this run holds is known by its objects.
            for parent in commit.parent_ids().filter(|parent| !fresh.contains(parent)) {
                parents.push(repository.find_commit(parent)?.tree_id());
            }
            Ok::<_, git2::Error>((
                commit.tree_id(),
                parents,
                Now { commit: id.to_string(), on: on.to_string() },
            ))
        })?;
        self.tree(tree, &parents, "", &now, 0);
        Ok(())
    }

    /// Looks at what a folder holds and those of the commits before did not.
    fn tree(&mut self, id: Oid, before: &[Oid], path: &str, now: &Now, depth: usize) {
        if before.contains(&id) || self.given_up.is_some() || !self.seen.insert(id) {
            return;
        }
        if self.seen.len() > MOST_OBJECTS || depth > DEEPEST {
            self.given_up = Some("the history is larger than what is looked at".to_owned());
            return;
        }
        let Some(tree) = git::reading(|| self.folder(id)) else {
            self.absent_folders += 1;
            return;
        };
        let before: Vec<_> = before.iter().filter_map(|id| git::reading(|| self.folder(*id))).collect();
        for entry in &tree {
            let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
            let earlier: Vec<Oid> = before
                .iter()
                .filter_map(|tree| tree.get_name_bytes(entry.name_bytes()))
                .map(|entry| entry.id())
                .collect();
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            match entry.kind() {
                Some(ObjectType::Tree) => self.tree(entry.id(), &earlier, &path, now, depth + 1),
                // Links and submodules hold no text of their own.
                Some(ObjectType::Blob)
                    if entry.filemode() != i32::from(git2::FileMode::Link)
                        && !earlier.contains(&entry.id())
                        && self.seen.insert(entry.id()) =>
                {
                    self.blob(entry.id(), &path, now);
                }
                _ => {}
            }
        }
    }

    fn blob(&mut self, id: Oid, path: &str, now: &Now) {
        let read = git::reading(|| {
            let (size, _) = self.repository.odb().and_then(|odb| odb.read_header(id)).ok()?;
            if size as u64 > LARGEST_FILE {
                return Some(Vec::new());
            }
            Some(self.repository.find_blob(id).ok()?.content().to_vec())
        });
        let Some(bytes) = read else {
            let (object, path) = (id.to_string(), path.to_owned());
            self.absent.push(Absent { object, path, now: now.clone() });
            return;
        };
        self.bytes += bytes.len() as u64;
        if self.bytes > MOST_BYTES {
            self.given_up = Some("the history is larger than what is looked at".to_owned());
        }
        let (text, secrets) = match content(bytes) {
            None => return,
            Some(Content::Binary(bytes)) => {
                (String::new(), super::look_at_binary(&bytes).into_iter().collect())
            }
            Some(Content::Text(text)) => {
                let secrets = super::look(&text, of_settings(Path::new(path)));
                (text, secrets)
            }
        };
        // What only looks like a secret is a matter for those who write the code, not for their history.
        for secret in secrets.into_iter().filter(|secret: &Secret| secret.sort != Sort::Suspected) {
            let known = self.found.iter().any(|past| past.secret.sha256 == secret.sha256);
            if !known && self.found.len() < MOST_SECRETS {
                let line = text[..secret.bytes.start].matches('\n').count() + 1;
                let (commit, on) = (now.commit.clone(), now.on.clone());
                let in_tests = is_for_tests(path);
                self.found.push(Past { path: path.to_owned(), line, secret, commit, on, in_tests });
            }
        }
    }

    /// A folder that is small enough to be read.
    fn folder(&self, id: Oid) -> Option<git2::Tree<'r>> {
        let (size, _) = self.repository.odb().ok()?.read_header(id).ok()?;
        (size as u64 <= LARGEST_FILE).then(|| self.repository.find_tree(id).ok()).flatten()
    }
}

/// The commits that branches, tags and the working copy name.
fn tips(repository: &Repository) -> Result<BTreeSet<String>, git2::Error> {
    let mut tips = BTreeSet::new();
    for reference in repository.references()?.take(MOST_NAMES) {
        // A tag may name a file or a folder, and a reference nothing at all.
        if let Ok(commit) = reference?.peel_to_commit() {
            tips.insert(commit.id().to_string());
        }
    }
    if let Ok(commit) = repository.head().and_then(|head| head.peel_to_commit()) {
        tips.insert(commit.id().to_string());
    }
    Ok(tips)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;

    fn token(number: usize) -> String {
        let letters: [&str; 3] = ["Q7ZK3MPLW2NXR5TV", "W2NXR5TVQ7ZK3MPL", "R5TVMPLWQ7ZK32NX"];
        ["AK", "IA", letters[number]].concat()
    }

    struct Folder {
        root: tempfile::TempDir,
        cache: tempfile::TempDir,
        repository: Repository,
    }

    impl Folder {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let repository = Repository::init(folder.path()).expect("a repository");
            let cache = tempfile::tempdir().expect("a temporary folder");
            let new = Self { root: folder, cache, repository };
            new.put("Cargo.toml", "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
            new.put("src/lib.rs", "");
            new
        }

        fn put(&self, path: &str, contents: &str) {
            let path = self.root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, contents).expect("a file");
        }

        /// Commits what lies there, on top of a commit or of what is checked out, and names it.
        fn commit(&self, name: &str, parents: &[&str]) {
            let mut index = self.repository.index().expect("an index");
            index.clear().expect("an empty index");
            index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).expect("files can be added");
            index.write().expect("the index can be written");
            let tree = self.repository.find_tree(index.write_tree().expect("a tree")).expect("the tree");
            let time = git2::Time::new(1_700_000_000, 0);
            let author = git2::Signature::new("A. Person", "a.person@example.org", &time).expect("a name");
            let parents: Vec<_> = parents
                .iter()
                .map(|name| self.repository.find_branch(name, git2::BranchType::Local).expect("a branch"))
                .map(|branch| branch.get().peel_to_commit().expect("a commit"))
                .collect();
            let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
            let id = self.repository.commit(None, &author, &author, name, &tree, &parents).expect("a commit");
            let commit = self.repository.find_commit(id).expect("the commit");
            self.repository.branch(name, &commit, true).expect("a branch");
        }

        fn remove(&self, path: &str) {
            std::fs::remove_file(self.root.path().join(path)).expect("a file");
        }

        fn look(&self) -> (Commits, Vec<Gap>) {
            let mut request = Request::new(self.root.path(), jiff::civil::date(2026, 11, 1));
            request.resolve = false;
            request.history = true;
            request.cache = Some(self.cache.path().to_owned());
            let facts = Facts::gather(&request).expect("facts");
            (facts.commits, facts.gaps.into_iter().filter(|gap| gap.kind == Kind::Commits).collect())
        }

        fn told(&self) -> String {
            let (commits, gaps) = self.look();
            assert!(gaps.is_empty(), "{gaps:?}");
            let told = commits.secrets.iter().map(|past| format!("{}:{}", past.path, past.line));
            format!("{}: {}", commits.count.expect("a count"), told.collect::<Vec<_>>().join(" "))
        }

        fn object(&self, revision: &str) -> std::path::PathBuf {
            let id = self.repository.revparse_single(revision).expect("an object").id().to_string();
            self.repository.path().join("objects").join(&id[..2]).join(&id[2..])
        }
    }

    #[test]
    fn what_was_taken_out_is_found_and_what_is_still_there_is_not() {
        let folder = Folder::new();
        folder.put("deploy/key", &format!("\n\n{}", token(0)));
        folder.put("deploy/other", &token(1));
        folder.commit("first", &[]);
        folder.remove("deploy/key");
        folder.commit("second", &["first"]);
        assert_eq!(folder.told(), "2: deploy/key:3");
        assert_eq!(folder.told(), "2: deploy/key:3", "from what the first run has kept");
    }

    #[test]
    fn later_runs_look_at_new_commits_on_every_branch() {
        let folder = Folder::new();
        folder.commit("first", &[]);
        assert_eq!(folder.told(), "1: ");
        folder.put("a/key", &token(0));
        folder.commit("side", &["first"]);
        folder.remove("a/key");
        folder.put("b/key", &token(1));
        folder.commit("other", &["first"]);
        folder.remove("b/key");
        folder.put("c", "");
        folder.commit("merged", &["side", "other"]);
        assert_eq!(folder.told(), "4: a/key:1 b/key:1");
        folder.put("b/key", &token(2));
        folder.commit("again", &["merged"]);
        folder.remove("b/key");
        assert_eq!(folder.told(), "5: a/key:1 b/key:1 b/key:1");
    }

    #[test]
    fn a_history_that_was_rewritten_forgets_what_it_no_longer_holds() {
        let folder = Folder::new();
        folder.commit("first", &[]);
        folder.put("key", &token(0));
        folder.commit("bad", &["first"]);
        folder.remove("key");
        assert_eq!(folder.told(), "2: key:1");
        folder.repository.find_branch("bad", git2::BranchType::Local).expect("it").delete().expect("gone");
        assert_eq!(folder.told(), "1: ");
    }

    #[test]
    fn what_a_clone_does_not_hold_is_a_gap_until_it_is_there() {
        let folder = Folder::new();
        folder.put("deploy/key", &token(0));
        folder.commit("first", &[]);
        folder.remove("deploy/key");
        folder.commit("second", &["first"]);
        let file = folder.object("first:deploy/key");
        let content = std::fs::read(&file).expect("the object");
        std::fs::remove_file(&file).expect("the object");
        for _ in 0..2 {
            let (commits, gaps) = folder.look();
            assert!(commits.secrets.is_empty());
            assert!(gaps.len() == 1 && gaps[0].why.contains("deploy/key"), "{gaps:?}");
        }
        std::fs::write(&file, content).expect("the object");
        assert_eq!(folder.told(), "2: deploy/key:1");
        std::fs::remove_file(folder.object("first:deploy")).expect("the folder");
        folder.commit("third", &["second"]);
        assert_eq!(folder.told(), "3: deploy/key:1", "it was looked at before");
        let cold = Folder { cache: tempfile::tempdir().expect("a folder"), ..folder };
        let (_, gaps) = cold.look();
        assert!(gaps.len() == 1 && gaps[0].why.contains("1 folders"), "{gaps:?}");
    }

    #[test]
    fn a_commit_that_is_missing_is_a_gap() {
        let folder = Folder::new();
        folder.commit("first", &[]);
        folder.put("x", "");
        folder.commit("second", &["first"]);
        let file = folder.object("first");
        folder.repository.find_branch("first", git2::BranchType::Local).expect("it").delete().expect("gone");
        std::fs::remove_file(file).expect("the commit");
        let (_, gaps) = folder.look();
        assert!(gaps.len() == 1 && gaps[0].why.contains("can't be read"), "{gaps:?}");
    }

    #[test]
    fn folders_may_be_as_deep_as_they_like() {
        let folder = Folder::new();
        folder.put(&format!("{}key", "d/".repeat(DEEPEST + 8)), &token(0));
        folder.commit("deep", &[]);
        let (commits, gaps) = folder.look();
        assert!(commits.secrets.is_empty() && gaps.len() == 1 && gaps[0].why.contains("larger"), "{gaps:?}");
    }

    #[test]
    fn nothing_is_read_unless_somebody_asks() {
        let folder = Folder::new();
        folder.put("key", &token(0));
        folder.commit("first", &[]);
        let mut request = Request::new(folder.root.path(), jiff::civil::date(2026, 11, 1));
        request.resolve = false;
        assert!(Facts::gather(&request).expect("facts").commits.count.is_none());
    }
}
