//! Where git looks for hooks.

use std::path::{Path, PathBuf};

use git2::Repository;

use super::reading;

/// The folder of hooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hooks {
    /// The folder, absolute; it need not exist.
    pub folder: PathBuf,
    /// True where `core.hooksPath` names the folder.
    pub configured: bool,
    /// True where the folder lies outside of the repository: other repositories may use it too.
    pub shared: bool,
}

/// The folder of hooks of the repository around a folder, for all of its working copies.
///
/// # Errors
/// Why there is none, in words.
pub fn hooks(root: &Path) -> Result<Hooks, String> {
    let ask = || -> Result<Hooks, git2::Error> {
        let repository = Repository::discover(root)?;
        // Of a working copy beside the first one, hooks are those of the first.
        let common = repository.commondir().to_path_buf();
        let top = repository.workdir().unwrap_or(&common).to_path_buf();
        let named = match repository.config()?.snapshot()?.get_path("core.hooksPath") {
            Ok(path) if !path.as_os_str().is_empty() => Some(path),
            _ => None,
        };
        let configured = named.is_some();
        let folder = named.map_or_else(|| common.join("hooks"), |path| top.join(path));
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let shared = !real(&folder).starts_with(real(&top)) && !real(&folder).starts_with(real(&common));
        Ok(Hooks { folder, configured, shared })
    };
    reading(ask).map_err(|error| error.message().split_whitespace().collect::<Vec<_>>().join(" "))
}
