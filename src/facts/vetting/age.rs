//! Since when an exemption stands there: asked of the repository's files; the git program is not run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;

use crate::document::{self, Value};
use crate::facts::git::{Past, State};
use crate::facts::{Gap, Kind};
use crate::source::{Source, Tree};

use super::super::components::Components;
use super::{How, Vetted};

/// How many commits are looked at, from the newest.
const MOST_COMMITS: usize = 20_000;

/// Package and version of an exemption.
type Exempt = (String, String);

/// Fills in since when the exemptions that components rest on have stood in the file without a break.
///
/// Only the main line is followed, since that is what was released from. Outside of a repository, and for an entry
/// that is not committed yet, there is nothing to fill in; where git can't answer, a gap says so.
pub(super) fn date_exemptions(
    tree: &Tree,
    folder: &str,
    components: &Components,
    vetted: &mut BTreeMap<usize, Vetted>,
    gaps: &mut Vec<Gap>,
) {
    let wanted: BTreeSet<Exempt> =
        vetted.iter().filter_map(|(index, vetted)| exempt(*index, vetted, components)).collect();
    if wanted.is_empty() {
        return;
    }
    let file = format!("{folder}/config.toml");
    let dates = match dates(tree, &file, wanted) {
        Ok(dates) => dates,
        Err(why) => {
            let what = format!("since when the exemptions of {file} stand");
            gaps.push(Gap::new(Kind::History, what, why, "git fetch --unshallow, or `git fsck`"));
            return;
        }
    };
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

/// For each exemption the day of the oldest commit of the unbroken run that holds it.
fn dates(tree: &Tree, file: &str, mut wanted: BTreeSet<Exempt>) -> Result<BTreeMap<Exempt, Date>, String> {
    let mut dates = BTreeMap::new();
    let Some(past) = Past::open(tree.root())? else { return Ok(dates) };
    let file = tree.resolve(Path::new(file)).map_err(|error| error.to_string())?;
    let (Some(path), Some(head)) = (past.within(&file), past.head()?) else { return Ok(dates) };
    let mut last: Option<String> = None;
    let mut here = BTreeSet::new();
    for (count, state) in past.main_line(&head)?.enumerate() {
        let state = state?;
        let contents = past.contents(&state, &path)?;
        if contents != last || count == 0 {
            here = exemptions(&past, &state, &path, &wanted)?;
            last = contents;
            wanted.retain(|exempt| here.contains(exempt));
        }
        if wanted.is_empty() {
            return Ok(dates);
        }
        if count == MOST_COMMITS {
            return Err(format!("the file is older than {MOST_COMMITS} commits"));
        }
        dates.extend(here.intersection(&wanted).map(|exempt| (exempt.clone(), state.on)));
    }
    if past.is_shallow() {
        return Err("the clone is shallow: what stood there before its first commit is not known".to_owned());
    }
    Ok(dates)
}

/// Those of the wanted exemptions that a version of the file holds. One that can't be read breaks the run.
fn exemptions(
    past: &Past,
    state: &State,
    path: &Path,
    wanted: &BTreeSet<Exempt>,
) -> Result<BTreeSet<Exempt>, String> {
    let Some(text) = past.text(state, path)? else { return Ok(BTreeSet::new()) };
    let Ok(config) = document::parse(&Source::new("config.toml", text)) else { return Ok(BTreeSet::new()) };
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
    Ok(found)
}
