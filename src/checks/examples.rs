//! Runs the examples of a page: each `Bad` has findings exactly on its marked lines, each `Good`
//! has none, and nothing that the rule needs went unseen.
//!
//! A section is a workspace. Without a manifest of its own it is the package `pump`; a manifest that
//! names neither a package nor a workspace is completed. `vendor/<name>/Cargo.toml` makes a real
//! registry package, offline; in a `Cargo.lock` of the example its checksum is written `"..."`, and so it
//! is in index files, `index/<letters>/<name>`. A file below `tampered/<name>/` is written over the
//! vendored one after its checksums were taken. A file below `advisory-db/` written as TOML becomes an
//! advisory. `clippy.json` holds what a run of Clippy printed.
//!
//! For rules about what was released before, files below `released/` are an earlier state of the same
//! workspace: they are written first, committed on 2026-06-01 and tagged `v1.0.0`; those below `released-again/` are the
//! release after it, of 2026-09-01, tagged `v1.1.0`; the other files are committed on top on 2026-10-15, with the message
//! `.git/MESSAGE` where the example writes one, and judged against `v1.0.0` unless they have `[releases]`. In a policy
//! `"v1.0.0" = "..."` is completed with the commit of that tag. What makes a package of the earlier state (its manifest) is taken
//! from the present where it is not told. Its lock file is made where it has vendored packages;
//! otherwise it has the one that the example writes, or none. Rules about commits look at this history too.
//!
//! No page holds a secret: `[[a token of GitHub]]` and its like are replaced by one that was never given out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::facts::{Facts, Kind};
use crate::finding::{Finding, Findings};
use crate::request::{Clippy, Request};
use crate::rule::{Example, Rule};

/// The day on which all examples are judged.
const DAY: jiff::civil::Date = jiff::civil::date(2026, 11, 1);

const PACKAGE: &str = "\n[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

/// Where an example keeps a state that was released, the tag that this state gets, and its day in seconds.
const RELEASES: [(&str, &str, i64); 2] =
    [("released/", TAG, 1_780_272_000), ("released-again/", "v1.1.0", 1_788_220_800)];
const TAG: &str = "v1.0.0";

/// What stands for secrets on pages, in pieces so that this file holds none either.
const DRAWN: &[(&str, &[&str])] = &[
    ("[[a token of GitHub]]", &["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"]),
    ("[[a key of AWS]]", &["AK", "IA", "Q7ZK3MPLW2NXR5TV"]),
    ("[[a password]]", &["Zx81", "-mainz-", "7Kq2"]),
    ("[[letters drawn at random]]", &["t7Kq2mXv9L", "pR4wZs8NcB"]),
    (
        "[[the letters of a private key]]",
        &["MC4CAQAwBQYDK2VwBCIEIHEzWnRW", "OHhrVzFuQjVjUnk3TG1QMHNEaDJHZko5YUV1"],
    ),
    ("[[moves text]]", &["\u{202e}"]),
    ("[[a space of no width]]", &["\u{200b}"]),
    ("[[a hidden letter]]", &["\u{3164}"]),
];

/// The day of the last commit, and the file that holds its message.
const NOW: i64 = 1_792_022_400;
const MESSAGE: &str = ".git/MESSAGE";

/// Runs every example of a rule.
pub(super) fn run(id: &str) {
    let rule = super::rule(id).expect("a registered rule");
    for (what, examples) in [("Bad", &rule.bad), ("Good", &rule.good)] {
        for example in examples {
            let place = format!("rules/{}/{id}.md:{} ({what})", rule.family, example.line);
            check(rule, example, what == "Bad", &place);
        }
    }
}

fn check(rule: &'static Rule, example: &Example, bad: bool, place: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("pump");
    let files = example.files();
    let marks = write(rule, &files, folder.path(), &root);
    assert_eq!(bad, !marks.is_empty(), "{place}: a bad example has marks, a good one has none");

    let mut request = Request::new(&root, DAY);
    request.resolve = needs_cargo(rule);
    request.history = rule.inspects.contains(&Kind::Commits);
    let any = |fits: fn(&str, &str) -> bool| files.iter().any(|(path, text)| fits(path, text));
    if any(|path, _| is_released(path)) && !any(|_, text| text.contains("[releases]")) {
        request.since = Some(TAG.to_owned());
    }
    if root.join("advisory-db").exists() {
        request.advisory_dbs.push(root.join("advisory-db"));
    }
    if root.join("clippy.json").exists() {
        request.clippy = Clippy::Files(vec![root.join("clippy.json")]);
    }
    let facts = Facts::gather(&request).unwrap_or_else(|error| panic!("{place}: {error:?}"));
    let unseen: Vec<_> = facts.gaps.iter().filter(|gap| rule.inspects.contains(&gap.kind)).collect();
    assert!(unseen.is_empty(), "{place}: the example can't be judged: {unseen:#?}");

    let found = findings(rule, &facts);
    for finding in &found {
        assert_style(&finding.message, place);
    }
    let found: BTreeSet<(String, usize, String)> = found
        .into_iter()
        .map(|finding| (finding.at.path().to_owned(), finding.at.line(), finding.message))
        .collect();
    let hit = |mark: &(String, usize, String)| {
        found.iter().any(|f| f.0 == mark.0 && f.1 == mark.1 && f.2.contains(&mark.2))
    };
    let missed: Vec<_> = marks.iter().filter(|mark| !hit(mark)).collect();
    let surplus: Vec<_> = found
        .iter()
        .filter(|f| !marks.iter().any(|mark| f.0 == mark.0 && f.1 == mark.1 && f.2.contains(&mark.2)))
        .collect();
    assert!(
        missed.is_empty() && surplus.is_empty(),
        "{place}\nmissed: {missed:#?}\nfound without a mark: {surplus:#?}"
    );
}

/// A message is one sentence: lower case at the start, no full stop.
fn assert_style(message: &str, place: &str) {
    let mut letters = message.chars();
    let first = letters.next().is_some_and(|c| !c.is_whitespace() && !c.is_uppercase());
    let abbreviation = letters.next().is_some_and(|c| !c.is_lowercase());
    assert!(first || abbreviation, "{place}: `{message}` starts in upper case");
    assert!(!message.ends_with(['.', '!', '?']), "{place}: `{message}` ends like a sentence");
    assert!(!message.contains(['\n', '\r']), "{place}: `{message}` is more than one line");
}

fn findings(rule: &'static Rule, facts: &Facts) -> Vec<Finding> {
    if rule.family == "policy" {
        return super::run(facts).findings.into_iter().filter(|finding| finding.rule.id == rule.id).collect();
    }
    let (_, check) =
        super::catalogue().iter().find(|(known, _)| known.id == rule.id).expect("a registered rule");
    let mut found = Findings::new(rule, &[]);
    check(facts, &mut found);
    found.into_sorted()
}

/// Rules about own files are judged without a cargo process, so that many examples take seconds.
fn needs_cargo(rule: &Rule) -> bool {
    rule.inspects.iter().any(|kind| {
        matches!(
            kind,
            Kind::Components
                | Kind::Advisories
                | Kind::Inventory
                | Kind::Registry
                | Kind::Integrity
                | Kind::Vetting
                | Kind::Toolchain
        )
    })
}

/// Writes the example's workspace; returns the marked lines with the text of the marks.
fn write(
    rule: &Rule,
    example: &[(String, String)],
    outside: &Path,
    root: &Path,
) -> Vec<(String, usize, String)> {
    let now = |(path, _): &&(String, String)| !is_released(path) && path != MESSAGE;
    let mut pin = None;
    for (folder, tag, day) in RELEASES {
        let files = example.iter().filter_map(|(path, text)| Some((path.strip_prefix(folder)?, text)));
        let files: Vec<(&str, &String)> = files.collect();
        if files.is_empty() {
            continue;
        }
        let manifest = example.iter().filter(now).filter(|(path, _)| path == "Cargo.toml");
        for (path, text) in manifest.map(|(path, text)| (path.as_str(), text)).chain(files) {
            put(&root.join(path), &cut_marks(&drawn(text)).0);
        }
        complete(outside, root, root.join("vendor").exists());
        let id = commit(root, Some(tag), day, "example");
        pin.get_or_insert(id);
        clear(root);
    }
    let mut marks = Vec::new();
    for (path, text) in example.iter().filter(now) {
        let (text, found) = cut_marks(&drawn(text));
        marks.extend(found.into_iter().map(|(line, mark)| (path.clone(), line, mark)));
        let text = match path.as_str() {
            "Cargo.toml" if !text.contains("[package]") && !text.contains("[workspace]") => text + PACKAGE,
            path if path.starts_with("advisory-db/") => {
                format!("```toml\n{text}```\n\n# A title\n\nA text.\n")
            }
            "health-sec.toml" => match &pin {
                Some(id) => text.replace("\"v1.0.0\" = \"...\"", &format!("\"v1.0.0\" = {id:?}")),
                None => text,
            },
            path if path.starts_with("index/") => {
                let name = path.rsplit('/').next().unwrap_or_default();
                text.replace("\"...\"", &format!("{:?}", digest(name)))
            }
            _ => text,
        };
        put(&root.join(path), &text);
    }
    complete(outside, root, needs_cargo(rule));
    if rule.inspects.iter().any(|kind| {
        matches!(kind, Kind::History | Kind::Tracked | Kind::Commits | Kind::Reviews | Kind::Authors)
    }) {
        let message = example.iter().find(|(path, _)| path == MESSAGE).map(|(_, text)| text.as_str());
        commit(root, None, NOW, message.unwrap_or("example"));
    }
    marks
}

/// The text with secrets in the places of what stands for them.
fn drawn(text: &str) -> String {
    DRAWN.iter().fold(text.to_owned(), |text, (word, pieces)| text.replace(word, &pieces.concat()))
}

/// Adds what every workspace has, and makes the vendored packages usable.
fn complete(outside: &Path, root: &Path, locked: bool) {
    if !root.join("Cargo.toml").exists() {
        put(&root.join("Cargo.toml"), PACKAGE);
    }
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).expect("a manifest");
    if manifest.contains("[package]")
        && !["src/lib.rs", "src/main.rs"].iter().any(|file| root.join(file).exists())
    {
        put(&root.join("src/lib.rs"), "");
    }
    if root.join("vendor").exists() {
        vendor(outside, &root.join("vendor"));
        tamper(&root.join("tampered"), &root.join("vendor"));
    }
    if locked && !root.join("Cargo.lock").exists() {
        generate_lock(root);
    }
}

/// Removes everything but the repository.
fn clear(root: &Path) {
    for entry in std::fs::read_dir(root).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with(".git") {
            std::fs::remove_dir_all(path).expect("a folder");
        } else if path.is_file() {
            std::fs::remove_file(path).expect("a file");
        }
    }
}

fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

/// Cuts `//~ text` and `#~ text` off, and returns the line and text of each.
fn cut_marks(text: &str) -> (String, Vec<(usize, String)>) {
    let mut marks = Vec::new();
    let mut clean = String::new();
    for (number, line) in text.lines().enumerate() {
        let mut parts = line.split("//~").flat_map(|part| part.split("#~"));
        let code = parts.next().unwrap_or_default();
        let before = marks.len();
        marks.extend(parts.map(|mark| (number + 1, mark.trim().to_owned())));
        let kept = if marks.len() == before { code } else { code.trim_end() };
        let _ = writeln!(clean, "{kept}");
    }
    (clean, marks)
}

/// Makes the folders below `vendor` packages of crates.io, by source replacement in a
/// configuration outside the workspace.
fn vendor(outside: &Path, vendor: &Path) {
    put(
        &outside.join(".cargo/config.toml"),
        &format!(
            "[source.crates-io]\nreplace-with = \"vendored\"\n[source.vendored]\ndirectory = {:?}\n",
            vendor.display().to_string()
        ),
    );
    for entry in std::fs::read_dir(vendor).expect("a folder") {
        let folder = entry.expect("an entry").path();
        if !folder.join("src/lib.rs").exists() {
            put(&folder.join("src/lib.rs"), "");
        }
        let name = folder.file_name().expect("a name").display().to_string();
        let digest = digest(&name);
        // A page may write the checksums of its own lock file, or leave them to us as `"..."`.
        let checksums = folder.join(".cargo-checksum.json");
        if !checksums.exists() {
            complete_lock(&vendor.with_file_name("Cargo.lock"), &name, &digest);
            let mut files = BTreeMap::new();
            digest_files(&folder, "", &mut files);
            put(&checksums, &serde_json::json!({ "files": files, "package": digest }).to_string());
        }
    }
}

fn digest_files(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = format!("{prefix}{}", entry.file_name().display());
        if entry.file_type().expect("a type").is_dir() {
            digest_files(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, digest(std::fs::read(entry.path()).expect("a file")));
        }
    }
}

/// Moves the files of one folder over those of another.
fn tamper(from: &Path, to: &Path) {
    let mut files = BTreeMap::new();
    if from.exists() {
        digest_files(from, "", &mut files);
    }
    for path in files.keys() {
        put(&to.join(path), &std::fs::read_to_string(from.join(path)).expect("a file"));
    }
}

/// SHA-256 as hexadecimal digits.
fn digest(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Writes the checksum of a package into the lock file, where the example has one.
fn complete_lock(lock: &Path, name: &str, digest: &str) {
    let Ok(text) = std::fs::read_to_string(lock) else { return };
    let entries = text.split_inclusive("[[package]]").map(|entry| {
        let of_package = entry.lines().any(|line| line.trim_end() == format!("name = {name:?}"));
        if of_package { entry.replace("\"...\"", &format!("{digest:?}")) } else { entry.to_owned() }
    });
    put(lock, &entries.collect::<String>());
}

fn generate_lock(root: &Path) {
    let output = Command::new("cargo")
        .args(["generate-lockfile", "--offline"])
        .current_dir(root)
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// True for a file of an earlier state.
fn is_released(path: &str) -> bool {
    RELEASES.iter().any(|(folder, ..)| path.starts_with(folder))
}

/// Commits everything on top of what is there; returns the commit.
fn commit(root: &Path, tag: Option<&str>, seconds: i64, message: &str) -> String {
    let repository = git2::Repository::init(root).expect("a repository");
    let mut index = repository.index().expect("an index");
    index.clear().expect("the index can be emptied");
    index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).expect("files can be added");
    index.write().expect("the index can be written");
    let tree = repository.find_tree(index.write_tree().expect("a tree")).expect("the tree");
    let time = git2::Time::new(seconds, 0);
    let author = git2::Signature::new("A. Person", "a.person@example.org", &time).expect("a name");
    let parent = repository.head().ok().map(|head| head.peel_to_commit().expect("a commit"));
    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
    let id = repository.commit(Some("HEAD"), &author, &author, message, &tree, &parents).expect("a commit");
    if let Some(tag) = tag {
        let commit = repository.find_object(id, None).expect("the commit");
        repository.tag_lightweight(tag, &commit, false).expect("a tag");
    }
    id.to_string()
}
