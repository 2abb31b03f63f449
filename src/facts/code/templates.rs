//! What a `macro_rules!` pastes into its own unsafe blocks.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::spans;

/// Fragments that are code of the caller; names, types, paths and literals are data. A single token
/// tree is mostly a name too; many of them are whatever the caller likes.
const CODE: &[&str] = &["expr", "expr_2021", "stmt", "block"];

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
                let mut variables = Vec::new();
                declared(matcher, false, &mut variables);
                blocks(group.stream(), &variables, &mut found);
            }
        }
    }
    found
}

/// The variables of a matcher that stand for code.
fn declared(matcher: TokenStream, repeated: bool, variables: &mut Vec<String>) {
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
            variables.push(name.to_string());
        }
    }
}

fn is_dollar(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '$')
}

fn blocks(template: TokenStream, variables: &[String], found: &mut BTreeMap<u32, Vec<String>>) {
    let mut keyword = None;
    for token in template {
        match token {
            TokenTree::Group(group) => {
                if let Some(start) = keyword.take().filter(|_| group.delimiter() == Delimiter::Brace) {
                    let mut inside = Vec::new();
                    used(group.stream(), variables, &mut inside);
                    found.insert(start, inside);
                }
                blocks(group.stream(), variables, found);
            }
            TokenTree::Ident(ident) if ident == "unsafe" => keyword = Some(spans::bytes(ident.span()).0),
            _ => keyword = None,
        }
    }
}

fn used(block: TokenStream, variables: &[String], inside: &mut Vec<String>) {
    let mut dollar = false;
    for token in block {
        match &token {
            TokenTree::Group(group) => used(group.stream(), variables, inside),
            TokenTree::Ident(ident) if dollar => {
                let name = ident.to_string();
                if variables.contains(&name) && !inside.contains(&name) {
                    inside.push(name);
                }
            }
            _ => {}
        }
        dollar = is_dollar(&token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<Vec<String>> {
        pasted(&text.parse().expect("tokens")).into_values().collect()
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
