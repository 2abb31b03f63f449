//! Names: from what is written to a full path.
//!
//! Follows scopes, `use`, aliases, globs, re-exports, renames and preludes the way the compiler
//! does, as far as syntax goes. Two answers are worse than none: where something can't be told
//! (a glob of another crate, a macro that may declare names, candidates under different conditions)
//! the answer is [`Answer::Unsure`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::prelude;
use super::seen::{DeclKind, Namespace, PathAt, ScopeId, ScopeKind, Seen, Use, UseName};
use super::text::Text;
use super::tree::Forest;
use super::{ItemKind, Map};

/// How many steps a question may take.
const MOST_STEPS: u32 = 4_000;
/// How many steps it may take to find the type of an `impl`.
const STEPS_FOR_TYPE: u64 = 1_000;
/// How many steps all globs may take together.
const STEPS_FOR_GLOBS: u32 = 50_000_000;
/// How deep one question may lead to others.
const DEEPEST: usize = 48;

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub path: Text,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Module(usize),
    /// A declaration: instance and index.
    Decl(usize, usize),
    /// Something of another crate, or inside a type.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Found(Found),
    Absent,
    Unsure,
}

/// What the manifest says about the crate of a unit.
#[derive(Debug, Default)]
pub(super) struct CrateInfo {
    pub edition_2015: bool,
    /// Names that code may use for other crates: the package, and the unit of its library if it is
    /// a member of the workspace.
    pub externs: BTreeMap<String, (String, Option<usize>)>,
}

#[derive(Debug, Clone, Copy)]
enum Entry {
    Decl(usize),
    Use(usize),
    Child(usize),
}

/// A `use path::*`.
#[derive(Debug, Clone)]
struct Glob {
    instance: usize,
    /// Index into the uses of its file.
    used: usize,
    /// What the path leads to, once that is known: every name that a module does not declare asks.
    target: Option<Answer>,
}

/// Answers questions about names.
pub(super) struct Names<'f> {
    pub forest: &'f Forest,
    crates: &'f [CrateInfo],
    /// Entries of a module by name, each with its instance.
    modules: Vec<Map<&'f str, Vec<(usize, Entry)>>>,
    globs: Vec<Vec<Glob>>,
    opaque: Vec<bool>,
    /// Entries of the other scopes of each instance.
    scopes: Vec<Map<(ScopeId, &'f str), Vec<Entry>>>,
    scope_globs: Vec<Map<ScopeId, Vec<Glob>>>,
    /// Every `macro_rules!` of a unit.
    macros: Vec<BTreeSet<&'f str>>,
    /// Crates whose macros are in view everywhere (`#[macro_use] extern crate`).
    macro_crates: Vec<BTreeSet<&'f str>>,
    /// `extern crate x as y;` in a crate root.
    extern_aliases: Vec<Map<&'f str, &'f str>>,
    paths: Vec<Vec<OnceLock<Text>>>,
    /// The path of each declaration.
    declared: Vec<Vec<OnceLock<Text>>>,
    /// The module around each scope of each instance.
    around: Vec<Vec<Option<usize>>>,
    /// For each scope the nearest around it that has names of its own: in between, all paths mean
    /// the same.
    naming: Vec<Vec<ScopeId>>,
}

/// One question and the questions it led to.
struct Query<'f> {
    /// How many steps are left.
    steps: u32,
    depth: usize,
    asking: Vec<(usize, ScopeId, &'f str, Namespace)>,
    globbed: BTreeSet<usize>,
    /// Globs of other crates that may hold the name.
    external: External,
}

/// Globs of other crates that may hold a name.
#[derive(Debug, Default, Clone)]
enum External {
    #[default]
    None,
    One(Text),
    Several,
}

impl External {
    fn add(&mut self, path: Text) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(path),
            Self::One(known) if known == path => Self::One(known),
            _ => Self::Several,
        };
    }

    fn extend(&mut self, other: Self) {
        match other {
            Self::None => {}
            Self::One(path) => self.add(path),
            Self::Several => *self = Self::Several,
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }
}

impl Query<'_> {
    fn of(steps: u32) -> Self {
        let (asking, globbed, external) = (Vec::new(), BTreeSet::new(), External::None);
        Self { steps, depth: 0, asking, globbed, external }
    }

    /// Takes steps; false where none are left.
    fn take(&mut self, steps: usize) -> bool {
        let left = self.steps.checked_sub(u32::try_from(steps).unwrap_or(u32::MAX));
        self.steps = left.unwrap_or(0);
        left.is_some()
    }
}

impl<'f> Names<'f> {
    pub(super) fn new(forest: &'f Forest, crates: &'f [CrateInfo]) -> Self {
        let units = crates.len();
        let mut names = Self {
            forest,
            crates,
            modules: (0..forest.modules.len()).map(|_| Map::default()).collect(),
            globs: (0..forest.modules.len()).map(|_| Vec::new()).collect(),
            opaque: vec![false; forest.modules.len()],
            scopes: (0..forest.instances.len()).map(|_| Map::default()).collect(),
            scope_globs: (0..forest.instances.len()).map(|_| Map::default()).collect(),
            macros: vec![BTreeSet::new(); units],
            macro_crates: vec![BTreeSet::new(); units],
            extern_aliases: (0..units).map(|_| Map::default()).collect(),
            paths: Vec::new(),
            declared: Vec::new(),
            around: Vec::new(),
            naming: Vec::new(),
        };
        for (id, module) in forest.modules.iter().enumerate() {
            if let Some(parent) = module.parent
                && let Some(name) = module.path.rsplit("::").next()
            {
                names.modules[parent].entry(name).or_default().push((usize::MAX, Entry::Child(id)));
            }
        }
        for instance in 0..forest.instances.len() {
            names.index(instance);
            let naming = names.naming_scopes(instance);
            names.naming.push(naming);
        }
        names.follow_globs();
        names
    }

    /// Finds out what every glob leads to, once for all questions.
    fn follow_globs(&mut self) {
        let mut steps = STEPS_FOR_GLOBS;
        let mut follow = |glob: &Glob| {
            let used = &self.seen(glob.instance).uses[glob.used];
            let mut query = Query::of(MOST_STEPS.min(steps));
            let before = query.steps;
            let target = self.used(glob.instance, used, Namespace::Type, &mut query);
            steps -= before - query.steps;
            Glob { target: Some(target), ..*glob }
        };
        let globs: Vec<Vec<Glob>> =
            self.globs.iter().map(|globs| globs.iter().map(&mut follow).collect()).collect();
        let in_scopes = self.scope_globs.iter().map(|scopes| {
            let mut scopes: Vec<_> = scopes.iter().collect();
            scopes.sort_by_key(|(scope, _)| **scope);
            let follow =
                scopes.into_iter().map(|(scope, globs)| (*scope, globs.iter().map(&mut follow).collect()));
            follow.collect()
        });
        let in_scopes = in_scopes.collect();
        self.globs = globs;
        self.scope_globs = in_scopes;
    }

    fn index(&mut self, id: usize) {
        let forest = self.forest;
        let instance = &forest.instances[id];
        let seen = &forest.files[instance.file].seen;
        self.paths.push((0..seen.scopes.len()).map(|_| OnceLock::new()).collect());
        self.declared.push((0..seen.decls.len()).map(|_| OnceLock::new()).collect());
        let mut around: Vec<Option<usize>> = Vec::with_capacity(seen.scopes.len());
        for (scope, facts) in seen.scopes.iter().enumerate() {
            let own = ScopeId::try_from(scope).ok().and_then(|scope| instance.modules.get(&scope).copied());
            let outer = || around.get(facts.parent as usize).copied().flatten().filter(|_| scope > 0);
            around.push(own.or_else(outer));
        }
        self.around.push(around);
        for (scope, module) in &instance.modules {
            self.opaque[*module] |= seen.scopes.get(*scope as usize).is_some_and(|scope| scope.opaque);
        }
        for (index, decl) in seen.decls.iter().enumerate() {
            let name = seen.str(decl.name);
            match (instance.modules.get(&decl.scope), decl.kind) {
                (_, DeclKind::Item(ItemKind::Macro)) => {
                    self.macros[instance.unit].insert(name);
                }
                // Modules are entered with the tree.
                (Some(_), DeclKind::Item(ItemKind::Module)) => {}
                (Some(module), _) => {
                    self.modules[*module].entry(name).or_default().push((id, Entry::Decl(index)));
                }
                (None, _) => {
                    self.scopes[id].entry((decl.scope, name)).or_default().push(Entry::Decl(index));
                }
            }
        }
        for (index, used) in seen.uses.iter().enumerate() {
            let module = instance.modules.get(&used.scope).copied();
            let is_root = module.is_some_and(|module| forest.modules[module].parent.is_none());
            if used.extern_crate && used.with_macros {
                self.macro_crates[instance.unit].insert(seen.str(used.path));
            }
            match (used.name, module) {
                (UseName::Nothing, _) => {}
                (UseName::Glob, module) => {
                    let glob = Glob { instance: id, used: index, target: None };
                    match module {
                        Some(module) => self.globs[module].push(glob),
                        None => self.scope_globs[id].entry(used.scope).or_default().push(glob),
                    }
                }
                (UseName::As(name) | UseName::SelfAs(name), Some(module)) => {
                    let name = seen.str(name);
                    if used.extern_crate && is_root {
                        self.extern_aliases[instance.unit].insert(name, seen.str(used.path));
                    }
                    self.modules[module].entry(name).or_default().push((id, Entry::Use(index)));
                }
                (UseName::As(name) | UseName::SelfAs(name), None) => {
                    let key = (used.scope, seen.str(name));
                    self.scopes[id].entry(key).or_default().push(Entry::Use(index));
                }
            }
        }
    }

    /// The same path in the outermost scope where it means the same: one answer serves many places.
    pub(super) fn outermost(&self, instance: usize, path: PathAt) -> PathAt {
        let naming = self.naming.get(instance).and_then(|naming| naming.get(path.scope as usize));
        PathAt { scope: naming.copied().unwrap_or(path.scope), ..path }
    }

    /// The nearest scope with names of its own, for every scope of an instance.
    fn naming_scopes(&self, id: usize) -> Vec<ScopeId> {
        let instance = &self.forest.instances[id];
        let seen = &self.forest.files[instance.file].seen;
        let mut own = vec![false; seen.scopes.len()];
        for scope in seen.decls.iter().map(|decl| decl.scope).chain(seen.uses.iter().map(|used| used.scope)) {
            if let Some(own) = own.get_mut(scope as usize) {
                *own = true;
            }
        }
        let mut naming: Vec<ScopeId> = Vec::with_capacity(seen.scopes.len());
        for (index, scope) in seen.scopes.iter().enumerate() {
            let bare = matches!(scope.kind, ScopeKind::Item | ScopeKind::Block)
                && scope.generics.is_empty()
                && !own[index];
            let outer = naming.get(scope.parent as usize).copied().filter(|_| bare && index > 0);
            naming.push(outer.unwrap_or_else(|| ScopeId::try_from(index).unwrap_or(ScopeId::MAX)));
        }
        naming
    }

    fn seen(&self, instance: usize) -> &'f Seen {
        &self.forest.files[self.forest.instances[instance].file].seen
    }

    /// What a path leads to, from where it is written; the steps that it takes are taken from `steps`.
    pub(super) fn resolve(&self, instance: usize, path: PathAt, steps: &mut u64) -> Answer {
        if path.ns == Namespace::Local {
            return Answer::Unsure;
        }
        let written = self.seen(instance).str(path.path);
        let most = MOST_STEPS.min(u32::try_from(*steps).unwrap_or(u32::MAX));
        let mut query = Query::of(most);
        let answer = self.path(instance, path.scope, written, path.ns, &mut query);
        *steps -= u64::from(most - query.steps);
        answer
    }

    /// The path of a scope: `pump::net::serve`, `pump::Driver`.
    pub(super) fn scope_path(&self, instance: usize, scope: ScopeId) -> Text {
        let Some(cell) = self.paths[instance].get(scope as usize) else { return Text::default() };
        if let Some(path) = cell.get() {
            return path.clone();
        }
        let seen = self.seen(instance);
        let facts = &seen.scopes[scope as usize];
        let path = match self.forest.instances[instance].modules.get(&scope) {
            Some(module) => self.forest.modules[*module].path.clone(),
            None if scope == 0 => Text::default(),
            None => {
                let outer = self.scope_path(instance, facts.parent);
                match (facts.kind, facts.self_type, facts.name) {
                    (ScopeKind::Impl, Some(ty), Some(name)) => {
                        let ty = PathAt { path: ty, scope, ns: Namespace::Type };
                        match self.own_type(instance, ty) {
                            Some(path) => path,
                            None => format!("{outer}::{}", seen.str(name)).into(),
                        }
                    }
                    (_, _, Some(name)) => format!("{outer}::{}", seen.str(name)).into(),
                    (_, _, None) => outer,
                }
            }
        };
        cell.get_or_init(|| path).clone()
    }

    /// The path of a declaration.
    pub(super) fn declared_path(&self, instance: usize, index: usize) -> Text {
        let decl = &self.seen(instance).decls[index];
        let path = || {
            let (outer, name) = (self.scope_path(instance, decl.scope), self.seen(instance).str(decl.name));
            format!("{outer}::{name}").into()
        };
        self.declared[instance][index].get_or_init(path).clone()
    }

    /// The path of a type of the workspace.
    fn own_type(&self, instance: usize, path: PathAt) -> Option<Text> {
        match self.resolve(instance, path, &mut STEPS_FOR_TYPE.clone()) {
            Answer::Found(Found { path, what: What::Decl(..) }) => Some(path),
            _ => None,
        }
    }

    fn module_of(&self, instance: usize, scope: ScopeId) -> Option<usize> {
        self.around.get(instance)?.get(scope as usize).copied().flatten()
    }

    fn module_found(&self, module: usize) -> Found {
        Found { path: self.forest.modules[module].path.clone(), what: What::Module(module) }
    }

    fn path(
        &self,
        instance: usize,
        scope: ScopeId,
        written: &'f str,
        ns: Namespace,
        query: &mut Query<'f>,
    ) -> Answer {
        if !query.take(1) || query.depth > DEEPEST {
            return Answer::Unsure;
        }
        query.depth += 1;
        let answer = self.path_within(instance, scope, written, ns, query);
        query.depth -= 1;
        answer
    }

    fn path_within(
        &self,
        instance: usize,
        scope: ScopeId,
        written: &'f str,
        ns: Namespace,
        query: &mut Query<'f>,
    ) -> Answer {
        let unit = self.forest.instances[instance].unit;
        let Some(module) = self.module_of(instance, scope) else { return Answer::Unsure };
        let root = self.forest.roots[unit].unwrap_or(module);
        let (absolute, written) = match written.strip_prefix("::") {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        let (first, rest) = first_segment(written);
        let more = rest.is_some();
        let first_ns = if more { Namespace::Type } else { ns };
        let start = match first {
            _ if absolute && !self.crates[unit].edition_2015 => match self.extern_crate(unit, first) {
                Some(found) => Answer::Found(found),
                None => Answer::Found(Found { path: first.into(), what: What::Other }),
            },
            _ if absolute => self.in_module(root, first, first_ns, module, query),
            "crate" | "$crate" => Answer::Found(self.module_found(root)),
            "self" if more => Answer::Found(self.module_found(module)),
            "super" => match self.forest.modules[module].parent {
                Some(parent) => Answer::Found(self.module_found(parent)),
                None => Answer::Unsure,
            },
            "Self" => self.self_type(instance, scope, query),
            name => self.first(instance, scope, name, first_ns, more, query),
        };
        self.further(start, rest, ns, module, query)
    }

    /// What the rest of a path leads to from where its first segment leads.
    fn further(
        &self,
        start: Answer,
        mut rest: Option<&'f str>,
        ns: Namespace,
        module: usize,
        query: &mut Query<'f>,
    ) -> Answer {
        let mut found = match start {
            Answer::Found(found) => found,
            other => return other,
        };
        while let Some(path) = rest {
            let (segment, more) = first_segment(path);
            rest = more;
            let ns = if more.is_some() { Namespace::Type } else { ns };
            found = match self.step(found, segment, ns, module, query) {
                Answer::Found(found) => found,
                other => return other,
            };
        }
        self.through_alias(found, ns, query)
    }

    /// One segment further.
    fn step(
        &self,
        from: Found,
        segment: &'f str,
        ns: Namespace,
        module: usize,
        query: &mut Query<'f>,
    ) -> Answer {
        let from = match self.through_alias(from, Namespace::Type, query) {
            Answer::Found(found) => found,
            other => return other,
        };
        match from.what {
            What::Module(inner) => match segment {
                "self" => Answer::Found(from),
                "super" => match self.forest.modules[inner].parent {
                    Some(parent) => Answer::Found(self.module_found(parent)),
                    None => Answer::Unsure,
                },
                _ => match Self::afresh(query, |query| self.in_module(inner, segment, ns, module, query)) {
                    Answer::Absent => self.beyond_globs(inner, segment, query),
                    other => other,
                },
            },
            What::Decl(instance, decl) => {
                let facts = &self.seen(instance).decls[decl];
                if let (DeclKind::Item(ItemKind::Enum), Some(opens)) = (facts.kind, facts.opens)
                    && let Some([Entry::Decl(variant), ..]) =
                        self.scopes[instance].get(&(opens, segment)).map(Vec::as_slice)
                {
                    let path = format!("{}::{segment}", from.path).into();
                    return Answer::Found(Found { path, what: What::Decl(instance, *variant) });
                }
                other(format!("{}::{segment}", from.path))
            }
            What::Other => other(format!("{}::{segment}", from.path)),
        }
    }

    /// Asks with nothing visited yet: another name may be found where the last one was not.
    fn afresh(query: &mut Query<'f>, ask: impl FnOnce(&mut Query<'f>) -> Answer) -> Answer {
        query.external = External::None;
        let visited = std::mem::take(&mut query.globbed);
        let answer = ask(query);
        query.globbed = visited;
        answer
    }

    /// A name that a module does not show: a glob of another crate may hold it.
    fn beyond_globs(&self, module: usize, name: &str, query: &Query<'f>) -> Answer {
        match &query.external {
            External::One(glob) if !self.opaque[module] => other(format!("{glob}::{name}")),
            _ => Answer::Unsure,
        }
    }

    fn through_alias(&self, found: Found, ns: Namespace, query: &mut Query<'f>) -> Answer {
        let What::Decl(instance, decl) = found.what else { return Answer::Found(found) };
        let facts = &self.seen(instance).decls[decl];
        let (Some(alias), Some(opens)) = (facts.alias, facts.opens) else { return Answer::Found(found) };
        if ns == Namespace::Macro {
            return Answer::Found(found);
        }
        let alias = self.seen(instance).str(alias);
        match self.path(instance, opens, alias, Namespace::Type, query) {
            Answer::Found(found) => Answer::Found(found),
            // The alias itself is known, what it stands for is not.
            _ => Answer::Found(Found { what: What::Other, ..found }),
        }
    }

    fn self_type(&self, instance: usize, mut scope: ScopeId, query: &mut Query<'f>) -> Answer {
        let seen = self.seen(instance);
        while let Some(facts) = seen.scopes.get(scope as usize) {
            if !query.take(1) {
                return Answer::Unsure;
            }
            match (facts.kind, facts.self_type) {
                (ScopeKind::Impl, Some(ty)) => {
                    return self.path(instance, scope, seen.str(ty), Namespace::Type, query);
                }
                (ScopeKind::Trait, _) => {
                    return other(self.scope_path(instance, scope));
                }
                (ScopeKind::Impl | ScopeKind::Module, _) => return Answer::Unsure,
                _ => {}
            }
            if scope == 0 {
                break;
            }
            scope = facts.parent;
        }
        Answer::Unsure
    }

    /// The first segment of a path: scopes inside out, then what is in view everywhere.
    fn first(
        &self,
        instance: usize,
        scope: ScopeId,
        name: &'f str,
        ns: Namespace,
        more: bool,
        query: &mut Query<'f>,
    ) -> Answer {
        let key = (instance, scope, name, ns);
        if query.asking.contains(&key) {
            return Answer::Absent;
        }
        query.asking.push(key);
        let outer_globs = std::mem::take(&mut query.external);
        let outer_globbed = std::mem::take(&mut query.globbed);
        let answer = match self.lexical(instance, scope, name, ns, query) {
            Answer::Absent => self.everywhere(instance, scope, name, ns, more, query),
            // What a glob brings is hardly ever named as a crate is that the manifest names.
            Answer::Unsure if more && ns == Namespace::Type && !self.declares(instance, scope, name) => {
                let unit = self.forest.instances[instance].unit;
                self.extern_crate(unit, name).map_or(Answer::Unsure, Answer::Found)
            }
            other => other,
        };
        query.external.extend(outer_globs);
        query.globbed = outer_globbed;
        query.asking.pop();
        answer
    }

    /// True where a name is written in a scope itself, or in one around it in the same module.
    fn declares(&self, instance: usize, mut scope: ScopeId, name: &'f str) -> bool {
        let seen = self.seen(instance);
        while let Some(facts) = seen.scopes.get(scope as usize) {
            if let Some(module) = self.forest.instances[instance].modules.get(&scope) {
                return self.modules[*module].contains_key(name);
            }
            let generic = facts.generics.iter().any(|generic| seen.str(*generic) == name);
            if generic || self.scopes[instance].contains_key(&(scope, name)) || scope == 0 {
                return true;
            }
            scope = facts.parent;
        }
        true
    }

    fn lexical(
        &self,
        instance: usize,
        mut scope: ScopeId,
        name: &'f str,
        ns: Namespace,
        query: &mut Query<'f>,
    ) -> Answer {
        let seen = self.seen(instance);
        loop {
            let Some(facts) = seen.scopes.get(scope as usize) else { return Answer::Unsure };
            if !query.take(1 + facts.generics.len() / 16) {
                return Answer::Unsure;
            }
            if facts.generics.iter().any(|generic| seen.str(*generic) == name) {
                return Answer::Unsure;
            }
            if let Some(module) = self.forest.instances[instance].modules.get(&scope) {
                return self.in_module(*module, name, ns, *module, query);
            }
            // Variants are in view only through their enum.
            if facts.kind != ScopeKind::Enum
                && facts.kind != ScopeKind::Impl
                && facts.kind != ScopeKind::Trait
            {
                let mut answer = Answer::Absent;
                if let Some(entries) = self.scopes[instance].get(&(scope, name)) {
                    let entries: Vec<_> = entries.iter().map(|entry| (instance, *entry)).collect();
                    answer = self.among(&entries, ns, None, query);
                }
                if answer == Answer::Absent
                    && let Some(globs) = self.scope_globs[instance].get(&scope)
                {
                    let module = self.module_of(instance, scope).unwrap_or(0);
                    answer = self.through_globs(globs, name, ns, module, None, query);
                }
                if answer != Answer::Absent {
                    return answer;
                }
            }
            if scope == 0 {
                return Answer::Unsure;
            }
            scope = facts.parent;
        }
    }

    fn everywhere(
        &self,
        instance: usize,
        scope: ScopeId,
        name: &'f str,
        ns: Namespace,
        more: bool,
        query: &Query<'f>,
    ) -> Answer {
        let unit = self.forest.instances[instance].unit;
        let module = self.module_of(instance, scope);
        let opaque = module.is_none_or(|module| self.opaque[module]);
        let unique_glob = || match &query.external {
            External::One(glob) if !opaque => other(format!("{glob}::{name}")),
            _ => Answer::Unsure,
        };
        match ns {
            Namespace::Macro => {
                if self.macros[unit].contains(name) {
                    let root = self.forest.roots[unit].map_or("", |root| &self.forest.modules[root].path);
                    return other(format!("{root}::{name}"));
                }
                if prelude::is_macro(name) {
                    return other(format!("std::{name}"));
                }
                let crates = &self.macro_crates[unit];
                match (crates.first(), query.external.is_empty()) {
                    (Some(only), true) if crates.len() == 1 => match self.extern_crate(unit, only) {
                        Some(found) => other(format!("{}::{name}", found.path)),
                        None => Answer::Unsure,
                    },
                    (None, false) => unique_glob(),
                    _ => Answer::Unsure,
                }
            }
            Namespace::Value => match prelude::value_named(name) {
                Some(path) => other(path),
                None => unique_glob(),
            },
            _ => {
                if let Some(found) = self.extern_crate(unit, name) {
                    return Answer::Found(found);
                }
                if let Some(path) = prelude::type_named(name) {
                    // Preludes of other crates like to bring a `Result` of their own.
                    if name == "Result" && (opaque || !query.external.is_empty()) {
                        return Answer::Unsure;
                    }
                    return other(path);
                }
                if prelude::is_primitive(name) {
                    return other(format!("std::{name}"));
                }
                if !query.external.is_empty() {
                    return unique_glob();
                }
                // Nothing else is left: it must be a crate whose library is not named as its package.
                let crate_like = more && name.starts_with(|c: char| c.is_ascii_lowercase());
                if crate_like && !opaque && !self.crates[unit].edition_2015 {
                    return other(name);
                }
                Answer::Unsure
            }
        }
    }

    /// Another crate by the name that code uses.
    fn extern_crate(&self, unit: usize, name: &str) -> Option<Found> {
        let real = self.extern_aliases[unit].get(name).copied().unwrap_or(name);
        if real == "self" {
            return self.forest.roots[unit].map(|root| self.module_found(root));
        }
        if let Some(path) = prelude::sysroot(real) {
            return Some(Found { path: path.into(), what: What::Other });
        }
        let (library, member) = self.crates[unit].externs.get(real)?;
        match member.and_then(|member| self.forest.roots[member]) {
            Some(root) => Some(self.module_found(root)),
            None => Some(Found { path: library.as_str().into(), what: What::Other }),
        }
    }

    fn is_inside(&self, mut module: usize, of: usize) -> bool {
        loop {
            if module == of {
                return true;
            }
            match self.forest.modules[module].parent {
                Some(parent) => module = parent,
                None => return false,
            }
        }
    }

    /// A name of a module, as seen from another.
    fn in_module(
        &self,
        module: usize,
        name: &'f str,
        ns: Namespace,
        from: usize,
        query: &mut Query<'f>,
    ) -> Answer {
        if !query.take(1) {
            return Answer::Unsure;
        }
        let outside = (!self.is_inside(from, module)).then_some(());
        if let Some(entries) = self.modules[module].get(name) {
            let answer = self.among(entries, ns, outside, query);
            if answer != Answer::Absent {
                return answer;
            }
        }
        if ns == Namespace::Macro && module_is_root(self, module) {
            let unit = self.forest.modules[module].unit;
            if self.macros[unit].contains(name) {
                return other(format!("{}::{name}", self.forest.modules[module].path));
            }
        }
        if self.globs[module].is_empty() || !query.globbed.insert(module) {
            return Answer::Absent;
        }
        self.through_globs(&self.globs[module], name, ns, module, outside, query)
    }

    fn among(
        &self,
        entries: &[(usize, Entry)],
        ns: Namespace,
        outside: Option<()>,
        query: &mut Query<'f>,
    ) -> Answer {
        if !query.take(entries.len().saturating_sub(1)) {
            return Answer::Unsure;
        }
        let mut declared: Vec<Found> = Vec::new();
        let mut imported: Vec<(Found, bool)> = Vec::new();
        let mut unsure = false;
        for (instance, entry) in entries {
            match entry {
                Entry::Child(module) => {
                    let public = self.forest.modules[*module].public;
                    if ns == Namespace::Type && (outside.is_none() || public) {
                        declared.push(self.module_found(*module));
                    }
                }
                Entry::Decl(index) => {
                    let decl = &self.seen(*instance).decls[*index];
                    if fits(decl.kind, ns) && (outside.is_none() || decl.public) {
                        let path = self.declared_path(*instance, *index);
                        declared.push(Found { path, what: What::Decl(*instance, *index) });
                    }
                }
                Entry::Use(index) => {
                    let used = &self.seen(*instance).uses[*index];
                    if outside.is_some() && !used.public {
                        continue;
                    }
                    if matches!(used.name, UseName::SelfAs(_)) && ns != Namespace::Type {
                        continue;
                    }
                    match self.used(*instance, used, ns, query) {
                        Answer::Found(found) => imported.push((found, used.test)),
                        Answer::Absent => {}
                        Answer::Unsure => unsure = true,
                    }
                }
            }
        }
        // What another crate exports under the name may be of another namespace.
        if !declared.is_empty() {
            imported.retain(|(found, _)| found.what != What::Other);
        }
        if imported.iter().any(|(_, test)| !test) {
            imported.retain(|(_, test)| !test);
        }
        let mut all = declared;
        all.extend(imported.into_iter().map(|(found, _)| found));
        one_of(all, unsure)
    }

    fn used(&self, instance: usize, used: &'f Use, ns: Namespace, query: &mut Query<'f>) -> Answer {
        let unit = self.forest.instances[instance].unit;
        let path = self.seen(instance).str(used.path);
        if used.extern_crate {
            return Answer::Found(
                self.extern_crate(unit, path)
                    .unwrap_or_else(|| Found { path: path.into(), what: What::Other }),
            );
        }
        let outer_globs = std::mem::take(&mut query.external);
        let outer_globbed = std::mem::take(&mut query.globbed);
        let answer = match self.counted_from_root(unit, path) {
            Some((root, scope, path)) if self.extern_crate(unit, first_segment(path).0).is_some() => {
                self.path(root, scope, path, ns, query)
            }
            Some((root, scope, path)) => match self.module_of(root, scope) {
                Some(module) if query.take(1) => {
                    let start = Answer::Found(self.module_found(module));
                    self.further(start, Some(path), ns, module, query)
                }
                _ => Answer::Unsure,
            },
            None => self.path(instance, used.scope, path, ns, query),
        };
        query.external = outer_globs;
        query.globbed = outer_globbed;
        answer
    }

    /// The place of the root and the path from there, for a `use` that counts from the root: such is the
    /// edition 2015.
    fn counted_from_root(&self, unit: usize, path: &'f str) -> Option<(usize, ScopeId, &'f str)> {
        let counts = self.crates[unit].edition_2015 && !is_relative(path);
        let path = path.strip_prefix("::").unwrap_or(path);
        let root = self.forest.roots[unit].filter(|_| counts && !path.is_empty())?;
        self.forest.modules[root].parts.first().map(|(instance, scope)| (*instance, *scope, path))
    }

    fn through_globs(
        &self,
        globs: &[Glob],
        name: &'f str,
        ns: Namespace,
        module: usize,
        outside: Option<()>,
        query: &mut Query<'f>,
    ) -> Answer {
        let mut all: Vec<Found> = Vec::new();
        let mut unsure = false;
        for glob in globs {
            let used = &self.seen(glob.instance).uses[glob.used];
            let in_view = outside.is_none() || used.public;
            // The module that a glob leads to takes a step of its own.
            let leads_on =
                matches!(&glob.target, Some(Answer::Found(Found { what: What::Module(_), .. })) if in_view);
            if query.steps == 0 || !leads_on && !query.take(1) {
                unsure = true;
                break;
            }
            if !in_view {
                continue;
            }
            let target = match &glob.target {
                Some(target) => target.clone(),
                None => self.used(glob.instance, used, Namespace::Type, query),
            };
            let target = match target {
                Answer::Found(found) => found,
                Answer::Absent => continue,
                Answer::Unsure => {
                    unsure = true;
                    continue;
                }
            };
            match target.what {
                What::Module(inner) => match self.in_module(inner, name, ns, module, query) {
                    Answer::Found(found) => all.push(found),
                    Answer::Absent => {}
                    Answer::Unsure => unsure = true,
                },
                What::Decl(..) => {
                    if let Answer::Found(found) = self.step(target, name, ns, module, query)
                        && matches!(found.what, What::Decl(..))
                    {
                        all.push(found);
                    }
                }
                What::Other => query.external.add(target.path),
            }
        }
        one_of(all, unsure)
    }
}

fn module_is_root(names: &Names<'_>, module: usize) -> bool {
    names.forest.modules[module].parent.is_none()
}

fn is_relative(path: &str) -> bool {
    ["self", "super", "crate"].contains(&first_segment(path).0)
}

/// The first segment of a path, and what follows.
fn first_segment(path: &str) -> (&str, Option<&str>) {
    match path.bytes().position(|byte| byte == b':') {
        Some(at) => (&path[..at], path.get(at + 2..)),
        None => (path, None),
    }
}

/// Something of another crate, or inside a type.
fn other(path: impl Into<Text>) -> Answer {
    Answer::Found(Found { path: path.into(), what: What::Other })
}

/// The one answer, if there is one.
fn one_of(mut found: Vec<Found>, unsure: bool) -> Answer {
    found.dedup_by(|a, b| a.path == b.path);
    match (found.len(), unsure) {
        (0, false) => Answer::Absent,
        (0, true) => Answer::Unsure,
        _ => {
            let first = found.swap_remove(0);
            if found.iter().all(|other| other.path == first.path) {
                Answer::Found(first)
            } else {
                Answer::Unsure
            }
        }
    }
}

fn fits(kind: DeclKind, ns: Namespace) -> bool {
    let (is_type, is_value, is_macro) = match kind {
        DeclKind::ValueStruct | DeclKind::Variant => (true, true, false),
        DeclKind::Item(kind) => match kind {
            ItemKind::Function | ItemKind::Const | ItemKind::Static | ItemKind::StaticMut => {
                (false, true, false)
            }
            ItemKind::Macro => (false, false, true),
            _ => (true, false, false),
        },
    };
    match ns {
        Namespace::Type => is_type,
        Namespace::Value => is_value,
        Namespace::Macro => is_macro,
        Namespace::Local => false,
    }
}
