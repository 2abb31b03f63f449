//! Standards as manufacturers write them, and the profiles that come with the tool.

use std::collections::BTreeSet;

use super::*;

const WHOLE: &str = r#"
id          = "SD-014"
title       = "Coding standard"
version     = "3"
date        = 2026-09-01
owner       = "t.lind"
approved_by = "h.okafor"
approved_on = 2026-09-10
next_review = 2027-09-01
builds_on   = ["anssi"]

[rule.LANG-ARITH]
level = "deny"

[rule.SW-1]
says  = "Doses are not compared as floats."
lints = ["clippy::float-cmp"]
level = "deny"
cwe   = [1077]

[[review]]
of     = ["LANG-DROP", "LANG-DROP-*"]
record = "docs/review.md"
by     = "a.person"
on     = 2026-10-01

[[exclude]]
of          = "FFI-*"
reason      = "there are no foreign functions"
approved_by = "h.okafor"
"#;

fn parse(text: &str) -> Result<Standard, Vec<Fault>> {
    Standard::parse(&Source::new("health-sec.standard.toml", text))
}

fn demand<'a>(standard: &'a Standard, id: &str) -> &'a Demand {
    standard.demands.iter().find(|demand| demand.id == id).expect("a demand")
}

#[test]
fn a_standard_builds_upon_a_profile_and_changes_it() {
    let standard = parse(WHOLE).expect("a standard");
    assert_eq!((standard.id.as_str(), standard.version.as_str()), ("SD-014", "3"));
    assert_eq!(standard.demands.len(), 62, "61 of the profile and one of its own");
    let arith = demand(&standard, "LANG-ARITH");
    assert_eq!((arith.level, arith.at.line()), (Required::Deny, 12));
    assert_eq!(arith.lints[0].value, "clippy::arithmetic_side_effects", "what is not named stays");
    assert_eq!(arith.lints[0].at.path(), "health-sec.standard.toml", "a profile is no file of the workspace");
    let own = demand(&standard, "SW-1");
    assert_eq!((own.profile, own.lints[0].value.as_str()), (None, "clippy::float_cmp"));
    assert!(standard.review(demand(&standard, "LANG-DROP-SEC")).is_some());
    assert!(standard.review(demand(&standard, "LANG-ERRWRAP")).is_none());
    assert!(standard.exclusion(demand(&standard, "FFI-CTYPE")).is_some());
    let required = standard.required_lints();
    assert_eq!(required["clippy::mem_forget"].0, Required::Deny, "the highest level counts");
    assert!(!required.contains_key("improper_ctypes"), "what is excluded asks for nothing");
    assert!(!required.contains_key("clippy::partialeq_ne_impl"), "nor does what is advised");
}

#[test]
fn what_does_not_fit_is_a_fault() {
    let head = "id = \"a\"\nversion = \"1\"\n";
    for (text, told) in [
        ("version = \"1\"", "has no `id`"),
        ("id = \"a\"", "has no `version`"),
        ("id = \"a\"\nversion = 3", "is a integer"),
        ("builds_on = [\"misra\"]", "can't be `misra`"),
        ("[rule.A]\nlints = [\"a\"]", "does not say what is demanded"),
        ("[rule.A]\nsays = \"a\"", "nothing enforces"),
        ("[rule.A]\nsays = \"a\"\nlints = [\"b\"]\nlevel = \"loud\"", "can't be `loud`"),
        ("[rule.A]\nsays = \"a\"\nlints = [\"b\"]\ncwe = [\"79\"]", "no list of CWE numbers"),
        ("[rule.A]\nsays = \"a\"\nlint = [\"b\"]", "has no key `lint`"),
        ("builds_on = [\"anssi\"]\n[rule.LANG-ARITH]\nlints = []", "nothing enforces"),
        ("[[review]]\nof = \"A\"\nrecord = \"a\"\nby = \"b\"\non = 2026-01-01", "has no rule `A`"),
        ("[[review]]\nof = []\nrecord = \"a\"\nby = \"b\"", "has no `on`"),
        ("[[exclude]]\nof = []", "has no `reason`"),
    ] {
        let text = if text.starts_with("id") || text.starts_with("version") {
            text.to_owned()
        } else {
            format!("{head}{text}")
        };
        let faults = parse(&text).expect_err(&text);
        assert!(faults.iter().any(|fault| fault.message.contains(told)), "{text}: {faults:?}");
    }
}

#[test]
fn every_prefix_is_read_or_refused() {
    for end in 0..=WHOLE.len() {
        let _ = parse(&WHOLE[..end]);
    }
}

#[test]
fn the_profiles_that_come_with_the_tool_are_whole() {
    let names: Vec<&str> = profiles().iter().map(|profile| profile.name).collect();
    assert_eq!(names, ["anssi", "lints"]);
    let anssi = &profiles()[0];
    assert_eq!(anssi.demands.len(), 61);
    assert_eq!(anssi.demands.iter().filter(|demand| demand.advisory).count(), 15, "recommendations");
    assert_eq!(anssi.version.len(), 40, "pinned by commit");
    let mut ids = BTreeSet::new();
    for demand in profiles().iter().flat_map(|profile| &profile.demands) {
        assert!(ids.insert(&demand.id), "{} is there twice", demand.id);
        assert!(demand.says.ends_with('.'), "{} is a sentence", demand.id);
    }
    let lints: Vec<&str> = profiles()[1]
        .demands
        .iter()
        .flat_map(|demand| &demand.lints)
        .map(|lint| lint.value.as_str())
        .collect();
    let distinct: BTreeSet<&&str> = lints.iter().collect();
    assert_eq!(lints.len(), distinct.len(), "a lint stands in one group");
    assert_eq!(Standard::shipped().demands.len(), ids.len());
}
