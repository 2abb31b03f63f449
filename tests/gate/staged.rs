//! `cargo health-sec check --staged`: what a commit would change is judged, as git holds it and not as the working copy
//! does; what was there before is not told again; and no program is started.

use std::path::Path;
use std::process::Output;

use super::scratch::Scratch;
use super::{LOCK, MANIFEST};

const CLEAN: &str = "//! A pump.\n\nmod motor;\n\n/// Runs.\npub fn run() -> u32 {\n    motor::steps()\n}\n";
/// A flaw that was there before.
const OLD: &str =
    "//! The motor.\n\nstatic mut STEPS: u32 = 0;\n\n/// Steps.\npub fn steps() -> u32 {\n    1\n}\n";
/// A flaw to be added.
const FLAW: &str = "\nstatic mut RATE: u32 = 0;\n";

struct Pump(Scratch);

impl Pump {
    /// A committed pump with a flaw of long ago.
    fn new() -> Self {
        let sources = [("src/lib.rs", CLEAN), ("src/motor.rs", OLD)];
        Self(Scratch::committed(&[&[("Cargo.toml", MANIFEST), ("Cargo.lock", LOCK)][..], &sources].concat()))
    }

    fn put(&self, path: &str, text: &str) {
        self.0.put(path, text);
    }

    fn git(&self, words: &[&str]) {
        self.0.git(words);
    }

    /// Runs the check with nothing on the path: whatever program it wanted to start is not found.
    fn check_with(&self, words: &[&str]) -> Output {
        self.0
            .command(env!("CARGO_BIN_EXE_cargo-health-sec"))
            .arg("check")
            .args(words)
            .env("PATH", self.0.home().join("nothing"))
            .output()
            .expect("the program can be started")
    }

    /// The findings on what is staged as `rule path:line`, and the exit code.
    fn staged(&self) -> (Vec<String>, i32) {
        found(&self.check_with(&["--staged", "--format", "rustc"]))
    }
}

fn found(output: &Output) -> (Vec<String>, i32) {
    let text = String::from_utf8_lossy(&output.stdout);
    let mut found: Vec<String> = text
        .lines()
        .map(|line| {
            let diagnostic: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let rule = diagnostic["code"]["code"].as_str().expect("a code").replace("health_sec::", "");
            let span = &diagnostic["spans"][0];
            format!("{rule} {}:{}", span["file_name"].as_str().expect("a file"), span["line_start"])
        })
        .collect();
    found.sort();
    let code = output.status.code().expect("an exit code");
    assert!(code < 3, "{}", String::from_utf8_lossy(&output.stderr));
    (found, code)
}

#[test]
fn nothing_staged_is_nothing_judged() {
    let pump = Pump::new();
    pump.put("src/motor.rs", &format!("{OLD}{FLAW}"));
    assert_eq!(pump.staged(), (vec![], 0), "what is only saved is no part of a commit");
}

#[test]
fn what_is_staged_counts_and_not_what_is_saved() {
    let pump = Pump::new();
    pump.put("src/lib.rs", &format!("{CLEAN}{FLAW}"));
    pump.git(&["add", "."]);
    // Mended in the editor, and not staged.
    pump.put("src/lib.rs", CLEAN);
    assert_eq!(pump.staged(), (vec!["static_mut src/lib.rs:10".to_owned()], 1));
    pump.git(&["add", "."]);
    assert_eq!(pump.staged(), (vec![], 0));
}

#[test]
fn of_a_file_that_is_staged_in_part_that_part_counts() {
    let pump = Pump::new();
    pump.put("src/lib.rs", &format!("{CLEAN}\n/// Stops.\npub fn stop() {{}}\n"));
    pump.git(&["add", "."]);
    pump.put("src/lib.rs", &format!("{CLEAN}\n/// Stops.\npub fn stop() {{}}\n{FLAW}"));
    assert_eq!(pump.staged(), (vec![], 0));
}

#[test]
fn code_that_is_moved_or_renamed_raises_nothing_new() {
    let pump = Pump::new();
    pump.git(&["mv", "src/motor.rs", "src/drive.rs"]);
    pump.put("src/lib.rs", &CLEAN.replace("motor", "drive"));
    pump.put("src/drive.rs", &format!("//! The drive.\n//!\n//! Moved.\n\n{}", &OLD[16..]));
    pump.git(&["add", "."]);
    assert_eq!(pump.staged(), (vec![], 0));
    // One more of the same kind is one more.
    pump.put("src/drive.rs", &format!("{OLD}{FLAW}"));
    pump.git(&["add", "."]);
    let (found, code) = pump.staged();
    assert_eq!((found.len(), code), (1, 1), "{found:?}");
}

#[test]
fn what_can_not_be_read_is_new_where_it_was_changed() {
    let pump = Pump::new();
    pump.put("src/motor.rs", "fn (");
    pump.git(&["add", "."]);
    assert_eq!(pump.staged().1, 2);
    pump.git(&["commit", "--quiet", "-m", "broken"]);
    pump.put("src/lib.rs", &format!("{CLEAN}\n/// Stops.\npub fn stop() {{}}\n"));
    pump.git(&["add", "."]);
    assert_eq!(pump.staged().1, 0, "it was so before, and is no matter of this commit");
    pump.put("src/motor.rs", &format!("fn (\n{FLAW}"));
    pump.git(&["add", "."]);
    assert_eq!(pump.staged().1, 2, "nobody can tell what was put into it");
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_stops_it() {
    use std::os::unix::ffi::OsStrExt as _;
    let pump = Pump::new();
    let name = std::ffi::OsStr::from_bytes(b"src/\xff.rs");
    std::fs::write(pump.0.path("").join(name), "static mut STEPS: u32 = 0;\n").expect("a file");
    pump.git(&["add", "."]);
    let output = pump.check_with(&["--staged"]);
    assert_eq!(output.status.code(), Some(3));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("no text in UTF-8"), "{told}");
}

#[test]
fn a_deleted_file_is_gone_and_one_not_tracked_is_not_there() {
    let pump = Pump::new();
    pump.git(&["rm", "--quiet", "--cached", "src/motor.rs"]);
    // The module's file still lies in the working copy: a commit would not hold it.
    let (found, code) = pump.staged();
    assert_eq!(code, 2, "a module without its file can't be judged");
    assert!(!found.iter().any(|line| line.contains("motor")), "{found:?}");
    pump.put("src/lib.rs", "//! A pump.\n\n#![forbid(unsafe_code)]\n");
    pump.git(&["add", "src/lib.rs"]);
    assert_eq!(pump.staged(), (vec![], 0));
}

#[test]
fn a_staged_lock_file_and_policy_are_judged_without_cargo() {
    let pump = Pump::new();
    let package = "\n[[package]]\nname = \"rustdecimal\"\nversion = \"1.23.1\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"0000000000000000000000000000000000000000000000000000000000000000\"\n";
    pump.put("Cargo.lock", &format!("{LOCK}dependencies = [\"rustdecimal\"]\n{package}"));
    pump.put("Cargo.toml", &format!("{MANIFEST}\n[dependencies]\nrustdecimal = \"1\"\n"));
    pump.git(&["add", "."]);
    pump.put("Cargo.lock", LOCK);
    let whole = pump.check_with(&["--staged", "--format", "text"]);
    let whole = String::from_utf8_lossy(&whole.stdout);
    assert!(whole.contains("component_malicious") && !whole.contains("working copy"), "{whole}");
    let (found, code) = pump.staged();
    assert!(found.iter().any(|line| line.starts_with("component_malicious")), "{found:?}");
    assert_eq!(code, 1);
    pump.git(&["reset", "--quiet", "--hard"]);
    pump.put("health-sec.toml", "[[waiver]]\nrule = \"static_mut\"\nplace = \"src/none.rs\"\nreason = \"r\"\nby = \"p\"\nuntil = 2026-11-30\n");
    assert_eq!(pump.staged(), (vec![], 0), "a policy that is not tracked decides nothing");
    pump.git(&["add", "."]);
    let (found, _) = pump.staged();
    assert!(found.iter().any(|line| line.starts_with("waiver_unused")), "{found:?}");
}

#[test]
fn everything_is_told_to_those_who_ask() {
    let pump = Pump::new();
    let (found, code) = found(&pump.check_with(&["--staged", "--all", "--format", "rustc"]));
    assert!(found.contains(&"static_mut src/motor.rs:3".to_owned()), "{found:?}");
    assert_eq!(code, 1);
}

#[test]
fn the_first_commit_is_new_as_a_whole() {
    let flawed = format!("//! A pump.\n{FLAW}");
    let pump = Pump(Scratch::new(&[("Cargo.toml", MANIFEST), ("Cargo.lock", LOCK), ("src/lib.rs", &flawed)]));
    pump.git(&["add", "."]);
    let (found, code) = pump.staged();
    assert!(found.contains(&"static_mut src/lib.rs:3".to_owned()), "{found:?}");
    assert_eq!(code, 1);
}

#[test]
fn a_cache_that_was_meddled_with_is_not_believed() {
    let pump = Pump::new();
    pump.put("src/lib.rs", &format!("{CLEAN}{FLAW}"));
    pump.git(&["add", "."]);
    let expected = (vec!["static_mut src/lib.rs:10".to_owned()], 1);
    assert_eq!(pump.staged(), expected);
    for tree in std::fs::read_dir(pump.0.home().join("cache")).expect("a cache").flatten() {
        let kept = tree.path().join("tree/src/lib.rs");
        if kept.exists() {
            std::fs::remove_file(&kept).expect("a file");
            assert_eq!(pump.staged(), expected, "a file that is gone is written anew");
            std::fs::write(&kept, "").expect("a file");
            assert_eq!(pump.staged(), expected, "a file of another size is written anew");
        }
    }
}

#[test]
#[cfg(unix)]
fn links_lead_nowhere_else() {
    let pump = Pump::new();
    let outside = pump.0.home().join("outside.rs");
    std::fs::write(&outside, format!("//! Outside.\n{FLAW}")).expect("a file");
    std::os::unix::fs::symlink(&outside, pump.0.path("src/outside.rs")).expect("a link");
    std::os::unix::fs::symlink("motor.rs", pump.0.path("src/again.rs")).expect("a link");
    pump.put("src/lib.rs", &format!("{CLEAN}mod outside;\nmod again;\n"));
    pump.git(&["add", "."]);
    let (found, _) = pump.staged();
    assert!(!found.iter().any(|line| line.contains("outside.rs")), "{found:?}");
    assert!(Path::new(&outside).exists());
}

#[test]
fn what_is_kept_of_a_commit_speaks_of_that_commit() {
    let pump = Pump::new();
    let rate = ["static_mut src/motor.rs:10".to_owned()];
    pump.put("src/motor.rs", &format!("{OLD}{FLAW}"));
    pump.git(&["add", "."]);
    for run in ["first", "from what was kept"] {
        assert_eq!(pump.staged(), (rate.to_vec(), 1), "{run}");
    }
    // The same files on another commit: what is staged there is what it holds.
    pump.git(&["commit", "--quiet", "-m", "A rate"]);
    pump.put("src/motor.rs", &format!("{OLD}{FLAW}\n/// Stops.\npub fn stop() {{}}\n"));
    pump.git(&["add", "."]);
    assert_eq!(pump.staged(), (vec![], 0), "both stand in the last commit");
    // And on one that never had the flaws.
    pump.git(&["stash", "--quiet"]);
    pump.put("src/motor.rs", "//! The motor.\n\n/// Steps.\npub fn steps() -> u32 {\n    1\n}\n");
    pump.git(&["commit", "--quiet", "--all", "--amend", "-m", "Mended"]);
    pump.put("src/motor.rs", &format!("{OLD}{FLAW}"));
    pump.git(&["add", "."]);
    assert_eq!(
        pump.staged(),
        (["static_mut src/motor.rs:10".to_owned(), "static_mut src/motor.rs:3".to_owned()].to_vec(), 1)
    );
}
