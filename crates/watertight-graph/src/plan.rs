//! The shortest list of changes that buys the most: greedy by value per effort, priced again after every step.
//!
//! Gains are not submodular: a fix may be worth nothing alone and much after another, so that a stale price bounds
//! nothing. Whatever shares an entry point with the last step is priced again. The order is a heuristic;
//! `docs/blast-radius.md` says how far from the best it was on small graphs.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::fixes::Fix;
use crate::measure::{Exposure, Measure};
use crate::price::Standing;
use crate::shape::Reading;

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanStep {
    /// The fix, by place among the candidates.
    pub fix: usize,
    /// The exposure after it, with flaws and without.
    pub after: [Exposure; 2],
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The exposure before, with flaws and without.
    pub before: [Exposure; 2],
    /// Its steps, in order.
    pub steps: Vec<PlanStep>,
    /// By candidate: the exposure after it alone, with flaws and without.
    pub alone: Vec<[Exposure; 2]>,
}

impl Measure<'_, '_> {
    /// Chooses up to `steps` of some fixes, as long as each is worth something and the effort of all stays within
    /// `budget`.
    #[must_use]
    pub fn plan(&self, fixes: &[Fix], steps: usize, budget: Option<u32>) -> Plan {
        let mut standing: [Standing; 2] = Reading::BOTH.map(|reading| self.standing(reading));
        let mut exposure = Reading::BOTH.map(|reading| self.exposure(reading));
        let before = exposure.clone();
        let all: Vec<usize> = (0..fixes.len()).collect();
        let mut priced: Vec<[Exposure; 2]> = self.priced(&standing, fixes, &all);
        let alone = priced.clone();
        let mut left = budget.unwrap_or(u32::MAX);
        let mut chosen: BTreeSet<usize> = BTreeSet::new();
        let mut told = Vec::new();
        while told.len() < steps {
            let best = (0..fixes.len())
                .filter(|fix| !chosen.contains(fix) && fixes[*fix].effort <= left)
                .map(|fix| (gain(&exposure, &priced[fix]), fix))
                .filter(|(gain, _)| *gain > 0)
                .max_by(|(one, a), (other, b)| {
                    let (one_effort, other_effort) =
                        (u64::from(fixes[*a].effort), u64::from(fixes[*b].effort));
                    // By value per effort; of equals the one that is worth more, and then the first.
                    (one * other_effort, one, b).cmp(&(other * one_effort, other, a))
                });
            let Some((_, best)) = best else { break };
            chosen.insert(best);
            left -= fixes[best].effort;
            exposure = priced[best].clone();
            for standing in &mut standing {
                let moved = self.moved(standing, std::slice::from_ref(&fixes[best]));
                standing.shape = Arc::new(standing.shape.without(&fixes[best].edges));
                for (_, own) in moved {
                    standing.scores[own.entry as usize] = own.score;
                    standing.worth[own.entry as usize] = own.worth;
                }
            }
            told.push(PlanStep { fix: best, after: exposure.clone() });
            if told.len() < steps {
                let open: Vec<usize> = (0..fixes.len()).filter(|fix| !chosen.contains(fix)).collect();
                for (fix, own) in open.iter().zip(self.priced(&standing, fixes, &open)) {
                    priced[*fix] = own;
                }
            }
        }
        Plan { before, steps: told, alone }
    }

    fn priced(&self, standing: &[Standing; 2], fixes: &[Fix], which: &[usize]) -> Vec<[Exposure; 2]> {
        let some: Vec<Fix> = which.iter().map(|fix| fixes[*fix].clone()).collect();
        let [flaws, direct] = standing.each_ref().map(|own| self.price_from(own, &some));
        flaws.into_iter().zip(direct).map(|(one, other)| [one, other]).collect()
    }
}

/// How much a fix takes away in both readings together, in millionths.
fn gain(before: &[Exposure; 2], after: &[Exposure; 2]) -> u64 {
    let of = |at: usize| u64::from(before[at].score.0.saturating_sub(after[at].score.0));
    of(0) + of(1)
}
