//! What a workspace is called, as its own files say: never the folder in which it happens to lie.

use std::collections::BTreeSet;

use crate::document::Value;

use super::root::{normal, package};
use super::{Member, Workspace};

impl Workspace {
    /// Its name: that of the root package, else of the only default member, else of the repository that the manifests
    /// name; `None` where they say none of these.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let root = || package(&self.manifest.value)?.get(&["name"])?.as_str();
        root().or_else(|| self.default_member()).or_else(|| self.repository())
    }

    /// The name of the member that cargo builds by itself, where it is one.
    fn default_member(&self) -> Option<&str> {
        let [named] = self.manifest.value.get(&["workspace", "default-members"])?.items() else {
            return None;
        };
        let folder = normal(&self.root.join(named.as_str()?));
        let member = self.members.iter().find(|member| member.folder == folder)?;
        Some(&member.name)
    }

    /// The name of the repository that the root names for all, or that all members agree on which name one.
    fn repository(&self) -> Option<&str> {
        let shared = self.manifest.value.get(&["workspace", "package", "repository"]).and_then(Value::as_str);
        let addresses: BTreeSet<&str> =
            shared.into_iter().chain(self.members.iter().filter_map(Member::repository)).collect();
        let names: BTreeSet<&str> = addresses.into_iter().filter_map(last_part).collect();
        names.first().filter(|_| names.len() == 1).copied()
    }
}

impl Member {
    /// The repository that its manifest names.
    fn repository(&self) -> Option<&str> {
        package(&self.manifest.value)?.get(&["repository"])?.as_str()
    }
}

/// The name at the end of an address: `https://host/maker/NAME`, with or without `.git` and `/`.
fn last_part(address: &str) -> Option<&str> {
    let address = address.split(['?', '#']).next()?.trim_end_matches('/');
    let (before, name) = address.rsplit_once('/')?;
    Some(name.strip_suffix(".git").unwrap_or(name)).filter(|name| !name.is_empty() && before.contains("://"))
}
