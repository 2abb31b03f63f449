//! Where cargo-deny and cargo-audit look away, and that they agree elsewhere.
//!
//! Each test shows first what this program says, then, where the peers are installed, that they pass over
//! the same workspace and the same data: when one of them learns to see it, the test says so and the sentence
//! in the manual has to go. A peer that is not installed is skipped loudly. Seen with cargo-deny 0.20.2
//! and cargo-audit 0.22.2.
//!
//! ```text
//! WORKSPACES=~/one:~/two ADVISORY_DB=~/advisory-db cargo test --test peers -- --ignored --nocapture
//! ```

#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]
#![expect(clippy::print_stderr, reason = "what is skipped is said")]
#![cfg(unix)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PUBLIC: &str = "https://github.com/RustSec/advisory-db";

/// A workspace, a database and a home for cargo in a folder of their own.
struct World {
    folder: tempfile::TempDir,
    home: PathBuf,
}

impl World {
    /// With a home of its own: nothing of this machine is seen or changed.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().join("home");
        std::fs::create_dir_all(&home).expect("a folder");
        Self { folder, home }
    }

    /// With the user's home, where the components of this project lie unpacked.
    fn at_home() -> Self {
        let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).expect("a home");
        Self { home, ..Self::new() }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn command(&self, program: &str) -> Command {
        let rustup = std::env::var_os("RUSTUP_HOME").map(PathBuf::from);
        let rustup =
            rustup.or_else(|| std::env::home_dir().map(|home| home.join(".rustup"))).expect("a home");
        let mut command = Command::new(program);
        command.current_dir(self.path("w")).stdin(Stdio::null());
        command.env("CARGO_HOME", &self.home).env("RUSTUP_HOME", rustup).env_remove("CARGO_TARGET_DIR");
        for name in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{name}_NAME"), "a").env(format!("GIT_{name}_EMAIL"), "a@example.org");
            command.env(format!("GIT_{name}_DATE"), "2022-06-01T12:00:00Z");
        }
        // The peers fetch the public database by its address; git is told that it lives here.
        command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_VALUE_0", PUBLIC);
        command.env("GIT_CONFIG_KEY_0", format!("url.file://{}.insteadOf", self.path("db").display()));
        command
    }

    fn must(&self, program: &str, words: &[&str], folder: &str) {
        let output = self.command(program).args(words).current_dir(self.path(folder)).output();
        let output = output.expect("the program can be started");
        assert!(output.status.success(), "{program} {words:?}: {}", text(&output.stderr));
    }

    /// What this program says, as JSON, and its exit code.
    fn ours(&self, words: &[&str]) -> (serde_json::Value, i32) {
        let output = self.ours_raw(&[words, &["--format", "json"]].concat());
        let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (report, output.status.code().expect("an exit code"))
    }

    fn ours_raw(&self, words: &[&str]) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_cargo-health-sec"));
        command.args(["check", "--as-of", "2026-11-22", "--no-cache", "--advisory-db"]);
        command.arg(self.path("db")).args(words).output().expect("the program can be started")
    }

    /// The database as a git repository, its one commit of 2022.
    fn database(&self, advisories: &[(&str, &str, &str)]) {
        for (id, package, date) in advisories {
            self.put(
                &format!("db/crates/{package}/{id}.md"),
                &format!(
                    "```toml\n[advisory]\nid = \"{id}\"\npackage = \"{package}\"\ndate = \"{date}\"\n\n[versions]\npatched = []\n```\n\n# A fault\n\nOf some weight.\n"
                ),
            );
        }
        self.commit("db");
    }

    fn commit(&self, folder: &str) {
        self.must("git", &["init", "-q", "-b", "main"], folder);
        self.must("git", &["add", "-A"], folder);
        self.must("git", &["-c", "commit.gpgsign=false", "commit", "-q", "-m", "all"], folder);
    }

    /// The exit code of `cargo audit`; `None` where it is not installed.
    fn audit(&self, database: &str) -> Option<i32> {
        let words = ["audit", "--no-fetch", "--stale", "--db"];
        peer(self.command("cargo-audit").args(words).arg(self.path(database)))
    }

    /// The exit code of `cargo deny check advisories`; `None` where it is not installed.
    fn deny(&self, words: &[&str]) -> Option<i32> {
        self.put(
            "deny.toml",
            &format!(
                "[advisories]\ndb-path = \"{}\"\ndb-urls = [\"{PUBLIC}\"]\ngit-fetch-with-cli = true\nyanked = \"allow\"\nunmaintained = \"all\"\nunsound = \"all\"\n",
                self.path("deny-db").display()
            ),
        );
        let config = self.path("deny.toml");
        if !self.path("deny-db").exists() {
            peer(self.command("cargo-deny").arg("--config").arg(&config).args(["fetch", "db"]))?;
        }
        let mut command = self.command("cargo-deny");
        command.arg("--config").arg(&config).args(["--offline", "--locked"]).args(words);
        peer(command.args(["check", "advisories"]))
    }
}

/// The exit code of a peer; `None` where it is not installed.
fn peer(command: &mut Command) -> Option<i32> {
    let Ok(output) = command.output() else {
        eprintln!("SKIPPED: {} is not installed", command.get_program().display());
        return None;
    };
    Some(output.status.code().expect("an exit code"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The rules that tell of an advisory.
fn rules_on(report: &serde_json::Value, advisory: &str) -> Vec<String> {
    let findings = report["findings"].as_array().expect("findings").iter();
    let about = findings.filter(|finding| finding["subjects"].to_string().contains(advisory));
    about.map(|finding| finding["rule"].as_str().expect("a rule").to_owned()).collect()
}

const PUMP: &str = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
const TIME: &str = "[package]\nname = \"time\"\nversion = \"0.1.43\"\n";

#[test]
fn a_patched_copy_of_a_vulnerable_package_is_seen() {
    let world = World::new();
    let patch = "[dependencies]\ntime = \"0.1\"\n[patch.crates-io]\ntime = { path = \"../copies/time\" }\n";
    world.put("w/Cargo.toml", &format!("{PUMP}{patch}"));
    world.put("w/src/lib.rs", "//! A pump.\n");
    world.put("copies/time/Cargo.toml", TIME);
    world.put("copies/time/src/lib.rs", "//! A copy.\n");
    world.must("cargo", &["generate-lockfile", "--offline"], "w");
    world.database(&[("RUSTSEC-2026-9001", "time", "2026-11-01")]);

    let (report, exit) = world.ours(&[]);
    assert_eq!(rules_on(&report, "RUSTSEC-2026-9001"), ["vulnerable_copy"]);
    assert_ne!(exit, 0, "the gate is not open");
    assert!(world.audit("db").is_none_or(|exit| exit == 0), "cargo-audit sees it now");
    assert!(world.deny(&[]).is_none_or(|exit| exit == 0), "cargo-deny sees it now");
}

#[test]
fn a_git_copy_of_a_vulnerable_package_is_seen() {
    let world = World::new();
    world.put("copy/Cargo.toml", TIME);
    world.put("copy/src/lib.rs", "//! A copy.\n");
    world.commit("copy");
    let from = format!("[dependencies]\ntime = {{ git = \"file://{}\" }}\n", world.path("copy").display());
    world.put("w/Cargo.toml", &format!("{PUMP}{from}"));
    world.put("w/src/lib.rs", "//! A pump.\n");
    world.must("cargo", &["fetch", "-q"], "w");
    world.database(&[("RUSTSEC-2026-9001", "time", "2026-11-01")]);

    let (report, exit) = world.ours(&[]);
    assert_eq!(rules_on(&report, "RUSTSEC-2026-9001"), ["vulnerable_copy"]);
    assert_ne!(exit, 0, "the gate is not open");
    assert!(world.audit("db").is_none_or(|exit| exit == 0), "cargo-audit sees it now");
    assert!(world.deny(&[]).is_none_or(|exit| exit == 0), "cargo-deny sees it now");
}

#[test]
fn an_old_database_copied_today_is_old() {
    let world = World::new();
    world.put("w/Cargo.toml", PUMP);
    world.put("w/src/lib.rs", "//! A pump.\n");
    world.put("w/Cargo.lock", "version = 4\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\n");
    world.database(&[("RUSTSEC-2022-9001", "other", "2022-05-01")]);

    let (report, exit) = world.ours(&[]);
    let rules = report["rules"].as_array().expect("rules").iter();
    let vulnerable = rules.clone().find(|rule| rule["id"] == "component_vulnerable").expect("the rule");
    assert_eq!(vulnerable["verdict"], "undetermined", "nothing passes by data of 2022");
    assert_ne!(exit, 0, "the gate is not open");
    assert!(world.audit("db").is_none_or(|exit| exit == 0), "cargo-audit asks for the age now");
    assert!(world.deny(&[]).is_none_or(|exit| exit == 0), "cargo-deny takes the age from the data now");
}

#[test]
fn an_exit_code_means_one_thing_in_every_format() {
    let world = World::at_home();
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"))
        .expect("a lock file");
    let entry = lock.split("\n\n").find(|entry| entry.contains("name = \"cfg-if\"")).expect("an entry");
    let pump = "[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\ndependencies = [\n \"cfg-if\",\n]\n";
    world.put("w/Cargo.toml", &format!("{PUMP}[dependencies]\ncfg-if = \"1\"\n"));
    world.put("w/src/lib.rs", "//! A pump.\n");
    world.put("w/Cargo.lock", &format!("version = 4\n\n{}\n\n{pump}", entry.trim()));
    world.database(&[("RUSTSEC-2026-9001", "cfg-if", "2026-11-01")]);

    for format in ["text", "json", "sarif"] {
        let output = world.ours_raw(&["--format", format]);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{format}: {}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
    }
    let (report, _) = world.ours(&[]);
    assert_eq!(rules_on(&report, "RUSTSEC-2026-9001"), ["component_vulnerable"]);
    let (_, absent) = world.ours(&["--advisory-db", "absent"]);
    assert_eq!(absent, 3, "no report is no finding");

    // Findings and a database that is not there are the same to cargo-audit.
    assert!(world.audit("db").is_none_or(|exit| exit == 1), "cargo-audit finds it");
    assert!(world.audit("absent").is_none_or(|exit| exit == 1), "cargo-audit tells them apart now");
    // The gate of cargo-deny opens when somebody asks for another format.
    assert!(world.deny(&[]).is_none_or(|exit| exit == 1), "cargo-deny finds it");
    assert!(world.deny(&["--format", "sarif"]).is_none_or(|exit| exit == 0), "cargo-deny fails in SARIF now");
}

/// Id, package and version.
type Verdicts = BTreeSet<(String, String, String)>;

#[test]
#[ignore = "needs cargo-deny, an advisory database and workspaces with downloaded components"]
fn resolved_graphs_get_the_verdicts_of_cargo_deny() {
    let (Some(workspaces), Some(database)) =
        (std::env::var_os("WORKSPACES"), std::env::var_os("ADVISORY_DB"))
    else {
        eprintln!("SKIPPED: WORKSPACES and ADVISORY_DB name nothing to compare");
        return;
    };
    let world = World::at_home();
    world.put("w/Cargo.toml", PUMP);
    let copied = Command::new("cp").arg("-r").arg(&database).arg(world.path("db")).status();
    assert!(copied.is_ok_and(|status| status.success()), "a copy of the database");
    let writable = Command::new("chmod").args(["-R", "u+w"]).arg(world.path("db")).status();
    assert!(writable.is_ok_and(|status| status.success()), "a copy of the database");
    world.commit("db");
    if world.deny(&[]).is_none() {
        return;
    }
    let mut hits = 0;
    for workspace in std::env::split_paths(&workspaces) {
        let theirs = deny_verdicts(&world, &workspace);
        let ours = our_verdicts(&world, &workspace);
        eprintln!(
            "{}: {} hits by cargo-deny, {} by this tool",
            workspace.display(),
            theirs.len(),
            ours.len()
        );
        let (missed, more) = (theirs.difference(&ours), ours.difference(&theirs));
        let (missed, more): (Vec<_>, Vec<_>) = (missed.collect(), more.collect());
        assert!(missed.is_empty(), "only cargo-deny tells {missed:?} on {}", workspace.display());
        assert!(more.is_empty(), "only this tool tells {more:?} on {}", workspace.display());
        hits += theirs.len();
    }
    assert!(hits > 0, "workspaces without a single hit tell nothing");
}

fn deny_verdicts(world: &World, workspace: &Path) -> Verdicts {
    let mut command = world.command("cargo-deny");
    command.arg("--config").arg(world.path("deny.toml")).args(["--offline", "--locked", "--format", "json"]);
    command.args(["--workspace", "--target", HOST]).args(["check", "advisories"]).current_dir(workspace);
    let output = command.output().expect("cargo-deny can be started");
    let lines = text(&output.stderr);
    assert!(lines.contains("\"summary\""), "{lines}");
    let string = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    lines
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .map(|line| line["fields"].clone())
        .filter(|fields| fields["advisory"].is_object())
        .flat_map(|fields| {
            let graphs = fields["graphs"].as_array().cloned().unwrap_or_default();
            let told = graphs.into_iter().map(move |graph| {
                let package = &graph["Krate"];
                (string(&fields["advisory"]["id"]), string(&package["name"]), string(&package["version"]))
            });
            told.collect::<Vec<_>>()
        })
        .collect()
}

fn our_verdicts(world: &World, workspace: &Path) -> Verdicts {
    let mut command = world.command(env!("CARGO_BIN_EXE_cargo-health-sec"));
    command.args(["components", "--format", "json", "--target", HOST, "--advisory-db"]).arg(world.path("db"));
    let output = command.current_dir(workspace).output().expect("the program can be started");
    let register: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a register");
    let string = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let used = register["components"].as_array().expect("components").iter();
    used.filter(|component| component["ships"] != "locked")
        .flat_map(|component| {
            let hits = component["advisories"].as_array().expect("advisories").iter();
            // Copies are what cargo-deny can't see.
            let hits = hits.filter(|hit| hit["same_origin"] == true);
            hits.map(|hit| (string(&hit["id"]), string(&component["name"]), string(&component["version"])))
        })
        .collect()
}

/// Whether cargo would build a package for a member or its tests.
const HOST: &str = "x86_64-unknown-linux-gnu";
