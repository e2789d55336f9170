//! The order in which hardening guides work, and what each of their steps is worth in this cluster.
//!
//! A step is all of its changes together, as one: their edges are taken away and the exposure is worked out again. What
//! counts as a change of a step is decided here, and told in `docs/blast-radius.md`. Start reading at [`rows`].

use std::collections::BTreeSet;

use watertight_facts::identities::namespace_in_policy;
use watertight_graph::thing::Thing;
use watertight_graph::{AttackGraph, Change, Fact, Fix, Reading, Score};
use watertight_model::{ObjectId, Safety};
use watertight_report::blast::plan::GuideRow;
use watertight_syntax::{Path, Segment};

use super::super::Scene;

/// A step of the guides: its candidates, and what else it takes away.
struct Step {
    name: &'static str,
    /// Its changes, by place among the candidates.
    fixes: Vec<usize>,
    /// Edges that no candidate takes away by itself, and how many changes that is.
    edges: (Vec<u32>, usize),
    note: Option<String>,
    is_priced: bool,
}

/// A row for each step, in the guides' order. `chosen` are the steps of the plan, by place among the candidates.
pub(super) fn rows(scene: &Scene<'_, '_>, fixes: &[Fix], chosen: &[usize]) -> Vec<GuideRow> {
    let steps = steps(scene, fixes);
    let whole: Vec<Fix> = steps.iter().map(|step| together(step, fixes)).collect();
    let prices = Reading::BOTH.map(|reading| scene.measure.price(&whole, reading));
    let row = |(at, step): (usize, &Step)| {
        let [flaws, direct] = &prices;
        let after =
            |prices: &watertight_graph::Prices| step.is_priced.then(|| prices.after[at].score.shown());
        let value =
            |prices: &watertight_graph::Prices| step.is_priced.then(|| Score::shown(prices.value(at)));
        GuideRow {
            number: at + 1,
            step: step.name,
            changes: step.fixes.len() + step.edges.1,
            exposure: after(flaws),
            exposure_direct: after(direct),
            value: value(flaws),
            value_direct: value(direct),
            plan_step: chosen.iter().position(|fix| step.fixes.contains(fix)).map(|at| at + 1),
            note: step.note.clone(),
        }
    };
    steps.iter().enumerate().map(row).collect()
}

/// All changes of a step as one.
fn together(step: &Step, fixes: &[Fix]) -> Fix {
    let own = step.fixes.iter().flat_map(|fix| &fixes[*fix].edges).chain(&step.edges.0);
    let edges: BTreeSet<u32> = own.copied().collect();
    // Only its edges are asked for.
    let change = Change::Isolate(String::new());
    let effort = step.fixes.iter().map(|fix| fixes[*fix].effort).sum();
    Fix { change, safety: Safety::Review, effort, edges: edges.into_iter().collect() }
}

fn steps(scene: &Scene<'_, '_>, fixes: &[Fix]) -> Vec<Step> {
    let graph = scene.graph;
    let those = |is_of: &dyn Fn(&Change) -> bool| -> Vec<usize> {
        fixes.iter().enumerate().filter(|(_, fix)| is_of(&fix.change)).map(|(at, _)| at).collect()
    };
    let step = |name, fixes: Vec<usize>, note: Option<&str>| Step {
        name,
        fixes,
        edges: (Vec::new(), 0),
        note: note.map(str::to_owned),
        is_priced: true,
    };
    let unpriced = |name, note: &str| Step { is_priced: false, ..step(name, Vec::new(), Some(note)) };
    let production = Production::of(scene);
    let of_metadata = metadata(graph);
    let no_cloud = graph.scene.clouds.is_empty().then_some("no cloud is in view");
    vec![
        step(
            "Pod Security (baseline) on production namespaces",
            those(&|change| production.is_secured_by(scene, change)),
            production.note,
        ),
        step("default-deny network policies", those(&|change| matches!(change, Change::Isolate(_))), None),
        step(
            "no token where none is needed",
            those(&is_automount),
            Some("at most: who uses the token keeps it"),
        ),
        step(
            "RBAC audit",
            those(&|change| matches!(change, Change::Unbind(_) | Change::DropRule(..))),
            Some("at most: every rule and binding that opens something, as if nobody needed it"),
        ),
        Step { edges: of_metadata, ..step("no way to the cloud's metadata", Vec::new(), no_cloud) },
        unpriced(
            "signed images",
            "not priced: a signature keeps an image out only where admission verifies it, which is not evaluated",
        ),
        Step {
            edges: secrets(graph),
            ..step(
                "Secrets: no long-lived tokens, no rule that reads them",
                those(&|change| is_token_secret(graph, change)),
                Some(
                    "at most: who needs to read Secrets keeps the rule; encryption at rest is no matter of paths",
                ),
            )
        },
        unpriced("audit logging", "not priced: it tells what was done, and stops nothing"),
    ]
}

/// The namespaces that count as production.
struct Production {
    names: BTreeSet<String>,
    note: Option<&'static str>,
}

impl Production {
    /// Those of production; where none is known as such, all but those of the platform and of development.
    fn of(scene: &Scene<'_, '_>) -> Self {
        let graph = scene.graph;
        let settings = graph.scene.world.settings();
        let named = |is_of: &dyn Fn(&str, &std::collections::BTreeMap<String, String>) -> bool| {
            let all = graph.scene.namespaces.iter().map(|(name, own)| (graph.names.text(*name), &own.labels));
            all.filter(|(name, labels)| is_of(name, labels)).map(|(name, _)| name.to_owned()).collect()
        };
        let is_platform = |name: &str, labels: &_| settings.is_platform_labelled(name, labels);
        let names: BTreeSet<String> = named(&|name, labels| {
            !is_platform(name, labels)
                && !settings.is_development(name, labels)
                && settings.production(name, labels).is_some()
        });
        if !names.is_empty() {
            return Self { names, note: None };
        }
        let names =
            named(&|name, labels| !is_platform(name, labels) && !settings.is_development(name, labels));
        Self {
            names,
            note: Some("no namespace is known as production: all but the platform's and development's"),
        }
    }

    /// Whether a change is the label, or what has to go from a workload so that `baseline` lets it start.
    fn is_secured_by(&self, scene: &Scene<'_, '_>, change: &Change) -> bool {
        let snapshot = scene.graph.scene.world.snapshot();
        match change {
            Change::Enforce(namespace) => self.names.contains(namespace),
            Change::Field(object, path) => {
                let namespace = namespace_in_policy(&snapshot.object(*object).identity().namespace);
                self.names.contains(namespace) && is_against_baseline(path)
            }
            _ => false,
        }
    }
}

/// Whether Pod Security's `baseline` looks at a field that opens something. Of capabilities, those that open something
/// and are not the runtime's own are none that it lets be added.
///
/// Upstream: "Pod Security Standards" of Kubernetes' pages.
fn is_against_baseline(path: &Path) -> bool {
    let keys: Vec<&str> = path
        .segments()
        .iter()
        .filter_map(|segment| match segment {
            Segment::Key(key) => Some(key.as_ref()),
            Segment::Index(_) => None,
        })
        .collect();
    matches!(
        keys.as_slice(),
        [.., "privileged" | "hostPID" | "hostIPC" | "hostNetwork" | "hostProcess" | "procMount" | "hostPath"]
            | [.., "capabilities", "add"]
    )
}

fn is_automount(change: &Change) -> bool {
    let Change::Field(_, path) = change else { return false };
    matches!(path.segments().last(), Some(Segment::Key(key)) if key == "automountServiceAccountToken")
}

/// The edges that lead from a process to the cloud's metadata, and how many workloads that is.
fn metadata(graph: &AttackGraph<'_>) -> (Vec<u32>, usize) {
    let is_of =
        |edge: &watertight_graph::Edge| graph.entry(edge.kind).is_some_and(|entry| entry.id == "metadata");
    let found = (0u32..).zip(&graph.edges).filter(|(_, edge)| is_of(edge));
    let (edges, from): (Vec<u32>, BTreeSet<_>) = found.map(|(at, edge)| (at, edge.from)).unzip();
    (edges, from.len())
}

/// The edges by which rules that somebody wrote give the right to read Secrets, and how many rules that is.
fn secrets(graph: &AttackGraph<'_>) -> (Vec<u32>, usize) {
    let policy = graph.scene.world.identities().policy();
    let snapshot = graph.scene.world.snapshot();
    let reads = |edge: &watertight_graph::Edge| match graph.thing(edge.to) {
        Thing::Power(need, ..) => {
            let need = &graph.needs[usize::from(need)];
            need.group.is_empty()
                && need.resource == "secrets"
                && matches!(need.verb, "get" | "list" | "watch")
        }
        _ => false,
    };
    let mut rules = BTreeSet::new();
    let mut edges = Vec::new();
    for (at, edge) in (0u32..).zip(&graph.edges).filter(|(_, edge)| reads(edge)) {
        let facts = &graph.evidence[edge.evidence as usize].facts;
        let written = facts.iter().filter_map(|fact| match &graph.facts[*fact as usize] {
            Fact::Rule(role, rule) => {
                let object = ObjectId(policy.role(*role).tag());
                (!snapshot.object(object).is_implied()).then_some((*role, *rule))
            }
            _ => None,
        });
        let written: Vec<_> = written.collect();
        if !written.is_empty() {
            edges.push(at);
        }
        rules.extend(written);
    }
    (edges, rules.len())
}

/// Whether a change removes a Secret that holds a token.
fn is_token_secret(graph: &AttackGraph<'_>, change: &Change) -> bool {
    let Change::Remove(object) = change else { return false };
    &*graph.scene.world.snapshot().object(*object).identity().kind == "Secret"
}
