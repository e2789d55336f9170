//! The things of random clusters with edges at random between them: shapes that no cluster in a test has, as circles that
//! fall apart, goals that only conjunctions lead to, and entry points that lead nowhere.

use std::collections::BTreeSet;

use watertight_model::{KubernetesVersion, Safety};

use super::cluster::{Random, manifest};
use super::{naive_exposure, naive_score};
use crate::build::{Edge, Kind, Vertex};
use crate::examples::with_own_graph;
use crate::fixes::{Change, Fix};
use crate::graph::{AttackGraph, offsets};
use crate::measure::Measure;
use crate::shape::{Reading, number};
use crate::thing::{Goal, Thing};
use crate::weights::Weights;

/// A graph with random edges, and random fixes of it.
fn with_rewired(seed: u64, then: impl FnOnce(&AttackGraph<'_>, &[Fix])) {
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
                    let naive = naive_score(&measure, vertex.0, &BTreeSet::new(), reading);
                    assert_eq!(measure.radius(vertex, reading).score, naive, "seed {seed}");
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
    assert!(worth_something > 500 && partly > 20, "{worth_something}, {partly}");
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
