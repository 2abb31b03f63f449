//! Transcripts: texts that say what somebody types and what the program answers, run as tests.
//!
//! Each `console` block is run: a line `$ cargo health-sec ...` starts the program in a copy of `examples/`, what follows is
//! what it says on standard output, then on standard error, and `? 1` behind it is the exit code where that is not
//! 0. `$ cd` moves for the rest of the file; a line `...` stands for any lines. `SNAPSHOTS=overwrite` writes down what
//! the program says today.
//!
//! A story may do more: other commands run through `sh`, git with a fixed author and day, and a
//! block named by a path in backticks on the line before is written to that file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// 2026-11-22: transcripts don't age.
const DAY: &str = "1795305600";

/// The root of this repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with copies of the workspaces that transcripts inspect, and a home.
pub(crate) struct World {
    folder: tempfile::TempDir,
}

impl World {
    /// Copies the examples, as a working copy that git tracks.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        copy(&repository().join("examples"), &folder.path().join("product/examples"));
        let git = git2::Repository::init(folder.path().join("product")).expect("a repository");
        let mut index = git.index().expect("an index");
        index.add_all(["*"], git2::IndexAddOption::FORCE, None).expect("files can be added");
        index.write().expect("the index can be written");
        std::fs::create_dir_all(folder.path().join("home/cargo")).expect("a folder");
        Self { folder }
    }

    /// A path below the folder of the copies.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("product").join(path)
    }

    /// The program, to be started in a folder.
    pub(crate) fn program(&self, folder: &str) -> Command {
        self.command(env!("CARGO_BIN_EXE_cargo-health-sec"), folder)
    }

    /// A command in a world of its own: no user's home, no cache, no colours, one day, one author.
    fn command(&self, name: &str, folder: &str) -> Command {
        let home = self.folder.path().join("home");
        let mut command = Command::new(name);
        command.current_dir(self.path(folder)).env_clear().stdin(Stdio::null());
        let real_home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let rustup = std::env::var_os("RUSTUP_HOME").map_or_else(|| real_home.join(".rustup"), PathBuf::from);
        command.env("HOME", &home).env("CARGO_HOME", home.join("cargo")).env("RUSTUP_HOME", rustup);
        for name in ["PATH", "RUSTUP_TOOLCHAIN", "SystemRoot", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("CARGO_HEALTH_SEC_CACHE", home.join("cache")).env("SOURCE_DATE_EPOCH", DAY);
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "A. Person");
            command.env(format!("GIT_{who}_EMAIL"), "a.person@example.org");
            command.env(format!("GIT_{who}_DATE"), "2026-11-01T12:00:00Z");
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    let Ok(entries) = std::fs::read_dir(from) else { return };
    for entry in entries {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        match entry.file_type().expect("a type") {
            kind if kind.is_dir() && entry.file_name() != "target" => copy(&entry.path(), &to),
            kind if kind.is_file() => drop(std::fs::copy(entry.path(), to).expect("a copy")),
            _ => {}
        }
    }
}

/// Runs every text and compares; with `SNAPSHOTS=overwrite` writes down what the program says.
pub(crate) fn check(files: impl IntoIterator<Item = PathBuf>) {
    let overwrite = std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite");
    let mut files: Vec<PathBuf> = files.into_iter().collect();
    files.sort();
    let mut wrong = String::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "md")) {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        let played = play(&text, file);
        if played != text && overwrite {
            std::fs::write(file, &played).expect("a transcript");
        } else if played != text {
            let _ = writeln!(wrong, "{}:\n{}", file.display(), difference(&text, &played));
        }
    }
    assert!(wrong.is_empty(), "run the test with `SNAPSHOTS=overwrite` and read the changes\n{wrong}");
}

/// The texts in a folder below `tests/`.
pub(crate) fn texts(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository().join("tests").join(folder)).expect("transcripts");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

/// The text with what the program says today in its blocks.
fn play(text: &str, file: &Path) -> String {
    let world = World::new();
    let mut folder = String::new();
    let mut played = String::new();
    let mut lines = text.lines().peekable();
    let mut language: Option<&str> = None;
    let mut named: Option<&str> = None;
    while let Some(line) = lines.next() {
        let _ = writeln!(played, "{line}");
        if let Some(begins) = line.strip_prefix("```") {
            language = if language.is_none() { Some(begins) } else { None };
            if let Some(path) = named.take().filter(|_| is_story(file) && begins != "console") {
                // A file that holds fences stands between longer ones.
                let fence = &line[..line.len() - line.trim_start_matches('`').len()];
                let mut content = String::new();
                while let Some(line) = lines.next_if(|line| !line.starts_with(fence)) {
                    let _ = writeln!(content, "{line}");
                }
                put(&world.path(&folder).join(path), &content);
                played.push_str(&content);
            }
            continue;
        }
        if !line.trim().is_empty() {
            named = line.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        }
        let Some(typed) = line.strip_prefix("$ ").filter(|_| language == Some("console")) else { continue };
        let mut expected = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("```") && !line.starts_with("$ ")) {
            expected.push(line);
        }
        let said = match typed.strip_prefix("cd ") {
            Some(path) => {
                path.clone_into(&mut folder);
                Vec::new()
            }
            None => say(&world, &folder, typed, file),
        };
        let said =
            if matches(&expected, &said) { expected.into_iter().map(str::to_owned).collect() } else { said };
        for line in said {
            let _ = writeln!(played, "{line}");
        }
    }
    played
}

/// Only stories change files and run other programs.
fn is_story(file: &Path) -> bool {
    file.parent().is_some_and(|folder| folder.ends_with("stories"))
}

fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

/// Runs a typed line and returns what it says.
fn say(world: &World, folder: &str, typed: &str, file: &Path) -> Vec<String> {
    let mut words: Vec<&str> = typed.split_whitespace().collect();
    let mut variables = Vec::new();
    while let Some((name, value)) = words.first().and_then(|word| word.split_once('=')) {
        variables.push((name, value));
        words.remove(0);
    }
    // Words in quotes are for the shell, which finds the program by its name in a variable.
    let quoted = typed.contains(['\'', '"', '|', '>', '<', '&', ';', '$']);
    let mut command = match words.as_slice() {
        ["cargo", "health-sec", arguments @ ..] | ["cargo-health-sec", arguments @ ..] if !quoted => {
            let mut program = world.program(folder);
            program.args(arguments);
            program
        }
        ["cargo", "run", options @ ..] if !quoted => {
            let start = options.iter().position(|word| *word == "--").expect("words behind --");
            let mut program = world.program(folder);
            program.args(&options[start + 1..]);
            program
        }
        _ if is_story(file) => {
            let program = format!("'{}'", env!("CARGO_BIN_EXE_cargo-health-sec"));
            let mut shell = world.command("sh", folder);
            shell.arg("-c").arg(typed.replace("cargo health-sec", &program));
            shell
        }
        _ => panic!("{}: a transcript can't run `{typed}`", file.display()),
    };
    let output = command.envs(variables).output().expect("the program can be started");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).expect("text").replace(&world.folder.path().display().to_string(), "");
    let mut said: Vec<String> = text.lines().map(str::to_owned).collect();
    match output.status.code() {
        Some(0) => {}
        Some(code) => said.push(format!("? {code}")),
        None => said.push("? killed".to_owned()),
    }
    said
}

/// True when the lines are the expected ones; `...` stands for any lines.
fn matches(expected: &[&str], said: &[String]) -> bool {
    match expected.split_first() {
        None => said.is_empty(),
        Some((&"...", rest)) => (0..=said.len()).any(|skip| matches(rest, &said[skip..])),
        Some((first, rest)) => {
            said.split_first().is_some_and(|(line, said)| line == first && matches(rest, said))
        }
    }
}

fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let tail = |lines: &[&str], mark: &str| {
        lines.iter().skip(same).take(8).fold(String::new(), |text, line| format!("{text}{mark}{line}\n"))
    };
    format!("from line {} on\n{}{}", same + 1, tail(&old, "-"), tail(&new, "+"))
}
