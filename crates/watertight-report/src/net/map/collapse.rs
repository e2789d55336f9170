use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::bits::Bits;
use super::sorted::Sorted;

/// Where an arrow begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum At {
    /// Every workload on the map.
    Everyone,
    /// As a source: who sends into the open water. As a destination: who is reached from it.
    Water,
    /// Every workload of a namespace.
    Namespace(usize),
    Workload(usize),
    Outside(usize),
}

/// Some flows as one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrow {
    pub from: At,
    pub to: At,
    pub key: usize,
    /// How many flows it stands for.
    pub pairs: usize,
}

/// Workloads between which there is no wall: each that sends reaches each that receives.
#[derive(Debug)]
pub(super) struct Water {
    pub key: usize,
    pub sends: Bits,
    pub receives: Bits,
}

/// Every flow once, as few arrows as say the same.
#[derive(Debug)]
pub(super) struct Collapsed {
    pub water: Option<Water>,
    pub arrows: Vec<Arrow>,
}

/// Few enough to be drawn as they are.
const FEW: usize = 3;

/// Sets of destinations that are tried for the open water. There are as many as there are classes of workloads;
/// the largest come first.
const TRIED: usize = 48;

type Rows = BTreeMap<usize, Bits>;

impl Collapsed {
    pub(super) fn of(sorted: &Sorted) -> Self {
        let mut rows = sorted.rows.clone();
        let water = find_water(sorted, &rows);
        if let Some(water) = &water {
            rows.get_mut(water.key).into_iter().for_each(|rows| {
                water.sends.iter().for_each(|source| take(rows, source, &water.receives));
            });
        }
        let mut folding = Folding { sorted, water: water.as_ref(), arrows: Vec::new() };
        for (key, mut rows) in rows.into_iter().enumerate() {
            let everyone = Bits::range(sorted.points(), 0..sorted.workloads.len());
            if sorted.namespaces.len() > 1 && sorted.workloads.len() >= FEW {
                folding.common(key, &mut rows, &everyone, &everyone, At::Everyone);
            }
            if let Some(water) = folding.water {
                folding.common(key, &mut rows, &water.sends, &water.receives, At::Water);
            }
            folding.leave_namespaces(key, &mut rows);
            folding.enter_namespaces(key, &mut rows);
            for (&source, row) in &rows {
                for target in row.iter() {
                    folding.push(folding.at(source), folding.at(target), key, 1);
                }
            }
        }
        let mut arrows = folding.arrows;
        arrows.sort();
        Self { water, arrows }
    }
}

struct Folding<'s> {
    sorted: &'s Sorted,
    water: Option<&'s Water>,
    arrows: Vec<Arrow>,
}

impl Folding<'_> {
    fn at(&self, point: usize) -> At {
        match point.checked_sub(self.sorted.workloads.len()) {
            Some(outside) => At::Outside(outside),
            None => At::Workload(point),
        }
    }

    fn push(&mut self, from: At, to: At, key: usize, pairs: usize) {
        self.arrows.push(Arrow { from, to, key, pairs });
    }

    /// What all of a set reach, and who reaches all of a set.
    fn common(&mut self, key: usize, rows: &mut Rows, senders: &Bits, receivers: &Bits, at: At) {
        if let Some(targets) = intersection(rows, senders) {
            for target in targets.iter() {
                self.push(at, self.at(target), key, senders.count());
            }
            senders.iter().for_each(|source| take(rows, source, &targets));
        }
        let sources: Vec<usize> = rows
            .iter()
            .filter(|(source, row)| row.with(**source).holds(receivers) && receivers.count() >= FEW)
            .map(|(source, _)| *source)
            .collect();
        for source in sources {
            self.push(self.at(source), at, key, receivers.count());
            take(rows, source, receivers);
        }
    }

    fn leave_namespaces(&mut self, key: usize, rows: &mut Rows) {
        let sorted = self.sorted;
        for (at, (_, range)) in sorted.namespaces.iter().enumerate().filter(|(_, (_, range))| range.len() > 1)
        {
            let members = Bits::range(sorted.points(), range.clone());
            let Some(mut targets) = intersection(rows, &members) else { continue };
            range.clone().for_each(|source| take(rows, source, &targets));
            let reached: BTreeSet<usize> =
                targets.iter().filter_map(|target| Some(sorted.workloads.get(target)?.namespace)).collect();
            for to in reached {
                let Some((_, other)) = sorted.namespaces.get(to) else { continue };
                if other.len() > 1 && targets.holds_range(other.clone()) {
                    self.push(At::Namespace(at), At::Namespace(to), key, range.len() * other.len());
                    targets.subtract(&Bits::range(sorted.points(), other.clone()));
                }
            }
            for target in targets.iter() {
                self.push(At::Namespace(at), self.at(target), key, range.len());
            }
        }
    }

    fn enter_namespaces(&mut self, key: usize, rows: &mut Rows) {
        let sources: Vec<usize> = rows.keys().copied().collect();
        for source in sources {
            let Some(row) = rows.get(&source).map(|row| row.with(source)) else { continue };
            let reached: BTreeSet<usize> =
                row.iter().filter_map(|target| Some(self.sorted.workloads.get(target)?.namespace)).collect();
            for to in reached {
                let Some((_, range)) = self.sorted.namespaces.get(to) else { continue };
                if range.len() > 1 && row.holds_range(range.clone()) {
                    self.push(self.at(source), At::Namespace(to), key, range.len());
                    take(rows, source, &Bits::range(self.sorted.points(), range.clone()));
                }
            }
        }
    }
}

fn take(rows: &mut Rows, source: usize, targets: &Bits) {
    if let Some(row) = rows.get_mut(&source) {
        row.subtract(targets);
        if row.is_empty() {
            rows.remove(&source);
        }
    }
}

/// What each of some reaches, taken that each reaches itself. Nothing if they are too few to be a group.
fn intersection(rows: &Rows, sources: &Bits) -> Option<Bits> {
    let mut common: Option<Bits> = None;
    let mut any: Option<Bits> = None;
    for source in sources.iter() {
        let row = rows.get(&source)?;
        match (&mut common, &mut any) {
            (Some(common), Some(any)) => {
                common.keep(&row.with(source));
                any.add(row);
            }
            _ => (common, any) = (Some(row.with(source)), Some(row.clone())),
        }
    }
    let (mut common, any) = (common?, any?);
    // One that only itself "reaches" is reached by nobody.
    common.keep(&any);
    (!common.is_empty()).then_some(common)
}

fn find_water(sorted: &Sorted, all: &[Rows]) -> Option<Water> {
    let everyone = Bits::range(sorted.points(), 0..sorted.workloads.len());
    let mut best: Option<(usize, Water)> = None;
    for (key, rows) in all.iter().enumerate() {
        let rows: Vec<(usize, Bits)> = rows
            .iter()
            .filter(|(source, _)| **source < sorted.workloads.len())
            .map(|(source, row)| {
                let mut row = row.with(*source);
                row.keep(&everyone);
                (*source, row)
            })
            .collect();
        let mut kinds: BTreeMap<&Bits, usize> = BTreeMap::new();
        rows.iter().for_each(|(_, row)| *kinds.entry(row).or_default() += 1);
        let mut tried: Vec<(usize, &Bits)> =
            kinds.into_iter().map(|(row, times)| (row.count() * times, row)).collect();
        tried.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
        for (_, receives) in tried.into_iter().take(TRIED) {
            let mut sends = Bits::none(sorted.points());
            rows.iter().filter(|(_, row)| row.holds(receives)).for_each(|(source, _)| sends.insert(*source));
            let area = sends.count() * receives.count();
            let better = best.as_ref().is_none_or(|(most, _)| area > *most);
            if better && is_water(sorted, &sends, receives) {
                best = Some((area, Water { key, sends, receives: receives.clone() }));
            }
        }
    }
    best.map(|(_, water)| water)
}

/// Whether some of them, of more than one namespace, reach each other.
fn is_water(sorted: &Sorted, sends: &Bits, receives: &Bits) -> bool {
    let mut both = sends.clone();
    both.keep(receives);
    let namespaces: BTreeSet<usize> =
        both.iter().filter_map(|at| Some(sorted.workloads.get(at)?.namespace)).collect();
    both.count() >= FEW && namespaces.len() > 1
}

/// Whether all of a namespace lie in the open water, both ways.
pub(super) fn under_water(water: Option<&Water>, range: &Range<usize>) -> bool {
    let both =
        |water: &Water| water.sends.holds_range(range.clone()) && water.receives.holds_range(range.clone());
    !range.is_empty() && water.is_some_and(both)
}
