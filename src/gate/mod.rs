//! Where the judgement stands in the way: before a commit, and on a branch.
//!
//! - `change`: what a commit would change, judged by itself

mod change;

pub use change::{Against, change, since};
