//! The state that changes are judged against, as its commit has it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::{self, Value};
use crate::facts::components::{self, Component, Components, Origin};
use crate::facts::workspace::normal;
use crate::facts::{Gap, Kind};
use crate::policy::{FILE_NAME, Policy};
use crate::source::{Source, Tree};

use super::{Baseline, Earlier, Key, changes};
use crate::facts::git::{Past, State};

/// The name of the lock file and of manifests.
pub(super) const LOCK: &str = "Cargo.lock";
const MANIFEST: &str = "Cargo.toml";

/// A revision as it is read: what a release's list and a comparison both need.
pub(super) struct Locked {
    /// The root package's name and version.
    pub(super) package: (Option<String>, Option<String>),
    /// The lock file; `None` where the revision has none that can be read.
    pub(super) lock: Option<Arc<Source>>,
    /// The packages of the lock file that were no members, ordered as today's components are.
    pub(super) components: Vec<Component>,
    /// The packages of the lock file that were members.
    pub(super) members: Vec<Component>,
}

/// Reads the lock file of a revision, and tells members from components.
pub(super) fn read_lock(
    past: &Past,
    state: &State,
    revision: &str,
    now: Option<&Components>,
    gaps: &mut Vec<Gap>,
) -> Locked {
    let manifest = manifest(past, state, &past.below, revision, gaps);
    let text = |keys: &[&str]| manifest.as_ref().and_then(|value| value.get(keys)).and_then(Value::as_str);
    let package = (
        text(&["package", "name"]).map(str::to_owned),
        text(&["package", "version"])
            .or_else(|| text(&["workspace", "package", "version"]))
            .map(str::to_owned),
    );
    let mut locked = Locked { package, lock: None, components: Vec::new(), members: Vec::new() };
    let text = match past.text(state, &past.below.join(LOCK)) {
        Ok(Some(text)) => text,
        Ok(None) => return locked,
        Err(why) => {
            gaps.push(unread(LOCK, revision, why));
            return locked;
        }
    };
    let lock = Source::new(LOCK, text);
    let mut faults = Vec::new();
    let outside = Outside::new(past, state, manifest.as_ref(), locked.package.0.as_deref(), revision, gaps);
    for mut component in components::locked(&lock, &mut faults) {
        if let Origin::Path { folder } = &mut component.origin {
            let is_path =
                |now: &Component| now.name == component.name && matches!(now.origin, Origin::Path { .. });
            let still = now.is_some_and(|now| now.all.iter().any(is_path));
            if outside.holds(&component.name) || still {
                *folder = outside.folders.get(&component.name).cloned();
            } else {
                locked.members.push(component);
                continue;
            }
        }
        locked.components.push(component);
    }
    gaps.extend(faults.into_iter().map(|fault| unread(LOCK, revision, fault.why)));
    locked.components.sort_by(|a, b| (&a.name, &a.version, &a.origin).cmp(&(&b.name, &b.version, &b.origin)));
    locked.lock = Some(lock);
    locked
}

fn unread(file: &str, revision: &str, why: String) -> Gap {
    let remedy = format!("name a revision whose {} can be read", file.rsplit('/').next().unwrap_or(file));
    Gap::new(Kind::History, format!("{file} of {revision}"), why, remedy)
}

/// The manifest in a folder of a revision; `None` where there is none. One that can't be read leaves a gap: which
/// packages were members is not known then.
fn manifest(past: &Past, state: &State, folder: &Path, revision: &str, gaps: &mut Vec<Gap>) -> Option<Value> {
    let path = folder.join(MANIFEST);
    let read = past.text(state, &path).and_then(|text| {
        text.map(|text| document::parse(&Source::new(MANIFEST, text)).map_err(|error| error.message))
            .transpose()
    });
    let shown = path.strip_prefix(&past.below).unwrap_or(&path).to_string_lossy().replace('\\', "/");
    read.map_err(|why| gaps.push(unread(&shown, revision, why))).ok().flatten()
}

/// Path packages that were no members of the workspace. The lock file does not tell: cargo takes
/// each folder below the root for a member, unless it is excluded or there is no `[workspace]`.
struct Outside {
    /// Name and folder of what the root manifest depends on by a path, if that is no member.
    folders: BTreeMap<String, String>,
    /// Without `[workspace]`: the only member.
    alone: Option<String>,
}

impl Outside {
    fn new(
        past: &Past,
        state: &State,
        manifest: Option<&Value>,
        package: Option<&str>,
        revision: &str,
        gaps: &mut Vec<Gap>,
    ) -> Self {
        let mut outside = Self { folders: BTreeMap::new(), alone: None };
        let Some(manifest) = manifest else { return outside };
        let workspace = manifest.get(&["workspace"]);
        if workspace.is_none() {
            outside.alone = package.map(str::to_owned);
        }
        let excluded =
            workspace.and_then(|table| table.get(&["exclude"])).map(Value::items).unwrap_or_default();
        let excluded: Vec<PathBuf> =
            excluded.iter().filter_map(Value::as_str).map(|path| normal(Path::new(path))).collect();
        let mut paths = Vec::new();
        paths_in(manifest, 0, &mut paths);
        for path in paths.iter().filter(|path| !path.starts_with("..")) {
            let folder = normal(Path::new(path));
            if workspace.is_some() && !excluded.iter().any(|outer| folder.starts_with(outer)) {
                continue;
            }
            let value = self::manifest(past, state, &past.below.join(&folder), revision, gaps);
            if let Some(name) = value.as_ref().and_then(|value| value.get(&["package", "name"])?.as_str()) {
                outside.folders.insert(name.to_owned(), folder.to_string_lossy().replace('\\', "/"));
            }
        }
        outside
    }

    /// True for a path package that was no member.
    fn holds(&self, name: &str) -> bool {
        self.folders.contains_key(name) || self.alone.as_deref().is_some_and(|alone| alone != name)
    }
}

/// Every `path = "..."` of dependencies and patches in a manifest. Tables lie at most five deep.
fn paths_in(value: &Value, depth: usize, paths: &mut Vec<String>) {
    const MOST_PATHS: usize = 200;
    for entry in value.entries() {
        match entry.value.as_str() {
            Some(path) if entry.key == "path" && depth > 1 && paths.len() < MOST_PATHS => {
                paths.push(path.to_owned());
            }
            _ if depth < 5 => paths_in(&entry.value, depth + 1, paths),
            _ => {}
        }
    }
}

/// Puts the baseline together, as yet without what is known of its components' sources.
pub(super) fn read(
    past: &Past,
    state: State,
    revision: &str,
    tree: &Tree,
    now: &Components,
    policy: &Policy,
    gaps: &mut Vec<Gap>,
) -> (Baseline, Vec<Component>) {
    let locked = read_lock(past, &state, revision, Some(now), gaps);
    if locked.lock.is_none() {
        gaps.push(Gap::new(
            Kind::History,
            format!("{LOCK} of {revision}"),
            "the revision has no lock file that can be read, so no change can be told",
            "name a revision with a lock file",
        ));
    }
    let then: Vec<Key<'_>> = locked.components.iter().map(Key::from).collect();
    let after: Vec<Key<'_>> = now.all.iter().map(Key::from).collect();
    let baseline = Baseline {
        revision: revision.to_owned(),
        on: state.on,
        package: locked.package,
        changes: if locked.lock.is_some() { changes(&then, &after) } else { Vec::new() },
        lock: locked.lock,
        policy: old_policy(past, &state, revision, tree, policy, gaps),
        components: locked.components.iter().map(Earlier::from).collect(),
        commit: state.commit,
    };
    (baseline, locked.components)
}

impl<'a> From<&'a Component> for Key<'a> {
    fn from(component: &'a Component) -> Self {
        Self {
            name: &component.name,
            version: &component.version,
            origin: &component.origin,
            checksum: component.checksum.as_deref(),
        }
    }
}

impl From<&Component> for Earlier {
    fn from(component: &Component) -> Self {
        Self {
            name: component.name.clone(),
            version: component.version.clone(),
            origin: component.origin.clone(),
            checksum: component.checksum.clone(),
            seen: None,
            advisories: Vec::new(),
        }
    }
}

/// The policy of then, where today's is now, or where one is looked for. It is only told, never
/// judged by: a policy that this version does not understand leaves a gap, and no rule undetermined.
fn old_policy(
    past: &Past,
    state: &State,
    revision: &str,
    tree: &Tree,
    policy: &Policy,
    gaps: &mut Vec<Gap>,
) -> Option<Policy> {
    let place = policy.at.as_ref().map_or(FILE_NAME, |at| at.path());
    let path = past.within(&normal(&tree.root().join(place)))?;
    let read = past.text(state, &path).and_then(|text| {
        let read = |text: String| Policy::parse(&Source::new(place, text));
        text.map(read)
            .transpose()
            .map_err(|faults| faults.first().map_or_else(String::new, |fault| fault.message.clone()))
    });
    let gap = |why: String| {
        let remedy = "what was decided then is not told; judge against a later revision";
        Gap::new(Kind::Decided, format!("{place} of {revision}"), why, remedy)
    };
    read.map_err(|why| gaps.push(gap(why))).ok().flatten()
}
