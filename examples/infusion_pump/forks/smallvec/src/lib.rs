//! A stand-in for a private copy of a crate that has an advisory at this version.

/// A vector; the stand-in always allocates.
pub struct SmallVec<A: Array>(Vec<A::Item>);

/// What a vector holds.
pub trait Array {
    /// The elements.
    type Item: Clone;
}

impl<T: Clone, const N: usize> Array for [T; N] {
    type Item = T;
}

impl<A: Array> SmallVec<A> {
    /// A vector with these elements.
    pub fn from_slice(items: &[A::Item]) -> Self {
        Self(items.to_vec())
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}
