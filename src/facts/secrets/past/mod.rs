//! Secrets in the commits of the repository: what was taken out of the tree is in every clone all the same.
//!
//! Each file that any commit reachable from a branch or tag has ever held is looked at once, object by
//! object; the git program is not run. What was looked at is remembered by the commits from which it was
//! reached, so that the next run looks at new commits only. Nothing of this is done unless somebody asks:
//! a history of a hundred thousand files takes minutes the first time.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use git2::{ErrorCode, ObjectType, Oid, Repository, Sort as Order};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::cache::{Shelf, fingerprint};
use crate::facts::files::{Content, Files, content, is_binary, is_for_tests, is_written, of_settings};
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

/// The largest file of which at least the beginning is looked at, in bytes: git hands out whole files only.
const LARGEST_BEGINNING: u64 = 4 * LARGEST_FILE;

/// How many branches and tags are looked at, and how deep folders lie.
const MOST_NAMES: usize = 20_000;
const DEEPEST: usize = 64;

/// How many secrets are kept.
const MOST_SECRETS: usize = 10_000;

/// Facts seen by another state of this engine are not believed.
const ENGINE: u64 = fingerprint(&[
    include_bytes!("../mod.rs"),
    include_bytes!("../addresses.rs"),
    include_bytes!("../data.rs"),
    include_bytes!("../der.rs"),
    include_bytes!("../keys.rs"),
    include_bytes!("../letters.rs"),
    include_bytes!("../named.rs"),
    include_bytes!("mod.rs"),
    include_bytes!("../../../../rules/secrets.toml"),
]);

/// What earlier runs have looked at.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    /// Commits from which everything was looked at.
    tips: BTreeSet<String>,
    found: Vec<Past>,
    /// Files that the clone did not hold.
    absent: Vec<Unsearched>,
    /// Files that are too large.
    large: Vec<Unsearched>,
}

/// A file that was not searched: the object, its path, the commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Unsearched {
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
            gap("the workspace is in no git repository".to_owned(), "inspect a clone of the repository");
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
        let (tips, found) = (search.tips.clone(), search.found.clone());
        shelf.put(key, Kept { tips, found, absent: search.absent.clone(), large: search.large.clone() });
        shelf.close(true);
    }
    for (unsearched, why, remedy) in [
        (&search.absent, "not in this clone", whole),
        (&search.large, "too large to be searched", "look at them with another tool"),
    ] {
        let Some(first) = unsearched.first() else { continue };
        let count = match unsearched.len() {
            1 => "one file of an earlier commit is".to_owned(),
            count => format!("{count} files of earlier commits are"),
        };
        gap(format!("{count} {why}, such as {}", first.path), remedy);
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
    absent: Vec<Unsearched>,
    absent_folders: usize,
    /// Files that are too large.
    large: Vec<Unsearched>,
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
            large: Vec::new(),
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
        self.large = kept.large.into_iter().filter(|large| known(&large.now.commit)).collect();
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
        if all.len() > MOST_COMMITS {
            self.given_up = Some("the history has more commits than are looked at".to_owned());
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
        walk.take(MOST_COMMITS + 1).collect()
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
        let unsearched = || Unsearched { object: id.to_string(), path: path.to_owned(), now: now.clone() };
        let size = git::reading(|| self.repository.odb().and_then(|odb| odb.read_header(id)));
        if size.as_ref().is_ok_and(|(size, _)| *size as u64 > LARGEST_BEGINNING) {
            self.large.push(unsearched());
            return;
        }
        let blob = size.and_then(|_| git::reading(|| self.repository.find_blob(id)));
        let Ok(bytes) = blob.map(|blob| blob.content().to_vec()) else {
            self.absent.push(unsearched());
            return;
        };
        if bytes.len() as u64 > LARGEST_FILE {
            // As in the tree: no private key is as large, and what is no text can't be read as one anyway.
            if !is_binary(&bytes) {
                self.large.push(unsearched());
            }
            return;
        }
        self.bytes += bytes.len() as u64;
        if self.bytes > MOST_BYTES {
            self.given_up = Some("the history is larger than what is looked at".to_owned());
        }
        let (text, secrets) = match content(bytes, is_written(Path::new(path))) {
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
            if !known && self.found.len() == MOST_SECRETS {
                self.given_up = Some("the history holds more secrets than are told".to_owned());
            } else if !known {
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
    for (count, reference) in repository.references()?.enumerate() {
        if count == MOST_NAMES {
            return Err(git2::Error::from_str("there are more branches and tags than are looked at"));
        }
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
