use watertight_engine::prelude::*;
use watertight_facts::misplaced;

control! {
    /// Kubernetes has no such field and drops it without a word where validation is not strict:
    /// what somebody meant to set is not set.
    ///
    /// Fields of security have a control of their own, misplaced-security-field.
    ///
    /// ## Remedy
    /// Correct the spelling or the indentation: `kubectl explain pod.spec` lists the fields. Apply
    /// with `--validate=strict`, and the API server refuses what it does not know.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     imagePullpolicy: Always  # letter case counts
    ///   limits: {memory: 1Gi}  # belongs into the container's resources
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   tolerations:  # null is as if absent
    ///   unknown: null
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {runAsNonroot: true}  # said by misplaced-security-field
    /// ---
    /// apiVersion: serving.knative.dev/v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec:
    ///   template:
    ///     spec:
    ///       containerConcurrency: 10  # a field of Knative
    ///       containers:
    ///       - image: web
    /// ```
    pub static UNKNOWN_FIELD = {
        title: "field does not exist",
        severity: Severity::Low,
        layer: Layer::Pod,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for path in workload.unknown_fields() {
        if misplaced(workload.path(), path).is_some() {
            continue;
        }
        let place = match workload.containers().find(|container| container.path().covers(path)) {
            Some(container) => container.described(),
            None => "pod spec".to_owned(),
        };
        let name = path.segments().last().map(|last| match last {
            watertight_syntax::Segment::Key(key) => key.to_string(),
            watertight_syntax::Segment::Index(index) => index.to_string(),
        });
        // No fix: what was meant is not in the manifest.
        out.fail(
            path.clone(),
            format!("{place}: Kubernetes knows no field `{}` here and drops it", name.unwrap_or_default()),
        );
    }
}
