//! Features of cargo that belong into tests, in what ships.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::document::{Entry, Value};
use crate::facts::Facts;
use crate::facts::workspace::{EdgeKind, Member, Workspace};
use crate::finding::Findings;
use crate::source::Location;

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
        for (name, at) in enabled(facts, member) {
            if let Some(what) = misplaced(&name) {
                let message = format!("`{}` is built with `{name}`, which is for {what}", member.name);
                found.add(&at, message).about(format!("{}/{name}", member.name)).about(name);
            }
        }
        for (package, feature, at, edge) in asked(workspace, member) {
            if misplaced(&feature).is_some() {
                linked.entry((package, feature)).or_default().push((at, edge));
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

/// The features that a member is built with, each with the place that switches it on.
fn enabled(facts: &Facts, member: &Member) -> Vec<(String, Location)> {
    let table = member.manifest.value.get(&["features"]).map(Value::entries).unwrap_or_default();
    let product = &facts.policy.product;
    let named = product.features.iter().filter_map(|feature| {
        let name = match feature.value.split_once('/') {
            Some((of, name)) if of == member.name => name,
            Some(_) => return None,
            None => &feature.value,
        };
        table.iter().any(|entry| entry.key == name).then(|| (name.to_owned(), feature.at.clone()))
    });
    let mut found: Vec<(String, Location)> = named.collect();
    let mut waiting: VecDeque<String> = found.iter().map(|(name, _)| name.clone()).collect();
    if product.default_features {
        waiting.push_back("default".to_owned());
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    while let Some(name) = waiting.pop_front() {
        let entry = table.iter().find(|entry| entry.key == name);
        for item in entry.map(|entry| entry.value.items()).unwrap_or_default() {
            let Some(next) = item.as_str() else { continue };
            // `dep:x` names a component, and `x?/y` switches nothing on by itself.
            if let Some(name) = Some(next).filter(|next| !next.starts_with("dep:") && !next.contains('?')) {
                found.push((name.to_owned(), item.at()));
                if seen.insert(name.to_owned()) {
                    waiting.push_back(name.to_owned());
                }
            }
        }
    }
    found
}

/// The features that a member asks of what it links: package, feature, place, edge.
fn asked(workspace: &Workspace, member: &Member) -> Vec<(String, String, Location, EdgeKind)> {
    let unified = resolver(workspace) == 1;
    let linked = |package: &str| {
        member.dependencies.iter().any(|known| known.package == package && known.kind == EdgeKind::Normal)
    };
    let mut found = Vec::new();
    for dependency in &member.dependencies {
        let counts = dependency.kind == EdgeKind::Normal
            || (dependency.kind == EdgeKind::Dev && unified && linked(&dependency.package));
        for feature in dependency.features.iter().filter(|_| counts && !dependency.optional) {
            found.push((
                dependency.package.clone(),
                feature.value.clone(),
                feature.at.clone(),
                dependency.kind,
            ));
        }
    }
    found
}

/// The resolver of the workspace: the first one gives components the features that only tests ask for.
fn resolver(workspace: &Workspace) -> i64 {
    let root = &workspace.manifest.value;
    let written = root.get(&["workspace", "resolver"]).or_else(|| root.get(&["package", "resolver"]));
    if let Some(number) = written.and_then(Value::as_str) {
        return number.parse().unwrap_or(1);
    }
    let root = workspace.members.iter().find(|member| member.folder == workspace.root);
    root.map_or(1, |member| if matches!(member.edition.as_str(), "2015" | "2018") { 1 } else { 2 })
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
