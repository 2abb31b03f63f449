//! Documents: those that the policy names, and those that say how to report a vulnerability.
//!
//! - `contacts`: how to report a vulnerability
//! - `bulletins`: the manufacturer's own security bulletins; `versions`: the versions that they speak of
//! - `scans`: scans of what cargo does not know
//! - `lists`: lists of components, of sister products and of earlier releases
//!
//! Of other documents only whether they are there is asked; what they say is for people.

mod bulletins;
mod contacts;
mod json;
mod lists;
mod scans;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::policy::Policy;
use crate::source::{Placed, ReadError, Tree};

use super::workspace::Workspace;
use super::{Gap, Kind};

pub use bulletins::{Bulletin, Notice, Vulnerability};
pub use contacts::Contact;
pub use lists::{List, Package};
pub use scans::{Scan, Told};
pub use versions::{Span, Versions};

/// Documents that are there.
#[derive(Debug, Default)]
pub struct Documents {
    /// Names in the policy that are files with something in them, as written.
    pub present: BTreeSet<String>,
    /// Files that say how to report a vulnerability.
    pub contacts: Vec<Contact>,
    /// True where another one may say it, and can't be read.
    pub contact_unread: bool,
    /// The manufacturer's security bulletins, by path.
    pub bulletins: Vec<Bulletin>,
    /// What scanners say of items, by index into the items of the policy; or why that is not understood.
    pub scans: BTreeMap<usize, Result<Scan, String>>,
    /// The component lists of sister products, in the order of the policy.
    pub siblings: Vec<Sibling>,
}

/// A sister product.
#[derive(Debug)]
pub struct Sibling {
    /// The file of its list, as the policy names it.
    pub file: Placed<String>,
    /// Its list.
    pub list: List,
}

/// Looks for the documents.
pub fn gather(tree: &Tree, workspace: &Workspace, policy: &Policy, gaps: &mut Vec<Gap>) -> Documents {
    let mut tree = tree.clone();
    let mut folders = vec![workspace.root.clone()];
    // The policy may stand above the workspace, and names its documents from there.
    if let Some(above) = policy.at.as_ref().and_then(|at| Path::new(at.path()).parent()) {
        folders.extend(workspace.root.join(above).canonicalize());
    }
    let base = folders.last().unwrap_or(&workspace.root).clone();
    // So does the coding standard, which may stand elsewhere again.
    let standard = policy.standard.as_ref().and_then(|standard| Path::new(standard.at.path()).parent());
    folders.extend(standard.and_then(|above| workspace.root.join(above).canonicalize().ok()));
    let naming = folders.len();
    folders.extend(repository(&workspace.root));
    for folder in &folders {
        tree.allow(folder);
    }
    let present =
        named(policy).filter(|name| folders[..naming].iter().any(|folder| there(&tree, &folder.join(name))));
    let (contacts, contact_unread) = contacts::find(&tree, &folders, gaps);
    let disclosure = policy.disclosure.as_ref();
    let bulletins = disclosure.and_then(|disclosure| disclosure.bulletins.as_ref());
    let bulletins = bulletins.map(|folder| bulletins::read_all(&tree, &base.join(&folder.value), gaps));
    Documents {
        present: present.map(str::to_owned).collect(),
        contacts,
        contact_unread,
        bulletins: bulletins.unwrap_or_default(),
        scans: scans(&tree, &base, policy, gaps),
        siblings: siblings(&tree, &base, policy, gaps),
    }
}

/// Reads a document that the policy names; `None` where it is not there. What can't be read leaves a gap.
fn read(
    tree: &Tree,
    base: &Path,
    name: &Placed<String>,
    gaps: &mut Vec<Gap>,
) -> Option<std::sync::Arc<crate::source::Source>> {
    match tree.read(base.join(&name.value)) {
        Ok(source) => Some(source),
        Err(ReadError::Absent) => None,
        Err(why) => {
            let remedy = "keep it as a file below the folder of the policy";
            let gap = Gap::new(Kind::Documents, name.value.as_str(), why.to_string(), remedy);
            gaps.push(gap.at(name.at.clone()));
            None
        }
    }
}

/// Reads the scans that are files in JSON; others are records for people.
fn scans(
    tree: &Tree,
    base: &Path,
    policy: &Policy,
    gaps: &mut Vec<Gap>,
) -> BTreeMap<usize, Result<Scan, String>> {
    let named =
        policy.items.iter().enumerate().filter_map(|(index, item)| Some((index, item.scan.as_ref()?)));
    named
        .filter(|(_, scan)| scan.value.to_ascii_lowercase().ends_with(".json"))
        .filter_map(|(index, scan)| Some((index, Scan::read(&read(tree, base, scan, gaps)?))))
        .collect()
}

fn siblings(tree: &Tree, base: &Path, policy: &Policy, gaps: &mut Vec<Gap>) -> Vec<Sibling> {
    let named = policy.disclosure.iter().flat_map(|disclosure| &disclosure.siblings);
    named
        .map(|file| {
            let list = read(tree, base, file, gaps).map_or(List::Absent, |source| List::read(&source));
            Sibling { file: file.clone(), list }
        })
        .collect()
}

/// True for a regular file that is not empty, inside what may be read.
fn there(tree: &Tree, path: &Path) -> bool {
    let metadata = tree.resolve(path).ok().and_then(|path| std::fs::metadata(path).ok());
    metadata.is_some_and(|metadata| metadata.is_file() && metadata.len() > 0)
}

/// The names of documents in the policy.
fn named(policy: &Policy) -> impl Iterator<Item = &str> {
    let components = policy.components.iter().map(|entry| &entry.record);
    let of_suppliers = components
        .chain(policy.items.iter().map(|item| &item.record))
        .filter_map(|record| record.custom.as_ref())
        .flat_map(|custom| [&custom.requirements, &custom.agreement, &custom.evidence])
        .flatten();
    let of_issues = policy.issues.iter().filter_map(|issue| issue.answer.proof.as_ref());
    let scans = policy.items.iter().filter_map(|item| item.scan.as_ref());
    let proofs = policy.components.iter().filter_map(|entry| entry.fork.as_ref()?.proof.as_ref());
    let reviews = policy.standard.iter().flat_map(|standard| &standard.reviews).map(|review| &review.record);
    of_suppliers.chain(proofs).chain(of_issues).chain(scans).chain(reviews).map(|name| name.value.as_str())
}

/// The folder that holds the repository, where it is another one.
fn repository(root: &Path) -> Option<PathBuf> {
    root.ancestors()
        .skip(1)
        .find(|folder| folder.join(".git").exists())
        .map(Path::to_path_buf)
        .filter(|_| !root.join(".git").exists())
}
