use std::path::Path;

use super::{How, Vetted};
use crate::facts::{Facts, Kind};
use crate::request::{Request, Scope};

const AUDITS: &str = r#"
[criteria.crypto]
description = "read by somebody who knows"
implies = ["safe-to-deploy"]

[[audits.full]]
who = "A. Reader <a@example.org>"
criteria = "crypto"
version = "1.0.0"

[[audits.delta]]
who = "A. Reader"
criteria = "safe-to-deploy"
version = "0.9.0"

[[audits.delta]]
who = ["B. Reader"]
criteria = ["safe-to-deploy"]
delta = "0.9.0 -> 0.9.5"

[[audits.delta]]
who = "B. Reader"
criteria = "safe-to-deploy"
delta = "0.9.5->1.0.0"

[[audits.weak]]
who = "A. Reader"
criteria = "safe-to-run"
version = "1.0.0"

[[audits.broken]]
who = "A. Reader"
criteria = "safe-to-deploy"
version = "1.0.0"

[[audits.broken]]
who = "B. Reader"
criteria = "safe-to-run"
violation = "<2"

[[audits.after_exempt]]
who = "A. Reader"
criteria = "safe-to-deploy"
delta = "0.1.0 -> 1.0.0"

[[trusted.published]]
criteria = "safe-to-deploy"
user-id = 7
start = "2024-01-01"
end = "2026-12-24"

[[trusted.late]]
criteria = "safe-to-deploy"
user-id = 7
start = "2024-01-01"
end = "2025-06-01"

[[wildcard-audits.robot]]
who = "A. Reader"
criteria = "safe-to-deploy"
trusted-publisher = "github:example/robot"
start = "2024-01-01"
end = "2027-01-01"
"#;

const CONFIG: &str = r#"
[cargo-vet]
version = "0.10"

[imports.peer]
url = "https://example.org/audits.toml"
exclude = ["excluded"]

[policy.ours]
audit-as-crates-io = false

[[exemptions.exempt]]
version = "1.0.0"
criteria = "safe-to-deploy"
notes = "read it before the next release"

[[exemptions.after_exempt]]
version = "0.1.0"
criteria = "safe-to-deploy"
"#;

const IMPORTS: &str = r#"
[[publisher.published]]
version = "1.0.0"
when = "2025-06-01"
user-id = 7
user-login = "seven"

[[publisher.late]]
version = "1.0.0"
when = "2025-06-01"
user-id = 7
user-login = "seven"

[[publisher.robot]]
version = "1.0.0"
when = "2025-06-01"
trusted-publisher = "github:example/robot"

[[audits.peer.audits.imported]]
who = "P. Peer"
criteria = "safe-to-deploy"
version = "1.0.0"

[[audits.peer.audits.excluded]]
who = "P. Peer"
criteria = "safe-to-deploy"
version = "1.0.0"
"#;

const NAMES: &[&str] = &[
    "after_exempt",
    "broken",
    "delta",
    "excluded",
    "exempt",
    "full",
    "imported",
    "late",
    "ours",
    "published",
    "robot",
    "unknown",
    "weak",
];

fn facts(root: &Path, files: &[(&str, &str)]) -> Facts {
    let entries = NAMES.iter().map(|name| {
        format!(
            "\n[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
        )
    });
    let lock = format!("version = 4\n{}", entries.collect::<String>());
    let manifest = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\n";
    std::fs::create_dir_all(root.join("supply-chain")).expect("a folder");
    for (path, text) in [("Cargo.toml", manifest), ("Cargo.lock", lock.as_str())].iter().chain(files) {
        std::fs::write(root.join(path), text).expect("a file");
    }
    let mut request = Request::new(root, jiff::civil::date(2026, 11, 1));
    (request.resolve, request.scope) = (false, Scope::Components);
    Facts::gather(&request).expect("facts")
}

fn store<'a>(audits: &'a str, config: &'a str, imports: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("supply-chain/audits.toml", audits),
        ("supply-chain/config.toml", config),
        ("supply-chain/imports.lock", imports),
    ]
}

fn of<'a>(facts: &'a Facts, name: &str) -> Option<&'a Vetted> {
    let index =
        facts.components.all.iter().position(|component| component.name == name).expect("a component");
    facts.vetting.of.get(&index)
}

#[test]
fn every_way_of_vetting_is_told() {
    let root = tempfile::tempdir().expect("a folder");
    let facts = facts(root.path(), &store(AUDITS, CONFIG, IMPORTS));
    assert!(!facts.gaps.iter().any(|gap| gap.kind == Kind::Vetting), "{:?}", facts.gaps);
    let day = |year, month, day| Some(jiff::civil::date(year, month, day));
    let versions = |list: &[&str]| list.iter().map(|&version| version.to_owned()).collect();
    for (name, how) in [
        ("full", How::Full),
        ("imported", How::Full),
        ("delta", How::Delta { chain: versions(&["0.9.0", "0.9.5", "1.0.0"]) }),
        ("published", How::Publisher { until: day(2026, 12, 23) }),
        ("robot", How::Publisher { until: day(2026, 12, 31) }),
        ("late", How::Unvetted),
        ("exempt", How::Exempt { of: None, since: None, noted: true }),
        ("after_exempt", How::Exempt { of: Some("0.1.0".to_owned()), since: None, noted: false }),
        ("broken", How::Violation),
        ("weak", How::Unvetted),
        ("excluded", How::Unvetted),
        ("unknown", How::Unvetted),
    ] {
        assert_eq!(of(&facts, name).expect("vetted").how, how, "{name}");
    }
    assert!(of(&facts, "ours").is_none(), "the store takes it for our own");
    assert_eq!(of(&facts, "full").expect("vetted").criteria, ["crypto"]);
    assert_eq!(of(&facts, "weak").expect("vetted").criteria, ["safe-to-run"]);
    assert_eq!(of(&facts, "imported").expect("vetted").by, ["P. Peer through peer"]);
    assert_eq!(of(&facts, "delta").expect("vetted").by, ["A. Reader", "B. Reader"]);
    assert_eq!(of(&facts, "delta").expect("vetted").at.line(), 21);
    let trusts: Vec<&str> = facts.vetting.trusts.iter().map(|trust| trust.component.as_str()).collect();
    assert_eq!(trusts, ["published", "late", "robot"]);
}

#[test]
fn without_a_store_nothing_is_said() {
    let root = tempfile::tempdir().expect("a folder");
    let facts = facts(root.path(), &[]);
    assert_eq!(facts.vetting.store, None);
    assert!(facts.vetting.of.is_empty() && !facts.gaps.iter().any(|gap| gap.kind == Kind::Vetting));
}

#[test]
fn a_named_folder_without_records_is_a_gap() {
    let root = tempfile::tempdir().expect("a folder");
    let manifest = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\n[package.metadata.vet]\nstore = { path = \"vet\" }\n";
    let facts = facts(root.path(), &[("Cargo.toml", manifest)]);
    assert!(facts.gaps.iter().any(|gap| gap.kind == Kind::Vetting && gap.what == "vet/config.toml"));
}

#[test]
fn entries_that_make_no_sense_are_a_gap() {
    let root = tempfile::tempdir().expect("a folder");
    for broken in [
        "[[audits.full]]\ncriteria = \"safe-to-deploy\"\n",
        "[[audits.full]]\ncriteria = \"safe-to-deploy\"\nversion = \"one\"\n",
        "[[audits.full]]\ncriteria = \"safe-to-deploy\"\ndelta = \"1.0.0\"\n",
        "[[audits.full]]\ncriteria = \"safe-to-deploy\"\nviolation = \"?\"\n",
        "[audits.full]\ncriteria = \"safe-to-deploy\"\nviolation = \"*\"\n",
        "[[trusted.full]]\ncriteria = \"safe-to-deploy\"\nuser-id = 1\nstart = \"soon\"\nend = \"2027-01-01\"\n",
        "not TOML",
    ] {
        let facts = facts(root.path(), &store(broken, CONFIG, IMPORTS));
        let gaps = facts.gaps.iter().filter(|gap| gap.kind == Kind::Vetting).count();
        assert_eq!(gaps, 1, "{broken}");
        assert_eq!(of(&facts, "full").expect("vetted").how, How::Unvetted, "{broken}");
    }
}

/// A record cut short must not turn into a better verdict than the whole one.
#[test]
fn no_prefix_of_a_store_vets_more_than_the_whole() {
    let root = tempfile::tempdir().expect("a folder");
    let whole = facts(root.path(), &store(AUDITS, CONFIG, IMPORTS));
    let vetted = |facts: &Facts, name| {
        of(facts, name).is_some_and(|vetted| !matches!(vetted.how, How::Unvetted | How::Violation))
    };
    for end in (0..AUDITS.len()).step_by(31) {
        let cut = facts(root.path(), &store(&AUDITS[..end], CONFIG, IMPORTS));
        let gap = cut.gaps.iter().any(|gap| gap.kind == Kind::Vetting);
        for name in NAMES {
            // Where a violation is cut off at a border of entries, nothing tells that it was there.
            let told = gap || *name == "broken";
            assert!(told || !vetted(&cut, name) || vetted(&whole, name), "{name} at {end}");
        }
    }
}

#[test]
fn exemptions_are_as_old_as_git_says() {
    let root = tempfile::tempdir().expect("a folder");
    let repository = git2::Repository::init(root.path()).expect("a repository");
    let without = CONFIG.split("[[exemptions.after_exempt]]").next().expect("a text");
    for (day, config) in [(0, CONFIG), (10, without), (20, CONFIG), (30, CONFIG), (40, without), (50, CONFIG)]
    {
        let noted = config.replace("before", &format!("{day} days before"));
        facts(root.path(), &store(AUDITS, &noted, IMPORTS));
        let mut index = repository.index().expect("an index");
        index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).expect("files");
        let tree = repository.find_tree(index.write_tree().expect("a tree")).expect("the tree");
        let time = git2::Time::new(1_767_225_600 + day * 86_400, 0);
        let author = git2::Signature::new("A. Person", "a@example.org", &time).expect("a name");
        let parent = repository.head().ok().and_then(|head| head.peel_to_commit().ok());
        let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
        repository.commit(Some("HEAD"), &author, &author, "x", &tree, &parents).expect("a commit");
    }
    let facts = facts(root.path(), &store(AUDITS, CONFIG, IMPORTS));
    let since = |name| match &of(&facts, name).expect("vetted").how {
        How::Exempt { since, .. } => *since,
        other => panic!("{name} is {other:?}"),
    };
    assert_eq!(since("exempt"), Some(jiff::civil::date(2026, 1, 1)));
    assert_eq!(since("after_exempt"), Some(jiff::civil::date(2026, 2, 20)), "the break counts");
}

#[test]
fn exemptions_that_git_can_not_date_leave_a_gap() {
    let root = tempfile::tempdir().expect("a folder");
    let undated = |root: &Path| {
        let gaps = facts(root, &store(AUDITS, CONFIG, IMPORTS)).gaps;
        gaps.iter().any(|gap| gap.what.contains("since when the exemptions"))
    };
    assert!(!undated(root.path()), "outside of a repository nothing is asked");
    git2::Repository::init(root.path()).expect("a repository");
    std::fs::write(root.path().join(".git/HEAD"), "\0 nonsense").expect("a file");
    std::fs::write(root.path().join(".git/config"), "[nonsense").expect("a file");
    assert!(undated(root.path()));
}
