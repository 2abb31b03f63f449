//! How long a vulnerability stayed in the releases: from its publication to the release that mends it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::facts::advisories::{Advisory, AdvisoryKind};
use crate::facts::git::{Past, State};
use crate::facts::{Gap, Kind};

use super::baseline::LOCK;
use super::releases::Release;

/// How many commits of the main line are looked at between two releases.
const MOST: usize = 2_000;

/// A vulnerability of a component, and the releases that hold it.
#[derive(Debug)]
pub struct Update {
    /// The component, as `name@version`, in the newest release that holds it.
    pub component: String,
    /// The advisory.
    pub advisory: Advisory,
    /// False for a copy that is matched by name and version.
    pub same_origin: bool,
    /// The newest release that holds it.
    pub release: String,
    /// The release that mends it; `None` while there is none.
    pub mended: Option<Mended>,
}

/// How a vulnerability was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The first release without it, by tag.
    pub release: String,
    /// The day of that release.
    pub on: Date,
    /// The commit on the main line that took it out of the lock file, and its day, where that could be found.
    pub commit: Option<(String, Date)>,
}

/// Follows each vulnerability through the releases, which stand the newest first.
pub(super) fn follow(releases: &[(Release, State)], past: &Past, gaps: &mut Vec<Gap>) -> Vec<Update> {
    // By package and advisory: to go from one version that is affected to another mends nothing. A release may
    // hold several at once.
    let mut open: BTreeMap<(&str, &str), Vec<Update>> = BTreeMap::new();
    let mut closed = Vec::new();
    let mut before: Option<&State> = None;
    for (release, state) in releases.iter().rev() {
        let mut still: BTreeMap<(&str, &str), Vec<Update>> = BTreeMap::new();
        for touched in release.touched.iter().filter(|touched| is_harmful(&touched.advisory)) {
            let key = (touched.advisory.package.as_str(), touched.advisory.id.as_str());
            still.entry(key).or_default().push(Update {
                component: touched.component.clone(),
                advisory: touched.advisory.clone(),
                same_origin: touched.same_origin,
                release: release.tag.clone(),
                mended: None,
            });
        }
        let keys: Vec<_> = open.keys().filter(|key| !still.contains_key(*key)).copied().collect();
        let gone: Vec<Update> = keys.iter().filter_map(|key| open.remove(key)).flatten().collect();
        let components = gone.iter().map(|update| update.component.as_str()).collect();
        let commits = before.map_or(Ok(BTreeMap::new()), |before| mending(past, before, state, components));
        let commits = commits.unwrap_or_else(|why| {
            let what = format!("the commits that mend what {} mends", release.tag);
            gaps.push(Gap::new(Kind::History, what, why, "git fetch --unshallow"));
            BTreeMap::new()
        });
        for mut update in gone {
            let commit = commits.get(&update.component).cloned();
            update.mended = Some(Mended { release: release.tag.clone(), on: release.on, commit });
            closed.push(update);
        }
        open.extend(still);
        before = Some(state);
    }
    let mut updates: Vec<Update> = closed.into_iter().chain(open.into_values().flatten()).collect();
    updates.sort_by(|a, b| {
        (&a.component, &a.advisory.id, &a.release).cmp(&(&b.component, &b.advisory.id, &b.release))
    });
    updates
}

fn is_harmful(advisory: &Advisory) -> bool {
    matches!(advisory.kind, AdvisoryKind::Vulnerability | AdvisoryKind::Malicious)
}

/// By component, the first commit of the main line after one release, up to the next, whose lock file no longer holds
/// it. All are looked for in one walk, back to where the releases part; where they lie too far apart none is found.
fn mending(
    past: &Past,
    from: &State,
    to: &State,
    components: BTreeSet<&str>,
) -> Result<BTreeMap<String, (String, Date)>, String> {
    if components.is_empty() {
        return Ok(BTreeMap::new());
    }
    let path = past.below.join(LOCK);
    let mut sought: Vec<(&str, Option<(String, Date)>)> =
        components.into_iter().map(|component| (component, None)).collect();
    let fork = past.fork(from, to)?;
    let mut found = BTreeMap::new();
    let mut last = None;
    for state in past.main_line(to)?.take(MOST) {
        let state = state?;
        // Most commits leave the lock file as it is.
        let contents = Some(past.contents(&state, &path)?);
        let text = if contents == last { None } else { past.text(&state, &path)? };
        let held = listed(text.as_deref().unwrap_or_default());
        last = contents;
        sought.retain_mut(|(component, first)| {
            let holds = component.rsplit_once('@').is_some_and(|wanted| held.contains(&wanted));
            if holds {
                found.extend(first.take().map(|first| ((*component).to_owned(), first)));
            } else {
                *first = Some((state.commit.clone(), state.on));
            }
            !holds
        });
        if sought.is_empty() || fork.as_ref() == Some(&state.commit) {
            break;
        }
    }
    Ok(found)
}

/// Names and versions in a lock file. Hundreds of them are looked through, so they are not parsed.
fn listed(lock: &str) -> BTreeSet<(&str, &str)> {
    let mut name = "";
    let mut listed = BTreeSet::new();
    for line in lock.lines() {
        if let Some(text) = line.strip_prefix("name = \"") {
            name = text.trim_end_matches('"');
        } else if let Some(text) = line.strip_prefix("version = \"") {
            listed.insert((name, text.trim_end_matches('"')));
        }
    }
    listed
}
