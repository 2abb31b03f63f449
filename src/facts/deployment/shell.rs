//! The words of shell commands, as far as modes of files are set in them.

use std::ops::Range;

use super::Mode;

/// What parts words: blanks and what puts commands together. Quotes too: a word is never longer than its quotes.
const BETWEEN: &[char] =
    &[' ', '\t', '\n', '\r', '"', '\'', '[', ']', '(', ')', '{', '}', ';', '&', '|', '\\', '`'];

/// The words of a text with their places in it, lines that are comments left out.
pub(super) fn words(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut words = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim_start().starts_with('#') {
            let mut at = start;
            for word in line.split(BETWEEN) {
                // A lone comma stands between the words of a list in JSON.
                let kept = word.trim_matches(',');
                if !kept.is_empty() {
                    words.push((at..at + word.len(), kept));
                }
                at += word.len() + 1;
            }
        }
        start += line.len();
    }
    words
}

/// The modes that a command sets with `chmod`, with their places.
pub(super) fn modes(text: &str) -> Vec<(Range<usize>, Mode)> {
    let words = words(text);
    let mut modes = Vec::new();
    for (index, (_, word)) in words.iter().enumerate() {
        if *word == "chmod" || word.ends_with("/chmod") {
            let mode = words[index + 1..].iter().find(|(_, word)| !is_option(word));
            modes.extend(mode.and_then(|(at, word)| Some((at.clone(), mode_of(word)?))));
        }
    }
    modes
}

/// True for an option of `chmod`; `-w` and the like are modes.
fn is_option(word: &str) -> bool {
    word.starts_with("--") || matches!(word, "-R" | "-v" | "-c" | "-f" | "-vR" | "-Rv" | "-fR" | "-Rf")
}

/// What a mode grants, in octal digits (`0777`) or letters (`u=rwx,o+w`).
pub(super) fn mode_of(word: &str) -> Option<Mode> {
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        let bits = u32::from_str_radix(word, 8).ok()?;
        // In a folder with the sticky bit, such as /tmp, files are safe from others.
        return Some(Mode { open: bits & 0o1002 == 0o002, setuid: bits & 0o4000 != 0 });
    }
    let mut mode = Mode { open: false, setuid: false };
    for part in word.split(',') {
        let (who, what) = part.split_at(part.find(['+', '=', '-'])?);
        if !who.chars().all(|c| "ugoa".contains(c)) || what.starts_with('-') {
            continue;
        }
        // Without a word for whom, the umask keeps others from writing.
        mode.open |= who.contains(['o', 'a']) && what.contains('w');
        mode.setuid |= (who.is_empty() || who.contains(['u', 'a'])) && what.contains('s');
    }
    Some(mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_as_chmod_reads_them() {
        for (text, open, setuid) in [
            ("chmod 777 /data", true, false),
            ("chmod -R 0777 /data", true, false),
            ("cd /x && /bin/chmod 666 y; true", true, false),
            ("find . -exec chmod 777 {} \\;", true, false),
            ("[\"chmod\",\"777\",\"/x\"]", true, false),
            ("chmod 1777 /tmp", false, false),
            ("chmod 755 /x", false, false),
            ("chmod a+rwX /x", true, false),
            ("chmod o+w /x", true, false),
            ("chmod +w /x", false, false),
            ("chmod o-w /x", false, false),
            ("chmod u=rwx,go=rx /x", false, false),
            ("chmod ugo=rwx /x", true, false),
            ("chmod u+s /x", false, true),
            ("chmod +s /x", false, true),
            ("chmod g+s /x", false, false),
            ("chmod 4755 /x", false, true),
            ("chmod 2755 /x", false, false),
        ] {
            let modes = modes(text);
            let [(at, mode)] = modes.as_slice() else { panic!("{text}: {modes:?}") };
            assert_eq!((mode.open, mode.setuid), (open, setuid), "{text}");
            assert!(!text[at.clone()].is_empty());
        }
        for none in
            ["# chmod 777 /x", "chmod $MODE /x", "chmod", "chmod --reference=a b", "echo 777", "chmodx 777"]
        {
            assert!(modes(none).iter().all(|(_, mode)| !mode.open), "{none}");
        }
    }
}
