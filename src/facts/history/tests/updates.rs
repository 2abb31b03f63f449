//! What was mended, by which commit and release; what commits change and say; tags that the policy names.

use super::super::*;
use super::repositories::{Pump, lock};
use crate::facts::Facts;
use crate::request::Request;

const ADVISORY: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2026-0900\"\npackage = \"flow\"\ndate = \"2027-01-10\"\n\n[versions]\npatched = [\">= 1.1.0\"]\n```\n\n# A fault\n\nOf some weight.\n";

fn facts(pump: &Pump, policy: &str) -> Facts {
    pump.write("health-sec.toml", policy);
    pump.write("../db/crates/flow/RUSTSEC-2026-0900.md", ADVISORY);
    let mut request = Request::new(pump.root(), jiff::civil::date(2027, 6, 1));
    request.resolve = false;
    request.advisory_dbs = vec![pump.root().join("../db")];
    Facts::gather(&request).expect("facts")
}

const PROMISED: &str = "[releases]\ntags = [\"v*\"]\n[updates.within]\nunknown = 30\n";

#[test]
fn a_vulnerability_is_followed_to_the_release_and_the_commit_that_mend_it() {
    let pump = Pump::new();
    let updates = facts(&pump, PROMISED).history.updates;
    let [update] = updates.as_slice() else { panic!("{updates:?}") };
    assert_eq!((update.component.as_str(), update.release.as_str()), ("flow@1.0.0", "v1.0.0"));
    let mended = update.mended.as_ref().expect("a release");
    assert_eq!((mended.release.as_str(), mended.on), ("v1.1.0", jiff::civil::date(2027, 1, 16)));
    assert_eq!(mended.commit.as_ref().expect("a commit").1, mended.on);
    assert!(facts(&pump, "[releases]\ntags = [\"v*\"]\n").history.updates.is_empty(), "nothing is promised");
}

#[test]
fn the_commit_that_mends_is_found_where_releases_lie_on_lines_of_their_own() {
    let pump = Pump::new();
    let repository = git2::Repository::open(pump.root()).expect("the repository");
    let first = repository.revparse_single("v1.0.0").and_then(|it| it.peel_to_commit()).expect("a commit");
    let author =
        git2::Signature::new("A. Person", "a.person@example.org", &git2::Time::new(1_800_020_000, 0));
    let author = author.expect("a name");
    let tree = first.tree().expect("a tree");
    let id = repository.commit(None, &author, &author, "Aside", &tree, &[&first]).expect("a commit");
    let aside = repository.find_object(id, None).expect("it");
    repository.tag_lightweight("v1.0.1", &aside, false).expect("a tag");
    let updates = facts(&pump, PROMISED).history.updates;
    let [update] = updates.as_slice() else { panic!("{updates:?}") };
    let mended = update.mended.as_ref().expect("a release");
    assert_eq!((update.release.as_str(), mended.release.as_str()), ("v1.0.1", "v1.1.0"));
    let main = repository.revparse_single("v1.1.0").expect("a commit").id().to_string();
    assert_eq!(mended.commit.as_ref().expect("a commit").0, main);
}

#[test]
fn what_no_release_mends_is_open_and_a_later_relapse_is_another_one() {
    let pump = Pump::new();
    let open = facts(&pump, &PROMISED.replace("v*", "v1.0*")).history.updates;
    assert!(matches!(open.as_slice(), [Update { mended: None, .. }]), "{open:?}");
    pump.write("Cargo.lock", &lock("1.0.0"));
    let id = pump.commit(1_800_900_000);
    let repository = git2::Repository::open(pump.root()).expect("the repository");
    let commit = repository.find_object(id, None).expect("the commit");
    repository.tag_lightweight("v1.3.0", &commit, false).expect("a tag");
    let updates = facts(&pump, PROMISED).history.updates;
    let told: Vec<_> =
        updates.iter().map(|update| (update.release.as_str(), update.mended.is_some())).collect();
    assert_eq!(told, [("v1.0.0", true), ("v1.3.0", false)]);
}

#[test]
fn each_affected_version_in_a_release_is_told() {
    let pump = Pump::new();
    let second = lock("0.9.0").split_once("\n\n").expect("packages").1.to_owned();
    let second = second.split("\n\n").find(|package| package.contains("\"0.9.0\"")).expect("it").to_owned();
    pump.write("Cargo.lock", &format!("{}\n{second}\n", lock("1.0.0")));
    let id = pump.commit(1_800_900_000);
    let repository = git2::Repository::open(pump.root()).expect("the repository");
    let commit = repository.find_object(id, None).expect("the commit");
    repository.tag_lightweight("v1.3.0", &commit, false).expect("a tag");
    let updates = facts(&pump, PROMISED).history.updates;
    let open = updates.iter().filter(|update| update.mended.is_none());
    let told: Vec<_> = open.map(|update| (update.release.as_str(), update.component.as_str())).collect();
    assert_eq!(told, [("v1.3.0", "flow@0.9.0"), ("v1.3.0", "flow@1.0.0")]);
}

#[test]
fn the_list_kept_with_a_release_tells_what_shipped() {
    let pump = Pump::new();
    let policy = PROMISED.replace("tags", "sboms = \"lists/{tag}.json\"\ntags");
    for (list, shipped) in [
        ("{\"bomFormat\":\"CycloneDX\",\"components\":[]}", Some(false)),
        (
            "{\"bomFormat\":\"CycloneDX\",\"components\":[{\"name\":\"flow\",\"version\":\"1.0.0\",\"purl\":\"pkg:cargo/flow@1.0.0\"}]}",
            Some(true),
        ),
        ("{}", None),
    ] {
        pump.write("lists/v1.0.0.json", list);
        let releases = facts(&pump, &policy).history.releases.expect("releases");
        let first = releases.last().expect("a release");
        assert_eq!((first.tag.as_str(), first.lists("flow@1.0.0")), ("v1.0.0", shipped), "{list}");
    }
}

#[test]
fn commits_since_the_release_tell_what_they_change_and_say() {
    let pump = Pump::new();
    pump.write("src/lib.rs", "pub fn f() {}");
    pump.commit_saying(1_800_400_000, "Only code");
    pump.write("Cargo.lock", &lock("1.0.0"));
    pump.write("health-sec.toml", "");
    pump.commit_saying(1_800_500_000, "Back\n\nFor a while.\n\nChange-Id: CR-17\nSecurity-Fix:  SW-1 \n");
    let policy = "[releases]\nlast = \"v1.1.0\"\n[changes]\nword = \"CR-*\"\n";
    let commits = facts(&pump, policy).history.commits.expect("commits");
    let changed: Vec<Vec<&str>> =
        commits.iter().map(|commit| commit.changed.iter().map(String::as_str).collect()).collect();
    assert_eq!(changed, [vec!["Cargo.lock", "health-sec.toml"], vec![], vec!["Cargo.lock"]]);
    let trailers: Vec<_> =
        commits[0].trailers.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(trailers, [("Change-Id", "CR-17"), ("Security-Fix", "SW-1")]);
    assert!(facts(&pump, "[releases]\nlast = \"v1.1.0\"\n").history.commits.is_none(), "nobody asks");
}

#[test]
fn a_merge_changes_only_what_none_of_its_parents_has() {
    let pump = Pump::new();
    let repository = git2::Repository::open(pump.root()).expect("the repository");
    let main = repository.head().expect("it").peel_to_commit().expect("a commit");
    pump.write("Cargo.lock", &lock("1.0.0"));
    let side = repository.find_commit(pump.commit(1_800_400_000)).expect("it");
    let author =
        git2::Signature::new("A. Person", "a.person@example.org", &git2::Time::new(1_800_500_000, 0));
    let author = author.expect("a name");
    for (tree, changed) in
        [(side.tree(), 0), (repository.revparse_single("v1.1.0").and_then(|it| it.peel_to_tree()), 1)]
    {
        let tree = tree.expect("a tree");
        let id = repository.commit(None, &author, &author, "Merge", &tree, &[&main, &side]).expect("a merge");
        let merge = repository.find_object(id, None).expect("it");
        repository.reset(&merge, git2::ResetType::Hard, None).expect("the merge");
        let policy = "[releases]\nlast = \"release/1.2\"\n[changes]\nword = \"CR-*\"\n";
        let commits = facts(&pump, policy).history.commits.expect("commits");
        assert_eq!(commits[0].changed.len(), changed, "{commits:?}");
    }
}

#[test]
fn tags_that_are_named_one_by_one_are_looked_up() {
    let pump = Pump::new();
    let pin = |tag: &str| format!("[releases.pinned]\n\"{tag}\" = \"{}\"\n", "0".repeat(40));
    let tags = facts(&pump, &pin("v1.0.0")).history.tags.expect("tags");
    assert_eq!(tags["v1.0.0"].on, jiff::civil::date(2027, 1, 15));
    assert!(facts(&pump, &pin("v9.0.0")).history.tags.expect("tags").is_empty());
    std::fs::write(pump.root().join(".git/shallow"), format!("{}\n", tags["v1.0.0"].commit)).expect("a file");
    let facts = facts(&pump, &pin("v9.0.0"));
    assert!(facts.history.tags.is_none());
    assert!(facts.gaps.iter().any(|gap| gap.why.contains("shallow one without v9.0.0")), "{:?}", facts.gaps);
}
