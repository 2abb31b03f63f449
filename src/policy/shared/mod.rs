//! Policies that several products build upon: `extends`, each pinned by its SHA-256.
//!
//! A shared policy is a whole policy in a file of its own, beside or outside of the workspace. What
//! it says holds unless the policy that names it says otherwise, key by key; waivers, items, issues and components
//! that are not allowed are put together. It can't name another one: whoever reads a policy finds
//! all of it in the files that it names, with the contents that it names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::{self, Fields, Value};
use crate::error::Fault;
use crate::source::{Placed, ReadError, Source, Tree, read_limited};

use super::{parse_document, read_policy};

/// The largest shared policy that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// More files than these are no policy that anybody keeps in mind.
const MOST: usize = 8;

/// Lists of which the policy and those it builds upon each hold a part.
const JOINED: &[&[&str]] =
    &[&["waiver"], &["item"], &["issue"], &["components", "deny"], &["secrets", "allow"]];

/// A policy that others build upon, as one of them names it: an entry of `extends`.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The file, relative to the folder of the policy that names it.
    pub file: Placed<String>,
    /// The SHA-256 of its contents.
    pub sha256: Placed<String>,
    /// What was read; `None` where the text of the policy was read alone.
    pub source: Option<Arc<Source>>,
}

impl Shared {
    /// Reads the file, if it holds what was pinned.
    pub(super) fn read(&self, tree: &Tree, policy: &Source) -> Result<Arc<Source>, Vec<Fault>> {
        let fault =
            |why: String, help: &str| vec![document::fault(&self.file.at, why, Some(help.to_owned()))];
        let from = tree.root().join(policy.path());
        let (path, bytes) = open(&from, Path::new(&self.file.value)).map_err(|why| {
            fault(
                format!("the shared policy can't be read: {why}"),
                "name a file relative to the folder of this policy",
            )
        })?;
        let text = String::from_utf8(bytes)
            .map_err(|_| fault("the shared policy is not UTF-8".to_owned(), "save it as UTF-8"))?;
        let source = Source::new(tree.relative(&path), text);
        let digest = source.sha256();
        if digest.eq_ignore_ascii_case(self.sha256.value.trim()) {
            return Ok(source);
        }
        let message = format!("{} is not the file that was pinned", source.path());
        let help = format!("read what has changed in it; to take it over, write: sha256 = \"{digest}\"");
        Err(vec![document::fault(&self.sha256.at, message, Some(help))])
    }
}

/// Opens a file as a policy names it: outside of the workspace too, but a regular file of limited size.
pub(super) fn open(policy: &Path, written: &Path) -> Result<(PathBuf, Vec<u8>), String> {
    if written.is_absolute() {
        return Err("an absolute path is another file on another machine".to_owned());
    }
    let path = policy.parent().unwrap_or(policy).join(written);
    let path = path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ReadError::Absent.to_string(),
        _ => error.to_string(),
    })?;
    // The fault of a wrong pin tells the digest of a file: not of any file, wherever a link leads.
    if path.extension().is_none_or(|extension| extension != "toml") {
        return Err("the name of the file does not end in `.toml`".to_owned());
    }
    let bytes = read_limited(&path, LARGEST).map_err(|error| match error {
        ReadError::TooLarge(size) => format!("it has {size} bytes, more than the {LARGEST} of a policy"),
        other => other.to_string(),
    })?;
    Ok((path, bytes))
}

/// Reads `extends`.
pub(super) fn read_list(list: Option<&Value>, faults: &mut Vec<Fault>) -> Vec<Shared> {
    let Some(list) = list else { return Vec::new() };
    if list.type_name() != "array" {
        let help = "extends = [{ file = \"../health-sec-base.toml\", sha256 = \"...\" }]";
        document::note(faults, &list.at(), "`extends` is no list of files", Some(help.to_owned()));
    }
    let mut named: Vec<Shared> = Vec::new();
    for entry in list.items() {
        let mut fields = Fields::new(entry, "an entry of `extends`", faults);
        let (file, sha256) = (fields.required("file"), fields.string("sha256"));
        fields.finish();
        let Some(file) = file else { continue };
        // A pin that is missing is a wrong one: the fault that follows tells the right one.
        let sha256 = sha256.unwrap_or_else(|| Placed { value: String::new(), at: entry.at() });
        if named.iter().any(|known| known.file.value == file.value) {
            document::note(faults, &file.at, "this file is named twice", None);
        }
        named.push(Shared { file, sha256, source: None });
    }
    if let Some(surplus) = named.get(MOST) {
        document::note(faults, &surplus.file.at, format!("more than {MOST} shared policies"), None);
    }
    named
}

/// The policy as if it were written in one file; of two shared files the later one stands.
pub(super) fn join(own: &Value, files: &[Arc<Source>]) -> Result<Value, Vec<Fault>> {
    let mut joined = own.clone();
    for file in files.iter().rev() {
        let value = parse_document(file)?;
        let mut faults = Vec::new();
        read_policy(&value, file.whole(), &mut faults);
        if let Some(entry) = value.entry("extends") {
            let help = "name both files in the policy that builds upon them";
            document::note(
                &mut faults,
                &entry.key_at,
                "a shared policy can't build upon another",
                Some(help.to_owned()),
            );
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        joined = joined.inheriting(&value, JOINED);
    }
    Ok(joined)
}

#[cfg(test)]
mod tests;
