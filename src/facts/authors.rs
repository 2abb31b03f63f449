//! Who wrote the entries of the ledger, asked of git's files; the git program is not run.
//!
//! Asked only where the policy demands an approver: then whoever approves an entry must be somebody
//! else than whoever wrote it.

use std::collections::BTreeSet;

use git2::{BlameOptions, Repository};

use crate::policy::{Policy, Waiver};
use crate::source::{Location, Tree};

use super::{Gap, Kind};

/// Who wrote the entries of the ledger; nothing where nobody asked.
#[derive(Debug, Default)]
pub struct Authors {
    /// For each waiver of the policy, in its order: who last wrote its lines, the line of the approver
    /// left out, since signing is no writing. Nothing where git could not be asked.
    pub of: Vec<BTreeSet<Author>>,
}

/// A person as git knows them, after the mailmap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

impl Author {
    /// True when these words name this person: name, address, both, or the address before its `@`.
    #[must_use]
    pub fn is_called(&self, words: &str) -> bool {
        let (name, email) = match words.split_once('<') {
            Some((name, email)) => (name.trim(), email.trim_end().trim_end_matches('>')),
            None => (words.trim(), words.trim()),
        };
        let same = |a: &str, b: &str| !a.is_empty() && a.to_lowercase() == b.to_lowercase();
        let local = self.email.split('@').next().unwrap_or_default();
        same(name, &self.name) || same(email, &self.email) || same(name, local)
    }
}

/// Asks git who wrote each entry that is not another tool's.
#[must_use]
pub fn gather(tree: &Tree, policy: &Policy, gaps: &mut Vec<Gap>) -> Authors {
    let asked = policy.exceptions.approval.as_ref().filter(|asked| asked.value);
    let (Some(asked), false) = (asked, policy.waivers.is_empty()) else { return Authors::default() };
    let mut of = vec![BTreeSet::new(); policy.waivers.len()];
    match open(tree, &asked.at) {
        Ok(git) => {
            for (index, waiver) in
                policy.waivers.iter().enumerate().filter(|(_, waiver)| waiver.imported.is_none())
            {
                match git.authors(waiver) {
                    Ok(authors) => of[index] = authors,
                    Err(why) => gaps.push(gap(&why, "commit the policy").at(waiver.at.clone())),
                }
            }
        }
        Err(why) => {
            gaps.push(gap(&why, "git fetch --unshallow, or inspect a full clone").at(asked.at.clone()));
        }
    }
    Authors { of }
}

fn gap(why: &str, remedy: &str) -> Gap {
    Gap::new(Kind::History, "who wrote the entries of the ledger", why, remedy)
}

/// The policy file, line by line.
struct Lines {
    /// For each line, who last wrote it; `None` where it is not committed.
    writers: Vec<Option<Author>>,
    path: String,
}

fn open(tree: &Tree, policy: &Location) -> Result<Lines, String> {
    let failed = |error: git2::Error| error.message().lines().next().unwrap_or_default().to_owned();
    let file = tree.root().join(policy.path());
    let file = file.canonicalize().map_err(|error| error.to_string())?;
    let folder = file.parent().unwrap_or(&file);
    let repository =
        Repository::discover(folder).map_err(|_| "the policy is in no git repository".to_owned())?;
    if repository.is_shallow() {
        return Err("the clone is shallow: what was written before its first commit is nobody's".to_owned());
    }
    let top = repository.workdir().and_then(|top| top.canonicalize().ok());
    let path = top.and_then(|top| Some(file.strip_prefix(top).ok()?.to_path_buf()));
    let path = path.ok_or("the policy is outside of the working tree")?;
    let text = policy.source().text();
    let mut writers = vec![None; text.lines().count()];
    let committed = repository.blame_file(&path, Some(BlameOptions::new().use_mailmap(true)));
    // A file that was never committed has no line of anybody's.
    if let Ok(committed) = committed {
        let blame = committed.blame_buffer(text.as_bytes()).map_err(failed)?;
        let mailmap = repository.mailmap().map_err(failed)?;
        for hunk in blame.iter().filter(|hunk| !hunk.final_commit_id().is_zero()) {
            let commit = repository.find_commit(hunk.final_commit_id()).map_err(failed)?;
            let author = commit.author_with_mailmap(&mailmap).map_err(failed)?;
            let author = Author {
                name: String::from_utf8_lossy(author.name_bytes()).into_owned(),
                email: String::from_utf8_lossy(author.email_bytes()).into_owned(),
            };
            let first = hunk.final_start_line().saturating_sub(1);
            for writer in writers.iter_mut().skip(first).take(hunk.lines_in_hunk()) {
                *writer = Some(author.clone());
            }
        }
    }
    Ok(Lines { writers, path: policy.path().to_owned() })
}

impl Lines {
    fn authors(&self, waiver: &Waiver) -> Result<BTreeSet<Author>, String> {
        if waiver.at.path() != self.path {
            return Err("the entry is in another file than the policy".to_owned());
        }
        let signed = waiver.approver.as_ref().map(|approver| approver.at.line());
        let mut authors = BTreeSet::new();
        for line in waiver.lines().into_iter().filter(|line| Some(*line) != signed) {
            match self.writers.get(line - 1) {
                Some(Some(author)) => authors.insert(author.clone()),
                _ => return Err("the entry is not committed yet".to_owned()),
            };
        }
        Ok(authors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_known_by_name_and_by_address() {
        let author = Author { name: "H. Okafor".into(), email: "h.okafor@sweetwater.example".into() };
        for words in
            ["h. okafor", "h.okafor", "H.Okafor@Sweetwater.example", "Hen <h.okafor@sweetwater.example>"]
        {
            assert!(author.is_called(words), "{words}");
        }
        for words in ["", "<>", "okafor", "t.lind@sweetwater.example", "T. Lind <t.lind@sweetwater.example>"]
        {
            assert!(!author.is_called(words), "{words}");
        }
    }
}
