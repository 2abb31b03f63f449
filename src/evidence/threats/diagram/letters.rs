//! How wide a text is drawn, and how it breaks into lines: measured for a wide face, so that no other overflows.

/// The width of a text in pixels.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(share).sum::<f64>() * size
}

/// The share of its size that a letter is wide.
fn share(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' | '.' | ',' | ':' | ';' | '!' => 0.33,
        'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | '/' | ' ' | '-' => 0.40,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '\u{2192}' | '\u{2190}' | '\u{2194}' => 0.95,
        c if c.is_ascii_uppercase() => 0.72,
        c if c.is_ascii() => 0.61,
        c if u32::from(c) < 0x2000 => 0.70,
        _ => 1.05,
    }
}

/// Breaks a text into lines no wider than that; what does not fit into so many lines is cut.
pub(super) fn lines(text: &str, size: f64, widest: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace().flat_map(|word| pieces(word, size, widest)) {
        let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
        if width(&longer, size) <= widest {
            line = longer;
            continue;
        }
        lines.push(std::mem::replace(&mut line, word));
        if lines.len() == most {
            break;
        }
    }
    if lines.len() < most && !line.is_empty() {
        lines.push(line);
    } else if let Some(last) = lines.last_mut() {
        while width(last, size) + width("...", size) > widest && last.pop().is_some() {}
        last.push('\u{2026}');
    }
    lines
}

/// A word that is wider than a line in pieces, broken behind signs where it has some.
fn pieces(word: &str, size: f64, widest: f64) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for c in word.chars() {
        if width(&piece, size) + share(c) * size > widest {
            let sign = piece.rfind(['-', '_', '/', '.', ':']).map(|at| at + 1).filter(|at| *at < piece.len());
            let rest = sign.map(|at| piece.split_off(at)).unwrap_or_default();
            pieces.push(std::mem::replace(&mut piece, rest));
        }
        piece.push(c);
    }
    pieces.push(piece);
    pieces
}

/// A text that can't be taken for markup, without what no XML may hold.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            // What turns the direction of a text or hides has no place on a drawing.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                safe.push('\u{fffd}');
            }
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_breaks_into_lines_that_fit_and_says_where_it_is_cut() {
        let text = "Somebody on the ward network sends a forged order to the pump";
        let broken = lines(text, 12.0, 120.0, 3);
        assert_eq!(broken.len(), 3);
        assert!(broken.iter().all(|line| width(line, 12.0) <= 132.0), "{broken:?}");
        assert!(broken[2].ends_with('\u{2026}'));
        assert_eq!(lines("short", 12.0, 120.0, 3), ["short"]);
        assert_eq!(lines("", 12.0, 120.0, 3), [""; 0]);
        let long = lines(&"x".repeat(90), 12.0, 120.0, 9);
        assert_eq!(long.concat(), "x".repeat(90), "a word without end is broken, not lost");
    }

    #[test]
    fn nothing_is_taken_for_markup() {
        assert_eq!(escaped("<b>\"&'\u{0}\u{202e}"), "&lt;b&gt;&quot;&amp;&#39; \u{fffd}");
    }
}
