//! What stands between many things and one: vertices that they have no way around.

use std::collections::VecDeque;

use crate::build::Vertex;
use crate::closure::{Closure, LANES, has};
use crate::measure::Measure;
use crate::shape::{Reading, Shape};

/// So many vertices are tried as choke points, those nearest to the target first.
const CANDIDATES: usize = 8 * LANES;

impl Measure<'_, '_> {
    /// Vertices that some of [`Measure::reaching`] have no way around, with how many of these, the most first.
    #[must_use]
    pub fn choke_points(&self, to: &[Vertex], reading: Reading) -> Vec<(Vertex, usize)> {
        let shape = &self.view(reading).shape;
        let strict = shape.turned(true);
        let sources = self.surely_reaching(to, &strict);
        let mut candidates = nearest(&strict, &self.ends(to));
        candidates.retain(|own| self.graph.thing(Vertex(*own)).is_named() && !to.contains(&Vertex(*own)));
        candidates.truncate(CANDIDATES);
        let mut closure = Closure::new(&strict);
        let mut found = Vec::new();
        for batch in candidates.chunks(LANES) {
            closure.clear();
            for (lane, vertex) in batch.iter().enumerate() {
                closure.close(lane, *vertex);
                self.ends(to).into_iter().for_each(|end| closure.begin(lane, end));
            }
            closure.run();
            for (lane, vertex) in batch.iter().enumerate() {
                let is_cut = |source: &&u32| **source != *vertex && !has(closure.at(**source), lane);
                let count = sources.iter().filter(is_cut).count();
                if count > 0 {
                    found.push((Vertex(*vertex), count));
                }
            }
        }
        found.sort_by_key(|(vertex, count)| (std::cmp::Reverse(*count), *vertex));
        found
    }

    /// What has to be reached: any of some vertices, or to be cluster admin where that gives them.
    pub(crate) fn ends(&self, to: &[Vertex]) -> Vec<u32> {
        let admin = to.iter().any(|vertex| self.is_there(*vertex)).then_some(self.admin);
        to.iter().map(|vertex| vertex.0).chain(admin).collect()
    }

    /// Those of the things that get there by edges alone.
    fn surely_reaching(&self, to: &[Vertex], strict: &Shape) -> Vec<u32> {
        let mut closure = Closure::new(strict);
        self.ends(to).into_iter().for_each(|end| closure.begin(0, end));
        closure.run();
        let things = self.things().into_iter().filter(|own| !to.contains(own)).map(|own| own.0);
        things.filter(|own| has(closure.at(*own), 0)).collect()
    }
}

/// The vertices of a turned shape from some ends on, the nearest first.
fn nearest(turned: &Shape, ends: &[u32]) -> Vec<u32> {
    let mut seen = vec![false; turned.len()];
    let mut waiting: VecDeque<u32> = VecDeque::new();
    for &end in ends {
        if !std::mem::replace(&mut seen[end as usize], true) {
            waiting.push_back(end);
        }
    }
    let mut found = Vec::new();
    while let Some(vertex) = waiting.pop_front() {
        found.push(vertex);
        for link in turned.links(vertex) {
            if !std::mem::replace(&mut seen[link.to as usize], true) {
                waiting.push_back(link.to);
            }
        }
    }
    found
}
