//! Everything that follows from some vertices, each with the reason why; and what no longer does when edges go.
//!
//! What rests on an edge that goes is put in doubt, with whatever rests on that; then what has another reason is taken
//! back until nothing changes. The rest is lost: the least fixpoint without those edges, at the cost of what was in
//! doubt and of the edges that arrive there.

use crate::shape::{Shape, number};

/// Why a vertex follows: the number of an edge, or one of these.
const BEGINS: u32 = u32::MAX;
/// From all premises of a conjunction.
const CONJUNCTION: u32 = u32::MAX - 1;
const NOWHERE: u32 = u32::MAX;

/// What is known of a vertex in the question that was asked last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    Open,
    TakenBack,
}

/// Everything that follows from some vertices. Made once for a shape and used again for other vertices.
pub(crate) struct Derived<'s> {
    shape: &'s Shape,
    /// By vertex: its place among those that follow; [`NOWHERE`] for others.
    place: Vec<u32>,
    /// What follows, in an order in which reasons come first.
    pub(crate) vertices: Vec<u32>,
    /// By place.
    why: Vec<u32>,
    /// By place: the vertex that the edge comes from that is the reason.
    from: Vec<u32>,
    /// By place: the edges among these that arrive, as place and number.
    arriving: Vec<(u32, u32)>,
    arriving_begins: Vec<u32>,
    /// By place: the question that put it in doubt, and what came of that.
    doubts: Vec<(u32, Doubt)>,
    question: u32,
    in_doubt: Vec<u32>,
    waiting: Vec<u32>,
}

impl<'s> Derived<'s> {
    pub(crate) fn new(shape: &'s Shape) -> Self {
        Self {
            shape,
            place: vec![NOWHERE; shape.len()],
            vertices: Vec::new(),
            why: Vec::new(),
            from: Vec::new(),
            arriving: Vec::new(),
            arriving_begins: Vec::new(),
            doubts: Vec::new(),
            question: 0,
            in_doubt: Vec::new(),
            waiting: Vec::new(),
        }
    }

    /// Works out what follows from some vertices, the nearest first.
    pub(crate) fn begin(&mut self, starts: &[u32]) {
        for vertex in self.vertices.drain(..) {
            self.place[vertex as usize] = NOWHERE;
        }
        self.why.clear();
        self.from.clear();
        starts.iter().for_each(|start| self.add(*start, BEGINS, *start));
        let shape = self.shape;
        let mut at = 0;
        while let Some(&vertex) = self.vertices.get(at) {
            at += 1;
            for link in shape.links(vertex) {
                self.add(link.to, link.edge, vertex);
            }
            for &both in shape.premise_of(vertex) {
                let (premises, to) = &shape.both[both as usize];
                if premises.iter().all(|own| self.follows(*own)) {
                    self.add(*to, CONJUNCTION, vertex);
                }
            }
        }
        self.turn();
        self.doubts.clear();
        self.doubts.resize(self.vertices.len(), (0, Doubt::Open));
        self.question = 0;
    }

    fn add(&mut self, vertex: u32, why: u32, from: u32) {
        let place = &mut self.place[vertex as usize];
        if *place == NOWHERE {
            *place = number(self.vertices.len());
            self.vertices.push(vertex);
            self.why.push(why);
            self.from.push(from);
        }
    }

    /// Notes the edges by where they arrive.
    fn turn(&mut self) {
        let count = self.vertices.len();
        self.arriving_begins.clear();
        self.arriving_begins.resize(count + 1, 0);
        for vertex in &self.vertices {
            for link in self.shape.links(*vertex) {
                self.arriving_begins[self.place[link.to as usize] as usize + 1] += 1;
            }
        }
        for at in 0..count {
            self.arriving_begins[at + 1] += self.arriving_begins[at];
        }
        self.arriving.clear();
        self.arriving.resize(self.arriving_begins[count] as usize, (0, 0));
        for (from, vertex) in (0u32..).zip(&self.vertices) {
            for link in self.shape.links(*vertex) {
                // Each place's own slots are filled from the back, so that its end becomes its beginning.
                let end = &mut self.arriving_begins[self.place[link.to as usize] as usize + 1];
                *end -= 1;
                self.arriving[*end as usize] = (from, link.edge);
            }
        }
        // Shifted by one now: where place 0 begins stands at 1.
        self.arriving_begins.remove(0);
        self.arriving_begins.push(number(self.arriving.len()));
    }

    /// Whether a vertex follows.
    pub(crate) fn follows(&self, vertex: u32) -> bool {
        self.place[vertex as usize] != NOWHERE
    }

    /// The edges that a vertex follows by.
    pub(crate) fn proof(&self, vertex: u32) -> Vec<u32> {
        let mut edges = Vec::new();
        let mut told = vec![false; self.vertices.len()];
        let mut waiting = vec![vertex];
        while let Some(vertex) = waiting.pop() {
            let place = self.place[vertex as usize];
            if place == NOWHERE || std::mem::replace(&mut told[place as usize], true) {
                continue;
            }
            match self.why[place as usize] {
                BEGINS => {}
                CONJUNCTION => waiting.extend(self.shape.premises(vertex).unwrap_or_default()),
                edge => {
                    edges.push(edge);
                    waiting.push(self.from[place as usize]);
                }
            }
        }
        edges
    }

    /// The edges that are reasons, each with the place of what follows from it.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = (u32, u32)> {
        let all = self.why.iter().zip(0u32..);
        all.filter(|(why, _)| **why < CONJUNCTION).map(|(why, place)| (*why, place))
    }

    /// Works out what no longer follows when some edges are gone, of which `heads` are the places that they are the
    /// reason of.
    pub(crate) fn lose(&mut self, heads: impl Iterator<Item = u32>, gone: impl Fn(u32) -> bool) {
        self.question += 1;
        self.in_doubt.clear();
        heads.for_each(|place| self.doubt(place));
        self.spread();
        self.take_back(&gone);
    }

    /// Whether a vertex that followed is lost, by the question that was asked last.
    pub(crate) fn is_lost(&self, vertex: u32) -> bool {
        self.is_open(self.place[vertex as usize])
    }

    /// What is lost, by the question that was asked last.
    pub(crate) fn lost(&self) -> impl Iterator<Item = u32> {
        self.in_doubt.iter().filter(|place| self.is_open(**place)).map(|place| self.vertices[*place as usize])
    }

    fn is_open(&self, place: u32) -> bool {
        self.doubts[place as usize] == (self.question, Doubt::Open)
    }

    fn doubt(&mut self, place: u32) {
        if self.doubts[place as usize].0 != self.question {
            self.doubts[place as usize] = (self.question, Doubt::Open);
            self.in_doubt.push(place);
        }
    }

    /// Doubts whatever rests on what is in doubt.
    fn spread(&mut self) {
        let shape = self.shape;
        let mut at = 0;
        while let Some(&place) = self.in_doubt.get(at) {
            at += 1;
            let vertex = self.vertices[place as usize];
            for link in shape.links(vertex) {
                let to = self.place[link.to as usize];
                if self.why[to as usize] == link.edge {
                    self.doubt(to);
                }
            }
            for &both in shape.premise_of(vertex) {
                let to = self.place[shape.both[both as usize].1 as usize];
                if to != NOWHERE && self.why[to as usize] == CONJUNCTION {
                    self.doubt(to);
                }
            }
        }
    }

    /// Takes back whatever has a reason that is in no doubt.
    fn take_back(&mut self, gone: &impl Fn(u32) -> bool) {
        let shape = self.shape;
        for at in 0..self.in_doubt.len() {
            let place = self.in_doubt[at];
            let begin = self.arriving_begins[place as usize] as usize;
            let end = self.arriving_begins[place as usize + 1] as usize;
            let mut arriving = self.arriving[begin..end].iter();
            let stays = arriving.any(|(from, edge)| !self.is_open(*from) && !gone(*edge));
            if stays || self.all_premises_stay(self.vertices[place as usize]) {
                self.keep(place);
            }
        }
        while let Some(place) = self.waiting.pop() {
            let vertex = self.vertices[place as usize];
            for link in shape.links(vertex) {
                let to = self.place[link.to as usize];
                if self.is_open(to) && !gone(link.edge) {
                    self.keep(to);
                }
            }
            for &both in shape.premise_of(vertex) {
                let to = shape.both[both as usize].1;
                let place = self.place[to as usize];
                if place != NOWHERE && self.is_open(place) && self.all_premises_stay(to) {
                    self.keep(place);
                }
            }
        }
    }

    fn keep(&mut self, place: u32) {
        if self.is_open(place) {
            self.doubts[place as usize].1 = Doubt::TakenBack;
            self.waiting.push(place);
        }
    }

    fn all_premises_stay(&self, vertex: u32) -> bool {
        let stays = |own: &u32| {
            let place = self.place[*own as usize];
            place != NOWHERE && !self.is_open(place)
        };
        self.shape.premises(vertex).is_some_and(|premises| premises.iter().all(stays))
    }
}
