//! Releases that are still supported, each with the list of components that was kept with it, and
//! the lock file that the list has to agree with.

use std::path::Path;

use jiff::civil::Date;

use crate::facts::advisories::{Advisories, Advisory};
use crate::facts::components::Component;
use crate::facts::documents::{List, Package};
use crate::facts::git::{Past, State, Unfound};
use crate::facts::{Gap, Kind};
use crate::policy::Policy;
use crate::source::{Placed, ReadError, Tree};

use super::baseline::{self, Locked};
use super::updates::{self, Update};

/// The newest releases that are looked at.
const MOST_RELEASES: usize = 50;

/// What stands for the tag in the path of a list.
const TAG: &str = "{tag}";

/// A release, told by its tag.
#[derive(Debug)]
pub struct Release {
    /// The tag.
    pub tag: String,
    /// The commit, in hexadecimal digits.
    pub commit: String,
    /// The day of the commit (UTC).
    pub on: Date,
    /// Where its list ought to be, relative to the root; empty where nobody has said it.
    pub path: String,
    /// Its list of components.
    pub list: List,
    /// The packages of its lock file, members included; `None` where the release has no lock file.
    pub locked: Option<Vec<Package>>,
    /// Its components that advisories of today touch, by component, then by advisory.
    pub touched: Vec<Touched>,
}

impl Release {
    /// Whether a component (`name@version`) shipped with it, by the list that was kept; `None` without one.
    #[must_use]
    pub fn lists(&self, component: &str) -> Option<bool> {
        let List::Read { packages, .. } = &self.list else { return None };
        Some(packages.iter().any(|package| package.id() == component))
    }
}

/// A component of a release that an advisory touches.
#[derive(Debug)]
pub struct Touched {
    /// The component, as `name@version`.
    pub component: String,
    /// The advisory.
    pub advisory: Advisory,
    /// False for a copy that is matched by name and version.
    pub same_origin: bool,
}

/// Looks at every release that the policy names, and follows vulnerabilities through them where time frames are
/// promised; `None` where it does not say which tags are releases.
pub(super) fn gather(
    tree: &Tree,
    advisories: &Advisories,
    policy: &Policy,
    gaps: &mut Vec<Gap>,
) -> Option<(Vec<Release>, Vec<Update>)> {
    let kept = policy.releases.sboms.as_ref();
    let patterns: Vec<&Placed<String>> = policy
        .releases
        .tags
        .iter()
        .chain(policy.releases.last.iter().filter(|_| policy.releases.tags.is_empty()))
        .collect();
    let named = patterns.first()?.at.clone();
    let mut gap = |what: &str, why: String, remedy: &str| {
        gaps.push(Gap::new(Kind::History, what, why, remedy).at(named.clone()));
    };
    let past = match Past::open(tree.root()) {
        Ok(Some(past)) => past,
        Ok(None) => {
            gap(
                "releases",
                "the workspace is in no working copy of a git repository".to_owned(),
                "git clone",
            );
            return Some(Default::default());
        }
        Err(why) => {
            gap("releases", format!("the repository can't be read: {why}"), "git status");
            return Some(Default::default());
        }
    };
    let tags = past.tags().unwrap_or_else(|why| {
        gap("releases", why, "git status");
        Vec::new()
    });
    for pattern in unfit(policy, &tags).filter(|_| !past.is_shallow()) {
        gap(
            pattern,
            "no tag of the repository fits it".to_owned(),
            "git tag, and write `tags` in [releases] as they are",
        );
    }
    let mut states = Vec::new();
    for tag in tags.into_iter().filter(|tag| patterns.iter().any(|pattern| matches(&pattern.value, tag))) {
        match past.tag(&tag) {
            Ok(state) => states.push((state, tag)),
            Err(Unfound::Unreadable(why)) => gap(&tag, why, "git fetch --tags --unshallow"),
            Err(_) => gap(&tag, "the tag names nothing".to_owned(), "git fetch --tags --unshallow"),
        }
    }
    if states.is_empty() && past.is_shallow() {
        gap(
            "releases",
            "the clone is a shallow one without tags of releases".to_owned(),
            "git fetch --tags --unshallow",
        );
    }
    states.sort_by(|a, b| (b.0.on, &b.1).cmp(&(a.0.on, &a.1)));
    if let Some(rest) = states.get(MOST_RELEASES..).filter(|rest| !rest.is_empty()) {
        let why = format!(
            "only the newest {MOST_RELEASES} releases are looked at, not {} older ones from {} back",
            rest.len(),
            rest[0].1
        );
        gap("releases", why, "name in `releases.tags` the releases that are still supported");
    }
    states.truncate(MOST_RELEASES);
    let mut lists = tree.clone();
    let folder =
        policy.at.as_ref().map_or("", |at| at.path()).rsplit_once('/').map_or(".", |(folder, _)| folder);
    lists.allow(&tree.root().join(folder));
    let mut releases = Vec::new();
    for (state, tag) in states {
        let path = kept.map(|kept| Path::new(folder).join(kept.value.replace(TAG, &tag)));
        let mut release = release(&past, &state, tag, advisories, gaps);
        if let Some(path) = path {
            release.path = tree.relative(&crate::facts::workspace::normal(&tree.root().join(&path)));
            release.list = list(&lists, &path, &release.path, gaps);
        }
        releases.push((release, state));
    }
    let promised = policy.updates.is_some();
    let updates = if promised { updates::follow(&releases, &past, gaps) } else { Vec::new() };
    Some((releases.into_iter().map(|(release, _)| release).collect(), updates))
}

/// The patterns of the policy that fit no tag and are no releases to come: a whole name, or one that begins as no tag does,
/// though there are some.
fn unfit<'p>(policy: &'p Policy, tags: &'p [String]) -> impl Iterator<Item = &'p str> {
    let patterns = policy.releases.tags.iter().map(|pattern| pattern.value.as_str());
    patterns.filter(|pattern| {
        let lead = pattern.split(|c: char| c == '*' || c.is_ascii_digit()).next().unwrap_or_default();
        let begins_so = tags.is_empty() || tags.iter().any(|tag| tag.starts_with(lead));
        (!pattern.contains('*') || !begins_so) && !tags.iter().any(|tag| matches(pattern, tag))
    })
}

fn release(past: &Past, state: &State, tag: String, advisories: &Advisories, gaps: &mut Vec<Gap>) -> Release {
    let Locked { lock, components, members, .. } = baseline::read_lock(past, state, &tag, None, gaps);
    let touched = advisories.hits_on(&components).into_iter().map(|hit| Touched {
        component: components[hit.component].id(),
        advisory: hit.advisory,
        same_origin: hit.same_origin,
    });
    let touched = touched.collect();
    let package = |component: Component| Package {
        version: component.version.to_string(),
        name: component.name,
        sha256: component.checksum,
    };
    let locked = lock.map(|_| components.into_iter().chain(members).map(package).collect());
    let (commit, on) = (state.commit.clone(), state.on);
    Release { tag, commit, on, path: String::new(), list: List::Absent, locked, touched }
}

fn list(tree: &Tree, path: &Path, shown: &str, gaps: &mut Vec<Gap>) -> List {
    match tree.read(path) {
        Ok(source) => List::read(&source),
        Err(ReadError::Absent) => List::Absent,
        Err(why) => {
            let remedy = "keep the lists as files below the folder of the policy";
            gaps.push(Gap::new(Kind::History, shown, why.to_string(), remedy));
            List::Absent
        }
    }
}

/// True when a name fits a pattern in which `*` stands for anything.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_tags() {
        for (pattern, name, fits) in [
            ("v*", "v1.0.0", true),
            ("v*", "w1", false),
            ("v1.*.0", "v1.2.0", true),
            ("v1.*.0", "v1.2.1", false),
            ("*", "", true),
            ("v1", "v1", true),
            ("v1", "v1.0", false),
            ("a*a", "a", false),
            ("*-rc*", "v1-rc2", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
        assert!(!matches(&"*a".repeat(5000), &"b".repeat(5000)));
    }
}
