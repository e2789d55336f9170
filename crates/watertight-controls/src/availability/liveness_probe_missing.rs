use watertight_engine::prelude::*;

use super::{probe_missing, serving};
use crate::starts;

control! {
    /// A container that hangs without ending stays as it is until somebody looks: the kubelet restarts only
    /// what it knows to be dead.
    ///
    /// Containers are judged that serve for as long as their pod lives. Init containers, sidecars and what
    /// runs to its end (jobs, pods that are not restarted when they succeed) are not; Knative Serving
    /// brings its own probe.
    ///
    /// ## Remedy
    /// Give the container a `livenessProbe` that fails only when nothing but a restart helps. It must not ask
    /// other services: their outage would restart this one.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     readinessProbe: {httpGet: {path: /, port: 80}}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     ports: [{containerPort: 53, protocol: UDP}, {name: http, containerPort: 8080}, {containerPort: 9090}]
    ///   - name: proxy
    ///     image: proxy
    ///     ports: [{containerPort: 8443}]
    ///     livenessProbe: {periodSeconds: 5}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     ports: [{containerPort: 53, protocol: UDP}, {name: http, containerPort: 8080}, {containerPort: 9090}]
    ///     livenessProbe: {tcpSocket: {port: http}}  # whether it accepts connections: ask for more where it can tell
    ///   - name: proxy
    ///     image: proxy
    ///     ports: [{containerPort: 8443}]
    ///     livenessProbe: {periodSeconds: 5, tcpSocket: {port: 8443}}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     livenessProbe: {periodSeconds: 5}  # asks nothing
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   initContainers:
    ///   - name: setup
    ///     image: setup
    ///   - name: proxy
    ///     image: proxy
    ///     restartPolicy: Always
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     livenessProbe: {tcpSocket: {port: 80}}
    /// ---
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata: {name: report}
    /// spec:
    ///   schedule: "@daily"
    ///   jobTemplate: {spec: {template: {spec: {restartPolicy: OnFailure, containers: [{name: report, image: report}]}}}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: once}
    /// spec:
    ///   restartPolicy: Never
    ///   containers:
    ///   - name: once
    ///     image: once
    /// ```
    pub static LIVENESS_PROBE_MISSING = {
        title: "nothing tells whether the container hangs",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if serving(workload).next().is_none() {
        return out.not_applicable();
    }
    for container in serving(workload) {
        let Some(how) = probe_missing(container.spec().liveness_probe.as_ref()) else { continue };
        let message = format!("{} {how} `livenessProbe`: the kubelet does not notice when it hangs", container.described());
        out.fail(container.at("livenessProbe"), message).fix_or_why(starts::probe(container, "livenessProbe"));
    }
}
