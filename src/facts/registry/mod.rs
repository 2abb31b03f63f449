//! What the index of a registry says of components: taken back or not, and since when published.
//!
//! Read from what cargo has kept of the index, or from a folder that the policy names; never from a
//! network. Where the policy names a folder, that folder alone is read, so that every machine gives
//! the same verdict. An entry speaks for a component only if it states the checksum of the lock
//! file: the same name and version in another registry is another package. Where several copies of an
//! index speak of a version, it counts as taken back when any of them says so: a copy may be old, and
//! the cautious answer costs a look.
//!
//! - `places`: where index files lie
//! - `entries`: what one index file says

mod entries;
mod places;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::policy::Policy;
use crate::source::{ReadError, Tree, read_limited};

use super::components::{Component, Components, Origin, Ships};
use super::workspace::Workspace;
use super::{Gap, Kind};

use entries::Index;
use places::{Place, Places};

/// The largest index file that is read, in bytes; the largest of crates.io have some five million.
const LARGEST_INDEX: u64 = 64 * 1024 * 1024;

/// What the index says of each component.
#[derive(Debug, Default)]
pub struct Registry {
    /// By index into the components; those that no index at hand names are missing.
    pub of: BTreeMap<usize, Published>,
    /// Components that the index knows with another checksum than the lock file: by index into the
    /// components, the checksum of the index.
    pub other_contents: BTreeMap<usize, String>,
    /// The newest day of a publication in what was read: the index can't be older.
    pub newest: Option<Date>,
}

/// What the index says of one version of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// True when the version was taken back.
    pub yanked: bool,
    /// The day it was published; older entries of an index do not say.
    pub on: Option<Date>,
    /// The newest version in the index that is neither yanked nor a pre-release, and its day.
    pub newest: Option<(semver::Version, Option<Date>)>,
    /// The day of the last release of any version, taken back or not: when its author was last seen.
    pub last_release: Option<Date>,
}

/// Reads the index entries of all components in use that come from a registry.
pub fn gather(
    tree: &Tree,
    workspace: &Workspace,
    components: &Components,
    policy: &Policy,
    gaps: &mut Vec<Gap>,
) -> Registry {
    let wanted: Vec<(usize, &Component)> = components
        .all
        .iter()
        .enumerate()
        .filter(|(_, component)| component.ships >= Ships::Dev)
        .filter(|(_, component)| matches!(component.origin, Origin::CratesIo | Origin::Registry { .. }))
        .collect();
    if wanted.is_empty() {
        return Registry::default();
    }
    let places = Places::find(tree, workspace, policy);
    let told: Vec<(usize, Told)> =
        wanted.into_par_iter().map(|(index, component)| (index, ask(component, &places))).collect();
    let mut registry = Registry::default();
    let mut unknown = Unknown::default();
    for (index, mut told) in told {
        let name = components.all[index].id();
        unknown.damaged.append(&mut told.damaged);
        match told.published {
            Some(published) => {
                registry.newest = registry.newest.max(published.last_release);
                let dated = policy.supply.cooldown_days.is_none() || published.on.is_some();
                if !dated || (policy.supply.quiet_days.is_some() && published.last_release.is_none()) {
                    unknown.undated.push(name);
                }
                registry.of.insert(index, published);
            }
            None => match told.other {
                Some(checksum) => drop(registry.other_contents.insert(index, checksum)),
                None => unknown.unnamed.push(name),
            },
        }
    }
    unknown.tell(&places, gaps);
    registry
}

/// What all index files at hand say of a component.
#[derive(Default)]
struct Told {
    published: Option<Published>,
    /// The checksum of another package of this name and version, in an index that is its own.
    other: Option<String>,
    damaged: Vec<(String, String)>,
}

fn ask(component: &Component, places: &Places) -> Told {
    let mut told = Told::default();
    for place in places.of(component) {
        match read(component, &place) {
            Ok(Some(Answer::Published(found))) => told.add(found),
            Ok(Some(Answer::Other(checksum))) if place.own => told.other = Some(checksum),
            Ok(_) => {}
            Err(why) => told.damaged.push((place.file.display().to_string(), why)),
        }
    }
    told
}

impl Told {
    fn add(&mut self, found: Published) {
        match &mut self.published {
            Some(known) => {
                known.yanked |= found.yanked;
                known.on = known.on.or(found.on);
                known.last_release = known.last_release.max(found.last_release);
                if found.newest.as_ref().map(|(version, _)| version)
                    > known.newest.as_ref().map(|(version, _)| version)
                {
                    known.newest = found.newest;
                }
            }
            None => self.published = Some(found),
        }
    }
}

enum Answer {
    Published(Published),
    Other(String),
}

/// What one file says of a component; nothing where it does not name it.
fn read(component: &Component, place: &Place) -> Result<Option<Answer>, String> {
    let bytes = match read_limited(&place.file, LARGEST_INDEX) {
        Ok(bytes) => bytes,
        Err(ReadError::Absent) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let index = Index::read(&bytes, place.form)?;
    let mut other = None;
    let mut published: Option<Published> = None;
    for entry in index.entries_of(&component.name, &component.version)? {
        if component.checksum.as_ref().is_some_and(|locked| !locked.eq_ignore_ascii_case(&entry.checksum)) {
            other = Some(entry.checksum);
            continue;
        }
        let yanked = entry.yanked || published.as_ref().is_some_and(|known| known.yanked);
        published = Some(Published {
            yanked,
            on: entry.on,
            newest: index.newest(),
            last_release: index.last_release(),
        });
    }
    Ok(published.map(Answer::Published).or(other.map(Answer::Other)))
}

/// What the index leaves open.
#[derive(Default)]
struct Unknown {
    unnamed: Vec<String>,
    undated: Vec<String>,
    damaged: Vec<(String, String)>,
}

impl Unknown {
    /// Many components are one gap: one command mends them all.
    fn tell(mut self, places: &Places, gaps: &mut Vec<Gap>) {
        let remedy = if places.is_named() {
            "add them to the folder that `index` in [components] names"
        } else {
            "cargo update --dry-run; on a closed network name a folder with index files in [components] index"
        };
        if let Some(what) = some(&self.unnamed) {
            let why = format!("no index at hand names {}", some_names(&self.unnamed));
            gaps.push(Gap::new(Kind::Registry, what, why, remedy));
        }
        if let Some(what) = some(&self.undated) {
            let why = format!("the index does not say when it was published: {}", some_names(&self.undated));
            gaps.push(Gap::new(Kind::Registry, what, why, remedy));
        }
        self.damaged.sort();
        self.damaged.dedup();
        for (file, why) in self.damaged {
            gaps.push(Gap::new(Kind::Registry, file, format!("the index file is not used: {why}"), remedy));
        }
    }
}

fn some(names: &[String]) -> Option<String> {
    match names {
        [] => None,
        [one] => Some(one.clone()),
        many => Some(format!("{} components", many.len())),
    }
}

fn some_names(names: &[String]) -> String {
    const NAMED: usize = 3;
    match names {
        [_] => "it".to_owned(),
        few if few.len() <= NAMED => few.join(", "),
        many => format!("{} and {} more", many[..NAMED].join(", "), many.len() - NAMED),
    }
}
