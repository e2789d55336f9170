use watertight_engine::prelude::*;

control! {
    /// A leak or an attacker can take all memory of the node: the kernel then kills processes of other
    /// workloads, too.
    ///
    /// Init containers that end before the others begin are not judged; sidecars are.
    ///
    /// ## Remedy
    /// Set `resources.limits.memory` above what the container uses at its busiest.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   initContainers:
    ///   - name: proxy  # a sidecar: runs as long as the others
    ///     image: proxy
    ///     restartPolicy: Always
    ///     resources: {limits: {memory: 100Mi}}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     resources:
    ///       requests: {memory: 0}  # zero is none
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   - name: other
    ///     image: other
    ///     resources: {requests: {memory: 250Mi}}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     resources:
    ///       limits:
    ///         memory: 512Mi # a start: measure, then set
    ///   - name: other
    ///     image: other
    ///     resources: {requests: {memory: 250Mi}, limits: {memory: 500Mi}} # a start: measure, then set
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   initContainers:
    ///   - name: setup  # ends before the others begin
    ///     image: setup
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     resources: {limits: {memory: 500Mi}}
    ///   ephemeralContainers:  # may not name resources
    ///   - name: debug
    ///     image: debug
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   resources: {limits: {memory: 500Mi}}  # for the pod as a whole
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: LimitRange
    /// metadata: {name: defaults, namespace: shop}
    /// spec:
    ///   limits:
    ///   - type: Container
    ///     default: {memory: 500Mi}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static MEMORY_LIMIT_MISSING = {
        title: "container has no memory limit",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[Mapping::Nsa("network-separation"), Mapping::Attack("T1499")],
        reads: &[GroupKind::core("LimitRange")],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    super::resource_missing(workload, out, Asked::Limit, Resource::Memory);
}
