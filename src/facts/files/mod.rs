//! The files that git tracks: secrets in them, and characters that make them read otherwise than they run.
//!
//! Every file below the root is read once, whole, whatever its kind: a key may lie anywhere. Untracked
//! files are somebody's own. Where there is no repository, what lies below the root counts.
//!
//! - `tracked`: which files there are
//! - [`odd`]: odd characters

pub mod odd;
#[cfg(test)]
mod tests;
mod tracked;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::request::Request;
use crate::source::{LARGEST_FILE, Location, ReadError, Source, Tree, read_limited};

use super::code::{Code, Scope};
use super::secrets::{self, Secret};
use super::{Gap, Kind};

pub use odd::OddKind;

/// What was seen in the files.
#[derive(Debug, Default)]
pub struct Files {
    /// How many there are.
    pub count: usize,
    /// The root as seen from the top of the repository, with `/`; empty at the top, and without a repository.
    pub below: String,
    /// Secrets, by place.
    pub secrets: Vec<Found>,
    /// Odd characters in programs, by place.
    pub odd: Vec<OddCharacter>,
}

/// A secret in a file.
#[derive(Debug)]
pub struct Found {
    /// What it is. Its text is nowhere in here.
    pub secret: Secret,
    /// True in a file, or a part of one, that is for tests or shows how something is used.
    pub in_tests: bool,
    /// Its place, in a text in which secrets are blanked out.
    pub at: Location,
}

/// An odd character.
#[derive(Debug)]
pub struct OddCharacter {
    /// The character.
    pub letter: char,
    /// What is odd about it.
    pub kind: OddKind,
    /// True in a file, or a part of one, that is for tests.
    pub in_tests: bool,
    /// Its place.
    pub at: Location,
}

/// Names of folders whose files are for tests, or show how something is used.
const TESTS: &[&str] = &[
    "fixture",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "bench",
    "benches",
    "e2e",
    "integration",
    "spec",
    "specs",
    "snapshots",
    "__tests__",
    "docs",
    "doc",
    "website",
    "rfcs",
];

/// Words of a folder's name that say the same.
const TEST_WORDS: &[&str] =
    &["test", "tests", "testing", "testdata", "testutil", "testutils", "fixtures", "mock", "mocks"];

/// Endings of files that hold programs, scripts and what steers a build: people review them as text.
const PROGRAMS: &[&str] = &[
    "rs",
    "toml",
    "c",
    "h",
    "cc",
    "cpp",
    "cxx",
    "hpp",
    "s",
    "asm",
    "ld",
    "x",
    "py",
    "sh",
    "bash",
    "zsh",
    "fish",
    "ps1",
    "bat",
    "cmd",
    "rb",
    "pl",
    "lua",
    "js",
    "mjs",
    "cjs",
    "jsx",
    "ts",
    "tsx",
    "go",
    "java",
    "kt",
    "swift",
    "cs",
    "m",
    "cmake",
    "mk",
    "gradle",
    "yml",
    "yaml",
    "proto",
    "sql",
    "nix",
    "tf",
    "service",
    "dockerfile",
    "lock",
    "json5",
    "ron",
];

/// Names of such files without an ending.
const NAMED_PROGRAMS: &[&str] = &[
    "Makefile",
    "Dockerfile",
    "Containerfile",
    "Justfile",
    "justfile",
    "CMakeLists.txt",
    "Jenkinsfile",
    "CODEOWNERS",
];

/// Endings of files whose values stand without quotes.
const SETTINGS: &[&str] = &[
    "env",
    "properties",
    "ini",
    "cfg",
    "conf",
    "yml",
    "yaml",
    "netrc",
    "npmrc",
    "pypirc",
    "pgpass",
    "credentials",
    "sh",
    "bash",
    "zsh",
    "bashrc",
    "zshrc",
    "profile",
    "bash_profile",
];

/// Looks at every file.
pub fn gather(tree: &Tree, code: &Code, request: &Request, gaps: &mut Vec<Gap>) -> Files {
    let tracked = match &request.change {
        // Of a change, only what it touches: the rest is as it was.
        Some(change) => tracked::touched(change),
        None => tracked::list(tree),
    };
    if let Some(why) = tracked.unseen {
        gaps.push(Gap::new(Kind::Files, ".git", why, "git status"));
    }
    // A folder is followed to where it really lies once, for all of its files.
    let folders: BTreeSet<&Path> = tracked.paths.iter().filter_map(|path| path.parent()).collect();
    let folders: BTreeMap<&Path, _> =
        folders.into_par_iter().map(|folder| (folder, tree.resolve(&tree.root().join(folder)))).collect();
    let seen: Vec<Seen> = tracked.paths.par_iter().map(|path| look(tree, code, path, &folders)).collect();
    let mut files = Files { count: tracked.paths.len(), below: tracked.below, ..Files::default() };
    for seen in seen {
        gaps.extend(seen.gap);
        files.odd.extend(seen.odd);
        files.secrets.extend(seen.secrets);
    }
    files.secrets.sort_by(|a, b| (&a.at, &a.secret.sha256).cmp(&(&b.at, &b.secret.sha256)));
    files.odd.sort_by(|a, b| (&a.at, a.letter).cmp(&(&b.at, b.letter)));
    files
}

/// What was seen in one file.
#[derive(Default)]
struct Seen {
    secrets: Vec<Found>,
    odd: Vec<OddCharacter>,
    gap: Option<Gap>,
}

/// Folders as they are written, and where each of them lies.
type Folders<'a> = BTreeMap<&'a Path, Result<PathBuf, ReadError>>;

fn look(tree: &Tree, code: &Code, path: &Path, folders: &Folders<'_>) -> Seen {
    let name = tree.relative(&tree.root().join(path));
    let place = |folder: &PathBuf| folder.join(path.file_name().unwrap_or_default());
    let whole = match path.parent().and_then(|folder| folders.get(folder)) {
        Some(Ok(folder)) => place(folder),
        Some(Err(ReadError::Absent)) | None => return Seen::default(),
        Some(Err(error)) => return unread(name, error),
    };
    // A link is what it leads to, which is another file or not ours.
    if whole.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Seen::default();
    }
    let read = read_limited(&whole, LARGEST_FILE);
    let bytes = match read {
        Ok(bytes) => bytes,
        // Deleted, and not yet committed.
        Err(ReadError::Absent) => return Seen::default(),
        // No private key is as large; what is no text can't be read as one anyway.
        Err(ReadError::TooLarge(_)) if begins_as_binary(&whole) => return Seen::default(),
        Err(error) => return unread(name, &error),
    };
    let tests = Tests::of(code, &name);
    let text = match content(bytes, is_written(path)) {
        None => return Seen::default(),
        Some(Content::Binary(bytes)) => {
            let in_tests = tests.hold(0);
            let at = Source::new(name, "").whole();
            let secrets = secrets::look_at_binary(&bytes).map(|secret| Found { secret, in_tests, at });
            return Seen { secrets: secrets.into_iter().collect(), ..Seen::default() };
        }
        Some(Content::Text(text)) => text,
    };
    let secrets = secrets::look(&text, of_settings(path));
    let odd = if is_program(path, &text) {
        odd::look(&text, has_ending(path, &["rs"]), |at| tests.hold(at))
    } else {
        Vec::new()
    };
    if secrets.is_empty() && odd.is_empty() {
        return Seen::default();
    }
    let source = Source::new(name, blanked(text, &secrets));
    let odd = odd.into_iter().map(|(at, letter, kind)| OddCharacter {
        letter,
        kind,
        in_tests: tests.hold(at),
        at: source.at(at..at + letter.len_utf8()),
    });
    let odd = odd.collect();
    let secrets = secrets.into_iter().map(|secret| Found {
        in_tests: tests.hold(secret.bytes.start),
        at: shown(&source, &secret),
        secret,
    });
    Seen { secrets: secrets.collect(), odd, gap: None }
}

fn unread(name: String, error: &ReadError) -> Seen {
    let remedy = "make it readable, or take it out of the repository";
    Seen { gap: Some(Gap::new(Kind::Files, name, error.to_string(), remedy)), ..Seen::default() }
}

/// The line on which a secret begins, as far as the secret goes.
fn shown(source: &Arc<Source>, secret: &Secret) -> Location {
    let text = &source.text()[secret.bytes.clone()];
    let end = text.find('\n').unwrap_or(text.len());
    source.at(secret.bytes.start..secret.bytes.start + end)
}

/// What a file holds.
pub(super) enum Content {
    /// Text.
    Text(String),
    /// Anything else.
    Binary(Vec<u8>),
}

/// A file as text, if it is one: UTF-8, UTF-16 with its mark, or a text with some bytes of another encoding. What is
/// `written` as a program is one even with a zero in it, which a compiler passes over in a comment. `None` for an empty
/// file.
pub(super) fn content(bytes: Vec<u8>, written: bool) -> Option<Content> {
    if bytes.is_empty() {
        return None;
    }
    let wide = |order: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| order([pair[0], pair[1]])).collect();
        Some(Content::Text(String::from_utf16_lossy(&units)))
    };
    match bytes.as_slice() {
        [0xff, 0xfe, ..] => return wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => return wide(u16::from_be_bytes),
        _ if !written && is_binary(&bytes) => return Some(Content::Binary(bytes)),
        _ => {}
    }
    Some(Content::Text(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }))
}

/// True for bytes that no text holds near its beginning, as git tells it.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(8_000)].contains(&0)
}

fn begins_as_binary(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(8_000).read_to_end(&mut start));
    read.is_ok() && is_binary(&start)
}

/// The text with a star for each byte of a secret; ends of lines stay, so that places do.
fn blanked(text: String, secrets: &[Secret]) -> String {
    let mut bytes = text.into_bytes();
    for secret in secrets {
        for byte in bytes[secret.bytes.clone()].iter_mut().filter(|byte| **byte != b'\n') {
            *byte = b'*';
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// True for a file in which values stand without quotes.
pub(super) fn of_settings(path: &Path) -> bool {
    has_ending(path, SETTINGS)
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    // `.env` is all name and no ending.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ending =
        name.rsplit('.').next().filter(|_| name.contains('.')).unwrap_or_default().to_ascii_lowercase();
    endings.contains(&ending.as_str()) || (name.starts_with(".env") && endings.contains(&"env"))
}

fn is_program(path: &Path, text: &str) -> bool {
    is_written(path) || text.starts_with("#!")
}

/// True for a program or a script by its name.
pub(super) fn is_written(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    has_ending(path, PROGRAMS) || NAMED_PROGRAMS.contains(&name.as_ref())
}

/// True for a file below a folder for tests, examples or documentation, or with a name that says so.
pub(super) fn is_for_tests(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = |part: &str| {
        let part = part.to_ascii_lowercase();
        TESTS.contains(&part.as_str()) || part.split(['-', '_']).any(|word| TEST_WORDS.contains(&word))
    };
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let middle = name.to_ascii_lowercase();
    folders.split('/').any(folder)
        || matches!(stem.as_str(), "test" | "tests")
        || ["test_", "tests_", "mock_"].iter().any(|start| stem.starts_with(start))
        || ["_test", "_tests", "-test", "_mock", "_bench", "_example"].iter().any(|end| stem.ends_with(end))
        || [".test.", ".spec.", ".example", ".sample", ".template"].iter().any(|part| middle.contains(part))
}

/// What of a file is for tests.
enum Tests {
    All,
    /// These parts, in their order; none lies in another one.
    Parts(Vec<Range<usize>>),
}

impl Tests {
    fn of(code: &Code, path: &str) -> Self {
        let file = code.files.binary_search_by(|file| file.source.path().cmp(path)).ok();
        match file.map(|index| &code.files[index]) {
            _ if is_for_tests(path) => Self::All,
            Some(file) if file.scope == Scope::Test => Self::All,
            Some(file) => {
                let mut all: Vec<_> = file.tests.iter().map(Location::bytes).collect();
                all.sort_by_key(|part| (part.start, Reverse(part.end)));
                let mut end = 0;
                all.retain(|part| {
                    let beyond = part.end > end;
                    end = end.max(part.end);
                    beyond
                });
                Self::Parts(all)
            }
            None => Self::Parts(Vec::new()),
        }
    }

    /// True for a byte in it.
    fn hold(&self, at: usize) -> bool {
        match self {
            Self::All => true,
            Self::Parts(parts) => {
                let begun = parts.partition_point(|part| part.start <= at);
                begun.checked_sub(1).is_some_and(|last| at < parts[last].end)
            }
        }
    }
}
