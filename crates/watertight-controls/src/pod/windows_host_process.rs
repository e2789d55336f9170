use watertight_engine::prelude::*;

control! {
    /// A HostProcess container is a process of the Windows node: it sees the node's files, network and
    /// devices, and as SYSTEM it controls the node and every pod on it.
    ///
    /// ## Remedy
    /// Set `hostProcess: false` and remove `hostNetwork`. What truly needs the node (CNI, CSI, device
    /// plugins) belongs into a platform namespace of its own.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   os: {name: windows}
    ///   hostNetwork: true
    ///   securityContext:
    ///     windowsOptions:
    ///       hostProcess: true
    ///       runAsUserName: NT AUTHORITY\SYSTEM
    ///   containers:
    ///   - name: agent
    ///     image: agent
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   os: {name: windows}
    ///   hostNetwork: true
    ///   securityContext:
    ///     windowsOptions:
    ///       hostProcess: false
    ///       runAsUserName: NT AUTHORITY\SYSTEM
    ///   containers:
    ///   - name: agent
    ///     image: agent
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   hostNetwork: true
    ///   containers:  # runs on Windows only, whether the pod says so or not
    ///   - name: agent
    ///     image: agent
    ///     securityContext: {windowsOptions: {hostProcess: true}}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   hostNetwork: true
    ///   containers:  # runs on Windows only, whether the pod says so or not
    ///   - name: agent
    ///     image: agent
    ///     securityContext: {windowsOptions: {hostProcess: false}}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   os: {name: windows}
    ///   hostNetwork: true
    ///   securityContext: {windowsOptions: {hostProcess: true}}
    ///   containers:
    ///   - name: agent
    ///     image: agent
    ///     securityContext: {windowsOptions: {hostProcess: true}}  # must agree with the pod
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   os: {name: windows}
    ///   hostNetwork: true
    ///   securityContext: {windowsOptions: {hostProcess: false}}
    ///   containers:
    ///   - name: agent
    ///     image: agent
    ///     securityContext: {windowsOptions: {hostProcess: false}}  # must agree with the pod
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   os: {name: windows}
    ///   securityContext: {windowsOptions: {runAsUserName: ContainerUser}}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {windowsOptions: {hostProcess: false}}
    /// ```
    pub static WINDOWS_HOST_PROCESS = {
        title: "container is a process of the Windows node",
        severity: Severity::Critical,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("baseline"),
            Mapping::Cis("5.2.10"),
            Mapping::Attack("T1611"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let pod = workload.spec().security_context.as_ref();
    let of_pod = pod.and_then(|pod| pod.windows_options.as_ref()?.host_process);
    for container in workload.containers() {
        // Each field of `windowsOptions` is taken from the pod on its own
        // (`DetermineEffectiveSecurityContext` in pkg/securitycontext/util.go).
        let host = container.windows("hostProcess", |options| options.host_process);
        if host.value == Some(true) {
            let message = format!("{} runs as a process of the Windows node", container.described());
            let fix = Fix::review().set(host.path.clone(), false);
            // Where pod and container both say it, they must agree
            // (`validateWindowsHostProcessPod` in pkg/apis/core/validation/validation.go).
            let pod = workload.path().at("securityContext.windowsOptions.hostProcess");
            let fix = if of_pod == Some(true) && host.path != pod { fix.set(pod, false) } else { fix };
            out.fail(host.path, message)
                .fix(fix)
                .discriminator(container.name());
        }
    }
}
