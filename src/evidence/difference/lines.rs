//! A change in words: a line a component, with what is to be known of it.

use std::collections::BTreeSet;

use crate::evidence::changes::{BuildCode, Changes, Reclassed, State, Step, Updated};
use crate::evidence::register::{capabilities, ships};
use crate::facts::history::ChangeKind;
use crate::facts::inventory::Capability;
use crate::policy::Class;
use crate::report::text::Ink;

/// A component that is not as it was.
pub(super) struct Line<'a> {
    /// What has become of it, in a word.
    pub(super) change: &'static str,
    /// Its name.
    pub(super) of: &'a str,
    /// Its version then.
    pub(super) before: Option<&'a str>,
    /// Its version now.
    pub(super) after: Option<&'a str>,
    /// Whether it ships, in a word; empty for what is gone.
    pub(super) ships: &'static str,
    /// Its class; `None` where it is not said, since nothing has one or it is gone.
    pub(super) class: Option<&'static str>,
    /// What is to be known.
    pub(super) remarks: Vec<Remark>,
}

/// Something to know about a change.
pub(super) struct Remark {
    pub(super) ink: Option<Ink>,
    pub(super) text: String,
}

impl Line<'_> {
    /// The name, with the versions that it had and has.
    pub(super) fn name(&self) -> String {
        match (self.before, self.after) {
            (Some(before), Some(after)) if before != after => format!("{} {before} -> {after}", self.of),
            (before, after) => format!("{} {}", self.of, after.or(before).unwrap_or_default()),
        }
    }
}

/// What is compared with what, in two sentences.
pub(super) fn summary(changes: &Changes) -> String {
    let then = &changes.baseline;
    let commit: String = then.commit.chars().take(12).collect();
    let mut text = format!(
        "Since {} ({commit}, {}): {} added, {} updated, {} removed, {} as they were.",
        then.revision,
        then.on,
        changes.added.len(),
        changes.updated.len(),
        changes.removed.len(),
        changes.unchanged
    );
    if !then.locked {
        text.push_str(" There was no lock file then: everything is told as added.");
    }
    if !is_classed(changes) && changes.added.len() + changes.updated.len() > 0 {
        text.push_str(" Nothing that was added or updated has a class.");
    }
    text
}

/// Every change: what was added, what was updated, what was removed, what is classed otherwise.
pub(super) fn all(changes: &Changes) -> Vec<Line<'_>> {
    let classed = is_classed(changes);
    let added = changes.added.iter().map(|state| Line {
        after: Some(&state.version),
        ships: state.ships.map_or("", ships),
        class: classed.then(|| word(state.class)),
        remarks: added(state),
        ..named("added", &state.name)
    });
    let updated = changes.updated.iter().map(|one| Line {
        before: Some(&one.before.version),
        after: Some(&one.after.version),
        ships: one.after.ships.map_or("", ships),
        class: classed.then(|| word(one.after.class)),
        remarks: updated(one),
        ..named(changed(one.kind), &one.after.name)
    });
    let removed = changes.removed.iter().map(|state| Line {
        before: Some(&state.version),
        remarks: state.advisories.iter().map(|id| plain(format!("was touched by {id}"))).collect(),
        ..named("removed", &state.name)
    });
    let reclassed = changes.reclassed.iter().map(|one| Line {
        before: Some(&one.version),
        after: Some(&one.version),
        class: Some(word(one.after)),
        remarks: reclassed(one),
        ..named("reclassed", &one.name)
    });
    added.chain(updated).chain(removed).chain(reclassed).collect()
}

fn named<'a>(change: &'static str, of: &'a str) -> Line<'a> {
    Line { change, of, before: None, after: None, ships: "", class: None, remarks: Vec::new() }
}

/// Whether any of what came or moved has a class: where nobody classes, the word says nothing.
fn is_classed(changes: &Changes) -> bool {
    let states = changes.added.iter().chain(changes.updated.iter().map(|one| &one.after));
    states.into_iter().any(|state| state.class.is_some())
}

fn word(class: Option<Class>) -> &'static str {
    class.map_or("undecided", |class| class.word())
}

pub(super) fn changed(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Moved => "moved",
        ChangeKind::Replaced => "replaced",
        ChangeKind::Added | ChangeKind::Removed | ChangeKind::Updated => "updated",
    }
}

fn plain(text: impl Into<String>) -> Remark {
    Remark { ink: None, text: text.into() }
}

fn warn(text: impl Into<String>) -> Remark {
    Remark { ink: Some(Ink::Warn), text: text.into() }
}

fn bad(text: impl Into<String>) -> Remark {
    Remark { ink: Some(Ink::Bad), text: text.into() }
}

/// What is to be known of a component that was not there.
fn added(state: &State) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = foreign(state).into_iter().collect();
    if !state.why.is_empty() {
        remarks.push(plain(format!("because of {}", state.why.join(" > "))));
    }
    match &state.seen {
        None => remarks.push(plain("its sources were not looked at")),
        Some(seen) => {
            remarks.extend(able("able to, at least", &seen.capabilities).map(warn));
            match seen.unsafe_total {
                0 => {}
                1 => remarks.push(plain("at least 1 place with unsafe code")),
                places => remarks.push(plain(format!("at least {places} places with unsafe code"))),
            }
            if seen.build_script || seen.proc_macro {
                remarks.push(warn("brings code that runs while the product is built"));
            }
        }
    }
    remarks.extend(state.advisories.iter().map(|id| bad(format!("touched by {id}"))));
    remarks
}

/// Where it comes from, if that is not where components come from.
fn foreign(state: &State) -> Option<Remark> {
    (state.origin != "crates.io").then(|| warn(format!("from {}", state.origin)))
}

/// Abilities in words; unsafe code is told by its number.
fn able(lead: &str, able: &BTreeSet<Capability>) -> Option<String> {
    let able: BTreeSet<Capability> =
        able.iter().copied().filter(|able| *able != Capability::Unsafe).collect();
    (!able.is_empty()).then(|| format!("{lead}: {}", capabilities(&able)))
}

fn updated(one: &Updated) -> Vec<Remark> {
    let mut remarks = Vec::new();
    match one.kind {
        ChangeKind::Moved => {
            remarks.push(bad(format!("from {} instead of {}", one.after.origin, one.before.origin)));
        }
        ChangeKind::Replaced => remarks.push(bad("the same version with another checksum")),
        ChangeKind::Added | ChangeKind::Removed | ChangeKind::Updated => remarks.extend(foreign(&one.after)),
    }
    match one.step {
        Step::Incompatible => remarks.push(plain("an incompatible version")),
        Step::Back => remarks.push(warn("an older version")),
        Step::Same | Step::Compatible => {}
    }
    match (&one.capabilities_gained, &one.capabilities_lost) {
        (Some(gained), Some(lost)) => {
            remarks.extend(able("newly able to, at least", gained).map(warn));
            remarks.extend(able("no longer seen to", lost).map(plain));
        }
        _ => remarks.push(plain("the sources of both versions are not at hand: not compared")),
    }
    match one.unsafe_delta {
        Some(1) => remarks.push(warn("at least 1 more place with unsafe code")),
        Some(more) if more > 0 => remarks.push(warn(format!("at least {more} more places with unsafe code"))),
        Some(-1) => remarks.push(plain("1 place with unsafe code fewer seen")),
        Some(fewer) if fewer < 0 => {
            remarks.push(plain(format!("{} places with unsafe code fewer seen", fewer.unsigned_abs())));
        }
        _ => {}
    }
    match one.build_code {
        Some(BuildCode::Gained) => {
            remarks.push(warn("newly brings code that runs while the product is built"));
        }
        Some(BuildCode::Lost) => remarks.push(plain("no longer brings code that runs in the build")),
        Some(BuildCode::None | BuildCode::Kept) | None => {}
    }
    remarks.extend(one.advisories_gained.iter().map(|id| bad(format!("now touched by {id}"))));
    let mended = one.advisories_mended.iter().map(|id| format!("no longer touched by {id}"));
    remarks.extend(mended.map(|text| Remark { ink: Some(Ink::Good), text }));
    remarks
}

fn reclassed(one: &Reclassed) -> Vec<Remark> {
    vec![plain(format!("class {} before", word(one.before)))]
}
