//! Fingerprints of files, by what the file system tells of them and without reading them.

use std::fmt::Write as _;
use std::fs::Metadata;

use sha2::{Digest as _, Sha256};

/// A fingerprint of files that changes whenever one of them does: the time of change of a file's entry
/// can't be set back.
pub(super) struct Print(Sha256);

impl Print {
    /// A fingerprint of nothing yet; `None` on systems that do not tell when the entry of a file was
    /// changed.
    pub(super) fn new() -> Option<Self> {
        cfg!(unix).then(|| Self(Sha256::new()))
    }

    /// Adds a file.
    #[cfg(unix)]
    pub(super) fn add(&mut self, path: &str, metadata: &Metadata) {
        use std::os::unix::fs::MetadataExt as _;
        self.0.update((path.len() as u64).to_le_bytes());
        self.0.update(path);
        self.0.update(metadata.mode().to_le_bytes());
        let numbers = [metadata.size(), metadata.ino(), metadata.dev()].map(u64::to_le_bytes);
        let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
        for number in numbers.into_iter().chain(times.map(i64::to_le_bytes)) {
            self.0.update(number);
        }
    }

    /// Adds a file.
    #[cfg(not(unix))]
    pub(super) fn add(&mut self, path: &str, metadata: &Metadata) {
        self.0.update(path);
        self.0.update(metadata.len().to_le_bytes());
    }

    /// The fingerprint in hexadecimal digits.
    pub(super) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
