//! Prose on a screen: broken at its width, and harmless.

/// The text with everything that a terminal would obey, or that would hide letters or turn their
/// order around, replaced by a sign; a tab becomes a space.
#[must_use]
pub fn visible(text: &str) -> String {
    text.chars().map(visible_char).collect()
}

/// One character of [`visible`] text.
pub(super) fn visible_char(c: char) -> char {
    match c {
        '\t' => ' ',
        // Unicode has pictures of the control characters: ESC becomes `␛`.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        c => c,
    }
}

/// The text broken into lines of a width, the first after `first`, the others after `rest`.
#[must_use]
pub fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> String {
    // By default a line may be a little too wide where the others are the better for it.
    let mut penalties = textwrap::wrap_algorithms::Penalties::new();
    penalties.overflow_penalty *= width * width;
    let options = textwrap::Options::new(width)
        .wrap_algorithm(textwrap::WrapAlgorithm::OptimalFit(penalties))
        .initial_indent(first)
        .subsequent_indent(rest)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::fill(text, options)
}

/// The first paragraph of Markdown prose as one line.
#[must_use]
pub fn first_paragraph(markdown: &str) -> String {
    let paragraph = markdown.trim_start().split("\n\n").next().unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most so many sentences from the start of the first paragraph.
#[must_use]
pub fn sentences(markdown: &str, most: usize) -> String {
    let paragraph = first_paragraph(markdown);
    let mut left = most;
    let mut in_code = false;
    let mut previous = ' ';
    for (at, c) in paragraph.char_indices() {
        match c {
            '`' => in_code = !in_code,
            // A sentence ends where the next one starts with a large letter or with code: `e.g. this` does not.
            ' ' if matches!(previous, '.' | '?' | '!' | ':') && !in_code => {
                let next = paragraph[at + 1..].chars().next();
                if previous != ':' && next.is_some_and(|next| next.is_uppercase() || next == '`') {
                    left -= 1;
                }
                if left == 0 {
                    return paragraph[..at].to_owned();
                }
            }
            _ => {}
        }
        previous = c;
    }
    paragraph
}

/// Why a rule matters, in a sentence; in two where the first is a short one.
pub(super) fn why(rationale: &str) -> String {
    let first = sentences(rationale, 1);
    if first.chars().count() < SHORT { sentences(rationale, 2) } else { first }
}

/// A sentence of fewer characters hardly says why.
const SHORT: usize = 60;

/// What to do, in two sentences. One that leads into a list or a block of code ends there.
pub(super) fn fix(remedy: &str) -> String {
    let text = sentences(remedy, 2);
    match text.strip_suffix(':') {
        Some(lead) => lead.rfind(". ").map_or_else(|| format!("{lead}."), |end| lead[..=end].to_owned()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_terminal_obeys_is_left() {
        let hostile = "a\x1b[31mb\u{9b}31m\u{202e}c\r\n\0\u{7f}\t\u{feff}é漢";
        let shown = visible(hostile);
        assert_eq!(shown, "a␛[31mb\u{fffd}31m\u{fffd}c␍␊␀␡ \u{fffd}é漢");
        assert!(!shown.chars().any(char::is_control));
    }

    #[test]
    fn sentences_end_at_sentences() {
        let text = "A pump, e.g. this `a. B` one,\nlasts 1.5 years. It ends.\n\nMore.";
        assert_eq!(sentences(text, 1), "A pump, e.g. this `a. B` one, lasts 1.5 years.");
        assert_eq!(sentences(text, 2), "A pump, e.g. this `a. B` one, lasts 1.5 years. It ends.");
        assert_eq!(sentences("", 1), "");
        assert_eq!(fix("Write it. Name it:\n\n- a"), "Write it.");
        assert_eq!(fix("Name it:\n\n- a"), "Name it.");
    }
}
