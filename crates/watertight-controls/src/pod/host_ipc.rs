use watertight_engine::prelude::*;

control! {
    /// The pod reads and writes the shared memory and message queues of the node's processes and of
    /// every other pod that shares them: databases keep their data there.
    ///
    /// ## Remedy
    /// Remove `hostIPC`. Containers of one pod share memory without it.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   hostIPC: yes  # YAML 1.1: this is true
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   hostIPC: false
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   hostIPC: false
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
    ///   hostIPC: true  # refused by the API server: Windows has no such namespace
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static HOST_IPC = {
        title: "pod shares the node's inter-process communication",
        severity: Severity::High,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("baseline"),
            Mapping::Cis("5.2.4"),
            Mapping::Nsa("pod-security"),
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
    if workload.spec().host_ipc == Some(true) {
        let path = workload.path().at("hostIPC");
        out.fail(path.clone(), "the pod shares the inter-process communication of its node").fix(Fix::review().set(path, false));
    }
}
