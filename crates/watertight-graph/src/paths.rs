//! Ways from some things to others: the shortest, and others that really differ.
//!
//! A way is a derivation: where a conjunction is needed, the ways to all of its premises are part of it. The search is
//! Knuth's generalization of Dijkstra's, with the sum of the premises for a conjunction.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use crate::build::{Edge, Kind, Vertex};
use crate::edge::AttackEdge;
use crate::graph::AttackGraph;
use crate::measure::Measure;
use crate::shape::{Reading, Shape};
use crate::thing::{Goal, Hold, Thing};

/// A way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Its steps, each after those that it needs.
    pub steps: Vec<Step>,
}

impl Path {
    /// How many of its steps somebody has to take; what follows by definition is none.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.iter().filter(|step| step.edge.is_some()).count()
    }

    /// Whether nothing has to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One step of a way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is held before: several where all of them are needed.
    pub from: Vec<Vertex>,
    /// What is held then.
    pub to: Vertex,
    /// The entry of the catalogue; `None` for what follows by definition.
    pub edge: Option<usize>,
    /// The numbers of the edges that it is made of.
    pub edges: Vec<u32>,
}

impl Step {
    /// The entry of the catalogue.
    #[must_use]
    pub fn entry(&self, graph: &AttackGraph<'_>) -> Option<&'static AttackEdge> {
        self.edge.map(|place| graph.catalogue[place])
    }
}

/// An edge that must not be taken, whatever its evidence.
type Banned = HashSet<(Kind, Vertex, Vertex)>;

/// How a vertex was reached.
#[derive(Debug, Clone, Copy)]
enum By {
    Start,
    Edge(u32),
    Both(u32),
}

/// What a step through the catalogue costs; a flaw costs a little more, so that of equal ways the surer comes first.
const STEP: u64 = 1000;
const FLAW: u64 = 1001;

impl Measure<'_, '_> {
    /// Up to `count` ways from all of some vertices to any of others, the shortest first, each without something that
    /// every one before it takes.
    #[must_use]
    pub fn paths(&self, from: &[Vertex], to: &[Vertex], reading: Reading, count: usize) -> Vec<Path> {
        let shape = &self.view(reading).shape;
        let ends = self.ends(to);
        let admin = ends.contains(&self.admin).then_some(Vertex(self.admin));
        let useful = useful(shape, &ends);
        let search = Search { graph: self.graph, shape, useful: &useful, from, to, admin };
        let mut found: Vec<Path> = Vec::new();
        let mut known: HashSet<BTreeSet<u32>> = HashSet::new();
        let mut tried: HashSet<BTreeSet<(Kind, Vertex, Vertex)>> = HashSet::new();
        let mut candidates: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
        let mut ways: Vec<(Vec<u32>, Banned)> = Vec::new();
        let mut add = |banned: Banned, ways: &mut Vec<(Vec<u32>, Banned)>, heap: &mut BinaryHeap<_>| {
            if !tried.insert(banned.iter().copied().collect()) {
                return;
            }
            if let Some((cost, edges)) = search.shortest(&banned) {
                heap.push(Reverse((cost, ways.len())));
                ways.push((edges, banned));
            }
        };
        add(Banned::new(), &mut ways, &mut candidates);
        while let Some(Reverse((_, at))) = candidates.pop() {
            let (edges, banned) = ways[at].clone();
            if known.insert(edges.iter().copied().collect()) {
                found.push(search.told(&edges));
                if found.len() == count {
                    break;
                }
            }
            for number in &edges {
                let edge = self.graph.edges[*number as usize];
                if edge.kind != Kind::DEFINITION && banned.len() < DEPTH {
                    let mut more = banned.clone();
                    more.insert((edge.kind, edge.from, edge.to));
                    add(more, &mut ways, &mut candidates);
                }
            }
        }
        found
    }
}

/// How many edges are taken away at once in the search for another way.
const DEPTH: usize = 6;

/// Whatever may lead to some vertices, or to everything.
fn useful(shape: &Shape, ends: &[u32]) -> Vec<bool> {
    let mut useful = vec![false; shape.len()];
    let mut waiting: Vec<u32> = ends.to_vec();
    while let Some(vertex) = waiting.pop() {
        if !std::mem::replace(&mut useful[vertex as usize], true) {
            waiting.extend(shape.back(vertex).iter().map(|link| link.to).filter(|to| !useful[*to as usize]));
        }
    }
    useful
}

struct Search<'a, 'w> {
    graph: &'a AttackGraph<'w>,
    shape: &'a Shape,
    useful: &'a [bool],
    from: &'a [Vertex],
    to: &'a [Vertex],
    /// Being cluster admin, where that gives them.
    admin: Option<Vertex>,
}

impl Search<'_, '_> {
    /// The edges of a shortest way, each after those that it needs, and its cost.
    fn shortest(&self, banned: &Banned) -> Option<(u64, Vec<u32>)> {
        let graph = self.graph;
        let mut best: HashMap<u32, (u64, By)> = HashMap::new();
        let mut done: HashSet<u32> = HashSet::new();
        let mut waiting: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new();
        for vertex in self.from.iter().filter(|vertex| self.useful[vertex.index()]) {
            best.insert(vertex.0, (0, By::Start));
            waiting.push(Reverse((0, vertex.0)));
        }
        let mut reached = None;
        let mut admin: Option<u64> = None;
        while let Some(Reverse((cost, vertex))) = waiting.pop() {
            // Being cluster admin is one step from everything.
            if admin.is_some_and(|admin| cost > admin + STEP) {
                break;
            }
            if !done.insert(vertex) {
                continue;
            }
            if self.to.contains(&Vertex(vertex)) {
                reached = Some((cost, Vertex(vertex)));
                break;
            }
            if self.admin == Some(Vertex(vertex)) {
                admin = Some(cost);
            }
            let mut offers: Vec<(u32, u64, By)> = Vec::new();
            for link in self.shape.links(vertex) {
                let edge: Edge = graph.edges[link.edge as usize];
                let step = match edge.kind {
                    Kind::DEFINITION => 0,
                    kind if graph.needs_flaw(kind) => FLAW,
                    _ => STEP,
                };
                if step == 0 || !banned.contains(&(edge.kind, edge.from, edge.to)) {
                    // What is longer by bookkeeping alone comes after.
                    offers.push((link.to, cost + step + 1, By::Edge(link.edge)));
                }
            }
            for &both in self.shape.premise_of(vertex) {
                let (premises, to) = &self.shape.both[both as usize];
                if premises.iter().all(|own| done.contains(own)) {
                    let sum = premises.iter().filter_map(|own| best.get(own)).map(|(cost, _)| cost).sum();
                    offers.push((*to, sum, By::Both(both)));
                }
            }
            for (to, cost, by) in offers {
                if self.useful[to as usize] && best.get(&to).is_none_or(|(known, _)| cost < *known) {
                    best.insert(to, (cost, by));
                    waiting.push(Reverse((cost, to)));
                }
            }
        }
        let end = reached.or(admin.map(|cost| cost + STEP).zip(self.admin))?;
        let mut edges = Vec::new();
        self.derive(end.1.0, &best, &mut HashSet::new(), &mut edges);
        Some((end.0, edges))
    }

    fn derive(
        &self,
        vertex: u32,
        best: &HashMap<u32, (u64, By)>,
        known: &mut HashSet<u32>,
        edges: &mut Vec<u32>,
    ) {
        // Iterative along edges, so that a long way needs no deep stack; conjunctions are few.
        let mut chain = Vec::new();
        let mut at = vertex;
        while known.insert(at) {
            match best.get(&at).map(|(_, by)| *by) {
                Some(By::Edge(edge)) => {
                    chain.push(edge);
                    at = self.graph.edges[edge as usize].from.0;
                }
                Some(By::Both(both)) => {
                    for premise in &self.shape.both[both as usize].0 {
                        self.derive(*premise, best, known, edges);
                    }
                    break;
                }
                Some(By::Start) | None => break,
            }
        }
        edges.extend(chain.into_iter().rev());
    }

    /// The steps that people read of a way.
    fn told(&self, edges: &[u32]) -> Path {
        let graph = self.graph;
        // Who is held when somebody stands at a vertex of the bookkeeping, and by which edges they came there.
        let mut at: HashMap<Vertex, (Vec<Vertex>, Vec<u32>)> = HashMap::new();
        let mut steps: Vec<Step> = Vec::new();
        for &number in edges {
            let edge = graph.edges[number as usize];
            let (from, mut by) = self.standing(edge.from, &at);
            by.push(number);
            let entry = edge.kind.place();
            let to = graph.thing(edge.to);
            if entry.is_none() && !to.is_named() {
                at.insert(edge.to, (from, by));
                continue;
            }
            // What is had of all of a kind is had of each.
            let follows = entry.is_none() && is_scope(graph.thing(edge.from));
            match steps.iter_mut().rev().find(|step| step.to == edge.from && follows) {
                Some(step) => {
                    step.to = edge.to;
                    step.edges.push(number);
                }
                None => steps.push(Step { from, to: edge.to, edge: entry, edges: by }),
            }
        }
        resolve(graph, &mut steps);
        if let (Some(last), Some(to)) = (steps.last().map(|step| step.to), self.to.first())
            && self.admin == Some(last)
            && !self.to.contains(&last)
        {
            steps.push(Step { from: vec![last], to: *to, edge: None, edges: Vec::new() });
        }
        Path { steps }
    }

    fn standing(
        &self,
        vertex: Vertex,
        at: &HashMap<Vertex, (Vec<Vertex>, Vec<u32>)>,
    ) -> (Vec<Vertex>, Vec<u32>) {
        if let Some(known) = at.get(&vertex) {
            return known.clone();
        }
        if let Thing::Both(number) = self.graph.thing(vertex) {
            let (mut from, mut by) = (Vec::new(), Vec::new());
            for premise in &self.graph.both[number as usize].0 {
                let (own, edges) = self.standing(*premise, at);
                from.extend(own);
                by.extend(edges);
            }
            from.sort_unstable();
            from.dedup();
            return (from, by);
        }
        (vec![vertex], Vec::new())
    }
}

/// A step that ends in the bookkeeping ends where that leads at once: the nodes of a workload, a port that listens.
fn resolve(graph: &AttackGraph<'_>, steps: &mut Vec<Step>) {
    let mut at = 0;
    while at < steps.len() {
        let to = steps[at].to;
        let is_passing = matches!(graph.thing(to), Thing::Placed(..) | Thing::Towards(_));
        let next = steps[at + 1..].iter().position(|step| step.from == [to] && step.edge.is_none());
        match next.filter(|_| is_passing) {
            Some(next) => {
                let following = steps.remove(at + 1 + next);
                steps[at].to = following.to;
                steps[at].edges.extend(following.edges);
            }
            None => at += 1,
        }
    }
}

/// Whether something is all of a kind.
fn is_scope(thing: Thing) -> bool {
    matches!(
        thing,
        Thing::All(..)
            | Thing::EveryNode
            | Thing::AnyIdentity
            | Thing::AnyUser
            | Thing::Admission
            | Thing::Placed(..)
    ) || matches!(thing, Thing::Node(_, hold) if hold != Hold::Root)
}

/// The vertices that something means as a target: any of them is enough. A workload is reached when one of its
/// containers is, a namespace when something in it is.
pub(crate) fn meant_as_target(graph: &AttackGraph<'_>, thing: Thing) -> Vec<Vertex> {
    let mut things = vec![thing];
    match thing {
        Thing::Workload(place) => {
            let containers = graph.scene.workloads[place as usize].containers.len();
            things.extend((0..crate::shape::number(containers)).map(|at| Thing::Container(place, at)));
        }
        Thing::Namespace(name) => {
            things.push(Thing::Touched(name));
            for (place, _) in (0u32..).zip(&graph.scene.workloads).filter(|(_, load)| load.namespace == name)
            {
                things.extend(
                    meant_as_target(graph, Thing::Workload(place)).iter().map(|own| graph.thing(*own)),
                );
            }
        }
        Thing::Goal(Goal::NodeRoot) => {
            things.extend((0u32..).zip(&graph.scene.nodes).map(|(at, _)| Thing::Node(at, Hold::Root)));
        }
        _ => {}
    }
    // A namespace as a source leads to its workloads; as a target it is whatever is held in it.
    let is_target = |own: &Thing| !matches!(own, Thing::Namespace(_));
    things.into_iter().filter(is_target).filter_map(|own| graph.vertex(own)).collect()
}
