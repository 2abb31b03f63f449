//! A stand-in, written for this example, for comparison in constant time.

/// A truth value that is not branched on before it is unwrapped.
#[derive(Clone, Copy)]
pub struct Choice(u8);

impl From<Choice> for bool {
    fn from(choice: Choice) -> Self {
        choice.0 == 1
    }
}

/// Equality whose duration does not depend on the values.
pub trait ConstantTimeEq {
    /// Compares.
    fn ct_eq(&self, other: &Self) -> Choice;
}

impl ConstantTimeEq for [u8] {
    fn ct_eq(&self, other: &Self) -> Choice {
        if self.len() != other.len() {
            return Choice(0);
        }
        let differing = self.iter().zip(other).fold(0, |bits, (a, b)| bits | (a ^ b));
        Choice(u8::from(differing == 0))
    }
}
