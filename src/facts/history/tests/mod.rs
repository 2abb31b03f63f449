//! Histories made by hand, honest and hostile.

mod pairing;
mod repositories;
mod updates;
