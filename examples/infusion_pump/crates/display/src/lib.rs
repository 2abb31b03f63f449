//! The display. This member does not inherit the workspace's lints.

/// The rate as the display shows it.
#[must_use]
pub fn rate(millilitres_an_hour: u32) -> String {
    format!("{millilitres_an_hour} ml/h")
}
