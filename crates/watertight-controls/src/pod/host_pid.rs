use watertight_engine::prelude::*;

control! {
    /// The pod sees every process of the node with its arguments and environment; as root, or beside a
    /// privileged container, it reaches into them and so gets the node.
    ///
    /// ## Remedy
    /// Remove `hostPID`. Tools that watch processes belong into a platform namespace of their own.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   hostPID: yes  # YAML 1.1: this is true
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   hostPID: false
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   hostPID: false
    ///   shareProcessNamespace: true
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: windows}
    /// spec:
    ///   os: {name: windows}
    ///   hostPID: true  # refused by the API server: Windows has no such namespace
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static HOST_PID = {
        title: "pod shares the node's processes",
        severity: Severity::High,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("baseline"),
            Mapping::Cis("5.2.3"),
            Mapping::Nsa("pod-security"),
            Mapping::Attack("T1611"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    // `validateWindows` in pkg/apis/core/validation/validation.go: not for Windows pods.
    if workload.os() == Os::Windows {
        return out.not_applicable();
    }
    if workload.spec().host_pid == Some(true) {
        let path = workload.path().at("hostPID");
        out.fail(path.clone(), "the pod shares the process namespace of its node").fix(Fix::review().set(path, false));
    }
}
