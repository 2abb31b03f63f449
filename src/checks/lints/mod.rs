//! Checks on lints: what the manufacturer's own coding standard says, and where it does not hold.
//!
//! A lint level is a decision written down. These checks compare such decisions with each other;
//! only where nobody decided anything do they look at a short list of lints that guard a device.
//!
//! - `forbid`: unsafe code that is not used and not forbidden
//! - `arguments`: unsafe code that says nothing for itself, where nobody asks

mod arguments;
mod forbid;

use std::cmp::Reverse;

use crate::facts::Facts;
use crate::facts::code::{LintAttribute, Scope};
use crate::facts::lints::known::{default_level, is_group, speaks_of};
use crate::facts::lints::{Level, LintLevel, MemberLints, last_word};
use crate::facts::workspace::{Member, TargetKind};
use crate::finding::{Edit, Findings, New};

use super::rules;

use arguments::safety_argument_unasked;
use forbid::{forbid_breaks_nothing, unsafe_not_forbidden};

rules!["lints":
    member_escapes_lints, lint_overridden_by_group, lint_lowered_by_flags, lint_lowered_in_source,
    allow_without_reason, allow_unchecked, unsafe_not_forbidden, safety_argument_unasked, clippy_ban_lost,
];

/// Lints that guard against what harms a device, and what that is. Style is nobody's concern here.
const GUARDS: &[(&str, &str)] = &[
    ("arithmetic_overflow", "wrapped numbers"),
    ("dangerous_implicit_autorefs", "aliasing"),
    ("dangling_pointers_from_temporaries", "use after free"),
    ("deref_nullptr", "null pointers"),
    ("future_incompatible", "code that compiles by mistake"),
    ("improper_ctypes", "mismatched foreign types"),
    ("improper_ctypes_definitions", "mismatched foreign types"),
    ("invalid_reference_casting", "aliasing"),
    ("invalid_value", "uninitialised memory"),
    ("let_underscore_lock", "locks that do not lock"),
    ("mutable_transmutes", "aliasing"),
    ("static_mut_refs", "data races"),
    ("text_direction_codepoint_in_comment", "text that reads otherwise than it runs"),
    ("text_direction_codepoint_in_literal", "text that reads otherwise than it runs"),
    ("unconditional_panic", "certain panics"),
    ("unconditional_recursion", "exhausted stacks"),
    ("unsafe_code", "unsafe code"),
    ("unsafe_op_in_unsafe_fn", "unsafe operations that nobody sees"),
    ("unused_must_use", "ignored failures"),
    ("warnings", "everything that warns"),
    ("clippy::all", "everything that Clippy warns of"),
    ("clippy::arc_with_non_send_sync", "data races"),
    ("clippy::await_holding_lock", "deadlocks"),
    ("clippy::await_holding_refcell_ref", "panics between tasks"),
    ("clippy::cast_ptr_alignment", "misaligned memory access"),
    ("clippy::cast_slice_different_sizes", "access out of bounds"),
    ("clippy::correctness", "code that is wrong"),
    ("clippy::disallowed_macros", "what this project has banned"),
    ("clippy::disallowed_methods", "what this project has banned"),
    ("clippy::disallowed_types", "what this project has banned"),
    ("clippy::eager_transmute", "invalid values"),
    ("clippy::if_let_mutex", "deadlocks"),
    ("clippy::infinite_iter", "endless loops"),
    ("clippy::join_absolute_paths", "paths that leave their folder"),
    ("clippy::let_underscore_future", "work that is never done"),
    ("clippy::let_underscore_lock", "locks that do not lock"),
    ("clippy::mem_replace_with_uninit", "uninitialised memory"),
    ("clippy::missing_safety_doc", "unsafe functions without conditions"),
    ("clippy::mut_from_ref", "aliasing"),
    ("clippy::non_send_fields_in_send_ty", "data races"),
    ("clippy::not_unsafe_ptr_arg_deref", "safe functions that follow raw pointers"),
    ("clippy::out_of_bounds_indexing", "access out of bounds"),
    ("clippy::permissions_set_readonly_false", "files that everybody may write"),
    ("clippy::size_of_in_element_count", "access out of bounds"),
    ("clippy::suspicious", "code that is probably wrong"),
    ("clippy::suspicious_open_options", "files that keep what they held"),
    ("clippy::transmuting_null", "null pointers"),
    ("clippy::undocumented_unsafe_blocks", "unsafe code without a safety argument"),
    ("clippy::uninit_assumed_init", "uninitialised memory"),
    ("clippy::uninit_vec", "uninitialised memory"),
    ("clippy::unsound_collection_transmute", "invalid values"),
    ("clippy::unused_io_amount", "data that is lost"),
    ("clippy::wrong_transmute", "invalid values"),
    ("clippy::zombie_processes", "exhausted process tables"),
];

fn guards(lint: &str) -> Option<&'static str> {
    GUARDS.iter().find(|(name, _)| *name == lint).map(|(_, harm)| *harm)
}

fn member_escapes_lints(facts: &Facts, found: &mut Findings<'_>) {
    let Some(table) = &facts.lints.workspace_table else { return };
    for (member, lints) in chosen(facts).filter(|(_, lints)| !lints.inherits) {
        let weaker = weaker_than_workspace(facts, lints);
        let Some((lint, here, wanted)) = weaker.first() else { continue };
        let more = and_more(weaker.len());
        let message = format!(
            "`{}` escapes `[workspace.lints]`: `{lint}` is {here} here and {wanted} there{more}",
            member.name
        );
        let manifest = member.manifest.source.path();
        let help = if lints.at == member.name_at {
            format!("add `[lints]` with `workspace = true` to {manifest}")
        } else {
            format!(
                "replace the table by `workspace = true`, or repeat the workspace's entries in {manifest}"
            )
        };
        let finding = found.add(&lints.at, message);
        finding.about(&member.name).help(help).with(table, "what the workspace asks for");
        // A table of its own says something: what becomes of it is for people to decide.
        let fits = weaker.iter().all(|(lint, _, wanted)| {
            !breaks_builds(facts, lint, *wanted)
                || *lint == "unsafe_code" && forbid_breaks_nothing(facts, lints)
        });
        if member.manifest.value.entry("lints").is_none() && fits {
            let edit = Edit::set(&member.manifest.source, &["lints", "workspace"], New::Truth(true));
            finding.mended_by("take over the lints of the workspace", vec![edit]);
        }
    }
}

/// True where a lint that starts to hold at this level could end a build that went well: one of the compiler's own
/// that denies. Those of Clippy are heard by who runs Clippy.
fn breaks_builds(facts: &Facts, lint: &str, level: LintLevel) -> bool {
    let warnings_fail =
        facts.lints.flags.iter().any(|flag| flag.lint == "warnings" && flag.level >= LintLevel::Deny);
    !lint.contains("::") && level >= if warnings_fail { LintLevel::Warn } else { LintLevel::Deny }
}

/// What follows the first of several.
fn and_more(count: usize) -> String {
    if count > 1 { format!(", and {} more", count - 1) } else { String::new() }
}

/// Entries of `[workspace.lints]` that a member does not reach: lint, level here, level wanted.
fn weaker_than_workspace<'a>(facts: &'a Facts, member: &MemberLints) -> Vec<(&'a str, LintLevel, LintLevel)> {
    let wanted = &facts.lints.workspace_levels;
    // One that a group overrides by mistake is wanted all the same.
    let effective = |entry: &&Level| {
        last_word(wanted.iter(), &entry.lint).is_some_and(|word| word.at == entry.at)
            || overriding(wanted, entry).is_some()
    };
    let product = product_units(facts, member);
    let mut weaker: Vec<_> = wanted
        .iter()
        .filter(|entry| entry.level >= LintLevel::Warn)
        .filter(effective)
        .filter_map(|entry| {
            let level = |word: Option<&Level>| word.map_or(default_level(&entry.lint), |word| word.level);
            // A crate can say in its root what its manifest does not.
            let in_roots = product.iter().map(|unit| level(facts.lints.level_in(*unit, &entry.lint))).min();
            let here = in_roots.unwrap_or_else(|| level(member.level_of(&entry.lint)));
            (here < entry.level).then_some((entry.lint.as_str(), here, entry.level))
        })
        .collect();
    weaker.sort_by_key(|(lint, _, wanted)| (Reverse(*wanted), *lint));
    weaker
}

fn lint_overridden_by_group(facts: &Facts, found: &mut Findings<'_>) {
    let own = chosen(facts).filter(|(_, lints)| !lints.inherits).map(|(_, lints)| &lints.manifest);
    for levels in own.chain([&facts.lints.workspace_levels]) {
        for entry in levels.iter().filter(|entry| entry.level >= LintLevel::Warn) {
            if let Some(word) = overriding(levels, entry) {
                let message = format!(
                    "`{}` is set to {}, but `{}` is heard later and makes it {}",
                    entry.lint, entry.level, word.lint, word.level
                );
                let group = word.lint.rsplit("::").next().unwrap_or_default();
                found
                    .add(&entry.at, message)
                    .about(&entry.lint)
                    .help(format!("write `{group} = {{ level = \"{}\", priority = -1 }}`", word.level))
                    .with(&word.at, "the group")
                    .mended_by("let the group be heard first", hear_first(facts, word, entry));
            }
        }
    }
}

/// The group that is heard later than an entry and lowers it.
fn overriding<'a>(levels: &'a [Level], entry: &Level) -> Option<&'a Level> {
    last_word(levels.iter(), &entry.lint).filter(|word| word.level < entry.level && word.lint != entry.lint)
}

/// The edit that gives a group a priority, where it is written as `group = "level"`.
fn hear_first(facts: &Facts, word: &Level, overridden: &Level) -> Vec<Edit> {
    let group = word.lint.rsplit("::").next().unwrap_or_default();
    let written = word.at.snippet();
    let plain = written.split_once('=').is_some_and(|(name, level)| {
        name.trim() == group && level.trim().trim_matches(['"', '\'']) == word.level.to_string()
    });
    let text = format!("{group} = {{ level = \"{}\", priority = -1 }}", word.level);
    let fits = !breaks_builds(facts, &overridden.lint, overridden.level);
    if plain && fits { vec![Edit::Replace { at: word.at.clone(), text }] } else { Vec::new() }
}

fn lint_lowered_by_flags(facts: &Facts, found: &mut Findings<'_>) {
    if let Some(cap) = facts.lints.cap.as_ref().filter(|cap| cap.level < LintLevel::Deny) {
        let message = format!("the cargo configuration caps every lint at {}, `forbid` included", cap.level);
        found.add(&cap.at, message).help("delete `--cap-lints`: cargo sets it for components by itself");
    }
    for flag in facts.lints.flags.iter().filter(|flag| flag.level < LintLevel::Deny) {
        let tables = facts.lints.members.iter().map(|member| member.manifest.as_slice());
        let set =
            tables.chain([facts.lints.workspace_levels.as_slice()]).find_map(|levels| lowered(levels, flag));
        if let Some(set) = set {
            let message = format!(
                "the cargo configuration makes `{}` {}, where {} asks for {}",
                flag.lint,
                flag.level,
                set.at.path(),
                set.level
            );
            found.add(&flag.at, message).about(&flag.lint).with(&set.at, "what the manifest asks for");
        } else if let Some(harm) = guards(&flag.lint).filter(|_| flag.level < LintLevel::Warn) {
            let message =
                format!("the cargo configuration silences `{}`, which guards against {harm}", flag.lint);
            found.add(&flag.at, message).about(&flag.lint);
        }
    }
}

fn lint_lowered_in_source(facts: &Facts, found: &mut Findings<'_>) {
    for (attribute, lints) in unexplained(facts) {
        if let Some(set) = lowered(&lints.manifest, &level_of(attribute)) {
            let what = if set.lint == attribute.lint { "it".to_owned() } else { format!("`{}`", set.lint) };
            let message = format!(
                "`{}` is lowered to {} without a reason; the manifest sets {what} to {}",
                attribute.lint, attribute.level, set.level
            );
            found
                .add(&attribute.site.at, message)
                .about(&attribute.site.within)
                .with(&set.at, "what the manifest asks for");
        }
    }
}

fn allow_without_reason(facts: &Facts, found: &mut Findings<'_>) {
    for (attribute, lints) in unexplained(facts) {
        let Some(harm) = guards(&attribute.lint).filter(|_| attribute.level < LintLevel::Warn) else {
            continue;
        };
        // Where the manifest speaks, the rule about lowered lints does too.
        if lowered(&lints.manifest, &level_of(attribute)).is_none() {
            let message =
                format!("`{}` guards against {harm} and is switched off without a reason", attribute.lint);
            found.add(&attribute.site.at, message).about(&attribute.site.within);
        }
    }
}

fn allow_unchecked(facts: &Facts, found: &mut Findings<'_>) {
    let given = || facts.code.lint_attributes.iter();
    let allowed = given().filter(|attribute| {
        attribute.lint == "unsafe_code" && attribute.level == LintLevel::Allow && attribute.over_unsafe
    });
    let product =
        allowed.filter(|attribute| attribute.site.scope > Scope::Test && attribute.condition.is_none());
    for attribute in product.filter(|attribute| !attribute.site.in_macro) {
        let Some(unit) = facts.code.units.get(attribute.site.unit) else { continue };
        let mut members = chosen(facts).filter(|(_, lints)| lints.member == unit.member);
        if !members.any(|(member, _)| knows_expect(facts, member)) {
            continue;
        }
        let alone = given().filter(|other| other.word == attribute.word).count() == 1;
        let edit = Edit::Replace { at: attribute.word.clone(), text: "expect".to_owned() };
        found
            .add(&attribute.site.at, "unsafe code is allowed here for good, needed or not")
            .about(&attribute.site.within)
            .mended_by("expect it instead", alone.then_some(edit).into_iter().collect());
    }
}

/// True for a member whose oldest compiler knows `#[expect(..)]`, which came with 1.81.
fn knows_expect(facts: &Facts, member: &Member) -> bool {
    let knows = |version: &str| {
        let mut parts = version.split(['.', '-']).map(str::parse::<u32>);
        matches!((parts.next(), parts.next()), (Some(Ok(1)), Some(Ok(minor))) if minor >= 81)
    };
    let pinned = facts.workspace.toolchain.as_ref().and_then(|file| file.channel.as_ref());
    match (&member.rust_version, pinned, &facts.components.toolchain) {
        (Some(promised), ..) => knows(promised),
        _ if member.edition == "2024" => true,
        (_, Some(channel), _) => knows(&channel.value),
        (_, None, Some(here)) => knows(&here.to_string()),
        (_, None, None) => false,
    }
}

fn clippy_ban_lost(facts: &Facts, found: &mut Findings<'_>) {
    let Some(root) = &facts.lints.clippy else { return };
    for (member, lints) in chosen(facts) {
        let Some(own) = lints.clippy.as_ref().filter(|own| own.source.path() != root.source.path()) else {
            continue;
        };
        let lost: Vec<_> = root.banned.iter().filter(|(path, _)| !own.banned.contains_key(*path)).collect();
        let Some((first, table)) = lost.first() else { continue };
        let more = and_more(lost.len());
        let message = format!(
            "this file is all that Clippy reads for `{}`: it does not ban `{first}` ({table}){more}",
            member.name
        );
        found
            .add(&own.source.whole(), message)
            .about(&member.name)
            .help(format!("repeat the lists of {} here, or delete this file", root.source.path()))
            .with(&root.source.whole(), "what the workspace bans");
    }
}

/// Libraries and binaries of a member.
pub(super) fn product_units(facts: &Facts, lints: &MemberLints) -> Vec<usize> {
    let ships = |unit: &usize| {
        let kind = facts.code.units.get(*unit).map(|unit| unit.kind);
        matches!(kind, Some(TargetKind::Library | TargetKind::Binary))
    };
    lints.units.iter().map(|entry| entry.unit).filter(ships).collect()
}

/// The members that are judged, with their lints.
pub(super) fn chosen(facts: &Facts) -> impl Iterator<Item = (&Member, &MemberLints)> {
    let pairs = facts.lints.members.iter();
    pairs
        .filter_map(|lints| Some((facts.workspace.members.get(lints.member)?, lints)))
        .filter(|(member, _)| member.chosen)
}

/// Lint attributes without a reason in what ships or builds it, with the lints of their member.
fn unexplained(facts: &Facts) -> impl Iterator<Item = (&LintAttribute, &MemberLints)> {
    let attributes = facts.code.lint_attributes.iter();
    attributes
        .filter(|attribute| attribute.site.scope > Scope::Test && !attribute.site.in_macro)
        .filter(|attribute| attribute.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()))
        .filter(|attribute| !attribute.in_tests_only())
        .filter_map(|attribute| {
            let unit = facts.code.units.get(attribute.site.unit)?;
            let (member, lints) = chosen(facts).find(|(_, lints)| lints.member == unit.member)?;
            Some((attribute, lints)).filter(|_| member.chosen)
        })
}

fn level_of(attribute: &LintAttribute) -> Level {
    Level { lint: attribute.lint.clone(), level: attribute.level, at: attribute.site.at.clone() }
}

/// The entry of a manifest that a later word contradicts.
///
/// An entry about the lint itself counts, and so does every entry about a lint of the group that is
/// lowered. An entry about a group is only taken at its word where it denies or the lint guards a
/// device: nobody who asks for `pedantic` warnings means each of them as a rule. What is forbidden
/// can't be lowered: the compiler refuses.
fn lowered<'a>(levels: &'a [Level], word: &Level) -> Option<&'a Level> {
    let is_meant = |entry: &&Level| {
        let lint = if is_group(&word.lint) { &entry.lint } else { &word.lint };
        let heard = last_word(levels.iter(), lint).is_some_and(|last| last.at == entry.at);
        let itself =
            speaks_of(&word.lint, &entry.lint) || (word.lint == "warnings" && entry.level == LintLevel::Warn);
        let by_group = speaks_of(&entry.lint, &word.lint)
            && (entry.level >= LintLevel::Deny || guards(&word.lint).is_some());
        heard && (itself || by_group)
    };
    levels
        .iter()
        .filter(|entry| {
            entry.level > word.level && (LintLevel::Warn..LintLevel::Forbid).contains(&entry.level)
        })
        .find(is_meant)
}
