//! The readings of one patient, in memory only: they are gone when the gateway is switched off.

use std::collections::VecDeque;

use sweetwater_wearable::frame::Reading;
use time::OffsetDateTime;

/// A day of readings, one every five minutes.
const MOST_READINGS: usize = 288;

/// Readings an hour.
const AN_HOUR: usize = 12;

/// The trend.
#[derive(Debug, Default)]
pub struct Trend {
    readings: VecDeque<(OffsetDateTime, Reading)>,
}

impl Trend {
    /// Adds a reading; the oldest one makes room.
    pub fn add(&mut self, reading: Reading) {
        if self.readings.len() == MOST_READINGS {
            self.readings.pop_front();
        }
        self.readings.push_back((OffsetDateTime::now_utc(), reading));
    }

    /// The readings of the last hours, one a line: counter of the sensor, time of arrival, mg/dL. The
    /// counter lets the record server see a shifted clock.
    #[must_use]
    pub fn last_hours(&self, hours: u8) -> String {
        let wanted = usize::from(hours).saturating_mul(AN_HOUR);
        let skipped = self.readings.len().saturating_sub(wanted);
        self.readings.iter().skip(skipped).fold(String::new(), |lines, (at, reading)| {
            lines + &format!("{} {} {}\n", reading.counter, at.unix_timestamp(), reading.value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_kept_and_no_more() {
        let mut trend = Trend::default();
        for counter in 0..500 {
            trend.add(Reading { counter, value: 100 });
        }
        assert_eq!(trend.last_hours(24).lines().count(), MOST_READINGS);
        assert_eq!(trend.last_hours(1).lines().count(), AN_HOUR);
    }
}
