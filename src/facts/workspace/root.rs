//! The workspace root and the folders of its members, found as cargo finds them.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use crate::document::{self, Value};
use crate::error::Error;
use crate::request::Request;
use crate::source::{self, LARGEST_FILE, Source, Tree, read_limited};

use super::{Gap, Kind, Manifest, globs, member};

/// More members than any workspace in the field has; a hostile pattern ends here.
const MOST_MEMBERS: usize = 5_000;

/// Finds the workspace root from the request, as cargo does.
///
/// # Errors
/// When there is no manifest.
pub fn find_root(request: &Request) -> Result<PathBuf, Error> {
    let folder = start(request)?;
    let Some(value) = parse(&folder) else {
        // What cannot be parsed names no root; a workspace above may still count it as a member.
        return Ok(root_above(&folder).unwrap_or(folder));
    };
    if value.entry("workspace").is_some() {
        return Ok(folder);
    }
    if let Some(pointer) = package(&value).and_then(|table| table.get(&["workspace"])).and_then(Value::as_str)
    {
        let root = normal(&folder.join(pointer));
        return match root.canonicalize() {
            Ok(root) if root.join("Cargo.toml").is_file() => Ok(root),
            _ => Err(Error::Usage {
                message: format!("`package.workspace` of {} names no workspace", folder.display()),
                help: format!("there is no manifest in {}", root.display()),
            }),
        };
    }
    Ok(root_above(&folder).unwrap_or(folder))
}

/// The folder of the manifest that the request starts from.
fn start(request: &Request) -> Result<PathBuf, Error> {
    let absent = |message: String| Error::Usage {
        message,
        help: "go into a cargo workspace, or name its manifest with --manifest-path".to_owned(),
    };
    if let Some(path) = &request.manifest_path {
        let path = request.start.join(path);
        let named = path.file_name().is_some_and(|name| name == "Cargo.toml");
        return match path.canonicalize() {
            // The link is not followed to another folder: cargo goes by the path as written.
            Ok(file) if named && file.is_file() => path
                .parent()
                .and_then(|folder| folder.canonicalize().ok())
                .ok_or_else(|| absent(format!("{} has no folder", path.display()))),
            Ok(_) => Err(absent(format!("{} is not a Cargo.toml file", path.display()))),
            Err(_) => Err(absent(format!("there is no manifest {}", path.display()))),
        };
    }
    let start = request
        .start
        .canonicalize()
        .map_err(|_| absent(format!("there is no folder {}", request.start.display())))?;
    start
        .ancestors()
        .find(|folder| folder.join("Cargo.toml").is_file())
        .map(Path::to_path_buf)
        .ok_or_else(|| absent(format!("there is no Cargo.toml in {} or above", start.display())))
}

/// The nearest workspace above that counts the folder among its members.
fn root_above(folder: &Path) -> Option<PathBuf> {
    for above in folder.ancestors().skip(1) {
        let Some(value) = parse(above) else { continue };
        if value.entry("workspace").is_none() || excluded(above, &value, folder) {
            continue;
        }
        let manifest = Manifest { source: Source::new("Cargo.toml", ""), value };
        let tree = Tree::new(above).ok()?;
        // A workspace that does not count it leaves the package alone in its own.
        let members = member_folders(&tree, &manifest, &mut Vec::new());
        return members.iter().any(|(member, _)| member == folder).then(|| above.to_owned());
    }
    None
}

/// The folders of all members, sorted, the root's own package included, each with its manifest where that can be read.
pub(super) fn member_folders(
    tree: &Tree,
    manifest: &Manifest,
    gaps: &mut Vec<Gap>,
) -> Vec<(PathBuf, Option<Manifest>)> {
    let root = tree.root();
    let mut search = Search { tree, manifest, seen: HashSet::new(), members: HashMap::new() };
    let Some(workspace) = manifest.value.get(&["workspace"]) else {
        // Without a `[workspace]` a package is alone, whatever it depends on. A manifest that
        // cannot be parsed is taken for a package, so that its sources are still looked at.
        return vec![(root.to_owned(), Some(manifest.clone()))];
    };
    if package(&manifest.value).is_some() {
        search.visit(root, false);
    }
    let patterns = workspace.get(&["members"]).map(Value::items).unwrap_or_default();
    for pattern in patterns {
        let Some(text) = pattern.as_str() else { continue };
        let Some(folders) = globs::folders(tree, text) else {
            gaps.push(
                Gap::new(Kind::Workspace, text, "the pattern visits too many folders", "name the members")
                    .at(pattern.at()),
            );
            continue;
        };
        for folder in folders {
            if tree.kind(&folder.join("Cargo.toml")) != source::Kind::Nothing {
                search.visit(&folder, false);
            } else if !globs::is_pattern(text) {
                gaps.push(
                    Gap::new(
                        Kind::Workspace,
                        tree.relative(&normal(&folder.join("Cargo.toml"))),
                        "the member has no manifest",
                        "mend `workspace.members`",
                    )
                    .at(pattern.at()),
                );
            }
        }
    }
    if search.members.len() >= MOST_MEMBERS {
        gaps.push(Gap::new(
            Kind::Workspace,
            "Cargo.toml",
            format!("the workspace has more than {MOST_MEMBERS} members"),
            "",
        ));
    }
    let mut members: Vec<_> = search.members.into_iter().collect();
    members.sort_by(|(a, _), (b, _)| a.as_os_str().cmp(b.as_os_str()));
    members
}

struct Search<'a> {
    tree: &'a Tree,
    manifest: &'a Manifest,
    /// Folders looked at, and whether a path led there: one that is no member by its path may still
    /// be named as one.
    seen: HashSet<(PathBuf, bool)>,
    members: HashMap<PathBuf, Option<Manifest>>,
}

impl Search<'_> {
    /// Takes a folder as a member, then the folders it depends on by path.
    fn visit(&mut self, folder: &Path, by_path: bool) {
        let (root, manifest) = (self.tree.root(), &self.manifest.value);
        let mut waiting = vec![(folder.to_owned(), by_path)];
        while let Some((folder, by_path)) = waiting.pop() {
            let Ok(folder) = self.tree.folder(&folder) else { continue };
            let known = self.members.contains_key(&folder) || !self.seen.insert((folder.clone(), by_path));
            if known || self.members.len() >= MOST_MEMBERS {
                continue;
            }
            let own = if folder == root { Some(self.manifest.clone()) } else { read(self.tree, &folder) };
            if (by_path && !self.counts(&folder, own.as_ref().map(|manifest| &manifest.value)))
                || excluded(root, manifest, &folder)
            {
                continue;
            }
            if let Some(Manifest { value, .. }) = &own {
                let paths = member::path_dependencies(value, &folder, manifest, root);
                waiting.extend(paths.into_iter().map(|path| (path, true)));
            }
            self.members.insert(folder, own);
        }
    }

    /// A path dependency is a member when it lies below the root or points to it, and has no
    /// workspace of its own.
    fn counts(&self, folder: &Path, value: Option<&Value>) -> bool {
        // A broken manifest does not say where it belongs; its place does.
        let root = self.tree.root();
        let Some(value) = value else { return folder.starts_with(root) };
        if folder != root && value.entry("workspace").is_some() {
            return false;
        }
        match package(value).and_then(|table| table.get(&["workspace"])).and_then(Value::as_str) {
            Some(pointer) => self.tree.folder(&folder.join(pointer)).is_ok_and(|above| above == root),
            None => folder.starts_with(root),
        }
    }
}

/// True when `workspace.exclude` names the folder and `workspace.members` does not name it literally.
fn excluded(root: &Path, manifest: &Value, folder: &Path) -> bool {
    let lists = |key: &str| {
        let items = manifest.get(&["workspace", key]).map(Value::items).unwrap_or_default();
        items.iter().filter_map(Value::as_str).any(|path| folder.starts_with(normal(&root.join(path))))
    };
    lists("exclude") && !lists("members")
}

/// What the manifest in a folder says, if it can be read at all.
fn parse(folder: &Path) -> Option<Value> {
    read(&Tree::new(folder).ok()?, folder).map(|manifest| manifest.value)
}

/// The manifest in a folder, if it can be read at all, wherever the folder lies.
fn read(tree: &Tree, folder: &Path) -> Option<Manifest> {
    let path = folder.join("Cargo.toml");
    let bytes = read_limited(&path, LARGEST_FILE).ok()?;
    let source = Source::new(tree.relative(&path), String::from_utf8(bytes).ok()?);
    let value = document::parse(&source).ok()?;
    Some(Manifest { source, value })
}

/// `[package]`, or `[project]` as it was once called.
pub(super) fn package(manifest: &Value) -> Option<&Value> {
    manifest.get(&["package"]).or_else(|| manifest.get(&["project"]))
}

/// The path without `.` and `..`, looked up nowhere, as cargo normalises paths.
pub(in crate::facts) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}
