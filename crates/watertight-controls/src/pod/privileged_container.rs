use watertight_engine::prelude::*;

control! {
    /// A privileged container holds every capability and sees the node's devices: whoever controls
    /// it controls the node, and through the node every pod on it.
    ///
    /// ## Remedy
    /// Remove `privileged` and add the one capability that is needed. What truly needs the node
    /// (CNI, CSI, device plugins) belongs into a platform namespace of its own.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///   - name: agent
    ///     image: agent
    ///     securityContext:
    ///       privileged: yes  # YAML 1.1: this is true
    ///       readOnlyRootFilesystem: true
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///   - name: agent
    ///     image: agent
    ///     securityContext:
    ///       privileged: false  # YAML 1.1: this is true
    ///       readOnlyRootFilesystem: true
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///   - name: agent
    ///     image: agent
    ///     securityContext: {privileged: "yes"}  # a string: refused by the API server, a gap here
    ///   initContainers:
    ///   - name: init
    ///     image: init
    ///     securityContext: {privileged: no}
    /// ```
    pub static PRIVILEGED_CONTAINER = {
        title: "container runs privileged",
        severity: Severity::Critical,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("baseline"),
            Mapping::Cis("5.2.2"),
            Mapping::Nsa("pod-security"),
            Mapping::Attack("T1611"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers().filter(|container| container.is_privileged()) {
        let path = container.at("securityContext.privileged");
        out.fail(path.clone(), format!("{} runs privileged", container.described()))
            .fix(Fix::review().set(path, false));
    }
}
