//! The commands of a shell script, as far as words and what parts them tell.
//!
//! Nothing is expanded: a variable is a word like another, and what GitHub writes into a script (`${{ .. }}`)
//! is a part of a word. What stands in `$( .. )`, in backquotes and in `<( .. )` is told as commands of its own
//! too, before the command that it is a part of. Here documents are text.

use std::ops::Range;

use crate::document::Value;
use crate::source::Location;

/// Deeper substitutions are words only.
const DEEPEST: usize = 6;

/// A command with its arguments.
#[derive(Debug)]
pub struct Command {
    /// Its words without their quotes, assignments and keywords before it included.
    pub words: Vec<String>,
    /// What follows it.
    pub then: Then,
    /// The line on which it begins.
    pub at: Location,
    /// True where what it writes becomes a word of another command.
    pub captured: bool,
}

/// What follows a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The next one, whatever came of it.
    Next,
    /// The next one, if it went well: `&&`.
    And,
    /// The next one, if it failed: `||`.
    Or,
    /// The next one, which reads what it writes: `|`.
    Pipe,
}

/// Words before the name of a program.
const BEFORE: &[&str] = &[
    "!", "if", "then", "else", "elif", "while", "until", "do", "time", "exec", "command", "builtin", "nohup",
    "env", "sudo", "doas",
];

impl Command {
    /// The program without its folder, and what it is given; keywords, assignments and `sudo` are passed over.
    #[must_use]
    pub fn program(&self) -> Option<(&str, &[String])> {
        let mut rest = self.words.as_slice();
        let mut lifted = false;
        while let Some((word, more)) = rest.split_first() {
            let assigns = word.split_once('=').is_some_and(|(name, _)| is_name(name));
            // Options of `sudo` and `env`.
            let option = lifted && word.starts_with('-');
            if !assigns && !option && !BEFORE.contains(&word.as_str()) {
                let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
                return Some((name.strip_suffix(".exe").unwrap_or(name), more));
            }
            lifted |= matches!(word.as_str(), "sudo" | "doas" | "env" | "exec" | "command");
            rest = more;
        }
        None
    }
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The language of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shell {
    Posix,
    /// `PowerShell`.
    Windows,
    /// One that nobody here knows.
    Other,
}

impl Shell {
    /// The shell by the word that names it; without one it depends on the machine, and is mostly `bash`.
    pub(super) fn named(shell: Option<&str>) -> Self {
        match shell.and_then(|shell| shell.split_whitespace().next()) {
            None | Some("bash" | "sh" | "/bin/bash" | "/bin/sh" | "zsh") => Self::Posix,
            Some("pwsh" | "powershell") => Self::Windows,
            Some(_) => Self::Other,
        }
    }
}

/// The commands of a script.
pub(super) fn read(script: &Value, shell: Shell) -> Vec<Command> {
    let (Some(text), at) = (script.as_str(), script.at()) else { return Vec::new() };
    if shell == Shell::Other {
        return Vec::new();
    }
    let mut reader = Reader { shell, found: Vec::new() };
    reader.script(text, 0, 0);
    let places = places(text, &at);
    let place = |line: usize| places.get(line).cloned().unwrap_or_else(|| at.clone());
    let command = |Found { line, words, then, captured }| Command { words, then, at: place(line), captured };
    reader.found.into_iter().map(command).collect()
}

/// Where each line of a script stands in the file: YAML takes away what it is set in by.
fn places(text: &str, at: &Location) -> Vec<Location> {
    let (raw, start) = (at.snippet(), at.bytes().start);
    let mut from = 0;
    let place = |line: &str| {
        let line = line.trim();
        let Some(found) = raw[from..].find(line).filter(|_| !line.is_empty()) else { return at.clone() };
        let begin = from + found;
        from = begin + line.len();
        at.source().at(start + begin..start + from)
    };
    text.lines().map(place).collect()
}

/// Where here documents stand whose end is quoted, as in `<<'EOF'`: a shell replaces nothing in them.
pub(super) fn plain_documents(script: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    let mut at = 0;
    for line in script.split_inclusive('\n') {
        let end = at + line.len();
        match &open {
            Some((start, name)) if line.trim() == name => {
                found.push(*start..at);
                open = None;
            }
            Some(_) => {}
            None => open = quoted_end(line).map(|name| (end, name.to_owned())),
        }
        at = end;
    }
    found
}

/// The quoted end of the here document that a line begins.
fn quoted_end(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("<<")?;
    let rest = rest.trim_start_matches(['-', ' ']);
    let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    let (name, _) = rest[1..].split_once(quote)?;
    Some(name).filter(|name| is_name(name))
}

struct Reader {
    shell: Shell,
    found: Vec<Found>,
}

/// A command before its place is known.
struct Found {
    line: usize,
    words: Vec<String>,
    then: Then,
    captured: bool,
}

/// A command that is being read.
#[derive(Default)]
struct Open {
    captured: bool,
    words: Vec<String>,
    word: Option<String>,
    line: usize,
}

impl Open {
    fn push(&mut self, text: &str, line: usize) {
        if self.words.is_empty() && self.word.is_none() {
            self.line = line;
        }
        self.word.get_or_insert_default().push_str(text);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }
}

impl Reader {
    fn end(&mut self, open: &mut Open, then: Then) {
        open.end_word();
        let words = std::mem::take(&mut open.words);
        if !words.is_empty() {
            self.found.push(Found { line: open.line, words, then, captured: open.captured });
        }
    }

    /// Reads a script whose first line is this one of the whole.
    fn script(&mut self, text: &str, first: usize, depth: usize) {
        let mut open = Open { captured: depth > 0, ..Open::default() };
        let mut line = first;
        // The ends of here documents whose text begins on the next line.
        let mut documents: Vec<String> = Vec::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let posix = self.shell == Shell::Posix;
            let step = match next {
                '\n' => {
                    self.end(&mut open, Then::Next);
                    1 + documents
                        .drain(..)
                        .fold(0, |passed, end| passed + document(&rest[1 + passed..], &end))
                }
                '\\' if posix && rest[1..].starts_with('\n') => 2,
                '\\' if posix => {
                    let length = escaped(rest);
                    open.push(&rest[1..length], line);
                    length
                }
                '`' if !posix => {
                    if rest[1..].starts_with('\n') {
                        2
                    } else {
                        1
                    }
                }
                _ if rest.starts_with("${{") => {
                    let length = rest.find("}}").map_or(rest.len(), |end| end + 2);
                    open.push(&rest[..length], line);
                    length
                }
                '\'' | '"' => {
                    let length = quoted(rest, posix, 0);
                    let inside = rest[1..length].strip_suffix(next).unwrap_or(&rest[1..length]);
                    if next == '"' && posix {
                        self.inner(inside, line, depth);
                    }
                    open.push(inside, line);
                    length
                }
                '$' | '<' | '>' if rest[1..].starts_with('(') && posix => {
                    let length = enclosed(rest, 0);
                    self.inner(&rest[..length], line, depth);
                    open.push(&rest[..length], line);
                    length
                }
                '`' => {
                    let length = rest[1..].find('`').map_or(rest.len(), |end| end + 2);
                    self.inner(&rest[..length], line, depth);
                    open.push(&rest[..length], line);
                    length
                }
                '#' if open.word.is_none() => rest.find('\n').unwrap_or(rest.len()),
                '<' | '>' | '&' if next != '&' || rest.starts_with("&>") => {
                    let length =
                        rest.find(|c| !matches!(c, '<' | '>' | '&' | '|' | '-')).unwrap_or(rest.len());
                    open.end_word();
                    let sign = &rest[..length];
                    if posix && matches!(sign, "<<" | "<<-") {
                        documents.extend(end_of_document(&rest[length..]));
                    }
                    open.push(sign, line);
                    open.end_word();
                    length
                }
                ';' | '|' | '&' => {
                    let (then, length) = parts(rest);
                    self.end(&mut open, then);
                    length
                }
                '(' | ')' | '{' | '}' if posix && groups(rest, open.word.is_none()) => {
                    self.end(&mut open, Then::Next);
                    1
                }
                blank if blank.is_whitespace() => {
                    open.end_word();
                    blank.len_utf8()
                }
                other => {
                    open.push(&rest[..other.len_utf8()], line);
                    other.len_utf8()
                }
            };
            line += rest[..step].matches('\n').count();
            rest = &rest[step..];
        }
        self.end(&mut open, Then::Next);
    }

    /// Reads the substitutions in a word.
    fn inner(&mut self, word: &str, line: usize, depth: usize) {
        if depth >= DEEPEST {
            return;
        }
        let mut rest = word;
        while let Some(start) = rest.find(['$', '<', '>', '`', '\\']) {
            rest = &rest[start..];
            let length = if rest.starts_with('\\') {
                escaped(rest)
            } else if let Some(inside) = rest.strip_prefix('`') {
                let end = inside.find('`').unwrap_or(inside.len());
                self.script(&inside[..end], line, depth + 1);
                rest.len().min(end + 2)
            } else if rest[1..].starts_with('(') && !rest.starts_with("$((") {
                let length = enclosed(rest, 0);
                self.script(rest[2..length].strip_suffix(')').unwrap_or_default(), line, depth + 1);
                length
            } else {
                1
            };
            rest = &rest[length..];
        }
    }
}

/// True for a bracket that groups commands: one in a word is a part of it, but for the one that closes.
fn groups(text: &str, starts_word: bool) -> bool {
    let alone = || text[1..].chars().next().is_none_or(|next| next.is_whitespace() || next == ';');
    text.starts_with(')') || (starts_word && (text.starts_with('(') || alone()))
}

/// What parts two commands, and how long it is.
fn parts(text: &str) -> (Then, usize) {
    match text.get(..2) {
        Some("&&") => (Then::And, 2),
        Some("||") => (Then::Or, 2),
        Some("|&") => (Then::Pipe, 2),
        _ if text.starts_with('|') => (Then::Pipe, 1),
        _ => (Then::Next, 1),
    }
}

/// The length of a text in quotes, with them.
fn quoted(text: &str, posix: bool, depth: usize) -> usize {
    let quote = text.chars().next().unwrap_or('"');
    let mut at = 1;
    while let Some(next) = text[at..].chars().next() {
        if next == quote {
            return at + 1;
        }
        let rest = &text[at..];
        at += if rest.starts_with("${{") {
            // A word of GitHub may have quotes of its own.
            rest.find("}}").map_or(1, |end| end + 2)
        } else if quote == '"' && posix && next == '\\' {
            escaped(rest)
        } else if quote == '"' && posix && rest.starts_with("$(") && depth < DEEPEST {
            enclosed(rest, depth + 1)
        } else {
            next.len_utf8()
        };
    }
    text.len()
}

/// The length of a backslash and what follows it.
fn escaped(text: &str) -> usize {
    1 + text[1..].chars().next().map_or(0, char::len_utf8)
}

/// The length of `$( .. )` or `<( .. )`, with its brackets.
fn enclosed(text: &str, depth: usize) -> usize {
    let mut open = 0_usize;
    let mut at = 1;
    while let Some(next) = text[at..].chars().next() {
        at += match next {
            '\'' | '"' => quoted(&text[at..], true, depth),
            '\\' => escaped(&text[at..]),
            _ => next.len_utf8(),
        };
        match next {
            '(' => open += 1,
            ')' => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 {
            return at;
        }
    }
    text.len()
}

/// The word that ends a here document, without its quotes.
fn end_of_document(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    Some(word.chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).collect())
}

/// The length of a here document with the line that ends it; all of the text where none does.
fn document(text: &str, end: &str) -> usize {
    let mut passed = 0;
    for line in text.split_inclusive('\n') {
        passed += line.len();
        if line.trim() == end {
            break;
        }
    }
    passed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse_yaml;
    use crate::source::Source;

    fn commands(script: &str, shell: Shell) -> Vec<(String, Then)> {
        let mut reader = Reader { shell, found: Vec::new() };
        reader.script(script, 0, 0);
        reader.found.into_iter().map(|found| (found.words.join("·"), found.then)).collect()
    }

    fn words(script: &str) -> Vec<String> {
        commands(script, Shell::Posix).into_iter().map(|(words, _)| words).collect()
    }

    #[test]
    fn here_documents_in_which_nothing_is_replaced_are_told() {
        for (script, inside) in [
            ("cat <<'EOF' > x\na\nEOF\nb\n", vec!["a\n"]),
            ("cat <<-\"E\"\n  a\n  E\ncat <<EOF\nb\nEOF\n", vec!["  a\n"]),
            ("cat <<'EOF'\na\n", vec![]),
            ("echo $((1 << 2)) 'x'\n", vec![]),
        ] {
            let found = plain_documents(script);
            assert_eq!(found.into_iter().map(|range| &script[range]).collect::<Vec<_>>(), inside, "{script}");
        }
    }

    #[test]
    fn commands_are_parted_as_a_shell_parts_them() {
        let found = commands("a 1 | b && c || d; e & f\n# g | h\ni#j\n", Shell::Posix);
        let thens: Vec<(&str, Then)> = found.iter().map(|(words, then)| (words.as_str(), *then)).collect();
        let expected = [
            ("a·1", Then::Pipe),
            ("b", Then::And),
            ("c", Then::Or),
            ("d", Then::Next),
            ("e", Then::Next),
            ("f", Then::Next),
            ("i#j", Then::Next),
        ];
        assert_eq!(thens, expected);
    }

    #[test]
    fn quotes_lines_and_brackets_hold_words_together() {
        for (script, expected) in [
            ("echo 'a | b' \"c; d\" e\\ f", vec!["echo·a | b·c; d·e f"]),
            ("cargo test \\\n  --locked\nls", vec!["cargo·test·--locked", "ls"]),
            ("x=$(a b | c) d", vec!["a·b", "c", "x=$(a b | c)·d"]),
            ("echo \"$(a)\" `b`", vec!["a", "b", "echo·$(a)·`b`"]),
            ("sh <(curl x)", vec!["curl·x", "sh·<(curl x)"]),
            ("echo $((1 + 2)) '$(no)' \"\\$(no)\"", vec!["echo·$((1 + 2))·$(no)·\\$(no)"]),
            ("(cd x && a) 2>&1 >/dev/null", vec!["cd·x", "a", "2·>&·1·>·/dev/null"]),
            ("f() { a; }", vec!["f(", "a"]),
            ("cat <<'EOF' > x\na | b\nEOF\nc", vec!["cat·<<·EOF·>·x", "c"]),
            ("echo ${{ a || 'b c' }} \"${{ f(\"x\") }}\"", vec!["echo·${{ a || 'b c' }}·${{ f(\"x\") }}"]),
            ("if a; then b; fi", vec!["if·a", "then·b", "fi"]),
        ] {
            assert_eq!(words(script), expected, "{script}");
        }
        let pwsh = commands("iex (irm `\n  https://x) # no\nirm x | iex", Shell::Windows);
        let pwsh: Vec<&str> = pwsh.iter().map(|(words, _)| words.as_str()).collect();
        assert_eq!(pwsh, ["iex·(irm·https://x)", "irm·x", "iex"]);
    }

    #[test]
    fn what_another_command_takes_in_is_marked() {
        let root = parse_yaml(&Source::new("t.yml", "run: x=$(a | b) c; d\n")).expect("YAML");
        let found = read(root.get(&["run"]).expect("a script"), Shell::Posix);
        let captured: Vec<(&str, bool)> =
            found.iter().map(|command| (command.words[0].as_str(), command.captured)).collect();
        assert_eq!(captured, [("a", true), ("b", true), ("x=$(a | b)", false), ("d", false)]);
    }

    #[test]
    fn the_program_is_found_behind_what_stands_before_it() {
        let source = Source::new("t.yml", "x");
        for (script, program) in [
            ("sudo -E /usr/bin/sh -x", "sh"),
            ("A=1 B=$C cargo test", "cargo"),
            ("if ! cargo test", "cargo"),
            ("env -i A=b make", "make"),
            ("then exec ./run.sh", "run.sh"),
        ] {
            let words = script.split(' ').map(str::to_owned).collect();
            let command = Command { words, then: Then::Next, at: source.whole(), captured: false };
            assert_eq!(command.program().map(|(name, _)| name), Some(program), "{script}");
        }
    }

    #[test]
    fn each_command_has_its_line() {
        for (yaml, lines) in [
            ("run: |\n  a\n\n  b \\\n    c\n  d\n", vec![2, 4, 6]),
            ("run: a; b\n", vec![1, 1]),
            ("run: \"a\\nb\"\n", vec![1, 1]),
            ("# é\nrun: |\n  é\n  b $(c\n  d)\n", vec![3, 4, 5, 4]),
        ] {
            let root = parse_yaml(&Source::new("t.yml", yaml)).expect("YAML");
            let found = read(root.get(&["run"]).expect("a script"), Shell::Posix);
            assert_eq!(found.iter().map(|command| command.at.line()).collect::<Vec<_>>(), lines, "{yaml}");
        }
    }

    #[test]
    fn whatever_is_written_is_read_to_its_end() {
        let text = "a \"b$(c '`d`')\" <<E | é ${{ x }} `f` $((1)) <(g)\nE\n\\";
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            for piece in ["", "'", "\"", "$(", "`", "\\", "${{", "<<", "(", "\n", "é"] {
                let mut text = text.to_owned();
                text.insert_str(at, piece);
                let _ = (words(&text), words(&text[..at]), commands(&text, Shell::Windows));
            }
        }
        assert!(!words(&"$(".repeat(20_000)).is_empty());
        assert!(!words(&"\"$(".repeat(20_000)).is_empty());
    }
}
