use watertight_engine::prelude::*;

control! {
    /// Without a seccomp profile the container may make every system call, old and rarely tested ones too:
    /// these are what most ways out of a container through a kernel flaw begin with.
    ///
    /// ## Remedy
    /// Set `seccompProfile.type: RuntimeDefault` for the pod. Nodes whose kubelet runs with
    /// `seccompDefault` do so already, but a manifest does not show that.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     runAsNonRoot: true
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     runAsNonRoot: true
    ///     seccompProfile:
    ///       type: RuntimeDefault
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     seccomp.security.alpha.kubernetes.io/pod: runtime/default  # without effect since 1.27
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {seccompProfile: null}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     seccomp.security.alpha.kubernetes.io/pod: runtime/default  # without effect since 1.27
    /// spec:
    ///   securityContext: {seccompProfile: {type: RuntimeDefault}}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {seccompProfile: null}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   initContainers:
    ///   - name: setup
    ///     image: setup
    ///     securityContext: {seccompProfile: {type: Localhost, localhostProfile: setup.json}}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {seccompProfile: {type: Unconfined}}  # that is seccomp-unconfined
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {seccompProfile: {type: RuntimeDefault}}
    ///   containers:
    ///   - name: web
    ///     image: web
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
    pub static SECCOMP_NOT_SET = {
        title: "no seccomp profile is set",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("restricted"),
            Mapping::Cis("5.6.2"),
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
        let seccomp = container.seccomp();
        if seccomp.value.is_some() {
            continue;
        }
        // For the whole pod: containers with a profile of their own keep it.
        let field = workload.path().at("securityContext.seccompProfile.type");
        let finding = out.fail(seccomp.path, format!("{} has no seccomp profile", container.described()));
        finding.fix(Fix::review().set(field, "RuntimeDefault"));
        super::moot_if_privileged(container, finding);
    }
}
