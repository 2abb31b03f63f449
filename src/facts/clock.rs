//! How long gathering takes: on the clock on the wall, and on the processor.

use std::time::{Duration, Instant};

use super::Kind;

/// How long one kind of fact took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    /// The kind.
    pub kind: Kind,
    /// Time on the clock.
    pub wall: Duration,
    /// Time of all processors, without that of programs that were started; `None` where the system
    /// has no such clock.
    pub cpu: Option<Duration>,
}

/// Times one kind of fact after the other.
#[derive(Debug, Default)]
pub(super) struct Clock {
    pub phases: Vec<Phase>,
}

impl Clock {
    pub(super) fn time<T>(&mut self, kind: Kind, work: impl FnOnce() -> T) -> T {
        let (start, before) = (Instant::now(), cpu());
        let done = work();
        let cpu = cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
        self.phases.push(Phase { kind, wall: start.elapsed(), cpu });
        done
    }
}

/// The time that all threads of this process have spent on processors so far.
#[must_use]
#[cfg(unix)]
pub fn cpu() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).ok()
}

/// Other systems tell no such time without `unsafe`.
#[must_use]
#[cfg(not(unix))]
pub fn cpu() -> Option<Duration> {
    None
}
