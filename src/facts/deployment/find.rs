//! Which files say how the product is run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::facts::components::Components;
use crate::facts::git::is_cache;
use crate::facts::{Gap, Kind};
use crate::source::{Placed, Tree};

/// How many entries of folders are looked at.
const MOST: usize = 300_000;

/// Folders below which nothing of the product lies: what builds and tests it, and what git and cargo keep.
pub(in crate::facts) const BESIDE: &[&str] = &[
    ".git",
    ".github",
    ".gitlab",
    ".devcontainer",
    ".ci",
    "ci",
    "target",
    "node_modules",
    "test",
    "tests",
    "testing",
    "testdata",
    "fixtures",
    "benches",
    "fuzz",
];

/// A file that says how the product is run.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) kind: FileKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    Container,
    Service,
    Workload,
}

/// The files that the policy names; without a word of it, those below the root that bear a usual name. Sorted.
pub(super) fn files(
    tree: &Tree,
    components: &Components,
    named: &[Placed<String>],
    gaps: &mut Vec<Gap>,
) -> Vec<Found> {
    let components: BTreeSet<&Path> =
        components.all.iter().filter_map(|component| component.folder.as_deref()).collect();
    let mut walk =
        Walk { components, usual: named.is_empty(), found: Vec::new(), unlisted: Vec::new(), seen: 0 };
    if named.is_empty() {
        walk.folder(tree.root());
    }
    for place in named {
        match tree.resolve(Path::new(&place.value)) {
            Ok(path) if path.is_dir() => walk.folder(&path),
            Ok(path) => {
                let kind = kind_of(&path).unwrap_or(FileKind::Workload);
                walk.found.push(Found { path, kind });
            }
            Err(why) => {
                let remedy = "name files and folders that are there";
                let gap = Gap::new(Kind::Deployment, place.value.as_str(), why.to_string(), remedy);
                gaps.push(gap.at(place.at.clone()));
            }
        }
    }
    if walk.seen > MOST {
        let why = format!("it holds more than {MOST} files and folders, which are not all looked at");
        gaps.push(Gap::new(Kind::Deployment, ".", why, "name what is deployed in `deployment` of [product]"));
    }
    walk.unlisted.dedup();
    for folder in &walk.unlisted {
        let remedy = "make it readable, or name what is deployed in `deployment` of [product]";
        gaps.push(Gap::new(Kind::Deployment, tree.relative(folder), "it can't be listed", remedy));
    }
    walk.found.sort_by(|a, b| a.path.cmp(&b.path));
    walk.found.dedup_by(|a, b| a.path == b.path);
    walk.found
}

struct Walk<'a> {
    components: BTreeSet<&'a Path>,
    /// True where nobody has named what is deployed.
    usual: bool,
    found: Vec<Found>,
    /// Folders that can't be listed.
    unlisted: Vec<PathBuf>,
    seen: usize,
}

impl Walk<'_> {
    /// Looks below a folder. Links are followed by nobody.
    fn folder(&mut self, top: &Path) {
        let mut waiting = vec![top.to_owned()];
        while let Some(folder) = waiting.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else {
                self.unlisted.push(folder);
                continue;
            };
            for entry in entries.take(MOST + 1) {
                let Ok((path, kind)) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) else {
                    self.unlisted.push(folder.clone());
                    continue;
                };
                self.seen += 1;
                if self.seen > MOST {
                    return;
                }
                if kind.is_dir() && !self.is_beside(&path) && !is_cache(&path) {
                    waiting.push(path);
                } else if kind.is_file()
                    && let Some(kind) = kind_of(&path).or_else(|| self.manifest(&path))
                {
                    self.found.push(Found { path, kind });
                }
            }
        }
    }

    /// Kubernetes files have names of all kinds: in a folder that is named, each file in YAML counts.
    fn manifest(&self, path: &Path) -> Option<FileKind> {
        let yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        (yaml && !self.usual).then_some(FileKind::Workload)
    }

    fn is_beside(&self, folder: &Path) -> bool {
        let name = folder.file_name().unwrap_or_default();
        let beside = BESIDE.iter().any(|beside| name == *beside);
        (self.usual && beside) || self.components.contains(folder)
    }
}

/// What a file is by its name.
fn kind_of(path: &Path) -> Option<FileKind> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let stem = |start: &str| {
        name.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            || name.strip_suffix(start).is_some_and(|rest| rest.ends_with('.'))
    };
    let yaml = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    match yaml {
        Some(stem) if stem.starts_with("compose") || stem.starts_with("docker-compose") => {
            Some(FileKind::Workload)
        }
        // What is meant to be ignored is no recipe.
        None if !name.ends_with(".dockerignore") && (stem("dockerfile") || stem("containerfile")) => {
            Some(FileKind::Container)
        }
        None if name.ends_with(".service") => Some(FileKind::Service),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_names() {
        for (name, kind) in [
            ("Dockerfile", Some(FileKind::Container)),
            ("Dockerfile.release", Some(FileKind::Container)),
            ("debian.Dockerfile", Some(FileKind::Container)),
            ("Containerfile", Some(FileKind::Container)),
            ("Dockerfile.dockerignore", None),
            ("dockerfiles", None),
            ("pump.service", Some(FileKind::Service)),
            ("docker-compose.yml", Some(FileKind::Workload)),
            ("compose.override.yaml", Some(FileKind::Workload)),
            ("config.yaml", None),
            ("service.rs", None),
        ] {
            assert!(kind_of(Path::new(name)) == kind, "{name}");
        }
    }

    #[test]
    fn what_tests_and_builds_the_product_is_passed_over_unless_it_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        for file in [
            "Dockerfile",
            "tests/Dockerfile",
            "deploy/pump.service",
            "target/x/Dockerfile",
            "deploy/pod.yaml",
        ] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(path, "").expect("a file");
        }
        let tree = Tree::new(folder.path()).expect("a tree");
        let found = |named: &[&str]| {
            let at = crate::source::Source::new("health-sec.toml", "").whole();
            let named: Vec<_> =
                named.iter().map(|name| Placed { value: (*name).to_owned(), at: at.clone() }).collect();
            let mut gaps = Vec::new();
            let files = files(&tree, &Components::default(), &named, &mut gaps);
            (files.iter().map(|found| tree.relative(&found.path)).collect::<Vec<_>>(), gaps.len())
        };
        assert_eq!(found(&[]), (vec!["Dockerfile".to_owned(), "deploy/pump.service".to_owned()], 0));
        assert_eq!(found(&["tests", "deploy/pod.yaml"]).0, ["deploy/pod.yaml", "tests/Dockerfile"]);
        assert_eq!(found(&["deploy/"]).0, ["deploy/pod.yaml", "deploy/pump.service"]);
        assert_eq!(found(&["absent"]), (vec![], 1));
    }
}
