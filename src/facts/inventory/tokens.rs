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
    rest: &'a str,
    ahead: VecDeque<Token<'a>>,
    raw_c_strings: bool,
    depth: usize,
}

impl<'a> Tokens<'a> {
    /// The tokens of a file of a crate of this edition.
    pub(super) fn new(text: &'a str, edition: u16) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = &text[strip_shebang(text).unwrap_or(0)..];
        Self { rest: text, ahead: VecDeque::new(), raw_c_strings: edition >= 2021, depth: 0 }
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
            self.rest.starts_with("::")
        } else {
            self.peek_is(0, TokenKind::Colon) && self.peek_is(1, TokenKind::Colon)
        }
    }

    fn lex(&mut self) -> Option<Token<'a>> {
        loop {
            self.rest = self.rest.trim_ascii_start();
            if let Some((kind, length)) = plain(self.rest.as_bytes()) {
                return Some(self.cut(kind, length));
            }
            // Stable compilers know no frontmatter: what stands in one counts.
            let token = Cursor::new(self.rest, FrontmatterAllowed::No).advance_token();
            let length = token.len as usize;
            return Some(match token.kind {
                TokenKind::Eof => return None,
                TokenKind::Whitespace | TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => {
                    self.rest = &self.rest[length..];
                    continue;
                }
                // `#"` and `##` are reserved in edition 2024 and two tokens before; the second half
                // may open a string.
                TokenKind::GuardedStrPrefix => self.cut(TokenKind::Pound, 1),
                // Before edition 2021 `cr"` is an identifier and a string with escapes,
                TokenKind::Literal { kind: LiteralKind::RawCStr { .. }, .. } if !self.raw_c_strings => {
                    self.cut(TokenKind::Ident, 2)
                }
                // and `unsafe"` a keyword and a string.
                TokenKind::UnknownPrefix => self.cut(TokenKind::Ident, length),
                // `r#path` names what `path` names; `r#unsafe` is no keyword.
                TokenKind::RawIdent => {
                    let token = self.cut(TokenKind::RawIdent, length);
                    let text = &token.text[2..];
                    let kind = if is_keyword(text) { TokenKind::RawIdent } else { TokenKind::Ident };
                    Token { kind, text }
                }
                kind => self.cut(kind, length),
            });
        }
    }

    fn cut(&mut self, kind: TokenKind, length: usize) -> Token<'a> {
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        Token { kind, text }
    }
}

/// Any number: nobody asks which.
const NUMBER: TokenKind = TokenKind::Literal {
    kind: LiteralKind::Int { base: ra_ap_rustc_lexer::Base::Decimal, empty_int: false },
    suffix_start: 0,
};

/// How many letters, digits and underscores the text starts with.
fn word_length(text: &[u8]) -> usize {
    text.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(text.len())
}

/// The kind and length of a token that needs no lexer, as most: ASCII words that are no prefix of a
/// literal, whole numbers, and punctuation of one character.
fn plain(text: &[u8]) -> Option<(TokenKind, usize)> {
    let kind = match *text.first()? {
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
            let length = word_length(text);
            return match text.get(length) {
                Some(b'#' | b'"' | b'\'' | 0x80..) => None,
                _ => Some((TokenKind::Ident, length)),
            };
        }
        b'0'..=b'9' => {
            let length = word_length(text);
            // A fraction, an exponent or a suffix may follow.
            return match text.get(length) {
                Some(b'.' | b'+' | b'-' | 0x80..) => None,
                _ => Some((NUMBER, length)),
            };
        }
        b';' => TokenKind::Semi,
        b',' => TokenKind::Comma,
        b'.' => TokenKind::Dot,
        b'(' => TokenKind::OpenParen,
        b')' => TokenKind::CloseParen,
        b'{' => TokenKind::OpenBrace,
        b'}' => TokenKind::CloseBrace,
        b'[' => TokenKind::OpenBracket,
        b']' => TokenKind::CloseBracket,
        b':' => TokenKind::Colon,
        b'$' => TokenKind::Dollar,
        b'=' => TokenKind::Eq,
        b'!' => TokenKind::Bang,
        b'<' => TokenKind::Lt,
        b'>' => TokenKind::Gt,
        b'-' => TokenKind::Minus,
        b'&' => TokenKind::And,
        b'|' => TokenKind::Or,
        b'+' => TokenKind::Plus,
        b'*' => TokenKind::Star,
        _ => return None,
    };
    Some((kind, 1))
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

    /// What the lexer says of a text where it needs no help.
    fn by_lexer(text: &str) -> Vec<(TokenKind, String)> {
        let mut at = 0;
        let tokens = ra_ap_rustc_lexer::tokenize(text, FrontmatterAllowed::No).map(|token| {
            let start = at;
            at += token.len as usize;
            (token.kind, text[start..at].to_owned())
        });
        tokens
            .filter(|(kind, _)| {
                !matches!(
                    kind,
                    TokenKind::Whitespace | TokenKind::LineComment { .. } | TokenKind::BlockComment { .. }
                )
            })
            .map(|(kind, text)| match kind {
                TokenKind::UnknownPrefix => (TokenKind::Ident, text),
                TokenKind::RawIdent if !is_keyword(&text[2..]) => (TokenKind::Ident, text[2..].to_owned()),
                _ => (number(kind), text),
            })
            .collect()
    }

    fn number(kind: TokenKind) -> TokenKind {
        match kind {
            TokenKind::Literal { kind: LiteralKind::Int { .. } | LiteralKind::Float { .. }, .. } => NUMBER,
            kind => kind,
        }
    }

    #[test]
    fn words_cut_without_the_lexer_are_those_it_would_cut() {
        // Every sequence of pieces that could grow together, and this file.
        let pieces = [
            "e", "x1", "a", "r", "br", "cr", "k", "_", "1", "0x", "1e", ".", "+", "'", "\"", "#", "é", "…",
            " ", "\n", "\u{b}", "\u{2028}", "//", "/*", "*/", "::", "..=", "-", "->", "!", "r#", "\\", "🦀",
            "@", "%", "^", "~", "?", "/", ";", "{",
        ];
        let own = |text: &str| -> Vec<_> {
            Tokens::new(text, 2021).map(|token| (number(token.kind), token.text.to_owned())).collect()
        };
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    let text = format!("{first}{second}{third}");
                    if text.starts_with("#!") {
                        continue; // a line for the shell
                    }
                    let lexed = by_lexer(&text);
                    if !lexed.iter().any(|(kind, _)| *kind == TokenKind::GuardedStrPrefix) {
                        assert_eq!(own(&text), lexed, "{text:?}");
                    }
                }
            }
        }
        let file = include_str!("scan.rs");
        assert_eq!(own(file), by_lexer(file));
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
