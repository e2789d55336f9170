//! What fixes are worth: the exposure without the edges that each takes away, worked out again and never counted.
//!
//! Where each removed edge can be gone around, nobody loses anything. Where little is lost behind it, whoever has that
//! otherwise is asked of those who lead to it (`few.rs`). Of the other fixes only entry points that may reach a removed
//! edge can lose, and of those that reach everything only the ones that no longer surely do: asked for 512 fixes at
//! once. What is left are pairs of a fix and a group of entry points; each pair is a lane with its own edges gone, so
//! that 512 of them share one pass.

use std::collections::{BTreeMap, BTreeSet};

use crate::build::Vertex;
use crate::closure::{Closure, LANES, has};
use crate::few::{self, Other};
use crate::fixes::Fix;
use crate::measure::{Alike, Exposure, Measure, Score};
use crate::shape::{Reading, Shape, Tarjan, number};

/// What is left when each of some fixes alone is made.
#[derive(Debug, Clone)]
pub struct Prices {
    /// The exposure before.
    pub before: Exposure,
    /// By fix: the exposure after it.
    pub after: Vec<Exposure>,
}

impl Prices {
    /// How much a fix takes away.
    #[must_use]
    pub fn value(&self, fix: usize) -> Score {
        Score(self.before.score.0.saturating_sub(self.after[fix].score.0))
    }
}

/// What is taken away for good, and what things are worth then: the state of a plan between two steps.
pub(crate) struct Standing {
    /// Edges that are gone.
    pub(crate) gone: BTreeSet<u32>,
    /// By vertex: its score, of entry points.
    pub(crate) scores: Vec<Score>,
    /// By vertex: what falls beside it, of entry points that do not reach everything.
    pub(crate) worth: Vec<u64>,
}

/// What becomes of an entry point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) entry: u32,
    pub(crate) score: Score,
    pub(crate) worth: u64,
}

/// The edges and whole vertices that a fix takes away.
pub(crate) struct Taken {
    /// By the vertex that they leave, with their number.
    pub(crate) edges: Vec<(u32, u32)>,
    closed: Vec<u32>,
}

/// A question: of a fix, about entry points that are alike.
struct Asked {
    fix: usize,
    alike: Alike,
}

impl Measure<'_, '_> {
    /// Works out what each of some fixes alone is worth.
    #[must_use]
    pub fn price(&self, fixes: &[Fix], reading: Reading) -> Prices {
        let standing = self.standing(reading);
        let after = self.price_from(&standing, fixes, reading);
        Prices { before: self.exposure(reading), after }
    }

    /// The score of one thing after each of some fixes alone.
    #[must_use]
    pub fn shrunk(&self, vertex: Vertex, fixes: &[Fix], reading: Reading) -> Vec<Score> {
        let shape = &self.view(reading).shape;
        let standing = self.standing(reading);
        let pricing = Pricing {
            measure: self,
            shape,
            reading,
            standing: &standing,
            entries: Vec::new(),
            place_of: Vec::new(),
            hub: None,
        };
        let mut closure = Closure::new(shape);
        let mut scores = Vec::with_capacity(fixes.len());
        for batch in fixes.chunks(LANES) {
            closure.clear();
            for (lane, fix) in batch.iter().enumerate() {
                pricing.take(lane, &pricing.taken(fix), &mut closure);
                closure.begin_anyway(lane, vertex.0);
            }
            closure.run();
            let worth = closure.weigh(&self.values);
            let of = |lane: usize| self.score(vertex.0, &closure, lane, worth[lane], &[]).0;
            scores.extend((0..batch.len()).map(of));
        }
        scores
    }

    /// Nothing is taken away yet.
    pub(crate) fn standing(&self, reading: Reading) -> Standing {
        let view = self.view(reading);
        let scores = view.radii.iter().map(|radius| radius.score).collect();
        Standing { gone: BTreeSet::new(), scores, worth: view.worth.clone() }
    }

    fn entry_vertices(&self) -> Vec<u32> {
        let all: BTreeSet<u32> = self.entries.classes.iter().flatten().map(|entry| entry.vertex.0).collect();
        all.into_iter().collect()
    }

    /// The exposure after each fix, when some edges are gone already.
    pub(crate) fn price_from(&self, standing: &Standing, fixes: &[Fix], reading: Reading) -> Vec<Exposure> {
        let weighed_before = self.weighed(&standing.scores);
        let likelihoods = self.likelihoods();
        let mut weighed: Vec<[u64; 4]> = vec![weighed_before; fixes.len()];
        self.moved(standing, fixes, reading, &mut |fix, moved| {
            for (class, likelihood) in &likelihoods[moved.entry as usize] {
                let before = u64::from(standing.scores[moved.entry as usize].0);
                weighed[fix][*class] -= likelihood * before;
                weighed[fix][*class] += likelihood * u64::from(moved.score.0);
            }
        });
        weighed.into_iter().map(|weighed| self.mean(weighed)).collect()
    }

    /// The entry points whose scores change, by fix.
    pub(crate) fn moved(
        &self,
        standing: &Standing,
        fixes: &[Fix],
        reading: Reading,
        each: &mut dyn FnMut(usize, Moved),
    ) {
        let shape = &self.view(reading).shape;
        let entries = self.entry_vertices();
        let hub = shape.hub();
        let mut place_of = vec![0; shape.len()];
        for (place, entry) in (0u32..).zip(&entries) {
            place_of[*entry as usize] = place;
        }
        let pricing = Pricing { measure: self, shape, reading, standing, entries, place_of, hub };
        pricing.work_out(fixes, each);
    }

    fn weighed(&self, scores: &[Score]) -> [u64; 4] {
        self.entries.classes.each_ref().map(|entries| {
            entries.iter().map(|entry| entry.likelihood * u64::from(scores[entry.vertex.index()].0)).sum()
        })
    }

    /// By vertex: the classes of entry points that it is in, and how likely it is in each.
    fn likelihoods(&self) -> Vec<Vec<(usize, u64)>> {
        let mut found: Vec<Vec<(usize, u64)>> = vec![Vec::new(); self.graph.len()];
        for (class, entries) in self.entries.classes.iter().enumerate() {
            for entry in entries {
                found[entry.vertex.index()].push((class, entry.likelihood));
            }
        }
        found
    }
}

/// By vertex: the part of its component that it is in, when that has fallen apart; kept from fix to fix.
struct Scratch {
    part_of: Vec<(u32, bool)>,
    set: Vec<u32>,
    tarjan: Tarjan,
}

impl Scratch {
    fn new(vertices: usize) -> Self {
        Self { part_of: vec![(u32::MAX, false); vertices], set: Vec::new(), tarjan: Tarjan::new(vertices) }
    }

    fn clear(&mut self) {
        for vertex in self.set.drain(..) {
            self.part_of[vertex as usize] = (u32::MAX, false);
        }
    }
}

pub(crate) struct Pricing<'a, 'g, 'w> {
    pub(crate) measure: &'a Measure<'g, 'w>,
    pub(crate) shape: &'a Shape,
    reading: Reading,
    pub(crate) standing: &'a Standing,
    pub(crate) entries: Vec<u32>,
    /// By vertex: its place among these, of entry points.
    pub(crate) place_of: Vec<u32>,
    /// A vertex of the largest component, that leads to more than others: most of what many entry points reach.
    pub(crate) hub: Option<u32>,
}

impl Pricing<'_, '_, '_> {
    /// Tells the entry points whose score changes, by fix.
    fn work_out(&self, fixes: &[Fix], each: &mut dyn FnMut(usize, Moved)) {
        let taken: Vec<Taken> = fixes.iter().map(|fix| self.taken(fix)).collect();
        let mut waiting: Vec<Asked> = Vec::new();
        let mut closure = Closure::new(self.shape);
        let (wide, strict) = (self.shape.turned(false), self.shape.turned(true));
        let (mut may, mut surely) = (Closure::new(&wide), Closure::new(&strict));
        let mut others = few::work_out(self, &taken, &mut closure, each);
        let mut scratch = Scratch::new(self.shape.len());
        let mut by_hub = Closure::new(&strict);
        let mut whom: Vec<Option<few::Set>> = Vec::with_capacity(others.len());
        for batch in others.chunks(LANES) {
            let (affected, of_hub) = self.affected(batch, &taken, [&mut may, &mut surely, &mut by_hub]);
            whom.extend(of_hub);
            for (own, affected) in batch.iter().zip(affected) {
                if !affected.is_empty() {
                    let groups = self.groups(&affected, &taken[own.fix], &mut scratch);
                    waiting.extend(groups.into_iter().map(|alike| Asked { fix: own.fix, alike }));
                }
                while waiting.len() >= LANES {
                    let batch: Vec<Asked> = waiting.drain(..LANES).collect();
                    self.answer(&batch, &taken, &mut closure, each);
                }
            }
        }
        for batch in waiting.chunks(LANES) {
            self.answer(batch, &taken, &mut closure, each);
        }
        few::tell_of_hub(self, &taken, &mut closure, &mut others, whom, each);
    }

    /// What a fix takes away, as far as the reading has it.
    fn taken(&self, fix: &Fix) -> Taken {
        let graph = self.measure.graph;
        let mut arriving: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
        for &edge in fix.edges.iter().filter(|edge| !self.standing.gone.contains(edge)) {
            let own = graph.edges[edge as usize];
            if self.reading == Reading::Direct && graph.needs_flaw(own.kind) {
                continue;
            }
            arriving.entry(own.to.0).or_default().push((own.from.0, edge));
        }
        let mut taken = Taken { edges: Vec::new(), closed: Vec::new() };
        for (to, edges) in arriving {
            if edges.len() > 1 && edges.len() == self.shape.arriving(to) {
                taken.closed.push(to);
            }
            taken.edges.extend(edges);
        }
        taken
    }

    /// The entry points, those that are alike together, with what is gone already.
    pub(crate) fn alike_now(&self) -> Vec<Alike> {
        let nothing = Taken { edges: Vec::new(), closed: Vec::new() };
        self.groups(&self.entries, &nothing, &mut Scratch::new(self.shape.len()))
    }

    /// Takes away for a lane what is gone already.
    pub(crate) fn take_standing(&self, lane: usize, closure: &mut Closure<'_>) {
        for &edge in &self.standing.gone {
            closure.without(lane, self.measure.graph.edges[edge as usize].from.0, edge);
        }
    }

    /// Takes away for a lane what a fix takes away, and what is gone already.
    fn take(&self, lane: usize, taken: &Taken, closure: &mut Closure<'_>) {
        for &vertex in &taken.closed {
            closure.close(lane, vertex);
        }
        for &(from, edge) in &taken.edges {
            if taken.closed.binary_search(&self.measure.graph.edges[edge as usize].to.0).is_err() {
                closure.without(lane, from, edge);
            }
        }
        self.take_standing(lane, closure);
    }

    /// By fix: the entry points that may lose something and are not told otherwise; and of fixes that leave out those
    /// that surely lead to the hub, these.
    fn affected(
        &self,
        batch: &[Other],
        taken: &[Taken],
        [may, surely, by_hub]: [&mut Closure<'_>; 3],
    ) -> (Vec<Vec<u32>>, Vec<Option<few::Set>>) {
        may.clear();
        surely.clear();
        by_hub.clear();
        for (lane, own) in batch.iter().enumerate() {
            own.losing.iter().for_each(|from| may.begin(lane, *from));
            let gone = taken[own.fix].edges.iter().map(|(_, edge)| edge).chain(&self.standing.gone);
            for &edge in gone {
                // Against the edges it leaves from where it leads to.
                let to = self.measure.graph.edges[edge as usize].to.0;
                surely.without(lane, to, edge);
                by_hub.without(lane, to, edge);
            }
            surely.begin(lane, self.measure.admin);
            if let Some(hub) = self.hub.filter(|_| own.leaves_out_the_hub()) {
                by_hub.begin(lane, hub);
            }
        }
        may.run();
        surely.run();
        by_hub.run();
        let words = self.entries.len().div_ceil(64);
        let set = |own: &Other| own.leaves_out_the_hub().then(|| vec![0; words].into());
        let mut of_hub: Vec<Option<few::Set>> = batch.iter().map(set).collect();
        let mut found: Vec<Vec<u32>> = vec![Vec::new(); batch.len()];
        for (place, &entry) in self.entries.iter().enumerate() {
            let (may, surely, by_hub) = (may.at(entry), surely.at(entry), by_hub.at(entry));
            for word in 0..may.len() {
                let mut bits = may[word] & !surely[word];
                while bits != 0 {
                    let bit = bits.trailing_zeros();
                    bits &= bits - 1;
                    let lane = word * 64 + bit as usize;
                    match &mut of_hub[lane] {
                        Some(set) if by_hub[word] & (1 << bit) != 0 => set[place / 64] |= 1 << (place % 64),
                        _ => found[lane].push(entry),
                    }
                }
            }
        }
        (found, of_hub)
    }

    /// Entry points that are alike when a fix is made.
    fn groups(&self, affected: &[u32], taken: &Taken, scratch: &mut Scratch) -> Vec<Alike> {
        let shape = self.shape;
        let gone: BTreeSet<u32> = taken.edges.iter().map(|(_, edge)| *edge).collect();
        let is_gone = |edge: u32| gone.contains(&edge) || self.standing.gone.contains(&edge);
        // A component that loses an edge may fall apart.
        let mut broken: BTreeSet<u32> = BTreeSet::new();
        for &edge in gone.iter().chain(&self.standing.gone) {
            let own = self.measure.graph.edges[edge as usize];
            let component = shape.component[own.from.index()];
            if component == shape.component[own.to.index()] {
                broken.insert(component);
            }
        }
        scratch.clear();
        let mut next = number(shape.sizes.len());
        for own in broken {
            for part in shape.components_without(own, &is_gone, &mut scratch.tarjan) {
                for &vertex in &part {
                    scratch.part_of[vertex as usize] = (next, part.len() > 1);
                    scratch.set.push(vertex);
                }
                next += 1;
            }
        }
        let component = |vertex: u32| match scratch.part_of[vertex as usize] {
            (u32::MAX, _) => {
                let own = shape.component[vertex as usize];
                (own, shape.sizes[own as usize] > 1)
            }
            part => part,
        };
        Measure::alike(shape, affected, &component, &is_gone)
    }

    fn answer(
        &self,
        batch: &[Asked],
        taken: &[Taken],
        closure: &mut Closure<'_>,
        each: &mut dyn FnMut(usize, Moved),
    ) {
        closure.clear();
        for (lane, asked) in batch.iter().enumerate() {
            self.take(lane, &taken[asked.fix], closure);
        }
        for (lane, asked) in batch.iter().enumerate() {
            asked.alike.starts.iter().for_each(|start| closure.begin_anyway(lane, *start));
        }
        closure.run();
        let worth = closure.weigh(&self.measure.values);
        for (lane, asked) in batch.iter().enumerate() {
            for (vertex, ends) in &asked.alike.members {
                let ends: Vec<u32> =
                    ends.iter().copied().filter(|end| !has(closure.at(*end), lane)).collect();
                let (score, worth) = self.measure.score(*vertex, closure, lane, worth[lane], &ends);
                let at = *vertex as usize;
                if score != self.standing.scores[at] || worth != self.standing.worth[at] {
                    each(asked.fix, Moved { entry: *vertex, score, worth });
                }
            }
        }
    }
}
