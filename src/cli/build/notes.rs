//! The files that tell the wrapper what was found: below cargo's target folder, one for each member, so that cargo can
//! see which members are to be compiled, and told of, anew.
//!
//! A file whose content would be the same is left as it is: its age is what cargo goes by.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::gate::told::Split;
use crate::report::rustc::Diagnostic;
use crate::report::text::visible;
use crate::rule::Rule;

/// Where cargo builds, and whom.
#[derive(Debug)]
pub(super) struct Place {
    folder: PathBuf,
    root: PathBuf,
    members: Vec<Member>,
    /// How cargo tells of the package and the target beside a message that belongs to none.
    anchor: serde_json::Map<String, Value>,
}

/// A member of the workspace.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) folder: PathBuf,
}

/// What the wrapper must know beside the findings of a member.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Index {
    pub(super) root: PathBuf,
    pub(super) members: Vec<Member>,
    /// The members that were judged last; the notes of all others are of an earlier day.
    pub(super) judged: BTreeSet<String>,
    /// The sources that were judged with them: path from the root, and SHA-256.
    pub(super) sources: BTreeMap<String, String>,
}

/// What cargo says of a workspace.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    id: String,
    manifest_path: PathBuf,
    #[serde(default)]
    targets: Vec<Value>,
}

impl Place {
    /// Asks cargo where it builds.
    ///
    /// # Errors
    /// Where cargo can't be started, or knows of no workspace.
    pub(super) fn ask(manifest: Option<&Path>) -> Result<Self, Error> {
        let mut command = Command::new(super::cargo());
        command.args(["metadata", "--no-deps", "--format-version=1", "--color=never"]).stdin(Stdio::null());
        if let Some(manifest) = manifest {
            command.arg("--manifest-path").arg(manifest);
        }
        let failed = |message: String| Error::Program {
            program: "cargo metadata".to_owned(),
            message: visible(message.trim()),
            help: "go into a cargo workspace, or name its manifest with --manifest-path".to_owned(),
        };
        let output = command.output().map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(failed(said.trim_start_matches("error: ").replace('\n', " ")));
        }
        let metadata: Metadata =
            serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))?;
        Ok(Self::of(metadata))
    }

    fn of(metadata: Metadata) -> Self {
        let Metadata { packages, workspace_root: root, target_directory } = metadata;
        let at_root = packages.iter().position(|package| package.manifest_path == root.join("Cargo.toml"));
        let mut anchor = serde_json::Map::new();
        if let Some(package) = packages.get(at_root.unwrap_or(0)) {
            anchor.insert("package_id".to_owned(), package.id.clone().into());
            anchor.insert("manifest_path".to_owned(), package.manifest_path.display().to_string().into());
            anchor.insert("target".to_owned(), package.targets.first().cloned().unwrap_or(Value::Null));
        }
        let member = |package: Package| Member {
            name: package.name,
            folder: package.manifest_path.parent().unwrap_or(&root).to_owned(),
        };
        let members = packages.into_iter().map(member).collect();
        Self { folder: target_directory.join("health-sec"), members, root, anchor }
    }

    /// The folder of the notes.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The manifest that editors show, as seen from the root: that of the package at the root, else of the first member.
    pub(super) fn manifest(&self) -> String {
        let at_root = self.members.iter().find(|member| member.folder == self.root);
        let member = at_root.or(self.members.first());
        member.map_or_else(|| "Cargo.toml".to_owned(), |member| manifest_of(&self.root, &member.folder))
    }

    /// A diagnostic that no compilation tells, as cargo would tell it.
    pub(super) fn message(&self, diagnostic: &Diagnostic) -> Value {
        let mut message = self.anchor.clone();
        message.insert("reason".to_owned(), "compiler-message".into());
        message.insert("message".to_owned(), serde_json::to_value(diagnostic).unwrap_or_default());
        Value::Object(message)
    }

    /// Where the page of a rule can be read.
    pub(super) fn address(&self, rule: &Rule) -> String {
        let page = self.folder.join("rules").join(format!("{}.md", rule.id));
        let path = page.display().to_string().replace('\\', "/");
        let slash = if path.starts_with('/') { "" } else { "/" };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte);
        path.bytes().fold(format!("file://{slash}"), |mut address, byte| {
            if plain(byte) {
                address.push(char::from(byte));
            } else {
                let _ = write!(address, "%{byte:02X}");
            }
            address
        })
    }

    /// Writes down the pages of the rules that are told of.
    pub(super) fn put_pages(&self, split: &Split) -> Result<(), Error> {
        for rule in &split.rules {
            self.write(&format!("rules/{}.md", rule.id), rule.page.as_bytes())?;
        }
        Ok(())
    }

    /// Writes down what was found, for the compilations that follow. What was found before in members that are not
    /// judged now is kept: otherwise each choice of members would let cargo compile the others anew.
    pub(super) fn put(&self, split: &Split) -> Result<(), Error> {
        for (member, found) in &split.members {
            let mut note = Vec::new();
            for of_member in found {
                serde_json::to_writer(&mut note, of_member)
                    .map_err(|error| self.failed(&self.folder, error.into()))?;
                note.push(b'\n');
            }
            self.write(&note_name(member), &note)?;
        }
        self.put_index(split.members.keys().cloned().collect(), split.sources.clone())
    }

    /// Keeps what was found before.
    pub(super) fn keep(&self) -> Result<(), Error> {
        let (judged, sources) =
            Index::read(&self.folder).map(|before| (before.judged, before.sources)).unwrap_or_default();
        self.put_index(judged, sources)
    }

    fn put_index(&self, judged: BTreeSet<String>, sources: BTreeMap<String, String>) -> Result<(), Error> {
        let noted = |member: &&Member| self.folder.join(note_name(&member.name)).exists();
        for member in self.members.iter().filter(|member| !noted(member)) {
            self.write(&note_name(&member.name), b"")?;
        }
        let index = Index { root: self.root.clone(), members: self.members.clone(), judged, sources };
        let index = serde_json::to_vec(&index).map_err(|error| self.failed(&self.folder, error.into()))?;
        self.write(INDEX, &index)
    }

    /// Writes a file beside and renames it, where it would not be as it is.
    fn write(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        let file = self.folder.join(name);
        if std::fs::read(&file).is_ok_and(|known| known == content) {
            return Ok(());
        }
        let written = || {
            let folder = file.parent().unwrap_or(&self.folder);
            self.mark_target()?;
            std::fs::create_dir_all(folder)?;
            let mut beside = tempfile::NamedTempFile::new_in(folder)?;
            beside.write_all(content)?;
            beside.persist(&file)?;
            Ok(())
        };
        written().map_err(|error| self.failed(&file, error))
    }

    /// A target folder that cargo finds is not marked by cargo as one that nobody need keep.
    fn mark_target(&self) -> std::io::Result<()> {
        let Some(target) = self.folder.parent().filter(|target| !target.exists()) else { return Ok(()) };
        std::fs::create_dir_all(target)?;
        std::fs::write(
            target.join("CACHEDIR.TAG"),
            "Signature: 8a477f597d28d172789f06886806bc55\n# Made for cargo, by cargo health-sec.\n",
        )
    }

    fn failed(&self, path: &Path, source: std::io::Error) -> Error {
        Error::File {
            action: "write",
            path: path.to_owned(),
            help: format!(
                "make room in {}, where cargo builds, or let it be written to",
                self.folder.display()
            ),
            source,
        }
    }
}

const INDEX: &str = "index.json";

/// The manifest in the folder of a member, as seen from the root.
pub(super) fn manifest_of(root: &Path, folder: &Path) -> String {
    crate::source::relative(root, &folder.join("Cargo.toml"))
}

/// The file that holds what is told of a member.
pub(super) fn note_name(member: &str) -> String {
    format!("{member}.jsonl")
}

impl Index {
    /// Reads what was written down.
    ///
    /// # Errors
    /// Why it can't be read.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let read = std::fs::read(folder.join(INDEX)).map_err(|error| error.to_string())?;
        serde_json::from_slice(&read).map_err(|error| error.to_string())
    }
}
