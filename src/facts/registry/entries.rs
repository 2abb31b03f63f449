//! What one index file says.
//!
//! A file has an entry of some kilobytes for each version, and a package may have hundreds: only the
//! entries that are asked for are read as JSON. A file that is cut off or garbled is refused whole:
//! what it lacks can't be told from what was never there.

use std::borrow::Cow;
use std::str::FromStr as _;

use jiff::civil::Date;
use memchr::memmem;
use semver::Version;
use serde::Deserialize;

/// How the entries of a file are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As cargo keeps them.
    Kept,
    /// A line for each, as registries hand them out.
    Lines,
}

/// The form in which cargo keeps entries, and the version of the entries themselves.
const KEPT_VERSION: u8 = 3;
const ENTRY_VERSION: u32 = 2;

/// The entries of one package: version, and its entry as JSON.
type Entries<'a> = Vec<(Cow<'a, str>, &'a [u8])>;

/// An index file.
#[derive(Debug)]
pub(super) struct Index<'a> {
    entries: Entries<'a>,
    bytes: &'a [u8],
}

/// What an entry says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) yanked: bool,
    pub(super) checksum: String,
    pub(super) on: Option<Date>,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    vers: Cow<'a, str>,
    #[serde(borrow)]
    cksum: Cow<'a, str>,
    #[serde(default)]
    yanked: Option<bool>,
    #[serde(borrow, default)]
    pubtime: Option<Cow<'a, str>>,
}

impl<'a> Index<'a> {
    /// Splits a file into its entries.
    ///
    /// # Errors
    /// Why the file is none, or not a whole one.
    pub(super) fn read(bytes: &'a [u8], form: Form) -> Result<Self, String> {
        let entries = match form {
            Form::Kept => kept(bytes)?,
            Form::Lines => lines(bytes)?,
        };
        Ok(Self { entries, bytes })
    }

    /// The entries of a version; more than one where somebody has edited the file.
    pub(super) fn entries_of(&self, name: &str, version: &Version) -> Result<Vec<Entry>, String> {
        let version = version.to_string();
        let mut found = Vec::new();
        for (_, json) in self.entries.iter().filter(|(known, _)| *known == version) {
            let line = line(json)?;
            if line.vers != version {
                return Err(format!("what it keeps as {version} is about {}", line.vers));
            }
            if line.name != name {
                return Err(format!("it is about `{}`", line.name));
            }
            let on = line.pubtime.as_deref().and_then(day);
            found.push(Entry { yanked: line.yanked.unwrap_or(false), checksum: line.cksum.into_owned(), on });
        }
        Ok(found)
    }

    /// The newest version that is neither taken back nor a pre-release, and its day.
    pub(super) fn newest(&self) -> Option<(Version, Option<Date>)> {
        let mut released: Vec<(Version, &[u8])> = self
            .entries
            .iter()
            .filter_map(|(version, json)| Some((Version::parse(version).ok()?, *json)))
            .filter(|(version, _)| version.pre.is_empty())
            .collect();
        released.sort_by(|a, b| b.0.cmp(&a.0));
        released.into_iter().find_map(|(version, json)| {
            let line = line(json).ok().filter(|line| line.yanked != Some(true))?;
            Some((version, line.pubtime.as_deref().and_then(day)))
        })
    }

    /// The newest day of publication in the file. The key is looked for in the bytes: within a JSON
    /// string its quotes would be written with a backslash, and no table in an entry has such a key
    /// with a day for its value.
    pub(super) fn last_release(&self) -> Option<Date> {
        const KEY: &[u8] = b"\"pubtime\":";
        let value = |at: usize| {
            let rest = self.bytes.get(at + KEY.len()..)?.trim_ascii_start();
            let text = rest.strip_prefix(b"\"")?.get(..DAY + 1)?;
            std::str::from_utf8(text).ok().and_then(day)
        };
        memmem::find_iter(self.bytes, KEY).filter_map(value).max()
    }
}

fn line(json: &[u8]) -> Result<Line<'_>, String> {
    serde_json::from_slice(json).map_err(|error| format!("an entry can't be read: {error}"))
}

/// The length of a day such as `2026-11-01`.
const DAY: usize = 10;

/// The day of a time such as `2026-11-01T12:00:00Z`.
fn day(time: &str) -> Option<Date> {
    let (day, rest) = time.split_at_checked(DAY)?;
    Date::from_str(day).ok().filter(|_| rest.starts_with('T'))
}

/// `version NUL entry NUL`, again and again, behind a head that says how and when it was kept.
fn kept(bytes: &[u8]) -> Result<Entries<'_>, String> {
    let cut = || "it is cut off".to_owned();
    let (form, rest) = bytes.split_first().ok_or_else(cut)?;
    if *form != KEPT_VERSION {
        return Err(format!("it is kept in form {form}, which this version of the tool does not know"));
    }
    let (version, rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
    if u32::from_le_bytes(*version) != ENTRY_VERSION {
        return Err(format!("its entries are of version {}", u32::from_le_bytes(*version)));
    }
    let (_revision, mut rest) = until_nul(rest).ok_or_else(cut)?;
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let (version, after) = until_nul(rest).ok_or_else(cut)?;
        let (entry, after) = until_nul(after).ok_or_else(cut)?;
        let version = std::str::from_utf8(version).map_err(|_| "a version is not UTF-8".to_owned())?;
        entries.push((Cow::Borrowed(version), entry));
        rest = after;
    }
    Ok(entries)
}

fn until_nul(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(0, bytes)?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

fn lines(bytes: &[u8]) -> Result<Entries<'_>, String> {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines.map(|json| Ok((line(json)?.vers, json))).collect()
}
