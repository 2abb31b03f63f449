//! Models that lie in the tree and that nothing links: an older drawing, or the one that everybody believes to be checked.
//!
//! A file is opened where its name speaks of threats or is one that only a tool for them gives, and counts where it can be
//! read as a model. What tests and examples hold, and other workspaces within this one, are not the product's.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::facts::git::is_cache;
use crate::facts::workspace::Workspace;
use crate::facts::{Gap, Kind};
use crate::policy::Policy;
use crate::source::{Location, Tree};

use super::{Format, foreign, links};

/// How many entries of folders are looked at.
const MOST: usize = 300_000;

/// Folders in which no model of the product lies.
const BESIDE: &[&str] = &[
    ".git",
    "target",
    "node_modules",
    "vendor",
    "third_party",
    "test",
    "tests",
    "testing",
    "testdata",
    "fixtures",
    "samples",
    "examples",
    "benches",
    "fuzz",
];

/// Endings of files that hold models.
const ENDINGS: &[&str] = &["json", "yaml", "yml", "toml", "hcl", "tm7", "otm"];

/// A model that nothing links.
#[derive(Debug, Clone)]
pub struct Unlinked {
    /// The file.
    pub at: Location,
    /// Its format.
    pub format: Format,
    /// Its title.
    pub title: String,
}

/// Finds them, in the order of their paths.
pub(super) fn find(
    tree: &Tree,
    workspace: &Workspace,
    policy: &Policy,
    gaps: &mut Vec<Gap>,
) -> Vec<Unlinked> {
    let linked = links::files_of(tree, workspace, policy);
    let members: BTreeSet<PathBuf> =
        workspace.members.iter().map(|member| tree.root().join(&member.folder)).collect();
    let (mut waiting, mut files, mut seen) = (vec![tree.root().to_owned()], Vec::new(), 0);
    while let Some(folder) = waiting.pop() {
        let listed = std::fs::read_dir(&folder)
            .and_then(|listed| listed.take(MOST + 1).collect::<std::io::Result<Vec<_>>>());
        let listed = listed.unwrap_or_else(|why| {
            // What is gone meanwhile holds nothing.
            if why.kind() != ErrorKind::NotFound {
                let why = format!("it can't be listed, and a model may lie in it: {why}");
                let remedy = "let this user look into the folder";
                gaps.push(Gap::new(Kind::Threats, tree.relative(&folder), why, remedy));
            }
            Vec::new()
        });
        for entry in listed {
            seen += 1;
            let (path, kind) = (entry.path(), entry.file_type());
            match kind {
                Ok(kind) if kind.is_dir() && !is_beside(&path, &members) => waiting.push(path),
                Ok(kind) if kind.is_file() && is_named_so(&path) && !linked.contains(&path) => {
                    files.push(path);
                }
                _ => {}
            }
        }
        if seen > MOST {
            let why =
                format!("it holds more than {MOST} files and folders, and models may lie among the others");
            let remedy = "inspect a clone without what builds leave behind";
            gaps.push(Gap::new(Kind::Threats, ".", why, remedy));
            break;
        }
    }
    files.sort();
    files.iter().filter_map(|file| read(tree, file)).collect()
}

fn is_beside(folder: &Path, members: &BTreeSet<PathBuf>) -> bool {
    let name = folder.file_name().unwrap_or_default();
    BESIDE.iter().any(|beside| name == *beside)
        || is_cache(folder)
        || (folder.join("Cargo.toml").exists() && !members.contains(folder))
}

fn is_named_so(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    // `pump.otm.yaml` is one too.
    let before = stem.rsplit_once('.').map_or("", |(_, before)| before);
    let own = [ending, before].iter().any(|ending| ["tm7", "otm"].contains(ending));
    ENDINGS.contains(&ending) && (own || stem.contains("threat") || stem.contains("threagile"))
}

/// A file as a model, if it is one. One that is none may be anything.
fn read(tree: &Tree, file: &Path) -> Option<Unlinked> {
    let source = links::read_model(tree, file)?;
    let model = foreign::read(&source, &|name| links::beside(tree, &source, name)).ok()?;
    Some(Unlinked { at: source.whole(), format: model.format, title: model.title.value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_where_to_look() {
        for (name, expected) in [
            ("pump.tm7", true),
            ("docs/ThreatDragonModels/pump-threat-model.json", true),
            ("threagile.yaml", true),
            ("pump.otm", true),
            ("pump.otm.yaml", true),
            ("gateway.threats.toml", true),
            ("threats.rs", false),
            ("package.json", false),
            ("threats", false),
        ] {
            assert_eq!(is_named_so(Path::new(name)), expected, "{name}");
        }
    }
}
