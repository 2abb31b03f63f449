//! A repository of its own with a workspace in it, and programs started there in a world of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Near to the advisories that come with the tool.
const DAY: &str = "1788220800";

pub(crate) struct Scratch(tempfile::TempDir);

impl Scratch {
    /// A workspace of these files, in a repository without a commit.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let scratch = Self(tempfile::tempdir().expect("a folder"));
        for (path, text) in files {
            scratch.put(path, text);
        }
        scratch.git(&["init", "--quiet", "--initial-branch", "main", "."]);
        scratch
    }

    /// The same, with one commit.
    pub(crate) fn committed(files: &[(&str, &str)]) -> Self {
        let scratch = Self::new(files);
        scratch.commit();
        scratch
    }

    /// The folder around the repository: home of whoever works here.
    pub(crate) fn home(&self) -> PathBuf {
        self.0.path().canonicalize().expect("a folder")
    }

    /// A path in the repository.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.home().join("product").join(path)
    }

    pub(crate) fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    pub(crate) fn git(&self, words: &[&str]) {
        let output = self.command("git").args(words).output().expect("git can be started");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Commits everything.
    pub(crate) fn commit(&self) {
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "-m", "A change"]);
    }

    /// A command with our program and the toolchain on its path, and nothing else of this machine.
    pub(crate) fn command(&self, program: &str) -> Command {
        let ours = Path::new(env!("CARGO_BIN_EXE_cargo-health-sec")).parent().expect("a folder").to_owned();
        let usual = std::env::var_os("PATH").expect("a path");
        let path =
            std::env::join_paths([ours].into_iter().chain(std::env::split_paths(&usual))).expect("a path");
        let mut command = Command::new(program);
        command
            .current_dir(self.path(""))
            .env_clear()
            .stdin(Stdio::null())
            .env("PATH", path)
            .env("HOME", self.home())
            .env("CARGO_HOME", self.home().join("cargo"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("CARGO_HEALTH_SEC_CACHE", self.home().join("cache"))
            .env("SOURCE_DATE_EPOCH", DAY);
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let rustup = std::env::var_os("RUSTUP_HOME").map_or_else(|| home.join(".rustup"), PathBuf::from);
        command.env("RUSTUP_HOME", rustup);
        for name in ["RUSTUP_TOOLCHAIN", "SystemRoot", "LLVM_PROFILE_FILE"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "A. Person")
                .env(format!("GIT_{who}_EMAIL"), "a@example.org");
        }
        command
    }
}
