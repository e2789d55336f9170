//! What stands between many things and one: vertices that they have no way around, and changes that cut them all off.

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::build::Vertex;
use crate::closure::{Closure, LANES, has};
use crate::fixes::Fix;
use crate::measure::Measure;
use crate::shape::{Reading, Shape};

/// So many vertices are tried as choke points, those nearest to the target first.
const CANDIDATES: usize = 8 * LANES;
/// A cut is given up after so many changes.
const CHANGES: usize = 40;

/// A set of changes, and who still gets there after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The changes, by place among the candidates, in the order in which they were found.
    pub fixes: Vec<usize>,
    /// Who still gets there.
    pub left: Vec<Vertex>,
}

impl Measure<'_, '_> {
    /// Vertices that some of [`Measure::reaching`] have no way around, with how many of these, the most first.
    #[must_use]
    pub fn choke_points(&self, to: &[Vertex], reading: Reading) -> Vec<(Vertex, usize)> {
        let shape = &self.view(reading).shape;
        let strict = shape.turned(true);
        let sources = self.surely_reaching(to, &strict, &BTreeSet::new());
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

    /// A small set of some changes after which none of [`Measure::reaching`] gets there: always the one that cuts off
    /// the most per effort, and where none alone does, the one nearest to the target.
    #[must_use]
    pub fn cut(&self, to: &[Vertex], fixes: &[Fix], reading: Reading) -> Cut {
        let shape = &self.view(reading).shape;
        let strict = shape.turned(true);
        let ends = self.ends(to);
        let mut gone: BTreeSet<u32> = BTreeSet::new();
        let mut chosen = Vec::new();
        let mut sources = self.surely_reaching(to, &strict, &gone);
        let mut closure = Closure::new(&strict);
        while !sources.is_empty() && chosen.len() < CHANGES {
            let mut best: Option<(usize, usize)> = None;
            for (number, batch) in fixes.chunks(LANES).enumerate() {
                closure.clear();
                for (lane, fix) in batch.iter().enumerate() {
                    for &edge in fix.edges.iter().chain(&gone) {
                        closure.without(lane, self.graph.edges[edge as usize].to.0, edge);
                    }
                    ends.iter().for_each(|end| closure.begin(lane, *end));
                }
                closure.run();
                for (lane, fix) in batch.iter().enumerate() {
                    let count = sources.iter().filter(|source| !has(closure.at(**source), lane)).count();
                    let at = number * LANES + lane;
                    let is_better = best.is_none_or(|(count_of_best, best)| {
                        count * fixes[best].effort as usize > count_of_best * fix.effort as usize
                    });
                    if count > 0 && is_better {
                        best = Some((count, at));
                    }
                }
            }
            let Some(at) = best.map(|(_, at)| at).or_else(|| self.nearest_fix(&strict, &ends, fixes, &gone))
            else {
                break;
            };
            gone.extend(&fixes[at].edges);
            chosen.push(at);
            sources = self.surely_reaching(to, &strict, &gone);
        }
        let left = self.reaching_without(to, reading, &gone);
        Cut { fixes: chosen, left }
    }

    /// The change with an edge nearest to the target.
    fn nearest_fix(
        &self,
        strict: &Shape,
        ends: &[u32],
        fixes: &[Fix],
        gone: &BTreeSet<u32>,
    ) -> Option<usize> {
        let mut far: HashMap<u32, usize> = HashMap::new();
        for (at, vertex) in nearest_without(strict, ends, gone).into_iter().enumerate() {
            far.insert(vertex, at);
        }
        let distance = |fix: &Fix| {
            let open = fix.edges.iter().filter(|edge| !gone.contains(edge));
            open.filter_map(|edge| far.get(&self.graph.edges[*edge as usize].to.0)).min().copied()
        };
        let all = fixes.iter().enumerate().filter_map(|(at, fix)| Some((distance(fix)?, fix.effort, at)));
        all.min().map(|(_, _, at)| at)
    }

    /// What has to be reached: any of some vertices, or to be cluster admin where that gives them.
    pub(crate) fn ends(&self, to: &[Vertex]) -> Vec<u32> {
        let admin = to.iter().any(|vertex| self.is_there(*vertex)).then_some(self.admin);
        to.iter().map(|vertex| vertex.0).chain(admin).collect()
    }

    /// Those of the things that get there by edges alone.
    fn surely_reaching(&self, to: &[Vertex], strict: &Shape, gone: &BTreeSet<u32>) -> Vec<u32> {
        let mut closure = Closure::new(strict);
        for &edge in gone {
            closure.without(0, self.graph.edges[edge as usize].to.0, edge);
        }
        self.ends(to).into_iter().for_each(|end| closure.begin(0, end));
        closure.run();
        let things = self.things().into_iter().filter(|own| !to.contains(own)).map(|own| own.0);
        things.filter(|own| has(closure.at(*own), 0)).collect()
    }

    /// Those of [`Measure::reaching`] that still get there when some edges are gone.
    fn reaching_without(&self, to: &[Vertex], reading: Reading, gone: &BTreeSet<u32>) -> Vec<Vertex> {
        let shape = &self.view(reading).shape;
        let before = self.reaching(to, reading);
        let mut closure = Closure::new(shape);
        let mut left = Vec::new();
        for batch in before.chunks(LANES) {
            closure.clear();
            for (lane, vertex) in batch.iter().enumerate() {
                for &edge in gone {
                    closure.without(lane, self.graph.edges[edge as usize].from.0, edge);
                }
                closure.begin(lane, vertex.0);
            }
            closure.run();
            let reaches = |lane: usize| self.ends(to).into_iter().any(|end| has(closure.at(end), lane));
            left.extend(batch.iter().enumerate().filter(|(lane, _)| reaches(*lane)).map(|(_, own)| *own));
        }
        left
    }
}

/// The vertices of a turned shape from some ends on, the nearest first.
fn nearest(turned: &Shape, ends: &[u32]) -> Vec<u32> {
    nearest_without(turned, ends, &BTreeSet::new())
}

fn nearest_without(turned: &Shape, ends: &[u32], gone: &BTreeSet<u32>) -> Vec<u32> {
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
        for link in turned.links(vertex).iter().filter(|link| !gone.contains(&link.edge)) {
            if !std::mem::replace(&mut seen[link.to as usize], true) {
                waiting.push_back(link.to);
            }
        }
    }
    found
}
