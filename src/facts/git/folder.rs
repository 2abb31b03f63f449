//! The folder in which a state is laid out: how it is emptied, and how links get into it.

use std::fs;
use std::io;
use std::path::Path;

/// Makes a folder empty.
pub(super) fn emptied(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::create_dir_all(folder)
}

/// Removes a file, and the folders that are empty without it.
pub(super) fn remove(folder: &Path, path: &str) -> io::Result<()> {
    let file = folder.join(path);
    match fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut above = file.parent();
    while let Some(empty) = above.filter(|above| *above != folder && fs::remove_dir(above).is_ok()) {
        above = empty.parent();
    }
    Ok(())
}

/// Lays out a link that stays inside. Any other leads nowhere, as to whoever may not follow it.
#[cfg(unix)]
pub(super) fn link(path: &str, target: &[u8], to: &Path) -> io::Result<()> {
    use std::path::Component;

    let inside = std::str::from_utf8(target).ok().filter(|target| {
        let mut depth = path.matches('/').count();
        Path::new(target).components().all(|part| match part {
            Component::Normal(_) => {
                depth += 1;
                true
            }
            Component::CurDir => true,
            Component::ParentDir => depth.checked_sub(1).map(|less| depth = less).is_some(),
            _ => false,
        })
    });
    std::os::unix::fs::symlink(inside.unwrap_or("a link that leaves the repository"), to)
}

/// Elsewhere a link is a file that says where it leads, as git writes it there.
#[cfg(not(unix))]
pub(super) fn link(_: &str, target: &[u8], to: &Path) -> io::Result<()> {
    fs::write(to, target)
}
