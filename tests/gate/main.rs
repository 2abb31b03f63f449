//! The gate where people work with git: before a commit, as a hook, and for what is new only.

#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]

mod baseline;
#[cfg(unix)]
mod hook;
#[path = "../scratch/mod.rs"]
mod scratch;
mod staged;

/// A package without components.
const MANIFEST: &str = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
const LOCK: &str = "version = 4\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\n";
