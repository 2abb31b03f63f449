//! The text of a fresh coding standard.

use std::fmt::Write as _;

use jiff::ToSpan as _;

use crate::facts::Facts;
use crate::facts::code::UnsafeKind;
use crate::policy::FILE_NAME;

use super::STANDARD_NAME;

/// The standard: what comes with the tool is taken over, what a person decides is a proposal behind a `#`.
pub(super) fn text(facts: &Facts) -> String {
    let today = facts.as_of;
    let next = today.saturating_add(1.year());
    let mut text = format!(
        "# The coding standard (5.1.3, 5.5) of this product, for `cargo health-sec`.\n\
         # A line that begins with `#` and no blank is a proposal: take its `#` away and make it true.\n\
         # `cargo health-sec standard` shows each rule, what enforces it, and whether that holds here.\n\
         id      = \"SD-001\"\n\
         title   = \"Coding standard for Rust\"\n\
         version = \"1\"\n\
         date    = {today}\n\
         #owner       = \"the person who keeps it\"\n\
         #approved_by = \"somebody else\"\n\
         #approved_on = {today}\n\
         #next_review = {next}\n\n\
         # Rules that come with the tool: ANSSI's guide at a pinned commit, and lints that guard a device.\n\
         builds_on = [\"anssi\", \"lints\"]\n\n\
         # Another level for a rule of theirs, or a rule of your own: `lints`, `rules` of this tool, or a `review`.\n\
         #[rule.LANG-ARITH]\n#level = \"deny\"\n\
         #[rule.SW-1]\n#says   = \"Alarms are raised before anything else is done.\"\n\
         #review = \"the order of actions in each alarm handler\"\n\n\
         # Reviews by a person, with the document that tells what was found.\n\
         #[[review]]\n#of     = [\"LANG-DROP\", \"LANG-DROP-*\"]\n#record = \"docs/reviews/drop.md\"\n\
         #by     = \"a person\"\n#on     = {today}\n\n\
         # What does not apply, with a reason, and who approved that.\n"
    );
    for (of, reason) in exclusions(facts) {
        let _ = writeln!(
            text,
            "#[[exclude]]\n#of          = {of}\n#reason      = \"{reason}\"\n#approved_by = \"the person who approved it\""
        );
    }
    text
}

/// What the code shows not to be there, as a proposal.
fn exclusions(facts: &Facts) -> Vec<(&'static str, &'static str)> {
    let sites = &facts.code.unsafe_sites;
    let foreign = |kind| matches!(kind, UnsafeKind::ExternBlock | UnsafeKind::Attribute);
    let mut exclusions = Vec::new();
    if !sites.iter().any(|site| foreign(site.kind)) {
        exclusions.push(("\"FFI-*\"", "there are no foreign functions"));
    }
    if sites.is_empty() {
        let of = "[\"LANG-UNSAFE-ENCP\", \"LANG-SYNC-TRAITS\", \"MEM-INTOFROMRAW*\", \"MEM-NORAWPOINTER\"]";
        exclusions.push((of, "there is no unsafe code, and all crates forbid it"));
    }
    exclusions
}

/// What to do with it.
pub(super) fn next(facts: &Facts) -> String {
    let mut next = String::new();
    if facts.policy.standard_file.is_none() {
        let _ =
            writeln!(next, "  name it in {FILE_NAME}:\n\n    [standard]\n    file = \"{STANDARD_NAME}\"\n");
    }
    next + "  cargo health-sec standard                  each rule with its result\n  \
           cargo health-sec standard --format lints   the lint tables that it asks for\n"
}
