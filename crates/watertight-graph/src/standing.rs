//! Where objects stand on the ways from the outside to the goals: what a finding about one of them is worth.

use std::collections::{BTreeMap, HashSet};

use watertight_model::ObjectId;

use crate::build::Kind;
use crate::closure::{Closure, LANES, has};
use crate::evidence::Fact;
use crate::graph::AttackGraph;
use crate::measure::Measure;
use crate::search::Waiting;
use crate::shape::{NO_EDGE, Reading, Shape};
use crate::thing::{Goal, Thing};

/// What whoever has an object gets to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stand {
    /// Whether a way from the internet leads over it.
    pub behind: Outside,
    /// The worst goal.
    pub goal: Goal,
    /// The steps to it, from the internet where that leads over it; `None` where what is had by each of several has to
    /// be counted together.
    pub steps: Option<u32>,
}

/// Whether the internet leads to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outside {
    /// It does.
    Reaches,
    /// No way is known.
    NoWay,
}

impl Measure<'_, '_> {
    /// By object: the worst goal that is reached from it without a flaw in any software, and whether the internet leads
    /// to it, with one flaw per hop. Objects from which no goal is reached are left out: with a flaw in every neighbour
    /// everything would lead to what one of them leads to, and nothing would be said of the object.
    #[must_use]
    pub fn stands(&self) -> BTreeMap<ObjectId, Stand> {
        let shape = &*self.view(Reading::Direct).shape;
        let outer = &*self.view(Reading::Flaws).shape;
        let of_objects = vertices_of(self.graph);
        let from_outside = match self.graph.vertex(Thing::Internet) {
            Some(internet) => steps_from(self.graph, outer, internet.0),
            None => vec![None; shape.len()],
        };
        let mut found: BTreeMap<ObjectId, Stand> = BTreeMap::new();
        let mut asked: Vec<u32> = of_objects.values().flatten().copied().collect();
        asked.sort_unstable();
        asked.dedup();
        for goal in Goal::ALL {
            let ends = self.ends(&self.graph.meant_as_target(Thing::Goal(goal)));
            let to_goal = steps_to(self.graph, shape, &ends);
            let deep = self.reaching_by_conjunctions(shape, &asked, &ends, &to_goal);
            for (&object, vertices) in &of_objects {
                let stand = |vertex: &u32| {
                    let at = *vertex as usize;
                    let (behind, before) = match from_outside[at] {
                        Some(before) => (Outside::Reaches, before),
                        None => (Outside::NoWay, 0),
                    };
                    match to_goal[at] {
                        // A goal is no step away from itself, and so nothing is said of it.
                        Some(after) if before + after > 0 => {
                            Some(Stand { behind, goal, steps: Some(before + after) })
                        }
                        Some(_) => None,
                        None => deep.contains(vertex).then_some(Stand { behind, goal, steps: None }),
                    }
                };
                // The worst of its goals counts, and of the ways there the shortest from the outside.
                let best = vertices
                    .iter()
                    .filter_map(stand)
                    .min_by_key(|own| (own.behind, own.steps.is_none(), own.steps));
                if let Some(best) = best {
                    found.entry(object).or_insert(best);
                }
            }
        }
        found
    }

    /// Those of some vertices that get to any of some ends, and by no edges alone.
    fn reaching_by_conjunctions(
        &self,
        shape: &Shape,
        asked: &[u32],
        ends: &[u32],
        steps: &[Option<u32>],
    ) -> HashSet<u32> {
        let turned = shape.turned(false);
        let mut may = Closure::new(&turned);
        ends.iter().for_each(|end| may.begin(0, *end));
        may.run();
        let unsure =
            asked.iter().copied().filter(|own| steps[*own as usize].is_none() && has(may.at(*own), 0));
        let unsure: Vec<u32> = unsure.collect();
        let mut closure = Closure::new(shape);
        let mut found = HashSet::new();
        for batch in unsure.chunks(LANES) {
            closure.clear();
            batch.iter().enumerate().for_each(|(lane, vertex)| closure.begin(lane, *vertex));
            closure.run();
            let reaches = |lane: usize| ends.iter().any(|end| has(closure.at(*end), lane));
            found.extend(batch.iter().enumerate().filter(|(lane, _)| reaches(*lane)).map(|(_, own)| *own));
        }
        found
    }
}

/// What somebody has who has an object: it itself, who is bound by it, what it lets in.
fn vertices_of(graph: &AttackGraph<'_>) -> BTreeMap<ObjectId, Vec<u32>> {
    let scene = &graph.scene;
    let policy = scene.world.identities().policy();
    let mut found: BTreeMap<ObjectId, Vec<u32>> = BTreeMap::new();
    let mut add = |object: Option<ObjectId>, vertex: u32| {
        if let Some(object) = object {
            found.entry(object).or_default().push(vertex);
        }
    };
    for (vertex, thing) in (0u32..).zip(&graph.things) {
        match *thing {
            Thing::Workload(place) | Thing::Container(place, _) => {
                add(Some(scene.workloads[place as usize].object), vertex);
            }
            Thing::Account(namespace, name) => {
                add(scene.accounts.get(&(namespace, name)).copied().flatten(), vertex);
            }
            Thing::Secret(namespace, name) => {
                add(scene.secrets.get(&(namespace, name)).and_then(|own| own.object), vertex);
            }
            Thing::Namespace(name) => add(graph.namespace_object(graph.names.text(name)), vertex),
            Thing::Node(node, crate::thing::Hold::Root) => add(scene.nodes[node as usize].object, vertex),
            Thing::Role(role, _) => add(Some(ObjectId(policy.role(role).tag())), vertex),
            _ => {}
        }
    }
    for edge in graph.edges.iter().filter(|edge| edge.evidence != 0) {
        for fact in &graph.evidence[edge.evidence as usize].facts {
            match &graph.facts[*fact as usize] {
                // Who is bound has it.
                Fact::Bound(binding, _) if matches!(graph.thing(edge.to), Thing::Role(..)) => {
                    add(Some(ObjectId(policy.binding(*binding).tag())), edge.from.0);
                }
                // What lets in leads to what is behind it.
                Fact::Object(object) if graph.thing(edge.from) == Thing::Internet => {
                    add(Some(*object), edge.to.0);
                }
                _ => {}
            }
        }
    }
    for own in found.values_mut() {
        own.sort_unstable();
        own.dedup();
    }
    found
}

/// What follows by definition is no step.
fn step(graph: &AttackGraph<'_>, edge: u32) -> u32 {
    u32::from(graph.edges[edge as usize].kind != Kind::DEFINITION)
}

/// By vertex: the fewest steps to any of some ends by edges alone.
fn steps_to(graph: &AttackGraph<'_>, shape: &Shape, ends: &[u32]) -> Vec<Option<u32>> {
    let mut steps: Vec<Option<u32>> = vec![None; shape.len()];
    let mut waiting = Waiting::default();
    for &end in ends {
        // From being cluster admin everything is one step, as it is told of ways.
        steps[end as usize] = Some(0);
        waiting.push(0, end);
    }
    while let Some((cost, vertex)) = waiting.pop() {
        if steps[vertex as usize].is_some_and(|known| known < cost) {
            continue;
        }
        for link in shape.back(vertex).iter().filter(|link| link.edge != NO_EDGE) {
            let next = cost + step(graph, link.edge);
            let known = &mut steps[link.to as usize];
            if known.is_none_or(|known| next < known) {
                *known = Some(next);
                waiting.push(next, link.to);
            }
        }
    }
    steps
}

/// By vertex: the fewest steps from one; a conjunction takes those of all of its premises.
fn steps_from(graph: &AttackGraph<'_>, shape: &Shape, from: u32) -> Vec<Option<u32>> {
    let mut steps: Vec<Option<u32>> = vec![None; shape.len()];
    let mut done = vec![false; shape.len()];
    let mut waiting = Waiting::default();
    steps[from as usize] = Some(0);
    waiting.push(0, from);
    let offer = |vertex: u32, cost: u32, steps: &mut Vec<Option<u32>>, waiting: &mut Waiting| {
        let known = &mut steps[vertex as usize];
        if known.is_none_or(|known| cost < known) {
            *known = Some(cost);
            waiting.push(cost, vertex);
        }
    };
    while let Some((cost, vertex)) = waiting.pop() {
        if std::mem::replace(&mut done[vertex as usize], true) {
            continue;
        }
        for link in shape.links(vertex) {
            offer(link.to, cost + step(graph, link.edge), &mut steps, &mut waiting);
        }
        for &both in shape.premise_of(vertex) {
            let (premises, to) = &shape.both[both as usize];
            if premises.iter().all(|own| done[*own as usize]) {
                let sum = premises.iter().filter_map(|own| steps[*own as usize]).sum();
                offer(*to, sum, &mut steps, &mut waiting);
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::with_graph;
    use crate::weights::Weights;

    const SHOP: &str = "apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {serviceAccountName: op, containers: [{name: a, image: a, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: inner, namespace: apart}
spec: {hostPID: true, containers: [{name: a, image: a, securityContext: {privileged: true}}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: apart}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: v1
kind: Pod
metadata: {name: calm, namespace: apart}
spec:
  automountServiceAccountToken: false
  containers: [{name: a, image: a, securityContext: {runAsUser: 1000, capabilities: {drop: [ALL]}}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: op}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: op, namespace: shop}]
";

    #[test]
    fn objects_are_told_by_the_worst_that_they_lead_to() {
        with_graph(SHOP, |graph| {
            let measure = Measure::of(graph, Weights::default());
            let snapshot = graph.scene.world.snapshot();
            let stands: BTreeMap<String, Stand> = measure
                .stands()
                .into_iter()
                .map(|(object, stand)| (snapshot.object(object).identity().to_string(), stand))
                .collect();
            let of = |name: &str| stands.get(name).map(|own| (own.behind, own.goal, own.steps));
            // Break in, read the token, and be cluster admin by it.
            let web = Some((Outside::Reaches, Goal::ClusterAdmin, Some(3)));
            assert_eq!(of("Pod shop/web"), web, "{stands:#?}");
            assert_eq!(of("Service shop/web"), web);
            assert_eq!(of("ClusterRoleBinding op"), web);
            let inner = of("Pod apart/inner").unwrap();
            assert_eq!((inner.0, inner.1), (Outside::NoWay, Goal::ClusterAdmin));
            assert_eq!(of("Pod apart/calm"), None);
        });
    }
}
