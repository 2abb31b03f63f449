//! What lies in a tree, where whoever laid it out knows: the system need not be asked file by file.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::path::{Path, PathBuf};

/// Every file of a tree.
pub struct Listing {
    top: PathBuf,
    /// By path as seen from the top, with `/`: whether it is a link.
    files: BTreeMap<String, bool>,
    links: bool,
}

/// What lies at a path, links followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A pipe, a device: something that is not to be opened.
    Other,
    /// No entry, a link that leads nowhere, what nobody may look at.
    Nothing,
}

impl Listing {
    /// The files below a folder, which is absolute and without links, each with whether it is a link.
    #[must_use]
    pub fn new(top: &Path, files: impl IntoIterator<Item = (String, bool)>) -> Self {
        let files: BTreeMap<String, bool> = files.into_iter().collect();
        Self { top: top.to_owned(), links: files.values().any(|link| *link), files }
    }

    /// What lies at a path; `None` where only the system can tell: outside of the listing, behind a link, and where
    /// names have more than one spelling.
    #[must_use]
    pub fn kind(&self, path: &Path) -> Option<Kind> {
        let below = self.below(path)?;
        Some(if self.files.contains_key(below) {
            Kind::File
        } else if below.is_empty() || self.next(&format!("{below}/")).is_some_and(|next| is_in(next, below)) {
            Kind::Folder
        } else {
            Kind::Nothing
        })
    }

    /// The paths in a folder, sorted; `None` where only the system can tell.
    #[must_use]
    pub fn list(&self, folder: &Path) -> Option<Vec<PathBuf>> {
        let below = self.below(folder)?;
        let within = if below.is_empty() { String::new() } else { format!("{below}/") };
        let (mut paths, mut from) = (Vec::new(), within.clone());
        while let Some(name) = self.next(&from).and_then(|next| next.strip_prefix(&within)) {
            let name = name.split('/').next().unwrap_or(name);
            paths.push(folder.join(name));
            let path = format!("{within}{name}");
            // Past the file, or past all that lies in the folder: what follows `/` is `0`.
            from = format!("{path}{}", if self.files.contains_key(&path) { '\0' } else { '0' });
        }
        paths.sort();
        Some(paths)
    }

    /// The first path from here on.
    fn next(&self, from: &str) -> Option<&str> {
        let mut rest = self.files.range::<str, _>((Bound::Included(from), Bound::Unbounded));
        rest.next().map(|(path, _)| path.as_str())
    }

    /// A path as seen from the top, if it is written plainly and no link is on its way.
    fn below<'a>(&self, path: &'a Path) -> Option<&'a str> {
        if cfg!(any(windows, target_os = "macos")) {
            return None;
        }
        let below = path.to_str()?.strip_prefix(self.top.to_str()?)?;
        let below = if below.is_empty() { below } else { below.strip_prefix('/')? };
        let plain = below.is_empty() || below.split('/').all(|part| !matches!(part, "" | "." | ".."));
        (plain && !(self.links && self.leads_on(below))).then_some(below)
    }

    fn leads_on(&self, below: &str) -> bool {
        let ends = below.match_indices('/').map(|(end, _)| end).chain([below.len()]);
        ends.into_iter().any(|end| self.files.get(&below[..end]) == Some(&true))
    }
}

fn is_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Its name only: where it lies and how much it holds is no part of a question that names it.
impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listing")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Tree;
    use std::sync::Arc;

    const FILES: &[&str] = &[
        "Cargo.toml",
        "a-b/src/lib.rs",
        "a.rs",
        "a/b.rs",
        "a/b/c.rs",
        "a/b0/d.rs",
        "a/b/deep/er/x.rs",
        ".cargo/config.toml",
    ];

    /// What a listing knows is what the system would say, of every path that there is and of some that are not.
    #[test]
    fn a_listing_answers_as_the_system_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().canonicalize().expect("a path");
        for file in FILES {
            let path = top.join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, "").expect("a file");
        }
        let plain = Tree::new(&top).expect("a tree");
        let listing = Listing::new(&top, FILES.iter().map(|file| ((*file).to_owned(), false)));
        let listed = plain.clone().listed(Some(Arc::new(listing)));
        let asked = FILES.iter().flat_map(|file| Path::new(file).ancestors()).map(|path| top.join(path));
        let absent = ["b", "a/b/c", "a/b/c.rs/x", "a/", "./a", "a/../a", "a//b", "..", "../x"]
            .map(|path| top.join(path));
        for path in asked.chain(absent) {
            assert_eq!(listed.kind(&path), plain.kind(&path), "{path:?}");
            assert_eq!(listed.list(&path, 100), plain.list(&path, 100), "{path:?}");
            assert_eq!(listed.list(&path, 1).len(), plain.list(&path, 1).len(), "{path:?}");
            assert_eq!(listed.resolve(&path).ok(), plain.resolve(&path).ok(), "{path:?}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn what_lies_behind_a_link_the_system_tells() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().canonicalize().expect("a path");
        std::fs::create_dir(top.join("a")).expect("a folder");
        std::fs::write(top.join("a/x.rs"), "").expect("a file");
        std::os::unix::fs::symlink("a", top.join("link")).expect("a link");
        let listing = Listing::new(&top, [("a/x.rs".to_owned(), false), ("link".to_owned(), true)]);
        assert_eq!(listing.kind(&top.join("link/x.rs")), None);
        assert_eq!(listing.list(&top.join("link")), None);
        let tree = Tree::new(&top).expect("a tree").listed(Some(Arc::new(listing)));
        assert_eq!(tree.kind(&top.join("link")), Kind::Folder);
        assert!(tree.is_file(&top.join("link/x.rs")));
        assert_eq!(tree.resolve(&top.join("link/x.rs")).expect("a path"), top.join("a/x.rs"));
    }
}
