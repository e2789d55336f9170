//! Entry points that are asked again from the start when a fix is made.
//!
//! Those that are alike then are asked together. Each question is a lane with its own edges gone, so that 512 of them
//! share one pass.

use std::collections::BTreeSet;

use watertight_facts::in_parallel_with;

use crate::closure::{Closure, LANES, has};
use crate::measure::{Alike, Measure};
use crate::price::{Moved, Pricing, Unsure};
use crate::shape::{Shape, Tarjan, number};

/// So many fixes are taken at once.
const AT_ONCE: usize = 8;

/// A question: of a fix, about entry points that are alike.
struct Asked {
    fix: u32,
    alike: Alike,
}

/// By vertex: the part of its component that it is in, when that has fallen apart, and whether that is a cycle; kept
/// from fix to fix.
struct Parts {
    of: Vec<Option<(u32, bool)>>,
    set: Vec<u32>,
    tarjan: Tarjan,
}

impl Parts {
    fn new(vertices: usize) -> Self {
        Self { of: vec![None; vertices], set: Vec::new(), tarjan: Tarjan::new(vertices) }
    }

    /// Takes the components apart that lose an edge, as far as some vertices lead in them.
    fn part(&mut self, shape: &Shape, vertices: &[u32], broken: &BTreeSet<u32>, gone: &dyn Fn(u32) -> bool) {
        for vertex in self.set.drain(..) {
            self.of[vertex as usize] = None;
        }
        let is_broken = |vertex: &u32| broken.contains(&shape.component[*vertex as usize]);
        let next =
            |vertex: &u32| shape.links(*vertex).iter().filter(|link| !gone(link.edge)).map(|link| link.to);
        let roots: Vec<u32> = vertices
            .iter()
            .flat_map(|own| std::iter::once(*own).chain(next(own)))
            .filter(is_broken)
            .collect();
        let parts = shape.components_without(&roots, gone, &mut self.tarjan);
        for (number, part) in (number(shape.sizes.len())..).zip(parts) {
            for &vertex in &part {
                self.of[vertex as usize] = Some((number, part.len() > 1));
                self.set.push(vertex);
            }
        }
    }
}

impl Pricing<'_, '_, '_> {
    /// What those lose that have to be asked again.
    pub(crate) fn ask(&self, unsure: &[Unsure]) -> Vec<(u32, Moved)> {
        let shape = &*self.standing.shape;
        let make = || Parts::new(shape.len());
        let asked = in_parallel_with(unsure, AT_ONCE, make, |parts, (fix, entries)| {
            let alike = self.alike_after(*fix, entries, parts);
            alike.into_iter().map(|alike| Asked { fix: *fix, alike }).collect::<Vec<_>>()
        });
        let asked: Vec<Asked> = asked.into_iter().flatten().collect();
        let batches: Vec<&[Asked]> = asked.chunks(LANES).collect();
        let moved = in_parallel_with(
            &batches,
            1,
            || Closure::new(shape),
            |closure, batch| self.answer(batch, closure),
        );
        moved.into_iter().flatten().collect()
    }

    /// Entry points that are alike when a fix is made.
    fn alike_after(&self, fix: u32, entries: &[u32], parts: &mut Parts) -> Vec<Alike> {
        let shape = &*self.standing.shape;
        let gone = |edge: u32| self.taken.takes(fix, edge);
        // A component that loses an edge may fall apart.
        let mut broken: BTreeSet<u32> = BTreeSet::new();
        for &edge in self.taken.by(fix) {
            let own = self.measure.graph.edges[edge as usize];
            let component = shape.component[own.from.index()];
            if component == shape.component[own.to.index()] {
                broken.insert(component);
            }
        }
        parts.part(shape, entries, &broken, &gone);
        let component = |vertex: u32| {
            let own = shape.component[vertex as usize];
            parts.of[vertex as usize].unwrap_or((own, shape.is_cycle(own)))
        };
        Measure::alike(shape, entries, &component, &gone)
    }

    /// Takes away for a lane what a fix takes away.
    fn take(&self, lane: usize, fix: u32, closure: &mut Closure<'_>) {
        let graph = self.measure.graph;
        let mut arriving: Vec<(u32, u32)> = Vec::new();
        arriving.extend(self.taken.by(fix).iter().map(|edge| (graph.edges[*edge as usize].to.0, *edge)));
        arriving.sort_unstable();
        for edges in arriving.chunk_by(|one, other| one.0 == other.0) {
            let to = edges[0].0;
            if edges.len() == self.standing.shape.arriving(to) {
                closure.close(lane, to);
                continue;
            }
            for (_, edge) in edges {
                closure.without(lane, graph.edges[*edge as usize].from.0, *edge);
            }
        }
    }

    fn answer(&self, batch: &[Asked], closure: &mut Closure<'_>) -> Vec<(u32, Moved)> {
        let mut moved = Vec::new();
        closure.clear();
        for (lane, asked) in batch.iter().enumerate() {
            self.take(lane, asked.fix, closure);
        }
        for (lane, asked) in batch.iter().enumerate() {
            asked.alike.starts.iter().for_each(|start| closure.begin_anyway(lane, *start));
        }
        closure.run();
        let worth = closure.weigh(&self.measure.values);
        for (lane, asked) in batch.iter().enumerate() {
            let falls = |vertex: u32| has(closure.at(vertex), lane);
            for (entry, ends) in &asked.alike.members {
                let ends: Vec<u32> = ends.iter().copied().filter(|end| !falls(*end)).collect();
                let (score, worth) = self.measure.score(*entry, &falls, worth[lane], &ends);
                let at = *entry as usize;
                if score != self.standing.scores[at] || worth != self.standing.worth[at] {
                    moved.push((asked.fix, Moved { entry: *entry, score, worth }));
                }
            }
        }
        moved
    }
}
