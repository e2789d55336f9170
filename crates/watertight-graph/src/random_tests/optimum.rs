//! How far a plan is from the best there is, where every choice can be tried.

use std::collections::BTreeSet;

use super::cluster::{Random, manifest};
use super::rewired::with_rewired;
use crate::examples::with_graph;
use crate::fixes::Fix;
use crate::graph::AttackGraph;
use crate::measure::{Exposure, Measure};
use crate::shape::Reading;
use crate::weights::Weights;

/// So many candidates, and so much effort.
const FIXES: usize = 10;
const BUDGET: u32 = 6;

/// What a plan takes away, and what the best choice within the same effort does.
fn compared(graph: &AttackGraph<'_>, fixes: &[Fix]) -> (u64, u64) {
    let measure = Measure::of(graph, Weights::default());
    let before = Reading::BOTH.map(|reading| measure.exposure(reading).score.0);
    let gain = |after: [&Exposure; 2]| -> u64 {
        before.iter().zip(after).map(|(before, after)| u64::from(before - after.score.0)).sum()
    };
    let masks = 0..1usize << fixes.len();
    let chosen = |mask: usize| fixes.iter().enumerate().filter(move |(at, _)| mask & (1 << at) != 0);
    let choices: Vec<Fix> = masks
        .filter(|mask| chosen(*mask).map(|(_, fix)| fix.effort).sum::<u32>() <= BUDGET)
        .map(|mask| {
            let edges: BTreeSet<u32> = chosen(mask).flat_map(|(_, fix)| fix.edges.iter().copied()).collect();
            Fix { edges: edges.into_iter().collect(), ..fixes[0].clone() }
        })
        .collect();
    let [flaws, direct] = Reading::BOTH.map(|reading| measure.price(&choices, reading).after);
    let best = flaws.iter().zip(&direct).map(|(one, other)| gain([one, other])).max().unwrap();
    let plan = measure.plan(fixes, FIXES, Some(BUDGET));
    let own = plan.steps.last().map_or(0, |step| gain([&step.after[0], &step.after[1]]));
    (own, best)
}

/// Told by `docs/blast-radius.md`.
#[test]
fn a_plan_is_near_the_optimum() {
    let mut ratios: Vec<f64> = Vec::new();
    let mut compare = |graph: &AttackGraph<'_>, fixes: &[Fix]| {
        let (own, best) = compared(graph, fixes);
        assert!(own <= best, "{own}, {best}");
        if best > 0 {
            ratios.push(own as f64 / best as f64);
        }
    };
    for seed in 0..60 {
        with_graph(&manifest(seed), |graph| {
            let mut random = Random(seed);
            let mut fixes = graph.fixes();
            while fixes.len() > FIXES {
                fixes.remove(usize::try_from(random.below(fixes.len() as u64)).unwrap());
            }
            compare(graph, &fixes);
        });
        with_rewired(600 + seed, |graph, fixes| compare(graph, &fixes[..FIXES]));
    }
    ratios.sort_by(f64::total_cmp);
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    let exact = ratios.iter().filter(|ratio| **ratio >= 1.0).count();
    println!(
        "{} graphs: the optimum in {exact}, {:.1} % of it on average, {:.1} % at worst",
        ratios.len(),
        100.0 * mean,
        100.0 * ratios[0]
    );
    assert!(ratios.len() > 60 && mean > 0.95 && ratios[0] > 0.4, "{mean}, {ratios:?}");
}
