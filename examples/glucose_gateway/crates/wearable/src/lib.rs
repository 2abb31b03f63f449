//! One wearable sensor: who it is ([`pair`]), and what it says ([`frame`]).

pub mod frame;
pub mod pair;
