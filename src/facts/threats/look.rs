//! Threat models alone, for commands that show or convert them and judge nothing.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::facts::configured;
use crate::facts::workspace;
use crate::facts::{Code, Gap};
use crate::policy::Policy;
use crate::request::Request;
use crate::source::{Placed, Source, Tree};

use super::links::Link;
use super::{Threats, evidence, gather, links, read};

/// Reads the models that a workspace links, and nothing else of it.
///
/// # Errors
/// When there is no workspace, or its policy is broken.
pub fn look(request: &Request) -> Result<(Threats, Vec<Gap>), Error> {
    let root = workspace::find_root(request)?;
    let mut tree = tree(&root)?;
    let policy = Policy::read(&tree, request.policy.as_deref())?;
    let mut gaps = Vec::new();
    let workspace = workspace::gather(&mut tree, request, &policy, &mut gaps)?;
    let threats = gather(&tree, &workspace, &policy, &mut gaps);
    Ok((threats, gaps))
}

/// Models with the code that they are held against.
#[derive(Debug)]
pub struct Looked {
    /// The folder of the workspace.
    pub root: PathBuf,
    /// The models.
    pub threats: Threats,
    /// The workspace's own code.
    pub code: Code,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
}

/// Reads the models that a workspace links, and its code.
///
/// # Errors
/// When there is no workspace, or its policy is broken.
pub fn look_with_code(request: &Request) -> Result<Looked, Error> {
    let root = workspace::find_root(request)?;
    let mut tree = tree(&root)?;
    let policy = Policy::read(&tree, request.policy.as_deref())?;
    let mut gaps = Vec::new();
    let workspace = workspace::gather(&mut tree, request, &policy, &mut gaps)?;
    let (code, unread) = configured::code(&tree, &workspace, &policy, request, &mut gaps);
    gaps.extend(unread);
    let mut threats = gather(&tree, &workspace, &policy, &mut gaps);
    // What a review and a record are about is code and models; results of tests may be missing.
    evidence(&tree, &workspace, &policy, &code, &mut threats, &mut Vec::new());
    Ok(Looked { root: tree.root().to_owned(), threats, code, gaps })
}

/// Reads one model from its file, with an overlay if one is named: a link that nobody wrote down.
///
/// # Errors
/// When there is no folder of that name.
pub fn look_at(file: &Path, overlay: Option<&Path>) -> Result<Threats, Error> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut tree = tree(folder)?;
    if let Some(folder) = overlay.and_then(Path::parent) {
        tree.allow(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    }
    let placed = |value: String| {
        let typed = Source::new("the command line", value.as_str());
        Placed { value, at: typed.whole() }
    };
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    // An overlay named relative to the folder one stands in.
    let overlay = overlay.map(|overlay| match overlay.canonicalize() {
        Ok(path) => path.to_string_lossy().into_owned(),
        Err(_) => overlay.to_string_lossy().into_owned(),
    });
    let link = Link {
        written: placed(name),
        folder: tree.root().to_owned(),
        overlay: overlay.map(placed),
        optional: false,
    };
    let mut threats = Threats::default();
    match links::follow(&tree, &link) {
        Ok(source) => match read(&tree, &link, &source, &[]) {
            Ok(model) => threats.models.push(model),
            Err(faults) => threats.broken.extend(faults.into_iter().map(|fault| fault.of(&link))),
        },
        Err(fault) => threats.broken.push(fault.of(&link)),
    }
    Ok(threats)
}

fn tree(folder: &Path) -> Result<Tree, Error> {
    Tree::new(folder).map_err(|source| Error::File {
        action: "read",
        path: folder.to_owned(),
        help: "name a folder or file that is there".to_owned(),
        source,
    })
}
