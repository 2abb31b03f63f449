//! Which advisories touch which components.

use std::collections::BTreeSet;

use super::super::matching::Matcher;
use super::super::{AdvisoryKind, Hit};
use super::*;
use crate::facts::components::{Component, Declared, Origin, Ships};
use crate::facts::workspace::EdgeKind;
use crate::source::Source;

fn component(name: &str, version: &str, origin: Origin) -> Component {
    Component {
        name: name.to_owned(),
        version: version.parse().expect("a version"),
        origin,
        checksum: None,
        ships: Ships::Product,
        why: Vec::new(),
        edges: BTreeSet::from([EdgeKind::Normal]),
        features: Vec::new(),
        folder: None,
        build_script: None,
        proc_macro: None,
        links: None,
        declared: Declared::default(),
        at: Source::new("Cargo.lock", "[[package]]").whole(),
    }
}

fn hits(folder: &Path, components: &[Component], targets: &[&str]) -> Vec<Hit> {
    let targets: Vec<String> = targets.iter().map(|target| (*target).to_owned()).collect();
    let mut gaps = Vec::new();
    let hits = Matcher::new(&read(folder), &targets).components(components, &mut gaps);
    assert_eq!(gaps, []);
    hits
}

#[test]
fn a_copy_is_matched_and_told_apart() {
    let folder = database_of("2026-10-01");
    let git = Origin::Git { url: "https://example.org/framer".to_owned(), commit: None };
    let mirror = Origin::Registry { url: "https://registry.example.org".to_owned() };
    for (origin, same) in
        [(Origin::CratesIo, true), (git, false), (Origin::Path { folder: None }, false), (mirror, false)]
    {
        let found = hits(folder.path(), &[component("framer", "1.2.2", origin.clone())], &[]);
        assert_eq!(found.iter().map(|hit| hit.same_origin).collect::<Vec<_>>(), [same], "{origin:?}");
        assert!(hits(folder.path(), &[component("framer", "1.2.3", origin)], &[]).is_empty());
    }
    assert!(hits(folder.path(), &[component("framer2", "1.2.2", Origin::CratesIo)], &[]).is_empty());
}

#[test]
fn a_private_registry_has_advisories_of_its_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = "date = \"2026-10-01\"\nsource = \"registry+https://registry.example.org/index\"";
    put(folder.path(), "RUSTSEC-2026-9001", "framer", source, "patched = []");
    let registry = |url: &str| component("framer", "1.0.0", Origin::Registry { url: url.to_owned() });
    let found = hits(folder.path(), &[registry("https://registry.example.org/index/")], &[]);
    assert!(found[0].same_origin);
    assert!(hits(folder.path(), &[registry("https://other.example.org/index")], &[]).is_empty());
    assert!(hits(folder.path(), &[component("framer", "1.0.0", Origin::CratesIo)], &[]).is_empty());
}

#[test]
fn a_withdrawn_advisory_touches_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dates = "date = \"2026-10-01\"\nwithdrawn = \"2026-10-02\"";
    put(folder.path(), "RUSTSEC-2026-9001", "framer", dates, "patched = []");
    assert!(hits(folder.path(), &[component("framer", "1.0.0", Origin::CratesIo)], &[]).is_empty());
}

#[test]
fn an_advisory_published_after_the_day_counts() {
    let folder = database_of("2026-12-24");
    assert_eq!(hits(folder.path(), &[component("framer", "1.0.0", Origin::CratesIo)], &[]).len(), 1);
}

#[test]
fn an_advisory_for_another_system_is_not_on_target() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let limits = "date = \"2026-10-01\"\n[affected]\nos = [\"windows\"]\narch = [\"x86\"]";
    put(folder.path(), "RUSTSEC-2026-9001", "framer", limits, "patched = []");
    let cases: &[(&[&str], bool)] = &[
        (&[], true),
        (&["x86_64-unknown-linux-gnu"], false),
        (&["x86_64-pc-windows-msvc", "i686-unknown-linux-gnu"], false),
        (&["x86_64-unknown-linux-gnu", "i686-pc-windows-msvc"], true),
        (&["boards/pump.json"], true),
    ];
    for (targets, expected) in cases {
        let mut framer = component("framer", "1.0.0", Origin::CratesIo);
        assert_eq!(hits(folder.path(), &[framer.clone()], targets)[0].on_target, *expected, "{targets:?}");
        // Build scripts run on the machines of developers, whatever the product runs on.
        framer.ships = Ships::Build;
        assert!(hits(folder.path(), &[framer], targets)[0].on_target, "{targets:?}");
    }
}

#[test]
fn an_id_in_two_databases_is_one_hit_and_either_can_make_it() {
    let (a, b) = (database_of("2026-10-01"), tempfile::tempdir().expect("a temporary folder"));
    put(b.path(), "RUSTSEC-2026-9001", "framer", "date = \"2026-10-01\"", "patched = [\">= 2.0.0\"]");
    let data = open(&[a.path().to_owned(), b.path().to_owned()], &mut Vec::new()).expect("data");
    for (version, count) in [("1.0.0", 1), ("1.5.0", 1), ("2.0.0", 0)] {
        let components = [component("framer", version, Origin::CratesIo)];
        let hits = Matcher::new(&data, &[]).components(&components, &mut Vec::new());
        assert_eq!(hits.len(), count, "{version}");
    }
}

#[test]
fn a_range_that_cannot_be_read_is_a_gap() {
    let folder = database_of("2026-10-01");
    let mut data: Vec<Advisory> = read(folder.path()).advisories().cloned().collect();
    data[0].patched = vec!["not a range".to_owned()];
    let file = folder.path().join("forged.pack");
    std::fs::write(&file, super::super::pack::encode(&data)).expect("a file");
    let components = [component("framer", "1.0.0", Origin::CratesIo)];
    let mut gaps = Vec::new();
    assert!(Matcher::new(&read(&file), &[]).components(&components, &mut gaps).is_empty());
    assert!(gaps[0].what.contains("RUSTSEC-2026-9001"), "{gaps:?}");
}

#[test]
fn kinds_are_told_apart() {
    for (words, kind) in [
        ("", AdvisoryKind::Vulnerability),
        ("categories = [\"malicious\"]", AdvisoryKind::Malicious),
        ("informational = \"unsound\"", AdvisoryKind::Unsound),
        ("informational = \"unmaintained\"", AdvisoryKind::Unmaintained),
        ("informational = \"notice\"", AdvisoryKind::Notice),
        ("informational = \"own\"", AdvisoryKind::Notice),
        ("informational = \"notice\"\ncategories = [\"malicious\"]", AdvisoryKind::Malicious),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        put(
            folder.path(),
            "RUSTSEC-2026-9001",
            "framer",
            &format!("date = \"2026-10-01\"\n{words}"),
            "patched = []",
        );
        assert_eq!(only(&read(folder.path())).kind, kind, "{words}");
    }
}
