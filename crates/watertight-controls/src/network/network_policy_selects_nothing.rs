use watertight_engine::prelude::*;
use watertight_facts::network::Selection;
use watertight_model::ObjectId;

use super::{POLICIES, policy};

control! {
    /// The policy protects no pod: a label was renamed or misspelt, and what it was written for is open to
    /// everybody.
    ///
    /// Judged where workloads of the policy's namespace are in view, and no custom resource is there whose
    /// controller might run pods of its own. Pods in the node's own network count as not selected:
    /// network plugins see their traffic as the node's.
    ///
    /// ## Remedy
    /// Make `podSelector` match the labels of the pod template (not those of the Deployment), or remove the
    /// policy.
    ///
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec: {podSelector: {matchLabels: {app: database}}}
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: db, namespace: shop, labels: {app: database}}
    /// spec:
    ///   selector: {matchLabels: {app: db}}
    ///   template:
    ///     metadata: {labels: {app: db}}
    ///     spec: {containers: [{name: db, image: postgres}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: backup, namespace: shop}
    /// spec: {podSelector: {matchExpressions: [{key: app, operator: In, values: [backup]}]}}
    /// ---
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata: {name: backup, namespace: shop}
    /// spec:
    ///   schedule: 0 3 * * *
    ///   jobTemplate:
    ///     spec:
    ///       template:
    ///         metadata: {labels: {app: backup}}
    ///         spec: {restartPolicy: Never, containers: [{name: backup, image: backup}]}
    /// ```
    /// ```yaml,pass
    /// # Every pod of the namespace, also those to come; and an operator's pods, which no template tells of.
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: deny, namespace: shop}
    /// spec: {podSelector: {}}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: prometheus, namespace: monitoring}
    /// spec: {podSelector: {matchLabels: {app.kubernetes.io/name: prometheus}}}
    /// ---
    /// apiVersion: monitoring.coreos.com/v1
    /// kind: Prometheus
    /// metadata: {name: k8s, namespace: monitoring}
    /// ```
    pub static NETWORK_POLICY_SELECTS_NOTHING = {
        title: "network policy selects no pod",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Nsa("network-separation")],
        reads: &[],
        check: Check::Kinds(POLICIES, check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(policy) = policy(object, out) else { return };
    let (view, path) = (object.view(), Path::root().at("spec.podSelector"));
    if policy.selector.is_everything() {
        return;
    }
    match view.selection(&object.identity().namespace, &policy.selector) {
        Selection::Workloads(selected) => {
            let on_node = |id: &ObjectId| view.pod_network(*id).is_some_and(|pod| pod.host_network);
            if selected.iter().all(on_node) {
                let message = "selects only pods in the node's own network, whose traffic policies do not see";
                out.fail(path, message).severity(Severity::Low);
            }
        }
        Selection::Nothing => {
            out.fail(path, "selects no pod of its namespace");
        }
        Selection::OutOfView(kind) => out.not_in_view(kind),
        Selection::Hidden(what) => out.unknown(format!("{what} could not be read")),
    }
}
