//! A stand-in, written for this example, for a reporter of crashes. It reports nothing.

/// Reports what was in memory until it is dropped.
pub struct Guard;

/// Starts to report to an address.
#[must_use]
pub fn init(_address: &str) -> Guard {
    Guard
}
