//! The graph: which package uses which, what ships, and by which path.

use std::collections::{BTreeSet, VecDeque};

use super::{EdgeKind, Ships};

/// Packages and how they use one another. Packages are known by their index.
#[derive(Debug, Default)]
pub(super) struct Graph {
    names: Vec<String>,
    proc_macros: Vec<bool>,
    edges: Vec<BTreeSet<(usize, EdgeKind)>>,
}

/// Where the walk starts.
#[derive(Debug, Default)]
pub(super) struct Roots {
    /// Members that ship.
    pub(super) product: Vec<usize>,
    /// Members that are judged but do not ship: tools and tests of the workspace.
    pub(super) dev: Vec<usize>,
}

/// Which packages a walk has met.
#[derive(Debug)]
pub(super) struct Reached {
    ships: Vec<Option<Ships>>,
    /// The package from which each was met first.
    from: Vec<Option<usize>>,
}

impl Graph {
    /// A graph of packages that do not use one another yet. A name is what a path shows.
    pub(super) fn new(names: Vec<String>) -> Self {
        let count = names.len();
        Self { names, proc_macros: vec![false; count], edges: vec![BTreeSet::new(); count] }
    }

    /// Says that a package is a procedural macro.
    pub(super) fn mark_proc_macro(&mut self, index: usize) {
        self.proc_macros[index] = true;
    }

    /// Says that one package uses another.
    pub(super) fn connect(&mut self, from: usize, to: usize, kind: EdgeKind) {
        self.edges[from].insert((to, kind));
    }

    /// Every edge.
    pub(super) fn edges(&self) -> impl Iterator<Item = (usize, usize, EdgeKind)> {
        self.edges
            .iter()
            .enumerate()
            .flat_map(|(from, edges)| edges.iter().map(move |(to, kind)| (from, *to, *kind)))
    }

    /// How each package is used by others.
    pub(super) fn uses(&self) -> Vec<BTreeSet<EdgeKind>> {
        let mut uses = vec![BTreeSet::new(); self.names.len()];
        for (to, kind) in self.edges.iter().flatten() {
            uses[*to].insert(*kind);
        }
        uses
    }

    /// Walks from the roots, the strongest use first: what ships, then what runs while that is
    /// built, then what only tests need. Each package gets the strongest class and, in that class,
    /// a shortest path.
    pub(super) fn reach(&self, roots: &Roots) -> Reached {
        let count = self.names.len();
        let mut reached = Reached { ships: vec![None; count], from: vec![None; count] };
        let start = |wanted: &[usize], macros: bool| {
            wanted.iter().copied().filter(|index| self.proc_macros[*index] == macros).collect::<Vec<_>>()
        };
        self.walk(&mut reached, Ships::Product, start(&roots.product, false), |to, kind| {
            kind == EdgeKind::Normal && !self.proc_macros[to]
        });
        // What a procedural macro links runs in the compiler.
        let mut build = start(&roots.product, true);
        build.extend(reached.met(Ships::Product));
        self.walk(&mut reached, Ships::Build, build, |_, kind| kind != EdgeKind::Dev);
        let mut dev = roots.dev.clone();
        dev.extend(&roots.product);
        self.walk(&mut reached, Ships::Dev, dev, |_, _| true);
        reached
    }

    /// Breadth first. A package keeps the class in which it was met first, and is left by the edges
    /// that the class allows.
    fn walk(
        &self,
        reached: &mut Reached,
        ships: Ships,
        start: Vec<usize>,
        allowed: impl Fn(usize, EdgeKind) -> bool,
    ) {
        let mut waiting = VecDeque::new();
        for index in start {
            reached.ships[index].get_or_insert(ships);
            waiting.push_back(index);
        }
        while let Some(from) = waiting.pop_front() {
            for (to, kind) in &self.edges[from] {
                if reached.ships[*to].is_none() && allowed(*to, *kind) {
                    reached.ships[*to] = Some(ships);
                    reached.from[*to] = Some(from);
                    waiting.push_back(*to);
                }
            }
        }
    }
}

impl Reached {
    /// Whether a package ships; [`Ships::Locked`] where no walk met it.
    pub(super) fn ships(&self, index: usize) -> Ships {
        self.ships[index].unwrap_or(Ships::Locked)
    }

    /// The path by which a package was met, from the root to itself; empty where it was not met.
    pub(super) fn why(&self, graph: &Graph, index: usize) -> Vec<String> {
        let Some(_) = self.ships[index] else { return Vec::new() };
        let mut path = vec![graph.names[index].clone()];
        let mut at = index;
        while let Some(from) = self.from[at] {
            path.push(graph.names[from].clone());
            at = from;
        }
        path.reverse();
        path
    }

    fn met(&self, ships: Ships) -> Vec<usize> {
        (0..self.ships.len()).filter(|index| self.ships[*index] == Some(ships)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a -n> b` is a normal edge, `-b>` build, `-d>` dev; a capital letter is a procedural macro.
    fn graph(edges: &str) -> Graph {
        let letters: BTreeSet<char> = edges.chars().filter(|c| "aAcCeEgGhHiI".contains(*c)).collect();
        let letters: Vec<char> = letters.into_iter().collect();
        let mut graph = Graph::new(letters.iter().map(ToString::to_string).collect());
        let at = |c: &str| letters.iter().position(|l| c.starts_with(*l)).expect("a letter");
        for (index, _) in letters.iter().enumerate().filter(|(_, letter)| letter.is_uppercase()) {
            graph.mark_proc_macro(index);
        }
        for edge in edges.split(',') {
            let words: Vec<&str> = edge.split_whitespace().collect();
            let kind = match words[1] {
                "-n>" => EdgeKind::Normal,
                "-b>" => EdgeKind::Build,
                _ => EdgeKind::Dev,
            };
            graph.connect(at(words[0]), at(words[2]), kind);
        }
        graph
    }

    fn told(graph: &Graph, roots: &[&str], dev: &[&str]) -> String {
        let find = |names: &[&str]| {
            names.iter().map(|n| graph.names.iter().position(|name| name == n).expect("a name")).collect()
        };
        let reached = graph.reach(&Roots { product: find(roots), dev: find(dev) });
        let one = |index: usize| {
            let path = reached.why(graph, index).concat();
            format!("{}:{:?}:{path}", graph.names[index], reached.ships(index))
        };
        (0..graph.names.len()).map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_a_procedural_macro_links_does_not_ship() {
        let graph = graph("a -n> C,C -n> e,a -n> g,g -b> h,h -n> i,a -d> I");
        assert_eq!(
            told(&graph, &["a"], &[]),
            "C:Build:aC I:Dev:aI a:Product:a e:Build:aCe g:Product:ag h:Build:agh i:Build:aghi"
        );
    }

    #[test]
    fn the_strongest_use_wins_and_gives_the_path() {
        let graph = graph("a -d> c,a -b> c,a -n> e,e -n> g,g -n> c,h -n> i");
        assert_eq!(
            told(&graph, &["a"], &[]),
            "a:Product:a c:Product:aegc e:Product:ae g:Product:aeg h:Locked: i:Locked:"
        );
        assert!(told(&graph, &["a"], &["h"]).ends_with("h:Dev:h i:Dev:hi"));
    }

    #[test]
    fn a_member_that_is_a_procedural_macro_runs_in_the_compiler() {
        assert_eq!(told(&graph("A -n> c"), &["A"], &[]), "A:Build:A c:Build:Ac");
    }

    #[test]
    fn circles_end() {
        assert_eq!(told(&graph("a -n> c,c -n> a"), &["a"], &[]), "a:Product:a c:Product:ac");
    }
}
