//! Paths as text, compared and joined without a look at what lies there.

use std::path::{Component, Path};

/// The path of `path` as seen from `from`, with `/`. Both absolute; nothing is looked up.
#[must_use]
pub fn relative(from: &Path, path: &Path) -> String {
    let from: Vec<_> = from.components().collect();
    let to: Vec<_> = path.components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts: Vec<String> = from[common..].iter().map(|_| "..".to_owned()).collect();
    parts.extend(to[common..].iter().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        Component::ParentDir => Some("..".to_owned()),
        _ => None,
    }));
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// A relative path with `/` below a folder of the same kind; `..` at its start climbs out. Nothing is looked up.
#[must_use]
pub fn joined(folder: &str, path: &str) -> String {
    let parts = folder.split('/').chain(path.split('/')).filter(|part| !matches!(*part, "" | "."));
    let joined = parts.fold(Vec::new(), |mut parts, part| {
        match part {
            ".." if parts.last().is_some_and(|last| *last != "..") => parts.truncate(parts.len() - 1),
            part => parts.push(part),
        }
        parts
    });
    joined.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_climb_where_they_must() {
        assert_eq!(relative(Path::new("/a/b"), Path::new("/a/b/c/d")), "c/d");
        assert_eq!(relative(Path::new("/a/b"), Path::new("/a/x")), "../x");
        assert_eq!(relative(Path::new("/a"), Path::new("/a")), ".");
        assert_eq!(joined("", "src/lib.rs"), "src/lib.rs");
        assert_eq!(joined("device/pump", "../shared/lib.rs"), "device/shared/lib.rs");
        assert_eq!(joined("a", "../../x"), "../x");
    }
}
