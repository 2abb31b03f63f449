//! Whether a text names a crate, and functions of it: by path, through imports, or by the call of a
//! method of a type of that crate.
//!
//! A hint for people, at lexer speed. A macro, a trait or a re-export can hide a use, and code of
//! tests counts as use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::source::{LARGEST_FILE, read_limited, relative};

use super::carried::Carried;
use super::files::{Reader, Unread};
use super::paths::{Import, use_tree};
use super::tokens::{TokenKind, Tokens};

/// A function that is looked for: the segments of its path behind the crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    segments: Vec<String>,
}

impl Wanted {
    /// Reads a path such as `time::OffsetDateTime::now_local`, of which the first segment is the crate.
    #[must_use]
    pub fn read(path: &str) -> Option<Self> {
        let segments: Vec<String> = path.split("::").skip(1).map(str::to_owned).collect();
        (!segments.is_empty()).then_some(Self { segments })
    }

    fn name(&self) -> &str {
        self.segments.last().map_or("", String::as_str)
    }

    /// The type it is a function of, if it is one.
    fn of_type(&self) -> Option<&str> {
        let before = self.segments.len().checked_sub(2)?;
        Some(self.segments[before].as_str()).filter(|name| name.starts_with(char::is_uppercase))
    }

    /// Whether the segments behind the crate may mean it. Types and functions are re-exported: modules
    /// don't count.
    #[must_use]
    pub fn is<S: AsRef<str>>(&self, segments: &[S]) -> bool {
        match (segments, self.of_type()) {
            ([.., of_type, name], Some(wanted)) => name.as_ref() == self.name() && of_type.as_ref() == wanted,
            ([.., name], None) => name.as_ref() == self.name(),
            _ => false,
        }
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Naming {
    /// True where the crate is named at all.
    pub imported: bool,
    /// The first function found: its index among the wanted, and the byte at which it is named.
    pub function: Option<(usize, usize)>,
}

/// Looks through a text of a crate of this edition. The crate is called `name` there.
#[must_use]
pub fn in_text(text: &str, edition: u16, name: &str, wanted: &[Wanted]) -> Naming {
    if !text.contains(name) {
        return Naming::default();
    }
    let mut seen = Seen { text, name, ..Seen::default() };
    seen.read(edition);
    let function = wanted
        .iter()
        .enumerate()
        .filter_map(|(index, wanted)| Some((seen.place_of(wanted)?, index)))
        .min()
        .map(|(at, index)| (index, at));
    Naming { imported: seen.imported || function.is_some(), function }
}

/// Looks through the library and the programs of a package; tells the file beside.
///
/// # Errors
/// When not all of it can be read.
pub fn in_package(folder: &Path, name: &str, wanted: &[Wanted]) -> Result<(Naming, Option<String>), String> {
    let folder = folder.canonicalize().map_err(|error| error.to_string())?;
    let mut unread = Unread::new();
    let reader = Reader { folder: &folder, edition: 2021, digests: false };
    let mut files = reader.every_file(&mut unread);
    files.sort();
    let mut whole = Naming::default();
    for path in files {
        let inside = relative(&folder, &path);
        if path.extension().is_none_or(|extension| extension != "rs") || Carried::among_tests(&inside) {
            continue;
        }
        let bytes = read_limited(&path, LARGEST_FILE).map_err(|error| format!("{inside}: {error}"))?;
        let found = in_text(&String::from_utf8_lossy(&bytes), reader.edition, name, wanted);
        whole.imported |= found.imported;
        if found.function.is_some() {
            return Ok((Naming { function: found.function, ..whole }, Some(inside)));
        }
    }
    match unread.first_key_value() {
        Some((path, why)) => Err(format!("{}: {why}", relative(&folder, path))),
        None => Ok((whole, None)),
    }
}

/// What a text names of the crate.
#[derive(Debug, Default)]
struct Seen<'a> {
    text: &'a str,
    name: &'a str,
    imported: bool,
    /// Names in the file for paths of the crate, without the crate.
    aliases: BTreeMap<&'a str, Vec<&'a str>>,
    /// The crate itself under another name.
    crates: BTreeSet<&'a str>,
    globs: bool,
    /// Paths as written, without those of imports.
    paths: Vec<Vec<&'a str>>,
    /// Names behind a dot, and names that are called.
    methods: BTreeMap<&'a str, usize>,
    calls: BTreeMap<&'a str, usize>,
}

impl<'a> Seen<'a> {
    fn read(&mut self, edition: u16) {
        let mut tokens = Tokens::new(self.text, edition);
        let mut before = TokenKind::Semi;
        let mut word = "";
        while let Some(token) = tokens.next() {
            if let Some(name) = token.ident() {
                match name {
                    "use" => use_tree(&mut tokens, |import, path| self.import(import, path)),
                    _ if before == TokenKind::Dot => {
                        self.methods.entry(name).or_insert_with(|| offset(self.text, name));
                    }
                    _ if word == "crate" && name == self.name => self.imported = true,
                    _ => self.path(name, &mut tokens, before),
                }
                word = name;
            } else {
                word = "";
            }
            before = token.kind;
        }
    }

    fn path(&mut self, first: &'a str, tokens: &mut Tokens<'a>, before: TokenKind) {
        let mut path = vec![first];
        while tokens.path_goes_on() {
            tokens.next();
            tokens.next();
            match tokens.peek(0).and_then(|token| token.ident()) {
                Some(next) => path.push(next),
                None => break,
            }
            tokens.next();
        }
        if path.len() == 1 {
            if tokens.peek_is(0, TokenKind::OpenParen) {
                self.calls.entry(first).or_insert_with(|| offset(self.text, first));
            }
        } else if before != TokenKind::Gt {
            self.imported |= first == self.name;
            self.paths.push(path);
        }
    }

    fn import(&mut self, import: Import<'a>, path: &[&'a str]) {
        let Some((first, rest)) = path.split_first() else { return };
        if *first != self.name {
            return;
        }
        self.imported = true;
        match import {
            Import::Glob => self.globs = true,
            Import::Name(name) if rest.is_empty() => drop(self.crates.insert(name)),
            Import::Name(name) => drop(self.aliases.insert(name, rest.to_vec())),
        }
    }

    /// The path behind the crate, where a path leads into it.
    fn behind_crate(&self, path: &[&'a str]) -> Option<Vec<&'a str>> {
        let (first, rest) = path.split_first()?;
        if *first == self.name || self.crates.contains(first) {
            return Some(rest.to_vec());
        }
        let before = self.aliases.get(first)?;
        Some([before.as_slice(), rest].concat())
    }

    /// The byte at which a function is named first.
    fn place_of(&self, wanted: &Wanted) -> Option<usize> {
        let in_crate: Vec<(usize, Vec<&str>)> = self
            .paths
            .iter()
            .filter_map(|path| Some((offset(self.text, path[0]), self.behind_crate(path)?)))
            .chain(self.aliases.values().map(|path| (offset(self.text, path[0]), path.clone())))
            .collect();
        let by_path = in_crate.iter().filter(|(_, path)| wanted.is(path)).map(|(at, _)| *at).min();
        let by_name = match wanted.of_type() {
            Some(of_type) => {
                let known = in_crate.iter().any(|(_, path)| path.contains(&of_type));
                self.methods.get(wanted.name()).filter(|_| known)
            }
            None => self.calls.get(wanted.name()).filter(|_| self.globs),
        };
        [by_path, by_name.copied()].into_iter().flatten().min()
    }
}

/// Where a part of a text starts.
fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Vec<Wanted> {
        ["flow::sensor::open", "flow::Rate::scale"].iter().filter_map(|path| Wanted::read(path)).collect()
    }

    fn found(text: &str) -> (bool, Option<&str>) {
        let naming = in_text(text, 2021, "flow", &wanted());
        let at = naming.function.map(|(_, at)| {
            let rest = &text[at..];
            &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())]
        });
        (naming.imported, at)
    }

    #[test]
    fn functions_are_found_by_path_and_through_imports() {
        for (text, place) in [
            ("fn a() { flow::sensor::open(1) }", "flow"),
            ("fn a() { ::flow::open(1) }", "flow"),
            ("use flow::sensor; fn a() { sensor::open(1) }", "sensor"),
            ("use flow::sensor::open as start; fn a() { start(1) }", "sensor"),
            ("use flow as f; fn a() { f::open(1) }", "f"),
            ("use flow::*; fn a() { open(1) }", "open"),
            ("use flow::{Rate, sensor::{self}}; fn a(r: Rate) { r.scale(2) }", "scale"),
            ("fn a(r: &flow::Rate) { r.scale::<u8>(2) }", "scale"),
            ("use flow::Rate as R; fn a() { R::scale(2) }", "R"),
        ] {
            assert_eq!(found(text), (true, Some(place)), "{text}");
        }
    }

    #[test]
    fn a_crate_can_be_named_and_the_function_not() {
        for text in [
            "use flow::Rate; fn a(r: Rate) { r.other(2) }",
            "extern crate flow;",
            "use flow;",
            "fn a() { flow::other(1); other::open(2); open(3) }",
            "use {flow::x, other::open};",
        ] {
            assert_eq!(found(text), (true, None), "{text}");
            assert!(in_text(text, 2021, "flow", &[]).imported, "no function is asked for: {text}");
        }
    }

    #[test]
    fn words_alike_name_nothing() {
        for text in [
            "",
            "fn a(flow: f32) { flow.open(); open(flow) }",
            "use std::{flow::open, net}; use crate::flow::Rate; fn a(r: Rate) { r.scale(2) }",
            "mod overflow; // flow::sensor::open(1)",
            "const A: &str = \"flow::open(1)\";",
            "fn a() { std::flow::open(1); self::flow::open(2) }",
        ] {
            assert_eq!(found(text), (false, None), "{text}");
        }
    }

    #[test]
    fn every_prefix_is_survived() {
        let text = "use flow::{self as f, Rate, sensor::{open as o, *}}; fn a(r: f::Rate) { r.scale(<flow::X>::y(é)) }";
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            found(&text[..end]);
        }
    }
}
