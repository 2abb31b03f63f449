//! Tests of the policy: what it says is read with its places, what it says wrongly is a fault.

use super::*;

/// Every section, with most of its keys.
const TEXT: &str = r#"extends = [{ file = "../base.toml", sha256 = "00" }]

[product]
name = "pump"
targets = ["x86_64-unknown-linux-gnu"]
features = ["wifi"]
default_features = false
bins = ["pump"]
support_end = 2036-12-31
toolchain = "1.95.0"
deployment = ["deploy/"]
profiles = ["fda"]

[manufacturer]
name = "Sweetwater"
url = "https://sweetwater.example"
email = "security@sweetwater.example"

[releases]
last = "v2.1"
sboms = "docs/{tag}.cdx.json"
tags = ["v*"]
issues_reviewed_on = 2026-09-30

[classes]
default = "maintained"

[component.openssl-sys]
class = "supported"
reason = "the operator's library"
by = "a.person"
capabilities = ["ffi"]
unsafe_limit = 3
build_code = "00"

[component.openssl-sys.fork]
of = "openssl-sys@0.9.1"
reason = "a fix"
fixes = ["RUSTSEC-2026-0001"]
proof = "docs/fix.patch"

[component.openssl-sys.custom]
requirements = "docs/requirements.pdf"
sent_on = 2026-01-31
agreement = "A-17"
evidence = "docs/audit.pdf"
evidence_on = 2026-02-28
contact = "b.person@example.org"

[[item]]
name = "Debian"
version = "12"
kind = "operating-system"
reached_by = ["openssl-sys"]
scan = "docs/debian.cdx.json"
scanned_on = 2026-03-01
scanner = "a scanner"
updatable = false
watched = true
support = "actively-maintained"
end_of_support = 2028-06-30
support_plan = "the next Debian"
supplier = "Debian"
purpose = "runs the pump"
requirement = "SRS-12"
risk = "T-07"
reviewed_on = 2026-03-01
reviewed_by = "a.person"
reviewed_version = "12.5"
watch = "https://www.debian.org/security"

[components]
registries = ["https://registry.example"]
licences = ["MIT"]
cooldown_days = 14
quiet_days = 700
cryptography = ["ring"]
capabilities = ["net"]
support = "actively-maintained"
support_plan = "replaced or forked"

[[components.deny]]
component = "time"
reason = "two clocks"
instead = "jiff"

[vetting]
criteria = "safe-to-deploy"

[advisories]
warn_after_days = 7
undetermined_after_days = 30
reason = "looked at every week"
unmaintained = "direct"

[advisories.grace]
high = 7

[build]
profile = "field"
flags = ["-Clink-arg=-T*"]
tools = ["protoc"]

[build.settings]
panic = "abort"
lto = ["thin", true]

[secrets]
history = true

[[secrets.allow]]
sha256 = "0123456789abcdef"
reason = "vector of RFC 8032"

[[unsafe.allow]]
place = "src/ffi.rs"
reason = "registers"

[threats]
models = ["threats.toml"]

[threats.independence]
attacks = "independent"

[roles]
security-lead = "a.person"

[intake]
researchers = "SECURITY.md"
audit-logs = "the service desk"

[updates]
review_days = 10
weighs = ["impact", "exploits"]
verified = true

[updates.within]
high = 30
exploited = 7

[disclosure]
bulletins = "docs/bulletins"
trailer = "Security-Fix"
siblings = ["docs/gateway.cdx.json"]

[changes]
word = "CR-*"

[[issue]]
id = "S-17"
origin = "researchers"
received_on = 2026-02-01
about = ["RUSTSEC-2026-0001"]
reviewed_on = 2026-02-03
applies = true
reason = "it does not"
verified = "by a test"
threats = ["T-01"]
score = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
cause = "CWE-416"
affected = ["v2.0"]
impact = "none behind the firewall"
safety = "H-12"
exploited = false
fixed_in = "v2.1"
bounded = "by a firewall"
proof = "docs/proof.pdf"
bulletin = "SW-2026-01"
undisclosed = "nobody uses it"
upstream = "https://example.org/1"
siblings = ["docs/gateway.cdx.json"]
by = "a.person"
closed_on = 2026-04-01

[exceptions]
endless = "warn"
longest_days = 180

[[waiver]]
rule = "static_mut"
place = "src/driver.rs"
reason = "registers of the pump board"
by = "a.person"
until = 2027-01-31
"#;

fn parse(text: impl Into<String>) -> Result<Policy, Vec<Fault>> {
    Policy::parse(&Source::new("health-sec.toml", text))
}

#[test]
fn a_policy_is_read_with_its_places() {
    let policy = parse(TEXT).expect("a policy");
    assert_eq!(policy.class_of("openssl-sys").expect("a class").value, Class::Supported);
    assert_eq!(policy.class_of("serde").expect("a class").value, Class::Maintained);
    let until = &policy.waivers[0].until.as_ref().expect("an end").at;
    assert_eq!((until.snippet(), until.line()), ("2027-01-31", TEXT.lines().count()));
    assert_eq!(policy.items[0].record.class().expect("a class").value, Class::Supported);
    assert_eq!(policy.support_of("serde").expect("a level").value, SupportLevel::ActivelyMaintained);
    assert_eq!(policy.support_plan_of("openssl-sys").expect("a plan").value, "replaced or forked");
    assert!(policy.end_of_support_of("serde").is_none());
    assert_eq!(policy.build.profile_name(), "field");
    assert_eq!(policy.build.settings[1].values.len(), 2);
    let known = &policy.secrets.allow[0];
    assert!(known.is("0123456789ABCDEF00") && !known.is("0123456789abcde") && !known.is("1123456789abcdef0"));
}

#[test]
fn a_setting_that_is_no_setting_is_a_fault() {
    for (text, fault) in [
        ("[build.settings]\noverflow_checks = true", "no key of a profile"),
        ("[build.settings]\npanic = []", "neither a value"),
        ("[build.settings]\npanic = [[1]]", "neither a value"),
        ("[[secrets.allow]]\nsha256 = \"abc\"\nreason = \"x\"", "no SHA-256"),
        ("[[secrets.allow]]\nsha256 = \"0123456789abcdeg\"\nreason = \"x\"", "no SHA-256"),
        ("[[secrets.allow]]\nsha256 = \"0123456789abcdef\"", "reason"),
        (
            "[[secrets.allow]]\nsha256 = \"0123456789abcdef\"\nreason = \"\\u200b\"",
            "`reason` of [[secrets.allow]] is blank",
        ),
        ("[changes]\nword = \"*\"", "`word` fits any word"),
    ] {
        let faults = parse(text).expect_err(text);
        assert!(faults.iter().any(|found| found.message.contains(fault)), "{text}: {faults:?}");
    }
}

#[test]
fn a_synonym_leads_to_a_word_that_is_known() {
    let text =
        "[threats.synonyms.status]\n\"Signed off\" = \"mitigate\"\n[threats.synonyms.kind]\nbus = \"can\"\n";
    let policy = parse(text).expect("a policy");
    let all = policy.synonyms.iter();
    let all =
        all.map(|own| (own.kind, own.word.value.as_str(), own.means.value.as_str(), own.word.at.line()));
    let (status, kind) = (WordKind::Status, WordKind::Kind);
    assert_eq!(all.collect::<Vec<_>>(), [(status, "Signed off", "mitigate", 2), (kind, "bus", "can", 4)]);
    for (text, fault) in [
        ("[threats.synonyms.status]\nDone = \"mitigated\"", "what `Done` means"),
        ("[threats.synonyms.status]\nDone = true", "what `Done` means"),
        ("[threats.synonyms.severity]\nGrave = \"worst\"", "what `Grave` means"),
        ("[threats.synonyms.protocol]\n\" \" = \"mqtt\"", "what ` ` means"),
        ("[threats.synonyms.colour]\nred = \"high\"", "no key `colour`"),
        ("[threats.independence]\nattacks = \"nobody\"", "attacks"),
    ] {
        let faults = parse(text).expect_err(text);
        assert!(faults.iter().any(|found| found.message.contains(fault)), "{text}: {faults:?}");
    }
}

#[test]
fn two_answers_make_a_class_and_one_makes_none() {
    let class = |answers: &str| {
        let policy = parse(format!("[classes]\n[component.x]\n{answers}\n")).expect("a policy");
        policy.class_of("x").map(|class| (class.value, class.at.line()))
    };
    assert_eq!(class("updatable = true\nwatched = true"), Some((Class::Maintained, 3)));
    assert_eq!(class("watched = true\nupdatable = false"), Some((Class::Supported, 4)));
    assert_eq!(class("updatable = false\nwatched = false"), Some((Class::Required, 3)));
    assert_eq!(class("updatable = true\nwatched = false"), None, "it contradicts itself");
    assert_eq!(class("updatable = true"), None);
    assert_eq!(class("watched = false"), None);
    assert_eq!(class("class = \"required\"\nupdatable = true\nwatched = true"), Some((Class::Required, 3)));
}

#[test]
fn a_reason_is_signed_when_both_are_given() {
    for (text, signed) in [
        ("reason = \"r\"\nby = \"p\"", true),
        ("reason = \"r\"", false),
        ("by = \"p\"", false),
        ("reason = \" \"\nby = \"p\"", false),
        ("reason = \"r\"\nby = \"\"", false),
    ] {
        let policy = parse(format!("[component.x]\n{text}\n")).expect("a policy");
        assert_eq!(policy.components[0].record.signed(), signed, "{text}");
    }
}

#[test]
fn every_missing_field_of_a_waiver_is_a_fault() {
    for key in ["rule", "place", "reason", "by", "until"] {
        let (before, waiver) = TEXT.split_once("[[waiver]]").expect("a waiver");
        let kept = waiver.lines().filter(|line| !line.starts_with(&format!("{key} =")));
        let text = kept.fold(format!("{before}[[waiver]]"), |text, line| text + line + "\n");
        let faults = parse(text).expect_err("a fault");
        assert!(faults.iter().any(|fault| fault.message.contains(key)), "{key}: {faults:?}");
    }
}

#[test]
fn every_prefix_of_a_policy_is_read_or_refused() {
    let whole = parse(TEXT).expect("a policy");
    for end in 0..TEXT.len() {
        let Ok(policy) = parse(&TEXT[..end]) else { continue };
        assert!(policy.waivers.len() <= whole.waivers.len() && policy.items.len() <= whole.items.len());
        assert!(policy.issues.len() <= whole.issues.len());
        let waiver = policy.waivers.first();
        assert!(waiver.is_none_or(|waiver| waiver.until.is_some()), "half a waiver accepts nothing");
    }
}

/// Lines with a key, by number.
fn keys() -> impl Iterator<Item = (usize, &'static str)> {
    TEXT.lines().enumerate().filter_map(|(number, line)| Some((number, line.split_once(" = ")?.0)))
}

fn with_line(number: usize, change: impl Fn(&str) -> String) -> String {
    TEXT.lines().enumerate().fold(String::new(), |text, (at, line)| {
        text + &if at == number { change(line) } else { line.to_owned() } + "\n"
    })
}

#[test]
fn a_key_that_is_left_out_leaves_the_others_as_they_are() {
    const NEEDED: [&str; 12] = [
        "name",
        "reason",
        "component",
        "place",
        "rule",
        "by",
        "until",
        "word",
        "id",
        "origin",
        "received_on",
        "sha256",
    ];
    for (number, key) in keys() {
        match parse(with_line(number, |_| String::new())) {
            Ok(policy) => assert_eq!((policy.waivers.len(), policy.issues.len()), (1, 1), "{key}"),
            Err(faults) => {
                assert!(NEEDED.contains(&key), "line {}: {faults:?}", number + 1);
                assert_eq!(faults.len(), 1, "{faults:?}");
            }
        }
    }
}

#[test]
fn every_mistyped_key_is_a_fault_at_its_place_with_the_right_word() {
    for (number, key) in keys().filter(|(_, key)| *key != "security-lead" && key.len() > 2) {
        let mistyped = format!("{}{}", key, key.chars().next_back().expect("a letter"));
        let faults = parse(with_line(number, |line| line.replacen(key, &mistyped, 1))).expect_err("a fault");
        let fault = faults.iter().find(|fault| fault.message.contains(&format!("`{mistyped}`")));
        let fault = fault.unwrap_or_else(|| panic!("{mistyped}: {faults:?}"));
        assert!(fault.help.as_deref().expect("help").contains(&format!("`{key}`")), "{fault:?}");
        assert_eq!(&fault.file.inner().text()[fault.span.offset()..][..fault.span.len()], mistyped);
    }
}

#[test]
fn a_value_of_another_type_is_a_fault() {
    for (number, key) in keys() {
        let text = with_line(number, |_| format!("{key} = 1.5"));
        let faults = parse(text).expect_err("a fault");
        assert!(faults.iter().any(|fault| fault.message.contains(key)), "{key}: {faults:?}");
    }
}

#[test]
fn a_character_that_no_text_holds_is_a_fault() {
    for end in (0..TEXT.len()).step_by(7) {
        assert!(parse(format!("{}\0{}", &TEXT[..end], &TEXT[end..])).is_err(), "byte {end}");
    }
}

#[test]
fn a_section_of_another_shape_is_a_fault_and_not_an_empty_one() {
    for text in [
        "waiver = 3",
        "[waiver]\nrule = \"static_mut\"",
        "[item]\nname = \"Debian\"",
        "item = [3]",
        "component = []",
        "component.x = 3",
        "[components.deny]\ncomponent = \"time\"\nreason = \"two clocks\"",
        "[components]\nallow = \"serde\"",
        "[unsafe.allow]\nplace = \"src/\"",
        "roles = [\"tester\"]",
        "[issue]\nid = \"S-17\"",
        "intake = \"SECURITY.md\"",
        "[updates]\nwithin = 30",
        "[threats]\nsynonyms = 3",
        "[threats.synonyms]\nstatus = \"Parked\"",
        "[threats]\nindependence = \"independent\"",
        "changes = []",
        "[releases]\npinned = [\"v1.0.0\"]",
        "extends = 3",
        "product = []",
        "[[classes]]\ndefault = \"maintained\"",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_tag_is_pinned_to_a_whole_commit() {
    let commit = "0123456789abcdef0123456789ABCDEF01234567";
    let policy = parse(format!("[releases.pinned]\n\"v1.0.0\" = \"{commit}\"\n")).expect("a policy");
    assert_eq!(policy.releases.pinned[0].commit.value, commit.to_lowercase());
    assert_eq!(policy.releases.pinned[0].tag.at.snippet(), "\"v1.0.0\"");
    for wrong in ["\"0123456\"", "\"v1.0.0\"", "3", &format!("\"{}\"", "x".repeat(40))] {
        let faults = parse(format!("[releases.pinned]\n\"v1.0.0\" = {wrong}\n")).expect_err("a fault");
        assert!(faults[0].help.as_deref().is_some_and(|help| help.contains("rev-parse")), "{wrong}");
    }
}

#[test]
fn an_attack_that_is_known_shortens_the_time_and_never_lengthens_it() {
    let policy = parse("[updates.within]\nhigh = 30\nlow = 3\nexploited = 7\n").expect("a policy");
    let updates = policy.updates.expect("a promise");
    let days = |severity, exploited| updates.days(severity, exploited).map(|days| days.value);
    assert_eq!(days(Some("high"), false), Some(30));
    assert_eq!(days(Some("high"), true), Some(7));
    assert_eq!(days(Some("low"), true), Some(3));
    assert_eq!(days(Some("medium"), true), Some(7));
    assert_eq!(days(None, false), None);
}

#[cfg(unix)]
#[test]
fn a_policy_that_cannot_be_read_is_not_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let read = || Policy::read(&Tree::new(folder.path()).expect("a tree"), None);
    let file = folder.path().join(FILE_NAME);
    assert!(read().is_ok_and(|policy| policy.at.is_none()));
    std::os::unix::fs::symlink("gone.toml", &file).expect("a link");
    assert!(read().is_err(), "a link that leads nowhere");
    std::fs::remove_file(&file).expect("the link");
    std::fs::create_dir(&file).expect("a folder");
    assert!(read().is_err(), "a folder");
}
