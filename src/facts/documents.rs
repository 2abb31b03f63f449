//! Documents: those that the policy names, and how to report a vulnerability.
//!
//! Only whether they are there is asked; what they say is for people. Of a `security.txt` the day is
//! read until which it holds (RFC 9116).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::policy::Policy;
use crate::source::{Tree, read_limited};

use super::workspace::Workspace;

/// Where the way to report a vulnerability is written, as hosting sites and RFC 9116 have it.
const CONTACTS: &[&str] = &[
    "SECURITY.md",
    "security.md",
    "SECURITY.txt",
    "SECURITY.adoc",
    "SECURITY.rst",
    "SECURITY",
    ".github/SECURITY.md",
    "docs/SECURITY.md",
    "docs/security.md",
    "security.txt",
    ".well-known/security.txt",
];

/// The largest document that is looked into.
const LARGEST: u64 = 1024 * 1024;

/// Documents that are there.
#[derive(Debug, Default)]
pub struct Documents {
    /// Names in the policy that are files with something in them, as written.
    pub present: BTreeSet<String>,
    /// Files that say how to report a vulnerability.
    pub contacts: Vec<Contact>,
}

/// A file that says how to report a vulnerability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The file, relative to the root.
    pub file: String,
    /// The last day on which it holds, where it says so.
    pub expires: Option<Date>,
}

/// Looks for the documents.
pub fn gather(tree: &Tree, workspace: &Workspace, policy: &Policy) -> Documents {
    let mut tree = tree.clone();
    let mut folders = vec![workspace.root.clone()];
    // The policy may stand above the workspace, and names its documents from there.
    if let Some(above) = policy.at.as_ref().and_then(|at| Path::new(at.path()).parent()) {
        folders.extend(workspace.root.join(above).canonicalize());
    }
    folders.extend(repository(&workspace.root));
    for folder in &folders {
        tree.allow(folder);
    }
    let file = |folder: &PathBuf, name: &str| {
        let path = tree.resolve(&folder.join(name)).ok()?;
        let bytes = read_limited(&path, LARGEST).ok()?;
        Some((tree.relative(&path), bytes)).filter(|(_, bytes)| !bytes.is_empty())
    };
    let present =
        named(policy).filter(|name| folders.iter().take(2).any(|folder| there(&tree, &folder.join(name))));
    let mut contacts: Vec<Contact> = Vec::new();
    for (file, bytes) in
        folders.iter().flat_map(|folder| CONTACTS.iter().filter_map(|name| file(folder, name)))
    {
        if !contacts.iter().any(|contact| contact.file == file) {
            let expires = file.ends_with("security.txt").then(|| expires(&bytes)).flatten();
            contacts.push(Contact { file, expires });
        }
    }
    Documents { present: present.map(str::to_owned).collect(), contacts }
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
    let proofs = policy.components.iter().filter_map(|entry| entry.fork.as_ref()?.proof.as_ref());
    of_suppliers.chain(proofs).map(|name| name.value.as_str())
}

/// The folder that holds the repository, where it is another one.
fn repository(root: &Path) -> Option<PathBuf> {
    root.ancestors()
        .skip(1)
        .find(|folder| folder.join(".git").exists())
        .map(Path::to_path_buf)
        .filter(|_| !root.join(".git").exists())
}

/// The day in the line `Expires: 2027-01-01T00:00:00Z`; the last day on which the file holds.
fn expires(bytes: &[u8]) -> Option<Date> {
    let text = std::str::from_utf8(bytes).ok()?;
    let line = text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case("expires").then_some(value.trim())
    })?;
    line.get(..10)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_security_txt_is_read() {
        let day = |text: &str| expires(text.as_bytes());
        assert_eq!(
            day("Contact: mailto:x\nExpires: 2027-01-31T10:00:00.000Z\n"),
            Some(jiff::civil::date(2027, 1, 31))
        );
        assert_eq!(day("expires:2027-01-31"), Some(jiff::civil::date(2027, 1, 31)));
        for none in ["", "Expires:", "Expires: soon", "Expires: 2027-13-01", "Expires: ééééééééé"] {
            assert_eq!(day(none), None, "{none}");
        }
    }
}
