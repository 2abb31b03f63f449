//! How near an advisory is to code that ships: a hint for the order of work, never a verdict.
//!
//! A function that nobody names can still be run: through a trait, a macro, a function that another
//! one calls. A function that is named may never run. So no verdict and no exit code depends on
//! what stands here.
//!
//! The question is asked of everything that uses the component directly and ships: our own code,
//! and the sources of other components.

use std::path::Path;

use rayon::prelude::*;

use crate::facts::code::{Callee, Code, Scope};
use crate::facts::components::{Component, Components, Node, Ships};
use crate::facts::inventory::Inventory;
use crate::facts::inventory::naming::{Wanted, in_package, in_text};
use crate::facts::workspace::{EdgeKind, Workspace};
use crate::source::{LARGEST_FILE, Location, read_limited};

use super::{Advisory, Hit};

/// How near an advisory is to code that ships.
#[derive(Debug, Clone)]
pub enum Reach {
    /// Our own code names a function that the advisory names.
    NamedInOurCode {
        /// The function, as the advisory writes it.
        function: String,
        /// Where.
        at: Location,
    },
    /// A component that ships names one.
    NamedInComponent {
        /// The function, as the advisory writes it.
        function: String,
        /// Index into the components.
        component: usize,
        /// The file, relative to the component.
        file: String,
    },
    /// No code that ships names the crate at all.
    NotImported,
    /// None of these could be told.
    Unknown {
        /// Why, in words.
        why: &'static str,
    },
}

impl Default for Reach {
    fn default() -> Self {
        Self::Unknown { why: "nobody has looked" }
    }
}

impl Reach {
    /// The word in reports.
    #[must_use]
    pub fn grade(&self) -> &'static str {
        match self {
            Self::NamedInOurCode { .. } => "named-in-our-code",
            Self::NamedInComponent { .. } => "named-in-component",
            Self::NotImported => "not-imported",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// What is looked at.
pub(in crate::facts) struct Question<'a> {
    pub(in crate::facts) workspace: &'a Workspace,
    pub(in crate::facts) components: &'a Components,
    pub(in crate::facts) inventory: &'a Inventory,
    /// The workspace's own code, where it was read.
    pub(in crate::facts) code: Option<&'a Code>,
}

/// Grades every hit.
pub(in crate::facts) fn grade(hits: &mut [Hit], question: &Question<'_>) {
    hits.par_iter_mut().for_each(|hit| {
        if let Some(component) = question.components.all.get(hit.component) {
            hit.reach = question.reach(hit, component);
        }
    });
}

/// What the users of a component show.
#[derive(Default)]
struct Shown {
    imported: bool,
    /// Some code was not looked at.
    opaque: bool,
    in_component: Option<(usize, usize, String)>,
}

impl Question<'_> {
    fn reach(&self, hit: &Hit, component: &Component) -> Reach {
        if component.ships < Ships::Build {
            return Reach::Unknown { why: "the component does not ship" };
        }
        let (functions, wanted): (Vec<&str>, Vec<Wanted>) =
            wanted(&hit.advisory, component).into_iter().unzip();
        let library = library_name(component);
        let mut shown = Shown::default();
        for user in self.users(hit.component, component.ships) {
            match user {
                Node::Member(member) => {
                    if let Some((function, at)) =
                        self.in_member(member, component, &library, &wanted, &mut shown)
                    {
                        return Reach::NamedInOurCode { function: functions[function].to_owned(), at };
                    }
                }
                Node::Component(user) => self.in_component(user, component, &library, &wanted, &mut shown),
            }
        }
        match shown {
            Shown { in_component: Some((function, component, file)), .. } => {
                Reach::NamedInComponent { function: functions[function].to_owned(), component, file }
            }
            Shown { imported: true, .. } if wanted.is_empty() => {
                Reach::Unknown { why: "the crate is imported, and the advisory names no function" }
            }
            Shown { imported: true, .. } => {
                Reach::Unknown { why: "the crate is imported, and no function of the advisory is named" }
            }
            Shown { opaque: true, .. } => {
                Reach::Unknown { why: "not all code that ships could be looked at" }
            }
            Shown { .. } => Reach::NotImported,
        }
    }

    /// What uses a component and ships, or runs in the build as it does. Our own code comes first.
    fn users(&self, component: usize, ships: Ships) -> Vec<Node> {
        let least = ships.min(Ships::Unknown);
        let counts = |kind: Option<EdgeKind>| match kind {
            Some(EdgeKind::Normal) => true,
            Some(EdgeKind::Build) => ships == Ships::Build,
            Some(EdgeKind::Dev) => false,
            None => !self.components.resolved,
        };
        let links = self.components.links.iter();
        let mut users: Vec<Node> = links
            .filter(|link| link.to == Node::Component(component) && counts(link.kind))
            .map(|link| link.from)
            .filter(|user| match user {
                Node::Member(member) => {
                    self.workspace.members.get(*member).is_some_and(|member| member.chosen)
                }
                Node::Component(user) => {
                    self.components.all.get(*user).is_some_and(|user| user.ships >= least)
                }
            })
            .collect();
        users.sort();
        users.dedup();
        users
    }

    /// The function that a member names, and where.
    fn in_member(
        &self,
        index: usize,
        component: &Component,
        library: &str,
        wanted: &[Wanted],
        shown: &mut Shown,
    ) -> Option<(usize, Location)> {
        let (Some(code), member) = (self.code, self.workspace.members.get(index)?) else {
            shown.opaque = true;
            return None;
        };
        let ours = |unit: usize, scope: Scope| {
            scope > Scope::Test && code.units.get(unit).is_some_and(|unit| unit.member == index)
        };
        shown.opaque |= code.blind_spots.iter().any(|site| ours(site.unit, site.scope));
        let plain = component.name.replace('-', "_");
        let renamed = member
            .dependencies
            .iter()
            .find(|dependency| dependency.package == component.name && dependency.code_name != plain);
        let name = renamed.map_or(library, |dependency| &dependency.code_name);
        for call in code.calls.iter().filter(|call| ours(call.site.unit, call.site.scope)) {
            let (Callee::Path(path) | Callee::Macro(path)) = &call.callee else { continue };
            let Some(resolved) = &path.resolved else { continue };
            let segments: Vec<&str> = resolved.split("::").collect();
            let Some((first, behind)) = segments.split_first() else { continue };
            if *first == name || *first == library {
                shown.imported = true;
                if let Some(function) = wanted.iter().position(|wanted| wanted.is(behind)) {
                    return Some((function, call.site.at.clone()));
                }
            }
        }
        let edition = member.edition.parse().unwrap_or(2021);
        for file in code.files.iter().filter(|file| ours(file.unit, file.scope)) {
            let text = file.source.text();
            let found = in_text(text, edition, name, wanted);
            shown.imported |= found.imported;
            // A call in a test of the same file is none that ships; calls that ship were looked at before.
            let in_test = |at: usize| file.tests.iter().any(|place| place.bytes().contains(&at));
            if let Some((function, at)) = found.function.filter(|(_, at)| !in_test(*at)) {
                let length = text[at..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(0);
                return Some((function, file.source.at(at..at + length)));
            }
        }
        None
    }

    fn in_component(
        &self,
        index: usize,
        component: &Component,
        library: &str,
        wanted: &[Wanted],
        shown: &mut Shown,
    ) {
        let Some(folder) = self.components.all.get(index).and_then(|user| user.folder.as_deref()) else {
            shown.opaque = true;
            return;
        };
        let seen = self.inventory.of.get(&index);
        shown.opaque |= seen.is_none_or(|seen| seen.library.unseen_includes > 0 || !seen.unread.is_empty());
        for name in names_in(folder, &component.name, library) {
            match in_package(folder, &name, wanted) {
                Ok((naming, file)) => {
                    shown.imported |= naming.imported;
                    if let (Some((function, _)), Some(file), None) =
                        (naming.function, file, &shown.in_component)
                    {
                        shown.in_component = Some((function, index, file));
                    }
                }
                Err(_) => shown.opaque = true,
            }
        }
    }
}

/// The functions that an advisory names for a version.
fn wanted<'a>(advisory: &'a Advisory, component: &Component) -> Vec<(&'a str, Wanted)> {
    let touches = |versions: &[String]| {
        // A range that cannot be read may mean any version.
        let reads = |range: &String| {
            semver::VersionReq::parse(range).map_or(true, |range| range.matches(&component.version))
        };
        versions.is_empty() || versions.iter().any(reads)
    };
    let functions = advisory.functions.iter().filter(|function| touches(&function.versions));
    functions.filter_map(|function| Some((function.path.as_str(), Wanted::read(&function.path)?))).collect()
}

/// What code calls the library of a component.
fn library_name(component: &Component) -> String {
    let manifest = component.folder.as_deref().and_then(manifest);
    let named = manifest.as_ref().and_then(|manifest| manifest.get("lib")?.get("name")?.as_str());
    named.unwrap_or(&component.name).replace('-', "_")
}

/// What a package calls the library of another: its name, or what its manifest renames it to.
fn names_in(folder: &Path, package: &str, library: &str) -> Vec<String> {
    let manifest = manifest(folder).unwrap_or_default();
    let targets = manifest.get("target").and_then(toml::Value::as_table).into_iter().flatten();
    let tables = std::iter::once(&manifest).chain(targets.filter_map(|(_, table)| table.as_table()));
    let mut names: Vec<String> = tables
        .flat_map(|table| ["dependencies", "build-dependencies"].into_iter().filter_map(|key| table.get(key)))
        .filter_map(toml::Value::as_table)
        .flatten()
        .filter(|(_, value)| value.get("package").and_then(toml::Value::as_str) == Some(package))
        .map(|(key, _)| key.replace('-', "_"))
        .collect();
    if names.is_empty() {
        names.push(library.to_owned());
    }
    names.sort();
    names.dedup();
    names
}

fn manifest(folder: &Path) -> Option<toml::Table> {
    toml::from_slice(&read_limited(&folder.join("Cargo.toml"), LARGEST_FILE).ok()?).ok()
}
