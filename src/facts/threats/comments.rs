//! Links that comments make in the syntax of other tools, read as if the model had named the function.
//!
//! Three tools have one: tracey (`r[impl M-01]`, `r[verify M-01]`), `StrictDoc` (`@relation(M-01, role=Verification)`) and
//! duvet (`//= docs/threats.toml#M-01`, below it `//= type=test`). The id is that of a mitigation, or of a requirement that
//! one names; other ids are for those tools. A comment belongs to the function that follows it, or else to the one that it
//! stands in.

use std::ops::Range;
use std::sync::Arc;

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};

use crate::facts::code::{Code, ItemKind};
use crate::source::{Placed, Source};

use super::Model;

/// What every such comment has; files without any are not looked into.
const MARKS: &[&str] = &["r[impl ", "r[verify ", "@relation(", "//= "];

/// A link in a comment.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    id: String,
    test: bool,
    at: Range<usize>,
}

/// Adds to mitigations what comments say of them.
pub(super) fn join(models: &mut [Model], code: &Code) {
    if models.iter().all(|model| model.mitigations.is_empty()) {
        return;
    }
    for file in &code.files {
        let links = links(file.source.text());
        if links.is_empty() {
            continue;
        }
        let mut functions: Vec<(usize, &str)> = code
            .items
            .iter()
            .filter(|item| item.kind == ItemKind::Function && item.site.unit == file.unit)
            .filter(|item| item.site.at.path() == file.source.path())
            .map(|item| (item.site.at.bytes().start, item.path.as_str()))
            .collect();
        functions.sort_unstable();
        for link in links {
            if let Some(function) = function_of(&file.source, &link, &functions) {
                add(models, &link, function, &file.source);
            }
        }
    }
}

/// The function that follows a comment with nothing but comments and attributes between, or else the last one before.
fn function_of<'f>(source: &Source, link: &Link, functions: &[(usize, &'f str)]) -> Option<&'f str> {
    let after = functions.partition_point(|(start, _)| *start < link.at.end);
    let next = functions.get(after).filter(|(start, _)| {
        let between = source.text().get(link.at.end..*start).unwrap_or_default();
        !between.contains([';', '}'])
    });
    let before = after.checked_sub(1).and_then(|at| functions.get(at));
    next.or(before).map(|(_, path)| *path)
}

fn add(models: &mut [Model], link: &Link, function: &str, source: &Arc<Source>) {
    for mitigation in models.iter_mut().flat_map(|model| &mut model.mitigations) {
        let asked = mitigation.requirement.iter().any(|requirement| requirement.value == link.id);
        if mitigation.id.value != link.id && !asked {
            continue;
        }
        let known = mitigation.tests.iter().chain(&mitigation.thwart).chain(&mitigation.code);
        if known.into_iter().any(|path| path.value.replace('-', "_") == function) {
            continue;
        }
        let paths = if link.test { &mut mitigation.tests } else { &mut mitigation.code };
        paths.push(Placed { value: function.to_owned(), at: source.at(link.at.clone()) });
    }
}

/// The links in the comments of a text.
fn links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return links;
    }
    let mut at = 0;
    for token in tokenize(text, FrontmatterAllowed::Yes) {
        let end = at + token.len as usize;
        if matches!(token.kind, TokenKind::LineComment { .. } | TokenKind::BlockComment { .. }) {
            read(text.get(at..end).unwrap_or_default(), at, &mut links);
        }
        at = end;
    }
    links
}

/// Reads one comment.
fn read(comment: &str, start: usize, links: &mut Vec<Link>) {
    let at = start..start + comment.len();
    if let Some(rest) = comment.strip_prefix("//= ") {
        let rest = rest.trim();
        match (rest.split_once('='), rest.rsplit_once('#')) {
            // What is said of the link before.
            (Some(("type", kind)), _) => match (kind.trim(), links.last_mut()) {
                ("test", Some(link)) => link.test = true,
                ("todo" | "exception", Some(_)) => drop(links.pop()),
                _ => {}
            },
            (None, Some((_, id))) => links.push(Link { id: id.trim().to_owned(), test: false, at }),
            _ => {}
        }
        return;
    }
    for (mark, test) in [("r[impl ", false), ("r[verify ", true)] {
        let ids = comment.split(mark).skip(1).filter_map(|rest| rest.split(']').next());
        // `+2` behind an id is its version.
        let ids = ids.map(|id| id.split('+').next().unwrap_or_default().trim().to_owned());
        links.extend(ids.map(|id| Link { id, test, at: at.clone() }));
    }
    for rest in comment.split("@relation(").skip(1) {
        let inner = rest.split(')').next().unwrap_or_default();
        let test = inner.contains("Verification") || inner.contains("Test");
        let ids = inner.split(',').map(str::trim).filter(|id| !id.is_empty() && !id.contains('='));
        links.extend(ids.map(|id| Link { id: id.to_owned(), test, at: at.clone() }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, bool)> {
        links(text).into_iter().map(|link| (link.id, link.test)).collect()
    }

    #[test]
    fn the_comments_of_three_tools_are_read() {
        let expected = |id: &str, test: bool| vec![(id.to_owned(), test)];
        assert_eq!(told("// r[impl M-01]\nfn a() {}"), expected("M-01", false));
        assert_eq!(told("/// r[verify M-01+2]\nfn a() {}"), expected("M-01", true));
        assert_eq!(
            told("/// @relation(SR-11, scope=function, role=Verification)\n"),
            expected("SR-11", true)
        );
        assert_eq!(told("/// @relation(SR-11, scope=function)\n"), expected("SR-11", false));
        assert_eq!(told("//= docs/threats.toml#M-01\n//# quoted\n"), expected("M-01", false));
        assert_eq!(told("//= docs/threats.toml#M-01\n//= type=test\n"), expected("M-01", true));
        assert_eq!(told("//= docs/threats.toml#M-01\n//= type=todo\n"), []);
        assert_eq!(told("let a = \"// r[impl M-01]\"; // r[implied]\n"), []);
    }
}
