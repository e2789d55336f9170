use watertight_engine::prelude::*;

use super::SCALE;

control! {
    /// There is one pod: the workload is gone while its node is drained, lost or upgraded, and while the
    /// pod is replaced.
    ///
    /// Silent where an autoscaler in view decides (`autoscaler-minimum-one` speaks of that), and where
    /// nothing is to run at all. A workload that can only run once, such as a database without
    /// replication, is one to waive.
    ///
    /// ## Remedy
    /// Set `replicas: 2` or more, spread over nodes, if the program can run more than once.
    ///
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:  # no `replicas`, which is one
    ///   template:
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: {name: database}
    /// spec:
    ///   replicas: 1
    ///   template:
    ///     spec:
    ///       containers:
    ///       - name: database
    ///         image: database
    /// ```
    /// ```yaml,pass
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   minReplicas: 2
    ///   maxReplicas: 5
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: switched-off}
    /// spec:
    ///   replicas: 0
    ///   template:
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ---
    /// apiVersion: apps/v1
    /// kind: DaemonSet
    /// metadata: {name: agent}
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///       - name: agent
    ///         image: agent
    /// ```
    pub static SINGLE_REPLICA = {
        title: "workload has one replica",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: SCALE,
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let replicas = match workload.view().replicas(workload.id()) {
        None => return out.not_applicable(),
        Some(replicas) => replicas,
    };
    if replicas.autoscaler.is_some() || replicas.most != 1 {
        return;
    }
    let path = Path::root().at("spec.replicas");
    let how = if replicas.is_written { "runs 1 replica" } else { "`replicas` is not set, which is 1" };
    let message = format!("{how}: nothing serves while the pod's node is drained or lost");
    // No fix: whether the program can run twice is not in the manifest.
    out.fail(path, message);
}
