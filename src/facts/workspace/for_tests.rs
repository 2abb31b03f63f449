//! Members that serve tests only: harnesses, helpers, fuzzers. Nothing of them ships.

use std::path::Path;

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

impl Workspace {
    /// For each member, whether it serves tests only: it lies in a folder for tests, or is a library for them by
    /// its name that others use; and nothing that ships is built with it.
    #[must_use]
    pub fn for_tests(&self) -> Vec<bool> {
        let used = |member: &Member| self.uses_of(member).next().is_some();
        let mut serve: Vec<bool> = self
            .members
            .iter()
            .map(|member| lies_in_tests(&self.root, &member.folder) || (helps_tests(member) && used(member)))
            .collect();
        loop {
            let ships = |index: &usize| {
                let built_with = |(user, kind): (usize, EdgeKind)| kind != EdgeKind::Dev && !serve[user];
                serve[*index] && self.uses_of(&self.members[*index]).any(built_with)
            };
            let Some(index) = (0..serve.len()).find(ships) else { return serve };
            serve[index] = false;
        }
    }

    /// The names of the chosen members that serve tests only.
    #[must_use]
    pub fn names_for_tests(&self) -> Vec<&str> {
        let serve = self.for_tests();
        let members = self.members.iter().zip(serve).filter(|(member, serves)| *serves && member.chosen);
        members.map(|(member, _)| member.name.as_str()).collect()
    }

    /// The other members that use one, and how.
    fn uses_of(&self, member: &Member) -> impl Iterator<Item = (usize, EdgeKind)> {
        let others = self.members.iter().enumerate().filter(|(_, other)| other.name != member.name);
        others.flat_map(|(index, other)| {
            let of = other.dependencies.iter().filter(|dependency| dependency.package == member.name);
            of.map(move |dependency| (index, dependency.kind))
        })
    }
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
