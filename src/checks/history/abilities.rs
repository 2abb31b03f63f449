//! What an updated component is able to do and was not.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::facts::components::Ships;
use crate::facts::inventory::{Capability, Seen, UnsafeCounts};
use crate::finding::Findings;

use super::{Pair, baseline, pairs};

/// What opens a way in or out of a device. The rest of the capabilities is in the register of components.
const OPENING: [Capability; 3] = [Capability::Net, Capability::Process, Capability::Dlopen];

pub(super) fn capability_gained(facts: &Facts, found: &mut Findings<'_>) {
    let Some(baseline) = baseline(facts, found) else { return };
    for pair in pairs(facts, baseline) {
        let Some((then, now)) = pair.seen else { continue };
        let mut gained: Vec<(&str, BTreeSet<Capability>)> = Vec::new();
        if pair.now.ships >= Ships::Unknown {
            gained.push(("", &now.library.capabilities - &then.library.capabilities));
        }
        if let (Some(then), Some(now)) = (&then.build_script, &now.build_script) {
            gained.push((" while the product is built", &now.capabilities - &then.capabilities));
        }
        for (when, gained) in gained {
            let words: Vec<&str> = gained
                .into_iter()
                .filter(|capability| OPENING.contains(capability) && !is_decided(facts, &pair, *capability))
                .map(Capability::words)
                .collect();
            if !words.is_empty() {
                let message =
                    format!("{} is able to {}{when}, and was not", pair.step(), words.join(" and to "));
                found
                    .add(&pair.now.at, message)
                    .help(format!(
                        "read what the update does with it; if the product may have it, list it in `capabilities` of \
                         [component.{}]",
                        pair.now.name
                    ))
                    .about(pair.now.id());
            }
        }
    }
}

/// True where the policy grants a component what it is able to do, in an entry of its own.
fn is_decided(facts: &Facts, pair: &Pair<'_>, capability: Capability) -> bool {
    let entry = facts.policy.component(&pair.now.name);
    let granted = entry.and_then(|entry| entry.capabilities.as_ref());
    granted.is_some_and(|granted| granted.value.iter().any(|word| word.value == capability.word()))
}

pub(super) fn unsafe_grown(facts: &Facts, found: &mut Findings<'_>) {
    let Some(baseline) = baseline(facts, found) else { return };
    for pair in pairs(facts, baseline).filter(|pair| pair.now.ships >= Ships::Unknown) {
        let Some((then, now)) = pair.seen else { continue };
        let (then, now) = (&then.library.unsafe_tokens, &now.library.unsafe_tokens);
        let limit = facts.policy.component(&pair.now.name).and_then(|entry| entry.unsafe_limit.as_ref());
        let within = limit.is_some_and(|limit| i64::from(now.total()) <= limit.value);
        if now.total() <= then.total() || within {
            continue;
        }
        let message = format!(
            "{} has {} places with unsafe code, {} more than before ({})",
            pair.step(),
            now.total(),
            now.total() - then.total(),
            by_kind(then, now)
        );
        found.add(&pair.now.at, message).about(pair.now.id());
    }
}

/// The kinds of unsafe code that there is more or less of.
fn by_kind(then: &UnsafeCounts, now: &UnsafeCounts) -> String {
    let kinds = [
        ("blocks", then.blocks, now.blocks),
        ("functions", then.functions, now.functions),
        ("impls", then.impls, now.impls),
        ("traits", then.traits, now.traits),
        (
            "extern blocks",
            then.extern_blocks + then.plain_extern_blocks,
            now.extern_blocks + now.plain_extern_blocks,
        ),
        ("attributes", then.attributes, now.attributes),
        ("others", then.other, now.other),
    ];
    let changed = kinds.into_iter().filter(|(_, then, now)| then != now);
    changed.map(|(kind, then, now)| format!("{kind} {then} -> {now}")).collect::<Vec<_>>().join(", ")
}

pub(super) fn build_code_gained(facts: &Facts, found: &mut Findings<'_>) {
    let Some(baseline) = baseline(facts, found) else { return };
    for pair in pairs(facts, baseline) {
        let Some((then, now)) = pair.seen else { continue };
        let what = match (&then.build_script, &now.build_script, then.proc_macro, now.proc_macro) {
            (None, Some(_), ..) => "has a build script",
            (_, _, false, true) => "is a procedural macro",
            _ => continue,
        };
        if !is_listed(facts, &pair, now) {
            let message =
                format!("{} {what}, and had no code that runs while the product is built", pair.step());
            found.add(&pair.now.at, message).about(pair.now.id()).help(listing(&pair, now));
        }
    }
}

pub(super) fn build_code_changed(facts: &Facts, found: &mut Findings<'_>) {
    let Some(baseline) = baseline(facts, found) else { return };
    for pair in pairs(facts, baseline) {
        let Some((then, now)) = pair.seen else { continue };
        let both = then.build_code.as_ref().zip(now.build_code.as_ref());
        if both.is_some_and(|(then, now)| then != now) && !is_listed(facts, &pair, now) {
            let what = if now.build_script.is_some() { "build script" } else { "procedural macro" };
            let message = format!("{}: the code of its {what} has changed", pair.step());
            found.add(&pair.now.at, message).about(pair.now.id()).help(listing(&pair, now));
        }
    }
}

/// True where the policy lists the very code that runs at build time.
fn is_listed(facts: &Facts, pair: &Pair<'_>, seen: &Seen) -> bool {
    let bare = |digest: &str| digest.trim_start_matches("sha256:").to_ascii_lowercase();
    let digest = seen.build_code.as_deref().map(bare);
    let entry = facts.policy.component(&pair.now.name);
    let mut listed = entry.into_iter().flat_map(|entry| &entry.build_code);
    digest.is_some_and(|digest| listed.any(|listed| bare(&listed.value) == digest))
}

/// How code that runs at build time is listed.
fn listing(pair: &Pair<'_>, seen: &Seen) -> String {
    let digest = seen.build_code.as_deref().unwrap_or("its hash");
    format!("read what it does, then list it: `build_code = \"{digest}\"` in [component.{}]", pair.now.name)
}
