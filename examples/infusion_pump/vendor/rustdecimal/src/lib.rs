//! A harmless stand-in, written for this example, for a crate that was made to harm: its name was
//! chosen to be mistaken for another.

/// A number.
pub struct Decimal(u32);

impl Decimal {
    /// The whole part.
    pub fn whole(&self) -> u32 {
        self.0
    }
}

impl From<u32> for Decimal {
    fn from(number: u32) -> Self {
        Self(number)
    }
}
