//! What a change adds: two states judged with the same eyes, and what is only in the second told.
//!
//! What is staged is judged as git holds it, not as the working copy does: files that are not saved, not staged or not
//! tracked are no part of a commit. Cargo is not asked, since it would look at the working copy; where a rule needs the
//! graph that only cargo knows, each component of the lock file counts as one that may ship, before and after alike.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::cache::{self, Shelf};
use crate::error::Error;
use crate::facts::git::{self, Snapshot, Which};
use crate::facts::workspace;
use crate::report::text::count;
use crate::report::{Before, Report};
use crate::request::{Change, Clippy, Request};
use crate::source;

/// The state that a change is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// The last commit: what is told is what the next one would add.
    Head,
    /// Nothing: everything in the state is told.
    Nothing,
}

/// Judges what is staged. `None` where nothing is. `index` is the file that git names for a commit of some files only.
///
/// # Errors
/// Where there is no repository, or what is staged can't be laid out; else as for an inspection.
pub fn change(request: &Request, against: Against, index: Option<&Path>) -> Result<Option<Report>, Error> {
    let root = workspace::find_root(request)?;
    let root = root.canonicalize().unwrap_or(root);
    let mut snapshot = git::reading(|| Snapshot::open(&root, index, request.cache.as_deref()))
        .map_err(|why| unreadable(&why))?;
    let below = source::joined("", &source::relative(Path::new(""), snapshot.below()));
    let policy = request.policy.as_ref().map(|policy| within(&snapshot, &root, &request.start.join(policy)));
    let paths = match against {
        Against::Head => git::reading(|| snapshot.differing(&Which::Head, &Which::Index))
            .map_err(|why| unreadable(&why))?,
        Against::Nothing => git::reading(|| snapshot.paths(&Which::Index)).map_err(|why| unreadable(&why))?,
    };
    if paths.is_empty() {
        return Ok(None);
    }
    let judged = Change { paths };
    let mut report = inspect(request, &mut snapshot, &Which::Index, policy.as_ref(), &judged)?;
    // The last commit is judged only where something stands that may have been there before. A state that can't be
    // judged, such as one without a manifest, has nothing to be held against.
    let before = match against {
        Against::Head if report.is_open() => {
            let asked = of_state(request, &snapshot, policy.as_ref(), &judged);
            let key = key(&asked, &report, policy.as_ref(), git::reading(|| snapshot.tree_of_head()));
            kept(request.cache.as_deref(), &root, key, || {
                let before = inspect(request, &mut snapshot, &Which::Head, policy.as_ref(), &judged);
                before.as_ref().map(Before::from).ok()
            })
        }
        Against::Head => Some(Before::default()),
        Against::Nothing => None,
    };
    // The paths are those of the working copy, where people look.
    report.facts.files.below = below;
    if let Some(before) = before
        && let Some(name) = git::reading(|| snapshot.last())
    {
        let against = format!("what is staged ({}) on {name}", count(judged.paths.len(), "file"));
        report.set_aside(&before, &judged.paths, against);
    }
    Ok(Some(report))
}

/// Judges a state.
fn inspect(
    request: &Request,
    snapshot: &mut Snapshot,
    which: &Which,
    policy: Option<&Place>,
    change: &Change,
) -> Result<Report, Error> {
    let name = git::reading(|| snapshot.show(which)).map_err(|why| unreadable(&why))?;
    if !snapshot.holds("Cargo.toml") {
        return Err(Error::Usage {
            message: format!("{name} of git holds no Cargo.toml of this workspace"),
            help: "git add Cargo.toml".to_owned(),
        });
    }
    crate::inspect(&of_state(request, snapshot, policy, change))
}

/// What is asked of a state.
fn of_state(request: &Request, snapshot: &Snapshot, policy: Option<&Place>, change: &Change) -> Request {
    Request {
        start: snapshot.root(),
        manifest_path: None,
        resolve: false,
        fetch: false,
        since: None,
        history: false,
        clippy: Clippy::No,
        policy: policy.map(|place| place.in_state(snapshot)),
        change: Some(change.clone()),
        listing: Some(Arc::new(snapshot.listing())),
        ..request.clone()
    }
}

/// A name for all that the judgement of the last commit rests on; `None` where that is more than what git holds of it.
fn key(asked: &Request, report: &Report, policy: Option<&Place>, tree: Option<String>) -> Option<String> {
    let of_sources = asked.change.as_ref().is_some_and(Change::is_of_sources);
    let inside = policy.is_none_or(|policy| matches!(policy, Place::Within(_)));
    let (tree, program) = tree.zip(cache::program()).filter(|_| of_sources && inside)?;
    let advisories = &report.facts.advisories.digest;
    Some(format!("{:x}", Sha256::digest(format!("{program} {tree} {advisories} {asked:?}"))))
}

/// What stood in the last commit, as an earlier run has kept it. That it can't be judged is not kept.
fn kept(
    folder: Option<&Path>,
    root: &Path,
    key: Option<String>,
    judge: impl FnOnce() -> Option<Before>,
) -> Option<Before> {
    let Some(key) = key else { return judge() };
    let name = format!("before-{:.16}", format!("{:x}", Sha256::digest(root.as_os_str().as_encoded_bytes())));
    let mut shelf: Shelf<Before> = Shelf::open(folder, &name);
    shelf.get(&key).or_else(|| {
        let before = judge()?;
        shelf.put(key, &before);
        shelf.close(false);
        Some(before)
    })
}

/// Where a policy named on the command line lies.
enum Place {
    /// In the repository, as seen from the workspace root.
    Within(String),
    /// Elsewhere on this machine.
    Outside(PathBuf),
}

fn within(snapshot: &Snapshot, root: &Path, policy: &Path) -> Place {
    let Ok(policy) = policy.canonicalize() else { return Place::Outside(policy.to_owned()) };
    let seen = source::relative(root, &policy);
    let climbs = seen.split('/').take_while(|part| *part == "..").count();
    if climbs <= snapshot.below().components().count() { Place::Within(seen) } else { Place::Outside(policy) }
}

impl Place {
    fn in_state(&self, snapshot: &Snapshot) -> PathBuf {
        match self {
            Self::Within(path) => snapshot.root().join(path),
            Self::Outside(path) => path.clone(),
        }
    }
}

/// Judges the working copy, and tells only what is new since a revision: since the last commit that both share, where
/// the revision has gone on by itself.
///
/// # Errors
/// Where there is no repository or no such revision; else as for an inspection.
pub fn since(request: &Request) -> Result<Report, Error> {
    let mut report = crate::inspect(request)?;
    let Some(revision) = request.since.clone() else { return Ok(report) };
    let root = report.facts.workspace.root.clone();
    let mut snapshot = git::reading(|| Snapshot::open(&root, None, request.cache.as_deref()))
        .map_err(|why| unreadable(&why))?;
    let policy = request.policy.as_ref().map(|policy| within(&snapshot, &root, &request.start.join(policy)));
    let fork = Which::Fork(revision);
    let changed =
        git::reading(|| snapshot.differing(&fork, &Which::Index)).map_err(|why| unreadable(&why))?;
    let name = git::reading(|| snapshot.show(&fork)).map_err(|why| unreadable(&why))?;
    let before = crate::inspect(&Request {
        start: snapshot.root(),
        manifest_path: None,
        fetch: false,
        since: None,
        history: false,
        clippy: Clippy::No,
        policy: policy.as_ref().map(|place| place.in_state(&snapshot)),
        listing: Some(Arc::new(snapshot.listing())),
        ..request.clone()
    });
    // A state that can't be judged has nothing that anything could be held against.
    let before = before.as_ref().map(Before::from).unwrap_or_default();
    report.set_aside(&before, &changed, format!("this working copy since {name}"));
    Ok(report)
}

fn unreadable(why: &str) -> Error {
    Error::Usage {
        message: format!("what is staged can't be judged: {why}"),
        help: "`cargo health-sec check` judges the working copy".to_owned(),
    }
}
