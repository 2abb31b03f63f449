//! Reads a folder in `RustSec` layout: `crates/<package>/<id>.md`, and `rust/<part>/<id>.md` for the parts
//! of the toolchain.
//!
//! The folder may come from anywhere. Links are not followed, sizes and counts are limited, and a
//! file that cannot be read costs only itself: a gap names it, the rest is used.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::civil::Date;
use rayon::prelude::*;
use rustsec::VersionReq;
use rustsec::advisory::{Affected, Category, Informational, Metadata, Parts};
use serde::Deserialize;

use crate::facts::{Gap, Kind};
use crate::source::{Source, read_limited, relative};

use super::matching::ranges;
use super::record::{Advisory, AdvisoryKind, Function, SEVERITIES};

/// The largest advisory that is read, in bytes; the largest published one has 20 kB.
const LARGEST_ADVISORY: u64 = 1024 * 1024;

/// More files than this are no advisory database; the public one grows by two hundred a year.
const MOST_ADVISORIES: usize = 100_000;

/// The collections: advisories on packages, and on parts of the toolchain.
const PACKAGES: &str = "crates";
const TOOLCHAIN: &str = "rust";

/// The front matter as far as it is facts. The types are those of the rustsec crate but for the
/// ranges, which are looked at before that crate sees them.
#[derive(Deserialize)]
struct Front {
    advisory: Metadata,
    affected: Option<Affected>,
    versions: Versions,
}

#[derive(Deserialize)]
struct Versions {
    patched: Vec<VersionReq>,
    #[serde(default)]
    unaffected: Vec<VersionReq>,
}

/// Why a file is no advisory, and where in it.
#[derive(Debug)]
pub(super) struct Fault {
    message: String,
    at: Option<Range<usize>>,
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self { message, at: None }
    }
}

/// Reads every advisory of the collections `crates` and `rust`; the second may be missing.
///
/// # Errors
/// When the folder is not an advisory database, or holds more than any.
pub(super) fn read(folder: &Path, gaps: &mut Vec<Gap>) -> io::Result<Vec<Advisory>> {
    let mut files = list(&folder.join(PACKAGES))?;
    match list(&folder.join(TOOLCHAIN)) {
        Ok(more) => files.extend(more),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let read: Vec<Result<Option<Advisory>, Gap>> = files
        .par_iter()
        .map(|path| {
            let name = format!("{}/{}", folder.display(), relative(folder, path));
            read_file(path).map_err(|(source, fault)| {
                let gap = Gap::new(
                    Kind::Advisories,
                    name.clone(),
                    format!("it is not used: {}", fault.message),
                    "mend or delete the file, or fetch the database again: cargo health-sec advisories update",
                );
                match (source, fault.at) {
                    (Some(text), Some(at)) => gap.at(Source::new(name, text).at(at)),
                    _ => gap,
                }
            })
        })
        .collect();
    let mut advisories: Vec<Advisory> = Vec::with_capacity(read.len());
    for result in read {
        match result {
            Ok(advisory) => advisories.extend(advisory),
            Err(gap) => gaps.push(gap),
        }
    }
    Ok(advisories)
}

/// The files two levels down, sorted. Dotfiles are left out; so are links.
fn list(crates: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for package in entries(crates)?.filter(|(_, kind)| kind.is_dir()) {
        for (path, kind) in entries(&package.0)? {
            if kind.is_file() {
                files.push(path);
            }
            if files.len() > MOST_ADVISORIES {
                return Err(io::Error::other(format!("it holds more than {MOST_ADVISORIES} files")));
            }
        }
    }
    files.sort();
    Ok(files)
}

fn entries(folder: &Path) -> io::Result<impl Iterator<Item = (PathBuf, std::fs::FileType)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            found.push((entry.path(), entry.file_type()?));
        }
    }
    Ok(found.into_iter())
}

fn read_file(path: &Path) -> Result<Option<Advisory>, (Option<String>, Fault)> {
    let bytes =
        read_limited(path, LARGEST_ADVISORY).map_err(|error| (None, Fault::from(error.to_string())))?;
    let text = String::from_utf8(bytes).map_err(|_| (None, Fault::from("it is not UTF-8".to_owned())))?;
    match parse(&text) {
        Ok(mut advisory) => match misplaced(path, &advisory) {
            Some(fault) => Err((Some(text), fault)),
            // Drafts carry a placeholder until they get their number.
            None if advisory.id == rustsec::advisory::Id::PLACEHOLDER => Ok(None),
            None => {
                let collection = path.parent().and_then(Path::parent);
                advisory.toolchain = collection.is_some_and(|folder| folder.ends_with(TOOLCHAIN));
                Ok(Some(advisory))
            }
        },
        Err(fault) => Err((Some(text), fault)),
    }
}

/// The layout names package and id a second time; a file in the wrong place is read by no one.
fn misplaced(path: &Path, advisory: &Advisory) -> Option<Fault> {
    let name =
        |path: Option<&Path>| path.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let (file, folder) = (name(Some(path))?, name(path.parent())?);
    let draft = file.starts_with("RUSTSEC-0000-0000.");
    if folder != advisory.package {
        Some(Fault::from(format!("it is about `{}` but lies in the folder of `{folder}`", advisory.package)))
    } else if file != format!("{}.md", advisory.id) && !draft {
        Some(Fault::from(format!("it is {} but named `{file}`", advisory.id)))
    } else {
        None
    }
}

/// Reads an advisory from the text of its file.
pub(super) fn parse(text: &str) -> Result<Advisory, Fault> {
    // The rustsec crate cuts a text without this start at a byte, be it within a character or not.
    if !text.starts_with("```toml") {
        return Err(Fault { message: "it does not start with a ```toml block".to_owned(), at: Some(0..0) });
    }
    let parts = Parts::parse(text).map_err(|error| Fault::from(error.to_string()))?;
    let offset = parts.front_matter.as_ptr().addr() - text.as_ptr().addr();
    // An older form leaves the first table's name out.
    let prefix = if parts.front_matter.starts_with("[advisory]") { "" } else { "[advisory]\n" };
    let front: Front = toml::from_str(&format!("{prefix}{}", parts.front_matter)).map_err(|error| Fault {
        message: error.message().replace('\n', ", "),
        at: error.span().map(|span| {
            let place = |byte: usize| offset + byte.saturating_sub(prefix.len());
            place(span.start)..place(span.end)
        }),
    })?;
    facts(front).map_err(Fault::from)
}

fn facts(front: Front) -> Result<Advisory, String> {
    let Front { advisory: metadata, affected, versions } = front;
    if !metadata.title.is_empty() || !metadata.description.is_empty() {
        return Err("title and description belong below the block".to_owned());
    }
    let (patched, unaffected) = (texts(&versions.patched), texts(&versions.unaffected));
    ranges(versions.patched, versions.unaffected)?;
    let affected = affected.unwrap_or_default();
    let severity = metadata.cvss.as_ref().map(|cvss| cvss.severity().as_str());
    Ok(Advisory {
        id: metadata.id.to_string(),
        package: metadata.package.to_string(),
        toolchain: false,
        registry: metadata
            .source
            .as_ref()
            .filter(|source| !source.is_default_registry())
            .map(ToString::to_string),
        kind: kind(&metadata),
        patched,
        unaffected,
        aliases: texts(&metadata.aliases),
        cvss: metadata.cvss.as_ref().map(ToString::to_string),
        severity: severity.and_then(|word| SEVERITIES.into_iter().find(|known| *known == word)),
        categories: texts(&metadata.categories),
        functions: affected
            .functions
            .iter()
            .map(|(path, versions)| Function { path: path.to_string(), versions: texts(versions) })
            .collect(),
        os: affected.os.iter().map(|os| os.as_str().to_owned()).collect(),
        arch: affected.arch.iter().map(|arch| arch.as_str().to_owned()).collect(),
        date: date(&metadata.date)?,
        withdrawn: metadata.withdrawn.as_ref().map(date).transpose()?,
        url: metadata.url.as_ref().map(ToString::to_string),
    })
}

fn kind(metadata: &Metadata) -> AdvisoryKind {
    if metadata.categories.contains(&Category::Malicious) {
        return AdvisoryKind::Malicious;
    }
    match metadata.informational {
        None => AdvisoryKind::Vulnerability,
        Some(Informational::Unsound) => AdvisoryKind::Unsound,
        Some(Informational::Unmaintained) => AdvisoryKind::Unmaintained,
        Some(_) => AdvisoryKind::Notice,
    }
}

fn texts(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn date(date: &rustsec::advisory::Date) -> Result<Date, String> {
    Date::from_str(date.as_str()).map_err(|error| format!("its date `{date}` can't be read: {error}"))
}
