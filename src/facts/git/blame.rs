//! Who last wrote the lines of a file.

use std::path::Path;

use git2::BlameOptions;

use super::repository::{Past, told};

/// A person as git knows them, after the mailmap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

impl Author {
    /// True when these words name this person: name, address, both, or the address before its `@`.
    #[must_use]
    pub fn is_called(&self, words: &str) -> bool {
        let (name, email) = match words.split_once('<') {
            Some((name, email)) => (name.trim(), email.trim_end().trim_end_matches('>')),
            None => (words.trim(), words.trim()),
        };
        let same = |a: &str, b: &str| !a.is_empty() && a.to_lowercase() == b.to_lowercase();
        let local = self.email.split('@').next().unwrap_or_default();
        same(name, &self.name) || same(email, &self.email) || same(name, local)
    }
}

impl Past {
    /// For each line of a file as it stands today, relative to the top: who last wrote it, by the name that
    /// the mailmap gives and by that of the commit; nobody where the line is not committed.
    pub(in crate::facts) fn writers(&self, path: &Path, text: &str) -> Result<Vec<Vec<Author>>, String> {
        if self.is_shallow() {
            return Err(
                "the clone is shallow: what was written before its first commit is nobody's".to_owned()
            );
        }
        let mut writers = vec![Vec::new(); text.lines().count()];
        let committed = self.head()?.is_some_and(|head| matches!(self.entry(&head, path), Ok(Some(_))));
        // A file that was never committed has no line of anybody's.
        if !committed {
            return Ok(writers);
        }
        let mut asked = || {
            let committed = self.repository.blame_file(path, Some(BlameOptions::new().use_mailmap(true)))?;
            let blame = committed.blame_buffer(text.as_bytes())?;
            let mailmap = self.repository.mailmap()?;
            for hunk in blame.iter().filter(|hunk| !hunk.final_commit_id().is_zero()) {
                let commit = self.repository.find_commit(hunk.final_commit_id())?;
                let mut names = vec![named(&commit.author_with_mailmap(&mailmap)?), named(&commit.author())];
                names.dedup();
                let first = hunk.final_start_line().saturating_sub(1);
                for writer in writers.iter_mut().skip(first).take(hunk.lines_in_hunk()) {
                    writer.clone_from(&names);
                }
            }
            Ok(())
        };
        asked().map_err(|error: git2::Error| told(&error))?;
        Ok(writers)
    }
}

fn named(author: &git2::Signature<'_>) -> Author {
    Author {
        name: String::from_utf8_lossy(author.name_bytes()).into_owned(),
        email: String::from_utf8_lossy(author.email_bytes()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_known_by_name_and_by_address() {
        let author = Author { name: "H. Okafor".into(), email: "h.okafor@sweetwater.example".into() };
        for words in
            ["h. okafor", "h.okafor", "H.Okafor@Sweetwater.example", "Hen <h.okafor@sweetwater.example>"]
        {
            assert!(author.is_called(words), "{words}");
        }
        for words in ["", "<>", "okafor", "t.lind@sweetwater.example", "T. Lind <t.lind@sweetwater.example>"]
        {
            assert!(!author.is_called(words), "{words}");
        }
    }
}
