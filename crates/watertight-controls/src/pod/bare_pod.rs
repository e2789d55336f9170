use watertight_engine::prelude::*;

control! {
    /// Nothing brings the pod back: when its node is drained, patched or lost, it is gone, so nodes
    /// with such pods tend not to be patched.
    ///
    /// ## Remedy
    /// Let a Deployment, StatefulSet, DaemonSet or Job make the pod.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web-5d8f
    ///   ownerReferences:
    ///   - {apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: "1", controller: true}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ---
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata: {name: once}
    /// spec:
    ///   template:
    ///     spec:
    ///       restartPolicy: Never
    ///       containers:
    ///       - name: once
    ///         image: once
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web-test
    ///   annotations: {helm.sh/hook: test}  # Helm makes and removes it
    /// spec:
    ///   containers:
    ///   - name: test
    ///     image: test
    /// ```
    pub static BARE_POD = {
        title: "pod has no controller",
        severity: Severity::Low,
        layer: Layer::Pod,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if &*workload.identity().kind != "Pod" {
        out.not_applicable();
        return;
    }
    // The kubelet brings back what it runs from a file on its node.
    let tended = workload.is_mirror_pod() || workload.annotations().contains_key("helm.sh/hook");
    if workload.is_bare_pod() && !tended {
        out.fail(Path::root().key("kind"), "no controller owns the pod");
    }
}
