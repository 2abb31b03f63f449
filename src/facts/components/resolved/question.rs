//! How the graph is resolved: for which machines, with which resolver and which features.

use std::collections::HashMap;
use std::sync::Arc;

use guppy::graph::PackageMetadata;
use guppy::graph::cargo::{CargoOptions, CargoResolverVersion, CargoSet};
use guppy::graph::feature::{FeatureId, FeatureLabel};
use guppy::platform::{Platform, PlatformSpec, TargetFeatures};

use crate::document::Value;

use super::super::super::workspace::Workspace;
use super::super::metadata::Question;

/// What is resolved, with or without what only tests need.
pub(super) fn options<'g>(
    question: &Question,
    workspace: &Workspace,
    output: &str,
) -> impl Fn(bool) -> CargoOptions<'g> + use<'g> {
    let (resolver, targets) = (resolver(workspace), platforms(&question.targets, workspace, output));
    let host = platforms(question.host.as_slice(), workspace, output);
    move |tests| {
        let mut options = CargoOptions::new();
        options.set_resolver(resolver).set_include_dev(tests);
        options.set_target_platform(targets.clone()).set_host_platform(host.clone());
        options
    }
}

/// The resolver that the workspace names, else the one of the root's edition.
pub(super) fn resolver(workspace: &Workspace) -> CargoResolverVersion {
    let root = &workspace.manifest.value;
    let said = |keys: &[&str]| root.get(keys).and_then(Value::as_str);
    let edition = said(&["package", "edition"]).or_else(|| {
        let inherits = root.get(&["package", "edition", "workspace"]).and_then(Value::as_bool) == Some(true);
        inherits.then(|| said(&["workspace", "package", "edition"]))?
    });
    match (said(&["workspace", "resolver"]).or_else(|| said(&["package", "resolver"])), edition) {
        (Some("1"), _) | (None, None | Some("2015" | "2018")) => CargoResolverVersion::V1,
        (Some("2"), _) | (None, Some("2021")) => CargoResolverVersion::V2,
        _ => CargoResolverVersion::V3,
    }
}

/// The features that only platforms switch on which are not in question: resolver 1 does not keep them
/// apart, cargo prints them, and nothing in the graph tells where they come from.
///
/// # Errors
/// When the text can't be read.
pub(super) fn switched_elsewhere<'g>(
    output: &str,
    all: &[PackageMetadata<'g>],
    whole: &CargoSet<'g>,
) -> Result<Vec<FeatureId<'g>>, String> {
    let printed: Printed = serde_json::from_str(output)
        .map_err(|error| format!("what cargo metadata printed can't be read: {error}"))?;
    let mut printed: HashMap<String, Vec<String>> =
        printed.resolve.nodes.into_iter().map(|node| (node.id, node.features)).collect();
    let explained = |id: &FeatureId<'g>| {
        whole.all_features().into_iter().any(|(_, set)| set.contains(*id).unwrap_or(false))
    };
    let switched = all.iter().flat_map(|package| {
        let printed = printed.remove(package.id().repr()).unwrap_or_default();
        let known = package.named_features().filter(move |known| printed.iter().any(|name| name == known));
        known.map(|feature| FeatureId::new(package.id(), FeatureLabel::Named(feature)))
    });
    Ok(switched.filter(|id| !explained(id)).collect())
}

/// What cargo prints of the features.
#[derive(serde::Deserialize)]
struct Printed {
    resolve: PrintedGraph,
}

#[derive(serde::Deserialize)]
struct PrintedGraph {
    nodes: Vec<PrintedNode>,
}

#[derive(serde::Deserialize)]
struct PrintedNode {
    id: String,
    features: Vec<String>,
}

/// What these triples are. Cargo was asked for these only, so that "any" means any of them: that is what is
/// left where a triple is not known here, or the compiler or its flags decide conditions that no triple
/// tells: rather too much ships than too little.
fn platforms(triples: &[String], workspace: &Workspace, output: &str) -> PlatformSpec {
    let in_environment = std::env::vars_os().any(|(name, _)| name.to_string_lossy().ends_with("RUSTFLAGS"));
    let by_compiler =
        ["debug_assertions", "overflow_checks", "panic ="].iter().any(|word| output.contains(word));
    let flagged = workspace.cargo_config.iter().any(|entry| {
        let items = entry.value.items().iter().filter_map(Value::as_str);
        let mut flags = items.chain(entry.value.as_str());
        entry.key.ends_with("rustflags") && flags.any(|flag| flag.contains("--cfg"))
    });
    let known = triples.iter().map(|triple| Platform::new(triple.clone(), TargetFeatures::Unknown));
    match known.collect::<Result<Vec<_>, _>>() {
        Ok(known) if !known.is_empty() && !flagged && !in_environment && !by_compiler => {
            PlatformSpec::platforms(known.into_iter().map(Arc::new))
        }
        _ => PlatformSpec::Any,
    }
}

/// The features that a name asks for: `feature`, or `package/feature` for a member or for what a member
/// uses.
pub(super) fn named<'g>(members: &[PackageMetadata<'g>], name: &str) -> Result<Vec<FeatureId<'g>>, String> {
    let own = |package: &PackageMetadata<'g>, feature: &str| {
        let known = package.named_features().find(|known| *known == feature);
        known.map(|feature| FeatureId::new(package.id(), FeatureLabel::Named(feature)))
    };
    let found: Vec<FeatureId<'g>> = match name.split_once('/') {
        None => members.iter().filter_map(|member| own(member, name)).collect(),
        Some((package, feature)) => {
            let package = package.trim_end_matches('?');
            let of_members = members.iter().filter(|member| member.name() == package);
            let of_members = of_members.filter_map(|member| own(member, feature));
            let used = members.iter().flat_map(PackageMetadata::direct_links);
            let used = used.filter(|link| link.dep_name() == package).flat_map(|link| {
                let feature = own(&link.to(), feature);
                let switch =
                    FeatureId::new(link.from().id(), FeatureLabel::OptionalDependency(link.dep_name()));
                let optional = !link.normal().status().optional_status().is_never();
                feature.into_iter().flat_map(move |feature| {
                    optional.then_some(switch).into_iter().chain(std::iter::once(feature))
                })
            });
            of_members.chain(used).collect()
        }
    };
    if found.is_empty() {
        return Err(format!("the feature `{}` is not to be found in the members", name.escape_debug()));
    }
    Ok(found)
}
