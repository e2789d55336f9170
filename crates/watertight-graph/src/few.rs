//! Fixes behind which little is lost: who has it otherwise is asked against the edges, once for all fixes.
//!
//! When `u` loses the set `L` with an edge, whoever loses anything loses a part of `L`: what lies outside is reached as
//! before. So what an entry point keeps of `L` follows from whether it reaches those that lead into `L` from outside,
//! which no fix changes. These are asked once, for all fixes together. Conjunctions would break that: where one is near,
//! or where it matters who is asked against the edges, the fix is left to the general way.

use std::collections::{BTreeMap, BTreeSet};

use crate::around::Around;
use crate::build::Vertex;
use crate::closure::{Closure, LANES};
use crate::measure::Score;
use crate::price::{Moved, Pricing, Taken};
use crate::shape::NO_EDGE;
use crate::thing::Thing;

/// Entry points, a bit for each by place.
type Set = Box<[u64]>;

/// A fix that is priced here.
struct Few {
    fix: usize,
    lost: BTreeSet<u32>,
}

/// Tells the entry points whose score changes, of fixes behind which little is lost. Gives the others, with the
/// vertices whose edges they cannot do without; fixes after which nobody loses anything are in neither.
pub(crate) fn work_out(
    pricing: &Pricing<'_, '_, '_>,
    taken: &[Taken],
    closures: [&mut Closure<'_>; 2],
    each: &mut dyn FnMut(usize, Moved),
) -> Vec<(usize, Vec<u32>)> {
    let mut others: Vec<(usize, Vec<u32>)> = Vec::new();
    let mut few: Vec<Few> = Vec::new();
    let mut around = Around::new(pricing.shape);
    for (fix, own) in taken.iter().enumerate() {
        let (losing, lost) = losing(pricing, own, &mut around);
        if losing.is_empty() {
            continue;
        }
        match lost.filter(|lost| !lost.contains(&pricing.measure.admin)) {
            Some(lost) => few.push(Few { fix, lost }),
            None => others.push((fix, losing)),
        }
    }
    let asked: BTreeSet<u32> = few
        .iter()
        .flat_map(|own| own.lost.iter().flat_map(|vertex| leading(pricing, *vertex)).chain(own.lost.iter().copied()))
        .collect();
    let known = reached_by(pricing, &asked, closures);
    for own in few {
        if !tell(pricing, &own, &taken[own.fix], &known, each) {
            let from: BTreeSet<u32> = taken[own.fix].edges.iter().map(|(from, _)| *from).collect();
            others.push((own.fix, from.into_iter().collect()));
        }
    }
    others.sort_unstable();
    others
}

/// Whoever leads to a vertex.
fn leading<'a>(pricing: &'a Pricing<'_, '_, '_>, vertex: u32) -> impl Iterator<Item = u32> + use<'a> {
    pricing.shape.back(vertex).iter().map(|link| link.to)
}

/// The vertices that cannot do without their edges, and what is lost behind them, when that is little.
fn losing(
    pricing: &Pricing<'_, '_, '_>,
    taken: &Taken,
    around: &mut Around<'_>,
) -> (Vec<u32>, Option<BTreeSet<u32>>) {
    let gone: BTreeSet<u32> = taken.edges.iter().map(|(_, edge)| *edge).collect();
    let is_gone = |edge: u32| gone.contains(&edge) || pricing.standing.gone.contains(&edge);
    let mut by_from: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &(from, edge) in &taken.edges {
        by_from.entry(from).or_default().push(pricing.measure.graph.edges[edge as usize].to.0);
    }
    let mut losing = Vec::new();
    let mut all: Option<BTreeSet<u32>> = Some(BTreeSet::new());
    for (from, to) in by_from {
        let goes_around = |to: &u32, around: &mut Around<'_>| around.leads(from, *to, &is_gone) == Some(true);
        if to.iter().all(|to| goes_around(to, around)) {
            continue;
        }
        losing.push(from);
        all = all.and_then(|mut all| {
            all.extend(around.lost(from, &to, &is_gone)?);
            Some(all)
        });
    }
    (losing, all)
}

/// By vertex: the entry points that reach it, as far as that is told against the edges.
fn reached_by(
    pricing: &Pricing<'_, '_, '_>,
    asked: &BTreeSet<u32>,
    [may, surely]: [&mut Closure<'_>; 2],
) -> BTreeMap<u32, Set> {
    let asked: Vec<u32> = asked.iter().copied().collect();
    let words = pricing.entries.len().div_ceil(64);
    let mut known = BTreeMap::new();
    for batch in asked.chunks(LANES) {
        may.clear();
        surely.clear();
        for (lane, vertex) in batch.iter().enumerate() {
            for &edge in &pricing.standing.gone {
                let to = pricing.measure.graph.edges[edge as usize].to.0;
                may.without(lane, to, edge);
                surely.without(lane, to, edge);
            }
            may.begin(lane, *vertex);
            surely.begin(lane, *vertex);
        }
        may.run();
        surely.run();
        let mut sets: Vec<Option<Set>> = vec![Some(vec![0; words].into()); batch.len()];
        for (place, entry) in pricing.entries.iter().enumerate() {
            let (may, surely) = (may.at(*entry), surely.at(*entry));
            for (word, (may, surely)) in may.iter().zip(surely).enumerate() {
                let mut bits = *may;
                while bits != 0 {
                    let bit = bits.trailing_zeros();
                    let lane = word * 64 + bit as usize;
                    bits &= bits - 1;
                    // Whether a conjunction holds is not told against the edges.
                    if surely & (1 << bit) == 0 {
                        sets[lane] = None;
                    } else if let Some(set) = &mut sets[lane] {
                        set[place / 64] |= 1 << (place % 64);
                    }
                }
            }
        }
        known.extend(batch.iter().zip(sets).filter_map(|(vertex, set)| Some((*vertex, set?))));
    }
    known
}

/// Tells who loses what; `false` when it is not known.
fn tell(
    pricing: &Pricing<'_, '_, '_>,
    own: &Few,
    taken: &Taken,
    known: &BTreeMap<u32, Set>,
    each: &mut dyn FnMut(usize, Moved),
) -> bool {
    let measure = pricing.measure;
    let gone: BTreeSet<u32> = taken.edges.iter().map(|(_, edge)| *edge).collect();
    let is_gone = |edge: u32| gone.contains(&edge) || pricing.standing.gone.contains(&edge);
    let words = pricing.entries.len().div_ceil(64);
    let mut keeps: BTreeMap<u32, Set> = BTreeMap::new();
    // From outside, and of entry points that are among what is lost: they have themselves.
    for &vertex in &own.lost {
        let mut set: Set = vec![0; words].into();
        if let Ok(place) = pricing.entries.binary_search(&vertex) {
            set[place / 64] |= 1 << (place % 64);
        }
        for link in pricing.shape.back(vertex) {
            if link.edge == NO_EDGE {
                return false;
            }
            if is_gone(link.edge) || own.lost.contains(&link.to) {
                continue;
            }
            let Some(from) = known.get(&link.to) else { return false };
            set.iter_mut().zip(from).for_each(|(set, from)| *set |= from);
        }
        keeps.insert(vertex, set);
    }
    // And from each other, until nothing changes.
    loop {
        let mut grows = false;
        for &vertex in &own.lost {
            for link in pricing.shape.links(vertex).iter().filter(|link| !is_gone(link.edge)) {
                if link.to == vertex || !own.lost.contains(&link.to) {
                    continue;
                }
                let from = keeps[&vertex].clone();
                if let Some(to) = keeps.get_mut(&link.to) {
                    for (to, from) in to.iter_mut().zip(&from) {
                        grows |= from & !*to != 0;
                        *to |= from;
                    }
                }
            }
        }
        if !grows {
            break;
        }
    }
    let mut losses: BTreeMap<usize, u64> = BTreeMap::new();
    for &vertex in own.lost.iter().filter(|vertex| measure.values.of(**vertex) > 0) {
        let Some(before) = known.get(&vertex) else { return false };
        for (word, (before, keeps)) in before.iter().zip(&keeps[&vertex]).enumerate() {
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
        // Whoever is cluster admin stays it, and has everything.
        if pricing.standing.scores[entry as usize] == Score::ALL {
            continue;
        }
        let worth = pricing.standing.worth[entry as usize].saturating_sub(loss);
        each(own.fix, Moved { entry, score: measure.share(worth), worth });
    }
    true
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
