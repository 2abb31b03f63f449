//! From a graph to layers: which way an edge is read, in which layer a node stands, in which order a layer is.
//!
//! The layout of Sugiyama, Tagawa and Toda with lanes: a zone of trust is a lane across all layers, so that a flow
//! between zones is seen to cross their border. Labels are items of layers of their own, with their real size: by
//! construction nothing covers anything. All choices follow from the order of the graph.

/// What is laid out.
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    /// How many lanes there are.
    pub(super) lanes: usize,
}

/// A box with its size.
pub(super) struct Node {
    pub(super) lane: usize,
    pub(super) size: (f64, f64),
    /// True where it likes to stand at the start.
    pub(super) first: bool,
}

/// A line between two boxes with the size of its label.
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: (f64, f64),
}

/// Something with a place in a layer.
pub(super) struct Item {
    pub(super) what: What,
    pub(super) lane: usize,
    pub(super) size: (f64, f64),
    /// Items of the layer before and of the layer behind that a line leads to.
    pub(super) before: Vec<usize>,
    pub(super) behind: Vec<usize>,
}

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A node.
    Node(usize),
    /// The label of an edge.
    Label(usize),
    /// Where an edge passes.
    Bend,
}

/// Items in their layers, and the way of each edge through them.
pub(super) struct Layers {
    pub(super) items: Vec<Item>,
    pub(super) columns: Vec<Vec<usize>>,
    /// The items that an edge passes, from left to right; nodes at both ends.
    pub(super) ways: Vec<Vec<usize>>,
    /// Edges that are read from right to left.
    pub(super) reversed: Vec<bool>,
}

/// So often the layers are put into a better order, back and forth.
const SWEEPS: usize = 16;
/// The height of a line that passes.
const BEND: f64 = 6.0;
/// Rows of boxes that nothing leads to.
const ALONE_IN_COLUMN: usize = 4;

/// Puts everything into layers and orders them.
pub(super) fn layers(graph: &Graph) -> Layers {
    let order = order(graph);
    let reversed: Vec<bool> = graph.edges.iter().map(|edge| order[edge.from] > order[edge.to]).collect();
    let ends: Vec<(usize, usize)> = graph
        .edges
        .iter()
        .zip(&reversed)
        .map(|(edge, back)| if *back { (edge.to, edge.from) } else { (edge.from, edge.to) })
        .collect();
    let ranks = ranks(graph, &ends, &order);
    let last = ranks.iter().copied().max().unwrap_or(0);
    let mut layers =
        Layers { items: Vec::new(), columns: vec![Vec::new(); 2 * last + 1], ways: Vec::new(), reversed };
    for (index, node) in graph.nodes.iter().enumerate() {
        layers.put(2 * ranks[index], What::Node(index), node.lane, node.size);
    }
    for (index, (edge, (left, right))) in graph.edges.iter().zip(&ends).enumerate() {
        let (start, end) = (2 * ranks[*left], 2 * ranks[*right]);
        // The label stands in the middle of the way, in a layer between those of nodes.
        let middle = usize::midpoint(start, end);
        let middle = if middle % 2 == 1 { middle } else { middle - 1 };
        let mut way = vec![*left];
        for layer in start + 1..end {
            let lane = graph.nodes[if layer < middle { *left } else { *right }].lane;
            let (what, size) =
                if layer == middle { (What::Label(index), edge.label) } else { (What::Bend, (0.0, BEND)) };
            way.push(layers.put(layer, what, lane, size));
        }
        way.push(*right);
        for pair in way.windows(2) {
            layers.items[pair[0]].behind.push(pair[1]);
            layers.items[pair[1]].before.push(pair[0]);
        }
        layers.ways.push(way);
    }
    layers.sort();
    layers
}

/// An order of the nodes in which few edges lead back: of Eades, Lin and Smyth.
fn order(graph: &Graph) -> Vec<usize> {
    let count = graph.nodes.len();
    let (mut out, mut into) = (vec![0_i64; count], vec![0_i64; count]);
    for edge in &graph.edges {
        out[edge.from] += 1;
        into[edge.to] += 1;
    }
    let mut left: Vec<usize> = (0..count).collect();
    let (mut front, mut back) = (Vec::new(), Vec::new());
    while !left.is_empty() {
        let sink = left.iter().position(|node| out[*node] == 0 && into[*node] > 0);
        let source = || left.iter().position(|node| into[*node] == 0);
        let (at, ends) = match (sink, source()) {
            (Some(at), _) => (at, true),
            (None, Some(at)) => (at, false),
            (None, None) => {
                let gain = |node: usize| (graph.nodes[node].first, out[node] - into[node]);
                let best = (0..left.len()).max_by_key(|at| (gain(left[*at]), std::cmp::Reverse(*at)));
                (best.unwrap_or(0), false)
            }
        };
        let node = left.remove(at);
        for edge in &graph.edges {
            if edge.from == node {
                into[edge.to] -= 1;
            }
            if edge.to == node {
                out[edge.from] -= 1;
            }
        }
        if ends { back.push(node) } else { front.push(node) }
    }
    let mut place = vec![0; count];
    for (at, node) in front.into_iter().chain(back.into_iter().rev()).enumerate() {
        place[node] = at;
    }
    place
}

/// The layer of each node: behind all that lead to it, and no farther from what it leads to than need be.
fn ranks(graph: &Graph, ends: &[(usize, usize)], order: &[usize]) -> Vec<usize> {
    let count = graph.nodes.len();
    let mut nodes: Vec<usize> = (0..count).collect();
    nodes.sort_by_key(|node| order[*node]);
    let mut ranks = vec![0_usize; count];
    for node in &nodes {
        let behind = ends.iter().filter(|(_, to)| to == node).map(|(from, _)| ranks[*from] + 1);
        ranks[*node] = behind.max().unwrap_or(0);
    }
    for node in nodes.iter().rev() {
        let (outgoing, incoming) =
            (ends.iter().filter(|(from, _)| from == node), ends.iter().filter(|(_, to)| to == node));
        let leads_to = outgoing.clone().map(|(_, to)| ranks[*to]).min();
        if let Some(next) = leads_to.filter(|_| outgoing.count() > incoming.count()) {
            ranks[*node] = next - 1;
        }
    }
    alone(graph, ends, &mut ranks);
    ranks
}

/// Boxes that nothing leads to stand in columns of a few.
fn alone(graph: &Graph, ends: &[(usize, usize)], ranks: &mut [usize]) {
    let mut seen = vec![0; graph.lanes];
    for (index, node) in graph.nodes.iter().enumerate() {
        if ends.iter().all(|(from, to)| *from != index && *to != index) {
            ranks[index] = seen[node.lane] / ALONE_IN_COLUMN;
            seen[node.lane] += 1;
        }
    }
}

impl Layers {
    fn put(&mut self, layer: usize, what: What, lane: usize, size: (f64, f64)) -> usize {
        let index = self.items.len();
        self.items.push(Item { what, lane, size, before: Vec::new(), behind: Vec::new() });
        self.columns[layer].push(index);
        index
    }

    /// Orders each layer so that few lines cross; lanes stay together.
    fn sort(&mut self) {
        for layer in &mut self.columns {
            layer.sort_by_key(|item| self.items[*item].lane);
        }
        let mut best = (self.crossings(), self.columns.clone());
        for sweep in 0..SWEEPS {
            let forward = sweep % 2 == 0;
            let count = self.columns.len();
            for step in 1..count {
                let at = if forward { step } else { count - 1 - step };
                self.sort_by_middle(at, forward);
            }
            self.exchange();
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.columns.clone());
            }
            if best.0 == 0 {
                break;
            }
        }
        self.columns = best.1;
    }

    /// Orders a layer by the middle of what its items lead to.
    fn sort_by_middle(&mut self, at: usize, forward: bool) {
        let other = if forward { at - 1 } else { at + 1 };
        let place = self.places(other);
        let mut keyed: Vec<(usize, f64, usize)> = Vec::new();
        for (own, item) in self.columns[at].iter().enumerate() {
            let item = &self.items[*item];
            let ends = if forward { &item.before } else { &item.behind };
            let sum: usize = ends.iter().map(|end| place[*end]).sum();
            let middle = if ends.is_empty() { real(own) } else { real(sum) / real(ends.len()) };
            keyed.push((item.lane, middle, self.columns[at][own]));
        }
        keyed.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        self.columns[at] = keyed.into_iter().map(|(_, _, item)| item).collect();
    }

    /// Exchanges neighbours where that leaves fewer crossings.
    fn exchange(&mut self) {
        for at in 0..self.columns.len() {
            let (before, behind) = (
                if at == 0 { Vec::new() } else { self.places(at - 1) },
                if at + 1 == self.columns.len() { Vec::new() } else { self.places(at + 1) },
            );
            for _ in 0..4 {
                let mut better = false;
                for left in 0..self.columns[at].len().saturating_sub(1) {
                    let (a, b) =
                        (&self.items[self.columns[at][left]], &self.items[self.columns[at][left + 1]]);
                    if a.lane != b.lane {
                        continue;
                    }
                    let now = crossed(&a.before, &b.before, &before) + crossed(&a.behind, &b.behind, &behind);
                    let then =
                        crossed(&b.before, &a.before, &before) + crossed(&b.behind, &a.behind, &behind);
                    if then < now {
                        self.columns[at].swap(left, left + 1);
                        better = true;
                    }
                }
                if !better {
                    break;
                }
            }
        }
    }

    /// The place of each item of a layer in it; 0 for all others.
    fn places(&self, layer: usize) -> Vec<usize> {
        let mut places = vec![0; self.items.len()];
        for (place, item) in self.columns[layer].iter().enumerate() {
            places[*item] = place;
        }
        places
    }

    fn crossings(&self) -> usize {
        let mut crossings = 0;
        for at in 1..self.columns.len() {
            let place = self.places(at - 1);
            let layer = &self.columns[at];
            for (above, item) in layer.iter().enumerate() {
                for below in &layer[above + 1..] {
                    crossings += crossed(&self.items[*item].before, &self.items[*below].before, &place);
                }
            }
        }
        crossings
    }
}

/// How many lines of an item cross those of the item below it.
fn crossed(above: &[usize], below: &[usize], place: &[usize]) -> usize {
    above.iter().map(|a| below.iter().filter(|b| place[**b] < place[*a]).count()).sum()
}

/// A count as a measure.
pub(super) fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
