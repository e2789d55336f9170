//! The cheapest changes that cut many things off from one.
//!
//! Each way that is left over says that one of the changes on it has to be made. Of the changes that meet all ways that
//! are known the cheapest choice is made (`hitting.rs`); what still gets there after it gives more ways, until nothing
//! does. So the choice is a minimum as soon as it cuts everything off: whatever cuts all ways meets those that are known.

use std::collections::{BTreeMap, BTreeSet};

use crate::build::Vertex;
use crate::closure::{Closure, LANES, has};
use crate::derived::Derived;
use crate::fixes::Fix;
use crate::hitting::{Choice, cheapest};
use crate::measure::Measure;
use crate::price::Taken;
use crate::shape::{Reading, Shape, number};

/// A cut of more changes is not looked for.
const CHANGES: usize = 40;
/// So many times ways are looked for that are left.
const ROUNDS: usize = 200;
/// So many ways are added at once.
const WAYS: usize = 24;
/// So many tries a choice takes, and the last one.
const TRIES: [usize; 2] = [2_000, 100_000];

/// A set of changes that cuts others off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cut {
    /// The changes, by place among the candidates; none where more than [`Cut::at_least`] would be needed.
    pub fixes: Vec<usize>,
    /// Their effort.
    pub effort: u32,
    /// What every cut takes at least: of a cut that is a minimum, its effort.
    pub at_least: u32,
    /// Who gets there whatever is changed: a way of theirs has nothing on it that some change takes away.
    pub left: Vec<Vertex>,
}

impl Cut {
    /// Whether no set of these changes with less effort does the same.
    #[must_use]
    pub fn is_minimum(&self) -> bool {
        self.effort == self.at_least
    }
}

impl Measure<'_, '_> {
    /// The changes with the least effort after which none of some things gets to any of some vertices, but for those
    /// that no change stops.
    #[must_use]
    pub fn cut(&self, from: &[Vertex], to: &[Vertex], fixes: &[Fix], reading: Reading) -> Cut {
        let shape = &self.view(reading).shape;
        let taken = Taken::of(fixes, shape);
        let ends = self.ends(to);
        let sources: Vec<u32> = from.iter().filter(|own| !to.contains(own)).map(|own| own.0).collect();
        let every: Vec<u32> = (0..number(fixes.len())).flat_map(|fix| taken.by(fix)).copied().collect();
        let stay: BTreeSet<u32> =
            getting_there(&shape.without(&every), &sources, &ends).into_keys().collect();
        let mut cutting = Cutting {
            measure: self,
            shape,
            turned: shape.turned(true),
            fixes,
            taken: &taken,
            ends,
            sources: sources.into_iter().filter(|own| !stay.contains(own)).collect(),
            left: stay.into_iter().map(Vertex).collect(),
            ways: BTreeSet::new(),
        };
        cutting.cut()
    }
}

struct Cutting<'a, 'g, 'w> {
    measure: &'a Measure<'g, 'w>,
    shape: &'a Shape,
    /// Against the edges, without conjunctions.
    turned: Shape,
    fixes: &'a [Fix],
    taken: &'a Taken,
    ends: Vec<u32>,
    /// Who is to be cut off.
    sources: BTreeSet<u32>,
    /// Who cannot be.
    left: Vec<Vertex>,
    /// By way: the changes that take one of its edges away.
    ways: BTreeSet<BTreeSet<u32>>,
}

impl Cutting<'_, '_, '_> {
    fn cut(&mut self) -> Cut {
        let mut tries = TRIES[0];
        let mut at_least = 0;
        for _ in 0..ROUNDS {
            let ways: Vec<BTreeSet<u32>> = self.ways.iter().cloned().collect();
            let choice = cheapest(&ways, &|fix| self.fixes[fix as usize].effort, tries);
            at_least = choice.at_least;
            if choice.items.len() > CHANGES {
                break;
            }
            let known = self.ways.len();
            self.look(&choice.items);
            if self.ways.len() > known {
                tries = TRIES[0];
                continue;
            }
            if choice.is_proven() || tries == TRIES[1] {
                return self.told(choice);
            }
            tries = TRIES[1];
        }
        self.told(Choice { at_least, ..Choice::default() })
    }

    fn told(&self, choice: Choice) -> Cut {
        let mut left = self.left.clone();
        // Where there is no cut, everybody is left.
        if choice.items.is_empty() && choice.at_least > 0 {
            left.extend(self.sources.iter().map(|own| Vertex(*own)));
        }
        left.sort_unstable();
        let fixes = choice.items.into_iter().map(|fix| fix as usize).collect();
        Cut { fixes, effort: choice.cost, at_least: choice.at_least, left }
    }

    /// Adds ways that are left after some changes.
    fn look(&mut self, chosen: &[u32]) {
        let gone: Vec<u32> = chosen.iter().flat_map(|fix| self.taken.by(*fix)).copied().collect();
        if !self.look_along_edges(&gone) {
            self.look_with_conjunctions(&gone);
        }
    }

    /// Adds ways by edges alone; whether there are any.
    fn look_along_edges(&mut self, gone: &[u32]) -> bool {
        let gone: BTreeSet<u32> = gone.iter().copied().collect();
        // By vertex: the edge by which it leads on.
        let mut next: Vec<Option<u32>> = vec![None; self.turned.len()];
        let mut seen = vec![false; self.turned.len()];
        let mut waiting: Vec<u32> = self.ends.clone();
        self.ends.iter().for_each(|end| seen[*end as usize] = true);
        let mut at = 0;
        while let Some(&vertex) = waiting.get(at) {
            at += 1;
            for link in self.turned.links(vertex) {
                if !seen[link.to as usize] && !gone.contains(&link.edge) {
                    seen[link.to as usize] = true;
                    next[link.to as usize] = Some(link.edge);
                    waiting.push(link.to);
                }
            }
        }
        let mut added = 0;
        let mut is_any = false;
        for &source in waiting.iter().filter(|own| self.sources.contains(own)) {
            is_any = true;
            let mut way = Vec::new();
            let mut at = source;
            while let Some(edge) = next[at as usize] {
                way.push(edge);
                at = self.measure.graph.edges[edge as usize].to.0;
            }
            added += usize::from(add(&mut self.ways, self.taken, &way));
            if added == WAYS {
                break;
            }
        }
        is_any
    }

    /// Adds ways that need several things at once, of those who have no other.
    fn look_with_conjunctions(&mut self, gone: &[u32]) {
        let sources: Vec<u32> = self.sources.iter().copied().collect();
        let shape = self.shape.without(gone);
        let mut derived = Derived::new(&shape);
        for (source, end) in getting_there(&shape, &sources, &self.ends).into_iter().take(WAYS) {
            derived.begin(&[source]);
            add(&mut self.ways, self.taken, &derived.proof(end));
        }
    }
}

/// Adds a way, as the changes that take it away; whether it is another.
fn add(ways: &mut BTreeSet<BTreeSet<u32>>, taken: &Taken, way: &[u32]) -> bool {
    ways.insert(way.iter().flat_map(|edge| taken.fixes(*edge)).copied().collect())
}

/// Those of some vertices that get to any of some ends, with the first of these.
fn getting_there(shape: &Shape, sources: &[u32], ends: &[u32]) -> BTreeMap<u32, u32> {
    let mut closure = Closure::new(shape);
    let mut found = BTreeMap::new();
    for batch in sources.chunks(LANES) {
        closure.clear();
        batch.iter().enumerate().for_each(|(lane, source)| closure.begin(lane, *source));
        closure.run();
        for (lane, source) in batch.iter().enumerate() {
            if let Some(end) = ends.iter().find(|end| has(closure.at(**end), lane)) {
                found.insert(*source, *end);
            }
        }
    }
    found
}
