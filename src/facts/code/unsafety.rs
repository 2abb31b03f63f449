//! Safety arguments: the comment above an unsafe site, or at the start of its block; and what that site names.

use std::collections::BTreeSet;

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};

use super::seen::Span;

/// How much of a site is looked at for names, in bytes.
const LOOKED_AT: usize = 4096;

/// The identifiers of an unsafe site, from its keyword to the end of its block, or of its head where it is no block:
/// each once, in the order of the alphabet.
pub(super) fn names(text: &str, at: usize) -> Vec<String> {
    let mut end = text.len().min(at + LOOKED_AT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(at..end).unwrap_or_default();
    let (mut names, mut depth, mut offset) = (BTreeSet::new(), 0_usize, 0);
    // Only a block is looked into: `unsafe impl Send for Ring {}` names what stands before its brace.
    let block = text.trim_start_matches("unsafe").trim_start().starts_with('{');
    for token in tokenize(text, FrontmatterAllowed::No) {
        let word = text.get(offset..offset + token.len as usize).unwrap_or_default();
        offset += token.len as usize;
        match token.kind {
            TokenKind::Ident | TokenKind::RawIdent if word != "unsafe" => {
                names.insert(word.trim_start_matches("r#").to_owned());
            }
            TokenKind::OpenBrace if !block => break,
            TokenKind::Semi if depth == 0 => break,
            TokenKind::OpenBrace | TokenKind::OpenParen | TokenKind::OpenBracket => depth += 1,
            TokenKind::CloseBrace | TokenKind::CloseParen | TokenKind::CloseBracket => {
                depth = depth.saturating_sub(1);
                if depth == 0 && block {
                    break;
                }
            }
            _ => {}
        }
    }
    names.into_iter().collect()
}
/// How many comments above a place are looked at.
const MOST_COMMENTS: usize = 64;
/// How many bytes of a comment are looked at, and how many of an argument are kept: a place where a
/// thousand unsafe blocks share one comment must not multiply it.
const LONGEST_COMMENT: usize = 8 * 1024;
const LONGEST_ARGUMENT: usize = 2 * 1024;

/// The comments of a file, in its order.
#[derive(Debug)]
pub(super) struct Comments(pub Vec<Span>);

impl Comments {
    /// The argument in the comments directly above one of these places. What may stand between is
    /// white space; a place that begins later on its line counts as the beginning of the line too.
    pub(super) fn argument(&self, text: &str, places: &[u32]) -> Option<String> {
        places.iter().find_map(|place| {
            let line = line_start(text, *place);
            self.above(text, *place).or_else(|| self.above(text, line))
        })
    }

    /// The argument in the comments that open a block.
    pub(super) fn at_start_of(&self, text: &str, open_brace_end: u32) -> Option<String> {
        let first = self.0.partition_point(|comment| comment.0 < open_brace_end);
        let mut end = open_brace_end;
        let mut run = Vec::new();
        for comment in &self.0[first..] {
            if !is_blank(text, end, comment.0) {
                break;
            }
            run.push(*comment);
            end = comment.1;
            if run.len() >= MOST_COMMENTS {
                break;
            }
        }
        argument_in(text, &run)
    }

    fn above(&self, text: &str, place: u32) -> Option<String> {
        let mut next = self.0.partition_point(|comment| comment.1 <= place);
        let mut start = place;
        let mut run = Vec::new();
        while next > 0 && is_blank(text, self.0[next - 1].1, start) {
            next -= 1;
            run.push(self.0[next]);
            start = self.0[next].0;
            // A comment behind code on its line speaks about that code.
            if !is_blank(text, line_start(text, start), start) && !run.is_empty() && starts_line(text, place)
            {
                if line_start(text, place) != line_start(text, start) {
                    run.pop();
                }
                break;
            }
            if run.len() >= MOST_COMMENTS {
                break;
            }
        }
        run.reverse();
        argument_in(text, &run)
    }
}

fn starts_line(text: &str, place: u32) -> bool {
    is_blank(text, line_start(text, place), place)
}

fn line_start(text: &str, place: u32) -> u32 {
    // Looking further back would make a file that is one long line expensive.
    let window = place.saturating_sub(4096);
    let before = text.as_bytes().get(window as usize..place as usize).unwrap_or_default();
    match before.iter().rposition(|byte| *byte == b'\n') {
        Some(at) => window + u32::try_from(at + 1).unwrap_or(0),
        None if window == 0 => 0,
        None => place,
    }
}

fn is_blank(text: &str, from: u32, to: u32) -> bool {
    // From the end: a megabyte of white space behind a comment lies before the next token, not before
    // each one that follows.
    from <= to
        && text
            .as_bytes()
            .get(from as usize..to as usize)
            .is_some_and(|between| between.iter().rev().all(u8::is_ascii_whitespace))
}

/// The text after `SAFETY:` up to the end of the run of comments.
fn argument_in(text: &str, run: &[Span]) -> Option<String> {
    let mut argument: Option<String> = None;
    for comment in run {
        let whole = text.get(comment.0 as usize..comment.1 as usize)?;
        for line in whole[..whole.floor_char_boundary(LONGEST_COMMENT)].lines() {
            let line = line.trim().trim_start_matches(['/', '*', '!']).trim_end_matches("*/").trim();
            match &mut argument {
                Some(said) if !line.is_empty() && said.len() < LONGEST_ARGUMENT => {
                    said.push(' ');
                    said.push_str(line);
                }
                Some(_) => {}
                None => {
                    let marked = line.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("safety:"));
                    argument = marked.then(|| line[7..].trim().to_owned());
                }
            }
        }
    }
    let argument = argument?;
    let argument = argument[..argument.floor_char_boundary(LONGEST_ARGUMENT)].trim();
    (!argument.is_empty()).then(|| argument.to_owned())
}
