//! The lint tables that the standard asks for, to be put into the root manifest.

use std::collections::BTreeMap;
use std::io;

use crate::checks::standard::{LintState, lint_state};
use crate::facts::lints::LintLevel;
use crate::facts::lints::known::{default_level, is_group};

use super::Results;

pub(super) fn write(results: &Results<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let facts = &results.report.facts;
    let mut tools: BTreeMap<&str, Vec<(&str, LintLevel, &str)>> = BTreeMap::new();
    let required = results.standard.required_lints();
    for (lint, (level, _)) in &required {
        if matches!(lint_state(facts, lint, *level), LintState::Unknown | LintState::TooNew) {
            continue;
        }
        let (tool, name) = lint.split_once("::").unwrap_or(("rust", lint));
        // What is denied by default is not lowered, alone or as part of a group.
        let default = default_level(lint);
        let level = LintLevel::from(*level).max(default);
        if is_group(lint) && default == level {
            continue;
        }
        tools.entry(tool).or_default().push((name, level, lint));
    }
    // A workspace of one package has its own table, any other one that its members inherit.
    let table = if facts.workspace.manifest.value.get(&["workspace"]).is_some() {
        "workspace.lints"
    } else {
        "lints"
    };
    writeln!(
        out,
        "# What the coding standard {} asks for, version {}.",
        results.standard.id, results.standard.version
    )?;
    for (tool, lints) in tools.iter().rev() {
        writeln!(out, "[{table}.{tool}]")?;
        for (name, level, lint) in lints {
            if is_group(lint) {
                writeln!(out, "{name} = {{ level = \"{level}\", priority = -1 }}")?;
            } else {
                writeln!(out, "{name} = \"{level}\"")?;
            }
        }
    }
    Ok(())
}
