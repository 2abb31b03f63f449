//! `cargo health-sec hook install`: a hook that blocks a bad commit and lets a good one pass, wherever git looks for
//! it, and that never takes the place of another.

#![cfg(unix)]
#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const MANIFEST: &str = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
const LOCK: &str = "version = 4\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\n";
const GOOD: &str = "//! A pump.\n";
const BAD: &str = "//! A pump.\n\nstatic mut RATE: u32 = 0;\n";

struct Scratch(tempfile::TempDir);

impl Scratch {
    /// A committed workspace.
    fn new() -> Self {
        let scratch = Self(tempfile::tempdir().expect("a folder"));
        scratch.put("pump/Cargo.toml", MANIFEST);
        scratch.put("pump/Cargo.lock", LOCK);
        scratch.put("pump/src/lib.rs", GOOD);
        for words in [&["init", "--quiet", "."][..], &["add", "."], &["commit", "--quiet", "-m", "The pump"]]
        {
            assert!(scratch.git("pump", words).status.success());
        }
        scratch
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// A command with our program on its path, as a user has it.
    fn command(&self, program: &str, folder: &str) -> Command {
        let ours = Path::new(env!("CARGO_BIN_EXE_cargo-health-sec")).parent().expect("a folder");
        let usual = std::env::var("PATH").expect("a path");
        let mut command = Command::new(program);
        command
            .current_dir(self.path(folder))
            .env_clear()
            .env("HOME", self.0.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("CARGO_HEALTH_SEC_CACHE", self.path("cache"))
            .env("SOURCE_DATE_EPOCH", "1795305600")
            .env("PATH", format!("{}:{usual}", ours.display()));
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "A. Person")
                .env(format!("GIT_{who}_EMAIL"), "a@example.org");
        }
        command.stdin(std::process::Stdio::null());
        command
    }

    fn git(&self, folder: &str, words: &[&str]) -> Output {
        self.command("git", folder).args(words).output().expect("git can be started")
    }

    fn install(&self, folder: &str, words: &[&str]) -> (i32, String) {
        let mut program = self.command(env!("CARGO_BIN_EXE_cargo-health-sec"), folder);
        let output =
            program.args(["hook", "install"]).args(words).output().expect("the program can be started");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().expect("an exit code"), String::from_utf8_lossy(&said).into_owned())
    }

    /// Commits a text of the library; true where the commit was made.
    fn commits(&self, folder: &str, text: &str) -> bool {
        self.put(&format!("{folder}/src/lib.rs"), text);
        assert!(self.git(folder, &["add", "."]).status.success());
        self.git(folder, &["commit", "--quiet", "-m", "A change"]).status.success()
    }
}

#[test]
fn a_bad_commit_is_blocked_and_a_good_one_passes() {
    let scratch = Scratch::new();
    assert!(scratch.commits("pump", BAD), "without a hook nobody is in the way");
    assert!(scratch.commits("pump", GOOD));
    assert_eq!(scratch.install("pump", &[]).0, 0);
    assert!(!scratch.commits("pump", BAD));
    let said = scratch.git("pump", &["commit", "-m", "A change"]);
    let said = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    assert!(said.contains("static_mut") && said.contains("src/lib.rs:3"), "{said}");
    assert!(scratch.commits("pump", "//! A pump, better.\n"));
    let (code, said) = scratch.install("pump", &[]);
    assert_eq!(code, 0);
    assert!(said.contains("already"), "{said}");
}

#[test]
fn a_commit_of_files_by_name_is_judged_by_those() {
    let scratch = Scratch::new();
    assert_eq!(scratch.install("pump", &[]).0, 0);
    scratch.put("pump/src/lib.rs", BAD);
    let output = scratch.git("pump", &["commit", "-a", "--quiet", "-m", "All that is changed"]);
    assert!(!output.status.success(), "what `-a` takes is not in the index yet");
    scratch.put("pump/notes.md", "Notes.\n");
    assert!(scratch.git("pump", &["add", "notes.md"]).status.success());
    let output = scratch.git("pump", &["commit", "--quiet", "-m", "Notes only", "notes.md"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn all_working_copies_of_a_repository_share_the_hook() {
    let scratch = Scratch::new();
    assert!(scratch.git("pump", &["worktree", "add", "--quiet", "../beside"]).status.success());
    assert_eq!(scratch.install("beside", &[]).0, 0);
    assert!(scratch.path("pump/.git/hooks/pre-commit").exists());
    assert!(!scratch.commits("beside", BAD));
    assert!(!scratch.commits("pump", BAD));
}

#[test]
fn the_folder_that_git_is_told_of_is_used() {
    let scratch = Scratch::new();
    assert!(scratch.git("pump", &["config", "core.hooksPath", ".hooks"]).status.success());
    assert_eq!(scratch.install("pump", &[]).0, 0);
    assert!(scratch.path("pump/.hooks/pre-commit").exists());
    assert!(!scratch.commits("pump", BAD));
}

#[test]
fn a_folder_of_many_repositories_is_asked_for() {
    let scratch = Scratch::new();
    let shared = scratch.path("shared");
    let shared = shared.to_str().expect("a path");
    assert!(scratch.git("pump", &["config", "core.hooksPath", shared]).status.success());
    assert_eq!(scratch.install("pump", &[]).0, 3, "nobody was there to say yes");
    assert!(!scratch.path("shared").exists());
    assert_eq!(scratch.install("pump", &["--yes"]).0, 0);
    assert!(!scratch.commits("pump", BAD));
}

#[test]
fn a_hook_that_is_there_stays() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    let hook = scratch.path("pump/.git/hooks/pre-commit");
    let text = "#!/bin/sh\ntouch asked\nexit 0\n";
    scratch.put("pump/.git/hooks/pre-commit", text);
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let (code, said) = scratch.install("pump", &[]);
    assert_eq!((code, std::fs::read_to_string(&hook).expect("a hook").as_str()), (3, text), "{said}");
    assert!(said.contains("check --staged"), "it says what to add: {said}");
    assert_eq!(scratch.install("pump", &["--yes"]).0, 0);
    assert!(!scratch.commits("pump", BAD), "ours is asked first");
    assert!(scratch.commits("pump", "//! A pump, better.\n"));
    assert!(scratch.path("pump/asked").exists(), "theirs is asked too");
    scratch.put("pump/.git/hooks/pre-push", "#!/usr/bin/env python3\n");
    assert_eq!(
        scratch.install("pump", &["--pre-push", "--yes"]).0,
        3,
        "no line of ours means anything there"
    );
}
