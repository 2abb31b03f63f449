//! Programs that the cargo configuration puts into every build.

use crate::document::Value;
use crate::facts::Facts;
use crate::finding::Findings;

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

pub(super) fn cargo_config_runs_program(facts: &Facts, found: &mut Findings<'_>) {
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
