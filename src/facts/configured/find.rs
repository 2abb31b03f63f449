//! Which files may hold the settings of a package: those with a usual name below it, and those that its code names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::facts::code::{Call, Callee, Code, Scope, Value};
use crate::facts::deployment::BESIDE;
use crate::facts::git::is_cache;
use crate::facts::known::patterns::last;
use crate::facts::workspace::{Member, Workspace};
use crate::facts::{Gap, Kind};
use crate::source::Tree;

/// How deep below a package files are looked for.
const DEEPEST: usize = 4;
/// How many entries of folders are looked at, for each package.
const MOST: usize = 20_000;
/// How many files of one package are read.
const MOST_FILES: usize = 200;
/// The longest name that is taken for one of a file.
const LONGEST: usize = 200;

/// The ends of names of files that are read.
const ENDS: &[&str] = &["toml", "yaml", "yml", "json"];
/// Names that files of settings usually have, before the first point.
const STEMS: &[&str] =
    &["config", "conf", "configuration", "settings", "default", "defaults", "app", "application"];
/// Names of folders that usually hold files of settings.
const FOLDERS: &[&str] = &["config", "configs", "conf", "configuration", "settings", "etc"];

/// A file that may hold settings.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// True where the code names it.
    pub(super) named: bool,
}

/// The files that may hold the settings of some members, in the order of paths.
pub(super) fn files(
    tree: &Tree,
    workspace: &Workspace,
    members: &[usize],
    code: &Code,
    gaps: &mut Vec<Gap>,
) -> Vec<Found> {
    let mut all: BTreeMap<PathBuf, bool> = BTreeMap::new();
    for index in members {
        let Some(member) = workspace.members.get(*index) else { continue };
        let (usual, missed) = usual(member);
        if let Some(why) = missed {
            let remedy = "keep what is no part of the package out of its folder";
            let gap = Gap::new(Kind::Configured, tree.relative(&member.folder), why, remedy);
            if !gaps.contains(&gap) {
                gaps.push(gap);
            }
        }
        for path in usual {
            all.entry(path).or_insert(false);
        }
        for path in named(tree, member, *index, code) {
            all.insert(path, true);
        }
    }
    all.into_iter().map(|(path, named)| Found { path, named }).collect()
}

/// The files below a package that have a usual name, and why some may be missing.
fn usual(member: &Member) -> (Vec<PathBuf>, Option<String>) {
    let own: Vec<String> = std::iter::once(&member.name)
        .chain(member.targets.iter().map(|target| &target.name))
        .map(|name| name.to_ascii_lowercase())
        .collect();
    let (mut found, mut missed) = (Vec::new(), None);
    let mut seen = 0;
    let mut waiting = vec![(member.folder.clone(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let listed = std::fs::read_dir(folder)
            .and_then(|listed| listed.take(MOST + 1).collect::<std::io::Result<Vec<_>>>());
        let listed = listed.unwrap_or_else(|why| {
            missed = Some(format!("settings may lie in a folder that can't be listed: {why}"));
            Vec::new()
        });
        for entry in listed {
            seen += 1;
            if seen > MOST || found.len() >= MOST_FILES {
                let why = format!("it holds more than {MOST} files, or {MOST_FILES} of settings");
                return (found, Some(why));
            }
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && depth < DEEPEST && is_own(&path) {
                waiting.push((path, depth + 1));
            } else if kind.is_file() && is_usual(&path, &own) {
                found.push(path);
            }
        }
    }
    (found, missed)
}

/// True for a folder that belongs to the product of this package, and to no other package.
fn is_own(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    let beside = BESIDE.iter().chain(&["examples", "docs", "doc"]).any(|beside| name == *beside);
    !beside
        && !name.to_string_lossy().starts_with('.')
        && !folder.join("Cargo.toml").exists()
        && !is_cache(folder)
}

fn is_usual(path: &Path, own: &[String]) -> bool {
    let lower =
        |name: Option<&std::ffi::OsStr>| name.unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let (end, name) = (lower(path.extension()), lower(path.file_name()));
    let folder = lower(path.parent().and_then(Path::file_name));
    let stem = name.split('.').next().unwrap_or_default();
    ENDS.contains(&end.as_str())
        && (STEMS.contains(&stem) || own.iter().any(|own| own == stem) || FOLDERS.contains(&folder.as_str()))
}

/// The files that product code of a package names.
fn named(tree: &Tree, member: &Member, index: usize, code: &Code) -> Vec<PathBuf> {
    let of_member = |call: &&Call| {
        call.site.scope == Scope::Product
            && code.units.get(call.site.unit).is_some_and(|unit| unit.member == index)
    };
    let mut found = Vec::new();
    for call in code.calls.iter().filter(of_member) {
        for argument in &call.arguments {
            let Value::Text(text) = &argument.value else { continue };
            if text.is_empty() || text.len() > LONGEST || text.contains("://") || text.contains('\n') {
                continue;
            }
            let ends = if ENDS.iter().any(|end| text.ends_with(&format!(".{end}"))) {
                vec![text.clone()]
            } else if is_extended(call) {
                ENDS.iter().map(|end| format!("{text}.{end}")).collect()
            } else {
                continue;
            };
            let beside = tree.root().join(call.site.at.path());
            let folders = match &call.callee {
                // `include_str!("../config.yaml")`
                Callee::Macro(_) => vec![beside.parent().unwrap_or(tree.root())],
                _ => vec![member.folder.as_path(), tree.root()],
            };
            let paths = folders.iter().flat_map(|folder| ends.iter().map(move |end| folder.join(end)));
            found.extend(paths.filter_map(|path| tree.resolve(&path).ok()).filter(|path| path.is_file()));
            if found.len() >= MOST_FILES {
                return found;
            }
        }
    }
    found
}

/// True for the functions of `config` that try each end of a name.
fn is_extended(call: &Call) -> bool {
    let Callee::Path(name) = &call.callee else { return false };
    let path = name.resolved.as_deref().unwrap_or_default();
    path.starts_with("config::") && matches!(last(path), "with_name" | "new")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_settings_have_usual_names_or_lie_in_usual_folders() {
        let own = ["pump".to_owned()];
        for (name, usual) in [
            ("config.toml", true),
            ("config.default.yaml", true),
            ("Settings.json", true),
            ("config/production.yaml", true),
            ("pump.toml", true),
            ("Cargo.toml", false),
            ("config.rs", false),
            ("data/ward.yaml", false),
            ("configure.yaml", false),
        ] {
            assert_eq!(is_usual(Path::new(name), &own), usual, "{name}");
        }
    }
}
