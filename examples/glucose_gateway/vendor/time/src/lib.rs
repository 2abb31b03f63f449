//! A stand-in, written for this example, for dates and times.

use std::time::{SystemTime, UNIX_EPOCH};

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OffsetDateTime(i64);

impl OffsetDateTime {
    /// Now.
    pub fn now_utc() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }

    /// Seconds since the start of 1970.
    pub fn unix_timestamp(self) -> i64 {
        self.0
    }
}
