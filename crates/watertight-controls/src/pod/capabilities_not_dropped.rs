use watertight_engine::prelude::*;

control! {
    /// A container that asks for nothing still holds some of root's powers, such as ignoring file
    /// permissions or forging packets: each widens what a flaw in the program gives.
    ///
    /// ## Remedy
    /// Drop `ALL` and add back by name what the program needs, often nothing.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
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
    ///     securityContext:
    ///       capabilities:
    ///         drop: [ALL]
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       capabilities: {drop: [NET_RAW, CAP_ALL]}  # containerd knows no `CAP_ALL`
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
    ///       capabilities: {drop: [NET_RAW, CAP_ALL, ALL]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       capabilities: {drop: [all], add: [NET_BIND_SERVICE]}
    ///   - name: listed
    ///     image: listed
    ///     securityContext:
    ///       capabilities:
    ///         drop: [AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE,
    ///           NET_RAW, SETFCAP, SETGID, SETPCAP, SETUID, sys_chroot]
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
    /// ```
    pub static CAPABILITIES_NOT_DROPPED = {
        title: "default capabilities are not dropped",
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
        // The Pod Security Standards want the word `ALL`; dropping every default by name leaves no
        // more (containerd's `WithCapabilities`).
        if container.drops_capability("ALL")
            || DEFAULT_CAPABILITIES.iter().all(|name| container.drops_capability(name))
        {
            continue;
        }
        let drop = container.at("securityContext.capabilities.drop");
        let finding = out.fail(
            drop.clone(),
            format!("{} keeps capabilities that it did not ask for", container.described()),
        );
        finding.fix(Fix::review().append(drop, "ALL"));
        super::moot_if_privileged(container, finding);
    }
}
