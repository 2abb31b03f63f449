use std::path::Path;

use jiff::civil::date;

use super::*;
use crate::request::Request;

const SUM: &str = "2c89250087ed6c705a22bc3577ff4b6b7e3716c90eecd2eee0a58b6faddc9ac6";

fn line(version: &str, yanked: bool, day: &str) -> String {
    format!(
        r#"{{"name":"flow","vers":"{version}","deps":[{{"name":"a","req":"^1"}}],"features":{{"pubtime":["x"]}},"cksum":"{SUM}","yanked":{yanked},"pubtime":"{day}T10:00:00Z"}}"#
    )
}

fn lines() -> Vec<(&'static str, String)> {
    vec![
        ("1.0.0", line("1.0.0", false, "2020-01-01")),
        ("1.1.0", line("1.1.0", true, "2021-02-03")),
        ("1.2.0", line("1.2.0", false, "2022-03-04")),
        ("1.3.0", line("1.3.0", true, "2023-04-05")),
        ("2.0.0-rc.1", line("2.0.0-rc.1", false, "2024-05-06")),
    ]
}

fn kept() -> Vec<u8> {
    let mut bytes = vec![3, 2, 0, 0, 0];
    bytes.extend_from_slice(b"etag: \"x\"\0");
    for (version, json) in lines() {
        bytes.extend([version.as_bytes(), b"\0", json.as_bytes(), b"\0"].concat());
    }
    bytes
}

fn version(text: &str) -> semver::Version {
    text.parse().expect("a version")
}

#[test]
fn both_forms_say_the_same() {
    let plain: String = lines().into_iter().map(|(_, json)| json + "\n").collect();
    for (bytes, form) in [(kept(), entries::Form::Kept), (plain.into_bytes(), entries::Form::Lines)] {
        let index = Index::read(&bytes, form).expect("an index");
        for (text, yanked, day) in [("1.0.0", false, date(2020, 1, 1)), ("1.1.0", true, date(2021, 2, 3))] {
            let found = index.entries_of("flow", &version(text)).expect("an entry");
            let expected = entries::Entry { yanked, checksum: SUM.to_owned(), on: Some(day) };
            assert_eq!(found, [expected], "{form:?}");
        }
        assert_eq!(index.entries_of("flow", &version("1.0.1")), Ok(Vec::new()));
        assert!(index.entries_of("other", &version("1.0.0")).is_err(), "about another package");
        assert_eq!(index.newest(), Some((version("1.2.0"), Some(date(2022, 3, 4)))));
        assert_eq!(index.last_release(), Some(date(2024, 5, 6)));
    }
}

#[test]
fn a_file_cut_off_is_refused_or_says_less_never_something_else() {
    let whole = kept();
    let mut refused = 0;
    for end in 0..whole.len() {
        match Index::read(&whole[..end], entries::Form::Kept) {
            Err(_) => refused += 1,
            // Cargo writes no end: a file cut between two entries reads as one with fewer of them.
            Ok(index) => {
                for (text, yanked) in [("1.0.0", false), ("1.3.0", true)] {
                    let found = index.entries_of("flow", &version(text)).expect("whole entries");
                    assert!(found.iter().all(|entry| entry.yanked == yanked), "cut at {end}");
                }
            }
        }
    }
    assert!(refused > whole.len() - 10, "{refused} of {}", whole.len());
}

#[test]
fn a_changed_byte_never_panics() {
    let whole = kept();
    for at in 0..whole.len() {
        for change in [0x00, 0x22, 0x7b, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = change;
            for form in [entries::Form::Kept, entries::Form::Lines] {
                if let Ok(index) = Index::read(&bytes, form) {
                    let _ =
                        (index.entries_of("flow", &version("1.1.0")), index.newest(), index.last_release());
                }
            }
        }
    }
}

#[test]
fn unknown_forms_are_refused() {
    for head in [[1, 2, 0, 0, 0], [3, 3, 0, 0, 0], [4, 2, 0, 0, 0]] {
        let bytes = [&head[..], &kept()[5..]].concat();
        assert!(Index::read(&bytes, entries::Form::Kept).is_err(), "{head:?}");
    }
}

#[test]
fn a_day_in_a_text_is_no_publication() {
    let json = r#"{"name":"flow","vers":"1.0.0","cksum":"x","links":"\"pubtime\":\"2099-01-01T\"","pubtime":"2020-01-01T00:00:00Z"}"#;
    let index = Index::read(json.as_bytes(), entries::Form::Lines).expect("an index");
    assert_eq!(index.last_release(), Some(date(2020, 1, 1)));
}

/// A workspace with one component, and an index that says this of it.
fn judged(checksum: &str, index: &[u8]) -> (crate::Facts, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |path: &str, text: &[u8]| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    put("Cargo.toml", b"[package]\nname = \"pump\"\nversion = \"1.0.0\"\n");
    put("src/lib.rs", b"");
    put(
        "Cargo.lock",
        format!(
            "version = 4\n[[package]]\nname = \"flow\"\nversion = \"1.1.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{checksum}\"\n[[package]]\nname = \"pump\"\nversion = \"1.0.0\"\ndependencies = [\"flow\"]\n"
        )
        .as_bytes(),
    );
    put("health-sec.toml", b"[components]\nindex = \"index\"\n");
    put("index/fl/ow/flow", index);
    let mut request = Request::new(folder.path(), date(2026, 11, 1));
    request.resolve = false;
    (crate::Facts::gather(&request).expect("facts"), folder)
}

fn gaps(facts: &crate::Facts) -> Vec<&Gap> {
    facts.gaps.iter().filter(|gap| gap.kind == Kind::Registry).collect()
}

#[test]
fn an_entry_speaks_for_the_locked_contents_only() {
    let index: String = lines().into_iter().map(|(_, json)| json + "\n").collect();
    let (facts, _folder) = judged(SUM, index.as_bytes());
    assert!(facts.registry.of.values().all(|published| published.yanked));
    assert_eq!((facts.registry.of.len(), gaps(&facts).len()), (1, 0));
    let other = SUM.replace('2', "3");
    let (facts, _folder) = judged(&other, index.as_bytes());
    assert!(facts.registry.of.is_empty());
    assert_eq!(facts.registry.other_contents.values().collect::<Vec<_>>(), [SUM]);
}

#[test]
fn what_no_index_names_is_a_gap() {
    let other = line("1.0.0", false, "2020-01-01");
    for index in [other.as_bytes(), b"", b"{", b"\xff"] {
        let (facts, _folder) = judged(SUM, index);
        assert!(facts.registry.of.is_empty());
        assert!(!gaps(&facts).is_empty(), "{index:?}");
    }
}
