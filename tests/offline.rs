//! `--frozen` needs no network: where there is none at all, not even this machine's own, everything is said as before.

#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]

use std::path::Path;
use std::process::{Command, Output};

fn check(program: &str, words: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/glucose_gateway");
    let mut command = Command::new(program);
    command.args(words).current_dir(root).env("CARGO_HEALTH_SEC_CACHE", "");
    command.output().expect("a program that was there a moment ago")
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped must say so")]
fn frozen_says_the_same_in_a_world_without_a_network() {
    let alone = Command::new("unshare").args(["-rn", "true"]).output();
    if !alone.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: this machine lets nobody make a network namespace (unshare -rn)");
        return;
    }
    // Without an interface even an address of this machine can't be reached.
    let reached = check("unshare", &["-rn", "sh", "-c", "cat /proc/net/route | wc -l; cat /proc/net/dev"]);
    let seen = String::from_utf8_lossy(&reached.stdout).into_owned();
    assert!(!seen.contains("eth"), "{seen}");
    let ours = env!("CARGO_BIN_EXE_cargo-health-sec");
    let words = ["check", "--frozen", "--format", "json", "--as-of", "2026-11-22"];
    let usual = check(ours, &words);
    let alone = check("unshare", &[&["-rn", ours][..], &words].concat());
    assert_eq!(alone.status.code(), usual.status.code(), "{}", String::from_utf8_lossy(&alone.stderr));
    assert_eq!(String::from_utf8_lossy(&alone.stdout), String::from_utf8_lossy(&usual.stdout));
}
