//! What cargo printed about the graph, kept between runs.
//!
//! To resolve a thousand packages takes cargo longer than everything else takes us. What it prints
//! depends on the lock file, the manifests of the members, the configuration, the environment and the
//! toolchain: all of these are part of the key. It depends on the manifests of components as well;
//! those in cargo's own folders do not change while their size and time stay, and a graph that holds
//! any other package (a folder, vendored sources) is not kept.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::cache::Shelf;
use crate::request::Request;
use crate::source::Tree;

use super::super::workspace::{self, Workspace};
use super::cargo;

/// A part of the name of the shelf; another meaning of the bytes needs another number.
const MEANING: u32 = 1;

/// What was kept.
#[derive(Debug, Serialize, Deserialize)]
struct Graph {
    /// What cargo printed.
    output: String,
    /// The manifests of all components, with size and time of change.
    manifests: Vec<(PathBuf, u64, u128)>,
}

/// Where the graph of one workspace is kept, under a key that names all of its input.
pub(super) struct Kept {
    shelf: Shelf<Graph>,
    key: String,
}

impl Kept {
    /// Opens the place; `None` where nothing is kept, or where not all of the input can be named.
    pub(super) fn open(
        tree: &Tree,
        workspace: &Workspace,
        request: &Request,
        command: &Command,
    ) -> Option<Self> {
        let cache = request.cache.as_deref()?;
        let mut hash = Sha256::new();
        let mut add = |part: &[u8]| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        for word in std::iter::once(command.get_program()).chain(command.get_args()) {
            add(word.as_encoded_bytes());
        }
        for (name, value) in environment(command) {
            add(name.as_encoded_bytes());
            add(value.as_encoded_bytes());
        }
        add(toolchain(command)?.as_bytes());
        for text in configuration(command)? {
            add(&text);
        }
        add(workspace.lock.as_ref()?.text().as_bytes());
        add(workspace.manifest.source.text().as_bytes());
        for member in &workspace.members {
            add(member.manifest.source.path().as_bytes());
            add(member.manifest.source.text().as_bytes());
        }
        let mut place = Sha256::new();
        place.update(tree.root().as_os_str().as_encoded_bytes());
        let shelf = format!("graph-{MEANING}-{}", hex(&place.finalize()[..8]));
        Some(Self { shelf: Shelf::open(Some(cache), &shelf), key: hex(&hash.finalize()) })
    }

    /// What cargo printed, if it would print the same today.
    pub(super) fn get(&self) -> Option<Vec<u8>> {
        let graph = self.shelf.get(&self.key)?;
        let same = |(path, size, changed): &(PathBuf, u64, u128)| stamp(path) == Some((*size, *changed));
        graph.manifests.iter().all(same).then(|| graph.output.into_bytes())
    }

    /// Keeps what cargo printed, if the manifests of all components lie where nobody but cargo writes.
    pub(super) fn put(self, output: &[u8], folders: &[&Path]) {
        if let Some(home) = workspace::cargo_home() {
            let places = [home.join("registry").join("src"), home.join("git").join("checkouts")];
            self.put_below(&places, output, folders);
        }
    }

    fn put_below(mut self, places: &[PathBuf], output: &[u8], folders: &[&Path]) {
        let mut manifests = Vec::new();
        for folder in folders {
            if !places.iter().any(|place| folder.starts_with(place)) {
                return;
            }
            let path = folder.join("Cargo.toml");
            let Some((size, changed)) = stamp(&path) else { return };
            manifests.push((path, size, changed));
        }
        if let Ok(output) = String::from_utf8(output.to_vec()) {
            self.shelf.put(self.key, Graph { output, manifests });
            self.shelf.close(false);
        }
    }
}

/// Size and time of change of a file.
fn stamp(path: &Path) -> Option<(u64, u128)> {
    let metadata = std::fs::symlink_metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((metadata.len(), changed.as_nanos()))
}

/// The variables that cargo or the compiler look at, as the command will find them.
fn environment(command: &Command) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    let ours = |name: &std::ffi::OsStr| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO") || name.starts_with("RUST") || name == "PATH" || name == "HOME"
    };
    let mut variables: Vec<_> = std::env::vars_os().filter(|(name, _)| ours(name)).collect();
    for (name, value) in command.get_envs() {
        variables.retain(|(known, _)| known != name);
        variables.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }
    variables.sort();
    variables
}

/// What cargo and the compiler say of themselves.
fn toolchain(command: &Command) -> Option<String> {
    let mut said = String::new();
    for program in [command.get_program(), "rustc".as_ref()] {
        let mut ask = Command::new(program);
        ask.arg("-vV").stdin(std::process::Stdio::null());
        if let Some(folder) = command.get_current_dir() {
            ask.current_dir(folder);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => ask.env(name, value),
                None => ask.env_remove(name),
            };
        }
        let output = cargo::run(ask, Path::new("/"), Duration::from_secs(30)).ok()?;
        said.push_str(&String::from_utf8(output).ok()?);
    }
    Some(said)
}

/// The texts of all configuration files that cargo reads in the folder it is started in; `None` where
/// one of them names others.
fn configuration(command: &Command) -> Option<Vec<Vec<u8>>> {
    let folder = command.get_current_dir()?;
    let mut folders: Vec<PathBuf> = folder.ancestors().map(|folder| folder.join(".cargo")).collect();
    folders.extend(workspace::cargo_home());
    let files = folders.iter().flat_map(|folder| [folder.join("config.toml"), folder.join("config")]);
    let mut texts = Vec::new();
    for file in files {
        match std::fs::read(&file) {
            Ok(text) if text.windows(7).any(|word| word == b"include") => return None,
            Ok(text) => texts.push(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => texts.push(Vec::new()),
            Err(_) => return None,
        }
    }
    Some(texts)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(cache: &Path, key: &str) -> Kept {
        Kept { shelf: Shelf::open(Some(cache), "graph"), key: key.to_owned() }
    }

    #[test]
    fn a_graph_is_found_while_its_key_and_all_manifests_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let (cache, home) = (folder.path().join("cache"), folder.path().join("src"));
        let package = home.join("log-0.4.0");
        std::fs::create_dir_all(&package).expect("a folder");
        std::fs::write(package.join("Cargo.toml"), "[package]").expect("a manifest");
        kept(&cache, "a").put_below(std::slice::from_ref(&home), b"{}", &[&package]);
        assert_eq!(kept(&cache, "a").get().as_deref(), Some(&b"{}"[..]));
        assert_eq!(kept(&cache, "b").get(), None, "another input");
        std::fs::write(package.join("Cargo.toml"), "[package]\n").expect("a manifest");
        assert_eq!(kept(&cache, "a").get(), None, "another manifest");
        std::fs::remove_file(package.join("Cargo.toml")).expect("a manifest");
        assert_eq!(kept(&cache, "a").get(), None, "no manifest");
    }

    #[test]
    fn a_graph_with_packages_from_elsewhere_is_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let (cache, vendored) = (folder.path().join("cache"), folder.path().join("vendor/log"));
        std::fs::create_dir_all(&vendored).expect("a folder");
        std::fs::write(vendored.join("Cargo.toml"), "[package]").expect("a manifest");
        kept(&cache, "a").put_below(&[folder.path().join("src")], b"{}", &[&vendored]);
        assert_eq!(kept(&cache, "a").get(), None);
    }
}
