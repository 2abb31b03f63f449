//! Safety arguments: whether there is one.

use crate::facts::Facts;
use crate::facts::code::{UnsafeKind, UnsafeSite};
use crate::finding::Findings;
use crate::source::Location;

use super::memory::declared;
use super::ships;

pub(super) fn undocumented_unsafe(facts: &Facts, found: &mut Findings<'_>) {
    for site in facts.code.unsafe_sites.iter().filter(|site| ships(&site.site)) {
        let Some(what) = needs_argument(facts, site) else { continue };
        let message = match site.argument.as_deref() {
            None if argued_nearby(site) => continue,
            None => format!("{what} states no safety argument"),
            Some(argument) if is_empty(argument) => format!("{what} states an empty safety argument"),
            Some(_) => continue,
        };
        let help = match site.kind {
            UnsafeKind::Function | UnsafeKind::Trait => {
                "say under `# Safety` in its documentation what callers must uphold"
            }
            _ => "say in a `// SAFETY:` comment right above why it is sound",
        };
        found.add(&site.site.at, message).about(&site.site.within).help(help);
    }
}

/// What needs a safety argument of its own, in words.
fn needs_argument(facts: &Facts, site: &UnsafeSite) -> Option<String> {
    match site.kind {
        UnsafeKind::Block => Some("this unsafe block".to_owned()),
        UnsafeKind::Impl => Some("this unsafe impl".to_owned()),
        UnsafeKind::Function | UnsafeKind::Trait => {
            let item = declared(facts, site).filter(|item| item.public && !site.trait_method)?;
            // What is visible in the crate only has its callers in view.
            if line_of(&site.site.at).contains("pub(") {
                return None;
            }
            let name = item.path.rsplit("::").next().unwrap_or(&item.path);
            let what = if site.kind == UnsafeKind::Trait { "trait" } else { "function" };
            Some(format!("the public unsafe {what} `{name}`"))
        }
        // Of tokens only blocks and impls are told apart with certainty.
        UnsafeKind::MacroBody | UnsafeKind::Token => {
            let place = &site.site.at;
            let after = place.source().text()[place.bytes().end..].trim_start();
            let what = if after.starts_with('{') {
                "block"
            } else if after.starts_with("impl") {
                "impl"
            } else {
                return None;
            };
            let whose = if site.kind == UnsafeKind::MacroBody { " in a macro" } else { "" };
            Some(format!("this unsafe {what}{whose}"))
        }
        UnsafeKind::ExternBlock
        | UnsafeKind::Attribute
        | UnsafeKind::StaticMut
        | UnsafeKind::Union
        | UnsafeKind::Asm => None,
    }
}

/// True when an argument stands near enough to be meant for the site: free in form above it, one
/// statement before it, or above the line before that has the same argument.
fn argued_nearby(site: &UnsafeSite) -> bool {
    let declares = matches!(site.kind, UnsafeKind::Function | UnsafeKind::Trait);
    let place = &site.site.at;
    let (text, after) = place.source().text().split_at(place.bytes().start);
    if !declares && opens_with_reason(&after[place.bytes().len()..]) {
        return true;
    }
    let mut above = text.lines().rev();
    if !text.ends_with('\n') {
        above.next();
    }
    let reach = if declares { DOCUMENTATION } else { STATEMENTS };
    for line in above.take(reach) {
        let code = line.trim();
        let comment = code.split_once("//").map(|(_, comment)| comment.to_lowercase());
        let is_comment = code.starts_with("//");
        if comment.is_some_and(|comment| argues(&comment, declares)) {
            return true;
        }
        let leaves = line.starts_with('}') || (code.contains("fn ") && code.ends_with('{'));
        if !is_comment && (leaves || (declares && !code.starts_with('#'))) {
            return false;
        }
    }
    false
}

/// True for `{` and a comment that gives a reason, before any code.
fn opens_with_reason(after: &str) -> bool {
    let Some(block) = after.trim_start().strip_prefix('{') else { return false };
    let comments = block.lines().map(str::trim).skip_while(|line| line.is_empty());
    comments
        .map_while(|line| line.strip_prefix("//"))
        .take(STATEMENTS)
        .any(|comment| argues(&comment.to_lowercase(), false))
}

/// How many lines of documentation are looked through, and how many lines above a block.
const DOCUMENTATION: usize = 60;
const STATEMENTS: usize = 4;

/// True for words that give a reason, or tell callers what they owe.
fn argues(comment: &str, declares: bool) -> bool {
    let words: &[&str] = if declares {
        &["safety", "unsafe", "undefined behavior", "undefined behaviour", "caller"]
    } else {
        &[
            "safety:",
            "safe because",
            "safe since",
            "is safe",
            "are safe",
            "'s safe",
            "safe to",
            "safe as",
            "safe:",
            "sound because",
            "is sound",
        ]
    };
    words.iter().any(|word| comment.contains(word))
}

/// The line a place begins in.
fn line_of(at: &Location) -> &str {
    let text = at.source().text();
    let start = text[..at.bytes().start].rfind('\n').map_or(0, |end| end + 1);
    text[start..].lines().next().unwrap_or_default()
}

/// True for a comment that is there only to silence somebody.
pub(super) fn is_empty(argument: &str) -> bool {
    let text = argument.trim().trim_end_matches(['.', '!', '?', ':']).to_lowercase();
    !text.chars().any(char::is_alphanumeric)
        || ["todo", "fixme", "xxx", "tbd"].iter().any(|word| text.starts_with(word))
        || ["safe", "this is safe", "it is safe", "trust me", "none", "n/a", "ok", "unsafe"]
            .contains(&text.as_str())
}
