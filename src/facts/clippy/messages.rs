//! The lines that `cargo clippy --message-format=json` prints.
//!
//! They come from a compiler, or from a file that anybody may have written: lines, their number and their
//! depth have limits, and what is not a line of cargo's is passed over.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::Deserialize;

use crate::facts::workspace::TargetKind;
use crate::facts::{Gap, Kind};
use crate::source::{LARGEST_FILE, Tree};

/// The longest line that is read, in bytes: a result with its picture takes some thousands.
const LONGEST_LINE: u64 = 4 * 1024 * 1024;

/// The most results that are kept of one run.
const MOST: usize = 200_000;

/// The longest message that is kept, in characters.
const LONGEST_MESSAGE: usize = 300;

/// What a run has said.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// The file it was read from.
    pub(super) file: Option<String>,
    /// The target it was compiled for.
    pub(super) target: Option<String>,
    /// Results of lints.
    pub(super) said: Vec<Said>,
    /// Lints and groups that were forced.
    pub(super) forced: BTreeSet<String>,
    /// What was compiled, each with its features.
    artifacts: Vec<(String, CrateTarget, Vec<String>)>,
    /// The first error that is no lint.
    error: Option<String>,
    /// Whether cargo came to its end, and well.
    finished: Option<bool>,
    /// Lines or results beyond the limits.
    cut: bool,
}

/// One result of a lint.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) lint: String,
    pub(super) message: String,
    /// The place, then the calls of the macros that hold it, outward.
    pub(super) places: Vec<Place>,
}

/// A place as the compiler tells it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Place {
    #[serde(default)]
    pub(super) file_name: String,
    #[serde(default)]
    pub(super) line_start: usize,
    #[serde(default)]
    pub(super) line_end: usize,
    #[serde(default)]
    pub(super) column_start: usize,
    #[serde(default)]
    pub(super) column_end: usize,
    #[serde(default)]
    is_primary: bool,
    /// The lines of source that it touches.
    #[serde(default)]
    pub(super) text: Vec<Written>,
    #[serde(default)]
    expansion: Option<Box<Expansion>>,
}

/// A line of source.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Written {
    #[serde(default)]
    pub(super) text: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Expansion {
    span: Place,
}

#[derive(Deserialize)]
struct Line {
    reason: String,
    #[serde(default)]
    success: bool,
    #[serde(default)]
    package_id: String,
    target: Option<CrateTarget>,
    #[serde(default)]
    features: Vec<String>,
    message: Option<Message>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct CrateTarget {
    #[serde(default)]
    kind: Vec<String>,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default, rename = "message")]
    text: String,
    #[serde(default)]
    level: String,
    code: Option<Code>,
    #[serde(default)]
    spans: Vec<Place>,
    #[serde(default)]
    children: Vec<Child>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Child {
    #[serde(default)]
    message: String,
}

impl Taken {
    /// The features of each package that was compiled.
    pub(super) fn features(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut features: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (package, _, on) in &self.artifacts {
            features.entry(package.clone()).or_default().extend(on.iter().cloned());
        }
        features
    }

    /// True where a target of a package was compiled.
    pub(super) fn compiled(&self, package: &str, kind: TargetKind, name: &str) -> bool {
        let fits = |target: &CrateTarget| match kind {
            TargetKind::Binary => {
                target.kind.iter().any(|kind| kind == "bin")
                    && target.name.replace('-', "_") == name.replace('-', "_")
            }
            _ => target.kind.iter().any(|kind| kind.ends_with("lib") || kind == "proc-macro"),
        };
        self.artifacts.iter().any(|(of, target, _)| of == package && fits(target))
    }

    /// Reads the lines of a run.
    pub(super) fn read(input: impl Read) -> std::io::Result<Self> {
        let mut taken = Self::default();
        let mut input = BufReader::new(input);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(taken);
            }
            if read as u64 == LONGEST_LINE && line.last() != Some(&b'\n') {
                taken.cut = true;
                skip_line(&mut input)?;
                continue;
            }
            // Programs that run in a build print what they like between the lines.
            if line.first() == Some(&b'{')
                && let Ok(line) = serde_json::from_slice::<Line>(&line)
            {
                taken.line(line);
            }
        }
    }

    fn line(&mut self, line: Line) {
        match (line.reason.as_str(), line.message) {
            ("build-finished", _) => self.finished = Some(line.success && self.finished != Some(false)),
            ("compiler-artifact", _) => {
                let target = line.target.unwrap_or_default();
                self.artifacts.push((package(&line.package_id), target, line.features));
            }
            ("compiler-message", Some(message)) => self.message(message),
            _ => {}
        }
    }

    fn message(&mut self, message: Message) {
        self.forced.extend(message.children.iter().filter_map(|child| forced(&child.message)));
        let Some(lint) = message.code.map(|code| code.code).filter(|code| is_lint(code)) else {
            if message.level.starts_with("error") && self.error.is_none() {
                self.error = Some(one_line(&message.text));
            }
            return;
        };
        if self.said.len() == MOST {
            self.cut = true;
            return;
        }
        let primary = message.spans.into_iter().find(|place| place.is_primary);
        let places = std::iter::successors(primary, |place| Some(place.expansion.clone()?.span));
        let places = places.map(|place| Place { expansion: None, ..place }).collect();
        self.said.push(Said { lint, message: one_line(&message.text), places });
    }

    /// Says what is wrong with a run as a whole.
    pub(super) fn gaps(&self, what: &str, gaps: &mut Vec<Gap>) {
        let mut gap = |why: String, remedy: &str| gaps.push(Gap::new(Kind::Clippy, what, why, remedy));
        match (self.finished, &self.error) {
            (Some(true), _) => {}
            (_, Some(error)) => gap(
                format!("the workspace does not compile: {error}"),
                "mend it, or name the features and the target that it needs",
            ),
            (Some(false), None) => gap(
                "the build failed, so not everything was looked at".to_owned(),
                "run `cargo clippy` with `--keep-going` and `--force-warn`, which stops at no lint",
            ),
            (None, None) => gap(
                "it does not tell the end of a build".to_owned(),
                "keep all that `cargo clippy --message-format=json` prints on standard output",
            ),
        }
        if self.cut {
            gap("it holds more than is read".to_owned(), "run Clippy on fewer members at a time");
        }
    }
}

fn skip_line(input: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let (used, ended) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(used);
        if ended {
            return Ok(());
        }
    }
}

/// The name in a package id: `path+file:///w/pump#0.1.0`, `path+file:///w/pump#pump@0.1.0`, `pump 0.1.0 (path+..)`.
fn package(id: &str) -> String {
    let name = match id.rsplit_once('#') {
        Some((_, named)) if named.contains('@') => named.split('@').next(),
        Some((place, _)) => place.trim_end_matches('/').rsplit('/').next(),
        None => id.split(' ').next(),
    };
    name.unwrap_or_default().to_owned()
}

/// Lints have names; errors of the compiler have numbers.
fn is_lint(code: &str) -> bool {
    let name = code.rsplit("::").next().unwrap_or_default();
    !name.is_empty()
        && code
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_:".contains(&byte))
}

/// The lint or group that a note says was forced.
fn forced(note: &str) -> Option<String> {
    let (_, rest) = note.rsplit_once("`--force-warn ")?;
    Some(rest.split('`').next()?.replace('-', "_"))
}

fn one_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    line.chars().filter(|c| !c.is_control()).take(LONGEST_MESSAGE).collect()
}

/// Reads the results of a run elsewhere.
pub(super) fn read_file(tree: &Tree, path: &Path, gaps: &mut Vec<Gap>) -> Option<Taken> {
    let what = tree.relative(&tree.root().join(path));
    let read = || {
        let metadata = std::fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(std::io::Error::other("it is not a regular file"));
        }
        Taken::read(std::fs::File::open(path)?.take(LARGEST_FILE * 8))
    };
    match read() {
        Ok(mut taken) => {
            taken.gaps(&what, gaps);
            taken.file = Some(what);
            Some(taken)
        }
        Err(error) => {
            let why = format!("the results of Clippy can't be read: {error}");
            gaps.push(Gap::new(Kind::Clippy, what, why, "check the path given with --clippy-json"));
            None
        }
    }
}
