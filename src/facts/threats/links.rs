//! Links: where the workspace names its threat models, and how a link is followed.
//!
//! Three places name models: `[workspace.metadata.health-sec]` of the root manifest,
//! `[package.metadata.health-sec]` of a member, and `[threats] models` of the policy. A link is
//! relative to the file that holds it and never leads out of the workspace.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::{Fields, Value};
use crate::error::Fault;
use crate::facts::workspace::{Manifest, Workspace};
use crate::policy::Policy;
use crate::source::{Placed, ReadError, Source, Tree};

use super::{Broken, Unread};

/// The largest model that is read, in bytes. The largest met in the field has 2 MB.
const LARGEST_MODEL: usize = 8 * 1024 * 1024;

/// A link to a model.
#[derive(Debug)]
pub(super) struct Link {
    /// The link as written.
    pub written: Placed<String>,
    /// The folder it is relative to: absolute, or relative to the workspace root.
    pub folder: PathBuf,
    /// The overlay named beside it.
    pub overlay: Option<Placed<String>>,
    /// True where the files are generated, and may not be there yet.
    pub optional: bool,
}

impl Link {
    /// The file of the overlay, as written where it is not there.
    pub(super) fn overlay_file(&self, tree: &Tree) -> Option<PathBuf> {
        let path = self.folder.join(&self.overlay.as_ref()?.value);
        Some(tree.resolve(&path).unwrap_or(path))
    }
}

/// Every link, and what is wrong with the tables that hold them.
pub(super) fn find(workspace: &Workspace, policy: &Policy) -> Found {
    let mut found = Found::default();
    found.table(&workspace.manifest, "workspace");
    for member in &workspace.members {
        found.table(&member.manifest, "package");
    }
    // Relative to the file that holds it, which may be a policy that this one builds upon.
    found.links.extend(policy.threat_models.iter().map(|written| Link {
        written: written.clone(),
        folder: folder_of(written.at.path()),
        overlay: None,
        optional: false,
    }));
    found
}

/// True where a model is linked, or something that may be one.
#[must_use]
pub fn are_linked(workspace: &Workspace, policy: &Policy) -> bool {
    let found = find(workspace, policy);
    !found.links.is_empty() || !found.broken.is_empty()
}

/// The files that are linked, as models or overlays, where they are there.
pub(super) fn files_of(tree: &Tree, workspace: &Workspace, policy: &Policy) -> BTreeSet<PathBuf> {
    let links = find(workspace, policy).links;
    let named = links.iter().flat_map(|link| {
        [Some(&link.written), link.overlay.as_ref()].into_iter().flatten().map(|name| (&link.folder, name))
    });
    named.filter_map(|(folder, name)| tree.resolve(&folder.join(&name.value)).ok()).collect()
}

/// Reads the file behind a link.
pub(super) fn follow(tree: &Tree, link: &Link) -> Result<Arc<Source>, Unread> {
    open(tree, &link.folder, &link.written)
}

/// Reads the overlay named beside a model, if one is.
pub(super) fn overlay(tree: &Tree, link: &Link) -> Result<Option<Arc<Source>>, Unread> {
    let Some(overlay) = &link.overlay else { return Ok(None) };
    let of_overlay = |unread: Unread| Unread {
        why: format!("of its overlay `{}`: {}", overlay.value, unread.why),
        at: Some(overlay.at.clone()),
        ..unread
    };
    open(tree, &link.folder, overlay).map(Some).map_err(of_overlay)
}

fn open(tree: &Tree, folder: &Path, written: &Placed<String>) -> Result<Arc<Source>, Unread> {
    let source = tree.read(folder.join(&written.value)).map_err(|error| {
        let unread = Unread::new(error.to_string());
        match error {
            ReadError::Absent => {
                let unread = Unread { absent: true, ..unread };
                unread.remedy(format!(
                    "write the model, or correct the path: it is relative to the folder of {}",
                    written.at.path()
                ))
            }
            ReadError::Outside => unread.remedy("keep the model inside the workspace"),
            _ => unread,
        }
    })?;
    if source.text().len() > LARGEST_MODEL {
        return Err(Unread::new(format!(
            "it has {} bytes, more than the {LARGEST_MODEL} that are read of a model",
            source.text().len()
        )));
    }
    Ok(source)
}

/// The file of this name in the folder of a model, if there is one that can be read.
pub(super) fn beside(tree: &Tree, model: &Source, name: &str) -> Option<Arc<Source>> {
    read_model(tree, &folder_of(model.path()).join(name))
}

/// A file that is small enough for a model, if it can be read.
pub(super) fn read_model(tree: &Tree, path: &Path) -> Option<Arc<Source>> {
    tree.read(path).ok().filter(|source| source.text().len() <= LARGEST_MODEL)
}

/// What the workspace names.
#[derive(Default)]
pub(super) struct Found {
    /// Links to models.
    pub(super) links: Vec<Link>,
    /// What is wrong with the tables that hold them.
    pub(super) broken: Vec<Broken>,
    /// Links to results of tests.
    pub(super) results: Vec<Link>,
    /// Links to lists of tests.
    pub(super) lists: Vec<Link>,
    /// Links to scans of ports.
    pub(super) scans: Vec<Link>,
    /// Links to lists of hazards.
    pub(super) hazards: Vec<Link>,
}

impl Found {
    /// Reads `[<owner>.metadata.health-sec]` of a manifest.
    fn table(&mut self, manifest: &Manifest, owner: &'static str) {
        let Some(table) = manifest.value.get(&[owner, "metadata", "health-sec"]) else { return };
        let name = format!("[{owner}.metadata.health-sec]");
        let folder = folder_of(manifest.source.path());
        let mut faults = Vec::new();
        let mut fields = Fields::new(table, name.as_str(), &mut faults);
        let plain = fields.strings("threats");
        self.links.extend(plain.into_iter().map(|written| Link {
            written,
            folder: folder.clone(),
            overlay: None,
            optional: false,
        }));
        if let Some(models) = fields.value("threat-model") {
            if models.type_name() != "array" {
                let help = Some(format!("write [[{owner}.metadata.health-sec.threat-model]]"));
                fields.fault(&models.at(), "`threat-model` is no array of tables", help);
            }
            self.links
                .extend(models.items().iter().filter_map(|model| long_form(model, &folder, fields.faults())));
        }
        // Known to the format; this version has no use for it yet.
        fields.value("component");
        if let Some(evidence) = fields.value("evidence") {
            let mut fields =
                Fields::new(evidence, format!("[{owner}.metadata.health-sec.evidence]"), fields.faults());
            for (key, links) in [
                ("junit", &mut self.results),
                ("test-list", &mut self.lists),
                ("port-scan", &mut self.scans),
                ("hazards", &mut self.hazards),
            ] {
                let written = fields.string_or_strings(key);
                links.extend(written.into_iter().map(|written| Link {
                    written,
                    folder: folder.clone(),
                    overlay: None,
                    optional: false,
                }));
            }
            fields.finish();
        }
        // What a member decides for itself is read with the policy.
        if owner == "package" {
            fields.value("policy");
        }
        fields.finish();
        self.broken.extend(faults.into_iter().map(|fault| Broken {
            link: Placed { value: name.clone(), at: super::native::place(&manifest.source, &fault) },
            why: fault.message,
            remedy: fault.help,
            at: None,
            unbuilt: false,
        }));
    }
}

fn long_form(model: &Value, folder: &Path, faults: &mut Vec<Fault>) -> Option<Link> {
    let mut fields = Fields::new(model, "[[threat-model]]", faults);
    let written = fields.required("file");
    let overlay = fields.string("extend");
    // The content tells the format; the word is for people.
    fields.string("format");
    let optional = fields.boolean("optional").is_some_and(|optional| optional.value);
    fields.finish();
    Some(Link { written: written?, folder: folder.to_owned(), overlay, optional })
}

fn folder_of(path: &str) -> PathBuf {
    Path::new(path).parent().map(Path::to_owned).unwrap_or_default()
}
