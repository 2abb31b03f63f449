//! What a `macro_rules!` pastes into its own unsafe blocks, and what it looks like when it is pasted.

use std::collections::{BTreeMap, HashSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::spans;

/// Fragments that are code of the caller; names, types, paths and literals are data. A single token
/// tree is mostly a name too; many of them are whatever the caller likes.
const CODE: &[&str] = &["expr", "expr_2021", "stmt", "block"];

/// How many variables of a block are told.
const MOST_NAMES: usize = 64;

/// For each `unsafe {` of a macro's arms, by the byte where the keyword starts: the variables in the
/// block that stand for code of the caller.
pub(super) fn pasted(rules: &TokenStream) -> BTreeMap<u32, Vec<String>> {
    let mut found = BTreeMap::new();
    let mut matcher = None;
    for token in rules.clone() {
        let TokenTree::Group(group) = token else { continue };
        match matcher.take() {
            None => matcher = Some(group.stream()),
            Some(matcher) => {
                let mut variables = HashSet::new();
                declared(matcher, false, &mut variables);
                blocks(group.stream(), &variables, &mut Vec::new(), &mut found);
            }
        }
    }
    found
}

/// The templates of a macro's arms as code: a variable is a name, what repeats stands once.
pub(super) fn written_out(rules: &TokenStream) -> Vec<TokenStream> {
    let groups = rules.clone().into_iter().filter_map(|token| match token {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    });
    groups.skip(1).step_by(2).map(once).collect()
}

fn once(template: TokenStream) -> TokenStream {
    let mut written = Vec::new();
    let mut tokens = template.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let mut copy = proc_macro2::Group::new(group.delimiter(), once(group.stream()));
                copy.set_span(group.span());
                written.push(TokenTree::Group(copy));
            }
            dollar if is_dollar(&dollar) => match tokens.next() {
                Some(TokenTree::Group(group)) => {
                    written.extend(once(group.stream()));
                    // A separator, if there is one, and how often it repeats.
                    let repeats = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), '*' | '+' | '?'));
                    if !repeats(tokens.peek()) {
                        tokens.next();
                    }
                    tokens.next_if(|token| repeats(Some(token)));
                }
                Some(other) => written.push(other),
                None => {}
            },
            other => written.push(other),
        }
    }
    written.into_iter().collect()
}

/// The variables of a matcher that stand for code.
fn declared(matcher: TokenStream, repeated: bool, variables: &mut HashSet<String>) {
    let tokens: Vec<TokenTree> = matcher.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            let repeats = at > 0 && is_dollar(&tokens[at - 1]);
            declared(group.stream(), repeated || repeats, variables);
        }
        if let [
            TokenTree::Punct(dollar),
            TokenTree::Ident(name),
            TokenTree::Punct(colon),
            TokenTree::Ident(kind),
            ..,
        ] = &tokens[at..]
            && dollar.as_char() == '$'
            && colon.as_char() == ':'
            && (CODE.contains(&kind.to_string().as_str()) || (repeated && kind == "tt"))
        {
            variables.insert(name.to_string());
        }
    }
}

fn is_dollar(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '$')
}

/// Walks an arm once; `open` are the unsafe blocks around the place, each with what it has pasted so far.
fn blocks(
    template: TokenStream,
    variables: &HashSet<String>,
    open: &mut Vec<(u32, Vec<String>)>,
    found: &mut BTreeMap<u32, Vec<String>>,
) {
    let (mut keyword, mut dollar) = (None, false);
    for token in template {
        let is_dollar = is_dollar(&token);
        match token {
            TokenTree::Group(group) => {
                let block = keyword.take().filter(|_| group.delimiter() == Delimiter::Brace);
                open.extend(block.map(|start| (start, Vec::new())));
                blocks(group.stream(), variables, open, found);
                if block.is_some()
                    && let Some((start, inside)) = open.pop()
                {
                    // What an inner block pastes, the outer one pastes too.
                    if let Some((_, outer)) = open.last_mut() {
                        for name in &inside {
                            add(outer, name);
                        }
                    }
                    found.insert(start, inside);
                }
            }
            TokenTree::Ident(ident) => {
                keyword = (ident == "unsafe").then(|| spans::start(ident.span()));
                if dollar && let Some((_, inside)) = open.last_mut() {
                    let name = ident.to_string();
                    if variables.contains(&name) {
                        add(inside, &name);
                    }
                }
            }
            _ => keyword = None,
        }
        dollar = is_dollar;
    }
}

fn add(names: &mut Vec<String>, name: &str) {
    if names.len() < MOST_NAMES && !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<Vec<String>> {
        spans::of_text(text, || pasted(&text.parse().expect("tokens"))).into_values().collect()
    }

    #[test]
    fn code_of_the_caller_is_told_from_data() {
        let text = "($a:expr, $b:ident, $($c:tt)*) => { f($a); unsafe { g($b, $($c)*) } unsafe { $a } };
                    ($a:ident, $b:tt) => { unsafe { $a.$b } unsafe fn f() { $a } }";
        assert_eq!(names(text), [vec!["c".to_owned()], vec!["a".to_owned()], Vec::new()]);
    }

    #[test]
    fn what_is_no_macro_has_nothing() {
        for text in ["", "unsafe", "()", "() =>", "() => unsafe", "($) => { unsafe { $ } }", "$ $a { }"] {
            assert!(names(text).iter().all(Vec::is_empty), "{text}");
        }
    }
}
