use watertight_engine::prelude::*;
use watertight_facts::DEFAULT_CAPABILITIES;

control! {
    /// Each capability is a right of root that a flaw in the program hands on: one that ordinary programs
    /// do not need opens parts of the kernel, or of the pod's volumes, that were closed.
    ///
    /// Capabilities that reach the node or other pods are judged by dangerous-capability. What most
    /// runtimes give anyway is info: the level Restricted refuses it all the same.
    ///
    /// ## Remedy
    /// Remove the capability if the program runs without it. `NET_BIND_SERVICE` may stay.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       capabilities:
    ///         drop: [ALL]
    ///         add: [NET_BIND_SERVICE, IPC_LOCK, CHOWN]
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       capabilities:
    ///         drop: [ALL]
    ///         add: [NET_BIND_SERVICE]
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}
    ///   - name: admin
    ///     image: admin
    ///     securityContext: {capabilities: {drop: [ALL], add: [SYS_ADMIN]}}  # that is dangerous-capability
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   os: {name: windows}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {capabilities: {add: [IPC_LOCK]}}  # refused by the API server
    /// ```
    pub static ADDED_CAPABILITY = {
        title: "container adds a capability",
        severity: Severity::Low,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("restricted"),
            Mapping::Cis("5.2.9"),
            Mapping::Nsa("pod-security"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if workload.os() == Os::Windows {
        return out.not_applicable();
    }

    for container in workload.containers() {
        for added in container.added_capabilities() {
            let name = added.name.as_str();
            // The one that the level Restricted allows (check_capabilities_restricted.go).
            if name == "NET_BIND_SERVICE" || super::dangerous_capability::is_dangerous(name) {
                continue;
            }
            let given = DEFAULT_CAPABILITIES.contains(&name);
            let (what, severity) = match (given, container.drops_capability("ALL")) {
                (true, true) => (" back after `ALL` was dropped", Severity::Info),
                // containerd and Docker give it, CRI-O gives fewer.
                (true, false) => (", which most runtimes give anyway", Severity::Info),
                (false, _) => (", which runtimes do not give by default", Severity::Low),
            };
            let path = container.at("securityContext.capabilities.add").index(added.index);
            let message = format!("{} adds `{}`{what}", container.described(), added.written);
            let finding = out.fail(path.clone(), message);
            finding.severity(severity).fix(Fix::review().remove(path)).discriminator(name);
            super::moot_if_privileged(container, finding);
        }
    }
}
