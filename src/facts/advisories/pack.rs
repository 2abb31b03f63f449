//! Packs: the facts of all advisories in one file.
//!
//! A pack is three lines of which the last is binary: what it is and in which version, the SHA-256 of
//! the rest, and the rest. The same advisories give the same bytes. A pack is used whole or not at all:
//! a cut or changed one is refused, never read as fewer advisories.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::Error;

use super::data::Database;
use super::record::{Advisory, AdvisoryKind, Function, SEVERITIES};

/// The largest pack that is read, in bytes; a hundred times what all public advisories take.
pub(super) const LARGEST: u64 = 32 * 1024 * 1024;

const MAGIC: &str = "cargo-health-sec advisories 2\n";

/// An advisory as a pack of version 2 holds it. Frozen: another shape is another version.
#[derive(Serialize, Deserialize)]
struct Entry<'a> {
    id: &'a str,
    package: &'a str,
    toolchain: bool,
    registry: Option<&'a str>,
    kind: u8,
    patched: Vec<&'a str>,
    unaffected: Vec<&'a str>,
    aliases: Vec<&'a str>,
    cvss: Option<&'a str>,
    severity: Option<u8>,
    categories: Vec<&'a str>,
    functions: Vec<(&'a str, Vec<&'a str>)>,
    os: Vec<&'a str>,
    arch: Vec<&'a str>,
    date: u32,
    withdrawn: Option<u32>,
    url: Option<&'a str>,
}

/// Writes a pack with the advisories of a database; beside first, then renamed.
///
/// # Errors
/// When the file cannot be written.
pub fn write(data: &super::Data, file: &Path) -> Result<(), Error> {
    let mut advisories: Vec<Advisory> = data.advisories().cloned().collect();
    advisories.sort_by(|a, b| (&a.package, &a.id).cmp(&(&b.package, &b.id)));
    let failed = |source: std::io::Error| Error::File {
        action: "write",
        path: file.to_owned(),
        help: "name a file in a folder that exists and can be written to".to_owned(),
        source,
    };
    // A file in the place of a device would break the machine.
    if std::fs::metadata(file).is_ok_and(|there| !there.is_file()) {
        return Err(failed(std::io::Error::other("it is there, and no regular file")));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    beside.write_all(&encode(&advisories)).map_err(failed)?;
    share(beside.as_file()).map_err(failed)?;
    beside.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Temporary files are private; a pack is for others too.
#[cfg(unix)]
fn share(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn share(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

/// The pack of these advisories, which are sorted.
pub(super) fn encode(advisories: &[Advisory]) -> Vec<u8> {
    seal(&payload(advisories))
}

/// A payload below its head.
pub(super) fn seal(payload: &[u8]) -> Vec<u8> {
    let head = format!("{MAGIC}{}\n", hex(&Sha256::digest(payload)));
    [head.as_bytes(), payload].concat()
}

/// SHA-256 of the facts of these advisories, which are sorted.
pub(super) fn digest(advisories: &[Advisory]) -> String {
    hex(&Sha256::digest(payload(advisories)))
}

/// Reads a pack.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Database, String> {
    let rest = bytes.strip_prefix(MAGIC.as_bytes()).ok_or_else(|| not_a_pack(bytes))?;
    let (stated, payload) = rest.split_at_checked(65).ok_or("it ends within its head")?;
    let digest = hex(&Sha256::digest(payload));
    if stated.strip_suffix(b"\n") != Some(digest.as_bytes()) {
        return Err(format!("it is damaged: its content has the SHA-256 {digest}, not the one it states"));
    }
    let (entries, surplus): (Vec<Entry<'_>>, _) =
        postcard::take_from_bytes(payload).map_err(|error| format!("it is malformed: {error}"))?;
    if !surplus.is_empty() {
        return Err(format!("it is malformed: {} bytes follow the last advisory", surplus.len()));
    }
    let advisories: Vec<_> = entries.iter().map(unpack).collect::<Result<_, _>>()?;
    if advisories.windows(2).any(|pair| (&pair[0].package, &pair[0].id) >= (&pair[1].package, &pair[1].id)) {
        return Err("it is malformed: its advisories are not sorted".to_owned());
    }
    Ok(Database { name: name.to_owned(), advisories, digest })
}

fn not_a_pack(bytes: &[u8]) -> String {
    let kind = MAGIC.trim_end_matches("2\n");
    if bytes.starts_with(kind.as_bytes()) {
        "it is a pack of another version; make it anew with this version of the tool".to_owned()
    } else {
        "it is not a pack of advisories".to_owned()
    }
}

/// The facts of these advisories as bytes.
pub(super) fn payload(advisories: &[Advisory]) -> Vec<u8> {
    let entries: Vec<Entry<'_>> = advisories.iter().map(pack).collect();
    // Writing into memory can't fail for types made of text and numbers; an empty payload would be
    // refused when read.
    postcard::to_stdvec(&entries).unwrap_or_default()
}

fn pack(advisory: &Advisory) -> Entry<'_> {
    let index = |at: Option<usize>| at.and_then(|at| u8::try_from(at).ok());
    Entry {
        id: &advisory.id,
        package: &advisory.package,
        toolchain: advisory.toolchain,
        registry: advisory.registry.as_deref(),
        kind: index(AdvisoryKind::ALL.iter().position(|kind| *kind == advisory.kind)).unwrap_or(0),
        patched: borrow(&advisory.patched),
        unaffected: borrow(&advisory.unaffected),
        aliases: borrow(&advisory.aliases),
        cvss: advisory.cvss.as_deref(),
        severity: advisory
            .severity
            .and_then(|word| index(SEVERITIES.iter().position(|known| *known == word))),
        categories: borrow(&advisory.categories),
        functions: advisory
            .functions
            .iter()
            .map(|function| (function.path.as_str(), borrow(&function.versions)))
            .collect(),
        os: borrow(&advisory.os),
        arch: borrow(&advisory.arch),
        date: number(advisory.date),
        withdrawn: advisory.withdrawn.map(number),
        url: advisory.url.as_deref(),
    }
}

fn unpack(entry: &Entry<'_>) -> Result<Advisory, String> {
    let wrong = |what: &str| format!("it is malformed: {what} of `{}`", entry.id);
    let kind = AdvisoryKind::ALL.get(usize::from(entry.kind)).ok_or_else(|| wrong("the kind"))?;
    let severity = match entry.severity {
        Some(index) => Some(*SEVERITIES.get(usize::from(index)).ok_or_else(|| wrong("the severity"))?),
        None => None,
    };
    let day = |number: u32| date(number).ok_or_else(|| wrong("a date"));
    Ok(Advisory {
        id: entry.id.to_owned(),
        package: entry.package.to_owned(),
        toolchain: entry.toolchain,
        registry: entry.registry.map(str::to_owned),
        kind: *kind,
        patched: own(&entry.patched),
        unaffected: own(&entry.unaffected),
        aliases: own(&entry.aliases),
        cvss: entry.cvss.map(str::to_owned),
        severity,
        categories: own(&entry.categories),
        functions: entry
            .functions
            .iter()
            .map(|(path, versions)| Function { path: (*path).to_owned(), versions: own(versions) })
            .collect(),
        os: own(&entry.os),
        arch: own(&entry.arch),
        date: day(entry.date)?,
        withdrawn: entry.withdrawn.map(day).transpose()?,
        url: entry.url.map(str::to_owned),
    })
}

fn borrow(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn own(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A date as one number that people can read: 20200118.
fn number(date: Date) -> u32 {
    let part = |value: i16| u32::from(value.unsigned_abs());
    part(date.year()) * 10_000 + part(date.month().into()) * 100 + part(date.day().into())
}

fn date(number: u32) -> Option<Date> {
    let year = i16::try_from(number / 10_000).ok()?;
    let month = i8::try_from(number / 100 % 100).ok()?;
    let day = i8::try_from(number % 100).ok()?;
    Date::new(year, month, day).ok()
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
