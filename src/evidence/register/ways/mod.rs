//! Why a component is there: the shortest ways from the members to it.
//!
//! - `text`, `markdown`, `csv`, `json`: the writers; people get a tree from the component up, programs
//!   the steps of it

mod csv;
mod json;
mod markdown;
mod text;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;

use crate::facts::Facts;
use crate::facts::components::{Component, Link, Node, Ships};
use crate::facts::workspace::EdgeKind;
use crate::report::Report;
use crate::report::text::Style;

use super::row::name_of;
use super::{Format, cells};

/// Writes the ways to each component of these, by index into the components.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(
    report: &Report,
    components: &[usize],
    format: Format,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let all: Vec<Ways<'_>> = components.iter().filter_map(|index| Ways::new(&report.facts, *index)).collect();
    match format {
        Format::Text => text::write(&all, style, out),
        Format::Json => json::write(report, &all, out),
        Format::Csv => csv::write(&all, out),
        Format::Markdown => markdown::write(report, &all, out),
    }
}

/// All shortest ways from the members to a component.
struct Ways<'a> {
    facts: &'a Facts,
    component: &'a Component,
    target: Node,
    /// From what is used to who uses it, for everything on a way.
    steps: BTreeMap<Node, Vec<&'a Link>>,
    /// Who uses the component and is on none of the ways.
    others: Vec<&'a Link>,
}

impl<'a> Ways<'a> {
    /// Walks from the members along the edges that make a component what it is: a way by which tests
    /// use it explains nothing about a component that ships.
    fn new(facts: &'a Facts, index: usize) -> Option<Self> {
        let component = facts.components.all.get(index)?;
        let (target, ships) = (Node::Component(index), component.ships);
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
        let steps = shortest(target, &users);
        let on_way = steps.get(&target).map(Vec::as_slice).unwrap_or_default();
        let using = facts.components.links.iter().filter(|link| link.to == target);
        let others = using.filter(|link| !on_way.contains(link)).collect();
        Some(Self { facts, component, target, steps, others })
    }

    /// What it is to the product.
    fn says(&self) -> &'static str {
        match self.component.ships {
            Ships::Product => "is linked into the product",
            Ships::Unknown => "may be linked into the product: the graph is not resolved",
            Ships::Build => "runs while the product is built",
            Ships::Dev => "is used for development only",
            Ships::Locked => "is in the lock file only: not used with these features and targets",
        }
    }

    /// The words before those who use it and are on none of the ways.
    fn lead(&self) -> &'static str {
        if self.steps.is_empty() { "named by" } else { "used by others too" }
    }

    /// The tree from the component up, a line a user: who uses what is on a way, how deep in the tree.
    /// What was written before is not repeated, so that many ways through few packages stay few lines.
    fn tree(&self) -> Vec<Branch<'a>> {
        let (mut branches, mut written) = (Vec::new(), BTreeSet::new());
        self.grow(self.target, &[], &mut written, &mut branches);
        branches
    }

    fn grow(&self, node: Node, above: &[bool], written: &mut BTreeSet<Node>, into: &mut Vec<Branch<'a>>) {
        let steps = self.steps.get(&node).map(Vec::as_slice).unwrap_or_default();
        for (position, step) in steps.iter().enumerate() {
            let mut last = above.to_vec();
            last.push(position + 1 == steps.len());
            let rest = match self.steps.contains_key(&step.from) {
                true if !written.insert(step.from) => Rest::Repeated,
                true if last.len() == DEEPEST => Rest::TooDeep,
                _ => Rest::Shown,
            };
            into.push(Branch { step, last: last.clone(), rest });
            if rest == Rest::Shown {
                self.grow(step.from, &last, written, into);
            }
        }
    }

    /// Every step of the ways once, from the component up.
    fn all_steps(&self) -> Vec<&'a Link> {
        let (mut steps, mut known) = (Vec::new(), BTreeSet::from([self.target]));
        let mut waiting = VecDeque::from([self.target]);
        while let Some(node) = waiting.pop_front() {
            for step in self.steps.get(&node).into_iter().flatten() {
                steps.push(*step);
                if known.insert(step.from) {
                    waiting.push_back(step.from);
                }
            }
        }
        steps
    }

    fn name(&self, node: Node) -> String {
        name_of(self.facts, node)
    }
}

/// A line of the tree.
struct Branch<'a> {
    step: &'a Link,
    /// For this line and each above it, whether it is the last of its kind; never empty.
    last: Vec<bool>,
    rest: Rest,
}

/// What becomes of those above a line of the tree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// They follow, where there are any.
    Shown,
    /// They stand at an earlier line.
    Repeated,
    /// They are left out.
    TooDeep,
}

/// No tree for people goes deeper; a lock file can say anything.
const DEEPEST: usize = 100;

fn kind(kind: Option<EdgeKind>) -> &'static str {
    kind.map_or("lock file", cells::edge)
}

/// Of all steps upward those of the ways to the nearest members; members end a way.
fn shortest<'a>(target: Node, users: &BTreeMap<Node, Vec<&'a Link>>) -> BTreeMap<Node, Vec<&'a Link>> {
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
            let one_up =
                |link: &&&Link| on_way.contains(&link.from) && far.get(&link.from) == Some(&(distance + 1));
            let up: Vec<&Link> = users.get(node).into_iter().flatten().filter(one_up).copied().collect();
            if !up.is_empty() {
                on_way.insert(*node);
                steps.insert(*node, up);
            }
        }
    }
    steps
}
