//! What is drawn of a model: boxes and lines with their words and sizes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::facts::threats::{Flow, Model, Ways, is_made};
use crate::source::Placed;

use super::super::Standings;
use super::layers::{Edge, Graph, Node, real};
use super::{letters, lies_in, path_of_zone};

/// Sizes of letters in pixels.
pub(super) const NAME: f64 = 13.0;
pub(super) const SMALL: f64 = 10.5;
/// The height of a line of each.
pub(super) const NAME_LINE: f64 = 17.0;
pub(super) const SMALL_LINE: f64 = 13.5;
/// How wide words may be.
const BOX_WIDTH: f64 = 150.0;
const LABEL_WIDTH: f64 = 150.0;
/// Flows between two boxes that are named one by one.
const MOST_NAMED: usize = 6;

/// Moves of lanes that are tried at once.
const MOST_MOVES: usize = 900;

/// What stands in a lane.
pub(super) struct Drawing {
    pub(super) title: String,
    pub(super) subtitle: String,
    /// The zones, each with its title; the last may have none: what stands in no zone.
    pub(super) lanes: Vec<Option<String>>,
    pub(super) shapes: Vec<Shape>,
    pub(super) lines: Vec<Line>,
    /// What is to say below.
    pub(super) notes: Vec<String>,
}

/// A box.
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) lane: usize,
    pub(super) name: Vec<String>,
    pub(super) caption: String,
    /// How many of its threats are open.
    pub(super) open: usize,
    /// What a pointer that rests on it shows.
    pub(super) told: String,
    pub(super) size: (f64, f64),
}

/// What a box is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    External,
    Process,
    Store,
    Hardware,
    /// An end of a flow that is a zone, or nothing.
    Loose,
}

/// All that flows between two boxes.
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) protection: Protection,
    /// An arrow at the end, and at the start.
    pub(super) arrows: (bool, bool),
    pub(super) words: Vec<Word>,
    pub(super) told: String,
    pub(super) size: (f64, f64),
}

/// A line of a label.
pub(super) struct Word {
    pub(super) text: String,
    pub(super) look: Look,
}

/// How a line of a label looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Name,
    Faint,
    Bad,
}

/// Whether what flows is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Protection {
    Encrypted,
    Unsaid,
    Plain,
}

impl Drawing {
    pub(super) fn of(model: &Model, standings: &Standings<'_>) -> Self {
        let mut open: BTreeMap<&str, usize> = BTreeMap::new();
        for threat in model.threats.iter().filter(|threat| standings.is_open(threat)) {
            for affected in &threat.affects {
                *open.entry(affected.value.as_str()).or_default() += 1;
            }
        }
        let mut drawing = Self {
            title: model.title.value.clone(),
            subtitle: format!("{}: {}", model.format.name(), standings.sum()),
            lanes: model.zones.iter().map(|zone| Some(path_of_zone(model, &zone.id.value))).collect(),
            shapes: Vec::new(),
            lines: Vec::new(),
            notes: Vec::new(),
        };
        drawing.lanes.push(None);
        let mut known = drawing.boxes(model, &open);
        drawing.flows(model, &open, &mut known);
        drawing.drop_empty_lanes();
        drawing.arrange_lanes();
        drawing.notes.extend(boundaries(model));
        drawing
    }

    /// The graph that is laid out.
    pub(super) fn graph(&self) -> Graph {
        let nodes = self.shapes.iter().map(|shape| Node {
            lane: shape.lane,
            size: shape.size,
            first: shape.kind == Kind::External,
        });
        let edges = self.lines.iter().map(|line| Edge { from: line.from, to: line.to, label: line.size });
        Graph { nodes: nodes.collect(), edges: edges.collect(), lanes: self.lanes.len() }
    }

    /// A box for each neighbour and each part.
    fn boxes<'m>(&mut self, model: &'m Model, open: &BTreeMap<&str, usize>) -> BTreeMap<&'m str, usize> {
        let mut known = BTreeMap::new();
        let lanes: BTreeMap<&str, usize> =
            model.zones.iter().enumerate().map(|(at, zone)| (zone.id.value.as_str(), at)).collect();
        let nowhere = model.zones.len();
        let neighbours = model.neighbours.iter().map(|neighbour| {
            let what = neighbour.what.as_ref().map_or("", |what| what.value.as_str());
            (&neighbour.id, Kind::External, "external", &neighbour.zone, what.to_owned())
        });
        let parts = model.components.iter().map(|part| {
            let (kind, word) = match part.kind.as_ref().map_or("", |kind| kind.value.as_str()) {
                "store" => (Kind::Store, "store"),
                "hardware" => (Kind::Hardware, "hardware"),
                "external" => (Kind::External, "external"),
                _ => (Kind::Process, "process"),
            };
            let out = part.out_of_scope.as_ref().map(|reason| format!("out of scope: {}", reason.value));
            (&part.id, kind, word, &part.zone, out.unwrap_or_default())
        });
        for (id, kind, word, zone, told) in neighbours.chain(parts) {
            let id = id.value.as_str();
            let lane = zone.as_deref().and_then(|zone| lanes.get(zone)).copied().unwrap_or(nowhere);
            let open = open.get(id).copied().unwrap_or(0);
            known.insert(id, self.shapes.len());
            self.shapes.push(shape(kind, lane, model.called(id), word, open, &told));
        }
        for zone in &model.zones {
            // Some draw flows from zone to zone: their ends are drawn where they lead.
            known.entry(zone.id.value.as_str()).or_insert(usize::MAX);
        }
        known
    }

    fn flows<'m>(
        &mut self,
        model: &'m Model,
        open: &BTreeMap<&str, usize>,
        known: &mut BTreeMap<&'m str, usize>,
    ) {
        let mut pairs: BTreeMap<(usize, usize), Vec<(&Flow, bool)>> = BTreeMap::new();
        let mut order = Vec::new();
        let ways = &model.ways();
        for flow in &model.flows {
            let from = self.end(flow.from.as_ref(), flow.to.as_ref(), model, known);
            let to = self.end(flow.to.as_ref(), flow.from.as_ref(), model, known);
            if from == to {
                let name = words_of_flow(model, ways, flow).concat();
                self.notes.push(format!("{} to itself: {name}", self.shapes[from].name.join(" ")));
                continue;
            }
            let back = pairs.contains_key(&(to, from));
            let pair = if back { (to, from) } else { (from, to) };
            if !pairs.contains_key(&pair) {
                order.push(pair);
            }
            pairs.entry(pair).or_default().push((flow, back));
        }
        for pair in order {
            let flows = &pairs[&pair];
            self.lines.push(line(model, ways, pair, flows, open));
        }
    }

    /// The box at an end of a flow; one that leads to a zone or to nothing gets a small one of its own.
    fn end<'m>(
        &mut self,
        end: Option<&'m Placed<String>>,
        other: Option<&'m Placed<String>>,
        model: &'m Model,
        known: &mut BTreeMap<&'m str, usize>,
    ) -> usize {
        let id = end.map(|end| end.value.as_str());
        let at = id.and_then(|id| known.get(id)).copied();
        if let Some(at) = at.filter(|at| *at != usize::MAX) {
            return at;
        }
        let new = self.shapes.len();
        let other =
            other.and_then(|other| known.get(other.value.as_str())).and_then(|at| self.shapes.get(*at));
        let beside = other.map_or(model.zones.len(), |shape| shape.lane);
        match (id, at) {
            (Some(id), Some(_)) => {
                let lane = model.zones.iter().position(|zone| zone.id.value == id).unwrap_or(beside);
                self.shapes.push(shape(Kind::Loose, lane, model.called(id), "the zone itself", 0, ""));
                known.insert(id, new);
            }
            (Some(id), None) => {
                self.shapes.push(shape(Kind::Loose, beside, id, "is not in the model", 0, ""));
                known.insert(id, new);
            }
            (None, _) => self.shapes.push(shape(Kind::Loose, beside, "?", "a loose end", 0, "")),
        }
        new
    }

    fn drop_empty_lanes(&mut self) {
        let used: Vec<usize> = (0..self.lanes.len())
            .filter(|lane| self.shapes.iter().any(|shape| shape.lane == *lane))
            .collect();
        let empty = self.lanes.iter().enumerate().filter(|(lane, _)| !used.contains(lane));
        // In a zone of which another is a part stands what stands in that.
        let around = |name: &String| {
            let mut inner = used.iter().filter_map(|lane| self.lanes[*lane].as_deref());
            inner.any(|inner| lies_in(inner, name))
        };
        let names: Vec<String> =
            empty.filter_map(|(_, name)| name.clone()).filter(|name| !around(name)).collect();
        if !names.is_empty() {
            self.notes.push(format!("Zones in which nothing stands: {}", names.join(", ")));
        }
        self.renumber(&used);
    }

    /// Puts lanes with much traffic beside each other.
    fn arrange_lanes(&mut self) {
        let count = self.lanes.len();
        let mut traffic = vec![vec![0_usize; count]; count];
        for line in &self.lines {
            let (a, b) = (self.shapes[line.from].lane, self.shapes[line.to].lane);
            traffic[a][b] += 1;
            traffic[b][a] += 1;
        }
        let cost = |order: &[usize]| -> usize {
            let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
            pairs.map(|(a, b)| traffic[order[a]][order[b]] * (b - a)).sum()
        };
        let mut order: Vec<usize> = (0..count).collect();
        let mut best = cost(&order);
        // Taking a lane out and putting it in elsewhere, as long as that helps, is enough for the few that there are.
        for _ in 0..count * 4 {
            let moves = (0..count).flat_map(|from| (0..count).map(move |to| (from, to))).take(MOST_MOVES);
            let tried = moves.map(|(from, to)| {
                let mut next = order.clone();
                let lane = next.remove(from);
                next.insert(to, lane);
                (cost(&next), next)
            });
            let Some((now, next)) = tried.min_by_key(|(cost, _)| *cost).filter(|(cost, _)| *cost < best)
            else {
                break;
            };
            (best, order) = (now, next);
        }
        self.renumber(&order);
    }

    /// The lanes in a new order; what stands in those left out has none.
    fn renumber(&mut self, order: &[usize]) {
        self.lanes = order.iter().map(|lane| self.lanes[*lane].clone()).collect();
        for shape in &mut self.shapes {
            shape.lane = order.iter().position(|lane| *lane == shape.lane).unwrap_or(0);
        }
    }
}

/// Lines across which trust changes: the models say where they are drawn, and few say what lies on their sides.
fn boundaries(model: &Model) -> Option<String> {
    let names = model.boundaries.iter().map(|boundary| model.called(&boundary.id.value));
    let (made, given): (Vec<&str>, Vec<&str>) = names.partition(|name| is_made(name));
    let mut told = given.join(", ");
    if !made.is_empty() {
        let and = if told.is_empty() { "" } else { ", " };
        let lines = if made.len() == 1 { "line" } else { "lines" };
        let _ = write!(told, "{and}{} {lines} without a name", made.len());
    }
    (!told.is_empty()).then(|| format!("Trust also changes across: {told}"))
}

fn shape(kind: Kind, lane: usize, name: &str, word: &str, open: usize, told: &str) -> Shape {
    let lines = letters::lines(name, NAME, BOX_WIDTH, 3);
    let caption = if open == 0 { word.to_owned() } else { format!("{word} \u{b7} {open} open") };
    let widest = lines.iter().map(|line| letters::width(line, NAME)).fold(0.0, f64::max);
    let width = widest.max(letters::width(&caption, SMALL)) + 28.0;
    let height = real(lines.len()) * NAME_LINE + SMALL_LINE + 18.0;
    let told = if told.is_empty() { name.to_owned() } else { format!("{name}: {told}") };
    Shape { kind, lane, name: lines, caption, open, told, size: (width.clamp(84.0, 190.0), height) }
}

/// All flows between two boxes as one line; those that lead back are marked.
fn line(
    model: &Model,
    ways: &Ways<'_>,
    pair: (usize, usize),
    flows: &[(&Flow, bool)],
    open: &BTreeMap<&str, usize>,
) -> Line {
    let both = |flow: &Flow| flow.both_ways.as_ref().is_some_and(|both| both.value);
    let mixed = flows.iter().any(|(flow, back)| *back || both(flow));
    let mut words = Vec::new();
    let mut told = Vec::new();
    for (at, (flow, back)) in flows.iter().enumerate() {
        let [name, detail] = words_of_flow(model, ways, flow);
        told.push(format!(
            "{name}{}",
            if detail.is_empty() { String::new() } else { format!(" ({detail})") }
        ));
        if at >= MOST_NAMED {
            continue;
        }
        let arrow = match (both(flow), *back) {
            (true, _) => "\u{2194} ",
            (_, true) => "\u{2190} ",
            _ if mixed => "\u{2192} ",
            _ => "",
        };
        let arrow = if name.is_empty() && detail.is_empty() { "" } else { arrow };
        let lines = letters::lines(&format!("{arrow}{name}"), SMALL, LABEL_WIDTH, 2);
        words.extend(lines.into_iter().map(|text| Word { text, look: Look::Name }));
        let lines = letters::lines(&detail, SMALL, LABEL_WIDTH, 1);
        words.extend(lines.into_iter().map(|text| Word { text, look: Look::Faint }));
        if let Some(open) = open.get(flow.id.value.as_str()) {
            words.push(Word { text: format!("{open} open"), look: Look::Bad });
        }
    }
    if flows.len() > MOST_NAMED {
        words.push(Word { text: format!("and {} more", flows.len() - MOST_NAMED), look: Look::Faint });
    }
    let widest = words.iter().map(|word| letters::width(&word.text, SMALL)).fold(0.0, f64::max);
    let height = real(words.len()) * SMALL_LINE + 4.0;
    Line {
        from: pair.0,
        to: pair.1,
        protection: flows.iter().map(|(flow, _)| protection(ways, flow)).max().unwrap_or(Protection::Unsaid),
        arrows: (
            flows.iter().any(|(flow, back)| !back || both(flow)),
            flows.iter().any(|(f, back)| *back || both(f)),
        ),
        words,
        told: told.join("; "),
        size: (widest + 12.0, height),
    }
}

/// The name of a flow, and in a few words how it travels.
fn words_of_flow(model: &Model, ways: &Ways<'_>, flow: &Flow) -> [String; 2] {
    let interface = ways.interface(flow);
    let protocol =
        flow.protocol.as_ref().or_else(|| interface.and_then(|interface| interface.protocol.as_ref()));
    let port = interface.and_then(|interface| interface.port.as_ref()).map(|port| port.value.to_string());
    let words = [protocol.map(|protocol| protocol.value.clone()), port];
    let detail: Vec<String> = words.into_iter().flatten().collect();
    let detail = detail.join(" ");
    match model.name_of(flow) {
        Some(name) if detail.eq_ignore_ascii_case(name) => [name.to_owned(), String::new()],
        Some(name) => [name.to_owned(), detail],
        None => [detail, String::new()],
    }
}

/// What the flow, its interface or its protocol says of encryption.
fn protection(ways: &Ways<'_>, flow: &Flow) -> Protection {
    match ways.hides(flow) {
        Some(true) => Protection::Encrypted,
        Some(false) => Protection::Plain,
        None => Protection::Unsaid,
    }
}
