//! A stand-in, written for this example, for a crate that has an advisory at this version.

/// A broken-down time.
pub struct Tm {
    /// Hours since midnight.
    pub tm_hour: i32,
}

/// The time now; the stand-in's clock stands still.
pub fn now() -> Tm {
    Tm { tm_hour: 12 }
}
