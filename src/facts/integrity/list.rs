//! The list of checksums that `cargo vendor` leaves in each folder, and cargo compares at every build.
//! Cargo does not ask about files beyond the list.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::source::read_limited;

use super::archive::hex;
use super::files::Files;
use super::{Difference, How};

/// The file that holds it.
pub(super) const NAME: &str = ".cargo-checksum.json";

/// The largest list that is read, in bytes.
const LARGEST_LIST: u64 = 64 * 1024 * 1024;

/// The largest listed file that is read, in bytes.
const LARGEST_FILE: u64 = 512 * 1024 * 1024;

#[derive(Deserialize)]
struct List {
    files: BTreeMap<String, String>,
    package: Option<String>,
}

/// The files of a folder that are not what its list says, and the list itself where it speaks of
/// another package than the lock file.
///
/// # Errors
/// Why the list can't be read.
pub(super) fn compare(checksum: &str, folder: &Path, files: &Files) -> Result<Vec<Difference>, String> {
    let failed = |why: String| format!("its list {NAME}: {why}");
    let bytes = read_limited(&folder.join(NAME), LARGEST_LIST).map_err(|error| failed(error.to_string()))?;
    let list: List = serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?;
    let told = |path: &str, how| Difference { path: path.to_owned(), how };
    let mut differences = Vec::new();
    if !list.package.is_some_and(|package| package.eq_ignore_ascii_case(checksum)) {
        differences.push(told(NAME, How::Changed));
    }
    for (path, digest) in &list.files {
        match files.get(path) {
            None => differences.push(told(path, How::Missing)),
            Some(metadata) => {
                let same = metadata.is_file()
                    && read_limited(&folder.join(path), LARGEST_FILE)
                        .is_ok_and(|bytes| hex(&Sha256::digest(&bytes)).eq_ignore_ascii_case(digest));
                if !same {
                    differences.push(told(path, How::Changed));
                }
            }
        }
    }
    let added = files.paths().filter(|path| *path != NAME && !list.files.contains_key(*path));
    differences.extend(added.map(|path| told(path, How::Added)));
    Ok(differences)
}
