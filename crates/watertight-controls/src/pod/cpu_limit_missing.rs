use watertight_engine::prelude::*;

control! {
    /// The container may take all processor time that others leave over. With requests set everywhere
    /// that harms nobody, and a limit slows the container down while the node idles.
    ///
    /// Init containers that end before the others begin are not judged; sidecars are.
    ///
    /// ## Remedy
    /// Where load must be predictable or tenants share nodes, set `resources.limits.cpu`; else waive this.
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
    ///     resources: {limits: {cpu: 100m}}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     resources:
    ///       requests: {cpu: 0}  # zero is none
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
    ///     resources: {requests: {cpu: 250m}}
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
    ///         cpu: "1" # a start: measure, then set
    ///   - name: other
    ///     image: other
    ///     resources: {requests: {cpu: 250m}, limits: {cpu: 500m}} # a start: measure, then set
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
    ///     resources: {limits: {cpu: 500m}}
    ///   ephemeralContainers:  # may not name resources
    ///   - name: debug
    ///     image: debug
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   resources: {limits: {cpu: 500m}}  # for the pod as a whole
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
    ///     default: {cpu: 500m}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static CPU_LIMIT_MISSING = {
        title: "container has no CPU limit",
        severity: Severity::Info,
        layer: Layer::Pod,
        maps: &[Mapping::Nsa("network-separation")],
        reads: &[GroupKind::core("LimitRange")],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    super::resource_missing(workload, out, Asked::Limit, Resource::Cpu);
}
