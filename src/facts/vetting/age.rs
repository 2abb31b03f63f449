//! Since when an exemption stands there: asked of the repository's files; the git program is not run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use git2::{Oid, Repository, Sort};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::document::{self, Value};
use crate::source::{Source, Tree};

use super::super::components::Components;
use super::{How, Vetted};

/// How many commits are looked at, from the newest.
const MOST_COMMITS: usize = 20_000;

/// Package and version of an exemption.
type Exempt = (String, String);

/// Fills in since when the exemptions that components rest on have stood in the file without a break.
///
/// Only the main line is followed, since that is what was released from. Where git has no answer (no
/// repository, a shallow clone, an entry that is not committed yet) nothing is filled in.
pub(super) fn date_exemptions(
    tree: &Tree,
    folder: &str,
    components: &Components,
    vetted: &mut BTreeMap<usize, Vetted>,
) {
    let wanted: BTreeSet<Exempt> =
        vetted.iter().filter_map(|(index, vetted)| exempt(*index, vetted, components)).collect();
    if wanted.is_empty() {
        return;
    }
    let Some((repository, path)) = find(tree, folder) else { return };
    let dates = since(&repository, &path, wanted).unwrap_or_default();
    for (index, vetted) in vetted {
        let Some(key) = exempt(*index, vetted, components) else { continue };
        if let How::Exempt { since, .. } = &mut vetted.how {
            *since = dates.get(&key).copied();
        }
    }
}

fn exempt(index: usize, vetted: &Vetted, components: &Components) -> Option<Exempt> {
    let How::Exempt { of, .. } = &vetted.how else { return None };
    let component = components.all.get(index)?;
    let version = match (of, &component.origin) {
        (Some(version), _) => version.clone(),
        (None, super::Origin::Git { commit: Some(commit), .. }) => {
            format!("{}@git:{commit}", component.version)
        }
        (None, _) => component.version.to_string(),
    };
    Some((component.name.clone(), version))
}

/// The repository around the root, and the path of the file in it.
fn find(tree: &Tree, folder: &str) -> Option<(Repository, PathBuf)> {
    let repository = Repository::discover(tree.root()).ok().filter(|repository| !repository.is_shallow())?;
    let around = repository.workdir()?.canonicalize().ok()?;
    let file = tree.resolve(Path::new(&format!("{folder}/config.toml"))).ok()?;
    let below = file.strip_prefix(&around).ok()?.to_path_buf();
    Some((repository, below))
}

/// For each exemption the day of the oldest commit of the unbroken run that holds it.
fn since(
    repository: &Repository,
    path: &Path,
    mut wanted: BTreeSet<Exempt>,
) -> Result<BTreeMap<Exempt, Date>, git2::Error> {
    let mut dates = BTreeMap::new();
    let mut walk = repository.revwalk()?;
    walk.push_head()?;
    walk.simplify_first_parent()?;
    walk.set_sorting(Sort::TOPOLOGICAL)?;
    let mut last: Option<Oid> = None;
    let mut here = BTreeSet::new();
    for (count, id) in walk.enumerate() {
        let commit = repository.find_commit(id?)?;
        let entry = commit.tree()?.get_path(path).ok().map(|entry| entry.id());
        if entry != last || count == 0 {
            here = entry.map(|blob| exemptions(repository, blob, &wanted)).unwrap_or_default();
            last = entry;
            wanted.retain(|exempt| here.contains(exempt));
        }
        if wanted.is_empty() {
            return Ok(dates);
        }
        if count == MOST_COMMITS {
            dates.retain(|exempt, _| !wanted.contains(exempt));
            return Ok(dates);
        }
        let day = Timestamp::from_second(commit.time().seconds())
            .map(|time| TimeZone::UTC.to_datetime(time).date())
            .map_err(|error| git2::Error::from_str(&error.to_string()))?;
        dates.extend(
            here.iter().filter(|exempt| wanted.contains(*exempt)).map(|exempt| (exempt.clone(), day)),
        );
    }
    Ok(dates)
}

/// Those of the wanted exemptions that a version of the file holds.
fn exemptions(repository: &Repository, blob: Oid, wanted: &BTreeSet<Exempt>) -> BTreeSet<Exempt> {
    let Ok(blob) = repository.find_blob(blob) else { return BTreeSet::new() };
    let Ok(text) = std::str::from_utf8(blob.content()) else { return BTreeSet::new() };
    let Ok(config) = document::parse(&Source::new("config.toml", text)) else { return BTreeSet::new() };
    let mut found = BTreeSet::new();
    for package in
        ["exemptions", "unaudited"].iter().filter_map(|key| config.get(&[key])).flat_map(Value::entries)
    {
        for entry in package.value.items() {
            let version = entry.get(&["version"]).and_then(Value::as_str).and_then(super::store::version);
            found.extend(
                version.map(|version| (package.key.clone(), version)).filter(|key| wanted.contains(key)),
            );
        }
    }
    found
}
