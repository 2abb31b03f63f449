//! Features of cargo that belong into tests, in what ships.

use std::collections::BTreeMap;

use crate::document::Entry;
use crate::facts::Facts;
use crate::facts::workspace::{EdgeKind, Member, Workspace};
use crate::finding::Findings;
use crate::source::{Location, Placed};

/// Words of a feature for tests.
const TESTS: &[&str] = &[
    "test", "tests", "testing", "mock", "mocks", "mocking", "mocked", "fake", "fakes", "stub", "stubs",
    "fixture", "fixtures", "fuzz", "fuzzing",
];

/// Whole names of features for developers; `dev` within a name is more often a device.
const DEVELOPERS: &[&str] = &["dev", "devel", "development", "dev mode", "dev tools"];

/// Words, or words in this order, of a feature that opens a door.
const DOORS: &[&str] = &[
    "insecure",
    "backdoor",
    "bypass auth",
    "skip auth",
    "no auth",
    "disable auth",
    "disable tls",
    "no tls verify",
    "skip verify",
    "no verify",
    "disable verification",
    "accept invalid certs",
];

pub(super) fn test_feature_in_product(facts: &Facts, found: &mut Findings<'_>) {
    let workspace = &facts.workspace;
    let mut linked: BTreeMap<(String, String), Vec<(Location, EdgeKind)>> = BTreeMap::new();
    for member in workspace.chosen().filter(|member| ships(workspace, member)) {
        for Placed { value: name, at } in member.built_with(&facts.policy.product) {
            if let Some(what) = misplaced(&name) {
                let message = format!("`{}` is built with `{name}`, which is for {what}", member.name);
                found.add(&at, message).about(format!("{}/{name}", member.name)).about(name);
            }
        }
        for (dependency, feature) in workspace.asked_by(member) {
            if misplaced(&feature.value).is_some() {
                let key = (dependency.package.clone(), feature.value.clone());
                linked.entry(key).or_default().push((feature.at.clone(), dependency.kind));
            }
        }
    }
    // Whoever asks for it, it is linked once, and for all of them.
    for ((package, feature), asks) in linked {
        let Some((what, (at, edge))) = misplaced(&feature).zip(asks.first()) else { continue };
        let how = if *edge == EdgeKind::Dev { ": resolver 1 takes it over from the tests" } else { "" };
        let message = format!("`{package}` is linked with its feature `{feature}`, which is for {what}{how}");
        let finding = found.add(at, message).about(format!("{package}/{feature}"));
        for (other, _) in asks[1..].iter().filter(|(other, _)| other != at) {
            finding.with(other, "asked for here too");
        }
    }
}

/// What a feature is for, where that is not the product.
pub(super) fn misplaced(feature: &str) -> Option<&'static str> {
    let feature = feature.rsplit('/').next().unwrap_or(feature);
    let words = feature.split(['-', '_', ' ', '.']).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_ascii_lowercase).collect();
    let name = words.join(" ");
    let holds = |wanted: &&&str| format!(" {name} ").contains(&format!(" {wanted} "));
    if words.iter().any(|word| TESTS.contains(&word.as_str())) {
        Some("tests")
    } else if DEVELOPERS.contains(&name.as_str()) {
        Some("developers")
    } else {
        DOORS.iter().find(holds).map(|_| "opening a door")
    }
}

/// False for a member that only tests of others use, or whose name says that it is one for tests.
fn ships(workspace: &Workspace, member: &Member) -> bool {
    let uses = || {
        let all = workspace.members.iter().flat_map(|other| &other.dependencies);
        all.filter(|dependency| dependency.package == member.name)
    };
    let only_tests = uses().next().is_some() && uses().all(|dependency| dependency.kind == EdgeKind::Dev);
    let helper =
        |word: &str| TESTS.contains(&word) || matches!(word, "xtask" | "bench" | "benches" | "benchmarks");
    !only_tests && !member.name.split(['-', '_']).any(helper)
}

pub(super) fn edition_outdated(facts: &Facts, found: &mut Findings<'_>) {
    for member in facts.workspace.chosen().filter(|member| matches!(member.edition.as_str(), "2015" | "2018"))
    {
        let written = member.manifest.value.get(&["package"]).and_then(|package| package.entry("edition"));
        let at = written.map_or_else(|| member.name_at.clone(), |entry: &Entry| entry.value.at());
        let message = format!("`{}` is written in the edition {}", member.name, member.edition);
        let help = "`cargo fix --edition`, then raise `edition` to 2021 or later";
        found.add(&at, message).about(&member.name).help(help);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_for_tests_are_told_from_others() {
        for (name, what) in [
            ("test-util", Some("tests")),
            ("tokio/test-util", Some("tests")),
            ("_testing", Some("tests")),
            ("MOCK_SENSOR", Some("tests")),
            ("dev", Some("developers")),
            ("insecure", Some("opening a door")),
            ("skip-auth-check", Some("opening a door")),
        ] {
            assert_eq!(misplaced(name), what, "{name}");
        }
        for name in
            ["latest", "attestation", "i2c-dev", "udev", "debug", "std", "author", "no-authority", "contest"]
        {
            assert_eq!(misplaced(name), None, "{name}");
        }
    }
}
