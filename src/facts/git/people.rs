//! Who stands behind a commit: people, programs and forges.

use git2::Signature;

use super::blame::Author;

/// Names under which programs commit.
const PROGRAMS: &[&str] = &["[bot]", "dependabot", "renovate", "github-actions", "gitlab-bot", "bors"];

pub(super) fn named(person: &Signature<'_>) -> Author {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Author { name: text(person.name_bytes()), email: text(person.email_bytes()) }
}

pub(super) fn is_program(person: &Author) -> bool {
    let (name, email) = (person.name.to_ascii_lowercase(), person.email.to_ascii_lowercase());
    PROGRAMS
        .iter()
        .any(|program| name.contains(program) || email.starts_with(program) || email.contains("[bot]"))
}

/// Whoever a message names as co-author: in the trailer that forges and git know, wherever it stands.
pub(super) fn co_authors(message: &str) -> Vec<Author> {
    let lines = message.lines().filter_map(|line| {
        let (key, rest) = line.trim().split_once(':')?;
        let (name, email) = rest.split_once('<').filter(|_| key.eq_ignore_ascii_case("co-authored-by"))?;
        Some(Author { name: name.trim().to_owned(), email: email.trim().trim_end_matches('>').to_owned() })
    });
    lines.filter(|author| !author.email.is_empty()).collect()
}

/// True for a commit that a forge made of a proposed change: `... (#12)` by the forge itself.
pub(super) fn is_squashed(message: &str, committer: &Author, parents: usize) -> bool {
    let title = message.lines().next().unwrap_or_default().trim_end();
    let number = title.strip_suffix(')').and_then(|title| title.rsplit_once("(#"));
    let numbered = number.is_some_and(|(_, number)| number.bytes().all(|digit| digit.is_ascii_digit()));
    let forge = committer.email.eq_ignore_ascii_case("noreply@github.com") || committer.name == "GitLab";
    parents == 1 && forge && numbered || parents == 1 && message.contains("\nSee merge request ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_squashed_changes_are_known() {
        let forge = Author { name: "GitHub".into(), email: "noreply@github.com".into() };
        let person = Author { name: "ann".into(), email: "ann@pump.example".into() };
        assert!(is_squashed("Mend it (#12)\n", &forge, 1));
        assert!(!is_squashed("Mend it (#12)\n", &person, 1) && !is_squashed("Mend (#12)\n", &forge, 2));
        assert!(!is_squashed("Mend it\n", &forge, 1));
        let bot = Author {
            name: "dependabot[bot]".into(),
            email: "49699333+dependabot[bot]@users.noreply.github.com".into(),
        };
        assert!(is_program(&bot) && !is_program(&person));
    }
}
