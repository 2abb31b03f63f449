//! What git keeps: the one door to the repository around the workspace, and for how long it has been read.
//!
//! - `repository`: commits, files and tags, read object by object
//! - `log`: the commits that lead to a state
//! - `blame`: who last wrote the lines of a file
//! - `hands`: who wrote the lines of many files, co-authors included
//! - `walk`: from commit to commit, for `hands`
//! - `watched`: paths that are followed from commit to commit; `people`: who stands behind one
//! - `lines`: which lines of one version are lines of another
//! - `snapshot`: a state of the repository as a folder
//! - `folder`: how that folder is emptied, and how links get into it
//! - `hooks`: where git looks for hooks
//! - `now`: who works here, and on which commit
//! - `saved`: whether it could bring a file back
//! - `caches`: which folders hold what a tool can make again
//!
//! The library that reads git data never comes back from some damaged objects, such as a loose object
//! that is cut off, and can't be interrupted. Whoever runs a program looks at [`busy_for`] from another
//! thread, and gives up when it takes too long: a repository must not hold a gate for ever.

mod blame;
mod caches;
mod folder;
mod hands;
mod hooks;
mod lines;
mod log;
mod now;
mod people;
mod repository;
mod saved;
mod snapshot;
mod walk;
mod watched;

use std::collections::HashMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub use blame::Author;
pub(super) use caches::is_cache;
pub use hands::{Blame, Wrote};
pub use hooks::{Hooks, hooks};
pub(super) use log::Commit;
pub use now::{Now, now};
pub(super) use repository::{Past, State, Unfound};
pub use saved::{Saved, saved};
pub use snapshot::{Snapshot, Which};

/// A map for small keys: its hash is fast, and seeded anew in each run, so that no input can make it slow.
type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

static CLOCK: LazyLock<Instant> = LazyLock::new(Instant::now);

/// When the reading began, in milliseconds of the clock plus one; 0 while nothing is read.
static BEGAN: AtomicU64 = AtomicU64::new(0);

/// For how long git data has been read without a pause; `None` while nothing is read.
#[must_use]
pub fn busy_for() -> Option<Duration> {
    let began = BEGAN.load(Ordering::Acquire).checked_sub(1)?;
    Some(CLOCK.elapsed().saturating_sub(Duration::from_millis(began)))
}

/// Reads git data, and lets others see that it is being done.
pub(crate) fn reading<T>(read: impl FnOnce() -> T) -> T {
    let now = u64::try_from(CLOCK.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
    let before = BEGAN.swap(now + 1, Ordering::AcqRel);
    let done = read();
    BEGAN.store(before, Ordering::Release);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_is_seen_while_it_lasts() {
        let seen = reading(|| {
            std::thread::sleep(Duration::from_millis(5));
            busy_for()
        });
        assert!(seen.is_some_and(|time| time >= Duration::from_millis(4)), "{seen:?}");
    }
}
