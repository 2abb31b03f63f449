//! What has changed since a release: the input of a change-impact report (IEC 62304, 6.2 and 8).
//!
//! Capabilities and unsafe code are *at least* statements, then as now. What was not looked at is
//! `None`, and never counts as nothing. Whether a component shipped then is not known: the graph of
//! then is not resolved.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::facts::Facts;
use crate::facts::components::{Component, Origin, Ships};
use crate::facts::history::{Baseline, Change, ChangeKind, Earlier};
use crate::facts::inventory::{Capability, Seen, UnsafeCounts};
use crate::policy::{Class, Policy};

/// Everything that has changed since a revision, each list ordered by name and version.
#[derive(Debug, Clone)]
pub struct Changes {
    /// The state that today's is compared with.
    pub baseline: Since,
    /// Components that were not there.
    pub added: Vec<State>,
    /// Components that are no longer there.
    pub removed: Vec<State>,
    /// Components in another version, from another place, or with another checksum.
    pub updated: Vec<Updated>,
    /// How many components have stayed as they were.
    pub unchanged: usize,
    /// Components that stayed, and on which today's policy decides otherwise.
    pub reclassed: Vec<Reclassed>,
}

/// The state that today's is compared with.
#[derive(Debug, Clone)]
pub struct Since {
    /// The revision as named.
    pub revision: String,
    /// The commit.
    pub commit: String,
    /// The day of the commit (UTC).
    pub on: String,
    /// The root package's name and version of then.
    pub package: (Option<String>, Option<String>),
    /// False where there was no lock file: then everything is told as added.
    pub locked: bool,
    /// How many components there were.
    pub components: usize,
}

/// A component at one time.
#[derive(Debug, Clone)]
pub struct State {
    /// The package name.
    pub name: String,
    /// The version.
    pub version: String,
    /// Where it comes from, in words: `crates.io`, an address, a folder.
    pub origin: String,
    /// The checksum in the lock file.
    pub checksum: Option<String>,
    /// Its class by the policy of its time.
    pub class: Option<Class>,
    /// Whether it ships; never known of then.
    pub ships: Option<Ships>,
    /// The shortest path from a member to it; empty for then.
    pub why: Vec<String>,
    /// What was seen in its sources; `None` where they were not looked at.
    pub seen: Option<Insight>,
    /// Ids of today's advisories that touch it.
    pub advisories: Vec<String>,
}

/// What was seen in the sources of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insight {
    /// What it is able to do, at least.
    pub capabilities: BTreeSet<Capability>,
    /// Places with unsafe code, by kind.
    pub unsafe_code: UnsafeCounts,
    /// All of them.
    pub unsafe_total: u32,
    /// True when it has a build script.
    pub build_script: bool,
    /// What its build script is able to do, at least.
    pub build_capabilities: BTreeSet<Capability>,
    /// True for a procedural macro.
    pub proc_macro: bool,
    /// The native library it links.
    pub links: Option<String>,
}

impl From<&Seen> for Insight {
    fn from(seen: &Seen) -> Self {
        Self {
            capabilities: seen.library.capabilities.clone(),
            unsafe_code: seen.library.unsafe_tokens,
            unsafe_total: seen.library.unsafe_tokens.total(),
            build_script: seen.build_script.is_some(),
            build_capabilities: seen
                .build_script
                .as_ref()
                .map(|part| part.capabilities.clone())
                .unwrap_or_default(),
            proc_macro: seen.proc_macro,
            links: seen.links.clone(),
        }
    }
}

/// A component that is there then and now, and not the same.
#[derive(Debug, Clone)]
pub struct Updated {
    /// What kind of difference it is.
    pub kind: ChangeKind,
    /// How the version moved.
    pub step: Step,
    /// As it was.
    pub before: State,
    /// As it is.
    pub after: State,
    /// What it is now able to do and was not; `None` where one of the two was not looked at.
    pub capabilities_gained: Option<BTreeSet<Capability>>,
    /// What it was able to do and is not seen to be now.
    pub capabilities_lost: Option<BTreeSet<Capability>>,
    /// How many places with unsafe code there are more, or fewer.
    pub unsafe_delta: Option<i64>,
    /// What became of its code that runs at build time.
    pub build_code: Option<BuildCode>,
    /// Advisories that touch it now and did not touch it then.
    pub advisories_gained: Vec<String>,
    /// Advisories that touched it then and no longer do.
    pub advisories_mended: Vec<String>,
}

/// How a version moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The version is the same.
    Same,
    /// A newer one that cargo takes for compatible.
    Compatible,
    /// A newer one that is not.
    Incompatible,
    /// An older one.
    Back,
}

/// What became of code that runs at build time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BuildCode {
    /// There is none, then as now.
    None,
    /// There was none.
    Gained,
    /// There is none any more.
    Lost,
    /// It was there and is there.
    Kept,
}

/// A component that stayed as it was, classed otherwise.
#[derive(Debug, Clone)]
pub struct Reclassed {
    /// The package name.
    pub name: String,
    /// The version.
    pub version: String,
    /// Its class by the policy of then.
    pub before: Option<Class>,
    /// Its class by today's.
    pub after: Option<Class>,
}

/// What has changed since the revision that was asked for; `None` where none was.
#[must_use]
pub fn changes(facts: &Facts) -> Option<Changes> {
    let baseline = facts.history.baseline.as_ref()?;
    let mut told = Changes {
        baseline: since(baseline),
        added: Vec::new(),
        removed: Vec::new(),
        updated: Vec::new(),
        unchanged: 0,
        reclassed: reclassed(facts, baseline),
    };
    let mut touched = BTreeSet::new();
    for change in &baseline.changes {
        touched.extend(change.after);
        let then = change.before.and_then(|index| baseline.components.get(index));
        let then = then.map(|earlier| before(earlier, baseline.policy.as_ref()));
        let now = change.after.map(|index| after(facts, index));
        match (then, now) {
            (Some(then), Some(now)) => told.updated.push(updated(change, then, now)),
            (Some(then), None) => told.removed.push(then),
            (None, Some(now)) => told.added.push(now),
            (None, None) => {}
        }
    }
    told.unchanged = facts.components.all.len() - touched.len();
    Some(told)
}

fn since(baseline: &Baseline) -> Since {
    Since {
        revision: baseline.revision.clone(),
        commit: baseline.commit.clone(),
        on: baseline.on.to_string(),
        package: baseline.package.clone(),
        locked: baseline.lock.is_some(),
        components: baseline.components.len(),
    }
}

fn class_of(policy: &Policy, name: &str) -> Option<Class> {
    policy.class_of(name).map(|class| class.value)
}

fn before(earlier: &Earlier, policy: Option<&Policy>) -> State {
    State {
        name: earlier.name.clone(),
        version: earlier.version.to_string(),
        origin: place(&earlier.origin),
        checksum: earlier.checksum.clone(),
        class: policy.and_then(|policy| class_of(policy, &earlier.name)),
        ships: None,
        why: Vec::new(),
        seen: earlier.seen.as_ref().map(Insight::from),
        advisories: earlier.advisories.clone(),
    }
}

fn after(facts: &Facts, index: usize) -> State {
    let component: &Component = &facts.components.all[index];
    let hits = facts.advisories.hits.iter().filter(|hit| hit.component == index);
    State {
        name: component.name.clone(),
        version: component.version.to_string(),
        origin: place(&component.origin),
        checksum: component.checksum.clone(),
        class: class_of(&facts.policy, &component.name),
        ships: Some(component.ships),
        why: component.why.clone(),
        seen: facts.inventory.of.get(&index).map(Insight::from),
        advisories: hits.map(|hit| hit.advisory.id.clone()).collect(),
    }
}

/// Where a component comes from, in words.
fn place(origin: &Origin) -> String {
    match origin {
        Origin::CratesIo => "crates.io".to_owned(),
        Origin::Registry { url } | Origin::Git { url, commit: None } => url.clone(),
        Origin::Git { url, commit: Some(commit) } => format!("{url}#{commit}"),
        Origin::Path { folder: Some(folder) } => folder.clone(),
        Origin::Path { folder: None } => "a folder".to_owned(),
    }
}

fn updated(change: &Change, before: State, after: State) -> Updated {
    let both = before.seen.as_ref().zip(after.seen.as_ref());
    let missing = |of: &Vec<String>, from: &Vec<String>| -> Vec<String> {
        of.iter().filter(|id| !from.contains(id)).cloned().collect()
    };
    Updated {
        kind: change.kind,
        step: step(&before.version, &after.version),
        capabilities_gained: both.map(|(then, now)| &now.capabilities - &then.capabilities),
        capabilities_lost: both.map(|(then, now)| &then.capabilities - &now.capabilities),
        unsafe_delta: both.map(|(then, now)| i64::from(now.unsafe_total) - i64::from(then.unsafe_total)),
        build_code: both.map(|(then, now)| build_code(then, now)),
        advisories_gained: missing(&after.advisories, &before.advisories),
        advisories_mended: missing(&before.advisories, &after.advisories),
        before,
        after,
    }
}

fn build_code(then: &Insight, now: &Insight) -> BuildCode {
    let runs = |seen: &Insight| seen.build_script || seen.proc_macro;
    match (runs(then), runs(now)) {
        (false, false) => BuildCode::None,
        (false, true) => BuildCode::Gained,
        (true, false) => BuildCode::Lost,
        (true, true) => BuildCode::Kept,
    }
}

fn step(before: &str, after: &str) -> Step {
    let parse = |text: &str| semver::Version::parse(text).ok();
    match parse(before).zip(parse(after)) {
        Some((then, now)) if then == now => Step::Same,
        Some((then, now)) if now < then => Step::Back,
        Some((then, now)) => {
            let range = semver::Comparator {
                op: semver::Op::Caret,
                major: then.major,
                minor: Some(then.minor),
                patch: Some(then.patch),
                pre: then.pre,
            };
            if range.matches(&now) { Step::Compatible } else { Step::Incompatible }
        }
        None => Step::Incompatible,
    }
}

/// Components that are in no change, with another class than then.
fn reclassed(facts: &Facts, baseline: &Baseline) -> Vec<Reclassed> {
    let changed: BTreeSet<usize> = baseline.changes.iter().filter_map(|change| change.after).collect();
    let Some(policy) = &baseline.policy else { return Vec::new() };
    let stayed = facts.components.all.iter().enumerate().filter(|(index, _)| !changed.contains(index));
    stayed
        .map(|(_, component)| Reclassed {
            name: component.name.clone(),
            version: component.version.to_string(),
            before: class_of(policy, &component.name),
            after: class_of(&facts.policy, &component.name),
        })
        .filter(|both| both.before != both.after)
        .collect()
}
