//! Words that stand where somebody means to write later, or where nothing is said.

/// Beginnings of such texts, in small letters.
const LATER: &[&str] = &[
    "todo",
    "tbd",
    "tba",
    "fixme",
    "to be defined",
    "to be determined",
    "to be done",
    "lorem ipsum",
    "n/a",
    // What Threat Dragon writes into a new threat.
    "provide remediation for this threat",
];

/// Whole texts that say nothing, in small letters and without a full stop.
const EMPTY: &[&str] = &[
    "none",
    "unknown",
    "reason",
    "no reason",
    "not applicable",
    "see above",
    "as above",
    "dito",
    "ditto",
    "xxx",
];

/// A shorter text in Latin letters says nothing.
const SHORTEST: usize = 3;

/// True where a text stands for one that nobody has written yet.
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let later = |word: &&str| {
        let rest = text.strip_prefix(word);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    LATER.iter().any(later)
        || EMPTY.contains(&text.trim_matches(|c: char| !c.is_alphanumeric()))
        || !text.contains(char::is_alphanumeric)
}

/// True where a text gives no reason: it stands for one, or is too short to be one.
#[must_use]
pub fn says_nothing(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    is_placeholder(text) || (text.is_ascii() && letters < SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::{is_placeholder, says_nothing};

    #[test]
    fn what_stands_for_a_reason_is_none() {
        for text in [
            "TBD",
            "todo: ask Ann",
            "N/A",
            "n.a.",
            "-",
            "...",
            "ok",
            "None.",
            "(no reason)",
            "Not applicable.",
        ] {
            assert!(says_nothing(text), "{text}");
        }
        for text in
            ["no network", "the ward's", "not applicable, since nothing listens", "离线", "Todorov decides"]
        {
            assert!(!says_nothing(text), "{text}");
        }
        assert!(
            is_placeholder("tbd") && is_placeholder("?") && !is_placeholder("AB"),
            "initials are a person"
        );
    }
}
