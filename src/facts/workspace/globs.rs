//! Member patterns such as `crates/*`, matched within limits.
//!
//! A hostile manifest may name a pattern that visits a whole disk, or a tree with looping links.
//! Folders are listed only where the pattern asks for it, `**` does not follow links, and the walk
//! ends after a fixed number of entries.

use std::path::{Component, Path, PathBuf};

use crate::source::{Kind, Tree};

/// How many folder entries one workspace may make us look at.
const MOST_ENTRIES: usize = 100_000;

/// How deep `**` goes.
const DEEPEST: usize = 32;

/// True when the text can match more than itself.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The folders that a pattern names, sorted. `None` when the limit was reached.
pub(super) fn folders(tree: &Tree, pattern: &str) -> Option<Vec<PathBuf>> {
    let segments: Vec<String> = Path::new(pattern)
        .components()
        .filter(|part| !matches!(part, Component::CurDir))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let mut walk = Walk { tree, entries: 0, found: Vec::new() };
    walk.descend(tree.root().to_owned(), &segments, 0)?;
    walk.found.sort();
    walk.found.dedup();
    Some(walk.found)
}

struct Walk<'a> {
    tree: &'a Tree,
    entries: usize,
    found: Vec<PathBuf>,
}

impl Walk<'_> {
    fn descend(&mut self, folder: PathBuf, segments: &[String], depth: usize) -> Option<()> {
        let Some((segment, rest)) = segments.split_first() else {
            self.found.push(folder);
            return Some(());
        };
        if segment == "**" {
            self.descend(folder.clone(), rest, depth)?;
            if depth < DEEPEST {
                for path in self.list(&folder)? {
                    if !path.is_symlink() {
                        self.descend(path, segments, depth + 1)?;
                    }
                }
            }
        } else if is_pattern(segment) {
            for path in self.list(&folder)? {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if matches(segment, &name) {
                    self.descend(path, rest, depth)?;
                }
            }
        } else {
            self.descend(folder.join(segment), rest, depth)?;
        }
        Some(())
    }

    /// The folders in a folder. What cannot be listed holds nothing.
    fn list(&mut self, folder: &Path) -> Option<Vec<PathBuf>> {
        let mut paths = self.tree.list(folder, MOST_ENTRIES + 1);
        self.entries += paths.len();
        if self.entries > MOST_ENTRIES {
            return None;
        }
        paths.retain(|path| self.tree.kind(path) == Kind::Folder);
        Some(paths)
    }
}

/// True when one name matches a pattern with `*`, `?` and `[...]`.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // The last star and what it has swallowed: going back to it alone keeps this linear enough.
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, n));
            p += 1;
            continue;
        }
        if let Some(next) = step(&pattern, p, name[n]) {
            p = next;
            n += 1;
            continue;
        }
        let Some((at, swallowed)) = star else { return false };
        star = Some((at, swallowed + 1));
        p = at + 1;
        n = swallowed + 1;
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Where the pattern goes on when its part at `p` matches a character.
fn step(pattern: &[char], p: usize, c: char) -> Option<usize> {
    match pattern.get(p)? {
        '?' => Some(p + 1),
        '[' => {
            let end = p + 2 + pattern.get(p + 2..)?.iter().position(|c| *c == ']')?;
            let (negated, set) = match pattern[p + 1] {
                '!' => (true, &pattern[p + 2..end]),
                _ => (false, &pattern[p + 1..end]),
            };
            (in_set(set, c) != negated).then_some(end + 1)
        }
        literal => (*literal == c).then_some(p + 1),
    }
}

fn in_set(set: &[char], c: char) -> bool {
    set.contains(&c) || set.windows(3).any(|range| range[1] == '-' && (range[0]..=range[2]).contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_cargo_matches_them() {
        for (pattern, name) in [
            ("*", "a"),
            ("pump-*", "pump-ui"),
            ("*-sys", "a-sys"),
            ("p?mp", "pump"),
            ("[a-c]x", "bx"),
            ("[!a]", "b"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("pump", "pumps"),
            ("pump-*", "pump"),
            ("?", ""),
            ("[a-c]x", "dx"),
            ("[!a]", "a"),
            ("[", "["),
            ("a", ""),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        assert!(!matches(&"*a".repeat(2000), &"a".repeat(1999)), "many stars end in time");
    }

    #[test]
    #[cfg(unix)]
    fn looping_links_end() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir_all(folder.path().join("a/b")).expect("a folder");
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop")).expect("a link");
        let tree = Tree::new(folder.path()).expect("a tree");
        assert!(folders(&tree, "**").is_some_and(|found| found.len() == 3));
        assert!(folders(&tree, "*/*/*/*").is_some());
    }
}
