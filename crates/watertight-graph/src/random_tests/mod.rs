//! Random clusters: everything that is worked out fast is what a naive fixpoint says.

mod cluster;
mod optimum;
mod rewired;

use std::collections::{BTreeMap, BTreeSet};

use crate::build::Vertex;
use crate::examples::with_graph;
use crate::graph::AttackGraph;
use crate::measure::{Exposure, Measure, Score};
use crate::shape::{Reading, number};
use crate::thing::{Goal, Thing};
use crate::weights::Weights;

/// Everything that follows from a vertex, edge by edge, until nothing changes.
fn naive(graph: &AttackGraph<'_>, from: u32, gone: &BTreeSet<u32>, reading: Reading) -> BTreeSet<u32> {
    let mut reached: BTreeSet<u32> = [from].into();
    loop {
        let before = reached.len();
        for (at, edge) in graph.edges.iter().enumerate() {
            let counts = reading == Reading::Flaws || !graph.needs_flaw(edge.kind);
            if counts && !gone.contains(&number(at)) && reached.contains(&edge.from.0) {
                reached.insert(edge.to.0);
            }
        }
        for (premises, to) in &graph.both {
            if premises.iter().all(|own| reached.contains(&own.0)) {
                reached.insert(to.0);
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}

/// The score of a vertex by [`naive`].
fn naive_score(measure: &Measure<'_, '_>, vertex: u32, gone: &BTreeSet<u32>, reading: Reading) -> Score {
    let graph = measure.graph;
    let mut reached = naive(graph, vertex, gone, reading);
    if reached.contains(&graph.vertex(Thing::Goal(Goal::ClusterAdmin)).unwrap().0) {
        return Score::ALL;
    }
    reached.remove(&vertex);
    if let Thing::Workload(place) = graph.thing(Vertex(vertex)) {
        for twin in measure.twins.of(place) {
            measure.parts(*twin).for_each(|part| {
                reached.remove(&part);
            });
        }
    }
    let worth: u64 = reached.iter().map(|own| measure.values.of(*own)).sum();
    Score(u32::try_from(u128::from(worth) * 1_000_000 / u128::from(measure.total)).unwrap())
}

fn entries(measure: &Measure<'_, '_>) -> BTreeSet<u32> {
    measure.entries.classes.iter().flatten().map(|entry| entry.vertex.0).collect()
}

/// The exposure by [`naive`].
fn naive_exposure(measure: &Measure<'_, '_>, gone: &BTreeSet<u32>, reading: Reading) -> Exposure {
    let scores: BTreeMap<u32, Score> =
        entries(measure).into_iter().map(|own| (own, naive_score(measure, own, gone, reading))).collect();
    let weighed = measure.entries.classes.each_ref().map(|entries| {
        entries.iter().map(|entry| entry.likelihood * u64::from(scores[&entry.vertex.0].0)).sum()
    });
    measure.mean(weighed)
}

#[test]
fn radii_are_those_of_a_naive_fixpoint() {
    for seed in 0..25 {
        with_graph(&cluster::manifest(seed), |graph| {
            let measure = Measure::of(graph, Weights::default());
            for reading in Reading::BOTH {
                for vertex in measure.things() {
                    let naive = naive_score(&measure, vertex.0, &BTreeSet::new(), reading);
                    let fast = measure.radius(vertex, reading).score;
                    assert_eq!(fast, naive, "seed {seed}, {}", graph.label(graph.thing(vertex)));
                    let reached: BTreeSet<u32> =
                        measure.reached(&[vertex], reading).iter().map(|own| own.0).collect();
                    let all = self::naive(graph, vertex.0, &BTreeSet::new(), reading);
                    assert!(reached == all || fast == Score::ALL, "seed {seed}");
                }
            }
        });
    }
}

#[test]
fn a_fix_is_worth_the_difference_of_two_full_runs() {
    let mut priced = 0;
    for seed in 0..12 {
        with_graph(&cluster::manifest(seed), |graph| {
            let measure = Measure::of(graph, Weights::default());
            let fixes = graph.fixes();
            assert!(fixes.len() > 10, "seed {seed}: {}", fixes.len());
            priced += fixes.len();
            for reading in Reading::BOTH {
                let prices = measure.price(&fixes, reading);
                for (fix, after) in fixes.iter().zip(&prices.after) {
                    let gone: BTreeSet<u32> = fix.edges.iter().copied().collect();
                    let naive = naive_exposure(&measure, &gone, reading);
                    assert_eq!(*after, naive, "seed {seed}, {reading:?}, {:?}", fix.change);
                    assert!(after.score <= prices.before.score, "a fix makes nothing worse");
                }
            }
        });
    }
    assert!(priced > 300, "{priced}");
}

#[test]
fn the_order_of_documents_does_not_matter() {
    for seed in 0..6 {
        let yaml = cluster::manifest(seed);
        let mut documents: Vec<&str> = yaml.split("---\n").collect();
        documents.reverse();
        let told = |yaml: &str| {
            with_graph(yaml, |graph| {
                let measure = Measure::of(graph, Weights::default());
                let radii: BTreeMap<String, (Score, Score)> = measure
                    .things()
                    .into_iter()
                    .map(|own| {
                        let of = |reading| measure.radius(own, reading).score;
                        (graph.label(graph.thing(own)), (of(Reading::Flaws), of(Reading::Direct)))
                    })
                    .collect();
                (graph.listing(), radii, measure.exposure(Reading::Flaws))
            })
        };
        assert_eq!(told(&yaml), told(&documents.join("---\n")), "seed {seed}");
    }
}

#[test]
fn another_grant_shrinks_nothing() {
    const MORE: &str = "\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: more}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}\nsubjects: [{kind: ServiceAccount, name: s0, namespace: n0}]\n";
    let reached = |yaml: &str| -> BTreeMap<String, BTreeSet<String>> {
        with_graph(yaml, |graph| {
            let measure = Measure::of(graph, Weights::default());
            let of = |vertex| {
                let all = measure.reached(&[vertex], Reading::Flaws).into_iter();
                let named = all.map(|own| graph.thing(own)).filter(|own| own.is_named());
                named.map(|own| graph.label(own)).collect()
            };
            measure.things().into_iter().map(|own| (graph.label(graph.thing(own)), of(own))).collect()
        })
    };
    for seed in 0..6 {
        let yaml = cluster::manifest(seed);
        let (before, after) = (reached(&yaml), reached(&(yaml.clone() + MORE)));
        for (thing, all) in before {
            assert!(after[&thing].is_superset(&all), "seed {seed}, {thing}");
        }
    }
}

#[test]
fn equal_workloads_count_as_one_and_a_harmless_one_raises_nothing() {
    const HARMLESS: &str = "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: alone, labels: {pod-security.kubernetes.io/enforce: restricted}}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: alone}\nspec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: calm, namespace: alone}\nspec:\n  selector: {matchLabels: {app: calm}}\n  template:\n    metadata: {labels: {app: calm}}\n    spec:\n      automountServiceAccountToken: false\n      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}\n      containers:\n      - name: calm\n        image: registry.example.com/calm@sha256:0123456789012345678901234567890123456789012345678901234567890123\n        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}\n";
    let exposure = |yaml: &str| {
        with_graph(yaml, |graph| {
            let measure = Measure::of(graph, Weights::default());
            Reading::BOTH.map(|reading| measure.exposure(reading).score)
        })
    };
    for seed in 0..20 {
        let yaml = cluster::manifest(seed);
        let before = exposure(&yaml);
        let with = exposure(&(yaml.clone() + HARMLESS));
        assert!(with[0] <= before[0] && with[1] <= before[1], "seed {seed}: {before:?}, {with:?}");
        let twin = exposure(&cluster::with_a_twin(seed));
        assert!(twin[0] <= before[0] && twin[1] <= before[1], "twin, seed {seed}: {before:?}, {twin:?}");
    }
}
