//! Pairing: a sensor proves that it is the one in the nurse's hand by the code printed on its box.

use std::fmt;

use subtle::ConstantTimeEq as _;

use crate::frame::Session;

/// So many wrong codes end the pairing; the nurse starts it again.
const MOST_ATTEMPTS: u8 = 3;

/// Why a sensor is not paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The code is not the one on the box.
    WrongCode,
    /// Too many wrong codes.
    TooManyAttempts,
    /// A sensor is paired already.
    Taken,
}

/// A pairing that the nurse has started.
pub struct Pairing {
    code: [u8; 8],
    attempts: u8,
    bound: bool,
}

// The code must not reach a log by accident.
impl fmt::Debug for Pairing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pairing").field("attempts", &self.attempts).finish_non_exhaustive()
    }
}

impl Pairing {
    /// Starts a pairing with the printed code.
    #[must_use]
    pub fn new(code: [u8; 8]) -> Self {
        Self { code, attempts: 0, bound: false }
    }

    /// Binds the sensor that offers the right code to this patient's session; one sensor, once.
    ///
    /// # Errors
    /// As [`Refused`] says.
    pub fn bind_session(&mut self, offered: &[u8], session: u32) -> Result<Session, Refused> {
        if self.bound {
            return Err(Refused::Taken);
        }
        if self.attempts >= MOST_ATTEMPTS {
            return Err(Refused::TooManyAttempts);
        }
        self.attempts = self.attempts.saturating_add(1);
        if !bool::from(self.code.as_slice().ct_eq(offered)) {
            return Err(Refused::WrongCode);
        }
        self.bound = true;
        Ok(Session::new(session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binds_the_sensor_with_the_printed_code() {
        assert!(Pairing::new(*b"K7QX2MP4").bind_session(b"K7QX2MP4", 1).is_ok());
    }

    #[test]
    fn the_code_is_not_shown() {
        assert!(!format!("{:?}", Pairing::new(*b"K7QX2MP4")).contains("K7QX2MP4"));
    }
}
