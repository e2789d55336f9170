//! The graph as numbers, for one reading: who leads to whom, in an order that goes with the edges.
//!
//! Vertices that lead to each other are one component. Ranks follow the edges, so that whoever works by rank meets a
//! vertex after those that lead to it, but for cycles.

use crate::build::Vertex;
use crate::graph::AttackGraph;

/// Which edges count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reading {
    /// Those that need no flaw in any software.
    Direct,
    /// Also one flaw per hop through the network.
    Flaws,
}

impl Reading {
    /// Both, the wider one first.
    pub const BOTH: [Self; 2] = [Self::Flaws, Self::Direct];
}

/// An edge of a shape: where it leads, and its number in the graph.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) to: u32,
    pub(crate) edge: u32,
}

/// A graph, numbers only.
#[derive(Debug)]
pub(crate) struct Shape {
    begins: Vec<u32>,
    links: Vec<Link>,
    /// The premises and the result of each conjunction.
    pub(crate) both: Vec<(Vec<u32>, u32)>,
    both_begins: Vec<u32>,
    both_of: Vec<u32>,
    /// By vertex.
    pub(crate) component: Vec<u32>,
    /// How many vertices a component has.
    pub(crate) sizes: Vec<u32>,
    /// Which, of those with several.
    members: Vec<Vec<u32>>,
    /// By vertex.
    pub(crate) rank: Vec<u32>,
    /// By rank.
    pub(crate) by_rank: Vec<u32>,
    back_begins: Vec<u32>,
    /// Against the edges; premises of conjunctions too.
    back: Vec<Link>,
    /// A bit for each edge of the graph: whether it is one of these.
    has: Vec<u64>,
}

/// The number of no edge: what leads from a premise to its conjunction.
pub(crate) const NO_EDGE: u32 = u32::MAX;

impl Shape {
    pub(crate) fn of(graph: &AttackGraph<'_>, reading: Reading) -> Self {
        let both = graph.both.iter();
        let both = both.map(|(premises, to)| (premises.iter().map(|own| own.0).collect(), to.0)).collect();
        let links = |vertex: u32, links: &mut Vec<Link>| {
            for at in graph.leaving(Vertex(vertex)) {
                let edge = graph.edges[at];
                if reading == Reading::Flaws || !graph.needs_flaw(edge.kind) {
                    links.push(Link { to: edge.to.0, edge: number(at) });
                }
            }
        };
        Self::drawn(graph.len(), links, both, graph.both_begins.clone(), graph.both_of.clone())
    }

    /// What is left when some edges are gone.
    pub(crate) fn without(&self, gone: &[u32]) -> Self {
        let mut is_gone = vec![false; self.has.len() * 64];
        gone.iter().for_each(|edge| is_gone[*edge as usize] = true);
        let links = |vertex: u32, links: &mut Vec<Link>| {
            links.extend(self.links(vertex).iter().filter(|link| !is_gone[link.edge as usize]));
        };
        Self::drawn(self.len(), links, self.both.clone(), self.both_begins.clone(), self.both_of.clone())
    }

    fn drawn(
        count: usize,
        links_of: impl Fn(u32, &mut Vec<Link>),
        both: Vec<(Vec<u32>, u32)>,
        both_begins: Vec<u32>,
        both_of: Vec<u32>,
    ) -> Self {
        let mut begins = Vec::with_capacity(count + 1);
        let mut links = Vec::new();
        for vertex in 0..number(count) {
            begins.push(number(links.len()));
            links_of(vertex, &mut links);
        }
        begins.push(number(links.len()));
        let last = links.iter().map(|link| link.edge as usize + 1).max().unwrap_or_default();
        let mut has = vec![0; last.div_ceil(64)];
        links.iter().for_each(|link| has[link.edge as usize / 64] |= 1 << (link.edge % 64));
        let mut shape = Self {
            begins,
            links,
            both,
            both_begins,
            both_of,
            component: Vec::new(),
            sizes: Vec::new(),
            members: Vec::new(),
            rank: Vec::new(),
            by_rank: Vec::new(),
            back_begins: Vec::new(),
            back: Vec::new(),
            has,
        };
        shape.turn();
        shape.order();
        shape
    }

    /// Whether an edge of the graph is one of these.
    pub(crate) fn has(&self, edge: u32) -> bool {
        self.has.get(edge as usize / 64).is_some_and(|word| word & (1 << (edge % 64)) != 0)
    }

    /// The vertices of a component that has several.
    pub(crate) fn members(&self, component: u32) -> &[u32] {
        &self.members[component as usize]
    }

    /// Whether vertices lead to each other in a circle through this one.
    pub(crate) fn is_cycle(&self, component: u32) -> bool {
        self.sizes[component as usize] > 1
    }

    pub(crate) fn len(&self) -> usize {
        self.begins.len() - 1
    }

    pub(crate) fn links(&self, vertex: u32) -> &[Link] {
        &self.links[self.begins[vertex as usize] as usize..self.begins[vertex as usize + 1] as usize]
    }

    pub(crate) fn back(&self, vertex: u32) -> &[Link] {
        &self.back[self.back_begins[vertex as usize] as usize..self.back_begins[vertex as usize + 1] as usize]
    }

    pub(crate) fn premise_of(&self, vertex: u32) -> &[u32] {
        let at = vertex as usize;
        &self.both_of[self.both_begins[at] as usize..self.both_begins[at + 1] as usize]
    }

    /// Whatever a vertex leads to, by edges and as a premise.
    fn next(&self, vertex: u32, at: usize) -> Option<u32> {
        let links = self.links(vertex);
        match links.get(at) {
            Some(link) => Some(link.to),
            None => {
                let both = self.premise_of(vertex).get(at - links.len())?;
                Some(self.both[*both as usize].1)
            }
        }
    }

    fn turn(&mut self) {
        let count = self.len();
        let mut begins = vec![0u32; count + 1];
        let each = |act: &mut dyn FnMut(u32, u32, u32)| {
            for from in 0..number(count) {
                for link in self.links(from) {
                    act(from, link.to, link.edge);
                }
                for both in self.premise_of(from) {
                    act(from, self.both[*both as usize].1, NO_EDGE);
                }
            }
        };
        each(&mut |_, to, _| begins[to as usize + 1] += 1);
        for at in 1..begins.len() {
            begins[at] += begins[at - 1];
        }
        let mut next = begins.clone();
        let mut back = vec![Link { to: 0, edge: 0 }; begins[count] as usize];
        each(&mut |from, to, edge| {
            let place = &mut next[to as usize];
            back[*place as usize] = Link { to: from, edge };
            *place += 1;
        });
        (self.back_begins, self.back) = (begins, back);
    }

    /// The same against the edges. Each premise of a conjunction leads back from it as if it were enough, so that nobody
    /// is missed; with `strict` none does, so that nobody is told who cannot.
    pub(crate) fn turned(&self, strict: bool) -> Self {
        let mut begins = Vec::with_capacity(self.len() + 1);
        let mut links = Vec::with_capacity(self.back.len());
        for vertex in 0..number(self.len()) {
            begins.push(number(links.len()));
            links.extend(self.back(vertex).iter().filter(|link| !strict || link.edge != NO_EDGE));
        }
        begins.push(number(links.len()));
        let last = number(self.len()).saturating_sub(1);
        Self {
            begins,
            links,
            both: Vec::new(),
            both_begins: vec![0; self.len() + 1],
            both_of: Vec::new(),
            component: self.component.clone(),
            sizes: self.sizes.clone(),
            members: Vec::new(),
            rank: self.rank.iter().map(|rank| last - rank).collect(),
            by_rank: self.by_rank.iter().rev().copied().collect(),
            back_begins: vec![0; self.len() + 1],
            back: Vec::new(),
            has: self.has.clone(),
        }
    }

    /// By vertex: whether it leads to one by edges alone, as that one does.
    pub(crate) fn leading_to(&self, vertex: u32) -> Vec<bool> {
        let mut leads = vec![false; self.len()];
        let mut waiting = vec![vertex];
        leads[vertex as usize] = true;
        while let Some(vertex) = waiting.pop() {
            for link in self.back(vertex).iter().filter(|link| link.edge != NO_EDGE) {
                if !std::mem::replace(&mut leads[link.to as usize], true) {
                    waiting.push(link.to);
                }
            }
        }
        leads
    }

    /// The premises that a vertex follows from all together, where it is a conjunction.
    pub(crate) fn premises(&self, vertex: u32) -> Option<&[u32]> {
        let at = self.both.binary_search_by_key(&vertex, |(_, to)| *to).ok()?;
        Some(&self.both[at].0)
    }

    /// How many edges lead to a vertex.
    pub(crate) fn arriving(&self, vertex: u32) -> usize {
        self.back(vertex).len()
    }

    /// Ranks go with the edges, those of premises too. Components are of edges alone: who is a premise does not reach
    /// what follows from all of them.
    fn order(&mut self) {
        let all: Vec<u32> = (0..number(self.len())).collect();
        let mut tarjan = Tarjan::new(self.len());
        let ranked = tarjan.components(&all, &|vertex, at| self.next(vertex, at));
        // Components come out against the edges.
        let by_rank: Vec<u32> = ranked.into_iter().rev().flatten().collect();
        self.rank = vec![0; self.len()];
        for (rank, &vertex) in by_rank.iter().enumerate() {
            self.rank[vertex as usize] = number(rank);
        }
        self.by_rank = by_rank;
        self.component = vec![0; self.len()];
        let next = |vertex: u32, at: usize| self.links(vertex).get(at).map(|link| link.to);
        let found = tarjan.components(&all, &next);
        for (own, members) in found.iter().enumerate() {
            self.sizes.push(number(members.len()));
            members.iter().for_each(|member| self.component[*member as usize] = number(own));
        }
        // Those of one vertex do not fall apart.
        self.members = found.into_iter().map(|own| if own.len() > 1 { own } else { Vec::new() }).collect();
    }

    /// What is left of components when some edges are gone: those that some vertices are in, and that they lead to.
    pub(crate) fn components_without(
        &self,
        of: &[u32],
        gone: &dyn Fn(u32) -> bool,
        tarjan: &mut Tarjan,
    ) -> Vec<Vec<u32>> {
        let next = |vertex: u32, at: usize| {
            let link = self.links(vertex).get(at)?;
            // What leads out of it, or is gone, leads nowhere.
            let stays =
                self.component[link.to as usize] == self.component[vertex as usize] && !gone(link.edge);
            Some(if stays { link.to } else { vertex })
        };
        tarjan.components(of, &next)
    }
}

/// Tarjan's strongly connected components without recursion, with what it needs to remember from call to call.
pub(crate) struct Tarjan {
    /// By vertex: its number in the order of arrival; [`UNSEEN`] before.
    index: Vec<u32>,
    low: Vec<u32>,
    on_stack: Vec<bool>,
}

const UNSEEN: u32 = u32::MAX;

impl Tarjan {
    pub(crate) fn new(vertices: usize) -> Self {
        Self { index: vec![UNSEEN; vertices], low: vec![0; vertices], on_stack: vec![false; vertices] }
    }

    /// The components of some vertices and of what they lead to; `next` gives what a vertex leads to, by place. They
    /// come out against the edges.
    pub(crate) fn components(
        &mut self,
        from: &[u32],
        next: &dyn Fn(u32, usize) -> Option<u32>,
    ) -> Vec<Vec<u32>> {
        let mut stack: Vec<u32> = Vec::new();
        let mut found: Vec<Vec<u32>> = Vec::new();
        let mut counter = 0u32;
        let mut work: Vec<(u32, usize)> = Vec::new();
        for &root in from {
            if self.index[root as usize] != UNSEEN {
                continue;
            }
            work.push((root, 0));
            while let Some(&mut (vertex, ref mut at)) = work.last_mut() {
                let own = vertex as usize;
                if *at == 0 && self.index[own] == UNSEEN {
                    self.index[own] = counter;
                    self.low[own] = counter;
                    counter += 1;
                    stack.push(vertex);
                    self.on_stack[own] = true;
                }
                let step = next(vertex, *at);
                *at += 1;
                match step {
                    Some(to) if self.index[to as usize] == UNSEEN => work.push((to, 0)),
                    Some(to) if self.on_stack[to as usize] => {
                        self.low[own] = self.low[own].min(self.index[to as usize]);
                    }
                    Some(_) => {}
                    None => {
                        work.pop();
                        if let Some(&(above, _)) = work.last() {
                            self.low[above as usize] = self.low[above as usize].min(self.low[own]);
                        }
                        if self.low[own] == self.index[own] {
                            let begin = stack.iter().rposition(|own| *own == vertex).unwrap_or_default();
                            let members = stack.split_off(begin);
                            members.iter().for_each(|member| self.on_stack[*member as usize] = false);
                            found.push(members);
                        }
                    }
                }
            }
        }
        for vertex in found.iter().flatten() {
            self.index[*vertex as usize] = UNSEEN;
        }
        found
    }
}

/// A count as a number of vertices or edges. A graph of 4 billion does not fit into memory.
pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
