//! Names: from what is written to a full path.
//!
//! Follows scopes, `use`, aliases, globs, re-exports, renames and preludes the way the compiler
//! does, as far as syntax goes. Two answers are worse than none: where something can't be told
//! (a glob of another crate, a macro that may declare names, candidates under different conditions)
//! the answer is [`Answer::Unsure`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use super::ItemKind;
use super::prelude;
use super::seen::{DeclKind, Namespace, PathAt, ScopeId, ScopeKind, Seen, Use, UseName};
use super::tree::Forest;

/// How many steps a question may take.
const MOST_STEPS: u32 = 4_000;
/// How deep one question may lead to others.
const DEEPEST: usize = 48;

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub path: String,
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

/// Answers questions about names.
pub(super) struct Names<'f> {
    pub forest: &'f Forest,
    crates: &'f [CrateInfo],
    /// Entries of a module by name, each with its instance.
    modules: Vec<HashMap<&'f str, Vec<(usize, Entry)>>>,
    globs: Vec<Vec<(usize, usize)>>,
    opaque: Vec<bool>,
    /// Entries of the other scopes of each instance.
    scopes: Vec<HashMap<(ScopeId, &'f str), Vec<Entry>>>,
    scope_globs: Vec<HashMap<ScopeId, Vec<usize>>>,
    /// Every `macro_rules!` of a unit.
    macros: Vec<BTreeSet<&'f str>>,
    /// Crates whose macros are in view everywhere (`#[macro_use] extern crate`).
    macro_crates: Vec<BTreeSet<&'f str>>,
    /// `extern crate x as y;` in a crate root.
    extern_aliases: Vec<HashMap<&'f str, &'f str>>,
    paths: Vec<Vec<OnceLock<String>>>,
    /// For each scope the nearest around it that has names of its own: in between, all paths mean
    /// the same.
    naming: Vec<Vec<ScopeId>>,
}

/// One question and the questions it led to.
#[derive(Default)]
struct Query {
    steps: u32,
    depth: usize,
    asking: Vec<(usize, ScopeId, String, Namespace)>,
    globbed: BTreeSet<usize>,
    /// Globs of other crates that may hold the name.
    external: BTreeSet<String>,
}

impl<'f> Names<'f> {
    pub(super) fn new(forest: &'f Forest, crates: &'f [CrateInfo]) -> Self {
        let units = crates.len();
        let mut names = Self {
            forest,
            crates,
            modules: (0..forest.modules.len()).map(|_| HashMap::new()).collect(),
            globs: vec![Vec::new(); forest.modules.len()],
            opaque: vec![false; forest.modules.len()],
            scopes: (0..forest.instances.len()).map(|_| HashMap::new()).collect(),
            scope_globs: (0..forest.instances.len()).map(|_| HashMap::new()).collect(),
            macros: vec![BTreeSet::new(); units],
            macro_crates: vec![BTreeSet::new(); units],
            extern_aliases: (0..units).map(|_| HashMap::new()).collect(),
            paths: Vec::new(),
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
        names
    }

    fn index(&mut self, id: usize) {
        let forest = self.forest;
        let instance = &forest.instances[id];
        let seen = &forest.files[instance.file].seen;
        self.paths.push((0..seen.scopes.len()).map(|_| OnceLock::new()).collect());
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
                (UseName::Glob, Some(module)) => self.globs[module].push((id, index)),
                (UseName::Glob, None) => self.scope_globs[id].entry(used.scope).or_default().push(index),
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

    /// What a path leads to, from where it is written.
    pub(super) fn resolve(&self, instance: usize, path: PathAt) -> Answer {
        if path.ns == Namespace::Local {
            return Answer::Unsure;
        }
        let written = self.seen(instance).str(path.path);
        self.path(instance, path.scope, written, path.ns, &mut Query::default())
    }

    /// The path of a scope: `pump::net::serve`, `pump::Driver`.
    pub(super) fn scope_path(&self, instance: usize, scope: ScopeId) -> &str {
        let Some(cell) = self.paths[instance].get(scope as usize) else { return "" };
        if let Some(path) = cell.get() {
            return path;
        }
        let seen = self.seen(instance);
        let facts = &seen.scopes[scope as usize];
        let path = match self.forest.instances[instance].modules.get(&scope) {
            Some(module) => self.forest.modules[*module].path.clone(),
            None if scope == 0 => String::new(),
            None => {
                let outer = self.scope_path(instance, facts.parent);
                match (facts.kind, facts.self_type, facts.name) {
                    (ScopeKind::Impl, Some(ty), Some(name)) => {
                        let ty = PathAt { path: ty, scope, ns: Namespace::Type };
                        match self.own_type(instance, ty) {
                            Some(path) => path,
                            None => format!("{outer}::{}", seen.str(name)),
                        }
                    }
                    (_, _, Some(name)) => format!("{outer}::{}", seen.str(name)),
                    (_, _, None) => outer.to_owned(),
                }
            }
        };
        cell.get_or_init(|| path)
    }

    /// The path of a type of the workspace.
    fn own_type(&self, instance: usize, path: PathAt) -> Option<String> {
        match self.resolve(instance, path) {
            Answer::Found(Found { path, what: What::Decl(..) }) => Some(path),
            _ => None,
        }
    }

    fn module_of(&self, instance: usize, mut scope: ScopeId) -> Option<usize> {
        let seen = self.seen(instance);
        loop {
            if let Some(module) = self.forest.instances[instance].modules.get(&scope) {
                return Some(*module);
            }
            if scope == 0 {
                return None;
            }
            scope = seen.scopes.get(scope as usize)?.parent;
        }
    }

    fn module_found(&self, module: usize) -> Found {
        Found { path: self.forest.modules[module].path.clone(), what: What::Module(module) }
    }

    fn path(
        &self,
        instance: usize,
        scope: ScopeId,
        written: &str,
        ns: Namespace,
        query: &mut Query,
    ) -> Answer {
        query.steps += 1;
        if query.steps > MOST_STEPS || query.depth > DEEPEST {
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
        written: &str,
        ns: Namespace,
        query: &mut Query,
    ) -> Answer {
        let unit = self.forest.instances[instance].unit;
        let Some(module) = self.module_of(instance, scope) else { return Answer::Unsure };
        let root = self.forest.roots[unit].unwrap_or(module);
        let (absolute, written) = match written.strip_prefix("::") {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        let mut segments = written.split("::");
        let Some(first) = segments.next() else { return Answer::Unsure };
        let more = written.len() > first.len();
        let first_ns = if more { Namespace::Type } else { ns };
        let start = match first {
            _ if absolute && !self.crates[unit].edition_2015 => match self.extern_crate(unit, first) {
                Some(found) => Answer::Found(found),
                None => Answer::Found(Found { path: first.to_owned(), what: What::Other }),
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
        let mut found = match start {
            Answer::Found(found) => found,
            other => return other,
        };
        let mut rest = segments.peekable();
        while let Some(segment) = rest.next() {
            let ns = if rest.peek().is_some() { Namespace::Type } else { ns };
            found = match self.step(found, segment, ns, module, query) {
                Answer::Found(found) => found,
                other => return other,
            };
        }
        self.through_alias(found, ns, query)
    }

    /// One segment further.
    fn step(&self, from: Found, segment: &str, ns: Namespace, module: usize, query: &mut Query) -> Answer {
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
                _ => match self.afresh(query, |query| self.in_module(inner, segment, ns, module, query)) {
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
                    let path = format!("{}::{segment}", from.path);
                    return Answer::Found(Found { path, what: What::Decl(instance, *variant) });
                }
                let path = format!("{}::{segment}", from.path);
                Answer::Found(Found { path, what: What::Other })
            }
            What::Other => {
                Answer::Found(Found { path: format!("{}::{segment}", from.path), what: What::Other })
            }
        }
    }

    /// Asks with nothing visited yet: another name may be found where the last one was not.
    fn afresh(&self, query: &mut Query, ask: impl FnOnce(&mut Query) -> Answer) -> Answer {
        let _ = self;
        query.external.clear();
        let visited = std::mem::take(&mut query.globbed);
        let answer = ask(query);
        query.globbed = visited;
        answer
    }

    /// A name that a module does not show: a glob of another crate may hold it.
    fn beyond_globs(&self, module: usize, name: &str, query: &mut Query) -> Answer {
        if self.opaque[module] || query.external.len() != 1 {
            return Answer::Unsure;
        }
        match query.external.first() {
            Some(glob) => Answer::Found(Found { path: format!("{glob}::{name}"), what: What::Other }),
            None => Answer::Unsure,
        }
    }

    fn through_alias(&self, found: Found, ns: Namespace, query: &mut Query) -> Answer {
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

    fn self_type(&self, instance: usize, mut scope: ScopeId, query: &mut Query) -> Answer {
        let seen = self.seen(instance);
        while let Some(facts) = seen.scopes.get(scope as usize) {
            match (facts.kind, facts.self_type) {
                (ScopeKind::Impl, Some(ty)) => {
                    return self.path(instance, scope, seen.str(ty), Namespace::Type, query);
                }
                (ScopeKind::Trait, _) => {
                    let path = self.scope_path(instance, scope).to_owned();
                    return Answer::Found(Found { path, what: What::Other });
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
        name: &str,
        ns: Namespace,
        more: bool,
        query: &mut Query,
    ) -> Answer {
        let key = (instance, scope, name.to_owned(), ns);
        if query.asking.contains(&key) {
            return Answer::Absent;
        }
        query.asking.push(key);
        let outer_globs = std::mem::take(&mut query.external);
        let outer_globbed = std::mem::take(&mut query.globbed);
        let answer = match self.lexical(instance, scope, name, ns, query) {
            Answer::Absent => self.everywhere(instance, scope, name, ns, more, query),
            other => other,
        };
        query.external.extend(outer_globs);
        query.globbed = outer_globbed;
        query.asking.pop();
        answer
    }

    fn lexical(
        &self,
        instance: usize,
        mut scope: ScopeId,
        name: &str,
        ns: Namespace,
        query: &mut Query,
    ) -> Answer {
        let seen = self.seen(instance);
        loop {
            let Some(facts) = seen.scopes.get(scope as usize) else { return Answer::Unsure };
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
                let entries = self.scopes[instance].get(&(scope, name));
                let entries: Vec<_> = entries.into_iter().flatten().map(|entry| (instance, *entry)).collect();
                let mut answer = self.among(&entries, name, ns, None, query);
                if answer == Answer::Absent {
                    let globs = self.scope_globs[instance].get(&scope);
                    let globs: Vec<_> = globs.into_iter().flatten().map(|used| (instance, *used)).collect();
                    let module = self.module_of(instance, scope).unwrap_or(0);
                    answer = self.through_globs(&globs, name, ns, module, None, query);
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
        name: &str,
        ns: Namespace,
        more: bool,
        query: &mut Query,
    ) -> Answer {
        let unit = self.forest.instances[instance].unit;
        let other = |path: String| Answer::Found(Found { path, what: What::Other });
        let module = self.module_of(instance, scope);
        let opaque = module.is_none_or(|module| self.opaque[module]);
        let unique_glob = || match query.external.first() {
            Some(glob) if query.external.len() == 1 && !opaque => other(format!("{glob}::{name}")),
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
                Some(path) => other(path.to_owned()),
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
                    return other(path.to_owned());
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
                    return other(name.to_owned());
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
            return Some(Found { path: path.to_owned(), what: What::Other });
        }
        let (library, member) = self.crates[unit].externs.get(real)?;
        match member.and_then(|member| self.forest.roots[member]) {
            Some(root) => Some(self.module_found(root)),
            None => Some(Found { path: library.clone(), what: What::Other }),
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
    fn in_module(&self, module: usize, name: &str, ns: Namespace, from: usize, query: &mut Query) -> Answer {
        query.steps += 1;
        if query.steps > MOST_STEPS {
            return Answer::Unsure;
        }
        let outside = (!self.is_inside(from, module)).then_some(());
        if let Some(entries) = self.modules[module].get(name) {
            let answer = self.among(entries, name, ns, outside, query);
            if answer != Answer::Absent {
                return answer;
            }
        }
        if ns == Namespace::Macro && module_is_root(self, module) {
            let unit = self.forest.modules[module].unit;
            if self.macros[unit].contains(name) {
                let path = format!("{}::{name}", self.forest.modules[module].path);
                return Answer::Found(Found { path, what: What::Other });
            }
        }
        if !query.globbed.insert(module) {
            return Answer::Absent;
        }
        self.through_globs(&self.globs[module], name, ns, module, outside, query)
    }

    fn among(
        &self,
        entries: &[(usize, Entry)],
        name: &str,
        ns: Namespace,
        outside: Option<()>,
        query: &mut Query,
    ) -> Answer {
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
                        let path = format!("{}::{name}", self.scope_path(*instance, decl.scope));
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

    fn used(&self, instance: usize, used: &Use, ns: Namespace, query: &mut Query) -> Answer {
        let unit = self.forest.instances[instance].unit;
        let path = self.seen(instance).str(used.path);
        if used.extern_crate {
            return match self.extern_crate(unit, path) {
                Some(found) => Answer::Found(found),
                None => Answer::Found(Found { path: path.to_owned(), what: What::Other }),
            };
        }
        if self.crates[unit].edition_2015 && !is_relative(path) {
            let root = self.forest.roots[unit];
            let path = path.strip_prefix("::").unwrap_or(path);
            let first = path.split("::").next().unwrap_or(path);
            if let Some(part) = root.and_then(|root| self.forest.modules[root].parts.first())
                && !path.is_empty()
            {
                let (instance, scope) = *part;
                if self.extern_crate(unit, first).is_none() {
                    let path = format!("crate::{path}");
                    return self.path(instance, scope, &path, ns, query);
                }
                return self.path(instance, scope, path, ns, query);
            }
        }
        let outer_globs = std::mem::take(&mut query.external);
        let outer_globbed = std::mem::take(&mut query.globbed);
        let answer = self.path(instance, used.scope, path, ns, query);
        query.external = outer_globs;
        query.globbed = outer_globbed;
        answer
    }

    fn through_globs(
        &self,
        globs: &[(usize, usize)],
        name: &str,
        ns: Namespace,
        module: usize,
        outside: Option<()>,
        query: &mut Query,
    ) -> Answer {
        let mut all: Vec<Found> = Vec::new();
        let mut unsure = false;
        for (instance, index) in globs {
            let used = &self.seen(*instance).uses[*index];
            if outside.is_some() && !used.public {
                continue;
            }
            let target = match self.used(*instance, used, Namespace::Type, query) {
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
                What::Other => {
                    query.external.insert(target.path);
                }
            }
        }
        one_of(all, unsure)
    }
}

fn module_is_root(names: &Names<'_>, module: usize) -> bool {
    names.forest.modules[module].parent.is_none()
}

fn is_relative(path: &str) -> bool {
    ["self", "super", "crate"].contains(&path.split("::").next().unwrap_or(""))
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
