use watertight_engine::prelude::*;

control! {
    /// The scheduler counts the container as needing no memory at all: nodes fill up beyond what they
    /// have, and the containers without a request are evicted and killed first.
    ///
    /// Init containers that end before the others begin are not judged; sidecars are.
    ///
    /// ## Remedy
    /// Set `resources.requests.memory` to what the container uses on an ordinary day.
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
    ///       limits: {memory: 500Mi}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: LimitRange
    /// metadata: {name: defaults, namespace: shop}
    /// spec:
    ///   limits:
    ///   - type: Container
    ///     defaultRequest: {memory: 0}
    ///   - type: PersistentVolumeClaim
    ///     max: {memory: 1Gi}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
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
    ///     resources: {limits: {memory: 1Gi}, requests: {memory: 0}}
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
    ///         memory: 128Mi # a start: measure, then set
    ///   - name: other
    ///     image: other
    ///     resources: {limits: {memory: 1Gi}, requests: {memory: 512Mi}} # a start: measure, then set
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
    ///     resources: {limits: {memory: 500Mi}}  # the request defaults to it
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
    pub static MEMORY_REQUEST_MISSING = {
        title: "container has no memory request",
        severity: Severity::Low,
        layer: Layer::Pod,
        maps: &[Mapping::Nsa("network-separation")],
        reads: &[GroupKind::core("LimitRange")],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    super::resource_missing(workload, out, Asked::Request, Resource::Memory);
}
