//! Who uses whom: the edges between components and members, from the graph and the lock file.

use std::collections::BTreeSet;

use super::super::workspace::{EdgeKind, Workspace};
use super::lock::Lock;
use super::resolved::Resolved;
use super::{Component, Components};

/// One package uses another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The package that uses the other.
    pub from: Node,
    /// The package that is used.
    pub to: Node,
    /// How; `None` where the lock file alone knows of it: with these features and targets it is not used,
    /// or the graph is not resolved.
    pub kind: Option<EdgeKind>,
}

/// A package: ours, or another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// A member, by index into the members of the workspace.
    Member(usize),
    /// A component, by index into the components.
    Component(usize),
}

impl Components {
    /// What uses a component itself, each once.
    pub fn used_by(&self, component: usize) -> impl Iterator<Item = Node> {
        let to = Node::Component(component);
        let counts = move |link: &&Link| link.to == to && (link.kind.is_some() || !self.resolved);
        let users: BTreeSet<Node> = self.links.iter().filter(counts).map(|link| link.from).collect();
        users.into_iter()
    }

    /// The members that lead to a component by edges of any kind, as indices into the members.
    #[must_use]
    pub fn led_to_by(&self, component: usize) -> BTreeSet<usize> {
        let mut met = BTreeSet::from([Node::Component(component)]);
        let mut waiting: Vec<Node> = met.iter().copied().collect();
        while let Some(at) = waiting.pop() {
            let counts = |link: &&Link| link.to == at && (link.kind.is_some() || !self.resolved);
            let users = self.links.iter().filter(counts).map(|link| link.from);
            waiting.extend(users.filter(|user| met.insert(*user)));
        }
        met.iter()
            .filter_map(|node| match node {
                Node::Member(index) => Some(*index),
                Node::Component(_) => None,
            })
            .collect()
    }
}

/// A component, and where it was met: in the lock file, in the graph, or in both.
pub(super) struct Met {
    pub(super) component: Component,
    pub(super) locked: Option<usize>,
    pub(super) node: Option<usize>,
}

/// Edges of the lock file by its indices, before the lock file is used up.
pub(super) struct Locked {
    edges: Vec<(usize, usize)>,
    members: Vec<Option<usize>>,
}

impl Locked {
    pub(super) fn new(lock: &Lock, workspace: &Workspace) -> Self {
        let edges = lock.packages.iter().enumerate();
        Self {
            edges: edges.flat_map(|(from, p)| p.dependencies.iter().map(move |to| (from, *to))).collect(),
            members: lock
                .packages
                .iter()
                .map(|package| {
                    super::is_member(workspace, package).then(|| workspace.position(&package.name))?
                })
                .collect(),
        }
    }
}

/// All edges, each once, ordered. What the graph tells is not repeated from the lock file.
pub(super) fn find(
    met: &[Met],
    locked: &Locked,
    resolved: Option<&Resolved>,
    workspace: &Workspace,
) -> Vec<Link> {
    let mut in_lock: Vec<Option<Node>> = locked.members.iter().map(|at| at.map(Node::Member)).collect();
    let packages = resolved.map(|resolved| resolved.packages.as_slice()).unwrap_or_default();
    let member = |name: &str| workspace.position(name).map(Node::Member);
    let mut in_graph: Vec<Option<Node>> =
        packages.iter().map(|package| package.member.then(|| member(&package.name))?).collect();
    for (index, met) in met.iter().enumerate() {
        met.locked.inspect(|at| in_lock[*at] = Some(Node::Component(index)));
        met.node.inspect(|at| in_graph[*at] = Some(Node::Component(index)));
    }
    let mut links = BTreeSet::new();
    let mut told = BTreeSet::new();
    for (from, to, kind) in resolved.into_iter().flat_map(|resolved| resolved.graph.edges()) {
        if let (Some(from), Some(to)) = (in_graph[from], in_graph[to]) {
            links.insert(Link { from, to, kind: Some(kind) });
            told.insert((from, to));
        }
    }
    for (from, to) in &locked.edges {
        if let (Some(from), Some(to)) = (in_lock[*from], in_lock[*to])
            && !told.contains(&(from, to))
        {
            links.insert(Link { from, to, kind: None });
        }
    }
    links.into_iter().collect()
}

/// The members that the product starts from: without a graph, all that are judged.
pub(super) fn product(workspace: &Workspace, resolved: Option<&Resolved>) -> Vec<usize> {
    let Some(resolved) = resolved else {
        return (0..workspace.members.len()).filter(|index| workspace.members[*index].chosen).collect();
    };
    let roots = resolved.product();
    let starts: BTreeSet<usize> =
        roots.filter_map(|at| workspace.position(&resolved.packages[at].name)).collect();
    starts.into_iter().collect()
}
