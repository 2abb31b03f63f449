//! Tests of what members decide.

use super::super::Class;
use super::*;
use crate::document;
use crate::source::Source;

const WORKSPACE: &str = r#"
[classes]
default = "supported"
[components]
capabilities  = ["env", "net"]
licences      = ["MIT", "Apache-2.0"]
cooldown_days = 14
[component.tls]
capabilities = ["net", "ffi"]
unsafe_limit = 5
"#;

fn workspace() -> Policy {
    Policy::parse(&Source::new("health-sec.toml", WORKSPACE)).expect("a policy")
}

fn member(text: &str) -> MemberPolicy {
    let value = document::parse(&Source::new("pump/Cargo.toml", text)).expect("TOML");
    MemberPolicy::read("pump", &value).expect("a policy of a member")
}

/// The workspace's policy with what a member asks of `tls` 1.2.0, `tls` 2.0.0-rc.1 and `log` 0.4.28.
fn tightened(text: &str) -> Policy {
    let mut policy = workspace();
    let versions = ["1.2.0", "2.0.0-rc.1", "0.4.28"].map(|version| version.parse().expect("a version"));
    let names = ["tls", "tls", "log"];
    let reached: Vec<Reach<'_>> =
        names.iter().zip(&versions).map(|(name, version)| Reach { name, version }).collect();
    policy.tighten(&member(text), &reached);
    policy
}

fn words(list: &[Placed<String>]) -> Vec<&str> {
    list.iter().map(|word| word.value.as_str()).collect()
}

fn loosened(policy: &Policy) -> Vec<&str> {
    policy.loosened.iter().map(|loosened| loosened.what.as_str()).collect()
}

/// What a component may do: its own budget and that of all, cut down by the members.
fn capabilities<'a>(policy: &'a Policy, name: &str) -> Vec<&'a str> {
    let entry = policy.component(name);
    let own = entry.and_then(|entry| entry.capabilities.as_ref());
    let lists = policy.supply.capabilities.iter().chain(own);
    let cut = entry.and_then(|entry| entry.at_most.as_ref()).map(|list| words(&list.value));
    let all: BTreeSet<&str> = lists.flat_map(|list| words(&list.value)).collect();
    all.into_iter().filter(|word| cut.as_ref().is_none_or(|cut| cut.contains(word))).collect()
}

#[test]
fn capabilities_are_cut_down_to_what_both_allow() {
    let policy = tightened("[components]\ncapabilities = [\"net\", \"ffi\", \"dlopen\"]");
    assert_eq!(capabilities(&policy, "tls"), ["ffi", "net"]);
    assert_eq!(capabilities(&policy, "log"), ["net"]);
    assert_eq!(capabilities(&policy, "time"), ["env", "net"], "the member does not reach it");
    assert_eq!(policy.component("log").expect("an entry").name.at.path(), "pump/Cargo.toml");
    assert_eq!(loosened(&policy), ["allows `dlopen`, which the workspace does not"]);
    let policy = tightened("[component.tls]\ncapabilities = []\n[component.time]\ncapabilities = []");
    assert!(capabilities(&policy, "tls").is_empty());
    assert_eq!(capabilities(&policy, "time"), ["env", "net"]);
    assert_eq!(capabilities(&policy, "log"), ["env", "net"]);
}

#[test]
fn of_two_limits_the_stricter_holds() {
    let policy = tightened("[components]\ncooldown_days = 30\n[component.tls]\nunsafe_limit = 1");
    let days = |name: &str| policy.cooldown_of(name).expect("days").value;
    assert_eq!((days("tls"), days("log"), days("time")), (30, 30, 14));
    assert_eq!(
        policy.component("tls").and_then(|entry| entry.unsafe_limit.clone()).expect("a limit").value,
        1
    );
    assert!(loosened(&policy).is_empty());
    let policy = tightened("[components]\ncooldown_days = 13\n[component.tls]\nunsafe_limit = 6");
    assert_eq!(policy.cooldown_of("tls").expect("days").value, 14);
    assert_eq!(
        policy.component("tls").and_then(|entry| entry.unsafe_limit.clone()).expect("a limit").value,
        5
    );
    assert_eq!(
        loosened(&policy),
        [
            "waits for 13 days, and the workspace for 14",
            "allows 6 places with unsafe code in `tls`, and the workspace 5"
        ]
    );
}

#[test]
fn licences_are_those_that_all_allow() {
    let mut policy = tightened("[components]\nlicences = [\"MIT\", \"ISC\"]");
    assert_eq!(words(policy.licences_of("tls").expect("a list")), ["MIT"]);
    assert_eq!(words(policy.licences_of("time").expect("a list")), ["MIT", "Apache-2.0"]);
    assert_eq!(loosened(&policy), ["allows the licence ISC, which the workspace does not"]);
    let version = "1.2.0".parse().expect("a version");
    policy.tighten(
        &member("[components]\nlicences = [\"Apache-2.0\"]"),
        &[Reach { name: "tls", version: &version }],
    );
    assert!(policy.licences_of("tls").expect("a list").is_empty(), "no licence is allowed by both members");
}

#[test]
fn a_class_can_only_take_on_more() {
    let class = |text: &str| {
        let policy = tightened(&format!("[component.tls]\nclass = {text:?}"));
        (policy.class_of("tls").expect("a class").value, policy.loosened.len())
    };
    assert_eq!(class("maintained"), (Class::Maintained, 0));
    assert_eq!(class("supported"), (Class::Supported, 0));
    assert_eq!(class("required"), (Class::Supported, 1));
}

#[test]
fn what_is_denied_is_denied_in_the_versions_that_the_member_reaches() {
    let denied = |entry: &str| -> Vec<String> {
        let text = format!("[[components.deny]]\ncomponent = {entry:?}\nreason = \"r\"");
        let policy = tightened(&text);
        policy.supply.deny.iter().map(|entry| entry.component.value.clone()).collect()
    };
    assert_eq!(denied("tls"), ["tls@=1.2.0", "tls@=2.0.0-rc.1"]);
    assert_eq!(denied("tls@<2"), ["tls@=1.2.0"]);
    assert_eq!(denied("tls@>=2"), ["tls@=2.0.0-rc.1"], "a pre-release counts as its release");
    assert!(denied("time").is_empty());
}

#[test]
fn a_member_never_loosens_whatever_it_writes() {
    let lists = ["[]", "[\"net\"]", "[\"net\", \"ffi\", \"process\"]", "[\"MIT\"]"];
    for list in lists {
        for number in ["0", "5", "14", "100000"] {
            for class in ["maintained", "supported", "required"] {
                let policy = tightened(&format!(
                    "[components]\ncapabilities = {list}\nlicences = {list}\ncooldown_days = {number}\n\
                     [component.tls]\nclass = \"{class}\"\nunsafe_limit = {number}\ncapabilities = {list}\n"
                ));
                for name in ["tls", "log", "time"] {
                    let before = workspace();
                    assert!(policy.class_of(name).expect("a class").value <= Class::Supported);
                    assert!(policy.cooldown_of(name).expect("days").value >= 14);
                    let allowed = capabilities(&before, name);
                    assert!(capabilities(&policy, name).iter().all(|word| allowed.contains(word)));
                    let licences = words(before.licences_of(name).expect("a list"));
                    let now = words(policy.licences_of(name).expect("a list"));
                    assert!(now.iter().all(|word| licences.contains(word)));
                }
                let limit = policy.component("tls").and_then(|entry| entry.unsafe_limit.clone());
                assert!(limit.expect("a limit").value <= 5);
            }
        }
    }
}

#[test]
fn keys_that_a_member_can_not_have_are_faults() {
    for text in [
        "waiver = []",
        "[classes]\ndefault = \"required\"",
        "[components]\nallow = []",
        "[components]\nlicenses = []",
        "[component.tls]\nreason = \"r\"",
        "[component.tls]\nclass = \"mine\"",
        "components = 3",
        "[[components.deny]]\ncomponent = \"tls\"",
        "[[components.deny]]\ncomponent = \"tls@???\"\nreason = \"r\"",
    ] {
        let value = document::parse(&Source::new("pump/Cargo.toml", text)).expect("TOML");
        let faults = MemberPolicy::read("pump", &value).expect_err(text);
        assert!(faults.iter().all(|fault| fault.file.name() == "pump/Cargo.toml"), "{text}: {faults:?}");
    }
}
