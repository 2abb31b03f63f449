//! Suppliers' stories, told end to end: each `tests/stories/*.md` is run as [`transcripts`] says, on a copy of the examples.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where it can't go on")]
#![cfg(unix)]

mod transcripts;

use transcripts::texts;

#[test]
fn stories_go_as_they_are_told() {
    transcripts::check(texts("stories"));
}
