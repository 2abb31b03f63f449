//! The gate in a build script: for teams whose builds are started by something that can't be told to start
//! `cargo health-sec` instead.
//!
//! ```toml
//! [build-dependencies]
//! cargo-health-sec = { version = "0.1", default-features = false, features = ["build"] }
//! ```
//!
//! ```no_run
//! // in the main function of build.rs
//! cargo_health_sec::build::gate();
//! ```
//!
//! Nothing but the standard library comes with that feature: the installed tool is asked. Whoever builds can leave it
//! out, as they can any build script; what an auditor is shown comes from `cargo health-sec check`.

#![expect(clippy::print_stdout, reason = "cargo reads what a build script prints")]

use std::ffi::OsString;
use std::process::{Command, Output, Stdio};

/// What to do where the tool is missing.
const INSTALL: &str = "install it: cargo install cargo-health-sec --locked";

/// Asks the gate of the workspace, and fails the build where it is closed or could not tell. Advisories that have merely
/// grown old are a warning.
///
/// Findings are told as errors and warnings of the build script. It runs again when a source, a manifest, the lock file
/// or the policy is changed; where there is no policy yet, in every build.
pub fn gate() {
    gate_with(&[]);
}

/// As [`gate`], with further words for `cargo health-sec check`, such as `--strict`.
pub fn gate_with(words: &[&str]) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(["health-sec", "check", "--format", "build-script"]).args(words).stdin(Stdio::null());
    // What is asked is the gate's own judgement, whatever stands around the compiler of this build.
    for name in ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
        command.env_remove(name);
    }
    print!("{}", answer(command.output()));
}

/// What cargo is told.
fn answer(asked: std::io::Result<Output>) -> String {
    let output = match asked {
        Ok(output) => output,
        Err(error) => return refusal(&format!("cargo can't be started: {error}")),
    };
    let told = String::from_utf8_lossy(&output.stdout);
    let complaint = || {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        said.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    };
    match output.status.code() {
        Some(0..=2) if told.contains("cargo::rerun-if-changed=") => told.into_owned(),
        // Cargo knows of no such command, or the tool is older than this.
        Some(101 | 0..=2) => {
            refusal(&format!("cargo health-sec did not answer; {INSTALL} ({})", complaint()))
        }
        _ => refusal(&format!("cargo health-sec could not judge: {}", complaint())),
    }
}

/// A build that fails, and is tried again next time.
fn refusal(why: &str) -> String {
    format!("cargo::error={}\n", why.replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(script: &str) -> String {
        answer(Command::new("sh").args(["-c", script]).output())
    }

    #[test]
    #[cfg(unix)]
    fn what_the_gate_says_is_told_to_cargo() {
        let open = "echo cargo::rerun-if-changed=/w/Cargo.toml";
        assert_eq!(asked(open), "cargo::rerun-if-changed=/w/Cargo.toml\n");
        let closed = format!("{open}; echo cargo::error=a static; exit 1");
        assert!(asked(&closed).ends_with("cargo::error=a static\n"));
    }

    #[test]
    #[cfg(unix)]
    fn no_answer_is_no_pass() {
        for script in ["true", "exit 1", "echo hello", "exit 101", "exit 3", "exit 4", "kill -9 $$"] {
            let told = asked(script);
            assert!(told.starts_with("cargo::error="), "{script}: {told}");
            assert_eq!(told.lines().count(), 1, "{script}: {told}");
        }
        assert!(
            asked("echo 'error: no such command' >&2; exit 101").contains("cargo install cargo-health-sec")
        );
        let absent = answer(Command::new("./no/such/program").output());
        assert!(absent.starts_with("cargo::error=cargo can't be started"), "{absent}");
        let faults = asked("printf 'error: one\\n  two\\n' >&2; exit 3");
        assert_eq!(faults, "cargo::error=cargo health-sec could not judge: error: one two\n");
    }
}
