//! Deviations that the source states: `// health-sec: accept(rule) reason`.

use super::seen::{Acceptance, Span};

/// What such a comment begins with, behind its slashes.
const MARK: &str = "health-sec:";

/// How many lines may stand between a comment and the code it is about: more comments, attributes.
const FURTHEST: usize = 64;

/// The comments that state a deviation. Documentation is none: it shows how one is written.
pub(super) fn read(text: &str, comments: &[Span]) -> Vec<Acceptance> {
    let mut found = Vec::new();
    for at in comments {
        let Some(comment) = text.get(at.0 as usize..at.1 as usize) else { continue };
        let Some(said) = comment.strip_prefix("//").filter(|said| !said.starts_with(['/', '!'])) else {
            continue;
        };
        let Some(said) = said.trim().strip_prefix(MARK) else { continue };
        let beside = beside(text, *at);
        let (rules, reason) = parts(said.trim()).unwrap_or(("", ""));
        found.extend(rules.split(',').map(|rule| Acceptance {
            at: *at,
            rule: rule.trim().to_owned(),
            reason: reason.to_owned(),
            beside,
        }));
    }
    found
}

/// `accept(rules) reason` in its parts.
fn parts(said: &str) -> Option<(&str, &str)> {
    let (rules, reason) = said.strip_prefix("accept")?.trim_start().strip_prefix('(')?.split_once(')')?;
    Some((rules, reason.trim_start_matches([':', '-', ' ']).trim()))
}

/// The code that a comment is about: that of its own line, else down to the next line of code.
fn beside(text: &str, comment: Span) -> Span {
    let (start, end) = (comment.0 as usize, comment.1 as usize);
    let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    if !text[line..start].trim().is_empty() {
        return (small(line), comment.1);
    }
    let (mut at, mut until) = (end, end);
    for (number, line) in text[end..].split_inclusive('\n').take(FURTHEST).enumerate() {
        let code = line.trim();
        let is_code = !(code.is_empty() || code.starts_with("//") || code.starts_with("#["));
        if number > 0 {
            until = at + line.trim_end().len();
        }
        at += line.len();
        if number > 0 && is_code {
            break;
        }
    }
    (small(line), small(until))
}

fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::code::lex::lex;

    /// Rule, reason, and the text that each comment is about.
    fn told(text: &str) -> Vec<(String, String, &str)> {
        let found = read(text, &lex(text).comments);
        let beside = |span: Span| &text[span.0 as usize..span.1 as usize];
        found.into_iter().map(|one| (one.rule, one.reason, beside(one.beside))).collect()
    }

    #[test]
    fn a_comment_is_about_its_line_or_the_next_one_of_code() {
        let text = "fn a() {}\n// health-sec: accept(static_mut) registers\n// of the board\n\n#[used]\nstatic mut R: u8 = 0;\nstatic S: u8 = 0;\n";
        let found = told(text);
        assert_eq!((found[0].0.as_str(), found[0].1.as_str()), ("static_mut", "registers"));
        assert!(found[0].2.ends_with("static mut R: u8 = 0;"), "{found:?}");
        let found = told("let a = 1; // health-sec: accept(a, b): why\nlet b = 2;");
        assert_eq!(found.len(), 2);
        assert_eq!((found[1].0.as_str(), found[1].1.as_str()), ("b", "why"));
        assert!(!found[1].2.contains("let b"));
        assert_eq!(told("// health-sec: accept(a) b").len(), 1, "the end of a file");
    }

    #[test]
    fn what_cant_be_read_is_kept_without_a_rule() {
        for text in [
            "// health-sec: allow(a) b",
            "// health-sec: accept a",
            "//health-sec: accept(a",
            "// health-sec:",
        ] {
            assert_eq!(told(text)[0].0, "", "{text}");
        }
        for text in [
            "/// health-sec: accept(a) b",
            "//! health-sec: accept(a) b",
            "/* health-sec: accept(a) b */",
            "let a = \"// health-sec: accept(a) b\";",
            "// see health-sec: accept(a)",
        ] {
            assert!(told(text).is_empty(), "{text}");
        }
    }
}
