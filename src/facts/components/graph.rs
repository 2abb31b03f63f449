//! The graph: which package uses which, what ships, and by which path.

use std::collections::{BTreeSet, VecDeque};

use super::{EdgeKind, Ships};

/// Packages and how they use one another. Packages are known by their index.
#[derive(Debug, Default)]
pub(super) struct Graph {
    names: Vec<String>,
    /// The package that is used, how, and in which walk that counts.
    edges: Vec<BTreeSet<(usize, EdgeKind, Ships)>>,
}

/// Where the walk starts.
#[derive(Debug, Default)]
pub(super) struct Roots {
    /// Members that ship.
    pub(super) product: Vec<usize>,
    /// The same, but procedural macros: these run in the compiler.
    pub(super) macros: Vec<usize>,
    /// Members that are judged but do not ship: tools and tests of the workspace.
    pub(super) dev: Vec<usize>,
}

impl Roots {
    /// All members that ship.
    pub(super) fn product(&self) -> impl Iterator<Item = usize> {
        self.product.iter().chain(&self.macros).copied()
    }
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
        Self { names, edges: vec![BTreeSet::new(); count] }
    }

    /// Says that one package uses another: in the product, while that is built, or for tests.
    pub(super) fn connect(&mut self, from: usize, to: usize, kind: EdgeKind, domain: Ships) {
        self.edges[from].insert((to, kind, domain));
    }

    /// True where one package uses another in any way.
    pub(super) fn connects(&self, from: usize, to: usize) -> bool {
        self.edges[from]
            .range((to, EdgeKind::Normal, Ships::Locked)..)
            .next()
            .is_some_and(|edge| edge.0 == to)
    }

    /// Every edge.
    pub(super) fn edges(&self) -> impl Iterator<Item = (usize, usize, EdgeKind)> {
        self.edges
            .iter()
            .enumerate()
            .flat_map(|(from, edges)| edges.iter().map(move |(to, kind, _)| (from, *to, *kind)))
    }

    /// How each package is used by others.
    pub(super) fn uses(&self) -> Vec<BTreeSet<EdgeKind>> {
        let mut uses = vec![BTreeSet::new(); self.names.len()];
        for (to, kind, _) in self.edges.iter().flatten() {
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
        self.walk(&mut reached, Ships::Product, roots.product.clone());
        // What a procedural macro links runs in the compiler.
        let build = roots.macros.iter().copied().chain(reached.met(Ships::Product)).collect();
        self.walk(&mut reached, Ships::Build, build);
        let dev = roots.dev.iter().copied().chain(roots.product()).collect();
        self.walk(&mut reached, Ships::Dev, dev);
        reached
    }

    /// Breadth first. A package keeps the class in which it was met first, and is left by the edges
    /// that count in this walk; tests need what all kinds of edges lead to.
    fn walk(&self, reached: &mut Reached, ships: Ships, start: Vec<usize>) {
        let mut waiting = VecDeque::new();
        for index in start {
            reached.ships[index].get_or_insert(ships);
            waiting.push_back(index);
        }
        let mut left = vec![false; self.edges.len()];
        while let Some(from) = waiting.pop_front() {
            if std::mem::replace(&mut left[from], true) {
                continue;
            }
            for (to, _, domain) in &self.edges[from] {
                if *domain != ships && ships != Ships::Dev {
                    continue;
                }
                if reached.ships[*to].is_none() {
                    reached.ships[*to] = Some(ships);
                    reached.from[*to] = Some(from);
                    waiting.push_back(*to);
                } else if ships == Ships::Dev {
                    // Met before, and for tests it may lead further.
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

    /// `a -n> b` is a normal edge in the product, `-h>` one in what runs at build time, `-b>` leads there,
    /// `-d>` is for tests; a capital letter is a procedural macro.
    fn graph(edges: &str) -> Graph {
        let letters: BTreeSet<char> = edges.chars().filter(|c| "aAcCeEgGiIkK".contains(*c)).collect();
        let letters: Vec<char> = letters.into_iter().collect();
        let mut graph = Graph::new(letters.iter().map(ToString::to_string).collect());
        let at = |c: &str| letters.iter().position(|l| c.starts_with(*l)).expect("a letter");
        for edge in edges.split(',') {
            let words: Vec<&str> = edge.split_whitespace().collect();
            let (kind, domain) = match words[1] {
                "-n>" => (EdgeKind::Normal, Ships::Product),
                "-h>" => (EdgeKind::Normal, Ships::Build),
                "-b>" => (EdgeKind::Build, Ships::Build),
                _ => (EdgeKind::Dev, Ships::Dev),
            };
            graph.connect(at(words[0]), at(words[2]), kind, domain);
        }
        graph
    }

    fn told(graph: &Graph, roots: &[&str], dev: &[&str]) -> String {
        let find = |names: &[&str]| {
            names
                .iter()
                .map(|n| graph.names.iter().position(|name| name == n).expect("a name"))
                .collect::<Vec<_>>()
        };
        let is_macro = |index: &usize| graph.names[*index].chars().all(char::is_uppercase);
        let (macros, product) = find(roots).into_iter().partition(is_macro);
        let reached = graph.reach(&Roots { product, macros, dev: find(dev) });
        let one = |index: usize| {
            let path = reached.why(graph, index).concat();
            format!("{}:{:?}:{path}", graph.names[index], reached.ships(index))
        };
        (0..graph.names.len()).map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_a_procedural_macro_links_does_not_ship() {
        let graph = graph("a -h> C,C -h> e,a -n> g,g -b> k,k -h> i,a -d> I");
        assert_eq!(
            told(&graph, &["a"], &[]),
            "C:Build:aC I:Dev:aI a:Product:a e:Build:aCe g:Product:ag i:Build:agki k:Build:agk"
        );
    }

    #[test]
    fn the_strongest_use_wins_and_gives_the_path() {
        let graph = graph("a -d> c,a -b> c,a -n> e,e -n> g,g -n> c,k -n> i");
        assert_eq!(
            told(&graph, &["a"], &[]),
            "a:Product:a c:Product:aegc e:Product:ae g:Product:aeg i:Locked: k:Locked:"
        );
        assert!(told(&graph, &["a"], &["k"]).ends_with("i:Dev:ki k:Dev:k"));
    }

    #[test]
    fn a_member_that_is_a_procedural_macro_runs_in_the_compiler() {
        assert_eq!(told(&graph("A -h> c"), &["A"], &[]), "A:Build:A c:Build:Ac");
    }

    #[test]
    fn circles_end() {
        assert_eq!(told(&graph("a -n> c,c -n> a"), &["a"], &[]), "a:Product:a c:Product:ac");
    }
}
