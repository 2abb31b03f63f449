//! Puts the facts of all files together, with places, paths, names and values.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rayon::iter::{
    IndexedParallelIterator as _, IntoParallelIterator as _, IntoParallelRefMutIterator as _,
    ParallelIterator as _,
};

use super::names::{CrateInfo, Names};
use super::parts::{All, Drawn, Part};
use super::presets::Presets;
use super::seen::{DeclKind, ScopeKind};
use super::tree::{self, Forest, Root};
use super::values::Known;
use super::{Code, ItemKind, Scope, Unit, attributes, prelude};
use crate::cache::{Shelves, shelf_name};
use crate::facts::workspace::{EdgeKind, Member, TargetKind, Workspace};
use crate::facts::{Gap, Kind};
use crate::request::Request;
use crate::source::{Source, Tree};

/// The stack of a parsing thread. Only what is used becomes memory; the lexer's limits on nesting
/// stand against it.
pub(super) const STACK: usize = 256 * 1024 * 1024;

/// How many files are told at once.
const AT_ONCE: usize = 128;

/// Whose code is read, and how far.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Where it lies.
    pub tree: &'a Tree,
    /// Its members, of which the chosen ones are read.
    pub workspace: &'a Workspace,
    /// Whether what tests call is told too: they call as much as all that ships.
    pub calls_of_tests: bool,
    /// Where facts are kept, and whether only a change is judged.
    pub request: &'a Request,
}

/// Reads the module trees of the chosen members.
pub fn gather(asked: &Asked<'_>, gaps: &mut Vec<Gap>) -> Code {
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).build();
    match pool {
        Ok(pool) => pool.install(|| gather_here(asked, gaps)),
        Err(error) => {
            let why = format!("no threads could be started to parse them: {error}");
            gaps.push(Gap::new(Kind::Code, "sources", why, "allow the process more address space"));
            Code::default()
        }
    }
}

fn gather_here(asked: &Asked<'_>, gaps: &mut Vec<Gap>) -> Code {
    let Asked { tree, workspace, calls_of_tests, request } = *asked;
    let (units, roots) = units(workspace, calls_of_tests);
    let mut shelf = Shelves::open(request.cache.as_deref(), &shelf_name("code", tree));
    let for_tests = |feature: &&String| attributes::is_for_tests(feature);
    let shipped: Vec<String> = workspace.features.iter().filter(for_tests).cloned().collect();
    let mut forest = tree::grow(tree, &roots, &shipped, calls_of_tests, &mut shelf, gaps);
    // A change asks for few files; those of the others are asked for by the next one.
    shelf.close(request.change.is_some());
    // Calls are most of what was seen, and nobody asks for those of another file: each file's are
    // let go as soon as they are told.
    let listed = listed(&forest, &units);
    let judged = listed.iter().map(|instance| &forest.instances[*instance]);
    let judged: BTreeMap<usize, Scope> = judged.map(|instance| (instance.file, instance.scope)).collect();
    let files = forest.files.par_iter_mut().enumerate();
    files.for_each(|(file, read)| {
        if let Some(scope) = judged.get(&file) {
            read.unpack(*scope, &shipped);
        }
    });
    let (listed, drawn): (Vec<_>, Vec<_>) = listed
        .into_iter()
        .map(|instance| {
            let seen = &mut forest.files[forest.instances[instance].file].seen;
            ((instance, std::mem::take(&mut seen.inside.calls)), Drawn::from(&mut seen.product))
        })
        .unzip();
    let crates = crates(workspace, &units);
    let names = Names::new(&forest, &crates);
    let associated = associated(&forest, &names);
    let presets = Presets::find(&forest, &names, &listed);
    let known = Known { associated, presets };
    let all = All { forest: &forest, names: &names, crates: &crates, known: &known, units: &units };
    let (join, views) = all.join(&listed);

    let mut code = Code { from_cache: forest.from_cache, ..Code::default() };
    let mut listed = listed.into_iter().zip(drawn).zip(views);
    // A few files at once: what is told of one is large until it has found its place in the whole.
    loop {
        let some: Vec<_> = listed.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            break;
        }
        let parts: Vec<Part> = some
            .into_par_iter()
            .map(|(((_, calls), drawn), view)| Part::of(&all, &join, &view, &calls, drawn))
            .collect();
        for part in parts {
            code.files.push(part.file);
            code.items.extend(part.items);
            code.calls.push(part.calls);
            code.unsafe_sites.extend(part.unsafe_sites);
            code.lint_attributes.extend(part.lints);
            code.acceptances.extend(part.acceptances);
            code.blind_spots.extend(part.blind_spots);
            code.anatomy.extend(part.anatomy);
            code.flows.extend(part.flows);
            code.unfollowed.extend(part.unfollowed);
            code.comparisons.extend(part.comparisons);
            code.named.extend(part.named);
            code.settled.extend(part.settled);
            code.opened.extend(part.opened);
            code.paired.extend(part.paired);
        }
    }
    code.units = units
        .into_iter()
        .zip(&forest.roots)
        .filter(|(unit, _)| unit.listed)
        .map(|(unit, module)| Unit {
            member: unit.member,
            name: unit.name,
            kind: unit.kind,
            root: module.and_then(|module| root_source(&forest, module)),
        })
        .collect();
    super::opened::through_own_functions(&mut code);
    super::opened::ask_callers(&mut code);
    code
}

/// A unit; libraries of members that are not judged are only read for their names.
pub(super) struct Target {
    member: usize,
    name: String,
    kind: TargetKind,
    pub listed: bool,
}

/// The units of the chosen members, then libraries that others may name.
fn units(workspace: &Workspace, calls_of_tests: bool) -> (Vec<Target>, Vec<Root>) {
    let mut found: Vec<(Target, Root)> = Vec::new();
    let named = named(workspace, calls_of_tests);
    for (index, member) in workspace.members.iter().enumerate() {
        for target in &member.targets {
            let listed = member.chosen;
            if !listed && (target.kind != TargetKind::Library || !named[index]) {
                continue;
            }
            let scope = match target.kind {
                TargetKind::Library | TargetKind::Binary if member.for_tests => Scope::Test,
                TargetKind::Library | TargetKind::Binary => Scope::Product,
                TargetKind::BuildScript => Scope::Build,
                TargetKind::Test | TargetKind::Example | TargetKind::Bench => Scope::Test,
            };
            let name = target.name.replace('-', "_");
            let (path, package) = (target.path.clone(), member.folder.clone());
            let root = Root { name: name.clone(), path, package, scope };
            found.push((Target { member: index, name, kind: target.kind, listed }, root));
        }
    }
    // Stable: members and their targets stay in order.
    found.sort_by_key(|(target, _)| !target.listed);
    found.into_iter().unzip()
}

/// The members that code of a chosen one can name: those it is built with, one through the other. What others are
/// tested and made with it can't name; and what its own tests use is asked for with their calls only.
fn named(workspace: &Workspace, calls_of_tests: bool) -> Vec<bool> {
    let members = &workspace.members;
    let index_of: BTreeMap<&str, usize> =
        members.iter().enumerate().map(|(index, member)| (member.name.as_str(), index)).collect();
    let mut named = vec![false; members.len()];
    let mut waiting: Vec<usize> = (0..members.len()).filter(|index| members[*index].chosen).collect();
    while let Some(index) = waiting.pop() {
        if !std::mem::replace(&mut named[index], true) {
            let Member { chosen, dependencies, .. } = &members[index];
            let of = dependencies.iter().filter(|used| match used.kind {
                EdgeKind::Normal => true,
                EdgeKind::Build => *chosen,
                EdgeKind::Dev => *chosen && calls_of_tests,
            });
            waiting.extend(of.filter_map(|dependency| index_of.get(dependency.package.as_str())));
        }
    }
    named
}

fn crates(workspace: &Workspace, units: &[Target]) -> Vec<CrateInfo> {
    let library_of: BTreeMap<usize, usize> = units
        .iter()
        .enumerate()
        .filter(|(_, unit)| unit.kind == TargetKind::Library)
        .map(|(index, unit)| (unit.member, index))
        .collect();
    let member_of: BTreeMap<&str, usize> =
        workspace.members.iter().enumerate().map(|(index, member)| (member.name.as_str(), index)).collect();
    let library = |package: &str| -> (String, Option<usize>) {
        let unit = member_of.get(package).and_then(|member| library_of.get(member)).copied();
        let name = unit.map_or_else(|| prelude::library_of(package), |unit| units[unit].name.clone());
        (name, unit)
    };
    units
        .iter()
        .enumerate()
        .map(|(index, unit)| {
            let member: &Member = &workspace.members[unit.member];
            let mut info = CrateInfo { edition_2015: member.edition == "2015", ..CrateInfo::default() };
            for dependency in &member.dependencies {
                let (name, of) = library(&dependency.package);
                let renamed = dependency.code_name != dependency.package.replace('-', "_");
                // Without a rename, code uses the name of the library, whatever the package is called.
                let code_name = if renamed { dependency.code_name.clone() } else { name.clone() };
                info.externs.insert(code_name, (name, of));
            }
            if let Some(own) = library_of.get(&unit.member).copied().filter(|own| *own != index) {
                info.externs.insert(units[own].name.clone(), (units[own].name.clone(), Some(own)));
            }
            info
        })
        .collect()
}

/// One instance for each file of a listed unit: the one with the widest scope, in the order of paths.
fn listed(forest: &Forest, units: &[Target]) -> Vec<usize> {
    let mut best: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, instance) in forest.instances.iter().enumerate() {
        if !units[instance.unit].listed {
            continue;
        }
        let path = forest.files[instance.file].source.path();
        let known = best.entry(path).or_insert(index);
        if forest.instances[*known].scope < instance.scope {
            *known = index;
        }
    }
    best.into_values().collect()
}

fn root_source(forest: &Forest, module: usize) -> Option<Arc<Source>> {
    let (instance, _) = forest.modules[module].parts.first()?;
    Some(Arc::clone(&forest.files[forest.instances[*instance].file].source))
}

/// Constants inside `impl` blocks by their full path.
fn associated(forest: &Forest, names: &Names<'_>) -> HashMap<String, (usize, usize)> {
    let mut found = HashMap::new();
    for (id, instance) in forest.instances.iter().enumerate() {
        let seen = &forest.files[instance.file].seen;
        for (index, decl) in seen.decls.iter().enumerate() {
            let inside = seen.scopes.get(decl.scope as usize).is_some_and(|s| s.kind == ScopeKind::Impl);
            if inside && decl.kind == DeclKind::Item(ItemKind::Const) {
                let path = format!("{}::{}", names.scope_path(id, decl.scope), seen.str(decl.name));
                found.entry(path).or_insert((id, index));
            }
        }
    }
    found
}
