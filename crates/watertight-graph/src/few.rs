//! Fixes behind which little is lost: who has it otherwise follows from who reaches what leads to it.
//!
//! Whoever loses anything reaches a vertex whose edge is gone, so that whatever all of these lead to otherwise is kept.
//! What is left of what follows from the removed edges is a set `L`, and nobody loses anything outside of it. So what an
//! entry point keeps of `L` follows from whether it reaches those that lead into `L` from outside, which the fix does
//! not change. That is asked once, for all fixes together.

use std::collections::{BTreeMap, BTreeSet};

use crate::around::Around;
use crate::build::Vertex;
use crate::closure::{Closure, LANES};
use crate::measure::Score;
use crate::price::{Moved, Pricing, Taken};
use crate::shape::NO_EDGE;
use crate::thing::Thing;

/// Entry points, a bit for each by place.
pub(crate) type Set = Box<[u64]>;

/// A fix that is priced here, for all entry points or for those that lead to the hub.
struct Few {
    fix: usize,
    lost: BTreeSet<u32>,
    /// Of those that lose something, only these; `None` for all.
    whom: Option<Set>,
}

/// A fix that is priced otherwise: for whom.
pub(crate) struct Other {
    pub(crate) fix: usize,
    /// The vertices whose edges it cannot do without.
    pub(crate) losing: Vec<u32>,
    /// What those lose who lead to the hub; `None` when that is much, or there is no hub.
    lost_by_hub: Option<BTreeSet<u32>>,
}

impl Other {
    /// Whether entry points that surely lead to the hub are priced here.
    pub(crate) fn leaves_out_the_hub(&self) -> bool {
        self.lost_by_hub.is_some()
    }
}

/// Tells the entry points whose score changes, of fixes behind which little is lost. Gives the others; fixes after which
/// nobody loses anything are not among them.
pub(crate) fn work_out(
    pricing: &Pricing<'_, '_, '_>,
    taken: &[Taken],
    closure: &mut Closure<'_>,
    each: &mut dyn FnMut(usize, Moved),
) -> Vec<Other> {
    let mut others: Vec<Other> = Vec::new();
    let mut few: Vec<Few> = Vec::new();
    let mut around = Around::new(pricing.shape);
    let is_small = |lost: &BTreeSet<u32>| !lost.contains(&pricing.measure.admin);
    for (fix, own) in taken.iter().enumerate() {
        let gone: BTreeSet<u32> = own.edges.iter().map(|(_, edge)| *edge).collect();
        let is_gone = |edge: u32| gone.contains(&edge) || pricing.standing.gone.contains(&edge);
        let (losing, heads) = losing(pricing, own, &mut around, &is_gone);
        if losing.is_empty() {
            continue;
        }
        if let Some(lost) = around.lost(&losing, &heads, &is_gone).filter(is_small) {
            few.push(Few { fix, lost, whom: None });
            continue;
        }
        let hub = pricing.hub;
        let by_hub = hub.and_then(|hub| around.lost(&[hub], &heads, &is_gone)).filter(is_small);
        others.push(Other { fix, losing, lost_by_hub: by_hub });
    }
    tell_all(pricing, taken, closure, &few, each);
    others
}

/// Tells what those entry points lose that surely lead to the hub after a fix, of fixes that leave them out elsewhere.
pub(crate) fn tell_of_hub(
    pricing: &Pricing<'_, '_, '_>,
    taken: &[Taken],
    closure: &mut Closure<'_>,
    others: &mut [Other],
    whom: Vec<Option<Set>>,
    each: &mut dyn FnMut(usize, Moved),
) {
    let mut few = Vec::new();
    for (own, whom) in others.iter_mut().zip(whom) {
        if let (Some(lost), Some(whom)) = (own.lost_by_hub.take(), whom) {
            few.push(Few { fix: own.fix, lost, whom: Some(whom) });
        }
    }
    tell_all(pricing, taken, closure, &few, each);
}

fn tell_all(
    pricing: &Pricing<'_, '_, '_>,
    taken: &[Taken],
    closure: &mut Closure<'_>,
    few: &[Few],
    each: &mut dyn FnMut(usize, Moved),
) {
    let lost: BTreeSet<u32> = few.iter().flat_map(|own| own.lost.iter().copied()).collect();
    let leading = lost.iter().flat_map(|vertex| pricing.shape.back(*vertex)).map(|link| link.to);
    let asked: BTreeSet<u32> = leading.chain(lost.iter().copied()).collect();
    if asked.is_empty() {
        return;
    }
    let known = reached_by(pricing, &asked, closure);
    for own in few {
        tell(pricing, own, &taken[own.fix], &known, each);
    }
}

/// The vertices that cannot do without their edges, and where these lead.
fn losing(
    pricing: &Pricing<'_, '_, '_>,
    taken: &Taken,
    around: &mut Around<'_>,
    is_gone: &dyn Fn(u32) -> bool,
) -> (Vec<u32>, Vec<u32>) {
    let mut by_from: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &(from, edge) in &taken.edges {
        by_from.entry(from).or_default().push(pricing.measure.graph.edges[edge as usize].to.0);
    }
    let (mut losing, mut heads) = (Vec::new(), BTreeSet::new());
    for (from, to) in by_from {
        let goes_around = |to: &u32, around: &mut Around<'_>| around.leads(from, *to, is_gone) == Some(true);
        if !to.iter().all(|to| goes_around(to, around)) {
            losing.push(from);
            heads.extend(to);
        }
    }
    (losing, heads.into_iter().collect())
}

/// By vertex: the entry points that reach it, themselves among them.
struct Known {
    /// By vertex: the place of its set; [`NOT_ASKED`] for others.
    place: Vec<u32>,
    sets: Vec<Set>,
    nobody: Set,
}

const NOT_ASKED: u32 = u32::MAX;

impl Known {
    fn of(&self, vertex: u32) -> &Set {
        self.sets.get(self.place[vertex as usize] as usize).unwrap_or(&self.nobody)
    }

    fn add(&mut self, vertex: u32, entry: u32, pricing: &Pricing<'_, '_, '_>) {
        let entry = pricing.place_of[entry as usize] as usize;
        if let Some(set) = self.sets.get_mut(self.place[vertex as usize] as usize) {
            set[entry / 64] |= 1 << (entry % 64);
        }
    }
}

fn reached_by(pricing: &Pricing<'_, '_, '_>, asked: &BTreeSet<u32>, closure: &mut Closure<'_>) -> Known {
    let nobody: Set = vec![0; pricing.entries.len().div_ceil(64)].into();
    let mut place = vec![NOT_ASKED; pricing.shape.len()];
    for (at, vertex) in (0u32..).zip(asked) {
        place[*vertex as usize] = at;
    }
    let mut known = Known { place, sets: vec![nobody.clone(); asked.len()], nobody };
    for batch in pricing.alike_now().chunks(LANES) {
        closure.clear();
        for (lane, own) in batch.iter().enumerate() {
            pricing.take_standing(lane, closure);
            own.starts.iter().for_each(|start| closure.begin(lane, *start));
        }
        closure.run();
        for &vertex in asked {
            for (word, bits) in closure.at(vertex).iter().enumerate() {
                let mut bits = *bits;
                while bits != 0 {
                    let lane = word * 64 + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    batch[lane].members.iter().for_each(|(entry, _)| known.add(vertex, *entry, pricing));
                }
            }
        }
        for (entry, ends) in batch.iter().flat_map(|own| &own.members) {
            ends.iter().for_each(|end| known.add(*end, *entry, pricing));
            known.add(*entry, *entry, pricing);
        }
    }
    known
}

/// Tells who loses what.
fn tell(
    pricing: &Pricing<'_, '_, '_>,
    own: &Few,
    taken: &Taken,
    known: &Known,
    each: &mut dyn FnMut(usize, Moved),
) {
    let measure = pricing.measure;
    let gone: BTreeSet<u32> = taken.edges.iter().map(|(_, edge)| *edge).collect();
    let is_gone = |edge: u32| gone.contains(&edge) || pricing.standing.gone.contains(&edge);
    let words = pricing.entries.len().div_ceil(64);
    let mut keeps: BTreeMap<u32, Set> = BTreeMap::new();
    let of = |vertex: u32| known.of(vertex);
    // From outside, and of entry points that are among what is lost: they have themselves.
    for &vertex in &own.lost {
        let mut set = known.nobody.clone();
        if let Ok(place) = pricing.entries.binary_search(&vertex) {
            set[place / 64] |= 1 << (place % 64);
        }
        for link in pricing.shape.back(vertex) {
            if link.edge != NO_EDGE && !is_gone(link.edge) && !own.lost.contains(&link.to) {
                set.iter_mut().zip(of(link.to)).for_each(|(set, from)| *set |= from);
            }
        }
        keeps.insert(vertex, set);
    }
    // And from each other, until nothing changes.
    loop {
        let mut grows = false;
        for &vertex in &own.lost {
            let mut set = keeps[&vertex].clone();
            for link in pricing.shape.back(vertex) {
                if link.edge != NO_EDGE && !is_gone(link.edge) && own.lost.contains(&link.to) {
                    set.iter_mut().zip(&keeps[&link.to]).for_each(|(set, from)| *set |= from);
                }
            }
            if let Some(premises) = pricing.shape.premises(vertex) {
                let mut all: Set = vec![u64::MAX; words].into();
                for premise in premises {
                    let own = keeps.get(premise).unwrap_or_else(|| of(*premise));
                    all.iter_mut().zip(own).for_each(|(all, own)| *all &= own);
                }
                set.iter_mut().zip(&all).for_each(|(set, all)| *set |= all);
            }
            if set != keeps[&vertex] {
                grows = true;
                keeps.insert(vertex, set);
            }
        }
        if !grows {
            break;
        }
    }
    let mut losses: BTreeMap<usize, u64> = BTreeMap::new();
    for &vertex in own.lost.iter().filter(|vertex| measure.values.of(**vertex) > 0) {
        for (word, (before, keeps)) in of(vertex).iter().zip(&keeps[&vertex]).enumerate() {
            let mut bits = before & !keeps;
            while bits != 0 {
                let place = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if !is_own(pricing, pricing.entries[place], vertex) {
                    *losses.entry(place).or_default() += measure.values.of(vertex);
                }
            }
        }
    }
    for (place, loss) in losses {
        let entry = pricing.entries[place];
        if own.whom.as_ref().is_some_and(|whom| whom[place / 64] & (1 << (place % 64)) == 0) {
            continue;
        }
        // Whoever is cluster admin stays it, and has everything.
        if pricing.standing.scores[entry as usize] == Score::ALL {
            continue;
        }
        let worth = pricing.standing.worth[entry as usize].saturating_sub(loss);
        each(own.fix, Moved { entry, score: measure.share(worth), worth });
    }
}

/// Whether a vertex is a part of an entry point, which is no part of what falls beside it.
fn is_own(pricing: &Pricing<'_, '_, '_>, entry: u32, vertex: u32) -> bool {
    let graph = pricing.measure.graph;
    match (graph.thing(Vertex(entry)), graph.thing(Vertex(vertex))) {
        _ if entry == vertex => true,
        (Thing::Workload(one), Thing::Workload(other) | Thing::Container(other, _)) => {
            pricing.measure.twins.of(one).contains(&other)
        }
        _ => false,
    }
}
