//! Which functions rules ask for: writing down everything would cost as much as parsing it.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem;

/// Words that rules about functions without unsafe code start from; all of one line must stand in the body.
/// A file is searched for the first of each line, so the rarest comes first.
const WORDS: &[&[&str]] = &[
    // What allocates.
    &["with_capacity("],
    &[".reserve"],
    &[".resize"],
    &["vec![", ";"],
    // What cuts.
    &["..]"],
    &["[.."],
    &["..", "["],
    &["as_ptr("],
    &["as_mut_ptr("],
    &[".split_at("],
    &[".split_to("],
    &[".advance("],
    &[".len() as "],
    // What panics where an error could be returned.
    &["unwrap()", "parse"],
    &["unwrap()", "from_"],
    &["expect(", "parse"],
    &["expect(", "from_"],
    // What reads all there is, and what may never end.
    &["read_to_end("],
    &["read_to_string("],
    &["read_line("],
    &["read_until("],
    &["fill_buf("],
    // What starts something for each connection.
    &["accept(", "spawn"],
    &["incoming(", "spawn"],
    &[".read(", "loop"],
    &[".read(", "while"],
    &["visit_map("],
    &["visit_newtype_struct("],
    &["visit_seq("],
    &["block_on("],
    &[".enter()", ".await"],
    &[".entered()", ".await"],
    &["assert", "self."],
    &["Duration::"],
    &["next_power_of_two("],
    &["Naive", "::from_"],
    // What answers that something went wrong inside.
    &["INTERNAL_SERVER_ERROR", "rr"],
    &["nternalServerError(", "rr"],
    &["internal_server_error(", "rr"],
    &["Status::internal("],
    &["Status::unknown("],
    &["Status::data_loss("],
    // What says yes to a certificate.
    &["ServerCertVerified"],
    // What looks at a file by its name, and then uses the name.
    &["exists(", "create("],
    &["exists(", "write("],
    &["exists(", "copy("],
    &["metadata(", "open("],
    &["metadata(", "read"],
    &["metadata(", "write("],
    &["metadata(", "create("],
    &["is_symlink(", "open("],
    &["is_symlink(", "read"],
    &["is_symlink(", "write("],
    &["is_symlink(", "create("],
];

/// Words in the names of functions that take input apart.
pub const PARSES: &[&str] =
    &["consume", "decode", "deserialize", "from_", "load", "parse", "read", "skip", "unpack"];

/// Where the first word of a line of [`WORDS`] stands in a file, with the line.
#[derive(Debug, Default)]
pub(in super::super) struct Asked(Vec<(usize, usize)>);

impl Asked {
    /// Looks through a file once for all of its functions.
    pub(in super::super) fn of(text: &str) -> Self {
        static FIRST: OnceLock<Option<AhoCorasick>> = OnceLock::new();
        let first = FIRST.get_or_init(|| {
            let words = WORDS.iter().filter_map(|line| line.first());
            AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(words).ok()
        });
        let found = first.iter().flat_map(|first| first.find_overlapping_iter(text));
        let mut found: Vec<_> = found.map(|found| (found.start(), found.pattern().as_usize())).collect();
        found.sort_unstable();
        Self(found)
    }

    /// True where all words of a line stand in these bytes, the body of a function with this name, where it calls
    /// itself, and where it takes input apart by its indices.
    pub(super) fn is_for(&self, name: &str, text: &str, body: (u32, u32)) -> bool {
        let (start, end) = (body.0 as usize, body.1 as usize);
        let inside = text.as_bytes().get(start..end).unwrap_or_default();
        let has = |word: &str| memmem::find(inside, word.as_bytes()).is_some();
        let from = self.0.partition_point(|(at, _)| *at < start);
        // Each line once, however often its first word stands there.
        let mut begun = [false; WORDS.len()];
        for (at, line) in self.0[from..].iter().take_while(|(at, _)| *at < end) {
            begun[*line] |= at + WORDS[*line][0].len() <= end;
        }
        let mut lines = WORDS.iter().zip(begun).filter(|(_, begun)| *begun);
        lines.any(|(words, _)| words[1..].iter().all(|word| has(word)))
            || has(&format!("{name}("))
            || (PARSES.iter().any(|word| name.contains(word)) && has("["))
    }
}
