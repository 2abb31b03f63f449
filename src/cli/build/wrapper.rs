//! This program in the place of the compiler: `RUSTC_WORKSPACE_WRAPPER`, set by `cargo health-sec build` and its like.
//!
//! The compiler runs as it would without us, and says what it would say. Behind that, what the gate has found in the
//! crate is told, and put among what cargo knows the compilation to depend on. Questions to the compiler, and crates that
//! are not of the judged workspace, pass through untouched. What can't be told for want of looking is told as an error.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::report::rustc::{failure, painted};
use crate::report::text::{Detail, Style};
use crate::source::{LARGEST_FILE, read_limited};

use super::notes::{Index, manifest_of, note_name};
use super::{INNER, NOTES, dep_info};

/// How long a file of words for the compiler may be.
const LONGEST_WORDS: u64 = 64 * 1024 * 1024;

/// Does the compiler's work where cargo has put us in its place; `None` where a person has typed the words.
pub(in crate::cli) fn called(words: &[OsString]) -> Option<u8> {
    let compiler = Path::new(words.get(1)?);
    let is_path = compiler.components().count() > 1;
    (is_path || compiler.file_stem() == Some(OsStr::new("rustc"))).then(|| compile(&words[1..]))
}

fn compile(words: &[OsString]) -> u8 {
    let inner = std::env::var_os(INNER).filter(|inner| !inner.is_empty());
    let mut command = match &inner {
        Some(inner) => Command::new(inner),
        None => Command::new(&words[0]),
    };
    command.args(if inner.is_some() { words } else { &words[1..] });
    let code = match command.status() {
        // Ended by a signal it has no code; 101 is that of a compiler that broke.
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101),
        Err(error) => {
            say(&format!("error: {} can't be started: {error}\n", command.get_program().display()));
            return 1;
        }
    };
    let Some(unit) = Unit::of(&words[1..]) else { return code };
    let (lines, told) = match unit.tell(code == 0) {
        Ok(lines) => (lines, true),
        Err(why) => (vec![unit.fault(&why)], false),
    };
    say(&lines.concat());
    if code == 0 { u8::from(!told) } else { code }
}

/// Says something on standard error, where cargo listens.
fn say(text: &str) {
    // Where even this can't be said there is nobody to tell.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// A compilation that cargo has started.
struct Unit {
    words: Vec<String>,
    member: String,
    folder: PathBuf,
}

/// A line of a note.
#[derive(Deserialize)]
struct Noted {
    diagnostic: Value,
    /// Paths from the root, and SHA-256 of what was judged.
    files: BTreeMap<String, String>,
}

impl Unit {
    /// `None` for a question to the compiler, and for whatever is not cargo's.
    fn of(words: &[OsString]) -> Option<Self> {
        let words = spelt_out(words);
        let is_crate = dep_info::value(&words, "--crate-name").is_some_and(|name| name != "___");
        let by_cargo = dep_info::value(&words, "--error-format") == Some("json");
        if !is_crate || !by_cargo || words.iter().any(|word| word.starts_with("--print")) {
            return None;
        }
        let (member, folder) =
            (std::env::var("CARGO_PKG_NAME").ok()?, std::env::var_os("CARGO_MANIFEST_DIR")?);
        Some(Self { words, member, folder: folder.into() })
    }

    /// The lines that tell what was found in this crate.
    fn tell(&self, compiled: bool) -> Result<Vec<String>, String> {
        let folder = std::env::var_os(NOTES).filter(|folder| !folder.is_empty());
        let folder = PathBuf::from(folder.ok_or(
            "the gate was not asked: this wrapper is set by `cargo health-sec build` and its like, and not by hand",
        )?);
        let index = Index::read(&folder).map_err(|why| {
            format!("what the gate has found can't be read from {}: {why}", folder.display())
        })?;
        if !index.members.iter().any(|member| member.folder == self.folder && member.name == self.member) {
            return Ok(Vec::new());
        }
        let note = folder.join(note_name(&self.member));
        let text = std::fs::read_to_string(&note)
            .map_err(|why| format!("what the gate has found can't be read from {}: {why}", note.display()))?;
        let read = if compiled { self.depend_on(&note)? } else { Vec::new() };
        let now = |path: &str| {
            let bytes = read_limited(&index.root.join(path), LARGEST_FILE).ok()?;
            Some(hexadecimal(&Sha256::digest(bytes)))
        };
        let compiled = read.iter().filter_map(|file| index.within(file));
        let mut stale: BTreeSet<String> = compiled
            .filter(|path| index.sources.get(path).is_some_and(|judged| now(path).as_ref() != Some(judged)))
            .collect();
        let mut lines = Vec::new();
        for line in text.lines() {
            let noted: Noted = serde_json::from_str(line)
                .map_err(|why| format!("{} is not what it was: {why}", note.display()))?;
            let files = noted.files.into_iter();
            let changed: Vec<String> = files
                .filter(|(path, judged)| now(path).as_ref() != Some(judged))
                .map(|(path, _)| path)
                .collect();
            if changed.is_empty() {
                lines.push(self.line(noted.diagnostic));
            }
            stale.extend(changed);
        }
        // Of a member that was not judged, what is still as it was is told, and nothing is promised.
        if !index.judged.contains(&self.member) {
            return Ok(lines);
        }
        if !stale.is_empty() {
            // Older than its note, the crate is compiled and told of anew when cargo is next asked.
            let touched = std::fs::File::options().append(true).open(&note);
            touched.and_then(|file| file.set_modified(SystemTime::now())).map_err(|why| why.to_string())?;
        }
        let was_changed = |file: &String| {
            let message = format!("{file} was changed after it was judged");
            let manifest = manifest_of(&index.root, &self.folder);
            let help = "what was found there is told again by the next run";
            let diagnostic = failure("warning", &manifest, &message, help);
            self.line(serde_json::to_value(&diagnostic).unwrap_or_default())
        };
        lines.extend(stale.iter().map(was_changed));
        Ok(lines)
    }

    /// Lets cargo know that this compilation depends on what was found; the files that were compiled.
    fn depend_on(&self, note: &Path) -> Result<Vec<String>, String> {
        let place = dep_info::place(&self.words).ok_or("cargo does not ask what is compiled")?;
        let unreadable = |why: std::io::Error| format!("{}: {why}", place.display());
        let text = std::fs::read_to_string(&place).map_err(unreadable)?;
        let variables = [NOTES, INNER].map(|name| (name, std::env::var_os(name)));
        let variables: Vec<(&str, Option<&OsStr>)> =
            variables.iter().map(|(name, value)| (*name, value.as_deref())).collect();
        let extended = dep_info::extended(&text, note, &variables)
            .ok_or_else(|| format!("{} does not tell what was compiled", place.display()))?;
        std::fs::write(&place, extended).map_err(unreadable)?;
        Ok(dep_info::files(&text))
    }

    /// What keeps the wrapper from telling, as an error of its own.
    fn fault(&self, why: &str) -> String {
        let message = format!("what the gate has found in `{}` could not be told: {why}", self.member);
        let help = "`cargo health-sec check` judges without a build";
        let diagnostic = failure("error", "Cargo.toml", &message, help);
        self.line(serde_json::to_value(&diagnostic).unwrap_or_default())
    }

    /// A diagnostic as cargo wants it, with the text for people in the form it has asked for.
    fn line(&self, mut diagnostic: Value) -> String {
        let asked = dep_info::value(&self.words, "--json").unwrap_or_default();
        let text = diagnostic["rendered"].as_str().unwrap_or_default();
        let rendered = if asked.contains("diagnostic-short") {
            short(&diagnostic)
        } else {
            let colour = asked.contains("diagnostic-rendered-ansi");
            painted(text, Style { colour, width: 0, detail: Detail::Usual })
        };
        diagnostic["rendered"] = rendered.into();
        format!("{diagnostic}\n")
    }
}

impl Index {
    /// A path as the compiler names it, as seen from the root.
    fn within(&self, path: &str) -> Option<String> {
        let path = Path::new(path);
        let path = if path.is_absolute() { path.strip_prefix(&self.root).ok()? } else { path };
        Some(path.to_str()?.replace('\\', "/"))
    }
}

/// One line for people.
fn short(diagnostic: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let span = &diagnostic["spans"][0];
    format!(
        "{}:{}:{}: {}[{}]: {}\n",
        word(&span["file_name"]),
        span["line_start"],
        span["column_start"],
        word(&diagnostic["level"]),
        word(&diagnostic["code"]["code"]),
        word(&diagnostic["message"])
    )
}

/// The words, with those that a file holds: cargo hands on a long list so.
fn spelt_out(words: &[OsString]) -> Vec<String> {
    let mut spelt = Vec::new();
    for word in words {
        let word = word.to_string_lossy();
        let file = word.strip_prefix('@').map(Path::new);
        match file.and_then(|file| crate::source::read_limited(file, LONGEST_WORDS).ok()) {
            Some(bytes) => spelt.extend(String::from_utf8_lossy(&bytes).lines().map(str::to_owned)),
            None => spelt.push(word.into_owned()),
        }
    }
    spelt
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
