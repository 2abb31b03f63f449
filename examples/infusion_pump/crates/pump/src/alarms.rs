//! Alarms.

use std::io::Write;
use std::os::unix::net::UnixStream;

/// Sounds an alarm and says why; the nurse call is another program, and no model shows it.
#[allow(dead_code)]
pub fn sound(reason: &str) {
    log::error!("alarm: {reason}");
    if let Ok(mut nurse_call) = UnixStream::connect("/run/nurse-call.sock") {
        let _ = nurse_call.write_all(reason.as_bytes());
    }
}
