//! Folders that a tool fills and can fill again, told from what people keep.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use git2::{ErrorCode, Repository};

use super::reading;

/// The file that marks a folder as a cache, and how it begins (bford.info/cachedir).
const MARK: &str = "CACHEDIR.TAG";
const SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";

/// True for a folder that is marked as a cache, as cargo marks what it builds. A mark that git tracks marks nothing:
/// whoever commits one would hide all that lies beside it. Where git can't tell, the folder is looked at.
#[must_use]
pub(in crate::facts) fn is_cache(folder: &Path) -> bool {
    let mark = folder.join(MARK);
    is_signed(&mark) && !reading(|| is_tracked(folder)).unwrap_or(true)
}

/// True for the path of a mark.
pub(super) fn is_mark(path: &str) -> bool {
    path.rsplit('/').next() == Some(MARK)
}

fn is_signed(mark: &Path) -> bool {
    // A pipe would keep whoever opens it waiting.
    let mut start = [0; SIGNATURE.len()];
    std::fs::symlink_metadata(mark).is_ok_and(|there| there.is_file())
        && File::open(mark).and_then(|mut file| file.read_exact(&mut start)).is_ok()
        && start == *SIGNATURE
}

fn is_tracked(folder: &Path) -> Result<bool, git2::Error> {
    let repository = match Repository::discover(folder) {
        Err(error) if error.code() == ErrorCode::NotFound => return Ok(false),
        other => other?,
    };
    let top = repository.workdir().and_then(|top| top.canonicalize().ok());
    let folder = folder.canonicalize().ok();
    let below = top.zip(folder).and_then(|(top, folder)| folder.strip_prefix(top).ok().map(Path::to_owned));
    let Some(below) = below else { return Ok(false) };
    Ok(repository.index()?.get_path(&below.join(MARK), 0).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_that_git_tracks_hides_nothing() {
        let root = tempfile::tempdir().expect("a folder");
        let put = |path: &str, text: &[u8]| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        };
        put("built/CACHEDIR.TAG", SIGNATURE);
        put("kept/CACHEDIR.TAG", SIGNATURE);
        put("unsigned/CACHEDIR.TAG", b"Signature: none");
        put("plain/Dockerfile", b"");
        let cache = |folder: &str| is_cache(&root.path().join(folder));
        assert!(cache("built") && cache("kept"), "without a repository the mark is believed");
        assert!(!cache("unsigned") && !cache("plain"));
        let repository = Repository::init(root.path()).expect("a repository");
        let mut index = repository.index().expect("an index");
        index.add_path(Path::new("kept/CACHEDIR.TAG")).expect("a staged file");
        index.write().expect("an index");
        assert!(cache("built") && !cache("kept"));
        std::fs::write(root.path().join(".git/index"), "no index").expect("a file");
        assert!(!cache("built"), "where git can't tell, the folder is looked at");
    }
}
