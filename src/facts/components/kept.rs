//! What cargo printed about the graph, kept between runs.
//!
//! To resolve a thousand packages takes cargo longer than everything else takes us. What it prints
//! depends on the lock file, the manifests of the members, the configuration, the environment and the
//! toolchain: all of these are part of the key. It depends on the manifests of components as well: those
//! in cargo's own folders are known by their fingerprint, and a graph that holds any other package (a
//! folder, vendored sources) is not kept.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::cache::Shelf;
use crate::request::Request;
use crate::source::Tree;

use super::super::prints::{Print, hex};
use super::super::workspace::{self, Workspace};
use super::cargo;

/// A part of the name of the shelf; another meaning of the bytes needs another number.
const MEANING: u32 = 2;

/// What was kept.
#[derive(Debug, Serialize, Deserialize)]
struct Graph {
    /// What cargo printed.
    output: String,
    /// The manifests of all components.
    manifests: Vec<PathBuf>,
    /// Their fingerprint.
    print: String,
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
        (print(&graph.manifests)? == graph.print).then(|| graph.output.into_bytes())
    }

    /// Keeps what cargo printed, if the manifests of all components lie where nobody but cargo writes.
    pub(super) fn put(self, output: &[u8], folders: &[&Path]) {
        if let Some(home) = workspace::cargo_home() {
            let places = [home.join("registry").join("src"), home.join("git").join("checkouts")];
            self.put_below(&places, output, folders);
        }
    }

    fn put_below(mut self, places: &[PathBuf], output: &[u8], folders: &[&Path]) {
        if !folders.iter().all(|folder| places.iter().any(|place| folder.starts_with(place))) {
            return;
        }
        let manifests: Vec<PathBuf> = folders.iter().map(|folder| folder.join("Cargo.toml")).collect();
        if let (Ok(output), Some(print)) = (String::from_utf8(output.to_vec()), print(&manifests)) {
            self.shelf.put(self.key, Graph { output, manifests, print });
            self.shelf.close(false);
        }
    }
}

/// The fingerprint of regular files; `None` where one is none, or where the system tells too little.
fn print(paths: &[PathBuf]) -> Option<String> {
    let mut print = Print::new()?;
    for path in paths {
        let metadata = std::fs::symlink_metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        print.add(&path.to_string_lossy(), &metadata);
    }
    Some(print.finish())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(cache: &Path, key: &str) -> Kept {
        Kept { shelf: Shelf::open(Some(cache), "graph"), key: key.to_owned() }
    }

    #[test]
    #[cfg(unix)]
    fn a_graph_is_found_while_its_key_and_all_manifests_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let (cache, home) = (folder.path().join("cache"), folder.path().join("src"));
        let package = home.join("log-0.4.0");
        std::fs::create_dir_all(&package).expect("a folder");
        let manifest = package.join("Cargo.toml");
        std::fs::write(&manifest, "[package]").expect("a manifest");
        kept(&cache, "a").put_below(std::slice::from_ref(&home), b"{}", &[&package]);
        assert_eq!(kept(&cache, "a").get().as_deref(), Some(&b"{}"[..]));
        assert_eq!(kept(&cache, "b").get(), None, "another input");
        // The same size, and the time set back.
        let time = std::fs::metadata(&manifest).and_then(|metadata| metadata.modified()).expect("a time");
        std::fs::write(&manifest, "[pockage]").expect("a manifest");
        let file = std::fs::File::options().write(true).open(&manifest).expect("a manifest");
        file.set_modified(time).expect("a time");
        assert_eq!(kept(&cache, "a").get(), None, "another manifest");
        std::fs::remove_file(manifest).expect("a manifest");
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
