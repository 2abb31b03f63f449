//! The set of rules, not only its members: every page has a rule and every rule a page, names and
//! clauses fit together, pages have one shape, and the index is what the pages say.
//!
//! The examples of each page run in the tests of `src/checks`, one test a page.

#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use cargo_health_sec::checks::catalogue;
use cargo_health_sec::rule::{ClauseNumber, Rule, clauses};

fn rules() -> impl Iterator<Item = &'static Rule> {
    catalogue().iter().map(|(rule, _)| rule)
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")
}

/// A number without the letter of its item: clauses are listed whole.
fn whole(number: &ClauseNumber) -> ClauseNumber {
    let text = number.to_string();
    text.split(' ').next().unwrap_or_default().parse().expect("a clause number")
}

#[test]
fn every_page_is_registered() {
    let registered: BTreeSet<String> =
        rules().map(|rule| format!("{}/{}.md", rule.family, rule.id)).collect();
    let mut pages = BTreeSet::new();
    for family in std::fs::read_dir(folder()).expect("the folder of rules") {
        let family = family.expect("an entry");
        if !family.file_type().expect("a type").is_dir() {
            continue;
        }
        for page in std::fs::read_dir(family.path()).expect("a family") {
            let page = page.expect("an entry").file_name();
            pages.insert(format!("{}/{}", family.file_name().display(), page.display()));
        }
    }
    assert_eq!(registered, pages, "left: registered in src/checks, right: files in rules");
}

#[test]
fn names_are_unique_and_name_the_fault() {
    let mut seen = BTreeSet::new();
    for rule in rules() {
        let id = rule.id;
        assert!(seen.insert(id), "two rules are called `{id}`");
        let is_snake = id.split('_').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        });
        assert!(is_snake && id.starts_with(|c: char| c.is_ascii_lowercase()), "`{id}` is not snake_case");
        // `no_model` reads well until it is waived: "waive no model".
        assert!(!id.starts_with("no_") && !id.starts_with("missing_"), "`{id}` does not name the fault");
    }
}

#[test]
fn titles_are_sentences() {
    let mut seen = BTreeMap::new();
    for rule in rules() {
        let (id, title) = (rule.id, rule.title);
        if let Some(other) = seen.insert(title, id) {
            panic!("{id} and {other} have the same title");
        }
        assert!(title.starts_with(|c: char| c.is_uppercase() || c == '`'), "{id}: the title starts small");
        assert!(!title.ends_with(['.', '!', '?', ':']), "{id}: the title ends like a sentence");
        let capitalised = title.split_whitespace().skip(1).filter(|word| {
            let mut letters = word.chars();
            letters.next().is_some_and(char::is_uppercase) && letters.any(char::is_lowercase)
        });
        let capitalised: Vec<_> = capitalised.filter(|word| !NAMES.contains(word)).collect();
        assert!(capitalised.is_empty(), "{id}: {capitalised:?} in the title; a name belongs into NAMES");
    }
}

/// Proper names that titles use.
const NAMES: &[&str] = &["Cargo", "Clippy", "Rust", "RustSec"];

#[test]
fn what_a_page_says_is_plausible() {
    for rule in rules() {
        let id = rule.id;
        let unique = |list: &[String]| list.iter().collect::<BTreeSet<_>>().len() == list.len();
        assert!(
            unique(&rule.clauses.iter().map(ClauseNumber::to_string).collect::<Vec<_>>()),
            "{id}: clauses"
        );
        assert!(unique(&rule.cwe.iter().map(u32::to_string).collect::<Vec<_>>()), "{id}: cwe");
        assert!(rule.since.split('.').count() == 3, "{id}: since");
        assert!(rule.since.as_str() <= env!("CARGO_PKG_VERSION"), "{id}: comes from the future");
        if let Some(command) = &rule.decided_by {
            assert!(command.starts_with("cargo health-sec "), "{id}: `{command}` starts no decision");
        }
    }
}

#[test]
fn pages_have_one_shape() {
    for rule in rules() {
        let order: Vec<&str> = headings(rule.page).into_iter().map(|(_, heading)| heading).collect();
        let rank = |heading: &str| match heading.split(':').next() {
            Some("Remedy") => 1,
            Some("Bad") => 2,
            Some("Good") => 3,
            _ => 0,
        };
        let ranks: Vec<usize> = order.iter().map(|heading| rank(heading)).collect();
        assert!(ranks.is_sorted() && ranks.first() == Some(&1), "{}: {order:?}", rule.id);
        let mut names = BTreeSet::new();
        let twice =
            order.iter().filter(|heading| heading.contains(':')).find(|heading| !names.insert(**heading));
        assert!(twice.is_none(), "{}: two examples are called {twice:?}", rule.id);
        let untidy = rule.page.lines().find(|line| line.trim_end() != *line);
        assert!(untidy.is_none(), "{}: space at the end of {untidy:?}", rule.id);
        assert!(!rule.rationale.contains("compliant"), "{}: this tool never says compliant", rule.id);
    }
}

/// Second-level headings outside of code, with their lines.
fn headings(page: &str) -> Vec<(usize, &str)> {
    let mut in_code = false;
    let mut found = Vec::new();
    for (number, line) in page.lines().enumerate() {
        in_code ^= line.starts_with("```");
        if let Some(heading) = line.strip_prefix("## ").filter(|_| !in_code) {
            found.push((number + 1, heading));
        }
    }
    found
}

#[test]
fn no_example_writes_a_file_twice() {
    for rule in rules() {
        for example in rule.bad.iter().chain(&rule.good) {
            let mut seen = BTreeSet::new();
            for (path, _) in example.files() {
                assert!(
                    seen.insert(path.clone()),
                    "rules/{}/{}.md:{}: two blocks are `{path}`",
                    rule.family,
                    rule.id,
                    example.line
                );
            }
        }
    }
}

#[test]
fn marks_are_only_in_bad_examples() {
    for rule in rules() {
        for (what, examples, wanted) in [("Bad", &rule.bad, true), ("Good", &rule.good, false)] {
            for example in examples {
                let marked =
                    example.files().iter().any(|(_, text)| text.contains("//~") || text.contains("#~"));
                assert_eq!(marked, wanted, "rules/{}/{}.md:{} ({what})", rule.family, rule.id, example.line);
            }
        }
    }
}

#[test]
fn every_clause_of_a_rule_is_known() {
    let known: BTreeSet<String> = clauses().iter().map(|clause| clause.number.to_string()).collect();
    let mut unknown = BTreeMap::new();
    for rule in rules() {
        for clause in rule.clauses.iter().map(|clause| whole(clause).to_string()) {
            if !known.contains(&clause) {
                unknown.entry(clause).or_insert_with(Vec::new).push(rule.id);
            }
        }
    }
    assert!(unknown.is_empty(), "not in rules/clauses.toml: {unknown:?}");
}

#[test]
fn every_clause_is_used_or_says_why_not() {
    let used: BTreeSet<ClauseNumber> = rules().flat_map(|rule| rule.clauses.iter().map(whole)).collect();
    for clause in clauses() {
        let explained = UNUSED.iter().any(|word| clause.shows.starts_with(word));
        assert!(
            used.contains(&clause.number) || explained,
            "no rule serves {}; its `shows` starts with one of {UNUSED:?} and says why",
            clause.number
        );
    }
}

/// How `shows` of a clause begins that no rule serves.
const UNUSED: &[&str] = &["Nothing", "A record"];

/// Writes the index anew with `SNAPSHOTS=overwrite`.
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn the_index_is_what_the_pages_say() {
    let (file, index) = (folder().join("README.md"), index());
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        std::fs::write(&file, &index).expect("the index can be written");
    }
    match std::fs::read_to_string(&file) {
        Ok(written) => assert!(
            written.replace("\r\n", "\n") == index,
            "rules/README.md is stale: run `SNAPSHOTS=overwrite cargo test --test catalogue`"
        ),
        Err(error) => eprintln!("skipped: there is no rules/README.md yet: {error}"),
    }
}

/// All rules by clause, then all rules by family.
fn index() -> String {
    let mut text = String::from(
        "# Rules\n\nWritten by `SNAPSHOTS=overwrite cargo test --test catalogue` from the pages in this folder and\n\
         [`clauses.toml`](clauses.toml). A rule shows a contradiction; that none is found does not fulfil a clause.\n\
         `cargo health-sec explain <rule>` prints a page.\n\n## By clause of IEC 81001-5-1\n\n\
         | Clause | Rules |\n|---|---|\n",
    );
    for clause in clauses() {
        let serving: Vec<String> = rules()
            .filter(|rule| rule.clauses.iter().any(|number| whole(number) == clause.number))
            .map(link)
            .collect();
        let serving = if serving.is_empty() { clause.shows.replace('|', "\\|") } else { serving.join(", ") };
        let _ = writeln!(text, "| {} {} | {serving} |", clause.number, clause.title);
    }
    let mut family = "";
    for rule in rules() {
        if rule.family != family {
            family = rule.family;
            let _ = write!(
                text,
                "\n## {family}\n\n| Rule | What it finds | Severity | Tier | CWE |\n|---|---|---|---|---|\n"
            );
        }
        let cwe: Vec<String> = rule.cwe.iter().map(u32::to_string).collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            link(rule),
            rule.title,
            rule.severity,
            rule.tier,
            cwe.join(", ")
        );
    }
    text
}

fn link(rule: &Rule) -> String {
    format!("[`{id}`]({family}/{id}.md)", id = rule.id, family = rule.family)
}
