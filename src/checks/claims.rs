//! Claims: paths that a threat model names, held against the code.
//!
//! A model names functions (`pump::listen::serve`) and tests (`pump::tls::tests::refuses`). The first
//! segment is a package or one of its targets, with hyphens or underscores; tests below `tests/` are
//! named as cargo-nextest names them, `package::target::function`. A path ending in `::*` means
//! everything below a module.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::document;
use crate::facts::code::{Callee, Item, Unit};
use crate::facts::workspace::{Member, TargetKind};
use crate::facts::{Facts, Kind};
use crate::source;

/// Names longer than this are compared with nothing when a suggestion is sought.
const LONGEST_NAME: usize = 200;
/// How many paths are proposed for one that is not there.
const NEAREST: usize = 3;
/// For how many names something is proposed: each is compared with every item.
const MOST_PROPOSED: usize = 100;

/// What the code says of a path.
pub(super) enum Found<'a> {
    /// Items of this path, or below it where it ends in `::*`.
    Items(Vec<&'a Item>),
    /// A crate or a module.
    Module,
    /// A macro call in its module holds the name: the macro makes it, and no parser can tell what.
    InMacro,
    /// It is not there. A path that was perhaps meant.
    Gone(Option<String>),
    /// It belongs to code that was not looked at, or not all of it.
    Unseen,
}

/// The workspace's own code by path.
pub(super) struct CodeIndex<'a> {
    facts: &'a Facts,
    /// Items by the last segment of their paths: whole paths are put together for few.
    items: HashMap<&'a str, Vec<&'a Item>>,
    /// Crates, and modules that have a file of their own.
    modules: BTreeSet<String>,
    /// Members of which code could not be looked at.
    unseen: BTreeSet<usize>,
    /// For how many names something was proposed.
    proposed: Cell<usize>,
    /// The words in the macro calls of each module, once somebody has asked.
    words: OnceCell<HashMap<String, HashSet<&'a str>>>,
}

impl<'a> CodeIndex<'a> {
    /// Indexes the code, by paths that start with the package.
    pub(super) fn new(facts: &'a Facts) -> Self {
        let mut index = Self {
            facts,
            items: HashMap::new(),
            modules: BTreeSet::new(),
            unseen: unseen_members(facts),
            proposed: Cell::new(0),
            words: OnceCell::new(),
        };
        let code = &facts.code;
        for item in &code.items {
            index.items.entry(last_segment(&item.path)).or_default().push(item);
        }
        for file in &code.files {
            let path = index.full_path(file.unit, &file.module);
            index.modules.extend(path);
        }
        index
    }

    /// A path in a unit, as it is compared.
    pub(super) fn full_path(&self, unit: usize, path: &str) -> Option<String> {
        full_path(self.facts, unit, path)
    }

    /// The full paths that a path as written in a model can mean, with the members they belong to.
    pub(super) fn meanings(&self, written: &str) -> Vec<(usize, String)> {
        meanings(self.facts, written)
    }

    /// Looks a path up.
    pub(super) fn look_up(&self, written: &str) -> Found<'a> {
        let meanings = self.meanings(written);
        if meanings.is_empty() {
            return if self.facts.gaps.iter().any(|gap| gap.kind == Kind::Workspace) {
                Found::Unseen
            } else {
                Found::Gone(self.near(written, &meanings))
            };
        }
        for (_, path) in &meanings {
            let items = self.items_at(path);
            if !items.is_empty() {
                return Found::Items(items);
            }
            if self.modules.contains(path) {
                return Found::Module;
            }
            if self.made_by_macro(path) {
                return Found::InMacro;
            }
        }
        if meanings.iter().any(|(member, _)| self.unseen.contains(member)) {
            return Found::Unseen;
        }
        Found::Gone(self.near(written, &meanings))
    }

    fn items_at(&self, path: &str) -> Vec<&'a Item> {
        if let Some(module) = path.strip_suffix("::*") {
            let module = format!("{module}::");
            let full = |item: &'a Item| Some((self.full_path(item.site.unit, &item.path)?, item));
            let mut below: Vec<(String, &Item)> = self
                .facts
                .code
                .items
                .iter()
                .filter_map(full)
                .filter(|(path, _)| path.starts_with(&module))
                .collect();
            below.sort_by(|(a, _), (b, _)| a.cmp(b));
            return below.into_iter().map(|(_, item)| item).collect();
        }
        let items = self.called(path);
        if !items.is_empty() {
            return items;
        }
        // `case_1` below a test with cases is how such tests are listed.
        let table = path.rsplit_once("::").map(|(table, _)| self.called(table)).unwrap_or_default();
        table.into_iter().filter(|item| item.test).collect()
    }

    /// The items of exactly this path.
    fn called(&self, path: &str) -> Vec<&'a Item> {
        let named = self.items.get(last_segment(path)).into_iter().flatten().copied();
        named.filter(|item| self.full_path(item.site.unit, &item.path).as_deref() == Some(path)).collect()
    }

    /// True when a macro call in the module of the path holds its last segment as a word: tests are
    /// made by macros such as `proptest!`, which no parser but the macro's own can read.
    fn made_by_macro(&self, path: &str) -> bool {
        let Some((module, name)) = path.rsplit_once("::") else { return false };
        let words = self.words.get_or_init(|| self.words_in_macros());
        words.get(module).is_some_and(|words| words.contains(name))
    }

    fn words_in_macros(&self) -> HashMap<String, HashSet<&'a str>> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let mut words: HashMap<String, HashSet<&str>> = HashMap::new();
        for call in self.facts.code.calls.iter().filter(|call| matches!(call.callee, Callee::Macro(_))) {
            if let Some(within) = self.full_path(call.site.unit, &call.site.within) {
                let inside = call.site.at.snippet().split(|c| !is_word(c)).filter(|word| !word.is_empty());
                words.entry(within).or_default().extend(inside);
            }
        }
        words
    }

    /// "did you mean": of the items whose last segment is the same, or else close, and which belong to the members that
    /// the path can mean, the ones with the closest paths.
    fn near(&self, written: &str, meanings: &[(usize, String)]) -> Option<String> {
        let wanted = last_segment(written);
        if written.len() > LONGEST_NAME || self.proposed.get() >= MOST_PROPOSED {
            return None;
        }
        self.proposed.set(self.proposed.get() + 1);
        let code = &self.facts.code;
        let possible: Vec<&str> = code
            .items
            .iter()
            .filter(|item| item.path.len() <= LONGEST_NAME)
            .filter(|item| {
                let member = code.units.get(item.site.unit).map(|unit| unit.member);
                meanings.is_empty() || meanings.iter().any(|(meant, _)| Some(*meant) == member)
            })
            .map(|item| item.path.as_str())
            .collect();
        let pick = |fits: &dyn Fn(&str) -> bool| {
            let mut fitting: Vec<&str> =
                possible.iter().copied().filter(|path| fits(last_segment(path))).collect();
            let mut nearest = Vec::new();
            while let Some(closest) = document::closest(written, &fitting).filter(|_| nearest.len() < NEAREST)
            {
                fitting.retain(|path| *path != closest);
                nearest.push(format!("`{closest}`"));
            }
            nearest
        };
        let mut nearest = pick(&|last| last == wanted);
        if nearest.is_empty() {
            nearest = pick(&|last| document::suggestion(wanted, &[last]).is_some());
        }
        (!nearest.is_empty()).then(|| format!("did you mean {}?", nearest.join(" or ")))
    }
}

/// A path in a unit, as it is compared: the package, then the target unless it is the library or a binary, then what
/// follows.
pub(super) fn full_path(facts: &Facts, unit: usize, path: &str) -> Option<String> {
    let unit: &Unit = facts.code.units.get(unit)?;
    let package = crate_name(&facts.workspace.members.get(unit.member)?.name);
    let rest = path.split_once("::").map_or("", |(_, rest)| rest);
    let mut parts = vec![package.as_str()];
    if !is_product(unit.kind) {
        parts.push(&unit.name);
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    Some(parts.join("::"))
}

/// The full paths that a path as written in a model can mean, with the members they belong to.
pub(super) fn meanings(facts: &Facts, written: &str) -> Vec<(usize, String)> {
    let written = written.replace('-', "_");
    let (first, rest) = written.split_once("::").unwrap_or((&written, ""));
    let mut meanings = BTreeSet::new();
    for (index, member) in facts.workspace.members.iter().enumerate() {
        let package = crate_name(&member.name);
        if first == package {
            meanings.insert((index, join(&[&package, without_bin(rest)])));
        }
        for target in member.targets.iter().filter(|target| crate_name(&target.name) == first) {
            let parts: &[&str] =
                if is_product(target.kind) { &[&package, rest] } else { &[&package, first, rest] };
            meanings.insert((index, join(parts)));
        }
    }
    meanings.into_iter().collect()
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// True for a name such as `hw-checklist:uart-01`: a record outside the code.
pub(super) fn is_record(name: &str) -> bool {
    name.replace("::", "").contains(':')
}

fn unseen_members(facts: &Facts) -> BTreeSet<usize> {
    let members = &facts.workspace.members;
    let mut unseen: BTreeSet<usize> =
        members.iter().enumerate().filter(|(_, member)| !member.chosen).map(|(index, _)| index).collect();
    for gap in facts.gaps.iter().filter(|gap| gap.kind == Kind::Code) {
        let path = gap.at.as_ref().map_or(gap.what.as_str(), |at| at.path());
        let holder = members
            .iter()
            .enumerate()
            .filter(|(_, member)| lies_in(facts, member, path))
            .max_by_key(|(_, member)| member.folder.components().count());
        match holder {
            Some((index, _)) => drop(unseen.insert(index)),
            None => unseen.extend(0..members.len()),
        }
    }
    unseen
}

fn lies_in(facts: &Facts, member: &Member, path: &str) -> bool {
    let folder = source::relative(&facts.workspace.root, &member.folder);
    folder != "." && path.strip_prefix(&folder).is_some_and(|rest| rest.starts_with('/'))
}

fn is_product(kind: TargetKind) -> bool {
    matches!(kind, TargetKind::Library | TargetKind::Binary)
}

fn crate_name(package: &str) -> String {
    package.replace('-', "_")
}

/// `bin/name::path`, as cargo-nextest writes it, without the binary.
fn without_bin(rest: &str) -> &str {
    match rest.strip_prefix("bin/") {
        Some(rest) => rest.split_once("::").map_or("", |(_, rest)| rest),
        None => rest,
    }
}

fn join(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_outside_the_code_are_told_from_paths() {
        assert!(is_record("hw-checklist:uart-01"));
        assert!(!is_record("pump::tls::refuses"));
    }
}
