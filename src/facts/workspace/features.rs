//! Features: which ones members are built with, and which ones they ask of what they link.

use std::collections::{BTreeSet, VecDeque};

use crate::document::Value;
use crate::policy::Product;
use crate::source::Placed;

use super::{Dependency, EdgeKind, Member, Workspace};

impl Member {
    /// The features that it is built with, each with the place that switches it on.
    #[must_use]
    pub fn built_with(&self, product: &Product) -> Vec<Placed<String>> {
        let table = self.manifest.value.get(&["features"]).map(Value::entries).unwrap_or_default();
        let named = product.features.iter().filter_map(|feature| {
            let name = match feature.value.split_once('/') {
                Some((of, name)) if of == self.name => name,
                Some(_) => return None,
                None => &feature.value,
            };
            let known = table.iter().any(|entry| entry.key == name);
            known.then(|| Placed { value: name.to_owned(), at: feature.at.clone() })
        });
        let mut found: Vec<Placed<String>> = named.collect();
        let start = found.iter().map(|feature| feature.value.clone());
        let default = product.default_features.then(|| "default".to_owned());
        let more = self.switched_on(start.chain(default));
        found.extend(more);
        found
    }

    /// What its features switch on, one through the other, each with the place that does so.
    fn switched_on(&self, start: impl Iterator<Item = String>) -> Vec<Placed<String>> {
        let table = self.manifest.value.get(&["features"]).map(Value::entries).unwrap_or_default();
        let mut waiting: VecDeque<String> = start.collect();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut found = Vec::new();
        while let Some(name) = waiting.pop_front() {
            let entry = table.iter().find(|entry| entry.key == name);
            for item in entry.map(|entry| entry.value.items()).unwrap_or_default() {
                let Some(next) = item.as_str() else { continue };
                // `dep:x` names a component, and `x?/y` switches nothing on by itself.
                if next.starts_with("dep:") || next.contains('?') {
                    continue;
                }
                found.push(Placed { value: next.to_owned(), at: item.at() });
                if seen.insert(next.to_owned()) {
                    waiting.push_back(next.to_owned());
                }
            }
        }
        found
    }
}

impl Workspace {
    /// The features that a member asks of what it links, with the dependency.
    pub fn asked_by<'m>(
        &self,
        member: &'m Member,
    ) -> impl Iterator<Item = (&'m Dependency, &'m Placed<String>)> {
        let unified = self.resolver() == 1;
        let all = &member.dependencies;
        let linked = |package: &str| {
            all.iter().any(|known| known.package == package && known.kind == EdgeKind::Normal)
        };
        let counts = move |dependency: &&Dependency| {
            let dev = dependency.kind == EdgeKind::Dev && unified && linked(&dependency.package);
            !dependency.optional && (dependency.kind == EdgeKind::Normal || dev)
        };
        let of = |dependency: &'m Dependency| dependency.features.iter().map(move |one| (dependency, one));
        all.iter().filter(counts).flat_map(of)
    }

    /// The resolver of the workspace: the first one gives components the features that only tests ask for.
    fn resolver(&self) -> i64 {
        let root = &self.manifest.value;
        let written = root.get(&["workspace", "resolver"]).or_else(|| root.get(&["package", "resolver"]));
        if let Some(number) = written.and_then(Value::as_str) {
            return number.parse().unwrap_or(1);
        }
        let root = self.members.iter().find(|member| member.folder == self.root);
        root.map_or(1, |member| if matches!(member.edition.as_str(), "2015" | "2018") { 1 } else { 2 })
    }

    /// The names of the features that anything of the product is built with.
    pub(super) fn features_of(&self, product: &Product) -> BTreeSet<String> {
        let mut found = Vec::new();
        for member in self.members.iter().filter(|member| !member.for_tests) {
            found.extend(member.built_with(product));
            for (dependency, feature) in self.asked_by(member) {
                let of = self.member(&dependency.package);
                found.extend(
                    of.into_iter().flat_map(|of| of.switched_on([feature.value.clone()].into_iter())),
                );
                found.push(feature.clone());
            }
        }
        // `member/feature` is one of another.
        let name = |feature: Placed<String>| feature.value.rsplit('/').next().map(str::to_owned);
        found.into_iter().filter_map(name).collect()
    }
}
