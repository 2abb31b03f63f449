//! Checks on where cargo takes components from, and whether they are what was locked.

use std::path::Path;

use crate::facts::Facts;
use crate::facts::components::Component;
use crate::facts::integrity::{Against, Verified};
use crate::facts::workspace::ConfigEntry;
use crate::finding::Findings;
use crate::source::{Location, relative};

/// How many files a message lists.
const FILES: usize = 3;

pub(super) fn sources_changed(facts: &Facts, found: &mut Findings<'_>) {
    for (index, verified) in &facts.integrity.of {
        let Some(component) = facts.components.all.get(*index) else { continue };
        let name = component.id();
        if verified.archive == Some(false) {
            let message = format!("the archive of `{name}` that cargo keeps is not the one that was locked");
            found
                .add(&component.at, message)
                .help(
                    "delete it and what was unpacked from it, and run `cargo fetch`; find out who changed it",
                )
                .about(&name);
        }
        if let Some(message) = changed(facts, component, verified) {
            found.add(&component.at, message).about(&name);
        }
    }
}

fn changed(facts: &Facts, component: &Component, verified: &Verified) -> Option<String> {
    let differences = verified.changed.as_ref().filter(|differences| !differences.is_empty())?;
    let mut files: Vec<String> = differences.iter().take(FILES).map(ToString::to_string).collect();
    if differences.len() > FILES {
        files.push(format!("and {} more", differences.len() - FILES));
    }
    let folder = component.folder.as_deref().filter(|folder| folder.starts_with(&facts.workspace.root));
    let place = match folder {
        Some(folder) => format!(" in {}", relative(&facts.workspace.root, folder)),
        None => String::new(),
    };
    let expected = match verified.against {
        Some(Against::List) => "what their own list of checksums says",
        _ => "those of the archive that was locked",
    };
    Some(format!("the sources of `{}`{place} are not {expected}: {}", component.id(), files.join(", ")))
}

pub(super) fn source_replaced(facts: &Facts, found: &mut Findings<'_>) {
    let mut known: Vec<&str> = Vec::new();
    for entry in &facts.workspace.cargo_config {
        // Of two entries with one key the first is the stronger one.
        if !entry.nested && known.contains(&entry.key.as_str()) {
            continue;
        }
        known.push(&entry.key);
        let segments: Vec<&str> = entry.segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["source", name, "replace-with"] => {
                let Some(target) = entry.value.as_str() else { continue };
                if let Some(by) = replacement(facts, target) {
                    tell(found, entry, &entry.value.at(), name, &by);
                }
            }
            ["source", name @ "crates-io", "registry" | "git" | "directory" | "local-registry"] => {
                if let Some(by) = origin(facts, entry) {
                    tell(found, entry, &entry.value.at(), name, &by);
                }
            }
            ["paths"] => {
                for item in entry.value.items() {
                    let path = item.as_str().unwrap_or_default();
                    let message = format!("whatever component the folder {path} names is replaced by it");
                    found
                        .add(&item.at(), message)
                        .help("use [patch] in the root manifest, where everybody sees it")
                        .about("paths");
                }
            }
            _ => {}
        }
    }
}

fn tell(found: &mut Findings<'_>, entry: &ConfigEntry, at: &Location, name: &str, by: &str) {
    let name = if name == "crates-io" { "crates.io" } else { name };
    let finding = found.add(at, format!("{name} is replaced by {by}"));
    if !entry.in_workspace {
        finding.help("this is the user's own cargo configuration: other machines may take other sources");
    }
    finding.about(&entry.key);
}

/// What stands behind the name of a source, unless it may.
fn replacement(facts: &Facts, target: &str) -> Option<String> {
    let mut named = false;
    for entry in &facts.workspace.cargo_config {
        let segments: Vec<&str> = entry.segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["source", name, "registry" | "git" | "directory" | "local-registry"] if *name == target => {
                return origin(facts, entry);
            }
            ["source", name, ..] if *name == target => named = true,
            ["registries", name, "index"] if *name == target => return origin(facts, entry),
            _ => {}
        }
    }
    // A source that is itself replaced is told of where that is written.
    (!named && target != "crates-io").then(|| format!("`{target}`, which no configuration at hand explains"))
}

/// Where a source comes from, unless it may: a registry that the policy lists, a folder of the
/// workspace, whose contents a rule of its own compares with the lock file.
fn origin(facts: &Facts, entry: &ConfigEntry) -> Option<String> {
    let text = entry.value.as_str()?;
    match entry.segments.last().map(String::as_str)? {
        "directory" | "local-registry" => {
            let (root, folder) = (&facts.workspace.root, entry.path(&facts.workspace.root, text));
            let inside = |folder: &Path| folder.starts_with(root);
            if inside(&folder) {
                return None;
            }
            Some(format!("the folder {}, outside of the workspace", relative(root, &folder)))
        }
        "git" => Some(format!("the repository {text}")),
        _ if is_crates_io(text) || listed(facts, text) => None,
        _ => Some(format!("the registry {text}, which the policy does not list")),
    }
}

fn is_crates_io(url: &str) -> bool {
    matches!(bare(url), "https://github.com/rust-lang/crates.io-index" | "https://index.crates.io")
}

/// True for a registry that the policy lists.
pub(super) fn listed(facts: &Facts, url: &str) -> bool {
    facts.policy.supply.registries.iter().any(|registry| bare(&registry.value) == bare(url))
}

/// An address without the protocol of its index, and without a slash at its end.
fn bare(url: &str) -> &str {
    let url = url.strip_prefix("sparse+").or_else(|| url.strip_prefix("registry+")).unwrap_or(url);
    url.trim_end_matches('/')
}
