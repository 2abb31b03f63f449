//! The graph as cargo would build it: which package is built for the product, which runs while that is
//! built, and with which features.
//!
//! `cargo metadata` joins the features of every kind of use: what only a test switches on counts for the
//! product too. Cargo itself builds with less, so the graph that it prints is resolved once more by
//! `guppy`, which does as cargo does: features of the product, of what runs at build time and of tests
//! apart, for the members that ship, by the resolver that the workspace names.

mod question;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;

use guppy::graph::cargo::{CargoOptions, CargoResolverVersion, CargoSet};
use guppy::graph::feature::{FeatureId, FeatureSet, StandardFeatures};
use guppy::graph::{DependencyDirection, PackageGraph, PackageLink, PackageMetadata};
use guppy::{CargoMetadata, PackageId};

use crate::policy::Policy;
use crate::request::FeatureChoice;

use super::super::workspace::{EdgeKind, TargetKind, Workspace};
use super::graph::{Graph, Reached, Roots};
use super::metadata::Question;
use super::{Declared, Origin, Ships};
use question::{named, options, resolver, switched_elsewhere};

/// The graph and what is known of each package; the index of a package is its node.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) packages: Vec<Package>,
    pub(super) graph: Graph,
    /// How each package is used by others.
    pub(super) uses: Vec<BTreeSet<EdgeKind>>,
    roots: Roots,
}

/// A package of the graph.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: semver::Version,
    pub(super) origin: Origin,
    pub(super) folder: PathBuf,
    /// The features it is built with where it counts most: in the product, else at build time, else for
    /// tests.
    pub(super) features: Vec<String>,
    pub(super) build_script: bool,
    pub(super) proc_macro: bool,
    pub(super) links: Option<String>,
    pub(super) declared: Declared,
    pub(super) member: bool,
}

impl Resolved {
    /// Reads what `cargo metadata` printed, and resolves it as cargo does for a build.
    ///
    /// # Errors
    /// When it is no graph, a feature that was asked for is not to be found in it, or `guppy` gives up on it:
    /// it panics where one table names a package twice, once plainly and once renamed and optional.
    pub(super) fn read(
        output: &[u8],
        question: &Question,
        workspace: &Workspace,
        policy: &Policy,
    ) -> Result<Self, String> {
        let read = AssertUnwindSafe(|| Self::built(output, question, workspace, policy));
        std::panic::catch_unwind(read)
            .unwrap_or_else(|_| Err("the graph holds something that the resolver can't follow".to_owned()))
    }

    fn built(
        output: &[u8],
        question: &Question,
        workspace: &Workspace,
        policy: &Policy,
    ) -> Result<Self, String> {
        let unreadable =
            |error: &dyn std::fmt::Display| format!("what cargo metadata printed can't be read: {error}");
        let text = std::str::from_utf8(output).map_err(|error| unreadable(&error))?;
        let graph = CargoMetadata::parse_json(text).and_then(CargoMetadata::build_graph);
        let graph = graph.map_err(|error| unreadable(&error))?;
        let mut all: Vec<PackageMetadata<'_>> = graph.packages().collect();
        all.sort_by_key(PackageMetadata::id);
        let nodes: Nodes<'_> = all.iter().enumerate().map(|(node, package)| (package.id(), node)).collect();
        let mut packages = all.iter().map(package).collect::<Result<Vec<_>, _>>()?;
        let roots = roots(&packages, workspace, policy);
        let names = packages.iter().map(|package| format!("{} {}", package.name, package.version));
        let mut built = Built { graph: Graph::new(names.collect()), nodes: &nodes, all: &all };
        let options = options(question, workspace, text);
        let elsewhere = match resolver(workspace) {
            CargoResolverVersion::V1 => {
                let members: Vec<usize> = (0..all.len()).filter(|node| packages[*node].member).collect();
                let whole = built.resolve(&graph, &members, &question.features, &[], &options(true))?;
                switched_elsewhere(text, &all, &whole)?
            }
            _ => Vec::new(),
        };
        // From the least to the most, so that the features that count most are kept.
        let judged: Vec<usize> = roots.product().chain(roots.dev.iter().copied()).collect();
        let tests = built.resolve(&graph, &judged, &question.features, &elsewhere, &options(true))?;
        let product: Vec<usize> = roots.product().collect();
        let product = built.resolve(&graph, &product, &question.features, &elsewhere, &options(false))?;
        for set in [
            tests.host_features(),
            tests.target_features(),
            product.host_features(),
            product.target_features(),
        ] {
            built.features(set, &mut packages);
        }
        built.connect(&product, &BTreeSet::new(), false);
        let in_product = product
            .all_features()
            .into_iter()
            .flat_map(|(_, set)| set.packages_with_features(DependencyDirection::Forward));
        let in_product = in_product.filter_map(|list| nodes.get(list.package().id()).copied()).collect();
        built.connect(&tests, &in_product, true);
        Ok(Self { uses: built.graph.uses(), graph: built.graph, packages, roots })
    }

    /// What ships, and why.
    pub(super) fn reach(&self) -> Reached {
        self.graph.reach(&self.roots)
    }

    /// The members that the product starts from, by node.
    pub(super) fn product(&self) -> impl Iterator<Item = usize> {
        self.roots.product()
    }

    /// Whether each member ships, by its index in the workspace.
    pub(super) fn members(&self, workspace: &Workspace, reached: &Reached) -> BTreeMap<usize, Ships> {
        let members = self.packages.iter().enumerate().filter(|(_, package)| package.member);
        members
            .filter_map(|(node, package)| {
                let index = workspace.members.iter().position(|member| member.name == package.name)?;
                Some((index, reached.ships(node)))
            })
            .collect()
    }
}

/// The members that ship: those with the binaries of the policy, else all that are judged.
fn roots(packages: &[Package], workspace: &Workspace, policy: &Policy) -> Roots {
    let bins: Vec<String> = policy.product.bins.iter().map(|bin| bin.value.replace('-', "_")).collect();
    let shipped = |package: &Package| {
        workspace.member(&package.name).is_some_and(|member| {
            member
                .targets
                .iter()
                .any(|target| target.kind == TargetKind::Binary && bins.contains(&target.name))
        })
    };
    let judged = |package: &Package| {
        package.member && workspace.member(&package.name).is_none_or(|member| member.chosen)
    };
    let judged = (0..packages.len()).filter(|node| judged(&packages[*node]));
    let (product, dev): (Vec<_>, Vec<_>) = judged.partition(|node| shipped(&packages[*node]));
    let (product, dev) = if product.is_empty() { (dev, product) } else { (product, dev) };
    let (macros, product) = product.into_iter().partition(|node| packages[*node].proc_macro);
    Roots { product, macros, dev }
}

type Nodes<'g> = HashMap<&'g PackageId, usize>;

/// The graph while it is put together.
struct Built<'a, 'g> {
    graph: Graph,
    nodes: &'a Nodes<'g>,
    all: &'a [PackageMetadata<'g>],
}

impl<'g> Built<'_, 'g> {
    /// Resolves a build of these members.
    fn resolve(
        &self,
        graph: &'g PackageGraph,
        members: &[usize],
        choice: &FeatureChoice,
        elsewhere: &[FeatureId<'g>],
        options: &CargoOptions<'g>,
    ) -> Result<CargoSet<'g>, String> {
        let failed = |error: guppy::Error| format!("the graph can't be resolved: {error}");
        let members: Vec<PackageMetadata<'g>> = members.iter().map(|node| self.all[*node]).collect();
        let ids = members.iter().map(PackageMetadata::id);
        let features = match (choice.all, choice.no_default) {
            (true, _) => StandardFeatures::All,
            (false, true) => StandardFeatures::None,
            (false, false) => StandardFeatures::Default,
        };
        let initials = graph.resolve_ids(ids).map_err(failed)?.to_feature_set(features);
        let asked =
            choice.features.iter().flat_map(|names| names.split([',', ' '])).filter(|name| !name.is_empty());
        let asked = asked.map(|name| named(&members, name)).collect::<Result<Vec<_>, _>>()?.concat();
        let (own, mut foreign): (Vec<_>, Vec<_>) =
            asked.into_iter().partition(|id| members.iter().any(|member| member.id() == id.package_id()));
        foreign.extend(elsewhere);
        let set = |ids: Vec<FeatureId<'g>>| graph.feature_graph().resolve_ids(ids).map_err(failed);
        CargoSet::new(initials.union(&set(own)?), set(foreign)?, options).map_err(failed)
    }

    /// Keeps the features that are switched on in a set.
    fn features(&self, set: &FeatureSet<'g>, packages: &mut [Package]) {
        for (node, package) in self.all.iter().enumerate() {
            if let Ok(Some(list)) = set.features_for(package.id()) {
                let mut features: Vec<String> = list.named_features().map(str::to_owned).collect();
                features.sort();
                packages[node].features = features;
            }
        }
    }

    /// Connects what a build connects.
    fn connect(&mut self, set: &CargoSet<'g>, in_product: &BTreeSet<usize>, tests: bool) {
        let domain = |ships| if tests { Ships::Dev } else { ships };
        for link in set.target_links() {
            self.link(&link, domain(Ships::Product), in_product);
        }
        for link in set.proc_macro_links().chain(set.build_dep_links()).chain(set.host_links()) {
            self.link(&link, domain(Ships::Build), in_product);
        }
    }

    fn link(&mut self, link: &PackageLink<'g>, domain: Ships, in_product: &BTreeSet<usize>) {
        let (Some(from), Some(to)) = (self.nodes.get(link.from().id()), self.nodes.get(link.to().id()))
        else {
            return;
        };
        let tests = domain == Ships::Dev;
        // What only a test makes part of the product use is used for tests.
        let only_for_tests = tests && in_product.contains(from) && !self.graph.connects(*from, *to);
        for (kind, request) in
            [(EdgeKind::Normal, link.normal()), (EdgeKind::Build, link.build()), (EdgeKind::Dev, link.dev())]
        {
            if request.is_present() && (tests || kind != EdgeKind::Dev) {
                let kind = if only_for_tests { EdgeKind::Dev } else { kind };
                self.graph.connect(*from, *to, kind, domain);
            }
        }
    }
}

fn package(raw: &PackageMetadata<'_>) -> Result<Package, String> {
    let source = raw.source();
    let origin = match source.external_source() {
        None => Origin::Path { folder: None },
        Some(source) => {
            Origin::read(source).ok_or_else(|| format!("`{}` has a source of an unknown kind", raw.name()))?
        }
    };
    let text = |text: Option<&str>| text.map(str::to_owned);
    Ok(Package {
        name: raw.name().to_owned(),
        version: raw.version().clone(),
        origin,
        folder: raw
            .manifest_path()
            .parent()
            .map(|folder| folder.as_std_path().to_owned())
            .unwrap_or_default(),
        features: Vec::new(),
        build_script: raw.has_build_script(),
        proc_macro: raw.is_proc_macro(),
        links: text(raw.links()),
        declared: Declared {
            licence: text(raw.license()),
            licence_file: raw.license_file().map(ToString::to_string),
            authors: raw.authors().to_vec(),
            repository: text(raw.repository()),
            homepage: text(raw.homepage()),
            description: text(raw.description()),
            rust_version: raw.rust_version().map(ToString::to_string),
            edition: Some(raw.edition().to_owned()),
        },
        member: raw.in_workspace(),
    })
}

#[cfg(test)]
mod tests;
