//! What the sources of components hold, at lexer speed: unsafe code, capabilities, build-time code.
//!
//! Statements are *at least* statements: a lexer sees what is written, not what a macro or a trait
//! object makes of it, and code that a feature or a target leaves out counts too. What a component
//! does through another component stands in the entry of that one.
//!
//! - `tokens`: the words of a file, cut as its edition cuts them
//! - `paths`: what the paths a file writes make it able to do
//! - `scan`: one pass over a file
//! - `files`: which files are compiled in
//! - `build_code`: one digest over what runs at build time
//! - `carried`, `libraries`: what lies beside the Rust sources
//! - `naming`: whether a text names a crate and its functions
//! - `package`: the manifest, and the parts put together
//! - `capability`: the words for what a component is able to do

mod build_code;
mod capability;
mod carried;
mod files;
mod libraries;
pub mod naming;
mod package;
mod paths;
mod scan;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Component as PathPart, Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::cache::{Shelf, fingerprint};
use crate::request::Request;

use super::components::{Component, Components, Origin, Ships};
use super::{Gap, Kind};

pub use capability::Capability;
pub use carried::{Carried, Prebuilt, PrebuiltKind};

/// What was seen in each component that ships or runs at build time.
#[derive(Debug, Default)]
pub struct Inventory {
    /// By index into the components.
    pub of: BTreeMap<usize, Seen>,
}

/// What was seen in the sources of one component.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What is linked, or for a procedural macro runs in the compiler.
    pub library: Part,
    /// What runs before it is compiled.
    pub build_script: Option<Part>,
    /// True when the library root says `#![forbid(unsafe_code)]`, or the manifest does.
    pub forbids_unsafe: bool,
    /// True for a procedural macro.
    pub proc_macro: bool,
    /// The native library it links, `links` in its manifest.
    pub links: Option<String>,
    /// The SHA-256 of all code that runs while the product is built, as `sha256:` and 64 hexadecimal
    /// digits: of the build script with its modules, for a procedural macro of all of its sources.
    /// `None` where there is no such code, or not all of it could be read.
    pub build_code: Option<String>,
    /// What lies beside the Rust sources: native sources, prebuilt code, archives.
    pub carried: Carried,
    /// Files that could not be read, and why.
    pub unread: Vec<String>,
}

/// A library or a build script.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Rust files read.
    pub files: u32,
    /// Bytes read.
    pub bytes: u64,
    /// Unsafe code by what the word introduces; tests are left out.
    pub unsafe_tokens: UnsafeCounts,
    /// The word `unsafe` in code that only tests see.
    pub unsafe_in_tests: u32,
    /// What it is able to do, at least.
    pub capabilities: BTreeSet<Capability>,
    /// Places where code is included that was not seen, most often what a build script generates.
    pub unseen_includes: u32,
}

impl Seen {
    /// True where code of it runs while the product is built.
    #[must_use]
    pub fn runs_in_build(&self) -> bool {
        self.proc_macro || self.build_script.is_some()
    }
}

impl Part {
    fn add(&mut self, files: impl IntoIterator<Item = files::File>) {
        for files::File { bytes, mut seen, .. } in files {
            self.files += 1;
            self.bytes += bytes;
            self.unsafe_tokens.add(&seen.unsafe_tokens);
            self.unsafe_in_tests += seen.in_tests;
            self.capabilities.append(&mut seen.capabilities);
            self.unseen_includes += seen.unseen_includes;
        }
        if self.unsafe_tokens.total() > 0 {
            self.capabilities.insert(Capability::Unsafe);
        }
    }
}

/// Unsafe code by what introduces it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsafeCounts {
    /// `unsafe { .. }`.
    pub blocks: u32,
    /// `unsafe fn`, `unsafe extern fn`, pointers to such functions too.
    pub functions: u32,
    /// `unsafe impl`.
    pub impls: u32,
    /// `unsafe trait`.
    pub traits: u32,
    /// `unsafe extern { .. }`.
    pub extern_blocks: u32,
    /// `extern { .. }` without the word: calling what it declares is unsafe all the same.
    pub plain_extern_blocks: u32,
    /// `#[unsafe(..)]`.
    pub attributes: u32,
    /// The word where it introduces none of these, as in the pattern of a macro.
    pub other: u32,
}

impl UnsafeCounts {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.words() + self.plain_extern_blocks
    }

    /// How often the word `unsafe` stands there.
    #[must_use]
    pub fn words(&self) -> u32 {
        self.blocks
            + self.functions
            + self.impls
            + self.traits
            + self.extern_blocks
            + self.attributes
            + self.other
    }

    fn add(&mut self, more: &Self) {
        self.blocks += more.blocks;
        self.functions += more.functions;
        self.impls += more.impls;
        self.traits += more.traits;
        self.extern_blocks += more.extern_blocks;
        self.plain_extern_blocks += more.plain_extern_blocks;
        self.attributes += more.attributes;
        self.other += more.other;
    }
}

impl Inventory {
    /// The sums over the components that ship, or may ship.
    #[must_use]
    pub fn summary(&self, components: &Components) -> Summary {
        let mut summary = Summary::default();
        for (index, seen) in &self.of {
            if components.all.get(*index).is_none_or(|component| component.ships < Ships::Unknown) {
                continue;
            }
            let count = seen.library.unsafe_tokens.total();
            summary.components += 1;
            summary.unsafe_total += u64::from(count);
            summary.with_unsafe += usize::from(count > 0);
            summary.forbidding += usize::from(seen.forbids_unsafe);
            summary.build_scripts += usize::from(seen.build_script.is_some());
            // Unsafe code has numbers of its own.
            for capability in seen.library.capabilities.iter().filter(|able| **able != Capability::Unsafe) {
                *summary.capabilities.entry(*capability).or_default() += 1;
            }
        }
        summary
    }
}

/// The inventory of what ships, in one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Components whose sources were read.
    pub components: usize,
    /// Unsafe code in them, by places.
    pub unsafe_total: u64,
    /// Components with any of it.
    pub with_unsafe: usize,
    /// Components that forbid it.
    pub forbidding: usize,
    /// Components with a build script.
    pub build_scripts: usize,
    /// How many components are able to do what.
    pub capabilities: BTreeMap<Capability, usize>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} places with unsafe code in {} of {} components, {} forbid it",
            self.unsafe_total, self.with_unsafe, self.components, self.forbidding
        )?;
        for (capability, count) in &self.capabilities {
            write!(f, ", {count} {}", capability.words())?;
        }
        Ok(())
    }
}

/// The sources of this engine: facts that another state of it has seen are not believed.
const ENGINE: u64 = fingerprint(&[
    include_bytes!("mod.rs"),
    include_bytes!("build_code.rs"),
    include_bytes!("capability.rs"),
    include_bytes!("carried.rs"),
    include_bytes!("files.rs"),
    include_bytes!("libraries.rs"),
    include_bytes!("package.rs"),
    include_bytes!("paths.rs"),
    include_bytes!("scan.rs"),
    include_bytes!("tokens.rs"),
]);

/// Reads the sources of every component that ships or runs at build time.
pub fn gather(components: &Components, request: &Request, gaps: &mut Vec<Gap>) -> Inventory {
    gather_from(components, request.cache.as_deref(), registry_sources().as_deref(), gaps)
}

fn gather_from(
    components: &Components,
    cache: Option<&Path>,
    registry: Option<&Path>,
    gaps: &mut Vec<Gap>,
) -> Inventory {
    let mut shelf = Shelf::open(cache, "inventory");
    let wanted: Vec<(usize, &Component)> =
        components.all.iter().enumerate().filter(|(_, component)| component.ships >= Ships::Build).collect();
    let read: Vec<(usize, Option<String>, Result<Seen, Missing>)> = wanted
        .into_par_iter()
        .map(|(index, component)| {
            let key = cache_key(component, registry);
            match key.as_deref().and_then(|key| shelf.get(key)) {
                Some(seen) => (index, None, Ok(seen)),
                None => (index, key, read(component)),
            }
        })
        .collect();

    let mut inventory = Inventory::default();
    let mut missing = Vec::new();
    for (index, new_key, seen) in read {
        let component = &components.all[index];
        match seen {
            Ok(seen) => {
                if let Some(key) = new_key.filter(|_| is_whole(component, &seen)) {
                    shelf.put(key, &seen);
                }
                gaps.extend(unread_gap(component, &seen));
                inventory.of.insert(index, seen);
            }
            Err(Missing::Sources) => missing.push(component.id()),
            Err(Missing::Manifest(why)) => gaps.push(Gap::new(Kind::Inventory, component.id(), why, FETCH)),
        }
    }
    gaps.extend(missing_gap(&missing));
    shelf.close(true);
    inventory
}

const FETCH: &str = "cargo health-sec --fetch";

enum Missing {
    Sources,
    Manifest(String),
}

fn read(component: &Component) -> Result<Seen, Missing> {
    let folder = component.folder.as_deref().filter(|folder| folder.is_dir()).ok_or(Missing::Sources)?;
    package::read(folder).map_err(Missing::Manifest)
}

fn unread_gap(component: &Component, seen: &Seen) -> Option<Gap> {
    let why = match seen.unread.as_slice() {
        [] => return None,
        [one] => format!("one of its files was not read: {one}"),
        [first, rest @ ..] => format!("{} of its files were not read: {first}, …", rest.len() + 1),
    };
    Some(Gap::new(Kind::Inventory, component.id(), why, "look at the files named"))
}

/// Many missing components are one gap: one command mends them all.
fn missing_gap(missing: &[String]) -> Option<Gap> {
    const NAMED: usize = 3;
    let (what, why) = match missing {
        [] => return None,
        [one] => (one.clone(), "its sources are not on this machine".to_owned()),
        many if many.len() <= NAMED => (many.join(", "), "their sources are not on this machine".to_owned()),
        many => (
            format!("{} components", many.len()),
            format!(
                "their sources are not on this machine: {} and {} more",
                many[..NAMED].join(", "),
                many.len() - NAMED
            ),
        ),
    };
    Some(Gap::new(Kind::Inventory, what, why, FETCH))
}

/// Whether everything was there and was read. Cargo marks a folder that it has unpacked to the end.
fn is_whole(component: &Component, seen: &Seen) -> bool {
    let unpacked = component.folder.as_deref().is_some_and(|folder| folder.join(".cargo-ok").exists());
    unpacked && seen.unread.is_empty()
}

/// Where cargo unpacks what comes from registries, after comparing it with its checksum.
fn registry_sources() -> Option<PathBuf> {
    let home = match std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty()) {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir()?.join(".cargo"),
    };
    Some(home.join("registry").join("src"))
}

/// The key under which a component's facts are kept, if its sources never change: it comes from a
/// registry, has a checksum, and lies where cargo unpacked it. A folder that the workspace names
/// (vendored sources) may hold anything, and must not speak for the component in other workspaces.
fn cache_key(component: &Component, registry: Option<&Path>) -> Option<String> {
    let checksum = component.checksum.as_deref()?;
    let place = component.folder.as_deref()?.strip_prefix(registry?).ok()?;
    let plain = place.components().all(|part| matches!(part, PathPart::Normal(_)));
    let published = matches!(component.origin, Origin::CratesIo | Origin::Registry { .. });
    (plain && published).then(|| format!("{ENGINE:016x} {checksum} {} {}", component.id(), place.display()))
}
