//! The wearable's side: a sensor pairs, then sends a frame every five minutes.
//!
//! The radio module keeps the encrypted link and hands its bytes over a serial line.

use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use sweetwater_wearable::frame;
use sweetwater_wearable::pair::Pairing;

use crate::trend::Trend;

/// Pairs with one sensor and takes its readings until the line ends.
///
/// # Errors
/// When the sensor does not know the code, or the line ends early.
pub fn run(line: &mut impl Read, pairing: &mut Pairing, trend: &Mutex<Trend>) -> io::Result<()> {
    let (mut code, mut number) = ([0_u8; 8], [0_u8; 4]);
    line.read_exact(&mut code)?;
    line.read_exact(&mut number)?;
    let mut session = pairing
        .bind_session(&code, u32::from_be_bytes(number))
        .map_err(|refused| io::Error::new(io::ErrorKind::PermissionDenied, format!("{refused:?}")))?;
    let mut frame = [0_u8; frame::LENGTH];
    loop {
        match line.read_exact(&mut frame) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        match session.accept(&frame) {
            Ok(reading) => trend.lock().unwrap_or_else(PoisonError::into_inner).add(reading),
            Err(refused) => log::warn!("a frame was refused: {refused:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_reach_the_trend() {
        let mut line = b"K7QX2MP4\0\0\0\x07".to_vec();
        line.extend([0, 0, 0, 7, 0, 0, 0, 1, 0, 110, 0, 0, 0, 0, 0, 0]);
        let trend = Mutex::new(Trend::default());
        run(&mut line.as_slice(), &mut Pairing::new(*b"K7QX2MP4"), &trend).expect("a session");
        let lines = trend.into_inner().expect("the trend").last_hours(1);
        assert!(lines.starts_with("1 ") && lines.ends_with(" 110\n"), "{lines}");
    }
}
