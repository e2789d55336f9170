//! The cheapest choice that takes something of each of some sets: exact by branch and bound, where that is in reach.

use std::collections::{BTreeMap, BTreeSet};

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Choice {
    /// What is chosen, in order.
    pub(crate) items: Vec<u32>,
    /// What it costs.
    pub(crate) cost: u32,
    /// No choice that takes something of each costs less than this: of a choice that is proven, its cost.
    pub(crate) at_least: u32,
}

impl Choice {
    /// Whether nothing cheaper is possible.
    pub(crate) fn is_proven(&self) -> bool {
        self.cost == self.at_least
    }
}

/// The cheapest choice that takes something of each set; none may be empty. After so many tries the best so far is it,
/// with what is known of others.
pub(crate) fn cheapest(sets: &[BTreeSet<u32>], cost: &dyn Fn(u32) -> u32, tries: usize) -> Choice {
    let problem = Problem::of(sets, cost);
    let every: Bits = Bits::all(problem.sets.len());
    let mut best = problem.greedy(&every);
    let at_least = problem.bound(&every, &vec![true; problem.items.len()]);
    let mut search = Search { problem: &problem, best: problem.cost(&best), found: None, left: tries };
    search.branch(&every, 0, &mut Vec::new(), &mut vec![true; problem.items.len()]);
    let proven = search.left > 0;
    if let Some(found) = search.found {
        best = found;
    }
    let cost = problem.cost(&best);
    let mut items: Vec<u32> = best.into_iter().map(|at| problem.items[at]).collect();
    items.sort_unstable();
    Choice { items, cost, at_least: if proven { cost } else { at_least } }
}

/// A set of places.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bits(Vec<u64>);

impl Bits {
    fn none(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)])
    }

    fn all(len: usize) -> Self {
        let mut all = Self::none(len);
        (0..len).for_each(|at| all.set(at));
        all
    }

    fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn has(&self, at: usize) -> bool {
        self.0[at / 64] & (1 << (at % 64)) != 0
    }

    fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(own, other)| own & !other).collect())
    }

    fn in_both(&self, other: &Self) -> u32 {
        self.0.iter().zip(&other.0).map(|(own, other)| (own & other).count_ones()).sum()
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(own, other)| own & !other == 0)
    }

    fn places(&self) -> impl Iterator<Item = usize> {
        (0..self.0.len() * 64).filter(|at| self.has(*at))
    }
}

/// Sets and items that matter: a set that holds another is met with that, and an item is not needed where another is in
/// the same sets and costs no more.
struct Problem {
    items: Vec<u32>,
    costs: Vec<u32>,
    /// By item: the sets that it is in.
    within: Vec<Bits>,
    /// By set: its items.
    sets: Vec<Vec<usize>>,
}

impl Problem {
    fn of(sets: &[BTreeSet<u32>], cost: &dyn Fn(u32) -> u32) -> Self {
        let distinct: BTreeSet<&BTreeSet<u32>> = sets.iter().collect();
        let smallest: Vec<&BTreeSet<u32>> = distinct
            .iter()
            .filter(|own| !distinct.iter().any(|other| *other != **own && other.is_subset(own)))
            .copied()
            .collect();
        let mut within: BTreeMap<u32, Bits> = BTreeMap::new();
        for (at, set) in smallest.iter().enumerate() {
            for item in *set {
                within.entry(*item).or_insert_with(|| Bits::none(smallest.len())).set(at);
            }
        }
        let is_beaten = |item: u32, own: &Bits| {
            within.iter().any(|(other, all)| {
                let better = (cost(*other), *other) < (cost(item), item);
                *other != item && own.is_within(all) && cost(*other) <= cost(item) && (own != all || better)
            })
        };
        let kept: Vec<(u32, Bits)> = within
            .iter()
            .filter(|(item, own)| !is_beaten(**item, own))
            .map(|(item, own)| (*item, own.clone()))
            .collect();
        let mut problem = Self {
            items: Vec::new(),
            costs: Vec::new(),
            within: Vec::new(),
            sets: vec![Vec::new(); smallest.len()],
        };
        for (at, (item, own)) in kept.into_iter().enumerate() {
            own.places().for_each(|set| problem.sets[set].push(at));
            problem.costs.push(cost(item));
            problem.items.push(item);
            problem.within.push(own);
        }
        problem
    }

    fn cost(&self, chosen: &[usize]) -> u32 {
        chosen.iter().map(|at| self.costs[*at]).sum()
    }

    /// Always the item that meets the most sets for its cost; what turns out not to be needed is left out again.
    fn greedy(&self, open: &Bits) -> Vec<usize> {
        let mut open = open.clone();
        let mut chosen = Vec::new();
        while !open.is_empty() {
            let value = |at: usize| u64::from(self.within[at].in_both(&open));
            let best = (0..self.items.len()).filter(|at| value(*at) > 0).max_by(|one, other| {
                let (one_costs, other_costs) = (u64::from(self.costs[*one]), u64::from(self.costs[*other]));
                (value(*one) * other_costs, other).cmp(&(value(*other) * one_costs, one))
            });
            let Some(best) = best else { break };
            open = open.without(&self.within[best]);
            chosen.push(best);
        }
        let mut at = chosen.len();
        while at > 0 {
            at -= 1;
            let others = chosen.iter().enumerate().filter(|(other, _)| *other != at);
            let mut left = Bits::all(self.sets.len());
            others.for_each(|(_, other)| left = left.without(&self.within[*other]));
            if left.is_empty() {
                chosen.remove(at);
            }
        }
        chosen
    }

    /// What some sets cost at least: sets that share no item that may be chosen, the cheapest item of each.
    fn bound(&self, open: &Bits, may: &[bool]) -> u32 {
        let mut taken = Bits::none(self.items.len());
        let mut sum = 0;
        let mut sets: Vec<usize> = open.places().filter(|at| *at < self.sets.len()).collect();
        sets.sort_by_key(|set| (self.sets[*set].len(), *set));
        for set in sets {
            let items = || self.sets[set].iter().copied().filter(|item| may[*item]);
            if items().any(|item| taken.has(item)) {
                continue;
            }
            items().for_each(|item| taken.set(item));
            // A set with no item left cannot be met.
            let Some(least) = items().map(|item| self.costs[item]).min() else { return u32::MAX };
            sum += least;
        }
        sum
    }
}

struct Search<'p> {
    problem: &'p Problem,
    best: u32,
    found: Option<Vec<usize>>,
    left: usize,
}

impl Search<'_> {
    fn branch(&mut self, open: &Bits, cost: u32, chosen: &mut Vec<usize>, may: &mut Vec<bool>) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        if open.is_empty() {
            if cost < self.best {
                self.best = cost;
                self.found = Some(chosen.clone());
            }
            return;
        }
        if cost.saturating_add(self.problem.bound(open, may)) >= self.best {
            return;
        }
        let problem = self.problem;
        let choices = |set: usize| problem.sets[set].iter().copied().filter(|item| may[*item]).count();
        let Some(set) = open.places().min_by_key(|set| (choices(*set), *set)) else { return };
        let mut items: Vec<usize> = problem.sets[set].iter().copied().filter(|item| may[*item]).collect();
        items.sort_by_key(|item| {
            (std::cmp::Reverse(problem.within[*item].in_both(open)), problem.costs[*item], *item)
        });
        for &item in &items {
            chosen.push(item);
            self.branch(&open.without(&problem.within[item]), cost + problem.costs[item], chosen, may);
            chosen.pop();
            // What follows does without it.
            may[item] = false;
        }
        items.iter().for_each(|item| may[*item] = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every choice there is.
    fn naive(sets: &[BTreeSet<u32>], cost: &dyn Fn(u32) -> u32) -> u32 {
        let items: Vec<u32> = sets.iter().flatten().copied().collect::<BTreeSet<u32>>().into_iter().collect();
        let chosen = |mask: u32| items.iter().enumerate().filter(move |(at, _)| mask & (1 << at) != 0);
        let meets = |mask: u32| {
            let own: BTreeSet<u32> = chosen(mask).map(|(_, item)| *item).collect();
            sets.iter().all(|set| !set.is_disjoint(&own))
        };
        let all = (0..1u32 << items.len()).filter(|mask| meets(*mask));
        all.map(|mask| chosen(mask).map(|(_, item)| cost(*item)).sum()).min().unwrap()
    }

    #[test]
    fn it_is_what_trying_everything_finds() {
        let mut seed = 7u64;
        let mut next = |bound: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % bound
        };
        let mut beats_greedy = 0;
        for round in 0..400 {
            let items = 3 + next(9);
            let count = 1 + next(10);
            let sets: Vec<BTreeSet<u32>> = (0..count)
                .map(|_| (0..1 + next(4)).map(|_| u32::try_from(next(items)).unwrap()).collect())
                .collect();
            let costs: Vec<u32> = (0..items).map(|_| 1 + u32::try_from(next(4)).unwrap()).collect();
            let cost = |item: u32| costs[item as usize];
            let found = cheapest(&sets, &cost, 100_000);
            assert_eq!(found.cost, naive(&sets, &cost), "round {round}: {sets:?}, {costs:?}");
            assert!(found.is_proven(), "round {round}");
            let own: BTreeSet<u32> = found.items.iter().copied().collect();
            assert!(sets.iter().all(|set| !set.is_disjoint(&own)), "round {round}");
            let early = cheapest(&sets, &cost, 1);
            assert!(early.at_least <= found.cost && early.cost >= found.cost, "round {round}");
            beats_greedy += usize::from(early.cost > found.cost);
        }
        assert!(beats_greedy > 0);
    }
}
