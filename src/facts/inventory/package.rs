//! A component's manifest, and what its parts hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::source::{LARGEST_FILE, read_limited, relative};

use super::files::{Files, Reader, Unread};
use super::{Seen, build_code, carried};

/// Folders beside a library whose root lies at the top of the package.
pub(super) const NOT_LIBRARY: &[&str] = &["benches", "examples", "fuzz", "target", "tests"];

/// Reads the sources of a component.
///
/// # Errors
/// When there is no manifest to say what the component is made of. Whatever else cannot be read is in
/// [`Seen::unread`].
pub(super) fn read(folder: &Path) -> Result<Seen, String> {
    let folder = folder.canonicalize().map_err(|error| error.to_string())?;
    let manifest = Manifest::read(&folder).map_err(|why| format!("Cargo.toml: {why}"))?;
    let mut unread = Unread::new();
    let mut seen = Seen {
        forbids_unsafe: manifest.forbids_unsafe(),
        proc_macro: manifest.lib.proc_macro,
        links: manifest.package.links.as_ref().and_then(toml::Value::as_str).map(str::to_owned),
        ..Seen::default()
    };
    let reader = |digests| Reader { folder: &folder, edition: manifest.edition(), digests };
    let build_root = manifest.build_root(&folder);
    let mut library = Files::new();
    let mut program = Files::new();
    if let Some(root) = manifest.library_root(&folder) {
        match reader(false).inside(&root) {
            Ok(root) => {
                let others = manifest.other_roots(&folder, &root, build_root.as_deref());
                library = reader(seen.proc_macro).library(&root, &others, &mut unread);
                seen.forbids_unsafe |= library.get(&root).is_some_and(|file| file.seen.forbids_unsafe);
            }
            Err(why) => drop(unread.insert(root, why)),
        }
    }
    if let Some(root) = &build_root {
        match reader(false).inside(root) {
            Ok(root) => program = reader(true).program(&root, &mut unread),
            Err(why) => drop(unread.insert(root.clone(), why)),
        }
    }
    if seen.proc_macro || build_root.is_some() {
        let mut digests = build_code::Digests::new();
        if seen.proc_macro {
            build_code::add(&reader(true), &library, &mut digests, &mut unread);
        }
        build_code::add(&reader(true), &program, &mut digests, &mut unread);
        seen.build_code = unread.is_empty().then(|| build_code::sum(&folder, &digests));
    }
    let known = |path: &Path| Some(library.get(path).or_else(|| program.get(path))?.told);
    seen.carried = carried::look(&reader(false), known, &mut unread);
    seen.library.add(library.into_values());
    if build_root.is_some() {
        let mut part = super::Part::default();
        part.add(program.into_values());
        seen.build_script = Some(part);
    }
    seen.unread = unread.iter().map(|(path, why)| format!("{}: {why}", relative(&folder, path))).collect();
    Ok(seen)
}

/// What of the manifest matters here.
#[derive(Debug, Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    package: Package,
    #[serde(default)]
    lib: Library,
    #[serde(default)]
    bin: Vec<Binary>,
    #[serde(default)]
    lints: BTreeMap<String, toml::Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Package {
    edition: Option<toml::Value>,
    build: Option<toml::Value>,
    links: Option<toml::Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Library {
    path: Option<String>,
    #[serde(default, rename = "proc-macro", alias = "proc_macro")]
    proc_macro: bool,
}

#[derive(Debug, Deserialize)]
struct Binary {
    path: Option<String>,
}

impl Manifest {
    fn read(folder: &Path) -> Result<Self, String> {
        let bytes =
            read_limited(&folder.join("Cargo.toml"), LARGEST_FILE).map_err(|error| error.to_string())?;
        toml::from_slice(&bytes).map_err(|error| error.message().to_owned())
    }

    fn edition(&self) -> u16 {
        // Published manifests name the year; one that inherits it is of an edition with workspaces.
        let year = |edition: &toml::Value| edition.as_str().map_or(Some(2021), |year| year.parse().ok());
        self.package.edition.as_ref().and_then(year).unwrap_or(2015)
    }

    fn library_root(&self, folder: &Path) -> Option<PathBuf> {
        match &self.lib.path {
            Some(path) => Some(folder.join(path)),
            // A component without a library is not linked.
            None => Some(folder.join("src/lib.rs")).filter(|root| root.exists()),
        }
    }

    fn build_root(&self, folder: &Path) -> Option<PathBuf> {
        match &self.package.build {
            Some(toml::Value::Boolean(false)) => None,
            Some(toml::Value::String(file)) => Some(folder.join(file)),
            _ => Some(folder.join("build.rs")).filter(|root| root.exists()),
        }
    }

    /// What lies below the library's folder and is not the library.
    fn other_roots(&self, folder: &Path, library: &Path, build: Option<&Path>) -> BTreeSet<PathBuf> {
        let mut others = BTreeSet::from([folder.join("src/main.rs"), folder.join("src/bin")]);
        others.extend(self.bin.iter().filter_map(|bin| bin.path.as_ref()).map(|path| folder.join(path)));
        others.extend(build.map(Path::to_owned));
        if library.parent() == Some(folder) {
            others.extend(NOT_LIBRARY.iter().map(|name| folder.join(name)));
        }
        others.remove(library);
        others
    }

    fn forbids_unsafe(&self) -> bool {
        let level = self.lints.get("rust").and_then(|lints| lints.get("unsafe_code"));
        let level = level.map(|level| level.get("level").unwrap_or(level));
        level.and_then(toml::Value::as_str) == Some("forbid")
    }
}
