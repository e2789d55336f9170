//! Ways from some things to others: the shortest, and others that really differ.
//!
//! A way is a derivation: where a conjunction is needed, the ways to all of its premises are part of it. The search for
//! one is in `search.rs`.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use crate::build::{Kind, Vertex};
use crate::edge::AttackEdge;
use crate::graph::AttackGraph;
use crate::measure::Measure;
use crate::search::{Banned, Search};
use crate::shape::Reading;
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

impl Measure<'_, '_> {
    /// Up to `count` ways from all of some vertices to any of others, the shortest first, each without something that
    /// every one before it takes.
    #[must_use]
    pub fn paths(&self, from: &[Vertex], to: &[Vertex], reading: Reading, count: usize) -> Vec<Path> {
        let shape = &self.view(reading).shape;
        let admin = self.ends(to).contains(&self.admin).then_some(Vertex(self.admin));
        let mut search = Search::new(self.graph, shape, from, to, admin);
        let told = Told { graph: self.graph, to, admin };
        let mut found: Vec<Path> = Vec::new();
        let mut known: HashSet<BTreeSet<u32>> = HashSet::new();
        let mut tried: HashSet<Banned> = HashSet::new();
        let mut candidates: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
        let mut ways: Vec<(Vec<u32>, Banned)> = Vec::new();
        let mut add = |banned: Banned, ways: &mut Vec<(Vec<u32>, Banned)>, heap: &mut BinaryHeap<_>| {
            if !tried.insert(banned.clone()) {
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
                found.push(told.path(&edges));
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

/// Turns edges into what people read.
struct Told<'a, 'w> {
    graph: &'a AttackGraph<'w>,
    to: &'a [Vertex],
    /// Being cluster admin, where that gives these.
    admin: Option<Vertex>,
}

impl Told<'_, '_> {
    /// The steps that people read of a way.
    fn path(&self, edges: &[u32]) -> Path {
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
