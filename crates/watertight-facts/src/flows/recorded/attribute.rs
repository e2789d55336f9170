//! From what a recording says of a pod to the workload in view. Where several fit, none does.

use std::collections::BTreeMap;

use watertight_model::{Namespace, ObjectId};

use super::super::ground::{Ground, Pods};

/// Workloads by namespace and name.
#[derive(Debug)]
pub(super) struct Index {
    by_name: BTreeMap<(Namespace, String), Vec<ObjectId>>,
    namespaces: BTreeMap<Namespace, Vec<ObjectId>>,
}

impl Index {
    pub(super) fn of(ground: &Ground<'_>) -> Self {
        let snapshot = ground.world().snapshot();
        let mut index = Self { by_name: BTreeMap::new(), namespaces: BTreeMap::new() };
        for pods in ground.all_pods() {
            let identity = snapshot.object(pods.object).identity();
            let key = (pods.namespace.clone(), name_of_pods(ground, pods));
            index.by_name.entry(key).or_default().push(pods.object);
            index.namespaces.entry(identity.namespace.clone()).or_default().push(pods.object);
        }
        index
    }

    /// Whether there are pods in a namespace.
    pub(super) fn has(&self, namespace: &str) -> bool {
        self.namespaces.contains_key(&Namespace::Named(namespace.into()))
    }

    /// The workload of this name, and kind when one is given.
    pub(super) fn workload(
        &self,
        ground: &Ground<'_>,
        namespace: &str,
        kind: Option<&str>,
        name: &str,
    ) -> Option<ObjectId> {
        let found = self.by_name.get(&(Namespace::Named(namespace.into()), name.to_owned()))?;
        let is = |id: &&ObjectId| {
            let of = &ground.world().snapshot().object(**id).identity().kind;
            kind.is_none_or(|kind| kind.eq_ignore_ascii_case(of))
        };
        only(found.iter().filter(is).copied())
    }

    /// The workload of a pod: one in view of this name, else the only workload whose pods have such names.
    pub(super) fn pod(&self, ground: &Ground<'_>, namespace: &str, name: &str) -> Option<ObjectId> {
        let here = Namespace::Named(namespace.into());
        if let Some(id) = ground.pod_named(&here, name) {
            return Some(id);
        }
        let candidates = self.namespaces.get(&here)?.iter().copied();
        only(candidates.filter(|&id| ground.pods(id).is_some_and(|pods| makes(ground, pods, name))))
    }

    /// The workload of pods whose names begin alike: `web-5d4f8-*` and `web-*` of Calico.
    pub(super) fn prefix(&self, ground: &Ground<'_>, namespace: &str, aggregated: &str) -> Option<ObjectId> {
        let Some(prefix) = aggregated.strip_suffix('*') else {
            return self.pod(ground, namespace, aggregated);
        };
        // What a pod of that prefix may be called.
        let sample = format!("{prefix}bcdfg");
        let stem = prefix.trim_end_matches('-');
        let by_ordinal = format!("{prefix}0");
        let here = Namespace::Named(namespace.into());
        let candidates = self.namespaces.get(&here)?.iter().copied();
        let fits = |id: &ObjectId| {
            ground.pods(*id).is_some_and(|pods| {
                name_of_pods(ground, pods) == stem
                    || makes(ground, pods, &sample)
                    || makes(ground, pods, &by_ordinal)
            })
        };
        only(candidates.filter(fits))
    }

    /// The workload whose pods have all the labels of its template among these.
    pub(super) fn labelled(
        &self,
        ground: &Ground<'_>,
        namespace: &str,
        labels: &BTreeMap<String, String>,
    ) -> Option<ObjectId> {
        let candidates = self.namespaces.get(&Namespace::Named(namespace.into()))?.iter().copied();
        let fits = |id: &ObjectId| {
            ground.pods(*id).is_some_and(|pods| {
                !pods.labels.is_empty()
                    && pods.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            })
        };
        only(candidates.filter(fits))
    }
}

fn only(mut found: impl Iterator<Item = ObjectId>) -> Option<ObjectId> {
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// The name that the names of pods begin with: of what an operator runs, its kind comes before it
/// (`prefixedName`, `pkg/prometheus/server/statefulset.go` and its neighbours).
fn name_of_pods(ground: &Ground<'_>, pods: &Pods) -> String {
    let identity = ground.world().snapshot().object(pods.object).identity();
    match (&*identity.kind, pods.is_virtual) {
        ("Prometheus", true) => format!("prometheus-{}", identity.name),
        ("PrometheusAgent", true) => format!("prom-agent-{}", identity.name),
        ("Alertmanager", true) => format!("alertmanager-{}", identity.name),
        ("ThanosRuler", true) => format!("thanos-ruler-{}", identity.name),
        _ => identity.name.to_string(),
    }
}

/// The letters and digits of generated ends (`k8s.io/apimachinery/pkg/util/rand`).
fn is_generated(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte))
}

/// Whether the controller of a workload gives pods such names: five generated letters after a dash; for a Deployment
/// the hash of its template before them; for a StatefulSet a number.
fn makes(ground: &Ground<'_>, pods: &Pods, name: &str) -> bool {
    let kind = &ground.world().snapshot().object(pods.object).identity().kind;
    let base = name_of_pods(ground, pods);
    let Some(rest) = name.strip_prefix(base.as_str()).and_then(|rest| rest.strip_prefix('-')) else {
        return &**kind == "Pod" && name == base;
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match &**kind {
        "StatefulSet" | "Prometheus" | "PrometheusAgent" | "Alertmanager" | "ThanosRuler" => is_number(rest),
        "Deployment" | "Rollout" => {
            let parts = rest.split_once('-');
            parts.is_some_and(|(hash, end)| {
                is_generated(hash) && hash.len() <= 10 && end.len() == 5 && is_generated(end)
            })
        }
        // The number of minutes, or of seconds, at which a Job began.
        "CronJob" => rest.split_once('-').is_some_and(|(time, end)| is_number(time) && is_generated(end)),
        "DeploymentConfig" => {
            rest.split_once('-').is_some_and(|(number, end)| is_number(number) && is_generated(end))
        }
        "Pod" => false,
        _ => rest.len() == 5 && is_generated(rest),
    }
}
