//! Characters that make a text read otherwise than it runs.
//!
//! Three kinds: controls of the writing direction, which show what follows somewhere else on the line;
//! characters that show nothing at all; and letters of one script in a word of another that look the same.
//! The lexer tells words from texts and comments, so that code which no build of today compiles is seen too.

use std::collections::BTreeMap;
use std::ops::Range;

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, strip_shebang, tokenize};

/// What is odd about a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OddKind {
    /// It changes the direction in which what follows is shown.
    Direction,
    /// It can't be seen.
    Invisible,
    /// It looks like a letter of the other letters' alphabet.
    LookAlike,
}

/// An odd character in a file: the byte where it starts, the character, what is odd about it.
pub(super) type Odd = (usize, char, OddKind);

/// More of one kind in one file say nothing more, among what is for tests and among what is not.
pub(super) const MOST: usize = 200;

/// Letters that look like one of ASCII: Cyrillic, Greek, Armenian, Cherokee, mathematical dotless ones.
const LOOK_ALIKES: &[(char, char)] = &[
    ('а', 'a'),
    ('е', 'e'),
    ('о', 'o'),
    ('р', 'p'),
    ('с', 'c'),
    ('у', 'y'),
    ('х', 'x'),
    ('ѕ', 's'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ԁ', 'd'),
    ('ԛ', 'q'),
    ('ԝ', 'w'),
    ('һ', 'h'),
    ('ӏ', 'l'),
    ('А', 'A'),
    ('В', 'B'),
    ('С', 'C'),
    ('Е', 'E'),
    ('Н', 'H'),
    ('І', 'I'),
    ('Ј', 'J'),
    ('К', 'K'),
    ('М', 'M'),
    ('О', 'O'),
    ('Р', 'P'),
    ('Ѕ', 'S'),
    ('Т', 'T'),
    ('У', 'Y'),
    ('Х', 'X'),
    ('ο', 'o'),
    ('ν', 'v'),
    ('ϲ', 'c'),
    ('ϳ', 'j'),
    ('Α', 'A'),
    ('Β', 'B'),
    ('Ε', 'E'),
    ('Ζ', 'Z'),
    ('Η', 'H'),
    ('Ι', 'I'),
    ('Κ', 'K'),
    ('Μ', 'M'),
    ('Ν', 'N'),
    ('Ο', 'O'),
    ('Ρ', 'P'),
    ('Τ', 'T'),
    ('Υ', 'Y'),
    ('Χ', 'X'),
    ('օ', 'o'),
    ('ս', 'u'),
    ('ց', 'g'),
    ('հ', 'h'),
    ('ո', 'n'),
    ('ԍ', 'G'),
    ('Ꭺ', 'A'),
    ('Ꭼ', 'E'),
    ('Ꭻ', 'J'),
    ('Ꮃ', 'W'),
    ('Ꮇ', 'M'),
    ('Ꮋ', 'H'),
    ('Ꮐ', 'G'),
    ('Ꮪ', 'S'),
    ('Ꮯ', 'C'),
    ('Ꮲ', 'P'),
    ('Ᏼ', 'B'),
    ('ı', 'i'),
    ('ɑ', 'a'),
    ('ɡ', 'g'),
];

/// Odd characters of a text. In a comment of Rust a character that shows nothing does nothing either; one that
/// moves text does.
pub(super) fn look(text: &str, rust: bool, in_tests: impl Fn(usize) -> bool) -> Vec<Odd> {
    if text.bytes().all(|byte| byte.is_ascii() && !is_control(byte)) {
        return Vec::new();
    }
    let mut found = Kept { in_tests, counts: BTreeMap::new(), odd: Vec::new() };
    let mut comments = Vec::new();
    if rust {
        comments = tokens(text, &mut found);
    }
    let in_comment = |at: usize| {
        let next = comments.partition_point(|comment: &Range<usize>| comment.start <= at);
        next > 0 && at < comments[next - 1].end
    };
    hidden(text, in_comment, &mut found);
    let mut odd = found.odd;
    odd.sort_unstable();
    odd.dedup();
    odd
}

/// The odd characters that are told: many of one kind hide no other.
struct Kept<T> {
    in_tests: T,
    counts: BTreeMap<(OddKind, bool), usize>,
    odd: Vec<Odd>,
}

impl<T: Fn(usize) -> bool> Kept<T> {
    fn push(&mut self, odd: Odd) {
        let count = self.counts.entry((odd.2, (self.in_tests)(odd.0))).or_default();
        *count += 1;
        if *count <= MOST {
            self.odd.push(odd);
        }
    }
}

/// A control character that no text file needs.
fn is_control(byte: u8) -> bool {
    byte == 0x7f || (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c))
}

/// Characters that can't be seen, and those that move others.
fn hidden(text: &str, in_comment: impl Fn(usize) -> bool, found: &mut Kept<impl Fn(usize) -> bool>) {
    let mut before = '\n';
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let after = letters.peek().map_or('\n', |(_, letter)| *letter);
        let kind = match letter {
            _ if is_direction(letter) => Some(OddKind::Direction),
            // At the start of a file it is the mark of its encoding.
            '\u{feff}' if at == 0 => None,
            _ if is_invisible(letter) && !belongs(before, letter, after) && !in_comment(at) => {
                Some(OddKind::Invisible)
            }
            _ => None,
        };
        if let Some(kind) = kind {
            found.push((at, letter, kind));
        }
        before = letter;
    }
}

/// True for a character that can't be seen, or that moves others: in a name it makes two of what looks like one.
pub(in crate::facts) fn is_hidden(letter: char) -> bool {
    is_direction(letter) || is_invisible(letter)
}

fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_invisible(letter: char) -> bool {
    u8::try_from(letter).is_ok_and(|byte| byte.is_ascii() && is_control(byte))
        || matches!(letter,
            '\u{80}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}'
            | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}'
            | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// True where a character that shows nothing is part of how its neighbours are written: between the
/// parts of an emoji, in a word of a script that joins its letters, behind a letter with variants.
fn belongs(before: char, letter: char, after: char) -> bool {
    let joins = |neighbour: char| !neighbour.is_ascii() && !neighbour.is_whitespace();
    let shows = joins(before) && !is_invisible(before);
    match letter {
        // One that chooses the look of a digit, as in a keycap, or of a sign.
        '\u{fe0e}' | '\u{fe0f}' => shows || matches!(before, '0'..='9' | '#' | '*'),
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' | '\u{180b}'..='\u{180f}' => shows,
        // The flags of England, Scotland and Wales are spelt with them.
        '\u{e0020}'..='\u{e007f}' => matches!(before, '\u{1f3f4}' | '\u{e0020}'..='\u{e007f}'),
        // Between letters of a word: in one that joins them, and where it may be cut.
        '\u{200c}' | '\u{200d}' | '\u{ad}' | '\u{200b}' | '\u{2060}' => joins(before) && joins(after),
        _ => false,
    }
}

/// The comments of a Rust file; letters of another alphabet in its names are found.
fn tokens(text: &str, found: &mut Kept<impl Fn(usize) -> bool>) -> Vec<Range<usize>> {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut at = mark + strip_shebang(&text[mark..]).unwrap_or(0);
    let mut comments = Vec::new();
    for token in tokenize(&text[at..], FrontmatterAllowed::No) {
        let (start, end) = (at, at + token.len as usize);
        at = end;
        match token.kind {
            TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => comments.push(start..end),
            TokenKind::Ident | TokenKind::RawIdent | TokenKind::InvalidIdent | TokenKind::Lifetime { .. } => {
                if let Some((byte, letter)) = in_name(&text[start..end]) {
                    found.push((start + byte, letter, OddKind::LookAlike));
                }
            }
            _ => {}
        }
    }
    comments
}

/// The first letter of a name that looks like ASCII, if the name has letters of ASCII too.
fn in_name(name: &str) -> Option<(usize, char)> {
    let mixed = !name.is_ascii() && name.bytes().any(|byte| byte.is_ascii_alphabetic());
    name.char_indices().find(|(_, letter)| mixed && looks_like(*letter).is_some())
}

/// The letter of ASCII that this one looks like.
#[must_use]
pub fn looks_like(letter: char) -> Option<char> {
    // Letters as wide as those of Chinese.
    if let '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' = letter {
        return char::from_u32(u32::from(letter) - 0xfee0);
    }
    LOOK_ALIKES.iter().find(|(other, _)| *other == letter).map(|(_, ascii)| *ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let name = |kind| match kind {
            OddKind::Direction => "direction",
            OddKind::Invisible => "invisible",
            OddKind::LookAlike => "like",
        };
        let odd = look(text, true, |_| false).into_iter();
        odd.map(|(at, letter, kind)| format!("{at}:{:04x}:{}", u32::from(letter), name(kind)))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn what_moves_or_hides_text_is_found() {
        assert_eq!(told("a /* \u{202e} }\u{2066} */"), "5:202e:direction 10:2066:direction");
        assert_eq!(told("let a\u{200b}b = 1;"), "5:200b:invisible");
        assert_eq!(told("\"a\u{e0041}\u{e0042}\""), "2:e0041:invisible", "the first of many");
        assert_eq!(told("x\u{fe00}\u{fe01}"), "1:fe00:invisible 4:fe01:invisible");
        assert_eq!(
            told("漢\u{e0100}\u{e0101}"),
            "7:e0101:invisible",
            "one variant belongs to a letter, a second does not"
        );
        assert_eq!(told("let \u{3164} = 1;"), "4:3164:invisible");
        assert_eq!(told("\"\u{1b}[8m\u{7f}\""), "1:001b:invisible 5:007f:invisible");
        assert_eq!(
            told("// \u{1b}[8m a\u{200b}b \u{202e}"),
            "14:202e:direction",
            "a comment that is shown as it is"
        );
        assert_eq!(told("a\u{feff}"), "1:feff:invisible");
    }

    #[test]
    fn what_a_script_or_an_emoji_needs_is_let_pass() {
        for text in [
            "\u{feff}fn main() {}\r\n\t\u{c}",
            "// 👩\u{200d}🔬 1\u{fe0f}\u{20e3} ❤\u{fe0f} 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "// می\u{200c}خواهم, 葛\u{e0100}城, übermäßig",
            "let Δt = σ_max + μ; let größe = naïve;",
        ] {
            assert_eq!(told(text), "", "{text}");
        }
    }

    #[test]
    fn letters_of_another_alphabet_count_in_names_only() {
        assert_eq!(told("fn is_аdmin() {}"), "6:0430:like");
        assert_eq!(told("let \u{ff41}b = 'р';"), "4:ff41:like");
        assert_eq!(told("let привет = \"аdmin\"; // раss"), "");
        assert_eq!(told("fn r#pа<'pа>() {}"), "6:0430:like 11:0430:like");
    }

    #[test]
    fn every_look_alike_is_told_once_and_is_not_ascii() {
        let mut seen = std::collections::BTreeSet::new();
        for (other, ascii) in LOOK_ALIKES {
            assert!(!other.is_ascii() && ascii.is_ascii_alphabetic() && seen.insert(other), "{other}");
        }
    }

    #[test]
    fn nothing_is_too_much() {
        assert_eq!(look(&"\u{202e}".repeat(1_000_000), true, |_| false).len(), MOST);
        assert_eq!(look(&"аa ".repeat(100_000), true, |_| false).len(), MOST);
    }

    #[test]
    fn many_of_one_kind_hide_no_other() {
        let tests = "\"\u{200b}\" ".repeat(MOST + 50);
        let text = format!("{tests} \"\u{200b}\" аa \u{202e}");
        let found = look(&text, true, |at| at < tests.len());
        let behind: Vec<OddKind> =
            found.iter().filter(|(at, ..)| *at >= tests.len()).map(|(.., kind)| *kind).collect();
        assert_eq!(behind, [OddKind::Invisible, OddKind::LookAlike, OddKind::Direction]);
        let comments = format!("/* {} */ \"\u{200b}\"", "\u{200b}".repeat(200_000));
        assert_eq!(look(&comments, true, |_| false).len(), 1, "what stands in comments does not count");
    }
}
