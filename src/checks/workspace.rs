//! Checks on the workspace: the lock file, the toolchain, the release build, the cargo
//! configuration.

use crate::document::Value;
use crate::facts::workspace::{ConfigEntry, Profile, TargetKind, Workspace};
use crate::facts::{Facts, Kind};
use crate::finding::Findings;
use crate::source::Location;

use super::rules;

rules!["workspace":
    lock_file_missing,
    lock_file_uncommitted,
    toolchain_unpinned,
    overflow_checks_off,
    cargo_config_runs_program,
    toolchain_vulnerable,
    cooldown_unsupported,
];

fn lock_file_missing(facts: &Facts, found: &mut Findings<'_>) {
    let unreadable = facts.gaps.iter().any(|gap| gap.kind == Kind::Workspace && gap.what == "Cargo.lock");
    if facts.workspace.lock.is_none() && !unreadable {
        found
            .add(&facts.workspace.manifest.source.whole(), "the workspace has no lock file")
            .help("run `cargo generate-lockfile` and commit Cargo.lock")
            .about("Cargo.lock");
    }
}

fn lock_file_uncommitted(facts: &Facts, found: &mut Findings<'_>) {
    if let (Some(lock), Some(false)) = (&facts.workspace.lock, facts.workspace.lock_committed) {
        found
            .add(&lock.whole(), "git does not track this lock file, though it tracks the manifest")
            .help("remove Cargo.lock from .gitignore, then `git add Cargo.lock`")
            .about("Cargo.lock");
    }
}

fn toolchain_unpinned(facts: &Facts, found: &mut Findings<'_>) {
    let Some(toolchain) = &facts.workspace.toolchain else {
        found
            .add(
                &facts.workspace.manifest.source.whole(),
                "no rust-toolchain.toml says which compiler builds this",
            )
            .about("rust-toolchain.toml");
        return;
    };
    if let Some(path) = &toolchain.path {
        let message = format!("the compiler is whatever lies in `{}`", path.value);
        found.add(&path.at, message).about("rust-toolchain.toml");
    } else if let Some(channel) = &toolchain.channel {
        if moves(&channel.value) {
            let message = format!("`{}` is another compiler after the next release", channel.value);
            found.add(&channel.at, message).about("rust-toolchain.toml");
        }
    } else {
        found
            .add(&toolchain.source.whole(), "the toolchain file names no channel")
            .about("rust-toolchain.toml");
    }
}

/// True for a channel that means different compilers on different days. Any other name is that of
/// a toolchain which the manufacturer has made or bought, with a version of its own.
fn moves(channel: &str) -> bool {
    // A host may follow, as in `stable-x86_64-unknown-linux-gnu`; a date pins.
    let parts: Vec<&str> = channel.split('-').collect();
    let number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts[0] {
        "stable" | "beta" | "nightly" => !parts.get(1..4).is_some_and(|date| date.iter().all(number)),
        version => {
            version.split('.').collect::<Vec<_>>().iter().all(number) && version.split('.').count() == 2
        }
    }
}

fn toolchain_vulnerable(facts: &Facts, found: &mut Findings<'_>) {
    let advisories = &facts.advisories;
    let Some(version) = &advisories.toolchain else { return };
    for advisory in &advisories.toolchain_hits {
        let names: Vec<&str> = std::iter::once(advisory.id.as_str())
            .chain(advisory.aliases.iter().map(String::as_str))
            .collect();
        let patched = match advisory.patched.as_slice() {
            [] => "not mended yet".to_owned(),
            versions => format!("mended in {}", versions.join(" or ")),
        };
        let message = format!(
            "{} of the toolchain {version} is affected by {}; {patched}",
            advisory.package,
            names.join(", ")
        );
        found.add(&toolchain_at(facts), message).about(&advisory.id).about(format!("rust@{version}"));
    }
}

/// Where the toolchain is named, or would be.
fn toolchain_at(facts: &Facts) -> Location {
    let workspace = &facts.workspace;
    let channel = workspace.toolchain.as_ref().and_then(|file| file.channel.as_ref());
    channel.map_or_else(|| workspace.manifest.source.whole(), |channel| channel.at.clone())
}

/// The first release of cargo that waits before it takes new releases of components.
const WAITS: semver::Version = semver::Version::new(1, 100, 0);

fn cooldown_unsupported(facts: &Facts, found: &mut Findings<'_>) {
    let waits = |entry: &&ConfigEntry| {
        let last = entry.segments.last().map(String::as_str);
        matches!(last, Some("global-min-publish-age" | "min-publish-age"))
    };
    let Some(version) = facts.advisories.toolchain.as_ref().filter(|version| **version < WAITS) else {
        return;
    };
    for entry in facts.workspace.cargo_config.iter().filter(waits) {
        let message = format!("`{}` is without effect: the toolchain {version} does not know it", entry.key);
        found.add(&entry.value.at(), message).about(&entry.key).with(&toolchain_at(facts), "pinned here");
    }
}

fn overflow_checks_off(facts: &Facts, found: &mut Findings<'_>) {
    let workspace = &facts.workspace;
    let Some(product) = workspace.chosen().find(|member| member.target(TargetKind::Binary).is_some()) else {
        return;
    };
    if flags_check(workspace) {
        return;
    }
    let release = workspace.profiles.iter().find(|profile| profile.name.value == "release");
    let (checked, at) = match (configured(workspace), release) {
        (Some(entry), _) => (entry.value.as_bool() == Some(true), entry.value.at()),
        (None, Some(release)) => match release.value.get(&["overflow-checks"]) {
            Some(value) => (value.as_bool() == Some(true), value.at()),
            None => (false, release.name.at.clone()),
        },
        (None, None) => (false, workspace.manifest.source.whole()),
    };
    if !checked {
        let message = format!("the release build of `{}` wraps around on integer overflow", product.name);
        found.add(&at, message).about("profile.release");
    }
    for profile in &workspace.profiles {
        switched_off(profile, found);
    }
}

/// Places that switch the checks off again: other profiles, and single packages within one.
fn switched_off(profile: &Profile, found: &mut Findings<'_>) {
    let name = &profile.name.value;
    let off = |value: &Value| {
        value.get(&["overflow-checks"]).filter(|value| value.as_bool() == Some(false)).map(Value::at)
    };
    if name != "release"
        && let Some(at) = off(&profile.value)
    {
        let message = format!("the profile `{name}` lets integer overflow pass");
        found.add(&at, message).about(format!("profile.{name}"));
    }
    for package in profile.value.get(&["package"]).map(Value::entries).unwrap_or_default() {
        if let Some(at) = off(&package.value) {
            let message = format!("the profile `{name}` lets integer overflow pass in `{}`", package.key);
            found.add(&at, message).about(format!("profile.{name}.package.{}", package.key));
        }
    }
}

/// `profile.release.overflow-checks` of the cargo configuration, which is stronger than the manifest.
fn configured(workspace: &Workspace) -> Option<&ConfigEntry> {
    let key = "profile.release.overflow-checks";
    workspace.cargo_config.iter().find(|entry| entry.in_workspace && !entry.nested && entry.key == key)
}

/// True when compiler flags for every build switch the checks on.
fn flags_check(workspace: &Workspace) -> bool {
    let on = |word: &str| {
        let value = word.trim_start_matches("-C").strip_prefix("overflow-checks");
        value.is_some_and(|value| matches!(value, "" | "=yes" | "=on" | "=y" | "=true"))
    };
    workspace
        .cargo_config
        .iter()
        .filter(|entry| entry.in_workspace && !entry.nested && entry.key == "build.rustflags")
        .any(|entry| {
            let text = entry.value.as_str().unwrap_or_default();
            text.split_whitespace().chain(entry.value.items().iter().filter_map(Value::as_str)).any(on)
        })
}

/// Subcommands that decide whether code is fit: an alias of that name stands in for them.
const GATES: &[&str] = &["health-sec", "audit", "deny", "vet", "crev", "geiger", "semver-checks"];

/// Variables that put another program, or foreign code, in the place of the compiler.
const LOADERS: &[&str] = &[
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTDOC",
    "LD_PRELOAD",
    "LD_AUDIT",
    "DYLD_INSERT_LIBRARIES",
];

fn cargo_config_runs_program(facts: &Facts, found: &mut Findings<'_>) {
    for entry in facts.workspace.cargo_config.iter().filter(|entry| entry.in_workspace) {
        let segments: Vec<&str> = entry.segments.iter().map(String::as_str).collect();
        let value = words(&entry.value);
        let message = match segments[..] {
            ["build", "rustc" | "rustc-wrapper" | "rustc-workspace-wrapper" | "rustdoc"] => {
                format!("every build runs `{value}` in place of the compiler")
            }
            ["registry", "global-credential-providers"] if !entry.value.items().iter().all(built_in) => {
                format!("cargo runs one of `{value}` to ask for passwords")
            }
            ["registry", "credential-provider"]
            | ["registries", _, "credential-provider"]
            | ["credential-alias", _]
                if !built_in(entry.value.items().first().unwrap_or(&entry.value)) =>
            {
                format!("cargo runs `{value}` to ask for passwords")
            }
            ["env", name] | ["env", name, "value"] if LOADERS.contains(&name) => {
                format!("every build runs with {name} set to `{value}`")
            }
            ["alias", name] if GATES.contains(&name) => {
                format!("`cargo {name}` runs `cargo {value}` instead")
            }
            _ => continue,
        };
        // An empty name switches a program off.
        if !value.is_empty() {
            found.add(&entry.value.at(), message).about(&entry.key);
        }
    }
}

/// True for a credential provider that is part of cargo and starts nothing of the workspace's.
fn built_in(provider: &Value) -> bool {
    let name = provider.as_str().unwrap_or_default();
    name.starts_with("cargo:") && !name.starts_with("cargo:token-from-stdout")
}

/// A string, or an array of strings with spaces between them.
fn words(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.items().iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_move_are_unpinned() {
        for channel in [
            "stable",
            "beta",
            "nightly",
            "1.95",
            "stable-x86_64-unknown-linux-gnu",
            "nightly-aarch64-apple-darwin",
        ] {
            assert!(moves(channel), "{channel}");
        }
        for channel in [
            "1.95.0",
            "nightly-2026-01-02",
            "beta-2026-01-02",
            "1.95.0-beta.2",
            "ferrocene-25.11",
            "1.95.0-x86_64-pc-windows-msvc",
        ] {
            assert!(!moves(channel), "{channel}");
        }
    }
}
