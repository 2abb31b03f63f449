//! Frames: what the sensor sends every five minutes.
//!
//! Sixteen bytes, numbers big-endian: session (4), counter (4), value in mg/dL (2), zero (6).

/// The bytes of a frame.
pub const LENGTH: usize = 16;

/// What a glucose sensor can measure, in mg/dL.
const MEASURABLE: std::ops::RangeInclusive<u16> = 20..=600;

/// One reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Counts from the start of the session, one every five minutes.
    pub counter: u32,
    /// In mg/dL.
    pub value: u16,
}

/// Why a frame is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is not sixteen bytes, or its end is not zero.
    Malformed,
    /// It belongs to another session: another sensor, another patient.
    OtherSession,
    /// It was seen before, or is older than what was seen.
    Replayed,
    /// No sensor measures this.
    Implausible,
}

/// A session with one sensor.
#[derive(Debug)]
pub struct Session {
    id: u32,
    last: Option<u32>,
}

impl Session {
    pub(crate) fn new(id: u32) -> Self {
        Self { id, last: None }
    }

    /// Takes a frame.
    ///
    /// # Errors
    /// As [`Refused`] says; the session goes on.
    pub fn accept(&mut self, frame: &[u8]) -> Result<Reading, Refused> {
        let frame: &[u8; LENGTH] = frame.try_into().map_err(|_other_length| Refused::Malformed)?;
        let [s0, s1, s2, s3, c0, c1, c2, c3, v0, v1, rest @ ..] = *frame;
        if rest != [0; 6] {
            return Err(Refused::Malformed);
        }
        if u32::from_be_bytes([s0, s1, s2, s3]) != self.id {
            return Err(Refused::OtherSession);
        }
        let counter = u32::from_be_bytes([c0, c1, c2, c3]);
        if self.last.is_some_and(|last| counter <= last) {
            return Err(Refused::Replayed);
        }
        let value = u16::from_be_bytes([v0, v1]);
        if !MEASURABLE.contains(&value) {
            return Err(Refused::Implausible);
        }
        self.last = Some(counter);
        Ok(Reading { counter, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_readings_in_order() {
        let mut session = Session::new(7);
        let mut frame = [0, 0, 0, 7, 0, 0, 0, 1, 0, 110, 0, 0, 0, 0, 0, 0];
        assert_eq!(session.accept(&frame), Ok(Reading { counter: 1, value: 110 }));
        frame[7] = 2;
        assert!(session.accept(&frame).is_ok());
    }
}
