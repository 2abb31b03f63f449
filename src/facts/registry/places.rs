//! Where index files lie.
//!
//! Cargo keeps what it has read of an index below `registry/index/<host>-<hash>/.cache`. The hash differs
//! between versions of cargo, so a folder is chosen by its host; which package an entry is about is
//! settled by its checksum. A local registry, and the folder that a policy names, hold the same files
//! with a line of JSON for each version.

use std::path::{Path, PathBuf};

use crate::facts::components::{Component, Origin};
use crate::facts::workspace::{self, Workspace};
use crate::policy::Policy;
use crate::source::Tree;

use super::entries::Form;

/// The folders in which cargo keeps the index of crates.io, be it read with git or not: by host, and
/// for a host with many repositories by name.
const CRATES_IO: [&str; 3] =
    ["index.crates.io-", "github.com-1ecc6299db9ec823", "github.com-25cdd57fae9f0462"];

/// All folders with index files.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The folder that the policy names.
    named: Option<PathBuf>,
    /// What cargo keeps: the name of the folder, and where the files are.
    kept: Vec<(String, PathBuf)>,
    /// Hosts of registries that stand in the place of others.
    mirrors: Vec<String>,
    /// The index folders of local registries.
    local: Vec<PathBuf>,
}

/// One index file.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) file: PathBuf,
    pub(super) form: Form,
    /// True when the index can only be that of the component's registry.
    pub(super) own: bool,
}

impl Places {
    /// Looks for folders with index files.
    pub(super) fn find(tree: &Tree, workspace: &Workspace, policy: &Policy) -> Self {
        if let Some(index) = &policy.supply.index {
            let file = tree.root().join(index.at.path());
            let folder = file.parent().unwrap_or(tree.root()).join(&index.value);
            return Self { named: Some(folder), ..Self::default() };
        }
        let mut places = Self::default();
        for entry in &workspace.cargo_config {
            let segments: Vec<&str> = entry.segments.iter().map(String::as_str).collect();
            let Some(text) = entry.value.as_str() else { continue };
            match segments.as_slice() {
                ["source", _, "registry"] | ["registries", _, "index"] => {
                    places.mirrors.extend(host(text).map(str::to_owned));
                }
                ["source", _, "local-registry"] => {
                    places.local.push(entry.path(tree.root(), text).join("index"));
                }
                _ => {}
            }
        }
        places.kept = workspace::cargo_home().map(|home| kept(&home)).unwrap_or_default();
        places
    }

    /// True when the policy names the folder.
    pub(super) fn is_named(&self) -> bool {
        self.named.is_some()
    }

    /// The files that may speak of a component.
    pub(super) fn of(&self, component: &Component) -> Vec<Place> {
        let Some(path) = path_of(&component.name) else { return Vec::new() };
        if let Some(folder) = &self.named {
            return vec![Place { file: folder.join(path), form: Form::Lines, own: true }];
        }
        let lines =
            self.local.iter().map(|folder| Place { file: folder.join(&path), form: Form::Lines, own: false });
        let kept = self.kept.iter().filter_map(|(name, folder)| {
            let own = match &component.origin {
                Origin::CratesIo => CRATES_IO.iter().any(|known| name.starts_with(known)),
                _ => false,
            };
            let may = own
                || self.mirrors.iter().any(|host| is_of(name, host))
                || matches!(&component.origin, Origin::Registry { url }
                    if host(url).is_some_and(|host| is_of(name, host)));
            may.then(|| Place { file: folder.join(&path), form: Form::Kept, own })
        });
        lines.chain(kept).collect()
    }
}

fn kept(home: &Path) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(home.join("registry/index")).into_iter().flatten().flatten();
    let mut kept: Vec<(String, PathBuf)> = entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path().join(".cache")))
        .collect();
    kept.sort();
    kept
}

/// The host of an address, such as `sparse+https://user@host:8080/path`.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?;
    (!host.is_empty()).then_some(host)
}

/// True for the folder of a registry on this host: the host and a hash.
fn is_of(folder: &str, host: &str) -> bool {
    folder.rsplit_once('-').is_some_and(|(name, _)| name.eq_ignore_ascii_case(host))
}

/// The path of the file that holds a package, by the first letters of its name.
pub(super) fn path_of(name: &str) -> Option<String> {
    // A name out of a lock file may hold anything.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !name.bytes().all(plain) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    match name.len() {
        0 => None,
        length @ 1..=2 => Some(format!("{length}/{name}")),
        3 => Some(format!("3/{}/{name}", &name[..1])),
        _ => Some(format!("{}/{}/{name}", &name[..2], &name[2..4])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_the_letters_of_a_name() {
        for (name, path) in [
            ("a", Some("1/a")),
            ("ab", Some("2/ab")),
            ("abc", Some("3/a/abc")),
            ("Inflector", Some("in/fl/inflector")),
            ("a_-b", Some("a_/-b/a_-b")),
            ("", None),
            ("../../etc", None),
            ("a.b.c", None),
            ("naïve", None),
        ] {
            assert_eq!(path_of(name).as_deref(), path, "{name}");
        }
    }

    #[test]
    fn folders_are_told_by_their_host() {
        assert_eq!(host("sparse+https://crates.clinic.example/index/"), Some("crates.clinic.example"));
        assert_eq!(host("https://me:word@crates.clinic.example:8443/x@y"), Some("crates.clinic.example"));
        assert_eq!(host("file:///srv/index"), None);
        assert_eq!(host("srv"), None);
        assert!(is_of("crates.clinic.example-0123456789abcdef", "crates.clinic.example"));
        assert!(is_of("my-host-0123456789abcdef", "my-host"));
        assert!(!is_of("my-host-0123456789abcdef", "my"));
    }
}
