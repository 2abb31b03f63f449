//! From layers to places: how high an item stands in its lane, how wide layers and the gaps between them are, and the
//! ways of the lines.

use super::layers::{Graph, Layers, What, layers, real};

/// Where everything is drawn.
pub(super) struct Places {
    /// The middle of each node.
    pub(super) nodes: Vec<(f64, f64)>,
    /// The way of each edge.
    pub(super) routes: Vec<Route>,
    /// Top and bottom of each lane.
    pub(super) lanes: Vec<(f64, f64)>,
    /// The size of the whole.
    pub(super) size: (f64, f64),
}

/// The way of an edge.
pub(super) struct Route {
    /// Points from left to right; between the first two, and so on, the line is level at both ends.
    pub(super) points: Vec<(f64, f64)>,
    /// The middle of its label.
    pub(super) label: (f64, f64),
    /// True where the edge is read from right to left.
    pub(super) reversed: bool,
}

/// Between items of a layer.
const GAP: f64 = 18.0;
/// Above what stands in a lane: its title has room there.
const LANE_HEAD: f64 = 34.0;
/// Below what stands in a lane.
const LANE_FOOT: f64 = 20.0;
/// Between lanes.
const BETWEEN_LANES: f64 = 14.0;
/// Between the edge of the drawing and what stands on it.
const SIDE: f64 = 24.0;
/// So often items are moved to where their lines are straight.
const ROUNDS: usize = 24;

/// Finds a place for everything.
pub(super) fn places(graph: &Graph) -> Places {
    let layers = layers(graph);
    let mut heights = heights(&layers);
    let lanes = lanes(graph, &layers, &mut heights);
    let (lefts, widths, width) = columns(&layers, &heights);
    let mut nodes = vec![(0.0, 0.0); graph.nodes.len()];
    let mut column = vec![0; layers.items.len()];
    for (at, layer) in layers.columns.iter().enumerate() {
        for item in layer {
            column[*item] = at;
            if let What::Node(node) = layers.items[*item].what {
                nodes[node] = (lefts[at] + widths[at] / 2.0, heights[*item]);
            }
        }
    }
    let ports = ports(graph, &layers, &heights);
    let routes = layers.ways.iter().enumerate().map(|(edge, way)| {
        let mut points = Vec::new();
        let mut label = (0.0, 0.0);
        for (step, item) in way.iter().enumerate() {
            let (left, right) = (lefts[column[*item]], lefts[column[*item]] + widths[column[*item]]);
            let y = heights[*item];
            match layers.items[*item].what {
                What::Node(node) => {
                    let half = graph.nodes[node].size.0 / 2.0;
                    let middle = left + widths[column[*item]] / 2.0;
                    let first = step == 0;
                    let y = y + ports[edge][usize::from(!first)];
                    let (near, far) = if first { (middle + half, right) } else { (left, middle - half) };
                    points.extend([(near, y), (far, y)]);
                }
                what => {
                    if what != What::Bend {
                        label = (f64::midpoint(left, right), y);
                    }
                    points.extend([(left, y), (right, y)]);
                }
            }
        }
        Route { points, label, reversed: layers.reversed[edge] }
    });
    let routes = routes.collect();
    let bottom = lanes.last().map_or(0.0, |(_, bottom)| *bottom);
    Places { nodes, routes, lanes, size: (width, bottom) }
}

/// The height of each item in its lane, from the lane's own zero.
fn heights(layers: &Layers) -> Vec<f64> {
    let items = &layers.items;
    let mut heights = vec![0.0; items.len()];
    let runs: Vec<Vec<&[usize]>> = layers
        .columns
        .iter()
        .map(|layer| layer.chunk_by(|a, b| items[*a].lane == items[*b].lane).collect())
        .collect();
    for run in runs.iter().flatten() {
        let mut y = 0.0;
        for item in *run {
            heights[*item] = y + items[*item].size.1 / 2.0;
            y += items[*item].size.1 + GAP;
        }
        // Each column starts from the same middle.
        for item in *run {
            heights[*item] -= (y - GAP) / 2.0;
        }
    }
    for round in 0..ROUNDS {
        let count = runs.len();
        for step in 0..count {
            let at = if round % 2 == 0 { step } else { count - 1 - step };
            for run in &runs[at] {
                settle(run, round, layers, &mut heights);
            }
        }
    }
    for way in &layers.ways {
        straighten(way, layers, &mut heights);
    }
    heights
}

/// Puts the bends of a way at the height of its label, as far as there is room: a line should not wobble.
fn straighten(way: &[usize], layers: &Layers, heights: &mut [f64]) {
    let Some(label) = way.iter().position(|item| matches!(layers.items[*item].what, What::Label(_))) else {
        return;
    };
    let level = heights[way[label]];
    for item in way[..label].iter().rev().chain(&way[label + 1..]) {
        let own = &layers.items[*item];
        if own.what == What::Bend
            && own.lane == layers.items[way[label]].lane
            && layers.room(*item, level, heights)
        {
            heights[*item] = level;
        }
    }
}

impl Layers {
    /// True where an item has room at a height, between its neighbours.
    fn room(&self, item: usize, level: f64, heights: &[f64]) -> bool {
        let Some(layer) = self.columns.iter().find(|layer| layer.contains(&item)) else { return false };
        layer.iter().filter(|other| **other != item && self.items[**other].lane == self.items[item].lane).all(
            |other| {
                let apart = f64::midpoint(self.items[*other].size.1, self.items[item].size.1) + GAP / 2.0;
                let (before, now) = (heights[*other] < heights[item], heights[*other] < level);
                before == now && (heights[*other] - level).abs() >= apart
            },
        )
    }
}

/// Moves the items of a run to where their lines are straight, as far as their order and size let them.
fn settle(run: &[usize], round: usize, layers: &Layers, heights: &mut [f64]) {
    let mut wanted = Vec::new();
    let mut offset = 0.0;
    let mut offsets = Vec::new();
    for (at, item) in run.iter().enumerate() {
        let own = &layers.items[*item];
        if at > 0 {
            offset += f64::midpoint(layers.items[run[at - 1]].size.1, own.size.1) + GAP;
        }
        let sides: &[&Vec<usize>] = match round {
            round if round + 4 >= ROUNDS => &[&own.before, &own.behind],
            round if round % 2 == 0 => &[&own.before],
            _ => &[&own.behind],
        };
        let near =
            sides.iter().flat_map(|side| side.iter()).filter(|end| layers.items[**end].lane == own.lane);
        let (mut sum, mut count) = (0.0, 0.0);
        for end in near {
            sum += heights[*end];
            count += 1.0;
        }
        let to = if count > 0.0 { sum / count } else { heights[*item] };
        // A line that passes stays straight rather than a box in its middle.
        let weight = if own.what == What::Bend { 4.0 } else { 1.0 + count };
        wanted.push((to - offset, weight));
        offsets.push(offset);
    }
    for ((item, y), offset) in run.iter().zip(rising(&wanted)).zip(offsets) {
        heights[*item] = y + offset;
    }
}

/// The rising sequence that is nearest to the wanted one: pools of neighbours take their mean.
fn rising(wanted: &[(f64, f64)]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (value, weight) in wanted {
        pools.push((*value, *weight, 1));
        while let [.., (before, a, n), (last, b, m)] = pools[..]
            && before > last
        {
            pools.truncate(pools.len() - 2);
            pools.push(((before * a + last * b) / (a + b), a + b, n + m));
        }
    }
    pools.into_iter().flat_map(|(value, _, count)| std::iter::repeat_n(value, count)).collect()
}

/// Top and bottom of each lane; the heights are moved into it.
fn lanes(graph: &Graph, layers: &Layers, heights: &mut [f64]) -> Vec<(f64, f64)> {
    let mut top = 0.0;
    let mut lanes = Vec::new();
    for lane in 0..graph.lanes {
        let own = || layers.items.iter().enumerate().filter(move |(_, item)| item.lane == lane);
        let high = own().map(|(at, item)| heights[at] - item.size.1 / 2.0).fold(f64::INFINITY, f64::min);
        let low = own().map(|(at, item)| heights[at] + item.size.1 / 2.0).fold(f64::NEG_INFINITY, f64::max);
        let (high, low) = if high.is_finite() { (high, low) } else { (0.0, 0.0) };
        for (at, _) in own() {
            heights[at] += top + LANE_HEAD - high;
        }
        let bottom = top + LANE_HEAD + (low - high) + LANE_FOOT;
        lanes.push((top, bottom));
        top = bottom + BETWEEN_LANES;
    }
    lanes
}

/// Left side and width of each layer, and the width of all. The farther lines have to climb between two layers, the
/// wider is the gap.
fn columns(layers: &Layers, heights: &[f64]) -> (Vec<f64>, Vec<f64>, f64) {
    let mut x = SIDE;
    let (mut lefts, mut widths) = (Vec::new(), Vec::new());
    for layer in &layers.columns {
        let width = layer.iter().map(|item| layers.items[*item].size.0).fold(0.0, f64::max);
        let climb = layer.iter().flat_map(|item| {
            layers.items[*item].behind.iter().map(|end| (heights[*end] - heights[*item]).abs())
        });
        let climb = climb.fold(0.0, f64::max);
        lefts.push(x);
        widths.push(width);
        x += width + (22.0 + climb * 0.16).clamp(26.0, 84.0);
    }
    let right = lefts.last().zip(widths.last()).map_or(0.0, |(left, width)| left + width);
    (lefts, widths, right + SIDE)
}

/// How far from the middle of its side each edge leaves its left node and enters its right one.
fn ports(graph: &Graph, layers: &Layers, heights: &[f64]) -> Vec<[f64; 2]> {
    let mut ports = vec![[0.0; 2]; layers.ways.len()];
    for (node, shape) in graph.nodes.iter().enumerate() {
        for (side, at_start) in [true, false].into_iter().enumerate() {
            let mut here: Vec<(f64, usize)> = Vec::new();
            for (edge, way) in layers.ways.iter().enumerate() {
                let (end, next) = if at_start { (0, 1) } else { (way.len() - 1, way.len() - 2) };
                if way.len() > 1 && layers.items[way[end]].what == What::Node(node) {
                    here.push((heights[way[next]], edge));
                }
            }
            here.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let step = ((shape.size.1 - 16.0) / real(here.len().max(1))).min(13.0);
            for (at, (_, edge)) in here.iter().enumerate() {
                if let Some(port) = ports[*edge].get_mut(side) {
                    *port = step * (real(at) - (real(here.len()) - 1.0) / 2.0);
                }
            }
        }
    }
    ports
}
