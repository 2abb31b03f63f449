//! Alarms.

/// Sounds an alarm and says why.
#[allow(dead_code)]
pub fn sound(reason: &str) {
    log::error!("alarm: {reason}");
}
