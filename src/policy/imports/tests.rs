//! What each reader takes from files as people write them, and that no file breaks it.

use super::*;
use crate::policy::{Justification, Status};

const DENY: &str = r#"
[graph]
targets = [{ triple = "x86_64-unknown-linux-gnu" }]
[advisories]
version = 2
yanked = "deny"
ignore = [
    "RUSTSEC-2024-0436",
    { id = "RUSTSEC-2023-0071", reason = "no version mends it" },
    "old-crate@1.2.3",
    { crate = "older:<0.5, >=0.3", reason = "withdrawn by mistake" },
    "broken@one",
    { note = "nothing" },
]
[licenses]
allow = ["MIT", "Apache-2.0"]
exceptions = [{ allow = ["MPL-2.0"], name = "colored", version = "*" }, { allow = ["Zlib"], crate = "a@1.0.0" }]
[bans]
deny = ["openssl", { crate = "git2:<0.19", use-instead = "gix", reason = "native" }, { crate = "b", wrappers = ["c"] }, { crate = "d", deny-multiple-versions = true }]
[sources]
allow-registry = ["https://github.com/rust-lang/crates.io-index"]
"#;

const AUDIT: &str =
    "[advisories]\nignore = [\n  # quick-xml\n  \"RUSTSEC-2026-0194\", 7,\n]\ninformational_warnings = []\n";

const OSV: &str = r#"
[[IgnoredVulns]]
id = "CVE-2020-26235"
ignoreUntil = 2027-03-01
reason = "not called"
[[IgnoredVulns]]
id = "GHSA-1"
ignoreUntil = 2027-03-01T12:00:00Z
[[IgnoredVulns]]
id = "GHSA-2"
ignoreUntil = "soon"
[[PackageOverrides]]
ecosystem = "npm"
ignore = true
[[PackageOverrides]]
name = "time"
version = "0.1.43"
ecosystem = "crates.io"
vulnerability.ignore = true
effectiveUntil = 2027-01-01
[[PackageOverrides]]
ignore = true
"#;

const CACKLE: &str = r#"
[common]
version = 2
import_std = ["fs", "net"]
[pkg.mio]
allow_unsafe = true
allow_apis = ["net", "own_api"]
[pkg.cc]
build.allow_apis = ["process"]
[pkg.plain]
"#;

const ABOUT: &str =
    "accepted = [\"MIT\"]\ntargets = []\n[ring]\naccepted = [\"OpenSSL\"]\n[private]\nignore = true\n";

const OPENVEX: &str = r#"{
  "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.org/1", "author": "Sweetwater",
  "timestamp": "2026-11-01T00:00:00Z", "version": 1,
  "statements": [
    {"vulnerability": {"name": "RUSTSEC-2020-0071", "aliases": ["CVE-2020-26235"]},
     "products": [{"@id": "pkg:generic/pump", "subcomponents": [{"@id": "pkg:cargo/time@0.1.43"}]}],
     "status": "not_affected", "justification": "vulnerable_code_not_in_execute_path", "impact_statement": "not called"},
    {"vulnerability": {"name": "CVE-1"}, "products": [{"@id": "pkg:cargo/a@1.0.0%2B2"}], "status": "fixed"},
    {"vulnerability": {"name": "CVE-2"}, "products": [{"@id": "pkg:cargo/a@1.0.0"}], "status": "affected"},
    {"vulnerability": {"name": "CVE-3"}, "products": [{"@id": "pkg:npm/a@1.0.0"}], "status": "not_affected"},
    {"vulnerability": {"name": "CVE-4"}, "status": "perhaps"}
  ]
}"#;

const CYCLONEDX: &str = r#"{
  "bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"manufacturer": {"name": "Sweetwater"}},
  "components": [{"bom-ref": "c1", "purl": "pkg:cargo/time@0.1.43"}],
  "vulnerabilities": [
    {"id": "CVE-2020-26235", "affects": [{"ref": "urn:cdx:1/1#c1"}],
     "analysis": {"state": "not_affected", "justification": "code_not_reachable", "detail": "not called"}},
    {"id": "CVE-1", "affects": [{"ref": "c1"}], "analysis": {"state": "exploitable"}},
    {"id": "CVE-2", "affects": [{"ref": "gone"}], "analysis": {"state": "resolved"}}
  ]
}"#;

const ALL: &[(&str, Reader)] = &[
    (DENY, deny::read),
    (AUDIT, audit::read),
    (OSV, osv::read),
    (CACKLE, cackle::read),
    (ABOUT, about::read),
    (OPENVEX, read_json),
    (CYCLONEDX, read_json),
];

fn read(text: &str, reader: Reader) -> Read {
    let mut read = Read::default();
    reader(&Source::new("file", text), &mut read);
    read
}

fn told(read: &Read) -> Vec<String> {
    let one = |waiver: &Waiver| {
        let until = waiver.until.as_ref().map(|until| format!(" until {}", until.value)).unwrap_or_default();
        format!("{} {}: {}{until}", waiver.rule.value, waiver.place.value, waiver.reason.value)
    };
    read.waivers.iter().map(one).collect()
}

#[test]
fn cargo_deny_is_read() {
    let read = read(DENY, deny::read);
    assert_eq!(
        told(&read),
        [
            "advisories RUSTSEC-2024-0436: no reason is given",
            "advisories RUSTSEC-2023-0071: no version mends it",
            "component_yanked old-crate@=1.2.3: no reason is given",
            "component_yanked older@<0.5, >=0.3: withdrawn by mistake",
            "licence_not_allowed colored: allowed for it alone: MPL-2.0",
            "licence_not_allowed a@=1.0.0: allowed for it alone: Zlib",
        ]
    );
    assert_eq!(read.licences.expect("licences").len(), 2);
    let denied: Vec<&str> = read.denied.iter().map(|entry| entry.component.value.as_str()).collect();
    assert_eq!(denied, ["openssl", "git2@<0.19", "b", "d"]);
    assert!(read.denied[..2].iter().all(ListEntry::spares_nothing));
    assert_eq!((&read.denied[2].wrappers[..], read.denied[3].several), (&["c".to_owned()][..], true));
    assert_eq!(read.registries.len(), 1);
    let unread: Vec<usize> = read.unread.iter().map(|(at, _)| at.line()).collect();
    assert_eq!(unread, [12, 13], "each entry that is not understood is said at its place");
}

#[test]
fn packages_are_named_as_cargo_deny_names_them() {
    for (spec, holds, not) in [
        ("time", &["0.1.43", "9.0.0", "1.0.0-rc.1"][..], &[][..]),
        ("time@0.1.43", &["0.1.43"], &["0.1.44", "0.1.43-a"]),
        ("time:0.1", &["0.1.43"], &["0.2.0"]),
        ("time:<0.1.44", &["0.1.43", "0.1.0-beta"], &["0.1.44"]),
    ] {
        let packages = deny::specification(spec).expect("a specification");
        for version in holds {
            assert!(packages.holds("time", &version.parse().expect("a version")), "{spec} {version}");
            assert!(!packages.holds("timer", &version.parse().expect("a version")));
        }
        for version in not {
            assert!(!packages.holds("time", &version.parse().expect("a version")), "{spec} {version}");
        }
    }
    for spec in ["", "@1.0.0", "a@", "a@1", "a:", "a:b", "a b", "a\u{1b}[0m", "ä"] {
        assert!(deny::specification(spec).is_err(), "{spec:?}");
    }
}

#[test]
fn the_other_tools_are_read() {
    let audit = read(AUDIT, audit::read);
    assert_eq!(told(&audit), ["advisories RUSTSEC-2026-0194: no reason is given"]);
    assert_eq!(audit.unread.len(), 1);
    let osv = read(OSV, osv::read);
    assert_eq!(
        told(&osv),
        [
            "advisories CVE-2020-26235: not called until 2027-02-28",
            "advisories GHSA-1: no reason is given until 2027-02-28",
            "advisories time@=0.1.43: no reason is given until 2026-12-31",
        ]
    );
    assert_eq!(osv.unread.len(), 2, "no date, and everything at once: {:?}", osv.unread);
    let cackle = read(CACKLE, cackle::read);
    let words: Vec<String> = cackle
        .components
        .iter()
        .map(|component| {
            let words = &component.capabilities.as_ref().expect("words").value;
            let words: Vec<&str> = words.iter().map(|word| word.value.as_str()).collect();
            format!("{}: {}", component.name.value, words.join(" "))
        })
        .collect();
    assert_eq!(words, ["mio: asm dlopen ffi net", "cc: process", "plain: "]);
    let about = read(ABOUT, about::read);
    assert_eq!(told(&about), ["licence_not_allowed ring: allowed for it alone: OpenSSL"]);
    assert_eq!(about.licences.expect("licences").len(), 1);
}

#[test]
fn statements_are_read_with_status_and_reason() {
    for (text, tool, count, unread) in [(OPENVEX, "OpenVEX", 2, 2), (CYCLONEDX, "CycloneDX", 1, 1)] {
        let read = read(text, read_json);
        assert_eq!((read.waivers.len(), read.unread.len()), (count, unread), "{:?}", read.unread);
        let first = &read.waivers[0];
        assert_eq!(first.imported.as_ref().expect("imported").tool, tool);
        assert_eq!(first.component.as_ref().expect("a component").value, "time@0.1.43");
        assert_eq!(first.status.as_ref().expect("a status").value, Status::NotAffected);
        assert_eq!(
            first.justification.as_ref().expect("a reason").value,
            Justification::VulnerableCodeNotInExecutePath
        );
        assert_eq!((first.reason.value.as_str(), first.by.value.as_str()), ("not called", "Sweetwater"));
        assert_eq!(first.at.snippet(), format!("\"{}\"", first.place.value));
    }
    assert_eq!(read(OPENVEX, read_json).waivers[1].component.as_ref().expect("one").value, "a@1.0.0+2");
    for text in ["", "[]", "{}", "null", "{\"@context\":7}"] {
        assert_eq!(read(text, read_json).unread.len(), 1, "{text}");
    }
}

#[test]
fn no_file_breaks_a_reader() {
    for (text, reader) in ALL {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            read(&text[..end], *reader);
        }
        for at in (0..text.len()).step_by(3) {
            for other in ["", "\"", "]", "7"] {
                if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
                    read(&format!("{}{other}{}", &text[..at], &text[at + 1..]), *reader);
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_read_is_said_and_excepts_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    let list = "[\"deny.toml\", \"x.audit.toml\", \"gone/audit.toml\", \"notes.txt\", \"v.json\", \"supply-chain/\", \"../a/deny.toml\"]";
    put("health-sec.toml", &format!("[exceptions]\nimport = {list}\n"));
    put("deny.toml", "[advisories]\nignore = [\"RUSTSEC-2024-0436\"]\n");
    put("x.audit.toml", "[advisories\n");
    put("notes.txt", "");
    put("v.json", "{");
    let tree = Tree::new(folder.path()).expect("a tree");
    let policy = Policy::read(&tree, None).expect("a policy");
    assert_eq!(policy.waivers.len(), 1);
    let unread: Vec<(&str, usize)> =
        policy.imports.iter().map(|import| (import.path.value.as_str(), import.unread.len())).collect();
    let expected = [
        ("deny.toml", 0),
        ("x.audit.toml", 1),
        ("gone/audit.toml", 1),
        ("notes.txt", 1),
        ("v.json", 1),
        ("../a/deny.toml", 1),
    ];
    assert_eq!(unread, expected);
}

#[test]
fn a_list_of_the_policy_is_stronger() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    put("deny.toml", DENY);
    put("cackle.toml", CACKLE);
    let import = "[exceptions]\nimport = [\"deny.toml\", \"cackle.toml\"]\n";
    let read = |policy: &str| {
        put("health-sec.toml", policy);
        Policy::read(&Tree::new(folder.path()).expect("a tree"), None).expect("a policy")
    };
    let plain = read(import);
    assert_eq!(plain.supply.licences.as_ref().expect("licences").len(), 2);
    assert_eq!((plain.supply.deny.len(), plain.components.len()), (4, 3));
    let own =
        read(&format!("{import}[components]\nlicences = [\"ISC\"]\n[component.mio]\ncapabilities = []\n"));
    assert_eq!(own.supply.licences.as_ref().expect("licences")[0].value, "ISC");
    let mio = own.component("mio").expect("an entry");
    assert!(mio.capabilities.as_ref().expect("a list").value.is_empty());
}

#[test]
fn a_list_of_a_shared_policy_is_stronger_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    put(
        "deny.toml",
        &DENY.replace(
            "[sources]\nallow-registry = [\"",
            "[sources]\nallow-registry = [\"https://other.example/\", \"",
        ),
    );
    let base = "[components]\nlicences = [\"ISC\"]\nregistries = [\"https://crates.clinic.example/\"]\n";
    put("base.toml", base);
    let pin = Source::new("base.toml", base).sha256();
    put(
        "health-sec.toml",
        &format!(
            "extends = [{{ file = \"base.toml\", sha256 = \"{pin}\" }}]\n[exceptions]\nimport = [\"deny.toml\"]\n"
        ),
    );
    let policy = Policy::read(&Tree::new(folder.path()).expect("a tree"), None).expect("a policy");
    let words = |list: &[Placed<String>]| list.iter().map(|one| one.value.clone()).collect::<Vec<_>>();
    assert_eq!(words(policy.supply.licences.as_deref().expect("licences")), ["ISC"]);
    assert_eq!(words(&policy.supply.registries), ["https://crates.clinic.example/"]);
}

#[test]
fn a_plain_ban_is_not_lost_behind_one_with_wrappers() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    put("deny.toml", "[bans]\ndeny = [{ crate = \"b\", wrappers = [\"c\"] }]\n");
    put("x.deny.toml", "[bans]\ndeny = [\"b\", \"b\"]\n");
    put("health-sec.toml", "[exceptions]\nimport = [\"deny.toml\", \"x.deny.toml\"]\n");
    let policy = Policy::read(&Tree::new(folder.path()).expect("a tree"), None).expect("a policy");
    assert!(policy.supply.deny.iter().any(ListEntry::spares_nothing));
}

/// A word that is no advisory could be a file or a component, and would except all that is found there.
#[test]
fn only_advisories_are_excepted_by_name() {
    for word in ["Cargo.lock", "time@0.1.43", "src/", "time", "CVE-", "-1", "Cve-1", "CVE-1/x", ""] {
        let quoted = word.replace('\\', "");
        let audit = read(&format!("[advisories]\nignore = [\"{quoted}\"]\n"), audit::read);
        let osv = read(&format!("[[IgnoredVulns]]\nid = \"{quoted}\"\n"), osv::read);
        let vex = read(
            &OPENVEX
                .replace("RUSTSEC-2020-0071\", \"aliases\": [\"CVE-2020-26235\"]", &format!("{quoted}\"")),
            read_json,
        );
        let list = read(&CYCLONEDX.replace("CVE-2020-26235", &quoted), read_json);
        for (read, kept) in [(&audit, 0), (&osv, 0), (&vex, 1), (&list, 0)] {
            assert_eq!(read.waivers.len(), kept, "{word}: {:?}", told(read));
            assert!(!read.unread.is_empty(), "{word}");
        }
    }
    let address = OPENVEX.replace("{\"name\": \"CVE-1\"}", "{\"@id\": \"https://nvd.example/detail/CVE-1\"}");
    assert_eq!(told(&read(&address, read_json))[1], "advisories CVE-1: no reason is given");
}

#[test]
fn of_two_statements_the_later_one_counts() {
    let statement = |names: &str, status: &str, day: &str| {
        format!(
            "{{\"vulnerability\": {names}, \"products\": [{{\"@id\": \"pkg:cargo/a@1.0.0\"}}], \"status\": \"{status}\", \"timestamp\": \"2026-{day}T00:00:00Z\"}}"
        )
    };
    let (own, alias) = ("{\"name\": \"RUSTSEC-1\", \"aliases\": [\"CVE-1\"]}", "{\"name\": \"CVE-1\"}");
    for (first, second, left) in [
        ((own, "not_affected", "01-01"), (own, "affected", "02-01"), 0),
        ((own, "not_affected", "02-01"), (own, "affected", "01-01"), 1),
        ((own, "not_affected", "01-01"), (alias, "under_investigation", "01-01"), 0),
        ((alias, "affected", "01-01"), (own, "fixed", "01-01"), 1),
        ((own, "not_affected", "01-01"), (own, "fixed", "02-01"), 1),
        ((own, "not_affected", "01-01"), ("{\"name\": \"CVE-2\"}", "affected", "02-01"), 1),
    ] {
        let statements = [first, second].map(|(names, status, day)| statement(names, status, day)).join(",");
        let text =
            format!("{{\"@context\": \"https://openvex.dev/ns/v0.2.0\", \"statements\": [{statements}]}}");
        let read = read(&text, read_json);
        assert_eq!((read.waivers.len(), read.unread.len()), (left, 0), "{first:?} {second:?}");
    }
}

#[test]
fn a_component_is_found_by_the_whole_of_its_name() {
    let name = "registry+https://index.example#time@0.1.43";
    let text = CYCLONEDX.replace("\"bom-ref\": \"c1\"", &format!("\"bom-ref\": \"{name}\""));
    let read = read(&text.replace("urn:cdx:1/1#c1", name), read_json);
    assert_eq!(read.waivers[0].component.as_ref().expect("a component").value, "time@0.1.43");
}
