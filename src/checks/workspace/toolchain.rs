//! Checks on the compiler: which one it is, and what is asked of it.

use crate::document::Value;
use crate::facts::Facts;
use crate::facts::workspace::{ConfigEntry, TargetKind};
use crate::finding::Findings;
use crate::source::Location;

pub(super) fn toolchain_unpinned(facts: &Facts, found: &mut Findings<'_>) {
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

pub(super) fn toolchain_vulnerable(facts: &Facts, found: &mut Findings<'_>) {
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

pub(super) fn cooldown_unsupported(facts: &Facts, found: &mut Findings<'_>) {
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

pub(super) fn unstable_compiler(facts: &Facts, found: &mut Findings<'_>) {
    let workspace = &facts.workspace;
    let channel = workspace.toolchain.as_ref().and_then(|file| file.channel.as_ref());
    if let Some(channel) = channel.filter(|channel| is_nightly(&channel.value)) {
        let message = format!("`{}` is a compiler that was never released", channel.value);
        found.add(&channel.at, message).about("rust-toolchain.toml");
    }
    for entry in workspace.cargo_config.iter().filter(|entry| entry.in_workspace) {
        let segments: Vec<&str> = entry.segments.iter().map(String::as_str).collect();
        let message = match segments[..] {
            ["env", "RUSTC_BOOTSTRAP"] | ["env", "RUSTC_BOOTSTRAP", "value"] if unlocks(&entry.value) => {
                "RUSTC_BOOTSTRAP makes a stable compiler take unstable features".to_owned()
            }
            ["unstable", ..] => format!("`{}` works in unreleased versions of cargo only", entry.key),
            _ => continue,
        };
        found.add(&entry.value.at(), message).about(&entry.key);
    }
    for flag in workspace.flags().iter().filter(|flag| flag.text.starts_with("-Z")) {
        let message = format!("`{}` works in unreleased compilers only", flag.text);
        found.add(&flag.at, message).about(&flag.text);
    }
    let manifests = workspace.chosen().map(|member| &member.manifest).chain([&workspace.manifest]);
    for feature in
        manifests.filter_map(|manifest| manifest.value.get(&["cargo-features"])).flat_map(Value::items)
    {
        let name = feature.as_str().unwrap_or_default();
        let message = format!("the feature `{name}` of cargo is not released");
        found.add(&feature.at(), message).about(name);
    }
    for root in &facts.roots.all {
        let Some(of) = facts.code.units.get(root.unit) else { continue };
        let ships = matches!(of.kind, TargetKind::Library | TargetKind::Binary | TargetKind::BuildScript);
        let chosen = workspace.members.get(of.member).is_some_and(|member| member.chosen);
        for feature in root.features.iter().filter(|_| ships && chosen) {
            let message = format!("the feature `{}` of the language is not released", feature.value);
            found.add(&feature.at, message).about(&feature.value).about(&of.name);
        }
    }
}

fn is_nightly(channel: &str) -> bool {
    matches!(channel.split('-').next(), Some("nightly" | "dev"))
}

/// Any value but these names crates, or means all of them.
fn unlocks(value: &Value) -> bool {
    !matches!(value.as_str(), Some("" | "0" | "-1"))
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
