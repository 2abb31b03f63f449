//! The lexer's view of a file: comments, `unsafe` tokens, and how deep its syntax may nest.
//!
//! The lexer takes any text. It goes before the parser, which recurses where code nests: a file
//! that would exhaust the stack is not handed to it.

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};

use super::seen::Span;

/// How deep brackets may nest. Hand-written code stays below 40, generated code below 100.
pub(super) const DEEPEST_NESTING: usize = 512;
/// How many tokens may follow each other without an end of the expression: each may be a level of
/// recursion, as in `a + a + a` or `else if .. else if`. Literals do not count: none goes on where another token
/// does not, and tables of characters have patterns of seven hundred ranges.
pub(super) const LONGEST_CHAIN: usize = 4_096;

/// What the lexer saw.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    /// Every comment, doc comments included, in the order of the file.
    pub comments: Vec<Span>,
    /// Every `unsafe` token outside strings and comments.
    pub unsafe_tokens: Vec<Span>,
    /// The first place that nests deeper than can be parsed.
    pub too_deep: Option<Span>,
}

/// The byte order mark and the shebang line, which are no Rust.
pub(super) fn prelude_len(text: &str) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    mark + ra_ap_rustc_lexer::strip_shebang(&text[mark..]).unwrap_or(0)
}

/// Lexes a text of less than 4 GiB.
pub(super) fn lex(text: &str) -> Lexed {
    let mut lexed = Lexed::default();
    let mut at = 0;
    // Tokens of the unfinished expression at each open bracket, and the sum over all of them.
    let mut open: Vec<usize> = vec![0];
    let mut sum = 0_usize;
    let mut after_brace = false;
    for token in tokenize(text, FrontmatterAllowed::No) {
        let span = (small(at), small(at + token.len as usize));
        let word = &text[at..at + token.len as usize];
        at += token.len as usize;
        match token.kind {
            TokenKind::Whitespace => continue,
            TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => {
                lexed.comments.push(span);
                continue;
            }
            TokenKind::Ident if word == "unsafe" => lexed.unsafe_tokens.push(span),
            _ => {}
        }
        let ends = matches!(token.kind, TokenKind::Semi | TokenKind::Comma)
            || (after_brace && begins_anew(token.kind, word));
        after_brace = token.kind == TokenKind::CloseBrace;
        if ends && let Some(last) = open.last_mut() {
            sum -= std::mem::take(last);
        }
        match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBrace | TokenKind::OpenBracket => open.push(0),
            TokenKind::CloseParen | TokenKind::CloseBrace | TokenKind::CloseBracket if open.len() > 1 => {
                sum -= open.pop().unwrap_or(0);
                // `a[0][0]`, `f()()`: each closed bracket may be a link of a chain too.
                sum += 1;
                if let Some(last) = open.last_mut() {
                    *last += 1;
                }
            }
            TokenKind::Literal { .. } => {}
            _ => {
                sum += 1;
                if let Some(last) = open.last_mut() {
                    *last += 1;
                }
            }
        }
        if lexed.too_deep.is_none() && (open.len() > DEEPEST_NESTING || sum > LONGEST_CHAIN) {
            lexed.too_deep = Some(span);
        }
    }
    lexed
}

/// Can this token begin a statement, an arm or an item after `}`? If it may also go on with the
/// expression before, the answer is no: counting too much is harmless.
fn begins_anew(kind: TokenKind, word: &str) -> bool {
    match kind {
        TokenKind::Ident | TokenKind::RawIdent => !matches!(word, "else" | "as"),
        TokenKind::Pound | TokenKind::Literal { .. } | TokenKind::Lifetime { .. } => true,
        _ => false,
    }
}

fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
