use watertight_engine::prelude::*;
use watertight_facts::availability::Selects;

/// What makes pods: one that could not be read may be the one that is meant.
const PODS: &[GroupKind] = &[
    GroupKind::core("Pod"),
    GroupKind { group: "apps", kind: "DaemonSet" },
    GroupKind { group: "apps", kind: "Deployment" },
    GroupKind { group: "apps", kind: "ReplicaSet" },
    GroupKind { group: "apps", kind: "StatefulSet" },
];

control! {
    /// The budget keeps nobody: the workload that was meant is evicted as if there were none.
    ///
    /// A budget without a selector selects nothing, and so does one whose namespace is in view with
    /// workloads none of which it selects. Silent where the namespace holds custom resources, whose
    /// operators may make pods.
    ///
    /// ## Remedy
    /// Write the labels of the pods, not those of the workload, and put the budget into their namespace.
    ///
    /// ```yaml,fail
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {matchLabels: {app: webb}}
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec: {containers: [{name: web, image: web}]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: policy/v1beta1
    /// kind: PodDisruptionBudget
    /// metadata: {name: all, namespace: shop}
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {}  # everything in `policy/v1`, nothing in `policy/v1beta1`
    /// ```
    /// ```yaml,pass
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: all, namespace: shop}
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {}
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec: {containers: [{name: web, image: web}]}
    /// ---
    /// apiVersion: monitoring.coreos.com/v1
    /// kind: Prometheus  # its operator makes pods
    /// metadata: {name: k8s, namespace: monitoring}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: operator, namespace: monitoring}
    /// spec: {containers: [{name: operator, image: operator}]}
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: prometheus, namespace: monitoring}
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {matchLabels: {prometheus: k8s}}
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web, namespace: elsewhere}  # no workload of this namespace is in view
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {matchLabels: {app: web}}
    /// ```
    pub static DISRUPTION_BUDGET_SELECTS_NOTHING = {
        title: "budget selects no pod",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: PODS,
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let view = object.view();
    let Some(budget) = view.budget(object.id()) else { return out.not_applicable() };
    let path = Path::root().at("spec.selector");
    match &budget.selects {
        Selects::Nothing => {
            out.fail(path, "selects no pod: no label is asked for");
        }
        Selects::Invalid(why) => {
            out.fail(path, format!("the selector is none, the API server refuses it: {why}"));
        }
        Selects::Labels(_) if !view.workloads_under(object.id()).is_empty() => {}
        Selects::Labels(_) if view.may_hold_other_pods(&object.identity().namespace) => out.not_applicable(),
        Selects::Labels(_) => {
            let count = view.workloads_of(&object.identity().namespace).count();
            match count {
                0 => out.not_applicable(),
                1 => drop(out.fail(path, "does not select the one workload in view in its namespace")),
                _ => drop(out.fail(path, format!("selects none of the {count} workloads in view in its namespace"))),
            }
        }
    }
}
