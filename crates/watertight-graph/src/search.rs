//! A shortest way: Knuth's generalization of Dijkstra's search, where a conjunction costs the sum of its premises.
//!
//! It is led by how far each vertex is from the target at least (A*): as far as it would be if one premise were enough.
//! That is worked out once, from the target back until the nearest start, and holds for every search with edges banned.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::build::{Edge, Kind, Vertex};
use crate::graph::AttackGraph;
use crate::shape::{NO_EDGE, Shape};

/// Edges that must not be taken, whatever their evidence.
pub(crate) type Banned = BTreeSet<(Kind, Vertex, Vertex)>;

/// What a step through the catalogue costs; a flaw costs a little more, so that of equal ways the surer comes first.
const STEP: u32 = 1000;
const FLAW: u32 = 1001;
/// What follows by definition: what is longer by bookkeeping alone comes after.
const BOOKKEEPING: u32 = 1;

/// How a vertex was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Start,
    Edge(u32),
    Both(u32),
}

/// What a search knows of a vertex.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// The search that it is of.
    search: u32,
    cost: u32,
    by: By,
    done: bool,
}

/// Vertices by cost. Few costs differ, so that most of the work is that of a stack.
#[derive(Debug, Default)]
pub(crate) struct Waiting(BTreeMap<u32, Vec<u32>>);

impl Waiting {
    pub(crate) fn push(&mut self, cost: u32, vertex: u32) {
        self.0.entry(cost).or_default().push(vertex);
    }

    pub(crate) fn pop(&mut self) -> Option<(u32, u32)> {
        let mut first = self.0.first_entry()?;
        let cost = *first.key();
        let vertex = first.get_mut().pop();
        if first.get().is_empty() {
            first.remove();
        }
        vertex.map(|vertex| (cost, vertex))
    }
}

/// Searches between some things, with what they need to remember.
pub(crate) struct Search<'a, 'w> {
    graph: &'a AttackGraph<'w>,
    shape: &'a Shape,
    from: &'a [Vertex],
    /// By vertex: whether it is a start, and what it costs to be there when it is an end.
    is_start: Vec<bool>,
    end: Vec<Option<u32>>,
    /// By vertex: how much more it costs at least; [`u32::MAX`] where that was not looked at.
    rest: Vec<u32>,
    /// What it costs at least from where nobody looked; [`None`] where there is no way.
    far: Option<u32>,
    known: Vec<Known>,
    search: u32,
}

impl<'a, 'w> Search<'a, 'w> {
    pub(crate) fn new(
        graph: &'a AttackGraph<'w>,
        shape: &'a Shape,
        from: &'a [Vertex],
        to: &'a [Vertex],
        admin: Option<Vertex>,
    ) -> Self {
        let unknown = Known { search: 0, cost: 0, by: By::Start, done: false };
        let mut is_start = vec![false; shape.len()];
        from.iter().for_each(|start| is_start[start.index()] = true);
        let mut end = vec![None; shape.len()];
        // Being cluster admin is one step from everything.
        admin.iter().for_each(|admin| end[admin.index()] = Some(STEP));
        to.iter().for_each(|own| end[own.index()] = Some(0));
        let mut search = Self {
            graph,
            shape,
            from,
            is_start,
            end,
            rest: vec![u32::MAX; shape.len()],
            far: None,
            known: vec![unknown; shape.len()],
            search: 0,
        };
        search.look_back();
        search
    }

    fn cost_of(&self, edge: u32) -> u32 {
        match self.graph.edges[edge as usize].kind {
            Kind::DEFINITION => BOOKKEEPING,
            kind if self.graph.needs_flaw(kind) => FLAW + BOOKKEEPING,
            _ => STEP + BOOKKEEPING,
        }
    }

    /// Works out how far vertices are from the target at least, up to the nearest start.
    fn look_back(&mut self) {
        let mut waiting: Waiting = Waiting::default();
        for (vertex, cost) in (0u32..).zip(&self.end).filter_map(|(vertex, end)| Some((vertex, (*end)?))) {
            self.rest[vertex as usize] = cost;
            waiting.push(cost, vertex);
        }
        while let Some((cost, vertex)) = waiting.pop() {
            if cost > self.rest[vertex as usize] {
                continue;
            }
            if self.is_start[vertex as usize] {
                self.far = Some(cost);
                return;
            }
            for link in self.shape.back(vertex) {
                let step = if link.edge == NO_EDGE { 0 } else { self.cost_of(link.edge) };
                let rest = &mut self.rest[link.to as usize];
                if cost + step < *rest {
                    *rest = cost + step;
                    waiting.push(cost + step, link.to);
                }
            }
        }
    }

    /// The edges of a shortest way, each after those that it needs, and its cost.
    pub(crate) fn shortest(&mut self, banned: &Banned) -> Option<(u64, Vec<u32>)> {
        let far = self.far?;
        self.search += 1;
        let mut waiting: Waiting = Waiting::default();
        for vertex in self.from {
            self.offer(vertex.0, 0, By::Start, far, &mut waiting);
        }
        while let Some((_, vertex)) = waiting.pop() {
            let known = &mut self.known[vertex as usize];
            if std::mem::replace(&mut known.done, true) {
                continue;
            }
            let cost = known.cost;
            if let Some(end) = self.end[vertex as usize] {
                let mut edges = Vec::new();
                self.derive(vertex, &mut HashSet::new(), &mut edges);
                return Some((u64::from(cost.saturating_add(end)), edges));
            }
            self.pass_on(vertex, cost, banned, far, &mut waiting);
        }
        None
    }

    fn pass_on(&mut self, vertex: u32, cost: u32, banned: &Banned, far: u32, waiting: &mut Waiting) {
        let shape = self.shape;
        for link in shape.links(vertex) {
            let edge: Edge = self.graph.edges[link.edge as usize];
            let is_step = edge.kind != Kind::DEFINITION;
            if !is_step || banned.is_empty() || !banned.contains(&(edge.kind, edge.from, edge.to)) {
                let step = self.cost_of(link.edge);
                self.offer(link.to, cost + step, By::Edge(link.edge), far, waiting);
            }
        }
        for &both in shape.premise_of(vertex) {
            let (premises, to) = &shape.both[both as usize];
            if premises.iter().all(|own| self.is_known(*own) && self.known[*own as usize].done) {
                let sum =
                    premises.iter().map(|own| self.known[*own as usize].cost).fold(0, u32::saturating_add);
                self.offer(*to, sum, By::Both(both), far, waiting);
            }
        }
    }

    fn is_known(&self, vertex: u32) -> bool {
        self.known[vertex as usize].search == self.search
    }

    fn offer(&mut self, vertex: u32, cost: u32, by: By, far: u32, waiting: &mut Waiting) {
        if self.is_known(vertex) && self.known[vertex as usize].cost <= cost {
            return;
        }
        self.known[vertex as usize] = Known { search: self.search, cost, by, done: false };
        let rest = self.rest[vertex as usize].min(far);
        waiting.push(cost.saturating_add(rest), vertex);
    }

    fn derive(&self, vertex: u32, told: &mut HashSet<u32>, edges: &mut Vec<u32>) {
        // Iterative along edges, so that a long way needs no deep stack; conjunctions are few.
        let mut chain = Vec::new();
        let mut at = vertex;
        while told.insert(at) {
            match self.known[at as usize].by {
                By::Edge(edge) => {
                    chain.push(edge);
                    at = self.graph.edges[edge as usize].from.0;
                }
                By::Both(both) => {
                    for premise in &self.shape.both[both as usize].0 {
                        self.derive(*premise, told, edges);
                    }
                    break;
                }
                By::Start => break,
            }
        }
        edges.extend(chain.into_iter().rev());
    }
}
