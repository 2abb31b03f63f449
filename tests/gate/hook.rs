//! `cargo health-sec hook install`: a hook that blocks a bad commit and lets a good one pass, wherever git looks for
//! it, and that never takes the place of another.

use std::path::PathBuf;
use std::process::{Command, Output};

use super::scratch::Scratch;
use super::{LOCK, MANIFEST};

const GOOD: &str = "//! A pump.\n";
const BAD: &str = "//! A pump.\n\nstatic mut RATE: u32 = 0;\n";

/// A committed pump, and other folders beside it.
struct Pump(Scratch);

impl Pump {
    fn new() -> Self {
        Self(Scratch::committed(&[("Cargo.toml", MANIFEST), ("Cargo.lock", LOCK), ("src/lib.rs", GOOD)]))
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.home().join(path)
    }

    fn command(&self, program: &str, folder: &str) -> Command {
        let mut command = self.0.command(program);
        command.current_dir(self.path(folder));
        command
    }

    fn git(&self, folder: &str, words: &[&str]) -> Output {
        self.command("git", folder).args(words).output().expect("git can be started")
    }

    fn install(&self, folder: &str, words: &[&str]) -> (i32, String) {
        let mut program = self.command("cargo-health-sec", folder);
        let output =
            program.args(["hook", "install"]).args(words).output().expect("the program can be started");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().expect("an exit code"), String::from_utf8_lossy(&said).into_owned())
    }

    /// Commits a text of the library; true where the commit was made.
    fn commits(&self, folder: &str, text: &str) -> bool {
        self.0.put(&format!("../{folder}/src/lib.rs"), text);
        assert!(self.git(folder, &["add", "."]).status.success());
        self.git(folder, &["commit", "--quiet", "-m", "A change"]).status.success()
    }
}

#[test]
fn a_bad_commit_is_blocked_and_a_good_one_passes() {
    let pump = Pump::new();
    assert!(pump.commits("product", BAD), "without a hook nobody is in the way");
    assert!(pump.commits("product", GOOD));
    assert_eq!(pump.install("product", &[]).0, 0);
    assert!(!pump.commits("product", BAD));
    let said = pump.git("product", &["commit", "-m", "A change"]);
    let said = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    assert!(said.contains("static_mut") && said.contains("src/lib.rs:3"), "{said}");
    assert!(pump.commits("product", "//! A pump, better.\n"));
    let (code, said) = pump.install("product", &[]);
    assert_eq!(code, 0);
    assert!(said.contains("already"), "{said}");
}

#[test]
fn a_commit_of_files_by_name_is_judged_by_those() {
    let pump = Pump::new();
    assert_eq!(pump.install("product", &[]).0, 0);
    pump.0.put("src/lib.rs", BAD);
    let output = pump.git("product", &["commit", "-a", "--quiet", "-m", "All that is changed"]);
    assert!(!output.status.success(), "what `-a` takes is not in the index yet");
    pump.0.put("notes.md", "Notes.\n");
    assert!(pump.git("product", &["add", "notes.md"]).status.success());
    let output = pump.git("product", &["commit", "--quiet", "-m", "Notes only", "notes.md"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn all_working_copies_of_a_repository_share_the_hook() {
    let pump = Pump::new();
    assert!(pump.git("product", &["worktree", "add", "--quiet", "../beside"]).status.success());
    assert_eq!(pump.install("beside", &[]).0, 0);
    assert!(pump.path("product/.git/hooks/pre-commit").exists());
    assert!(!pump.commits("beside", BAD));
    assert!(!pump.commits("product", BAD));
}

#[test]
fn the_folder_that_git_is_told_of_is_used() {
    let pump = Pump::new();
    assert!(pump.git("product", &["config", "core.hooksPath", ".hooks"]).status.success());
    assert_eq!(pump.install("product", &[]).0, 0);
    assert!(pump.path("product/.hooks/pre-commit").exists());
    assert!(!pump.commits("product", BAD));
}

#[test]
fn a_folder_of_many_repositories_is_asked_for() {
    let pump = Pump::new();
    let shared = pump.path("shared");
    let shared = shared.to_str().expect("a path");
    assert!(pump.git("product", &["config", "core.hooksPath", shared]).status.success());
    assert_eq!(pump.install("product", &[]).0, 3, "nobody was there to say yes");
    assert!(!pump.path("shared").exists());
    assert_eq!(pump.install("product", &["--yes"]).0, 0);
    assert!(!pump.commits("product", BAD));
}

#[test]
fn a_hook_that_is_there_stays() {
    use std::os::unix::fs::PermissionsExt as _;
    let pump = Pump::new();
    let hook = pump.path("product/.git/hooks/pre-commit");
    let text = "#!/bin/sh\ntouch asked\nexit 0\n";
    pump.0.put(".git/hooks/pre-commit", text);
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let (code, said) = pump.install("product", &[]);
    assert_eq!((code, std::fs::read_to_string(&hook).expect("a hook").as_str()), (3, text), "{said}");
    assert!(said.contains("check --staged"), "it says what to add: {said}");
    assert_eq!(pump.install("product", &["--yes"]).0, 0);
    assert!(!pump.commits("product", BAD), "ours is asked first");
    assert!(pump.commits("product", "//! A pump, better.\n"));
    assert!(pump.path("product/asked").exists(), "theirs is asked too");
    pump.0.put(".git/hooks/pre-push", "#!/usr/bin/env python3\n");
    assert_eq!(
        pump.install("product", &["--pre-push", "--yes"]).0,
        3,
        "no line of ours means anything there"
    );
}
