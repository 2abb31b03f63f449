//! Where the compiler's guarantees are switched off.

use crate::facts::Facts;
use crate::facts::code::{Call, Callee, Item, ItemKind, UnsafeKind, UnsafeSite};
use crate::finding::Findings;
use crate::policy::covers;

use super::{called, shipped, ships};

/// What a site declares, a function, trait or static: the next name in the file.
pub(super) fn declared<'f>(facts: &'f Facts, site: &UnsafeSite) -> Option<&'f Item> {
    let wanted = match site.kind {
        UnsafeKind::Trait => ItemKind::Trait,
        UnsafeKind::StaticMut => ItemKind::StaticMut,
        _ => ItemKind::Function,
    };
    let place = &site.site.at;
    // Items are sorted by place.
    let first = facts.code.items.partition_point(|item| item.site.at < *place);
    let item = facts.code.items.get(first..)?.iter().find(|item| item.kind == wanted)?;
    (item.site.at.path() == place.path()).then_some(item)
}

pub(super) fn unsafe_outside_allow_list(facts: &Facts, found: &mut Findings<'_>) {
    let sites = || facts.code.unsafe_sites.iter().filter(|site| ships(&site.site));
    let allowed = match (&facts.policy.unsafe_allowed, &facts.policy.at) {
        (Some(allowed), _) => allowed.as_slice(),
        (None, None) => &[],
        // One question to the manufacturer, not a finding a place.
        (None, Some(policy)) => {
            if let Some(first) = sites().next() {
                let message = format!(
                    "the policy does not say where unsafe code is allowed, and {} places use it",
                    sites().count()
                );
                found.add(policy, message).with(&first.site.at, "the first of them");
            }
            return;
        }
    };
    for site in sites() {
        let what = match site.kind {
            UnsafeKind::Block => "an unsafe block",
            UnsafeKind::Function => "an unsafe function",
            UnsafeKind::Impl => "an unsafe impl",
            UnsafeKind::Trait => "an unsafe trait",
            UnsafeKind::ExternBlock => "an extern block",
            UnsafeKind::Attribute => "an unsafe attribute",
            UnsafeKind::MacroBody => "unsafe code in a macro",
            UnsafeKind::Token => "unsafe code",
            UnsafeKind::Asm if site.site.at.snippet().starts_with("global_asm") => "global assembly",
            // What stands in an unsafe block of its own, or has a rule of its own.
            UnsafeKind::Asm | UnsafeKind::StaticMut | UnsafeKind::Union => continue,
        };
        let places = enclosing(&site.site.within);
        if allowed.iter().any(|entry| covers(&entry.place.value, site.site.at.path(), &places)) {
            continue;
        }
        found
            .add(&site.site.at, format!("{what} stands outside the places where unsafe code is allowed"))
            .about(&site.site.within);
    }
}

/// A path and everything above it: `a::b::c`, `a::b`, `a`.
fn enclosing(path: &str) -> Vec<String> {
    let ends = path.match_indices("::").map(|(at, _)| at);
    ends.chain([path.len()]).map(|end| path[..end].to_owned()).collect()
}

pub(super) fn static_mut(facts: &Facts, found: &mut Findings<'_>) {
    // Foreign statics are no sites: they say what the C side has.
    let sites = facts.code.unsafe_sites.iter().filter(|site| site.kind == UnsafeKind::StaticMut);
    for item in sites.filter(|site| ships(&site.site)).filter_map(|site| declared(facts, site)) {
        let name = item.path.rsplit("::").next().unwrap_or(&item.path);
        found
            .add(&item.site.at, format!("`static mut {name}` can be changed by any thread at any time"))
            .about(&item.path);
    }
}

pub(super) fn unsafe_hidden_in_macro(facts: &Facts, found: &mut Findings<'_>) {
    for site in facts.code.unsafe_sites.iter().filter(|site| ships(&site.site) && !site.pastes.is_empty()) {
        let name = macro_around(facts, site).unwrap_or_default();
        if name.contains("unsafe") {
            continue;
        }
        let variables: Vec<String> = site.pastes.iter().map(|name| format!("`${name}`")).collect();
        found
            .add(
                &site.site.at,
                format!(
                    "the macro `{name}` puts what its caller writes for {} into unsafe code",
                    variables.join(", ")
                ),
            )
            .about(&site.site.within);
    }
}

/// The name of the `macro_rules!` that a site stands in: the last one declared before it.
fn macro_around<'f>(facts: &'f Facts, site: &UnsafeSite) -> Option<&'f str> {
    let place = &site.site.at;
    let behind = facts.code.items.partition_point(|item| item.site.at < *place);
    let item = facts.code.items.get(..behind)?.iter().rev().find(|item| item.kind == ItemKind::Macro)?;
    (item.site.at.path() == place.path()).then(|| item.path.rsplit("::").next().unwrap_or(&item.path))
}

pub(super) fn uninitialised_memory(facts: &Facts, found: &mut Findings<'_>) {
    for call in shipped(facts) {
        let Some(message) = uninitialised(call) else { continue };
        found.add(&call.name_place(), message).about(&call.site.within);
    }
}

fn uninitialised(call: &Call) -> Option<&'static str> {
    let text = call.site.at.snippet();
    match &call.callee {
        Callee::Path(_) => match called(call)? {
            "std::mem::uninitialized" => {
                Some("`mem::uninitialized` makes a value out of whatever the memory held")
            }
            "std::mem::zeroed" if never_zero(text) => {
                Some("`mem::zeroed` makes a value of a type for which zero is not valid")
            }
            _ => None,
        },
        Callee::Method { name, receiver, .. } if name == "assume_init" => {
            let uninit =
                receiver.as_ref().is_some_and(|name| name.is_any(&["std::mem::MaybeUninit::uninit"]));
            // Through a `let`, something may have been written in between.
            let at_once =
                text.split(".assume_init").next().is_some_and(|start| start.trim_end().ends_with("uninit()"));
            (uninit && at_once && !of_maybe_uninit(call))
                .then_some("`assume_init` right after `uninit` makes a value out of whatever the memory held")
        }
        Callee::Method { name, .. } if name == "set_len" => fresh_vector(call)
            .then_some("`set_len` right after the allocation makes values out of whatever the memory held"),
        _ => None,
    }
}

/// True for the turbofish of a type for which all zeros is not a value.
fn never_zero(text: &str) -> bool {
    const NEVER_ZERO: &[&str] = &[
        "&",
        "fn(",
        "extern ",
        "Box<",
        "NonNull<",
        "Vec<",
        "String>",
        "Rc<",
        "Arc<",
        "NonZero",
        "std::num::NonZero",
    ];
    text.split_once("::<")
        .is_some_and(|(_, ty)| NEVER_ZERO.iter().any(|start| ty.trim_start().starts_with(start)))
}

/// An array of `MaybeUninit` needs no initialisation: the standard library's own idiom.
fn of_maybe_uninit(call: &Call) -> bool {
    let place = &call.site.at;
    let statement = before(call);
    let from = statement.rfind("let ").or_else(|| statement.rfind("->")).unwrap_or(statement.len());
    statement[from..].contains("MaybeUninit<") || place.snippet().matches("MaybeUninit").count() > 1
}

/// True when `v.set_len(..)` follows `let mut v = Vec::with_capacity(..);` with nothing in between.
fn fresh_vector(call: &Call) -> bool {
    let Some((name, _)) = call.site.at.snippet().split_once(".set_len") else { return false };
    let code: String = before(call)
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ");
    let code = code.trim_end().trim_end_matches('{').trim_end().trim_end_matches("unsafe").trim_end();
    let Some(code) = code.strip_suffix(';') else { return false };
    let statement = code.rsplit([';', '{', '}']).next().unwrap_or_default().trim();
    let (Some(declared), Some((_, value))) = (statement.strip_prefix("let mut "), statement.split_once('='))
    else {
        return false;
    };
    let same = declared.strip_prefix(name.trim()).is_some_and(|rest| rest.starts_with([' ', ':', '=']));
    same && value.contains("with_capacity(") && !statement.contains("MaybeUninit")
}

/// What stands before a call, as far as a statement may reach.
pub(super) fn before(call: &Call) -> &str {
    const REACH: usize = 400;
    let place = &call.site.at;
    let end = place.bytes().start;
    let start = place.source().at(end.saturating_sub(REACH)..end).bytes().start;
    &place.source().text()[start..end]
}
