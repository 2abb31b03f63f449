//! The device with flaws: every rule on threat models speaks of it, but for those that its own page excuses.

#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_health_sec::report::Verdict;
use cargo_health_sec::rule::Tier;
use cargo_health_sec::{Request, inspect};

fn pump() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/infusion_pump")
}

/// The rules on threat models that find something in a release of a product, and those that find nothing.
fn judged(root: &Path, since: Option<&str>) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut request = Request::new(root, jiff::civil::date(2026, 11, 22));
    request.release = true;
    request.since = since.map(str::to_owned);
    let report = inspect(&request).expect("a report");
    let rules = report.outcomes.iter().filter(|outcome| outcome.rule.family == "threats");
    let (loud, silent): (Vec<_>, Vec<_>) = rules.partition(|outcome| outcome.verdict == Verdict::Unmet);
    let ids = |outcomes: Vec<&cargo_health_sec::report::Outcome>| {
        outcomes.into_iter().map(|outcome| outcome.rule.id.to_owned()).collect()
    };
    (ids(loud), ids(silent))
}

/// The rules that a table of the example's page excuses, each with a reason.
fn excused(head: &str) -> BTreeSet<String> {
    let page = std::fs::read_to_string(pump().join("README.md")).expect("the page");
    let (_, table) = page.split_once(&format!("\n| {head} | ")).expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert!(cells.len() == 2 && cells[1].len() > 20, "a rule and its reason: {row}");
        cells[0].trim_matches('`').to_owned()
    })
    .collect()
}

/// Whose work the pump is.
const OKAFOR: (&str, &str) = ("H. Okafor", "h.okafor@sweetwater.example");

/// Commits everything as the work of one person, by whom or what makes the commit.
fn commit(root: &Path, message: &str, seconds: i64, by: (&str, &str)) -> git2::Oid {
    let git = git2::Repository::init(root).expect("a repository");
    let mut index = git.index().expect("an index");
    index.add_all(["*"], git2::IndexAddOption::FORCE, None).expect("files can be added");
    index.write().expect("the index can be written");
    let tree = git.find_tree(index.write_tree().expect("a tree")).expect("the tree");
    let signature =
        |(name, email)| git2::Signature::new(name, email, &git2::Time::new(seconds, 0)).expect("a name");
    let (author, committer) = (signature(OKAFOR), signature(by));
    let parent = git.head().ok().map(|head| head.peel_to_commit().expect("a commit"));
    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
    git.commit(Some("HEAD"), &author, &committer, message, &tree, &parents).expect("a commit")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            if entry.file_name() != "target" {
                copy(&entry.path(), &target);
            }
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn every_rule_on_threat_models_speaks_of_it_or_is_excused() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&pump(), folder.path());
    // Without a history.
    let (_, silent) = judged(folder.path(), None);
    let (never, later) = (excused("silent here"), excused("with a history"));
    assert_eq!(silent, never.union(&later).cloned().collect());
    // With one: the acceptance ended earlier, and was prolonged by the one who signed it.
    let overlay = folder.path().join("docs/pump.overlay.toml");
    let now = std::fs::read_to_string(&overlay).expect("the overlay");
    let then = now.replace("until  = 2025-12-31", "until  = 2025-09-30");
    assert_ne!(now, then);
    std::fs::write(&overlay, then).expect("the overlay");
    let before = commit(folder.path(), "Release 2.3", 1_749_600_000, OKAFOR);
    std::fs::write(&overlay, now).expect("the overlay");
    commit(folder.path(), "Accept it for longer", 1_759_300_000, OKAFOR);
    let (loud, silent) = judged(folder.path(), Some(&before.to_string()));
    assert_eq!(silent, never);
    assert!(later.is_subset(&loud));
    // Who may try to defeat a mitigation is the manufacturer's to grade.
    let policy = folder.path().join("health-sec.toml");
    let undecided = std::fs::read_to_string(&policy).expect("the policy");
    for (level, tier) in
        [("anyone", Tier::Register), ("other-person", Tier::Warn), ("independent", Tier::Gate)]
    {
        let decided = format!("{undecided}\n[threats.independence]\nattacks = \"{level}\"\n");
        std::fs::write(&policy, decided).expect("the policy");
        let report =
            inspect(&Request::new(folder.path(), jiff::civil::date(2026, 11, 22))).expect("a report");
        let outcome = report.outcomes.iter().find(|outcome| outcome.rule.id == "attack_by_implementer");
        let outcome = outcome.expect("the rule");
        assert_eq!((outcome.tier, outcome.verdict), (tier, Verdict::Unmet), "{level}");
        assert_eq!(report.closes(outcome), tier == Tier::Gate, "{level}");
    }
}

/// A forge that makes one commit of several hides who wrote what: that is said, and nobody is taken for somebody else.
#[test]
fn what_a_forge_has_squashed_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("README.md"), "A pump.\n").expect("a file");
    commit(folder.path(), "Begin", 1_749_600_000, OKAFOR);
    copy(&pump(), folder.path());
    let verdicts = || {
        let mut request = Request::new(folder.path(), jiff::civil::date(2026, 11, 22));
        request.release = true;
        let report = inspect(&request).expect("a report");
        let verdict = |id: &str| {
            report.outcomes.iter().find(|outcome| outcome.rule.id == id).expect("the rule").verdict
        };
        let rules = ["attack_by_implementer", "reviewed_by_author", "acceptance_by_owner"];
        let gaps = report.facts.gaps.iter().filter(|gap| gap.kind == cargo_health_sec::facts::Kind::Authors);
        (rules.map(verdict), gaps.map(|gap| gap.what.clone()).collect::<Vec<_>>())
    };
    let forge = ("GitHub", "noreply@github.com");
    commit(folder.path(), "Everything so far (#12)\n\n* orders\n* console", 1_759_300_000, forge);
    let (rules, gaps) = verdicts();
    assert_eq!(rules, [Verdict::Undetermined; 3]);
    assert!(gaps.iter().any(|what| what == "who wrote mitigation `M-03`"), "{gaps:?}");
    assert!(gaps.iter().any(|what| what == "who wrote acceptance `AC-01`"), "{gaps:?}");
    assert!(gaps.iter().any(|what| what == "who wrote the model"), "{gaps:?}");
}
