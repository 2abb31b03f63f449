//! What may be asked: the trend of the last hours, in one short line.

use std::io::{self, Read};

/// A request is never longer than this, in bytes.
pub const LONGEST: usize = 64;

/// The longest trend, in hours.
const MOST_HOURS: u8 = 24;

/// A request for the trend of the last hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// How many hours.
    pub hours: u8,
}

/// Reads a request: `trend <hours>` and a line feed.
///
/// # Errors
/// When the line is too long or asks for anything else.
pub fn read(from: &mut impl Read) -> io::Result<Request> {
    let refused = || io::Error::new(io::ErrorKind::InvalidData, "not a request");
    let mut line = Vec::with_capacity(LONGEST);
    let mut byte = [0_u8; 1];
    loop {
        from.read_exact(&mut byte)?;
        match byte {
            [b'\n'] => break,
            [next] if line.len() < LONGEST => line.push(next),
            _ => return Err(refused()),
        }
    }
    let line = std::str::from_utf8(&line).map_err(|_no_text| refused())?;
    let hours: u8 = line.strip_prefix("trend ").and_then(|hours| hours.parse().ok()).ok_or_else(refused)?;
    if (1..=MOST_HOURS).contains(&hours) { Ok(Request { hours }) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_request() {
        assert_eq!(read(&mut "trend 8\n".as_bytes()).expect("a request"), Request { hours: 8 });
    }
}
