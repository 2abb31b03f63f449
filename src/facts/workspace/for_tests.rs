//! Members that serve tests only: harnesses, helpers, fuzzers. Nothing of them ships.

use std::path::Path;

use crate::source::Placed;

use super::{EdgeKind, Member, TargetKind, Workspace};

/// Folders whose members are programs for tests.
const FOLDERS: &[&str] = &["benches", "examples", "fuzz", "tests"];

/// What libraries for tests are called. `test` alone may be what a device does.
const HELPERS: &[&str] = &[
    "fixture",
    "fixtures",
    "mock",
    "mocks",
    "test framework",
    "test harness",
    "test helper",
    "test helpers",
    "test support",
    "test util",
    "test utils",
    "testing",
    "testkit",
    "testutil",
    "testutils",
];

/// Marks the members that serve tests only: each lies in a folder for tests, or is a library for them by its name
/// that others use; no binary of it is in the policy's list, and nothing that ships is built with it. Where that
/// would leave nothing to ship, whoever chose these members means them, and none is marked.
pub(super) fn mark(members: &mut [Member], root: &Path, bins: &[Placed<String>]) {
    let mut serve: Vec<bool> = members
        .iter()
        .map(|member| {
            let by_name = || helps_tests(member) && uses_of(members, member).next().is_some();
            !is_shipped(member, bins) && (lies_in_tests(root, &member.folder) || by_name())
        })
        .collect();
    loop {
        let ships = |index: &usize| {
            let built_with = |(user, kind): (usize, EdgeKind)| kind != EdgeKind::Dev && !serve[user];
            serve[*index] && uses_of(members, &members[*index]).any(built_with)
        };
        let Some(index) = (0..serve.len()).find(ships) else { break };
        serve[index] = false;
    }
    if members.iter().zip(&serve).any(|(member, serves)| member.chosen && !serves) {
        for (member, serves) in members.iter_mut().zip(serve) {
            member.for_tests = serves;
        }
    }
}

impl Workspace {
    /// The names of the chosen members that serve tests only.
    #[must_use]
    pub fn names_for_tests(&self) -> Vec<&str> {
        self.chosen().filter(|member| member.for_tests).map(|member| member.name.as_str()).collect()
    }
}

/// The other members that use one, and how.
fn uses_of<'a>(members: &'a [Member], member: &'a Member) -> impl Iterator<Item = (usize, EdgeKind)> + 'a {
    let others = members.iter().enumerate().filter(|(_, other)| other.name != member.name);
    others.flat_map(|(index, other)| {
        let of = other.dependencies.iter().filter(|dependency| dependency.package == member.name);
        of.map(move |dependency| (index, dependency.kind))
    })
}

/// True where the policy lists one of its binaries among those that the product ships.
fn is_shipped(member: &Member, bins: &[Placed<String>]) -> bool {
    let mut binaries = member.targets.iter().filter(|target| target.kind == TargetKind::Binary);
    binaries.any(|target| bins.iter().any(|bin| bin.value.replace('-', "_") == target.name))
}

fn lies_in_tests(root: &Path, folder: &Path) -> bool {
    let below = folder.strip_prefix(root).unwrap_or(Path::new(""));
    below.components().any(|part| part.as_os_str().to_str().is_some_and(|part| FOLDERS.contains(&part)))
}

fn helps_tests(member: &Member) -> bool {
    let words = format!(" {} ", member.name.replace(['-', '_'], " "));
    let library = member.target(TargetKind::Binary).is_none();
    library && HELPERS.iter().any(|name| words.contains(&format!(" {name} ")))
}
