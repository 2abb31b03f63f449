//! What members decide for themselves: read from their manifests, and joined with the policy.
//!
//! A member's decisions hold for the components that it reaches, by whatever path: through other
//! members too.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::policy::{MemberPolicy, Policy, Reach};

use super::components::{Components, Node};
use super::workspace::Workspace;

/// Reads the tables `[package.metadata.health-sec.policy]` of the members that are judged.
///
/// # Errors
/// When such a table says something this tool does not understand.
pub(super) fn read(workspace: &Workspace) -> Result<BTreeMap<usize, MemberPolicy>, Error> {
    let mut policies = BTreeMap::new();
    for (index, member) in workspace.members.iter().enumerate().filter(|(_, member)| member.chosen) {
        let manifest = &member.manifest;
        if let Some(table) = manifest.value.get(&["package", "metadata", "health-sec", "policy"]) {
            let path = manifest.source.path().to_owned();
            let policy =
                MemberPolicy::read(&member.name, table).map_err(|faults| Error::Policy { path, faults })?;
            policies.insert(index, policy);
        }
    }
    Ok(policies)
}

/// Lets the members' decisions hold.
pub(super) fn tighten(policy: &mut Policy, members: &BTreeMap<usize, MemberPolicy>, components: &Components) {
    if members.is_empty() {
        return;
    }
    let mut used: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
    for link in components.links.iter().filter(|link| link.kind.is_some() || !components.resolved) {
        used.entry(link.from).or_default().push(link.to);
    }
    for (index, member) in members {
        let reached: Vec<Reach<'_>> = reached(Node::Member(*index), &used)
            .filter_map(|index| components.all.get(index))
            .map(|component| Reach { name: &component.name, version: &component.version })
            .collect();
        policy.tighten(member, &reached);
    }
}

/// The components that a package uses, directly or through others.
fn reached(from: Node, used: &BTreeMap<Node, Vec<Node>>) -> impl Iterator<Item = usize> {
    let mut met = BTreeSet::from([from]);
    let mut waiting = vec![from];
    while let Some(at) = waiting.pop() {
        let next = used.get(&at).into_iter().flatten().copied();
        waiting.extend(next.filter(|node| met.insert(*node)));
    }
    met.into_iter().filter_map(|node| match node {
        Node::Component(index) => Some(index),
        Node::Member(_) => None,
    })
}
