//! The tokens of a Rust file that mean something: no white space, no comments.
//!
//! The compiler's lexer reads as the newest edition does. Where an older edition cuts the text
//! otherwise, a string could start or end elsewhere and hide code; [`Tokens`] cuts as the edition
//! of the crate does.

use std::collections::VecDeque;

use ra_ap_rustc_lexer::{Cursor, FrontmatterAllowed, LiteralKind, strip_shebang};

pub(super) use ra_ap_rustc_lexer::TokenKind;

/// A token and its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: &'a str,
}

impl<'a> Token<'a> {
    /// The identifier or keyword; `None` for a keyword written raw, which is neither.
    pub(super) fn ident(&self) -> Option<&'a str> {
        (self.kind == TokenKind::Ident).then_some(self.text)
    }

    /// Whether it is this identifier or keyword.
    pub(super) fn is(&self, ident: &str) -> bool {
        self.kind == TokenKind::Ident && self.text == ident
    }

    /// What stands between the quotes of a plain string without escapes.
    pub(super) fn string(&self) -> Option<&'a str> {
        let TokenKind::Literal { kind, suffix_start } = self.kind else { return None };
        let literal = self.text.get(..suffix_start as usize)?;
        let hashes = match kind {
            LiteralKind::Str { terminated: true } if !literal.contains('\\') => 0,
            LiteralKind::RawStr { n_hashes: Some(hashes) } => usize::from(hashes),
            _ => return None,
        };
        let quoted = literal.trim_start_matches('r');
        quoted.get(hashes + 1..quoted.len().checked_sub(hashes + 1)?)
    }
}

/// Reads tokens, looks ahead, and counts how deep in delimiters it stands.
pub(super) struct Tokens<'a> {
    cursor: Cursor<'a>,
    ahead: VecDeque<Token<'a>>,
    raw_c_strings: bool,
    depth: usize,
}

impl<'a> Tokens<'a> {
    /// The tokens of a file of a crate of this edition.
    pub(super) fn new(text: &'a str, edition: u16) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = &text[strip_shebang(text).unwrap_or(0)..];
        Self { cursor: cursor(text), ahead: VecDeque::new(), raw_c_strings: edition >= 2021, depth: 0 }
    }

    /// How many delimiters are open behind the last token that [`Iterator::next`] gave.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The token after the next `ahead` ones.
    pub(super) fn peek(&mut self, ahead: usize) -> Option<Token<'a>> {
        while self.ahead.len() <= ahead {
            let token = self.lex()?;
            self.ahead.push_back(token);
        }
        self.ahead.get(ahead).copied()
    }

    /// Whether the token after the next `ahead` ones is of this kind.
    pub(super) fn peek_is(&mut self, ahead: usize, kind: TokenKind) -> bool {
        self.peek(ahead).is_some_and(|token| token.kind == kind)
    }

    /// Whether `::` comes next. Written apart it is not seen: a path is a path by habit.
    pub(super) fn path_goes_on(&mut self) -> bool {
        if self.ahead.is_empty() {
            self.cursor.as_str().starts_with("::")
        } else {
            self.peek_is(0, TokenKind::Colon) && self.peek_is(1, TokenKind::Colon)
        }
    }

    fn lex(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.cursor.as_str();
            let token = self.cursor.advance_token();
            let (kind, bytes) = match token.kind {
                TokenKind::Eof => return None,
                TokenKind::Whitespace | TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => {
                    continue;
                }
                // `#"` and `##` are reserved in edition 2024 and two tokens before; the second half
                // may open a string.
                TokenKind::GuardedStrPrefix => (TokenKind::Pound, 1),
                // Before edition 2021 `cr"` is an identifier and a string with escapes.
                TokenKind::Literal { kind: LiteralKind::RawCStr { .. }, .. } if !self.raw_c_strings => {
                    (TokenKind::Ident, 2)
                }
                // `r#path` names what `path` names; `r#unsafe` is no keyword.
                TokenKind::RawIdent => {
                    let text = &rest[2..token.len as usize];
                    let kind = if is_keyword(text) { TokenKind::RawIdent } else { TokenKind::Ident };
                    return Some(Token { kind, text });
                }
                kind => return Some(Token { kind, text: &rest[..token.len as usize] }),
            };
            // A shorter token than the lexer saw: it starts anew behind it.
            let (text, rest) = rest.split_at(bytes);
            self.cursor = cursor(rest);
            return Some(Token { kind, text });
        }
    }
}

/// Whether the word is a keyword that means something here.
fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "as" | "async"
            | "auto"
            | "const"
            | "enum"
            | "extern"
            | "fn"
            | "impl"
            | "mod"
            | "pub"
            | "static"
            | "struct"
            | "trait"
            | "type"
            | "union"
            | "unsafe"
            | "use"
    )
}

fn cursor(text: &str) -> Cursor<'_> {
    // Stable compilers know no frontmatter: what stands in one counts.
    Cursor::new(text, FrontmatterAllowed::No)
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let token = match self.ahead.pop_front() {
            Some(token) => token,
            None => self.lex()?,
        };
        match token.kind {
            TokenKind::OpenBrace | TokenKind::OpenParen | TokenKind::OpenBracket => self.depth += 1,
            TokenKind::CloseBrace | TokenKind::CloseParen | TokenKind::CloseBracket => {
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idents(text: &str, edition: u16) -> Vec<&str> {
        Tokens::new(text, edition).filter_map(|token| token.ident()).collect()
    }

    #[test]
    fn comments_strings_and_characters_hide_no_code_and_are_none() {
        let text = r###"
            #!/usr/bin/env run
            /* unsafe /* nested */ unsafe */ a // unsafe
            "unsafe \" unsafe" b r##"unsafe "# unsafe"## c 'u' d b'"' e b"\"unsafe" f '"' g
            'unsafe h c"unsafe" i br#"unsafe"# j '\'' k r#unsafe l
        "###;
        assert_eq!(idents(text.trim_start(), 2021).join(""), "abcdefghijkl");
    }

    #[test]
    fn older_editions_cut_otherwise() {
        // One literal since 2021; before, the string runs to the last quote of the line.
        assert_eq!(idents(r#"m!(cr"\" unsafe ")"#, 2021), ["m", "unsafe"]);
        assert_eq!(idents(r#"m!(cr"\" unsafe ")"#, 2018), ["m", "cr"]);
        assert_eq!(idents(r#"m!(#"unsafe" b)"#, 2018), ["m", "b"]);
    }

    #[test]
    fn strings_give_what_stands_between_their_quotes() {
        let strings: Vec<_> = Tokens::new(r###""a" r"b" r##"c"## "\u{64}" b"e" "f"x """###, 2021)
            .map(|token| token.string())
            .collect();
        assert_eq!(strings, [Some("a"), Some("b"), Some("c"), None, None, Some("f"), Some("")]);
    }

    #[test]
    fn looking_ahead_changes_nothing() {
        let text = "a { b :: c ( d ) }";
        let mut tokens = Tokens::new(text, 2021);
        assert!(tokens.peek_is(8, TokenKind::CloseParen), "{:?}", tokens.peek(8));
        assert_eq!(tokens.depth(), 0);
        let depths: Vec<_> = std::iter::from_fn(|| tokens.next().map(|_| tokens.depth())).collect();
        assert_eq!(depths, [0, 1, 1, 1, 1, 1, 2, 2, 1, 0]);
    }
}
