use watertight_engine::prelude::*;

control! {
    /// The kubelet sends probes and lifecycle hooks from the node: with a `host` of its own, a pod makes
    /// the node call addresses that the pod itself may not reach, the node's loopback first of all.
    ///
    /// ## Remedy
    /// Remove `host`: the kubelet then calls the pod. For another `Host` header use `httpHeaders`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     livenessProbe:
    ///       httpGet: {host: 169.254.169.254, port: 80, path: /latest/meta-data}
    ///     lifecycle:
    ///       preStop:
    ///         httpGet: {host: 127.0.0.1, port: 10248}  # the node's loopback, not the pod's
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     livenessProbe:
    ///       httpGet: {port: 80, path: /latest/meta-data}
    ///     lifecycle:
    ///       preStop:
    ///         httpGet: {port: 10248}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: sidecar}
    /// spec:
    ///   initContainers:
    ///   - name: sidecar
    ///     image: sidecar
    ///     restartPolicy: Always
    ///     readinessProbe: {tcpSocket: {host: "::1", port: 8080}}
    ///   containers: [{name: web, image: web}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     startupProbe:
    ///       httpGet: {port: 80, httpHeaders: [{name: Host, value: shop.example.com}]}
    ///     readinessProbe: {tcpSocket: {host: "", port: 80}}
    ///     livenessProbe: {exec: {command: [check, --host, 127.0.0.1]}}
    /// ```
    pub static HOST_PROBE = {
        title: "probe or lifecycle hook calls another host",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[Mapping::PodSecurity("baseline")],
        reads: &[],
        check: Check::Workload(check),
    }
}

/// Any host counts, also a loopback address: policy/check_hostProbesAndhostLifecycle.go in
/// k8s.io/pod-security-admission (from 1.34), `getForbiddenHostProbes` and `getForbiddenHostLifecycle`.
fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let shares_loopback = workload.spec().host_network == Some(true);
    for container in workload.containers() {
        let spec = container.spec();
        let probes = [
            ("livenessProbe", &spec.liveness_probe),
            ("readinessProbe", &spec.readiness_probe),
            ("startupProbe", &spec.startup_probe),
        ]
        .into_iter()
        .filter_map(|(field, probe)| Some((container.at(field), probe.as_ref()?)))
        .map(|(path, probe)| (path, probe.http_get.as_ref(), probe.tcp_socket.as_ref()));
        let lifecycle = spec.lifecycle.as_ref();
        let hooks = [
            ("lifecycle.postStart", lifecycle.and_then(|hooks| hooks.post_start.as_ref())),
            ("lifecycle.preStop", lifecycle.and_then(|hooks| hooks.pre_stop.as_ref())),
        ]
        .into_iter()
        .filter_map(|(field, hook)| Some((container.at(field), hook?)))
        .map(|(path, hook)| (path, hook.http_get.as_ref(), hook.tcp_socket.as_ref()));
        for (path, http, tcp) in probes.chain(hooks) {
            let hosts = [
                ("httpGet.host", http.and_then(|action| action.host.as_deref())),
                ("tcpSocket.host", tcp.and_then(|action| action.host.as_deref())),
            ];
            for (field, host) in hosts {
                let Some(host) = host.filter(|host| !host.is_empty()) else { continue };
                let at = path.at(field);
                let message = format!("{} makes the kubelet call `{host}`", container.described());
                let found = out.fail(at.clone(), message).fix(Fix::review().remove(at));
                // In the node's network the loopback is the pod's own; `host-network` says that.
                if shares_loopback && matches!(host, "127.0.0.1" | "::1" | "localhost") {
                    found.severity(Severity::Info);
                }
            }
        }
    }
}
