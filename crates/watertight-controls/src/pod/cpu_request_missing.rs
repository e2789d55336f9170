use watertight_engine::prelude::*;

control! {
    /// The scheduler counts the container as needing no processor at all: nodes fill up beyond what they
    /// have, and when time is short this container gets next to none.
    ///
    /// Init containers that end before the others begin are not judged; sidecars are.
    ///
    /// ## Remedy
    /// Set `resources.requests.cpu` to what the container uses on an ordinary day.
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
    ///       limits: {cpu: 500m}
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
    ///     resources: {limits: {cpu: 1}, requests: {cpu: 0}}
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
    ///       requests:
    ///         cpu: 100m # a start: measure, then set
    ///   - name: other
    ///     image: other
    ///     resources: {limits: {cpu: 1}, requests: {cpu: 500m}} # a start: measure, then set
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
    ///     resources: {limits: {cpu: 500m}}  # the request defaults to it
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
    pub static CPU_REQUEST_MISSING = {
        title: "container has no CPU request",
        severity: Severity::Low,
        layer: Layer::Pod,
        maps: &[Mapping::Nsa("network-separation")],
        reads: &[GroupKind::core("LimitRange")],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    super::resource_missing(workload, out, Asked::Request, Resource::Cpu);
}
