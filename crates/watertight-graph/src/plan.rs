//! The shortest list of changes that buys the most: greedy by value per effort, priced again after every step.
//!
//! Gains are not submodular: a fix may be worth nothing alone and much after another, so that a stale price bounds
//! nothing, and everything is priced again after each step. Fixes that only help together are found as the cheapest cuts
//! of each goal from where attacks begin: such a bundle is a candidate as any fix is. The order is a heuristic;
//! `docs/blast-radius.md` says how far from the best it was on small graphs.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::build::Vertex;
use crate::fixes::Fix;
use crate::measure::{Exposure, Measure};
use crate::price::Standing;
use crate::shape::Reading;
use crate::thing::{Goal, Thing};

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanStep {
    /// The fix, by place among the candidates.
    pub fix: usize,
    /// The exposure after it, with flaws and without.
    pub after: [Exposure; 2],
    /// The goal that it cuts off, together with the steps beside it that say the same.
    pub cuts: Option<Goal>,
}

/// Fixes that cut a goal off together.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bundle {
    goal: Goal,
    fixes: Vec<usize>,
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
        let standing: [Standing; 2] = Reading::BOTH.map(|reading| self.standing(reading));
        let exposure = Reading::BOTH.map(|reading| self.exposure(reading));
        let before = exposure.clone();
        let alone = self.priced(&standing, fixes);
        let bundles = if steps > 1 { self.bundles(fixes) } else { Vec::new() };
        let mut planning = Planning {
            measure: self,
            fixes,
            standing,
            exposure,
            chosen: BTreeSet::new(),
            steps: Vec::new(),
            most: steps,
            left: budget.unwrap_or(u32::MAX),
        };
        let mut priced = alone.clone();
        while planning.steps.len() < steps {
            let one = planning.best(&priced);
            let several = planning.best_bundle(&bundles);
            match (one, several) {
                (one, Some((offer, bundle))) if one.as_ref().is_none_or(|(own, _)| offer.beats(own)) => {
                    planning.take_bundle(&bundles[bundle]);
                }
                (Some((_, fix)), _) => planning.take(fix, priced[fix].clone(), None),
                (None, _) => break,
            }
            if planning.steps.len() < steps {
                priced = self.priced(&planning.standing, fixes);
            }
        }
        Plan { before, steps: planning.steps, alone }
    }

    /// By fix: the exposure after it, in both readings.
    fn priced(&self, standing: &[Standing; 2], fixes: &[Fix]) -> Vec<[Exposure; 2]> {
        let [flaws, direct] = standing.each_ref().map(|own| self.price_from(own, fixes));
        flaws.into_iter().zip(direct).map(|(one, other)| [one, other]).collect()
    }

    /// The cheapest cuts of each goal from where attacks begin, in both readings.
    fn bundles(&self, fixes: &[Fix]) -> Vec<Bundle> {
        let from: Vec<Vertex> = self.entry_vertices().into_iter().map(Vertex).collect();
        let mut found: Vec<Bundle> = Vec::new();
        for goal in Goal::ALL {
            let to = self.graph.meant_as_target(Thing::Goal(goal));
            for reading in Reading::BOTH {
                let cut = self.cut(&from, &to, fixes, reading).fixes;
                if cut.len() > 1 && !found.iter().any(|own| own.fixes == cut) {
                    found.push(Bundle { goal, fixes: cut });
                }
            }
        }
        found
    }
}

/// What something is worth, and what it costs.
#[derive(Debug, Clone, Copy)]
struct Offer {
    gain: u64,
    effort: u32,
}

impl Offer {
    /// Whether it is the better choice: by value per effort, of equals what is worth more.
    fn beats(self, other: &Self) -> bool {
        let own = (self.gain * u64::from(other.effort), self.gain);
        own > (other.gain * u64::from(self.effort), other.gain)
    }
}

/// A plan while it is made.
struct Planning<'a, 'g, 'w> {
    measure: &'a Measure<'g, 'w>,
    fixes: &'a [Fix],
    standing: [Standing; 2],
    exposure: [Exposure; 2],
    chosen: BTreeSet<usize>,
    steps: Vec<PlanStep>,
    most: usize,
    left: u32,
}

impl Planning<'_, '_, '_> {
    /// The best single fix, of equals the first.
    fn best(&self, priced: &[[Exposure; 2]]) -> Option<(Offer, usize)> {
        let mut best: Option<(Offer, usize)> = None;
        for (at, fix) in self.fixes.iter().enumerate() {
            let gain = gain(&self.exposure, &priced[at]);
            if gain == 0 || fix.effort > self.left || self.chosen.contains(&at) {
                continue;
            }
            let offer = Offer { gain, effort: fix.effort };
            if best.as_ref().is_none_or(|(own, _)| offer.beats(own)) {
                best = Some((offer, at));
            }
        }
        best
    }

    /// The best of some bundles, as far as they are not chosen yet and there is room for all of it.
    fn best_bundle(&self, bundles: &[Bundle]) -> Option<(Offer, usize)> {
        let open = |bundle: &Bundle| -> Vec<usize> {
            bundle.fixes.iter().copied().filter(|fix| !self.chosen.contains(fix)).collect()
        };
        let fits = |fixes: &[usize]| {
            let effort: u32 = fixes.iter().map(|fix| self.fixes[*fix].effort).sum();
            fixes.len() > 1 && fixes.len() <= self.most - self.steps.len() && effort <= self.left
        };
        let all: Vec<(usize, Fix)> = bundles
            .iter()
            .enumerate()
            .map(|(at, bundle)| (at, open(bundle)))
            .filter(|(_, fixes)| fits(fixes))
            .map(|(at, fixes)| (at, self.together(&fixes)))
            .collect();
        let together: Vec<Fix> = all.iter().map(|(_, fix)| fix.clone()).collect();
        let priced = self.measure.priced(&self.standing, &together);
        let mut best: Option<(Offer, usize)> = None;
        for ((at, fix), after) in all.iter().zip(&priced) {
            let offer = Offer { gain: gain(&self.exposure, after), effort: fix.effort };
            if offer.gain > 0 && best.as_ref().is_none_or(|(own, _)| offer.beats(own)) {
                best = Some((offer, *at));
            }
        }
        best
    }

    /// Several fixes as one.
    fn together(&self, fixes: &[usize]) -> Fix {
        let all = || fixes.iter().map(|fix| &self.fixes[*fix]);
        let edges: BTreeSet<u32> = all().flat_map(|fix| fix.edges.iter().copied()).collect();
        Fix {
            effort: all().map(|fix| fix.effort).sum(),
            edges: edges.into_iter().collect(),
            ..self.fixes[fixes[0]].clone()
        }
    }

    /// Takes what is open of a bundle, always what is worth the most next.
    fn take_bundle(&mut self, bundle: &Bundle) {
        let mut open: Vec<usize> =
            bundle.fixes.iter().copied().filter(|fix| !self.chosen.contains(fix)).collect();
        while !open.is_empty() {
            let some: Vec<Fix> = open.iter().map(|fix| self.fixes[*fix].clone()).collect();
            let priced = self.measure.priced(&self.standing, &some);
            let value = |at: &usize| gain(&self.exposure, &priced[*at]);
            let Some(at) = (0..open.len()).max_by_key(|at| (value(at), std::cmp::Reverse(*at))) else {
                return;
            };
            self.take(open.remove(at), priced[at].clone(), Some(bundle.goal));
        }
    }

    fn take(&mut self, fix: usize, after: [Exposure; 2], cuts: Option<Goal>) {
        let own = &self.fixes[fix];
        for standing in &mut self.standing {
            let moved = self.measure.moved(standing, std::slice::from_ref(own));
            standing.shape = Arc::new(standing.shape.without(&own.edges));
            for (_, own) in moved {
                standing.scores[own.entry as usize] = own.score;
                standing.worth[own.entry as usize] = own.worth;
            }
        }
        self.chosen.insert(fix);
        self.left = self.left.saturating_sub(own.effort);
        self.exposure.clone_from(&after);
        self.steps.push(PlanStep { fix, after, cuts });
    }
}

/// How much a fix takes away in both readings together, in millionths.
fn gain(before: &[Exposure; 2], after: &[Exposure; 2]) -> u64 {
    let of = |at: usize| u64::from(before[at].score.0.saturating_sub(after[at].score.0));
    of(0) + of(1)
}

#[cfg(test)]
mod tests {
    use crate::examples::with_graph;
    use crate::measure::Measure;
    use crate::thing::Goal;
    use crate::weights::Weights;

    /// An account with everything by two bindings, and a pod that runs as it.
    const TWICE: &str = "apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {serviceAccountName: op, containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: op, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: one}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: op, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: two}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: op, namespace: shop}]
";

    #[test]
    fn what_only_helps_together_is_found() {
        with_graph(TWICE, |graph| {
            let measure = Measure::of(graph, Weights::default());
            let bindings: Vec<_> = graph
                .fixes()
                .into_iter()
                .filter(|fix| matches!(fix.change, crate::fixes::Change::Unbind(_)))
                .collect();
            assert_eq!(bindings.len(), 2);
            let plan = measure.plan(&bindings, 5, None);
            assert!(
                plan.alone.iter().all(|after| after[0].score == plan.before[0].score),
                "each alone is worth nothing"
            );
            let cuts: Vec<_> = plan.steps.iter().map(|step| step.cuts).collect();
            assert_eq!(cuts, [Some(Goal::ClusterAdmin); 2]);
            assert!(plan.steps[1].after[0].score < plan.before[0].score);
            // There is no room for both.
            assert_eq!(measure.plan(&bindings, 1, None).steps, []);
            assert_eq!(measure.plan(&bindings, 5, Some(bindings[0].effort)).steps, []);
        });
    }
}
