//! Verdicts compared with those of others: the rustsec crate on every advisory at its boundary
//! versions, and cargo-audit on a real lock file.

use std::collections::BTreeSet;

use semver::{Comparator, Prerelease, Version, VersionReq};

use super::super::{AdvisoryKind, embedded, matching, pack};
use super::*;

/// Versions below, at and above every bound, with pre-releases and build metadata.
fn boundaries(ranges: &[String]) -> BTreeSet<Version> {
    let mut versions = BTreeSet::from([Version::new(0, 0, 0), Version::new(999, 0, 0)]);
    for range in ranges {
        for bound in VersionReq::parse(range).expect("a range").comparators {
            let Comparator { major, minor, patch, pre, .. } = bound;
            let at = Version { pre, ..Version::new(major, minor.unwrap_or(0), patch.unwrap_or(0)) };
            let below = match (at.major, at.minor, at.patch) {
                (major, minor, 1..) => Version::new(major, minor, at.patch - 1),
                (major, 1.., 0) => Version::new(major, at.minor - 1, 999),
                (1.., 0, 0) => Version::new(at.major - 1, 999, 999),
                (0, 0, 0) => Version::new(0, 0, 0),
            };
            let above = [
                Version::new(at.major, at.minor, at.patch + 1),
                Version::new(at.major, at.minor + 1, 0),
                Version::new(at.major + 1, 0, 0),
            ];
            for mut version in above.into_iter().chain([at, below]) {
                versions.insert(version.clone());
                for pre in ["0", "alpha.1", "rc.9"] {
                    versions
                        .insert(Version { pre: Prerelease::new(pre).expect("a word"), ..version.clone() });
                }
                version.build = semver::BuildMetadata::new("build.7").expect("a word");
                versions.insert(version);
            }
        }
    }
    versions
}

fn ranges(advisory: &Advisory) -> Vec<String> {
    [advisory.patched.clone(), advisory.unaffected.clone()].concat()
}

#[test]
fn every_advisory_agrees_with_the_rustsec_crate_at_its_boundaries() {
    let Some(shared) = snapshot() else { return };
    let collections = shared.join("advisory-db");
    let original: Vec<Advisory> = read(&shared.join("advisory-db")).advisories().cloned().collect();
    let packed = pack::read("p", &pack::encode(&original)).expect("a pack").advisories;
    assert_eq!(original, packed);
    let mut compared = 0;
    for advisory in &packed {
        let collection = collections.join(if advisory.toolchain { "rust" } else { "crates" });
        let file = collection.join(&advisory.package).join(format!("{}.md", advisory.id));
        let theirs = rustsec::Advisory::load_file(&file).expect("an advisory");
        assert_eq!(advisory.withdrawn.is_some(), theirs.withdrawn(), "{}", advisory.id);
        assert_eq!(advisory.cvss, theirs.metadata.cvss.as_ref().map(ToString::to_string), "{}", advisory.id);
        let informational = !matches!(advisory.kind, AdvisoryKind::Vulnerability | AdvisoryKind::Malicious);
        assert_eq!(informational, theirs.metadata.informational.is_some(), "{}", advisory.id);
        for version in boundaries(&ranges(advisory)) {
            let ours = matching::is_affected(advisory, &version).expect("a verdict");
            assert_eq!(ours, theirs.versions.is_vulnerable(&version), "{} at {version}", advisory.id);
            compared += 1;
        }
    }
    assert!(packed.len() > 1200 && compared > 20_000, "{} advisories, {compared} verdicts", packed.len());
}

#[test]
fn the_embedded_advisories_agree_with_cargos_reading_of_ranges() {
    let data = embedded().expect("data");
    let (mut affected, mut compared) = (0, 0);
    for advisory in data.advisories().filter(|advisory| advisory.withdrawn.is_none()) {
        let safe: Vec<VersionReq> =
            ranges(advisory).iter().map(|range| VersionReq::parse(range).expect("a range")).collect();
        // Cargo's requirements leave pre-releases out unless they name one; for all others, what
        // neither a patched nor an unaffected range covers is affected.
        for version in
            boundaries(&ranges(advisory)).into_iter().filter(|v| v.pre.is_empty() && v.build.is_empty())
        {
            let expected = !safe.iter().any(|range| range.matches(&version));
            let ours = matching::is_affected(advisory, &version).expect("a verdict");
            assert_eq!(ours, expected, "{} at {version}", advisory.id);
            affected += usize::from(ours);
            compared += 1;
        }
    }
    assert!(compared > 5_000 && affected > 1_000 && affected < compared - 1_000, "{affected} of {compared}");
}

/// Id, package and version of each hit on a package of crates.io.
type Verdicts = BTreeSet<(String, String, String)>;

#[test]
fn a_real_lock_file_gets_the_verdicts_of_cargo_audit() {
    let Some(shared) = snapshot() else { return };
    let text =
        std::fs::read_to_string(shared.join("lockfiles/dicom-rs.cargo-audit.json")).expect("the oracle");
    let oracle: serde_json::Value = serde_json::from_str(&text).expect("json");
    let warnings = oracle["warnings"].as_object().expect("warnings").values();
    let theirs: Verdicts = std::iter::once(&oracle["vulnerabilities"]["list"])
        .chain(warnings)
        .flat_map(|list| list.as_array().expect("a list"))
        .filter(|hit| !hit["advisory"].is_null())
        .map(|hit| {
            let word = |value: &serde_json::Value| value.as_str().expect("a word").to_owned();
            (word(&hit["advisory"]["id"]), word(&hit["package"]["name"]), word(&hit["package"]["version"]))
        })
        .collect();
    let lock = cargo_lock::Lockfile::load(shared.join("lockfiles/dicom-rs.lock")).expect("a lock file");
    let data = read(&shared.join("advisory-db"));
    let mut ours = Verdicts::new();
    for package in &lock.packages {
        if !package.source.as_ref().is_some_and(cargo_lock::SourceId::is_default_registry) {
            continue;
        }
        for advisory in data.advisories() {
            if advisory.package == package.name.as_str()
                && advisory.withdrawn.is_none()
                && matching::is_affected(advisory, &package.version).expect("a verdict")
            {
                ours.insert((advisory.id.clone(), advisory.package.clone(), package.version.to_string()));
            }
        }
    }
    assert!(!theirs.is_empty());
    assert_eq!(ours, theirs);
}
