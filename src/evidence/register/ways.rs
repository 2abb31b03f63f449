//! Why a component is there: the shortest ways from the members to it, as a tree from the component up.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;

use crate::facts::Facts;
use crate::facts::components::{Link, Node, Ships};
use crate::facts::workspace::EdgeKind;
use crate::report::Report;
use crate::report::text::{Ink, Style, visible};

use super::cells;
use super::row::name_of;

/// Writes the ways to each component of these, by index into the components.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(report: &Report, components: &[usize], style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    for (position, index) in components.iter().enumerate() {
        if position > 0 {
            writeln!(out)?;
        }
        one(&report.facts, *index, style, out)?;
    }
    Ok(())
}

fn one(facts: &Facts, index: usize, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(component) = facts.components.all.get(index) else { return Ok(()) };
    let says = match component.ships {
        Ships::Product => "is linked into the product",
        Ships::Unknown => "may be linked into the product: the graph is not resolved",
        Ships::Build => "runs while the product is built",
        Ships::Dev => "is used for development only",
        Ships::Locked => "is in the lock file only: not used with these features and targets",
    };
    let id = visible(&component.id());
    writeln!(out, "{} {says}", style.paint(Ink::Name, &id))?;
    let tree = Tree::new(facts, Node::Component(index), component.ships);
    tree.write(Node::Component(index), "", &mut BTreeSet::new(), style, out)?;
    let others: Vec<String> = tree
        .others(Node::Component(index))
        .map(|link| format!("{} ({})", name_of(facts, link.from), kind(link.kind)))
        .collect();
    if !others.is_empty() {
        let lead = if tree.steps.is_empty() { "named by" } else { "used by others too" };
        let text = format!("{lead}: {}", others.join(", "));
        writeln!(out, "{}", crate::report::text::wrapped(&visible(&text), style.width, "  ", "    "))?;
    }
    Ok(())
}

fn kind(kind: Option<EdgeKind>) -> &'static str {
    kind.map_or("lock file", cells::edge)
}

/// The steps of all shortest ways, from what is used to who uses it.
struct Tree<'a> {
    facts: &'a Facts,
    steps: BTreeMap<Node, Vec<&'a Link>>,
}

impl<'a> Tree<'a> {
    /// Walks from the members along the edges that make a component what it is: a way by which tests
    /// use it explains nothing about a component that ships.
    fn new(facts: &'a Facts, target: Node, ships: Ships) -> Self {
        let class = |node: Node| match node {
            Node::Component(index) => facts.components.all.get(index).map(|component| component.ships),
            Node::Member(index) => facts.components.members.get(&index).copied(),
        };
        let allowed = |link: &Link| match ships {
            Ships::Product => link.kind == Some(EdgeKind::Normal) && class(link.from) == Some(Ships::Product),
            // A procedural macro is used by a normal edge, and by nothing that ships.
            Ships::Build => {
                matches!(link.kind, Some(EdgeKind::Normal | EdgeKind::Build))
                    && class(link.from) >= Some(Ships::Build)
            }
            Ships::Dev => link.kind.is_some(),
            Ships::Unknown => true,
            Ships::Locked => false,
        };
        let mut users: BTreeMap<Node, Vec<&Link>> = BTreeMap::new();
        for link in facts.components.links.iter().filter(|link| allowed(link)) {
            users.entry(link.to).or_default().push(link);
        }
        // How far each package is above the target; members end a way.
        let mut far = BTreeMap::from([(target, 0)]);
        let mut waiting = VecDeque::from([target]);
        let mut nearest = None;
        while let Some(node) = waiting.pop_front() {
            let distance = far[&node];
            if matches!(node, Node::Member(_)) {
                nearest.get_or_insert(distance);
                continue;
            }
            if nearest.is_some_and(|nearest| distance >= nearest) {
                continue;
            }
            for link in users.get(&node).into_iter().flatten() {
                far.entry(link.from).or_insert_with(|| {
                    waiting.push_back(link.from);
                    distance + 1
                });
            }
        }
        let steps = Self::shortest(&users, &far, nearest);
        Self { facts, steps }
    }

    /// Of all steps upward those that end at a nearest member.
    fn shortest(
        users: &BTreeMap<Node, Vec<&'a Link>>,
        far: &BTreeMap<Node, usize>,
        nearest: Option<usize>,
    ) -> BTreeMap<Node, Vec<&'a Link>> {
        let Some(nearest) = nearest else { return BTreeMap::new() };
        let mut by_distance: Vec<Vec<Node>> = vec![Vec::new(); nearest + 1];
        for (node, distance) in far.iter().filter(|(_, distance)| **distance <= nearest) {
            by_distance[*distance].push(*node);
        }
        let mut on_way: BTreeSet<Node> =
            by_distance[nearest].iter().copied().filter(|node| matches!(node, Node::Member(_))).collect();
        let mut steps: BTreeMap<Node, Vec<&Link>> = BTreeMap::new();
        for (distance, nodes) in by_distance.iter().enumerate().take(nearest).rev() {
            for node in nodes.iter().filter(|node| matches!(node, Node::Component(_))) {
                let up: Vec<&Link> = users
                    .get(node)
                    .into_iter()
                    .flatten()
                    .copied()
                    .filter(|link| {
                        on_way.contains(&link.from) && far.get(&link.from) == Some(&(distance + 1))
                    })
                    .collect();
                if !up.is_empty() {
                    on_way.insert(*node);
                    steps.insert(*node, up);
                }
            }
        }
        steps
    }

    /// Who uses a package and is on none of the ways.
    fn others(&self, node: Node) -> impl Iterator<Item = &'a Link> {
        let on_way = self.steps.get(&node).cloned().unwrap_or_default();
        let links = self.facts.components.links.iter().filter(move |link| link.to == node);
        links.filter(move |link| !on_way.contains(link))
    }

    /// Writes who uses a package, and above each who uses that. What was written before is not
    /// repeated, so that many ways through few packages stay few lines.
    fn write(
        &self,
        node: Node,
        lead: &str,
        written: &mut BTreeSet<Node>,
        style: Style,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let Some(steps) = self.steps.get(&node) else { return Ok(()) };
        for (position, step) in steps.iter().enumerate() {
            let last = position + 1 == steps.len();
            let repeated = !written.insert(step.from) && self.steps.contains_key(&step.from);
            let name = visible(&name_of(self.facts, step.from));
            let name = match step.from {
                Node::Member(_) => style.paint(Ink::Strong, &name),
                Node::Component(_) => name,
            };
            let branch = if last { "└── " } else { "├── " };
            let how = style.paint(Ink::Faint, &format!(" ({})", kind(step.kind)));
            let mark = if repeated { " *" } else { "" };
            writeln!(out, "{lead}{branch}{name}{how}{mark}")?;
            if !repeated {
                let lead = format!("{lead}{}", if last { "    " } else { "│   " });
                self.write(step.from, &lead, written, style, out)?;
            }
        }
        Ok(())
    }
}
