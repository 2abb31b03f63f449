//! What the record of what is left over held in earlier commits, asked of git: it only ever shrinks.

use std::path::Path;

use jiff::civil::Date;

use crate::policy::{BASELINE_NAME, Baseline, Leftover, Policy};
use crate::source::{Source, Tree};

use super::git::{Past, State};
use super::{Gap, Kind};

/// How many states of the record are compared, the newest.
const MOST: usize = 1_000;

/// What the record held before; nothing where there is no record, or nothing of it is committed.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// Its states on the main line, the oldest first.
    pub states: Vec<Recorded>,
}

/// The record as a commit holds it.
#[derive(Debug)]
pub struct Recorded {
    /// The first commit in which it is so.
    pub commit: String,
    /// The day of that commit.
    pub on: Date,
    /// What was left then.
    pub entries: Vec<Leftover>,
}

/// Asks git what the record held.
pub(super) fn gather(tree: &Tree, policy: &Policy, gaps: &mut Vec<Gap>) -> Leftovers {
    let Some(baseline) = &policy.baseline else { return Leftovers::default() };
    let mut gap = |why: String| {
        let remedy = "git fetch --unshallow, or inspect a full clone";
        gaps.push(Gap::new(Kind::History, BASELINE_NAME, why, remedy).at(baseline.at.clone()));
    };
    match states(tree) {
        Ok((states, whole)) => {
            if !whole {
                gap("the clone is a shallow one, and what the record held when it was begun is not in it"
                    .to_owned());
            }
            Leftovers { states }
        }
        Err(why) => {
            gap(why);
            Leftovers::default()
        }
    }
}

/// The states of the record, the oldest first, and whether these are all of them.
fn states(tree: &Tree) -> Result<(Vec<Recorded>, bool), String> {
    let Some(past) = Past::open(tree.root())? else { return Ok((Vec::new(), true)) };
    let path = past.below.join(BASELINE_NAME);
    let Some(head) = past.head()? else { return Ok((Vec::new(), true)) };
    // The newest first; of those with the same contents the oldest one brought them.
    let mut found: Vec<(String, State)> = Vec::new();
    let mut present = false;
    for state in past.main_line(&head)? {
        let state = state?;
        let contents = past.contents(&state, &path)?;
        present = contents.is_some();
        let Some(contents) = contents else { continue };
        let full = found.len() == MOST;
        match found.last_mut() {
            Some((known, first)) if *known == contents => *first = state,
            _ if full => break,
            _ => found.push((contents, state)),
        }
    }
    let whole = !(present && past.is_shallow());
    let states = found.into_iter().rev().filter_map(|(_, state)| read(&past, state, &path).transpose());
    Ok((states.collect::<Result<_, _>>()?, whole))
}

/// A state of the record; none where it was not one.
fn read(past: &Past, state: State, path: &Path) -> Result<Option<Recorded>, String> {
    let Some(text) = past.text(&state, path)? else { return Ok(None) };
    let read = Baseline::parse(&Source::new(BASELINE_NAME, text)).ok();
    Ok(read.map(|baseline| Recorded { commit: state.commit, on: state.on, entries: baseline.entries }))
}
