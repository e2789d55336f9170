use watertight_engine::prelude::*;

control! {
    /// Logs, written files and `emptyDir` volumes fill the node's disk: the kubelet then evicts pods until
    /// there is room, and not only the one that wrote.
    ///
    /// Init containers that end before the others begin are not judged; sidecars are.
    ///
    /// ## Remedy
    /// Set `resources.limits.ephemeral-storage`, for instance by a `LimitRange`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     resources: {requests: {ephemeral-storage: 1Gi}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     resources: {limits: {ephemeral-storage: 1Gi}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: LimitRange
    /// metadata: {name: defaults, namespace: shop}
    /// spec: {limits: [{type: Container, default: {ephemeral-storage: 1Gi}}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static EPHEMERAL_STORAGE_LIMIT_MISSING = {
        title: "container may fill the node's disk",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[Mapping::Attack("T1499")],
        reads: &[GroupKind::core("LimitRange")],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    crate::pod::resource_missing(workload, out, Asked::Limit, Resource::EphemeralStorage);
}
