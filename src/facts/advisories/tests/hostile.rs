//! Broken and hostile files: named, never silently left out, never the end of the run.

use super::super::{database, pack};
use super::*;

const WHOLE: &str = r#"```toml
[advisory]
id = "RUSTSEC-2026-9001"
package = "framer"
date = "2026-10-01"
aliases = ["CVE-2026-1"]
cvss = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N"

[affected]
os = ["linux"]
[affected.functions]
"framer::read" = ["^1"]

[versions]
patched = [">= 1.2.3, < 2.0.0", "~2.1", ">2.2.0"]
unaffected = ["=0.1.0", "<0.0.9"]
```

# T

é.
"#;

/// The gaps of a database with one file of this content, and the count of advisories.
fn gaps_of(name: &str, content: &[u8]) -> (usize, Vec<Gap>) {
    let folder = database_of("2026-10-01");
    std::fs::write(folder.path().join("crates/framer").join(name), content).expect("a file");
    let mut gaps = Vec::new();
    let read = database::read(folder.path(), &mut gaps).expect("a database");
    (read.len(), gaps)
}

#[test]
fn a_broken_file_is_named_with_its_place_and_the_rest_is_used() {
    let broken = text("RUSTSEC-2026-9002", "framer", "date = 7", "patched = []");
    let (count, gaps) = gaps_of("RUSTSEC-2026-9002.md", broken.as_bytes());
    assert_eq!(count, 1);
    assert!(gaps[0].what.ends_with("crates/framer/RUSTSEC-2026-9002.md"), "{gaps:?}");
    assert_eq!(gaps[0].at.as_ref().expect("a place").line(), 5, "{gaps:?}");
    assert_eq!(gaps[0].at.as_ref().expect("a place").snippet(), "7");
}

/// Asserts that a file of this name and content is one gap, for this reason, and costs only itself.
fn is_a_gap(name: &str, content: &[u8], why: &str) {
    let (count, gaps) = gaps_of(name, content);
    assert_eq!((count, gaps.len()), (1, 1), "{why}: {gaps:?}");
    assert!(gaps[0].why.contains(why), "{why}: {}", gaps[0].why);
}

#[test]
fn each_kind_of_broken_file_is_a_gap() {
    let name = "RUSTSEC-2026-9002.md";
    is_a_gap(name, b"", "does not start");
    // The rustsec crate would cut this within its one long character.
    is_a_gap(name, "aaaaaaaaaaaaaaaaaaa\u{e9} and more".as_bytes(), "does not start");
    is_a_gap(name, b"```toml\n\xff\n```\n# T\n", "not UTF-8");
    is_a_gap(name, b"```toml\nid = 1\n", "end of TOML");
    is_a_gap("notes.txt", b"hello", "does not start");
    let day = "date = \"2026-10-01\"";
    let good = text("RUSTSEC-2026-9002", "framer", day, "patched = []");
    is_a_gap("RUSTSEC-2026-9003.md", good.as_bytes(), "is RUSTSEC-2026-9002 but named");
    is_a_gap(name, good.replace("framer", "other").as_bytes(), "in the folder of `framer`");
    is_a_gap(name, good.replace("date", "title = \"t\"\ndate").as_bytes(), "title and description");
    is_a_gap(name, good.replace("2026-10-01", "2026-02-30").as_bytes(), "invalid date");
}

#[test]
fn ranges_without_sense_are_a_gap() {
    for (versions, why) in [
        ("patched = [\"one\"]", "unexpected character"),
        ("patched = [\">= 1.0.0\", \">= 2.0.0\"]", "make no sense"),
        ("patched = [\">= 1.0.0, < 2.0.0, < 3.0.0\"]", "make no sense"),
        ("patched = [\"1.*\"]", "make no sense"),
        ("", "patched"),
        // Each of these would end the program within the rustsec crate.
        ("patched = [\"> 1.0.0\"]\nunaffected = [\"=1.0.0\"]", "start at the same version"),
        ("patched = [\"> 1.0.18446744073709551615\"]", "beyond all versions"),
        ("patched = [\"^18446744073709551615\"]", "beyond all versions"),
        ("patched = [\"~1.18446744073709551615\"]", "beyond all versions"),
    ] {
        let file = text("RUSTSEC-2026-9002", "framer", "date = \"2026-10-01\"", versions);
        is_a_gap("RUSTSEC-2026-9002.md", file.as_bytes(), why);
    }
}

#[test]
fn a_huge_file_is_a_gap() {
    let (count, gaps) = gaps_of("RUSTSEC-2026-9002.md", &vec![b'a'; 1024 * 1024 + 1]);
    assert_eq!((count, gaps.len()), (1, 1));
}

#[test]
fn drafts_and_dotfiles_are_no_advisories() {
    let draft = text("RUSTSEC-0000-0000", "framer", "date = \"2026-10-01\"", "patched = []");
    for (name, content) in [("RUSTSEC-0000-0000.md", draft.as_str()), (".DS_Store", "x")] {
        assert_eq!(gaps_of(name, content.as_bytes()), (1, Vec::new()), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let folder = database_of("2026-10-01");
    let other = database_of("2026-10-02");
    std::os::unix::fs::symlink(other.path().join("crates/framer"), folder.path().join("crates/link"))
        .expect("a link");
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("crates/framer/RUSTSEC-2026-9003.md"))
        .expect("a link");
    assert_eq!(read(folder.path()).count(), 1);
}

#[test]
fn no_prefix_and_no_changed_byte_of_an_advisory_ends_the_run() {
    let (count, gaps) = gaps_of("RUSTSEC-2026-9001.md", WHOLE.as_bytes());
    assert_eq!((count, gaps.len()), (1, 0), "{gaps:?}");
    for end in 0..WHOLE.len() {
        if let Some(prefix) = WHOLE.get(..end) {
            let _ = database::parse(prefix);
        }
    }
    for at in 0..WHOLE.len() {
        for byte in [b'"', b'9', b'*', b'-', b'\n', b'[', b'<', b'='] {
            let mut bytes = WHOLE.as_bytes().to_vec();
            bytes[at] = byte;
            if let Ok(text) = String::from_utf8(bytes) {
                let _ = database::parse(&text);
            }
        }
    }
}

#[test]
fn every_cut_or_changed_pack_is_refused() {
    let folder = database_of("2026-10-01");
    put(folder.path(), "RUSTSEC-2026-9002", "framer", "date = \"2026-10-02\"", "patched = []");
    let advisories: Vec<Advisory> = read(folder.path()).advisories().cloned().collect();
    let whole = pack::encode(&advisories);
    assert_eq!(pack::read("p", &whole).expect("a pack").advisories, advisories);
    for end in 0..whole.len() {
        assert!(pack::read("p", &whole[..end]).is_err(), "{end} bytes");
    }
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            assert!(pack::read("p", &bytes).is_err(), "byte {at}, bit {bit}");
        }
    }
    let mut longer = whole.clone();
    longer.push(0);
    assert!(pack::read("p", &longer).is_err());
}

#[test]
fn a_forged_pack_ends_in_an_error_or_in_advisories() {
    let folder = database_of("2026-10-01");
    let advisories: Vec<Advisory> = read(folder.path()).advisories().cloned().collect();
    let whole = pack::encode(&advisories);
    let payload = &whole[whole.len() - pack::payload(&advisories).len()..];
    for at in 0..payload.len() {
        for byte in [0, 1, 0x7f, 0x80, 0xff] {
            let mut forged = payload.to_vec();
            forged[at] = byte;
            let _ = pack::read("p", &pack::seal(&forged));
        }
    }
    for end in 0..payload.len() {
        assert!(pack::read("p", &pack::seal(&payload[..end])).is_err(), "{end} bytes");
    }
    // A length that no file could hold.
    assert!(pack::read("p", &pack::seal(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])).is_err());
    let doubled = [advisories.clone(), advisories].concat();
    assert!(pack::read("p", &pack::encode(&doubled)).is_err(), "the same advisory twice");
}
