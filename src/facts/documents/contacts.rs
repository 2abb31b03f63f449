//! How to report a vulnerability: files that say it.
//!
//! Only whether they are there is asked; what they say is for people. Of a `security.txt` the day is
//! read until which it holds (RFC 9116).

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::facts::{Gap, Kind};
use crate::source::{ReadError, Tree, read_limited};

/// Where the way to report a vulnerability is written, as hosting sites and RFC 9116 have it.
const CONTACTS: &[&str] = &[
    "SECURITY.md",
    "security.md",
    "SECURITY.txt",
    "SECURITY.adoc",
    "SECURITY.rst",
    "SECURITY",
    ".github/SECURITY.md",
    "docs/SECURITY.md",
    "docs/security.md",
    "security.txt",
    ".well-known/security.txt",
];

/// The largest document that is looked into.
const LARGEST: u64 = 1024 * 1024;

/// A file that says how to report a vulnerability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The file, relative to the root.
    pub file: String,
    /// The last day on which it holds, where it says so.
    pub expires: Option<Date>,
}

/// Looks for such files in some folders; what is there and can't be read leaves a gap.
pub(super) fn find(tree: &Tree, folders: &[PathBuf], gaps: &mut Vec<Gap>) -> (Vec<Contact>, bool) {
    let (mut contacts, mut unread): (Vec<Contact>, bool) = (Vec::new(), false);
    for path in folders.iter().flat_map(|folder| CONTACTS.iter().map(|name| folder.join(name))) {
        match contact(tree, &path) {
            Ok(Some(contact)) if !contacts.iter().any(|known| known.file == contact.file) => {
                contacts.push(contact);
            }
            Ok(_) => {}
            Err(why) => {
                unread = true;
                let what = tree.relative(&path);
                let remedy = "make it a file that can be read";
                gaps.push(Gap::new(Kind::Documents, what, why.to_string(), remedy));
            }
        }
    }
    (contacts, unread)
}

/// What a file says of the way to report a vulnerability; `None` where it is not there, a folder, or empty.
fn contact(tree: &Tree, path: &Path) -> Result<Option<Contact>, ReadError> {
    let read = tree.resolve(path).and_then(|path| Ok((tree.relative(&path), read_limited(&path, LARGEST)?)));
    match read {
        Ok((_, bytes)) if bytes.is_empty() => Ok(None),
        Ok((file, bytes)) => {
            let expires = file.ends_with("security.txt").then(|| expires(&bytes)).flatten();
            Ok(Some(Contact { file, expires }))
        }
        Err(ReadError::Absent) => Ok(None),
        Err(ReadError::NotAFile) if path.is_dir() => Ok(None),
        Err(why) => Err(why),
    }
}

/// The day in the line `Expires: 2027-01-01T00:00:00Z`; the last day on which the file holds.
fn expires(bytes: &[u8]) -> Option<Date> {
    let text = std::str::from_utf8(bytes).ok()?;
    let line = text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case("expires").then_some(value.trim())
    })?;
    line.get(..10)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_contact_that_can_not_be_read_is_not_taken_for_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
        put("Cargo.toml", "[package]\nname = \"pump\"\n");
        std::fs::create_dir(folder.path().join("SECURITY")).expect("a folder");
        let verdict = || {
            let mut request = crate::Request::new(folder.path(), jiff::civil::date(2026, 11, 1));
            request.resolve = false;
            let report = crate::inspect(&request).expect("a report");
            let judged = report.outcomes.iter().find(|outcome| outcome.rule.id == "security_contact_missing");
            judged.expect("the rule").verdict
        };
        assert_eq!(verdict(), crate::report::Verdict::Unmet, "a folder is no contact");
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("SECURITY.md")).expect("a link");
        assert_eq!(verdict(), crate::report::Verdict::Undetermined, "a link out of the tree is not followed");
        put("security.txt", "Contact: mailto:a@example.org\n");
        assert_eq!(verdict(), crate::report::Verdict::Undetermined);
    }

    #[test]
    fn the_end_of_a_security_txt_is_read() {
        let day = |text: &str| expires(text.as_bytes());
        assert_eq!(
            day("Contact: mailto:x\nExpires: 2027-01-31T10:00:00.000Z\n"),
            Some(jiff::civil::date(2027, 1, 31))
        );
        assert_eq!(day("expires:2027-01-31"), Some(jiff::civil::date(2027, 1, 31)));
        for none in ["", "Expires:", "Expires: soon", "Expires: 2027-13-01", "Expires: ééééééééé"] {
            assert_eq!(day(none), None, "{none}");
        }
    }
}
