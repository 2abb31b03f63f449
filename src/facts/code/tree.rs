//! The module trees: which files are compiled, as which module, under which conditions.
//!
//! Files are found as the compiler finds them, one generation of modules after the other, so that
//! each generation is read and parsed in parallel. A file is looked at once in each unit.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::seen::{Inside, OutsideKind, Product, ScopeId, ScopeKind, Seen};
use super::text::Text;
use super::{Scope, syntax};
use crate::cache::{Packed, Shelves, fingerprint};
use crate::facts::{Gap, Kind};
use crate::source::{ReadError, Source, Tree};

/// How many bytes of files are placed, each counted once for each unit it belongs to. The largest workspaces
/// have some fifty megabytes; a manifest can name ten thousand targets that share all files.
const MOST_PLACED: usize = 2 * 1024 * 1024 * 1024;
/// What even an empty file counts.
const SMALLEST_PLACE: usize = 4096;
/// The longest path of a module.
const LONGEST_PATH: usize = 4096;

/// A file with what it shows.
#[derive(Debug)]
pub(super) struct Read {
    pub source: Arc<Source>,
    pub seen: Seen,
    /// What is inside, where it is known from an earlier run and not unpacked yet.
    packed: Option<(Packed<Inside>, Packed<Product>)>,
    /// What it was looked at for.
    wanted: Wanted,
}

impl Read {
    /// Sees to it that what is inside is there, and what only the product is asked for where it is part of that.
    pub(super) fn unpack(&mut self, scope: Scope, shipped: &[String]) {
        let ships = scope == Scope::Product;
        if let Some((inside, product)) = self.packed.take() {
            let again = || syntax::see(self.source.text(), self.wanted, shipped);
            let product = ships.then(|| product.unpack().unwrap_or_else(|| again().product));
            self.seen.inside = inside.unpack().unwrap_or_else(|| again().inside);
            self.seen.product = product.unwrap_or_default();
        } else if !ships {
            self.seen.product = Product::default();
        }
    }
}

/// What is asked of a file.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted {
    /// True where nothing but tests is built of it.
    pub of_tests: bool,
    /// True where somebody wants to know what tests call; else nobody looks into the functions of tests.
    pub calls_of_tests: bool,
}

/// What is kept of a file between runs.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept(Seen, Packed<Inside>, Packed<Product>);

/// A module of a unit.
#[derive(Debug)]
pub(super) struct Module {
    pub unit: usize,
    pub parent: Option<usize>,
    pub path: Text,
    pub public: bool,
    /// The files and scopes it consists of, as indices into the instances.
    pub parts: Vec<(usize, ScopeId)>,
}

/// A file in its place in a unit.
#[derive(Debug)]
pub(super) struct Instance {
    pub unit: usize,
    pub file: usize,
    /// The module of each module scope of the file.
    pub modules: BTreeMap<ScopeId, usize>,
    pub scope: Scope,
    /// Conditions of the declarations that lead to the file, outermost first.
    pub cfg: Vec<Text>,
}

/// The crate root of a unit.
#[derive(Debug)]
pub(super) struct Root {
    pub name: String,
    pub path: PathBuf,
    /// The folder of its package.
    pub package: PathBuf,
    pub scope: Scope,
}

/// Every module of every unit.
#[derive(Debug, Default)]
pub(super) struct Forest {
    pub files: Vec<Read>,
    pub instances: Vec<Instance>,
    pub modules: Vec<Module>,
    /// The root module of each unit, if its file could be read.
    pub roots: Vec<Option<usize>>,
    /// How many files were known from earlier runs.
    pub from_cache: usize,
}

/// A declaration that leads to a file.
struct Job {
    unit: usize,
    module: usize,
    /// Files that may hold it, with the folder and the name below which its own modules lie.
    candidates: Vec<(PathBuf, Folder)>,
    test: bool,
    cfg: Vec<Text>,
    /// Where it is declared, and whether its absence is a gap.
    declared: Option<(usize, super::seen::Span, String)>,
    quiet: bool,
    root: bool,
}

/// Below which folder the files of modules lie.
#[derive(Debug, Clone)]
struct Folder {
    path: PathBuf,
    /// For `pump.rs` the modules lie in `pump/`, files named by `#[path]` do not.
    below: Option<String>,
}

impl Folder {
    fn of(file: &Path, below: Option<String>) -> Self {
        Self { path: file.parent().unwrap_or(Path::new("")).to_owned(), below }
    }

    fn modules(&self) -> PathBuf {
        self.below.as_ref().map_or_else(|| self.path.clone(), |below| self.path.join(below))
    }
}

/// Grows the module trees from the crate roots. `shipped` are the features for tests that the product is built with.
pub(super) fn grow(
    tree: &Tree,
    roots: &[Root],
    shipped: &[String],
    calls_of_tests: bool,
    shelf: &mut Shelves<Kept>,
    gaps: &mut Vec<Gap>,
) -> Forest {
    let mut grower = Grower {
        tree,
        roots,
        shipped,
        shelf,
        gaps,
        forest: Forest { roots: vec![None; roots.len()], ..Forest::default() },
        files: HashMap::new(),
        placed: HashSet::new(),
        room: MOST_PLACED,
        wanted: Wanted { of_tests: false, calls_of_tests },
    };
    let jobs = (0..roots.len()).map(|unit| grower.root(unit));
    let (mut tests, mut product): (Vec<Job>, Vec<Job>) =
        jobs.collect::<Vec<_>>().into_iter().partition(|job| job.test);
    // What ships is placed first: where a file is both, the wider scope counts.
    while !product.is_empty() || !tests.is_empty() {
        let jobs = std::mem::take(if product.is_empty() { &mut tests } else { &mut product });
        for job in grower.generation(jobs) {
            if job.test { tests.push(job) } else { product.push(job) }
        }
    }
    grower.forest
}

struct Grower<'a> {
    tree: &'a Tree,
    roots: &'a [Root],
    shipped: &'a [String],
    shelf: &'a mut Shelves<Kept>,
    gaps: &'a mut Vec<Gap>,
    forest: Forest,
    files: HashMap<PathBuf, usize>,
    placed: HashSet<(usize, usize)>,
    /// How many bytes may still be placed; a file counts once for each unit.
    room: usize,
    /// What is asked of the files.
    wanted: Wanted,
}

impl Grower<'_> {
    fn root(&mut self, unit: usize) -> Job {
        let root = &self.roots[unit];
        let module = self.forest.modules.len();
        let parts = Vec::new();
        let path = root.name.as_str().into();
        self.forest.modules.push(Module { unit, parent: None, path, public: true, parts });
        let candidates = vec![(root.path.clone(), Folder::of(&root.path, None))];
        let (cfg, declared) = (Vec::new(), None);
        let test = root.scope == Scope::Test;
        Job { unit, module, candidates, test, cfg, declared, quiet: false, root: true }
    }

    /// Places the files of one generation; returns the declarations found in them.
    fn generation(&mut self, jobs: Vec<Job>) -> Vec<Job> {
        let wanted = Wanted { of_tests: jobs.iter().all(|job| job.test), ..self.wanted };
        let tree = self.tree;
        let resolved: Vec<_> = jobs
            .into_par_iter()
            .map(|job| {
                let found = find(tree, &job.candidates);
                (job, found)
            })
            .collect();
        let mut new: Vec<PathBuf> = Vec::new();
        for (_, found) in &resolved {
            if let Ok((_, path)) = found
                && !self.files.contains_key(path)
            {
                new.push(path.clone());
            }
        }
        new.sort();
        new.dedup();
        // What ships was placed before: a file that is met now for the first time is one of tests alone.
        self.read(new, wanted);
        let mut next = Vec::new();
        for (job, found) in resolved {
            match found {
                Ok((candidate, path)) => {
                    if let Some(file) = self.files.get(&path).copied()
                        && self.placed.insert((job.unit, file))
                        && self.has_room(&job, file)
                    {
                        self.place(&job, candidate, file, &mut next);
                    }
                }
                Err(error) => self.absent(&job, &error),
            }
        }
        next
    }

    fn read(&mut self, paths: Vec<PathBuf>, wanted: Wanted) {
        let (from, shipped, kept) = (self.tree, self.shipped, &*self.shelf);
        let read: Vec<_> = paths
            .into_par_iter()
            .map(|path| {
                let read = from.read_resolved(&path).map(|source| {
                    let key = key(source.text(), wanted, shipped);
                    let Some(Kept(seen, inside, product)) = kept.get(&key) else {
                        let seen = syntax::see(source.text(), wanted, shipped);
                        return (Read { source, seen, packed: None, wanted }, Some(key));
                    };
                    (Read { source, seen, packed: Some((inside, product)), wanted }, None)
                });
                (path, read)
            })
            .collect();
        for (path, read) in read {
            match read {
                Ok((mut read, new)) => {
                    match new {
                        Some(key) if self.shelf.keeps() => {
                            let inside = Packed::of(&read.seen.inside);
                            let product = Packed::of(&read.seen.product);
                            let kept = Kept(std::mem::take(&mut read.seen), inside, product);
                            self.shelf.put(key, &kept);
                            read.seen = kept.0;
                        }
                        Some(_) => {}
                        None => self.forest.from_cache += 1,
                    }
                    if let Some((why, place)) = &read.seen.fault {
                        let at = read.source.at(shifted(&read.seen, *place));
                        let remedy = "mend the syntax; until then only its `unsafe` tokens are counted";
                        let gap = Gap::new(Kind::Code, read.source.path(), why, remedy);
                        self.gaps.push(gap.at(at));
                    }
                    self.files.insert(path, self.forest.files.len());
                    self.forest.files.push(read);
                }
                Err(error) => {
                    let what = self.tree.relative(&path);
                    self.gaps.push(Gap::new(Kind::Code, what, error.to_string(), remedy(&error)));
                }
            }
        }
    }

    fn absent(&mut self, job: &Job, error: &ReadError) {
        if job.quiet && matches!(error, ReadError::Absent) {
            return;
        }
        let what = job.candidates.first().map_or_else(String::new, |(path, _)| self.tree.relative(path));
        let mut why = error.to_string();
        let mut gap_at = None;
        if let Some((file, at, name)) = &job.declared {
            let read = &self.forest.files[*file];
            let _ = write!(why, ", although `{name}` is declared");
            gap_at = Some(read.source.at(shifted(&read.seen, *at)));
        }
        let gap = Gap::new(Kind::Code, what, why, remedy(error));
        self.gaps.push(match gap_at {
            Some(at) => gap.at(at),
            None => gap,
        });
    }

    /// Whether there is room for one more file in one more unit; if not, a gap says so.
    fn has_room(&mut self, job: &Job, file: usize) -> bool {
        let source = &self.forest.files[file].source;
        let left = self.room.checked_sub(source.text().len() + SMALLEST_PLACE);
        let why = if self.forest.modules[job.module].path.len() > LONGEST_PATH {
            "its modules nest deeper than any that people write"
        } else if let Some(left) = left {
            self.room = left;
            return true;
        } else {
            "more files belong to more targets than are read"
        };
        let remedy = "inspect fewer members at once (-p)";
        self.gaps.push(Gap::new(Kind::Code, source.path(), why, remedy));
        false
    }

    fn place(&mut self, job: &Job, candidate: usize, file: usize, next: &mut Vec<Job>) {
        let folder = job.candidates[candidate].1.clone();
        let instance = self.forest.instances.len();
        let scope = if job.test { Scope::Test } else { self.roots[job.unit].scope };
        self.forest.instances.push(Instance {
            unit: job.unit,
            file,
            modules: BTreeMap::new(),
            scope,
            cfg: job.cfg.clone(),
        });
        if job.root {
            self.forest.roots[job.unit] = Some(job.module);
        }
        let folders = self.modules(job, instance, file, folder);
        let seen = &self.forest.files[file].seen;
        let around = modules_around(seen);
        for outside in &seen.files {
            let within = around.get(outside.scope as usize).copied().unwrap_or(0);
            let (chain, test) = conditions(seen, outside.scope);
            let Some(folder) = folders.get(&within) else { continue };
            let Some(parent) = self.forest.instances[instance].modules.get(&within).copied() else {
                continue;
            };
            let mut cfg = job.cfg.clone();
            cfg.extend(chain);
            cfg.extend(outside.cfg.iter().map(|condition| seen.str(*condition).into()));
            let test = job.test || test || outside.test;
            let mut job = Job {
                unit: job.unit,
                module: parent,
                candidates: Vec::new(),
                test,
                quiet: !cfg.is_empty(),
                cfg,
                declared: Some((file, outside.at, String::new())),
                root: false,
            };
            let here = self.forest.files[file].source.path();
            let here = self.tree.root().join(here);
            match &outside.what {
                OutsideKind::Folder { .. } | OutsideKind::Unseen => {}
                OutsideKind::Include(path) | OutsideKind::PackageInclude(path) => {
                    let folder = match &outside.what {
                        OutsideKind::Include(_) => here.parent().unwrap_or(Path::new("")),
                        _ => &self.roots[job.unit].package,
                    };
                    let path = folder.join(seen.str(*path));
                    if let Some((_, _, name)) = &mut job.declared {
                        "include!".clone_into(name);
                    }
                    job.candidates.push((path.clone(), Folder::of(&path, None)));
                    next.push(job);
                }
                OutsideKind::Module { name, paths } => {
                    let name = seen.str(*name);
                    if let Some((_, _, declared)) = &mut job.declared {
                        *declared = format!("mod {name}");
                    }
                    job.module = self.forest.modules.len();
                    let path = format!("{}::{name}", self.forest.modules[parent].path).into();
                    let (unit, public, parts) = (job.unit, outside.public, Vec::new());
                    self.forest.modules.push(Module { unit, parent: Some(parent), path, public, parts });
                    next.extend(module_jobs(seen, job, folder, name, paths));
                }
            }
        }
    }

    /// Makes the modules that a file holds; returns the folder of each.
    fn modules(
        &mut self,
        job: &Job,
        instance: usize,
        file: usize,
        folder: Folder,
    ) -> HashMap<ScopeId, Folder> {
        let forest = &mut self.forest;
        let seen = &forest.files[file].seen;
        let mut folders = HashMap::from([(0, folder)]);
        forest.instances[instance].modules.insert(0, job.module);
        forest.modules[job.module].parts.push((instance, 0));
        let elsewhere: HashMap<ScopeId, &str> = seen
            .files
            .iter()
            .filter_map(|outside| match &outside.what {
                OutsideKind::Folder { scope, paths, .. } => Some((*scope, seen.str(paths.first()?.0))),
                _ => None,
            })
            .collect();
        let around = modules_around(seen);
        for (id, scope) in seen.scopes.iter().enumerate().skip(1) {
            let id = ScopeId::try_from(id).unwrap_or(ScopeId::MAX);
            let (ScopeKind::Module, Some(name)) = (scope.kind, scope.name) else { continue };
            let within = around.get(scope.parent as usize).copied().unwrap_or(0);
            let Some(outer) = folders.get(&within) else { continue };
            let name = seen.str(name);
            let path = match elsewhere.get(&id) {
                Some(path) => outer.path.join(path),
                None => outer.modules().join(name),
            };
            folders.insert(id, Folder { path, below: None });
            let Some(parent) = forest.instances[instance].modules.get(&within).copied() else { continue };
            let module = forest.modules.len();
            let path = format!("{}::{name}", forest.modules[parent].path).into();
            let parts = vec![(instance, id)];
            let public = scope.public;
            forest.modules.push(Module { unit: job.unit, parent: Some(parent), path, public, parts });
            forest.instances[instance].modules.insert(id, module);
        }
        folders
    }
}

/// The files a `mod name;` may mean.
fn module_jobs(
    seen: &Seen,
    mut job: Job,
    folder: &Folder,
    name: &str,
    paths: &[(super::seen::Str, bool)],
) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (path, certain) in paths {
        let path = folder.path.join(seen.str(*path));
        let candidates = vec![(path.clone(), Folder::of(&path, None))];
        let cfg = job.cfg.clone();
        jobs.push(Job {
            candidates,
            quiet: job.quiet || !certain,
            cfg,
            declared: job.declared.clone(),
            ..job
        });
        if *certain {
            return jobs;
        }
    }
    let modules = folder.modules();
    let file = modules.join(format!("{name}.rs"));
    let inside = modules.join(name).join("mod.rs");
    job.candidates.push((file.clone(), Folder::of(&file, Some(name.to_owned()))));
    job.candidates.push((inside.clone(), Folder::of(&inside, None)));
    job.quiet |= !paths.is_empty();
    jobs.push(job);
    jobs
}

fn find(tree: &Tree, candidates: &[(PathBuf, Folder)]) -> Result<(usize, PathBuf), ReadError> {
    for (index, (path, _)) in candidates.iter().enumerate() {
        match tree.resolve(path) {
            Ok(path) => return Ok((index, path)),
            Err(ReadError::Absent) => {}
            Err(error) => return Err(error),
        }
    }
    Err(ReadError::Absent)
}

/// The module scope around each scope.
fn modules_around(seen: &Seen) -> Vec<ScopeId> {
    let mut around: Vec<ScopeId> = Vec::with_capacity(seen.scopes.len());
    for (id, scope) in seen.scopes.iter().enumerate() {
        let outer = around.get(scope.parent as usize).copied().unwrap_or(0);
        let own = ScopeId::try_from(id).unwrap_or(ScopeId::MAX);
        around.push(if scope.kind == ScopeKind::Module { own } else { outer });
    }
    around
}

/// The conditions on the way to a scope from the file's own module, outermost first, and whether they
/// hold only in tests.
fn conditions(seen: &Seen, scope: ScopeId) -> (Vec<Text>, bool) {
    let mut conditions: Vec<&[super::seen::Str]> = Vec::new();
    let mut test = false;
    let mut at = scope;
    while let Some(scope) = seen.scopes.get(at as usize) {
        conditions.push(&scope.cfg);
        test |= scope.test;
        if at == 0 {
            break;
        }
        at = scope.parent;
    }
    let chain = conditions.into_iter().rev().flatten();
    (chain.map(|condition| seen.str(*condition).into()).collect(), test)
}

/// A range of a file from one of its body.
pub(super) fn shifted(seen: &Seen, span: super::seen::Span) -> std::ops::Range<usize> {
    (span.0 + seen.offset) as usize..(span.1 + seen.offset) as usize
}

fn remedy(error: &ReadError) -> &'static str {
    match error {
        ReadError::Absent => "generate the file, or put the declaration under the `cfg` that needs it",
        ReadError::Outside => "keep sources inside the workspace",
        ReadError::NotText(_) => "save the file as UTF-8",
        _ => "make the file readable",
    }
}

/// Facts seen by an engine that was changed since are not believed.
const ENGINE: u64 = fingerprint(&[
    include_bytes!("acceptances.rs"),
    include_bytes!("../../../rules/flows.toml"),
    include_bytes!("../../../rules/settings.toml"),
    include_bytes!("../../../rules/words.toml"),
    include_bytes!("../known/words.rs"),
    include_bytes!("anatomy/asked.rs"),
    include_bytes!("anatomy/body.rs"),
    include_bytes!("anatomy/declare.rs"),
    include_bytes!("anatomy/lower.rs"),
    include_bytes!("anatomy/mod.rs"),
    include_bytes!("anatomy/types.rs"),
    include_bytes!("attributes.rs"),
    include_bytes!("flows/bind.rs"),
    include_bytes!("flows/handed.rs"),
    include_bytes!("flows/known.rs"),
    include_bytes!("flows/raw.rs"),
    include_bytes!("flows/trace.rs"),
    include_bytes!("flows/watch.rs"),
    include_bytes!("includes.rs"),
    include_bytes!("lex.rs"),
    include_bytes!("limits.rs"),
    include_bytes!("locals.rs"),
    include_bytes!("macros.rs"),
    include_bytes!("paired.rs"),
    include_bytes!("presets.rs"),
    include_bytes!("reach.rs"),
    include_bytes!("reparse.rs"),
    include_bytes!("seen.rs"),
    include_bytes!("spans.rs"),
    include_bytes!("strings.rs"),
    include_bytes!("symbols.rs"),
    include_bytes!("syntax/expressions.rs"),
    include_bytes!("syntax/items.rs"),
    include_bytes!("syntax/mod.rs"),
    include_bytes!("syntax/paths.rs"),
    include_bytes!("syntax/visitor.rs"),
    include_bytes!("templates.rs"),
    include_bytes!("unsafety.rs"),
]);

fn key(text: &str, wanted: Wanted, shipped: &[String]) -> String {
    let of_tests = if wanted.of_tests { "tests-" } else { "" };
    let with_calls = if wanted.calls_of_tests { "calls-" } else { "" };
    let mut key = format!("{ENGINE:016x}-{of_tests}{with_calls}");
    let mut hash = Sha256::new_with_prefix(text);
    for feature in shipped {
        // No text of a file holds this byte.
        hash.update([0xff]);
        hash.update(feature);
    }
    for byte in hash.finalize() {
        let _ = write!(key, "{byte:02x}");
    }
    key
}
