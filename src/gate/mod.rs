//! Where the judgement stands in the way: before a commit, on a branch, and in a build.
//!
//! - `change`: what a commit would change, judged by itself
//! - `told`: who tells what, where findings stand among the compiler's messages

mod change;
pub mod told;

pub use change::{Against, change, since};
