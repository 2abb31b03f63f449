//! Change control: changes that nobody has numbered, tags that were moved.

use crate::facts::Facts;
use crate::facts::history::{Commit, matches};
use crate::facts::threats::placeholders::is_placeholder;
use crate::finding::Findings;
use crate::policy::ChangeControl;

use super::baseline;

pub(super) fn change_without_id(facts: &Facts, found: &mut Findings<'_>) {
    let Some(control) = &facts.policy.changes else { return found.undecided() };
    let Some(baseline) = baseline(facts, found) else { return };
    let (at, wanted) = match (&control.trailer, &control.word) {
        (Some(trailer), _) => (&trailer.at, format!("`{}`", trailer.value)),
        (None, Some(word)) => (&word.at, format!("word such as `{}`", word.value)),
        (None, None) => return,
    };
    for commit in facts.history.commits.iter().flatten() {
        if commit.changed.is_empty() || is_numbered(commit, control) {
            continue;
        }
        let short: String = commit.id.chars().take(12).collect();
        let changed: Vec<&str> = commit.changed.iter().map(String::as_str).collect();
        let message = format!(
            "the commit {short} of {} changes {}, and its message has no {wanted}",
            commit.on,
            changed.join(", ")
        );
        let help = format!(
            "say which change it belongs to while it can be reworded; afterwards accept it with the number in \
             `reason`, up to the release after {}",
            baseline.revision
        );
        found.add(at, message).about(&commit.id).about(short).help(help);
    }
}

/// True where the message names a change.
fn is_numbered(commit: &Commit, control: &ChangeControl) -> bool {
    let trailer = control.trailer.as_ref().is_some_and(|wanted| {
        let named = |(key, value): &(String, String)| {
            key.eq_ignore_ascii_case(&wanted.value) && !is_placeholder(value)
        };
        commit.trailers.iter().any(named)
    });
    let word = control.word.as_ref().is_some_and(|wanted| {
        let mut words = commit.message.split(|c: char| c.is_whitespace() || "()[]{}<>,;:!?\"'`".contains(c));
        // The star stands for something.
        words.any(|word| {
            let word = word.trim_end_matches('.');
            word.len() >= wanted.value.len() && matches(&wanted.value, word)
        })
    });
    trailer || word
}

pub(super) fn release_tag_moved(facts: &Facts, found: &mut Findings<'_>) {
    let pinned = &facts.policy.releases.pinned;
    if pinned.is_empty() {
        return found.undecided();
    }
    let Some(tags) = &facts.history.tags else { return };
    for pin in pinned {
        let tag = &pin.tag.value;
        let message = match tags.get(tag) {
            Some(now) if now.commit == pin.commit.value => continue,
            Some(now) => format!("the tag {tag} names {}, and it was pinned to another commit", now.commit),
            None => format!("the tag {tag} is gone"),
        };
        found.add(&pin.commit.at, message).about(tag).help(
            "find out who moved it and what was built from it; a release that has to change gets a tag of its own",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Placed, Source};

    #[test]
    fn a_change_is_numbered_by_a_trailer_or_a_word() {
        let placed = |text: &str| Placed { value: text.to_owned(), at: Source::new("a", "").whole() };
        let control = |trailer: Option<&str>, word: Option<&str>| ChangeControl {
            trailer: trailer.map(placed),
            word: word.map(placed),
            at: Source::new("a", "").whole(),
        };
        let commit = |message: &str, trailers: &[(&str, &str)]| Commit {
            id: String::new(),
            on: jiff::civil::date(2026, 11, 1),
            message: message.to_owned(),
            trailers: trailers.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            changed: std::collections::BTreeSet::new(),
        };
        let word = control(None, Some("CR-*"));
        for (message, numbered) in [
            ("Update time (CR-17)", true),
            ("CR-17: update time", true),
            ("Update time.\n\nSee CR-17.", true),
            ("Update CR- time", false),
            ("Update CRT-17", false),
            ("", false),
        ] {
            assert_eq!(is_numbered(&commit(message, &[]), &word), numbered, "{message}");
        }
        let trailer = control(Some("Change-Id"), None);
        assert!(is_numbered(&commit("", &[("change-id", "17")]), &trailer));
        for nothing in ["", "none", "TBD", "n/a", "-"] {
            assert!(!is_numbered(&commit("", &[("change-id", nothing)]), &trailer), "{nothing}");
        }
        assert!(!is_numbered(&commit("Change-Id 17", &[("Other", "17")]), &trailer));
    }
}
