//! Who wrote the entries of the ledger, asked of git's files; the git program is not run.
//!
//! Asked only where the policy demands an approver: then whoever approves an entry must be somebody
//! else than whoever wrote it.

use std::collections::BTreeSet;

use crate::policy::{Policy, Waiver};
use crate::source::{Location, Tree};

use super::git::Past;
use super::{Gap, Kind};

pub use super::git::Author;

/// Who wrote the entries of the ledger; nothing where nobody asked.
#[derive(Debug, Default)]
pub struct Authors {
    /// For each waiver of the policy, in its order: who last wrote its lines, the line of the approver
    /// left out, since signing is no writing. Nothing where git could not be asked.
    pub of: Vec<BTreeSet<Author>>,
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
    /// For each line, who last wrote it, by every name; nothing where it is not committed.
    writers: Vec<Vec<Author>>,
    path: String,
}

fn open(tree: &Tree, policy: &Location) -> Result<Lines, String> {
    let file = tree.root().join(policy.path());
    let file = file.canonicalize().map_err(|error| error.to_string())?;
    // The policy may stand above the workspace, in another repository.
    let past = Past::open(file.parent().unwrap_or(&file))?.ok_or("the policy is in no git repository")?;
    let path = past.within(&file).ok_or("the policy is outside of the working tree")?;
    let writers = past.writers(&path, policy.source().text())?;
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
                Some(names) if !names.is_empty() => authors.extend(names.iter().cloned()),
                _ => return Err("the entry is not committed yet".to_owned()),
            }
        }
        Ok(authors)
    }
}
