use watertight_engine::prelude::*;

control! {
    /// With `NET_RAW`, which runtimes give by default, a container can forge packets: an intruder can pass
    /// for other pods of its network, DNS included, and read what was meant for them.
    ///
    /// ## Remedy
    /// Drop `NET_RAW`, or better `ALL`. To `ping`, allow `net.ipv4.ping_group_range` instead.
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
    ///         drop: [MKNOD]
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
    ///         drop: [MKNOD, NET_RAW]
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
    ///       capabilities:
    ///         drop: [ALL]
    ///         add: [NET_BIND_SERVICE, net_raw]
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
    ///     securityContext: {capabilities: {drop: [all]}}
    ///   - name: alone
    ///     image: alone
    ///     securityContext: {capabilities: {drop: [NET_RAW], add: [NET_ADMIN]}}
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
    pub static NET_RAW_NOT_DROPPED = {
        title: "NET_RAW is not dropped",
        severity: Severity::Low,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("restricted"),
            Mapping::Cis("5.2.8"),
            Mapping::Nsa("pod-security"),
            Mapping::Attack("T1557"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if workload.os() == Os::Windows {
        return out.not_applicable();
    }

    for container in workload.containers().filter(|container| container.keeps_default_capability("NET_RAW")) {
        let capabilities = container.at("securityContext.capabilities");
        let added: Vec<Path> = container
            .added_capabilities()
            .filter(|added| added.name == "NET_RAW")
            .map(|added| capabilities.key("add").index(added.index))
            .collect();
        let (path, how) = match added.first() {
            Some(path) => (path.clone(), "adds"),
            None => (capabilities.key("drop"), "keeps"),
        };
        // Dropping by name comes last at the runtime and so is enough in every case; where `ALL` is
        // dropped, not adding it back is, too.
        let is_enough = container.drops_capability("ALL")
            && container.added_capabilities().all(|added| added.name != "ALL");
        let fix = added.iter().cloned().fold(Fix::review(), Fix::remove);
        let fix = if is_enough { fix } else { fix.append(capabilities.key("drop"), "NET_RAW") };
        let finding = out.fail(path, format!("{} {how} `NET_RAW`", container.described()));
        finding.fix(fix);
        // Of what is added, `dangerous-capability` says the worst.
        if !added.is_empty() {
            finding.severity(Severity::Info);
        }
        super::moot_if_privileged(container, finding);
    }
}
