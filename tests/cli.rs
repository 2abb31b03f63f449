//! The program as people use it: transcripts, exit codes, streams.
//!
//! Each `console` block in `README.md` and `tests/cli/*.md` is run: a line `$ cargo health-sec ...` starts the program in
//! a copy of `examples/` and `tests/fixtures/`, what follows is what it says on standard output, then on standard
//! error, and `? 1` behind it is the exit code where that is not 0. `$ cd` moves for the rest of the file; a line
//! `...` stands for any lines. `SNAPSHOTS=overwrite` writes down what the program says today.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where it can't go on")]

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// 2026-11-22: transcripts don't age.
const DAY: &str = "1795305600";

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program in a world of its own: no user's home, no cache, no colours, one day.
fn program(folder: &Path, home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-health-sec"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    let real_home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let rustup = std::env::var_os("RUSTUP_HOME").map_or_else(|| real_home.join(".rustup"), PathBuf::from);
    command.env("HOME", home).env("CARGO_HOME", home.join("cargo")).env("RUSTUP_HOME", rustup);
    for name in ["PATH", "RUSTUP_TOOLCHAIN", "SystemRoot", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("CARGO_HEALTH_SEC_CACHE", home.join("cache")).env("SOURCE_DATE_EPOCH", DAY);
    command
}

/// A folder with copies of the workspaces that transcripts inspect, and a home.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for part in ["examples", "tests/fixtures"] {
            copy(&repository().join(part), &folder.path().join("work").join(part));
        }
        std::fs::create_dir_all(folder.path().join("home/cargo")).expect("a folder");
        Self { folder }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("work").join(path)
    }

    fn run<S: AsRef<OsStr>>(&self, folder: &str, words: impl IntoIterator<Item = S>) -> Output {
        self.program(folder).args(words).output().expect("the program can be started")
    }

    fn program(&self, folder: &str) -> Command {
        program(&self.path(folder), &self.folder.path().join("home"))
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

#[test]
fn transcripts_say_what_the_program_says() {
    let mut files = vec![repository().join("README.md")];
    let entries = std::fs::read_dir(repository().join("tests/cli")).expect("transcripts");
    files.extend(entries.map(|entry| entry.expect("an entry").path()));
    files.sort();
    let overwrite = std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite");
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
    assert!(
        wrong.is_empty(),
        "run `SNAPSHOTS=overwrite cargo test --test cli` and read the changes\n{wrong}"
    );
}

/// The text with what the program says today in its blocks.
fn play(text: &str, file: &Path) -> String {
    let world = World::new();
    let mut folder = String::new();
    let mut played = String::new();
    let mut lines = text.lines().peekable();
    let mut in_block = false;
    while let Some(line) = lines.next() {
        let _ = writeln!(played, "{line}");
        in_block = if line.starts_with("```") { !in_block && line == "```console" } else { in_block };
        let Some(typed) = line.strip_prefix("$ ").filter(|_| in_block) else { continue };
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

/// Runs a typed line and returns what it says.
fn say(world: &World, folder: &str, typed: &str, file: &Path) -> Vec<String> {
    let mut words: Vec<&str> = typed.split_whitespace().collect();
    let mut program = world.program(folder);
    while let Some((name, value)) = words.first().and_then(|word| word.split_once('=')) {
        program.env(name, value);
        words.remove(0);
    }
    let arguments = match words.as_slice() {
        ["cargo", "health-sec", arguments @ ..] | ["cargo-health-sec", arguments @ ..] => arguments,
        ["cargo", "run", options @ ..] => {
            let start = options.iter().position(|word| *word == "--").expect("words behind --");
            &options[start + 1..]
        }
        _ => panic!("{}: a transcript can't run `{typed}`", file.display()),
    };
    let output = program.args(arguments).output().expect("the program can be started");
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

/// Workspaces that end in different ways.
fn workspaces(world: &World) -> Vec<(String, u8)> {
    let put = |path: &str, text: &str| {
        let path = world.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    let manifest = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    put("no_lock/Cargo.toml", manifest);
    put("no_lock/src/lib.rs", "");
    put("fails/Cargo.toml", manifest);
    put("fails/src/lib.rs", "");
    let waiver = "[[waiver]]\nrule = \"waiver_unused\"\nplace = \"a\"\nreason = \"r\"\nby = \"p\"\nuntil = 2020-01-01\n";
    put("fails/health-sec.toml", waiver);
    put("empty/Cargo.toml", "[workspace]\n");
    put("no_policy/Cargo.toml", manifest);
    put("no_policy/src/lib.rs", "");
    put("no_policy/health-sec.toml", "[produkt]\n");
    put("no_manifest/readme.txt", "");
    let mut workspaces = vec![
        ("no_lock".to_owned(), u8::MAX),
        ("fails".to_owned(), 1),
        ("empty".to_owned(), u8::MAX),
        ("no_policy".to_owned(), 3),
        ("no_manifest".to_owned(), 3),
    ];
    for example in ["infusion_pump", "glucose_gateway"] {
        if world.path("examples").join(example).exists() {
            workspaces.push((format!("examples/{example}"), u8::MAX));
        }
    }
    workspaces
}

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    let world = World::new();
    for (folder, expected) in workspaces(&world) {
        let mut codes = Vec::new();
        for words in [
            &["--format", "text"][..],
            &["--format", "json"],
            &["--format", "sarif"],
            &["-q"],
            &["-v", "--color", "always"],
            &["--format", "json", "--output", "report"],
        ] {
            let output = world.run(&folder, words);
            codes.push((output.status.code().expect("an exit code"), words));
        }
        let (first, ..) = codes[0];
        assert!(codes.iter().all(|(code, ..)| *code == first), "{folder}: {codes:?}");
        assert!((0..=3).contains(&first), "{folder}: {first}");
        if expected != u8::MAX {
            assert_eq!(first, i32::from(expected), "{folder}");
        }
    }
}

#[test]
fn words_that_do_not_fit_are_usage_errors() {
    let world = World::new();
    for words in [
        &["--no-such-flag"][..],
        &["-D", "no_such_rule"],
        &["explain", "no_such_rule"],
        &["--as-of", "yesterday"],
        &["--fetch", "--offline"],
        &["-p", "a", "--exclude", "b"],
        &["--policy", "absent.toml"],
        &["--manifest-path", "absent/Cargo.toml"],
        &["--output", "absent/report.json", "--manifest-path", "examples/infusion_pump/Cargo.toml"],
    ] {
        let output = world.run("", words);
        assert_eq!(output.status.code(), Some(3), "{words:?}");
        assert!(!output.stderr.is_empty(), "{words:?} says nothing");
        assert!(output.stdout.is_empty(), "{words:?} says it on the wrong stream");
    }
    for words in [&["--help"][..], &["-h"], &["--version"], &["health-sec", "--help"], &["rules"], &["man"]] {
        let output = world.run("", words);
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        assert!(output.stderr.is_empty() && !output.stdout.is_empty(), "{words:?}");
    }
    let output = world.program("").env("SOURCE_DATE_EPOCH", "soon").output().expect("output");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn colours_are_for_those_who_ask() {
    let world = World::new();
    let coloured = |variables: &[(&str, &str)], words: &[&str]| {
        let mut program = world.program("");
        let output =
            program.envs(variables.iter().copied()).args(words).arg("rules").output().expect("output");
        output.stdout.contains(&0x1b)
    };
    assert!(!coloured(&[], &[]), "there is no terminal");
    assert!(coloured(&[], &["--color", "always"]));
    assert!(coloured(&[("CARGO_TERM_COLOR", "always")], &[]));
    assert!(!coloured(&[("CARGO_TERM_COLOR", "always")], &["--color", "never"]));
    assert!(!coloured(&[("CARGO_TERM_COLOR", "never"), ("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("NO_COLOR", "1")], &["--color", "auto"]));
}

#[test]
fn who_hangs_up_changes_nothing() {
    let world = World::new();
    workspaces(&world);
    for format in ["text", "json"] {
        let mut child = world
            .program("fails")
            .args(["--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

#[test]
fn a_report_in_a_file_is_whole_and_plain() {
    let world = World::new();
    workspaces(&world);
    for format in ["text", "json", "sarif"] {
        let screen = world.run("fails", ["--format", format, "--color", "never"]);
        let file = world.run("fails", ["--format", format, "--color", "always", "--output", "out.txt"]);
        assert!(file.stdout.is_empty());
        let written = std::fs::read(world.path("fails/out.txt")).expect("a report");
        assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&screen.stdout));
    }
    let left: Vec<_> = std::fs::read_dir(world.path("fails"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.to_string_lossy().starts_with(".health-sec"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn real_reports_keep_to_the_published_schema() {
    let schema = std::fs::read(repository().join("schemas/report-1.schema.json")).expect("the schema");
    let schema =
        jsonschema::validator_for(&serde_json::from_slice(&schema).expect("JSON")).expect("a schema");
    let world = World::new();
    let mut folders: Vec<String> = workspaces(&world).into_iter().map(|(folder, _)| folder).collect();
    folders.push("examples/infusion_pump/crates/pump".to_owned());
    let mut reports = 0;
    for folder in folders {
        let output = world.run(&folder, ["--format", "json"]);
        // Where no report can be made, nothing is written that looks like one.
        let Ok(report) = serde_json::from_slice(&output.stdout) else {
            assert!(output.stdout.is_empty() && output.status.code() == Some(3), "{folder}");
            continue;
        };
        let faults: Vec<String> =
            schema.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(faults, Vec::<String>::new(), "{folder}");
        assert_eq!(report["exit_code"].as_i64().map(i32::try_from), output.status.code().map(Ok), "{folder}");
        reports += 1;
    }
    assert!(reports >= 4, "{reports}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (one, two) = (World::new(), World::new());
    for format in ["text", "json", "sarif"] {
        let run = |world: &World| world.run("examples/infusion_pump", ["--format", format]).stdout;
        let first = run(&one);
        assert_eq!(String::from_utf8_lossy(&first), String::from_utf8_lossy(&run(&one)), "{format}: again");
        assert_eq!(
            String::from_utf8_lossy(&first),
            String::from_utf8_lossy(&run(&two)),
            "{format}: elsewhere"
        );
    }
}
