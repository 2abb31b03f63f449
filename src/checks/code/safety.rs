//! Safety arguments: what needs one and states none.

use crate::facts::Facts;
use crate::facts::code::{UnsafeKind, UnsafeSite};
use crate::finding::Findings;
use crate::source::Location;

use super::memory::declared;
use super::ships;

/// Unsafe code that has to say why it is sound, and does not.
pub(in crate::checks) struct Unargued<'f> {
    pub(in crate::checks) site: &'f UnsafeSite,
    what: String,
    /// It says something that says nothing.
    empty: bool,
}

/// All of it in code that ships.
pub(in crate::checks) fn unargued(facts: &Facts) -> impl Iterator<Item = Unargued<'_>> {
    facts.code.unsafe_sites.iter().filter(|site| ships(&site.site)).filter_map(|site| {
        let what = needs_argument(facts, site)?;
        let empty = match site.argument.as_deref() {
            None if argued_nearby(site) => return None,
            None => false,
            Some(argument) if is_empty(argument) => true,
            Some(_) => return None,
        };
        Some(Unargued { site, what, empty })
    })
}

pub(super) fn undocumented_unsafe(facts: &Facts, found: &mut Findings<'_>) {
    for Unargued { site, what, empty } in unargued(facts) {
        let states = if empty { "an empty safety argument" } else { "no safety argument" };
        let help = match site.kind {
            UnsafeKind::Function | UnsafeKind::Trait => {
                "say under `# Safety` in its documentation what callers must uphold"
            }
            _ => "say in a `// SAFETY:` comment right above why it is sound",
        };
        found.add(&site.site.at, format!("{what} states {states}")).about(&site.site.within).help(help);
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
/// statement before it, above the line before that has the same argument, or at the head of its function.
fn argued_nearby(site: &UnsafeSite) -> bool {
    let declares = matches!(site.kind, UnsafeKind::Function | UnsafeKind::Trait);
    let place = &site.site.at;
    let (text, after) = place.source().text().split_at(place.bytes().start);
    let after = &after[place.bytes().len()..];
    if !declares && (opens_with_reason(after) || argued_at_head(text)) {
        return true;
    }
    let traits = if site.kind == UnsafeKind::Impl { implemented(after) } else { Vec::new() };
    let mut above = text.lines().rev();
    if !text.ends_with('\n') {
        above.next();
    }
    let reach = if declares { DOCUMENTATION } else { STATEMENTS };
    for line in above.take(reach) {
        let code = line.trim();
        let comment = code.split_once("//").map(|(_, comment)| comment);
        let is_comment = code.starts_with("//");
        if comment.is_some_and(|comment| {
            argues(&comment.to_lowercase(), declares) || is_comment && speaks_of(comment, &traits)
        }) {
            return true;
        }
        let leaves = line.starts_with('}') || (code.contains("fn ") && code.ends_with('{'));
        if !is_comment && (leaves || (declares && !code.starts_with('#'))) {
            return false;
        }
    }
    false
}

/// The names in the head of an impl before its `for`: the trait, and what it is generic over.
fn implemented(after: &str) -> Vec<&str> {
    let head = after[..after.floor_char_boundary(HEAD)].split([';', '{']).next().unwrap_or_default();
    let named = head.split_once(" for ").map_or("", |(before, _)| before);
    let words = named.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.filter(|word| word.len() > 2 && word.starts_with(char::is_uppercase)).collect()
}

/// True for a sentence, rather than a heading, in which one of these names stands.
fn speaks_of(comment: &str, names: &[&str]) -> bool {
    let words =
        || comment.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    words().count() >= SENTENCE && words().any(|word| names.contains(&word))
}

/// True where the function around opens with a safety argument: it speaks of everything in it.
fn argued_at_head(above: &str) -> bool {
    let mut comments = Vec::new();
    for line in above.lines().rev().take(FUNCTION) {
        let code = line.trim();
        if let Some(comment) = code.strip_prefix("//") {
            comments.push(comment.trim_start_matches(['/', '!', '#', ' ']));
            continue;
        }
        let head = code.contains("fn ");
        if code.ends_with('{') && (head || code.starts_with(')')) && opens_with_safety(&comments) {
            return true;
        }
        if head || line.starts_with('}') {
            return false;
        }
        comments.clear();
    }
    false
}

/// True for comments, the last one first, under the word "safety" with something to say.
fn opens_with_safety(comments: &[&str]) -> bool {
    let marked = |line: &&str| line.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("safety"));
    let said = comments.iter().rposition(marked).map(|at| comments[..=at].iter().rev());
    said.is_some_and(|lines| {
        let text: Vec<&str> = lines.copied().collect();
        !is_empty(text.join(" ")[6..].trim_start_matches([':', ' ']))
    })
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

/// How many lines of documentation are looked through, how many above a block, and how many up to the head of
/// its function.
const DOCUMENTATION: usize = 60;
const STATEMENTS: usize = 4;
const FUNCTION: usize = 80;
/// How many bytes of the head of an impl are looked at.
const HEAD: usize = 400;
/// How many words make more than a heading.
const SENTENCE: usize = 6;

/// True for words that give a reason, or tell callers what they owe.
fn argues(comment: &str, declares: bool) -> bool {
    let words: &[&str] = if declares {
        &["safety", "unsafe", "undefined behavior", "undefined behaviour", "caller"]
    } else {
        &[
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
    let marked = |(_, said): (&str, &str)| said.trim().is_empty() || !is_empty(said);
    if !declares && doubts(comment) {
        return false;
    }
    words.iter().any(|word| comment.contains(word))
        || !declares
            && (comment.trim_start().starts_with("safe ")
                || comment.split_once("safety:").is_some_and(marked))
}

/// True for a comment that asks, or says that nobody knows.
fn doubts(comment: &str) -> bool {
    const WORDS: &[&str] = &[
        "not safe",
        "n't safe",
        "not sure",
        "n't sure",
        "unsure",
        "n't think",
        "unclear",
        "hopefully",
        "todo",
        "fixme",
        "xxx",
    ];
    comment.trim_end().ends_with('?') || WORDS.iter().any(|word| comment.contains(word))
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
