//! One digest over all code that runs while the product is built.
//!
//! For a build script these are its root, every module file below it, and every file that one of
//! them includes, as code, text or bytes; for a procedural macro all of its sources, and those of its
//! build script. The digest is the same on every machine: paths count relative to the package, and the
//! ends of lines as the compiler reads them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::source::{LARGEST_FILE, read_limited, relative};

use super::files::{Files, Reader, Unread, product_links};

/// What every digest starts from: another way of counting gives other digests.
const SALT: &[u8] = b"health-sec build code 1\n";

/// Digests of files by their paths.
pub(super) type Digests = BTreeMap<PathBuf, [u8; 32]>;

/// The digest of a source file, with the ends of lines as the compiler reads them.
pub(super) fn of_source(text: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = text[at..].iter().position(|byte| *byte == b'\r') {
        at += found;
        if text.get(at + 1) == Some(&b'\n') {
            hash.update(&text[from..at]);
            from = at + 1;
        }
        at += 1;
    }
    hash.update(&text[from..]);
    hash.finalize().into()
}

/// Adds the digests of files, and of what they include as text or bytes.
pub(super) fn add(reader: &Reader<'_>, files: &Files, digests: &mut Digests, unread: &mut Unread) {
    for (path, file) in files {
        digests.extend(file.sha256.map(|digest| (path.clone(), digest)));
        for link in product_links(file).filter(|link| link.data) {
            // What is not there is not compiled, or rustc would say so.
            let Ok(path) = reader.inside(&reader.target(path, link)) else { continue };
            if !path.is_file() || digests.contains_key(&path) {
                continue;
            }
            match read_limited(&path, LARGEST_FILE) {
                Ok(bytes) => drop(digests.insert(path, Sha256::digest(bytes).into())),
                Err(why) => drop(unread.insert(path, why.to_string())),
            }
        }
    }
}

/// The digest over all, as the policy writes it.
pub(super) fn sum(folder: &Path, digests: &Digests) -> String {
    let by_name: BTreeMap<String, &[u8; 32]> =
        digests.iter().map(|(path, digest)| (relative(folder, path), digest)).collect();
    let mut hash = Sha256::new();
    hash.update(SALT);
    for (name, digest) in by_name {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update(digest);
    }
    hash.finalize().iter().fold("sha256:".to_owned(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_lines_count_as_the_compiler_reads_them() {
        assert_eq!(of_source(b"a\r\nb\r\n"), of_source(b"a\nb\n"));
        assert_eq!(of_source(b"\r\n"), of_source(b"\n"));
        for (a, b) in [(&b"a\rb"[..], &b"a\nb"[..]), (b"a\r", b"a"), (b"a\r\r\n", b"a\n"), (b"ab", b"a\nb")] {
            assert_ne!(of_source(a), of_source(b), "{a:?}");
        }
        assert_eq!(of_source(b""), <[u8; 32]>::from(Sha256::digest(b"")));
    }
}
