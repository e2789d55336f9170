use watertight_engine::prelude::*;

control! {
    /// A host port is open on the node's own addresses: whoever reaches the node reaches the container,
    /// past Services and, with many network plugins, past NetworkPolicies.
    ///
    /// ## Remedy
    /// Remove `hostPort`, with `hostNetwork` where that is set, and publish the port through a Service.
    /// What must listen on each node belongs into a platform namespace of its own.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     ports:
    ///     - {containerPort: 8080, hostPort: 80}
    ///     - {containerPort: 9090}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     ports:
    ///     - {containerPort: 8080}
    ///     - {containerPort: 9090}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   hostNetwork: true  # opens the port by itself: no fix here, and low
    ///   containers:
    ///   - name: agent
    ///     image: agent
    ///     ports: [{containerPort: 9100, hostPort: 9100}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     ports: [{containerPort: 8080, hostPort: 0}]  # 0 is unset
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent, uid: 7f4c3f3e-0000-4000-8000-000000000000}
    /// spec:
    ///   hostNetwork: true
    ///   containers:
    ///   - name: agent
    ///     image: agent
    ///     ports: [{containerPort: 9100, hostPort: 9100}]  # written by the API server
    /// ```
    pub static HOST_PORT = {
        title: "container listens on a port of the node",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[Mapping::PodSecurity("baseline"), Mapping::Cis("5.2.12"), Mapping::Nsa("pod-security")],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        let ports = container.spec().ports.as_deref().unwrap_or_default();
        for (index, port) in ports.iter().enumerate() {
            let Some(host_port) = port.host_port.filter(|&port| port != 0) else { continue };
            if host_port == port.container_port && defaulted(workload) {
                continue;
            }
            let path = container.at("ports").index(index).key("hostPort");
            let message = format!("{} listens on port {host_port} of its node", container.described());
            if workload.spec().host_network == Some(true) {
                // Whatever it listens on is open there, with or without the field: `host-network`.
                out.fail(path, format!("{message}, whose network it is in")).severity(Severity::Low);
            } else {
                out.fail(path.clone(), message).fix(Fix::review().remove(path));
            }
        }
    }
}

/// Whether the API server may have filled the host ports in: it does so for pods in the node's network
/// (`defaultHostNetworkPorts` in pkg/apis/core/v1/defaults.go), and what it stored has a UID.
fn defaulted(workload: Workload<'_>) -> bool {
    let stored = |workload: Workload<'_>| {
        let object = workload.view().snapshot().object(workload.id());
        object.body().is_ok_and(|body| body.root().at(&Path::root().at("metadata.uid")).is_some())
    };
    workload.spec().host_network == Some(true) && stored(workload)
}
