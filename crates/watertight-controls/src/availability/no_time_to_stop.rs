use watertight_engine::prelude::*;

control! {
    /// The pod's processes are killed at once whenever it is deleted, evicted or replaced: requests are
    /// cut off, data is lost, and a StatefulSet may start a second pod while the first still writes.
    ///
    /// ## Remedy
    /// Remove the field, which leaves 30 seconds, or set how long a clean end takes.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   terminationGracePeriodSeconds: 0
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
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
    /// metadata: {name: web}
    /// spec:
    ///   terminationGracePeriodSeconds: 5
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static NO_TIME_TO_STOP = {
        title: "pods are killed without a moment to stop",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if workload.spec().termination_grace_period_seconds == Some(0) {
        let path = workload.path().key("terminationGracePeriodSeconds");
        let message = "`terminationGracePeriodSeconds: 0`: processes are killed at once";
        out.fail(path.clone(), message).fix(Fix::review().remove(path));
    }
}
