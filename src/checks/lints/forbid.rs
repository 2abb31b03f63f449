//! Unsafe code that is not used and not forbidden, and how it is forbidden where that breaks nothing.

use crate::facts::code::Scope;
use crate::facts::lints::{LintLevel, Lints, MemberLints};
use crate::facts::workspace::Member;
use crate::facts::{Facts, Kind};
use crate::finding::{Edit, Findings, New};

use super::{chosen, product_units};

pub(super) fn unsafe_not_forbidden(facts: &Facts, found: &mut Findings<'_>) {
    // Tests may use unsafe code, but of a member for tests nothing else is asked.
    let for_tests = |lints: &MemberLints| facts.workspace.members[lints.member].for_tests;
    let least = |lints: &MemberLints| if for_tests(lints) { Scope::Test } else { Scope::Build };
    let lacking: Vec<_> = chosen(facts)
        .filter(|(_, lints)| {
            product_units(facts, lints).iter().any(|unit| !denies_unsafe(&facts.lints, *unit))
        })
        .filter(|(_, lints)| !uses_unsafe(facts, lints, least(lints)))
        .collect();
    let inherits = |(_, lints): &(&Member, &MemberLints)| lints.inherits;
    let (inheriting, mut others): (Vec<_>, Vec<_>) = lacking.into_iter().partition(inherits);
    let all = facts.lints.members.iter().filter(|lints| lints.inherits);
    let none_uses_it = all.clone().all(|lints| !uses_unsafe(facts, lints, Scope::Test));
    let edits = forbid_for_all(facts);
    // Who will ask for the workspace's lints must be able to live with them.
    let one_line_does = none_uses_it
        && (!edits.is_empty() || !facts.lints.members.iter().any(|lints| is_silent(facts, lints)));
    match &facts.lints.workspace_table {
        Some(table) if one_line_does && inheriting.len() > 1 && inheriting.len() == all.count() => {
            let message = format!(
                "no member that inherits these lints uses unsafe code, and none of the {} forbids it",
                inheriting.len()
            );
            found
                .add(table, message)
                .help("add `unsafe_code = \"forbid\"` to `[workspace.lints.rust]`")
                .mended_by("forbid unsafe code", edits);
        }
        _ => others.extend(inheriting),
    }
    for (member, lints) in others {
        ask_to_forbid(facts, member, lints, found);
    }
}

fn ask_to_forbid(facts: &Facts, member: &Member, lints: &MemberLints, found: &mut Findings<'_>) {
    let help = if lints.inherits || uses_unsafe(facts, lints, Scope::Test) {
        "write `#![forbid(unsafe_code)]` at the top of the crate root".to_owned()
    } else {
        format!("add `unsafe_code = \"forbid\"` below `[lints.rust]` in {}", member.manifest.source.path())
    };
    let message = format!("`{}` uses no unsafe code and does not forbid it", member.name);
    found
        .add(&lints.at, message)
        .about(&member.name)
        .help(help)
        .mended_by("forbid unsafe code", forbid_in_member(facts, member, lints));
}

/// True for a member whose manifest says nothing of lints.
fn is_silent(facts: &Facts, lints: &MemberLints) -> bool {
    facts.workspace.members[lints.member].manifest.value.entry("lints").is_none()
}

/// The edit that forbids unsafe code in all members that inherit the workspace's lints, or may soon.
fn forbid_for_all(facts: &Facts) -> Vec<Edit> {
    let mut reached = facts.lints.members.iter().filter(|lints| lints.inherits || is_silent(facts, lints));
    if !reached.all(|lints| forbid_breaks_nothing(facts, lints)) {
        return Vec::new();
    }
    let keys = ["workspace", "lints", "rust", "unsafe_code"];
    vec![Edit::set(&facts.workspace.manifest.source, &keys, New::Text("forbid"))]
}

/// The edits that forbid unsafe code in a member: one of its manifest, or one of each crate root, where the
/// manifest speaks for others too or cargo would not take both tables.
fn forbid_in_member(facts: &Facts, member: &Member, lints: &MemberLints) -> Vec<Edit> {
    let own_table = member.manifest.value.entry("lints").is_some() && !lints.inherits;
    let alone = facts.lints.workspace_table.is_none();
    if (own_table || alone) && forbid_breaks_nothing(facts, lints) {
        let keys = ["lints", "rust", "unsafe_code"];
        return vec![Edit::set(&member.manifest.source, &keys, New::Text("forbid"))];
    }
    let product = product_units(facts, lints);
    if !breaks_nothing(facts, lints, &product) {
        return Vec::new();
    }
    let lacking = product.into_iter().filter(|unit| !denies_unsafe(&facts.lints, *unit));
    let attribute = |unit: usize| {
        let root = facts.roots.of(unit)?;
        let (before, behind) = root.around;
        Some(Edit::Replace { at: root.gap.clone(), text: format!("{before}#![forbid(unsafe_code)]{behind}") })
    };
    lacking.map(attribute).collect::<Option<_>>().unwrap_or_default()
}

/// True where a member compiles with unsafe code forbidden in all of its targets.
pub(super) fn forbid_breaks_nothing(facts: &Facts, lints: &MemberLints) -> bool {
    let all: Vec<usize> = lints.units.iter().map(|entry| entry.unit).collect();
    breaks_nothing(facts, lints, &all)
}

/// True where these targets of a member compile with unsafe code forbidden: all of their code was seen, tests
/// included, none of it is unsafe, and nothing gives the lint another level, which the compiler would refuse.
fn breaks_nothing(facts: &Facts, lints: &MemberLints, units: &[usize]) -> bool {
    let code = &facts.code;
    let manifest = facts.workspace.members[lints.member].manifest.source.path();
    let folder = manifest.strip_suffix("Cargo.toml").unwrap_or(manifest);
    let seen = units.iter().all(|unit| code.units.get(*unit).is_some_and(|unit| unit.root.is_some()))
        && code.files.iter().filter(|file| units.contains(&file.unit)).all(|file| file.parsed)
        && !code.blind_spots.iter().any(|site| units.contains(&site.unit))
        && !facts.gaps.iter().any(|gap| gap.kind == Kind::Code && gap.what.starts_with(folder));
    let attributes = code.lint_attributes.iter().filter(|attribute| units.contains(&attribute.site.unit));
    let said = attributes.map(|attribute| &attribute.lint);
    let mut said = said.chain(lints.manifest.iter().chain(&facts.lints.flags).map(|level| &level.lint));
    seen && !code.unsafe_sites.iter().any(|site| units.contains(&site.site.unit))
        && !said.any(|lint| lint == "unsafe_code")
}

fn denies_unsafe(lints: &Lints, unit: usize) -> bool {
    lints.level_in(unit, "unsafe_code").is_some_and(|word| word.level >= LintLevel::Deny)
}

/// True when a member has unsafe code in this scope or a wider one.
fn uses_unsafe(facts: &Facts, lints: &MemberLints, scope: Scope) -> bool {
    let of_member = |unit: usize| facts.code.units.get(unit).is_some_and(|unit| unit.member == lints.member);
    facts.code.unsafe_sites.iter().any(|site| site.site.scope >= scope && of_member(site.site.unit))
}
