//! Repositories, honest and hostile: what is read of them, and that nothing else happens.

use std::fs;
use std::path::{Path, PathBuf};

use git2::{Oid, Repository, Signature, Time};

use super::super::*;
use crate::facts::Kind;
use crate::request::Request;

const FLOW: &str = "[[package]]\nname = \"flow\"\nversion = \"VERSION\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"c0ffee\"\n";
const MANIFEST: &str = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\n";

struct Facts {
    history: History,
    gaps: Vec<Gap>,
}

/// A package in a repository with three commits: `flow` 1.0.0 (tag `v1.0.0`, annotated), 1.1.0 (tag
/// `v1.1.0`), 1.2.0.
pub(super) struct Pump {
    folder: tempfile::TempDir,
}

impl Pump {
    pub(super) fn new() -> Self {
        let pump = Self { folder: tempfile::tempdir().expect("a folder") };
        let repository = Repository::init(pump.root()).expect("a repository");
        pump.write("Cargo.toml", MANIFEST);
        pump.write("src/lib.rs", "");
        for (minor, version) in ["1.0.0", "1.1.0", "1.2.0"].into_iter().enumerate() {
            pump.write("Cargo.lock", &lock(version));
            let id = pump.commit(1_800_000_000 + 86_400 * i64::try_from(minor).expect("a small number"));
            let commit = repository.find_object(id, None).expect("the commit");
            match minor {
                0 => drop(repository.tag("v1.0.0", &commit, &person(0), "first", false).expect("a tag")),
                1 => drop(repository.tag_lightweight("v1.1.0", &commit, false).expect("a tag")),
                _ => drop(repository.branch("release/1.2", &commit.peel_to_commit().expect("it"), false)),
            }
        }
        pump
    }

    pub(super) fn root(&self) -> PathBuf {
        self.folder.path().join("pump")
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }

    pub(super) fn commit(&self, seconds: i64) -> Oid {
        self.commit_saying(seconds, "x")
    }

    pub(super) fn commit_saying(&self, seconds: i64, message: &str) -> Oid {
        let repository = Repository::open(self.root()).expect("the repository");
        let mut index = repository.index().expect("an index");
        index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).expect("files can be added");
        index.write().expect("the index can be written");
        let tree = repository.find_tree(index.write_tree().expect("a tree")).expect("the tree");
        let parent = repository.head().ok().map(|head| head.peel_to_commit().expect("a commit"));
        let parents: Vec<_> = parent.iter().collect();
        let author = person(seconds);
        repository.commit(Some("HEAD"), &author, &author, message, &tree, &parents).expect("a commit")
    }

    /// The history, and the gaps it leaves: nothing else is looked at.
    fn facts(&self, since: Option<&str>) -> Result<Facts, Error> {
        let mut request = Request::new(self.root(), jiff::civil::date(2026, 11, 1));
        request.since = since.map(str::to_owned);
        let tree = Tree::new(&self.root()).expect("a tree");
        let policy = Policy::read(&tree, None)?;
        let mut gaps = Vec::new();
        let components = Components {
            all: crate::facts::components::locked(&Source::new("Cargo.lock", lock("1.2.0")), &mut gaps),
            ..Components::default()
        };
        let components = Components {
            all: components.all.into_iter().filter(|component| component.name == "flow").collect(),
            ..components
        };
        let mut inner = tree.clone();
        let workspace = crate::facts::workspace::gather(&mut inner, &request, &policy, &mut Vec::new())?;
        let advisories = Advisories::default();
        let history = gather(&tree, &workspace, &components, &advisories, &request, &policy, &mut gaps)?;
        Ok(Facts { history, gaps })
    }

    fn past(&self) -> Past {
        Past::open(&self.root().canonicalize().expect("it")).ok().flatten().expect("a repository")
    }
}

fn person(seconds: i64) -> Signature<'static> {
    Signature::new("A. Person", "a.person@example.org", &Time::new(seconds, 0)).expect("a name")
}

pub(super) fn lock(version: &str) -> String {
    let pump = "[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\ndependencies = [\"flow\"]\n";
    format!("version = 4\n\n{}\n{pump}", FLOW.replace("VERSION", version))
}

/// The version of `flow` in the baseline.
fn flow(facts: &Facts) -> String {
    let baseline = facts.history.baseline.as_ref().expect("a baseline");
    let [flow] = baseline.components.as_slice() else { panic!("{:?}", baseline.components) };
    flow.version.to_string()
}

#[test]
fn tags_branches_commits_and_steps_back_are_found() {
    let pump = Pump::new();
    let head = pump.facts(Some("HEAD")).expect("facts").history.baseline.expect("a baseline").commit;
    for (revision, version) in [
        ("v1.0.0", "1.0.0"),
        ("refs/tags/v1.0.0", "1.0.0"),
        ("v1.1.0", "1.1.0"),
        ("v1.1.0~1", "1.0.0"),
        ("v1.1.0^", "1.0.0"),
        ("release/1.2", "1.2.0"),
        ("HEAD", "1.2.0"),
        ("HEAD^0", "1.2.0"),
        ("@~2", "1.0.0"),
        ("HEAD~1^1", "1.0.0"),
        (head.as_str(), "1.2.0"),
        (&head[..9], "1.2.0"),
        (&format!("{head}~"), "1.1.0"),
    ] {
        assert_eq!(flow(&pump.facts(Some(revision)).expect("facts")), version, "{revision}");
    }
    let baseline = pump.facts(Some("v1.1.0")).expect("facts").history.baseline.expect("a baseline");
    assert_eq!(baseline.on.to_string(), "2027-01-16", "in UTC");
    assert_eq!(baseline.package, (Some("pump".into()), Some("0.1.0".into())));
    assert_eq!(baseline.changes.len(), 1);
}

#[test]
fn what_names_no_revision_is_a_matter_of_usage() {
    let pump = Pump::new();
    for (revision, told) in [
        ("v1.0.1", "did you mean `v1.0.0`?"),
        ("", "empty"),
        ("--upload-pack=x", "option"),
        ("HEAD@{1}", "is wanted"),
        (":/first", "is wanted"),
        ("HEAD:Cargo.lock", "is wanted"),
        ("v1.0.0..v1.1.0", "is wanted"),
        ("v1.0.0^{tree}", "steps back"),
        ("v1.0.0~99999999999", "steps back"),
        ("v1.0.0~4000000000", "git tag"),
        ("HEAD^2", "git tag"),
        ("~1", "empty"),
        ("v1\n", "is wanted"),
        ("deadbeef", "git tag"),
        ("0123456789012345678901234567890123456789", "git log"),
    ] {
        match pump.facts(Some(revision)) {
            Err(error @ Error::Usage { .. }) => {
                let Error::Usage { message, help } = &error else { unreachable!() };
                assert!(help.contains(told) || message.contains(told), "{revision}: {message}: {help}");
                assert_eq!(error.exit_code(), 3);
            }
            other => panic!("{revision}: {:?}", other.map(|facts| facts.history)),
        }
    }
}

#[test]
fn a_release_named_in_the_policy_and_not_there_is_a_gap_with_a_place() {
    let pump = Pump::new();
    pump.write("health-sec.toml", "[releases]\nlast = \"v3.0.0\"\n");
    let facts = pump.facts(None).expect("facts");
    assert!(facts.history.baseline.is_none());
    let gap = facts.gaps.iter().find(|gap| gap.kind == Kind::History).expect("a gap");
    assert_eq!(gap.at.as_ref().expect("a place").line(), 2);
    pump.write("health-sec.toml", "[releases]\nlast = \"v1.0.0\"\n");
    assert_eq!(flow(&pump.facts(None).expect("facts")), "1.0.0");
    assert_eq!(flow(&pump.facts(Some("v1.1.0")).expect("facts")), "1.1.0", "who asks is heard first");
}

#[test]
fn a_pattern_that_fits_no_release_is_a_gap_where_there_are_releases() {
    let pump = Pump::new();
    for (tags, told) in [
        ("\"v*\"", 0),
        ("\"w*\"", 1),
        ("\"v2.*\"", 0),
        ("\"v*\", \"v3.0.0\"", 1),
        ("\"v*\", \"release-*\", \"w\"", 2),
    ] {
        pump.write("health-sec.toml", &format!("[releases]\ntags = [{tags}]\n"));
        let facts = pump.facts(None).expect("facts");
        let unfit = facts.gaps.iter().filter(|gap| gap.why.contains("no tag of the repository fits it"));
        assert_eq!(unfit.count(), told, "{tags}");
    }
    let repository = Repository::open(pump.root()).expect("the repository");
    for tag in ["v1.0.0", "v1.1.0"] {
        repository.tag_delete(tag).expect("a tag");
    }
    pump.write("health-sec.toml", "[releases]\ntags = [\"v*\"]\n");
    assert_eq!(pump.facts(None).expect("facts").gaps.len(), 0, "nothing is released yet");
}

#[test]
fn without_a_repository_only_who_asks_is_told() {
    for bare in [false, true] {
        let pump = Pump::new();
        fs::remove_dir_all(pump.root().join(".git")).expect("no repository");
        if bare {
            // A bare repository around the folder has no working copy: it says nothing of these files.
            Repository::init_bare(pump.folder.path()).expect("a bare repository");
        }
        let facts = pump.facts(None).expect("facts");
        assert!(facts.history.baseline.is_none() && facts.history.releases.is_none());
        assert!(!facts.gaps.iter().any(|gap| gap.kind == Kind::History), "{:?}", facts.gaps);
        assert!(matches!(pump.facts(Some("v1.0.0")), Err(Error::Usage { .. })));
    }
}

#[test]
fn a_revision_without_a_lock_file_tells_no_change_and_says_so() {
    let pump = Pump::new();
    let repository = Repository::open(pump.root()).expect("the repository");
    for (content, why) in [("", "no lock file"), ("version = 4\n[[package", "it is not TOML")] {
        let blob = repository.blob(content.as_bytes()).expect("a blob");
        let mut tree = repository.treebuilder(None).expect("a tree");
        if !content.is_empty() {
            tree.insert("Cargo.lock", blob, 0o100_644).expect("an entry");
        }
        let tree = repository.find_tree(tree.write().expect("a tree")).expect("the tree");
        let id = repository.commit(None, &person(0), &person(0), "x", &tree, &[]).expect("a commit");
        let facts = pump.facts(Some(&id.to_string())).expect("facts");
        let gap = facts.gaps.iter().find(|gap| gap.kind == Kind::History).expect("a gap");
        assert!(gap.why.contains(why), "{gap:?}");
    }
}

#[test]
fn a_manifest_or_a_policy_of_then_that_is_not_toml_is_not_taken_for_absent() {
    for (file, kind, why) in [
        ("Cargo.toml", Kind::History, "unclosed"),
        ("health-sec.toml", Kind::Decided, "unclosed"),
        ("copies/flow/Cargo.toml", Kind::History, "unclosed"),
    ] {
        let pump = Pump::new();
        if file.starts_with("copies") {
            pump.write(
                "Cargo.toml",
                &format!("{MANIFEST}[dependencies]\nflow = {{ path = \"copies/flow\" }}\n"),
            );
        }
        pump.write(file, "[package\n");
        pump.commit(1_800_300_000);
        pump.write("Cargo.toml", MANIFEST);
        pump.write("health-sec.toml", "");
        let facts = pump.facts(Some("HEAD")).expect("facts");
        let gap = facts.gaps.iter().find(|gap| gap.what == format!("{file} of HEAD"));
        let gap = gap.unwrap_or_else(|| panic!("{file}: {:?}", facts.gaps));
        assert_eq!(gap.kind, kind, "{file}");
        assert!(gap.why.contains(why), "{file}: {}", gap.why);
    }
    let facts = Pump::new().facts(Some("v1.0.0")).expect("facts");
    assert!(facts.gaps.iter().all(|gap| gap.kind == Kind::Earlier), "{:?}", facts.gaps);
}

#[test]
fn large_and_odd_objects_are_gaps() {
    let pump = Pump::new();
    let repository = Repository::open(pump.root()).expect("the repository");
    let odb = repository.odb().expect("objects");
    let large = repository.blob(&vec![b' '; 33 * 1024 * 1024]).expect("a blob");
    let link = repository.blob(b"/etc/passwd").expect("a blob");
    let tree = repository.head().and_then(|head| head.peel_to_tree()).expect("a tree").id();
    for (mode, id, why) in [
        ("100644", large, "bytes, too many to be read"),
        ("120000", link, "it is a link"),
        ("100644", Oid::from_str(&"ab".repeat(20)).expect("an id"), ""),
        ("160000", Oid::from_str(&"cd".repeat(20)).expect("an id"), "no lock file"),
        ("40000", tree, "no lock file"),
    ] {
        let mut raw = format!("{mode} Cargo.lock\0").into_bytes();
        raw.extend_from_slice(id.as_bytes());
        let tree = odb.write(git2::ObjectType::Tree, &raw).expect("a tree");
        let text = format!("tree {tree}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n");
        let id = odb.write(git2::ObjectType::Commit, text.as_bytes()).expect("a commit");
        let facts = pump.facts(Some(&id.to_string())).expect("facts");
        let gaps: Vec<_> = facts.gaps.iter().filter(|gap| gap.kind == Kind::History).collect();
        assert!(gaps.iter().any(|gap| gap.why.contains(why)), "{mode}: {gaps:?}");
        assert!(facts.history.baseline.expect("a baseline").changes.is_empty());
    }
}

#[test]
fn no_file_is_taken_out_to_another_folder() {
    let pump = Pump::new();
    let repository = Repository::open(pump.root()).expect("the repository");
    let odb = repository.odb().expect("objects");
    let blob = repository.blob(b"x").expect("a blob");
    for (mode, name) in [
        ("100644", ".."),
        ("100644", "."),
        ("100644", "../outside"),
        ("100644", "/outside"),
        ("100644", "a\\outside"),
        ("120000", "link"),
        ("160000", "module"),
    ] {
        let mut raw = format!("{mode} {name}\0").into_bytes();
        raw.extend_from_slice(blob.as_bytes());
        let inner = odb.write(git2::ObjectType::Tree, &raw).expect("a tree");
        let mut raw = b"40000 vendor\0".to_vec();
        raw.extend_from_slice(inner.as_bytes());
        let tree = odb.write(git2::ObjectType::Tree, &raw).expect("a tree");
        let text = format!("tree {tree}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n");
        let id = odb.write(git2::ObjectType::Commit, text.as_bytes()).expect("a commit");
        let past = pump.past();
        let state = past.resolve(&id.to_string()).ok().expect("a commit");
        let outer = tempfile::tempdir().expect("a folder");
        let to = outer.path().join("to");
        assert!(past.take_out(&state, Path::new("vendor"), &to).is_err(), "{name}");
        let written = fs::read_dir(&to).map(Iterator::count).unwrap_or_default();
        assert_eq!((written, fs::read_dir(outer.path()).expect("it").count()), (0, 1), "{name}");
    }
}

#[test]
fn tags_in_a_ring_and_tags_of_files_name_no_commit() {
    let pump = Pump::new();
    let repository = Repository::open(pump.root()).expect("the repository");
    let odb = repository.odb().expect("objects");
    let mut id = repository.blob(b"x").expect("a blob");
    let mut kind = "blob";
    for number in 0..12 {
        let text = format!("object {id}\ntype {kind}\ntag t{number}\ntagger a <a> 0 +0000\n\nx\n");
        id = odb.write(git2::ObjectType::Tag, text.as_bytes()).expect("a tag");
        kind = "tag";
        repository.reference(&format!("refs/tags/t{number}"), id, true, "x").expect("a reference");
        assert!(matches!(pump.past().resolve(&format!("t{number}")), Err(Unfound::Unreadable(_))));
    }
    repository.reference_symbolic("refs/heads/ring", "refs/heads/ring", true, "x").ok();
    assert!(pump.past().resolve("ring").is_err());
}

#[test]
fn folders_beside_the_workspace_are_components_and_members_are_not() {
    let path = |name: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\n\n");
    for (manifest, components) in [
        (
            "[package]\nname = \"pump\"\n[workspace]\nexclude = [\"forks\"]\n[patch.crates-io]\nflow = { path = \"forks/flow\" }\n",
            "flow",
        ),
        ("[package]\nname = \"pump\"\n[workspace]\n[dependencies]\nflow = { path = \"forks/flow\" }\n", ""),
        ("[package]\nname = \"pump\"\n[dependencies]\nflow = { path = \"forks/flow\" }\n", "flow"),
        ("[workspace]\nmembers = [\"*\"]\n", ""),
    ] {
        let pump = Pump::new();
        pump.write("Cargo.toml", manifest);
        pump.write("forks/flow/Cargo.toml", "[package]\nname = \"flow\"\nversion = \"0.1.0\"\n");
        pump.write("forks/flow/src/lib.rs", "");
        pump.write("Cargo.lock", &format!("version = 4\n{}{}", path("flow"), path("pump")));
        pump.commit(0);
        pump.write("Cargo.toml", MANIFEST);
        pump.write("Cargo.lock", &lock("1.0.0"));
        let facts = pump.facts(Some("HEAD")).expect("facts");
        let baseline = facts.history.baseline.expect("a baseline");
        let names: Vec<_> = baseline.components.iter().map(|earlier| earlier.name.as_str()).collect();
        assert_eq!(names.join(" "), components, "{manifest}");
    }
}
