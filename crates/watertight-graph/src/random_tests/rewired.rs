//! The things of random clusters with edges at random between them: shapes that no cluster in a test has, as circles that
//! fall apart, goals that only conjunctions lead to, and entry points that lead nowhere.

use std::collections::BTreeSet;

use watertight_model::{KubernetesVersion, Safety};

use super::cluster::{Random, manifest};
use super::{naive, naive_exposure, naive_score};
use crate::build::{Edge, Kind, Vertex};
use crate::examples::with_own_graph;
use crate::fixes::{Change, Fix};
use crate::graph::{AttackGraph, offsets};
use crate::measure::Measure;
use crate::shape::{Reading, number};
use crate::thing::{Goal, Thing};
use crate::weights::Weights;

/// A graph with random edges, and random fixes of it.
pub(super) fn with_rewired(seed: u64, then: impl FnOnce(&AttackGraph<'_>, &[Fix])) {
    with_own_graph(KubernetesVersion::NEWEST, &manifest(seed % 9), |mut graph| {
        let mut random = Random(seed * 104_729 + 3);
        let count = graph.len() as u64;
        let admin = graph.vertex(Thing::Goal(Goal::ClusterAdmin)).unwrap();
        let density = 4 + random.below(14);
        let few_admins = random.below(2) == 0;
        let kinds = graph.catalogue.len() as u64;
        let mut edges = Vec::new();
        for _ in 0..count * density / 10 {
            let mut end = || Vertex(u32::try_from(random.below(count)).unwrap());
            let (from, to) = (end(), end());
            let kind = match random.below(3) {
                0 => Kind::entry(usize::try_from(random.below(kinds)).unwrap()),
                _ => Kind::DEFINITION,
            };
            if from != to && !(few_admins && to == admin && random.below(4) > 0) {
                edges.push(Edge { from, to, kind, evidence: 0 });
            }
        }
        edges.sort_unstable();
        edges.dedup();
        graph.begins = offsets(graph.len(), edges.iter().map(|edge| edge.from));
        let fixes: Vec<Fix> = (0..25).map(|_| fix(&edges, &mut random)).collect();
        graph.edges = edges;
        then(&graph, &fixes);
    });
}

/// Some edges, or all that arrive at, or leave, a vertex.
fn fix(edges: &[Edge], random: &mut Random) -> Fix {
    let one = edges[usize::try_from(random.below(edges.len() as u64)).unwrap()];
    let by = random.below(3);
    let mut taken: BTreeSet<u32> = BTreeSet::new();
    for (at, edge) in edges.iter().enumerate() {
        let is_taken = match by {
            0 => edge.to == one.to,
            1 => edge.from == one.from,
            _ => random.below(edges.len() as u64) < 4,
        };
        if is_taken {
            taken.insert(number(at));
        }
    }
    let change = Change::Enforce(String::new());
    Fix { change, safety: Safety::Review, effort: 1, edges: taken.into_iter().collect() }
}

#[test]
fn prices_and_radii_are_those_of_a_naive_fixpoint() {
    let (mut worth_something, mut partly) = (0, 0);
    for seed in 0..50 {
        with_rewired(seed, |graph, fixes| {
            let measure = Measure::of(graph, Weights::default());
            for reading in Reading::BOTH {
                for vertex in measure.things() {
                    let score = naive_score(&measure, vertex.0, &BTreeSet::new(), reading);
                    assert_eq!(measure.radius(vertex, reading).score, score, "seed {seed}");
                }
                let prices = measure.price(fixes, reading);
                for (at, (fix, after)) in fixes.iter().zip(&prices.after).enumerate() {
                    let gone: BTreeSet<u32> = fix.edges.iter().copied().collect();
                    let naive = naive_exposure(&measure, &gone, reading);
                    assert_eq!(*after, naive, "seed {seed}, fix {at}, {reading:?}");
                    worth_something += usize::from(*after != prices.before);
                }
                let entry = measure.entries.classes[1][0].vertex;
                let shrunk = measure.shrunk(entry, fixes, reading);
                for (fix, after) in fixes.iter().zip(shrunk) {
                    let gone: BTreeSet<u32> = fix.edges.iter().copied().collect();
                    assert_eq!(after, naive_score(&measure, entry.0, &gone, reading), "seed {seed}");
                    partly += usize::from(after != measure.radius(entry, reading).score && after.0 > 0);
                }
            }
        });
    }
    assert!(worth_something > 300 && partly > 20, "{worth_something}, {partly}");
}

#[test]
fn each_step_of_a_plan_leaves_what_a_naive_fixpoint_leaves() {
    let mut steps = 0;
    for seed in 200..240 {
        with_rewired(seed, |graph, fixes| {
            let measure = Measure::of(graph, Weights::default());
            let mut gone: BTreeSet<u32> = BTreeSet::new();
            for step in measure.plan(fixes, 5, None).steps {
                gone.extend(&fixes[step.fix].edges);
                let naive = Reading::BOTH.map(|reading| naive_exposure(&measure, &gone, reading));
                assert_eq!(step.after, naive, "seed {seed}");
                steps += 1;
            }
        });
    }
    assert!(steps > 100, "{steps}");
}

/// Those of some vertices that get to another, or to be cluster admin, by [`naive`].
fn naive_reaching(
    graph: &AttackGraph<'_>,
    from: &[Vertex],
    to: Vertex,
    gone: &BTreeSet<u32>,
) -> BTreeSet<u32> {
    let admin = graph.vertex(Thing::Goal(Goal::ClusterAdmin)).unwrap();
    let gets_there = |own: &&Vertex| {
        let reached = naive(graph, own.0, gone, Reading::Flaws);
        reached.contains(&to.0) || reached.contains(&admin.0)
    };
    from.iter().filter(gets_there).map(|own| own.0).collect()
}

#[test]
fn a_cut_is_the_cheapest_there_is() {
    const FIXES: usize = 8;
    let (mut of_several, mut given_up) = (0, 0);
    for seed in 400..450 {
        with_rewired(seed, |graph, fixes| {
            let measure = Measure::of(graph, Weights::default());
            // Nearly every edge is taken away by one of a few, or by two.
            let mut random = Random(seed);
            let mut fixes: Vec<Fix> = (1..)
                .zip(&fixes[..FIXES])
                .map(|(at, fix)| Fix { effort: 1 + at % 3, edges: Vec::new(), ..fix.clone() })
                .collect();
            for edge in 0..number(graph.edges.len()) {
                for _ in 0..random.below(7).min(2) {
                    let fix = usize::try_from(random.below(FIXES as u64)).unwrap();
                    fixes[fix].edges.push(edge);
                    fixes[fix].edges.dedup();
                }
            }
            let gone = |mask: usize| -> BTreeSet<u32> {
                let chosen = fixes.iter().enumerate().filter(|(at, _)| mask & (1 << at) != 0);
                chosen.flat_map(|(_, fix)| fix.edges.iter().copied()).collect()
            };
            let mut from: Vec<Vertex> = measure.things().into_iter().step_by(3).collect();
            // What most of them get to.
            let mut counts = vec![0; graph.len()];
            for own in &from {
                naive(graph, own.0, &BTreeSet::new(), Reading::Flaws)
                    .into_iter()
                    .for_each(|at| counts[at as usize] += 1);
            }
            let to = (0..number(graph.len())).map(Vertex).max_by_key(|own| counts[own.index()]).unwrap();
            from.retain(|own| *own != to);
            let cut = measure.cut(&from, &[to], &fixes, Reading::Flaws);
            let left: BTreeSet<u32> = cut.left.iter().map(|own| own.0).collect();
            let all = (1 << FIXES) - 1;
            assert_eq!(left, naive_reaching(graph, &from, to, &gone(all)), "seed {seed}");
            let effort = |mask: usize| -> u32 {
                (0..FIXES).filter(|at| mask & (1 << at) != 0).map(|at| fixes[at].effort).sum()
            };
            let best = (0..=all)
                .filter(|mask| naive_reaching(graph, &from, to, &gone(*mask)) == left)
                .map(effort)
                .min();
            assert_eq!((cut.effort, cut.is_minimum()), (best.unwrap(), true), "seed {seed}");
            let own = cut.fixes.iter().fold(0, |mask, at| mask | 1 << at);
            assert_eq!(naive_reaching(graph, &from, to, &gone(own)), left, "seed {seed}");
            of_several += usize::from(cut.fixes.len() > 1);
            given_up += usize::from(!left.is_empty());
        });
    }
    assert!(of_several > 10 && given_up > 2, "{of_several}, {given_up}");
}
