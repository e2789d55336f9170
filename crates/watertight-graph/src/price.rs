//! What fixes are worth: the exposure without the edges that each takes away, worked out again and never counted.
//!
//! Only entry points that may reach a removed edge can lose anything, and of those that reach everything only the ones
//! that no longer surely do. Both are asked against the edges, for 512 fixes at once. What is left are pairs of a fix
//! and a group of entry points; each pair is a lane with its own edges gone, so that 512 of them share one pass.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::closure::{Closure, LANES, has};
use crate::fixes::Fix;
use crate::measure::{Alike, Exposure, Measure, Score};
use crate::shape::{Reading, Shape, number};

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
    /// By entry point: its score.
    pub(crate) scores: HashMap<u32, Score>,
}

/// The edges and whole vertices that a fix takes away.
struct Taken {
    edges: Vec<(u32, u32)>,
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
        let (after, _) = self.price_from(&standing, fixes, reading);
        Prices { before: self.exposure(reading), after }
    }

    /// Nothing is taken away yet.
    pub(crate) fn standing(&self, reading: Reading) -> Standing {
        let radii = &self.view(reading).radii;
        let scores = self.entry_vertices().into_iter().map(|entry| (entry, radii[entry as usize].score));
        Standing { gone: BTreeSet::new(), scores: scores.collect() }
    }

    fn entry_vertices(&self) -> Vec<u32> {
        let all: BTreeSet<u32> = self.entries.classes.iter().flatten().map(|entry| entry.vertex.0).collect();
        all.into_iter().collect()
    }

    /// The exposure after each fix, when some edges are gone already; and by fix the scores that change.
    pub(crate) fn price_from(
        &self,
        standing: &Standing,
        fixes: &[Fix],
        reading: Reading,
    ) -> (Vec<Exposure>, Vec<Vec<(u32, Score)>>) {
        let shape = &self.view(reading).shape;
        let entries = self.entry_vertices();
        let pricing = Pricing { measure: self, shape, reading, standing, entries };
        let changed = pricing.work_out(fixes);
        let weighed_before = self.weighed(&standing.scores);
        let likelihoods = self.likelihoods();
        let after = changed.iter().map(|changed| {
            let mut weighed = weighed_before;
            for (entry, score) in changed {
                for (class, likelihood) in &likelihoods[entry] {
                    let before = u64::from(standing.scores[entry].0);
                    weighed[*class] -= likelihood * before;
                    weighed[*class] += likelihood * u64::from(score.0);
                }
            }
            self.mean(weighed)
        });
        (after.collect(), changed)
    }

    fn weighed(&self, scores: &HashMap<u32, Score>) -> [u64; 4] {
        self.entries.classes.each_ref().map(|entries| {
            entries.iter().map(|entry| entry.likelihood * u64::from(scores[&entry.vertex.0].0)).sum()
        })
    }

    /// By entry point: the classes that it is in, and how likely it is in each.
    fn likelihoods(&self) -> HashMap<u32, Vec<(usize, u64)>> {
        let mut found: HashMap<u32, Vec<(usize, u64)>> = HashMap::new();
        for (class, entries) in self.entries.classes.iter().enumerate() {
            for entry in entries {
                found.entry(entry.vertex.0).or_default().push((class, entry.likelihood));
            }
        }
        found
    }
}

struct Pricing<'a, 'g, 'w> {
    measure: &'a Measure<'g, 'w>,
    shape: &'a Shape,
    reading: Reading,
    standing: &'a Standing,
    entries: Vec<u32>,
}

impl Pricing<'_, '_, '_> {
    /// By fix: the entry points whose score changes, and to what.
    fn work_out(&self, fixes: &[Fix]) -> Vec<Vec<(u32, Score)>> {
        let taken: Vec<Taken> = fixes.iter().map(|fix| self.taken(fix)).collect();
        let mut changed: Vec<Vec<(u32, Score)>> = vec![Vec::new(); fixes.len()];
        let mut waiting: Vec<Asked> = Vec::new();
        let mut closure = Closure::new(self.shape);
        let (wide, strict) = (self.shape.turned(false), self.shape.turned(true));
        for first in (0..fixes.len()).step_by(LANES) {
            let of_batch = &taken[first..fixes.len().min(first + LANES)];
            for (lane, affected) in self.affected(of_batch, &wide, &strict).into_iter().enumerate() {
                if !affected.is_empty() {
                    let groups = self.groups(&affected, &of_batch[lane]);
                    waiting.extend(groups.into_iter().map(|alike| Asked { fix: first + lane, alike }));
                }
                while waiting.len() >= LANES {
                    let batch: Vec<Asked> = waiting.drain(..LANES).collect();
                    self.answer(&batch, &taken, &mut closure, &mut changed);
                }
            }
        }
        for batch in waiting.chunks(LANES) {
            self.answer(batch, &taken, &mut closure, &mut changed);
        }
        changed
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

    /// By fix: the entry points that may lose something.
    fn affected(&self, taken: &[Taken], wide: &Shape, strict: &Shape) -> Vec<Vec<u32>> {
        let mut may = Closure::new(wide);
        let mut surely = Closure::new(strict);
        for (lane, own) in taken.iter().enumerate() {
            for &(from, edge) in &own.edges {
                may.begin(lane, from);
                // Against the edges it leaves from where it leads to.
                surely.without(lane, self.measure.graph.edges[edge as usize].to.0, edge);
            }
            for &edge in &self.standing.gone {
                surely.without(lane, self.measure.graph.edges[edge as usize].to.0, edge);
            }
            surely.begin(lane, self.measure.admin);
        }
        may.run();
        surely.run();
        let mut found: Vec<Vec<u32>> = vec![Vec::new(); taken.len()];
        for &entry in &self.entries {
            let (may, surely) = (may.at(entry), surely.at(entry));
            for (word, (may, surely)) in may.iter().zip(surely).enumerate() {
                let mut bits = may & !surely;
                while bits != 0 {
                    found[word * 64 + bits.trailing_zeros() as usize].push(entry);
                    bits &= bits - 1;
                }
            }
        }
        found
    }

    /// Entry points that are alike when a fix is made.
    fn groups(&self, affected: &[u32], taken: &Taken) -> Vec<Alike> {
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
        let mut parts: HashMap<u32, (u32, bool)> = HashMap::new();
        if !broken.is_empty() {
            let mut next = number(shape.sizes.len());
            let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for &vertex in &shape.by_rank {
                let own = shape.component[vertex as usize];
                if broken.contains(&own) {
                    members.entry(own).or_default().push(vertex);
                }
            }
            for list in members.values() {
                for part in shape.components_without(list, &is_gone) {
                    part.iter().for_each(|vertex| {
                        parts.insert(*vertex, (next, part.len() > 1));
                    });
                    next += 1;
                }
            }
        }
        let component = |vertex: u32| {
            parts.get(&vertex).copied().unwrap_or_else(|| {
                let own = shape.component[vertex as usize];
                (own, shape.sizes[own as usize] > 1)
            })
        };
        Measure::alike(shape, affected, &component, &is_gone)
    }

    fn answer(
        &self,
        batch: &[Asked],
        taken: &[Taken],
        closure: &mut Closure<'_>,
        changed: &mut [Vec<(u32, Score)>],
    ) {
        closure.clear();
        for (lane, asked) in batch.iter().enumerate() {
            for &vertex in &taken[asked.fix].closed {
                closure.close(lane, vertex);
            }
            let is_closed = |to: u32| taken[asked.fix].closed.binary_search(&to).is_ok();
            for &(from, edge) in &taken[asked.fix].edges {
                if !is_closed(self.measure.graph.edges[edge as usize].to.0) {
                    closure.without(lane, from, edge);
                }
            }
            for &edge in &self.standing.gone {
                closure.without(lane, self.measure.graph.edges[edge as usize].from.0, edge);
            }
        }
        for (lane, asked) in batch.iter().enumerate() {
            asked.alike.starts.iter().for_each(|start| closure.begin_anyway(lane, *start));
        }
        closure.run();
        let worth = closure.weigh(&self.measure.values);
        for (lane, asked) in batch.iter().enumerate() {
            for (vertex, ends) in &asked.alike.members {
                let ends: Vec<u32> = ends.iter().copied().filter(|end| !has(closure.at(*end), lane)).collect();
                let score = self.measure.score(*vertex, closure, lane, worth[lane], &ends);
                if score != self.standing.scores[vertex] {
                    changed[asked.fix].push((*vertex, score));
                }
            }
        }
    }
}
