//! The order of the hardening guides, and what each of their steps is worth in this cluster.
//!
//! The order is that of the NSA/CISA Kubernetes Hardening Guide and of the CIS Benchmark, as most teams work through
//! them. Each step is priced as the edges that all of its changes together take away.

use std::collections::BTreeSet;

use watertight_graph::{Change, Fix, Measure, Reading, Score};
use watertight_model::Safety;
use watertight_report::blast::plan::GuideRow;

use super::Scene;

/// A step of the guides.
struct Step {
    name: &'static str,
    changes: Changes,
    note: Option<&'static str>,
}

/// What a step takes away.
enum Changes {
    /// Whatever some of the candidates do.
    Candidates(fn(&Scene<'_, '_>, &Fix) -> bool),
    /// Edges of some entries of the catalogue, which no candidate takes away.
    Edges(&'static [&'static str]),
    /// No way.
    None,
}

const STEPS: [Step; 8] = [
    Step {
        name: "Pod Security in production namespaces",
        changes: Changes::Candidates(|scene, fix| match &fix.change {
            Change::Enforce(namespace) => is_production(scene, namespace),
            _ => false,
        }),
        note: None,
    },
    Step {
        name: "default-deny network policies",
        changes: Changes::Candidates(|_, fix| matches!(fix.change, Change::Isolate(_))),
        note: Some("at most: what has to be let through stays"),
    },
    Step {
        name: "service account tokens not mounted",
        changes: Changes::Candidates(|_, fix| match &fix.change {
            Change::Field(_, path) => path.to_string().ends_with("automountServiceAccountToken"),
            _ => false,
        }),
        note: Some("at most: who asks the API server needs one"),
    },
    Step {
        name: "RBAC audit",
        changes: Changes::Candidates(|_, fix| matches!(fix.change, Change::Unbind(_) | Change::DropRule(..))),
        note: Some("at most: what is used stays"),
    },
    Step { name: "instance metadata closed", changes: Changes::Edges(&["metadata"]), note: None },
    Step {
        name: "image signatures verified",
        changes: Changes::Edges(&["image-pull", "registry-push"]),
        note: None,
    },
    Step {
        name: "Secrets out of pods",
        changes: Changes::Edges(&["token-secret", "secret-read", "pull-secret"]),
        note: Some("at most: what is used stays"),
    },
    Step {
        name: "audit logging",
        changes: Changes::None,
        note: Some("takes no way away: it tells who went there"),
    },
];

/// What each step is worth when everything else stays as it is.
pub fn rows(scene: &Scene<'_, '_>, fixes: &[Fix]) -> Vec<GuideRow> {
    let priced: Vec<(usize, Fix)> = STEPS.iter().map(|step| together(scene, step, fixes)).collect();
    let all: Vec<Fix> = priced.iter().map(|(_, fix)| fix.clone()).collect();
    let [flaws, direct] = Reading::BOTH.map(|reading| values(scene.measure, &all, reading));
    let rows = STEPS.iter().zip(&priced).zip(flaws.iter().zip(&direct));
    rows.map(|((step, (changes, _)), (value, value_direct))| GuideRow {
        step: step.name,
        changes: *changes,
        value: value.shown(),
        value_direct: value_direct.shown(),
        note: step.note,
    })
    .collect()
}

fn values(measure: &Measure<'_, '_>, fixes: &[Fix], reading: Reading) -> Vec<Score> {
    let prices = measure.price(fixes, reading);
    (0..fixes.len()).map(|fix| prices.value(fix)).collect()
}

/// How many changes a step is, and all of them as one.
fn together(scene: &Scene<'_, '_>, step: &Step, fixes: &[Fix]) -> (usize, Fix) {
    let graph = scene.graph;
    let mut edges: BTreeSet<u32> = BTreeSet::new();
    let mut changes = 0;
    match step.changes {
        Changes::Candidates(is_one) => {
            for fix in fixes.iter().filter(|fix| is_one(scene, fix)) {
                changes += 1;
                edges.extend(&fix.edges);
            }
        }
        Changes::Edges(ids) => {
            let is_one = |edge: &watertight_graph::Edge| {
                graph.entry(edge.kind).is_some_and(|entry| ids.contains(&entry.id))
            };
            let own = (0u32..).zip(&graph.edges).filter(|(_, edge)| is_one(edge));
            // One place that is changed for each thing that the edges come from.
            let mut from = BTreeSet::new();
            for (at, edge) in own {
                edges.insert(at);
                from.insert(edge.from);
            }
            changes = from.len();
        }
        Changes::None => {}
    }
    let change = Change::Enforce(String::new());
    (changes, Fix { change, safety: Safety::Review, effort: 1, edges: edges.into_iter().collect() })
}

fn is_production(scene: &Scene<'_, '_>, namespace: &str) -> bool {
    let world = scene.graph.scene.world;
    let object = scene.graph.namespace_object(namespace);
    let labels = object.and_then(|own| world.namespace_facts(own)).map(|facts| facts.labels.clone());
    world.settings().production(namespace, &labels.unwrap_or_default()).is_some()
}
