//! Who wrote what models rest on: the models themselves, the code of mitigations, and the tests that try to defeat them.
//!
//! Asked is git, and only where an answer could matter: a model with one reviewer, and mitigations with code and such tests
//! of which no record says who made it. Nothing is guessed: where the history is cut off there is a gap, and a commit that
//! a forge or a program made keeps that mark.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;
use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};

use crate::cache::{Shelf, shelf_name};
use crate::facts::code::{Code, Item, ItemKind};
use crate::facts::git::{Author, Blame, Past as Repository};
use crate::facts::{Gap, Kind};
use crate::request::Request;
use crate::source::{Location, Placed, Source, Tree};

use super::{Acceptance, Mitigation, Model, State, Threats};

/// More files than that are not asked about.
const MOST_FILES: usize = 500;

/// Who wrote the files that matter.
#[derive(Debug, Default)]
pub struct Hands {
    blame: Blame,
    /// The files by path, with their text and their place in the blame.
    files: BTreeMap<String, (Arc<Source>, usize)>,
}

/// Who wrote some lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Lines that say something, white space left out.
    pub lines: usize,
    /// How many of them each person wrote, alone or with others.
    pub people: BTreeMap<Author, usize>,
    /// How many nobody has committed, a program has, or a forge has made of several commits.
    pub hidden: usize,
}

impl Share {
    /// True where enough is hidden that somebody else may have written the most of it.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.hidden * 2 > self.lines
    }

    /// Those who wrote at least a fifth of the lines.
    pub fn main(&self) -> impl Iterator<Item = &Author> {
        self.people.iter().filter(|(_, lines)| **lines * 5 >= self.lines).map(|(person, _)| person)
    }

    fn add(&mut self, other: Option<&Share>) {
        let Some(other) = other else { return };
        self.lines += other.lines;
        self.hidden += other.hidden;
        for (person, lines) in &other.people {
            *self.people.entry(person.clone()).or_default() += lines;
        }
    }
}

impl Hands {
    /// Who wrote functions; `None` where nothing is known of a file.
    #[must_use]
    pub fn of_functions(&self, functions: &[&Item]) -> Option<Share> {
        let mut share = Share::default();
        for function in functions {
            let at = &function.site.at;
            share.add(Some(&self.of_lines(at.path(), body(at))?));
        }
        Some(share).filter(|share| share.lines > 0)
    }

    /// Who wrote lines of a file, counted from 0; `None` where nothing is known of it.
    #[must_use]
    pub fn of_lines(&self, path: &str, lines: Range<usize>) -> Option<Share> {
        let (source, file) = self.files.get(path)?;
        let writers = self.blame.files.get(*file)?;
        let mut share = Share::default();
        for (at, text) in source.text().lines().enumerate().skip(lines.start).take(lines.len()) {
            if text.trim().is_empty() {
                continue;
            }
            share.lines += 1;
            let wrote = writers.get(at).copied().flatten().and_then(|at| self.blame.commits.get(at));
            match wrote {
                Some(wrote) => {
                    share.hidden += usize::from(wrote.squashed || wrote.by_program);
                    for person in &wrote.people {
                        *share.people.entry(person.clone()).or_default() += 1;
                    }
                }
                None => share.hidden += 1,
            }
        }
        Some(share)
    }

    /// Who wrote an acceptance, from its head to the day on which it ends.
    #[must_use]
    pub fn of_acceptance(&self, acceptance: &Acceptance) -> Option<Share> {
        let first = acceptance.id.at.line() - 1;
        let ends = acceptance.until.iter().map(|until| &until.at);
        let last = ends.chain(acceptance.by.iter().map(|by| &by.at)).map(Location::line).max();
        self.of_lines(acceptance.id.at.path(), first..last.unwrap_or(first + 1))
    }

    /// Who wrote what a model says, its reviews left out: those are written by reviewers.
    #[must_use]
    pub fn of_model(&self, model: &Model) -> Option<Share> {
        let text = model.at.source().text();
        let mut share = Share::default();
        let mut reviewing = false;
        for (at, line) in text.lines().enumerate() {
            if line.starts_with('[') {
                reviewing = line.trim_start_matches('[').trim_start().starts_with("review");
            }
            if !reviewing {
                share.add(Some(&self.of_lines(model.at.path(), at..at + 1)?));
            }
        }
        Some(share).filter(|share| share.lines > 0)
    }
}

/// The lines of a function from its name to the end of its body, counted from 0.
fn body(name: &Location) -> Range<usize> {
    let source = name.source();
    let start = name.bytes().end;
    let text = source.text().get(start..).unwrap_or_default();
    let (mut depth, mut at) = (0_usize, start);
    for token in tokenize(text, FrontmatterAllowed::No) {
        match token.kind {
            TokenKind::OpenBrace | TokenKind::OpenParen | TokenKind::OpenBracket => depth += 1,
            TokenKind::CloseParen | TokenKind::CloseBracket => depth = depth.saturating_sub(1),
            TokenKind::CloseBrace => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            TokenKind::Semi if depth == 0 => break,
            _ => {}
        }
        at += token.len as usize;
    }
    name.line() - 1..source.at(at..at).line()
}

/// Asks git who wrote what matters.
pub(in crate::facts) fn gather(
    tree: &Tree,
    threats: &Threats,
    code: &Code,
    request: &Request,
    gaps: &mut Vec<Gap>,
) -> Hands {
    let (wanted, needed) = wanted(threats, code, request.as_of);
    let mut hands = Hands::default();
    let Some(first) = threats.models.first().filter(|_| !wanted.is_empty()) else { return hands };
    let asked = || -> Result<Blame, String> {
        if wanted.len() > MOST_FILES {
            return Err(format!("{} files would have to be asked about", wanted.len()));
        }
        let repository =
            Repository::open(tree.root())?.ok_or("the workspace is in no git repository".to_owned())?;
        let files = wanted.values().map(|source| {
            let path = tree.root().join(source.path());
            let path = path.canonicalize().unwrap_or(path);
            let within =
                repository.within(&path).ok_or("a file lies outside of the repository".to_owned())?;
            Ok((within, source.text()))
        });
        let files: Vec<(PathBuf, &str)> = files.collect::<Result<_, String>>()?;
        let mut kept = Shelf::open(request.cache.as_deref(), &shelf_name("authors", tree));
        let blame = repository.hands(&files, &mut kept)?;
        kept.close(false);
        Ok(blame)
    };
    match asked() {
        Ok(blame) => {
            let files = wanted.into_iter().enumerate();
            hands.files = files.map(|(at, (path, source))| (path, (source, at))).collect();
            hands.blame = blame;
            gaps.extend(hidden(threats, code, &hands, request.as_of));
        }
        // Records tell it by themselves.
        Err(_) if !needed => {}
        Err(why) => {
            let remedy =
                "git fetch --unshallow, or inspect a full clone; a record says who tested (`evidence`)";
            gaps.push(
                Gap::new(Kind::Authors, "who wrote mitigations, their tests and the model", why, remedy)
                    .at(first.at.clone()),
            );
        }
    }
    hands
}

/// What nobody can tell, although git was asked: programs and forges that make one commit of several hide people.
fn hidden(threats: &Threats, code: &Code, hands: &Hands, today: Date) -> Vec<Gap> {
    let mut hidden = Vec::new();
    // Each file with a function that may be meant was asked about.
    let is_asked =
        |item: &&Item| item.kind == ItemKind::Function && hands.files.contains_key(item.site.at.path());
    let mut asked = Meant::of(code.items.iter().filter(is_asked), hands);
    let mut look = |share: Option<Share>, what: String, at: &Location| {
        if share.is_some_and(|share| share.is_hidden()) {
            let why = "most of its lines come from a program, from changes that a forge has squashed, or from no commit";
            let remedy = "keep the commits of those who wrote it; of an attack, record who carried it out (`evidence`)";
            hidden.push(Gap::new(Kind::Authors, what, why, remedy).at(at.clone()));
        }
    };
    for model in &threats.models {
        if model.last_review(today).is_some_and(|review| review.by.len() == 1) {
            look(hands.of_model(model), "who wrote the model".to_owned(), &model.at);
        }
        for acceptance in model.own_acceptances() {
            let what = format!("who wrote acceptance `{}`", acceptance.id.value);
            look(hands.of_acceptance(acceptance), what, &acceptance.id.at);
        }
        for mitigation in model.mitigations.iter().filter(|mitigation| is_asked_about(mitigation)) {
            let id = &mitigation.id.value;
            for (paths, what) in
                [(&mitigation.code, "mitigation"), (&mitigation.thwart, "the attack on mitigation")]
            {
                look(asked.share(paths), format!("who wrote {what} `{id}`"), &mitigation.id.at);
            }
        }
    }
    hidden
}

/// The functions that were asked about, by the ends of paths that may mean them, with what was found out so far.
struct Meant<'h> {
    by_end: BTreeMap<String, Vec<&'h Item>>,
    hands: &'h Hands,
    shares: BTreeMap<String, Option<Share>>,
}

impl<'h> Meant<'h> {
    fn of(items: impl Iterator<Item = &'h Item>, hands: &'h Hands) -> Self {
        let mut by_end: BTreeMap<String, Vec<&Item>> = BTreeMap::new();
        for item in items {
            for end in ends_of(&item.path) {
                by_end.entry(end).or_default().push(item);
            }
        }
        Self { by_end, hands, shares: BTreeMap::new() }
    }

    /// Who wrote what paths may mean.
    fn share(&mut self, paths: &[Placed<String>]) -> Option<Share> {
        let mut sum = Share::default();
        let ends: BTreeSet<String> = paths.iter().flat_map(|path| meanings(&path.value)).collect();
        for end in ends {
            let functions = self.by_end.get(&end);
            let share = self.shares.entry(end).or_insert_with(|| self.hands.of_functions(functions?));
            sum.add(share.as_ref());
        }
        Some(sum).filter(|sum| sum.lines > 0)
    }
}

/// True where only git can tell who wrote a mitigation and who attacked it.
fn is_asked_about(mitigation: &Mitigation) -> bool {
    mitigation.state.value == State::InPlace
        && !mitigation.code.is_empty()
        && !mitigation.thwart.is_empty()
        && mitigation.evidence.is_empty()
}

/// The files of which an author could matter, by path; and whether nothing else tells it.
fn wanted(threats: &Threats, code: &Code, today: Date) -> (BTreeMap<String, Arc<Source>>, bool) {
    let mut needed = false;
    let mut files: BTreeMap<String, Arc<Source>> = BTreeMap::new();
    let mut ends: BTreeSet<String> = BTreeSet::new();
    for model in &threats.models {
        let alone = model.last_review(today).filter(|review| review.by.len() == 1).map(|_| &model.at);
        let own = model.own_acceptances().into_iter().map(|acceptance| &acceptance.id.at);
        // An acceptance may stand in an overlay.
        for source in alone.into_iter().chain(own).map(Location::source) {
            files.insert(source.path().to_owned(), Arc::clone(source));
            needed = true;
        }
        for mitigation in model.mitigations.iter().filter(|mitigation| !mitigation.code.is_empty()) {
            if !mitigation.thwart.is_empty() || !mitigation.evidence.is_empty() {
                needed |= mitigation.evidence.is_empty();
                let paths = mitigation.code.iter().chain(&mitigation.thwart);
                ends.extend(paths.flat_map(|path| meanings(&path.value)));
            }
        }
    }
    if ends.is_empty() {
        return (files, needed);
    }
    for item in code.items.iter().filter(|item| item.kind == ItemKind::Function) {
        let source = item.site.at.source();
        if !files.contains_key(source.path()) && ends_of(&item.path).any(|end| ends.contains(&end)) {
            files.insert(source.path().to_owned(), Arc::clone(source));
        }
    }
    (files, needed)
}

/// What a path may mean: its last two names, which a function's own path has too, however its package is called; and a test
/// target of its last name, since of a target below a package only its own name is part of a function's path.
fn meanings(path: &str) -> Vec<String> {
    let path = path.strip_suffix("::*").unwrap_or(path).replace('-', "_");
    let mut parts = path.rsplitn(3, "::");
    match (parts.next(), parts.next()) {
        (Some(last), Some(before)) => vec![format!("{before}::{last}"), format!("::{last}")],
        _ => vec![path],
    }
}

/// By which of these a function, or a module around it, may be meant: rather too often than not at all.
fn ends_of(function: &str) -> impl Iterator<Item = String> {
    let parts: Vec<&str> = function.split("::").collect();
    let target = parts.first().map(|first| format!("::{first}"));
    let pairs: BTreeSet<String> = parts.windows(2).map(|pair| pair.join("::")).chain(target).collect();
    pairs.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_meant_by_the_ends_of_paths() {
        let is_meant = |path: &str, function: &str| {
            let ends: Vec<String> = ends_of(function).collect();
            meanings(path).iter().any(|meaning| ends.contains(meaning))
        };
        for (path, function) in [
            ("pump-gw::listen::serve", "pump_gw::listen::serve"),
            ("renamed::listen::serve", "pump_gw::listen::serve"),
            ("pump::listen::*", "pump::listen::serve"),
            ("pump::tls::tests::refuses", "pump::tls::tests::refuses"),
            ("pump::it::*", "it::cases::refuses"),
            ("pump::it", "it::refuses"),
        ] {
            assert!(is_meant(path, function), "{path} {function}");
        }
        assert!(!is_meant("pump::listen::serve", "pump::serve::listen"));
        assert!(!is_meant("pump::serve", "other::listen::serve"));
    }

    #[test]
    fn a_body_ends_where_its_braces_do() {
        let text =
            "fn a() -> [u8; { 2 }] {\n    let s = \"}\"; // }\n    if true { b() }\n}\nfn b();\nfn c() {}\n";
        let source = Source::new("src/lib.rs", text);
        for (name, lines) in [("a(", 0..4), ("b();", 4..5), ("c()", 5..6)] {
            let at = text.rfind(&format!("fn {name}")).expect("the function") + 3;
            let found = body(&source.at(at..at + 1));
            assert_eq!(found, lines, "{name}");
        }
        let plain = Source::new("src/lib.rs", "x\nfn a() {\n    { }\n\n    c(\"}\")\n}\nrest\n");
        assert_eq!(body(&plain.at(5..6)), 1..6);
    }
}
