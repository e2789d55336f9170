use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use watertight_engine::prelude::*;
use watertight_rbac::Selector;

use super::{SCALE, replicas};

control! {
    /// Nothing asks for the replicas to be on different nodes: one lost node may take all of them.
    ///
    /// The scheduler spreads pods of one controller by itself where it can, and a cluster may configure
    /// more (`defaultConstraints`), which no manifest shows. Constraints and anti-affinities count that
    /// select the workload's own pods.
    ///
    /// ## Remedy
    /// Add a `topologySpreadConstraints` entry over `kubernetes.io/hostname`, better one over
    /// `topology.kubernetes.io/zone` too, with the labels of the pods.
    ///
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       topologySpreadConstraints:  # of other pods
    ///       - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: other}}}
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       topologySpreadConstraints:
    ///       - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}}
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ---
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: {name: database}
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata: {labels: {app: database}}
    ///     spec:
    ///       affinity:
    ///         podAntiAffinity:
    ///           preferredDuringSchedulingIgnoredDuringExecution:
    ///           - weight: 1
    ///             podAffinityTerm:
    ///               topologyKey: kubernetes.io/hostname
    ///               labelSelector: {matchExpressions: [{key: app, operator: In, values: [database]}]}
    ///       containers:
    ///       - name: database
    ///         image: database
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: single}
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///       - name: single
    ///         image: single
    /// ```
    pub static NOT_SPREAD_OVER_NODES = {
        title: "replicas may all run on one node",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: SCALE,
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let Some(count) = workload.view().replicas(workload.id()).filter(|count| count.least > 1) else {
        return out.not_applicable();
    };
    if selectors(workload).any(|selector| selects_own(selector, workload)) {
        return;
    }
    let message = format!(
        "nothing asks for its {} to be on different nodes, beside what the scheduler does by itself",
        replicas(count.least)
    );
    out.fail(workload.path().key("topologySpreadConstraints"), message);
}

/// The pods that constraints and anti-affinities keep apart.
fn selectors(workload: Workload<'_>) -> impl Iterator<Item = &LabelSelector> {
    let spec = workload.spec();
    let spread = spec.topology_spread_constraints.iter().flatten();
    let apart = spec.affinity.as_ref().and_then(|affinity| affinity.pod_anti_affinity.as_ref());
    let required =
        apart.into_iter().flat_map(|apart| apart.required_during_scheduling_ignored_during_execution.iter().flatten());
    let preferred =
        apart.into_iter().flat_map(|apart| apart.preferred_during_scheduling_ignored_during_execution.iter().flatten());
    spread
        .filter_map(|constraint| constraint.label_selector.as_ref())
        .chain(required.filter_map(|term| term.label_selector.as_ref()))
        .chain(preferred.filter_map(|term| term.pod_affinity_term.label_selector.as_ref()))
}

fn selects_own(selector: &LabelSelector, workload: Workload<'_>) -> bool {
    Selector::new(selector).is_ok_and(|selector| selector.matches(workload.labels()))
}
