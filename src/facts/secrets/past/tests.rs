//! Histories of many kinds.

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
fn a_text_that_is_too_large_is_a_gap_in_every_run_and_no_text_is_none() {
    let folder = Folder::new();
    let size = usize::try_from(LARGEST_FILE).expect("a size") + 1;
    folder.put("dump.sql", &"x".repeat(size));
    folder.put("picture", &"\0".repeat(size));
    folder.commit("first", &[]);
    folder.remove("dump.sql");
    folder.remove("picture");
    folder.commit("second", &["first"]);
    for _ in 0..2 {
        let (_, gaps) = folder.look();
        assert!(gaps.len() == 1 && gaps[0].why.contains("too large") && gaps[0].why.contains("dump.sql"));
    }
}

#[test]
fn without_a_repository_there_is_no_history_to_pass() {
    let folder = Folder::new();
    std::fs::remove_dir_all(folder.repository.path()).expect("the repository");
    let (_, gaps) = folder.look();
    assert!(gaps.len() == 1 && gaps[0].why.contains("no git repository"), "{gaps:?}");
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
