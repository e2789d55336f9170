//! Vertices and edges while they are drawn.

use std::collections::HashMap;

use crate::evidence::{Evidence, Fact};
use crate::network::AlikeInNetwork;
use crate::thing::{Name, Names, Thing};

/// A vertex, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vertex(pub u32);

impl Vertex {
    /// The number, for use as an index.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What an edge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(u16);

impl Kind {
    /// What holds by definition: a member of a group, a container of a workload.
    pub const DEFINITION: Self = Self(0);

    /// The entry of the catalogue at a place.
    #[must_use]
    pub(crate) fn entry(place: usize) -> Self {
        Self(u16::try_from(place + 1).unwrap_or(u16::MAX))
    }

    /// The place in the catalogue; `None` for what holds by definition.
    #[must_use]
    pub fn place(self) -> Option<usize> {
        (self.0 as usize).checked_sub(1)
    }
}

/// An edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// From where.
    pub from: Vertex,
    /// To where.
    pub to: Vertex,
    /// What it is.
    pub kind: Kind,
    /// Why it is there, by number.
    pub evidence: u32,
}

/// Everything that was drawn so far.
#[derive(Debug, Default)]
pub(crate) struct Drawing {
    pub(crate) names: Names,
    pub(crate) things: Vec<Thing>,
    pub(crate) vertices: HashMap<Thing, Vertex>,
    pub(crate) edges: Vec<Edge>,
    /// The logs that somebody writes to.
    logs: Vec<Vertex>,
    /// The premises of each conjunction.
    pub(crate) both: Vec<(Vec<Vertex>, Vertex)>,
    /// How many permissions of one requester there are.
    owns: u32,
    both_known: HashMap<Vec<Vertex>, Vertex>,
    pub(crate) facts: Vec<Fact>,
    fact_numbers: HashMap<Fact, u32>,
    pub(crate) evidence: Vec<Evidence>,
    evidence_numbers: HashMap<Evidence, u32>,
    pub(crate) alike: AlikeInNetwork,
}

impl Drawing {
    pub(crate) fn new() -> Self {
        let mut drawing = Self::default();
        // What holds by definition rests on nothing.
        drawing.evidence(Evidence::default());
        drawing
    }

    #[expect(clippy::cast_possible_truncation, reason = "four billion vertices do not fit into memory")]
    pub(crate) fn vertex(&mut self, thing: Thing) -> Vertex {
        let next = Vertex(self.things.len() as u32);
        let vertex = *self.vertices.entry(thing).or_insert(next);
        if vertex == next {
            self.things.push(thing);
            if matches!(thing, Thing::PodLogs(_) | Thing::NodeLogs(_)) {
                self.logs.push(vertex);
            }
        }
        vertex
    }

    #[expect(clippy::cast_possible_truncation, reason = "four billion facts do not fit into memory")]
    pub(crate) fn fact(&mut self, fact: Fact) -> u32 {
        if let Some(&number) = self.fact_numbers.get(&fact) {
            return number;
        }
        let number = self.facts.len() as u32;
        self.facts.push(fact.clone());
        self.fact_numbers.insert(fact, number);
        number
    }

    #[expect(clippy::cast_possible_truncation, reason = "four billion reasons do not fit into memory")]
    pub(crate) fn evidence(&mut self, evidence: Evidence) -> u32 {
        if let Some(&number) = self.evidence_numbers.get(&evidence) {
            return number;
        }
        let number = self.evidence.len() as u32;
        self.evidence.push(evidence.clone());
        self.evidence_numbers.insert(evidence, number);
        number
    }

    pub(crate) fn edge(&mut self, from: Vertex, to: Vertex, kind: Kind, evidence: u32) {
        if from != to {
            self.edges.push(Edge { from, to, kind, evidence });
        }
    }

    /// Another permission of one requester.
    pub(crate) fn own(&mut self) -> Vertex {
        self.owns += 1;
        self.vertex(Thing::Own(self.owns - 1))
    }

    /// Whoever meets all of some vertices.
    #[expect(clippy::cast_possible_truncation, reason = "four billion conjunctions do not fit into memory")]
    pub(crate) fn both(&mut self, mut premises: Vec<Vertex>) -> Vertex {
        premises.sort_unstable();
        premises.dedup();
        if let [only] = *premises {
            return only;
        }
        if let Some(&known) = self.both_known.get(&premises) {
            return known;
        }
        let vertex = self.vertex(Thing::Both(self.both.len() as u32));
        self.both.push((premises.clone(), vertex));
        self.both_known.insert(premises, vertex);
        vertex
    }
}

/// What an entry of the catalogue draws with: its edges are of its kind.
pub struct Pen<'d> {
    pub(crate) drawing: &'d mut Drawing,
    kind: Kind,
}

impl<'d> Pen<'d> {
    pub(crate) fn new(drawing: &'d mut Drawing, kind: Kind) -> Self {
        Self { drawing, kind }
    }

    /// The vertex of a thing.
    pub fn vertex(&mut self, thing: Thing) -> Vertex {
        self.drawing.vertex(thing)
    }

    /// The number of a text.
    pub fn name(&mut self, text: &str) -> Name {
        self.drawing.names.add(text)
    }

    /// Whoever meets all of some vertices: nothing follows from a part of them.
    pub fn both(&mut self, premises: Vec<Vertex>) -> Vertex {
        self.drawing.both(premises)
    }

    /// Draws an edge that rests on all of some facts; `note` is what it takes for granted.
    pub fn edge(
        &mut self,
        from: Vertex,
        to: Thing,
        facts: impl IntoIterator<Item = Fact>,
        note: Option<&str>,
    ) {
        let evidence = self.evidence(facts, note);
        let to = self.vertex(to);
        self.drawing.edge(from, to, self.kind, evidence);
    }

    /// Draws a step that rests on facts as an edge does, and gives nothing that people would name.
    pub fn step(
        &mut self,
        from: Vertex,
        to: Thing,
        facts: impl IntoIterator<Item = Fact>,
        note: Option<&str>,
    ) {
        let evidence = self.evidence(facts, note);
        let to = self.vertex(to);
        self.drawing.edge(from, to, Kind::DEFINITION, evidence);
    }

    fn evidence(&mut self, facts: impl IntoIterator<Item = Fact>, note: Option<&str>) -> u32 {
        let mut numbers: Vec<u32> = facts.into_iter().map(|fact| self.drawing.fact(fact)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        self.drawing.evidence(Evidence { facts: numbers, note: note.map(str::to_owned) })
    }

    /// The workloads that write to the logs of pods, or of nodes.
    #[must_use]
    pub fn written_logs(&self, of_pods: bool) -> Vec<(u32, Vertex)> {
        let all = self.drawing.logs.iter().filter_map(|vertex| match self.drawing.things[vertex.index()] {
            Thing::PodLogs(place) if of_pods => Some((place, *vertex)),
            Thing::NodeLogs(place) if !of_pods => Some((place, *vertex)),
            _ => None,
        });
        all.collect()
    }

    /// Draws an edge that nothing can take away.
    pub fn given(&mut self, from: Vertex, to: Thing) {
        self.edge(from, to, [], None);
    }
}
